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
