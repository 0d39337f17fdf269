//! Who may use the account API: the person's own access token, given to a client that is registered for it.

use super::Registry;
use super::token::AccessToken;
use super::userinfo::issued_from;
use crate::session::Grant;
use crate::{Ctx, Id, id};

/// The scope that opens the account. It is granted to clients that are registered with it and ask for it by name.
pub const SCOPE: &str = "account";

/// RFC 6750 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountApiRefused {
    /// `invalid_token`.
    #[error("the access token's grant, session, account or client is no longer good")]
    Dead,
    /// `invalid_token`: RFC 9068 4, the token is for somebody else.
    #[error("the access token is not for this issuer")]
    OtherAudience,
    /// `invalid_token`: a service that acts for a person does not govern the account.
    #[error("the access token was exchanged")]
    Exchanged,
    /// `insufficient_scope`.
    #[error("the access token has no scope account")]
    NoScope,
}

/// The grant by which the caller acts, for a token whose signature and time were checked.
pub fn admit(
    token: &AccessToken,
    registry: &impl Registry,
    grant: Option<&Grant>,
    ctx: &Ctx<'_>,
) -> Result<Id<id::Family>, AccountApiRefused> {
    let claims = token.claims();
    if !claims.scope.has(SCOPE) {
        return Err(AccountApiRefused::NoScope);
    }
    if !claims.aud.is_only(&ctx.policy.issuer) {
        return Err(AccountApiRefused::OtherAudience);
    }
    if claims.act.is_some() {
        return Err(AccountApiRefused::Exchanged);
    }
    let grant = grant.filter(|grant| issued_from(token, registry, grant, ctx));
    let grant = grant.ok_or(AccountApiRefused::Dead)?;
    // The operator may have taken the scope from the client since.
    let registered = registry.client(&claims.client_id).is_some_and(|it| it.scope.has(SCOPE));
    if registered { Ok(grant.family.id) } else { Err(AccountApiRefused::NoScope) }
}
