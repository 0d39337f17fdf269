//! Counts that do not depend on the clock: how many statements and durable commits a flow costs.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

use crate::outbox::{Messages, Routes};

/// A reading. Two readings subtract: `after - before`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Units of work that ran through [`Db::run`](crate::Db::run), each counted once.
    pub units: u64,
    /// Units that ran through [`Db::read`](crate::Db::read).
    pub reads: u64,
    /// Statements, without BEGIN, SAVEPOINT and COMMIT.
    pub statements: u64,
    /// Transactions that ended with something to make durable. On SQLite many units may share one.
    pub commits: u64,
}

impl std::ops::Sub for Counters {
    type Output = Self;
    fn sub(self, before: Self) -> Self {
        Self {
            units: self.units.saturating_sub(before.units),
            reads: self.reads.saturating_sub(before.reads),
            statements: self.statements.saturating_sub(before.statements),
            commits: self.commits.saturating_sub(before.commits),
        }
    }
}

/// Runs `flow` and counts what it asked of any [`Db`](crate::Db) from this very task. (Work that a server
/// does in tasks of its own is counted by [`Db::counters`](crate::Db::counters).)
pub async fn counted<F: Future>(flow: F) -> (F::Output, Counters) {
    let cells = Arc::new(Cells::default());
    let out = FLOW.scope(Arc::clone(&cells), flow).await;
    (out, cells.read())
}

tokio::task_local! {
    static FLOW: Arc<Cells>;
}

#[derive(Default)]
struct Cells {
    units: AtomicU64,
    reads: AtomicU64,
    statements: AtomicU64,
    commits: AtomicU64,
}

impl Cells {
    fn read(&self) -> Counters {
        Counters {
            units: self.units.load(Relaxed),
            reads: self.reads.load(Relaxed),
            statements: self.statements.load(Relaxed),
            commits: self.commits.load(Relaxed),
        }
    }
}

/// What all clones of a [`Db`](crate::Db) and all its units share.
pub(crate) struct Shared {
    cells: Cells,
    /// Something is to be looked at: this process or another has committed it.
    news: watch::Sender<u64>,
    /// This process has committed it.
    told: watch::Sender<u64>,
    events: AtomicU32,
    routes: RwLock<Arc<dyn Routes>>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            cells: Cells::default(),
            news: watch::Sender::new(0),
            told: watch::Sender::new(0),
            events: AtomicU32::new(0),
            routes: RwLock::new(Arc::new(Messages { mail: true, sms: true })),
        }
    }
}

impl Shared {
    pub(crate) fn counters(&self) -> Counters {
        self.cells.read()
    }
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }
    pub(crate) fn told(&self) -> watch::Receiver<u64> {
        self.told.subscribe()
    }
    /// Another process says that something has changed.
    pub(crate) fn hear(&self) {
        self.news.send_modify(|it| *it = it.wrapping_add(1));
    }
    pub(crate) fn set_routes(&self, routes: Arc<dyn Routes>) {
        *self.routes.write().unwrap_or_else(PoisonError::into_inner) = routes;
    }
    /// A commit shared by a batch: the database made one, whatever each flow in it counts.
    pub(crate) fn commit(&self) {
        self.cells.commits.fetch_add(1, Relaxed);
    }
}

/// What a unit carries besides its connection: where it counts, for the database and, if there is one, for
/// the flow that asked.
#[derive(Clone)]
pub(crate) struct Tally {
    shared: Arc<Shared>,
    flow: Option<Arc<Cells>>,
}

impl Tally {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), flow: FLOW.try_with(Arc::clone).ok() }
    }
    pub(crate) fn unit(&self) {
        self.add(|it| &it.units);
    }
    pub(crate) fn read(&self) {
        self.add(|it| &it.reads);
    }
    pub(crate) fn statement(&self) {
        self.add(|it| &it.statements);
    }
    /// A commit that only this unit paid for (PostgreSQL).
    pub(crate) fn commit(&self) {
        self.add(|it| &it.commits);
    }
    /// Each flow in a batch waited for one commit.
    pub(crate) fn commit_of_flow(&self) {
        if let Some(flow) = &self.flow {
            flow.commits.fetch_add(1, Relaxed);
        }
    }
    pub(crate) fn wake(&self) {
        self.shared.hear();
        self.shared.told.send_modify(|it| *it = it.wrapping_add(1));
    }
    pub(crate) fn next_event(&self) -> u32 {
        self.shared.events.fetch_add(1, Relaxed)
    }
    pub(crate) fn routes(&self) -> Arc<dyn Routes> {
        Arc::clone(&self.shared.routes.read().unwrap_or_else(PoisonError::into_inner))
    }
    fn add(&self, which: impl Fn(&Cells) -> &AtomicU64) {
        which(&self.shared.cells).fetch_add(1, Relaxed);
        if let Some(flow) = &self.flow {
            which(flow).fetch_add(1, Relaxed);
        }
    }
}
