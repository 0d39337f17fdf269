//! Clients, with the member names of RFC 7591.

use super::logo::Logo;
use super::registration::InLanguages;
use super::token::Audience;
use super::{Resource, Scope};
use crate::ctx::Lifetimes;
use crate::organization::OrgHandle;
use crate::session::Family;
use crate::{ClientId, Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A registered client, validated: nothing contradicts anything (see `validate`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// RFC 6749 2.2.
    pub id: ClientId,
    /// Whose.
    pub org: Id<id::Organization>,
    /// RFC 7591 2: shown to people.
    pub name: String,
    /// The policy it lives under.
    pub profile: Profile,
    /// How it proves who it is.
    pub auth: ClientAuth,
    /// Ours: consent is skipped unless asked for.
    pub first_party: bool,
    /// draft-ietf-oauth-first-party-apps: it may ask people itself.
    #[serde(default)]
    pub authorization_challenge: bool,
    /// Whose members it is for; everybody if absent.
    #[serde(default)]
    pub organization: Option<OrgHandle>,
    /// Compared byte for byte, with the one exception for ports on loopback addresses.
    pub redirect_uris: Vec<String>,
    /// OpenID Connect RP-Initiated Logout 3.1.
    pub post_logout_redirect_uris: Vec<String>,
    /// OpenID Connect Back-Channel Logout 2.2: where it hears that a session has ended.
    #[serde(default)]
    pub backchannel_logout_uri: Option<String>,
    /// What it may ask the token endpoint for.
    pub grant_types: Vec<GrantType>,
    /// The scopes it may ask for.
    pub scope: Scope,
    /// RFC 8707: the resources it may ask for; the first is the default audience.
    pub resources: Vec<String>,
    /// RFC 8693: the resources it may reach for a person whose token it was sent; the first is the default.
    #[serde(default)]
    pub exchange_resources: Vec<String>,
    /// OpenID Connect Registration 2: RS256 unless it registered otherwise.
    pub id_token_signed_response_alg: SigningAlg,
    /// RFC 9701 6: what signs an introspection answer that it wants signed.
    #[serde(default = "SigningAlg::default_for_registration")]
    pub introspection_signed_response_alg: SigningAlg,
    /// `at+jwt` or opaque.
    pub access_token: AccessTokenFormat,
    /// A refresh token that nobody uses for so long is dead; the installation's life if absent.
    #[serde(default)]
    pub refresh_idle: Option<Duration>,
    /// A grant ends then, however often it is refreshed; the installation's life if absent.
    #[serde(default)]
    pub refresh_absolute: Option<Duration>,
    /// What its sign-up page asks; what the installation's asks if absent.
    #[serde(default)]
    pub sign_up_claims: Option<crate::account::asked::Asked>,
    /// The providers that its sign-in page offers; all if absent.
    #[serde(default)]
    pub providers: Option<Vec<String>>,
    /// What has to be proved before it is reached; the installation's wish if absent.
    #[serde(default)]
    pub confirm: Option<Vec<Channel>>,
    /// OpenID Connect Registration 2.
    pub default_max_age: Option<Duration>,
    /// OpenID Connect Registration 2.
    pub require_auth_time: bool,
    /// CORS: exact origins; default from the redirect URIs.
    pub allowed_origins: Vec<String>,
    /// Where sign-in may be started anew.
    pub initiate_login_uri: Option<String>,
    /// Shown on pages.
    pub client_uri: Option<String>,
    /// Shown on pages.
    pub logo_uri: Option<String>,
    /// Shown on pages.
    pub policy_uri: Option<String>,
    /// Shown on pages.
    pub tos_uri: Option<String>,
    /// `#rrggbb`, contrast-checked when drawn.
    pub colour: Option<String>,
    /// RFC 7591 2.2: names and addresses for readers of other languages.
    #[serde(default)]
    pub in_languages: InLanguages,
    /// Its logo, where it came with the configuration; one at `logo_uri` is fetched and kept apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<Logo>,
    /// Switched off: nothing works with it.
    pub disabled: bool,
}

/// Where a person can be reached, once it is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// An e-mail address.
    Email,
    /// A phone.
    Phone,
}

/// DESIGN 5: a client's policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// PKCE demanded; a client assertion's audience is the issuer.
    Oauth21,
    /// PKCE and nonce optional; a client assertion's audience is the issuer or the token endpoint.
    OidcCompat,
}

