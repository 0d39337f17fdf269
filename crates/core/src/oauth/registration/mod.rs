//! RFC 7591: what an operator writes about a client, and the [`Client`] it becomes if nothing contradicts.

mod check;
mod in_languages;
mod resource;
mod secret;
#[cfg(test)]
mod tests;

pub use in_languages::{InLanguages, MEMBERS as IN_LANGUAGES};
pub use resource::{ResourceMetadata, unknown_references};
pub use secret::MIN_SECRET;

use super::client::{Channel, ClientAuth, SecretHash};
use super::logo::Logo;
use super::{AccessTokenFormat, Client, GrantType, Profile, SigningAlg};
use crate::organization::OrgHandle;
use crate::{Id, id};
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// One `[[client]]`, with the member names of RFC 7591 2 and OpenID Connect Registration 2; those that
/// are ours say so. Unknown members are refused (by [`InLanguages`], which gets what is left over).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientMetadata {
    /// 1 to 200 printable ASCII characters without space; not beginning with `u_`, which subjects do.
    pub client_id: String,
    /// The name people see; the `client_id` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// Ours: `oauth21` (default) or `oidc-compat`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// `web` (default) or `native`; a native public client may use private-use schemes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_type: Option<ApplicationType>,
    /// Ours: the operator's own app; consent is skipped unless it is asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_party: bool,
    /// Ours: it asks people for their passwords and codes itself, at the authorization challenge endpoint
    /// (draft-ietf-oauth-first-party-apps). For the operator's own apps that can keep a secret.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub authorization_challenge: bool,
    /// How it proves who it is; `client_secret_basic` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// Ours: the environment variable that holds the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_env: Option<String>,
    /// Ours: the file that holds the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_file: Option<String>,
    /// Ours: SHA-256 of the secret as hex; two while it is being changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_sha256: Option<OneOrTwo>,
    /// Its public keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<serde_json::Value>,
    /// Where its public keys are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Where answers may go; compared byte for byte.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    /// Where sign-out may lead; compared byte for byte.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<String>,
    /// OpenID Connect Back-Channel Logout 2.2: where the app hears that a session has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// OpenID Connect Back-Channel Logout 2.2: the app needs `sid` in logout tokens. They always have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backchannel_logout_session_required: bool,
    /// `authorization_code` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_types: Option<Vec<GrantType>>,
    /// `code` if the grant types have `authorization_code`; nothing else exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_types: Option<Vec<String>>,
    /// What it may ask for. If absent: `openid profile email` for apps that sign people in, with
    /// `offline_access` if it may refresh; nothing for services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Ours: the resources (RFC 8707) it may ask for; the first is the default audience.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Ours: the resources it may reach for a person whose token it was sent (RFC 8693), for the grant type
    /// token-exchange; the first is the default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchange_resources: Vec<String>,
    /// `RS256` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<SigningAlg>,
    /// RFC 9701 6: `RS256` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introspection_signed_response_alg: Option<SigningAlg>,
    /// Ours: `jwt` (RFC 9068, default) or `opaque`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token_format: Option<AccessTokenFormat>,
    /// Ours: a refresh token that is not used for so many seconds is dead; the installation's `refresh_idle` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_idle: Option<u64>,
    /// Ours: a grant ends after so many seconds, however often it is refreshed; the installation's
    /// `refresh_absolute` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_absolute: Option<u64>,
    /// Ours: the standard claims that its sign-up page asks; those that end in `?` may be left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_up_claims: Option<Vec<String>>,
    /// Ours: the providers that its sign-in page offers, by name; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub providers: Option<Vec<String>>,
    /// Ours: what has to be proved before it is reached: `email`, `phone`, both or neither; the installation's wish if
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<Vec<Channel>>,
    /// `public`; nothing else exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_type: Option<SubjectType>,
    /// Sign-ins older than this many seconds are not good enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u64>,
    /// ID tokens always say `auth_time`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_auth_time: bool,
    /// Ours: origins that may call the token endpoint from a page; those of the redirect URIs if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_origins: Option<Vec<String>>,
    /// Where a sign-in may be started anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    /// Its home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its logo. We fetch it and show our copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Ours: the file that holds its logo, in place of `logo_uri`; see [`put_logo`](Self::put_logo).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_file: Option<String>,
    /// Its privacy policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Its terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// Ours: its colour on the sign-in page, `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// Ours: only members of this organization sign in to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrgHandle>,
    /// Ours: switched off; nothing works with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// RFC 7591 2.2: `client_name#de` and its like.
    #[serde(flatten)]
    pub in_languages: InLanguages,
    /// The picture that `logo_file` held.
    #[serde(skip)]
    pub logo: Option<Logo>,
}

/// OpenID Connect Registration 2: `application_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum ApplicationType {
    Web,
    Native,
}

/// RFC 7591 2: `token_endpoint_auth_method`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum AuthMethod {
    None,
    ClientSecretBasic,
    ClientSecretPost,
    PrivateKeyJwt,
}

impl AuthMethod {
    /// Every method, in the order the metadata lists them.
    pub const ALL: [Self; 4] =
        [Self::ClientSecretBasic, Self::ClientSecretPost, Self::PrivateKeyJwt, Self::None];
    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

/// OpenID Connect Core 8: the same subject for every client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum SubjectType {
    Public,
}

