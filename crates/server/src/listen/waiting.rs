//! Who goes first when there is no room: connections that have not sent a complete request yet, then those whose
//! last answer is a while ago.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

/// An answer is on its way for a moment after its handler has ended; who was idle no longer than this stays.
const IDLE_AT_LEAST: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(crate) struct Waiting {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    next: u64,
    /// No request yet; `None` between the ticket and the start of its task.
    open: BTreeMap<u64, Option<AbortHandle>>,
    /// How many requests of a connection are under way (HTTP/2 has several).
    at_work: HashMap<u64, usize>,
    /// Nothing under way, since then.
    idle: HashMap<u64, (Instant, AbortHandle)>,
}

/// A connection's place.
#[derive(Clone)]
pub(crate) struct Ticket {
    number: u64,
    abort: Arc<OnceLock<AbortHandle>>,
    inner: Arc<Mutex<Inner>>,
}

/// Gives the place back when the connection is over, however it ends.
pub(crate) struct Leaving(Ticket);

/// A request under way; its connection is not touched meanwhile.
pub(crate) struct AtWork(Ticket);

impl Waiting {
    pub(crate) fn ticket(&self) -> Ticket {
        let mut inner = lock(&self.inner);
        let number = inner.next;
        inner.next += 1;
        inner.open.insert(number, None);
        Ticket { number, abort: Arc::default(), inner: self.inner.clone() }
    }

    /// Ends the connection that has waited longest without a complete request; if all have sent one, the one that
    /// has been idle longest.
    pub(crate) fn end_the_oldest(&self) {
        // The lock is free again before anything is ended.
        let oldest = lock(&self.inner).oldest();
        if let Some(abort) = oldest {
            abort.abort();
        }
    }
}

impl Inner {
    fn oldest(&mut self) -> Option<AbortHandle> {
        if let Some((_, waiting)) = self.open.pop_first() {
            return waiting;
        }
        let (number, (since, _)) = self.idle.iter().min_by_key(|(_, (since, _))| *since)?;
        let number = (since.elapsed() >= IDLE_AT_LEAST).then_some(*number)?;
        self.idle.remove(&number).map(|(_, abort)| abort)
    }
}

impl Ticket {
    pub(crate) fn enter(&self, abort: AbortHandle) {
        let _ = self.abort.set(abort.clone());
        // Absent already when the first request came in between.
        if let Some(place) = lock(&self.inner).open.get_mut(&self.number) {
            *place = Some(abort);
        }
    }

    /// To be held as long as the connection.
    pub(crate) fn leaving(&self) -> Leaving {
        Leaving(self.clone())
    }

    /// A request has come.
    pub(crate) fn work(&self) -> AtWork {
        let mut inner = lock(&self.inner);
        inner.open.remove(&self.number);
        inner.idle.remove(&self.number);
        *inner.at_work.entry(self.number).or_default() += 1;
        AtWork(self.clone())
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        let mut inner = lock(&self.0.inner);
        inner.open.remove(&self.0.number);
        inner.at_work.remove(&self.0.number);
        inner.idle.remove(&self.0.number);
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let Ticket { number, abort, inner } = &self.0;
        let mut inner = lock(inner);
        // Absent when the connection ended before its request.
        let Some(left) = inner.at_work.get_mut(number) else { return };
        *left = left.saturating_sub(1);
        if *left == 0 {
            inner.at_work.remove(number);
            if let Some(abort) = abort.get() {
                inner.idle.insert(*number, (Instant::now(), abort.clone()));
            }
        }
    }
}

/// Every change is a single insertion or removal, so a panic elsewhere leaves the map whole.
fn lock(mutex: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
