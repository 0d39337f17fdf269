//! Recording the flow trace, outside request commits: lines are queued and written twice a second, or when
//! somebody wants to read them.

use countersign_core::{Id, Timestamp, TraceStep, id};
use countersign_store::{Db, DbError, unit};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};

/// Lines that may wait; beyond it the newest are dropped, never a request delayed.
const QUEUE: usize = 4_096;
/// Lines written in one unit.
const BATCH: usize = 64;

/// How long the writer rests after a batch ..
const REST: Duration = Duration::from_millis(500);
/// .. and a reader waits for the lines before it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Lines that one process records of one flow: a sign-in has some twenty, and nobody reads the
/// thousandth userinfo call of a grant in a diagram.
const MOST_OF_FLOW: u16 = 200;
/// Flows whose lines are counted; beyond it counting begins anew.
const MOST_FLOWS: usize = 10_000;

/// Lines that stand alone (a refused request that belongs to no flow): so many may wait, and so many are taken in
/// one second, so that a flood of bad requests neither pushes out what people do nor keeps the database busy.
const MOST_ALONE: usize = QUEUE / 5;
const ALONE_A_SECOND: u32 = 50;

/// What waits in the queue.
enum Entry {
    Line(TraceStep),
    /// Somebody wants to read: they are told when all lines before this are written.
    Reader(oneshot::Sender<()>),
}

/// Takes trace lines.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Entry>,
    hurry: Arc<Notify>,
    counted: Arc<Mutex<HashMap<Id<id::Flow>, u16>>>,
    alone: Arc<Mutex<(i64, u32)>>,
}

/// The other end: whoever runs [`Writer::run`].
pub struct Writer {
    queue: mpsc::Receiver<Entry>,
    hurry: Arc<Notify>,
}

/// A recorder and its writer.
pub fn recorder() -> (Recorder, Writer) {
    let (send, receive) = mpsc::channel(QUEUE);
    let hurry = Arc::new(Notify::new());
    let recorder =
        Recorder { queue: send, hurry: hurry.clone(), counted: Arc::default(), alone: Arc::default() };
    (recorder, Writer { queue: receive, hurry })
}

impl Recorder {
    /// Records steps. Never waits.
    pub fn record(&self, steps: Vec<TraceStep>) {
        for step in steps {
            self.line(step.flow, || step);
        }
    }

    /// Records one step of a flow, made only if it is kept.
    pub fn line(&self, flow: Id<id::Flow>, step: impl FnOnce() -> TraceStep) {
        if self.counts(flow) {
            self.send(step());
        }
    }

    /// Records the refusal of a request that belongs to no flow, or to one that the caller is not told: it is found
    /// under the id in the answer. Never waits; in a flood most go unrecorded.
    pub fn alone(&self, step: TraceStep) {
        let waiting = QUEUE.saturating_sub(self.queue.capacity());
        if waiting < MOST_ALONE && self.takes_alone(step.at) {
            self.send(step);
        }
    }

    /// Returns when every line recorded before is written, so that whoever follows the id on an error page at once
    /// finds its reason. A writer that is gone, or stuck, is not waited for.
    pub async fn written(&self) {
        let (send, receive) = oneshot::channel();
        if self.queue.try_send(Entry::Reader(send)).is_ok() {
            self.hurry.notify_one();
            let _written_or_late = tokio::time::timeout(PATIENCE, receive).await;
        }
    }

    fn send(&self, step: TraceStep) {
        if self.queue.try_send(Entry::Line(step)).is_err() {
            tracing::debug!("the trace queue is full: a line was dropped");
        }
    }

    fn takes_alone(&self, at: Timestamp) -> bool {
        let mut alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        if alone.0 != at.seconds() {
            *alone = (at.seconds(), 0);
        }
        alone.1 = alone.1.saturating_add(1);
        alone.1 <= ALONE_A_SECOND
    }

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
            let (mut lines, mut readers) = (Vec::new(), Vec::new());
            for entry in batch.drain(..) {
                match entry {
                    Entry::Line(step) => lines.push(step),
                    Entry::Reader(told) => readers.push(told),
                }
            }
            if let Err(error) = write(&db, lines).await {
                tracing::warn!(%error, "trace lines could not be written and were dropped");
            }
            for told in readers {
                let _gone = told.send(());
            }
            if self.queue.is_empty() {
                let _rested_or_called = tokio::time::timeout(REST, self.hurry.notified()).await;
            }
        }
    }
}

async fn write(db: &Db, steps: Vec<TraceStep>) -> Result<(), DbError> {
    if steps.is_empty() {
        return Ok(());
    }
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
    use countersign_core::Party;

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
        while let Ok(Entry::Line(step)) = writer.queue.try_recv() {
            flows.push(step.flow);
        }
        assert_eq!(flows.iter().filter(|f| **f == busy).count(), usize::from(MOST_OF_FLOW));
        assert!(flows.contains(&other));
    }

    #[test]
    fn a_flood_of_strangers_takes_a_fifth_of_the_queue_and_leaves_the_rest_to_people() {
        let (recorder, mut writer) = recorder();
        let step = |n: u32, second| {
            let flow = Id::from_parts(Timestamp::from_seconds(second), u128::from(n));
            TraceStep::new(
                flow,
                Timestamp::from_seconds(second),
                Party::App,
                Party::Countersign,
                "POST /token",
            )
        };
        for n in 0..500 {
            recorder.alone(step(n, 7));
        }
        let waiting = |recorder: &Recorder| QUEUE - recorder.queue.capacity();
        assert_eq!(waiting(&recorder), 50, "in one second");
        for second in 8..100 {
            (0..100).for_each(|n| recorder.alone(step(n, second)));
        }
        assert_eq!(waiting(&recorder), MOST_ALONE);
        recorder.record(vec![step(1, 3)]);
        let mut last = None;
        while let Ok(Entry::Line(step)) = writer.queue.try_recv() {
            last = Some(step);
        }
        assert_eq!(last.unwrap().at, Timestamp::from_seconds(3), "a sign-in's line has room");
    }
}
