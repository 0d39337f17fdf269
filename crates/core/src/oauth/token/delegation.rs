//! RFC 8693: a service that was sent a person's token asks for one to another service, to act for that person there.

use super::claims::{AccessClaims, Actor, Audience, Granted, jti};
use super::service::PERSONAL;
use super::{AccessToken, ExchangeRefused, ExchangeRequest};
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::introspect::Behind;
use crate::oauth::{Client, Registry, Resource, Scope};
use crate::session::Grant;
use crate::{Ctx, Outcome, Party, TraceStep};

/// RFC 8693 2.1: what an access token is called there.
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Longest chain of services that hand a person's token on.
pub const MOST_ACTORS: usize = 4;

/// A token that came with the request, its signature and time checked, and what it hangs on.
#[derive(Debug)]
pub struct PresentedToken {
    /// What it says.
    pub token: AccessToken,
    /// What it hangs on.
    pub behind: Behind,
}

/// Exchanges a token.
///
/// What comes out is for one resource and no more: for two, either could present it at the other. It says who acts
/// (`act`), opens nothing that the subject token did not open, and lives no longer. It hangs on the same grant and on
/// every exchanged token on the way to it, and ends with the first of them. It never opens userinfo and never comes with a refresh token.
pub fn delegate(
    client: &AuthenticatedClient,
    request: &ExchangeRequest,
    subject: &PresentedToken,
    actor: Option<&PresentedToken>,
    registry: &impl Registry,
    ctx: &Ctx<'_>,
) -> Outcome<Granted, ExchangeRefused> {
    let client = client.client();
    let grant = subject.behind.grant();
    let step = grant.map(|grant| {
        let label = "POST /token to act for the person";
        TraceStep::new(grant.family.flow, ctx.now, Party::Resource, Party::Countersign, label)
            .client(&client.id)
            .user(grant.family.user)
    });
    match decide(client, request, subject, actor, registry, ctx) {
        Ok(granted) => {
            let detail = "the token is meant for this service, and asks for nothing wider";
            let steps = step.map(|step| step.detail(detail)).into_iter();
            let handed = grant.map(|grant| handed(&granted, grant, ctx));
            steps.chain(handed).fold(Outcome::reply(granted), Outcome::trace)
        }
        Err(refusal) => {
            let step = step.map(|step| step.refused(refusal.check(), refusal.to_string()));
            step.into_iter().fold(Outcome::refuse(refusal), Outcome::trace)
        }
    }
}

fn decide(
    client: &Client,
    request: &ExchangeRequest,
    subject: &PresentedToken,
    actor: Option<&PresentedToken>,
    registry: &impl Registry,
    ctx: &Ctx<'_>,
) -> Result<Granted, ExchangeRefused> {
    // 1. RFC 8693 2.1: whoever acts must be known; a public client has only named itself.
    if client.is_public() {
        return Err(ExchangeRefused::Public);
    }
    // 2. Was the token meant for this service? Otherwise a service could act with whatever it got hold of.
    let claims = subject.token.claims();
    if !registry.serves(&client.id, &claims.aud) {
        return Err(ExchangeRefused::SubjectAudience);
    }
    // 3. Is it a person's, and does all that it hangs on still stand?
    if claims.gid.is_none() {
        return Err(ExchangeRefused::SubjectNotPerson);
    }
    if !subject.behind.stands(&subject.token, registry, ctx) {
        return Err(ExchangeRefused::SubjectDead);
    }
    // 4. RFC 8693 2.1: the actor token says who acts, and that is the caller: none poses as another.
    if let Some(actor) = actor {
        own(client, actor, registry, ctx)?;
    }
    // 5. The chain has an end.
    let before = claims.act.as_ref();
    if before.map_or(0, |actor| actor.chain().count()) >= MOST_ACTORS {
        return Err(ExchangeRefused::TooDeep);
    }
    // 6. Where to, and for what?
    let target = target(client, request, registry)?;
    let scope = narrowed(request.scope.as_ref(), client, &claims.scope, target)?;
    let access = AccessClaims {
        iss: ctx.policy.issuer.clone(),
        sub: claims.sub.clone(),
        aud: Audience::of(vec![target.identifier.clone()], &scope, ctx),
        exp: (ctx.now + ctx.policy.lifetimes.access_token).seconds().min(claims.exp),
        iat: ctx.now.seconds(),
        jti: jti(ctx),
        client_id: client.id.clone(),
        scope,
        auth_time: claims.auth_time,
        acr: claims.acr.clone(),
        amr: claims.amr.clone(),
        sid: claims.sid,
        gid: claims.gid,
        act: Some(Actor { sub: client.id.clone(), act: before.cloned().map(Box::new) }),
        // What was not exchanged itself is revoked with its grant, and has no `jti` in the list.
        via: claims.via.iter().chain(before.map(|_| &claims.jti)).cloned().collect(),
    };
    let flow = subject.behind.grant().map(|grant| grant.family.flow);
    Ok(Granted { access, refresh_token: None, id_token: None, flow })
}

