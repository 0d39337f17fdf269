//! Recording the flow trace, outside request commits: lines are queued and written every second.

use countersign_core::TraceStep;
use countersign_store::{Db, DbError, unit};
use std::sync::Arc;
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

async fn write(db: &Db, steps: Vec<TraceStep>) -> Result<(), DbError> {
    let steps = Arc::new(steps);
    db.run(unit(move |tx| {
        let steps = steps.clone();
        Box::pin(async move {
            for step in steps.iter() {
                countersign_store::trace::record(tx, step).await?;
            }
            Ok(())
        })
    }))
    .await
}
