//! What an app that asks people itself holds between two steps: rows of `secrets`, each good once.

use crate::{BoxFuture, DbError, Tx, Unit, secrets};
use countersign_core::oauth::Client;
use countersign_core::oauth::challenge::{ChallengeRefused, usable};
use countersign_core::secret::kind;
use countersign_core::write::NewSecret;
use countersign_core::{Digest, Env};
use std::sync::Arc;

/// An auth session comes back: whoever gets the row goes on with it, once.
pub struct TakeAuthSession {
    /// Time.
    pub env: Env,
    /// What was presented.
    pub digest: Digest<kind::AuthSession>,
    /// By whom.
    pub client: Arc<Client>,
}

impl Unit for TakeAuthSession {
    type Out = Result<NewSecret, ChallengeRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let found = crate::login::mailed::find(tx, &self.digest).await?;
            let row = match usable(found.as_ref(), &self.client, &ctx) {
                Ok(row) => row.clone(),
                Err(refused) => return Ok(Err(refused)),
            };
            // The returned row is the lock: of two at once, one goes on.
            Ok(secrets::spend(tx, &self.digest, ctx.now).await?.map(|_| row).ok_or(ChallengeRefused::Session))
        })
    }
}
