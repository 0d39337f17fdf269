//! How long and how often delivery is tried. The decisions are pure; the loop takes its work from a [`Source`].

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use countersign_core::Timestamp;
use tokio::sync::{Semaphore, watch};

/// How one attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The receiver has it.
    Delivered,
    /// Worth another try.
    Failed,
    /// Another try would end the same way.
    Refused,
}

/// What becomes of the delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Finished.
    Done,
    /// To be tried again, not before this time.
    Retry {
        /// The earliest time of the next attempt.
        at: Timestamp,
    },
    /// Given up.
    Dead(Dead),
}

/// Why a delivery was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    /// What it speaks of has expired: a mail dies with its link.
    Expired,
    /// The receiver refused it for good.
    Refused,
}

/// How retries are spaced.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The pause after the first failure.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
}

impl Default for Backoff {
    /// 2 s, 4 s, 8 s, ... 5 min: a link that lives 15 minutes gets about ten tries.
    fn default() -> Self {
        Backoff { first: Duration::from_secs(2), longest: Duration::from_secs(300) }
    }
}

impl Backoff {
    /// The pause after `failures` failures. `chance` (any random number) moves it by up to a quarter either way,
    /// so that what failed together does not come back together.
    pub fn pause(&self, failures: u32, chance: u64) -> Duration {
        let doubled = self.first.saturating_mul(2u32.saturating_pow(failures.saturating_sub(1)));
        let base = doubled.min(self.longest);
        let quarter = (base.as_micros() / 4) as u64;
        let moved = chance % (2 * quarter + 1);
        (base - Duration::from_micros(quarter)).saturating_add(Duration::from_micros(moved))
    }
}

/// Judges a finished attempt. `failures` counts the failed attempts before this one.
pub fn after_attempt(
    attempt: Attempt,
    failures: u32,
    now: Timestamp,
    expires_at: Timestamp,
    backoff: &Backoff,
    chance: u64,
) -> Verdict {
    match attempt {
        Attempt::Delivered => Verdict::Done,
        Attempt::Refused => Verdict::Dead(Dead::Refused),
        Attempt::Failed => {
            let pause = backoff.pause(failures.saturating_add(1), chance);
            let at = now + pause;
            if at >= expires_at { Verdict::Dead(Dead::Expired) } else { Verdict::Retry { at } }
        }
    }
}

/// Judges a delivery before it is tried: `Some` when it is too late to send it at all.
pub fn before_attempt(now: Timestamp, expires_at: Timestamp) -> Option<Verdict> {
    (now >= expires_at).then_some(Verdict::Dead(Dead::Expired))
}

/// A delivery taken from the outbox under a lease.
#[derive(Clone, Debug)]
pub struct Claimed<J> {
    /// The outbox id.
    pub id: String,
    /// What to deliver.
    pub job: J,
    /// Failed attempts so far.
    pub failures: u32,
    /// When it becomes pointless.
    pub expires_at: Timestamp,
}

/// Where deliveries come from and where their ends are written: the outbox.
pub trait Source: Send + Sync + 'static {
    /// What is delivered.
    type Job: Send + 'static;
    /// Why the outbox could not be reached.
    type Error: Display + Send;

    /// Takes up to `limit` due deliveries under a lease, at most one per ordered subject.
    fn claim(
        &self,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Claimed<Self::Job>>, Self::Error>> + Send;

    /// Writes down how a delivery ended. If this fails, the lease runs out and the delivery is tried again.
    fn settle(&self, id: &str, verdict: Verdict) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Returns when something may have become due: a wake-up from a commit, or a poll.
    fn wake(&self) -> impl Future<Output = ()> + Send;
}

/// Delivers one job.
pub trait Deliver<J>: Send + Sync + 'static {
    /// Tries once.
    fn deliver(&self, id: &str, job: J) -> impl Future<Output = Attempt> + Send;
}

/// Time and chance for the worker.
pub trait Surroundings: Send + Sync + 'static {
    /// The time.
    fn now(&self) -> Timestamp;
    /// A random number.
    fn chance(&self) -> u64;
}

/// Works the outbox until `stop` turns true, with at most `at_once` deliveries under way. Those that are under
/// way at the stop are finished.
pub async fn work<S, D, W>(
    source: Arc<S>,
    deliver: Arc<D>,
    world: Arc<W>,
    backoff: Backoff,
    at_once: usize,
    mut stop: watch::Receiver<bool>,
) where
    S: Source,
    D: Deliver<S::Job>,
    W: Surroundings,
{
    let slots = Arc::new(Semaphore::new(at_once.max(1)));
    while !*stop.borrow() {
        let free = slots.available_permits();
        let claimed = match source.claim(free).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, "outbox not reachable");
                Vec::new()
            }
        };
        let found = claimed.len();
        for one in claimed {
            // Never more claimed than free, so a lease does not run out while its delivery waits for a slot.
            let Ok(slot) = slots.clone().acquire_owned().await else { return };
            let (source, deliver, world) = (source.clone(), deliver.clone(), world.clone());
            tokio::spawn(async move {
                one_delivery(&*source, &*deliver, &*world, backoff, one).await;
                drop(slot);
            });
        }
        if found > 0 && found == free {
            // There may be more: go on as soon as a slot is free.
            drop(slots.acquire().await);
            continue;
        }
        tokio::select! {
            () = source.wake() => {}
            _ = stop.changed() => break,
        }
        // A wake-up while every slot is taken has nothing to claim for.
        drop(slots.acquire().await);
    }
    let all = u32::try_from(at_once.max(1)).unwrap_or(u32::MAX);
    drop(slots.acquire_many(all).await);
}

