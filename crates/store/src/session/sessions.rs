//! The table `sessions`: writes.

use countersign_core::session::session::NewSession;
use countersign_core::session::{EndReason, SessionState};
use countersign_core::{Id, Timestamp, id};

use crate::{DbError, Tx, params};

pub(crate) async fn insert(tx: &mut Tx<'_>, new: &NewSession) -> Result<(), DbError> {
    let session = &new.session;
    let params = params![
        session.id,
        session.user,
        &new.cookie,
        session.epoch,
        session.authentication.auth_time,
        factors(new)?,
        &session.agent,
        &session.network,
        session.created_at,
        session.seen_at,
        session.expires_at,
    ];
    match session.state {
        SessionState::Live => tx.exec(&INSERT, params).await.map(drop),
        SessionState::Ended(_) => Err(DbError::Bug("a new session has not ended".to_owned())),
    }
}

/// Guarded: only a living session is renewed; one that ended meanwhile stays ended.
pub(crate) async fn renew(tx: &mut Tx<'_>, new: &NewSession) -> Result<(), DbError> {
    let session = &new.session;
    let params = params![
        &new.cookie,
        session.epoch,
        session.authentication.auth_time,
        factors(new)?,
        &session.agent,
        &session.network,
        session.seen_at,
        session.expires_at,
        session.id,
    ];
    tx.one(&RENEW, params).await?.map(drop).ok_or(DbError::missed("sessions.renew"))
}

/// Ends one; the first reason stays. Says which has ended now: nobody hears twice of one end.
pub(crate) async fn end(
    tx: &mut Tx<'_>,
    id: Id<id::Session>,
    reason: EndReason,
    at: Timestamp,
) -> Result<Vec<Id<id::Session>>, DbError> {
    tx.rows(&END, params![at, reason.as_str(), id]).await?.iter().map(|row| row.get(0)).collect()
}

pub(crate) async fn end_of_user(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    except: Option<Id<id::Session>>,
    reason: EndReason,
    at: Timestamp,
) -> Result<Vec<Id<id::Session>>, DbError> {
    // No session has the empty id.
    let except = except.map(|id| id.to_string()).unwrap_or_default();
    let ended = tx.rows(&END_OF_USER, params![at, reason.as_str(), user, except]).await?;
    ended.iter().map(|row| row.get(0)).collect()
}

crate::queries! {
    INSERT = "INSERT INTO sessions (id, user_id, cookie, epoch, auth_time, factors, agent, network, created_at, \
              seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    RENEW = "UPDATE sessions SET cookie = $1, epoch = $2, auth_time = $3, factors = $4, agent = $5, network = $6, \
             seen_at = $7, expires_at = $8 WHERE id = $9 AND ended_at IS NULL RETURNING id";
    END = "UPDATE sessions SET ended_at = $1, end_reason = $2 WHERE id = $3 AND ended_at IS NULL RETURNING id";
    END_OF_USER = "UPDATE sessions SET ended_at = $1, end_reason = $2 \
                   WHERE user_id = $3 AND id <> $4 AND ended_at IS NULL RETURNING id";
}

fn factors(new: &NewSession) -> Result<String, DbError> {
    let factors = &new.session.authentication.factors;
    serde_json::to_string(factors).map_err(|e| DbError::Bug(e.to_string()))
}
