//! The unit of work: everything that one request decides and writes together.

use std::marker::PhantomData;

pub use futures_util::future::BoxFuture;

use crate::{DbError, Tx};

/// Loads the rows that a decision needs, takes the decision (a pure function of `core`), writes what came
/// out. The writes of one unit become durable together or not at all.
///
/// - It awaits nothing but `tx`: no hashing, signing or fetching in here.
/// - It may run again from the start (missed guard, deadlock), so it changes nothing but the database.
/// - `Err` rolls it back. A refusal whose writes must stay (a counter, an ended family) is an `Ok` value.
/// - A statement that failed dooms the unit on both databases, even if the error was swallowed.
///
/// ```
/// use countersign_store::{BoxFuture, DbError, Sql, Tx, Unit, params};
///
/// const END: Sql = Sql::new("UPDATE sessions SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL RETURNING id");
/// struct EndSession { id: i64, now: i64 }
///
/// impl Unit for EndSession {
///     type Out = bool;
///     fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<bool, DbError>> {
///         Box::pin(async move { Ok(tx.one(&END, params![self.now, self.id]).await?.is_some()) })
///     }
/// }
/// ```
pub trait Unit: Send + Sync + 'static {
    /// What the caller gets once the writes are durable.
    type Out: Send + 'static;
    /// Does the work inside the transaction.
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>>;
}

/// A unit from a closure, for small ones: `db.run(unit(move |tx| Box::pin(async move { .. })))`. It may run
/// several times, so the closure hands copies of what it captured to the future.
pub fn unit<Out, F>(work: F) -> impl Unit<Out = Out>
where
    Out: Send + 'static,
    F: for<'a, 'c> Fn(&'a mut Tx<'c>) -> BoxFuture<'a, Result<Out, DbError>> + Send + Sync + 'static,
{
    Closure(work, PhantomData::<fn() -> Out>)
}

struct Closure<F, Out>(F, PhantomData<fn() -> Out>);

impl<F, Out> Unit for Closure<F, Out>
where
    Out: Send + 'static,
    F: for<'a, 'c> Fn(&'a mut Tx<'c>) -> BoxFuture<'a, Result<Out, DbError>> + Send + Sync + 'static,
{
    type Out = Out;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Out, DbError>> {
        (self.0)(tx)
    }
}
