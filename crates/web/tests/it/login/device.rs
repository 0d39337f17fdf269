//! RFC 8628 over HTTP: a device asks, a person types its code, is asked, and the device has its tokens.

use axum::http::{Method, StatusCode};
use countersign_jose::TypRule;
use countersign_store::{Sql, params, unit};
use countersign_testkit::world::DEVICE;
use countersign_testkit::{Answer, Browser, RelyingParty, Tokens, World};
use serde_json::Value;
use std::time::Duration;

/// A device of this client, and what it was told.
pub(crate) struct Device {
    pub(crate) rp: RelyingParty,
    pub(crate) told: Value,
}

impl Device {
    pub(crate) async fn of(world: &World, client: &str, scope: &str) -> Self {
        let mut rp = world.rp(client);
        rp.http.ip = [198, 51, 100, 7].into();
        let answer = rp.post("/device_authorization", &[("scope", scope)], world.now()).await;
        assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"));
        Self { told: answer.json(), rp }
    }
    pub(crate) fn code(&self) -> &str {
        self.told["device_code"].as_str().unwrap()
    }
    pub(crate) fn user_code(&self) -> &str {
        self.told["user_code"].as_str().unwrap()
    }
    pub(crate) async fn poll(&self, world: &World) -> Answer {
        let fields = [("grant_type", DEVICE), ("device_code", self.code())];
        self.rp.post("/token", &fields, world.now()).await
    }
    /// What it hears, and how long it waits before.
    async fn hears(&self, world: &World, seconds: u64) -> String {
        world.server.advance(Duration::from_secs(seconds));
        let answer = self.poll(world).await;
        assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::BAD_REQUEST, "no-store"));
        answer.json()["error"].as_str().unwrap().to_owned()
    }
}

/// The record of who did not let which app's device in.
async fn denials(world: &World) -> Vec<(String, String)> {
    const DENIED: Sql =
        Sql::new("SELECT user_id, client_id FROM outbox WHERE kind = 'device.denied' ORDER BY id");
    let read = unit(|tx| {
        Box::pin(async move {
            let rows = tx.rows(&DENIED, params![]).await?;
            rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()))).collect()
        })
    });
    world.server.app.db.read(read).await.unwrap()
}

/// Opens the page and types a code.
pub(crate) async fn enter(browser: &mut Browser, code: &str) -> Answer {
    let page = browser.open("/device").await;
    browser.press(&page, "continue", &[("code", code)]).await
}

