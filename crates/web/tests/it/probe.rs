//! What `doctor` is shown of its own requests, and nobody else of anything.

use axum::http::Method;
use countersign_testkit::{Answer, TestServer};
use countersign_web::probe::Seen;
use std::sync::Arc;
use std::time::Duration;

async fn get(server: &TestServer, path: &str, headers: &[(&'static str, &'static str)]) -> Answer {
    let mut browser = server.browser();
    for (name, value) in headers {
        browser.headers.insert(*name, value.parse().unwrap());
    }
    browser.get(path).await
}

fn open(server: &TestServer) -> String {
    let app = &server.app;
    app.probes.open(app.rng.as_ref(), app.clock.now()).unwrap()
}

fn close(server: &TestServer, nonce: &str) -> Vec<Seen> {
    server.app.probes.close(nonce, server.app.clock.now())
}

#[tokio::test]
async fn a_request_with_the_nonce_is_noted_as_it_arrived_wherever_it_went() {
    let server = TestServer::start().await;
    server.app.proxies.store(Arc::new(vec!["10.0.0.0/8".parse().unwrap()]));
    let nonce = open(&server);
    let mut browser = server.browser();
    browser.ip = "10.1.1.1".parse().unwrap();
    browser.cookies.insert("a".to_owned(), "secret".to_owned());
    for (name, value) in [("x-forwarded-for", "192.0.2.7"), ("x-forwarded-proto", "https"), ("via", "x")] {
        browser.headers.insert(name, value.parse().unwrap());
    }
    assert_eq!(browser.get(&format!("/wrong/way?doctor={nonce}")).await.status, 404);
    let seen = close(&server, &nonce);
    let expected = Seen {
        peer: "10.1.1.1".parse().unwrap(),
        trusted: true,
        client: "192.0.2.7".parse().unwrap(),
        path: "/wrong/way".to_owned(),
        host: Some("id.example".to_owned()),
        forwarded_for: vec!["192.0.2.7".to_owned()],
        forwarded_proto: Some("https".to_owned()),
        between: vec!["via".to_owned()],
        cookies: vec!["a".to_owned()],
    };
    assert_eq!(seen, [expected]);
}

#[tokio::test]
async fn a_nonce_is_good_once_for_a_minute_and_strangers_have_none() {
    let server = TestServer::start().await;
    let nonce = open(&server);
    for guess in ["", "x", &nonce[1..], &format!("{nonce}x")] {
        get(&server, &format!("/health/live?doctor={guess}"), &[]).await;
    }
    assert_eq!(close(&server, &nonce), []);
    get(&server, &format!("/health/live?doctor={nonce}"), &[]).await;
    assert_eq!(close(&server, &nonce), []);

    let nonce = open(&server);
    server.advance(Duration::from_secs(60));
    get(&server, &format!("/health/live?doctor={nonce}"), &[]).await;
    assert_eq!(close(&server, &nonce), []);

    let nonce = open(&server);
    for _ in 0..20 {
        get(&server, &format!("/health/live?doctor={nonce}"), &[]).await;
    }
    assert!(close(&server, &nonce).len() <= 4);
    let (app, now) = (&server.app, server.app.clock.now());
    let many = std::iter::from_fn(|| app.probes.open(app.rng.as_ref(), now)).take(100).count();
    assert!(many < 100, "bounded");
}

#[tokio::test]
async fn the_answer_is_the_same_with_and_without_a_nonce() {
    let server = TestServer::start().await;
    let nonce = open(&server);
    for path in ["/health/live", "/nowhere", "/jwks.json", "/token"] {
        // Programs: a page has a nonce of its own each time.
        let mut program = server.browser();
        let plain = program.call(Method::GET, path, &[], "").await;
        let noted = program.call(Method::GET, &format!("{path}?doctor={nonce}"), &[], "").await;
        assert_eq!((plain.status, plain.headers, plain.body), (noted.status, noted.headers, noted.body));
    }
    assert_eq!(close(&server, &nonce).len(), 4);
}
