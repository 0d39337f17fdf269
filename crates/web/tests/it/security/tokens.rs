//! Groups "Discovery and keys", "Token endpoint" and "Tokens".

use crate::bad_input::refused;
use axum::http::Method;
use countersign_core::account::UserState;
use countersign_core::session::EndReason;
use countersign_core::{Write, time};
use countersign_jose::{Alg, TypRule, peek_header};
use countersign_keys::rotation::{JWKS_MAX_AGE, RotationPolicy};
use countersign_testkit::world::{API, OTHER_API, write};
use countersign_testkit::{ISSUER, RelyingParty, Tokens, World};
use countersign_web::keyring::{self, Wish};
use serde_json::json;
use std::time::Duration;

async fn active(rp: &RelyingParty, token: &str, now: i64) -> bool {
    let told = rp.post("/introspect", &[("token", token)], now).await;
    assert_eq!(told.status, 200, "{}", told.body);
    told.json()["active"] == true
}

fn scopes(tokens: &Tokens) -> Vec<&str> {
    let mut all: Vec<_> = tokens.body["scope"].as_str().unwrap().split(' ').collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn a_004_the_key_set_is_public_and_says_how_long_it_holds() {
    let world = World::new().await;
    let answer = world.server.browser().get("/jwks.json").await;
    crate::conformance::check_keys(&answer.json());
    let age = format!("public, max-age={}", JWKS_MAX_AGE.as_secs());
    assert_eq!(answer.header("cache-control"), age, "what rotation counts with");
    assert!(!answer.header("etag").is_empty());
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    for key in answer.json()["keys"].as_array().unwrap() {
        assert_eq!(key["use"], "sig");
        assert!(key["alg"].is_string());
    }
}

#[tokio::test]
async fn a_034_a_good_redemption_states_what_was_granted() {
    let world = World::new().await;
    let tokens = world.tokens("planner", "openid email").await;
    assert_eq!(scopes(&tokens), ["email", "openid"]);
    let names: Vec<_> = tokens.body.as_object().unwrap().keys().collect();
    assert!(
        names.iter().all(|n| [
            "access_token",
            "token_type",
            "expires_in",
            "refresh_token",
            "id_token",
            "scope"
        ]
        .contains(&n.as_str())),
        "{names:?}"
    );
}

/// RFC 9700 4.14: an old token after its grace ends the family, on whatever side the thief is.
#[tokio::test]
async fn a_053_an_old_refresh_token_ends_the_family() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let first = world.tokens("planner", "openid offline_access").await;
    let old = first.refresh.unwrap();
    let second = Tokens::of(&rp.refresh(&old, world.now()).await);
    let new = second.refresh.clone().unwrap();
    assert_ne!(old, new, "it rotates");
    world.server.advance(Duration::from_secs(61));
    refused(&rp.refresh(&old, world.now()).await, 400, "invalid_grant");
    refused(&rp.refresh(&new, world.now()).await, 400, "invalid_grant");
    assert_eq!(rp.userinfo(&second.access).await.status, 401);
}

/// DESIGN 5: a lost answer gives the same successor again, until that was used.
#[tokio::test]
async fn a_054_the_grace_is_as_documented() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let old = world.tokens("planner", "openid offline_access").await.refresh.unwrap();
    let one = Tokens::of(&rp.refresh(&old, world.now()).await);
    world.server.advance(Duration::from_secs(59));
    let two = Tokens::of(&rp.refresh(&old, world.now()).await);
    assert_eq!(one.refresh, two.refresh, "the same successor");
    assert_ne!(one.access, two.access);
    let next = Tokens::of(&rp.refresh(&one.refresh.clone().unwrap(), world.now()).await);
    refused(&rp.refresh(&old, world.now()).await, 400, "invalid_grant");
    refused(&rp.refresh(&next.refresh.unwrap(), world.now()).await, 400, "invalid_grant");
}

