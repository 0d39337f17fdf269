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
    /// Is there a transaction, or none wanted?
    pub(super) begun: bool,
}

impl<'c> PgTx<'c> {
    /// The transaction begins with its first statement.
    pub(super) fn new(client: &'c ClientWrapper, tally: Tally) -> Self {
        Self { client, tally, doomed: None, wrote: false, told: false, begun: false }
    }

    /// Statements that stand alone.
    pub(super) fn without_transaction(client: &'c ClientWrapper, tally: Tally) -> Self {
        Self { begun: true, ..Self::new(client, tally) }
    }

    pub(super) fn reborrow(&self) -> PgTx<'c> {
        Self { begun: self.begun, ..Self::new(self.client, self.tally.clone()) }
    }

    pub(crate) async fn rows(&mut self, sql: &Sql, params: &[Value<'_>]) -> Result<Vec<Row>, DbError> {
        self.wrote |= sql.writes();
        let found = if self.begun || sql.writes() {
            match self.begin().await {
                Ok(()) => query(self.client, sql, params).await,
                Err(error) => Err(error),
            }
        } else {
            // One round trip for both: a read that ran without its BEGIN has harmed nothing.
            self.begun = true;
            let (begun, found) = tokio::join!(begin(self.client), query(self.client, sql, params));
            begun.and(found)
        };
        self.note(found)
    }

    pub(crate) async fn exec(&mut self, sql: &Sql, params: &[Value<'_>]) -> Result<u64, DbError> {
        self.wrote |= sql.writes();
        let touched = match self.begin().await {
            Ok(()) => execute(self.client, sql, params).await,
            Err(error) => Err(error),
        };
        self.note(touched)
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        begin(self.client).await
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

async fn begin(client: &ClientWrapper) -> Result<(), DbError> {
    client.batch_execute("BEGIN").await.map_err(|e| wrong("BEGIN", &e))
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
