//! Groups "Login pages and session" and "Robustness and operation": what every page and every answer is.

use crate::bad_input::turned_away;
use crate::login::{first_page, mailed, mailed_link};
use axum::body::Body;
use axum::http::{Method, Request};
use countersign_testkit::relying_party::encode;
use countersign_testkit::world::SECRET;
use countersign_testkit::{Answer, Browser, ISSUER, World, html};
use countersign_web::cookies::Cookie;
use serde_json::json;
use std::time::Duration;

/// Every page of a person's way, with the buttons pressed that lead to the next one.
async fn crawl(world: &World) -> Vec<(&'static str, Answer)> {
    let mut seen: Vec<(&'static str, Answer)> = Vec::new();
    let mut browser = world.server.browser();
    let (rp, request, first) = first_page(world, &mut browser).await;
    let anna = [("identifier", "anna@example.com")];
    let password = browser.press(&first, "continue", &anna).await;
    let wrong = browser.press(&password, "continue", &[("password", "wrong")]).await;
    let bad_address = browser.press(&first, "continue", &[("identifier", "nobody")]).await;
    let link_sent = browser.press(&first, "send-link", &anna).await;
    let link = mailed_link(&world.server, "anna@example.com").await;
    seen.push(("link in the same browser", browser.get(&link).await));
    seen.push(("link elsewhere", world.server.browser().get(&link).await));
    let sign_up = browser.press(&first, "sign-up", &[]).await;
    let weak = [("identifier", "new@example.com"), ("new-password", "short")];
    seen.push(("weak password", browser.press(&sign_up, "continue", &weak).await));
    let fine = [("identifier", "new@example.com"), ("new-password", "seven tall lanterns")];
    let confirm = browser.press(&sign_up, "continue", &fine).await;
    seen.push(("wrong digits", browser.press(&confirm, "continue", &[("code", "000000")]).await));
    let forgot = browser.press(&password, "forgot", &[]).await;
    let forgot_sent = browser.press(&forgot, "continue", &[("identifier", "ben@example.com")]).await;
    let reset_link = mailed_link(&world.server, "ben@example.com").await;
    let reset = browser.get(&reset_link).await;
    seen.extend([("sign-in", first), ("password", password.clone()), ("wrong password", wrong)]);
    seen.extend([
        ("bad address", bad_address),
        ("link sent", link_sent),
        ("sign-up", sign_up),
        ("confirm", confirm),
    ]);
    seen.extend([("forgot", forgot), ("forgot sent", forgot_sent), ("reset", reset)]);
    let signed_in = browser.press(&password, "continue", &[("password", "correct horse battery")]).await;
    assert!(!rp.callback(&signed_in).code().is_empty());
    seen.push((
        "finished flow",
        browser.press(&password, "continue", &[("password", "correct horse battery")]).await,
    ));
    for path in ["/account", "/account/security", "/account/sessions", "/account/apps"] {
        seen.push(("account", browser.open(path).await));
    }
    seen.push(("consent", browser.open(&world.rp("stranger").request().path()).await));
    let select = world.rp("planner").request().with("prompt", "select_account");
    seen.push(("select account", browser.open(&select.path()).await));
    let posted = world.rp("planner").request().with("response_mode", "form_post");
    seen.push(("form_post", browser.open(&posted.path()).await));
    seen.push(("unknown app", browser.get(&request.with("client_id", "nobody").path()).await));
    seen.push(("not found", browser.get("/nowhere").await));
    let wrong_method =
        Request::delete("/authorize").header("accept", "text/html").body(Body::empty()).unwrap();
    seen.push(("wrong method", browser.send(wrong_method).await));
    seen.push(("form refused", browser.post_from_us("/login", &[]).await));
    let ask = browser.open("/logout").await;
    seen.push(("sign out", ask.clone()));
    seen.push(("signed out", browser.press(&ask, "sign-out", &[]).await));
    world.server.advance(Duration::from_secs(3_700));
    seen.push(("expired flow", browser.press(&password, "continue", &[("password", "x")]).await));
    seen
}

#[tokio::test]
async fn a_088_a_089_every_page_forbids_what_it_does_not_need() {
    let world = World::new().await;
    let pages = crawl(&world).await;
    assert!(pages.len() > 25);
    for (what, answer) in &pages {
        assert!(!answer.status.is_server_error(), "{what}: {}", answer.status);
        assert!(
            answer.header("content-type").starts_with("text/html"),
            "{what}: {} {}",
            answer.status,
            answer.body
        );
        let policy = answer.header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(part), "{what}: {policy}");
        }
        for never in ["unsafe-inline", "unsafe-eval", "*", "http:"] {
            assert!(!policy.contains(never), "{what}: {policy}");
        }
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("referrer-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{what}: {name}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"), "{what}");
        assert!(answer.header("strict-transport-security").contains("max-age="), "{what}");
        // Every script and style carries this answer's nonce, and no element carries a handler.
        let nonce = policy.split("'nonce-").nth(1).and_then(|it| it.split('\'').next()).unwrap();
        for tag in ["<script", "<style"] {
            for opened in answer.body.split(tag).skip(1) {
                let attributes = &opened[..opened.find('>').unwrap()];
                assert!(
                    attributes.contains(&format!("nonce=\"{nonce}\"")) || attributes.contains("src="),
                    "{what}: {attributes}"
                );
            }
        }
        for handler in [" onclick=", " onload=", " onerror=", " style=\"", "javascript:"] {
            assert!(!answer.body.contains(handler), "{what}: {handler}");
        }
    }
    let mut nonces: Vec<_> = pages.iter().map(|(_, it)| it.header("content-security-policy")).collect();
    nonces.sort_unstable();
    nonces.dedup();
    assert_eq!(nonces.len(), pages.len(), "a nonce is used once");
}

