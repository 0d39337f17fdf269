use super::{first_page, hidden};
use axum::http::StatusCode;
use countersign_keys::HashCost;
use countersign_store::account::declared;
use countersign_store::unit;
use countersign_testkit::{Answer, World};
use std::time::Duration;

/// What two answers may differ in: sealed and minted values.
fn shape(answer: &Answer) -> (StatusCode, Vec<(String, String)>, String) {
    let mut body = answer.body.clone();
    for form in countersign_testkit::html::forms(&answer.body) {
        for (name, value) in form.fields {
            if (name == "flow" || name == "csrf") && !value.is_empty() {
                body = body.replace(&value, "[sealed]");
            }
        }
    }
    let nonce = answer.header("content-security-policy").split("nonce-").nth(1).unwrap_or_default();
    let nonce = nonce.split('\'').next().unwrap_or_default().to_owned();
    let without =
        |text: &str| if nonce.is_empty() { text.to_owned() } else { text.replace(&nonce, "[nonce]") };
    let headers =
        answer.headers.iter().map(|(n, v)| (n.to_string(), without(v.to_str().unwrap_or_default())));
    let headers =
        headers.map(|(n, v)| if n == "content-length" { (n, String::new()) } else { (n, v) }).collect();
    (answer.status, headers, without(&body))
}

#[tokio::test]
async fn a_person_signs_in_and_the_app_gets_a_code() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let request = rp.request();
    let mut browser = world.server.browser();
    let tokens = world.sign_in(&mut browser, &rp, &request, &world.anna).await;
    let claims = rp.id_token(&tokens.id_token.unwrap(), Some(request.get("nonce")), world.now()).await;
    assert_eq!(claims["sub"], world.anna.subject.as_str());
}

#[tokio::test]
async fn a_known_and_an_unknown_address_are_answered_alike() {
    let world = World::new().await;
    let mut shapes = vec![];
    for address in ["anna@example.com", "nobod@example.com"] {
        let mut browser = world.server.browser();
        let (_, _, page) = first_page(&world, &mut browser).await;
        let second = browser.press(&page, "continue", &[("identifier", address)]).await;
        let third = browser.press(&second, "continue", &[("password", "wrong wrong wrong")]).await;
        assert_eq!(third.status, StatusCode::UNPROCESSABLE_ENTITY);
        let plain = |answer: &Answer| {
            let (status, headers, body) = shape(answer);
            (status, headers, body.replace(address, "[address]"))
        };
        shapes.push((plain(&second), plain(&third)));
    }
    assert_eq!(shapes[0], shapes[1]);
}

