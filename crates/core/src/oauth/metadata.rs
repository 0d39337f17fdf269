//! OpenID Connect Discovery 3 and RFC 8414 2: what we say of ourselves. One document, at both addresses;
//! it lists what works and nothing else.

use super::client::{GrantType, SigningAlg};
use super::registration::AuthMethod;
use super::{Resource, Scope};
use crate::login::next::ACR_ONE_FACTOR;
use crate::login::provider::settings::FederatedClaim;
use serde::Serialize;
use std::collections::BTreeSet;

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)] // named by the standards
pub struct Metadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub userinfo_endpoint: String,
    pub jwks_uri: String,
    pub end_session_endpoint: String,
    pub pushed_authorization_request_endpoint: String,
    /// RFC 8628 4.
    pub device_authorization_endpoint: String,
    /// draft-ietf-oauth-first-party-apps 8.
    pub authorization_challenge_endpoint: String,
    pub introspection_endpoint: String,
    pub revocation_endpoint: String,
    /// Ours (RFC 8414 2 lets us add members): server-sent events about ended sessions, for who may introspect.
    pub revocation_stream_endpoint: String,
    /// OpenID Connect Back-Channel Logout 2.1.
    pub backchannel_logout_supported: bool,
    /// OpenID Connect Back-Channel Logout 2.1: `sid` is in every logout token.
    pub backchannel_logout_session_supported: bool,
    pub scopes_supported: Vec<String>,
    pub response_types_supported: Vec<&'static str>,
    pub response_modes_supported: Vec<&'static str>,
    pub grant_types_supported: Vec<GrantType>,
    pub subject_types_supported: Vec<&'static str>,
    pub acr_values_supported: Vec<&'static str>,
    pub id_token_signing_alg_values_supported: Vec<&'static str>,
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    pub token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    pub introspection_signing_alg_values_supported: Vec<&'static str>,
    pub introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    pub revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    pub code_challenge_methods_supported: Vec<&'static str>,
    pub prompt_values_supported: Vec<&'static str>,
    pub display_values_supported: Vec<&'static str>,
    pub claim_types_supported: Vec<&'static str>,
    pub claims_supported: Vec<String>,
    pub ui_locales_supported: Vec<String>,
    pub claims_parameter_supported: bool,
    pub request_parameter_supported: bool,
    /// False must be said: left out it means true (OpenID Connect Discovery 3).
    pub request_uri_parameter_supported: bool,
    pub require_pushed_authorization_requests: bool,
    /// RFC 9207 3.
    pub authorization_response_iss_parameter_supported: bool,
}

/// Where each endpoint stands, under the issuer.
pub mod path {
    #![allow(missing_docs)]
    pub const AUTHORIZE: &str = "/authorize";
    pub const TOKEN: &str = "/token";
    pub const USERINFO: &str = "/userinfo";
    pub const JWKS: &str = "/jwks.json";
    pub const LOGOUT: &str = "/logout";
    pub const PAR: &str = "/par";
    pub const DEVICE_AUTHORIZATION: &str = "/device_authorization";
    pub const AUTHORIZATION_CHALLENGE: &str = "/authorize-challenge";
    pub const INTROSPECT: &str = "/introspect";
    pub const REVOKE: &str = "/revoke";
    pub const REVOCATIONS: &str = "/revocations";
    /// OpenID Connect Discovery 4: appended to the issuer, whatever its path.
    pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
    /// RFC 8414 3: between the host and the issuer's path.
    pub const OAUTH_SERVER: &str = "/.well-known/oauth-authorization-server";
    /// Every one of them.
    pub const ALL: [&str; 13] = [
        AUTHORIZE,
        TOKEN,
        USERINFO,
        JWKS,
        LOGOUT,
        PAR,
        DEVICE_AUTHORIZATION,
        AUTHORIZATION_CHALLENGE,
        INTROSPECT,
        REVOKE,
        REVOCATIONS,
        OPENID_CONFIGURATION,
        OAUTH_SERVER,
    ];
}

/// Scopes that need no resource: those of OpenID Connect Core 5.4 and 11.
pub const STANDARD_SCOPES: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

/// OpenID Connect Core 2 and 5.1: every claim that a token or userinfo of ours can hold.
pub const CLAIMS: [&str; 29] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "sid",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "address",
    "phone_number",
    "phone_number_verified",
];

/// What the document depends on.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Byte for byte as configured.
    pub issuer: &'a str,
    /// What we have keys for.
    pub algs: &'a [SigningAlg],
    /// The languages of our pages.
    pub locales: &'a [&'a str],
    /// What apps are told of linked accounts.
    pub federated: &'a [FederatedClaim],
}

