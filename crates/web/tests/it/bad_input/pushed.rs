//! RFC 9126, and what may not be pushed.

use super::{page, refused};
use countersign_testkit::{AuthRequest, RelyingParty, World};
use std::time::Duration;

async fn push(world: &World, rp: &RelyingParty, request: &AuthRequest) -> String {
    let fields: Vec<(&str, &str)> = request.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let fields: Vec<_> = fields.into_iter().filter(|(n, _)| *n != "client_id").collect();
    let answer = rp.post("/par", &fields, world.now()).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert!(answer.header("cache-control").contains("no-store"));
    let body = answer.json();
    assert!((5..=600).contains(&body["expires_in"].as_i64().unwrap()));
    let uri = body["request_uri"].as_str().unwrap().to_owned();
    assert!(uri.strip_prefix("urn:ietf:params:oauth:request_uri:").is_some_and(|it| it.len() >= 22), "{uri}");
    uri
}

fn by_reference(client: &str, uri: &str) -> String {
    format!(
        "/authorize?{}",
        countersign_testkit::relying_party::encode(&[("client_id", client), ("request_uri", uri)])
    )
}

#[tokio::test]
async fn a_pushed_request_is_answered_once_and_may_be_reloaded_before() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let request = rp.request();
    let uri = push(&world, &rp, &request).await;
    let mut browser = world.server.browser();
    let address = by_reference("planner", &uri);
    browser.open(&address).await;
    let first = browser.open(&address).await;
    assert!(first.has("identifier"), "reloaded before the answer: fine");
    let end = world.walk(&mut browser, first, &world.anna).await;
    let callback = rp.callback(&end);
    assert_eq!(callback.get("state"), request.get("state"));
    page(&browser.open(&address).await);
    assert_eq!(rp.redeem(callback.code(), &request, world.now()).await.status, 200);
}

#[tokio::test]
async fn two_tabs_of_one_pushed_request_give_one_code() {
    let world = World::new().await;
    let rp = world.rp("stranger");
    let uri = push(&world, &rp, &rp.request()).await;
    let mut browser = world.browser_of(&world.anna).await;
    let one = browser.open(&by_reference("stranger", &uri)).await;
    let two = browser.open(&by_reference("stranger", &uri)).await;
    let first = browser.press(&one, "allow", &[]).await;
    assert!(!rp.callback(&first).code().is_empty());
    let second = browser.press(&two, "allow", &[]).await;
    let another = countersign_testkit::Callback::find(&second, &rp.redirect_uri);
    assert!(another.is_none_or(|it| !it.has("code")), "a second code for one pushed request");
}

#[tokio::test]
async fn a_pushed_request_is_for_its_own_client() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let uri = push(&world, &rp, &rp.request()).await;
    let mut browser = world.browser_of(&world.anna).await;
    for other in ["compat", "phone", "nobody"] {
        page(&browser.get(&by_reference(other, &uri)).await);
    }
    page(
        &browser
            .get(&format!(
                "/authorize?{}",
                countersign_testkit::relying_party::encode(&[("request_uri", uri.as_str())])
            ))
            .await,
    );
    assert!(
        !rp.callback(&browser.open(&by_reference("planner", &uri)).await).code().is_empty(),
        "the control"
    );
}

#[tokio::test]
async fn an_expired_or_unknown_pushed_request_is_a_page() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let uri = push(&world, &rp, &rp.request()).await;
    let mut browser = world.browser_of(&world.anna).await;
    for bad in
        [format!("{uri}A"), uri[..uri.len() - 1].to_owned(), "urn:ietf:params:oauth:request_uri:".to_owned()]
    {
        page(&browser.get(&by_reference("planner", &bad)).await);
    }
    world.server.advance(Duration::from_secs(91));
    page(&browser.get(&by_reference("planner", &uri)).await);
}

/// What is sent beside the reference does not count.
#[tokio::test]
async fn parameters_beside_a_pushed_request_change_nothing() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let request = rp.request();
    let uri = push(&world, &rp, &request).await;
    let mut browser = world.browser_of(&world.anna).await;
    let more = [
        ("redirect_uri", "https://evil.test/"),
        ("state", "other"),
        ("scope", "openid api:read"),
        ("nonce", "n"),
    ];
    let address =
        format!("{}&{}", by_reference("planner", &uri), countersign_testkit::relying_party::encode(&more));
    let callback = rp.callback(&browser.open(&address).await);
    assert_eq!(callback.get("state"), request.get("state"));
    let tokens = countersign_testkit::Tokens::of(&rp.redeem(callback.code(), &request, world.now()).await);
    assert_eq!(tokens.body["scope"], "openid");
}

#[tokio::test]
async fn what_authorize_would_refuse_cannot_be_pushed() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let good = rp.request();
    for (bad, code) in [
        (good.clone().without_pkce(), "invalid_request"),
        (good.clone().with("code_challenge_method", "plain"), "invalid_request"),
        (good.clone().with("redirect_uri", "https://evil.test/"), "invalid_request"),
        (good.clone().without("redirect_uri"), "invalid_request"),
        (good.clone().without("response_type"), "invalid_request"),
        (good.clone().with("response_type", "token"), "unsupported_response_type"),
        (good.clone().with("scope", "openid admin"), "invalid_scope"),
        (good.clone().with("resource", "https://nobody.example"), "invalid_target"),
        (good.clone().also("request_uri", "urn:ietf:params:oauth:request_uri:x"), "invalid_request"),
        (good.clone().with("request", "a.b.c"), "request_not_supported"),
        (good.clone().with("client_id", "compat"), "invalid_request"),
    ] {
        let fields: Vec<(&str, &str)> = bad.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let answer = rp.post("/par", &fields, world.now()).await;
        refused(&answer, 400, code);
    }
    let fields: Vec<(&str, &str)> = good.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = world.server.browser().form("/par", &[], &fields).await;
    refused(&answer, 401, "invalid_client");
    // RFC 9126 2: a public client pushes under its name alone, and still needs its challenge.
    let phone = world.rp("phone");
    push(&world, &phone, &phone.request()).await;
}
