//! The group "Credentials and recovery", and the codes that people type: used again, guessed, from another session.

use crate::login::{first_page, mailed};
use axum::http::StatusCode;
use countersign_core::Policy;
use countersign_core::account::StandardClaims;
use countersign_testkit::world::person;
use countersign_testkit::{Answer, Browser, ISSUER, TestServer, World, postgres_url};
use std::time::Duration;

/// What two answers may differ in: sealed and minted values.
fn shape(answer: &Answer) -> (StatusCode, Vec<(String, String)>, String) {
    let mut body = answer.body.clone();
    for form in countersign_testkit::html::forms(&answer.body) {
        for (_, value) in form.fields.iter().filter(|(name, value)| name != "identifier" && !value.is_empty())
        {
            body = body.replace(value, "[sealed]");
        }
    }
    let nonce = answer.header("content-security-policy").split("nonce-").nth(1).unwrap_or_default();
    let nonce = nonce.split('\'').next().unwrap_or_default().to_owned();
    let text = |text: &str| if nonce.is_empty() { text.to_owned() } else { text.replace(&nonce, "[nonce]") };
    let headers = answer.headers.iter().filter(|(name, _)| *name != "content-length");
    let headers = headers.map(|(n, v)| (n.to_string(), text(v.to_str().unwrap_or_default()))).collect();
    (answer.status, headers, text(&body))
}

async fn password_page(world: &World, browser: &mut Browser, address: &str) -> Answer {
    let (_, _, page) = first_page(world, browser).await;
    browser.press(&page, "continue", &[("identifier", address)]).await
}

async fn try_password(world: &World, browser: &mut Browser, address: &str, password: &str) -> Answer {
    let page = password_page(world, browser, address).await;
    browser.press(&page, "continue", &[("password", password)]).await
}

#[tokio::test]
async fn a_099_long_passwords_count_in_characters_and_a_megabyte_costs_no_hash() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let long = "Zwölf müde Störche ".repeat(7);
    for (n, length) in [64, 128].into_iter().enumerate() {
        let password: String = long.chars().take(length).collect();
        let address = format!("long{n}@example.com");
        person(&world.server, &address, &password, StandardClaims::default()).await;
        let end = try_password(&world, &mut world.server.browser(), &address, &password).await;
        assert!(rp.callback(&end).has("code"), "{length}");
    }
    let hashed = || world.server.app.passwords.load().done;
    let mut browser = world.server.browser();
    let page = password_page(&world, &mut browser, "anna@example.com").await;
    let before = hashed();
    for (size, status) in
        [(1 << 20, StatusCode::PAYLOAD_TOO_LARGE), (32 << 10, StatusCode::UNPROCESSABLE_ENTITY)]
    {
        let answer = browser.press(&page, "continue", &[("password", &"x".repeat(size))]).await;
        assert_eq!(answer.status, status, "{size}");
    }
    assert_eq!(hashed(), before, "neither was hashed");
}

#[tokio::test]
async fn a_100_passwords_that_differ_late_or_by_a_space_are_two() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let password = format!("{}end", "seven green bicycles ".repeat(4));
    assert!(password.len() > 80);
    person(&world.server, "late@example.com", &password, StandardClaims::default()).await;
    let last = format!("{}enD", &password[..password.len() - 3]);
    for wrong in [last, format!(" {password}"), format!("{password} "), password[..72].to_owned()] {
        let answer = try_password(&world, &mut world.server.browser(), "late@example.com", &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let end = try_password(&world, &mut world.server.browser(), "late@example.com", &password).await;
    assert!(rp.callback(&end).has("code"));
}

#[tokio::test]
async fn a_102_a_home_network_is_one_source_and_what_it_says_of_itself_is_not_believed() {
    let world = World::new().await;
    let from = |n: u16, net: u16| {
        let mut browser = world.server.browser();
        browser.ip = std::net::Ipv6Addr::new(0x2001, 0xdb8, 1, net, n, 2, 3, n).into();
        browser.headers.insert("x-forwarded-for", format!("203.0.113.{}", n % 250).parse().unwrap());
        browser.headers.insert("forwarded", format!("for=203.0.113.{}", n % 250).parse().unwrap());
        browser
    };
    // One page, and another address of the same /64 for each try.
    let mut first = from(0, 7);
    let page = password_page(&world, &mut first, "nobody@example.com").await;
    let first_page = first.open(&world.rp("planner").request().path()).await;
    drop(page);
    let mut last = StatusCode::OK;
    for n in 0..=100 {
        let mut browser = from(n, 7);
        browser.cookies = first.cookies.clone();
        let address = format!("person{n}@example.com");
        let page = browser.press(&first_page, "continue", &[("identifier", &address)]).await;
        last = browser.press(&page, "continue", &[("password", "Autumn2026!?")]).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let neighbour = try_password(&world, &mut from(0, 8), "somebody@example.com", "Autumn2026!?").await;
    assert_eq!(neighbour.status, StatusCode::UNPROCESSABLE_ENTITY, "the next house is another one");
}

#[tokio::test]
async fn a_104_while_throttled_the_right_password_is_answered_byte_for_byte_like_a_wrong_one() {
    let world = World::new().await;
    for _ in 0..10 {
        try_password(&world, &mut world.server.browser(), "anna@example.com", "wrong wrong wrong").await;
    }
    let hashed = world.server.app.passwords.load().done;
    let mut shapes = vec![];
    for password in ["wrong wrong wrong", world.anna.password.as_str()] {
        let answer = try_password(&world, &mut world.server.browser(), "anna@example.com", password).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|it| (1..=900).contains(&it)));
        assert!(answer.headers.get("set-cookie").is_none());
        shapes.push(shape(&answer));
    }
    assert_eq!(shapes[0], shapes[1]);
    assert_eq!(world.server.app.passwords.load().done, hashed, "neither is hashed: both take the same time");
}

