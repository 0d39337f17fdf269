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

pub mod account;
mod apply;
pub mod audit;
mod bulk;
pub mod changes;
mod counters;
mod db;
mod domain;
mod error;
pub mod inspect;
pub mod login;
pub mod messages;
#[allow(clippy::disallowed_types, reason = "the schema is changed on a connection of its own")]
mod migrate;
pub mod nodes;
pub mod oauth;
pub mod organization;
pub mod outbox;
#[allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the one place that speaks to PostgreSQL"
)]
mod postgres;
pub mod purge;
pub mod sealed;
pub mod secrets;
pub mod session;
pub mod signing_keys;
mod single_use;
mod sql;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "the one place that speaks to SQLite")]
mod sqlite;
pub mod trace;
mod tx;
mod unit;
mod value;

pub use apply::{Decided, apply, settle};
pub use bulk::Bulk;
pub use counters::{Counters, counted};
pub use db::{Db, Options};
pub use error::DbError;
pub use migrate::{Pending, Plan};
pub use postgres::PgTx;
pub use single_use::{Claim, Spend};
pub use sql::Sql;
pub use sqlite::LiteTx;
pub use tx::Tx;
pub use unit::{BoxFuture, Unit, unit};
pub use value::{FromCell, Row, Value};

/// How often a unit is tried when rows move under it.
const ATTEMPTS: u32 = 5;

/// Every statement of this crate, for the test that prepares them on both databases. A module with
/// statements of its own adds its `ALL` here.
pub fn statements() -> Result<Vec<(&'static str, Sql)>, DbError> {
    let consts = [
        account::ALL,
        account::activity::ALL,
        account::declared::ALL,
        account::declared::binding::ALL,
        account::emails::ALL,
        account::export::ALL,
        account::identities::ALL,
        account::leaving::ALL,
        account::merge::ALL,
        account::operator::ALL,
        account::phones::ALL,
        changes::ALL,
        login::account::ALL,
        login::acting::ALL,
        login::candidates::ALL,
        login::counters::ALL,
        login::sessions::ALL,
        messages::ALL,
        nodes::ALL,
        oauth::clients::ALL,
        oauth::codes::ALL,
        oauth::revoke::ALL,
        oauth::introspect::ALL,
        oauth::logos::ALL,
        oauth::redeem::ALL,
        organization::ALL,
        purge::ALL,
        sealed::ALL,
        secrets::ALL,
        session::endings::ALL,
        session::families::ALL,
        session::grants::ALL,
        session::notices::ALL,
        session::overdue::ALL,
        session::sessions::ALL,
        signing_keys::ALL,
    ]
    .concat();
    Ok([consts, outbox::all()?, audit::all()?, trace::all()?].concat())
}
