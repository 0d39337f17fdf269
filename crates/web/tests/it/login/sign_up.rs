use super::{first_page, mailed};
use axum::http::StatusCode;
use countersign_testkit::{Answer, Browser, World};

async fn begin(world: &World, browser: &mut Browser, address: &str, password: &str) -> Answer {
    let (_, _, page) = first_page(world, browser).await;
    let page = browser.press(&page, "sign-up", &[]).await;
    let fill = [("identifier", address), ("name", "Cleo"), ("new-password", password)];
    browser.press(&page, "continue", &fill).await
}

#[tokio::test]
async fn signing_up_with_digits_leads_into_the_app() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut browser = world.server.browser();
    let page = begin(&world, &mut browser, "Cleo@example.com", "seven green bicycles").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let (_, codes) = mailed(&world.server, "Cleo@example.com", "confirm").await;
    let wrong = if codes[0] == "000000" { "000001" } else { "000000" };
    assert_eq!(
        browser.press(&page, "continue", &[("code", wrong)]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let end = browser.press(&page, "continue", &[("code", &codes[0])]).await;
    assert!(rp.callback(&end).has("code"));
    // The account stands: its password signs in elsewhere, however the address is spelled.
    let mut other = world.server.browser();
    let (_, _, page) = first_page(&world, &mut other).await;
    let page = other.press(&page, "continue", &[("identifier", "cleo@EXAMPLE.com")]).await;
    let end = other.press(&page, "continue", &[("password", "seven green bicycles")]).await;
    assert!(rp.callback(&end).has("code"));
}

#[tokio::test]
async fn the_link_in_the_same_browser_goes_on_too() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    begin(&world, &mut browser, "cleo@example.com", "seven green bicycles").await;
    let (links, _) = mailed(&world.server, "cleo@example.com", "confirm").await;
    let page = browser.open(&links[0]).await;
    let end = browser.press(&page, "continue", &[]).await;
    assert!(world.rp("planner").callback(&end).has("code"));
}

#[tokio::test]
async fn nothing_opens_before_the_address_is_proved() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    begin(&world, &mut browser, "cleo@example.com", "seven green bicycles").await;
    let rp = world.rp("planner");
    let (_, _, page) = first_page(&world, &mut browser).await;
    let page = browser.press(&page, "continue", &[("identifier", "cleo@example.com")]).await;
    let page = browser.press(&page, "continue", &[("password", "seven green bicycles")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "no account yet");
    let silent = rp.request().with("prompt", "none");
    assert_eq!(world.ask(&mut browser, &rp, &silent, &world.anna).await.error(), "login_required");
}

/// the attacker came first with the victim's address.
#[tokio::test]
async fn who_signed_up_first_with_somebody_elses_address_holds_nothing() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let (mut attacker, mut victim) = (world.server.browser(), world.server.browser());
    let waiting = begin(&world, &mut attacker, "cleo@example.com", "attackers own words").await;
    let (links, _) = mailed(&world.server, "cleo@example.com", "confirm").await;
    // The victim presses the button in the mail, in a browser of their own.
    let page = victim.open(&links[0]).await;
    let done = victim.press(&page, "continue", &[]).await;
    assert_eq!((done.status, done.location()), (StatusCode::OK, None));
    let silent = || rp.request().with("prompt", "none");
    assert!(world.ask(&mut victim, &rp, &silent(), &world.anna).await.has("code"));
    assert_eq!(world.ask(&mut attacker, &rp, &silent(), &world.anna).await.error(), "login_required");
    let late = attacker.press(&waiting, "continue", &[("code", "123456")]).await;
    assert!(late.location().is_none());
    let (_, _, page) = first_page(&world, &mut attacker).await;
    let page = attacker.press(&page, "continue", &[("identifier", "cleo@example.com")]).await;
    let page = attacker.press(&page, "continue", &[("password", "attackers own words")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "their password was never taken over");
}

#[tokio::test]
async fn a_taken_address_is_answered_alike_and_told_by_mail() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let taken = begin(&world, &mut browser, "anna@example.com", "seven green bicycles").await;
    let free = begin(&world, &mut world.server.browser(), "cleo@example.com", "seven green bicycles").await;
    assert_eq!(taken.status, free.status);
    assert_eq!(taken.url.path(), free.url.path());
    let length = |page: &Answer| page.url.query().map(str::len);
    assert_eq!(length(&taken), length(&free));
    let (links, codes) = mailed(&world.server, "anna@example.com", "account").await;
    assert!(codes.is_empty() && links.iter().all(|l| !l.contains("/confirm")), "{links:?}");
    // Anna's password is what it was.
    let rp = world.rp("planner");
    let mut own = world.server.browser();
    assert!(world.ask(&mut own, &rp, &rp.request(), &world.anna).await.has("code"));
}