#[tokio::test]
async fn a_television_is_connected() {
    let world = World::new().await;
    let device = Device::of(&world, "television", "openid offline_access api:read").await;
    assert_eq!(device.told["verification_uri"], "https://id.example/device");
    assert_eq!((&device.told["expires_in"], &device.told["interval"]), (&600.into(), &5.into()));
    assert_eq!(device.hears(&world, 0).await, "authorization_pending");

    // Typed by somebody who is not signed in, as people type; signed in, asked, and back.
    let mut browser = world.server.browser();
    let page = enter(&mut browser, &device.user_code().to_ascii_lowercase().replace('-', " ")).await;
    assert!(page.has("identifier"), "{}", page.body);
    let page = browser.press(&page, "continue", &[("identifier", &world.anna.email)]).await;
    let begun = world.now();
    let asked = browser.press(&page, "continue", &[("password", &world.anna.password)]).await;
    let signed_in = begun..=world.now();
    for part in ["Television", device.user_code(), "198.51.100.0/24", "anna@example.com", "id=\"caution\""] {
        assert!(asked.body.contains(part), "{part}: {}", asked.body);
    }
    assert_eq!(device.hears(&world, 5).await, "authorization_pending");
    let end = browser.press(&asked, "allow", &[]).await;
    assert_eq!(end.status, StatusCode::OK);
    assert!(end.body.contains("You can go back to your device"), "{}", end.body);

    world.server.advance(Duration::from_secs(60));
    let tokens = Tokens::of(&device.poll(&world).await);
    let id = device.rp.id_token(tokens.id_token.as_deref().unwrap(), None, world.now()).await;
    assert_eq!((id["sub"].as_str(), id["acr"].as_str()), (Some(world.anna.subject.as_str()), Some("1")));
    assert_eq!(id["amr"], serde_json::json!(["pwd"]));
    assert!(
        signed_in.contains(&id["auth_time"].as_i64().unwrap()),
        "when the person signed in, not the device"
    );
    let access = device.rp.verified(&tokens.access, TypRule::OneOf(&["at+jwt"])).await.claims().unwrap();
    assert_eq!(
        (access["client_id"].as_str(), access["sid"].as_str()),
        (Some("television"), id["sid"].as_str())
    );
    let refreshed = Tokens::of(&device.rp.refresh(&tokens.refresh.unwrap(), world.now()).await);
    assert_eq!(device.rp.userinfo(&refreshed.access).await.status, 200);
    // Once; and a device that asks again loses nothing.
    assert_eq!(device.hears(&world, 5).await, "invalid_grant");
    assert_eq!(device.rp.userinfo(&refreshed.access).await.status, 200);
    // The page behind it is over.
    let back = browser.press(&asked, "allow", &[]).await;
    assert_eq!(back.status, StatusCode::BAD_REQUEST);
    assert_eq!(enter(&mut browser, device.user_code()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// RFC 8628 3.3.1 and 5.4: a link fills the field; nothing happens before somebody says so, twice.
#[tokio::test]
async fn a_link_that_holds_the_code_takes_nothing_and_is_still_confirmed() {
    let world = World::new().await;
    let device = Device::of(&world, "printer", "openid email").await;
    let link = device.told["verification_uri_complete"].as_str().unwrap();
    let link = link.strip_prefix("https://id.example").unwrap();
    let mut scanner = world.server.browser();
    for _ in 0..3 {
        assert!(scanner.open(link).await.body.contains(device.user_code()));
    }
    let mut browser = world.browser_of(&world.anna).await;
    let page = browser.open(link).await;
    let asked = browser.press(&page, "continue", &[]).await;
    assert!(asked.has("allow") && asked.has("deny") && asked.body.contains("Tidewater Printer"));
    assert_eq!(device.hears(&world, 0).await, "authorization_pending");
    let end = browser.press(&asked, "deny", &[]).await;
    assert!(end.body.contains("Nothing was connected"), "{}", end.body);
    assert_eq!(denials(&world).await, [(world.anna.id.to_string(), "printer".to_owned())], "in the record");
    assert_eq!(device.hears(&world, 5).await, "access_denied");
    let changed_mind = browser.press(&asked, "allow", &[]).await;
    assert_eq!(changed_mind.status, StatusCode::BAD_REQUEST);
    assert_eq!(device.hears(&world, 5).await, "access_denied");
    // Text that is no code of ours never reaches the page.
    let odd = browser.open("/device?user_code=%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(odd.status == StatusCode::OK && !odd.body.contains("alert(1)"));
}

/// only the browser and the session that typed the code may answer.
#[tokio::test]
async fn a_060_another_session_neither_takes_a_code_over_nor_answers_for_it() {
    let world = World::new().await;
    let device = Device::of(&world, "television", "openid").await;
    let mut annas = world.browser_of(&world.anna).await;
    let mut bens = world.browser_of(&world.ben).await;
    let asked = enter(&mut annas, device.user_code()).await;
    assert!(asked.has("allow"));
    // Somebody else with the same code.
    let refused = enter(&mut bens, device.user_code()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Somebody else with the very page.
    let stolen = bens.press(&asked, "allow", &[]).await;
    assert_eq!(stolen.status, StatusCode::FORBIDDEN);
    // Somebody else in the very browser: has to type it again.
    let session = world.server.app.cookies.name(countersign_web::cookies::Cookie::Session);
    let own = annas.cookies.insert(session.clone(), bens.cookies[&session].clone()).unwrap();
    let again = annas.press(&asked, "allow", &[]).await;
    assert!(again.status == StatusCode::OK && again.has("code") && !again.has("allow"), "{}", again.body);
    assert_eq!(device.hears(&world, 5).await, "authorization_pending");
    // The control.
    annas.cookies.insert(session, own);
    assert!(annas.press(&asked, "allow", &[]).await.body.contains("Your device is connected"));
    let tokens = Tokens::of(&device.poll(&world).await);
    let id = device.rp.id_token(tokens.id_token.as_deref().unwrap(), None, world.now()).await;
    assert_eq!(id["sub"], world.anna.subject.as_str());
}

/// a hundred wrong codes, from one source and from one account.
#[tokio::test]
async fn a_060_guessed_codes_are_throttled_by_source_and_by_account() {
    let world = World::new().await;
    let device = Device::of(&world, "television", "openid").await;
    let mut stranger = world.server.browser();
    let page = stranger.open("/device").await;
    let mut throttled = 0;
    for _ in 0..100 {
        let answer = stranger.press(&page, "continue", &[("code", "BBBB-BBBB")]).await;
        throttled += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(throttled, 70);
    let right = stranger.press(&page, "continue", &[("code", device.user_code())]).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(right.header("retry-after").parse::<u32>().unwrap() > 60);
    // An account that moves from place to place.
    let mut account = world.browser_of(&world.ben).await;
    let page = account.open("/device").await;
    for n in 0..12_u8 {
        account.ip = [192, 0, 2, n].into();
        let answer = account.press(&page, "continue", &[("code", "not a code")]).await;
        let want = if n < 10 { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(answer.status, want, "{n}");
    }
    // Everybody else is served.
    let mut anna = world.browser_of(&world.anna).await;
    anna.ip = [203, 0, 113, 200].into();
    assert!(enter(&mut anna, device.user_code()).await.has("allow"));
}

/// A-060, RFC 8628 3.5.
#[tokio::test]
async fn a_060_a_hasty_device_slows_down_and_a_late_one_begins_again() {
    let world = World::new().await;
    let device = Device::of(&world, "television", "openid").await;
    let heard =
        [(0, "authorization_pending"), (1, "slow_down"), (6, "slow_down"), (15, "authorization_pending")];
    for (seconds, error) in heard {
        assert_eq!(device.hears(&world, seconds).await, error, "after {seconds} s");
    }
    let mut browser = world.browser_of(&world.anna).await;
    let asked = enter(&mut browser, device.user_code()).await;
    world.server.advance(Duration::from_secs(600));
    assert_eq!(browser.press(&asked, "allow", &[]).await.status, StatusCode::GONE);
    assert_eq!(device.hears(&world, 0).await, "expired_token");
    assert_eq!(enter(&mut browser, device.user_code()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_code_serves_its_own_client_and_no_other_kind_of_secret_serves() {
    let world = World::new().await;
    let device = Device::of(&world, "television", "openid").await;
    let mut browser = world.browser_of(&world.anna).await;
    let asked = enter(&mut browser, device.user_code()).await;
    browser.press(&asked, "allow", &[]).await;
    let printer = world.rp("printer");
    let cut = &device.code()[1..];
    let (code, _) = world.code("planner", "openid").await;
    for (rp, code) in [
        (&printer, device.code()),
        (&device.rp, cut),
        (&device.rp, device.user_code()),
        (&device.rp, code.as_str()),
        (&device.rp, "\u{fffd}"),
    ] {
        let answer = rp.post("/token", &[("grant_type", DEVICE), ("device_code", code)], world.now()).await;
        assert_eq!(
            (answer.status, answer.json()["error"].as_str()),
            (StatusCode::BAD_REQUEST, Some("invalid_grant"))
        );
    }
    // and a device code is nothing else.
    let planner = world.rp("planner");
    let fields = [("grant_type", "authorization_code"), ("code", device.code())];
    assert_eq!(planner.post("/token", &fields, world.now()).await.json()["error"], "invalid_grant");
    let link = world.server.browser().get(&format!("/login/link/open?link={}", device.code())).await;
    assert_eq!(link.status, StatusCode::GONE);
    assert_eq!(enter(&mut browser, device.code()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // None of it used the code up.
    Tokens::of(&device.poll(&world).await);
}

#[tokio::test]
async fn bad_requests_of_devices_get_the_standards_error() {
    let world = World::new().await;
    let now = world.now();
    let (tv, printer) = (world.rp("television"), world.rp("printer"));
    let ask = "/device_authorization";
    for (rp, path, fields, status, error) in [
        (&tv, ask, vec![("scope", "admin")], 400, "invalid_scope"),
        (&tv, ask, vec![("scope", "a\"b")], 400, "invalid_scope"),
        (&tv, ask, vec![("scope", "openid"), ("scope", "openid")], 400, "invalid_request"),
        (&tv, ask, vec![("resource", "https://evil.example")], 400, "invalid_target"),
        (&printer, ask, vec![("client_id", "television")], 400, "invalid_request"),
        (&world.rp("planner"), ask, vec![("scope", "openid")], 400, "unauthorized_client"),
        (&tv, "/token", vec![("grant_type", DEVICE)], 400, "invalid_request"),
        (
            &tv,
            "/token",
            vec![("grant_type", "device_code"), ("device_code", "x")],
            400,
            "unsupported_grant_type",
        ),
        (
            &tv,
            "/token",
            vec![("grant_type", DEVICE), ("device_code", "x"), ("device_code", "y")],
            400,
            "invalid_request",
        ),
        (
            &world.rp("planner"),
            "/token",
            vec![("grant_type", DEVICE), ("device_code", "x")],
            400,
            "unauthorized_client",
        ),
    ] {
        let answer = rp.post(path, &fields, now).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["error"].as_str()),
            (status, Some(error)),
            "{path} {fields:?}"
        );
    }
    let wrong =
        RelyingParty { auth: countersign_testkit::Auth::Basic("x".repeat(40)), ..world.rp("printer") };
    let answer = wrong.post(ask, &[], now).await;
    assert_eq!(
        (answer.status, answer.json()["error"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("invalid_client"))
    );
    let mut program = world.server.browser();
    assert_eq!(program.call(Method::GET, ask, &[], "").await.status, StatusCode::METHOD_NOT_ALLOWED);
    let json = [("content-type", "application/json")];
    assert_eq!(program.call(Method::POST, ask, &json, "{}").await.status, StatusCode::BAD_REQUEST);
    // It signs nobody in through a browser.
    let page = program.get("/authorize?client_id=television&response_type=code").await;
    assert_eq!((page.status, page.header("location")), (StatusCode::BAD_REQUEST, ""));
    // The page: posted from elsewhere, without its token, empty, endless.
    let mut browser = world.browser_of(&world.anna).await;
    let page = browser.open("/device").await;
    let form = [("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html")];
    let bare = browser.call(Method::POST, "/device", &form, "code=BBBB-BBBB").await;
    assert_eq!(bare.status, StatusCode::BAD_REQUEST);
    let whole = page.form_with("continue").fields;
    let evil = [form[0], form[1], ("sec-fetch-site", "cross-site")];
    let body = countersign_testkit::relying_party::encode(&whole);
    assert_eq!(browser.call(Method::POST, "/device", &evil, &body).await.status, StatusCode::FORBIDDEN);
    let tokenless: Vec<_> = whole.iter().filter(|(n, _)| n != "csrf").cloned().collect();
    assert_eq!(browser.post_from_us("/device", &tokenless).await.status, StatusCode::FORBIDDEN);
    for typed in ["", " ", &"B".repeat(20_000), "\u{202e}BBBBBBBB", "' OR 1=1 --"] {
        let answer = browser.press(&page, "continue", &[("code", typed)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

/// What is ended between "yes" and the device's next question gives it nothing; and what it has is ended like all else.
#[tokio::test]
async fn what_ends_a_sign_in_ends_the_device_that_it_allowed() {
    let world = World::new().await;
    for (page, action) in [("/account/apps", "remove"), ("/account/sessions", "end-others")] {
        for redeemed in [false, true] {
            let device = Device::of(&world, "television", "openid offline_access").await;
            let mut browser = world.browser_of(&world.anna).await;
            let asked = enter(&mut browser, device.user_code()).await;
            browser.press(&asked, "allow", &[]).await;
            let tokens = if redeemed { Some(Tokens::of(&device.poll(&world).await)) } else { None };
            let mut account = world.browser_of(&world.anna).await;
            let listed = account.open(page).await;
            let named = page == "/account/apps" || redeemed;
            assert!(listed.body.contains("Television") || !named, "{page}: {}", listed.body);
            let mut forms = countersign_testkit::html::forms(&listed.body).into_iter();
            let form = forms.find(|it| it.buttons.iter().any(|b| b.value == action));
            let mut fields = form.unwrap_or_else(|| panic!("{page}: {}", listed.body)).fields;
            fields.push(("do".to_owned(), action.to_owned()));
            assert_eq!(account.post_from_us(page, &fields).await.status, StatusCode::SEE_OTHER);
            match tokens {
                Some(tokens) => {
                    assert_eq!(device.rp.userinfo(&tokens.access).await.status, 401, "{page}");
                    assert_eq!(device.rp.refresh(&tokens.refresh.unwrap(), world.now()).await.status, 400);
                }
                None => assert_eq!(device.hears(&world, 5).await, "invalid_grant", "{page}"),
            }
        }
    }
}

/// One flow, from the device's question to its tokens, with the refusals in between.
#[tokio::test]
async fn the_trace_tells_the_whole_story() {
    let world = World::new().await;
    let device = Device::of(&world, "television", "openid").await;
    device.poll(&world).await;
    let mut browser = world.server.browser();
    let page = enter(&mut browser, device.user_code()).await;
    enter(&mut world.server.browser(), device.user_code()).await;
    let asked = world.walk(&mut browser, page, &world.anna).await;
    assert!(asked.body.contains("Your device is connected"), "{}", asked.body);
    Tokens::of(&device.poll(&world).await);
    let labels = [
        "POST /device_authorization",
        "device code, user code, address",
        "POST /token with the device code",
        "POST /device with the code",
        "sign-in page",
        "consent page",
        "allow",
        "device allowed",
        "access token, ID token, refresh token",
    ];
    let mut seen = String::new();
    for _ in 0..200 {
        let flows = unit(|tx| Box::pin(async move { countersign_store::trace::latest(tx, 10).await }));
        let flows = world.server.app.db.read(flows).await.unwrap();
        for flow in flows.into_iter().map(|line| line.flow) {
            let steps =
                unit(move |tx| Box::pin(async move { countersign_store::trace::steps(tx, flow).await }));
            let steps = world.server.app.db.read(steps).await.unwrap();
            let missing: Vec<_> = labels.iter().filter(|l| !steps.iter().any(|s| s.label == **l)).collect();
            if missing.len() < labels.len() {
                seen = format!("{missing:?} in {:?}", steps.iter().map(|s| &s.label).collect::<Vec<_>>());
            }
            if missing.is_empty() {
                let text = format!("{steps:?}");
                assert!(text.contains("user_code_browser"), "the refused one too: {text}");
                assert!(!text.contains(device.code()) && !text.contains(device.user_code()));
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not in one flow: {seen}");
}
