//! Recording the flow trace, outside request commits: lines are queued and written twice a second.

use countersign_core::{Id, TraceStep, id};
use countersign_store::{Db, DbError, unit};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Lines that may wait; beyond it the newest are dropped, never a request delayed.
const QUEUE: usize = 4_096;
/// Lines written in one unit.
const BATCH: usize = 64;

/// Lines that one process records of one flow: a sign-in has some twenty, and nobody reads the
/// thousandth userinfo call of a grant in a diagram.
const MOST_OF_FLOW: u16 = 200;
/// Flows whose lines are counted; beyond it counting begins anew.
const MOST_FLOWS: usize = 10_000;

/// Takes trace lines.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<TraceStep>,
    counted: Arc<Mutex<HashMap<Id<id::Flow>, u16>>>,
}

/// The other end: whoever runs [`Writer::run`].
pub struct Writer {
    queue: mpsc::Receiver<TraceStep>,
}

/// A recorder and its writer.
pub fn recorder() -> (Recorder, Writer) {
    let (send, receive) = mpsc::channel(QUEUE);
    (Recorder { queue: send, counted: Arc::default() }, Writer { queue: receive })
}

impl Recorder {
    /// Records steps. Never waits.
    pub fn record(&self, steps: Vec<TraceStep>) {
        for step in steps {
            if !self.counts(step.flow) {
                continue;
            }
            if self.queue.try_send(step).is_err() {
                tracing::debug!("the trace queue is full: a line was dropped");
            }
        }
    }
}

impl Recorder {
    /// Is this line still among the first of its flow?
    fn counts(&self, flow: Id<id::Flow>) -> bool {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= MOST_FLOWS {
            counted.clear();
        }
        let lines = counted.entry(flow).or_default();
        *lines = lines.saturating_add(1);
        *lines <= MOST_OF_FLOW
    }
}

impl Writer {
    /// Writes what was recorded, twice a second, until all recorders are gone.
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
        Box::pin(async move { countersign_store::trace::record(tx, &steps).await })
    }))
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::{Party, Timestamp};

    #[test]
    fn a_flow_has_so_many_lines_and_no_more() {
        let (recorder, mut writer) = recorder();
        let step =
            |flow| TraceStep::new(flow, Timestamp::default(), Party::App, Party::Countersign, "/userinfo");
        let (busy, other) = (Id::from_bytes([1; 16]), Id::from_bytes([2; 16]));
        for _ in 0..300 {
            recorder.record(vec![step(busy)]);
        }
        recorder.record(vec![step(other)]);
        let mut flows = Vec::new();
        while let Ok(step) = writer.queue.try_recv() {
            flows.push(step.flow);
        }
        assert_eq!(flows.iter().filter(|f| **f == busy).count(), usize::from(MOST_OF_FLOW));
        assert!(flows.contains(&other));
    }
}
