//! Both metadata documents, at every address that the standards name.

use axum::http::StatusCode;
use countersign_core::Policy;
use countersign_core::oauth::registration::ResourceMetadata;
use countersign_core::organization::OrgScope;
use countersign_testkit::TestServer;

/// what the request says of the host does not matter.
#[tokio::test]
async fn the_issuer_is_the_configured_one_whatever_the_host() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let forged =
            [("host", "evil.test"), ("x-forwarded-host", "evil.test"), ("x-forwarded-proto", "http")];
        let answer = browser.call(axum::http::Method::GET, path, &forged, "").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.json()["issuer"], "https://id.example");
        assert!(!answer.body.contains("evil.test"));
    }
}

/// oidcc-discovery-endpoint-verification.
#[tokio::test]
async fn the_document_lists_what_works_and_signs_with_rs256() {
    let server = TestServer::start().await;
    let answer = server.browser().get("/.well-known/openid-configuration").await;
    let json = answer.json();
    let algs = json["id_token_signing_alg_values_supported"].as_array().unwrap();
    assert!(algs.contains(&"RS256".into()) && !algs.contains(&"none".into()));
    assert!(json["scopes_supported"].as_array().unwrap().contains(&"openid".into()));
    for endpoint in
        ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint"]
    {
        assert!(json[endpoint].as_str().unwrap().starts_with("https://id.example/"), "{endpoint}");
    }
}

#[tokio::test]
async fn an_issuer_with_a_path_is_found_by_both_rules() {
    let server = TestServer::with("sqlite::memory:", Policy::new("https://h.example/identity-backend")).await;
    let mut browser = server.browser();
    for path in [
        "/identity-backend/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/identity-backend",
        "/.well-known/openid-configuration/identity-backend",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.json()["issuer"], "https://h.example/identity-backend");
    }
    assert_eq!(browser.get("/.well-known/openid-configuration").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_has_the_document_is_told_so_until_it_changes() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let path = "/.well-known/openid-configuration";
    let first = browser.get(path).await;
    let tag = first.header("etag").to_owned();
    let get = axum::http::Method::GET;
    let again = browser.call(get.clone(), path, &[("if-none-match", &tag)], "").await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let resource = ResourceMetadata {
        identifier: "https://api.example".to_owned(),
        name: None,
        scope: Some("reports:read".to_owned()),
        scope_descriptions: Default::default(),
        introspection_clients: Vec::new(),
    };
    server.resource(resource.validate(OrgScope::installation().org()).unwrap()).await;
    let changed = browser.call(get, path, &[("if-none-match", &tag)], "").await;
    assert_eq!(changed.status, StatusCode::OK);
    assert!(changed.json()["scopes_supported"].as_array().unwrap().contains(&"reports:read".into()));
}
