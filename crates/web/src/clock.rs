//! The only place that reads the clock.

use countersign_core::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time, movable forward by `countersign dev` so that other people's tests need not wait.
#[derive(Debug, Default)]
pub struct Clock {
    ahead: AtomicI64,
}

impl Clock {
    /// The time now.
    #[allow(clippy::disallowed_methods)] // this is the place
    pub fn now(&self) -> Timestamp {
        let us = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX));
        Timestamp::from_micros(us.saturating_add(self.ahead.load(Ordering::Relaxed)))
    }

    /// Moves the clock forward. Only `countersign dev` calls this; `serve` has no route to it.
    pub fn advance(&self, by: Duration) {
        self.ahead.fetch_add(i64::try_from(by.as_micros()).unwrap_or(0), Ordering::Relaxed);
    }
}
