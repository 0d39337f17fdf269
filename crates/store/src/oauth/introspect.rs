//! What a token hangs on: one question, nothing written.

use countersign_core::oauth::introspect::Behind;
use countersign_core::oauth::revoke::{by_itself, revoked_with};
use countersign_core::oauth::token::AccessToken;
use countersign_core::oauth::token::delegation::MOST_ACTORS;
use countersign_core::session::Grant;
use countersign_core::{Ctx, Id, Policy, SecretKind, id};
use std::sync::Arc;

use crate::account::identities;
use crate::session::grants;
use crate::{BoxFuture, DbError, Tx, Unit, params};

/// The grant of a token.
pub struct FindGrant(pub Id<id::Family>);

impl Unit for FindGrant {
    type Out = Option<Grant>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(grants::find(tx, self.0))
    }
}

/// The same for userinfo, which also tells who the person is at providers.
pub struct FindGrantTold(pub Id<id::Family>, pub Arc<Policy>);

impl Unit for FindGrantTold {
    type Out = Option<Grant>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let mut found = grants::find(tx, self.0).await?;
            if let Some(found) = &mut found {
                found.holder.federated =
                    identities::federated(tx, found.holder.id, &self.1.federated).await?;
            }
            Ok(found)
        })
    }
}

/// What an access token hangs on: its grant, or the list of revoked ones.
pub enum FindBehind {
    /// A token of a person.
    Grant(Id<id::Family>),
    /// A token that a service exchanged: both, with the digests of all `jti` on the way to it.
    Exchanged(Id<id::Family>, Vec<[u8; 33]>),
    /// A client's own token, by the digest of its `jti`.
    Service(Vec<[u8; 33]>),
}

impl FindBehind {
    /// What this token hangs on.
    pub fn of(token: &AccessToken, ctx: &Ctx<'_>) -> Self {
        let claims = token.claims();
        let digests = || revoked_with(token, ctx);
        match (claims.gid, by_itself(token)) {
            (Some(family), false) => Self::Grant(family),
            (Some(family), true) => Self::Exchanged(family, digests()),
            (None, _) => Self::Service(digests()),
        }
    }
}

impl Unit for FindBehind {
    type Out = Behind;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            Ok(match self {
                Self::Grant(family) => Behind::Grant(grants::find(tx, *family).await?.map(Box::new)),
                Self::Exchanged(family, digests) => Behind::Exchanged {
                    grant: grants::find(tx, *family).await?.map(Box::new),
                    revoked: listed(tx, digests).await?,
                },
                Self::Service(digests) => Behind::Service { revoked: listed(tx, digests).await? },
            })
        })
    }
}

/// Is one of these listed as revoked? One question for all that a chain of exchanges can be made of.
pub(super) async fn listed(tx: &mut Tx<'_>, digests: &[[u8; 33]]) -> Result<bool, DbError> {
    for part in digests.chunks(MOST_ACTORS) {
        let [first, rest @ ..] = part else { continue };
        let other = |at: usize| rest.get(at).unwrap_or(first);
        let params = params![SecretKind::RevokedToken, first, other(0), other(1), other(2)];
        if !tx.rows(&LISTED, params).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

const _: () = assert!(MOST_ACTORS == 4, "LISTED has a place for each");

crate::queries! {
    LISTED = "SELECT digest FROM secrets WHERE kind = $1 AND digest IN ($2, $3, $4, $5)";
}
