//! RFC 7009.

use countersign_core::oauth::AuthenticatedClient;
use countersign_core::oauth::revoke::{revoke_grant, revoke_service_token, revoked_digest};
use countersign_core::oauth::token::AccessToken;
use countersign_core::session::revocations::{audiences, gather};
use countersign_core::{Env, Id, id};
use std::convert::Infallible;

use super::introspect::listed;
use crate::apply::{Decided, settle};
use crate::session::{endings, grants};
use crate::{BoxFuture, DbError, Tx, Unit, params};

/// Ends the grant behind a genuine refresh or access token, if it is the caller's.
pub struct RevokeGrant {
    /// Time, chance and policy.
    pub env: Env,
    /// Who asks.
    pub client: AuthenticatedClient,
    /// The grant that the token names.
    pub family: Id<id::Family>,
}

impl Unit for RevokeGrant {
    type Out = Decided<(), Infallible>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let found = grants::find(tx, self.family).await?;
            let family = found.as_ref().map(|grant| &grant.family);
            let owned = match family {
                Some(family) => tx.one(&OWNED, params![family.session]).await?.is_some(),
                None => false,
            };
            settle(tx, &self.env, revoke_grant(&self.client, family, owned, &self.env.ctx())).await
        })
    }
}

crate::queries! {
    OWNED = "SELECT id FROM sessions WHERE id = $1 AND owned = 1 AND ended_at IS NULL";
}

/// Lists a client's own token, or one that it exchanged, as revoked.
pub struct RevokeServiceToken {
    /// Time, chance and policy.
    pub env: Env,
    /// Who asks.
    pub client: AuthenticatedClient,
    /// Which.
    pub token: AccessToken,
}

impl Unit for RevokeServiceToken {
    type Out = Decided<(), Infallible>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let listed = listed(tx, &[revoked_digest(&self.token.claims().jti, &ctx)]).await?;
            let outcome = revoke_service_token(&self.client, &self.token, listed, &ctx);
            // A service's own token has no session, and the stream no name for it.
            let claims = self.token.claims();
            let told = match (outcome.writes.is_empty(), claims.sid) {
                (false, Some(sid)) => gather([(sid, audiences(&claims.aud))]),
                (true, _) | (false, None) => Vec::new(),
            };
            let decided = settle(tx, &self.env, outcome).await?;
            endings::record(tx, &told, self.env.now).await?;
            Ok(decided)
        })
    }
}
