//! A transaction on one PostgreSQL connection.

use deadpool_postgres::ClientWrapper;
use tokio_postgres::types::ToSql;

use super::convert::{row, wrong};
use crate::counters::Tally;
use crate::{DbError, Row, Sql, Value};

/// The PostgreSQL arm of [`Tx`](crate::Tx).
pub struct PgTx<'c> {
    client: &'c ClientWrapper,
    pub(crate) tally: Tally,
    pub(super) doomed: Option<DbError>,
    pub(super) wrote: bool,
    pub(crate) told: bool,
    pub(super) stage: Stage,
}

/// How far the transaction is. READ COMMITTED gives reads before the first write nothing, so they need none; and a
/// statement that is the only one to write is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing is written yet.
    Reading,
    /// BEGIN is sent: COMMIT or ROLLBACK follows.
    Begun,
    /// The next statement that writes will be the only one.
    OneWrite,
    /// It was.
    Written,
    /// Statements that stand alone, on a connection that refuses to write.
    ReadOnly,
}

impl<'c> PgTx<'c> {
    /// The transaction begins with the first statement that writes.
    pub(super) fn new(client: &'c ClientWrapper, tally: Tally) -> Self {
        Self { client, tally, doomed: None, wrote: false, told: false, stage: Stage::Reading }
    }

    /// Statements that stand alone.
    pub(super) fn read_only(client: &'c ClientWrapper, tally: Tally) -> Self {
        Self { stage: Stage::ReadOnly, ..Self::new(client, tally) }
    }

    pub(super) fn reborrow(&self) -> PgTx<'c> {
        Self { stage: self.stage, ..Self::new(self.client, self.tally.clone()) }
    }

    /// See [`Tx::one_write`](crate::Tx::one_write).
    pub(crate) fn one_write(&mut self) {
        if self.stage == Stage::Reading {
            self.stage = Stage::OneWrite;
        }
    }

    pub(crate) async fn rows(&mut self, sql: &Sql, params: &[Value<'_>]) -> Result<Vec<Row>, DbError> {
        let found = match self.ready(sql).await {
            Ok(()) => query(self.client, sql, params).await,
            Err(error) => Err(error),
        };
        self.note(found)
    }

    pub(crate) async fn exec(&mut self, sql: &Sql, params: &[Value<'_>]) -> Result<u64, DbError> {
        let touched = match self.ready(sql).await {
            Ok(()) => execute(self.client, sql, params).await,
            Err(error) => Err(error),
        };
        self.note(touched)
    }

    /// Begins the transaction if this statement needs one.
    async fn ready(&mut self, sql: &Sql) -> Result<(), DbError> {
        self.wrote |= sql.writes();
        if !sql.writes() {
            return Ok(());
        }
        match self.stage {
            Stage::Reading => {
                self.stage = Stage::Begun;
                self.client.batch_execute("BEGIN").await.map_err(|e| wrong("BEGIN", &e))
            }
            Stage::OneWrite => {
                self.stage = Stage::Written;
                Ok(())
            }
            // The first is committed already: what a unit writes must stand or fall together.
            Stage::Written => Err(DbError::Bug(format!("a second write after the only one: {}", sql.text()))),
            Stage::Begun | Stage::ReadOnly => Ok(()),
        }
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

async fn query(client: &ClientWrapper, sql: &Sql, params: &[Value<'_>]) -> Result<Vec<Row>, DbError> {
    let failed = |e| wrong(sql.text(), &e);
    let statement = client.prepare_cached(sql.text()).await.map_err(failed)?;
    let found = client.query(&statement, &borrowed(params)).await.map_err(failed)?;
    found.iter().map(row).collect()
}

async fn execute(client: &ClientWrapper, sql: &Sql, params: &[Value<'_>]) -> Result<u64, DbError> {
    let failed = |e| wrong(sql.text(), &e);
    let statement = client.prepare_cached(sql.text()).await.map_err(failed)?;
    client.execute(&statement, &borrowed(params)).await.map_err(failed)
}

fn borrowed<'p>(params: &'p [Value<'_>]) -> Vec<&'p (dyn ToSql + Sync)> {
    params.iter().map(|it| it as &(dyn ToSql + Sync)).collect()
}
