//! What holds for every route.

use axum::http::{Method, StatusCode};
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