/// The document, with the scopes of the declared resources.
pub fn metadata<'r>(about: &About<'_>, resources: impl Iterator<Item = &'r Resource>) -> Metadata {
    let at = |path: &str| format!("{}{path}", about.issuer);
    let methods: Vec<_> = AuthMethod::ALL.iter().map(|method| method.as_str()).collect();
    // RFC 7662 2.1: introspection is for callers that authenticate.
    let confidential: Vec<_> = methods.iter().copied().filter(|method| *method != "none").collect();
    let assertion_algs: Vec<_> = SigningAlg::ALL.iter().map(|alg| alg.as_str()).collect();
    Metadata {
        issuer: about.issuer.to_owned(),
        authorization_endpoint: at(path::AUTHORIZE),
        token_endpoint: at(path::TOKEN),
        userinfo_endpoint: at(path::USERINFO),
        jwks_uri: at(path::JWKS),
        end_session_endpoint: at(path::LOGOUT),
        pushed_authorization_request_endpoint: at(path::PAR),
        device_authorization_endpoint: at(path::DEVICE_AUTHORIZATION),
        authorization_challenge_endpoint: at(path::AUTHORIZATION_CHALLENGE),
        introspection_endpoint: at(path::INTROSPECT),
        revocation_endpoint: at(path::REVOKE),
        revocation_stream_endpoint: at(path::REVOCATIONS),
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        scopes_supported: scopes(resources),
        response_types_supported: vec!["code"],
        response_modes_supported: vec!["query", "form_post"],
        grant_types_supported: vec![
            GrantType::AuthorizationCode,
            GrantType::RefreshToken,
            GrantType::ClientCredentials,
            GrantType::JwtBearer,
            GrantType::TokenExchange,
            GrantType::DeviceCode,
        ],
        subject_types_supported: vec!["public"],
        acr_values_supported: vec![ACR_ONE_FACTOR],
        id_token_signing_alg_values_supported: about.algs.iter().map(|alg| alg.as_str()).collect(),
        token_endpoint_auth_methods_supported: methods.clone(),
        token_endpoint_auth_signing_alg_values_supported: assertion_algs.clone(),
        introspection_signing_alg_values_supported: about.algs.iter().map(|alg| alg.as_str()).collect(),
        introspection_endpoint_auth_methods_supported: confidential,
        introspection_endpoint_auth_signing_alg_values_supported: assertion_algs.clone(),
        revocation_endpoint_auth_methods_supported: methods,
        revocation_endpoint_auth_signing_alg_values_supported: assertion_algs,
        code_challenge_methods_supported: vec!["S256"],
        prompt_values_supported: vec!["none", "login", "consent", "select_account"],
        display_values_supported: vec!["page"],
        claim_types_supported: vec!["normal"],
        claims_supported: CLAIMS
            .into_iter()
            .chain(about.federated.iter().map(|it| it.claim.as_str()))
            .map(str::to_owned)
            .collect(),
        ui_locales_supported: about.locales.iter().map(|&locale| locale.to_owned()).collect(),
        claims_parameter_supported: true,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        require_pushed_authorization_requests: false,
        authorization_response_iss_parameter_supported: true,
    }
}

fn scopes<'r>(resources: impl Iterator<Item = &'r Resource>) -> Vec<String> {
    let declared: Vec<&Scope> = resources.map(|resource| &resource.scope).collect();
    let own: BTreeSet<&str> =
        declared.iter().flat_map(|scope| scope.iter()).filter(|it| !STANDARD_SCOPES.contains(it)).collect();
    STANDARD_SCOPES.into_iter().chain(own).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::registration::ResourceMetadata;
    use crate::organization::OrgScope;

    fn document() -> serde_json::Value {
        let resource = ResourceMetadata {
            identifier: "https://api.example".to_owned(),
            name: None,
            scope: Some("reports:read openid".to_owned()),
            scope_descriptions: Default::default(),
            introspection_clients: Vec::new(),
        };
        let resource = resource.validate(OrgScope::installation().org()).unwrap();
        let about = About {
            issuer: "https://host.example/identity-backend",
            algs: &[SigningAlg::Rs256, SigningAlg::Es256],
            locales: &["en", "de"],
            federated: &[FederatedClaim { claim: "github_id".to_owned(), provider: "github".to_owned() }],
        };
        serde_json::to_value(metadata(&about, [&resource].into_iter())).unwrap()
    }

    #[test]
    fn the_document_is_what_the_world_sees() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&document()).unwrap());
    }

    /// Discovery 3 and RFC 8414 2: what must stand there, and what must not be claimed.
    #[test]
    fn what_the_standards_demand_stands_there() {
        let it = document();
        assert_eq!(it["issuer"], "https://host.example/identity-backend");
        assert_eq!(it["token_endpoint"], "https://host.example/identity-backend/token");
        assert!(it["id_token_signing_alg_values_supported"].as_array().unwrap().contains(&"RS256".into()));
        assert_eq!(it["request_uri_parameter_supported"], false);
        assert_eq!(it["code_challenge_methods_supported"], serde_json::json!(["S256"]));
        assert!(!it.to_string().contains("\"none\",\"RS256\""));
        let scopes = it["scopes_supported"].as_array().unwrap();
        assert_eq!(scopes.iter().filter(|scope| *scope == "openid").count(), 1);
        assert!(scopes.contains(&"reports:read".into()));
    }

    #[test]
    fn no_list_says_anything_twice() {
        for (name, value) in document().as_object().unwrap() {
            let list = value.as_array().into_iter().flatten();
            let texts: Vec<_> = list.map(|it| it.as_str().unwrap()).collect();
            assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), texts.len(), "{name}: {texts:?}");
        }
    }
}
