//! SECURITY.md, group "Token endpoint", over HTTP.

use crate::grants::{API, FILES, House, Tokens, VERIFIER, callback, refusal};
use axum::http::Method;
use countersign_core::oauth::{SigningAlg, token::at_hash};
use countersign_core::time::minutes;
use countersign_jose::{Alg, JwkSet, TypRule, verify};
use countersign_store::counted;
use std::time::Duration;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

///
#[tokio::test]
async fn a_code_buys_tokens_that_verify_by_the_published_keys() {
    let house = House::build().await;
    let code = house.code("planner", "openid profile plans:read").await;
    let answer = house.redeem("planner", &code).await;
    assert_eq!(answer.status, 200);
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let json = answer.json();
    assert_eq!(json["token_type"], "Bearer");
    assert_eq!(json["expires_in"], 600);
    assert_eq!(json["scope"], "openid plans:read profile");
    let tokens = Tokens::of(&answer);
    assert!(tokens.refresh.starts_with("cs_rt_"));

    let jwks = house.server.browser().get("/jwks.json").await;
    assert_eq!(jwks.header("access-control-allow-origin"), "*");
    let keys = JwkSet::parse(jwks.body.as_bytes()).unwrap().to_public_keys().unwrap();
    let access = verify(&tokens.access, &keys, &[Alg::Es256], TypRule::OneOf(&["at+jwt"])).unwrap();
    let access = access.claims().unwrap();
    assert_eq!(access["iss"], "https://id.example");
    assert_eq!(access["sub"], house.subject.as_str());
    assert_eq!(access["aud"], serde_json::json!([API, "https://id.example"]));
    assert_eq!(access["client_id"], "planner");
    assert_eq!(access["sid"], house.session.to_string());
    assert!(access["jti"].as_str().unwrap().len() >= 22);
    let id = verify(&tokens.id, &keys, &[Alg::Rs256], TypRule::Any).unwrap().claims().unwrap();
    let mut names: Vec<_> = id.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["amr", "at_hash", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sid", "sub"]);
    assert_eq!(id["aud"], "planner");
    assert_eq!(id["nonce"], "n-0S6_WzA2Mj");
    assert_eq!(id["at_hash"], at_hash(SigningAlg::Rs256, &tokens.access));
}

///
#[tokio::test]
async fn a_replayed_code_kills_what_it_bought() {
    let house = House::build().await;
    let code = house.code("planner", "openid").await;
    let tokens = Tokens::of(&house.redeem("planner", &code).await);
    assert_eq!(house.userinfo(&tokens.access).await.status, 200);
    house.server.advance(Duration::from_secs(30));
    assert_eq!(refusal(&house.redeem("planner", &code).await), (400, "invalid_grant".into()));
    assert_eq!(house.userinfo(&tokens.access).await.status, 401);
    assert_eq!(house.introspect("planner", &tokens.access).await, serde_json::json!({ "active": false }));
    let refreshed = house.refresh("planner", &tokens.refresh).await;
    assert_eq!(refusal(&refreshed), (400, "invalid_grant".into()));
    let mail = house.server.mail_to("Anna@example.org").await;
    assert!(mail.subject.contains("vorsichtshalber abgemeldet"), "{}", mail.subject);
}

/// each refused, none of them burns the code for its owner.
#[tokio::test]
async fn a_code_is_bound_to_client_redirect_uri_and_verifier() {
    let house = House::build().await;
    let code = house.code("planner", "openid").await;
    let cb = callback("planner");
    let other = "b".repeat(43);
    let grant = ("grant_type", "authorization_code");
    let cut = &code[..code.len() - 1];
    let flipped = format!("{}{}", if code.starts_with('A') { 'B' } else { 'A' }, &code[1..]);
    for (client, fields) in [
        (
            "mallory",
            vec![grant, ("code", code.as_str()), ("code_verifier", VERIFIER), ("redirect_uri", cb.as_str())],
        ),
        ("planner", vec![grant, ("code", &code), ("code_verifier", &other), ("redirect_uri", &cb)]),
        ("planner", vec![grant, ("code", &code), ("redirect_uri", &cb)]),
        ("planner", vec![grant, ("code", &code), ("code_verifier", VERIFIER)]),
        (
            "planner",
            vec![
                grant,
                ("code", &code),
                ("code_verifier", VERIFIER),
                ("redirect_uri", "https://planner.example/cb/"),
            ],
        ),
        ("planner", vec![grant, ("code", cut), ("code_verifier", VERIFIER), ("redirect_uri", &cb)]),
        ("planner", vec![grant, ("code", &flipped), ("code_verifier", VERIFIER), ("redirect_uri", &cb)]),
    ] {
        let answer = house.token(client, &fields).await;
        assert_eq!(refusal(&answer), (400, "invalid_grant".into()), "{client} {fields:?}");
    }
    let late = house.code("planner", "openid").await;
    assert_eq!(house.redeem("planner", &code).await.status, 200);
    house.server.advance(Duration::from_secs(61));
    assert_eq!(refusal(&house.redeem("planner", &late).await), (400, "invalid_grant".into()));
}

/// and the "Bad input".
#[tokio::test]
async fn requests_that_cannot_be_read_get_the_standards_error() {
    let house = House::build().await;
    let mut browser = house.server.browser();
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = browser.call(method.clone(), "/token?grant_type=client_credentials", &[], "").await;
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.header("allow").contains("POST"), "{method}: {:?}", answer.headers);
    }
    let good = "grant_type=client_credentials&client_id=poster&client_secret=x";
    for (content_type, body, error) in [
        ("application/json", "{\"grant_type\":\"client_credentials\"}", "invalid_request"),
        ("text/plain", good, "invalid_request"),
        ("application/x-www-form-urlencoded; charset=iso-8859-1", good, "invalid_request"),
        (FORM.1, "grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        (FORM.1, "grant_type=%ff", "invalid_request"),
        (FORM.1, "grant_type=a%00b", "invalid_request"),
        (FORM.1, "grant_type=%zz", "invalid_request"),
    ] {
        let answer = browser.call(Method::POST, "/token", &[("content-type", content_type)], body).await;
        assert_eq!(refusal(&answer), (400, error.into()), "{content_type} {body}");
    }
    for (fields, error) in [
        (vec![], "invalid_request"),
        (vec![("grant_type", "password"), ("username", "anna"), ("password", "x")], "unsupported_grant_type"),
        (vec![("grant_type", "authorization_code")], "invalid_request"),
        (vec![("grant_type", "client_credentials"), ("scope", "a\"b")], "invalid_scope"),
        (vec![("grant_type", "client_credentials"), ("scope", "admin")], "invalid_scope"),
        (vec![("grant_type", "client_credentials"), ("resource", "https://evil.example")], "invalid_target"),
    ] {
        assert_eq!(refusal(&house.token("planner", &fields).await), (400, error.into()), "{fields:?}");
    }
    let unregistered = house.token("spa", &[("grant_type", "client_credentials")]).await;
    assert_eq!(refusal(&unregistered), (400, "unauthorized_client".into()));
    let huge = "x".repeat(10 << 20);
    let answer = browser.call(Method::POST, "/token", &[FORM], &huge).await;
    assert_eq!(refusal(&answer), (413, "invalid_request".into()));
}

