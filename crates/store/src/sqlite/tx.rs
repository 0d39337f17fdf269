//! A transaction on one SQLite connection.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};

use rusqlite::Connection;

use super::convert::{cell, wrong};
use crate::counters::Tally;
use crate::{DbError, Row, Sql, Tx, Unit, Value};

/// The SQLite arm of [`Tx`].
pub struct LiteTx<'c> {
    conn: &'c mut Connection,
    pub(crate) tally: Tally,
    doomed: Option<DbError>,
    pub(crate) told: bool,
    /// How many statements may still write; here it only keeps units to what they promise PostgreSQL.
    writes_left: Option<u8>,
}

impl LiteTx<'_> {
    /// See [`Tx::one_write`].
    pub(crate) fn one_write(&mut self) {
        self.writes_left = Some(1);
    }

    pub(crate) fn rows(&mut self, sql: &Sql, params: &[Value<'_>]) -> Result<Vec<Row>, DbError> {
        let found = self.ready(sql).and_then(|()| query(self.conn, sql, params));
        self.note(found)
    }

    pub(crate) fn exec(&mut self, sql: &Sql, params: &[Value<'_>]) -> Result<u64, DbError> {
        let touched = self.ready(sql).and_then(|()| execute(self.conn, sql, params));
        self.note(touched)
    }

    fn ready(&mut self, sql: &Sql) -> Result<(), DbError> {
        match &mut self.writes_left {
            Some(left) if sql.writes() => {
                *left = left.checked_sub(1).ok_or_else(|| {
                    DbError::Bug(format!("a second write after the only one: {}", sql.text()))
                })?;
            }
            Some(_) | None => {}
        }
        Ok(())
    }

    fn note<T>(&mut self, result: Result<T, DbError>) -> Result<T, DbError> {
        if let Err(error) = &result
            && self.doomed.is_none()
        {
            self.doomed = Some(error.clone());
        }
        result
    }
}

/// How a unit ended: what it answered, and what the connection itself went through meanwhile.
pub(super) struct Ended<Out> {
    pub(super) out: Result<Out, DbError>,
    pub(super) doomed: Option<DbError>,
    /// It left something that a worker of this process waits for.
    pub(super) told: bool,
}

/// Polls the unit once: nothing in it can wait on SQLite, so a unit that is pending awaited something that
/// does not belong into a transaction.
pub(super) fn drive<U: Unit>(unit: &U, conn: &mut Connection, tally: Tally) -> Ended<U::Out> {
    let name = std::any::type_name::<U>();
    let mut tx = Tx::Lite(LiteTx { conn, tally, doomed: None, told: false, writes_left: None });
    let out = catch_unwind(AssertUnwindSafe(|| {
        let mut work = unit.run(&mut tx);
        match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(out) => out,
            Poll::Pending => Err(DbError::Bug(format!("{name} awaited something else than the database"))),
        }
    }))
    .unwrap_or_else(|_| Err(DbError::panicked(name)));
    let (doomed, told) = match tx {
        Tx::Lite(lite) => (lite.doomed, lite.told),
        Tx::Pg(_) => (None, false),
    };
    let out = match (out, &doomed) {
        (Ok(_), Some(error)) => Err(error.clone()),
        (out, _) => out,
    };
    Ended { out, doomed, told }
}

fn query(conn: &Connection, sql: &Sql, params: &[Value<'_>]) -> Result<Vec<Row>, DbError> {
    let failed = |e: rusqlite::Error| wrong(sql.text(), &e);
    let mut statement = conn.prepare_cached(sql.text()).map_err(failed)?;
    bind(&mut statement, params).map_err(failed)?;
    let columns = statement.column_count();
    let mut found = statement.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(failed)? {
        let cells: Result<Box<[_]>, DbError> =
            (0..columns).map(|column| cell(row.get_ref(column).map_err(failed)?, column)).collect();
        rows.push(Row(cells?));
    }
    Ok(rows)
}

fn execute(conn: &Connection, sql: &Sql, params: &[Value<'_>]) -> Result<u64, DbError> {
    let failed = |e: rusqlite::Error| wrong(sql.text(), &e);
    let mut statement = conn.prepare_cached(sql.text()).map_err(failed)?;
    bind(&mut statement, params).map_err(failed)?;
    let touched = statement.raw_execute().map_err(failed)?;
    Ok(u64::try_from(touched).unwrap_or(u64::MAX))
}

fn bind(statement: &mut rusqlite::CachedStatement<'_>, params: &[Value<'_>]) -> rusqlite::Result<()> {
    for (index, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, value)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::session::sessions;
    use crate::{Db, DbError, unit};
    use countersign_core::session::EndReason;
    use countersign_core::{Id, Timestamp};

    #[tokio::test]
    async fn who_promises_one_write_gets_no_second() {
        let db = Db::open("sqlite::memory:").await.unwrap();
        db.migrate(false).await.unwrap();
        let twice = |promise: bool| {
            db.run(unit(move |tx| {
                Box::pin(async move {
                    if promise {
                        tx.one_write();
                    }
                    let (session, at) = (Id::from_bytes([1; 16]), Timestamp::from_seconds(1));
                    sessions::end(tx, session, EndReason::SignedOut, at).await?;
                    sessions::end(tx, session, EndReason::SignedOut, at).await.map(drop)
                })
            }))
        };
        assert!(twice(false).await.is_ok());
        assert!(matches!(twice(true).await, Err(DbError::Bug(_))));
    }
}
