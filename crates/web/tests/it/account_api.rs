//! `/api/v1/me` for the person's own access token.

use crate::login::mailed;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use countersign_testkit::world::{API, SECRET};
use countersign_testkit::{Answer, Browser, Person, Tokens, World};
use serde_json::{Value, json};
use std::time::Duration;

/// A world with a client that is registered for the account.
pub async fn world() -> World {
    with_manager(World::new().await).await
}

pub async fn with_manager(world: World) -> World {
    let manager = json!({
        "client_id": "manager", "client_name": "Manager", "token_endpoint_auth_method": "client_secret_basic",
        "scope": "openid profile email offline_access account api:read", "first_party": true, "resources": [API],
        "redirect_uris": ["https://manager.example/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
    });
    world.register(manager, Some(SECRET)).await;
    world
}

pub fn rp(world: &World) -> countersign_testkit::RelyingParty {
    let mut rp = world.rp("planner");
    rp.id = "manager".to_owned();
    rp.redirect_uri = "https://manager.example/callback".to_owned();
    rp
}

pub async fn tokens(world: &World, who: &Person, scope: &str) -> (Browser, Tokens) {
    let mut browser = world.browser_of(who).await;
    let rp = rp(world);
    let request = rp.request().with("scope", scope);
    let tokens = world.sign_in(&mut browser, &rp, &request, who).await;
    (browser, tokens)
}

pub struct Api<'w> {
    pub world: &'w World,
    pub token: String,
}

impl Api<'_> {
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(format!("https://id.example/api/v1/me{path}"))
            .header("authorization", format!("Bearer {}", self.token));
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.world.server.browser().send(request.body(body).unwrap()).await
    }
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.send("GET", path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
        answer.json()
    }
}

pub async fn api<'w>(world: &'w World, who: &Person) -> Api<'w> {
    Api { world, token: tokens(world, who, "openid account").await.1.access }
}

