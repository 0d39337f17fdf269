//! What providers answer, read strictly: token answers, discovery documents, and what they tell of a person.

use super::kind::{Endpoints, Source, issuer_fits};
use super::{Provider, TrustEmail};
use crate::account::{EmailAddress, StandardClaims};
use crate::oauth::Params;
use serde_json::{Map, Value};
use url::Url;
use zeroize::Zeroizing;

/// Who somebody is, as a provider tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// Who vouches.
    pub issuer: String,
    /// What it calls the person: exact bytes.
    pub subject: String,
    /// An address.
    pub email: Option<ClaimedEmail>,
    /// A name that the person knows themselves by there.
    pub username: Option<String>,
    /// For a new account's profile.
    pub claims: StandardClaims,
}

/// An address that a provider tells.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedEmail {
    /// The address.
    pub address: EmailAddress,
    /// The provider says that it is proved, and the operator believes it.
    pub verified: bool,
}

/// What was fetched of one person.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Who vouches, tenant and all.
    pub issuer: &'a str,
    /// The ID token's claims, checked.
    pub id_token: Option<&'a Map<String, Value>>,
    /// Userinfo, or what stands for it.
    pub person: Option<&'a Value>,
    /// GitHub's list of addresses.
    pub emails: Option<&'a Value>,
}

impl Facts<'_> {
    /// A member of the ID token, else of userinfo.
    pub(super) fn member(&self, name: &str) -> Option<&Value> {
        self.id_token.and_then(|it| it.get(name)).or_else(|| self.person?.get(name))
    }
    /// Both as one.
    pub(super) fn whole(&self) -> Value {
        let mut all = self.person.and_then(Value::as_object).cloned().unwrap_or_default();
        all.extend(self.id_token.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
        Value::Object(all)
    }
}

/// Why an answer is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// Neither JSON nor a form.
    #[error("the answer is neither JSON nor a form")]
    Form,
    /// RFC 6749 5.2: an error, whatever the status.
    #[error("the token endpoint answered with the error {0}")]
    Error(String),
    /// RFC 6749 5.1: no access token of the type Bearer.
    #[error("there is no bearer token in the answer")]
    NoToken,
    /// Nothing tells who it is.
    #[error("nothing in the answer says who the person is")]
    NoSubject,
    /// OpenID Connect Core 5.3.2: userinfo speaks of somebody else.
    #[error("userinfo speaks of another person than the ID token")]
    OtherSubject,
    /// OpenID Connect Discovery 4.3: the document is not one, or calls itself something else.
    #[error("the discovery document {0}")]
    Discovery(&'static str),
}

impl BadAnswer {
    /// The stable name of the check, for trace and log.
    pub const fn check(&self) -> &'static str {
        match self {
            Self::Form => "provider_answer",
            Self::Error(_) => "provider_token_error",
            Self::NoToken => "provider_token",
            Self::NoSubject => "provider_subject",
            Self::OtherSubject => "provider_userinfo_subject",
            Self::Discovery(_) => "provider_discovery",
        }
    }
}

/// RFC 6749 5.1. Kept for the moments of one sign-in and nowhere else.
pub struct TokenAnswer {
    /// For userinfo.
    pub access_token: Zeroizing<String>,
    /// OpenID Connect Core 3.1.3.3.
    pub id_token: Option<Zeroizing<String>>,
}

/// Tokens do not print themselves.
impl std::fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenAnswer(..)")
    }
}

impl TokenAnswer {
    /// Reads JSON, or the form that GitHub answers with where nobody asked for JSON. An error with status 200 is one.
    pub fn parse(body: &[u8]) -> Result<Self, BadAnswer> {
        let json = body.trim_ascii_start().starts_with(b"{");
        let members: Map<String, Value> = if json {
            serde_json::from_slice(body).map_err(|_| BadAnswer::Form)?
        } else {
            let params = Params::parse(body.trim_ascii()).map_err(|_| BadAnswer::Form)?;
            let pair = |name: &str| Some((name.to_owned(), Value::from(params.one(name)?)));
            params.names().filter_map(pair).collect()
        };
        let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
        if let Some(error) = members.get("error") {
            let word = error.as_str().unwrap_or_default().chars().filter(char::is_ascii_graphic).take(60);
            return Err(BadAnswer::Error(word.collect()));
        }
        let bearer = text("token_type").is_none_or(|it| it.eq_ignore_ascii_case("bearer"));
        let header = |it: &&str| it.len() <= 16 * 1024 && it.bytes().all(|b| b.is_ascii_graphic());
        let access_token =
            text("access_token").filter(header).filter(|_| bearer).ok_or(BadAnswer::NoToken)?;
        Ok(Self {
            access_token: Zeroizing::new(access_token.to_owned()),
            id_token: text("id_token").map(|it| Zeroizing::new(it.to_owned())),
        })
    }
}

/// OpenID Connect Discovery 3, as far as a client needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    issuer: String,
    authorize: Url,
    token: Url,
    person: Option<Url>,
    keys: Url,
    iss_parameter: bool,
}

