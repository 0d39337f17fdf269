//! What comes over the wire before any protocol is spoken: sizes, encodings, types, paths, headers, methods.

use super::{page, refused, turned_away};
use axum::body::Body;
use axum::http::{Method, Request};
use countersign_testkit::relying_party::{basic, encode};
use countersign_testkit::world::SECRET;
use countersign_testkit::{Answer, Browser, ISSUER, World};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
/// Everything that takes a body without a session.
const POSTS: [&str; 18] = [
    "/authorize",
    "/par",
    "/device_authorization",
    "/device",
    "/token",
    "/userinfo",
    "/introspect",
    "/revoke",
    "/logout",
    "/login",
    "/login/password",
    "/login/link",
    "/signup",
    "/confirm",
    "/forgot",
    "/reset",
    "/consent",
    "/select-account",
];

async fn raw(http: &Browser, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    http.other().send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn ten_megabytes_are_refused_everywhere() {
    let world = World::new().await;
    let http = world.server.browser();
    for path in POSTS {
        let body = vec![b'a'; 10 << 20];
        let answer = raw(&http, Method::POST, path, &[FORM], body).await;
        turned_away(&answer);
        assert_eq!(answer.status, 413, "{path}");
    }
    let json = vec![b'['; 10 << 20];
    for path in POSTS {
        let answer =
            raw(&http, Method::POST, path, &[("content-type", "application/json")], json.clone()).await;
        turned_away(&answer);
    }
}

#[tokio::test]
async fn json_of_any_depth_is_refused_where_a_form_is_spoken() {
    let world = World::new().await;
    let http = world.server.browser();
    let deep = "[".repeat(30_000).into_bytes();
    for path in POSTS {
        turned_away(
            &raw(&http, Method::POST, path, &[("content-type", "application/json")], deep.clone()).await,
        );
        turned_away(&raw(&http, Method::POST, path, &[FORM], deep.clone()).await);
    }
}

#[tokio::test]
async fn bad_utf8_and_nul_are_refused_everywhere() {
    let world = World::new().await;
    let http = world.server.browser();
    let header = basic("planner", SECRET);
    for bad in ["%ff", "%c0%af", "%ed%a0%80", "%00", "a%00b", "%", "%g1", "%e2%82"] {
        for name in ["grant_type", "scope", "code", "state", "token", "email", "identifier", "flow", "csrf"] {
            let body = format!("client_id=planner&{name}={bad}").into_bytes();
            for path in POSTS {
                let answer =
                    raw(&http, Method::POST, path, &[FORM, ("accept", "text/html")], body.clone()).await;
                turned_away(&answer);
            }
            let answer = raw(&http, Method::POST, "/token", &[FORM, ("authorization", &header)], body).await;
            refused(&answer, 400, "invalid_request");
        }
        let request = world.rp("planner").request();
        let address = format!("{}&extra={bad}", request.path());
        page(&raw(&http, Method::GET, &address, &[("accept", "text/html")], Vec::new()).await);
        let named = format!("{}&{bad}=x", request.path());
        page(&raw(&http, Method::GET, &named, &[("accept", "text/html")], Vec::new()).await);
    }
    let unencoded = b"grant_type=client_credentials&x=\xff\xfe".to_vec();
    let answer = raw(&http, Method::POST, "/token", &[FORM, ("authorization", &header)], unencoded).await;
    refused(&answer, 400, "invalid_request");
    let nul = b"grant_type=client_credentials&x=a\0b".to_vec();
    let answer = raw(&http, Method::POST, "/token", &[FORM, ("authorization", &header)], nul).await;
    refused(&answer, 400, "invalid_request");
}

#[tokio::test]
async fn a_body_of_another_type_is_not_read() {
    let world = World::new().await;
    let http = world.server.browser();
    let header = basic("planner", SECRET);
    for kind in [
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencodedx",
        "",
    ] {
        for path in ["/token", "/introspect", "/revoke", "/par", "/device_authorization"] {
            let body = b"grant_type=client_credentials&token=x".to_vec();
            let answer =
                raw(&http, Method::POST, path, &[("content-type", kind), ("authorization", &header)], body)
                    .await;
            refused(&answer, 400, "invalid_request");
        }
        let body = encode(&world.rp("planner").request().params).into_bytes();
        turned_away(&raw(&http, Method::POST, "/authorize", &[("content-type", kind)], body).await);
    }
    for kind in ["application/x-www-form-urlencoded;charset=UTF-8", "APPLICATION/X-WWW-FORM-URLENCODED"] {
        let body = b"grant_type=client_credentials".to_vec();
        let answer =
            raw(&http, Method::POST, "/token", &[("content-type", kind), ("authorization", &header)], body)
                .await;
        assert_eq!(answer.status, 200, "the control: {}", answer.body);
    }
    let without = raw(
        &http,
        Method::POST,
        "/token",
        &[("authorization", &header)],
        b"grant_type=client_credentials".to_vec(),
    )
    .await;
    refused(&without, 400, "invalid_request");
}

/// A-144: another spelling of a path is another path, and there is none.
#[tokio::test]
async fn doubled_encoded_and_dotted_paths_lead_nowhere() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    for path in [
        "authorize",
        "token",
        "userinfo",
        "introspect",
        "account",
        "account/sessions",
        "login",
        "logout",
        "jwks.json",
    ] {
        let (first, rest) = path.split_at(1);
        let encoded = format!("/%{:02x}{rest}", first.as_bytes()[0]);
        for other in [
            format!("//{path}"),
            format!("/./{path}"),
            format!("/x/../{path}"),
            format!("/{path}/"),
            format!("/{path};a=b"),
            format!("/%2f{path}"),
            format!("/{path}%2f"),
            format!("/{path}%00"),
            format!("/{path}%20"),
            format!("/{}", path.to_ascii_uppercase()),
            encoded,
        ] {
            // As a program on the wire spells it: no URL library straightens it first.
            let request =
                Request::get(other.as_str()).header("accept", "text/html").body(Body::empty()).unwrap();
            let answer = browser.send_as_is(request).await;
            assert_eq!(answer.status, 404, "{other}: {} {:?}", answer.status, answer.location());
        }
    }
}

