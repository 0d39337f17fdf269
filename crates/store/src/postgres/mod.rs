//! PostgreSQL: pooled connections, one transaction per unit, each in a task of its own.

mod convert;
mod hints;
mod tls;
mod tx;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use deadpool_postgres::{
    ClientWrapper, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use futures_util::FutureExt;
use tokio_postgres::config::SslMode;

use crate::counters::{Shared, Tally};
use crate::{ATTEMPTS, DbError, Options, Sql, Tx, Unit};

use convert::unreachable;
pub(crate) use convert::wrong;
pub use tx::PgTx;
use tx::Stage;

/// The pools of one process.
pub(crate) struct Pg {
    write: Pool,
    read: Pool,
    config: tokio_postgres::Config,
    deadline: Duration,
    connections: usize,
}

impl Pg {
    /// Reads the URL; connections are made when they are needed, so a database that is down is met later.
    pub(crate) fn open(url: &str, options: &Options) -> Result<Self, DbError> {
        let mut config: tokio_postgres::Config =
            url.parse().map_err(|e| DbError::Refused(format!("the PostgreSQL URL cannot be used: {e}")))?;
        config.connect_timeout(options.pool_wait);
        config.keepalives_idle(Duration::from_secs(30));
        config.tcp_user_timeout(Duration::from_secs(10));
        if config.get_application_name().is_none() {
            config.application_name("countersign");
        }
        Ok(Self {
            write: pool(&session(&config, options, false), options.unit_connections, options)?,
            read: pool(&session(&config, options, true), options.read_connections, options)?,
            config,
            deadline: options.unit_timeout,
            // Both pools, one for migrations, and one that listens.
            connections: options.unit_connections + options.read_connections + 2,
        })
    }

    /// Its own task: a caller that goes away neither cuts the transaction short nor leaves it open.
    pub(crate) async fn run<U: Unit>(&self, unit: U, tally: Tally) -> Result<U::Out, DbError> {
        let (pool, deadline) = (self.write.clone(), self.deadline);
        // Who goes away while waiting for a connection has begun nothing.
        let first = get(&pool).await?;
        let task = tokio::spawn(async move {
            tally.unit();
            within(deadline, attempts(&pool, first, &unit, &tally)).await
        });
        task.await.unwrap_or_else(|_| Err(DbError::Unavailable("the runtime is shutting down".to_owned())))
    }

    /// Reads outside a transaction, on connections that refuse to write.
    pub(crate) async fn read<U: Unit>(&self, unit: &U, tally: Tally) -> Result<U::Out, DbError> {
        within(self.deadline, async {
            let mut client = Checkout(Some(get(&self.read).await?));
            let mut tx = PgTx::read_only(client.get()?, tally);
            let ended = drive(unit, &mut tx).await;
            client.finished();
            ended
        })
        .await
    }

    pub(crate) async fn prepare(&self, sql: &Sql) -> Result<(), DbError> {
        let client = get(&self.write).await?;
        client.prepare(sql.text()).await.map(drop).map_err(|e| wrong(sql.text(), &e))
    }

    /// The most connections that this process holds at once.
    pub(crate) fn connections(&self) -> usize {
        self.connections
    }

    /// Tells other nodes and hears them, until it is dropped.
    pub(crate) async fn hints(&self, shared: &Shared) {
        hints::follow(&self.config, shared).await;
    }

    /// A connection of its own for the migration runner; never for requests.
    pub(crate) async fn own_connection(&self) -> Result<tokio_postgres::Client, DbError> {
        tls::connect(&self.config).await
    }
}

/// What every session of ours holds itself to, whatever the server's defaults are.
fn session(config: &tokio_postgres::Config, options: &Options, read_only: bool) -> tokio_postgres::Config {
    let limit = options.unit_timeout.as_millis();
    let ours = format!(
        "-c default_transaction_isolation=read\\ committed -c default_transaction_read_only={} \
         -c statement_timeout={limit} -c lock_timeout={limit} -c idle_in_transaction_session_timeout={}",
        if read_only { "on" } else { "off" },
        limit * 2,
    );
    let mut config = config.clone();
    let options = match config.get_options() {
        Some(theirs) => format!("{theirs} {ours}"),
        None => ours,
    };
    config.options(options);
    config
}

fn pool(config: &tokio_postgres::Config, size: usize, options: &Options) -> Result<Pool, DbError> {
    let managed = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match config.get_ssl_mode() {
        SslMode::Require => Manager::from_config(config.clone(), tls::connector()?, managed),
        _ => Manager::from_config(config.clone(), tokio_postgres::NoTls, managed),
    };
    Pool::builder(manager)
        .max_size(size)
        .wait_timeout(Some(options.pool_wait))
        .create_timeout(Some(options.pool_wait))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|e| DbError::Bug(format!("the connection pool: {e}")))
}