#[tokio::test]
async fn a_077_cookies_have_every_guard() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let (_, _, first) = first_page(&world, &mut browser).await;
    let password = browser.press(&first, "continue", &[("identifier", "anna@example.com")]).await;
    let last = browser.press_only(&password, "continue", &[("password", "correct horse battery")]).await;
    let mut names = Vec::new();
    for answer in [&first, &password, &last] {
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let attributes: Vec<String> = line.split(';').map(|it| it.trim().to_ascii_lowercase()).collect();
            assert!(line.starts_with("__Host-"), "{line}");
            for wanted in ["secure", "httponly", "samesite=lax", "path=/"] {
                assert!(attributes.iter().any(|it| it == wanted), "{wanted} in {line}");
            }
            assert!(!attributes.iter().any(|it| it.starts_with("domain")), "{line}");
            assert!(line.len() < 4_096);
            names.push(line.split('=').next().unwrap().to_owned());
        }
    }
    let wanted =
        [Cookie::Browser, Cookie::Session, Cookie::Known].map(|it| world.server.app.cookies.name(it));
    assert!(wanted.iter().all(|it| names.contains(it)), "{names:?}");
}

/// A-080, A-082: a post that another site sends signs nobody in, whatever it brings.
#[tokio::test]
async fn a_080_a_082_a_cross_site_post_signs_nobody_in() {
    let world = World::new().await;
    // The attacker's own browser has a page with everything that belongs in it.
    let mut attacker = world.server.browser();
    let (_, _, first) = first_page(&world, &mut attacker).await;
    let page = attacker.press(&first, "continue", &[("identifier", "ben@example.com")]).await;
    let mut fields = page.form_with("continue").fields;
    fields.retain(|(name, _)| name != "password");
    fields.push(("password".to_owned(), "staple paper lantern".to_owned()));
    let session = world.server.app.cookies.name(Cookie::Session);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.test"),
        ("origin", "https://id.example.evil.test"),
        ("origin", "http://id.example"),
        ("origin", "null"),
        ("x-nothing", "x"),
    ] {
        // The victim's browser: with and without cookies of ours.
        let mut with_cookies = world.server.browser();
        first_page(&world, &mut with_cookies).await;
        for mut victim in [world.server.browser(), with_cookies] {
            let request = Request::post(format!("{ISSUER}/login/password"))
                .header("content-type", "application/x-www-form-urlencoded")
                .header("accept", "text/html")
                .header(name, value)
                .body(Body::from(encode(&fields)))
                .unwrap();
            let answer = victim.send(request).await;
            turned_away(&answer);
            assert_eq!(answer.status, 403, "{name}: {value}");
            assert!(!victim.cookies.contains_key(&session), "{name}: {value} signed somebody in");
        }
    }
    // The control: the attacker signs in as themselves.
    let own = attacker.press_only(&page, "continue", &[("password", "staple paper lantern")]).await;
    assert_eq!(own.status, 303);
}

