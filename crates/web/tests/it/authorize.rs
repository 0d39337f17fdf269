//! The authorization endpoint up to the sign-in: what is refused, where the refusal goes, and what goes on.

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use countersign_testkit::world::World;
use countersign_testkit::{Answer, AuthRequest, Browser};
use countersign_web::oauth::authorize;

/// The endpoint alone: behind it stands a sign-in that says what reached it.
struct House {
    world: World,
    browser: Browser,
}

impl House {
    async fn build() -> Self {
        let world = World::new().await;
        let app = world.server.app.clone();
        let routes = authorize::routes(|_, _, request| {
            let reached = format!("reached {}", serde_json::to_string(&request).unwrap());
            Box::pin(async move { reached.into_response() })
        });
        let router: Router = countersign_web::router::finish(routes, app.clone());
        let browser = Browser::new(router, app.site.origin());
        Self { world, browser }
    }
    fn request(&self) -> AuthRequest {
        self.world.rp("planner").request()
    }
    async fn ask(&mut self, request: &AuthRequest) -> Answer {
        self.browser.get(&request.path()).await
    }
}

fn reached(answer: &Answer) -> serde_json::Value {
    let text =
        answer.body.strip_prefix("reached ").unwrap_or_else(|| panic!("{} {}", answer.status, answer.body));
    serde_json::from_str(text).unwrap()
}

/// A page of ours: 400, no redirect, the code in the small print, nothing that may run or be framed.
fn is_page(answer: &Answer, check: &str) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{check}");
    assert!(answer.header("location").is_empty(), "{check}");
    assert!(answer.header("content-type").starts_with("text/html"), "{check}");
    assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(answer.has("error-title") && answer.body.contains(check), "{check}: {}", answer.body);
}

#[tokio::test]
async fn a_good_request_reaches_the_sign_in() {
    let mut house = House::build().await;
    let request = house.request();
    let answer = house.ask(&request).await;
    assert_eq!(reached(&answer)["return_to"]["client"], "planner");
}

/// A-009, A-011 and the first checks: nothing leaves for an address that was not matched.
#[tokio::test]
async fn an_unmatched_address_gets_a_page_and_no_redirect() {
    let mut house = House::build().await;
    let evil = "https://evil.test/\"><script>alert(1)</script>";
    let base = house.request();
    let cases = [
        (base.clone().with("client_id", "nobody").with("redirect_uri", evil), "client_unknown"),
        (base.clone().without("client_id"), "client_id_missing"),
        (base.clone().with("redirect_uri", evil), "redirect_uri_not_registered"),
        (base.clone().with("redirect_uri", evil).with("scope", "no such"), "redirect_uri_not_registered"),
        (base.clone().without("redirect_uri"), "redirect_uri_missing"),
        (base.clone().with("client_id", "service"), "client_without_authorization_code"),
        (base.clone().with("state", &"s".repeat(5_000)), "state_too_long"),
        (base.clone().with("posted", "AAAA"), "posted_request_stale"),
        (base.with("request_uri", "urn:ietf:params:oauth:request_uri:none"), "request_uri_unknown"),
    ];
    for (request, check) in cases {
        let answer = house.ask(&request).await;
        is_page(&answer, check);
        assert!(!answer.body.contains("<script>alert"), "{check}");
    }
}

/// A-010, over GET and POST, and between address and body.
#[tokio::test]
async fn every_parameter_twice_is_400_without_redirect() {
    let mut house = House::build().await;
    let request = house.request();
    let extra = ["prompt", "max_age", "response_mode", "login_hint", "claims", "unheard_of"];
    let names: Vec<_> =
        request.params.iter().map(|(name, _)| name.clone()).chain(extra.map(str::to_owned)).collect();
    for name in names {
        let doubled = format!("{}&{name}=x&{name}=x", request.path());
        is_page(&house.browser.get(&doubled).await, "parameter_twice");
    }
    let twice = format!("/authorize?{}", "state=other");
    let answer = house.browser.post_from_us(&twice, &request.params).await;
    is_page(&answer, "parameter_twice");
}

#[tokio::test]
async fn unreadable_parameters_are_refused() {
    let mut house = House::build().await;
    for bad in ["a=%ff", "a=%zz", "a=%00", "state=%C3"] {
        let address = format!("{}&{bad}", house.request().without("state").path());
        is_page(&house.browser.get(&address).await, "parameters_unreadable");
    }
}

/// A-003, A-028: the app hears of its mistakes, with issuer and state, and the answer leaves no trace behind.
#[tokio::test]
async fn a_mistake_is_told_to_the_app() {
    let mut house = House::build().await;
    let state = "a%26code%3Dx&code=y\r\nü";
    let base = house.request().with("state", state);
    let cases = [
        (base.clone().without("response_type"), "invalid_request"),
        (base.clone().with("response_type", "token"), "unsupported_response_type"),
        (base.clone().with("response_mode", "fragment"), "invalid_request"),
        (base.clone().without_pkce(), "invalid_request"),
        (base.clone().with("code_challenge_method", "plain"), "invalid_request"),
        (base.clone().with("prompt", "none login"), "invalid_request"),
        (base.clone().with("max_age", "-1"), "invalid_request"),
        (base.clone().with("scope", "openid admin"), "invalid_scope"),
        (base.clone().with("resource", "https://evil.test/"), "invalid_target"),
        (base.clone().with("request", "eyJhbGciOiJub25lIn0.e30."), "request_not_supported"),
        (base.clone().with("request_uri", "https://evil.test/r"), "request_uri_not_supported"),
        (base.clone().with("id_token_hint", "eyJhbGciOiJub25lIn0.e30."), "invalid_request"),
        (base.with("claims", &"[".repeat(8_000)), "invalid_request"),
    ];
    for (request, code) in cases {
        let answer = house.ask(&request).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{code}: {}", answer.body);
        assert_eq!(answer.param("error").as_deref(), Some(code), "{:?}", answer.location());
        assert_eq!(answer.param("state").as_deref(), Some(state));
        assert_eq!(answer.param("iss").as_deref(), Some("https://id.example"));
        assert!(answer.header("location").starts_with("https://planner.example/callback?"));
        assert_eq!(
            (answer.header("cache-control"), answer.header("referrer-policy")),
            ("no-store", "no-referrer")
        );
        assert!(answer.param("code").is_none());
    }
}

