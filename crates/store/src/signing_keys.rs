//! Signing keys as rows. What is sealed in them only the key ring can open.

use crate::changes::{self, Topic};
use crate::{DbError, Row, Tx, params};
use countersign_core::Timestamp;
use countersign_core::organization::OrgScope;

crate::queries! {
    SELECT = "SELECT kid, alg, sealed, public_jwk, created_at, active_from, retire_from, remove_from \
     FROM signing_keys WHERE org_id = $1 ORDER BY created_at, kid LIMIT 200";
    INSERT = "INSERT INTO signing_keys (org_id, kid, alg, sealed, public_jwk, created_at, active_from, retire_from, remove_from) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// Whoever plans next waits until this plan is written, and then sees that it is.
    LOCK = "UPDATE changes SET counter = counter WHERE topic = 'keys' RETURNING counter";
    ACTIVATE = "UPDATE signing_keys SET active_from = $1 WHERE org_id = $2 AND kid = $3";
    RETIRE = "UPDATE signing_keys SET retire_from = $1, remove_from = $2 WHERE org_id = $3 AND kid = $4";
    REMOVE = "DELETE FROM signing_keys WHERE org_id = $1 AND kid = $2";
}

/// A row.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// Unique; tokens name it.
    pub kid: String,
    /// The JOSE name of its only algorithm.
    pub alg: String,
    /// The private key, sealed.
    pub sealed: Vec<u8>,
    /// For people who look at the table.
    pub public_jwk: String,
    /// Published from here on.
    pub created_at: Timestamp,
    /// Signs from here on.
    pub active_from: Timestamp,
    /// Signs no more from here on, and is gone from there on.
    pub ending: Option<(Timestamp, Timestamp)>,
}

/// One change to the rows.
#[derive(Debug, Clone)]
pub enum KeyChange {
    /// A new key.
    Insert(KeyRow),
    /// A key signs from another time on.
    Activate {
        /// Which.
        kid: String,
        /// Signs from here on.
        active_from: Timestamp,
    },
    /// A key's end is known.
    Retire {
        /// Which.
        kid: String,
        /// Signs no more.
        retire_from: Timestamp,
        /// Gone.
        remove_from: Timestamp,
    },
    /// A key is gone.
    Remove(String),
}

/// All keys.
pub async fn all(tx: &mut Tx<'_>, org: OrgScope) -> Result<Vec<KeyRow>, DbError> {
    tx.rows(&SELECT, params![org.org()]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<KeyRow, DbError> {
    let retire: Option<i64> = row.opt_i64(6)?;
    let remove: Option<i64> = row.opt_i64(7)?;
    Ok(KeyRow {
        kid: row.text(0)?.to_owned(),
        alg: row.text(1)?.to_owned(),
        sealed: row.bytes(2)?.to_vec(),
        public_jwk: row.text(3)?.to_owned(),
        created_at: row.get(4)?,
        active_from: row.get(5)?,
        ending: retire.zip(remove).map(|(a, b)| (Timestamp::from_micros(a), Timestamp::from_micros(b))),
    })
}

/// Only one unit at a time gets past this; the others wait until it is committed. To be taken before the rows are
/// read that a plan was made from.
pub async fn lock(tx: &mut Tx<'_>) -> Result<(), DbError> {
    let found = tx.one(&LOCK, params![]).await?;
    found.map(drop).ok_or_else(|| DbError::BadRow("no change counter for keys".to_owned()))
}

/// Applies the changes of one plan; caches on every node follow.
pub async fn apply(tx: &mut Tx<'_>, org: OrgScope, changes: &[KeyChange]) -> Result<(), DbError> {
    for change in changes {
        match change {
            KeyChange::Insert(key) => {
                let (retire, remove) = key.ending.unzip();
                let (kid, alg, jwk) = (key.kid.as_str(), key.alg.as_str(), key.public_jwk.as_str());
                let times = (key.created_at, key.active_from);
                tx.exec(
                    &INSERT,
                    params![
                        org.org(),
                        kid,
                        alg,
                        key.sealed.as_slice(),
                        jwk,
                        times.0,
                        times.1,
                        retire,
                        remove
                    ],
                )
                .await?;
            }
            KeyChange::Activate { kid, active_from } => {
                tx.exec(&ACTIVATE, params![*active_from, org.org(), kid.as_str()]).await?;
            }
            KeyChange::Retire { kid, retire_from, remove_from } => {
                tx.exec(&RETIRE, params![*retire_from, *remove_from, org.org(), kid.as_str()]).await?;
            }
            KeyChange::Remove(kid) => {
                tx.exec(&REMOVE, params![org.org(), kid.as_str()]).await?;
            }
        }
    }
    if !changes.is_empty() {
        changes::bump(tx, Topic::Keys).await?;
    }
    Ok(())
}
