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