#[tokio::test]
async fn a_056_another_clients_refresh_token_is_refused_and_stays_good() {
    let world = World::new().await;
    let token = world.tokens("planner", "openid offline_access").await.refresh.unwrap();
    for thief in ["compat", "post", "phone", "key"] {
        refused(&world.rp(thief).refresh(&token, world.now()).await, 400, "invalid_grant");
    }
    assert_eq!(world.rp("planner").refresh(&token, world.now()).await.status, 200);
}

#[tokio::test]
async fn a_057_a_refresh_never_widens() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut browser = world.browser_of(&world.anna).await;
    let request = rp.request().with("scope", "openid email offline_access").with("resource", API);
    let first = world.sign_in(&mut browser, &rp, &request, &world.anna).await;
    let mut token = first.refresh.unwrap();
    for (name, value, code) in [
        ("scope", "openid email offline_access profile", "invalid_scope"),
        ("scope", "openid api:read", "invalid_scope"),
        ("resource", OTHER_API, "invalid_target"),
        ("resource", "https://nobody.example/", "invalid_target"),
    ] {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &token), (name, value)];
        refused(&rp.post("/token", &fields, world.now()).await, 400, code);
    }
    let narrow = [("grant_type", "refresh_token"), ("refresh_token", token.as_str()), ("scope", "openid")];
    let narrowed = Tokens::of(&rp.post("/token", &narrow, world.now()).await);
    assert_eq!(narrowed.body["scope"], "openid");
    assert!(rp.userinfo(&narrowed.access).await.json().get("email").is_none(), "narrower in effect");
    token = narrowed.refresh.unwrap();
    let whole = Tokens::of(&rp.refresh(&token, world.now()).await);
    assert_eq!(scopes(&whole), ["email", "offline_access", "openid"], "the grant itself was not narrowed");
}

/// Disabled person, ended session, disabled client: each ends tokens, refresh and codes at once.
#[tokio::test]
async fn a_058_stale_rights_end_at_once() {
    for how in ["disabled person", "ended session", "old epoch"] {
        let world = World::new().await;
        let rp = world.rp("planner");
        let tokens = world.tokens("planner", "openid").await;
        let (code, request) = world.code("planner", "openid").await;
        let now = world.server.now();
        assert_eq!(rp.userinfo(&tokens.access).await.status, 200);
        let write_this = match how {
            "disabled person" => Write::SetUserState(world.anna.id, UserState::Disabled(now), now),
            "ended session" => Write::EndSessionsOfUser(world.anna.id, None, EndReason::SignedOut, now),
            _ => Write::BumpEpoch(world.anna.id),
        };
        write(&world.server, vec![write_this]).await;
        assert_eq!(rp.userinfo(&tokens.access).await.status, 401, "{how}");
        assert!(!active(&rp, &tokens.access, world.now()).await, "{how}");
        refused(&rp.redeem(&code, &request, world.now()).await, 400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_058_a_disabled_client_gets_and_keeps_nothing() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let tokens = world.tokens("planner", "openid offline_access").await;
    let secret = countersign_testkit::world::SECRET;
    let off = json!({
        "client_id": "planner", "disabled": true, "token_endpoint_auth_method": "client_secret_basic",
        "redirect_uris": [rp.redirect_uri], "scope": "openid", "grant_types": ["authorization_code"],
    });
    world.register(off, Some(secret)).await;
    refused(&rp.refresh(&tokens.refresh.unwrap(), world.now()).await, 401, "invalid_client");
    assert_eq!(rp.userinfo(&tokens.access).await.status, 401);
    crate::bad_input::page(&world.server.browser().get(&rp.request().path()).await);
}

#[tokio::test]
async fn a_059_a_refresh_token_has_an_idle_and_an_absolute_end() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let idle = world.tokens("planner", "openid offline_access").await.refresh.unwrap();
    let mut kept = world.tokens("planner", "openid offline_access").await.refresh.unwrap();
    for _ in 0..4 {
        world.server.advance(time::days(20));
        kept = Tokens::of(&rp.refresh(&kept, world.now()).await).refresh.unwrap();
    }
    refused(&rp.refresh(&idle, world.now()).await, 400, "invalid_grant");
    world.server.advance(time::days(11));
    refused(&rp.refresh(&kept, world.now()).await, 400, "invalid_grant");
}

#[tokio::test]
async fn a_062_a_063_a_064_tokens_say_what_the_standards_want() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut browser = world.browser_of(&world.anna).await;
    let request = rp.request().with("resource", API);
    let tokens = world.sign_in(&mut browser, &rp, &request, &world.anna).await;
    let nonce = request.get("nonce").to_owned();
    let id = rp.id_token(tokens.id_token.as_deref().unwrap(), Some(&nonce), world.now()).await;
    assert_eq!(id["sub"], world.anna.subject.as_str());
    assert!(id["auth_time"].is_i64() && !id.contains_key("azp"), "one audience, no azp");
    let verified = rp.verified(&tokens.access, TypRule::OneOf(&["at+jwt"])).await;
    assert_eq!(verified.header().alg, Alg::Es256);
    let access = verified.claims().unwrap();
    assert_eq!((&access["iss"], &access["client_id"]), (&json!(ISSUER), &json!("planner")));
    assert_eq!(access["aud"], json!([API, ISSUER]));
    assert!(access["jti"].as_str().unwrap().len() >= 22);
    let lives = access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap();
    assert!((1..=600).contains(&lives));
    for personal in ["email", "name", "phone_number"] {
        assert!(!access.contains_key(personal), "{personal} stays out of access tokens");
    }
    let compat = world.rp("compat");
    let bare = compat.request().without("nonce").without_pkce();
    let tokens = world.sign_in(&mut browser, &compat, &bare, &world.anna).await;
    compat.id_token(&tokens.id_token.unwrap(), None, world.now()).await;
}

