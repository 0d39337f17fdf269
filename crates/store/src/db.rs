//! The database as the rest of the program sees it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::counters::{Counters, Shared, Tally};
use crate::outbox::Routes;
use crate::postgres::Pg;
use crate::sqlite::Lite;
use crate::{DbError, Sql, Unit};

const PING: crate::Sql = crate::Sql::new("SELECT counter FROM changes WHERE topic = 'keys'");

/// Cheap to clone; all clones share the writer, the pools and the counters.
#[derive(Clone)]
pub struct Db {
    engine: Arc<Engine>,
    shared: Arc<Shared>,
}

pub(crate) enum Engine {
    Lite(Lite),
    Pg(Pg),
}

impl Db {
    /// `sqlite:path/to/file`, `sqlite::memory:` (private and gone when dropped, for tests and trials), or
    /// `postgres://user:password@host/name` (`?sslmode=require` for verified TLS).
    pub async fn open(url: &str) -> Result<Self, DbError> {
        Self::open_with(url, Options::default()).await
    }

    /// The same with other limits.
    pub async fn open_with(url: &str, options: Options) -> Result<Self, DbError> {
        let shared = Arc::new(Shared::default());
        let engine = if let Some(path) = url.strip_prefix("sqlite:") {
            Engine::Lite(Lite::open(path, &options, &shared)?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Engine::Pg(Pg::open(url, &options)?)
        } else {
            return Err(DbError::Refused("a database URL starts with sqlite: or postgres://".to_owned()));
        };
        Ok(Self { engine: Arc::new(engine), shared })
    }

    /// Runs the unit in a transaction and answers when its writes are durable. Dropping the returned future
    /// neither stops a unit that has begun nor leaves anything open; one that has not begun never does.
    ///
    /// DESIGN 5: who has hung up asks for nothing any more. A refresh that waited at the door of a busy or starting
    /// server, while its app asked again elsewhere and went on, would be taken for a thief's.
    pub async fn run<U: Unit>(&self, unit: U) -> Result<U::Out, DbError> {
        // The connection is looked at meanwhile, and its request dropped if nobody is there: once for what has come
        // in already, and once for what the system is about to say.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        let tally = Tally::new(&self.shared);
        match &*self.engine {
            Engine::Lite(lite) => lite.run(unit, tally).await,
            Engine::Pg(pg) => pg.run(unit, tally).await,
        }
    }

    /// Runs a unit that only reads, on a connection that refuses to write. Each statement sees what was
    /// committed when it began.
    pub async fn read<U: Unit>(&self, unit: U) -> Result<U::Out, DbError> {
        let tally = Tally::new(&self.shared);
        tally.read();
        match &*self.engine {
            Engine::Lite(lite) => lite.read(&unit, tally),
            Engine::Pg(pg) => pg.read(&unit, tally).await,
        }
    }

    /// Does the database answer, with our schema in it?
    pub async fn ping(&self) -> Result<(), DbError> {
        self.read(crate::unit(|tx| Box::pin(async move { tx.one(&PING, &[]).await.map(|_| ()) }))).await
    }

    /// Writes a whole and consistent copy into a new file, while requests go on.
    pub async fn backup(&self, to: &Path) -> Result<(), DbError> {
        match &*self.engine {
            Engine::Lite(lite) => lite.backup(to).await,
            Engine::Pg(_) => Err(DbError::Refused("PostgreSQL is backed up with its own tools".to_owned())),
        }
    }

    /// Whether other processes may be at work on it too; a SQLite file belongs to one.
    pub fn is_shared(&self) -> bool {
        match &*self.engine {
            Engine::Lite(_) => false,
            Engine::Pg(_) => true,
        }
    }

    /// What this database was asked so far.
    pub fn counters(&self) -> Counters {
        self.shared.counters()
    }

    /// Changes whenever a unit of this process committed an outbox delivery or a change that caches follow, and when
    /// another node says that it did ([`Db::follow_hints`]). Only a hint to look at once: what another node commits is
    /// found by looking every now and then.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.shared.news()
    }

    /// Tells other nodes on the database of this one's news, and makes theirs ours, until it is dropped. Never the truth,
    /// and at most one notification in 50 ms.
    pub async fn follow_hints(&self) {
        match &*self.engine {
            Engine::Lite(_) => {}
            Engine::Pg(pg) => pg.hints(&self.shared).await,
        }
    }

    /// Who hears about which event, from now on. Set once the configuration is read.
    pub fn set_routes(&self, routes: Arc<dyn Routes>) {
        self.shared.set_routes(routes);
    }

    /// Whether the database accepts the statement as it stands; for the test that asks this of every const.
    pub async fn prepare(&self, sql: &Sql) -> Result<(), DbError> {
        match &*self.engine {
            Engine::Lite(lite) => lite.prepare(sql),
            Engine::Pg(pg) => pg.prepare(sql).await,
        }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }
}

/// Limits, with defaults that fit a small machine.
#[derive(Clone, Debug)]
pub struct Options {
    /// SQLite: units that may wait for the writer; beyond it callers hear [`DbError::Busy`] at once.
    pub queue: usize,
    /// SQLite: idle reading connections that are kept.
    pub readers: usize,
    /// SQLite: page cache of the writer.
    pub writer_cache_kib: u32,
    /// SQLite: page cache of each reader.
    pub reader_cache_kib: u32,
    /// SQLite: how much of the file each reader maps into memory.
    pub reader_mmap_bytes: u64,
    /// SQLite: the file may not grow past this many pages.
    pub max_pages: Option<u32>,
    /// PostgreSQL: connections for units. So many commits can share one sync of its disk.
    pub unit_connections: usize,
    /// PostgreSQL: connections for reads.
    pub read_connections: usize,
    /// PostgreSQL: how long a request waits for a connection before it hears [`DbError::Busy`].
    pub pool_wait: Duration,
    /// PostgreSQL: how long a unit may take in all, waiting included.
    pub unit_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue: 2048,
            readers: std::thread::available_parallelism().map_or(2, usize::from),
            writer_cache_kib: 2048,
            reader_cache_kib: 1024,
            reader_mmap_bytes: 0,
            max_pages: None,
            unit_connections: 32,
            read_connections: 8,
            pool_wait: Duration::from_secs(1),
            unit_timeout: Duration::from_secs(2),
        }
    }
}
