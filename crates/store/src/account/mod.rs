//! Accounts: what decisions write about people, their addresses, passwords and consents.

pub mod activity;
pub mod declared;
pub mod emails;
pub mod export;
pub mod identities;
pub mod leaving;
pub mod merge;
pub mod operator;
pub mod phones;

use countersign_core::account::{EmailRow, StandardClaims, User, UserState};
use countersign_core::oauth::Scope;
use countersign_core::{ClientId, Id, Timestamp, id};

use crate::{DbError, Tx, messages, outbox, params};

crate::queries! {
    INSERT_USER = "INSERT INTO users (id, subject, epoch, admin, claims, disabled_at, created_at, updated_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    UPDATE_USER = "UPDATE users SET admin = $1, claims = $2, updated_at = $3 WHERE id = $4";
    SET_CLAIMS = "UPDATE users SET claims = $1, updated_at = $2 WHERE id = $3";
    SET_STATE = "UPDATE users SET disabled_at = $1, erase_at = NULL, updated_at = $2 WHERE id = $3";
    DELETE_USER = "UPDATE users SET deleted_at = $1, updated_at = $1, claims = '{}', admin = 0, erase_at = NULL \
                   WHERE id = $2 AND deleted_at IS NULL RETURNING id";
    DELETE_MAILS = "DELETE FROM deliveries WHERE receiver IN ('mail', 'sms') AND event_id IN (\
                    SELECT id FROM outbox WHERE user_id = $1 AND kind IN ('mail.requested', 'sms.requested'))";
    DELETE_EMAILS = "DELETE FROM emails WHERE user_id = $1";
    DELETE_SECRETS = "DELETE FROM secrets WHERE user_id = $1";
    BLUR_SESSIONS = "UPDATE sessions SET agent = '', network = '' WHERE user_id = $1";
    DELETE_TRACES = "DELETE FROM traces WHERE user_id = $1";
    BUMP_EPOCH = "UPDATE users SET epoch = epoch + 1 WHERE id = $1";
    INSERT_EMAIL = "INSERT INTO emails (id, user_id, address, key, verified_at, is_primary, created_at) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id";
    VERIFY_EMAIL = "UPDATE emails SET verified_at = $1 WHERE id = $2 AND verified_at IS NULL AND NOT EXISTS (\
                    SELECT 1 FROM emails other WHERE other.key = emails.key AND other.verified_at IS NOT NULL) \
                    RETURNING id";
    SET_PASSWORD = "INSERT INTO passwords (user_id, phc, changed_at) VALUES ($1, $2, $3) \
                    ON CONFLICT (user_id) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at";
    PUT_CONSENT = "INSERT INTO consents (user_id, client_id, scope, given_at) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (user_id, client_id) DO UPDATE SET scope = excluded.scope, given_at = excluded.given_at";
    REMOVE_CONSENT = "DELETE FROM consents WHERE user_id = $1 AND client_id = $2";
    DELETE_MEMBERSHIPS = "DELETE FROM memberships WHERE user_id = $1";
    REMOVE_CONSENTS = "DELETE FROM consents WHERE user_id = $1";
    REMOVE_PASSWORD = "DELETE FROM passwords WHERE user_id = $1";
    UNCOUNT = "UPDATE counters SET count = count - 1 WHERE key = $1 AND count > 0";
}

pub(crate) async fn insert_user(tx: &mut Tx<'_>, user: &User) -> Result<(), DbError> {
    let (claims, disabled) = (claims_json(&user.claims)?, disabled_at(user.state));
    let User { id, subject, epoch, admin, created_at, updated_at, .. } = user;
    let params = params![*id, subject, *epoch, *admin, claims, disabled, *created_at, *updated_at];
    tx.exec(&INSERT_USER, params).await.map(drop)
}

pub(crate) async fn update_user(tx: &mut Tx<'_>, user: &User) -> Result<(), DbError> {
    let claims = claims_json(&user.claims)?;
    tx.exec(&UPDATE_USER, params![user.admin, claims, user.updated_at, user.id]).await.map(drop)
}

pub(crate) async fn set_claims(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    claims: &StandardClaims,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.exec(&SET_CLAIMS, params![claims_json(claims)?, at, user]).await.map(drop)
}