/// One text, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum OneOrTwo {
    One(String),
    Many(Vec<String>),
}

/// What is wrong with one member of the metadata, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The member, such as `redirect_uris[1]`.
    pub member: String,
    /// What is wrong and what to write instead.
    pub problem: String,
}

impl Contradiction {
    /// This member, this problem.
    pub fn new(member: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { member: member.into(), problem: problem.into() }
    }
    /// RFC 7591 3.2.2: the error code of a refused registration.
    pub fn code(&self) -> &'static str {
        if self.member.starts_with("redirect_uris") {
            "invalid_redirect_uri"
        } else {
            "invalid_client_metadata"
        }
    }
}
impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.member, self.problem)
    }
}

impl ClientMetadata {
    /// Metadata with nothing but an id: a starting point for [`validate`](Self::validate).
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_name: None,
            profile: None,
            application_type: None,
            first_party: false,
            authorization_challenge: false,
            token_endpoint_auth_method: None,
            client_secret_env: None,
            client_secret_file: None,
            client_secret_sha256: None,
            jwks: None,
            jwks_uri: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            grant_types: None,
            response_types: None,
            scope: None,
            resources: Vec::new(),
            exchange_resources: Vec::new(),
            id_token_signed_response_alg: None,
            introspection_signed_response_alg: None,
            access_token_format: None,
            refresh_idle: None,
            refresh_absolute: None,
            sign_up_claims: None,
            providers: None,
            confirm: None,
            subject_type: None,
            default_max_age: None,
            require_auth_time: false,
            allowed_origins: None,
            initiate_login_uri: None,
            client_uri: None,
            logo_uri: None,
            logo_file: None,
            policy_uri: None,
            tos_uri: None,
            colour: None,
            organization: None,
            disabled: false,
            in_languages: InLanguages::none(),
            logo: None,
        }
    }

    /// The content of `logo_file`.
    pub fn put_logo(&mut self, bytes: &[u8]) -> Result<(), Contradiction> {
        let logo = Logo::sniff(bytes).map_err(|bad| Contradiction::new("logo_file", bad.to_string()))?;
        self.logo_file = None;
        self.logo = Some(logo);
        Ok(())
    }

    /// The client, or everything that is wrong with it at once. `client_secret_env` and
    /// `client_secret_file` must have been replaced by [`put_secret`](Self::put_secret) before.
    pub fn validate(&self, org: Id<id::Organization>) -> Result<Client, Vec<Contradiction>> {
        let mut wrong = Vec::new();
        let id = self.checked_id(&mut wrong);
        let auth = self.checked_auth(&mut wrong);
        let grant_types = self.checked_grants(&mut wrong);
        let scope = self.checked_scope(&grant_types, &mut wrong);
        self.check_uris(&grant_types, &mut wrong);
        self.check_lives(&grant_types, &mut wrong);
        self.check_looks(&mut wrong);
        self.check_people(&grant_types, &mut wrong);
        let (Some(id), Some(auth), []) = (id, auth, wrong.as_slice()) else { return Err(wrong) };
        Ok(Client {
            name: self.client_name.clone().unwrap_or_else(|| id.to_string()),
            id,
            org,
            profile: self.profile.unwrap_or(Profile::Oauth21),
            auth,
            first_party: self.first_party,
            authorization_challenge: self.authorization_challenge,
            organization: self.organization.clone(),
            redirect_uris: self.redirect_uris.clone(),
            post_logout_redirect_uris: self.post_logout_redirect_uris.clone(),
            backchannel_logout_uri: self.backchannel_logout_uri.clone(),
            grant_types,
            scope,
            resources: self.resources.clone(),
            exchange_resources: self.exchange_resources.clone(),
            id_token_signed_response_alg: self
                .id_token_signed_response_alg
                .unwrap_or(SigningAlg::default_for_registration()),
            introspection_signed_response_alg: self
                .introspection_signed_response_alg
                .unwrap_or(SigningAlg::default_for_registration()),
            access_token: self.access_token_format.unwrap_or(AccessTokenFormat::Jwt),
            refresh_idle: self.refresh_idle.map(Duration::from_secs),
            refresh_absolute: self.refresh_absolute.map(Duration::from_secs),
            // Looked at before.
            sign_up_claims: self.sign_up_claims.clone().and_then(|it| it.try_into().ok()),
            providers: self.providers.clone(),
            confirm: self.confirm.clone(),
            default_max_age: self.default_max_age.map(Duration::from_secs),
            require_auth_time: self.require_auth_time,
            allowed_origins: self.origins(),
            initiate_login_uri: self.initiate_login_uri.clone(),
            client_uri: self.client_uri.clone(),
            logo_uri: self.logo_uri.clone(),
            policy_uri: self.policy_uri.clone(),
            tos_uri: self.tos_uri.clone(),
            colour: self.colour.clone(),
            in_languages: self.in_languages.clone(),
            logo: self.logo.clone(),
            disabled: self.disabled,
        })
    }

    fn method(&self) -> AuthMethod {
        self.token_endpoint_auth_method.unwrap_or(AuthMethod::ClientSecretBasic)
    }
}
