//! SQLite: one writer thread that shares its commits, and a few readers used inline.

mod convert;
mod readers;
mod tx;
mod writer;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::counters::{Shared, Tally};
use crate::{DbError, Options, Sql, Unit};

pub(crate) use convert::wrong;
pub use tx::LiteTx;

use readers::Readers;
use writer::Writer;

/// The database file as one process holds it. Dropping it waits for what the writer still has.
pub(crate) struct Lite {
    // In this order: the writer finishes, then the last connection folds the log into the file, then the
    // lock is given back.
    writer: Writer,
    readers: Readers,
    _lock: File,
    _scratch: Option<Scratch>,
    path: PathBuf,
    options: Options,
}

impl Lite {
    /// Opens or creates the file, and refuses if another process serves it.
    pub(crate) fn open(path: &str, options: &Options, shared: &Arc<Shared>) -> Result<Self, DbError> {
        let scratch = if path == ":memory:" { Some(Scratch::new()?) } else { None };
        let path = scratch.as_ref().map_or_else(|| PathBuf::from(path), |it| it.0.join("db"));
        let lock = lock(&path)?;
        let conn = connect(&path, options, scratch.is_some())?;
        Ok(Self {
            writer: Writer::start(conn, options.queue, Arc::clone(shared))?,
            readers: Readers::new(path.clone(), options),
            _lock: lock,
            _scratch: scratch,
            path,
            options: options.clone(),
        })
    }

    pub(crate) async fn run<U: Unit>(&self, unit: U, tally: Tally) -> Result<U::Out, DbError> {
        self.writer.run(unit, tally).await
    }

    pub(crate) fn read<U: Unit>(&self, unit: &U, tally: Tally) -> Result<U::Out, DbError> {
        self.readers.read(unit, tally)
    }

    pub(crate) fn prepare(&self, sql: &Sql) -> Result<(), DbError> {
        let conn = self.own_connection()?;
        conn.prepare(sql.text()).map(drop).map_err(|e| wrong(sql.text(), &e))
    }

    /// Reads one snapshot, so that the copy is of one instant and the writer goes on meanwhile.
    pub(crate) async fn backup(&self, to: &Path) -> Result<(), DbError> {
        let conn = self.own_connection()?;
        let Some(to) = to.to_str().map(str::to_owned) else {
            return Err(DbError::Refused("the name of the backup is not UTF-8".to_owned()));
        };
        let copied = tokio::task::spawn_blocking(move || {
            conn.execute("VACUUM INTO ?1", [&to]).map(drop).map_err(|e| wrong("backup", &e))
        });
        copied.await.unwrap_or_else(|_| Err(DbError::panicked("backup")))
    }

    /// A connection of its own for the migration runner and for backups; never for requests.
    pub(crate) fn own_connection(&self) -> Result<Connection, DbError> {
        connect(&self.path, &self.options, self._scratch.is_some())
    }
}

/// A writing connection: every answered commit is on the disk.
fn connect(path: &Path, options: &Options, throw_away: bool) -> Result<Connection, DbError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let conn = Connection::open_with_flags(path, flags).map_err(|e| wrong("open", &e))?;
    let set = |name: &str, value: &str| conn.pragma_update(None, name, value).map_err(|e| wrong(name, &e));
    conn.busy_timeout(Duration::from_secs(5)).map_err(|e| wrong("busy_timeout", &e))?;
    set("journal_mode", "WAL")?;
    set("synchronous", if throw_away { "OFF" } else { "FULL" })?;
    set("foreign_keys", "ON")?;
    set("trusted_schema", "OFF")?;
    set("temp_store", "MEMORY")?;
    set("cache_size", &format!("-{}", options.writer_cache_kib))?;
    set("journal_size_limit", "16777216")?;
    if let Some(pages) = options.max_pages {
        set("max_page_count", &pages.to_string())?;
    }
    keep_plans(&conn)?;
    conn.set_prepared_statement_cache_capacity(256);
    Ok(conn)
}

/// A statement keeps the plan that it was prepared with. Without this SQLite prepares several of ours anew each time a
/// value is bound, in case another plan would suit that value better: a tenth of a millisecond for each.
fn keep_plans(conn: &Connection) -> Result<(), DbError> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop).map_err(|e| wrong("plans", &e))
}

/// One process per file: a lock file beside it, held until the process ends, however it ends.
fn lock(path: &Path) -> Result<File, DbError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|e| DbError::Unavailable(format!("cannot open {}: {e}", Path::new(&name).display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DbError::Refused(format!(
            "{} is already in use by another countersign process; stop it, or use its command line socket",
            path.display()
        ))),
        Err(TryLockError::Error(e)) => Err(DbError::Unavailable(format!("cannot lock the database: {e}"))),
    }
}

/// The folder of a private throw-away database, removed with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, DbError> {
        use std::hash::{BuildHasher, RandomState};
        let name = format!("countersign-{}-{:016x}", std::process::id(), RandomState::new().hash_one(0));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder)
            .map_err(|e| DbError::Unavailable(format!("cannot create {}: {e}", folder.display())))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::Db;

    #[tokio::test]
    async fn no_statement_is_prepared_anew_when_its_values_change() {
        let path = std::env::temp_dir().join(format!("countersign-plans-{}.db", std::process::id()));
        let db = Db::open(&format!("sqlite:{}", path.display())).await.unwrap();
        db.migrate(false).await.unwrap();
        drop(db);
        let conn = connect(&path, &Options::default(), true).unwrap();
        let mut again = Vec::new();
        for (name, sql) in crate::statements().unwrap() {
            let mut statement = conn.prepare(sql.text()).unwrap();
            for value in 0..3 {
                for place in 1..=statement.parameter_count() {
                    statement.raw_bind_parameter(place, value).unwrap();
                }
                // Most fail on a constraint; that is not the question here.
                let mut rows = statement.raw_query();
                while let Ok(Some(_)) = rows.next() {}
            }
            if statement.get_status(StatementStatus::RePrepare) > 0 {
                again.push(name);
            }
        }
        drop(conn);
        for ending in ["", "-wal", "-shm", ".lock"] {
            let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
        }
        assert!(again.is_empty(), "{again:?}");
    }
}
