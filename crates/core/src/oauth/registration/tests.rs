use super::*;
use crate::oauth::client::ClientKeys;
use crate::organization::OrgScope;

fn org() -> Id<id::Organization> {
    OrgScope::installation().org()
}
fn spa() -> ClientMetadata {
    ClientMetadata {
        token_endpoint_auth_method: Some(AuthMethod::None),
        redirect_uris: vec!["https://app.example/callback".to_owned()],
        ..ClientMetadata::new("planner")
    }
}
fn web() -> ClientMetadata {
    let mut web = ClientMetadata { token_endpoint_auth_method: None, ..spa() };
    web.put_secret("client_secret_env", "0123456789abcdef0123456789abcdef").unwrap();
    web
}
fn service() -> ClientMetadata {
    ClientMetadata {
        grant_types: Some(vec![GrantType::ClientCredentials]),
        redirect_uris: Vec::new(),
        ..web()
    }
}

#[test]
fn defaults_are_the_safe_ones() {
    let client = spa().validate(org()).unwrap();
    assert_eq!(client.profile, Profile::Oauth21);
    assert_eq!(client.auth, ClientAuth::None);
    assert!(!client.first_party && !client.disabled);
    assert_eq!(client.scope.to_string(), "email openid profile");
    assert_eq!(client.id_token_signed_response_alg, SigningAlg::Rs256);
    assert_eq!(client.allowed_origins, ["https://app.example"]);
    assert!(
        matches!(web().validate(org()).unwrap().auth, ClientAuth::ClientSecretBasic { secrets } if secrets.len() == 1)
    );
    assert!(service().validate(org()).unwrap().scope.is_empty());
}

