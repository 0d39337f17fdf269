//! One `[[provider]]`: what an operator writes, and the [`Provider`] it becomes if nothing contradicts.

use super::kind::{self, Kind, Source};
use crate::oauth::metadata::CLAIMS;
use crate::oauth::registration::{AuthMethod, Contradiction};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

/// A provider that people may sign in with, validated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Stands in addresses and beside every linked account: it never changes.
    pub name: String,
    /// On its button.
    pub label: String,
    /// What it is.
    pub kind: Kind,
    /// Who we are there.
    pub client_id: String,
    /// RFC 6749 2.3.1.
    pub secret: Option<Secret>,
    /// How the secret is sent.
    pub auth: TokenAuth,
    /// What is asked for.
    pub scope: String,
    /// Where its addresses come from.
    pub source: Source,
    /// Are its addresses proved?
    pub trust_email: TrustEmail,
    /// May an account be made by it? The installation's rule if absent.
    pub sign_up: Option<bool>,
    /// The claim in which apps are told who the person is there.
    pub claim: Option<String>,
    /// Switched off: no button, and no answer of it counts.
    pub disabled: bool,
}

/// A client secret; does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// From the environment or a file.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
    /// For the token endpoint and nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// RFC 6749 2.3: how we prove who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenAuth {
    /// `client_secret_post`
    Post,
    /// `client_secret_basic`
    Basic,
    /// `none`: PKCE alone.
    None,
}

/// What a provider's word about an address is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrustEmail {
    /// It is proved where the provider says so.
    Flag,
    /// All of its addresses are proved.
    Always,
    /// None is: people confirm theirs here.
    Never,
}

/// One `[[provider]]`. Unknown members are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the configuration reference describes each
pub struct ProviderMetadata {
    pub name: String,
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub label: Option<String>,
    #[serde(default)]
    pub client_id: String,
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    pub issuer: Option<String>,
    #[serde(default)]
    pub tenant: Option<String>,
    #[serde(default)]
    pub authorization_endpoint: Option<String>,
    #[serde(default)]
    pub token_endpoint: Option<String>,
    #[serde(default)]
    pub userinfo_endpoint: Option<String>,
    #[serde(default)]
    pub token_endpoint_auth_method: Option<AuthMethod>,
    #[serde(default)]
    pub scope: Option<String>,
    #[serde(default)]
    pub claims: BTreeMap<String, String>,
    #[serde(default)]
    pub trust_email: Option<TrustEmail>,
    #[serde(default)]
    pub sign_up: Option<bool>,
    #[serde(default)]
    pub claim: Option<String>,
    #[serde(default)]
    pub disabled: bool,
}

impl ProviderMetadata {
    /// The provider, or everything that is wrong with it at once.
    pub fn validate(&self, secret: Option<Secret>) -> Result<Provider, Vec<Contradiction>> {
        let mut wrong = Vec::new();
        let defaults = kind::of(self, &mut wrong);
        if !is_name(&self.name) {
            let form =
                "1 to 32 small letters, digits and hyphens, beginning with a letter: it stands in addresses";
            wrong.push(Contradiction::new("name", form));
        }
        if self.client_id.is_empty() || self.client_id.chars().any(char::is_control) {
            wrong.push(Contradiction::new(
                "client_id",
                "is missing: the provider gave it when the app was registered there",
            ));
        }
        let label = self.label.as_deref().map(str::trim).filter(|it| !it.is_empty());
        let label = label.or_else(|| defaults.as_ref().map(|it| it.label).filter(|it| !it.is_empty()));
        if defaults.is_some()
            && label.is_none_or(|it| it.chars().count() > 60 || it.chars().any(char::is_control))
        {
            wrong.push(Contradiction::new(
                "label",
                "what the button says after \"Continue with\", at most 60 characters",
            ));
        }
        let auth = self.auth(secret.as_ref(), &mut wrong);
        if let Some(defaults) = &defaults {
            self.foreign_keys(defaults.takes, &mut wrong);
        }
        if let Some(claim) = &self.claim
            && !is_claim(claim)
        {
            let form = "small letters, digits and _, and none that a standard has taken: like \"github_id\"";
            wrong.push(Contradiction::new("claim", form));
        }
        let (Some(defaults), Some(auth), Some(label), []) = (defaults, auth, label, wrong.as_slice()) else {
            return Err(wrong);
        };
        Ok(Provider {
            name: self.name.clone(),
            label: label.to_owned(),
            kind: defaults.kind,
            client_id: self.client_id.clone(),
            secret,
            auth,
            scope: self.scope.clone().unwrap_or_else(|| defaults.scope.to_owned()),
            source: defaults.source,
            trust_email: self.trust_email.unwrap_or(defaults.trust_email),
            sign_up: self.sign_up,
            claim: self.claim.clone(),
            disabled: self.disabled,
        })
    }

