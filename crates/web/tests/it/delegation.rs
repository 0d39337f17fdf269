//! RFC 8693 over HTTP: a service acts for a person at another service.

use crate::grants::{API, FILES, House, Tokens, refusal};
use countersign_core::oauth::token::delegation::ACCESS_TOKEN;
use countersign_core::session::EndReason;
use countersign_core::time::minutes;
use countersign_core::{Write, oauth::AccessTokenFormat};
use countersign_jose::peek_claims;
use countersign_store::counted;
use countersign_testkit::browser::Answer;
use serde_json::{Value, json};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

async fn exchange(house: &House, client: &str, token: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields =
        vec![("grant_type", EXCHANGE), ("subject_token", token), ("subject_token_type", ACCESS_TOKEN)];
    fields.extend(more);
    house.token(client, &fields).await
}

/// The token that comes out, and what a service is told of it.
async fn made(house: &House, client: &str, token: &str) -> String {
    Tokens::of(&exchange(house, client, token, &[]).await).access
}

#[tokio::test]
async fn a_service_acts_for_a_person_at_the_next_one() {
    let house = House::build().await;
    for client in ["planner", "sealed"] {
        let tokens = house.tokens(client, "openid plans:read plans:write").await;
        let fields = [("audience", FILES), ("scope", "plans:read"), ("requested_token_type", ACCESS_TOKEN)];
        let answer = exchange(&house, "api", &tokens.access, &fields).await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
        let body = answer.json();
        assert_eq!(body["issued_token_type"], ACCESS_TOKEN);
        assert_eq!((&body["token_type"], &body["scope"]), (&json!("Bearer"), &json!("plans:read")));
        assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none());
        let token = body["access_token"].as_str().unwrap();
        let claims = Value::Object(peek_claims(token).unwrap());
        assert_eq!((&claims["aud"], &claims["sub"]), (&json!(FILES), &json!(house.subject.as_str())));
        assert_eq!((&claims["client_id"], &claims["act"]), (&json!("api"), &json!({ "sub": "api" })));
        let told = house.introspect("files", token).await;
        assert_eq!(
            (&told["active"], &told["act"], &told["username"]),
            (&json!(true), &json!({ "sub": "api" }), &json!("anna"))
        );
        for stranger in [client, "mallory"] {
            assert_eq!(house.introspect(stranger, token).await, json!({ "active": false }), "{stranger}");
        }
        let back = made(&house, "files", token).await;
        let chain = &house.introspect("api", &back).await["act"];
        assert_eq!(*chain, json!({ "sub": "files", "act": { "sub": "api" } }));
    }
}

#[tokio::test]
async fn nobody_exchanges_what_was_not_sent_to_it() {
    let house = House::build().await;
    let tokens = house.tokens("planner", "openid plans:read").await;
    let passed_on = made(&house, "api", &tokens.access).await;
    let service = Tokens::of(&house.token("planner", &[("grant_type", "client_credentials")]).await).access;
    for (client, token, code) in [
        ("mallory", &tokens.access, "invalid_request"),
        ("files", &tokens.access, "invalid_request"),
        ("api", &passed_on, "invalid_request"),
        ("api", &service, "invalid_request"),
        ("api", &tokens.id, "invalid_request"),
        ("api", &tokens.refresh, "invalid_request"),
        ("api", &"x.y.z".to_owned(), "invalid_request"),
        ("planner", &tokens.access, "unauthorized_client"),
        ("spa", &tokens.access, "unauthorized_client"),
    ] {
        let answer = exchange(&house, client, token, &[]).await;
        assert_eq!(refusal(&answer), (400, code.into()), "{client}");
    }
    let other = house.token("api", &[("grant_type", "client_credentials")]).await;
    let actor = Tokens::of(&other).access;
    let files = Tokens::of(&house.token("files", &[("grant_type", "client_credentials")]).await).access;
    for (actor, status) in [(&actor, 200), (&files, 400), (&tokens.access, 400), (&tokens.id, 400)] {
        let fields = [("actor_token", actor.as_str()), ("actor_token_type", ACCESS_TOKEN)];
        assert_eq!(exchange(&house, "api", &tokens.access, &fields).await.status, status);
    }
}

/// never wider.
#[tokio::test]
async fn an_exchange_never_widens() {
    let house = House::build().await;
    let tokens = house.tokens("planner", "openid email plans:read").await;
    for (fields, code) in [
        (vec![("scope", "plans:write")], "invalid_scope"),
        (vec![("scope", "openid")], "invalid_scope"),
        (vec![("scope", "offline_access")], "invalid_scope"),
        (vec![("scope", "email")], "invalid_scope"),
        (vec![("resource", API)], "invalid_target"),
        (vec![("audience", "files")], "invalid_target"),
        (vec![("resource", "https://id.example")], "invalid_target"),
        (vec![("resource", FILES), ("audience", API)], "invalid_target"),
        (vec![("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token")], "invalid_request"),
        (vec![("requested_token_type", "urn:ietf:params:oauth:token-type:id_token")], "invalid_request"),
    ] {
        let answer = exchange(&house, "api", &tokens.access, &fields).await;
        assert_eq!(refusal(&answer), (400, code.into()), "{fields:?}");
    }
    house.server.advance(minutes(4));
    let answer = exchange(&house, "api", &tokens.access, &[]).await;
    // A second may tick in between.
    let left = answer.json()["expires_in"].as_i64().unwrap();
    assert!((355..=360).contains(&left), "it ends with the subject token: {left}");
    assert_eq!(house.userinfo(answer.json()["access_token"].as_str().unwrap()).await.status, 403);
    house.server.advance(minutes(6));
    let late = exchange(&house, "api", &tokens.access, &[]).await;
    assert_eq!(refusal(&late), (400, "invalid_request".into()));
}

