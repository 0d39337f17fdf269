//! RFC 6749 6.

use countersign_core::Env;
use countersign_core::oauth::AuthenticatedClient;
use countersign_core::oauth::token::{Granted, RefreshRefused, RefreshRequest, refresh};

use crate::account::identities;
use crate::apply::{Decided, settle};
use crate::session::grants;
use crate::{BoxFuture, DbError, Tx, Unit};

/// Refreshes: one SELECT and one guarded UPDATE. A forged token asks nothing of the database.
pub struct Refresh {
    /// Time, chance and policy.
    pub env: Env,
    /// Who asks.
    pub client: AuthenticatedClient,
    /// What.
    pub request: RefreshRequest,
}

impl Unit for Refresh {
    type Out = Decided<Granted, RefreshRefused>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let mut found = match &self.request.token {
                Some(token) => grants::find(tx, token.family()).await?,
                None => None,
            };
            if let Some(found) = &mut found {
                let wanted = &self.env.policy.federated;
                found.holder.federated = identities::federated(tx, found.holder.id, wanted).await?;
            }
            let outcome = refresh(&self.client, &self.request, found, &self.env.ctx());
            settle(tx, &self.env, outcome).await
        })
    }
}
