//! What our tokens say: access tokens (RFC 9068), ID tokens (OpenID Connect Core 2).

use crate::oauth::{Client, Scope, SigningAlg, account_api, userinfo};
use crate::secret::{base64url, from_base64url};
use crate::session::{Authentication, Family, Holder};
use crate::{ClientId, Ctx, Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha512};
use zeroize::Zeroizing;

/// RFC 9068 2.2, and the grant behind it (`gid`, `sid`). Opaque tokens carry the same, sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // named by the standard
pub struct AccessClaims {
    pub iss: String,
    /// The person; the client itself under `client_credentials`.
    pub sub: String,
    pub aud: Audience,
    pub exp: i64,
    pub iat: i64,
    pub jti: String,
    pub client_id: ClientId,
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The session, for front- and back-channel logout and the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<Id<id::Session>>,
    /// The grant: it dies with its family. Absent under `client_credentials`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<Id<id::Family>>,
    /// RFC 8693 4.1: who acts for the person. Whoever has exchanged a token stands in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
    /// The `jti` of every exchanged token that this one was exchanged from: it ends when one of them is revoked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
}

/// RFC 8693 4.1: a service that acts for a person, and the one that acted before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The service's client id. Subjects of people are of another form, so the two are never mixed up.
    pub sub: ClientId,
    /// From whom it has the token; `None`: from the app that the person signed in to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Actor>>,
}

impl Actor {
    /// This service, and all before it.
    pub fn chain(&self) -> impl Iterator<Item = &ClientId> {
        std::iter::successors(Some(self), |actor| actor.act.as_deref()).map(|actor| &actor.sub)
    }
}

/// RFC 7519 4.1.3: one value stands alone, several in an array.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "OneOrMany", into = "OneOrMany")]
pub struct Audience(Vec<String>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}
impl From<OneOrMany> for Audience {
    fn from(it: OneOrMany) -> Self {
        match it {
            OneOrMany::One(one) => Self(vec![one]),
            OneOrMany::Many(many) => Self(many),
        }
    }
}
impl From<Audience> for OneOrMany {
    fn from(mut it: Audience) -> Self {
        match it.0.pop() {
            Some(one) if it.0.is_empty() => Self::One(one),
            Some(last) => {
                it.0.push(last);
                Self::Many(it.0)
            }
            None => Self::Many(Vec::new()),
        }
    }
}

impl Audience {
    /// RFC 9068 3: the resources; the issuer itself where there is none, and beside them where `openid` opens
    /// userinfo, which is the issuer's own resource. With the scope `account` the issuer alone: whoever is sent the token
    /// could govern the person's account with it.
    pub fn of(mut resources: Vec<String>, scope: &Scope, ctx: &Ctx<'_>) -> Self {
        let issuer = &ctx.policy.issuer;
        if scope.has(account_api::SCOPE) {
            return Self(vec![issuer.clone()]);
        }
        if (resources.is_empty() || scope.has("openid")) && !resources.contains(issuer) {
            resources.push(issuer.clone());
        }
        Self(resources)
    }
    /// These and nothing else.
    pub(crate) fn only(resources: Vec<String>) -> Self {
        Self(resources)
    }
    /// Is it for this one?
    pub fn has(&self, resource: &str) -> bool {
        self.0.iter().any(|one| one == resource)
    }
    /// Is it for this one and for nobody else?
    pub fn is_only(&self, resource: &str) -> bool {
        matches!(self.0.as_slice(), [one] if one == resource)
    }
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// OpenID Connect Core 2.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)] // named by the standard
pub struct IdClaims {
    pub iss: String,
    pub sub: String,
    pub aud: ClientId,
    pub exp: i64,
    pub iat: i64,
    pub auth_time: i64,
    /// As sent; never invented. A refreshed one has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<&'static str>,
    pub sid: Id<id::Session>,
    /// Set by whoever signed the access token: see [`at_hash`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// OpenID Connect Core 5.5: what `claims.id_token` asked for.
    #[serde(flatten)]
    pub asked: serde_json::Map<String, serde_json::Value>,
}

/// What a grant bought, still to be signed: outside the transaction.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The access token's content.
    pub access: AccessClaims,
    /// The refresh token's text.
    pub refresh_token: Option<Zeroizing<String>>,
    /// The ID token's content, if `openid` was granted.
    pub id_token: Option<IdClaims>,
    /// For the trace; nothing flows behind `client_credentials`.
    pub flow: Option<Id<id::Flow>>,
}

/// What both grants of a person issue from.
pub(super) struct Issue<'a> {
    pub(super) client: &'a Client,
    pub(super) family: &'a Family,
    pub(super) holder: &'a Holder,
    pub(super) scope: Scope,
    pub(super) resources: Vec<String>,
    pub(super) acr: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) refresh_token: Option<Zeroizing<String>>,
}

