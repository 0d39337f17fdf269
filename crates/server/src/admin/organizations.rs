//! Organizations and their members, as operators make and see them.

use countersign_core::organization::{MemberOrder, MemberRefused, OrgHandle};
use countersign_store::organization::{ChangeMember, Create, Members, Show, Shown};
use countersign_web::App;
use serde_json::{Value as Json, json};

use super::Reply;
use super::sessions::{named, nobody};
use super::table::{Table, moment};
use crate::failure::Failure;

pub(super) async fn create(app: &App, handle: &str, name: Option<String>) -> Result<Reply, Failure> {
    let handle: OrgHandle = handle
        .parse()
        .map_err(|error| Failure::new("no organization was made", error, "choose another handle"))?;
    let name = name.unwrap_or_else(|| handle.to_string());
    let work = Create { env: app.env(), handle: handle.clone(), name: name.clone() };
    app.db.run(work).await?.result.map_err(|why| refused(&handle, why))?;
    Ok(Reply {
        json: json!({ "organization": handle.as_str(), "name": name }),
        text: format!("made: {handle}; add people with `countersign org member add {handle} USER`"),
    })
}

pub(super) async fn list(app: &App) -> Result<Reply, Failure> {
    let all = app.db.read(Show(None)).await?;
    let mut table = Table::new(["organization", "name", "members", "apps"]);
    for it in &all {
        let of = &it.organization;
        table.row([of.handle.to_string(), of.name.clone(), it.members.to_string(), apps(it).join(", ")]);
    }
    let json = json!({ "organizations": all.iter().map(shown).collect::<Vec<_>>() });
    Ok(Reply { json, text: table.to_string() })
}

pub(super) async fn show(app: &App, handle: &str) -> Result<Reply, Failure> {
    let handle = known(handle)?;
    let found = app.db.read(Show(Some(handle.clone()))).await?;
    let Some(it) = found.first() else { return Err(refused(&handle, MemberRefused::NoOrganization)) };
    let apps = if it.clients.is_empty() { "none".to_owned() } else { apps(it).join(", ") };
    let text =
        format!("{handle}: {}\nmembers: {}\napps for its members: {apps}", it.organization.name, it.members);
    Ok(Reply { json: shown(it), text })
}

pub(super) async fn members(app: &App, handle: &str) -> Result<Reply, Failure> {
    let handle = known(handle)?;
    let Some(members) = app.db.read(Members(handle.clone())).await? else {
        return Err(refused(&handle, MemberRefused::NoOrganization));
    };
    let mut table = Table::new(["id", "email", "since", "is"]);
    for it in &members {
        let email = it.email.clone().unwrap_or_default();
        let is = if it.disabled { "disabled" } else { "" };
        table.row([it.user.to_string(), email, moment(it.since), is.to_owned()]);
    }
    let json = members.iter().map(|it| {
        json!({
            "user": it.user.to_string(), "email": it.email, "since": it.since.seconds(), "disabled": it.disabled,
        })
    });
    let json = json!({ "organization": handle.as_str(), "members": json.collect::<Vec<_>>() });
    Ok(Reply { json, text: table.to_string() })
}

/// Adds somebody or removes them.
pub(super) async fn member(
    app: &App,
    handle: &str,
    user: &str,
    order: MemberOrder,
) -> Result<Reply, Failure> {
    let handle = known(handle)?;
    let work = ChangeMember { env: app.env(), handle: handle.clone(), whom: named(user)?, order };
    let id = app.db.run(work).await?.result.map_err(|why| refused(&handle, why))?;
    let (word, text) = match order {
        MemberOrder::Add => ("added", "they can sign in to its apps"),
        MemberOrder::Remove => ("removed", "what its apps were given for them has ended"),
    };
    Ok(Reply {
        json: json!({ "organization": handle.as_str(), "user": id.to_string(), "now": word }),
        text: format!("{word}: {id}; {text}"),
    })
}

fn shown(it: &Shown) -> Json {
    json!({
        "organization": it.organization.handle.as_str(), "name": it.organization.name, "members": it.members,
        "apps": apps(it), "created_at": it.organization.created_at.seconds(),
    })
}

fn apps(it: &Shown) -> Vec<&str> {
    it.clients.iter().map(|client| client.as_str()).collect()
}

/// What is no handle names no organization.
fn known(handle: &str) -> Result<OrgHandle, Failure> {
    handle.parse().map_err(|_| missing(handle))
}

fn missing(handle: &str) -> Failure {
    let why = format!("nothing is called `{handle}`");
    Failure::new(
        "no such organization",
        why,
        "see `countersign org list`, or make it by `countersign org create`",
    )
}

fn refused(handle: &OrgHandle, why: MemberRefused) -> Failure {
    match why {
        MemberRefused::NoOrganization => missing(handle.as_str()),
        MemberRefused::NoAccount => nobody(),
        MemberRefused::Taken => Failure::new("no organization was made", why, "choose another handle"),
        MemberRefused::Already | MemberRefused::NotMember => {
            let mend = format!("see `countersign org member list {handle}`");
            Failure::new("nothing was changed", why, mend)
        }
    }
}