/// A-001, A-113: nothing that a request says of our own address is believed.
#[tokio::test]
async fn forged_host_and_forwarded_headers_change_nothing() {
    let world = World::new().await;
    let mut honest = world.server.browser();
    let mut lied_to = world.server.browser();
    for (name, value) in [
        ("host", "evil.test"),
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-for", "198.51.100.99"),
        ("x-forwarded-prefix", "/evil"),
        ("x-original-url", "/account"),
        ("x-rewrite-url", "/account"),
        ("x-real-ip", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1;host=evil.test;proto=http"),
        ("x-http-method-override", "DELETE"),
    ] {
        lied_to.headers.insert(name, value.parse().unwrap());
    }
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks.json"]
    {
        let (truth, lie) = (honest.get(path).await, lied_to.get(path).await);
        assert_eq!(truth.body, lie.body, "{path}");
    }
    let rp = world.rp("planner");
    let page = lied_to.open(&rp.request().path()).await;
    assert!(!page.body.contains("evil"), "{}", page.body);
    let answer = lied_to.get(&rp.request().with("prompt", "none").path()).await;
    assert_eq!(rp.callback(&answer).get("iss"), ISSUER);
    // The link in a mail carries the configured origin.
    let page = lied_to.open(&rp.request().path()).await;
    lied_to.press(&page, "send-link", &[("identifier", "anna@example.com")]).await;
    let mail = world.server.mail_to("anna@example.com").await;
    assert!(
        !mail.links.is_empty() && mail.links.iter().all(|link| link.starts_with(&format!("{ISSUER}/"))),
        "{:?}",
        mail.links
    );
    assert!(!mail.text.contains("evil"));
}

/// A-031: the declared methods and no others; `Allow` says which.
#[tokio::test]
async fn other_methods_are_405_and_do_nothing() {
    let world = World::new().await;
    let mut http = world.server.browser();
    let (code, request) = world.code("planner", "openid").await;
    let query = encode(&[("grant_type", "authorization_code"), ("code", code.as_str())]);
    for (path, allowed) in [
        ("/authorize", &["GET", "POST"][..]),
        ("/token", &["POST", "OPTIONS"]),
        ("/par", &["POST"]),
        ("/device_authorization", &["POST"]),
        ("/device", &["GET", "HEAD", "POST"]),
        ("/introspect", &["POST"]),
        ("/revoke", &["POST", "OPTIONS"]),
        ("/userinfo", &["GET", "HEAD", "POST", "OPTIONS"]),
        ("/jwks.json", &["GET", "HEAD", "OPTIONS"]),
        ("/logout", &["GET", "HEAD", "POST"]),
        ("/login/password", &["POST"]),
        ("/consent", &["POST"]),
    ] {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"]
        {
            if allowed.contains(&method) || method == "CONNECT" {
                continue;
            }
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = http.call(method.clone(), &format!("{path}?{query}"), &[], "").await;
            assert_eq!(answer.status, 405, "{method} {path}: {}", answer.status);
            assert!(!answer.header("allow").is_empty(), "{method} {path}");
        }
    }
    let rp = world.rp("planner");
    assert_eq!(rp.redeem(&code, &request, world.now()).await.status, 200, "nothing was spent on the way");
}

/// A-071, RFC 6750 2.3: a token in the address is refused even beside a good header; header and body both, too.
#[tokio::test]
async fn a_token_in_the_query_or_twice_is_refused() {
    let world = World::new().await;
    let token = world.tokens("planner", "openid").await.access;
    let mut http = world.server.browser();
    let bearer = format!("Bearer {token}");
    let address = format!("/userinfo?{}", encode(&[("access_token", token.as_str())]));
    let in_query = http.call(Method::GET, &address, &[], "").await;
    assert!([400, 401].contains(&in_query.status.as_u16()), "{}", in_query.body);
    refused(
        &http.call(Method::GET, &address, &[("authorization", &bearer)], "").await,
        400,
        "invalid_request",
    );
    let both = http.form("/userinfo", &[("authorization", &bearer)], &[("access_token", &token)]).await;
    refused(&both, 400, "invalid_request");
    let two = [("authorization", bearer.as_str()), ("authorization", bearer.as_str())];
    turned_away(&http.call(Method::GET, "/userinfo", &two, "").await);
    for (header, status) in [("Bearer", 400), ("Bearer ", 400), ("Basic x", 400), (token.as_str(), 400)] {
        let answer = http.call(Method::GET, "/userinfo", &[("authorization", header)], "").await;
        assert!([status, 401].contains(&answer.status.as_u16()), "{header}: {}", answer.status);
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    let none = http.call(Method::GET, "/userinfo", &[], "").await;
    assert_eq!(none.status, 401);
    assert!(
        none.header("www-authenticate").starts_with("Bearer")
            && !none.header("www-authenticate").contains("error=")
    );
    // A-042: what stands in the address of /token is not read.
    let query = encode(&[("grant_type", "client_credentials")]);
    let header = basic("planner", SECRET);
    let answer =
        http.call(Method::POST, &format!("/token?{query}"), &[FORM, ("authorization", &header)], "").await;
    refused(&answer, 400, "invalid_request");
}

/// A-014, A-018: state comes back byte for byte, and is text wherever it is shown.
#[tokio::test]
async fn a_hostile_state_comes_back_as_it_was_and_runs_nowhere() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let rp = world.rp("planner");
    let long = "s".repeat(2_048);
    for state in [
        r#""><script>alert(1)</script>"#,
        r#"'"/></form><form action=https://evil.test>"#,
        "a&code=x",
        "a%26code%3Dx",
        "a#b?c&iss=https://evil.test",
        "sp ace+plus",
        "ümlaut 漢字 \u{1f642}",
        "\r\nLocation: https://evil.test",
        "{{7*7}}",
        &long,
    ] {
        for mode in ["query", "form_post"] {
            let request = rp.request().with("state", state).with("response_mode", mode);
            let answer = browser.open(&request.path()).await;
            let callback = rp.callback(&answer);
            assert_eq!(callback.get("state"), state, "{mode}");
            assert!(!callback.code().is_empty());
            assert!(
                !answer.body.contains("<script>alert") && !answer.body.contains("action=https://evil.test>")
            );
            if mode == "form_post" {
                let policy = answer.header("content-security-policy");
                assert!(policy.contains("form-action 'self' https://planner.example;"), "{policy}");
                assert!(!policy.contains("unsafe-inline"), "{policy}");
            }
            let silent = request.clone().with("prompt", "none").with("max_age", "0");
            let error = rp.callback(&browser.open(&silent.path()).await);
            assert_eq!((error.error(), error.get("state")), ("login_required", state));
        }
    }
    let endless = rp.request().with("state", &"s".repeat(5_000));
    page(&browser.get(&endless.path()).await);
}

/// Who asks gets what they can read, also where the framework refuses before any handler of ours.
#[tokio::test]
async fn what_nobody_of_ours_has_read_is_refused_in_the_form_of_who_asks() {
    let world = World::new().await;
    let http = world.server.browser();
    let (json, html) = (("content-type", "application/json"), ("accept", "text/html"));
    let big = vec![b'a'; 200 << 10];
    for (method, path, headers, body, status, code) in [
        (Method::PATCH, "/api/v1/me", vec![json], big.clone(), 413, "invalid_request"),
        (Method::POST, "/api/v1/me/password", vec![json], big.clone(), 413, "invalid_request"),
        (Method::DELETE, "/api/v1/me/emails/%ff", vec![], vec![], 400, "invalid_request"),
        (Method::GET, "/api/v1/nope", vec![html], vec![], 404, "not_found"),
        (Method::PUT, "/api/v1/me", vec![], vec![], 405, "invalid_request"),
    ] {
        let answer = raw(&http, method, path, &headers, body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (status, Some(code)), "{path}");
        assert!(answer.json()["error_description"].is_string());
        assert_eq!(answer.status == 405, !answer.header("allow").is_empty(), "{path}");
    }
    for (method, path, body, status) in [
        (Method::POST, "/login", big.clone(), 413),
        (Method::POST, "/logout", big, 413),
        (Method::GET, "/login/provider/%ff", vec![], 400),
    ] {
        let answer = raw(&http, method, path, &[FORM, html], body).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert!(answer.body.contains("<h1") && answer.body.contains("href=\"/account\""), "{}", answer.body);
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
    }
}

/// W3C, A Well-Known URL for Changing Passwords.
#[tokio::test]
async fn password_managers_find_where_a_password_is_changed() {
    let world = World::new().await;
    let answer = world.server.browser().other().get("/.well-known/change-password").await;
    assert_eq!(answer.status, 303);
    assert!(answer.header("location").ends_with("/account/security"), "{}", answer.header("location"));
}

/// RFC 6750 3.1: a request without authentication information "(the client was unaware that authentication is
/// necessary or attempted using an unsupported authentication method)" is told the scheme and no error.
#[tokio::test]
async fn another_scheme_is_told_which_one_is_spoken_here() {
    let world = World::new().await;
    let http = world.server.browser();
    for path in ["/userinfo", "/api/v1/me"] {
        for scheme in ["Basic YTpi", "DPoP abc", "Basic"] {
            let answer = raw(&http, Method::GET, path, &[("authorization", scheme)], vec![]).await;
            assert_eq!(answer.status, 401, "{path} {scheme}");
            let challenge = answer.header("www-authenticate");
            assert!(challenge.starts_with("Bearer") && !challenge.contains("error"), "{challenge}");
        }
        let answer = raw(&http, Method::GET, path, &[("authorization", "Bearer")], vec![]).await;
        assert_eq!(answer.status, 400, "{path}");
    }
}
