//! What the database holds itself to, read back from it: for `doctor`, which compares it with what we need.

use serde::{Deserialize, Serialize};

use crate::db::Engine;
use crate::{Db, DbError, Sql, unit};

/// As the connections of this process find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inspection {
    /// SQLite, asked on the writer's own connection: most of this is the connection's, not the file's.
    Sqlite(Lite),
    /// PostgreSQL, asked in a unit.
    Postgres(Postgres),
}

/// See <https://www.sqlite.org/pragma.html>.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // as the pragmas
pub struct Lite {
    pub version: String,
    pub journal_mode: String,
    /// 0 is off, 1 normal, 2 full, 3 extra.
    pub synchronous: i64,
    pub foreign_keys: bool,
}

/// See <https://www.postgresql.org/docs/current/runtime-config.html>.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // as the settings
pub struct Postgres {
    /// As in `server_version_num`: 150004 is 15.4.
    pub version: i64,
    pub encoding: String,
    pub fsync: String,
    pub full_page_writes: String,
    pub synchronous_commit: String,
    pub isolation: String,
    /// A standby takes no writes.
    pub standby: bool,
    pub max_connections: i64,
    /// Of these, kept back for administrators.
    pub reserved: i64,
    /// Connected at this moment, we among them.
    pub connected: i64,
    /// What one node of ours may use.
    pub pool: i64,
}

impl Db {
    /// Asks the database how it is set.
    pub async fn inspect(&self) -> Result<Inspection, DbError> {
        match self.engine() {
            Engine::Lite(_) => self.run(unit(|tx| Box::pin(async move { lite(tx).await }))).await,
            Engine::Pg(pg) => {
                let pool = i64::try_from(pg.connections()).unwrap_or(i64::MAX);
                self.run(unit(move |tx| Box::pin(async move { postgres(tx, pool).await }))).await
            }
        }
    }
}

// Not among `queries!`: each of these speaks to one database only.
const LITE: Sql = Sql::new(
    "SELECT sqlite_version(), j.journal_mode, s.synchronous, f.foreign_keys \
     FROM pragma_journal_mode j, pragma_synchronous s, pragma_foreign_keys f",
);
const POSTGRES: Sql = Sql::new(
    "SELECT CAST(current_setting('server_version_num') AS bigint), current_setting('server_encoding'), \
     current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'), \
     current_setting('transaction_isolation'), CAST(CAST(pg_is_in_recovery() AS int) AS bigint), \
     CAST(current_setting('max_connections') AS bigint), \
     CAST(current_setting('superuser_reserved_connections') AS bigint) \
     + CAST(COALESCE(current_setting('reserved_connections', true), '0') AS bigint), \
     (SELECT CAST(COALESCE(sum(numbackends), 0) AS bigint) FROM pg_stat_database)",
);

async fn lite(tx: &mut crate::Tx<'_>) -> Result<Inspection, DbError> {
    let row = tx.one(&LITE, &[]).await?.ok_or_else(|| DbError::Bug("no pragmas".to_owned()))?;
    Ok(Inspection::Sqlite(Lite {
        version: row.text(0)?.to_owned(),
        journal_mode: row.text(1)?.to_owned(),
        synchronous: row.i64(2)?,
        foreign_keys: row.bool(3)?,
    }))
}

async fn postgres(tx: &mut crate::Tx<'_>, pool: i64) -> Result<Inspection, DbError> {
    let row = tx.one(&POSTGRES, &[]).await?.ok_or_else(|| DbError::Bug("no settings".to_owned()))?;
    let text = |column| row.text(column).map(str::to_owned);
    Ok(Inspection::Postgres(Postgres {
        version: row.i64(0)?,
        encoding: text(1)?,
        fsync: text(2)?,
        full_page_writes: text(3)?,
        synchronous_commit: text(4)?,
        isolation: text(5)?,
        standby: row.bool(6)?,
        max_connections: row.i64(7)?,
        reserved: row.i64(8)?,
        connected: row.i64(9)?,
        pool,
    }))
}
