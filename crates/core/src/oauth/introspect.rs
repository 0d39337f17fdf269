//! RFC 7662: what a token is worth, told to those whom it concerns.

use super::client_auth::AuthenticatedClient;
use super::token::{AccessToken, Audience};
use super::userinfo::issued_from;
use super::{Client, Resource, Scope};
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
}

/// What the token hangs on, as read in one question.
#[derive(Debug)]
pub enum Behind {
    /// A person's grant, if it is still there.
    Grant(Option<Box<Grant>>),
    /// A client's own token: was it revoked before its time?
    Service {
        /// Its `jti` is in the list.
        revoked: bool,
    },
}

/// Answers about an access token whose signature and time were checked. `issued_to` is the token's client as it
/// is registered now.
///
/// DESIGN 5: the token's own client may ask, and a client that a resource in `aud` lists.
pub fn introspect<'r>(
    caller: &AuthenticatedClient,
    token: &AccessToken,
    issued_to: Option<&Client>,
    behind: &Behind,
    resources: impl IntoIterator<Item = &'r Resource>,
    ctx: &Ctx<'_>,
) -> Introspection {
    let claims = token.claims();
    let for_resource = resources
        .into_iter()
        .any(|it| claims.aud.has(&it.identifier) && it.introspection_clients.contains(&caller.client().id));
    let known = issued_to.is_some_and(|client| client.id == claims.client_id && !client.disabled);
    let (alive, holder) = match behind {
        Behind::Grant(Some(grant)) => (issued_from(token, issued_to, grant, ctx), Some(&grant.holder)),
        Behind::Grant(None) => (false, None),
        // A token of a person that has lost its grant must not pass for a client's own.
        Behind::Service { revoked } => (known && !revoked && claims.gid.is_none(), None),
    };
    if !alive || !(for_resource || claims.client_id == caller.client().id) {
        return Introspection::default();
    }
    Introspection {
        active: true,
        scope: Some(claims.scope.clone()),
        client_id: Some(claims.client_id.clone()),
        username: holder.filter(|_| for_resource).and_then(username),
        token_type: Some("Bearer"),
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        sub: Some(claims.sub.clone()),
        aud: Some(claims.aud.clone()),
        iss: Some(claims.iss.clone()),
        jti: Some(claims.jti.clone()),
        auth_time: claims.auth_time,
        acr: claims.acr.clone(),
        amr: claims.amr.clone(),
        sid: claims.sid.map(|sid| sid.to_string()),
    }
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
    let until = family.expires_at.min(family.used_at + lifetimes.refresh_idle);
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

fn username(holder: &Holder) -> Option<String> {
    holder
        .claims
        .preferred_username
        .clone()
        .or_else(|| holder.email.as_ref().map(|(address, _)| address.clone()))
}
