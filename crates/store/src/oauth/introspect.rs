//! What a token hangs on: one question, nothing written.

use countersign_core::oauth::introspect::Behind;
use countersign_core::oauth::revoke::{by_itself, revoked_digest};
use countersign_core::oauth::token::AccessToken;
use countersign_core::session::Grant;
use countersign_core::{Ctx, Digest, Id, id, secret::kind};

use crate::session::grants;
use crate::{BoxFuture, DbError, Tx, Unit, secrets};

/// The grant of a token, for userinfo and for refresh tokens.
pub struct FindGrant(pub Id<id::Family>);

impl Unit for FindGrant {
    type Out = Option<Grant>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(grants::find(tx, self.0))
    }
}

/// What an access token hangs on: its grant, or the list of revoked ones.
pub enum FindBehind {
    /// A token of a person.
    Grant(Id<id::Family>),
    /// A token that a service exchanged: both.
    Exchanged(Id<id::Family>, [u8; 33]),
    /// A client's own token, by the digest of its `jti`.
    Service([u8; 33]),
}

impl FindBehind {
    /// What this token hangs on.
    pub fn of(token: &AccessToken, ctx: &Ctx<'_>) -> Self {
        let claims = token.claims();
        let digest = || revoked_digest(&claims.jti, ctx);
        match (claims.gid, by_itself(token)) {
            (Some(family), false) => Self::Grant(family),
            (Some(family), true) => Self::Exchanged(family, digest()),
            (None, _) => Self::Service(digest()),
        }
    }
}

impl Unit for FindBehind {
    type Out = Behind;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            Ok(match self {
                Self::Grant(family) => Behind::Grant(grants::find(tx, *family).await?.map(Box::new)),
                Self::Exchanged(family, digest) => Behind::Exchanged {
                    grant: grants::find(tx, *family).await?.map(Box::new),
                    revoked: listed(tx, digest).await?,
                },
                Self::Service(digest) => Behind::Service { revoked: listed(tx, digest).await? },
            })
        })
    }
}

/// Is this `jti` listed as revoked?
pub(super) async fn listed(tx: &mut Tx<'_>, digest: &[u8; 33]) -> Result<bool, DbError> {
    let digest: Digest<kind::RevokedToken> =
        Digest::from_bytes(digest).ok_or_else(|| DbError::Bug("a digest has 33 bytes".to_owned()))?;
    Ok(secrets::find(tx, &digest).await?.is_some())
}