#[tokio::test]
async fn the_profile_is_read_and_patched_member_by_member() {
    let world = world().await;
    let api = api(&world, &world.anna).await;
    let before = api.get("").await;
    assert_eq!((&before["sub"], &before["email"]), (&json!(world.anna.subject), &json!("anna@example.com")));
    let patch =
        json!({ "profile": { "nickname": "Anni", "website": null, "address": { "locality": "Oslo" } } });
    assert_eq!(api.send("PATCH", "", Some(patch)).await.status, StatusCode::NO_CONTENT);
    let after = api.get("").await;
    assert_eq!(after["profile"]["nickname"], "Anni");
    assert_eq!(after["profile"]["address"]["locality"], "Oslo");
    assert!(after["profile"]["website"].is_null() && before["profile"]["website"].is_string());
    assert_eq!(after["profile"]["name"], before["profile"]["name"], "what is absent stays");
    let wrong = json!({ "profile": { "birthdate": "yesterday", "zoneinfo": "Mars", "name": "x" } });
    let wrong = api.send("PATCH", "", Some(wrong)).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let named: Vec<_> =
        wrong.json()["fields"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(named, ["birthdate", "zoneinfo"]);
    assert_eq!(api.get("").await["profile"]["name"], before["profile"]["name"], "all or nothing");
    // what is not a person's own to say is no member.
    for body in [
        json!({ "admin": true }),
        json!({ "profile": { "email": "x@y.test" } }),
        json!({ "profile": { "sub": "x" } }),
        json!({ "profile": { "phone_number_verified": true } }),
        json!({ "profile": { "address": { "planet": "Mars" } } }),
    ] {
        let refused = api.send("PATCH", "", Some(body.clone())).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(refused.json()["fields"][0]["name"].is_string());
    }
    for body in [json!([]), json!("x"), json!({ "profile": [] }), json!({ "profile": { "name": 7 } })] {
        assert!(api.send("PATCH", "", Some(body)).await.status.is_client_error());
    }
}

#[tokio::test]
async fn only_a_token_with_the_scope_for_this_issuer_of_a_living_session_is_admitted() {
    let world = world().await;
    let (mut browser, with) = tokens(&world, &world.anna, "openid account").await;
    let (_, without) = tokens(&world, &world.anna, "openid profile").await;
    let ask = async |token: &str| Api { world: &world, token: token.to_owned() }.send("GET", "", None).await;
    assert_eq!(ask(&with.access).await.status, StatusCode::OK);
    let refused = ask(&without.access).await;
    assert_eq!(
        (refused.status, refused.json()["error"].clone()),
        (StatusCode::FORBIDDEN, "insufficient_scope".into())
    );
    assert!(refused.header("www-authenticate").contains("scope=\"account\""));
    for bad in ["x", with.id_token.as_deref().unwrap(), &with.access[..with.access.len() - 2]] {
        let refused = ask(bad).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(refused.header("www-authenticate").contains("error=\"invalid_token\""));
    }
    // The browser's cookie opens nothing here.
    let cookie = browser.get("/api/v1/me").await;
    assert_eq!(
        (cookie.status, cookie.header("www-authenticate")),
        (StatusCode::UNAUTHORIZED, "Bearer realm=\"countersign\"")
    );
    // Who does not ask by name, and who is not registered, gets no such token.
    let rp = rp(&world);
    let plain = world.sign_in(&mut browser, &rp, &rp.request().without("scope"), &world.anna).await;
    assert_eq!(ask(&plain.access).await.status, StatusCode::FORBIDDEN);
    let planner = world.rp("planner");
    let request = planner.request().with("scope", "openid account");
    let refused = world.ask(&mut browser, &planner, &request, &world.anna).await;
    if refused.has("code") {
        let got = Tokens::of(&planner.redeem(refused.code(), &request, world.now()).await);
        assert_eq!(ask(&got.access).await.status, StatusCode::FORBIDDEN);
    }
    // Where the app has an API too, the API gets another token: with this one it could do what the app can.
    let (_, both) = tokens(&world, &world.anna, "openid account api:read offline_access").await;
    let aud = |token: &str| {
        let claims = token.split('.').nth(1).and_then(countersign_core::secret::from_base64url).unwrap();
        serde_json::from_slice::<Value>(&claims).unwrap()["aud"].clone()
    };
    assert_eq!(aud(&both.access), json!("https://id.example"));
    let fields = [("scope", "openid api:read")];
    let refresh = both.refresh.unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), fields[0]];
    let narrow = Tokens::of(&rp.post("/token", &fields, world.now()).await).access;
    assert_eq!(aud(&narrow), json!([API, "https://id.example"]));
    assert_eq!(ask(&narrow).await.status, StatusCode::FORBIDDEN);
    // A session that is over takes the token along, one with offline_access too.
    let (mut other, offline) = tokens(&world, &world.anna, "openid account offline_access").await;
    let page = other.open("/account").await;
    other.press(&page, "sign-out", &[]).await;
    assert_eq!(ask(&offline.access).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_is_sensitive_wants_a_sign_in_as_fresh_as_the_tokens_own() {
    let world = world().await;
    let (mut browser, given) = tokens(&world, &world.anna, "openid account").await;
    world.server.advance(Duration::from_secs(590));
    let rp = rp(&world);
    let later =
        world.sign_in(&mut browser, &rp, &rp.request().with("scope", "openid account"), &world.anna).await;
    let api = Api { world: &world, token: later.access };
    assert_eq!(api.send("GET", "/export", None).await.status, StatusCode::OK);
    world.server.advance(Duration::from_secs(10));
    let calls = [
        ("GET", "/export", None),
        ("POST", "/emails", Some(json!({ "address": "anna@new.test" }))),
        ("POST", "/deletion", Some(json!({ "confirm": "anna@example.com" }))),
    ];
    for (method, path, body) in calls.clone() {
        let stale = api.send(method, path, body).await;
        assert_eq!(stale.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(stale.json()["error"], "insufficient_user_authentication");
        assert!(stale.header("www-authenticate").contains("max_age=\"600\""));
    }
    // The person proves again in the browser: the token of before stays as old as it is, a new one is fresh.
    let again = rp.request().with("scope", "openid account").with("prompt", "login");
    let fresh = world.sign_in(&mut browser, &rp, &again, &world.anna).await;
    assert_eq!(api.send("GET", "/export", None).await.status, StatusCode::UNAUTHORIZED);
    let api = Api { world: &world, token: fresh.access };
    let export = api.send("GET", "/export", None).await;
    assert_eq!(
        (export.status, export.json()["format"].clone()),
        (StatusCode::OK, "countersign.account/1".into())
    );
    assert!(export.header("content-disposition").starts_with("attachment"));
    drop(given);
}

#[tokio::test]
async fn addresses_devices_and_apps_are_governed_by_their_person_alone() {
    let world = world().await;
    let (anna, ben) = (api(&world, &world.anna).await, api(&world, &world.ben).await);
    let asked = anna.send("POST", "/emails", Some(json!({ "address": "anna@new.test" }))).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    let taken = ben.send("POST", "/emails", Some(json!({ "address": "anna@example.com" }))).await;
    assert_eq!((taken.status, taken.body.clone()), (asked.status, asked.body.clone()), "nobody is told");
    let (_, codes) = mailed(&world.server, "anna@new.test", "is your code").await;
    let code = |code: &str| Some(json!({ "code": code }));
    assert_eq!(
        ben.send("POST", "/emails/verify", code(&codes[0])).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // As on the page: a slip costs no try, and full-width digits count.
    for _ in 0..20 {
        let slip = anna.send("POST", "/emails/verify", code(&codes[0][..5])).await;
        assert_eq!(slip.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(slip.body.contains("six digits"), "{}", slip.body);
    }
    let wide: String =
        codes[0].bytes().map(|b| char::from_u32(0xff10 + u32::from(b - b'0')).unwrap()).collect();
    assert_eq!(anna.send("POST", "/emails/verify", code(&wide)).await.status, StatusCode::NO_CONTENT);
    let emails = anna.get("/emails").await["emails"].as_array().unwrap().clone();
    let id =
        |address: &str| emails.iter().find(|it| it["address"] == address).unwrap()["id"].as_str().unwrap();
    let (old, new) = (id("anna@example.com"), id("anna@new.test"));
    for (method, path) in [("DELETE", format!("/emails/{new}")), ("POST", format!("/emails/{new}/primary"))] {
        assert_eq!(ben.send(method, &path, None).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(anna.send("DELETE", &format!("/emails/{old}"), None).await.status, StatusCode::CONFLICT);
    assert_eq!(
        anna.send("POST", &format!("/emails/{new}/primary"), None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(anna.send("DELETE", &format!("/emails/{old}"), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(anna.send("DELETE", "/emails/nonsense", None).await.status, StatusCode::NOT_FOUND);

    let mut there = world.browser_of(&world.anna).await;
    let sessions = anna.get("/sessions").await["sessions"].as_array().unwrap().clone();
    assert_eq!(sessions.len(), 2);
    let other =
        sessions.iter().find(|it| it["current"] == false).unwrap()["sid"].as_str().unwrap().to_owned();
    let path = format!("/sessions/{other}");
    assert_eq!(ben.send("DELETE", &path, None).await.status, StatusCode::NOT_FOUND);
    assert!(there.open("/account").await.has("sign-out"), "unchanged");
    assert_eq!(anna.send("DELETE", &path, None).await.status, StatusCode::NO_CONTENT);
    assert!(!there.open("/account").await.has("sign-out"));
    let mut third = world.browser_of(&world.anna).await;
    assert_eq!(anna.send("DELETE", "/sessions", None).await.status, StatusCode::NO_CONTENT);
    assert!(!third.open("/account").await.has("sign-out"));
    assert!(
        anna.get("/phones").await["phones"].is_array() && anna.get("/identities").await["password"] == true
    );

    let said = anna.get("/activity?limit=2").await;
    assert_eq!(said["activity"].as_array().unwrap().len(), 2);
    assert!(said["activity"][0]["text"].is_string() && said["before"].is_string());
    let older = anna.get(&format!("/activity?before={}", said["before"].as_str().unwrap())).await;
    assert!(older["activity"][0]["id"].as_str() < said["activity"][1]["id"].as_str());
    assert_eq!(anna.send("GET", "/activity?limit=0", None).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    assert_eq!(anna.get("/apps").await["apps"][0]["client_id"], "manager");
    assert_eq!(ben.send("DELETE", "/apps/nobody", None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(anna.send("DELETE", "/apps/manager", None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(anna.send("GET", "", None).await.status, StatusCode::UNAUTHORIZED, "its own access is gone");
    let gone = ben.send("POST", "/deletion", Some(json!({ "confirm": "ben@example.com" }))).await;
    assert_eq!((gone.status, gone.json()["final_at"].is_string()), (StatusCode::ACCEPTED, true));
    assert_eq!(ben.send("GET", "", None).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn every_described_operation_is_there_and_wants_a_token() {
    let world = World::new().await;
    let document = countersign_web::account::api::document();
    let mut browser = world.server.browser();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let address = format!("https://id.example{}", path.replace("{id}", "x"));
            let request = Request::builder().method(method.to_ascii_uppercase().as_str()).uri(address);
            let answer = browser.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        }
    }
    // And each route is described: a path of the table of limits without a description would be one nobody knows of.
    for row in countersign_core::limits::ROUTES.iter().filter(|it| it.path.starts_with("/api/v1/me")) {
        assert!(document["paths"][row.path].is_object(), "{}", row.path);
    }
}

#[tokio::test]
async fn pages_of_the_client_alone_may_read_the_answers() {
    let world = world().await;
    let api = api(&world, &world.anna).await;
    let ask = async |origin: &str| {
        let request = Request::get("https://id.example/api/v1/me")
            .header("authorization", format!("Bearer {}", api.token))
            .header("origin", origin);
        world.server.browser().send(request.body(Body::empty()).unwrap()).await
    };
    let own = ask("https://manager.example").await;
    assert_eq!(own.header("access-control-allow-origin"), "https://manager.example");
    assert_eq!(own.header("access-control-allow-credentials"), "");
    assert_eq!(ask("https://planner.example").await.header("access-control-allow-origin"), "");
    let preflight =
        Request::options("https://id.example/api/v1/me/emails").header("origin", "https://manager.example");
    let preflight = world.server.browser().send(preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(preflight.header("access-control-allow-methods"), "GET, POST, PATCH, DELETE");
}