impl Discovered {
    /// Reads a document; `None`: it is none.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let members: Map<String, Value> = serde_json::from_slice(body).ok()?;
        let place = |name: &str| {
            let url = Url::parse(members.get(name)?.as_str()?).ok()?;
            // A browser is sent to one of them: nothing that runs.
            (matches!(url.scheme(), "https" | "http") && url.has_host()).then_some(url)
        };
        Some(Self {
            issuer: members.get("issuer")?.as_str()?.to_owned(),
            authorize: place("authorization_endpoint")?,
            token: place("token_endpoint")?,
            person: place("userinfo_endpoint"),
            keys: place("jwks_uri")?,
            iss_parameter: members.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
        })
    }
}

impl Provider {
    /// Its addresses. OpenID Connect Discovery 4.3: the document must call itself what the operator wrote.
    pub fn endpoints(&self, found: Option<&Discovered>) -> Result<Endpoints, BadAnswer> {
        match (&self.source, found) {
            (Source::Fixed(endpoints), _) => Ok((**endpoints).clone()),
            (Source::Discovery { .. }, None) => Err(BadAnswer::Discovery("is missing")),
            (Source::Discovery { issuer, .. }, Some(found)) => {
                if found.issuer != *issuer && !issuer_fits(issuer, &found.issuer) {
                    return Err(BadAnswer::Discovery("calls itself another issuer"));
                }
                // A document over https that leads to one without is not followed.
                let secure = self.secure();
                let all =
                    [Some(&found.authorize), Some(&found.token), found.person.as_ref(), Some(&found.keys)];
                if secure && all.into_iter().flatten().any(|it| it.scheme() != "https") {
                    return Err(BadAnswer::Discovery("names an address without TLS"));
                }
                Ok(Endpoints {
                    issuer: found.issuer.clone(),
                    authorize: found.authorize.clone(),
                    token: found.token.clone(),
                    person: found.person.clone(),
                    emails: None,
                    keys: Some(found.keys.clone()),
                    iss_parameter: found.iss_parameter,
                })
            }
        }
    }

    fn secure(&self) -> bool {
        match &self.source {
            Source::Discovery { document, .. } => document.scheme() == "https",
            Source::Fixed(endpoints) => endpoints.token.scheme() == "https",
        }
    }

    /// Who it is. OpenID Connect Core 5.3.2: userinfo counts only if it speaks of the ID token's person.
    pub fn person(&self, facts: &Facts<'_>) -> Result<Claimed, BadAnswer> {
        if let (Some(token), Some(person)) = (facts.id_token, facts.person)
            && token.get("sub") != person.get("sub")
        {
            return Err(BadAnswer::OtherSubject);
        }
        let mut claimed = self.kind.person(facts).ok_or(BadAnswer::NoSubject)?;
        if let Some(email) = &mut claimed.email {
            email.verified = match self.trust_email {
                TrustEmail::Flag => email.verified,
                TrustEmail::Always => true,
                TrustEmail::Never => false,
            };
        }
        Ok(claimed)
    }
}

/// OpenID Connect Core 2: at most 255 characters; compared byte for byte, so nothing is folded or cut.
pub(super) fn subject(text: &str) -> Option<String> {
    let usable = !text.is_empty() && text.len() <= 255 && !text.chars().any(char::is_control);
    usable.then(|| text.to_owned())
}

/// A number that is one: not `1.0`, not `-1`.
pub(super) fn number(value: &Value) -> Option<String> {
    value.as_u64().filter(|it| *it > 0).map(|it| it.to_string())
}

/// An address, if it is one that mail can be sent to.
pub(super) fn email(text: &str, verified: bool) -> Option<ClaimedEmail> {
    EmailAddress::parse(text).ok().map(|address| ClaimedEmail { address, verified })
}

/// Of GitHub's list: the primary address if it is proved, else one that is, else the primary one. Addresses that only
/// forward to nobody are left out.
pub(super) fn best(list: &[Value]) -> Option<ClaimedEmail> {
    let flag = |it: &Value, name: &str| it.get(name) == Some(&Value::Bool(true));
    let rank = |it: &Value| match (flag(it, "verified"), flag(it, "primary")) {
        (true, true) => 3,
        (true, false) => 2,
        (false, true) => 1,
        (false, false) => 0,
    };
    let usable = list.iter().filter_map(|it| {
        let found = email(it.get("email")?.as_str()?, flag(it, "verified"))?;
        let nobody = found.address.key().ends_with("@users.noreply.github.com");
        (!nobody && rank(it) > 0).then_some((rank(it), found))
    });
    // The first of the best: the order is the provider's.
    let mut chosen: Option<(i32, ClaimedEmail)> = None;
    for (rank, found) in usable {
        if chosen.as_ref().is_none_or(|(best, _)| rank > *best) {
            chosen = Some((rank, found));
        }
    }
    chosen.map(|(_, found)| found)
}

/// A name that can be kept.
pub(super) fn short(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= 200 && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// For the profile of a new account: names and language, and nothing that an app might take for a right.
pub(super) fn claims_of(members: &Value) -> StandardClaims {
    let text = |name: &str| members.get(name).and_then(Value::as_str).and_then(short);
    let tag = |it: &String| {
        it.len() <= 64 && it.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    StandardClaims {
        name: text("name"),
        given_name: text("given_name"),
        family_name: text("family_name"),
        nickname: text("nickname"),
        preferred_username: text("preferred_username"),
        locale: text("locale").filter(tag),
        ..StandardClaims::default()
    }
}
