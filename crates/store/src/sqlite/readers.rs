//! Reading connections, used inline by whatever task asks: a point read takes microseconds.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::convert::wrong;
use super::keep_plans;
use super::tx::drive;
use crate::counters::Tally;
use crate::{DbError, Options, Unit};

/// A stack of idle connections. As many as ever read at the same instant are opened, a few are kept.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    keep: usize,
    cache_kib: u32,
    mmap_bytes: u64,
}

impl Readers {
    pub(super) fn new(path: PathBuf, options: &Options) -> Self {
        Self {
            path,
            idle: Mutex::new(Vec::new()),
            keep: options.readers,
            cache_kib: options.reader_cache_kib,
            mmap_bytes: options.reader_mmap_bytes,
        }
    }

    /// Each statement sees what was committed when it began, as on PostgreSQL.
    pub(super) fn read<U: Unit>(&self, unit: &U, tally: Tally) -> Result<U::Out, DbError> {
        let mut conn = match self.pop() {
            Some(conn) => conn,
            None => self.connect()?,
        };
        let ended = drive(unit, &mut conn, tally);
        if conn.is_autocommit() {
            self.push(conn);
        }
        ended.out
    }

    fn pop(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn push(&self, conn: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.keep {
            idle.push(conn);
        }
    }

    fn connect(&self) -> Result<Connection, DbError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let conn = Connection::open_with_flags(&self.path, flags).map_err(|e| wrong("open", &e))?;
        let set =
            |name: &str, value: &str| conn.pragma_update(None, name, value).map_err(|e| wrong(name, &e));
        conn.busy_timeout(Duration::from_secs(2)).map_err(|e| wrong("busy_timeout", &e))?;
        set("query_only", "ON")?;
        set("trusted_schema", "OFF")?;
        set("cache_size", &format!("-{}", self.cache_kib))?;
        set("mmap_size", &self.mmap_bytes.to_string())?;
        keep_plans(&conn)?;
        conn.set_prepared_statement_cache_capacity(128);
        Ok(conn)
    }
}
