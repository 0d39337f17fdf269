//! GitLab, the public one or one's own: OpenID Connect by discovery.

use super::{Defaults, Kind, Source, base, join};
use crate::login::provider::settings::{ProviderMetadata, TrustEmail};
use crate::oauth::registration::Contradiction;

pub(super) fn defaults(spec: &ProviderMetadata, wrong: &mut Vec<Contradiction>) -> Option<Defaults> {
    let issuer = base(spec, "https://gitlab.com", wrong)?;
    let document = join(&issuer, "/.well-known/openid-configuration", wrong)?;
    Some(Defaults {
        kind: Kind::Gitlab,
        source: Source::Discovery { document, issuer },
        label: "GitLab",
        scope: "openid profile email",
        trust_email: TrustEmail::Flag,
        takes: &["url"],
    })
}
