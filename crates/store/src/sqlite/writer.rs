//! The writer thread: every waiting unit goes into one transaction, and one fsync answers them all.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::convert::wrong;
use super::tx::drive;
use crate::counters::{Shared, Tally};
use crate::{ATTEMPTS, DbError, Unit};

/// No batch grows past this many units..
const BATCH: usize = 256;
/// ..or past this much work, so that nobody waits long for others before the commit.
const WORK: Duration = Duration::from_millis(5);

/// Hands units to the thread. Dropping it lets the thread finish what it was given.
pub(super) struct Writer {
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(conn: Connection, queue: usize, shared: Arc<Shared>) -> Result<Self, DbError> {
        let (send, receive) = sync_channel(queue);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || Loop { conn, shared, receive, answered: 0, commit_took: Duration::ZERO }.run())
            .map_err(|e| DbError::Unavailable(format!("cannot start the writer: {e}")))?;
        Ok(Self { queue: Some(send), thread: Some(thread) })
    }

    /// Answers once the unit's writes are on the disk. A caller that goes away stops what has not begun, and
    /// nothing else.
    pub(super) async fn run<U: Unit>(&self, unit: U, tally: Tally) -> Result<U::Out, DbError> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Work { unit, tally, out: None, told: false, reply });
        let gone = || DbError::Unavailable("the writer has stopped".to_owned());
        match self.queue.as_ref().ok_or_else(gone)?.try_send(job) {
            Ok(()) => answer.await.unwrap_or_else(|_| Err(gone())),
            Err(TrySendError::Full(_)) => Err(DbError::Busy("the write queue is full".to_owned())),
            Err(TrySendError::Disconnected(_)) => Err(gone()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

struct Loop {
    conn: Connection,
    shared: Arc<Shared>,
    receive: Receiver<Box<dyn Job>>,
    /// How many units the last commit answered, and how long it took.
    answered: usize,
    commit_took: Duration,
}

impl Loop {
    fn run(mut self) {
        while let Ok(first) = self.receive.recv() {
            let mut batch = Vec::new();
            let verdict = self.batch(first, &mut batch);
            self.answered = batch.len();
            for job in batch {
                job.answer(verdict.clone());
            }
        }
    }

    /// One transaction. `Err` means that nothing of it happened and every unit in it must hear so.
    fn batch(&mut self, first: Box<dyn Job>, batch: &mut Vec<Box<dyn Job>>) -> Result<(), DbError> {
        batch.push(first);
        let before = self.conn.total_changes();
        let result = self.fill(batch).and_then(|()| {
            let started = Instant::now();
            self.say("COMMIT")?;
            self.commit_took = started.elapsed();
            Ok(())
        });
        if result.is_err() && !self.conn.is_autocommit() {
            let _ = self.say("ROLLBACK");
        }
        if result.is_ok() && self.conn.total_changes() != before {
            self.shared.commit();
            batch.iter().for_each(|job| job.tally().commit_of_flow());
        }
        result
    }

    /// Runs what waits. It never sleeps for a lone unit; but right after a commit that answered several, their
    /// next requests are a moment away, and an eighth of that commit's own time spent on waiting for them
    /// saves them a whole commit.
    fn fill(&mut self, batch: &mut Vec<Box<dyn Job>>) -> Result<(), DbError> {
        self.say("BEGIN IMMEDIATE")?;
        let started = Instant::now();
        let grace = if self.answered > 1 { (self.commit_took / 8).min(WORK / 10) } else { Duration::ZERO };
        let mut next = 0;
        loop {
            if let Some(job) = batch.get_mut(next) {
                if job.is_awaited() {
                    Self::one(&mut self.conn, job.as_mut())?;
                }
                next += 1;
            }
            if next >= BATCH || started.elapsed() >= WORK {
                return Ok(());
            }
            match self.receive.try_recv() {
                Ok(job) => batch.push(job),
                Err(TryRecvError::Disconnected) => return Ok(()),
                Err(TryRecvError::Empty) if next >= self.answered => return Ok(()),
                Err(TryRecvError::Empty) => {
                    match self.receive.recv_timeout(grace.saturating_sub(started.elapsed())) {
                        Ok(job) => batch.push(job),
                        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(()),
                    }
                }
            }
        }
    }

    /// One unit in its savepoint. `Err` ends the whole transaction.
    fn one(conn: &mut Connection, job: &mut dyn Job) -> Result<(), DbError> {
        for last in (0..ATTEMPTS).rev() {
            say(conn, "SAVEPOINT unit")?;
            let end = job.attempt(conn);
            if conn.is_autocommit() {
                return Err(match end {
                    End::Fatal(error) => error,
                    End::Keep | End::Undo | End::Again => {
                        DbError::Unavailable("SQLite gave up the transaction".to_owned())
                    }
                });
            }
            match end {
                End::Fatal(error) => return Err(error),
                End::Keep => return say(conn, "RELEASE unit"),
                End::Undo | End::Again => {
                    say(conn, "ROLLBACK TO unit")?;
                    say(conn, "RELEASE unit")?;
                }
            }
            if last == 0 || matches!(end, End::Undo) {
                break;
            }
        }
        Ok(())
    }

    fn say(&self, sql: &str) -> Result<(), DbError> {
        say(&self.conn, sql)
    }
}

fn say(conn: &Connection, sql: &str) -> Result<(), DbError> {
    conn.prepare_cached(sql).and_then(|mut it| it.raw_execute()).map_err(|e| wrong(sql, &e)).map(|_| ())
}

/// A unit with its type put away.
trait Job: Send {
    fn attempt(&mut self, conn: &mut Connection) -> End;
    fn answer(self: Box<Self>, verdict: Result<(), DbError>);
    fn tally(&self) -> &Tally;
    /// Is anybody there for the answer?
    fn is_awaited(&self) -> bool;
}

/// What becomes of a unit's writes.
enum End {
    Keep,
    Undo,
    /// The guard was missed: undo, then decide again.
    Again,
    /// The disk or memory failed below us: nothing in this transaction can be trusted.
    Fatal(DbError),
}

struct Work<U: Unit> {
    unit: U,
    tally: Tally,
    out: Option<Result<U::Out, DbError>>,
    told: bool,
    reply: oneshot::Sender<Result<U::Out, DbError>>,
}

impl<U: Unit> Job for Work<U> {
    fn attempt(&mut self, conn: &mut Connection) -> End {
        if self.out.is_none() {
            self.tally.unit();
        }
        let ended = drive(&self.unit, conn, self.tally.clone());
        let end = match (&ended.out, ended.doomed) {
            (_, Some(e @ (DbError::Full(_) | DbError::Unavailable(_) | DbError::Corrupt(_)))) => {
                End::Fatal(e)
            }
            (Err(DbError::Missed(_)), _) => End::Again,
            (Err(_), _) => End::Undo,
            (Ok(_), _) => End::Keep,
        };
        self.told = ended.told;
        self.out = Some(ended.out);
        end
    }

    fn answer(self: Box<Self>, verdict: Result<(), DbError>) {
        let out = match (verdict, self.out) {
            (Err(error), _) => Err(error),
            (Ok(()), Some(out)) => out,
            (Ok(()), None) => Err(DbError::Bug("a unit was answered before it ran".to_owned())),
        };
        if self.told && out.is_ok() {
            self.tally.wake();
        }
        let _ = self.reply.send(out);
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }

    fn is_awaited(&self) -> bool {
        !self.reply.is_closed()
    }
}
