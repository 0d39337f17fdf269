//! Clients for the tests of this folder.

use super::client::SecretHash;
use super::{
    AccessTokenFormat, Client, ClientAuth, GrantType, Profile, Registry, Resource, Scope, SigningAlg,
};
use crate::{ClientId, Id};
use sha2::{Digest as _, Sha256};

pub(crate) fn public() -> Client {
    Client {
        id: ClientId::parse("planner").unwrap(),
        org: Id::from_bytes([0; 16]),
        name: "Planner".into(),
        profile: Profile::Oauth21,
        auth: ClientAuth::None,
        first_party: true,
        redirect_uris: vec!["https://planner.example/cb".into()],
        post_logout_redirect_uris: vec![],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        scope: Scope::parse("openid profile email offline_access plans:read plans:write").unwrap(),
        resources: vec!["https://api.planner.example".into(), "https://files.example".into()],
        exchange_resources: vec![],
        introspection_signed_response_alg: SigningAlg::Rs256,
        id_token_signed_response_alg: SigningAlg::Rs256,
        access_token: AccessTokenFormat::Jwt,
        backchannel_logout_uri: None,
        refresh_idle: None,
        refresh_absolute: None,
        sign_up_claims: None,
        providers: None,
        confirm: None,
        default_max_age: None,
        require_auth_time: false,
        allowed_origins: vec![],
        initiate_login_uri: None,
        client_uri: None,
        logo_uri: None,
        policy_uri: None,
        tos_uri: None,
        colour: None,
        in_languages: Default::default(),
        authorization_challenge: false,
        logo: None,
        organization: None,
        disabled: false,
    }
}
pub(crate) fn hash(secret: &str) -> SecretHash {
    SecretHash(Sha256::digest(secret).into())
}
pub(crate) fn basic(secret: &str) -> Client {
    Client { auth: ClientAuth::ClientSecretBasic { secrets: vec![hash(secret)] }, ..public() }
}
pub(crate) fn post(secret: &str) -> Client {
    Client { auth: ClientAuth::ClientSecretPost { secrets: vec![hash(secret)] }, ..public() }
}

/// Whoever is registered.
#[derive(Default)]
pub(crate) struct Known(pub(crate) Vec<Client>, pub(crate) Vec<Resource>);
impl Registry for Known {
    fn client(&self, id: &ClientId) -> Option<&Client> {
        self.0.iter().find(|client| client.id == *id)
    }
    fn resource(&self, identifier: &str) -> Option<&Resource> {
        self.1.iter().find(|resource| resource.identifier == identifier)
    }
}
