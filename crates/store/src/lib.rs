//! The database: units of work, statements, migrations, outbox; one SQL text for SQLite and PostgreSQL.
//!
//! Callers hold a [`Db`] and give it [`Unit`]s. A unit gets a [`Tx`], asks it with [`Sql`] consts, and hears
//! back once its writes are durable. Single use hangs on returned rows (see [`Tx::one`]), never on an
//! earlier read or a row count.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::disallowed_methods,
        clippy::disallowed_types
    )
)]

mod counters;
mod db;
mod domain;
mod error;
mod migrate;
#[allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the one place that speaks to PostgreSQL"
)]
mod postgres;
mod sql;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "the one place that speaks to SQLite")]
mod sqlite;
pub mod trace;
mod tx;
mod unit;
mod value;

pub use counters::{Counters, counted};
pub use db::{Db, Options};
pub use error::DbError;
pub use migrate::{Pending, Plan};
pub use postgres::PgTx;
pub use sql::Sql;
pub use sqlite::LiteTx;
pub use tx::Tx;
pub use unit::{BoxFuture, Unit, unit};
pub use value::{FromCell, Row, Value};

/// How often a unit is tried when rows move under it.
const ATTEMPTS: u32 = 5;
