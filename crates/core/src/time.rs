//! Points in time, in microseconds, UTC.

use serde::{Deserialize, Serialize};
use std::{ops, time::Duration};

/// A point in time: microseconds since 1970, UTC. It comes in by [`crate::Ctx`], never from a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds, as the database stores it.
    pub const fn from_micros(us: i64) -> Self {
        Self(us)
    }
    /// From milliseconds.
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms.saturating_mul(1_000))
    }
    /// From seconds, as JSON Web Tokens carry it (NumericDate).
    pub const fn from_seconds(s: i64) -> Self {
        Self(s.saturating_mul(1_000_000))
    }
    /// Microseconds, as the database stores it.
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// Milliseconds, rounded down.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }
    /// Seconds, rounded down (NumericDate).
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
    /// How long ago `earlier` was; zero when it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

fn micros(d: Duration) -> i64 {
    i64::try_from(d.as_micros()).unwrap_or(i64::MAX)
}
impl ops::Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, d: Duration) -> Self {
        Self(self.0.saturating_add(micros(d)))
    }
}
impl ops::Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, d: Duration) -> Self {
        Self(self.0.saturating_sub(micros(d)))
    }
}
impl ops::AddAssign<Duration> for Timestamp {
    fn add_assign(&mut self, d: Duration) {
        *self = *self + d;
    }
}

/// `minutes(11)`.
pub const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}
/// `hours(1)`.
pub const fn hours(n: u64) -> Duration {
    Duration::from_secs(n * 3_600)
}
/// `days(30)`.
pub const fn days(n: u64) -> Duration {
    Duration::from_secs(n * 86_400)
}
