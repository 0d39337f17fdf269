//! Any OAuth 2 provider with an address that tells who somebody is, and a mapping of what it says.

use super::{Defaults, Endpoints, Kind, Source, address};
use crate::account::StandardClaims;
use crate::login::provider::answer::{Claimed, Facts, email, number, short, subject};
use crate::login::provider::settings::{ProviderMetadata, TrustEmail};
use crate::oauth::registration::Contradiction;
use serde_json::Value;

/// Where in its answer each thing stands; a full stop leads into an object: `data.id`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Mapping {
    pub subject: String,
    pub email: Option<String>,
    pub email_verified: Option<String>,
    pub name: Option<String>,
    pub username: Option<String>,
}

pub(super) fn defaults(spec: &ProviderMetadata, wrong: &mut Vec<Contradiction>) -> Option<Defaults> {
    let mut needed = |member: &'static str, text: &Option<String>| match text {
        Some(text) => address(member, text, wrong),
        None => {
            wrong.push(Contradiction::new(member, "is missing"));
            None
        }
    };
    let authorize = needed("authorization_endpoint", &spec.authorization_endpoint);
    let token = needed("token_endpoint", &spec.token_endpoint);
    let person = needed("userinfo_endpoint", &spec.userinfo_endpoint);
    let mapped = |name: &str| spec.claims.get(name).filter(|it| !it.is_empty()).cloned();
    for name in spec.claims.keys() {
        if !["subject", "email", "email_verified", "name", "username"].contains(&name.as_str()) {
            let known = "maps subject, email, email_verified, name and username";
            wrong.push(Contradiction::new("claims", known));
        }
    }
    let Some(subject) = mapped("subject") else {
        let which = "must say where the subject stands: claims = { subject = \"id\" }; it must never change or be given anew";
        wrong.push(Contradiction::new("claims", which));
        return None;
    };
    let (authorize, token, person) = (authorize?, token?, person?);
    let issuer = spec.issuer.clone().unwrap_or_else(|| token.origin().ascii_serialization());
    let endpoints = Endpoints {
        issuer,
        authorize,
        token,
        person: Some(person),
        emails: None,
        keys: None,
        iss_parameter: false,
    };
    let mapping = Mapping {
        subject,
        email: mapped("email"),
        email_verified: mapped("email_verified"),
        name: mapped("name"),
        username: mapped("username"),
    };
    Some(Defaults {
        kind: Kind::Oauth2(mapping),
        source: Source::Fixed(Box::new(endpoints)),
        label: "",
        scope: "",
        trust_email: TrustEmail::Never,
        takes: &["issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "claims"],
    })
}

pub(super) fn person(facts: &Facts<'_>, mapping: &Mapping) -> Option<Claimed> {
    let at = |path: &str| path.split('.').try_fold(facts.person?, |of, name| of.get(name));
    let words = |path: &Option<String>| at(path.as_deref()?)?.as_str().and_then(short);
    let found = at(&mapping.subject)?;
    let subject = match found {
        Value::String(text) => subject(text)?,
        Value::Number(_) => subject(&number(found)?)?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let verified = mapping.email_verified.as_deref().and_then(at).is_some_and(|it| *it == Value::Bool(true));
    let email = words(&mapping.email).and_then(|it| email(&it, verified));
    let username = words(&mapping.username);
    let claims = StandardClaims {
        name: words(&mapping.name),
        preferred_username: username.clone(),
        ..StandardClaims::default()
    };
    Some(Claimed { issuer: facts.issuer.to_owned(), subject, email, username, claims })
}