/// A token for one API only is no key to userinfo.
#[tokio::test]
async fn a_065_a_token_without_openid_opens_no_userinfo() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut browser = world.browser_of(&world.anna).await;
    let request = rp.request().with("scope", "api:read").with("resource", API);
    let tokens = world.sign_in(&mut browser, &rp, &request, &world.anna).await;
    assert!(tokens.id_token.is_none());
    let answer = rp.userinfo(&tokens.access).await;
    assert!([401, 403].contains(&answer.status.as_u16()), "{}", answer.body);
    assert!(answer.header("www-authenticate").contains("error="));
}

#[tokio::test]
async fn a_070_keys_rotate_under_use() {
    let world = World::new().await;
    let (app, rp) = (&world.server.app, world.rp("planner"));
    let before = world.tokens("planner", "openid").await;
    let old_kid = peek_header(&before.access).unwrap().kid.unwrap();
    let policy = RotationPolicy::default();
    keyring::tend(&app.db, &app.sealer, &policy, &Wish::Replace(Alg::Es256), &app.env()).await.unwrap();
    let reload =
        async || app.keys.exchange(keyring::load(&app.db, &app.sealer, world.server.now()).await.unwrap());
    reload().await;
    let kids = async || -> Vec<String> {
        let jwks = world.server.browser().get("/jwks.json").await.json();
        let es = jwks["keys"].as_array().unwrap().iter().filter(|key| key["alg"] == "ES256");
        es.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kids().await.len(), 2, "the next key is published before it signs");
    let still = world.tokens("planner", "openid").await;
    assert_eq!(peek_header(&still.access).unwrap().kid.unwrap(), old_kid);
    world.server.advance(policy.publish_lead + Duration::from_secs(1));
    reload().await;
    let after = world.tokens("planner", "openid").await;
    let new_kid = peek_header(&after.access).unwrap().kid.unwrap();
    assert_ne!(new_kid, old_kid, "the next key signs now");
    assert!(kids().await.contains(&old_kid), "and the old one still verifies");
    rp.verified(&after.access, TypRule::OneOf(&["at+jwt"])).await;
    world.server.advance(policy.keep + Duration::from_secs(1));
    reload().await;
    assert!(!kids().await.contains(&old_kid), "gone with its last token");
    assert_eq!(rp.userinfo(&before.access).await.status, 401);
}