/// A-018: what the request says comes back encoded, in a page that runs nothing of it.
#[tokio::test]
async fn a_form_post_answer_encodes_the_state() {
    let mut house = House::build().await;
    let request =
        house.request().with("response_mode", "form_post").with("state", "\"><script>alert(1)</script>");
    let answer = house.ask(&request.without("response_type")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(!answer.body.contains("<script>alert"));
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https://planner.example"), "{policy}");
    assert_eq!(answer.header("cache-control"), "no-store");
}

/// oidcc-ensure-post-request-succeeds: a post from another site is answered by a redirect to a GET that carries it.
#[tokio::test]
async fn a_post_comes_back_as_a_get() {
    let mut house = House::build().await;
    let request = house.request();
    let fields: Vec<(&str, &str)> = request.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let foreign = [("origin", "https://planner.example"), ("sec-fetch-site", "cross-site")];
    let answer = house.browser.form("/authorize", &foreign, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.headers.get("set-cookie").is_none());
    let address = answer.header("location").to_owned();
    assert!(address.starts_with("/authorize?posted=") && !address.contains(request.get("state")));
    let arrived = reached(&house.browser.get(&address).await);
    assert_eq!(arrived["return_to"]["state"], request.get("state"));
    // The seal holds: nothing of it can be changed.
    let changed = format!("{}A", &address[..address.len() - 1]);
    let changed = if changed == address { format!("{}B", &address[..address.len() - 1]) } else { changed };
    is_page(&house.browser.get(&changed).await, "posted_request_stale");
    house.world.server.advance(std::time::Duration::from_secs(3_600));
    is_page(&house.browser.get(&address).await, "posted_request_stale");
}

#[tokio::test]
async fn a_large_post_waits_in_a_row() {
    let mut house = House::build().await;
    let state = "s".repeat(4_000);
    let request = house.request().with("state", &state);
    let fields: Vec<(&str, &str)> = request.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = house.browser.form("/authorize", &[], &fields).await;
    let address = answer.header("location").to_owned();
    assert!(address.len() < 100, "{address}");
    assert_eq!(reached(&house.browser.get(&address).await)["return_to"]["state"], state.as_str());
}

/// A-031.
#[tokio::test]
async fn other_methods_and_bodies_are_refused() {
    let mut house = House::build().await;
    let path = house.request().path();
    for method in [Method::HEAD, Method::PUT, Method::DELETE, Method::TRACE, Method::OPTIONS] {
        let answer = house.browser.call(method.clone(), &path, &[], "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert!(answer.header("allow").contains("POST"), "{method}");
    }
    let json = [("content-type", "application/json")];
    assert_eq!(
        house.browser.call(Method::POST, "/authorize", &json, "{}").await.status,
        StatusCode::BAD_REQUEST
    );
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let large = "x".repeat(1 << 20);
    let answer = house.browser.call(Method::POST, "/authorize", &form, &large).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

/// A program that asks for JSON hears the code in JSON.
#[tokio::test]
async fn programs_hear_the_code_in_json() {
    let mut house = House::build().await;
    let accept = [("accept", "application/json")];
    let answer = house.browser.call(Method::GET, "/authorize?client_id=nobody", &accept, "").await;
    assert_eq!(
        (answer.status, answer.json()["error"].as_str()),
        (StatusCode::BAD_REQUEST, Some("invalid_client"))
    );
}

/// OpenID Connect Core 3.1.2.1: `ui_locales` counts before client and address are known to be right, too.
#[tokio::test]
async fn a_refusal_on_a_page_is_in_the_language_that_was_asked_for() {
    let world = countersign_testkit::world::World::new().await;
    let mut browser = world.server.browser();
    browser.headers.insert("accept-language", "fr".parse().unwrap());
    let asked = "ui_locales=de-AT%20en";
    for query in [
        format!("client_id=nobody&{asked}"),
        format!("client_id=planner&redirect_uri=https://evil.test/&{asked}"),
        format!("client_id=planner&client_id=planner&{asked}"),
    ] {
        let page = browser.get(&format!("/authorize?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(page.body.contains("<html lang=\"de\""), "{query}: {}", page.body);
        let fields: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let page = browser.post_from_us("/authorize", &fields).await;
        assert!(page.body.contains("<html lang=\"de\""), "by POST {query}: {}", page.body);
    }
    let page = browser.get("/authorize?client_id=nobody").await;
    assert!(page.body.contains("<html lang=\"fr\""), "{}", page.body);
}