impl Issue<'_> {
    pub(super) fn granted(self, ctx: &Ctx<'_>) -> Granted {
        let Authentication { auth_time, factors } = &self.family.authentication;
        let amr: Vec<&'static str> = factors.iter().map(|factor| factor.amr()).collect();
        let id_token = self.scope.has("openid").then(|| IdClaims {
            iss: ctx.policy.issuer.clone(),
            sub: self.holder.subject.as_str().to_owned(),
            aud: self.client.id.clone(),
            exp: (ctx.now + ctx.policy.lifetimes.id_token).seconds(),
            iat: ctx.now.seconds(),
            auth_time: auth_time.seconds(),
            nonce: self.nonce,
            acr: self.acr.clone(),
            amr: amr.clone(),
            sid: self.family.session,
            at_hash: None,
            asked: asked(self.client, self.family, self.holder, &self.scope),
        });
        let access = AccessClaims {
            iss: ctx.policy.issuer.clone(),
            sub: self.holder.subject.as_str().to_owned(),
            aud: Audience::of(self.resources, &self.scope, ctx),
            exp: (ctx.now + ctx.policy.lifetimes.access_token).seconds(),
            iat: ctx.now.seconds(),
            jti: jti(ctx),
            client_id: self.client.id.clone(),
            scope: self.scope,
            auth_time: Some(auth_time.seconds()),
            acr: self.acr,
            amr: amr.into_iter().map(str::to_owned).collect(),
            sid: Some(self.family.session),
            gid: Some(self.family.id),
            act: None,
            via: Vec::new(),
        };
        Granted { access, refresh_token: self.refresh_token, id_token, flow: Some(self.family.flow) }
    }
}

fn asked(
    client: &Client,
    family: &Family,
    holder: &Holder,
    scope: &Scope,
) -> serde_json::Map<String, serde_json::Value> {
    let mut all = match &family.claims {
        Some(claims) if !claims.id_token.is_empty() => userinfo::standard_claims(holder, |name| {
            claims.id_token.contains_key(name) && userinfo::may_ask(Some(client), name)
        }),
        Some(_) | None => serde_json::Map::new(),
    };
    // An app that knows people by what a provider calls them needs it with the sign-in itself.
    all.extend(userinfo::federated_claims(holder, scope));
    all
}

/// RFC 9068 2.2: 128 random bits.
pub(super) fn jti(ctx: &Ctx<'_>) -> String {
    let mut random = [0u8; 16];
    ctx.rng.fill(&mut random);
    base64url(&random)
}

/// OpenID Connect Core 3.1.3.6: the left half of the hash that the ID token's own algorithm uses. Ed25519
/// hashes with SHA-512.
pub fn at_hash(alg: SigningAlg, access_token: &str) -> String {
    match alg {
        SigningAlg::Rs256 | SigningAlg::Ps256 | SigningAlg::Es256 => {
            base64url(Sha256::digest(access_token).get(..16).unwrap_or_default())
        }
        SigningAlg::EdDsa => base64url(Sha512::digest(access_token).get(..32).unwrap_or_default()),
    }
}

/// An access token of ours, in time: its signature or seal was checked. What it hangs on (grant, session,
/// person) is still to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessToken(AccessClaims);

/// An access token that opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum TokenDead {
    #[error("not an access token of this server, or changed")]
    Forged,
    #[error("made by another issuer")]
    Issuer,
    #[error("expired")]
    Expired,
    #[error("issued in the future")]
    Early,
}

impl TokenDead {
    /// The stable name of the check, for trace and log.
    pub const fn check(self) -> &'static str {
        match self {
            Self::Forged => "token_signature",
            Self::Issuer => "token_issuer",
            Self::Expired => "token_expired",
            Self::Early => "token_iat",
        }
    }
}

const OPAQUE: &str = "cs_at_";
const PURPOSE: &str = "access_token";

impl AccessToken {
    /// The claims of an `at+jwt` whose signature the caller has just verified with our own keys.
    pub fn signed(claims: AccessClaims, ctx: &Ctx<'_>) -> Result<Self, TokenDead> {
        if claims.iss != ctx.policy.issuer {
            return Err(TokenDead::Issuer);
        }
        if ctx.now >= Timestamp::from_seconds(claims.exp) {
            return Err(TokenDead::Expired);
        }
        // Several nodes, several clocks: the same leeway as for everybody else's tokens.
        if Timestamp::from_seconds(claims.iat) > ctx.now + ctx.policy.lifetimes.leeway {
            return Err(TokenDead::Early);
        }
        Ok(Self(claims))
    }

    /// Is it meant to be an opaque one? Says nothing about whether it is genuine.
    pub fn looks_opaque(text: &str) -> bool {
        text.starts_with(OPAQUE)
    }

    /// An opaque token as presented.
    pub fn open(text: &str, ctx: &Ctx<'_>) -> Result<Self, TokenDead> {
        let sealed = text.strip_prefix(OPAQUE).and_then(from_base64url).ok_or(TokenDead::Forged)?;
        let plain = ctx.vault.open(PURPOSE, b"", &sealed).ok_or(TokenDead::Forged)?;
        Self::signed(serde_json::from_slice(&plain).map_err(|_| TokenDead::Forged)?, ctx)
    }

