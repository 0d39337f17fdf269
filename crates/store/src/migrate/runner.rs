//! The connection that changes the schema. Statements here may be an engine's own.

use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::Connection;
use tokio_postgres::Client;

use super::Pending;
use super::dialect::Dialect;
use crate::{DbError, postgres, sqlite};

/// Any number, as long as it is ours alone.
const PG_LOCK: &str = "SELECT pg_advisory_lock(6071226478921)";
const PG_UNLOCK: &str = "SELECT pg_advisory_unlock(6071226478921)";
const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,
    contract BIGINT NOT NULL, applied_at BIGINT NOT NULL)";
const APPLIED: &str = "SELECT id, checksum, contract FROM schema_migrations ORDER BY id";

pub(super) enum Runner {
    Lite(Connection),
    Pg(Client),
}

/// A row of the ledger.
pub(super) struct Applied {
    pub(super) id: i64,
    pub(super) checksum: String,
    pub(super) contract: bool,
}

impl Runner {
    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Lite(_) => Dialect::Lite,
            Self::Pg(_) => Dialect::Pg,
        }
    }

    /// One at a time. On SQLite the file already belongs to this process.
    pub(super) async fn lock(&mut self) -> Result<(), DbError> {
        match self {
            Self::Lite(_) => self.batch(LEDGER).await,
            Self::Pg(_) => {
                self.batch(PG_LOCK).await?;
                // A change that must wait for a busy table gives way to the requests behind it.
                self.batch("SET lock_timeout = '5s'").await?;
                self.batch(LEDGER).await
            }
        }
    }

    pub(super) async fn unlock(&mut self) -> Result<(), DbError> {
        match self {
            Self::Lite(_) => Ok(()),
            Self::Pg(_) => self.batch(PG_UNLOCK).await,
        }
    }

    /// The ledger; empty when there is none yet.
    pub(super) async fn applied(&mut self) -> Result<Vec<Applied>, DbError> {
        match self {
            Self::Lite(conn) => {
                let failed = |e: rusqlite::Error| sqlite::wrong(APPLIED, &e);
                let there = conn
                    .query_row(
                        "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_migrations'",
                        [],
                        |row| row.get::<_, i64>(0),
                    )
                    .map_err(failed)?;
                if there == 0 {
                    return Ok(Vec::new());
                }
                let mut statement = conn.prepare(APPLIED).map_err(failed)?;
                let rows = statement
                    .query_map([], |row| {
                        let contract: i64 = row.get(2)?;
                        Ok(Applied { id: row.get(0)?, checksum: row.get(1)?, contract: contract != 0 })
                    })
                    .map_err(failed)?;
                rows.collect::<Result<_, _>>().map_err(failed)
            }
            Self::Pg(client) => {
                let failed = |e| postgres::wrong(APPLIED, &e);
                let there = client
                    .query_one("SELECT to_regclass('schema_migrations') IS NOT NULL", &[])
                    .await
                    .and_then(|row| row.try_get::<_, bool>(0))
                    .map_err(failed)?;
                if !there {
                    return Ok(Vec::new());
                }
                let rows = client.query(APPLIED, &[]).await.map_err(failed)?;
                rows.iter()
                    .map(|row| {
                        Ok(Applied {
                            id: row.try_get(0)?,
                            checksum: row.try_get(1)?,
                            contract: row.try_get::<_, i64>(2)? != 0,
                        })
                    })
                    .collect::<Result<_, _>>()
                    .map_err(failed)
            }
        }
    }

    /// One change and its line in the ledger, together or not at all.
    pub(super) async fn apply(&mut self, change: &Pending, checksum: &str) -> Result<(), DbError> {
        let line = format!(
            "INSERT INTO schema_migrations (id, name, checksum, contract, applied_at) VALUES ({}, '{}', '{checksum}', {}, {})",
            change.id,
            change.name,
            i64::from(change.contract),
            clock(),
        );
        self.batch("BEGIN").await?;
        for statement in change.statements.iter().chain([&line]) {
            if let Err(error) = self.batch(statement).await {
                let _ = self.batch("ROLLBACK").await;
                return Err(error);
            }
        }
        self.batch("COMMIT").await
    }

    async fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        match self {
            Self::Lite(conn) => conn.execute_batch(sql).map_err(|e| sqlite::wrong(sql, &e)),
            Self::Pg(client) => client.batch_execute(sql).await.map_err(|e| postgres::wrong(sql, &e)),
        }
    }
}

/// For the operator who asks when a change came; nothing is decided by it.
#[allow(clippy::disallowed_methods, reason = "a note in the ledger, outside any request")]
fn clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