#[tokio::test]
async fn weak_passwords_and_bad_addresses_come_back_with_what_was_typed() {
    let world = World::new().await;
    let long = "x".repeat(129);
    for (address, password) in [
        ("cleo@example.com", "short"),
        ("cleo@example.com", "password123"),
        ("cleo@example.com", "cleo@example.com"),
        ("cleo@example.com", long.as_str()),
        ("a@b.test\r\nBcc: x@y.test", "seven green bicycles"),
        ("a@b.test,c@d.test", "seven green bicycles"),
        ("\"a b\"@c.test", "seven green bicycles"),
    ] {
        let mut browser = world.server.browser();
        let page = begin(&world, &mut browser, address, password).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{address} {password}");
        assert!(page.has("new-password"));
    }
}

/// The server decides how strong a password is, so the reason is there without scripts; all but the password stays typed.
#[tokio::test]
async fn a_weak_password_is_refused_with_what_makes_it_weak_and_the_rest_stays_typed() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    for (password, said) in [
        ("qwertyuiop", "stand side by side"),
        ("xqjxqjxqjxqj", "again and again"),
        ("24.12.1987", "Dates are tried early"),
        ("Welcome2026!!", "Many people use this password"),
        ("carla.new1987", "made of your name"),
    ] {
        let page = browser.open("/signup").await;
        let fill =
            [("identifier", "carla.new@example.com"), ("name", "Carla New"), ("new-password", password)];
        let page = browser.press(&page, "continue", &fill).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}");
        assert!(page.body.contains(said), "{password}: {}", page.body);
        assert!(
            page.body.contains("value=\"carla.new@example.com\"")
                && page.body.contains("value=\"Carla New\"")
        );
        assert!(!page.body.contains(password), "what was typed as password goes nowhere");
    }
}

/// What an app asks is checked, kept and told to the app; what it does not ask is not taken.
#[tokio::test]
async fn an_app_asks_for_members_of_the_profile_and_is_told_them() {
    let world = World::new().await;
    let app = serde_json::json!({
        "client_id": "club", "client_name": "Club", "token_endpoint_auth_method": "none", "first_party": true,
        "scope": "openid profile", "redirect_uris": ["https://club.example/callback"],
        "sign_up_claims": ["given_name", "family_name", "birthdate?", "locale?"],
    });
    world.register(app, None).await;
    let mut rp = world.rp("phone");
    (rp.id, rp.redirect_uri, rp.scope) =
        ("club".into(), "https://club.example/callback".into(), "openid profile".into());
    let request = rp.request();
    let mut browser = world.server.browser();
    let page = browser.open(&request.path()).await;
    let page = browser.press(&page, "sign-up", &[]).await;
    assert!(
        page.has("given_name") && page.has("birthdate") && !page.has("name") && !page.has("gender"),
        "{}",
        page.body
    );

    let fill = |given: &'static str, birth: &'static str| {
        [
            ("identifier", "cleo@example.com"),
            ("given_name", given),
            ("family_name", "Novak"),
            ("birthdate", birth),
            ("locale", "de"),
            ("new-password", "tulip bulbs in march"),
        ]
    };
    let again = browser.press(&page, "continue", &fill("", "soon")).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.has("given_name-error") && again.has("birthdate-error") && !again.has("family_name-error"));
    assert!(
        again.body.contains("value=\"Novak\"") && again.body.contains("value=\"soon\""),
        "{}",
        again.body
    );

    // A field that was not asked for is not taken, however it got there.
    let mut forged = again.clone();
    let planted =
        "<input type=\"hidden\" name=\"gender\" value=\"planted\"><input type=\"hidden\" name=\"csrf\"";
    forged.body = forged.body.replacen("<input type=\"hidden\" name=\"csrf\"", planted, 1);
    let page = browser.press(&forged, "continue", &fill(" Cleo ", "1990-04-30")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let (_, codes) = mailed(&world.server, "cleo@example.com", "Confirm").await;
    let end = browser.press(&page, "continue", &[("code", &codes[0])]).await;
    let code = rp.callback(&end).code().to_owned();
    let tokens = rp.redeem(&code, &request, world.now()).await.json();
    let told = rp.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    let of = |claim: &str| told[claim].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (of("given_name"), of("family_name"), of("birthdate"), of("locale")),
        ("Cleo".into(), "Novak".into(), "1990-04-30".into(), "de".into())
    );
    assert!(told.get("gender").is_none() && told.get("name").is_none(), "{told}");
}

#[tokio::test]
async fn where_no_app_says_the_installation_asks() {
    let asked = countersign_core::account::asked::Asked::parse(["nickname"]).unwrap();
    let policy = countersign_core::Policy {
        sign_up_claims: asked,
        ..countersign_core::Policy::new(countersign_testkit::ISSUER)
    };
    let world = World::with("sqlite::memory:", policy).await;
    let mut browser = world.server.browser();
    let page = browser.open("/signup").await;
    assert!(page.has("nickname") && !page.has("name"), "{}", page.body);
    let fill = [("identifier", "cleo@example.com"), ("new-password", "tulip bulbs in march")];
    let again = browser.press(&page, "continue", &fill).await;
    assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.has("nickname-error"));
}