async fn one_delivery<S, D, W>(source: &S, deliver: &D, world: &W, backoff: Backoff, claimed: Claimed<S::Job>)
where
    S: Source,
    D: Deliver<S::Job>,
    W: Surroundings,
{
    let Claimed { id, job, failures, expires_at } = claimed;
    let verdict = match before_attempt(world.now(), expires_at) {
        Some(verdict) => verdict,
        None => {
            let attempt = deliver.deliver(&id, job).await;
            after_attempt(attempt, failures, world.now(), expires_at, &backoff, world.chance())
        }
    };
    match verdict {
        Verdict::Done => tracing::debug!(id, "delivered"),
        Verdict::Retry { at } => {
            tracing::info!(id, failures, at = at.seconds(), "delivery failed, will be tried again")
        }
        Verdict::Dead(why) => tracing::warn!(id, failures, ?why, "delivery given up"),
    }
    if let Err(error) = source.settle(&id, verdict).await {
        tracing::warn!(id, %error, "delivery not settled, its lease will run out");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_move_by_a_quarter() {
        let backoff = Backoff { first: Duration::from_secs(2), longest: Duration::from_secs(60) };
        for (failures, base) in
            [(1, 2.0), (2, 4.0), (3, 8.0), (5, 32.0), (6, 60.0), (60, 60.0), (u32::MAX, 60.0)]
        {
            for chance in [0, 1, 12_345, u64::MAX / 3, u64::MAX] {
                let pause = backoff.pause(failures, chance).as_secs_f64();
                assert!((base * 0.75..=base * 1.25).contains(&pause), "{failures} {chance} {pause}");
            }
        }
        assert_ne!(backoff.pause(4, 7), backoff.pause(4, 8_000_000));
    }

    #[test]
    fn a_mail_dies_with_its_link() {
        let backoff = Backoff::default();
        let soon = after_attempt(Attempt::Failed, 0, at(0), at(1), &backoff, 0);
        assert_eq!(soon, Verdict::Dead(Dead::Expired));
        let later = after_attempt(Attempt::Failed, 0, at(0), at(900), &backoff, 0);
        assert_eq!(later, Verdict::Retry { at: Timestamp::from_millis(1_500) });
        assert_eq!(before_attempt(at(10), at(10)), Some(Verdict::Dead(Dead::Expired)));
        assert_eq!(before_attempt(at(9), at(10)), None);
    }

    #[test]
    fn refused_for_good_is_not_tried_again() {
        let verdict = after_attempt(Attempt::Refused, 0, at(0), at(900), &Backoff::default(), 0);
        assert_eq!(verdict, Verdict::Dead(Dead::Refused));
    }

    #[derive(Default)]
    struct Rows {
        waiting: Mutex<Vec<Claimed<u32>>>,
        ends: Mutex<BTreeMap<String, Verdict>>,
        news: Notify,
        settled: Notify,
    }

    impl Source for Rows {
        type Job = u32;
        type Error = Infallible;

        async fn claim(&self, limit: usize) -> Result<Vec<Claimed<u32>>, Infallible> {
            let mut waiting = self.waiting.lock().unwrap();
            let keep = waiting.len().saturating_sub(limit);
            Ok(waiting.split_off(keep))
        }

        async fn settle(&self, id: &str, verdict: Verdict) -> Result<(), Infallible> {
            self.ends.lock().unwrap().insert(id.to_owned(), verdict);
            self.settled.notify_one();
            Ok(())
        }

        async fn wake(&self) {
            self.news.notified().await;
        }
    }

    /// Fails odd jobs; job 0 hangs until the test ends it.
    #[derive(Default)]
    struct Hands {
        now: AtomicUsize,
        most: AtomicUsize,
        release: Notify,
    }

    impl Deliver<u32> for Hands {
        async fn deliver(&self, _id: &str, job: u32) -> Attempt {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            if job == 0 {
                self.release.notified().await;
            } else {
                tokio::task::yield_now().await;
            }
            self.now.fetch_sub(1, Ordering::SeqCst);
            if job % 2 == 1 { Attempt::Failed } else { Attempt::Delivered }
        }
    }

    struct Fixed;

    impl Surroundings for Fixed {
        fn now(&self) -> Timestamp {
            at(100)
        }
        fn chance(&self) -> u64 {
            0
        }
    }

    #[tokio::test]
    async fn a_receiver_that_hangs_delays_nobody_and_is_finished_before_the_stop() {
        let rows = Arc::new(Rows::default());
        let hands = Arc::new(Hands::default());
        for job in 0..10 {
            rows.waiting.lock().unwrap().push(Claimed {
                id: job.to_string(),
                job,
                failures: 0,
                expires_at: if job == 8 { at(50) } else { at(1_000) },
            });
        }
        let (stop, stopped) = watch::channel(false);
        let worker =
            tokio::spawn(work(rows.clone(), hands.clone(), Arc::new(Fixed), Backoff::default(), 3, stopped));
        while rows.ends.lock().unwrap().len() < 9 {
            rows.settled.notified().await;
        }
        stop.send(true).unwrap();
        hands.release.notify_one();
        tokio::time::timeout(Duration::from_secs(5), worker).await.unwrap().unwrap();
        let ends = rows.ends.lock().unwrap().clone();
        assert_eq!(ends["0"], Verdict::Done);
        assert_eq!(ends["1"], Verdict::Retry { at: Timestamp::from_millis(101_500) });
        assert_eq!(ends["8"], Verdict::Dead(Dead::Expired));
        assert!(hands.most.load(Ordering::SeqCst) <= 3);
    }
}
