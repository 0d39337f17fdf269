//! DESIGN 7: pages of a client read its answers, and nobody else's.

use crate::grants::{House, VERIFIER, callback};
use axum::http::Method;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn a_preflight_lets_origins_of_clients_through() {
    let house = House::build().await;
    let mut browser = house.server.browser();
    for path in ["/token", "/userinfo", "/revoke"] {
        for (origin, allowed) in
            [("https://spa.example", true), ("https://evil.example", false), ("null", false)]
        {
            let headers = [
                ("origin", origin),
                ("access-control-request-method", "POST"),
                ("access-control-request-headers", "authorization,dpop"),
            ];
            let answer = browser.call(Method::OPTIONS, path, &headers, "").await;
            assert_eq!(answer.status, 204);
            assert_eq!(answer.header("vary"), "Origin");
            let expected = if allowed { origin } else { "" };
            assert_eq!(answer.header("access-control-allow-origin"), expected, "{path}");
            assert_eq!(answer.header("access-control-allow-credentials"), "");
            if allowed {
                assert_eq!(
                    answer.header("access-control-allow-headers"),
                    "Authorization, Content-Type, DPoP"
                );
            }
        }
    }
    let answer = browser.call(Method::OPTIONS, "/introspect", &[("origin", "https://spa.example")], "").await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (405, ""));
}

#[tokio::test]
async fn an_answer_is_for_the_pages_of_its_own_client() {
    let house = House::build().await;
    let mut browser = house.server.browser();
    for (origin, allowed) in [
        ("https://spa.example", true),
        ("https://planner.example", false),
        ("https://evil.example", false),
        ("null", false),
    ] {
        let code = house.code("spa", "openid").await;
        let cb = callback("spa");
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", "spa"),
            ("code", code.as_str()),
            ("code_verifier", VERIFIER),
            ("redirect_uri", cb.as_str()),
        ];
        let expected = if allowed { origin } else { "" };
        let token = browser.form("/token", &[("origin", origin)], &fields).await;
        assert_eq!((token.status.as_u16(), token.header("access-control-allow-origin")), (200, expected));
        // Its errors can be read too.
        let again = browser.form("/token", &[("origin", origin)], &fields).await;
        assert_eq!((again.status.as_u16(), again.header("access-control-allow-origin")), (400, expected));
    }
    let access = house.tokens("spa", "openid").await.access;
    let header = format!("Bearer {access}");
    for (origin, expected) in
        [("https://spa.example", "https://spa.example"), ("https://planner.example", "")]
    {
        let headers = [("origin", origin), ("authorization", header.as_str())];
        let answer = browser.call(Method::GET, "/userinfo", &headers, "").await;
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, expected));
        let headers = [("origin", origin), FORM];
        let answer = browser.call(Method::POST, "/revoke", &headers, "client_id=spa&token=x").await;
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, expected));
    }
}

/// A page learns why it was refused and when to come back, even where nobody asked yet whose page it is.
#[tokio::test]
async fn early_refusals_are_readable_by_pages_of_clients_and_by_nobody_else() {
    let house = House::build().await;
    let mut browser = house.server.browser();
    let large = "x".repeat(100_000);
    let (json, form) = (("content-type", "application/json"), FORM);
    let rows = [
        (Method::POST, "/token", json, "{}", 400),
        (Method::POST, "/token", form, large.as_str(), 413),
        (Method::GET, "/token", form, "", 405),
        (Method::POST, "/revoke", json, "{}", 400),
        (Method::POST, "/revoke", form, large.as_str(), 413),
        (Method::POST, "/userinfo", form, large.as_str(), 413),
        (Method::DELETE, "/userinfo", form, "", 405),
        // Over the limit from here on.
        (Method::POST, "/token", form, "client_id=spa", 429),
        (Method::POST, "/revoke", form, "client_id=spa", 429),
        (Method::GET, "/userinfo", form, "", 429),
        (Method::GET, "/jwks.json", form, "", 429),
    ];
    for (method, path, kind, body, status) in rows {
        if status == 429 {
            let (limits, now) = (&house.server.app.limits, house.server.now());
            let here = countersign_web::peer::ClientIp(browser.ip);
            limits.add(
                &countersign_core::limits::MACHINES,
                here,
                countersign_core::limits::MACHINES.max,
                now,
            );
        }
        for (origin, readable) in [
            ("https://spa.example", true),
            ("https://evil.example", path == "/jwks.json"),
            ("null", path == "/jwks.json"),
        ] {
            let answer = browser.call(method.clone(), path, &[("origin", origin), kind], body).await;
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
            let expected = match (readable, path) {
                (false, _) => "",
                (true, "/jwks.json") => "*",
                (true, _) => origin,
            };
            assert_eq!(answer.header("access-control-allow-origin"), expected, "{method} {path} {origin}");
            assert_eq!(answer.header("access-control-allow-credentials"), "");
            if readable && expected == origin {
                assert_eq!(answer.header("access-control-expose-headers"), "WWW-Authenticate, Retry-After");
                assert_eq!(answer.header("vary"), "Origin");
            }
            assert_eq!(answer.header("retry-after").is_empty(), status != 429);
        }
    }
    // The preflight is let through, or the page could not read what follows it.
    let headers = [("origin", "https://spa.example"), ("access-control-request-method", "GET")];
    let answer = browser.call(Method::OPTIONS, "/userinfo", &headers, "").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("access-control-allow-origin")),
        (204, "https://spa.example")
    );
}
