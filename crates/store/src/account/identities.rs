//! Linked accounts: who somebody is at a provider.

use countersign_core::account::{Identity, IdentityKey};
use countersign_core::login::provider::settings::FederatedClaim;
use countersign_core::{Id, Timestamp, id};

use crate::{DbError, Row, Tx, params};

/// The linked account of exactly these bytes.
pub async fn find(tx: &mut Tx<'_>, key: &IdentityKey) -> Result<Option<Identity>, DbError> {
    let IdentityKey { provider, issuer, subject } = key;
    tx.one(&FIND, params![provider, issuer, subject]).await?.as_ref().map(read).transpose()
}

/// All of a person, the first linked first.
pub async fn of_user(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<Vec<Identity>, DbError> {
    tx.rows(&OF_USER, params![user]).await?.iter().map(read).collect()
}

/// What apps are told of them: of two at one provider, the one linked first. Where the operator named no claim, nothing
/// is asked.
pub(crate) async fn federated(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    wanted: &[FederatedClaim],
) -> Result<Vec<(String, String)>, DbError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let all = of_user(tx, user).await?;
    let told = wanted.iter().filter_map(|it| {
        let found = all.iter().find(|one| one.key.provider == it.provider)?;
        Some((it.claim.clone(), found.key.subject.clone()))
    });
    Ok(told.collect())
}

/// Guarded: whoever came first has it.
pub(crate) async fn insert(tx: &mut Tx<'_>, identity: &Identity) -> Result<(), DbError> {
    let Identity { id, user, key, shown, linked_at, used_at } = identity;
    let IdentityKey { provider, issuer, subject } = key;
    let params = params![*id, *user, provider, issuer, subject, shown, *linked_at, *used_at];
    tx.one(&INSERT, params).await?.map(drop).ok_or(DbError::missed("identities.insert"))
}

pub(crate) async fn touch(
    tx: &mut Tx<'_>,
    id: Id<id::Identity>,
    shown: &str,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.exec(&TOUCH, params![shown, at, id]).await.map(drop)
}

/// Guarded.
pub(crate) async fn remove(tx: &mut Tx<'_>, id: Id<id::Identity>, user: Id<id::User>) -> Result<(), DbError> {
    tx.one(&REMOVE, params![id, user]).await?.map(drop).ok_or(DbError::missed("identities.remove"))
}

pub(crate) async fn remove_all(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<(), DbError> {
    tx.exec(&REMOVE_ALL, params![user]).await.map(drop)
}

crate::queries! {
    FIND = "SELECT id, user_id, provider, issuer, subject, shown, linked_at, used_at FROM identities \
            WHERE provider = $1 AND issuer = $2 AND subject = $3";
    OF_USER = "SELECT id, user_id, provider, issuer, subject, shown, linked_at, used_at FROM identities \
               WHERE user_id = $1 ORDER BY linked_at, id";
    INSERT = "INSERT INTO identities (id, user_id, provider, issuer, subject, shown, linked_at, used_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id";
    TOUCH = "UPDATE identities SET shown = $1, used_at = $2 WHERE id = $3";
    REMOVE = "DELETE FROM identities WHERE id = $1 AND user_id = $2 RETURNING id";
    REMOVE_ALL = "DELETE FROM identities WHERE user_id = $1";
}

fn read(row: &Row) -> Result<Identity, DbError> {
    Ok(Identity {
        id: row.get(0)?,
        user: row.get(1)?,
        key: IdentityKey { provider: row.get(2)?, issuer: row.get(3)?, subject: row.get(4)? },
        shown: row.get(5)?,
        linked_at: row.get(6)?,
        used_at: row.get(7)?,
    })
}
