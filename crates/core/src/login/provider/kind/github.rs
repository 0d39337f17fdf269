//! GitHub: OAuth 2 with `/user` and `/user/emails`, and no ID token.

use super::{Defaults, Endpoints, Kind, Source, base, join, text};
use crate::login::provider::answer::{Claimed, Facts, best, claims_of, number, subject};
use crate::login::provider::settings::{ProviderMetadata, TrustEmail};
use crate::oauth::registration::Contradiction;

const PUBLIC: &str = "https://github.com";

pub(super) fn defaults(spec: &ProviderMetadata, wrong: &mut Vec<Contradiction>) -> Option<Defaults> {
    let base = base(spec, PUBLIC, wrong)?;
    // The API has a host of its own, except on a server of one's own.
    let api = match base.strip_prefix("https://") {
        Some(host) if base == PUBLIC || host.ends_with(".ghe.com") => format!("https://api.{host}"),
        Some(_) | None => format!("{base}/api/v3"),
    };
    let endpoints = Endpoints {
        issuer: format!("{base}/login/oauth"),
        authorize: join(&base, "/login/oauth/authorize", wrong)?,
        token: join(&base, "/login/oauth/access_token", wrong)?,
        person: Some(join(&api, "/user", wrong)?),
        emails: Some(join(&api, "/user/emails", wrong)?),
        keys: None,
        iss_parameter: false,
    };
    Some(Defaults {
        kind: Kind::Github,
        source: Source::Fixed(Box::new(endpoints)),
        label: "GitHub",
        scope: "read:user user:email",
        trust_email: TrustEmail::Flag,
        takes: &["url"],
    })
}

/// The address in `/user` is what the person shows to the world, proved or not: only the list counts.
pub(super) fn person(facts: &Facts<'_>) -> Option<Claimed> {
    let subject = subject(&number(facts.person?.get("id")?)?)?;
    let username = text(facts.person?, "login").map(str::to_owned);
    let list = facts.emails.and_then(|it| it.as_array()).map(Vec::as_slice).unwrap_or_default();
    let mut claims = claims_of(facts.person?);
    claims.preferred_username.clone_from(&username);
    Some(Claimed { issuer: facts.issuer.to_owned(), subject, email: best(list), username, claims })
}