async fn get(pool: &Pool) -> Result<Object, DbError> {
    pool.get().await.map_err(|error| match error {
        PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => {
            DbError::Busy("no connection became free in time".to_owned())
        }
        PoolError::Backend(error) => unreachable(&error),
        other => DbError::Unavailable(format!("no connection: {other}")),
    })
}

async fn within<T>(deadline: Duration, work: impl Future<Output = Result<T, DbError>>) -> Result<T, DbError> {
    tokio::time::timeout(deadline, work)
        .await
        .unwrap_or_else(|_| Err(DbError::Unavailable("the database did not answer in time".to_owned())))
}

/// Once, and again when PostgreSQL or a missed guard says that rows have moved. Never after a COMMIT whose
/// answer was lost: that one may have happened.
async fn attempts<U: Unit>(pool: &Pool, first: Object, unit: &U, tally: &Tally) -> Result<U::Out, DbError> {
    let mut first = Some(first);
    let mut left = ATTEMPTS;
    let mut constraint = false;
    loop {
        left -= 1;
        let client = match first.take() {
            Some(client) => client,
            None => get(pool).await?,
        };
        match attempt(client, unit, tally).await {
            Err(DbError::Missed(_) | DbError::Contended(_)) if left > 0 => {}
            // A guard cannot see the row that another unit is about to commit; the index does. Once more: now
            // the guard sees it. A constraint that refuses again is a bug, and said to be one.
            Err(DbError::Constraint(_)) if !constraint && left > 0 => constraint = true,
            ended => return ended,
        }
    }
}

async fn attempt<U: Unit>(client: Object, unit: &U, tally: &Tally) -> Result<U::Out, DbError> {
    let mut checkout = Checkout(Some(client));
    let client = checkout.get()?;
    let mut tx = PgTx::new(client, tally.clone());
    let ended = drive(unit, &mut tx).await;
    let (wrote, told) = (tx.wrote, tx.told);
    let end = if ended.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let closed = match tx.stage {
        Stage::Begun => client.batch_execute(end).await,
        Stage::Reading | Stage::OneWrite | Stage::Written | Stage::ReadOnly => Ok(()),
    };
    if closed.is_ok() {
        checkout.finished();
    }
    let out = ended?;
    closed.map_err(|e| wrong("COMMIT", &e))?;
    if wrote {
        tally.commit();
    }
    if told {
        tally.wake();
    }
    Ok(out)
}

/// Runs the unit. A statement that failed has aborted the transaction, so that COMMIT would quietly roll
/// back: whatever the unit made of the error, it failed.
async fn drive<U: Unit>(unit: &U, tx: &mut PgTx<'_>) -> Result<U::Out, DbError> {
    let mut whole = Tx::Pg(tx.reborrow());
    let out = AssertUnwindSafe(async { unit.run(&mut whole).await })
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(DbError::panicked(std::any::type_name::<U>())));
    if let Tx::Pg(used) = whole {
        tx.wrote = used.wrote;
        tx.told = used.told;
        tx.stage = used.stage;
        tx.doomed = used.doomed;
    }
    match (out, &tx.doomed) {
        (Ok(_), Some(error)) => Err(error.clone()),
        (out, _) => out,
    }
}

/// A connection on loan. Unless it is known to be outside a transaction it is closed, not given back.
struct Checkout(Option<Object>);

impl Checkout {
    fn get(&self) -> Result<&ClientWrapper, DbError> {
        let object = self.0.as_ref().ok_or_else(|| DbError::Bug("connection already returned".to_owned()))?;
        Ok(object)
    }

    fn finished(&mut self) {
        drop(self.0.take());
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}