#[tokio::test]
async fn ending_the_grant_the_session_or_a_client_ends_what_was_exchanged() {
    let house = House::build().await;
    let inactive = json!({ "active": false });
    let tokens = house.tokens("planner", "openid plans:read").await;
    let token = made(&house, "api", &tokens.access).await;
    assert_eq!(house.introspect("files", &token).await["active"], true);
    house.post("/revoke", "planner", &[("token", &tokens.refresh)]).await;
    assert_eq!(
        house.introspect("files", &token).await,
        inactive,
        "the person's app has given its grant back"
    );
    assert_eq!(refusal(&exchange(&house, "api", &tokens.access, &[]).await), (400, "invalid_request".into()));

    let tokens = house.tokens("planner", "openid plans:read").await;
    let token = made(&house, "api", &tokens.access).await;
    let mut api = (*house
        .server
        .app
        .directory
        .client(&countersign_core::ClientId::parse("api").unwrap())
        .unwrap()
        .client)
        .clone();
    api.disabled = true;
    house.server.register(api.clone()).await;
    assert_eq!(house.introspect("files", &token).await, inactive, "the service is switched off");
    api.disabled = false;
    api.access_token = AccessTokenFormat::Opaque;
    house.server.register(api).await;
    let opaque = made(&house, "api", &tokens.access).await;
    assert!(opaque.starts_with("cs_at_"));
    for token in [&token, &opaque] {
        assert_eq!(house.introspect("files", token).await["active"], true);
    }
    let at = house.server.now();
    house.write(vec![Write::EndSession(house.session, EndReason::EndedByUser, at)]).await;
    for token in [&token, &opaque] {
        assert_eq!(house.introspect("files", token).await, inactive, "the session is over");
    }
}

/// RFC 7009: what a service gives back is its own token; the person's sign-in goes on.
#[tokio::test]
async fn a_service_revokes_what_it_was_given_and_no_more() {
    let house = House::build().await;
    let tokens = house.tokens("planner", "openid plans:read").await;
    let token = made(&house, "api", &tokens.access).await;
    for stranger in ["files", "mallory", "planner"] {
        assert_eq!(house.post("/revoke", stranger, &[("token", &token)]).await.status, 200);
        assert_eq!(house.introspect("files", &token).await["active"], true, "{stranger}");
    }
    assert_eq!(house.post("/revoke", "api", &[("token", &token)]).await.status, 200);
    assert_eq!(house.introspect("files", &token).await, json!({ "active": false }));
    assert_eq!(refusal(&exchange(&house, "files", &token, &[]).await), (400, "invalid_request".into()));
    assert_eq!(house.userinfo(&tokens.access).await.status, 200);
    assert_eq!(house.refresh("planner", &tokens.refresh).await.status, 200);
}

/// RFC 7009: what was exchanged from a token ends with it, however far down the line; what it came from does not.
#[tokio::test]
async fn what_was_exchanged_from_a_revoked_token_ends_with_it() {
    let house = House::build().await;
    let tokens = house.tokens("planner", "openid plans:read").await;
    let first = made(&house, "api", &tokens.access).await;
    let second = made(&house, "files", &first).await;
    let third = made(&house, "api", &second).await;
    let other = made(&house, "files", &first).await;
    let active = async |who: &str, token: &str| house.introspect(who, token).await["active"] == true;
    house.post("/revoke", "files", &[("token", &second)]).await;
    assert!(
        active("files", &first).await && active("api", &other).await,
        "what it came from, and its sibling, stand"
    );
    assert!(!active("api", &second).await && !active("files", &third).await);
    assert_eq!(refusal(&exchange(&house, "files", &third, &[]).await), (400, "invalid_request".into()));
    house.post("/revoke", "api", &[("token", &first)]).await;
    assert!(!active("api", &other).await, "it was exchanged from the one that is revoked");
    assert_eq!(house.userinfo(&tokens.access).await.status, 200, "the person's sign-in goes on");
}

/// P4: reads, and nothing written.
#[tokio::test]
async fn an_exchange_reads_once_and_writes_nothing() {
    let house = House::build().await;
    let tokens = house.tokens("planner", "openid plans:read").await;
    let (answer, cost) = counted(exchange(&house, "api", &tokens.access, &[])).await;
    assert_eq!((answer.status.as_u16(), cost.statements, cost.commits), (200, 1, 0));
}