#[test]
fn unknown_members_are_refused() {
    let bad = r#"{"client_id":"x","redirect_uri":["https://app.example/cb"]}"#;
    let message = serde_json::from_str::<ClientMetadata>(bad).unwrap_err().to_string();
    assert!(message.contains("unknown field `redirect_uri`"), "{message}");
    assert!(
        serde_json::from_str::<ClientMetadata>(r#"{"client_id":"x","id_token_signed_response_alg":"none"}"#)
            .is_err()
    );
    assert!(
        serde_json::from_str::<ClientMetadata>(r#"{"client_id":"x","grant_types":["password"]}"#).is_err()
    );
}

#[test]
fn metadata_survives_its_text() {
    let text = serde_json::to_string(&web()).unwrap();
    assert_eq!(serde_json::from_str::<ClientMetadata>(&text).unwrap(), web());
}

/// Each row takes a good client, makes one mistake, and names the member that must be told about.
#[test]
fn every_contradiction_names_its_member() {
    type Mistake = fn(&mut ClientMetadata);
    let public: &[(&str, Mistake)] = &[
        ("client_id", |c| c.client_id = "u_anna".to_owned()),
        ("client_id", |c| c.client_id = "has space".to_owned()),
        ("client_id", |c| c.client_id.clear()),
        ("client_name", |c| c.client_name = Some(String::new())),
        ("client_name", |c| c.client_name = Some("a\nb".to_owned())),
        ("client_name", |c| c.client_name = Some("Plan\u{202e}ner".to_owned())),
        ("client_secret_sha256", |c| c.client_secret_sha256 = Some(OneOrTwo::One("0".repeat(64)))),
        ("client_secret_env", |c| c.client_secret_env = Some("SECRET".to_owned())),
        ("token_endpoint_auth_method", |c| c.token_endpoint_auth_method = None),
        ("token_endpoint_auth_method", |c| c.token_endpoint_auth_method = Some(AuthMethod::PrivateKeyJwt)),
        ("jwks_uri", |c| c.jwks_uri = Some("https://app.example/jwks".to_owned())),
        ("authorization_challenge", |c| {
            (c.authorization_challenge, c.first_party) = (true, true);
        }),
        ("redirect_uris", |c| c.redirect_uris.clear()),
        ("redirect_uris[0]", |c| c.redirect_uris = vec!["https://app.example/cb#x".to_owned()]),
        ("redirect_uris[0]", |c| c.redirect_uris = vec!["com.example.app:/cb".to_owned()]),
        ("redirect_uris[1]", |c| c.redirect_uris.push("https://app.example/callback".to_owned())),
        ("post_logout_redirect_uris[0]", |c| c.post_logout_redirect_uris = vec!["javascript:x".to_owned()]),
        ("grant_types", |c| c.grant_types = Some(Vec::new())),
        ("grant_types", |c| {
            c.grant_types = Some(vec![GrantType::AuthorizationCode, GrantType::ClientCredentials]);
        }),
        ("grant_types", |c| c.grant_types = Some(vec![GrantType::AuthorizationCode, GrantType::JwtBearer])),
        ("grant_types", |c| {
            c.grant_types = Some(vec![GrantType::AuthorizationCode, GrantType::TokenExchange]);
            c.exchange_resources = vec!["https://api.example".to_owned()];
        }),
        ("response_types", |c| c.response_types = Some(vec!["token".to_owned()])),
        ("response_types", |c| c.response_types = Some(Vec::new())),
        ("scope", |c| c.scope = Some("openid \"x\"".to_owned())),
        ("scope", |c| c.scope = Some("openid offline_access".to_owned())),
        ("resources[0]", |c| c.resources = vec!["api".to_owned()]),
        ("resources[0]", |c| c.resources = vec!["https://api.example/#x".to_owned()]),
        ("allowed_origins[0]", |c| c.allowed_origins = Some(vec!["https://app.example/".to_owned()])),
        ("allowed_origins[0]", |c| c.allowed_origins = Some(vec!["*".to_owned()])),
        ("allowed_origins[0]", |c| c.allowed_origins = Some(vec!["null".to_owned()])),
        ("initiate_login_uri", |c| c.initiate_login_uri = Some("http://app.example".to_owned())),
        ("logo_uri", |c| c.logo_uri = Some("javascript:alert(1)".to_owned())),
        ("tos_uri", |c| c.tos_uri = Some("data:text/html,x".to_owned())),
        ("colour", |c| c.colour = Some("red;}".to_owned())),
        ("default_max_age", |c| c.default_max_age = Some(u64::MAX)),
        ("backchannel_logout_uri", |c| c.backchannel_logout_uri = Some("http://app.example/out".to_owned())),
        ("backchannel_logout_uri", |c| c.backchannel_logout_uri = Some("https://app.example/#x".to_owned())),
        ("backchannel_logout_session_required", |c| c.backchannel_logout_session_required = true),
        ("refresh_idle", |c| c.refresh_idle = Some(60)),
        ("refresh_absolute", |c| {
            c.grant_types = Some(vec![GrantType::AuthorizationCode, GrantType::RefreshToken]);
            c.refresh_absolute = Some(0);
        }),
        ("refresh_idle", |c| {
            c.grant_types = Some(vec![GrantType::AuthorizationCode, GrantType::RefreshToken]);
            (c.refresh_idle, c.refresh_absolute) = (Some(61), Some(60));
        }),
    ];
    let with_secret: &[(&str, Mistake)] = &[
        ("client_secret_sha256", |c| c.client_secret_sha256 = Some(OneOrTwo::One("xyz".to_owned()))),
        ("client_secret_sha256", |c| c.client_secret_sha256 = Some(OneOrTwo::Many(Vec::new()))),
        ("client_secret_sha256", |c| c.client_secret_sha256 = Some(OneOrTwo::Many(vec!["0".repeat(64); 3]))),
        ("jwks", |c| c.jwks = Some(serde_json::json!({"keys": [{"kty": "EC"}]}))),
        ("redirect_uris[0]", |c| {
            // A confidential client has no private-use scheme, native or not.
            c.application_type = Some(ApplicationType::Native);
            c.redirect_uris = vec!["com.example.app:/cb".to_owned()];
        }),
    ];
    let of_service: &[(&str, Mistake)] = &[
        ("grant_types", |c| {
            c.grant_types = Some(vec![GrantType::ClientCredentials, GrantType::RefreshToken])
        }),
        ("grant_types", |c| c.grant_types = Some(vec![GrantType::JwtBearer])),
        ("exchange_resources", |c| c.grant_types = Some(vec![GrantType::TokenExchange])),
        ("exchange_resources", |c| c.exchange_resources = vec!["https://api.example".to_owned()]),
        ("exchange_resources[0]", |c| {
            c.grant_types = Some(vec![GrantType::TokenExchange]);
            c.exchange_resources = vec!["files".to_owned()];
        }),
        ("redirect_uris", |c| c.redirect_uris = vec!["https://app.example/cb".to_owned()]),
        ("scope", |c| c.scope = Some("openid".to_owned())),
        ("response_types", |c| c.response_types = Some(vec!["code".to_owned()])),
        ("post_logout_redirect_uris", |c| {
            c.post_logout_redirect_uris = vec!["https://app.example/".to_owned()];
        }),
    ];
    for (base, rows) in [(spa(), public), (web(), with_secret), (service(), of_service)] {
        assert!(base.validate(org()).is_ok());
        for (member, mistake) in rows {
            let mut metadata = base.clone();
            mistake(&mut metadata);
            let wrong = metadata.validate(org()).expect_err(member);
            assert!(wrong.iter().any(|it| it.member == *member), "{member}: {wrong:?}");
        }
    }
}

#[test]
fn a_native_public_client_may_use_a_private_scheme() {
    let metadata = ClientMetadata {
        application_type: Some(ApplicationType::Native),
        redirect_uris: vec!["com.example.app:/callback".to_owned()],
        ..spa()
    };
    let client = metadata.validate(org()).unwrap();
    assert!(client.allowed_origins.is_empty());
}

#[test]
fn keys_are_public_and_in_one_place() {
    let with = |jwks: serde_json::Value| ClientMetadata {
        token_endpoint_auth_method: Some(AuthMethod::PrivateKeyJwt),
        client_secret_sha256: None,
        jwks: Some(jwks),
        ..web()
    };
    let good = with(serde_json::json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA"}]}));
    assert!(matches!(
        good.validate(org()).unwrap().auth,
        ClientAuth::PrivateKeyJwt { keys: ClientKeys::Jwks(_) }
    ));
    for bad in [
        serde_json::json!({"keys": []}),
        serde_json::json!({}),
        serde_json::json!({"keys": [{"kty": "oct", "k": "AA"}]}),
        serde_json::json!({"keys": [{"kty": "EC", "d": "AA"}]}),
        serde_json::json!({"keys": ["x"]}),
    ] {
        assert_eq!(with(bad).validate(org()).unwrap_err()[0].member, "jwks");
    }
    let both = ClientMetadata { jwks_uri: Some("https://app.example/jwks".to_owned()), ..good };
    assert_eq!(both.validate(org()).unwrap_err()[0].member, "jwks_uri");
}

#[test]
fn weak_and_placeholder_secrets_are_refused() {
    for bad in ["", "short", &"a".repeat(40), "changeme-changeme-changeme-changeme-1234567"] {
        let mut metadata = spa();
        assert!(metadata.put_secret("client_secret_env", bad).is_err(), "{bad}");
        assert!(metadata.client_secret_sha256.is_none());
    }
}

#[test]
fn clients_and_resources_must_know_each_other() {
    let mut client = web();
    client.resources = vec!["https://api.example".to_owned()];
    let client = client.validate(org()).unwrap();
    let resource = |clients: &[&str]| {
        let clients = clients.iter().map(|it| (*it).to_owned()).collect();
        let metadata = ResourceMetadata {
            identifier: "https://api.example".to_owned(),
            name: None,
            scope: Some("read write".to_owned()),
            scope_descriptions: Default::default(),
            introspection_clients: clients,
        };
        metadata.validate(org()).unwrap()
    };
    let spa = ClientMetadata { client_id: "spa".to_owned(), ..spa() }.validate(org()).unwrap();
    let clients = [client, spa];
    assert_eq!(unknown_references(&clients, &[resource(&["planner"])]), []);
    assert_eq!(unknown_references(&clients, &[])[0].0, "planner");
    assert_eq!(unknown_references(&clients, &[resource(&["nobody"])]).len(), 1);
    assert_eq!(unknown_references(&clients, &[resource(&["spa"])]).len(), 1);
}
