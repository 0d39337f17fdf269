//! Password hashing on threads of its own, with a queue bounded by time instead of length.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use countersign_core::Rng;
use tokio::sync::oneshot;

use crate::password::{Arena, HashCost, HashingFailed, Password, StoredHash};

/// How the pool works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashPoolConfig {
    /// The cost of new hashes.
    pub cost: HashCost,
    /// How many hashes at once; each takes one core and the cost's memory.
    pub workers: usize,
    /// A request whose estimated wait is longer is refused at once.
    pub longest_wait: Duration,
    /// After this time without work the memory goes back to the system.
    pub release_after: Duration,
}

impl HashPoolConfig {
    /// One core is left for everything else, so that sign-ins cannot stop the other endpoints.
    pub fn for_this_machine() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cost: HashCost::DEFAULT,
            workers: cores.saturating_sub(1).max(1),
            longest_wait: Duration::from_secs(2),
            release_after: Duration::from_secs(10),
        }
    }
}

/// Threads that hash passwords. Dropping the pool ends them; what still waits is answered with [`HashError::Stopped`].
/// The cost can change while it runs ([`HashPool::set_cost`]); the rest of the configuration stays.
pub struct HashPool {
    shared: Arc<Shared>,
    config: HashPoolConfig,
}

/// Why there is no answer about a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Too many people sign in at once.
    #[error("too many sign-ins are waiting; free again in about {retry_after:?}")]
    Overloaded {
        /// For the header `Retry-After`: whole seconds, at least one.
        retry_after: Duration,
    },
    /// The memory for a hash was refused.
    #[error("hashing failed, most likely for want of memory")]
    Failed,
    /// The pool was dropped.
    #[error("the hashing pool has stopped")]
    Stopped,
}

/// What came of checking a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the stored password.
    Match {
        /// The cost of the installation has changed: store a new hash while the password is at hand.
        needs_rehash: bool,
    },
    /// It is not, or there is no stored one. Which of the two takes the same time.
    NoMatch,
}

/// What the pool is doing, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashLoad {
    /// Requests in the queue.
    pub waiting: usize,
    /// Hashes being computed.
    pub running: usize,
    /// How long a request that came now would wait.
    pub estimated_wait: Duration,
    /// Memory held for hashing.
    pub arena_bytes: usize,
    /// Hashes computed since the start.
    pub done: u64,
    /// Requests refused as overload since the start.
    pub refused: u64,
}

impl HashPool {
    /// Starts the threads.
    pub fn start(config: HashPoolConfig) -> std::io::Result<Self> {
        let workers = config.workers.max(1);
        let shared = Arc::new(Shared {
            queue: Mutex::new(Queue {
                nanos_per_work: FIRST_GUESS,
                workers,
                cost: config.cost,
                ..Queue::default()
            }),
            work: Condvar::new(),
        });
        // Made first: should a thread fail to start, dropping this ends those that did.
        let pool = Self { shared, config };
        for number in 0..workers {
            let shared = Arc::clone(&pool.shared);
            std::thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&shared, config))?;
        }
        Ok(pool)
    }

    /// Hashes a new password; the answer is a PHC string.
    pub async fn hash(&self, password: Password, rng: &dyn Rng) -> Result<String, HashError> {
        let mut salt = [0; 16];
        rng.fill(&mut salt);
        let (answer, result) = oneshot::channel();
        self.submit(Task::Hash { password, salt, answer }, self.cost())?;
        result.await.map_err(|_| HashError::Stopped)?.map_err(|_| HashError::Failed)
    }

    /// Checks a password. Without a stored hash the same work is done for nothing.
    pub async fn verify(&self, password: Password, stored: Option<StoredHash>) -> Result<Verdict, HashError> {
        let wanted = self.cost();
        let cost = stored.as_ref().map_or(wanted, StoredHash::cost);
        let needs_rehash = stored.as_ref().is_some_and(|stored| stored.needs_rehash(wanted));
        let (answer, result) = oneshot::channel();
        self.submit(Task::Verify { password, stored, answer }, cost)?;
        let matched = result.await.map_err(|_| HashError::Stopped)?.map_err(|_| HashError::Failed)?;
        Ok(if matched { Verdict::Match { needs_rehash } } else { Verdict::NoMatch })
    }

    /// What the pool is doing now.
    pub fn load(&self) -> HashLoad {
        let queue = self.shared.lock();
        HashLoad {
            waiting: queue.jobs.len(),
            running: queue.running,
            estimated_wait: queue.estimated_wait(),
            arena_bytes: queue.arena_bytes,
            done: queue.done,
            refused: queue.refused,
        }
    }

    /// The cost of new hashes.
    pub fn cost(&self) -> HashCost {
        self.shared.lock().cost
    }

    /// From the next request on, new hashes cost this much. Stored ones of another cost are hashed anew when
    /// their people sign in.
    pub fn set_cost(&self, cost: HashCost) {
        self.shared.lock().cost = cost;
    }

    /// Would a request that came now be taken? Asked before the database is: in a rush most are refused, and soon.
    pub fn room(&self) -> Result<(), HashError> {
        self.shared.lock().room(self.config.longest_wait)
    }

    fn submit(&self, task: Task, cost: HashCost) -> Result<(), HashError> {
        let mut queue = self.shared.lock();
        queue.room(self.config.longest_wait)?;
        queue.waiting_work += cost.work();
        queue.jobs.push_back(Job { task, cost });
        drop(queue);
        self.shared.work.notify_one();
        Ok(())
    }
}

impl Drop for HashPool {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.closed = true;
        queue.jobs.clear();
        drop(queue);
        self.shared.work.notify_all();
    }
}

