//! RFC 7662 and RFC 7009 over HTTP.

use crate::grants::{API, House, Tokens, basic, refusal};
use countersign_core::session::EndReason;
use countersign_core::{Write, time::minutes};
use countersign_store::counted;
use serde_json::json;

#[tokio::test]
async fn a_token_is_told_to_its_client_and_to_the_resources_it_is_for() {
    let house = House::build().await;
    for client in ["planner", "sealed"] {
        let tokens = house.tokens(client, "openid plans:read").await;
        let own = house.introspect(client, &tokens.access).await;
        assert_eq!((&own["active"], &own["client_id"]), (&json!(true), &json!(client)));
        assert_eq!((&own["scope"], &own["token_type"]), (&json!("openid plans:read"), &json!("Bearer")));
        assert_eq!(own["sub"], house.subject.as_str());
        assert!(own.get("username").is_none(), "only for a resource");
        let api = house.introspect("api", &tokens.access).await;
        assert_eq!((&api["active"], &api["username"]), (&json!(true), &json!("anna")));
        assert_eq!((&api["scope"], &api["aud"]), (&json!("plans:read"), &json!(API)), "what concerns it");
        assert_eq!(own["aud"], json!([API, "https://id.example"]));
        assert_eq!(house.introspect("mallory", &tokens.access).await, json!({ "active": false }));
        assert_eq!(house.introspect("api", &tokens.id).await, json!({ "active": false }));
        let refresh = house.introspect(client, &tokens.refresh).await;
        assert_eq!((&refresh["active"], refresh.get("token_type")), (&json!(true), None));
        for stranger in ["mallory", "api"] {
            assert_eq!(house.introspect(stranger, &tokens.refresh).await, json!({ "active": false }));
        }
    }
    let narrow = house.tokens("planner", "plans:read").await;
    house.server.advance(minutes(10));
    assert_eq!(house.introspect("planner", &narrow.access).await, json!({ "active": false }), "expired");
}

#[tokio::test]
async fn only_clients_that_prove_themselves_may_ask() {
    let house = House::build().await;
    let tokens = house.tokens("spa", "openid").await;
    let token = ("token", tokens.access.as_str());
    let anonymous = house.server.browser().form("/introspect", &[], &[token]).await;
    assert_eq!(refusal(&anonymous), (401, "invalid_client".into()));
    assert_eq!(refusal(&house.post("/introspect", "spa", &[token]).await), (401, "invalid_client".into()));
    let header = basic("planner", "wrong");
    let wrong = house.server.browser().form("/introspect", &[("authorization", &header)], &[token]).await;
    assert_eq!(refusal(&wrong), (401, "invalid_client".into()));
    assert_eq!(refusal(&house.post("/introspect", "planner", &[]).await), (400, "invalid_request".into()));
}

#[tokio::test]
async fn revoking_either_token_ends_the_grant() {
    let house = House::build().await;
    for which in [0, 1] {
        for client in ["planner", "sealed"] {
            let first = house.tokens(client, "openid").await;
            let tokens = Tokens::of(&house.refresh(client, &first.refresh).await);
            let token = if which == 0 { &tokens.access } else { &tokens.refresh };
            let by_other = house.post("/revoke", "mallory", &[("token", token)]).await;
            assert_eq!((by_other.status.as_u16(), by_other.body.as_str()), (200, ""));
            assert_eq!(house.introspect(client, &tokens.access).await["active"], true, "no effect");
            let fields = [("token", token.as_str()), ("token_type_hint", "nonsense")];
            assert_eq!(house.post("/revoke", client, &fields).await.status, 200);
            for token in [&first.access, &tokens.access, &tokens.refresh] {
                assert_eq!(house.introspect(client, token).await, json!({ "active": false }));
            }
            assert_eq!(refusal(&house.refresh(client, &tokens.refresh).await), (400, "invalid_grant".into()));
            assert_eq!(house.userinfo(&tokens.access).await.status, 401);
        }
    }
}

