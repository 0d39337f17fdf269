//! Sign-ins, as operators see and end them, and what ends with an account.

use countersign_core::account::EmailAddress;
use countersign_core::account::operator::{Order, OrderRefused};
use countersign_core::{Id, id};
use countersign_store::account::operator::{Obey, OpenSessions, Whom};
use countersign_web::App;
use serde_json::json;

use super::Reply;
use super::table::{Table, moment};
use crate::failure::Failure;

/// Longer lists are for nobody's eyes.
const MOST: u32 = 1_000;

pub(super) async fn list(app: &App, user: Option<&str>) -> Result<Reply, Failure> {
    let whom = user.map(named).transpose()?;
    let Some(open) = app.db.read(OpenSessions { env: app.env(), whom, most: MOST }).await? else {
        return Err(nobody());
    };
    let mut table = Table::new(["session", "user", "last used", "browser", "apps"]);
    for it in &open {
        let apps: Vec<_> = it.apps.iter().map(|app| app.as_str()).collect();
        let (id, user, seen) = (it.id.to_string(), it.user.to_string(), moment(it.seen_at));
        table.row([id, user, seen, it.agent.clone(), apps.join(", ")]);
    }
    let json = open.iter().map(|it| {
        json!({
            "session": it.id.to_string(), "user": it.user.to_string(), "agent": it.agent, "network": it.network,
            "created_at": it.created_at.seconds(), "seen_at": it.seen_at.seconds(),
            "apps": it.apps.iter().map(|app| app.as_str()).collect::<Vec<_>>(),
        })
    });
    Ok(Reply { json: json!({ "sessions": json.collect::<Vec<_>>() }), text: table.to_string() })
}

/// Ends one session, with all that was given in it.
pub(super) async fn end(app: &App, session: &str) -> Result<Reply, Failure> {
    let missing = || {
        Failure::new(
            "no such session",
            "no session that is still open has this id",
            "see `countersign session list`",
        )
    };
    let session: Id<id::Session> = session.parse().map_err(|_| missing())?;
    let order = Obey { env: app.env(), whom: Whom::Session(session), order: Order::EndSession(session) };
    let user = app.db.run(order).await?.result.map_err(|_| missing())?;
    Ok(Reply {
        json: json!({ "ended": session.to_string(), "user": user.to_string() }),
        text: format!("ended: {session}, and every grant given in it"),
    })
}

/// Carries out an order about a person.
pub(super) async fn order(app: &App, user: &str, order: Order) -> Result<Reply, Failure> {
    let (word, text) = match order {
        Order::EndSessions => ("ended", "every session and every grant has ended"),
        Order::Disable => ("disabled", "nobody signs in to it; every session and every grant has ended"),
        Order::Enable => ("enabled", "the person may sign in again; what had ended stays ended"),
        Order::Delete => ("deleted", "nothing personal is left; the subject never comes back"),
        // Named by its own id, see `end`.
        Order::EndSession(_) => ("ended", "the session has ended"),
    };
    match app.db.run(Obey { env: app.env(), whom: named(user)?, order }).await?.result {
        Ok(id) => Ok(Reply {
            json: json!({ "user": id.to_string(), "now": word }),
            text: format!("{word}: {id}; {text}"),
        }),
        Err(OrderRefused::NotFound) => Err(nobody()),
        Err(error @ OrderRefused::Already) => {
            Err(Failure::new("nothing was changed", error, "see `countersign user list`"))
        }
    }
}

/// An id as `user list` shows it, or an address.
pub(super) fn named(user: &str) -> Result<Whom, Failure> {
    if let Ok(id) = user.parse() {
        return Ok(Whom::User(id));
    }
    EmailAddress::parse(user).map(Whom::Address).map_err(|_| nobody())
}

/// What helps then.
pub(super) const NOBODY: &str = "see `countersign user list`; an id always names one";

pub(super) fn nobody() -> Failure {
    Failure::new(
        "no such account",
        "nobody has this id or address, or several have the address and none has confirmed it",
        NOBODY,
    )
}
