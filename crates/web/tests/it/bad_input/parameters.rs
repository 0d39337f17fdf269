//! Every parameter twice, and requests that lead nowhere.

use super::{page, refused};
use crate::bad_input::turned_away;
use countersign_testkit::relying_party::{basic, encode};
use countersign_testkit::world::{API, SECRET};
use countersign_testkit::{AuthRequest, Browser, World};

/// Every parameter that `/authorize` and `/par` know, with a value that would be good.
fn complete(request: AuthRequest, hint: &str) -> AuthRequest {
    let more = [
        ("response_mode", "query"),
        ("prompt", "login"),
        ("max_age", "100"),
        ("login_hint", "anna@example.com"),
        ("id_token_hint", hint),
        ("ui_locales", "en"),
        ("claims_locales", "en"),
        ("acr_values", "1"),
        ("claims", "{}"),
        ("display", "page"),
        ("unknown", "x"),
    ];
    more.iter().fold(request, |request, (name, value)| request.also(name, value))
}

/// A-010: 400 and no redirect, by GET and by POST; with an error code that the page names.
#[tokio::test]
async fn each_authorization_parameter_twice_is_a_page_and_never_a_redirect() {
    let world = World::new().await;
    let hint = world.tokens("planner", "openid").await.id_token.unwrap();
    let rp = world.rp("planner");
    let whole = complete(rp.request(), &hint);
    let mut browser = world.server.browser();
    for (name, value) in whole.params.clone() {
        for second in [value.as_str(), "other", ""] {
            let answer = browser.get(&whole.clone().also(&name, second).path()).await;
            page(&answer);
            assert_eq!(answer.status, 400, "{name}");
            assert!(answer.body.contains("invalid_request"), "{name}: the page names the code");
        }
        let post =
            post_from_elsewhere(&mut browser, &encode(&whole.clone().also(&name, &value).params)).await;
        page(&post);
    }
    // The control: once each is fine, and `resource` may come twice.
    let twice = rp.request().also("resource", API).also("resource", API);
    assert!(browser.open(&twice.path()).await.has("identifier"), "RFC 8707 2: resource may repeat");
}

async fn post_from_elsewhere(browser: &mut Browser, body: &str) -> countersign_testkit::Answer {
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html")];
    browser.call(axum::http::Method::POST, "/authorize", &headers, body).await
}

/// What stands in the address and in the body stands there twice.
#[tokio::test]
async fn a_parameter_in_the_query_and_in_the_body_is_doubled() {
    let world = World::new().await;
    let request = world.rp("planner").request();
    let address = format!("/authorize?{}", encode(&[("client_id", "planner")]));
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html")];
    let body = encode(&request.params);
    page(&world.server.browser().call(axum::http::Method::POST, &address, &headers, &body).await);
}

/// A-045: at every endpoint that reads a form.
#[tokio::test]
async fn each_parameter_twice_is_invalid_request_at_every_endpoint() {
    let world = World::new().await;
    let mut http = world.server.browser();
    let header = basic("planner", SECRET);
    let tokens = world.tokens("planner", "openid offline_access").await;
    let (code, request) = world.code("planner", "openid").await;
    let refresh = tokens.refresh.clone().unwrap();
    let redirect_uri = world.rp("planner").redirect_uri;
    let code_fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &redirect_uri),
        ("code_verifier", &request.verifier),
    ];
    let refresh_fields =
        [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("scope", "openid")];
    let service_fields =
        [("grant_type", "client_credentials"), ("scope", "api:read"), ("client_id", "planner")];
    let token_fields = [("token", tokens.access.as_str()), ("token_type_hint", "access_token")];
    let par: Vec<(&str, &str)> = request.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let device = [("scope", "openid"), ("client_id", "planner")];
    for (path, fields) in [
        ("/device_authorization", &device[..]),
        ("/token", &code_fields),
        ("/token", &refresh_fields),
        ("/token", &service_fields),
        ("/introspect", &token_fields),
        ("/revoke", &token_fields),
        ("/par", &par),
    ] {
        for (name, value) in fields {
            for second in [*value, "other"] {
                let doubled = [fields, &[(*name, second)]].concat();
                let answer = http.form(path, &[("authorization", &header)], &doubled).await;
                refused(&answer, 400, "invalid_request");
            }
        }
    }
    for doubled in [["client_id", "planner"], ["client_secret", SECRET]] {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", "planner"),
            ("client_secret", SECRET),
            (doubled[0], doubled[1]),
        ];
        refused(&http.form("/token", &[], &fields).await, 400, "invalid_request");
    }
    let twice = [("access_token", tokens.access.as_str()), ("access_token", tokens.access.as_str())];
    refused(&http.form("/userinfo", &[], &twice).await, 400, "invalid_request");
    // Nothing of all that spent or ended anything.
    let rp = world.rp("planner");
    assert_eq!(rp.redeem(&code, &request, world.now()).await.status, 200);
    assert_eq!(rp.refresh(&refresh, world.now()).await.status, 200);
}

