//! The revocation stream as this node has it: what ended of late, read once for all who listen.

use crate::App;
use countersign_core::ClientId;
use countersign_core::session::revocations::{Ending, Log, MOST_KEPT, Position, Start, StreamRefused};
use countersign_store::DbError;
use countersign_store::changes::EVERY;
use countersign_store::session::endings::{After, Newest};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Streams of one client on one node: as many gateways as share its name.
pub const PER_CLIENT: usize = 64;
/// Streams on one node; each holds a connection.
pub const IN_ALL: usize = 512;
/// Commits read at once.
const AT_ONCE: u32 = 500;
/// Who has not looked for so long vouches for nothing: a node that is cut off from its database falls silent.
const FRESH: Duration = Duration::from_secs(2);

/// What is known here, and who listens.
pub struct Revocations {
    state: Mutex<State>,
    touched: watch::Sender<u64>,
}

struct State {
    standing: Standing,
    open: HashMap<ClientId, usize>,
}

enum Standing {
    /// Nobody has looked yet.
    Starting,
    /// As of then.
    Live(Box<Log>, Instant),
    /// The server ends.
    Over,
}

impl Default for Revocations {
    fn default() -> Self {
        let state = State { standing: Standing::Starting, open: HashMap::new() };
        Self { state: Mutex::new(state), touched: watch::Sender::new(0) }
    }
}

/// Follows the database until `stop` turns true; then all streams end. One read a look, however many listen.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut news = app.db.news();
    let mut snapshot = app.directory.snapshot();
    while !*stop.borrow() {
        news.mark_unchanged();
        if let Err(error) = look(&app).await {
            tracing::warn!(%error, "what has ended cannot be read; the revocation stream is silent");
        }
        let now = app.directory.snapshot();
        if !Arc::ptr_eq(&now, &snapshot) {
            snapshot = now;
            app.revocations.touch();
        }
        tokio::select! {
            _ = tokio::time::timeout(EVERY, news.changed()) => {}
            _ = stop.changed() => break,
        }
    }
    app.revocations.end();
}

async fn look(app: &App) -> Result<(), DbError> {
    let revocations = &app.revocations;
    loop {
        // What is true of a look was true when it began.
        let (began, now) = (Instant::now(), app.clock.now());
        let Some(last) = revocations.last() else {
            let (last, newest) = app.db.read(Newest(MOST_KEPT)).await?;
            revocations.lock().standing = Standing::Live(Box::new(Log::new(last, newest, now)), began);
            revocations.touch();
            return Ok(());
        };
        let newer = app.db.read(After(last, AT_ONCE)).await?;
        let more = newer.len() >= usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
        let any = !newer.is_empty();
        if let Standing::Live(log, looked) = &mut revocations.lock().standing {
            log.add(newer, now);
            *looked = began;
        }
        if any {
            revocations.touch();
        }
        if !more {
            return Ok(());
        }
    }
}

/// What a stream does next.
pub(crate) enum Next {
    /// Tells these.
    Tell(Vec<Arc<Ending>>),
    /// Says that something is missing, up to here, and ends.
    Lost(Position),
    /// Ends.
    End,
}

impl Revocations {
    /// A place for one more stream of this client.
    pub(crate) fn enter(app: &Arc<App>, client: &ClientId) -> Result<Place, StreamRefused> {
        let mut state = app.revocations.lock();
        match &state.standing {
            Standing::Live(..) => {}
            Standing::Starting | Standing::Over => return Err(StreamRefused::NotNow),
        }
        if state.open.values().sum::<usize>() >= IN_ALL {
            return Err(StreamRefused::TooMany);
        }
        let own = state.open.entry(client.clone()).or_default();
        if *own >= PER_CLIENT {
            return Err(StreamRefused::TooManyOfClient);
        }
        *own += 1;
        Ok(Place { app: app.clone(), client: client.clone() })
    }

    /// A server that has just begun reads the database first.
    pub(crate) async fn ready(&self) {
        let mut news = self.news();
        if matches!(self.lock().standing, Standing::Starting) {
            let _ = tokio::time::timeout(FRESH, news.changed()).await;
        }
    }

    /// Where a stream begins.
    pub(crate) fn start(&self, heard: Option<Position>) -> Option<Start> {
        match &self.lock().standing {
            Standing::Live(log, _) => Some(log.start(heard)),
            Standing::Starting | Standing::Over => None,
        }
    }

    /// What came after `heard`.
    pub(crate) fn after(&self, heard: Position, most: usize) -> Next {
        match &self.lock().standing {
            Standing::Live(log, _) => match log.after(heard, most) {
                Some(newer) => Next::Tell(newer),
                None => Next::Lost(log.last()),
            },
            Standing::Starting | Standing::Over => Next::End,
        }
    }

    /// May somebody be told that nothing else has ended?
    pub(crate) fn fresh(&self) -> bool {
        match &self.lock().standing {
            Standing::Live(_, looked) => looked.elapsed() < FRESH,
            Standing::Starting | Standing::Over => false,
        }
    }

    /// Changes when there is something to look at.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.touched.subscribe()
    }

    /// How many streams are open here.
    pub fn open(&self) -> usize {
        self.lock().open.values().sum()
    }

    pub(crate) fn touch(&self) {
        self.touched.send_modify(|it| *it = it.wrapping_add(1));
    }

    fn end(&self) {
        self.lock().standing = Standing::Over;
        self.touch();
    }

    fn last(&self) -> Option<Position> {
        match &self.lock().standing {
            Standing::Live(log, _) => Some(log.last()),
            Standing::Starting | Standing::Over => None,
        }
    }

    /// Every change is whole before the lock is free again.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One stream's place; free again when the stream is over, however it ends.
pub(crate) struct Place {
    app: Arc<App>,
    client: ClientId,
}

impl Place {
    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.app.revocations.lock();
        if let Some(own) = state.open.get_mut(&self.client) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                state.open.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heartbeats say that nothing else has ended: who has not looked does not know.
    #[test]
    fn a_node_without_its_database_vouches_for_nothing() {
        let it = Revocations::default();
        assert!(!it.fresh());
        let now = countersign_core::Timestamp::from_seconds(1_795_219_200);
        let log = Log::new(Position(3), Vec::new(), now);
        let looked = |ago| {
            let at = Instant::now().checked_sub(ago).unwrap();
            it.lock().standing = Standing::Live(Box::new(log.clone()), at);
            it.fresh()
        };
        assert!(looked(Duration::ZERO));
        assert!(!looked(FRESH));
        it.end();
        assert!(!it.fresh() && it.start(None).is_none());
    }
}
