//! One open transaction, whichever database it is on.

use std::sync::Arc;

use crate::counters::Tally;
use crate::outbox::Routes;
use crate::postgres::PgTx;
use crate::sqlite::LiteTx;
use crate::{DbError, Row, Sql, Value};

/// What a [`Unit`](crate::Unit) works with.
pub enum Tx<'c> {
    /// On the writer thread or a reader connection of SQLite; every call is ready at once.
    Lite(LiteTx<'c>),
    /// On a pooled PostgreSQL connection.
    Pg(PgTx<'c>),
}

impl Tx<'_> {
    /// All rows of the answer. Statements that can answer many rows carry a LIMIT.
    pub async fn rows(&mut self, sql: &Sql, params: &[Value<'_>]) -> Result<Vec<Row>, DbError> {
        self.check(sql, params)?;
        match self {
            Self::Lite(lite) => lite.rows(sql, params),
            Self::Pg(pg) => pg.rows(sql, params).await,
        }
    }

    /// The row, or `None`. With a guarded `.. RETURNING ..` the row is the lock: `None` means that
    /// somebody else was first. Two rows are an error.
    pub async fn one(&mut self, sql: &Sql, params: &[Value<'_>]) -> Result<Option<Row>, DbError> {
        let mut rows = self.rows(sql, params).await?;
        if rows.len() > 1 {
            return Err(DbError::BadRow(format!("one row at most was expected of: {}", sql.text())));
        }
        Ok(rows.pop())
    }

    /// Runs a statement and says how many rows it touched: for counts and logs, never as a gate.
    pub async fn exec(&mut self, sql: &Sql, params: &[Value<'_>]) -> Result<u64, DbError> {
        self.check(sql, params)?;
        match self {
            Self::Lite(lite) => lite.exec(sql, params),
            Self::Pg(pg) => pg.exec(sql, params).await,
        }
    }

    /// The next statement that writes is the last of this unit and the only one that does: on PostgreSQL it needs no
    /// BEGIN and COMMIT around it. A second one is refused as a bug.
    pub(crate) fn one_write(&mut self) {
        match self {
            Self::Lite(lite) => lite.one_write(),
            Self::Pg(pg) => pg.one_write(),
        }
    }

    fn check(&self, sql: &Sql, params: &[Value<'_>]) -> Result<(), DbError> {
        self.tally().statement();
        if sql.params() != params.len() {
            return Err(DbError::Bug(format!("{} parameters given to: {}", params.len(), sql.text())));
        }
        Ok(())
    }

    /// Tells the workers of this process, once the unit has committed, that there is something for them.
    pub(crate) fn tell(&mut self) {
        match self {
            Self::Lite(lite) => lite.told = true,
            Self::Pg(pg) => pg.told = true,
        }
    }

    /// The place of an event among all that this process appends.
    pub(crate) fn next_event(&self) -> u32 {
        self.tally().next_event()
    }

    pub(crate) fn routes(&self) -> Arc<dyn Routes> {
        self.tally().routes()
    }

    fn tally(&self) -> &Tally {
        match self {
            Self::Lite(lite) => &lite.tally,
            Self::Pg(pg) => &pg.tally,
        }
    }
}
