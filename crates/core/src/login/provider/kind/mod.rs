//! The kinds of provider: where each has its addresses, and how it tells who somebody is. One small file each.

mod github;
mod gitlab;
mod google;
mod microsoft;
mod oauth2;
mod oidc;

pub(super) use microsoft::tenant_allowed as microsoft_tenant_allowed;
pub use oauth2::Mapping;

use super::answer::{Claimed, Facts};
use super::settings::{ProviderMetadata, TrustEmail};
use crate::oauth::Prompt;
use crate::oauth::registration::Contradiction;
use serde_json::Value;
use url::Url;

/// What a provider is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Github,
    Gitlab,
    Microsoft,
    Google,
    /// OpenID Connect, by discovery.
    Oidc,
    /// OAuth 2 with an address that tells who somebody is.
    Oauth2(Mapping),
}

/// Where the addresses come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// OpenID Connect Discovery 4.
    Discovery {
        /// The document's address.
        document: Url,
        /// What it must call itself; may hold `{tenantid}`.
        issuer: String,
    },
    /// They are known.
    Fixed(Box<Endpoints>),
}

/// A provider's addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Who vouches; `{tenantid}` stands for the tenant that the ID token names.
    pub issuer: String,
    /// RFC 6749 3.1.
    pub authorize: Url,
    /// RFC 6749 3.2.
    pub token: Url,
    /// OpenID Connect Core 5.3, or what stands for it.
    pub person: Option<Url>,
    /// GitHub: the person's addresses.
    pub emails: Option<Url>,
    /// RFC 7517 5: the keys of its ID tokens.
    pub keys: Option<Url>,
    /// RFC 9207 3.
    pub iss_parameter: bool,
}

/// A kind's own values, where the configuration says nothing else.
pub(super) struct Defaults {
    pub(super) kind: Kind,
    pub(super) source: Source,
    pub(super) label: &'static str,
    pub(super) scope: &'static str,
    pub(super) trust_email: TrustEmail,
    /// Keys that this kind does not have are told.
    pub(super) takes: &'static [&'static str],
}

/// The kind of this word.
pub(super) fn of(spec: &ProviderMetadata, wrong: &mut Vec<Contradiction>) -> Option<Defaults> {
    match spec.kind.as_str() {
        "github" => github::defaults(spec, wrong),
        "gitlab" => gitlab::defaults(spec, wrong),
        "microsoft" => microsoft::defaults(spec, wrong),
        "google" => google::defaults(spec, wrong),
        "oidc" => oidc::defaults(spec, wrong),
        "oauth2" => oauth2::defaults(spec, wrong),
        _ => {
            let known = "write github, gitlab, microsoft, google, oidc or oauth2";
            wrong.push(Contradiction::new("kind", known));
            None
        }
    }
}

impl Kind {
    /// As it stands in the configuration.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Microsoft => "microsoft",
            Self::Google => "google",
            Self::Oidc => "oidc",
            Self::Oauth2(_) => "oauth2",
        }
    }
    /// Does it give an ID token?
    pub const fn is_openid(&self) -> bool {
        match self {
            Self::Gitlab | Self::Microsoft | Self::Google | Self::Oidc => true,
            Self::Github | Self::Oauth2(_) => false,
        }
    }
    /// What `login_hint` is called there.
    pub(super) const fn hint(&self) -> &'static str {
        match self {
            Self::Github => "login",
            Self::Gitlab | Self::Microsoft | Self::Google | Self::Oidc | Self::Oauth2(_) => "login_hint",
        }
    }
    /// How it is asked to show a page; not every kind knows every word.
    pub(super) fn prompt(&self, wanted: &[Prompt]) -> Option<String> {
        let word = |it: &Prompt| match it {
            Prompt::Login => "login",
            Prompt::SelectAccount => "select_account",
            Prompt::Consent | Prompt::None => "",
        };
        let all: Vec<&str> = wanted.iter().map(word).filter(|it| !it.is_empty()).collect();
        match (self, all.is_empty()) {
            (_, true) => None,
            (Self::Github | Self::Google, false) => Some("select_account".to_owned()),
            // One word only: asking for the password implies the choice.
            (Self::Microsoft, false) if all.contains(&"login") => Some("login".to_owned()),
            (Self::Gitlab | Self::Microsoft | Self::Oidc | Self::Oauth2(_), false) => Some(all.join(" ")),
        }
    }
    /// Reads what the provider told of a person. `None`: there is no subject in it.
    pub(super) fn person(&self, facts: &Facts<'_>) -> Option<Claimed> {
        match self {
            Self::Github => github::person(facts),
            Self::Gitlab | Self::Google | Self::Oidc => oidc::person(facts),
            Self::Microsoft => microsoft::person(facts),
            Self::Oauth2(mapping) => oauth2::person(facts, mapping),
        }
    }
    /// Names that this issuer goes by beside its own: one of them left out the scheme for years.
    pub(super) const fn aliases(&self) -> &'static [&'static str] {
        match self {
            Self::Google => google::ALIASES,
            Self::Github | Self::Gitlab | Self::Microsoft | Self::Oidc | Self::Oauth2(_) => &[],
        }
    }
}

/// Stands in an issuer for the tenant that a token names.
pub const TENANT: &str = "{tenantid}";

/// Is this issuer the expected one? A template fits any tenant; which one, the ID token's `tid` says.
pub fn issuer_fits(expected: &str, issuer: &str) -> bool {
    match expected.split_once(TENANT) {
        None => expected == issuer,
        Some((before, after)) => issuer
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(microsoft::is_tenant),
    }
}

/// An address that the operator wrote: https, or http (which the guarded client refuses unless it is allow-listed).
pub(super) fn address(member: &str, text: &str, wrong: &mut Vec<Contradiction>) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|it| {
        matches!(it.scheme(), "https" | "http")
            && it.has_host()
            && it.fragment().is_none()
            && it.username().is_empty()
    });
    if url.is_none() {
        wrong.push(Contradiction::new(member, "not an address like \"https://accounts.example.com\""));
    }
    url
}

/// The base address of a provider: the operator's own installation, or the public one.
pub(super) fn base(spec: &ProviderMetadata, public: &str, wrong: &mut Vec<Contradiction>) -> Option<String> {
    let text = spec.url.as_deref().unwrap_or(public).trim_end_matches('/');
    address("url", text, wrong).map(|_| text.to_owned())
}

/// An address that we put together from one that was checked.
pub(super) fn join(base: &str, path: &str, wrong: &mut Vec<Contradiction>) -> Option<Url> {
    address("url", &format!("{base}{path}"), wrong)
}

/// A member that is text and not empty.
pub(super) fn text<'v>(of: &'v Value, name: &str) -> Option<&'v str> {
    of.get(name)?.as_str().map(str::trim).filter(|it| !it.is_empty())
}