    fn auth(&self, secret: Option<&Secret>, wrong: &mut Vec<Contradiction>) -> Option<TokenAuth> {
        let method = self.token_endpoint_auth_method;
        match (method, secret) {
            (Some(AuthMethod::None), None) => Some(TokenAuth::None),
            (Some(AuthMethod::ClientSecretBasic), Some(_)) => Some(TokenAuth::Basic),
            (Some(AuthMethod::ClientSecretPost) | None, Some(_)) => Some(TokenAuth::Post),
            (Some(AuthMethod::PrivateKeyJwt), _) => {
                let which = "write client_secret_post, client_secret_basic or none";
                wrong.push(Contradiction::new("token_endpoint_auth_method", which));
                None
            }
            (Some(AuthMethod::None), Some(_)) => {
                wrong.push(Contradiction::new(
                    "token_endpoint_auth_method",
                    "none, and yet there is a secret",
                ));
                None
            }
            (Some(AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost) | None, None) => {
                let how = "is missing: write client_secret_env or client_secret_file";
                wrong.push(Contradiction::new("client_secret_file", how));
                None
            }
        }
    }

    /// A key that this kind does not read was meant for something.
    fn foreign_keys(&self, takes: &[&str], wrong: &mut Vec<Contradiction>) {
        let written = [
            ("url", self.url.is_some()),
            ("issuer", self.issuer.is_some()),
            ("tenant", self.tenant.is_some()),
            ("authorization_endpoint", self.authorization_endpoint.is_some()),
            ("token_endpoint", self.token_endpoint.is_some()),
            ("userinfo_endpoint", self.userinfo_endpoint.is_some()),
            ("claims", !self.claims.is_empty()),
        ];
        for (name, _) in written.into_iter().filter(|(name, written)| *written && !takes.contains(name)) {
            wrong.push(Contradiction::new(name, format!("a provider of the kind {} has none", self.kind)));
        }
    }
}

fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=32).contains(&text.len())
        && text.bytes().all(plain)
        && text.starts_with(|c: char| c.is_ascii_lowercase())
}

/// no claim of a provider takes the place of one that means something.
fn is_claim(text: &str) -> bool {
    // Beside those that discovery lists: what access tokens say, what other specifications say, and what apps believe.
    const TAKEN: [&str; 19] = [
        "nbf",
        "jti",
        "azp",
        "at_hash",
        "c_hash",
        "s_hash",
        "gid",
        "act",
        "may_act",
        "via",
        "scope",
        "client_id",
        "cnf",
        "events",
        "roles",
        "groups",
        "entitlements",
        "admin",
        "username",
    ];
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    (1..=64).contains(&text.len())
        && text.bytes().all(plain)
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !CLAIMS.contains(&text)
        && !TAKEN.contains(&text)
}

/// What one of our clients is told of a linked account: the claim, and of which provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FederatedClaim {
    /// Its name.
    pub claim: String,
    /// The provider.
    pub provider: String,
}