/// Query parameters never count: they end up in logs.
#[tokio::test]
async fn query_parameters_are_ignored() {
    let house = House::build().await;
    let answer = house.post("/token?grant_type=client_credentials", "planner", &[]).await;
    assert_eq!(refusal(&answer), (400, "invalid_request".into()));
    let answer = house.post("/token?scope=admin", "planner", &[("grant_type", "client_credentials")]).await;
    assert_eq!(answer.status, 200);
}

/// as a client sees them.
#[tokio::test]
async fn refresh_tokens_rotate_forgive_a_lost_answer_and_end_on_reuse() {
    let house = House::build().await;
    let first = house.tokens("spa", "openid plans:read").await;
    let second = Tokens::of(&house.refresh("spa", &first.refresh).await);
    let again = Tokens::of(&house.refresh("spa", &first.refresh).await);
    assert_eq!(again.refresh, second.refresh);
    assert_ne!(again.access, second.access);
    assert!(!second.id.is_empty());

    let foreign = house.refresh("planner", &second.refresh).await;
    assert_eq!(refusal(&foreign), (400, "invalid_grant".into()));
    for (extra, error) in
        [(("scope", "openid plans:write"), "invalid_scope"), (("resource", FILES), "invalid_target")]
    {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", second.refresh.as_str()), extra];
        assert_eq!(refusal(&house.token("spa", &fields).await), (400, error.into()));
    }
    let third = Tokens::of(&house.refresh("spa", &second.refresh).await);
    assert_eq!(refusal(&house.refresh("spa", &first.refresh).await), (400, "invalid_grant".into()));
    assert_eq!(refusal(&house.refresh("spa", &third.refresh).await), (400, "invalid_grant".into()));
    assert_eq!(house.userinfo(&third.access).await.status, 401, "the access token died with its family");
}

/// P1: no question to the database, and a token that says whose it is.
#[tokio::test]
async fn service_tokens_ask_nothing_of_the_database() {
    let house = House::build().await;
    for client in ["planner", "poster", "sealed"] {
        let fields = [("grant_type", "client_credentials"), ("resource", FILES)];
        let (answer, cost) = counted(house.token(client, &fields)).await;
        assert_eq!((cost.statements, cost.commits), (0, 0));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let json = answer.json();
        assert!(json.get("refresh_token").is_none() && json.get("id_token").is_none());
        assert_eq!(json["scope"], "plans:read plans:write");
    }
}

/// RFC 8707 2.2.
#[tokio::test]
async fn opaque_tokens_and_narrow_audiences_work_alike() {
    let house = House::build().await;
    let tokens = house.tokens("sealed", "openid").await;
    assert!(tokens.access.starts_with("cs_at_") && !tokens.access.contains('.'));
    assert_eq!(house.userinfo(&tokens.access).await.status, 200);
    house.server.advance(minutes(10));
    assert_eq!(house.userinfo(&tokens.access).await.status, 401);
}

/// DESIGN 5: whoever kept a copy is shut out, and the person hears of it.
#[tokio::test]
async fn a_reused_refresh_token_is_told_to_the_person() {
    let house = House::build().await;
    let first = house.tokens("spa", "openid").await;
    assert_eq!(house.refresh("spa", &first.refresh).await.status, 200);
    house.server.advance(minutes(2));
    assert_eq!(refusal(&house.refresh("spa", &first.refresh).await), (400, "invalid_grant".into()));
    let mail = house.server.mail_to("Anna@example.org").await;
    assert!(
        mail.subject.starts_with("spa ") && mail.text.contains("https://id.example/account/apps"),
        "{mail:?}"
    );
}
