//! Who is the client? over HTTP.

use crate::grants::{House, SECRET, basic, client, refusal};
use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_core::Policy;
use countersign_core::oauth::client_auth::JWT_BEARER;
use countersign_core::oauth::{ClientAuth, ClientKeys};
use countersign_jose::{Alg, SigningKey};
use countersign_outbound::guard::Guard;
use countersign_store::counted;
use countersign_testkit::TestServer;
use countersign_testkit::browser::Answer;
use countersign_testkit::server::ISSUER;
use countersign_testkit::without_flow;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SERVICE: (&str, &str) = ("grant_type", "client_credentials");

/// the same bytes for both, and no timing to tell by (see core).
#[tokio::test]
async fn an_unknown_client_and_a_wrong_secret_read_alike() {
    let house = House::build().await;
    let mut seen = Vec::new();
    for header in
        [basic("planner", "wrong"), basic("nobody", SECRET), basic("spa", SECRET), basic("poster", SECRET)]
    {
        let headers = [("authorization", header.as_str())];
        let answer = house.server.browser().form("/token", &headers, &[SERVICE]).await;
        assert_eq!(refusal(&answer), (401, "invalid_client".into()), "{header}");
        assert!(answer.header("www-authenticate").starts_with("Basic "));
        seen.push(without_flow(&answer.body));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1);
    for fields in [
        vec![SERVICE, ("client_id", "poster"), ("client_secret", "wrong")],
        vec![SERVICE, ("client_id", "planner"), ("client_secret", SECRET)],
        vec![SERVICE, ("client_id", "nobody"), ("client_secret", SECRET)],
        vec![SERVICE, ("client_id", "planner")],
        vec![SERVICE],
    ] {
        let answer = house.server.browser().form("/token", &[], &fields).await;
        assert_eq!(refusal(&answer), (401, "invalid_client".into()), "{fields:?}");
        assert_eq!(answer.header("www-authenticate"), "", "only who used the header is told its scheme");
    }
}

///
#[tokio::test]
async fn two_methods_at_once_are_a_bad_request() {
    let house = House::build().await;
    let header = basic("planner", SECRET);
    let assertion = sign(&house.key, &claims(&house, "signer"));
    let typ = ("client_assertion_type", JWT_BEARER);
    for fields in [
        vec![SERVICE, ("client_id", "planner"), ("client_secret", SECRET)],
        vec![SERVICE, ("client_assertion", assertion.as_str()), typ],
        vec![SERVICE, ("client_id", "poster")],
    ] {
        let headers = [("authorization", header.as_str())];
        let answer = house.server.browser().form("/token", &headers, &fields).await;
        assert_eq!(refusal(&answer), (400, "invalid_request".into()), "{fields:?}");
    }
    let fields =
        [SERVICE, ("client_id", "poster"), ("client_secret", SECRET), ("client_assertion", &assertion), typ];
    let answer = house.server.browser().form("/token", &[], &fields).await;
    assert_eq!(refusal(&answer), (400, "invalid_request".into()));
    let headers = [("authorization", header.as_str()), ("authorization", header.as_str())];
    let answer = house.server.browser().form("/token", &headers, &[SERVICE]).await;
    assert_eq!(refusal(&answer), (400, "invalid_request".into()));
    let answer = house.server.browser().call(Method::POST, "/token", &[], "").await;
    assert_eq!(refusal(&answer), (400, "invalid_request".into()));
}

///
#[tokio::test]
async fn an_assertion_works_once_and_only_as_it_was_signed() {
    let house = House::build().await;
    let good = sign(&house.key, &claims(&house, "signer"));
    assert_eq!(assert_with(&house, &good).await.status, 200);
    assert_eq!(refusal(&assert_with(&house, &good).await), (401, "invalid_client".into()), "replayed");

    let other = SigningKey::generate(Alg::Es256).unwrap().with_kid(house.key.kid()).unwrap();
    let parts = |claims: &Value| {
        let token = sign(&house.key, claims);
        token.split('.').map(str::to_owned).collect::<Vec<_>>()
    };
    let with_header = |header: Value| {
        let [_, payload, signature] = parts(&claims(&house, "signer")).try_into().unwrap();
        format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode(header.to_string()))
    };
    let kid = house.key.kid();
    let altered = |name: &str, value: Value| {
        let mut claims = claims(&house, "signer");
        claims[name] = value;
        sign(&house.key, &claims)
    };
    let now = house.server.now().seconds();
    for (why, token) in [
        ("alg none", with_header(json!({ "alg": "none", "kid": kid }))),
        ("HS256 with the public key", with_header(json!({ "alg": "HS256", "kid": kid }))),
        (
            "header altered, signature kept",
            with_header(json!({ "alg": "ES256", "kid": kid, "typ": "JWT", "cty": "x" })),
        ),
        ("crit", with_header(json!({ "alg": "ES256", "kid": kid, "crit": ["exp"] }))),
        ("jwk", with_header(json!({ "alg": "ES256", "jwk": house.key.public_jwk() }))),
        ("jku", with_header(json!({ "alg": "ES256", "kid": kid, "jku": "https://evil.example/" }))),
        ("another key", sign(&other, &claims(&house, "signer"))),
        ("aud other", altered("aud", json!("https://other.example"))),
        ("aud array", altered("aud", json!(["https://id.example"]))),
        ("aud token endpoint", altered("aud", json!("https://id.example/token"))),
        ("expired", altered("exp", json!(now - 1))),
        ("no exp", altered("exp", Value::Null)),
        ("exp far", altered("exp", json!(now + 100_000))),
        ("iss is not sub", altered("iss", json!("planner"))),
        ("sub of another", altered("sub", json!("planner"))),
        ("no jti", altered("jti", Value::Null)),
        ("from the future", altered("iat", json!(now + 120))),
        ("not a JWT", "x.y.z".to_owned()),
        ("million dots", ".".repeat(50_000)),
    ] {
        assert_eq!(refusal(&assert_with(&house, &token).await), (401, "invalid_client".into()), "{why}");
    }
}

