//! A grant with its session and its person, in one question.

use countersign_core::oauth::Scope;
use countersign_core::session::family::PreviousToken;
use countersign_core::session::{Authentication, Family, FamilyState, Grant, RefreshState};
use countersign_core::{Id, Timestamp, id};

use super::standing;
use crate::{DbError, Row, Tx, params};

/// The grant and what it hangs on.
pub async fn find(tx: &mut Tx<'_>, family: Id<id::Family>) -> Result<Option<Grant>, DbError> {
    let Some(row) = tx.one(&FIND, params![family]).await? else { return Ok(None) };
    let found = read(&row, family)?;
    let holder = standing::holder(&row, FAMILY, found.user)?;
    let session = standing::session(&row, FAMILY + standing::HOLDER)?;
    Ok(Some(Grant { family: found, session, holder }))
}

crate::queries! {
    FIND = "SELECT f.client_id, f.user_id, f.session_id, f.flow_id, f.scope, f.resources, f.claims, f.auth_time, \
            f.factors, f.offline, f.created_at, f.used_at, f.expires_at, f.ended_at, f.end_reason, f.generation, \
            f.current_digest, f.previous_digest, f.successor, f.rotated_at, \
            u.subject, u.disabled_at, u.deleted_at, u.epoch, u.claims, u.updated_at, e.address, e.verified_at, \
            CASE WHEN a.organization IS NULL THEN 1 ELSE (SELECT COUNT(*) FROM memberships m \
            JOIN organizations o ON o.id = m.org_id WHERE o.handle = a.organization AND m.user_id = u.id) END, \
            (SELECT p.number FROM phones p WHERE p.user_id = u.id AND p.is_primary = 1), \
            s.epoch, s.seen_at, s.expires_at, s.ended_at, s.end_reason \
            FROM families f JOIN users u ON u.id = f.user_id \
            LEFT JOIN clients a ON a.id = f.client_id \
            LEFT JOIN sessions s ON s.id = f.session_id \
            LEFT JOIN emails e ON e.user_id = f.user_id AND e.is_primary = 1 \
            WHERE f.id = $1";
}

/// The columns of the grant itself.
const FAMILY: usize = 20;

fn read(row: &Row, id: Id<id::Family>) -> Result<Family, DbError> {
    let json = |at: usize, what| move |_| DbError::bad_row(at, what, "something else");
    let ended: Option<Timestamp> = row.get(13)?;
    let state = match ended {
        None => FamilyState::Live,
        Some(at) => FamilyState::Ended(at, standing::reason(row, 14)?),
    };
    let claims = row.opt_text(6)?.map(serde_json::from_str).transpose();
    Ok(Family {
        id,
        client: row.get(0)?,
        user: row.get(1)?,
        session: row.get(2)?,
        flow: row.get(3)?,
        scope: Scope::parse(row.text(4)?).map_err(|_| DbError::bad_row(4, "a scope", "something else"))?,
        resources: serde_json::from_str(row.text(5)?).map_err(json(5, "a list of resources"))?,
        claims: claims.map_err(json(6, "a claims request"))?,
        authentication: Authentication {
            auth_time: row.get(7)?,
            factors: serde_json::from_str(row.text(8)?).map_err(json(8, "a list of factors"))?,
        },
        offline: row.bool(9)?,
        created_at: row.get(10)?,
        used_at: row.get(11)?,
        expires_at: row.get(12)?,
        state,
        refresh: refresh(row)?,
    })
}

fn refresh(row: &Row) -> Result<Option<RefreshState>, DbError> {
    let Some(generation) = row.opt_i64(15)? else { return Ok(None) };
    // The successor of an ended grant is gone.
    let previous = match row.get(18)? {
        None => None,
        Some(successor) => Some(PreviousToken { digest: row.get(17)?, successor, rotated_at: row.get(19)? }),
    };
    Ok(Some(RefreshState { generation, current: row.get(16)?, previous }))
}
