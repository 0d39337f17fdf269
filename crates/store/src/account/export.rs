//! Everything that is kept about a person, for the person (GDPR 15 and 20). docs/account.md says what each member is;
//! digests, hashes, sealed texts and cookies are not in it.

use countersign_core::account::{data, page::PageRefused};
use countersign_core::{ClientId, Env, Event, EventKind, Id, Outcome, Timestamp, id};
use serde_json::{Value, json};

use super::operator::Whom;
use super::{activity, emails, identities};
use crate::login::acting::{self, By};
use crate::login::candidates::user as read_user;
use crate::{BoxFuture, Db, DbError, Decided, Row, Tx, Unit, params, settle};

/// The download: a fresh sign-in, and a line in the activity, which is part of it. The reading holds nobody up: it comes
/// after the commit, on a connection that only reads.
pub async fn own(db: &Db, env: &Env, by: By) -> Result<Decided<Value, PageRefused>, DbError> {
    let Decided { result, trace } = db.run(Ask { env: env.clone(), by }).await?;
    let result = match result {
        Ok(user) => db.read(Everything { user, now: env.now }).await?.ok_or(PageRefused::SignedOut),
        Err(refused) => Err(refused),
    };
    Ok(Decided { result, trace })
}

/// The same for an operator, who answers a person's request; the audit record says so. `None`: there is no such account
/// (any more).
pub async fn of(db: &Db, env: &Env, whom: Whom) -> Result<Option<Value>, DbError> {
    match db.run(AskFor { env: env.clone(), whom }).await? {
        Some(user) => db.read(Everything { user, now: env.now }).await,
        None => Ok(None),
    }
}

struct Ask {
    env: Env,
    by: By,
}

impl Unit for Ask {
    type Out = Decided<Id<id::User>, PageRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let outcome = match acting::signed_in(tx, &self.env, &self.by).await? {
                Some(here) => data::export(&self.env.ctx(), &here).map(|()| here.user().id),
                None => Outcome::refuse(PageRefused::SignedOut),
            };
            settle(tx, &self.env, outcome).await
        })
    }
}

struct AskFor {
    env: Env,
    whom: Whom,
}

impl Unit for AskFor {
    type Out = Option<Id<id::User>>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let Some(account) = super::operator::find(tx, &self.whom).await? else { return Ok(None) };
            let told = Event::new(EventKind::DataExported, self.env.now).user(account.user);
            crate::outbox::append(tx, &self.env.ctx(), &[told.data("by", "operator")]).await?;
            Ok(Some(account.user))
        })
    }
}

struct Everything {
    user: Id<id::User>,
    now: Timestamp,
}

impl Unit for Everything {
    type Out = Option<Value>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move { export(tx, self.user, self.now).await })
    }
}

/// The name and version of the shape.
pub const FORMAT: &str = "countersign.account/1";

async fn export(tx: &mut Tx<'_>, user: Id<id::User>, now: Timestamp) -> Result<Option<Value>, DbError> {
    let Some(row) = tx.one(&USER, params![user]).await? else { return Ok(None) };
    let account = read_user(&row, 0)?;
    let password: Option<Timestamp> =
        tx.one(&PASSWORD, params![user]).await?.map(|r| r.get(0)).transpose()?;
    let emails = emails::of_user(tx, user).await?;
    let identities = identities::of_user(tx, user).await?;
    let identities = identities.iter().map(|it| {
        json!({
            "provider": it.key.provider, "issuer": it.key.issuer, "subject": it.key.subject, "shown": it.shown,
            "linked_at": it.linked_at.rfc3339(), "last_used_at": it.used_at.rfc3339(),
        })
    });
    let emails = emails.iter().map(
        |it| json!({ "address": it.address, "primary": it.primary, "verified_at": time(it.verified_at) }),
    );
    Ok(Some(json!({
        "format": FORMAT,
        "exported_at": now.rfc3339(),
        "account": {
            "sub": account.subject.as_str(),
            "admin": account.admin,
            "created_at": account.created_at.rfc3339(),
            "updated_at": account.updated_at.rfc3339(),
            "password_changed_at": time(password),
        },
        "profile": account.claims,
        "emails": emails.collect::<Vec<_>>(),
        "phones": list(tx, &PHONES, user, phone).await?,
        "identities": identities.collect::<Vec<_>>(),
        "organizations": list(tx, &MEMBERSHIPS, user, membership).await?,
        "sessions": list(tx, &SESSIONS, user, session).await?,
        "consents": list(tx, &CONSENTS, user, consent).await?,
        "grants": list(tx, &GRANTS, user, grant).await?,
        "activity": history(tx, user).await?,
        "deliveries": list(tx, &DELIVERIES, user, delivery).await?,
    })))
}

async fn list(
    tx: &mut Tx<'_>,
    sql: &crate::Sql,
    user: Id<id::User>,
    read: fn(&Row) -> Result<Value, DbError>,
) -> Result<Vec<Value>, DbError> {
    tx.rows(sql, params![user]).await?.iter().map(read).collect()
}

fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(Timestamp::rfc3339)
}

