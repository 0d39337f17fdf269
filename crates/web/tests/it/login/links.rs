use super::{first_page, mailed, mailed_link};
use axum::http::StatusCode;
use countersign_testkit::World;
use std::time::Duration;

async fn ask_link(
    world: &World,
    browser: &mut countersign_testkit::Browser,
    address: &str,
) -> countersign_testkit::Answer {
    let (_, _, page) = first_page(world, browser).await;
    let page = browser.press(&page, "send-link", &[("identifier", address)]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page
}

#[tokio::test]
async fn in_the_browser_that_asked_one_click_finishes_and_looking_spends_nothing() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    ask_link(&world, &mut browser, "anna@example.com").await;
    let link = mailed_link(&world.server, "anna@example.com").await;
    let mut scanner = world.server.browser();
    for _ in 0..5 {
        assert_eq!(scanner.get(&link).await.status, StatusCode::OK);
    }
    let page = browser.open(&link).await;
    let end = browser.press(&page, "continue", &[]).await;
    assert!(world.rp("planner").callback(&end).has("code"));
    let again = browser.press(&page, "continue", &[]).await;
    assert_eq!(again.status, StatusCode::GONE);
    assert_eq!(browser.get(&link).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn opened_elsewhere_it_signs_in_there_and_never_the_first_browser() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut first = world.server.browser();
    ask_link(&world, &mut first, "anna@example.com").await;
    let link = mailed_link(&world.server, "anna@example.com").await;
    let mut second = world.server.browser();
    let page = second.open(&link).await;
    assert!(page.has("link-code"), "app, time, place and the digits");
    let done = second.press(&page, "continue", &[]).await;
    assert_eq!((done.status, done.location()), (StatusCode::OK, None), "the flow never goes on here");
    let silent = || rp.request().with("prompt", "none");
    assert!(world.ask(&mut second, &rp, &silent(), &world.anna).await.has("code"));
    assert_eq!(world.ask(&mut first, &rp, &silent(), &world.anna).await.error(), "login_required");
}

#[tokio::test]
async fn the_digits_shown_elsewhere_finish_in_the_first_browser() {
    let world = World::new().await;
    let mut first = world.server.browser();
    let waiting = ask_link(&world, &mut first, "anna@example.com").await;
    let link = mailed_link(&world.server, "anna@example.com").await;
    let page = world.server.browser().open(&link).await;
    let digits = page.body.split("id=\"link-code\">").nth(1).unwrap()[..6].to_owned();
    let end = first.press(&waiting, "continue", &[("code", &digits)]).await;
    assert!(world.rp("planner").callback(&end).has("code"));
    // Link and digits are one.
    let mut second = world.server.browser();
    assert_eq!(second.get(&link).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn digits_have_five_tries() {
    let world = World::new().await;
    let mut first = world.server.browser();
    let waiting = ask_link(&world, &mut first, "anna@example.com").await;
    let link = mailed_link(&world.server, "anna@example.com").await;
    let page = world.server.browser().open(&link).await;
    let digits = page.body.split("id=\"link-code\">").nth(1).unwrap()[..6].to_owned();
    let wrong = if digits == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let page = first.press(&waiting, "continue", &[("code", wrong)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let right = first.press(&waiting, "continue", &[("code", &digits)]).await;
    assert_eq!(right.status, StatusCode::UNPROCESSABLE_ENTITY, "the sixth try is none");
    // In another browser the digits are worth nothing.
    let mut other = world.server.browser();
    let foreign = other.press(&waiting, "continue", &[("code", &digits)]).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn of_twenty_parallel_presses_one_signs_in() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    ask_link(&world, &mut browser, "anna@example.com").await;
    let link = mailed_link(&world.server, "anna@example.com").await;
    let page = browser.open(&link).await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (mut browser, page) = (browser.clone(), page.clone());
            tokio::spawn(async move { browser.press(&page, "continue", &[]).await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        let answer = task.await.unwrap();
        let code = answer.location().is_some_and(|l| l.query().unwrap_or_default().contains("code="));
        assert!(code || answer.status == StatusCode::GONE, "{} {}", answer.status, answer.body);
        won += usize::from(code);
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_newer_link_voids_the_older_and_fifteen_minutes_void_both() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let waiting = ask_link(&world, &mut browser, "anna@example.com").await;
    let older = mailed_link(&world.server, "anna@example.com").await;
    let too_soon = browser.press(&waiting, "resend", &[]).await;
    assert_eq!(too_soon.status, StatusCode::TOO_MANY_REQUESTS);
    world.server.advance(Duration::from_secs(31));
    let before = world.server.mail_to("anna@example.com").await.id;
    assert_eq!(browser.press(&waiting, "resend", &[]).await.status, StatusCode::OK);
    while world.server.mail_to("anna@example.com").await.id == before {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let newer = mailed_link(&world.server, "anna@example.com").await;
    assert_eq!(browser.get(&older).await.status, StatusCode::GONE);
    assert_eq!(browser.get(&newer).await.status, StatusCode::OK);
    world.server.advance(Duration::from_secs(15 * 60));
    assert_eq!(browser.get(&newer).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_link_dies_with_a_password_change_and_an_unknown_address_is_told_so_by_mail_only() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    ask_link(&world, &mut browser, "nobody@example.com").await;
    let mail = world.server.mail_to("nobody@example.com").await;
    assert!(mail.links.iter().all(|l| !l.contains("/login/link")), "{:?}", mail.links);
    let mut known = world.server.browser();
    ask_link(&world, &mut known, "anna@example.com").await;
    let link = mailed_link(&world.server, "anna@example.com").await;
    reset(&world, "anna@example.com", "seven green bicycles").await;
    assert_eq!(known.get(&link).await.status, StatusCode::GONE);
}

/// Sets a new password by mail, in a browser of its own.
pub async fn reset(world: &World, address: &str, password: &str) -> countersign_testkit::Browser {
    let mut browser = world.server.browser();
    let page = browser.open("/forgot").await;
    let page = browser.press(&page, "continue", &[("identifier", address)]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let (links, _) = mailed(&world.server, address, "/reset?link=").await;
    let link = links.iter().find(|l| l.contains("/reset")).unwrap();
    for _ in 0..3 {
        assert_eq!(world.server.browser().get(link).await.status, StatusCode::OK);
    }
    let page = browser.open(link).await;
    let weak = browser.press(&page, "continue", &[("new-password", "password123")]).await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = browser.press(&page, "continue", &[("new-password", password)]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let again = browser.press(&page, "continue", &[("new-password", "nine blue umbrellas")]).await;
    assert_eq!(again.status, StatusCode::GONE, "once");
    browser
}

#[tokio::test]
async fn a_reset_ends_everything_that_the_old_password_opened() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut old = world.server.browser();
    let request = rp.request().with("scope", "openid offline_access").with("prompt", "consent");
    let tokens = world.sign_in(&mut old, &rp, &request, &world.anna).await;
    let mut fresh = reset(&world, "anna@example.com", "seven green bicycles").await;
    assert_eq!(rp.userinfo(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
    let refreshed = rp.refresh(&tokens.refresh.unwrap(), world.now()).await;
    assert_eq!(refreshed.json()["error"], "invalid_grant");
    let silent = || rp.request().with("prompt", "none");
    assert_eq!(world.ask(&mut old, &rp, &silent(), &world.anna).await.error(), "login_required");
    assert!(world.ask(&mut fresh, &rp, &silent(), &world.anna).await.has("code"));
    let mut browser = world.server.browser();
    let (_, _, page) = first_page(&world, &mut browser).await;
    let page = browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    let wrong = browser.press(&page, "continue", &[("password", &world.anna.password)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = browser.press(&page, "continue", &[("password", "seven green bicycles")]).await;
    assert!(rp.callback(&right).has("code"));
}

#[tokio::test]
async fn a_reset_in_the_apps_own_flow_goes_back_into_it() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let (rp, _, page) = first_page(&world, &mut browser).await;
    let page = browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    let page = browser.press(&page, "forgot", &[]).await;
    browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    let (links, _) = mailed(&world.server, "anna@example.com", "/reset?link=").await;
    let page = browser.open(&links[0]).await;
    let done = browser.press(&page, "continue", &[("new-password", "seven green bicycles")]).await;
    let on = done.body.split("href=\"").find(|p| p.starts_with("/login?flow=")).unwrap();
    let on = on.split('"').next().unwrap().to_owned();
    let end = browser.open(&on).await;
    assert!(rp.callback(&end).has("code"));
}

#[tokio::test]
async fn mails_to_one_box_are_limited_whether_or_not_it_is_known() {
    let world = World::new().await;
    for address in ["anna@example.com", "nobody@example.com"] {
        let mut last = StatusCode::OK;
        for n in 0..7u8 {
            let mut browser = world.server.browser();
            browser.ip = [198, 51, 100, n].into();
            let (_, _, page) = first_page(&world, &mut browser).await;
            last = browser.press(&page, "send-link", &[("identifier", address)]).await.status;
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "{address}");
    }
}

#[tokio::test]
async fn a_day_has_its_own_limit_and_the_page_says_when_to_ask_again() {
    let world = World::new().await;
    for address in ["anna@example.com", "nobody@example.com"] {
        let mut last = None;
        for nth in 1..=21 {
            world.server.advance(Duration::from_secs(16 * 60));
            let mut browser = world.server.browser();
            let (_, _, page) = first_page(&world, &mut browser).await;
            let page = browser.press(&page, "send-link", &[("identifier", address)]).await;
            let expected = if nth <= 20 { StatusCode::OK } else { StatusCode::TOO_MANY_REQUESTS };
            assert_eq!(page.status, expected, "{address} {nth}");
            last = Some(page);
        }
        let page = last.unwrap();
        assert!(page.body.contains("You can ask for another in 19 hours"), "{}", page.body);
        assert!(page.body.contains("spam"));
        world.server.advance(Duration::from_secs(20 * 3_600));
        let mut browser = world.server.browser();
        let (_, _, page) = first_page(&world, &mut browser).await;
        let page = browser.press(&page, "send-link", &[("identifier", address)]).await;
        assert_eq!(page.status, StatusCode::OK);
    }
}