/// A-081: each form that changes something, with its token missing, bent, or of another session.
#[tokio::test]
async fn a_081_no_form_acts_without_the_token_of_its_own_session() {
    let world = World::new().await;
    let mut anna = world.browser_of(&world.anna).await;
    let mut ben = world.browser_of(&world.ben).await;
    let consent = world.rp("stranger").request();
    for path in ["/account", "/account/security", "/account/sessions", &consent.path(), "/logout"] {
        let (mine, foreign) = (anna.open(path).await, ben.open(path).await);
        let forms = html::forms(&mine.body);
        let others = html::forms(&foreign.body);
        assert!(!forms.is_empty(), "{path}");
        for form in forms.iter().filter(|form| form.method == "post") {
            let button = form.buttons.first().cloned().unwrap_or_default();
            let action = mine.url.join(&form.action).unwrap();
            let token = if path == "/logout" { "flow" } else { "csrf" };
            let post = |value: Option<String>| {
                let mut fields = form.fields.clone();
                fields.retain(|(name, _)| name != token);
                fields.extend(value.map(|value| (token.to_owned(), value)));
                fields.push((button.name.clone(), button.value.clone()));
                fields
            };
            let theirs = others.iter().flat_map(|it| it.fields.clone()).find(|(name, _)| name == token);
            let bad = [None, Some(String::new()), Some("x".to_owned()), theirs.map(|(_, value)| value)];
            for value in bad {
                let answer = anna.post_from_us(action.as_str(), &post(value.clone())).await;
                if form.action == "/logout" && answer.status != 403 {
                    // Without a ticket of ours it is an app's post, and the person is asked.
                    let asked = anna.follow(answer).await;
                    assert!(asked.has("sign-out"), "{}", asked.body);
                    continue;
                }
                assert_eq!(answer.status, 403, "{path} {} with {value:?}: {}", form.action, answer.body);
            }
        }
    }
    assert_eq!(anna.get("/account").await.status, 200, "nothing was ended");
    // A-084: Ben's consent page in Anna's browser.
    let page = ben.open(&consent.path()).await;
    let fields = [page.form_with("allow").fields, vec![("do".to_owned(), "allow".to_owned())]].concat();
    let answer = anna.post_from_us("/consent", &fields).await;
    turned_away(&answer);
}

/// A-087: nothing that a request names leads away from us.
#[tokio::test]
async fn a_087_a_way_back_is_a_page_of_ours() {
    let world = World::new().await;
    for trick in [
        "https://evil.test",
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "/%2f/evil.test",
        "%2f%2fevil.test",
        "/%09/evil.test",
        "https:evil.test",
        "/./\\evil.test",
        "javascript:alert(1)",
        "/..//evil.test",
        "///evil.test",
        "@evil.test",
        "https://id.example@evil.test",
        "https://id.example.evil.test",
    ] {
        for name in ["return_to", "next", "redirect", "url", "continue", "flow", "target"] {
            for path in ["/login", "/account", "/signup", "/forgot", "/logout"] {
                let address = format!("{path}?{}", encode(&[(name, trick)]));
                let mut browser = world.browser_of(&world.anna).await;
                let answer = browser.get(&address).await;
                let to = answer.location();
                let ours = to.is_none_or(|to| to.origin().ascii_serialization() == ISSUER);
                assert!(ours, "{address} leads to {:?}", answer.location());
                assert!(!answer.body.contains("evil.test"), "{address}");
            }
        }
    }
}

/// A-091: what is stored and what is typed is text on every page and in every mail.
#[tokio::test]
async fn a_091_stored_and_typed_probes_are_text() {
    let world = World::new().await;
    let probe = r#"<img src=x onerror=alert(1)>"'{{1337*1337}}"#;
    let metadata = json!({
        "client_id": "probe", "client_name": probe, "token_endpoint_auth_method": "client_secret_basic",
        "redirect_uris": ["https://probe.example/cb"], "scope": "openid email", "first_party": false,
    });
    world.register(metadata, Some(SECRET)).await;
    let mut rp = world.rp("stranger");
    (rp.id, rp.redirect_uri) = ("probe".to_owned(), "https://probe.example/cb".to_owned());
    let mut browser = world.server.browser();
    let hinted = rp.request().with("login_hint", probe).with("ui_locales", probe);
    let first = browser.open(&hinted.path()).await;
    let mut pages = vec![first.clone()];
    pages.push(browser.press(&first, "continue", &[("identifier", probe)]).await);
    let sign_up = browser.press(&first, "sign-up", &[]).await;
    let typed =
        [("identifier", "probe@example.com"), ("name", probe), ("new-password", "seven tall lanterns")];
    pages.push(browser.press(&sign_up, "continue", &typed).await);
    let (links, codes) = mailed(&world.server, "probe@example.com", "").await;
    assert!(!links.is_empty());
    let confirm = pages.last().unwrap().clone();
    let consent = browser.press(&confirm, "continue", &[("code", &codes[0])]).await;
    assert!(consent.has("allow"), "{}", consent.body);
    pages.push(consent.clone());
    let end = browser.press(&consent, "allow", &[]).await;
    assert!(!rp.callback(&end).code().is_empty());
    for path in ["/account", "/account/sessions", "/account/apps"] {
        pages.push(browser.open(path).await);
    }
    for page in &pages {
        assert!(!page.body.contains("<img src=x"), "{}", page.url);
        assert!(!page.body.contains("1787569"), "a template ran: {}", page.url);
    }
    let account = browser.open("/account").await;
    assert!(account.body.contains("&lt;img src"), "shown as it is: {}", account.body);
}

