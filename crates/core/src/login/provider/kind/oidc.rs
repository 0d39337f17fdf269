//! Any OpenID provider, by discovery.

use super::{Defaults, Kind, Source, address};
use crate::login::provider::answer::{Claimed, Facts, claims_of, email, subject};
use crate::login::provider::settings::{ProviderMetadata, TrustEmail};
use crate::oauth::registration::Contradiction;
use serde_json::Value;

pub(super) fn defaults(spec: &ProviderMetadata, wrong: &mut Vec<Contradiction>) -> Option<Defaults> {
    let Some(issuer) = spec.issuer.clone() else {
        wrong.push(Contradiction::new(
            "issuer",
            "is missing: the provider's issuer, exactly as it calls itself",
        ));
        return None;
    };
    address("issuer", &issuer, wrong)?;
    // OpenID Connect Discovery 4.1: a slash at the end is not doubled.
    let place = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let document = address("issuer", &place, wrong)?;
    Some(Defaults {
        kind: Kind::Oidc,
        source: Source::Discovery { document, issuer },
        label: "",
        scope: "openid profile email",
        // Whether it proves addresses before it calls them verified, only the operator knows.
        trust_email: TrustEmail::Never,
        takes: &["issuer"],
    })
}

/// OpenID Connect Core 5.1, of the ID token and of userinfo.
pub(super) fn person(facts: &Facts<'_>) -> Option<Claimed> {
    let subject = subject(facts.id_token?.get("sub")?.as_str()?)?;
    // Only a JSON true is one: a text "true" may be what the person typed.
    let verified = facts.member("email_verified").is_some_and(|it| *it == Value::Bool(true));
    let email = facts.member("email").and_then(Value::as_str).and_then(|it| email(it, verified));
    let whole = facts.whole();
    let username = super::text(&whole, "preferred_username").map(str::to_owned);
    Some(Claimed { issuer: facts.issuer.to_owned(), subject, email, username, claims: claims_of(&whole) })
}
