//! Google: OpenID Connect by discovery.

use super::{Defaults, Kind, Source, base, join};
use crate::login::provider::settings::{ProviderMetadata, TrustEmail};
use crate::oauth::registration::Contradiction;

/// Its documentation names both forms of `iss`.
pub(super) const ALIASES: &[&str] = &["accounts.google.com"];

pub(super) fn defaults(spec: &ProviderMetadata, wrong: &mut Vec<Contradiction>) -> Option<Defaults> {
    let issuer = base(spec, "https://accounts.google.com", wrong)?;
    let document = join(&issuer, "/.well-known/openid-configuration", wrong)?;
    Some(Defaults {
        kind: Kind::Google,
        source: Source::Discovery { document, issuer },
        label: "Google",
        scope: "openid profile email",
        trust_email: TrustEmail::Flag,
        takes: &["url"],
    })
}
