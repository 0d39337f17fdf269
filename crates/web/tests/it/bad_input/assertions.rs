//! RFC 7523 3, per profile.

use super::refused;
use countersign_testkit::relying_party::{JWT_BEARER, unique};
use countersign_testkit::{Answer, ISSUER, World};
use serde_json::{Value, json};

async fn send(world: &World, path: &str, claims: &Value) -> Answer {
    let token = world.key.sign(Some("JWT"), claims.to_string().as_bytes()).unwrap();
    send_token(world, path, &token).await
}

async fn send_token(world: &World, path: &str, token: &str) -> Answer {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", token),
        ("token", "x"),
    ];
    world.server.browser().form(path, &[], &fields).await
}

/// at the same endpoint and at another one.
#[tokio::test]
async fn an_assertion_is_used_once() {
    let world = World::new().await;
    let claims = world.rp("key").assertion_claims(world.now());
    assert_eq!(send(&world, "/token", &claims).await.status, 200);
    refused(&send(&world, "/token", &claims).await, 401, "invalid_client");
    refused(&send(&world, "/introspect", &claims).await, 401, "invalid_client");
    // Another client's jti of the same text is another jti.
    let mut other = world.rp("key-compat").assertion_claims(world.now());
    other["jti"] = claims["jti"].clone();
    assert_eq!(send(&world, "/token", &other).await.status, 200);
}

/// A-052, raced: one of fifty.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_parallel_uses_of_an_assertion_authenticate_once() {
    let world = World::new().await;
    let claims = world.rp("key").assertion_claims(world.now());
    let token = world.key.sign(Some("JWT"), claims.to_string().as_bytes()).unwrap();
    let answers = futures_util::future::join_all((0..50).map(|_| send_token(&world, "/token", &token))).await;
    assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 1);
    assert!(answers.iter().all(|a| a.status == 200 || a.status == 401));
}

#[tokio::test]
async fn oauth21_takes_the_issuer_as_the_sole_audience() {
    let world = World::new().await;
    let rp = world.rp("key");
    for aud in [
        json!("https://evil.test"),
        json!(format!("{ISSUER}/")),
        json!(format!("{ISSUER}/token")),
        json!([ISSUER]),
        json!([ISSUER, "https://evil.test"]),
        json!([]),
        json!(null),
        json!(1),
        json!({ "x": ISSUER }),
        json!(ISSUER.to_ascii_uppercase()),
    ] {
        let mut claims = rp.assertion_claims(world.now());
        claims["aud"] = aud;
        refused(&send(&world, "/token", &claims).await, 401, "invalid_client");
    }
    assert_eq!(send(&world, "/token", &rp.assertion_claims(world.now())).await.status, 200, "the control");
}

#[tokio::test]
async fn oidc_compat_takes_the_token_endpoint_too_alone_or_in_an_array() {
    let world = World::new().await;
    let rp = world.rp("key-compat");
    let endpoint = format!("{ISSUER}/token");
    for aud in [json!(ISSUER), json!(endpoint), json!([endpoint]), json!([ISSUER, "https://other.example"])] {
        let mut claims = rp.assertion_claims(world.now());
        claims["aud"] = aud;
        assert_eq!(send(&world, "/token", &claims).await.status, 200, "{claims}");
    }
    for aud in [json!("https://evil.test/token"), json!([]), json!(format!("{endpoint}/")), json!(null)] {
        let mut claims = rp.assertion_claims(world.now());
        claims["aud"] = aud;
        refused(&send(&world, "/token", &claims).await, 401, "invalid_client");
    }
}

#[tokio::test]
async fn the_other_claims_are_checked_on_every_profile() {
    let world = World::new().await;
    let now = world.now();
    for client in ["key", "key-compat"] {
        let rp = world.rp(client);
        let bad: Vec<(&str, Value)> = vec![
            ("exp", Value::Null),
            ("exp", json!(now - 1)),
            ("exp", json!(now)),
            ("exp", json!("soon")),
            ("exp", json!(now + 90_000)),
            ("exp", json!(1e300)),
            ("iat", json!(now + 61)),
            ("nbf", json!(now + 61)),
            ("iat", json!("x")),
            ("iss", json!("planner")),
            ("sub", json!("planner")),
            ("iss", Value::Null),
            ("sub", Value::Null),
            ("sub", json!([client])),
            ("jti", Value::Null),
            ("jti", json!("")),
            ("jti", json!(7)),
            ("jti", json!("j".repeat(5_000))),
        ];
        for (name, value) in bad {
            let mut claims = rp.assertion_claims(now);
            claims[name] = value.clone();
            let answer = send(&world, "/token", &claims).await;
            assert_eq!(answer.status, 401, "{name} = {value}: {}", answer.body);
        }
        for missing in ["exp", "iss", "sub", "aud", "jti"] {
            let mut claims = rp.assertion_claims(now);
            claims.as_object_mut().unwrap().remove(missing);
            refused(&send(&world, "/token", &claims).await, 401, "invalid_client");
        }
        for (name, ahead) in [("iat", 10), ("nbf", 10)] {
            let mut claims = rp.assertion_claims(now);
            claims[name] = json!(now + ahead);
            assert_eq!(send(&world, "/token", &claims).await.status, 200, "clocks differ a little");
        }
    }
}

#[tokio::test]
async fn the_assertion_and_the_request_speak_of_one_client() {
    let world = World::new().await;
    let mut http = world.server.browser();
    let sign = |claims: Value| world.key.sign(Some("JWT"), claims.to_string().as_bytes()).unwrap();
    let token = sign(world.rp("key").assertion_claims(world.now()));
    let send = [("grant_type", "client_credentials"), ("client_assertion", token.as_str())];
    let kind = ("client_assertion_type", JWT_BEARER);
    for other in ["key-compat", "planner", "nobody"] {
        let answer = http.form("/token", &[], &[send[0], send[1], kind, ("client_id", other)]).await;
        assert!([400, 401].contains(&answer.status.as_u16()), "{}", answer.body);
    }
    refused(&http.form("/token", &[], &send).await, 400, "invalid_request");
    let saml = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer");
    refused(&http.form("/token", &[], &[send[0], send[1], saml]).await, 400, "invalid_request");
    // A client that is registered for a secret cannot sign.
    let planner = json!({ "iss": "planner", "sub": "planner", "aud": ISSUER, "jti": unique("j"), "exp": world.now() + 60 });
    let token = sign(planner);
    let fields = [send[0], ("client_assertion", token.as_str()), kind];
    refused(&http.form("/token", &[], &fields).await, 401, "invalid_client");
}