impl fmt::Debug for HashPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashPool").field("config", &self.config).field("load", &self.load()).finish()
    }
}

/// 12 ms for the default cost, until there are measurements.
const FIRST_GUESS: f64 = 12_000_000.0 / (19.0 * 1024.0 * 2.0);

struct Shared {
    queue: Mutex<Queue>,
    work: Condvar,
}

impl Shared {
    /// No code panics while it holds the lock; should one ever, the numbers inside are still good.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// Of new hashes.
    cost: HashCost,
    /// Sum of the work in `jobs`.
    waiting_work: u64,
    running: usize,
    running_work: u64,
    workers: usize,
    /// Moving average.
    nanos_per_work: f64,
    arena_bytes: usize,
    done: u64,
    refused: u64,
    closed: bool,
}

struct Job {
    task: Task,
    cost: HashCost,
}

impl Job {
    fn work(&self) -> u64 {
        self.cost.work()
    }
}

enum Task {
    Hash {
        password: Password,
        salt: [u8; 16],
        answer: oneshot::Sender<Result<String, HashingFailed>>,
    },
    Verify {
        password: Password,
        stored: Option<StoredHash>,
        answer: oneshot::Sender<Result<bool, HashingFailed>>,
    },
}

impl Queue {
    fn room(&mut self, longest_wait: Duration) -> Result<(), HashError> {
        if self.estimated_wait() > longest_wait {
            // People who left do not count against those who are here.
            self.forget_the_gone();
        }
        let wait = self.estimated_wait();
        if wait <= longest_wait {
            return Ok(());
        }
        self.refused += 1;
        Err(HashError::Overloaded { retry_after: Duration::from_secs(wait.as_secs().clamp(1, 30)) })
    }

    /// Running hashes count in full, on average they are half done: the estimate is a little high.
    fn estimated_wait(&self) -> Duration {
        if self.running < self.workers && self.jobs.is_empty() {
            return Duration::ZERO;
        }
        let work = (self.waiting_work + self.running_work) as f64 / self.workers.max(1) as f64;
        Duration::from_nanos((work * self.nanos_per_work) as u64)
    }

    fn forget_the_gone(&mut self) {
        self.jobs.retain(|job| !job.task.is_abandoned());
        self.waiting_work = self.jobs.iter().map(Job::work).sum();
    }

    fn measured(&mut self, work: u64, took: Duration) {
        let nanos = took.as_nanos() as f64 / work.max(1) as f64;
        self.nanos_per_work += (nanos - self.nanos_per_work) * 0.1;
        self.done += 1;
    }
}

impl Task {
    fn is_abandoned(&self) -> bool {
        match self {
            Self::Hash { answer, .. } => answer.is_closed(),
            Self::Verify { answer, .. } => answer.is_closed(),
        }
    }

    /// A send fails only if nobody waits any more.
    fn run(self, arena: &mut Arena, cost: HashCost) {
        match self {
            Self::Hash { password, salt, answer } => {
                let _ = answer.send(arena.hash(&password, &salt, cost));
            }
            Self::Verify { password, stored: Some(stored), answer } => {
                let _ = answer.send(arena.verify(&password, &stored));
            }
            Self::Verify { password, stored: None, answer } => {
                let _ = answer.send(arena.pretend(&password, cost).map(|()| false));
            }
        }
    }
}

/// How much a hash gives way to whoever answers requests, where both want the same core: of three parts one.
const NICE: i32 = 5;

/// One worker's life.
#[expect(clippy::disallowed_methods, reason = "a stopwatch: how long a hash takes on this machine")]
fn work(shared: &Shared, config: HashPoolConfig) {
    // Of this thread alone. Where it is not allowed, hashes and requests have equal parts.
    let _as_it_was = rustix::process::setpriority_process(None, NICE);
    let mut arena = Arena::default();
    let mut queue = shared.lock();
    loop {
        if queue.closed {
            queue.arena_bytes = queue.arena_bytes.saturating_sub(arena.bytes());
            return;
        }
        let Some(job) = queue.jobs.pop_front() else {
            queue = wait(shared, queue, &mut arena, config.release_after);
            continue;
        };
        let (work, usual) = (job.work(), queue.cost);
        queue.waiting_work = queue.waiting_work.saturating_sub(work);
        if job.task.is_abandoned() {
            continue;
        }
        queue.running += 1;
        queue.running_work += work;
        drop(queue);

        let (before, start) = (arena.bytes(), Instant::now());
        // The asker of a job that panics sees its channel closed; the thread goes on with a new arena.
        let ran = catch_unwind(AssertUnwindSafe(|| job.task.run(&mut arena, job.cost)));
        let took = start.elapsed();
        if ran.is_err() {
            arena.release();
        }
        arena.shrink_to(usual);

        queue = shared.lock();
        queue.running -= 1;
        queue.running_work = queue.running_work.saturating_sub(work);
        queue.arena_bytes = (queue.arena_bytes + arena.bytes()).saturating_sub(before);
        queue.measured(work, took);
    }
}

/// Waits for work; when none comes for a while, gives the memory back and waits on.
fn wait<'q>(
    shared: &'q Shared,
    queue: MutexGuard<'q, Queue>,
    arena: &mut Arena,
    release_after: Duration,
) -> MutexGuard<'q, Queue> {
    if arena.bytes() == 0 {
        return shared.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
    }
    let (mut queue, timeout) =
        shared.work.wait_timeout(queue, release_after).unwrap_or_else(PoisonError::into_inner);
    if timeout.timed_out() && queue.jobs.is_empty() {
        queue.arena_bytes = queue.arena_bytes.saturating_sub(arena.bytes());
        arena.release();
    }
    queue
}

#[cfg(test)]
mod tests;
