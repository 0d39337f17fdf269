//! The table `families`: writes.

use countersign_core::organization::OrgHandle;
use countersign_core::session::{EndReason, Family, RefreshState};
use countersign_core::{ClientId, Id, Timestamp, id};
use serde::Serialize;

use super::endings::EndedGrant;
use crate::oauth::redeem;
use crate::{DbError, Spend, Sql, Tx, Value, params};

pub(crate) async fn insert(tx: &mut Tx<'_>, family: &Family) -> Result<(), DbError> {
    let claims = family.claims.as_ref().map(json).transpose()?;
    let state = family.refresh.as_ref();
    let params = params![
        family.id,
        &family.client,
        family.user,
        family.session,
        family.flow,
        family.scope.to_string(),
        json(&family.resources)?,
        claims,
        family.authentication.auth_time,
        json(&family.authentication.factors)?,
        family.offline,
        family.created_at,
        family.used_at,
        family.expires_at,
        state.map(|it| it.generation),
        state.map(|it| &it.current),
    ];
    tx.exec(&INSERT, params).await.map(drop)
}

/// Guarded by the generation that the decision saw, and by the grant's life: a rotation that meets a revocation
/// decides again and finds the grant ended.
pub(crate) async fn rotate(
    tx: &mut Tx<'_>,
    id: Id<id::Family>,
    from: i64,
    to: &RefreshState,
    at: Timestamp,
) -> Result<(), DbError> {
    let previous = to.previous.as_ref();
    let params = params![
        to.generation,
        &to.current,
        previous.map(|it| &it.digest),
        previous.map(|it| &it.successor),
        previous.map(|it| it.rotated_at),
        at,
        id,
        from,
    ];
    ROTATE.run(tx, params).await?.map(drop).ok_or(DbError::missed("families.rotate"))
}

/// Guarded: of any number of callers who saw it live, one ends it and tells. The sealed successor goes.
pub(crate) async fn end(
    tx: &mut Tx<'_>,
    id: Id<id::Family>,
    reason: EndReason,
    at: Timestamp,
) -> Result<EndedGrant, DbError> {
    let row = END.run(tx, params![at, reason.as_str(), id]).await?;
    EndedGrant::read(&row.ok_or(DbError::missed("families.end"))?)
}

/// With the codes of the session; those for `offline` grants only if not even such grants survive. In every sweep here
/// codes come first: a redemption under way holds its code's row, so the sweep waits for it and then sees the grant it made.
pub(crate) async fn end_of_session(
    tx: &mut Tx<'_>,
    session: Id<id::Session>,
    offline: bool,
    reason: EndReason,
    at: Timestamp,
) -> Result<Vec<EndedGrant>, DbError> {
    match offline {
        true => redeem::void_of_session(tx, session, at).await?,
        false => redeem::void_online_of_session(tx, session, at).await?,
    }
    swept(tx, &END_OF_SESSION, params![at, reason.as_str(), session, offline]).await
}

pub(crate) async fn end_of_client(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    client: &ClientId,
    reason: EndReason,
    at: Timestamp,
) -> Result<Vec<EndedGrant>, DbError> {
    redeem::void_of_client(tx, user, client, at).await?;
    swept(tx, &END_OF_CLIENT, params![at, reason.as_str(), user, client]).await
}

/// With the apps that are for the members of an organization.
pub(crate) async fn end_of_member(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    organization: &OrgHandle,
    reason: EndReason,
    at: Timestamp,
) -> Result<Vec<EndedGrant>, DbError> {
    let organization = organization.as_str();
    tx.exec(&VOID_OF_MEMBER, params![at, user, organization]).await?;
    swept(tx, &END_OF_MEMBER, params![at, reason.as_str(), user, organization]).await
}

pub(crate) async fn end_of_user(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    except: Option<Id<id::Session>>,
    reason: EndReason,
    at: Timestamp,
) -> Result<Vec<EndedGrant>, DbError> {
    // No session has the empty id.
    let except = except.map(|id| id.to_string()).unwrap_or_default();
    redeem::void_of_user(tx, user, &except, at).await?;
    swept(tx, &END_OF_USER, params![at, reason.as_str(), user, except]).await
}

async fn swept(tx: &mut Tx<'_>, sql: &Sql, params: &[Value<'_>]) -> Result<Vec<EndedGrant>, DbError> {
    tx.rows(sql, params).await?.iter().map(EndedGrant::read).collect()
}

crate::queries! {
    INSERT = "INSERT INTO families (id, client_id, user_id, session_id, flow_id, scope, resources, claims, auth_time, \
              factors, offline, created_at, used_at, expires_at, generation, current_digest) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    ROTATE_TEXT = ROTATE.0.text();
    END_TEXT = END.0.text();
    END_OF_SESSION = "UPDATE families SET ended_at = $1, end_reason = $2, successor = NULL \
                      WHERE session_id = $3 AND offline <= $4 AND ended_at IS NULL RETURNING session_id, client_id, resources";
    END_OF_CLIENT = "UPDATE families SET ended_at = $1, end_reason = $2, successor = NULL \
                     WHERE user_id = $3 AND client_id = $4 AND ended_at IS NULL RETURNING session_id, client_id, resources";
    VOID_OF_MEMBER = "UPDATE codes SET spent_at = $1 WHERE user_id = $2 AND spent_at IS NULL \
                      AND client_id IN (SELECT id FROM clients WHERE organization = $3)";
    END_OF_MEMBER = "UPDATE families SET ended_at = $1, end_reason = $2, successor = NULL \
                     WHERE user_id = $3 AND ended_at IS NULL \
                     AND client_id IN (SELECT id FROM clients WHERE organization = $4) RETURNING session_id, client_id, resources";
    END_OF_USER = "UPDATE families SET ended_at = $1, end_reason = $2, successor = NULL \
                   WHERE user_id = $3 AND session_id <> $4 AND ended_at IS NULL RETURNING session_id, client_id, resources";
}

const END: Spend = Spend::new(
    "UPDATE families SET ended_at = $1, end_reason = $2, successor = NULL \
     WHERE id = $3 AND ended_at IS NULL RETURNING session_id, client_id, resources",
);

const ROTATE: Spend = Spend::new(
    "UPDATE families SET generation = $1, current_digest = $2, previous_digest = $3, successor = $4, \
     rotated_at = $5, used_at = $6 WHERE id = $7 AND generation = $8 AND ended_at IS NULL RETURNING id",
);

fn json(it: &impl Serialize) -> Result<String, DbError> {
    serde_json::to_string(it).map_err(|e| DbError::Bug(e.to_string()))
}