pub(crate) async fn set_state(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    state: UserState,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.exec(&SET_STATE, params![disabled_at(state), at, user]).await.map(drop)
}

/// Guarded. What is left is the subject, so that it never comes back, and what ended, until it is purged. The audit
/// chain stays valid.
pub(crate) async fn delete(tx: &mut Tx<'_>, user: Id<id::User>, at: Timestamp) -> Result<(), DbError> {
    tx.one(&DELETE_USER, params![at, user]).await?.map(drop).ok_or(DbError::missed("users.delete"))?;
    for sql in [
        &DELETE_MAILS,
        &DELETE_EMAILS,
        &REMOVE_PASSWORD,
        &REMOVE_CONSENTS,
        &DELETE_MEMBERSHIPS,
        &DELETE_SECRETS,
        &BLUR_SESSIONS,
        &DELETE_TRACES,
    ] {
        tx.exec(sql, params![user]).await?;
    }
    identities::remove_all(tx, user).await?;
    phones::remove_all(tx, user).await?;
    messages::erase(tx, user).await?;
    declared::binding::erase(tx, user).await?;
    outbox::erase(tx, user).await.map(drop)
}

pub(crate) async fn bump_epoch(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<(), DbError> {
    tx.exec(&BUMP_EPOCH, params![user]).await.map(drop)
}

pub(crate) async fn insert_email(tx: &mut Tx<'_>, email: &EmailRow) -> Result<(), DbError> {
    let created = Timestamp::from_millis(created_ms(email.id));
    let EmailRow { id, user, address, key, verified_at, primary } = email;
    let params = params![*id, *user, address, key, *verified_at, *primary, created];
    tx.one(&INSERT_EMAIL, params).await?.map(drop).ok_or(DbError::missed("emails.insert"))
}

/// Guarded: one verified owner for each address.
pub(crate) async fn verify_email(
    tx: &mut Tx<'_>,
    email: Id<id::Email>,
    at: Timestamp,
) -> Result<(), DbError> {
    let missed = || DbError::missed("emails.verify");
    match tx.one(&VERIFY_EMAIL, params![at, email]).await {
        Ok(row) => row.map(drop).ok_or_else(missed),
        // PostgreSQL: somebody else proved it in the same moment; the decision sees so next time.
        Err(DbError::Constraint(_)) => Err(missed()),
        Err(other) => Err(other),
    }
}

pub(crate) async fn set_password(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    phc: &str,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.exec(&SET_PASSWORD, params![user, phc, at]).await.map(drop)
}

pub(crate) async fn put_consent(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    client: &ClientId,
    scope: &Scope,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.exec(&PUT_CONSENT, params![user, client, scope.to_string(), at]).await.map(drop)
}

pub(crate) async fn remove_consent(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    client: &ClientId,
) -> Result<(), DbError> {
    tx.exec(&REMOVE_CONSENT, params![user, client]).await.map(drop)
}

pub(crate) async fn remove_consents(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<(), DbError> {
    tx.exec(&REMOVE_CONSENTS, params![user]).await.map(drop)
}

pub(crate) async fn remove_password(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<(), DbError> {
    tx.exec(&REMOVE_PASSWORD, params![user]).await.map(drop)
}

pub(crate) async fn uncount(tx: &mut Tx<'_>, key: &str) -> Result<(), DbError> {
    tx.exec(&UNCOUNT, params![key]).await.map(drop)
}

fn disabled_at(state: UserState) -> Option<Timestamp> {
    match state {
        UserState::Active => None,
        // A deleted account is made by deleting it, and one on its way out by leaving, never by a state alone.
        UserState::Disabled(at) | UserState::Deleted(at) | UserState::Leaving(at) => Some(at),
    }
}

fn claims_json(claims: &StandardClaims) -> Result<String, DbError> {
    serde_json::to_string(claims).map_err(|e| DbError::Bug(e.to_string()))
}

/// A row id begins with the time it was made at.
fn created_ms<T>(id: Id<T>) -> i64 {
    let [a, b, c, d, e, f, ..] = id.to_bytes();
    i64::from_be_bytes([0, 0, a, b, c, d, e, f])
}
