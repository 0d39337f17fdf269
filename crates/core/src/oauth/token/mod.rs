//! The token endpoint (RFC 6749 3.2): what is asked, each grant's decision, what is answered.

mod claims;
pub mod delegation;
pub mod device;
pub mod exchange;
pub mod refresh;
mod refusal;
mod request;
pub mod service;
/// What the client gets, for the trace: kinds and lives, never the tokens.
fn handed(granted: &Granted, family: &crate::session::Family, ctx: &crate::Ctx<'_>) -> crate::TraceStep {
    let mut what = vec!["access token"];
    what.extend(granted.id_token.is_some().then_some("ID token"));
    what.extend(granted.refresh_token.is_some().then_some("refresh token"));
    let life = granted.access.exp.saturating_sub(ctx.now.seconds());
    let parties = (crate::Party::Countersign, crate::Party::App);
    crate::TraceStep::new(family.flow, ctx.now, parties.0, parties.1, what.join(", "))
        .detail(format!("for {}; the access token lives {life} s", family.resources.join(" ")))
        .client(&family.client)
        .user(family.user)
}

#[cfg(test)]
mod tests;

pub use claims::{AccessClaims, AccessToken, Actor, Audience, Granted, IdClaims, TokenDead, at_hash};
pub use delegation::{PresentedToken, delegate};
pub use device::{FoundDevice, poll};
pub use exchange::{FoundCode, exchange};
pub use refresh::refresh;
pub use refusal::{
    AssertionRefused, ClientRefused, CodeRefused, DeviceRefused, ExchangeRefused, RefreshRefused,
    RequestRefused, ServiceRefused, TokenErrorCode, TokenRefused,
};
pub use request::{
    AssertionRequest, CodeRequest, DeviceCodeRequest, ExchangeRequest, GrantRequest, JWT_BEARER,
    RefreshRequest, ServiceRequest,
};
pub use service::service_token;

use super::Client;

/// RFC 8707 2.2: of what may be had, what is asked for; all of it if nothing is. `None` if more is asked for.
fn narrow(granted: &[String], asked: &[String]) -> Option<Vec<String>> {
    if asked.is_empty() {
        return Some(granted.to_vec());
    }
    asked.iter().all(|one| granted.contains(one)).then(|| asked.to_vec())
}

/// Of the resources of a grant, those that the client is still registered for. `None`: it had some, and none is
/// left; a token for the issuer alone would be something else than what was granted.
fn still(granted: &[String], client: &Client) -> Option<Vec<String>> {
    let left: Vec<String> = granted.iter().filter(|it| client.resources.contains(it)).cloned().collect();
    (granted.is_empty() || !left.is_empty()).then_some(left)
}

/// The resources of a grant that named none: the client's first.
fn or_default(resources: &[String], client: &Client) -> Vec<String> {
    if resources.is_empty() {
        client.resources.first().cloned().into_iter().collect()
    } else {
        resources.to_vec()
    }
}
