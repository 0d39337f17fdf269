//! What lies sealed under a master key for long: found row by row, and exchanged, when the master key changes.
//!
//! Whatever else is sealed (flows, links, opaque tokens) has died of age before an old master key goes.

use countersign_core::Timestamp;

use crate::{DbError, Row, Spend, Tx, Value, params};

crate::queries! {
    ROOT = "SELECT sealed, sealed_at FROM root_keys WHERE id = 'root'";
    SIGNING_PAGE = "SELECT kid, alg, sealed FROM signing_keys WHERE kid > $1 ORDER BY kid LIMIT 50";
    ROOT_PAGE = "SELECT id, id, sealed FROM root_keys WHERE id > $1 ORDER BY id LIMIT 50";
    ROOT_CLAIM_TEXT = ROOT_CLAIM.0.text();
    SIGNING_PUT_TEXT = SIGNING_PUT.0.text();
    ROOT_PUT_TEXT = ROOT_PUT.0.text();
}

const ROOT_CLAIM: crate::Claim = crate::Claim::new(
    "INSERT INTO root_keys (id, sealed, created_at, sealed_at) VALUES ('root', $1, $2, $3) \
     ON CONFLICT (id) DO NOTHING RETURNING id",
);
/// Only the text that was opened is replaced: who resealed it a moment ago, or made the row anew, is not undone.
const SIGNING_PUT: Spend =
    Spend::new("UPDATE signing_keys SET sealed = $1 WHERE kid = $2 AND sealed = $3 RETURNING kid");
const ROOT_PUT: Spend =
    Spend::new("UPDATE root_keys SET sealed = $1, sealed_at = $2 WHERE id = $3 AND sealed = $4 RETURNING id");

/// Where sealed texts lie for long. A new table of such texts is a new variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Private signing keys.
    SigningKeys,
    /// The root of digests and MACs. Last, so that it moves when everything else has.
    RootKeys,
}

/// A sealed row.
#[derive(Clone)]
pub struct SealedRow {
    /// Its name in its table.
    pub id: String,
    /// What else it is bound to.
    pub context: String,
    /// The sealed text.
    pub sealed: Vec<u8>,
}

impl Place {
    /// Every place, in the order in which they move.
    pub const ALL: [Self; 2] = [Self::SigningKeys, Self::RootKeys];

    /// The table.
    pub const fn table(self) -> &'static str {
        match self {
            Self::SigningKeys => "signing_keys",
            Self::RootKeys => "root_keys",
        }
    }
}

/// The rows after this one, some at a time; none: that was the end.
pub async fn page(tx: &mut Tx<'_>, place: Place, after: &str) -> Result<Vec<SealedRow>, DbError> {
    let sql = match place {
        Place::SigningKeys => &SIGNING_PAGE,
        Place::RootKeys => &ROOT_PAGE,
    };
    let read = |row: &Row| {
        Ok(SealedRow {
            id: row.text(0)?.to_owned(),
            context: row.text(1)?.to_owned(),
            sealed: row.bytes(2)?.to_vec(),
        })
    };
    tx.rows(sql, params![after]).await?.iter().map(read).collect()
}

/// Puts a text sealed anew in the place of this row's. `false`: the row is not what it was.
pub async fn exchange(
    tx: &mut Tx<'_>,
    place: Place,
    row: &SealedRow,
    anew: &[u8],
    now: Timestamp,
) -> Result<bool, DbError> {
    let (id, old) = (row.id.as_str(), row.sealed.as_slice());
    let done = match place {
        Place::SigningKeys => SIGNING_PUT.run(tx, params![anew, id, old]).await?,
        Place::RootKeys => ROOT_PUT.run(tx, params![anew, now, id, old]).await?,
    };
    Ok(done.is_some())
}

/// The root key's row, and since when it lies under its master key.
pub async fn root(tx: &mut Tx<'_>) -> Result<Option<(Vec<u8>, Timestamp)>, DbError> {
    let row = tx.one(&ROOT, params![]).await?;
    row.map(|row| Ok((row.bytes(0)?.to_vec(), row.get(1)?))).transpose()
}

/// The root key's row as it is afterwards: this one, if there was none.
pub async fn claim_root(tx: &mut Tx<'_>, sealed: &[u8], now: Timestamp) -> Result<Vec<u8>, DbError> {
    let values: &[Value<'_>] = params![sealed, now, now];
    if ROOT_CLAIM.run(tx, values).await?.is_some() {
        return Ok(sealed.to_vec());
    }
    let there = root(tx).await?.ok_or_else(|| DbError::BadRow("the root key is gone".to_owned()))?;
    Ok(there.0)
}
