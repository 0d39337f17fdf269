//! Connections that have not sent a complete request yet: the first to go when there is no room.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::AbortHandle;

#[derive(Default)]
pub(crate) struct Waiting {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    next: u64,
    /// `None` between the ticket and the start of its task.
    open: BTreeMap<u64, Option<AbortHandle>>,
}

/// A connection's place in the queue. It leaves the queue at its first request.
#[derive(Clone)]
pub(crate) struct Ticket {
    number: u64,
    inner: Arc<Mutex<Inner>>,
}

impl Waiting {
    pub(crate) fn ticket(&self) -> Ticket {
        let mut inner = lock(&self.inner);
        let number = inner.next;
        inner.next += 1;
        inner.open.insert(number, None);
        Ticket { number, inner: self.inner.clone() }
    }

    pub(crate) fn leave(&self, ticket: &Ticket) {
        ticket.first_request();
    }

    /// Ends the connection that has waited longest without a complete request, if there is one.
    pub(crate) fn end_the_oldest(&self) {
        let oldest = lock(&self.inner).open.pop_first();
        if let Some((_, Some(abort))) = oldest {
            abort.abort();
        }
    }
}

impl Ticket {
    pub(crate) fn enter(&self, abort: AbortHandle) {
        // Absent already when the first request came in between.
        if let Some(place) = lock(&self.inner).open.get_mut(&self.number) {
            *place = Some(abort);
        }
    }

    pub(crate) fn first_request(&self) {
        lock(&self.inner).open.remove(&self.number);
    }
}

/// Every change is a single insertion or removal, so a panic elsewhere leaves the map whole.
fn lock(mutex: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
