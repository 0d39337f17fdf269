//! One receiver's queue in the outbox, as the delivery worker sees it.

use crate::App;
use countersign_core::{Event, Id, Timestamp, id};
use countersign_outbound::queue::{Claimed, Dead, Source, Surroundings, Verdict};
use countersign_store::DbError;
use countersign_store::outbox::{Ack, ClaimBatch, Delivery, Retry};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// The queue of one receiver.
pub(crate) struct Outbox {
    app: Arc<App>,
    receiver: String,
    owner: String,
    lease: Duration,
    news: News,
}

/// When to look again.
pub(crate) struct News {
    rung: Mutex<watch::Receiver<u64>>,
    poll: Option<Duration>,
}

impl News {
    /// When it rings, and every `poll` besides.
    pub(crate) fn of(rung: watch::Receiver<u64>, poll: Option<Duration>) -> Self {
        Self { rung: Mutex::new(rung), poll }
    }
    async fn wait(&self) {
        let mut rung = self.rung.lock().await;
        // An error means that nobody rings any more: then there is nothing to wait for but the stop.
        let ring = async {
            if rung.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        match self.poll {
            Some(poll) => drop(tokio::time::timeout(poll, ring).await),
            None => ring.await,
        }
    }
}

impl Outbox {
    /// A worker of its own name: what another one holds is not touched.
    pub(crate) fn new(app: Arc<App>, receiver: impl Into<String>, lease: Duration, news: News) -> Self {
        let (receiver, mut name) = (receiver.into(), [0u8; 8]);
        app.rng.fill(&mut name);
        let owner = format!("{receiver}-{:016x}", u64::from_be_bytes(name));
        Self { app, receiver, owner, lease, news }
    }
}

impl Source for Outbox {
    type Job = Delivery;
    type Error = DbError;

    async fn claim(&self, limit: usize) -> Result<Vec<Claimed<Delivery>>, DbError> {
        let limit = u32::try_from(limit).unwrap_or(1);
        let batch = ClaimBatch {
            receiver: self.receiver.clone(),
            owner: self.owner.clone(),
            now: self.app.clock.now(),
            lease: self.lease,
            limit,
        };
        let claimed = |d: Delivery| Claimed {
            id: d.id.to_string(),
            failures: u32::try_from(d.attempt.saturating_sub(1)).unwrap_or(0),
            expires_at: d.expires_at,
            job: d,
        };
        Ok(self.app.db.run(batch).await?.into_iter().map(claimed).collect())
    }

    async fn settle(&self, id: &str, verdict: Verdict) -> Result<(), DbError> {
        let id: Id<id::OutboxEvent> =
            id.parse().map_err(|_| DbError::Bug("an outbox id is no id".to_owned()))?;
        let (receiver, owner) = (self.receiver.clone(), self.owner.clone());
        match verdict {
            Verdict::Done | Verdict::Dead(Dead::Expired | Dead::Refused) => {
                self.app.db.run(Ack { receiver, owner, ids: vec![id] }).await.map(drop)
            }
            Verdict::Retry { at } => {
                self.app.db.run(Retry { receiver, owner, id, due_at: at }).await.map(drop)
            }
        }
    }

    async fn wake(&self) {
        self.news.wait().await;
    }
}

/// The event, as it was written.
pub(crate) fn event(delivery: Delivery) -> Event {
    Event {
        kind: delivery.kind,
        at: delivery.at,
        user: delivery.user,
        client: delivery.client,
        session: delivery.session,
        flow: delivery.flow,
        data: delivery.data,
        personal: delivery.personal,
        at_most: None,
    }
}

impl Surroundings for App {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
    fn chance(&self) -> u64 {
        let mut bytes = [0u8; 8];
        self.rng.fill(&mut bytes);
        u64::from_be_bytes(bytes)
    }
}
