//! RFC 7523 3: a `jti` counts once.

use countersign_core::write::NewSecret;

use crate::{BoxFuture, DbError, Tx, Unit, secrets};

/// Claims the `jti` of a client assertion: one guarded INSERT. `false`: it was used before.
pub struct ClaimAssertion(pub NewSecret);

impl Unit for ClaimAssertion {
    type Out = bool;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<bool, DbError>> {
        tx.one_write();
        Box::pin(secrets::claim(tx, &self.0))
    }
}
