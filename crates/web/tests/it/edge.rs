//! What holds for every route.

use axum::http::{Method, StatusCode};
use countersign_core::{ClientId, Policy};
use countersign_testkit::TestServer;

#[tokio::test]
async fn every_answer_carries_the_guards() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    for path in ["/health/live", "/nowhere", "/assets/none.css"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        assert!(answer.header("strict-transport-security").contains("max-age"), "{path}");
        assert!(!answer.header("referrer-policy").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn every_page_says_what_it_may_do() {
    let server = TestServer::start().await;
    let answer = server.browser().get("/nowhere").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let policy = answer.header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe-inline"));
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn the_server_is_ready_when_the_database_answers() {
    let server = TestServer::start().await;
    assert_eq!(server.browser().get("/health/ready").await.status, StatusCode::OK);
}

#[tokio::test]
async fn another_method_is_405_with_the_methods_that_are_allowed() {
    let server = TestServer::start().await;
    let answer = server.browser().call(Method::DELETE, "/health/live", &[], "").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.header("allow").contains("GET"));
}

/// A request too large for an address is kept in a row; a stranger cannot make us keep any number of them.
#[tokio::test]
async fn rows_that_strangers_make_us_keep_are_counted() {
    let world = countersign_testkit::world::World::new().await;
    let rp = world.rp("planner");
    let request = rp.request().with("login_hint", &"x".repeat(200)).with("state", &"s".repeat(3_900));
    let path = request.path();
    let (_, query) = path.split_once('?').unwrap();
    let mut browser = world.server.browser();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let mut refused = None;
    for n in 0..=countersign_core::limits::ROWS_KEPT.max {
        let answer = browser.call(Method::POST, "/authorize", &form, query).await;
        if answer.status != StatusCode::SEE_OTHER {
            refused = Some((n, answer));
            break;
        }
    }
    let (n, answer) = refused.expect("the last one is refused");
    assert_eq!((n, answer.status), (countersign_core::limits::ROWS_KEPT.max, StatusCode::TOO_MANY_REQUESTS));
    assert!(!answer.header("retry-after").is_empty());
}

/// Whoever types the bare issuer gets the page that is there for people.
#[tokio::test]
async fn the_bare_issuer_leads_to_the_account() {
    for (issuer, typed, account) in [
        ("https://id.example", vec!["/"], "/account"),
        (
            "https://h.example/identity-backend",
            vec!["/identity-backend", "/identity-backend/"],
            "/identity-backend/account",
        ),
    ] {
        let server = TestServer::with("sqlite::memory:", Policy::new(issuer)).await;
        let mut browser = server.browser();
        for address in typed {
            let answer = browser.get(address).await;
            assert_eq!(
                (answer.status, answer.header("location")),
                (StatusCode::SEE_OTHER, account),
                "{address}"
            );
            assert!(answer.headers.get("set-cookie").is_none(), "{address}");
            let page = browser.open(address).await;
            assert!(page.has("identifier"), "{address}: {}", page.body);
        }
    }
}

/// Enter in the address bar, or a tab that is restored, asks for a step with GET. No such page is a dead end, and none
/// sets a cookie.
#[tokio::test]
async fn every_page_for_a_wrong_address_has_a_way_on() {
    let server = TestServer::with("sqlite::memory:", Policy::new("https://h.example/id")).await;
    for (path, status) in [
        ("/nope", StatusCode::NOT_FOUND),
        ("/id/nope", StatusCode::NOT_FOUND),
        ("/id/assets/none.css", StatusCode::NOT_FOUND),
        ("/id/login/password", StatusCode::METHOD_NOT_ALLOWED),
        ("/id/consent", StatusCode::METHOD_NOT_ALLOWED),
        ("/id/confirm", StatusCode::METHOD_NOT_ALLOWED),
        ("/id/authorize?client_id=nobody", StatusCode::BAD_REQUEST),
        ("/id/authorize?client_id=a&client_id=b", StatusCode::BAD_REQUEST),
        ("/id/logout?state=a&state=b", StatusCode::BAD_REQUEST),
    ] {
        let mut browser = server.browser();
        let answer = browser.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.headers.get("set-cookie").is_none(), "{path}");
        assert!(answer.body.contains(r#"id="way-on" href="/id/account""#), "{path}: {}", answer.body);
        assert!(browser.open("/id/account").await.has("identifier"), "{path}");
    }
}

/// The app of a broken request is known, so its person goes back there.
#[tokio::test]
async fn a_broken_request_leads_back_to_its_app() {
    let world = countersign_testkit::world::World::new().await;
    let mut client = world
        .server
        .app
        .directory
        .client(&ClientId::parse("planner").unwrap())
        .unwrap()
        .client
        .as_ref()
        .clone();
    client.client_uri = Some("https://planner.example/start".into());
    world.server.register(client).await;
    let answer =
        world.server.browser().get("/authorize?client_id=planner&redirect_uri=https://evil.test/").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains(r#"id="way-on" href="https://planner.example/start""#), "{}", answer.body);
    assert!(!answer.body.contains("evil.test"));
}
