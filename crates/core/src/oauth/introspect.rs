//! RFC 7662: what a token is worth, told to those whom it concerns.

use super::client_auth::AuthenticatedClient;
use super::token::{AccessClaims, AccessToken, Actor, Audience};
use super::userinfo::issued_from;
use super::{Registry, Resource, Scope};
use crate::session::{Grant, Holder, RefreshToken};
use crate::{ClientId, Ctx, Timestamp};
use serde::Serialize;

/// RFC 7662 2.2. An inactive token says nothing else: not why, not whose it was.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[allow(missing_docs)] // named by the standard
pub struct Introspection {
    pub active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// Only for a resource the token is meant for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<Audience>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// RFC 8693 7.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
}

/// RFC 9701 5: the same, for who must be able to show later what it was told. `sub` and `exp` stand inside only, and `typ`
/// says what it is, so that it passes for no token.
#[derive(Debug, Serialize)]
#[allow(missing_docs)] // named by the standard
pub struct SignedIntrospection<'a> {
    pub iss: &'a str,
    pub aud: &'a ClientId,
    pub iat: i64,
    pub token_introspection: &'a Introspection,
}

impl<'a> SignedIntrospection<'a> {
    /// RFC 9701 5: the header's `typ`.
    pub const TYP: &'static str = "token-introspection+jwt";
    /// RFC 9701 4: what `Accept` asks for and `Content-Type` says.
    pub const MEDIA_TYPE: &'static str = "application/token-introspection+jwt";

    /// For this caller, now.
    pub fn new(caller: &'a AuthenticatedClient, told: &'a Introspection, ctx: &'a Ctx<'_>) -> Self {
        let aud = &caller.client().id;
        Self { iss: &ctx.policy.issuer, aud, iat: ctx.now.seconds(), token_introspection: told }
    }
    /// The payload.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// What the token hangs on, as read in one question.
#[derive(Debug)]
pub enum Behind {
    /// A person's grant, if it is still there.
    Grant(Option<Box<Grant>>),
    /// A token that a service exchanged: what it hangs on, and whether a service on the way to it has revoked its own.
    Exchanged {
        /// The grant it began with, if it is still there.
        grant: Option<Box<Grant>>,
        /// Its `jti`, or that of a token that it was exchanged from, is in the list.
        revoked: bool,
    },
    /// A client's own token: was it revoked before its time?
    Service {
        /// Its `jti` is in the list.
        revoked: bool,
    },
}

impl Behind {
    /// Does all of it still stand?
    pub(in crate::oauth) fn stands(
        &self,
        token: &AccessToken,
        registry: &impl Registry,
        ctx: &Ctx<'_>,
    ) -> bool {
        let claims = token.claims();
        match self {
            // What was exchanged is asked for as such: here its revocation was not looked up.
            Self::Grant(Some(grant)) => claims.act.is_none() && issued_from(token, registry, grant, ctx),
            Self::Exchanged { grant: Some(grant), revoked } => {
                !revoked && issued_from(token, registry, grant, ctx)
            }
            Self::Grant(None) | Self::Exchanged { grant: None, .. } => false,
            // A token of a person that has lost its grant must not pass for a client's own.
            Self::Service { revoked } => {
                registry.enabled(&claims.client_id) && !revoked && claims.gid.is_none()
            }
        }
    }

    /// The grant of a person, if there is one.
    pub fn grant(&self) -> Option<&Grant> {
        match self {
            Self::Grant(grant) | Self::Exchanged { grant, .. } => grant.as_deref(),
            Self::Service { .. } => None,
        }
    }
}

/// Answers about an access token whose signature and time were checked.
///
/// DESIGN 5: the token's own client may ask, and a client that a resource in `aud` lists. RFC 9701 5, RFC 7662 2.2: a
/// resource is told of itself: the scopes it knows and its own name in `aud`, not what else the app may do, and where.
pub fn introspect(
    caller: &AuthenticatedClient,
    token: &AccessToken,
    behind: &Behind,
    registry: &impl Registry,
    ctx: &Ctx<'_>,
) -> Introspection {
    let claims = token.claims();
    let served = registry.served(&caller.client().id, &claims.aud);
    let (for_resource, own) = (!served.is_empty(), claims.client_id == caller.client().id);
    let alive = behind.stands(token, registry, ctx);
    let holder = behind.grant().map(|grant| &grant.holder);
    if !alive || !(for_resource || own) {
        return Introspection::default();
    }
    let (scope, aud) = match own {
        true => (claims.scope.clone(), claims.aud.clone()),
        false => concerning(&served, claims),
    };
    Introspection {
        active: true,
        scope: Some(scope).filter(|it| !it.is_empty()),
        client_id: Some(claims.client_id.clone()),
        username: holder.filter(|_| for_resource).and_then(|it| username(it, &claims.scope)),
        token_type: Some("Bearer"),
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        sub: Some(claims.sub.clone()),
        aud: Some(aud),
        iss: Some(claims.iss.clone()),
        jti: Some(claims.jti.clone()),
        auth_time: claims.auth_time,
        acr: claims.acr.clone(),
        amr: claims.amr.clone(),
        sid: claims.sid.map(|sid| sid.to_string()),
        act: claims.act.clone(),
    }
}

/// What of a token's scope and audience is these resources' business.
fn concerning(served: &[&Resource], claims: &AccessClaims) -> (Scope, Audience) {
    let known = served.iter().fold(Scope::default(), |known, it| known.union(&it.scope));
    let aud = served.iter().map(|it| it.identifier.clone()).collect();
    (claims.scope.intersect(&known), Audience::only(aud))
}

/// Answers about a genuine refresh token: to its own client only, and only while it would be taken.
pub fn introspect_refresh(
    caller: &AuthenticatedClient,
    token: &RefreshToken,
    grant: Option<&Grant>,
    ctx: &Ctx<'_>,
) -> Introspection {
    let Some(grant) = grant else { return Introspection::default() };
    let family = &grant.family;
    let lifetimes = &ctx.policy.lifetimes;
    let life = caller.client().refresh_life(lifetimes);
    let until = life.end(family).min(family.used_at + life.idle);
    let taken = family.refresh.as_ref().is_some_and(|state| {
        let digest = token.digest();
        let previous = state.previous.as_ref();
        digest == state.current
            || previous.is_some_and(|it| {
                digest == it.digest && ctx.now.since(it.rotated_at) <= lifetimes.refresh_grace
            })
    });
    if family.client != caller.client().id || !taken || ctx.now >= until || grant.alive(ctx).is_err() {
        return Introspection::default();
    }
    let seconds = |at: Timestamp| Some(at.seconds());
    Introspection {
        active: true,
        scope: Some(family.scope.clone()),
        client_id: Some(family.client.clone()),
        exp: seconds(until),
        iat: seconds(family.created_at),
        sub: Some(grant.holder.subject.as_str().to_owned()),
        iss: Some(ctx.policy.issuer.clone()),
        sid: Some(family.session.to_string()),
        ..Introspection::default()
    }
}

/// RFC 7662 2.2: readable for people. An address only where the person let the app see it.
fn username(holder: &Holder, granted: &Scope) -> Option<String> {
    let address =
        || holder.email.as_ref().filter(|_| granted.has("email")).map(|(address, _)| address.clone());
    holder.claims.preferred_username.clone().or_else(address)
}
