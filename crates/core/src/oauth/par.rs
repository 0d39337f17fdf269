//! RFC 9126: pushed authorization requests.

use super::authorize::{ReadHint, of_client, signs_in};
use super::refusal::{AuthorizeRefused, PageRefusal};
use super::{AuthenticatedClient, AuthorizationRequest, Client, Params, PushedAs, redirect};
use crate::secret::kind;
use crate::write::NewSecret;
use crate::{ClientId, Ctx, Digest, Id, Outcome, Party, Plain, Timestamp, TraceStep, Write, id};
use serde::Serialize;
use serde_json::Value;

/// RFC 9126 2.2: what every `request_uri` of ours begins with.
pub const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";

/// RFC 9126 2.2: the answer, with status 201.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pushed {
    /// To be sent to the authorization endpoint with the `client_id`.
    pub request_uri: String,
    /// Seconds until it must have arrived there.
    pub expires_in: u64,
}

/// The row of a pushed request.
#[derive(Debug, Clone)]
pub struct FoundPushed {
    /// Its digest.
    pub digest: Digest<kind::Par>,
    /// Who pushed it.
    pub client: Option<ClientId>,
    /// The flow that began with it.
    pub flow: Option<Id<id::Flow>>,
    /// What was pushed, checked then.
    pub request: Value,
    /// When.
    pub created_at: Timestamp,
    /// When it led to an answer.
    pub spent_at: Option<Timestamp>,
}

/// RFC 9126 2.1: all the checks of the authorization endpoint, for a client that has authenticated. `flow` begins
/// here: what opens the request later goes on under its id.
pub fn push(
    params: &Params<'_>,
    client: &AuthenticatedClient,
    read_hint: ReadHint<'_>,
    flow: Id<id::Flow>,
    ctx: &Ctx<'_>,
) -> Outcome<Pushed, AuthorizeRefused> {
    let client = client.client();
    match checked(params, client, read_hint) {
        Ok(request) => store(&request, client, flow, ctx),
        Err(refused) => Outcome::refuse(refused),
    }
}

fn checked(
    params: &Params<'_>,
    client: &Client,
    read_hint: ReadHint<'_>,
) -> Result<AuthorizationRequest, AuthorizeRefused> {
    if params.one("request_uri").is_some() {
        return Err(AuthorizeRefused::Page(PageRefusal::RequestUriInPush));
    }
    if params.one("client_id").is_some_and(|named| named != client.id.as_str()) {
        return Err(AuthorizeRefused::Page(PageRefusal::PushForOther(client.id.clone())));
    }
    signs_in(client).map_err(AuthorizeRefused::Page)?;
    of_client(params, client, read_hint)
}

fn store(
    request: &AuthorizationRequest,
    client: &Client,
    flow: Id<id::Flow>,
    ctx: &Ctx<'_>,
) -> Outcome<Pushed, AuthorizeRefused> {
    let handle = Plain::<kind::Par>::mint(ctx);
    let lifetimes = &ctx.policy.lifetimes;
    // It may be opened for `par`; the row stays as long as a flow that began with it, which spends it at its end.
    let row = NewSecret::of(&handle.digest(ctx), ctx.now, lifetimes.par + lifetimes.flow)
        .client(Some(client.id.clone()))
        .flow(flow)
        .payload(serde_json::to_value(request).unwrap_or_default());
    let pushed = Pushed {
        request_uri: format!("{REQUEST_URI}{}", handle.expose()),
        expires_in: lifetimes.par.as_secs(),
    };
    let asked = TraceStep::new(flow, ctx.now, Party::App, Party::Countersign, "POST /par");
    let told = TraceStep::new(flow, ctx.now, Party::Countersign, Party::App, "request_uri");
    let life = format!("to be used within {} s", lifetimes.par.as_secs());
    Outcome::reply(pushed)
        .write(Write::InsertSecret(Box::new(row)))
        .trace(asked.client(&client.id).detail(request.outline()))
        .trace(told.client(&client.id).detail(life))
}

/// Is this `request_uri` one of ours? Then this is what its row is found by.
pub fn digest(request_uri: &str, ctx: &Ctx<'_>) -> Option<Digest<kind::Par>> {
    let handle = request_uri.strip_prefix(REQUEST_URI)?;
    (handle.len() <= 100).then(|| Plain::presented(handle).digest(ctx))
}