    /// The claims.
    pub fn claims(&self) -> &AccessClaims {
        &self.0
    }
}

impl AccessClaims {
    /// The payload of an `at+jwt`.
    pub fn to_json(&self) -> Vec<u8> {
        // A struct of texts, numbers and lists has no way to fail.
        serde_json::to_vec(self).unwrap_or_default()
    }
    /// An opaque token.
    pub fn seal(&self, ctx: &Ctx<'_>) -> String {
        format!("{OPAQUE}{}", base64url(&ctx.vault.seal(PURPOSE, b"", &self.to_json())))
    }
}

impl IdClaims {
    /// The payload of an ID token.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;

    fn claims(fixed: &Fixed) -> AccessClaims {
        AccessClaims {
            iss: fixed.policy.issuer.clone(),
            sub: "u_1".into(),
            aud: Audience::of(vec![], &Scope::default(), &fixed.ctx()),
            exp: (fixed.now + std::time::Duration::from_secs(600)).seconds(),
            iat: fixed.now.seconds(),
            jti: jti(&fixed.ctx()),
            client_id: ClientId::parse("planner").unwrap(),
            scope: Scope::parse("read").unwrap(),
            auth_time: None,
            acr: None,
            amr: vec![],
            sid: None,
            gid: None,
            act: None,
            via: vec![],
        }
    }

    #[test]
    fn the_audience_is_a_string_or_an_array() {
        let fixed = Fixed::new();
        let of = |resources: &[&str], scope: &str| {
            let resources = resources.iter().map(|r| (*r).to_owned()).collect();
            serde_json::to_value(Audience::of(resources, &Scope::parse(scope).unwrap(), &fixed.ctx()))
                .unwrap()
        };
        assert_eq!(of(&[], "read"), "https://id.example");
        assert_eq!(of(&[], "openid"), "https://id.example");
        assert_eq!(of(&["https://api.example"], "read"), "https://api.example");
        let both = serde_json::json!(["https://api.example", "https://id.example"]);
        assert_eq!(of(&["https://api.example"], "openid read"), both);
        let back: Audience = serde_json::from_value(both).unwrap();
        assert!(back.has("https://api.example") && !back.has("https://api"));
    }

    #[test]
    fn an_opaque_token_opens_until_it_expires_and_no_changed_one_does() {
        let mut fixed = Fixed::new();
        let text = claims(&fixed).seal(&fixed.ctx());
        assert_eq!(AccessToken::open(&text, &fixed.ctx()).unwrap().claims(), &claims_of(&text, &fixed));
        for i in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[i] = if bytes[i] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(AccessToken::open(&changed, &fixed.ctx()), Err(TokenDead::Forged), "{i}");
        }
        fixed.now += std::time::Duration::from_secs(599);
        assert!(AccessToken::open(&text, &fixed.ctx()).is_ok());
        fixed.now += std::time::Duration::from_secs(1);
        assert_eq!(AccessToken::open(&text, &fixed.ctx()), Err(TokenDead::Expired));
    }

    fn claims_of(text: &str, fixed: &Fixed) -> AccessClaims {
        AccessToken::open(text, &fixed.ctx()).unwrap().0
    }

    #[test]
    fn a_token_that_opens_the_account_is_for_the_issuer_alone() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let of = |scope: &str| {
            Audience::of(vec!["https://api.example".into()], &Scope::parse(scope).unwrap(), &ctx)
        };
        let both = of("openid read");
        assert!(
            both.has("https://api.example")
                && both.has(&ctx.policy.issuer)
                && !both.is_only(&ctx.policy.issuer)
        );
        for scope in ["account", "openid read account"] {
            assert!(
                of(scope).is_only(&ctx.policy.issuer) && !of(scope).has("https://api.example"),
                "{scope}"
            );
        }
    }

    #[test]
    fn a_token_of_another_issuer_or_from_the_future_opens_nothing() {
        let fixed = Fixed::new();
        let mut other = claims(&fixed);
        other.iss = "https://id.example/".into();
        assert_eq!(AccessToken::signed(other, &fixed.ctx()), Err(TokenDead::Issuer));
        let mut early = claims(&fixed);
        early.iat += 61;
        assert_eq!(AccessToken::signed(early.clone(), &fixed.ctx()), Err(TokenDead::Early));
        early.iat -= 51;
        assert!(AccessToken::signed(early, &fixed.ctx()).is_ok());
    }

    /// OpenID Connect Core appendix A.3 gives this pair for RS256.
    #[test]
    fn at_hash_is_the_left_half() {
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(at_hash(SigningAlg::Rs256, token), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(at_hash(SigningAlg::EdDsa, token).len(), 43);
    }
}
