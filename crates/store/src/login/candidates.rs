//! The account behind an address.

use countersign_core::account::{EmailRow, StandardClaims, User, UserState};
use countersign_core::login::Candidate;
use countersign_core::{Id, Timestamp, id};

use crate::{DbError, Row, Tx, params};

/// The account that proved this address; else the oldest one that wrote it down without proof.
pub async fn by_key(tx: &mut Tx<'_>, key: &str) -> Result<Option<Candidate>, DbError> {
    tx.one(&BY_KEY, params![key]).await?.as_ref().map(read).transpose()
}

/// The account by its id, with its primary address.
pub async fn by_user(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<Option<Candidate>, DbError> {
    tx.one(&BY_USER, params![user]).await?.as_ref().map(read).transpose()
}

crate::queries! {
    BY_KEY = "SELECT u.id, u.subject, u.epoch, u.admin, u.claims, u.disabled_at, u.created_at, u.updated_at, u.erase_at, \
              e.id, e.address, e.key, e.verified_at, e.is_primary, p.phc \
              FROM emails e JOIN users u ON u.id = e.user_id LEFT JOIN passwords p ON p.user_id = u.id \
              WHERE e.key = $1 AND u.deleted_at IS NULL \
              ORDER BY CASE WHEN e.verified_at IS NULL THEN 1 ELSE 0 END, e.created_at, e.id LIMIT 1";
    BY_USER = "SELECT u.id, u.subject, u.epoch, u.admin, u.claims, u.disabled_at, u.created_at, u.updated_at, u.erase_at, \
               e.id, e.address, e.key, e.verified_at, e.is_primary, p.phc \
               FROM users u JOIN emails e ON e.user_id = u.id AND e.is_primary = 1 \
               LEFT JOIN passwords p ON p.user_id = u.id WHERE u.id = $1 AND u.deleted_at IS NULL";
}

fn read(row: &Row) -> Result<Candidate, DbError> {
    let user = user(row, 0)?;
    let email = EmailRow {
        id: row.get(9)?,
        user: user.id,
        address: row.get(10)?,
        key: row.get(11)?,
        verified_at: row.get(12)?,
        primary: row.bool(13)?,
    };
    Ok(Candidate { user, email, phc: row.get(14)? })
}

/// An account from this column on: id, subject, epoch, admin, claims, disabled_at, created_at, updated_at,
/// erase_at.
pub(crate) fn user(row: &Row, at: usize) -> Result<User, DbError> {
    let claims = row.text(at + 4)?;
    let claims: StandardClaims = if claims == "{}" {
        StandardClaims::default()
    } else {
        serde_json::from_str(claims).map_err(|_| DbError::bad_row(at + 4, "claims", "something else"))?
    };
    let disabled: Option<Timestamp> = row.get(at + 5)?;
    Ok(User {
        id: row.get(at)?,
        subject: row.get(at + 1)?,
        epoch: row.i64(at + 2)?,
        admin: row.bool(at + 3)?,
        claims,
        state: match (row.get(at + 8)?, disabled) {
            (Some(erase_at), _) => UserState::Leaving(erase_at),
            (None, Some(at)) => UserState::Disabled(at),
            (None, None) => UserState::Active,
        },
        created_at: row.get(at + 6)?,
        updated_at: row.get(at + 7)?,
    })
}
