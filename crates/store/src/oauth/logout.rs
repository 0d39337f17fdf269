//! RP-initiated logout: the session behind the cookie ends, if it still is the one that was meant.

use crate::login::sessions;
use crate::{BoxFuture, DbError, Tx, Unit, settle};
use countersign_core::oauth::logout;
use countersign_core::secret::kind;
use countersign_core::{Digest, Env, Id, TraceStep, id};

/// Ends a session, and says what the flow trace records. Idempotent: one that has ended, or another one behind the
/// cookie, is left alone.
pub struct SignOut {
    /// Time and chance.
    pub env: Env,
    /// The session cookie.
    pub cookie: Digest<kind::Session>,
    /// Which session the app or the person meant.
    pub session: Id<id::Session>,
    /// The flow that it belongs to.
    pub flow: Id<id::Flow>,
}

impl Unit for SignOut {
    type Out = Vec<TraceStep>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let found = sessions::find(tx, &self.cookie).await?;
            let here = found.and_then(|found| found.live(&ctx).ok());
            let Some(here) = here.filter(|it| it.session().id == self.session) else {
                return Ok(Vec::new());
            };
            Ok(settle(tx, &self.env, logout::end(&here, self.flow, &ctx)).await?.trace)
        })
    }
}