#[tokio::test]
async fn revocation_forgives_what_it_does_not_know_but_not_who_asks() {
    let house = House::build().await;
    for token in ["unknown", "cs_rt_x", "cs_at_x", "a.b.c"] {
        assert_eq!(house.post("/revoke", "planner", &[("token", token)]).await.status, 200, "{token}");
    }
    let spa = house.tokens("spa", "openid").await;
    assert_eq!(house.post("/revoke", "spa", &[("token", &spa.refresh)]).await.status, 200);
    assert_eq!(house.userinfo(&spa.access).await.status, 401, "a public client names itself");
    assert_eq!(refusal(&house.post("/revoke", "planner", &[]).await), (400, "invalid_request".into()));
    let anonymous = house.server.browser().form("/revoke", &[], &[("token", "x")]).await;
    assert_eq!(refusal(&anonymous), (401, "invalid_client".into()));
}

#[tokio::test]
async fn a_service_token_can_be_revoked_before_its_time() {
    let house = House::build().await;
    for client in ["planner", "sealed"] {
        let service = house.token(client, &[("grant_type", "client_credentials")]).await;
        let token = Tokens::of(&service).access;
        assert_eq!(house.introspect("api", &token).await["sub"], client);
        house.post("/revoke", "mallory", &[("token", &token)]).await;
        assert_eq!(house.introspect(client, &token).await["active"], true);
        for _ in 0..2 {
            assert_eq!(house.post("/revoke", client, &[("token", &token)]).await.status, 200);
        }
        assert_eq!(house.introspect("api", &token).await, json!({ "active": false }));
    }
}

/// RFC 7009 2.2.1: an app that sends its ID token believes that something ended.
#[tokio::test]
async fn an_id_token_cannot_be_revoked_and_its_client_is_told() {
    let house = House::build().await;
    let tokens = house.tokens("planner", "openid").await;
    let own = house.post("/revoke", "planner", &[("token", &tokens.id)]).await;
    assert_eq!(refusal(&own), (400, "unsupported_token_type".into()));
    let foreign = house.post("/revoke", "mallory", &[("token", &tokens.id)]).await;
    assert_eq!((foreign.status.as_u16(), foreign.body.as_str()), (200, ""), "nobody else learns what it is");
    let mut forged = tokens.id.clone();
    forged.replace_range(forged.len() - 8.., "AAAAAAAA");
    assert_eq!(house.post("/revoke", "planner", &[("token", &forged)]).await.status, 200);
    assert_eq!(house.introspect("planner", &tokens.access).await["active"], true);
}

/// RFC 7662 2.1, RFC 7009 2.1: a hint helps to look, and changes nothing.
#[tokio::test]
async fn a_wrong_hint_changes_nothing() {
    let house = House::build().await;
    let tokens = house.tokens("planner", "openid").await;
    for (token, hint) in [
        (&tokens.access, "refresh_token"),
        (&tokens.refresh, "access_token"),
        (&tokens.access, "id_token"),
        (&tokens.refresh, "pickle"),
    ] {
        let fields = [("token", token.as_str()), ("token_type_hint", hint)];
        assert_eq!(house.post("/introspect", "planner", &fields).await.json()["active"], true, "{hint}");
    }
    let fields = [("token", tokens.access.as_str()), ("token_type_hint", "refresh_token")];
    assert_eq!(house.post("/revoke", "planner", &fields).await.status, 200);
    assert_eq!(house.introspect("planner", &tokens.refresh).await, json!({ "active": false }));
}

mod signed {
    use super::*;
    use crate::grants::SECRET;
    use axum::http::Method;
    use countersign_core::ClientId;
    use countersign_core::oauth::SigningAlg;
    use countersign_core::oauth::introspect::SignedIntrospection;
    use countersign_jose::{Alg, TypRule, peek_header, verify};
    use countersign_testkit::browser::Answer;
    use serde_json::Value;

    const TYPE: &str = SignedIntrospection::MEDIA_TYPE;

    async fn ask(house: &House, client: &str, token: &str, accept: &str) -> Answer {
        let header = basic(client, SECRET);
        let headers = [("authorization", header.as_str()), ("accept", accept)];
        house.server.browser().form("/introspect", &headers, &[("token", token)]).await
    }

    /// The claims, by a key that we publish.
    fn opened(house: &House, jwt: &str, alg: Alg) -> Value {
        let ring = house.server.app.keys.current();
        let typ = TypRule::OneOf(&["token-introspection+jwt"]);
        Value::Object(verify(jwt, ring.verification_keys(), &[alg], typ).unwrap().claims().unwrap())
    }

