use super::emails::{act, add};
use super::{first_page, mailed};
use axum::http::StatusCode;
use countersign_core::{Notify, Policy};
use countersign_testkit::{Browser, ISSUER, World};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;

const NEW: &str = "we have not seen before";
const KNOWN: &str = "Somebody signed in to your account";
const RESET: &str = "Choose a new password";

/// Somebody who has the password signs in from a browser of their own.
async fn stranger(world: &World) -> (Browser, countersign_testkit::Tokens) {
    let rp = world.rp("planner");
    let mut browser = world.server.browser();
    browser.headers.insert(
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0".parse().unwrap(),
    );
    let tokens = world
        .sign_in(&mut browser, &rp, &rp.request().with("scope", "openid offline_access"), &world.anna)
        .await;
    (browser, tokens)
}

async fn signed_in(world: &World, browser: &mut Browser) -> bool {
    let rp = world.rp("planner");
    world.ask(browser, &rp, &rp.request().with("prompt", "none"), &world.anna).await.has("code")
}

#[tokio::test]
async fn the_button_of_the_mail_locks_a_stranger_out_and_leads_to_a_new_password() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let (mut thief, stolen) = stranger(&world).await;
    let mail = world.server.mail_to("anna@example.com").await;
    assert!(
        mail.text.contains("planner") && mail.text.contains("Firefox") && mail.text.contains("203.0.113"),
        "{}",
        mail.text
    );
    let (links, _) = mailed(&world.server, "anna@example.com", NEW).await;
    let mut own = world.browser_of(&world.anna).await;

    // Looking spends nothing and ends nothing.
    for _ in 0..3 {
        let page = own.get(&links[0]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("203.0.113.0/24") && page.body.contains("Firefox"), "{}", page.body);
    }
    assert!(signed_in(&world, &mut thief).await);

    let page = own.open(&links[0]).await;
    let done = own.press(&page, "continue", &[]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert!(done.body.contains("anna@example.com"));

    // The session, what was bought in it, and the password that opened it.
    assert!(!signed_in(&world, &mut thief).await);
    assert_eq!(rp.userinfo(&stolen.access).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(rp.refresh(&stolen.refresh.unwrap(), world.now()).await.status, StatusCode::BAD_REQUEST);
    let (_, _, first) = first_page(&world, &mut thief).await;
    let page = thief.press(&first, "continue", &[("identifier", "anna@example.com")]).await;
    let again = thief.press(&page, "continue", &[("password", &world.anna.password)]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);

    // The way back.
    let (reset, _) = mailed(&world.server, "anna@example.com", RESET).await;
    let page = own.open(&reset[0]).await;
    let done = own.press(&page, "continue", &[("new-password", "tulip bulbs in march")]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert!(signed_in(&world, &mut own).await);

    // Once.
    assert_eq!(own.get(&links[0]).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn of_fifty_who_press_one_locks_out_and_one_mail_goes() {
    let world = World::new().await;
    stranger(&world).await;
    let (links, _) = mailed(&world.server, "anna@example.com", NEW).await;
    let mut own = world.server.browser();
    let page = own.open(&links[0]).await;
    let together = Arc::new(Barrier::new(50));
    let press = |_| {
        let (mut own, page, together) = (own.clone(), page.clone(), together.clone());
        tokio::spawn(async move {
            together.wait().await;
            own.press(&page, "continue", &[]).await.status
        })
    };
    let mut good = 0;
    for task in (0..50).map(press).collect::<Vec<_>>() {
        let status = task.await.unwrap();
        assert!([StatusCode::OK, StatusCode::GONE].contains(&status), "{status}");
        good += usize::from(status == StatusCode::OK);
    }
    assert_eq!(good, 1);
}

#[tokio::test]
async fn a_post_without_our_form_and_a_link_of_a_week_ago_lock_nobody_out() {
    let world = World::new().await;
    let (mut thief, _) = stranger(&world).await;
    let (links, _) = mailed(&world.server, "anna@example.com", NEW).await;
    let link = links[0].split("link=").nth(1).unwrap().to_owned();
    let mut other = world.server.browser();
    let form = [("flow".to_owned(), link), ("do".to_owned(), "continue".to_owned())];
    let body = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];
    let fields: Vec<_> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(other.form("/not-me", &body[1..], &fields).await.status, StatusCode::FORBIDDEN);
    assert!(signed_in(&world, &mut thief).await);
    let page = other.open(&links[0]).await;
    world.server.advance(Duration::from_secs(7 * 86_400));
    assert_eq!(other.press(&page, "continue", &[]).await.status, StatusCode::GONE);
    let unknown = "/not-me?link=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let gone = other.get(unknown).await;
    assert_eq!(gone.status, StatusCode::GONE);
    // Nobody can ask for another such link: what helps is a new password, and the devices.
    assert!(gone.body.contains("7 days") && !gone.body.contains("Ask for a new one"), "{}", gone.body);
    assert!(gone.body.contains(r#"id="way-on" href="/forgot""#), "{}", gone.body);
    assert!(gone.body.contains(r#"id="way-also" href="/account/sessions""#), "{}", gone.body);
    for (path, way) in [("/reset", "/forgot"), ("/login/link/open", "/login"), ("/confirm/open", "/account")]
    {
        let gone = other.get(&format!("{path}?link=AAAA")).await;
        assert_eq!(gone.status, StatusCode::GONE, "{path}");
        assert!(gone.body.contains(&format!(r#"id="way-on" href="{way}""#)), "{path}: {}", gone.body);
        assert!(!gone.body.contains("minutes"), "{path}: {}", gone.body);
    }
}

/// A stranger who got in once is not told as "known" for it: after the button the next sign-in is told again.
#[tokio::test]
async fn the_browser_of_a_stranger_is_a_new_one_again_after_the_button() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let (mut thief, _) = stranger(&world).await;
    let (links, _) = mailed(&world.server, "anna@example.com", NEW).await;
    let mut own = world.server.browser();
    let page = own.open(&links[0]).await;
    own.press(&page, "continue", &[]).await;
    let (reset, _) = mailed(&world.server, "anna@example.com", RESET).await;
    let page = own.open(&reset[0]).await;
    own.press(&page, "continue", &[("new-password", &world.anna.password)]).await;
    mailed(&world.server, "anna@example.com", "password of your account").await;
    world.sign_in(&mut thief, &rp, &rp.request(), &world.anna).await;
    mailed(&world.server, "anna@example.com", NEW).await;
}

#[tokio::test]
async fn every_session_is_told_where_the_operator_wants_it_and_none_where_not() {
    let told = async |notify| {
        let world = World::with("sqlite::memory:", Policy { notify, ..Policy::new(ISSUER) }).await;
        let rp = world.rp("planner");
        let mut browser = world.server.browser();
        for _ in 0..2 {
            world.sign_in(&mut browser, &rp, &rp.request(), &world.anna).await;
            // The session goes, the browser's memory stays.
            browser.cookies.remove("__Host-countersign-session");
        }
        // A mail that is sent in any case marks the end.
        let page = browser.open("/forgot").await;
        browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
        mailed(&world.server, "anna@example.com", RESET).await;
        let count = |what: &str| {
            let all = world.server.inbox.all();
            all.iter().filter(|it| it.text.contains(what)).count()
        };
        (count(NEW), count(KNOWN))
    };
    assert_eq!(told(Notify::NewDevice).await, (1, 0));
    assert_eq!(told(Notify::EverySession).await, (1, 1));
    assert_eq!(told(Notify::Off).await, (0, 0));
}

#[tokio::test]
async fn a_sign_in_by_link_is_told_too_and_a_sign_up_is_not() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let (_, _, page) = first_page(&world, &mut browser).await;
    browser.press(&page, "send-link", &[("identifier", "anna@example.com")]).await;
    let (links, _) = mailed(&world.server, "anna@example.com", "your link to sign in").await;
    let page = browser.open(&links[0]).await;
    browser.press(&page, "continue", &[]).await;
    mailed(&world.server, "anna@example.com", NEW).await;

    let mut browser = world.server.browser();
    let page = browser.open("/signup").await;
    let fill = [("identifier", "new@example.com"), ("new-password", "tulip bulbs in march")];
    let page = browser.press(&page, "continue", &fill).await;
    let (_, codes) = mailed(&world.server, "new@example.com", "Confirm").await;
    browser.press(&page, "continue", &[("code", &codes[0])]).await;
    let page = browser.open("/forgot").await;
    browser.press(&page, "continue", &[("identifier", "new@example.com")]).await;
    mailed(&world.server, "new@example.com", RESET).await;
    assert!(!world.server.inbox.all().iter().any(|it| it.to == "new@example.com" && it.text.contains(NEW)));
}

/// In for a moment, the stranger makes the account's address their own and takes the person's away: the link of the mail
/// that told of them leads the person back, and the stranger's address nowhere.
#[tokio::test]
async fn a_stranger_who_changed_the_address_is_out_all_the_same() {
    let world = World::new().await;
    let (mut thief, _) = stranger(&world).await;
    let (links, _) = mailed(&world.server, "anna@example.com", NEW).await;
    add(&world, &mut thief, "thief@example.net").await;
    let page = thief.open("/account/emails").await;
    act(&mut thief, &page, "thief@example.net", "primary").await;
    let page = thief.open("/account/emails").await;
    let page = act(&mut thief, &page, "anna@example.com", "remove").await;
    assert!(!page.body.contains("anna@example.com"), "{}", page.body);

    let mut own = world.server.browser();
    let page = own.open(&links[0]).await;
    let done = own.press(&page, "continue", &[]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let (reset, _) = mailed(&world.server, "anna@example.com", RESET).await;
    let page = own.open(&reset[0]).await;
    own.press(&page, "continue", &[("new-password", "tulip bulbs in march")]).await;
    let page = own.open("/account/emails").await;
    assert!(page.body.contains("anna@example.com") && !page.body.contains("thief"), "{}", page.body);
    let page = thief.open("/forgot").await;
    thief.press(&page, "continue", &[("identifier", "thief@example.net")]).await;
    mailed(&world.server, "thief@example.net", "no account").await;
}