#[tokio::test]
async fn a_093_a_094_an_old_cookie_leads_to_the_sign_in_page() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let kept = browser.cookies.clone();
    let ask = browser.open("/logout").await;
    browser.press(&ask, "sign-out", &[]).await;
    assert!(!browser.cookies.contains_key(&world.server.app.cookies.name(Cookie::Session)));
    browser.cookies = kept;
    assert!(browser.open("/account").await.has("identifier"));
    let silent = world.rp("planner").request().with("prompt", "none");
    let answer = browser.open(&silent.path()).await;
    assert_eq!(world.rp("planner").callback(&answer).error(), "login_required");
}

/// A-147: an error says nothing of what we are made of, and no foreign page may read an answer.
#[tokio::test]
async fn a_147_errors_and_cors_tell_nothing() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let probes = [
        "/nowhere",
        "/authorize?x=%ff",
        "/userinfo",
        "/token",
        "/account/..",
        "/assets/../../etc/passwd",
        "/dev/inbox",
        "/dev/clock",
    ];
    for path in probes {
        for origin in ["https://evil.test", "null"] {
            for method in [Method::GET, Method::POST, Method::OPTIONS] {
                let request = Request::builder().method(method.clone()).uri(path).header("origin", origin);
                let answer = browser.send(request.body(Body::empty()).unwrap()).await;
                assert!(!answer.status.is_server_error(), "{method} {path}");
                assert!(
                    answer.headers.get("access-control-allow-origin").is_none(),
                    "{method} {path} for {origin}"
                );
                assert!(answer.headers.get("access-control-allow-credentials").is_none());
                for word in [
                    "panicked",
                    "src/",
                    ".rs:",
                    "sqlite",
                    "SELECT",
                    "axum",
                    "rustls",
                    env!("CARGO_PKG_VERSION"),
                ] {
                    assert!(!answer.body.contains(word), "{word} in {method} {path}: {}", answer.body);
                }
                assert!(
                    answer.headers.get("server").is_none() && answer.headers.get("x-powered-by").is_none()
                );
            }
        }
    }
    for path in ["/dev/inbox", "/dev/clock", "/dev/flows", "/dev/inbox.json"] {
        assert_eq!(browser.get(path).await.status, 404, "{path} exists under dev only");
    }
    for path in ["/jwks.json", "/.well-known/openid-configuration"] {
        let answer = browser.call(Method::GET, path, &[("origin", "https://evil.test")], "").await;
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert!(answer.headers.get("access-control-allow-credentials").is_none());
    }
    for path in [
        "/authorize",
        "/introspect",
        "/par",
        "/device_authorization",
        "/device",
        "/login",
        "/account",
        "/logout",
    ] {
        let headers = [("origin", "https://planner.example"), ("access-control-request-method", "POST")];
        let answer = browser.call(Method::OPTIONS, path, &headers, "").await;
        assert!(answer.headers.get("access-control-allow-origin").is_none(), "{path}");
    }
}

/// One password check costs one hash, known address or not; what only reads commits nothing.
#[tokio::test]
async fn a_sign_in_hashes_once() {
    let world = World::new().await;
    for address in ["anna@example.com", "nobody@example.com"] {
        let mut browser: Browser = world.server.browser();
        let (_, _, first) = first_page(&world, &mut browser).await;
        let before = world.server.app.passwords.load().done;
        let page = browser.press(&first, "continue", &[("identifier", address)]).await;
        browser.press_only(&page, "continue", &[("password", "correct horse battery")]).await;
        assert_eq!(world.server.app.passwords.load().done - before, 1, "{address}");
    }
}

#[tokio::test]
async fn what_only_reads_commits_nothing() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let tokens = world.tokens("planner", "openid").await;
    let (_, cost) = countersign_store::counted(async {
        assert_eq!(rp.http.clone().get("/.well-known/openid-configuration").await.status, 200);
        assert_eq!(rp.http.clone().get("/jwks.json").await.status, 200);
        assert_eq!(rp.userinfo(&tokens.access).await.status, 200);
        assert_eq!(rp.post("/introspect", &[("token", &tokens.access)], world.now()).await.status, 200);
        assert_eq!(rp.post("/token", &[("grant_type", "client_credentials")], world.now()).await.status, 200);
        assert_eq!(rp.http.clone().get("/health/live").await.status, 200);
    })
    .await;
    assert_eq!((cost.commits, cost.units), (0, 0), "{cost:?}");
}