    /// RFC 9701 4 and 5.
    #[tokio::test]
    async fn who_asks_for_a_signed_answer_gets_one_for_itself() {
        let house = House::build().await;
        let tokens = house.tokens("planner", "openid plans:read").await;
        let begun = house.server.now().seconds();
        let answer = ask(&house, "api", &tokens.access, TYPE).await;
        let now = begun..=house.server.now().seconds();
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, TYPE));
        assert_eq!((answer.header("cache-control"), answer.header("vary")), ("no-store", "Accept"));
        let claims = opened(&house, &answer.body, Alg::Rs256);
        let names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["aud", "iat", "iss", "token_introspection"], "neither sub nor exp outside");
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!("https://id.example"), &json!("api")));
        assert!(now.contains(&claims["iat"].as_i64().unwrap()), "{claims}");
        assert_eq!(claims["token_introspection"], house.introspect("api", &tokens.access).await);
        assert_eq!(claims["token_introspection"]["username"], "anna");
        for (who, token) in [("mallory", &tokens.access), ("api", &tokens.id), ("api", &"x".to_owned())] {
            let dead = opened(&house, &ask(&house, who, token, TYPE).await.body, Alg::Rs256);
            assert_eq!(dead["token_introspection"], json!({ "active": false }));
            assert_eq!(dead["aud"], who);
        }
    }

    #[tokio::test]
    async fn the_algorithm_is_the_registered_one() {
        let house = House::build().await;
        let tokens = house.tokens("planner", "plans:read").await;
        let entry = house.server.app.directory.client(&ClientId::parse("api").unwrap()).unwrap();
        let mut api = (*entry.client).clone();
        api.introspection_signed_response_alg = SigningAlg::Es256;
        house.server.register(api).await;
        let answer = ask(&house, "api", &tokens.access, TYPE).await;
        assert_eq!(opened(&house, &answer.body, Alg::Es256)["token_introspection"]["active"], true);
        assert_eq!(peek_header(&answer.body).unwrap().typ.as_deref(), Some("token-introspection+jwt"));
    }

    /// RFC 9110 12.5.1; a refusal is JSON whatever was wanted.
    #[tokio::test]
    async fn everybody_else_gets_json() {
        let house = House::build().await;
        let tokens = house.tokens("planner", "plans:read").await;
        for accept in ["*/*", "application/json", "text/html", "application/token-introspection+jwt;q=0"] {
            let answer = ask(&house, "api", &tokens.access, accept).await;
            assert_eq!(
                (answer.header("content-type"), answer.header("vary")),
                ("application/json", "Accept")
            );
            assert_eq!(answer.json()["active"], true);
        }
        let header = basic("api", "wrong");
        let headers = [("authorization", header.as_str()), ("accept", TYPE)];
        let answer = house.server.browser().form("/introspect", &headers, &[("token", "x")]).await;
        assert_eq!(refusal(&answer), (401, "invalid_client".into()));
    }

    /// RFC 9701 8.1: an answer passes for no token.
    #[tokio::test]
    async fn a_signed_answer_opens_nothing() {
        let house = House::build().await;
        let tokens = house.tokens("planner", "openid plans:read").await;
        let jwt = ask(&house, "api", &tokens.access, TYPE).await.body;
        assert_eq!(house.userinfo(&jwt).await.status, 401);
        assert_eq!(house.introspect("api", &jwt).await, json!({ "active": false }));
        assert!(house.server.app.read_hint(&jwt).is_none());
        assert_eq!(house.post("/revoke", "api", &[("token", &jwt)]).await.status, 200);
        let get = house.server.browser().call(Method::GET, "/introspect?token=x", &[], "").await;
        assert_eq!(get.status, 405);
    }
}

/// P4: one question, nothing written.
#[tokio::test]
async fn introspection_reads_once_and_writes_nothing() {
    let house = House::build().await;
    let tokens = house.tokens("planner", "openid").await;
    let service = Tokens::of(&house.token("planner", &[("grant_type", "client_credentials")]).await);
    for token in [&tokens.access, &tokens.refresh, &service.access] {
        let (told, cost) = counted(house.introspect("planner", token)).await;
        assert_eq!(told["active"], true);
        assert_eq!((cost.statements, cost.commits), (1, 0));
    }
    let at = house.server.now();
    house.write(vec![Write::EndSession(house.session, EndReason::EndedByUser, at)]).await;
    assert_eq!(house.introspect("planner", &tokens.access).await, json!({ "active": false }));
}
