//! OpenID Connect Core 3.1.3.7: what an ID token must say before anybody is signed in by it. Its signature is checked
//! before.

use super::Provider;
use super::kind::{Endpoints, Source, TENANT, issuer_fits, microsoft_tenant_allowed};
use crate::Ctx;
use serde_json::{Map, Value};

/// Which check an ID token failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum IdTokenRefused {
    #[error("the ID token was made by another issuer")]
    Issuer,
    #[error("the ID token's tenant is not the one of its issuer, or may not come in here")]
    Tenant,
    #[error("the ID token is meant for somebody else")]
    Audience,
    #[error("the ID token was given to another party")]
    AuthorizedParty,
    #[error("the ID token has expired")]
    Expired,
    #[error("the ID token is from the future")]
    Early,
    #[error("the ID token does not answer this question")]
    Nonce,
    #[error("the ID token names nobody")]
    Subject,
}

impl IdTokenRefused {
    /// The stable name of the check, for trace and log.
    pub const fn check(self) -> &'static str {
        match self {
            Self::Issuer => "id_token_iss",
            Self::Tenant => "id_token_tid",
            Self::Audience => "id_token_aud",
            Self::AuthorizedParty => "id_token_azp",
            Self::Expired => "id_token_exp",
            Self::Early => "id_token_iat",
            Self::Nonce => "id_token_nonce",
            Self::Subject => "id_token_sub",
        }
    }
}

/// Checks the claims, and says who vouches, with the tenant in place.
pub fn check(
    ctx: &Ctx<'_>,
    claims: &Map<String, Value>,
    provider: &Provider,
    endpoints: &Endpoints,
    nonce: &str,
) -> Result<String, IdTokenRefused> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| claims.get(name).and_then(Value::as_i64);
    // 1. Who.
    let issuer = text("iss").ok_or(IdTokenRefused::Issuer)?;
    let alias = provider.kind.aliases().contains(&issuer) && endpoints.issuer.ends_with(issuer);
    if !issuer_fits(&endpoints.issuer, issuer) && !alias {
        return Err(IdTokenRefused::Issuer);
    }
    if endpoints.issuer.contains(TENANT) {
        // Any tenant may make a token: whose it is must stand in both places.
        let tid = text("tid").ok_or(IdTokenRefused::Tenant)?;
        if endpoints.issuer.replace(TENANT, tid) != issuer {
            return Err(IdTokenRefused::Tenant);
        }
        if let Source::Discovery { document, .. } = &provider.source
            && !microsoft_tenant_allowed(document.as_str(), tid)
        {
            return Err(IdTokenRefused::Tenant);
        }
    }
    // 2. For whom. Beside us nobody is trusted, so where others are named, it must say that it was given to us.
    let (ours, others) = match claims.get("aud") {
        Some(Value::String(one)) => (*one == provider.client_id, false),
        Some(Value::Array(all)) => {
            (all.iter().any(|it| it.as_str() == Some(&provider.client_id)), all.len() > 1)
        }
        Some(_) | None => (false, false),
    };
    if !ours {
        return Err(IdTokenRefused::Audience);
    }
    match claims.get("azp") {
        Some(azp) if azp.as_str() != Some(&provider.client_id) => {
            return Err(IdTokenRefused::AuthorizedParty);
        }
        None if others => return Err(IdTokenRefused::AuthorizedParty),
        Some(_) | None => {}
    }
    // 3. When.
    let leeway = ctx.policy.lifetimes.leeway;
    if time("exp").is_none_or(|exp| exp <= (ctx.now - leeway).seconds()) {
        return Err(IdTokenRefused::Expired);
    }
    let latest = (ctx.now + leeway).seconds();
    if time("iat").is_none_or(|iat| iat > latest) || time("nbf").is_some_and(|nbf| nbf > latest) {
        return Err(IdTokenRefused::Early);
    }
    // 4. To which question. One without a nonce answers none.
    if text("nonce") != Some(nonce) {
        return Err(IdTokenRefused::Nonce);
    }
    if text("sub").and_then(super::answer::subject).is_none() {
        return Err(IdTokenRefused::Subject);
    }
    Ok(if alias { endpoints.issuer.clone() } else { issuer.to_owned() })
}
