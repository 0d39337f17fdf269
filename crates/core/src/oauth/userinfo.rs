//! OpenID Connect Core 5.3: the claims a person lets an app see.

use super::token::{AccessToken, Actor};
use super::{Client, Registry, Scope};
use crate::Ctx;
use crate::session::{Grant, Holder};
use serde_json::{Map, Value};

/// RFC 6750 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UserinfoRefused {
    /// `invalid_token`.
    #[error("the access token's grant, session, account or client is no longer good")]
    Dead,
    /// `invalid_token`: RFC 9068 4, the token is for somebody else.
    #[error("the access token is not for this issuer")]
    OtherAudience,
    /// `insufficient_scope`.
    #[error("the access token has no scope openid")]
    NoOpenid,
}

impl UserinfoRefused {
    /// The stable name of the check, for trace and log.
    pub const fn check(self) -> &'static str {
        match self {
            Self::Dead => "grant_alive",
            Self::OtherAudience => "token_audience",
            Self::NoOpenid => "scope_openid",
        }
    }
}

/// Answers for a token whose signature and time were checked. `grant` is what its `gid` leads to.
pub fn userinfo(
    token: &AccessToken,
    registry: &impl Registry,
    grant: Option<&Grant>,
    ctx: &Ctx<'_>,
) -> Result<Map<String, Value>, UserinfoRefused> {
    let claims = token.claims();
    if !claims.scope.has("openid") {
        return Err(UserinfoRefused::NoOpenid);
    }
    if !claims.aud.has(&ctx.policy.issuer) {
        return Err(UserinfoRefused::OtherAudience);
    }
    let grant =
        grant.filter(|grant| issued_from(token, registry, grant, ctx)).ok_or(UserinfoRefused::Dead)?;
    let client = registry.client(&claims.client_id);
    let asked = grant.family.claims.as_ref().map(|claims| &claims.userinfo);
    let wanted = |name: &str| {
        let asked = asked.is_some_and(|asked| asked.contains_key(name));
        by_scope(&claims.scope, name) || asked && may_ask(client, name)
    };
    let mut reply = standard_claims(&grant.holder, wanted);
    reply.extend(federated_claims(&grant.holder, &claims.scope));
    // OpenID Connect Core 5.3.2: sub MUST always be returned.
    reply.insert("sub".to_owned(), grant.holder.subject.as_str().into());
    Ok(reply)
}

/// Does the token come from this grant, and do clients, grant, session and person all still stand?
pub(super) fn issued_from(
    token: &AccessToken,
    registry: &impl Registry,
    grant: &Grant,
    ctx: &Ctx<'_>,
) -> bool {
    let claims = token.claims();
    // RFC 8693 4.1: an exchanged token was issued to who acts now. It stands and falls with everybody who handed it on.
    let issued_to = claims.act.as_ref().map_or(&grant.family.client, |actor| &actor.sub);
    let mut actors = claims.act.iter().flat_map(Actor::chain);
    claims.gid == Some(grant.family.id)
        && claims.client_id == *issued_to
        && claims.sub == grant.holder.subject.as_str()
        && registry.enabled(&grant.family.client)
        && actors.all(|actor| registry.enabled(actor))
        && grant.alive(ctx).is_ok()
}

/// OpenID Connect Core 5.5: may a claim that was asked for by its name be told? The person has allowed it
/// (`AuthorizationRequest::to_allow`); the operator may have taken its scope from the client since.
pub(super) fn may_ask(client: Option<&Client>, name: &str) -> bool {
    client.is_some_and(|client| by_scope(&client.scope, name))
}

fn by_scope(scope: &Scope, name: &str) -> bool {
    opened_by(name).is_some_and(|needed| scope.has(needed))
}

/// OpenID Connect Core 5.4: which scope opens a claim.
pub(super) fn opened_by(name: &str) -> Option<&'static str> {
    Some(match name {
        "name" | "family_name" | "given_name" | "middle_name" | "nickname" | "preferred_username"
        | "profile" | "picture" | "website" | "gender" | "birthdate" | "zoneinfo" | "locale"
        | "updated_at" => "profile",
        "email" | "email_verified" => "email",
        "address" => "address",
        "phone_number" | "phone_number_verified" => "phone",
        _ => return None,
    })
}

/// Who the person is at providers, in the claims that the operator named: part of the profile.
pub(super) fn federated_claims<'a>(
    holder: &'a Holder,
    scope: &Scope,
) -> impl Iterator<Item = (String, Value)> + use<'a> {
    let told = holder.federated.iter().filter({
        let open = scope.has("profile");
        move |_| open
    });
    told.map(|(claim, subject)| (claim.clone(), Value::from(subject.as_str())))
}

/// OpenID Connect Core 5.1: what is known of a person, as far as it is wanted.
pub(super) fn standard_claims(holder: &Holder, wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
    let mut all = match serde_json::to_value(&holder.claims) {
        Ok(Value::Object(all)) => all,
        Ok(_) | Err(_) => Map::new(),
    };
    all.insert("updated_at".to_owned(), holder.updated_at.seconds().into());
    if let Some((address, verified)) = &holder.email {
        all.insert("email".to_owned(), address.as_str().into());
        all.insert("email_verified".to_owned(), (*verified).into());
    }
    all.retain(|name, _| wanted(name));
    all
}