/// A-005, A-006, A-009, A-011: nothing that was not registered byte for byte is ever redirected to.
#[tokio::test]
async fn an_unknown_client_or_an_unregistered_address_is_a_page() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let request = world.rp("planner").request();
    let evil = r#"https://evil.test/"><script>alert(1)</script>"#;
    page(&browser.get(&request.clone().with("client_id", "nobody").with("redirect_uri", evil).path()).await);
    page(&browser.get(&request.clone().without("client_id").path()).await);
    page(&browser.get(&request.clone().with("scope", "\u{1}").with("redirect_uri", evil).path()).await);
    let hostile = r#"<script>alert(1)</script>"#;
    let answer = browser.get(&request.clone().with("client_id", hostile).path()).await;
    page(&answer);
    assert!(!answer.body.contains("<script>alert"), "encoded or left out");
    let uri = &world.rp("planner").redirect_uri;
    for other in [
        "",
        "https://planner.example/callback/",
        "https://planner.example/callback?x=1",
        "https://planner.example/callback#x",
        "https://planner.example/Callback",
        "https://planner.example/%63allback",
        "https://planner.example//callback",
        "https://planner.example/x/../callback",
        "https://planner.example:443/callback",
        "https://planner.example:8443/callback",
        "https://PLANNER.example/callback",
        "https://planner.example./callback",
        "https://planner.example@evil.test/callback",
        "https://a@planner.example/callback",
        "https://a@b@planner.example/callback",
        "https://planner.example.evil.test/callback",
        "https://evil.test/https://planner.example/callback",
        "https://evil.test\\@planner.example/callback",
        "https:\\\\planner.example\\callback",
        "http://planner.example/callback",
        "HTTPS://planner.example/callback",
        "//planner.example/callback",
        "/callback",
        "https://planner.example/callback\u{0}",
        "https://planner.example/callback\n",
        " https://planner.example/callback",
        "https://planner.example/callback%20",
        "https://planner.example/callback;x",
        "https://planner.example/callback/..;/x",
        "javascript:alert(1)//https://planner.example/callback",
        "data:text/html,x",
        "*",
    ] {
        assert_ne!(other, uri);
        page(&browser.get(&request.clone().with("redirect_uri", other).path()).await);
    }
    // The control.
    let answer = browser.open(&request.path()).await;
    assert!(!world.rp("planner").callback(&answer).code().is_empty());
}

/// A-008: two are registered, none is sent; and OpenID Connect demands one always.
#[tokio::test]
async fn a_missing_redirect_uri_is_a_page() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    for client in ["two", "planner"] {
        page(&browser.get(&world.rp(client).request().without("redirect_uri").path()).await);
    }
}

/// A-007: RFC 8252 7.3, the port is free on a loopback address and nothing else is.
#[tokio::test]
async fn only_the_port_of_a_loopback_address_is_free() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let rp = world.rp("phone");
    let free = "http://127.0.0.1:49152/callback";
    let answer = browser.open(&rp.request().with("redirect_uri", free).path()).await;
    assert!(answer.header("location").starts_with(free), "{:?}", answer.location());
    for other in [
        "http://localhost:49152/callback",
        "http://127.0.0.1:49152/other",
        "http://127.0.0.2:49152/callback",
        "http://[::1]:49152/callback",
        "https://127.0.0.1:49152/callback",
        "http://127.0.0.1:49152@evil.test/callback",
        "http://127.0.0.1:/callback",
        "http://127.0.0.1:99999/callback",
    ] {
        page(&browser.get(&rp.request().with("redirect_uri", other).path()).await);
    }
}

/// Parameters that are text but no sense: the app hears the standard's code.
#[tokio::test]
async fn what_cannot_be_meant_is_told_to_the_app_with_its_code() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let rp = world.rp("planner");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_claims = format!(r#"{{"userinfo":{deep}}}"#);
    for (name, value, code) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_type", "none", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("response_mode", "web_message", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "create", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        ("max_age", "soon", "invalid_request"),
        ("max_age", "99999999999999999999", "invalid_request"),
        ("claims", "{", "invalid_request"),
        ("claims", "[]", "invalid_request"),
        ("claims", r#"{"userinfo":{"name":{"value":[[[[[[[[1]]]]]]]]}}}"#, "invalid_request"),
        ("scope", "openid admin", "invalid_scope"),
        ("scope", "openid \"", "invalid_scope"),
        ("resource", "https://nobody.example/", "invalid_target"),
        ("resource", "not a uri", "invalid_target"),
        ("request", "a.b.c", "request_not_supported"),
        ("request_uri", "https://planner.example/r", "request_uri_not_supported"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:unknown\u{e9}", "request_uri_not_supported"),
        ("registration", "{}", "registration_not_supported"),
        ("id_token_hint", "x", "invalid_request"),
    ] {
        let request = rp.request().with(name, value);
        let answer = browser.get(&request.path()).await;
        if name == "request_uri" && value.starts_with("urn:") {
            turned_away(&answer);
            continue;
        }
        let callback = rp.callback(&answer);
        assert_eq!(callback.error(), code, "{name}={value}");
        crate::conformance::check_callback(&callback.params, request.get("state"));
    }
    // Longer than any address: by POST.
    let request = rp.request().with("claims", &deep_claims);
    let body = encode(&request.params);
    turned_away(&post_from_elsewhere(&mut browser, &body).await);
    let short = rp.request().with("claims", &format!(r#"{{"userinfo":{}"#, "[".repeat(7_000)));
    let answer = post_from_elsewhere(&mut browser, &encode(&short.params)).await;
    assert_eq!(rp.callback(&answer).error(), "invalid_request");
}
