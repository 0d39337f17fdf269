//! The audit chain: every event hashed together with all before it, so that a changed, missing or inserted
//! record shows.
//!
//! Chaining happens after the commit, in batches, by whichever node holds the lease; requests do not wait for
//! it. The chain covers the salted hash of personal data, not the data: erasing a person keeps it valid.

use std::time::Duration;

use countersign_core::Timestamp;
use sha2::{Digest, Sha256};

use crate::{BoxFuture, Bulk, Db, DbError, Row, Sql, Tx, Unit, Value, params};

/// Chains what is not chained yet, if this node holds the lease or can take it.
pub struct Chain {
    /// The node.
    pub owner: String,
    /// Now.
    pub now: Timestamp,
    /// How long the lease holds; call again well before.
    pub lease: Duration,
}

/// What a call of [`Chain`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chained {
    /// Another node does this.
    NotOurs,
    /// So many were chained; as many as [`BATCH`] mean that more may wait.
    Rows(usize),
}

/// Is there anything to chain? Asked first, so that an idle server writes nothing.
pub async fn waits(tx: &mut Tx<'_>) -> Result<bool, DbError> {
    Ok(tx.one(&WAITS, params![]).await?.is_some())
}

/// Most events that one unit chains.
pub const BATCH: usize = 128;

impl Unit for Chain {
    type Out = Chained;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Chained, DbError>> {
        Box::pin(async move {
            if !lease(tx, "audit", &self.owner, self.now, self.lease).await? {
                return Ok(Chained::NotOurs);
            }
            let (mut position, mut hash) = match tx.one(&LAST, params![]).await? {
                Some(row) => (row.i64(0)?, row.get(1)?),
                None => (0, [0; 32]),
            };
            let events = tx.rows(&UNCHAINED, params![]).await?;
            let (mut links, mut ids) = (Vec::new(), Vec::new());
            for event in &events {
                position += 1;
                hash = link(&hash, event)?;
                let (org, id) = (event.text(0)?, event.text(1)?);
                links.extend([org.into(), position.into(), id.into(), hash.into()]);
                ids.push(Value::from(id));
            }
            INSERT.run(tx, &[], &links).await?;
            MARK.run(tx, &[], &ids).await?;
            Ok(Chained::Rows(events.len()))
        })
    }
}

/// Takes or renews the right to do a piece of work alone. `false`: another owner has it.
pub async fn lease(
    tx: &mut Tx<'_>,
    name: &str,
    owner: &str,
    now: Timestamp,
    lease: Duration,
) -> Result<bool, DbError> {
    Ok(tx.one(&LEASE, params![name, owner, now + lease, now]).await?.is_some())
}

/// What [`verify`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// So many links were looked at.
    pub links: u64,
    /// The first position where the chain does not hold.
    pub broken: Option<i64>,
}

/// Walks the whole chain and computes it again.
pub async fn verify(db: &Db) -> Result<Verified, DbError> {
    let (mut after, mut hash, mut links) = (0, [0; 32], 0);
    loop {
        let page = db.read(Page { after }).await?;
        let Some(last) = page.last() else { return Ok(Verified { links, broken: None }) };
        let end = last.i64(11)?;
        for row in &page {
            let position = row.i64(11)?;
            after += 1;
            let holds = position == after && link(&hash, row).is_ok_and(|it| row.get(12) == Ok(it));
            if !holds {
                return Ok(Verified { links, broken: Some(after) });
            }
            hash = row.get(12)?;
            links += 1;
        }
        after = end;
    }
}

struct Page {
    after: i64,
}

impl Unit for Page {
    type Out = Vec<Row>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Vec<Row>, DbError>> {
        Box::pin(async move { tx.rows(&PAGE, params![self.after]).await })
    }
}

/// Hash of the link before and of every column, each with its length, so that no two records read alike.
fn link(before: &[u8; 32], event: &Row) -> Result<[u8; 32], DbError> {
    let mut hash = Sha256::new().chain_update(before);
    for column in 0..11 {
        match event.get::<Column<'_>>(column)? {
            Column(Value::Null) => hash.update([0]),
            Column(Value::I64(it)) => hash = hash.chain_update([1]).chain_update(it.to_be_bytes()),
            Column(Value::Bool(it)) => {
                hash = hash.chain_update([1]).chain_update(i64::from(*it).to_be_bytes())
            }
            Column(Value::Text(it)) => {
                hash = hash
                    .chain_update([2])
                    .chain_update((it.len() as u64).to_be_bytes())
                    .chain_update(it.as_bytes());
            }
            Column(Value::Bytes(it)) => {
                hash = hash.chain_update([3]).chain_update((it.len() as u64).to_be_bytes()).chain_update(it);
            }
        }
    }
    Ok(hash.finalize().into())
}

struct Column<'r>(&'r Value<'static>);

impl<'r> crate::FromCell<'r> for Column<'r> {
    const EXPECTED: &'static str = "anything";
    fn from_cell(cell: &'r Value<'static>) -> Option<Self> {
        Some(Self(cell))
    }
}

/// Every statement of the chain.
pub fn all() -> Result<Vec<(&'static str, Sql)>, DbError> {
    let mut all = ALL.to_vec();
    for (name, bulk) in [("audit::INSERT", &INSERT), ("audit::MARK", &MARK)] {
        all.extend([(name, bulk.sql(1)?), (name, bulk.sql(3)?)]);
    }
    Ok(all)
}

crate::queries! {
    WAITS = "SELECT 1 FROM outbox WHERE chained = 0 LIMIT 1";
    LEASE = "INSERT INTO leases (name, owner, until) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE \
             SET owner = excluded.owner, until = excluded.until \
             WHERE leases.owner = excluded.owner OR leases.until <= $4 RETURNING owner";
    LAST = "SELECT position, hash FROM audit ORDER BY position DESC LIMIT 1";
    UNCHAINED = "SELECT org_id, id, kind, version, at, user_id, client_id, session_id, flow_id, data, personal_hash \
                 FROM outbox WHERE chained = 0 ORDER BY id LIMIT 128";
    PAGE = "SELECT o.org_id, o.id, o.kind, o.version, o.at, o.user_id, o.client_id, o.session_id, o.flow_id, o.data, \
            o.personal_hash, a.position, a.hash FROM audit a LEFT JOIN outbox o ON o.id = a.event_id \
            WHERE a.position > $1 ORDER BY a.position LIMIT 500";
}

static INSERT: Bulk = Bulk::rows("INSERT INTO audit (org_id, position, event_id, hash) VALUES ", 4, "");
static MARK: Bulk = Bulk::list("UPDATE outbox SET chained = 1 WHERE id IN (", ")");
