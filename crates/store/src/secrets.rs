//! The table `secrets`: everything that works once and has no table of its own.
//!
//! Callers know digests only. The kind is part of the key, so a secret of one kind is unknown to every
//! other consumer.

use countersign_core::secret::Kind;
use countersign_core::write::NewSecret;
use countersign_core::{ClientId, Digest, Id, SecretKind, Timestamp, id};

use crate::{Claim, DbError, Row, Spend, Tx, Value, params};

/// A row, without its digest.
#[derive(Clone, Debug)]
pub struct StoredSecret {
    /// Bound to this client.
    pub client: Option<ClientId>,
    /// Bound to this person.
    pub user: Option<Id<id::User>>,
    /// Bound to this flow.
    pub flow: Option<Id<id::Flow>>,
    /// What it carries, without secrets.
    pub payload: serde_json::Value,
    /// Made then.
    pub created_at: Timestamp,
    /// Refused from then on.
    pub expires_at: Timestamp,
    /// Used or made void then.
    pub spent_at: Option<Timestamp>,
}

/// Stores a fresh random secret. Its digest must be new.
pub async fn insert(tx: &mut Tx<'_>, new: &NewSecret) -> Result<(), DbError> {
    tx.exec(&INSERT, &values(new)).await.map(drop)
}

/// Looks without touching: what a GET may do. Expired and spent rows are found too; the caller decides.
pub async fn find<K: Kind>(tx: &mut Tx<'_>, digest: &Digest<K>) -> Result<Option<StoredSecret>, DbError> {
    tx.one(&FIND, params![K::KIND, digest]).await?.as_ref().map(read).transpose()
}

/// The secret, for the one caller who spends it in time. `None`: unknown, of another kind, expired, spent.
pub async fn spend<K: Kind>(
    tx: &mut Tx<'_>,
    digest: &Digest<K>,
    now: Timestamp,
) -> Result<Option<StoredSecret>, DbError> {
    SPEND.run(tx, params![now, K::KIND, digest]).await?.as_ref().map(read).transpose()
}

/// The same where the kind is a value, as in `Write::SpendSecret`.
pub async fn spend_kind(
    tx: &mut Tx<'_>,
    kind: SecretKind,
    digest: &[u8; 33],
    now: Timestamp,
) -> Result<Option<StoredSecret>, DbError> {
    SPEND.run(tx, params![now, kind, digest]).await?.as_ref().map(read).transpose()
}

/// The row, held until the unit ends: whoever else wants it waits, and then sees what became of it. For rows that
/// change often (a device that asks, a person who answers), where deciding again would lose too many races.
pub async fn hold<K: Kind>(tx: &mut Tx<'_>, digest: &Digest<K>) -> Result<Option<StoredSecret>, DbError> {
    tx.one(&HOLD, params![K::KIND, digest]).await?.as_ref().map(read).transpose()
}

/// Another content for an unspent row, guarded by the one that the decision saw. `false`: it has moved on.
pub async fn change(
    tx: &mut Tx<'_>,
    kind: SecretKind,
    digest: &[u8; 33],
    from: &serde_json::Value,
    to: &serde_json::Value,
) -> Result<bool, DbError> {
    Ok(CHANGE.run(tx, params![to, kind, digest, from]).await?.is_some())
}

/// Takes a value that has no row yet (a `jti`). `false`: somebody had it before.
pub async fn claim(tx: &mut Tx<'_>, new: &NewSecret) -> Result<bool, DbError> {
    Ok(CLAIM.run(tx, &values(new)).await?.is_some())
}

/// Makes all unspent secrets of this kind void for a person: a newer link was sent, the password changed.
pub async fn void(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    kind: SecretKind,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.exec(&VOID, params![now, user, kind]).await
}

crate::queries! {
    INSERT = "INSERT INTO secrets (kind, digest, client_id, user_id, flow_id, payload, created_at, expires_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    FIND = "SELECT client_id, user_id, flow_id, payload, created_at, expires_at, spent_at FROM secrets \
            WHERE kind = $1 AND digest = $2";
    HOLD = "UPDATE secrets SET spent_at = spent_at WHERE kind = $1 AND digest = $2 \
            RETURNING client_id, user_id, flow_id, payload, created_at, expires_at, spent_at";
    CHANGE_TEXT = CHANGE.0.text();
    SPEND_TEXT = SPEND.0.text();
    CLAIM_TEXT = CLAIM.0.text();
    VOID = "UPDATE secrets SET spent_at = $1 WHERE user_id = $2 AND kind = $3 AND spent_at IS NULL";
}

const SPEND: Spend = Spend::new(
    "UPDATE secrets SET spent_at = $1 WHERE kind = $2 AND digest = $3 AND spent_at IS NULL AND expires_at > $1 \
     RETURNING client_id, user_id, flow_id, payload, created_at, expires_at, spent_at",
);

const CHANGE: Spend = Spend::new(
    "UPDATE secrets SET payload = $1 WHERE kind = $2 AND digest = $3 AND payload = $4 AND spent_at IS NULL \
     RETURNING kind",
);

const CLAIM: Claim = Claim::new(
    "INSERT INTO secrets (kind, digest, client_id, user_id, flow_id, payload, created_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kind, digest) DO NOTHING RETURNING kind",
);

fn values(new: &NewSecret) -> [Value<'_>; 8] {
    [
        new.kind.into(),
        (&new.digest).into(),
        new.client.as_ref().into(),
        new.user.into(),
        new.flow.into(),
        (&new.payload).into(),
        new.created_at.into(),
        new.expires_at.into(),
    ]
}

fn read(row: &Row) -> Result<StoredSecret, DbError> {
    Ok(StoredSecret {
        client: row.get(0)?,
        user: row.get(1)?,
        flow: row.get(2)?,
        payload: row.get(3)?,
        created_at: row.get(4)?,
        expires_at: row.get(5)?,
        spent_at: row.get(6)?,
    })
}