/// RFC 9126 4: the request behind a `request_uri`. It may be opened again (reload) until an answer was given.
/// `client` is the one that `client_id` names, as registered now.
pub fn open(
    found: Option<FoundPushed>,
    client: Option<&Client>,
    ctx: &Ctx<'_>,
) -> Result<AuthorizationRequest, PageRefusal> {
    let client = client.filter(|it| !it.disabled).ok_or(PageRefusal::ClientUnknown)?;
    let id = || client.id.clone();
    let found = found.ok_or(PageRefusal::PushedUnknown)?;
    // before anything else is said of it.
    if found.client.as_ref() != Some(&client.id) {
        return Err(PageRefusal::PushedForeign(id()));
    }
    if found.spent_at.is_some() {
        return Err(PageRefusal::PushedUsed(id()));
    }
    if ctx.now >= found.created_at + ctx.policy.lifetimes.par {
        return Err(PageRefusal::PushedExpired(id()));
    }
    let mut request: AuthorizationRequest =
        serde_json::from_value(found.request).map_err(|_| PageRefusal::PushedUnknown)?;
    if !client.redirect_uris.iter().any(|uri| redirect::matches(uri, request.return_to.redirect_uri())) {
        return Err(PageRefusal::RedirectNotRegistered(id()));
    }
    let flow = found.flow.ok_or(PageRefusal::PushedUnknown)?;
    request.pushed = Some(PushedAs { digest: found.digest, flow });
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;
    use crate::oauth::RequestRefusal;
    use crate::oauth::authorize::tests::{compat, query, spa};
    use std::sync::Arc;
    use std::time::Duration;

    fn push_as(
        client: &Client,
        changes: &[(&str, &str)],
        ctx: &Ctx<'_>,
    ) -> Outcome<Pushed, AuthorizeRefused> {
        let query = query(changes);
        let client = AuthenticatedClient::proved(Arc::new(client.clone()));
        push(&Params::parse(query.as_bytes()).unwrap(), &client, &|_| None, Id::new(ctx), ctx)
    }
    fn found(outcome: &Outcome<Pushed, AuthorizeRefused>) -> FoundPushed {
        let [Write::InsertSecret(row)] = outcome.writes.as_slice() else { panic!("one row") };
        FoundPushed {
            digest: Digest::from_bytes(&row.digest).unwrap(),
            client: row.client.clone(),
            flow: row.flow,
            request: row.payload.clone(),
            created_at: row.created_at,
            spent_at: None,
        }
    }

    #[test]
    fn a_pushed_request_is_opened_by_its_client_until_it_expires() {
        let mut fixed = Fixed::new();
        let outcome = push_as(&spa(), &[], &fixed.ctx());
        let pushed = outcome.result.as_ref().unwrap();
        assert_eq!(pushed.expires_in, 90);
        let row = found(&outcome);
        assert_eq!(digest(&pushed.request_uri, &fixed.ctx()), Some(row.digest));
        let opened = open(Some(row.clone()), Some(&spa()), &fixed.ctx()).unwrap();
        assert_eq!(opened.return_to.state(), Some("xyz"));
        assert_eq!(opened.pushed, Some(PushedAs { digest: row.digest, flow: row.flow.unwrap() }));
        assert_eq!(outcome.trace[0].flow, row.flow.unwrap(), "the push is the flow's first line");
        // Reload before the answer is fine.
        assert!(open(Some(row.clone()), Some(&spa()), &fixed.ctx()).is_ok());
        fixed.now += Duration::from_secs(90);
        let expired = PageRefusal::PushedExpired(spa().id);
        assert_eq!(open(Some(row), Some(&spa()), &fixed.ctx()), Err(expired));
    }

    #[test]
    fn foreign_used_unknown_and_outdated_requests_are_refused() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let row = found(&push_as(&spa(), &[], &ctx));
        let id = spa().id;
        let other = Client { id: ClientId::parse("other").unwrap(), ..spa() };
        assert_eq!(open(Some(row.clone()), Some(&other), &ctx), Err(PageRefusal::PushedForeign(other.id)));
        let used = FoundPushed { spent_at: Some(ctx.now), ..row.clone() };
        assert_eq!(open(Some(used), Some(&spa()), &ctx), Err(PageRefusal::PushedUsed(id.clone())));
        assert_eq!(open(None, Some(&spa()), &ctx), Err(PageRefusal::PushedUnknown));
        assert_eq!(open(Some(row.clone()), None, &ctx), Err(PageRefusal::ClientUnknown));
        let moved = Client { redirect_uris: vec!["https://new.example/".to_owned()], ..spa() };
        assert_eq!(open(Some(row), Some(&moved), &ctx), Err(PageRefusal::RedirectNotRegistered(id)));
    }

    #[test]
    fn a_push_is_checked_like_a_request() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let refused = |client: &Client, changes: &[(&str, &str)]| {
            let outcome = push_as(client, changes, &ctx);
            assert!(outcome.writes.is_empty());
            outcome.result.unwrap_err()
        };
        let code = |client: &Client, changes: &[(&str, &str)]| refused(client, changes).code();
        assert_eq!(code(&spa(), &[("redirect_uri", "https://evil.test/")]), "invalid_request");
        assert_eq!(code(&spa(), &[("code_challenge", "")]), "invalid_request");
        assert_eq!(code(&spa(), &[("code_challenge_method", "plain")]), "invalid_request");
        assert_eq!(
            code(&spa(), &[("request_uri", "urn:ietf:params:oauth:request_uri:x")]),
            "invalid_request"
        );
        assert_eq!(code(&spa(), &[("client_id", "other")]), "invalid_request");
        assert!(matches!(
            refused(&compat(), &[("request", "eyJ")]),
            AuthorizeRefused::App(_, RequestRefusal::RequestObject)
        ));
        // The authenticated client need not name itself again.
        assert!(push_as(&compat(), &[("client_id", "")], &ctx).result.is_ok());
    }

    #[test]
    fn only_our_own_urns_are_looked_up() {
        let fixed = Fixed::new();
        assert!(digest("https://app.example/request", &fixed.ctx()).is_none());
        assert!(digest(&format!("{REQUEST_URI}{}", "x".repeat(101)), &fixed.ctx()).is_none());
    }
}