/// The caller's own token, from client_credentials or an assertion: nobody else's, and no person's.
fn own(
    client: &Client,
    actor: &PresentedToken,
    registry: &impl Registry,
    ctx: &Ctx<'_>,
) -> Result<(), ExchangeRefused> {
    let claims = actor.token.claims();
    if claims.client_id != client.id || claims.sub != client.id.as_str() || claims.gid.is_some() {
        return Err(ExchangeRefused::ActorOther);
    }
    match actor.behind.stands(&actor.token, registry, ctx) {
        true => Ok(()),
        false => Err(ExchangeRefused::ActorDead),
    }
}

/// RFC 8693 2.1: the one named by `resource` or `audience`, or the client's first.
fn target<'r>(
    client: &Client,
    request: &ExchangeRequest,
    registry: &'r impl Registry,
) -> Result<&'r Resource, ExchangeRefused> {
    let wanted = request.target.as_ref().or(client.exchange_resources.first());
    let allowed = wanted.filter(|wanted| client.exchange_resources.contains(wanted));
    allowed.and_then(|identifier| registry.resource(identifier)).ok_or(ExchangeRefused::Target)
}

/// Never more than the subject token opens, the client is registered for and the target knows. What is about signing
/// in (`openid`, `offline_access`, the person's data) stays with the app that the person signed in to.
fn narrowed(
    asked: Option<&Scope>,
    client: &Client,
    subject: &Scope,
    target: &Resource,
) -> Result<Scope, ExchangeRefused> {
    let most = subject.intersect(&client.scope).intersect(&target.scope);
    let most = PERSONAL.iter().fold(most, |scope, personal| scope.without(personal));
    match asked {
        // A resource that knows no scopes decides by who asks; for any other, a token without one opens nothing.
        None if most.is_empty() && !target.scope.is_empty() => Err(ExchangeRefused::Scope),
        None => Ok(most),
        Some(asked) if asked.within(&most) => Ok(asked.clone()),
        Some(_) => Err(ExchangeRefused::Scope),
    }
}

/// For the trace: what for, through whose hands, and how long; never the token.
fn handed(granted: &Granted, grant: &Grant, ctx: &Ctx<'_>) -> TraceStep {
    let access = &granted.access;
    let target = access.aud.iter().collect::<Vec<_>>().join(" ");
    let actors = access.act.iter().flat_map(Actor::chain).map(ToString::to_string).collect::<Vec<_>>();
    let life = access.exp.saturating_sub(ctx.now.seconds());
    let parties = (Party::Countersign, Party::Resource);
    TraceStep::new(grant.family.flow, ctx.now, parties.0, parties.1, "access token")
        .detail(format!(
            "for {target}, by {}; scope {}; lives {life} s",
            actors.join(" after "),
            access.scope
        ))
        .client(&access.client_id)
        .user(grant.family.user)
}
