//! Recording the flow trace, outside request commits: lines are queued and written every second.

use countersign_core::TraceStep;
use countersign_store::{Db, DbError, Sql, params, unit};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Lines that may wait; beyond it the newest are dropped, never a request delayed.
const QUEUE: usize = 4_096;
/// Lines written in one unit.
const BATCH: usize = 64;

/// Takes trace lines.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<TraceStep>,
}

/// The other end: whoever runs [`Writer::run`].
pub struct Writer {
    queue: mpsc::Receiver<TraceStep>,
}

/// A recorder and its writer.
pub fn recorder() -> (Recorder, Writer) {
    let (send, receive) = mpsc::channel(QUEUE);
    (Recorder { queue: send }, Writer { queue: receive })
}

impl Recorder {
    /// Records steps. Never waits.
    pub fn record(&self, steps: Vec<TraceStep>) {
        for step in steps {
            if self.queue.try_send(step).is_err() {
                tracing::debug!("the trace queue is full: a line was dropped");
            }
        }
    }
}

/// Keeps lines of one process in order and those of two nodes apart: microseconds, then a counter.
static SEQUENCE: AtomicI64 = AtomicI64::new(0);

impl Writer {
    /// Writes what was recorded, every second, until all recorders are gone.
    pub async fn run(mut self, db: Db) {
        let mut batch = Vec::with_capacity(BATCH);
        while self.queue.recv_many(&mut batch, BATCH).await > 0 {
            if let Err(error) = write(&db, std::mem::take(&mut batch)).await {
                tracing::warn!(%error, "trace lines could not be written and were dropped");
            }
            if self.queue.is_empty() {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }
}

const INSERT: Sql = Sql::new(
    "INSERT INTO traces (flow_id, seq, at, user_id, refused, step) VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT (flow_id, seq) DO NOTHING",
);

async fn write(db: &Db, steps: Vec<TraceStep>) -> Result<(), DbError> {
    let rows: Vec<_> = steps.into_iter().filter_map(|s| Some((serde_json::to_string(&s).ok()?, s))).collect();
    let rows = Arc::new(rows);
    db.run(unit(move |tx| {
        let rows = rows.clone();
        Box::pin(async move {
            for (json, step) in rows.iter() {
                let refused = matches!(step.outcome, countersign_core::TraceOutcome::Refused { .. });
                let seq = (step.at.micros() << 8) | (SEQUENCE.fetch_add(1, Ordering::Relaxed) & 0xff);
                let user = step.user.map(|u| u.to_string());
                let flow = step.flow.to_string();
                tx.exec(&INSERT, params![flow, seq, step.at.micros(), user, refused, json.as_str()]).await?;
            }
            Ok(())
        })
    }))
    .await
}
