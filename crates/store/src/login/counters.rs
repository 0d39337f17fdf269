//! The table `counters`: one row for each limit and whom it counts.

use countersign_core::Timestamp;
use countersign_core::limits::{Counted, CounterKey};

use crate::{DbError, Tx, params};

/// Adds this request to its counters and answers how they stand: the rows stay locked until the unit ends, so
/// parallel guesses count each other.
pub async fn add(tx: &mut Tx<'_>, keys: &[CounterKey], now: Timestamp) -> Result<Vec<Counted>, DbError> {
    let mut keys: Vec<&CounterKey> = keys.iter().collect();
    // One order for everybody: two units never wait for each other's row.
    keys.sort_by(|a, b| a.text.cmp(&b.text));
    let mut counted = Vec::with_capacity(keys.len());
    for key in keys {
        let until = now + key.limit.window;
        let row =
            tx.one(&ADD, params![&key.text, until, now]).await?.ok_or(DbError::missed("counters.add"))?;
        counted.push(Counted { key: key.clone(), count: row.i64(0)?, until: row.get(1)? });
    }
    Ok(counted)
}

/// How the counters would stand with one more request. Writes nothing.
pub async fn peek(tx: &mut Tx<'_>, keys: &[CounterKey], now: Timestamp) -> Result<Vec<Counted>, DbError> {
    let mut counted = Vec::with_capacity(keys.len());
    for key in keys {
        let (count, until) = match tx.one(&PEEK, params![&key.text, now]).await? {
            Some(row) => (row.i64(0)?, row.get(1)?),
            None => (0, now + key.limit.window),
        };
        counted.push(Counted { key: key.clone(), count: count.saturating_add(1), until });
    }
    Ok(counted)
}

crate::queries! {
    ADD = "INSERT INTO counters (key, count, expires_at) VALUES ($1, 1, $2) ON CONFLICT (key) DO UPDATE SET \
           count = CASE WHEN counters.expires_at <= $3 THEN 1 ELSE counters.count + 1 END, \
           expires_at = CASE WHEN counters.expires_at <= $3 THEN excluded.expires_at ELSE counters.expires_at END \
           RETURNING count, expires_at";
    PEEK = "SELECT count, expires_at FROM counters WHERE key = $1 AND expires_at > $2";
}