#[tokio::test]
async fn a_072_introspection_tells_only_whom_it_concerns() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let rp = world.rp("planner");
    let request = rp.request().with("scope", "openid api:read offline_access").with("resource", API);
    let tokens = world.sign_in(&mut browser, &rp, &request, &world.anna).await;
    let anonymous = rp.http.clone().form("/introspect", &[], &[("token", &tokens.access)]).await;
    refused(&anonymous, 401, "invalid_client");
    let public = world.rp("phone").post("/introspect", &[("token", &tokens.access)], world.now()).await;
    refused(&public, 401, "invalid_client");
    for stranger in ["compat", "service", "key"] {
        for token in [&tokens.access, tokens.refresh.as_ref().unwrap()] {
            let told = world.rp(stranger).post("/introspect", &[("token", token)], world.now()).await;
            assert_eq!(told.json(), json!({ "active": false }), "{stranger}");
        }
    }
    let gateway = world.rp("gateway").post("/introspect", &[("token", &tokens.access)], world.now()).await;
    assert_eq!(
        (gateway.json()["active"].clone(), gateway.json()["username"].clone()),
        (json!(true), json!("anna"))
    );
    let own = rp.post("/introspect", &[("token", &tokens.access)], world.now()).await.json();
    assert!(own["active"] == true && own.get("username").is_none(), "{own}");
}

#[tokio::test]
async fn a_073_revocation_ends_what_hangs_together_and_nothing_of_others() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let tokens = world.tokens("planner", "openid offline_access").await;
    let refresh = tokens.refresh.unwrap();
    for other in ["compat", "phone"] {
        for token in [&tokens.access, &refresh] {
            assert_eq!(world.rp(other).post("/revoke", &[("token", token)], world.now()).await.status, 200);
        }
    }
    assert_eq!(rp.userinfo(&tokens.access).await.status, 200, "no effect");
    assert_eq!(rp.post("/revoke", &[("token", "unknown")], world.now()).await.status, 200);
    let hinted = [("token", refresh.as_str()), ("token_type_hint", "access_token")];
    assert_eq!(rp.post("/revoke", &hinted, world.now()).await.status, 200);
    assert_eq!(rp.userinfo(&tokens.access).await.status, 401);
    refused(&rp.refresh(&refresh, world.now()).await, 400, "invalid_grant");
}

#[tokio::test]
async fn a_075_monstrous_tokens_are_refused() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let jwe = format!(
        "{}.x.y.z.w",
        countersign_core::secret::base64url(
            br#"{"alg":"PBES2-HS256+A128KW","p2c":1000000000,"enc":"A128GCM"}"#
        )
    );
    let zip = format!(
        "{}.x.y.z.w",
        countersign_core::secret::base64url(br#"{"alg":"dir","zip":"DEF","enc":"A128GCM"}"#)
    );
    let (dots, long) = (".".repeat(50_000), "A".repeat(60_000));
    for bad in [jwe.as_str(), &zip, &dots, &long] {
        let told = rp.post("/introspect", &[("token", bad)], world.now()).await;
        assert_eq!(told.json(), json!({ "active": false }));
        assert_eq!(rp.userinfo(bad).await.status, 401);
        let fields = [("grant_type", "refresh_token"), ("refresh_token", bad)];
        refused(&rp.post("/token", &fields, world.now()).await, 400, "invalid_grant");
        let hint = rp.http.clone().call(Method::GET, &format!("/logout?id_token_hint={bad}"), &[], "").await;
        assert!(!hint.status.is_server_error() && hint.location().is_none());
    }
}
