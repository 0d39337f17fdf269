//! RFC 9126 over HTTP, up to the authorization endpoint.

use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use countersign_testkit::world::World;
use countersign_testkit::{Answer, AuthRequest, Browser, RelyingParty};
use countersign_web::oauth::authorize;

async fn push(world: &World, rp: &RelyingParty, request: &AuthRequest) -> Answer {
    // How the client names itself is its authentication's business.
    let request = request.clone().without("client_id");
    let fields: Vec<(&str, &str)> = request.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    rp.post("/par", &fields, world.now()).await
}

/// The authorization endpoint alone.
fn endpoint(world: &World) -> Browser {
    let app = world.server.app.clone();
    let routes = authorize::routes(|_, _, request| {
        let state = request.return_to.state().unwrap_or_default().to_owned();
        Box::pin(async move { format!("reached {state}").into_response() })
    });
    Browser::new(countersign_web::router::finish(routes, app.clone()), app.site.origin())
}

fn address(client: &str, pushed: &Answer) -> String {
    let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("client_id", client), ("request_uri", &uri)])
        .finish();
    format!("/authorize?{query}")
}

/// pushed by any kind of client, opened by that client, as often as it likes,
/// for ninety seconds.
#[tokio::test]
async fn a_pushed_request_is_opened_by_its_own_client_for_ninety_seconds() {
    let world = World::new().await;
    let mut browser = endpoint(&world);
    for client in ["planner", "post", "key", "phone"] {
        let rp = world.rp(client);
        let request = rp.request();
        let pushed = push(&world, &rp, &request).await;
        assert_eq!(pushed.status, StatusCode::CREATED, "{client}: {}", pushed.body);
        assert_eq!(pushed.header("cache-control"), "no-store");
        assert_eq!(pushed.json()["expires_in"], 90);
        let address = address(client, &pushed);
        assert!(address.len() > 100, "256 bits of handle");
        for _ in 0..2 {
            let answer = browser.get(&format!("{address}&state=not-this-one")).await;
            assert_eq!(answer.body, format!("reached {}", request.get("state")));
        }
        let foreign = address.replace(&format!("client_id={client}"), "client_id=compat");
        let answer = browser.get(&foreign).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.body.contains("request_uri_of_other_client") && answer.header("location").is_empty());
    }
    let rp = world.rp("planner");
    let address = address("planner", &push(&world, &rp, &rp.request()).await);
    world.server.advance(std::time::Duration::from_secs(90));
    assert!(browser.get(&address).await.body.contains("request_uri_expired"));
}

#[tokio::test]
async fn a_push_is_refused_as_json_and_never_as_a_redirect() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let base = rp.request();
    let cases = [
        (base.clone().with("redirect_uri", "https://evil.test/"), "invalid_request"),
        (base.clone().without("redirect_uri"), "invalid_request"),
        (base.clone().without_pkce(), "invalid_request"),
        (base.clone().with("code_challenge_method", "plain"), "invalid_request"),
        (base.clone().with("request_uri", "urn:ietf:params:oauth:request_uri:x"), "invalid_request"),
        (base.clone().with("request", "eyJ"), "request_not_supported"),
        (base.clone().with("scope", "openid admin"), "invalid_scope"),
        (base.clone().with("resource", "https://evil.test/"), "invalid_target"),
        (base.clone().with("response_type", "token"), "unsupported_response_type"),
    ];
    for (request, code) in cases {
        let answer = push(&world, &rp, &request).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{code}: {}", answer.body);
        assert_eq!(answer.json()["error"], code);
        assert!(answer.header("location").is_empty());
    }
}

#[tokio::test]
async fn only_an_authenticated_client_pushes_and_only_by_post() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let request = world.rp("planner").request();
    let fields: Vec<(&str, &str)> = request.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let bare = browser.form("/par", &[], &fields).await;
    assert_eq!(
        (bare.status, bare.json()["error"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("invalid_client"))
    );
    let wrong = countersign_testkit::relying_party::basic("planner", "wrong");
    let wrong = browser.form("/par", &[("authorization", &wrong)], &fields).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.header("www-authenticate").starts_with("Basic"));
    for method in [Method::GET, Method::PUT] {
        assert_eq!(browser.call(method, "/par", &[], "").await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

/// the answer uses it up, however often it was opened before.
#[tokio::test]
async fn a_pushed_request_leads_to_one_answer() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let request = rp.request();
    let address = address("planner", &push(&world, &rp, &request).await);
    // Opened by somebody who has yet to sign in, and again after a reload.
    let mut browser = world.server.browser();
    assert!(browser.open(&address).await.has("identifier"));
    let page = browser.open(&address).await;
    let end = world.walk(&mut browser, page, &world.anna).await;
    let callback = rp.callback(&end);
    assert_eq!(callback.get("state"), request.get("state"));
    let tokens = rp.redeem(callback.code(), &request, world.now()).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    let again = browser.open(&address).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(again.body.contains("request_uri_used") && again.header("location").is_empty());
}