/// RFC 7591 2, `token_endpoint_auth_method`, with what each needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "method")]
pub enum ClientAuth {
    /// Public.
    None,
    /// RFC 6749 2.3.1, Basic.
    ClientSecretBasic {
        /// SHA-256 of each valid secret, as lower-case hex; at most two, for a change without a gap.
        secrets: Vec<SecretHash>,
    },
    /// RFC 6749 2.3.1, in the body.
    ClientSecretPost {
        /// As above.
        secrets: Vec<SecretHash>,
    },
    /// RFC 7523 2.2.
    PrivateKeyJwt {
        /// Where its public keys are.
        keys: ClientKeys,
    },
}

/// SHA-256 of a client secret. Generated secrets have 256 bits; configured ones at least 32 characters.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(pub [u8; 32]);

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

/// RFC 7591 2: `jwks` or `jwks_uri`, never both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKeys {
    /// The key set itself (public members only).
    Jwks(serde_json::Value),
    /// Fetched through the guarded client.
    JwksUri(String),
}

/// Grants of the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 4.1.
    AuthorizationCode,
    /// RFC 6749 6.
    RefreshToken,
    /// RFC 6749 4.4.
    ClientCredentials,
    /// RFC 7523 2.1: a service asks for itself by an assertion that it signed.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:jwt-bearer")]
    JwtBearer,
    /// RFC 8693 2.1: a service acts for a person, at another service.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
    /// RFC 8628 3.4.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
}

/// `at+jwt` (RFC 9068) or opaque.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum AccessTokenFormat {
    Jwt,
    Opaque,
}

/// RFC 7518 3.1 and RFC 8037: what we sign ID tokens with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum SigningAlg {
    #[serde(rename = "RS256")]
    Rs256,
    #[serde(rename = "PS256")]
    Ps256,
    #[serde(rename = "ES256")]
    Es256,
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlg {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Es256, Self::Ps256, Self::EdDsa];
    /// OpenID Connect Registration 2, RFC 9701 6: what it is if nothing was registered.
    pub const fn default_for_registration() -> Self {
        Self::Rs256
    }
    /// The JOSE name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// Clients and resources as they are registered now.
pub trait Registry {
    /// The client, switched off or not.
    fn client(&self, id: &ClientId) -> Option<&Client>;
    /// The resource.
    fn resource(&self, identifier: &str) -> Option<&Resource>;

    /// Is there such a client, and is it not switched off?
    fn enabled(&self, id: &ClientId) -> bool {
        self.client(id).is_some_and(|client| client.id == *id && !client.disabled)
    }
    /// DESIGN 5: does this client speak for a resource that the token is for?
    fn serves(&self, client: &ClientId, aud: &Audience) -> bool {
        !self.served(client, aud).is_empty()
    }
    /// The resources that the token is for and this client speaks for.
    fn served(&self, client: &ClientId, aud: &Audience) -> Vec<&Resource> {
        let resources = aud.iter().filter_map(|identifier| self.resource(identifier));
        resources.filter(|it| aud.has(&it.identifier) && it.introspection_clients.contains(client)).collect()
    }
}

/// How long refresh tokens and grants of a client live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshLife {
    /// Without use.
    pub idle: Duration,
    /// However often they are used.
    pub absolute: Duration,
}

impl RefreshLife {
    /// The absolute end of a grant. A life that was shortened since counts at once; one that was lengthened, for the
    /// next grant.
    pub fn end(&self, family: &Family) -> Timestamp {
        family.expires_at.min(family.created_at + self.absolute)
    }
}

impl Client {
    /// RFC 7591 2.2: what people who read this language are shown as its name.
    pub fn name_in(&self, tag: &str) -> &str {
        self.in_languages.get("client_name", tag).unwrap_or(&self.name)
    }
    /// RFC 7591 2.2: its privacy policy in this language.
    pub fn policy_in(&self, tag: &str) -> Option<&str> {
        self.in_languages.get("policy_uri", tag).or(self.policy_uri.as_deref())
    }
    /// RFC 7591 2.2: its terms in this language.
    pub fn terms_in(&self, tag: &str) -> Option<&str> {
        self.in_languages.get("tos_uri", tag).or(self.tos_uri.as_deref())
    }
    /// RFC 6749 2.1: can it keep a secret?
    pub fn is_public(&self) -> bool {
        matches!(self.auth, ClientAuth::None)
    }
    /// DESIGN 5: how long its refresh tokens and grants live.
    pub fn refresh_life(&self, lifetimes: &Lifetimes) -> RefreshLife {
        RefreshLife {
            idle: self.refresh_idle.unwrap_or(lifetimes.refresh_idle),
            absolute: self.refresh_absolute.unwrap_or(lifetimes.refresh_absolute),
        }
    }
    /// Is this grant registered?
    pub fn may(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }
}