/// The counters are rows: what one node counted holds on the other, for the account and for the source.
#[tokio::test]
async fn a_101_two_nodes_count_together() {
    let Some(url) = postgres_url().await else { return };
    let world = World::on(&url).await;
    let other = TestServer::with(&url, Policy::new(ISSUER)).await;
    let there = |browser: &Browser| {
        let mut there = other.browser();
        (there.cookies, there.ip) = (browser.cookies.clone(), browser.ip);
        there
    };
    let mut here = world.server.browser();
    let page = password_page(&world, &mut here, "anna@example.com").await;
    for n in 0..10 {
        let mut browser = if n % 2 == 0 { here.clone() } else { there(&here) };
        browser.ip = [198, 51, 100, n].into();
        let answer = browser.press(&page, "continue", &[("password", "wrong wrong wrong")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{n}");
    }
    for mut browser in [here.clone(), there(&here)] {
        let answer = browser.press(&page, "continue", &[("password", &world.anna.password)]).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    }
    // The source, over many accounts: ninety here, the rest there.
    let mut first = world.server.browser();
    first.ip = [192, 0, 2, 1].into();
    let first_page = first.open(&world.rp("planner").request().path()).await;
    let mut last = StatusCode::OK;
    for n in 0..=100 {
        let mut browser = if n < 90 { first.clone() } else { there(&first) };
        let page =
            browser.press(&first_page, "continue", &[("identifier", &format!("p{n}@example.com"))]).await;
        last = browser.press(&page, "continue", &[("password", "Autumn2026!?")]).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

/// Where they are kept in a file, counters outlive the process: a restart is no fresh start for whoever guesses.
#[tokio::test]
async fn a_101_a_restart_forgets_no_failure() {
    let path = std::env::temp_dir().join(format!("countersign-counters-{}.db", std::process::id()));
    let url = format!("sqlite:{}", path.display());
    let world = World::on(&url).await;
    for _ in 0..10 {
        try_password(&world, &mut world.server.browser(), "anna@example.com", "wrong wrong wrong").await;
    }
    drop(world);
    let again = TestServer::with(&url, Policy::new(ISSUER)).await;
    let mut browser = again.browser();
    let page = browser.open("/account").await;
    let page = browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    let answer = browser.press(&page, "continue", &[("password", "correct horse battery")]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    drop(again);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
}

#[tokio::test]
async fn a_105_whoever_guesses_locks_nobody_out_of_a_session_or_a_known_browser() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut own = world.server.browser();
    world.sign_in(&mut own, &rp, &rp.request(), &world.anna).await;
    for n in 0..12_u8 {
        let mut browser = world.server.browser();
        browser.ip = [198, 51, 100, n].into();
        try_password(&world, &mut browser, "anna@example.com", "wrong wrong wrong").await;
    }
    assert!(world.ask(&mut own, &rp, &rp.request().with("prompt", "none"), &world.anna).await.has("code"));
    own.cookies.remove("__Host-countersign-session");
    let end = try_password(&world, &mut own, "anna@example.com", &world.anna.password).await;
    assert!(rp.callback(&end).has("code"), "the browser has tries of its own");
    // And by link, anywhere.
    let mut fresh = world.server.browser();
    let (_, _, page) = first_page(&world, &mut fresh).await;
    fresh.press(&page, "send-link", &[("identifier", "anna@example.com")]).await;
    let (links, _) = mailed(&world.server, "anna@example.com", "your link to sign in").await;
    let page = fresh.open(&links[0]).await;
    assert!(rp.callback(&fresh.press(&page, "continue", &[]).await).has("code"));
}

#[tokio::test]
async fn a_105_whoever_has_mails_sent_to_somebody_uses_up_none_of_a_known_browser() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut own = world.server.browser();
    world.sign_in(&mut own, &rp, &rp.request(), &world.anna).await;
    own.cookies.remove("__Host-countersign-session");
    let send = async |browser: &mut Browser| {
        let page = browser.open("/forgot").await;
        browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await.status
    };
    let mut last = StatusCode::OK;
    for n in 0..7_u8 {
        let mut stranger = world.server.browser();
        stranger.ip = [198, 51, 100, n].into();
        last = send(&mut stranger).await;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(send(&mut own).await, StatusCode::OK, "the browser has mails of its own");
}

#[tokio::test]
async fn a_114_a_mail_has_one_recipient_who_was_written_as_one() {
    let world = World::new().await;
    let bad = [
        "anna@example.com\r\nBcc: x@evil.test",
        "anna@example.com\nx@evil.test",
        "anna@example.com,x@evil.test",
        "anna@example.com;x@evil.test",
        "anna@example.com x@evil.test",
        "\"anna b\"@example.com",
        "\"anna\\\"@evil.test\"@example.com",
        "<anna@example.com>",
        "anna@example.com>\r\nRCPT TO:<x@evil.test",
    ];
    for address in bad {
        let mut browser = world.server.browser();
        let (_, _, page) = first_page(&world, &mut browser).await;
        let answer = browser.press(&page, "send-link", &[("identifier", address)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{address}");
        let page = browser.open("/forgot").await;
        let answer = browser.press(&page, "continue", &[("identifier", address)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{address}");
        let page = browser.open("/signup").await;
        let fill = [("identifier", address), ("new-password", "tulip bulbs in march")];
        assert_eq!(browser.press(&page, "continue", &fill).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut browser = world.server.browser();
    let (_, _, page) = first_page(&world, &mut browser).await;
    browser.press(&page, "send-link", &[("identifier", "anna@example.com")]).await;
    mailed(&world.server, "anna@example.com", "your link to sign in").await;
    let all: Vec<_> = world.server.inbox.all().into_iter().map(|it| it.to).collect();
    assert_eq!(all, ["anna@example.com"]);
}

#[tokio::test]
async fn a_115_a_reset_is_for_the_account_of_its_link_and_works_once() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let page = browser.open("/forgot").await;
    browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    let (links, _) = mailed(&world.server, "anna@example.com", "Choose a new password").await;
    let page = browser.open(&links[0]).await;
    // Whatever else the form says of whose it is.
    let ben = world.ben.id.to_string();
    let fill = [
        ("new-password", "tulip bulbs in march"),
        ("identifier", "ben@example.com"),
        ("email", "ben@example.com"),
        ("user", ben.as_str()),
        ("id", ben.as_str()),
    ];
    assert_eq!(browser.press(&page, "continue", &fill).await.status, StatusCode::OK);
    let rp = world.rp("planner");
    let end = try_password(&world, &mut world.server.browser(), "ben@example.com", &world.ben.password).await;
    assert!(rp.callback(&end).has("code"), "Ben's is as it was");
    let end =
        try_password(&world, &mut world.server.browser(), "anna@example.com", "tulip bulbs in march").await;
    assert!(rp.callback(&end).has("code"));
    let again = browser.press(&page, "continue", &[("new-password", "another one entirely")]).await;
    assert_eq!(again.status, StatusCode::GONE);
}

/// Digits belong to the flow that they were sent for: in another browser, and in another flow of the same, they are wrong.
#[tokio::test]
async fn digits_of_another_session_are_wrong_and_used_ones_are_over() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let begin = async |address: &str| {
        let mut browser = world.server.browser();
        let (_, _, page) = first_page(&world, &mut browser).await;
        let page = browser.press(&page, "sign-up", &[]).await;
        let fill = [("identifier", address), ("new-password", "tulip bulbs in march")];
        let page = browser.press(&page, "continue", &fill).await;
        let (_, codes) = mailed(&world.server, address, "Confirm").await;
        (browser, page, codes[0].clone())
    };
    let (mut one, page_one, code_one) = begin("one@example.com").await;
    let (mut two, page_two, code_two) = begin("two@example.com").await;
    if code_one != code_two {
        let answer = two.press(&page_two, "continue", &[("code", &code_one)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let answer = one.press(&page_one, "continue", &[("code", &code_two)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert!(rp.callback(&one.press(&page_one, "continue", &[("code", &code_one)]).await).has("code"));
    let again = one.press(&page_one, "continue", &[("code", &code_one)]).await;
    assert!(!again.status.is_redirection() && again.location().is_none(), "{}", again.status);
    world.server.advance(Duration::from_secs(601));
    let late = two.press(&page_two, "continue", &[("code", &code_two)]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
}
