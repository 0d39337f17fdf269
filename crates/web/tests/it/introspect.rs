//! RFC 7662 and RFC 7009 over HTTP.

use crate::grants::{House, Tokens, basic, refusal};
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