#[tokio::test]
async fn spelling_proxies_and_browsers_share_one_count_and_the_right_password_is_answered_like_a_wrong_one() {
    let world = World::new().await;
    let spellings = ["anna@example.com", "ANNA@example.com", " anna@EXAMPLE.com"];
    for n in 0..10u8 {
        let mut browser = world.server.browser();
        browser.ip = [198, 51, 100, n].into();
        browser.headers.insert("x-forwarded-for", format!("203.0.113.{n}").parse().unwrap());
        let (_, _, page) = first_page(&world, &mut browser).await;
        let page = browser.press(&page, "continue", &[("identifier", spellings[usize::from(n) % 3])]).await;
        let page = browser.press(&page, "continue", &[("password", "wrong wrong wrong")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{n}");
    }
    let mut answers = vec![];
    for password in ["wrong wrong wrong", world.anna.password.as_str()] {
        let mut browser = world.server.browser();
        let (_, _, page) = first_page(&world, &mut browser).await;
        let page = browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
        let page = browser.press(&page, "continue", &[("password", password)]).await;
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(page.headers.contains_key("retry-after"));
        answers.push(page.body.len());
    }
    assert_eq!(answers[0], answers[1]);
    world.server.advance(Duration::from_secs(15 * 60 + 1));
    let mut browser = world.server.browser();
    let rp = world.rp("planner");
    assert!(world.ask(&mut browser, &rp, &rp.request(), &world.anna).await.has("code"));
}

#[tokio::test]
async fn strangers_cannot_lock_a_browser_that_signed_in_before() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut own = world.server.browser();
    world.sign_in(&mut own, &rp, &rp.request(), &world.anna).await;
    for n in 0..11u8 {
        let mut browser = world.server.browser();
        browser.ip = [198, 51, 100, n].into();
        let (_, _, page) = first_page(&world, &mut browser).await;
        let page = browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
        browser.press(&page, "continue", &[("password", "wrong wrong wrong")]).await;
    }
    // Its session lives, and a fresh sign-in in it works too.
    assert!(world.ask(&mut own, &rp, &rp.request().with("prompt", "none"), &world.anna).await.has("code"));
    let again = world.ask(&mut own, &rp, &rp.request().with("prompt", "login"), &world.anna).await;
    assert!(again.has("code"));
}

#[tokio::test]
async fn one_password_over_many_accounts_throttles_the_source() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let (_, _, first) = first_page(&world, &mut browser).await;
    let mut last = StatusCode::OK;
    for n in 0..101 {
        let address = format!("person{n}@example.com");
        let page = browser.press(&first, "continue", &[("identifier", &address)]).await;
        last = browser.press(&page, "continue", &[("password", "Autumn2026!?")]).await.status;
        assert_eq!(last == StatusCode::TOO_MANY_REQUESTS, n >= 100, "{n}");
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn parallel_guesses_count_each_other() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let (_, _, page) = first_page(&world, &mut browser).await;
    let page = browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    let guess = |n: u32| {
        let (mut browser, page) = (browser.clone(), page.clone());
        async move { browser.press(&page, "continue", &[("password", &format!("guess number {n}"))]).await.status }
    };
    let tasks: Vec<_> = (0..40).map(|n| tokio::spawn(guess(n))).collect();
    let mut wrong = 0;
    for task in tasks {
        wrong += usize::from(task.await.unwrap() == StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(wrong, 10, "as many as the limit, however they come");
}

#[tokio::test]
async fn every_sign_in_has_a_new_cookie_and_a_planted_one_is_worth_nothing() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut browser = world.server.browser();
    let name = "__Host-countersign-session";
    browser.cookies.insert(name.into(), "A".repeat(43));
    let (once, twice) = (rp.request(), rp.request().with("prompt", "login"));
    let first = world.sign_in(&mut browser, &rp, &once, &world.anna).await;
    let one = browser.cookies[name].clone();
    assert_ne!(one, "A".repeat(43));
    let again = world.sign_in(&mut browser, &rp, &twice, &world.anna).await;
    let two = browser.cookies[name].clone();
    assert_ne!(one, two);
    let sid = |claims: serde_json::Map<String, serde_json::Value>| claims["sid"].clone();
    let (a, b) = (first.id_token.unwrap(), again.id_token.unwrap());
    let a = rp.id_token(&a, Some(once.get("nonce")), world.now()).await;
    let b = rp.id_token(&b, Some(twice.get("nonce")), world.now()).await;
    assert_eq!(sid(a), sid(b), "the same person keeps the session");
    let mut old = browser.clone();
    old.cookies.insert(name.into(), one);
    let silent = rp.request().with("prompt", "none");
    assert_eq!(world.ask(&mut old, &rp, &silent, &world.anna).await.error(), "login_required");
}

#[tokio::test]
async fn another_person_in_the_same_browser_ends_the_session_before() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut browser = world.server.browser();
    let of_anna = world.sign_in(&mut browser, &rp, &rp.request(), &world.anna).await;
    world.sign_in(&mut browser, &rp, &rp.request().with("prompt", "login"), &world.ben).await;
    assert_eq!(rp.userinfo(&of_anna.access).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_finished_flow_submitted_again_finds_its_end_page() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let (rp, _, page) = first_page(&world, &mut browser).await;
    let page = browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    let fill = [("password", world.anna.password.as_str())];
    let end = browser.press(&page, "continue", &fill).await;
    assert!(rp.callback(&end).has("code"));
    let again = browser.press(&page, "continue", &fill).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(again.location().is_none());
}

#[tokio::test]
async fn a_flow_belongs_to_its_browser_and_lasts_an_hour() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let (_, _, page) = first_page(&world, &mut browser).await;
    let mut other = world.server.browser();
    first_page(&world, &mut other).await;
    let elsewhere = other.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    assert_eq!(elsewhere.status, StatusCode::FORBIDDEN);
    let mut bare = browser.other();
    let without = bare.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    assert_eq!(without.status, StatusCode::FORBIDDEN);
    let by_link = format!("/login?flow={}", hidden(&page, "flow"));
    assert_eq!(other.get(&by_link).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get(&by_link).await.status, StatusCode::OK);
    world.server.advance(Duration::from_secs(3_600));
    let late = browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_new_browser_brings_a_mail_and_an_old_one_does_not() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut browser = world.server.browser();
    world.sign_in(&mut browser, &rp, &rp.request(), &world.anna).await;
    let first = world.server.mail_to("anna@example.com").await.id;
    world.sign_in(&mut browser, &rp, &rp.request().with("prompt", "login"), &world.anna).await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(world.server.mail_to("anna@example.com").await.id, first);
}

/// The operator has raised the cost of hashing: whoever signs in lies under it from then on, with the same password.
#[tokio::test]
async fn a_sign_in_hashes_anew_what_lies_under_another_cost() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let stored = async || {
        let find = unit(|tx| Box::pin(async move { declared::owner(tx, "anna@example.com").await }));
        world.server.app.db.read(find).await.unwrap().unwrap().phc.unwrap()
    };
    let before = stored().await;
    world.server.app.passwords.set_cost(HashCost::new(128, 2, 1).unwrap());
    let mut browser = world.server.browser();
    let (_, _, page) = first_page(&world, &mut browser).await;
    let page = browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    browser.press(&page, "continue", &[("password", "wrong")]).await;
    assert_eq!(stored().await, before, "only the right password can be hashed anew");
    world.sign_in(&mut world.server.browser(), &rp, &rp.request(), &world.anna).await;
    let after = stored().await;
    assert!(before.contains("m=64,t=1") && after.contains("m=128,t=2"), "{before} {after}");
    world.sign_in(&mut world.server.browser(), &rp, &rp.request(), &world.anna).await;
    assert_eq!(stored().await, after);
}
