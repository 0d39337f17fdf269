//! The receiver's side: claim, deliver, acknowledge or try again.

use std::time::Duration;

use countersign_core::{ClientId, EventKind, Id, Timestamp, id};
use serde_json::{Map, Value as Json};

use crate::{BoxFuture, Bulk, DbError, Tx, Unit, Value, params};

/// An event on its way to one receiver.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The same in every attempt: receivers tell duplicates by it.
    pub id: Id<id::OutboxEvent>,
    /// What happened.
    pub kind: EventKind,
    /// The version of its fields.
    pub version: i64,
    /// When it happened.
    pub at: Timestamp,
    /// Whom it is about.
    pub user: Option<Id<id::User>>,
    /// The client concerned.
    pub client: Option<ClientId>,
    /// The session concerned.
    pub session: Option<Id<id::Session>>,
    /// The flow it belongs to.
    pub flow: Option<Id<id::Flow>>,
    /// Facts.
    pub data: Map<String, Json>,
    /// Personal data; empty once erased.
    pub personal: Map<String, Json>,
    /// What the order is kept for.
    pub subject: String,
    /// This attempt, from 1.
    pub attempt: i64,
    /// Given up from then on.
    pub expires_at: Timestamp,
}

/// Claims what is due for a receiver: of every subject only the oldest that is still to be delivered.
pub struct ClaimBatch {
    /// Whose queue.
    pub receiver: String,
    /// Who claims; each worker of each node has its own name.
    pub owner: String,
    /// Now.
    pub now: Timestamp,
    /// How long nobody else may claim them; longer than a delivery can take.
    pub lease: Duration,
    /// At most so many.
    pub limit: u32,
}

impl Unit for ClaimBatch {
    type Out = Vec<Delivery>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Vec<Delivery>, DbError>> {
        Box::pin(async move {
            let until = self.now + self.lease;
            let params = params![&self.owner, until, &self.receiver, self.now, self.limit];
            let claimed = tx.rows(&CLAIM, params).await?;
            let ids: Vec<Value<'_>> =
                claimed.iter().map(|row| row.text(0).map(Value::from)).collect::<Result<_, _>>()?;
            let mut events = EVENTS.run(tx, &[], &ids).await?;
            events.sort_unstable_by(|a, b| a.text(0).ok().cmp(&b.text(0).ok()));
            let mut found = Vec::with_capacity(claimed.len());
            for row in &events {
                let id: Id<id::OutboxEvent> = row.get(0)?;
                let Some(claim) = claimed.iter().find(|it| it.text(0).ok() == row.text(0).ok()) else {
                    continue;
                };
                found.push(Delivery {
                    id,
                    kind: row.get(1)?,
                    version: row.i64(2)?,
                    at: row.get(3)?,
                    user: row.get(4)?,
                    client: row.get(5)?,
                    session: row.get(6)?,
                    flow: row.get(7)?,
                    data: row.get(8)?,
                    personal: row.get::<Option<_>>(9)?.unwrap_or_default(),
                    subject: claim.get(1)?,
                    attempt: claim.i64(2)?,
                    expires_at: claim.get(3)?,
                });
            }
            Ok(found)
        })
    }
}

/// Delivered (or given up): removes those that the owner still holds and answers which. One that is missing
/// in the answer was taken over after its lease, and will be delivered again.
pub struct Ack {
    /// Whose queue.
    pub receiver: String,
    /// Who claimed.
    pub owner: String,
    /// Which.
    pub ids: Vec<Id<id::OutboxEvent>>,
}

impl Unit for Ack {
    type Out = Vec<Id<id::OutboxEvent>>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ids: Vec<Value<'_>> = self.ids.iter().map(Value::from).collect();
            let gone = ACK.run(tx, params![&self.receiver, &self.owner], &ids).await?;
            // What waited behind these, for the same subject, is due now.
            tx.tell();
            gone.iter().map(|row| row.get(0)).collect()
        })
    }
}

/// Not delivered: due again at `due_at`. `false`: the lease was lost meanwhile.
pub struct Retry {
    /// Whose queue.
    pub receiver: String,
    /// Who claimed.
    pub owner: String,
    /// Which.
    pub id: Id<id::OutboxEvent>,
    /// See [`back_off`].
    pub due_at: Timestamp,
}