/// CONFORMANCE.md D: `oidc-compat` takes the issuer or the token endpoint, alone or in an array.
#[tokio::test]
async fn a_compat_client_may_name_the_token_endpoint() {
    let house = House::build().await;
    for (aud, good) in [
        (json!("https://id.example/token"), true),
        (json!(["https://id.example/token"]), true),
        (json!("https://id.example"), true),
        (json!("https://id.example/userinfo"), false),
    ] {
        let mut claims = claims(&house, "compat");
        claims["aud"] = aud.clone();
        let status = assert_with(&house, &sign(&house.key, &claims)).await.status;
        assert_eq!(status == 200, good, "{aud}");
    }
}

/// P1: an assertion costs one guarded insert and nothing else.
#[tokio::test]
async fn an_assertion_costs_one_statement() {
    let house = House::build().await;
    let token = sign(&house.key, &claims(&house, "signer"));
    let (answer, cost) = counted(assert_with(&house, &token)).await;
    assert_eq!(answer.status, 200);
    assert_eq!((cost.statements, cost.commits), (1, 1));
}

/// oidcc-refresh-token-rp-key-rotation: a client that publishes a new key is heard within a minute.
#[tokio::test]
async fn a_client_may_rotate_the_keys_at_its_jwks_uri() {
    let [first, next] = [(); 2].map(|()| SigningKey::generate(Alg::Es256).unwrap());
    let sets = [&first, &next].map(|key| json!({ "keys": [key.public_jwk()] }).to_string());
    let (address, visits) = publish(sets.to_vec()).await;
    let guard = Guard::builder().allow("127.0.0.1", address.port()).build();
    let house = House::on(TestServer::guarded("sqlite::memory:", Policy::new(ISSUER), guard).await).await;
    let keys = ClientKeys::JwksUri(format!("http://{address}/jwks.json"));
    house.server.register(client("fetched", ClientAuth::PrivateKeyJwt { keys })).await;
    let with = async |key: &SigningKey| {
        let token = sign(key, &claims(&house, "fetched"));
        assert_with(&house, &token).await.status.as_u16()
    };
    assert_eq!((with(&first).await, with(&first).await), (200, 200));
    assert_eq!(visits.load(Ordering::SeqCst), 1, "kept");
    assert_eq!(with(&next).await, 401, "asked again at most once a minute");
    house.server.advance(std::time::Duration::from_secs(60));
    assert_eq!((with(&next).await, with(&first).await), (200, 401));
    assert_eq!(visits.load(Ordering::SeqCst), 2);
}

/// Answers the n-th visit with the n-th body, and from then on with the last.
async fn publish(bodies: Vec<String>) -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, visits) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = visits.clone();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let body = &bodies[count.fetch_add(1, Ordering::SeqCst).min(bodies.len() - 1)];
            let _ = socket.read(&mut [0; 2048]).await;
            let head =
                format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = socket.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    (address, visits)
}

pub fn claims(house: &House, client: &str) -> Value {
    let now = house.server.now().seconds();
    let mut random = [0u8; 16];
    house.server.app.rng.fill(&mut random);
    json!({
        "iss": client, "sub": client, "aud": "https://id.example", "exp": now + 60, "iat": now,
        "jti": URL_SAFE_NO_PAD.encode(random),
    })
}

pub fn sign(key: &SigningKey, claims: &Value) -> String {
    key.sign(Some("JWT"), claims.to_string().as_bytes()).unwrap()
}

async fn assert_with(house: &House, assertion: &str) -> Answer {
    let fields = [SERVICE, ("client_assertion", assertion), ("client_assertion_type", JWT_BEARER)];
    house.server.browser().form("/token", &[], &fields).await
}
