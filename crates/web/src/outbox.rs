//! One receiver's queue in the outbox, as the delivery worker sees it.

use crate::App;
use countersign_core::{Event, Id, Timestamp, id};
use countersign_outbound::carry::NotSent;
use countersign_outbound::queue::{Attempt, Claimed, Dead, Source, Surroundings, Verdict};
use countersign_store::DbError;
use countersign_store::messages::{self, Settle, Standing};
use countersign_store::outbox::{Ack, ClaimBatch, Delivery, MAIL, Retry, SMS};
use std::collections::HashMap;
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
    /// How the tries ended that are to be settled: for the trail of mails and text messages.
    told: Mutex<HashMap<String, Told>>,
}

/// What became of one try.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) transport: Option<&'static str>,
    pub(crate) reason: Option<String>,
}

impl Told {
    /// As the queue and the trail want it.
    pub(crate) fn of(result: Result<&'static str, NotSent>) -> (Attempt, Told) {
        match result {
            Ok(by) => (Attempt::Delivered, Told { transport: Some(by), reason: None }),
            Err(error) => {
                let attempt = if error.passes() { Attempt::Failed } else { Attempt::Refused };
                (attempt, Told { transport: None, reason: Some(error.to_string()) })
            }
        }
    }
    /// It cannot be sent by anything.
    pub(crate) fn because(reason: &str) -> Told {
        Told { transport: None, reason: Some(reason.to_owned()) }
    }
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
        Self { app, receiver, owner, lease, news, told: Mutex::default() }
    }

    /// How a try ended; written with its verdict.
    pub(crate) async fn tell(&self, id: &str, told: Told) {
        self.told.lock().await.insert(id.to_owned(), told);
    }

    async fn settle_message(
        &self,
        id: Id<id::OutboxEvent>,
        told: Option<Told>,
        verdict: Verdict,
    ) -> Result<(), DbError> {
        let (due, standing) = match verdict {
            Verdict::Done => (None, Standing::Sent),
            Verdict::Dead(Dead::Expired) => (None, Standing::Expired),
            Verdict::Dead(Dead::Refused) => (None, Standing::Refused),
            Verdict::Retry { at } => (Some(at), Standing::Queued),
        };
        let (transport, reason) = told.map(|it| (it.transport, it.reason)).unwrap_or_default();
        let told = messages::Told { standing, transport, reason };
        let (receiver, owner, now) = (self.receiver.clone(), self.owner.clone(), self.app.clock.now());
        self.app.db.run(Settle { receiver, owner, id, due, told, now }).await
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
        if self.receiver == MAIL || self.receiver == SMS {
            let told = self.told.lock().await.remove(&id.to_string());
            return self.settle_message(id, told, verdict).await;
        }
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