impl Unit for Retry {
    type Out = bool;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<bool, DbError>> {
        Box::pin(async move {
            let params = params![self.due_at, self.id, &self.receiver, &self.owner];
            Ok(tx.one(&RETRY, params).await?.is_some())
        })
    }
}

/// 1 s, 2 s, 4 s .. 10 min after the attempt of that number, up to a quarter earlier by chance, so that a
/// receiver that comes back is not met by everybody at once. `chance` is any random number.
pub fn back_off(attempt: i64, chance: u32) -> Duration {
    let doubled = 1_000u64 << attempt.saturating_sub(1).clamp(0, 20);
    let whole = doubled.min(600_000);
    Duration::from_millis(whole - whole * u64::from(chance) / u64::from(u32::MAX) / 4)
}

/// How much waits for a receiver, and since when: for metrics and `/health/ready`.
pub struct Lag {
    /// Whose queue.
    pub receiver: String,
}

/// The answer of [`Lag`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// So many.
    pub count: i64,
    /// The oldest became due then.
    pub oldest: Option<Timestamp>,
}

impl Unit for Lag {
    type Out = Waiting;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Waiting, DbError>> {
        Box::pin(async move {
            let row = tx.one(&LAG, params![&self.receiver]).await?;
            let row = row.ok_or_else(|| DbError::Bug("a count without a row".to_owned()))?;
            Ok(Waiting { count: row.i64(0)?, oldest: row.get(1)? })
        })
    }
}

/// The receivers whose name begins so, and for whom something is due.
pub struct Due {
    /// How their names begin.
    pub prefix: &'static str,
    /// Now.
    pub now: Timestamp,
}

impl Unit for Due {
    type Out = Vec<String>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            // Behind every name that begins so: no character of a client id sorts after a tilde.
            let end = format!("{}\u{7f}", self.prefix);
            let rows = tx.rows(&DUE, params![self.now, self.prefix, end]).await?;
            rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
        })
    }
}

crate::queries! {
    DUE = "SELECT DISTINCT receiver FROM deliveries WHERE due_at <= $1 AND lease_until <= $1 AND expires_at > $1 \
           AND receiver >= $2 AND receiver < $3 ORDER BY receiver";
    // The guard on lease_until stands outside too: PostgreSQL looks at it again after waiting for a row.
    CLAIM = "UPDATE deliveries SET lease_owner = $1, lease_until = $2, attempts = attempts + 1 \
             WHERE receiver = $3 AND lease_until <= $4 AND event_id IN (\
               SELECT d.event_id FROM deliveries d \
               WHERE d.receiver = $3 AND d.due_at <= $4 AND d.lease_until <= $4 AND d.expires_at > $4 \
               AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.receiver = d.receiver AND e.subject = d.subject \
                               AND e.event_id < d.event_id AND e.expires_at > $4) \
               ORDER BY d.due_at, d.event_id LIMIT $5) \
             RETURNING event_id, subject, attempts, expires_at";
    pub(crate) RETRY = "UPDATE deliveries SET due_at = $1, lease_until = 0, lease_owner = NULL \
             WHERE event_id = $2 AND receiver = $3 AND lease_owner = $4 RETURNING event_id";
    pub(crate) ACK_ONE = "DELETE FROM deliveries WHERE event_id = $1 AND receiver = $2 AND lease_owner = $3 RETURNING event_id";
    LAG = "SELECT COUNT(*), MIN(due_at) FROM deliveries WHERE receiver = $1";
}

static EVENTS: Bulk = Bulk::list(
    "SELECT id, kind, version, at, user_id, client_id, session_id, flow_id, data, personal FROM outbox WHERE id IN (",
    ")",
);

static ACK: Bulk = Bulk::list(
    "DELETE FROM deliveries WHERE receiver = $1 AND lease_owner = $2 AND event_id IN (",
    ") RETURNING event_id",
);

pub(super) const BULK: &[(&str, &Bulk)] = &[("outbox::EVENTS", &EVENTS), ("outbox::ACK", &ACK)];
