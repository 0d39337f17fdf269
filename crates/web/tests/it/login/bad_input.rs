use super::first_page;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use countersign_core::limits;
use countersign_testkit::World;

/// Every route of this room that takes a post.
const POSTS: [&str; 13] = [
    "/login",
    "/login/password",
    "/login/link",
    "/login/link/open",
    "/signup",
    "/confirm",
    "/confirm/open",
    "/forgot",
    "/reset",
    "/consent",
    "/select-account",
    "/account",
    "/account/sessions",
];

#[tokio::test]
async fn nothing_that_is_posted_is_our_fault() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let (_, _, page) = first_page(&world, &mut world.server.browser()).await;
    let flow = super::hidden(&page, "flow");
    let large = "x".repeat(70_000);
    let bodies = [
        String::new(),
        "%".to_owned(),
        "flow=%00".to_owned(),
        "flow=%ff".to_owned(),
        "flow=a&flow=b".to_owned(),
        "do=continue".to_owned(),
        "flow=r.unknown&csrf=x".to_owned(),
        format!("flow={flow}"),
        format!("flow={flow}&csrf=AAAA&do=allow&id=%27%3B--&code=1"),
        large,
    ];
    for path in POSTS {
        for body in &bodies {
            for kind in
                ["application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x"]
            {
                let request = Request::post(format!("https://id.example{path}"))
                    .header("content-type", kind)
                    .header("sec-fetch-site", "same-origin")
                    .body(Body::from(body.clone()));
                let answer = browser.send(request.unwrap()).await;
                assert!(answer.status.is_client_error(), "{path} {kind} {:.40}: {}", body, answer.status);
                assert!(!answer.body.contains("panicked") && !answer.body.contains("SELECT"));
            }
        }
    }
}

#[tokio::test]
async fn a_post_from_another_site_or_without_the_form_token_does_nothing() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let (_, _, page) = first_page(&world, &mut browser).await;
    let page = browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    let form = page.form_with("continue");
    let all: Vec<(String, String)> = form.fields.iter().filter(|(n, _)| n != "password").cloned().collect();
    let post = |fields: Vec<(String, String)>, headers: Vec<(&'static str, &'static str)>| {
        let password = ("password".to_owned(), world.anna.password.clone());
        let fields: Vec<_> = fields.into_iter().chain([password]).collect();
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let mut request = Request::post("https://id.example/login/password")
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.body(Body::from(body)).unwrap()
    };
    let bare: Vec<_> = all.iter().filter(|(n, _)| n != "csrf").cloned().collect();
    for (fields, headers) in [
        (all.clone(), vec![("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")]),
        (all.clone(), vec![("origin", "https://evil.example")]),
        (all.clone(), vec![("sec-fetch-site", "same-site")]),
        (bare.clone(), vec![("sec-fetch-site", "same-origin")]),
        (bare.clone(), vec![("origin", "null")]),
        (bare, vec![]),
    ] {
        let answer = browser.send(post(fields, headers)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(!browser.cookies.contains_key("__Host-countersign-session"));
    }
    let answer = browser.send(post(all, vec![("origin", "null")])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "with the token a null origin is enough");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
}

#[tokio::test]
async fn a_later_step_posted_first_leads_back_to_the_first_unmet_one() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let (_, _, page) = first_page(&world, &mut browser).await;
    let fields = page.form_with("continue").fields;
    for path in ["/login/password", "/login/link", "/confirm", "/consent", "/select-account"] {
        let mut fields = fields.clone();
        fields.push(("do".to_owned(), if path == "/consent" { "allow" } else { "continue" }.to_owned()));
        let answer = browser.post_from_us(path, &fields).await;
        let answer = browser.follow(answer).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::OK, None), "{path}");
        assert!(answer.has("send-link"), "{path}: the first page");
    }
}

/// A page that answers a post cannot be gone back to: `no-store` keeps it out of the browser's memory.
#[tokio::test]
async fn every_post_of_the_sign_in_leads_to_a_page_by_redirect() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let (_, _, first) = first_page(&world, &mut browser).await;
    let leads =
        async |browser: &mut countersign_testkit::Browser, page: &_, button: &str, fill: &[(&str, &str)]| {
            let answer = browser.press_only(page, button, fill).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{button} {fill:?}");
            assert_eq!(answer.header("cache-control"), "no-store");
            browser.follow(answer).await
        };
    let page = leads(&mut browser, &first, "continue", &[("identifier", "no address")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("no address"), "what was typed is kept");
    let page = leads(&mut browser, &first, "continue", &[("identifier", &world.anna.email)]).await;
    let wrong = leads(&mut browser, &page, "continue", &[("password", "not her password")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!wrong.url.as_str().contains("password"));
    // Gone back to, and pressed again: the flow is still good.
    let back = browser.get(page.url.as_str()).await;
    assert!(back.has("password"));
    let sent = leads(&mut browser, &first, "send-link", &[("identifier", &world.anna.email)]).await;
    assert!(sent.has("code"));
    // Another browser has no use for the address.
    let stolen = world.server.browser().get(page.url.as_str()).await;
    assert_eq!(stolen.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn consent_counts_for_the_person_who_was_asked() {
    let world = World::new().await;
    let rp = world.rp("stranger");
    let mut browser = world.browser_of(&world.anna).await;
    let page = browser.open(&rp.request().path()).await;
    assert!(page.has("allow") && page.body.contains("stranger.example"), "who asks and where it goes");
    // Somebody else signs in in the same browser meanwhile.
    let planner = world.rp("planner");
    let mut as_ben = browser.clone();
    world.sign_in(&mut as_ben, &planner, &planner.request().with("prompt", "login"), &world.ben).await;
    let answer = as_ben.press(&page, "allow", &[]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let denied = world.browser_of(&world.anna).await;
    let mut denied = denied;
    let page = denied.open(&rp.request().path()).await;
    let end = denied.press(&page, "deny", &[]).await;
    assert_eq!(rp.callback(&end).error(), "access_denied");
}

#[tokio::test]
async fn every_route_of_this_room_has_its_row_of_limits() {
    for path in POSTS.iter().chain(&["/account/security", "/account/apps"]) {
        assert!(limits::of_route(path).is_some(), "{path}");
    }
}
