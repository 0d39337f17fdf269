//! Microsoft Entra: OpenID Connect by discovery, of one tenant or of many.

use super::{Defaults, Kind, Source, TENANT, base, join};
use crate::login::provider::answer::{Claimed, ClaimedEmail, Facts};
use crate::login::provider::settings::{ProviderMetadata, TrustEmail};
use crate::oauth::registration::Contradiction;
use serde_json::Value;

/// The tenant of accounts that belong to no company.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

pub(super) fn defaults(spec: &ProviderMetadata, wrong: &mut Vec<Contradiction>) -> Option<Defaults> {
    let base = base(spec, "https://login.microsoftonline.com", wrong)?;
    let Some(tenant) = spec.tenant.as_deref() else {
        let which = "write your tenant's id, or \"organizations\" or \"common\" for accounts of any company";
        wrong.push(Contradiction::new("tenant", which));
        return None;
    };
    let named = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    if tenant.is_empty() || !tenant.bytes().all(named) || tenant.split('.').any(str::is_empty) {
        wrong.push(Contradiction::new(
            "tenant",
            "an id, a domain, \"organizations\", \"common\" or \"consumers\"",
        ));
        return None;
    }
    let document = join(&base, &format!("/{tenant}/v2.0/.well-known/openid-configuration"), wrong)?;
    // A tenant known by a domain calls itself by its id, and so does that of consumers.
    let issuer = match is_tenant(tenant) {
        true => format!("{base}/{}/v2.0", tenant.to_ascii_lowercase()),
        false => format!("{base}/{TENANT}/v2.0"),
    };
    Some(Defaults {
        kind: Kind::Microsoft,
        source: Source::Discovery { document, issuer },
        label: "Microsoft",
        scope: "openid profile email",
        trust_email: TrustEmail::Flag,
        takes: &["url", "tenant"],
    })
}

/// A tenant's id: a GUID in lower case.
pub(super) fn is_tenant(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &str| part.bytes().all(|b| b.is_ascii_hexdigit());
    parts.len() == lengths.len() && parts.iter().zip(lengths).all(|(part, n)| part.len() == n && hex(part))
}

/// May accounts of this tenant come in by that address? `organizations` leaves out those of no company.
pub(in crate::login::provider) fn tenant_allowed(document: &str, tid: &str) -> bool {
    !(document.contains("/organizations/") && tid == CONSUMERS)
}

/// A tenant's administrator writes any `email`, also somebody else's: only `xms_edov` says that the domain is theirs.
pub(super) fn person(facts: &Facts<'_>) -> Option<Claimed> {
    let claimed = super::oidc::person(facts)?;
    let owned = facts.member("xms_edov").is_some_and(|it| *it == Value::Bool(true));
    let email = claimed.email.map(|it| ClaimedEmail { verified: owned, ..it });
    Some(Claimed { email, ..claimed })
}
