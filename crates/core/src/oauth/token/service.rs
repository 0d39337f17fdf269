//! RFC 6749 4.4: a client acts for itself. Nothing is read and nothing written.

use super::claims::{AccessClaims, Audience, Granted, jti};
use super::{ServiceRefused, ServiceRequest, narrow, or_default};
use crate::Ctx;
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::{Client, Scope};

/// Scopes that speak of a person.
pub(super) const PERSONAL: [&str; 6] = ["openid", "offline_access", "profile", "email", "address", "phone"];

/// A token for the client itself: `sub` is the client, and there is neither refresh nor ID token.
pub fn service_token(
    client: &AuthenticatedClient,
    request: &ServiceRequest,
    ctx: &Ctx<'_>,
) -> Result<Granted, ServiceRefused> {
    let client = client.client();
    if client.is_public() {
        return Err(ServiceRefused::Public);
    }
    let scope = scope(client, request.scope.as_ref())?;
    // With two audiences, either could present the token at the other and pose as this client there.
    if request.resources.iter().any(|resource| Some(resource) != request.resources.first()) {
        return Err(ServiceRefused::TwoTargets);
    }
    let resources = if request.resources.is_empty() {
        or_default(&[], client)
    } else {
        let mut asked = narrow(&client.resources, &request.resources).ok_or(ServiceRefused::Resource)?;
        asked.truncate(1);
        asked
    };
    let access = AccessClaims {
        iss: ctx.policy.issuer.clone(),
        sub: client.id.as_str().to_owned(),
        aud: Audience::of(resources, &scope, ctx),
        exp: (ctx.now + ctx.policy.lifetimes.access_token).seconds(),
        iat: ctx.now.seconds(),
        jti: jti(ctx),
        client_id: client.id.clone(),
        scope,
        auth_time: None,
        acr: None,
        amr: Vec::new(),
        sid: None,
        gid: None,
        act: None,
        via: Vec::new(),
    };
    Ok(Granted { access, refresh_token: None, id_token: None, flow: None })
}

fn scope(client: &Client, asked: Option<&Scope>) -> Result<Scope, ServiceRefused> {
    match asked {
        None => Ok(PERSONAL.iter().fold(client.scope.clone(), |scope, personal| scope.without(personal))),
        Some(asked) if !asked.within(&client.scope) => Err(ServiceRefused::Scope),
        Some(asked) if PERSONAL.iter().any(|personal| asked.has(personal)) => Err(ServiceRefused::Scope),
        Some(asked) => Ok(asked.clone()),
    }
}