fn membership(row: &Row) -> Result<Value, DbError> {
    let since: Timestamp = row.get(2)?;
    Ok(json!({ "handle": row.opt_text(0)?, "name": row.text(1)?, "since": since.rfc3339() }))
}

fn session(row: &Row) -> Result<Value, DbError> {
    let (created, seen): (Timestamp, Timestamp) = (row.get(3)?, row.get(4)?);
    let (expires, signed_in): (Timestamp, Timestamp) = (row.get(5)?, row.get(6)?);
    let factors: Value = serde_json::from_str(row.text(7)?).unwrap_or(Value::Null);
    Ok(json!({
        "sid": row.text(0)?, "browser": row.text(1)?, "network": row.text(2)?,
        "created_at": created.rfc3339(), "last_seen_at": seen.rfc3339(), "expires_at": expires.rfc3339(),
        "auth_time": signed_in.rfc3339(), "methods": factors,
        "ended_at": time(row.get(8)?), "end_reason": row.opt_text(9)?,
    }))
}

fn consent(row: &Row) -> Result<Value, DbError> {
    let given: Timestamp = row.get(2)?;
    Ok(json!({ "client_id": row.text(0)?, "scope": row.text(1)?, "given_at": given.rfc3339() }))
}

fn grant(row: &Row) -> Result<Value, DbError> {
    let client: ClientId = row.get(0)?;
    let (created, used, expires): (Timestamp, Timestamp, Timestamp) = (row.get(4)?, row.get(5)?, row.get(6)?);
    let resources: Value = serde_json::from_str(row.text(2)?).unwrap_or(Value::Null);
    Ok(json!({
        "client_id": client.as_str(), "scope": row.text(1)?, "resources": resources, "sid": row.text(3)?,
        "created_at": created.rfc3339(), "last_used_at": used.rfc3339(), "expires_at": expires.rfc3339(),
        "ended_at": time(row.get(7)?), "end_reason": row.opt_text(8)?,
    }))
}

/// A mail or text message, and what became of it.
fn delivery(row: &Row) -> Result<Value, DbError> {
    let (queued, changed): (Timestamp, Timestamp) = (row.get(6)?, row.get(7)?);
    Ok(json!({
        "channel": row.text(0)?, "what": row.text(1)?, "to": row.text(2)?, "state": row.text(3)?,
        "attempts": row.i64(4)?, "client_id": row.opt_text(5)?,
        "requested_at": queued.rfc3339(), "changed_at": changed.rfc3339(),
    }))
}

fn phone(row: &Row) -> Result<Value, DbError> {
    let verified: Timestamp = row.get(2)?;
    Ok(json!({ "number": row.text(0)?, "primary": row.bool(1)?, "verified_at": verified.rfc3339() }))
}

/// All of it, page by page.
async fn history(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<Vec<Value>, DbError> {
    const PAGE: u32 = 500;
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = activity::page(tx, user, before, PAGE).await?;
        let full = page.len() >= PAGE as usize;
        before = page.last().map(|it| it.id);
        all.extend(page.into_iter().map(|it| event(&it)));
        if !full {
            return Ok(all);
        }
    }
}

/// One event, as exports and the account API tell it.
pub fn event(line: &activity::ActivityLine) -> Value {
    let mut facts = line.data.clone();
    // Which mail it was is nobody's secret; the time when it dies is told in a form that people read.
    facts.remove("expires_at");
    if line.kind != EventKind::MailRequested {
        facts.remove("template");
    }
    facts.extend(line.personal.clone());
    json!({
        "id": line.id.to_string(), "at": line.at.rfc3339(), "kind": line.kind.as_str(),
        "client_id": line.client.as_ref().map(ClientId::as_str), "sid": line.session.map(|it| it.to_string()),
        "facts": facts,
    })
}

crate::queries! {
    USER = "SELECT id, subject, epoch, admin, claims, disabled_at, created_at, updated_at, erase_at FROM users \
            WHERE id = $1 AND deleted_at IS NULL";
    PASSWORD = "SELECT changed_at FROM passwords WHERE user_id = $1";
    MEMBERSHIPS = "SELECT o.handle, o.name, m.created_at FROM memberships m JOIN organizations o ON o.id = m.org_id \
                   WHERE m.user_id = $1 ORDER BY m.created_at";
    SESSIONS = "SELECT id, agent, network, created_at, seen_at, expires_at, auth_time, factors, ended_at, end_reason \
                FROM sessions WHERE user_id = $1 ORDER BY created_at DESC";
    CONSENTS = "SELECT client_id, scope, given_at FROM consents WHERE user_id = $1 ORDER BY client_id";
    GRANTS = "SELECT client_id, scope, resources, session_id, created_at, used_at, expires_at, ended_at, end_reason \
              FROM families WHERE user_id = $1 ORDER BY created_at DESC";
    PHONES = "SELECT number, is_primary, verified_at FROM phones WHERE user_id = $1 ORDER BY is_primary DESC, number";
    DELIVERIES = "SELECT channel, template, address, state, attempts, client_id, queued_at, changed_at FROM messages \
                  WHERE user_id = $1 ORDER BY queued_at DESC";
}
