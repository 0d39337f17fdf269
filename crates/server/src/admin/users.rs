//! People, as operators make and see them.

use std::sync::Arc;

use countersign_core::account::merge::MergeRefused;
use countersign_core::account::{EmailAddress, StandardClaims};
use countersign_core::{Id, Write, id};
use countersign_store::account::declared::{self, Wanted};
use countersign_store::account::export;
use countersign_store::account::merge::{Merge, Merged};
use countersign_store::unit;
use countersign_web::App;
use serde_json::json;

use super::Reply;
use super::sessions::{NOBODY, named, nobody};
use super::table::Table;
use crate::failure::Failure;
use crate::words::count;

/// Makes an account without a password, and a one-time link to choose one: there is no default login, and no
/// password passes through the terminal.
pub(super) async fn create(app: &App, email: &str, admin: bool) -> Result<Reply, Failure> {
    let email = EmailAddress::parse(email).map_err(|error| {
        Failure::new("no account was made", error, "give an address like anna@example.com")
    })?;
    let work = Arc::new((app.env(), email.clone()));
    let made = app.db.run(unit(move |tx| {
        let work = work.clone();
        Box::pin(async move {
            let (env, email) = &*work;
            if declared::owner(tx, email.key()).await?.is_some() {
                return Ok(None);
            }
            let wanted = Wanted {
                address: email.typed().to_owned(),
                key: email.key().to_owned(),
                // The operator vouches for it; the link is theirs to hand over.
                verified: true,
                admin,
                claims: StandardClaims::default(),
                phc: None,
                declared: None,
            };
            let ctx = env.ctx();
            declared::forget_deleted(tx, &ctx, email.key()).await?;
            let mut writes = declared::plan(&ctx, None, &wanted).writes;
            let user = writes.iter().find_map(|write| {
                if let Write::InsertUser(user) = write { Some((user.id, user.epoch)) } else { None }
            });
            let Some(user) = user else { return Ok(None) };
            let (path, link) = countersign_core::login::reset::invite(&ctx, email, user);
            writes.extend(link);
            countersign_store::apply(tx, &writes).await?;
            Ok(Some((user.0, path)))
        })
    }));
    let Some((user, path)) = made.await? else {
        return Err(Failure::new(
            "no account was made",
            "somebody has this address already",
            "let them use the page for forgotten passwords; `countersign user list` shows who has it",
        ));
    };
    let link = app.site.url(&path);
    let text = format!("one-time link for {}, good for 7 days:\n{link}", email.typed());
    Ok(Reply {
        json: json!({ "user": user.to_string(), "email": email.typed(), "admin": admin, "link": link }),
        text,
    })
}

/// All that is kept about somebody: what the person gets by the account page.
pub(super) async fn export(app: &App, user: &str) -> Result<Reply, Failure> {
    let Some(json) = export::of(&app.db, &app.env(), named(user)?).await? else {
        return Err(nobody());
    };
    let text = serde_json::to_string_pretty(&json).unwrap_or_default();
    Ok(Reply { json, text })
}

/// Makes one account of two, or says what that would do.
pub(super) async fn merge(app: &App, from: &str, into: &str, dry_run: bool) -> Result<Reply, Failure> {
    let unit = Merge { env: app.env(), from: named(from)?, into: named(into)?, dry_run };
    let merged = app.db.run(unit).await?.result.map_err(|error| {
        let mend = match error {
            MergeRefused::NotFound => NOBODY,
            MergeRefused::Same => "name two accounts: the one that goes, then the one that stays",
            MergeRefused::Disabled => {
                "switch it on by `countersign user enable`, then merge; or delete it, if nobody should come in by it"
            }
            MergeRefused::Admin => {
                "name them the other way round, or make the one that stays an administrator first: a [[user]] with \
                 `admin = true`, and `countersign apply`"
            }
        };
        Failure::new("nothing was merged", error, mend)
    })?;
    let Merged { from, into, moves } = merged;
    let did = if dry_run { "would move" } else { "moved" };
    let text = format!(
        "{did} from {from} to {into}: {}, {}, {}, {}{}",
        count(moves.emails, "address", "addresses"),
        count(moves.phones, "phone", "phones"),
        count(moves.identities, "linked account", "linked accounts"),
        count(moves.consents, "consent", "consents"),
        if dry_run { "; nothing was written" } else { "" }
    );
    let json = json!({
        "from": from.to_string(), "into": into.to_string(), "written": !dry_run,
        "emails": moves.emails, "phones": moves.phones, "identities": moves.identities, "consents": moves.consents,
    });
    Ok(Reply { json, text })
}

/// More than fits a terminal is for `--json`.
const PAGE: i64 = 500;

pub(super) async fn list(app: &App) -> Result<Reply, Failure> {
    let mut all = Vec::new();
    let mut after: Id<id::User> = Id::from_bytes([0; 16]);
    loop {
        let page = app
            .db
            .read(unit(move |tx| Box::pin(async move { declared::list(tx, after, PAGE).await })))
            .await?;
        let full = i64::try_from(page.len()).unwrap_or(PAGE) >= PAGE;
        if let Some(last) = page.last() {
            after = last.id;
        }
        all.extend(page);
        if !full {
            break;
        }
    }
    let mut table = Table::new(["id", "email", "is"]);
    for user in &all {
        let notes = [(user.admin, "admin"), (!user.verified, "unconfirmed"), (user.disabled, "disabled")];
        let notes: Vec<_> = notes.into_iter().filter_map(|(is, word)| is.then_some(word)).collect();
        table.row([user.id.to_string(), user.email.clone().unwrap_or_default(), notes.join(", ")]);
    }
    let json = all.iter().map(|user| {
        json!({
            "user": user.id.to_string(), "sub": user.subject.as_str(), "email": user.email,
            "email_verified": user.verified, "admin": user.admin, "disabled": user.disabled,
        })
    });
    Ok(Reply { json: json!({ "users": json.collect::<Vec<_>>() }), text: table.to_string() })
}
