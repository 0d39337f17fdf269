//! What a grant hangs on, as columns of a larger row.

use countersign_core::Id;
use countersign_core::Timestamp;
use countersign_core::account::{StandardClaims, UserState};
use countersign_core::id::User;
use countersign_core::session::{EndReason, Holder, SessionStanding};

use crate::{DbError, Row};

/// How many columns [`holder`] reads: subject, disabled_at, deleted_at, epoch, claims, updated_at, address,
/// verified_at, member, phone.
pub(crate) const HOLDER: usize = 10;

/// The person, from this column on.
pub(crate) fn holder(row: &Row, at: usize, id: Id<User>) -> Result<Holder, DbError> {
    let disabled: Option<Timestamp> = row.get(at + 1)?;
    let deleted: Option<Timestamp> = row.get(at + 2)?;
    let claims = row.text(at + 4)?;
    let mut claims: StandardClaims = if claims == "{}" {
        StandardClaims::default()
    } else {
        serde_json::from_str(claims).map_err(|_| DbError::bad_row(at + 4, "claims", "something else"))?
    };
    // A number that the person proved counts, and not what was declared of them.
    if let Some(number) = row.opt_text(at + 9)? {
        claims.phone_number = Some(number.to_owned());
        claims.phone_number_verified = Some(true);
    }
    let verified: Option<Timestamp> = row.get(at + 7)?;
    let address: Option<String> = row.get(at + 6)?;
    Ok(Holder {
        id,
        subject: row.get(at)?,
        state: match (deleted, disabled) {
            (Some(at), _) => UserState::Deleted(at),
            (None, Some(at)) => UserState::Disabled(at),
            (None, None) => UserState::Active,
        },
        epoch: row.i64(at + 3)?,
        claims,
        updated_at: row.get(at + 5)?,
        email: address.map(|address| (address, verified.is_some())),
        member: row.bool(at + 8)?,
        federated: Vec::new(),
    })
}

/// The session, from this column on: epoch, seen_at, expires_at, ended_at, end_reason.
pub(crate) fn session(row: &Row, at: usize) -> Result<Option<SessionStanding>, DbError> {
    let Some(epoch) = row.opt_i64(at)? else { return Ok(None) };
    let ended: Option<Timestamp> = row.get(at + 3)?;
    let ended = ended.map(|_| reason(row, at + 4)).transpose()?;
    Ok(Some(SessionStanding { epoch, seen_at: row.get(at + 1)?, expires_at: row.get(at + 2)?, ended }))
}

/// Why something ended; a column that is set whenever `ended_at` is.
pub(crate) fn reason(row: &Row, at: usize) -> Result<EndReason, DbError> {
    let text = row.text(at)?;
    EndReason::parse(text).ok_or_else(|| DbError::bad_row(at, "a reason", "another word"))
}
