//! Phones: proved because an app wants one, or on the account page; limited, used once, and no way in.

use super::mailed;
use axum::http::StatusCode;
use countersign_core::account::StandardClaims;
use countersign_store::account::operator::Whom;
use countersign_store::account::phones::Phones;
use countersign_store::messages::{Messages, Standing};
use countersign_testkit::world::person;
use countersign_testkit::{Answer, Browser, World, postgres_url};
use std::time::Duration;

const NUMBER: &str = "+4915123456789";

/// The page on which `dial` asks a signed-in Anna for her phone.
async fn asked(world: &World) -> (Browser, Answer) {
    let mut browser = world.browser_of(&world.anna).await;
    let page = browser.open(&world.rp("dial").request().path()).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.has("phone"), "{}", page.body);
    (browser, page)
}

async fn sent(browser: &mut Browser, page: &Answer, number: &str) -> Answer {
    let page = browser.press(page, "continue", &[("phone", number)]).await;
    assert!(page.has("code"), "{}", page.body);
    page
}

/// The newest digits that were sent to this number.
async fn digits(world: &World, number: &str) -> String {
    world.server.mail_to(number).await.codes.first().unwrap().clone()
}

async fn numbers(world: &World) -> Vec<(String, bool)> {
    let all = world.server.app.db.read(Phones(world.anna.id)).await.unwrap();
    all.into_iter().map(|it| (it.number.as_str().to_owned(), it.primary)).collect()
}

async fn the_whole_way(world: World) {
    let rp = world.rp("dial");
    let request = rp.request().with("scope", "openid phone");
    let mut browser = world.server.browser();
    let page = browser.open(&request.path()).await;
    let page = world.walk(&mut browser, page, &world.anna).await;
    assert!(page.has("phone") && !page.has("code"), "after the sign-in: {}", page.body);
    for (typed, says) in [
        ("", "Enter your phone number"),
        ("0151 23456789", "Begin with +"),
        ("+49 (0)151 23456789", "not a phone number"),
        ("+88 213 123456", "cannot send messages to that country"),
    ] {
        let again = browser.press(&page, "continue", &[("phone", typed)]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(again.body.contains(says) && again.body.contains(typed), "{typed}: {}", again.body);
    }
    let page = sent(&mut browser, &page, "+49 151 2345-6789").await;
    assert!(page.body.contains(NUMBER), "{}", page.body);
    let right = digits(&world, NUMBER).await;
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let again = browser.press(&page, "continue", &[("code", wrong)]).await;
    assert!(again.body.contains("You have 4 tries left"), "{}", again.body);
    let end = browser.press(&again, "continue", &[("code", &right)]).await;
    let callback = rp.callback(&end);
    let answer = rp.redeem(callback.code(), &request, world.now()).await;
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let claims = rp.userinfo(&token).await.json();
    assert_eq!((&claims["phone_number"], &claims["phone_number_verified"]), (&NUMBER.into(), &true.into()));
    assert_eq!(numbers(&world).await, [(NUMBER.to_owned(), true)]);
    let (links, _) = mailed(&world.server, "anna@example.com", "phone was added").await;
    assert!(links.contains(&"/account/phones".to_owned()), "{links:?}");

    // Once is enough; and the digits have done their work.
    assert!(rp.callback(&browser.open(&rp.request().path()).await).has("code"));
    let used = browser.press(&again, "continue", &[("code", &right)]).await;
    assert!(!used.body.contains(&right));
    assert_eq!(numbers(&world).await.len(), 1);

    // What became of the messages, without what they said.
    let unit = Messages { whom: Whom::User(world.anna.id), most: 10, now: world.server.now() };
    let trail = world.server.app.db.read(unit).await.unwrap().unwrap();
    let sms = trail.iter().find(|it| it.channel == "sms").unwrap();
    assert_eq!((sms.address.as_str(), sms.transport.as_deref()), (NUMBER, Some("inbox")));
    assert_eq!(sms.standing, Standing::Sent);
    assert!(!format!("{trail:?}").contains(&right));
}

#[tokio::test]
async fn an_app_that_wants_a_phone_has_it_confirmed_after_the_sign_in() {
    the_whole_way(World::new().await).await;
}

#[tokio::test]
async fn an_app_that_wants_a_phone_has_it_confirmed_on_postgresql_too() {
    let Some(url) = postgres_url().await else { return };
    the_whole_way(World::on(&url).await).await;
}

#[tokio::test]
async fn without_a_page_the_app_hears_that_something_is_to_be_done() {
    let world = World::new().await;
    let rp = world.rp("dial");
    let mut browser = world.browser_of(&world.anna).await;
    let silent = rp.request().with("prompt", "none");
    assert_eq!(world.ask(&mut browser, &rp, &silent, &world.anna).await.error(), "interaction_required");
}

#[tokio::test]
async fn of_twenty_with_the_right_digits_one_adds_the_phone() {
    let world = World::new().await;
    let (mut browser, page) = asked(&world).await;
    let page = sent(&mut browser, &page, NUMBER).await;
    let right = digits(&world, NUMBER).await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (mut browser, page, right) = (browser.clone(), page.clone(), right.clone());
            tokio::spawn(async move { browser.press_only(&page, "continue", &[("code", &right)]).await })
        })
        .collect();
    for task in tasks {
        assert!(!task.await.unwrap().status.is_server_error());
    }
    assert_eq!(numbers(&world).await, [(NUMBER.to_owned(), true)]);
    mailed(&world.server, "anna@example.com", "phone was added").await;
}

#[tokio::test]
async fn digits_fit_the_tab_the_person_and_the_newest_message_only() {
    let world = World::new().await;
    let (mut browser, page) = asked(&world).await;
    let waiting = sent(&mut browser, &page, NUMBER).await;
    let first = digits(&world, NUMBER).await;

    // Somebody else who reads them over a shoulder, in their own session and tab.
    let mut ben = world.browser_of(&world.ben).await;
    let of_ben = ben.open(&world.rp("dial").request().path()).await;
    let of_ben = sent(&mut ben, &of_ben, "+4740123456").await;
    let stolen = ben.press(&of_ben, "continue", &[("code", &first)]).await;
    assert!(stolen.has("code") && stolen.status == StatusCode::UNPROCESSABLE_ENTITY);

    // The page of one person, sent with the session of another.
    let mut mixed = browser.clone();
    let name = world.server.app.cookies.name(countersign_web::cookies::Cookie::Session);
    mixed.cookies.insert(name.clone(), ben.cookies[&name].clone());
    let mixed = mixed.press(&waiting, "continue", &[("code", &first)]).await;
    assert!(mixed.has("code") && mixed.status == StatusCode::UNPROCESSABLE_ENTITY, "{}", mixed.body);

    // A newer message voids the older one.
    let soon = browser.press(&waiting, "resend", &[]).await;
    assert_eq!(soon.status, StatusCode::TOO_MANY_REQUESTS);
    world.server.advance(Duration::from_secs(31));
    let again = browser.press(&waiting, "resend", &[]).await;
    assert!(again.body.contains("Another code is on its way"), "{}", again.body);
    let mut second = first.clone();
    for _ in 0..250 {
        second = digits(&world, NUMBER).await;
        if second != first {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let old = browser.press(&again, "continue", &[("code", &first)]).await;
    assert!(old.has("code"), "{}", old.body);
    let end = browser.press(&again, "continue", &[("code", &second)]).await;
    assert!(world.rp("dial").callback(&end).has("code"));
    assert_eq!(numbers(&world).await.len(), 1);
}

#[tokio::test]
async fn five_wrong_tries_are_the_last_and_another_number_can_be_used() {
    let world = World::new().await;
    let (mut browser, page) = asked(&world).await;
    let mut page = sent(&mut browser, &page, NUMBER).await;
    let right = digits(&world, NUMBER).await;
    let wrong = if right == "111111" { "222222" } else { "111111" };
    for _ in 0..5 {
        page = browser.press(&page, "continue", &[("code", wrong)]).await;
    }
    let late = browser.press(&page, "continue", &[("code", &right)]).await;
    assert!(late.body.contains("no longer works"), "{}", late.body);
    let page = browser.press(&late, "change", &[]).await;
    let page = sent(&mut browser, &page, "+4915123450000").await;
    let right = digits(&world, "+4915123450000").await;
    let end = browser.press(&page, "continue", &[("code", &right)]).await;
    assert!(world.rp("dial").callback(&end).has("code"));
}

#[tokio::test]
async fn one_number_and_one_person_have_their_share_and_the_country_keeps_its_own() {
    let mut policy = countersign_core::Policy::new(countersign_testkit::ISSUER);
    policy.country_per_hour = 10;
    let world = World::with("sqlite::memory:", policy).await;
    let (mut browser, page) = asked(&world).await;
    for nth in 0..6 {
        let answer = browser.press(&page, "continue", &[("phone", NUMBER)]).await;
        let expected = if nth < 5 { StatusCode::OK } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(answer.status, expected, "{nth}");
    }
    // The person's own share is over with the tenth, whatever the number; none of it is the country's then.
    for nth in 6..40 {
        let number = format!("+49151200{nth:02}000");
        let answer = browser.press(&page, "continue", &[("phone", &number)]).await;
        let expected = if nth < 10 { StatusCode::OK } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(answer.status, expected, "{nth}");
        if nth == 39 {
            assert!(answer.body.contains("You can ask for another in 24 hours"), "{}", answer.body);
        }
    }
    // Nor is it a stranger's, whose number is typed all the same.
    for _ in 0..6 {
        let answer = browser.press(&page, "continue", &[("phone", "+4915199999999")]).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    }
    let mut ben = world.browser_of(&world.ben).await;
    ben.ip = [198, 51, 100, 7].into();
    let page = ben.open(&world.rp("dial").request().path()).await;
    sent(&mut ben, &page, "+4915199999999").await;
}

#[tokio::test]
async fn a_country_has_a_cap_in_the_hour() {
    let mut policy = countersign_core::Policy::new(countersign_testkit::ISSUER);
    policy.country_per_hour = 2;
    let world = World::with("sqlite::memory:", policy).await;
    let (mut browser, page) = asked(&world).await;
    for number in ["+4915120001000", "+4915120002000"] {
        sent(&mut browser, &page, number).await;
    }
    let full = browser.press(&page, "continue", &[("phone", "+4915120003000")]).await;
    assert_eq!(full.status, StatusCode::TOO_MANY_REQUESTS);
    sent(&mut browser, &page, "+4740123456").await;
    world.server.advance(Duration::from_secs(3_601));
    let (mut browser, page) = asked(&world).await;
    sent(&mut browser, &page, "+4915120003000").await;
}

#[tokio::test]
async fn neighbouring_numbers_share_a_cap() {
    let world = World::new().await;
    let people = [&world.anna, &world.ben];
    let mut answers = Vec::new();
    for (nth, who) in (0..3).flat_map(|_| people).enumerate() {
        let mut browser = world.browser_of(who).await;
        browser.ip = [198, 51, 100, u8::try_from(nth).unwrap()].into();
        let page = browser.open(&world.rp("dial").request().path()).await;
        for last in 0..5 {
            let number = format!("+49151555550{nth}{last}");
            answers.push(browser.press(&page, "continue", &[("phone", &number)]).await.status);
        }
    }
    // Ten for each of two people, all in one block of a thousand.
    let gone = answers.iter().filter(|it| **it == StatusCode::OK).count();
    assert_eq!(gone, 20);
}

#[tokio::test]
async fn a_phone_is_no_way_in_and_no_way_back() {
    let world = World::new().await;
    let (mut browser, page) = asked(&world).await;
    let page = sent(&mut browser, &page, NUMBER).await;
    let right = digits(&world, NUMBER).await;
    browser.press(&page, "continue", &[("code", &right)]).await;
    for (path, button) in [("/account", "continue"), ("/account", "send-link"), ("/forgot", "continue")] {
        let mut stranger = world.server.browser();
        let page = stranger.open(path).await;
        let refused = stranger.press(&page, button, &[("identifier", NUMBER)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {button}");
    }
    // Without a session the pages of phones lead to the sign-in, whatever is sent to them.
    let mut stranger = world.server.browser();
    stranger.cookies = browser.cookies.clone();
    let name = world.server.app.cookies.name(countersign_web::cookies::Cookie::Session);
    stranger.cookies.remove(&name);
    let answer = stranger.press(&page, "continue", &[("code", &right)]).await;
    assert!(answer.has("identifier"), "{}", answer.body);
}

/// What the account page says and what `/userinfo` says are one number: the declared one until the person proved theirs.
#[tokio::test]
async fn the_profile_shows_the_number_that_apps_are_told() {
    const DECLARED: &str = "+493012345678";
    let world = World::new().await;
    let claims = StandardClaims { phone_number: Some(DECLARED.into()), ..StandardClaims::default() };
    let clara = person(&world.server, "clara@example.com", "a quiet lake at dusk", claims).await;
    let rp = world.rp("planner");
    let request = rp.request().with("scope", "openid phone");
    let mut browser = world.browser_of(&clara).await;
    for told in [DECLARED, NUMBER] {
        let tokens = world.sign_in(&mut browser, &rp, &request, &clara).await;
        assert_eq!(rp.userinfo(&tokens.access).await.json()["phone_number"], told);
        let (profile, phones) = (browser.open("/account").await, browser.open("/account/phones").await);
        for page in [&profile, &phones] {
            assert!(page.body.contains(told), "{told}: {}", page.body);
            assert!(told == DECLARED || !page.body.contains(DECLARED), "{told}: {}", page.body);
        }
        if told == DECLARED {
            let page = browser.press(&phones, "add", &[("phone", NUMBER)]).await;
            let right = digits(&world, NUMBER).await;
            browser.press(&page, "continue", &[("code", &right)]).await;
        }
    }
}

#[tokio::test]
async fn phones_come_and_go_on_the_account_page_and_mails_tell_of_it() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    for number in [NUMBER, "+4740123456"] {
        let page = browser.open("/account/phones").await;
        assert!(page.has("sign-out"), "{}", page.body);
        let page = browser.press(&page, "add", &[("phone", number)]).await;
        assert!(page.has("code"), "{}", page.body);
        let right = digits(&world, number).await;
        let page = browser.press(&page, "continue", &[("code", &right)]).await;
        assert_eq!(page.url.path(), "/account/phones");
        assert!(page.body.contains(number) && page.body.contains("confirmed"), "{}", page.body);
    }
    let page = browser.open("/account/phones").await;
    let again = browser.press(&page, "add", &[("phone", NUMBER)]).await;
    assert!(again.body.contains("confirmed already"), "{}", again.body);
    assert_eq!(numbers(&world).await[0], (NUMBER.to_owned(), true));

    let act = |browser: &Browser, page: &Answer, word: &str, nth: usize| {
        let forms = countersign_testkit::html::forms(&page.body);
        let form = forms.into_iter().filter(|it| it.fields.iter().any(|(n, _)| n == "id")).nth(nth).unwrap();
        let mut fields = form.fields.clone();
        fields.retain(|(name, _)| name == "csrf" || name == "id");
        fields.push(("do".to_owned(), word.to_owned()));
        let mut browser = browser.clone();
        async move {
            let answer = browser.post_from_us("/account/phones", &fields).await;
            browser.follow(answer).await
        }
    };
    let chosen = act(&browser, &page, "primary", 1).await;
    assert!(chosen.body.contains("Apps are told this number"), "{}", chosen.body);
    assert_eq!(numbers(&world).await[0].0, "+4740123456");
    mailed(&world.server, "anna@example.com", "another phone number").await;

    // Whoever finds a browser open changes nothing that lasts.
    world.server.advance(Duration::from_secs(11 * 60));
    let stale = browser.open("/account/phones").await;
    assert!(!stale.has("add"), "{}", stale.body);
    for word in ["remove", "primary", "add"] {
        let answer = act(&browser, &page, word, 1).await;
        assert!(answer.has("identifier") || answer.has("password"), "{word}: {}", answer.body);
    }
    assert_eq!(numbers(&world).await.len(), 2);
    let mut browser = world.browser_of(&world.anna).await;
    let page = browser.open("/account/phones").await;
    act(&browser, &page, "remove", 0).await;
    assert_eq!(numbers(&world).await, [(NUMBER.to_owned(), true)], "apps are told the other one");
    mailed(&world.server, "anna@example.com", "phone was removed").await;

    // Nobody touches somebody else's.
    let mut ben = world.browser_of(&world.ben).await;
    let own = ben.open("/account/phones").await;
    let csrf = own.form_with("add").fields.into_iter().find(|(name, _)| name == "csrf").unwrap();
    let all = world.server.app.db.read(Phones(world.anna.id)).await.unwrap();
    for word in ["remove", "primary"] {
        let fields =
            [csrf.clone(), ("id".to_owned(), all[0].id.to_string()), ("do".to_owned(), word.to_owned())];
        let refused = ben.post_from_us("/account/phones", &fields).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{word}");
    }
    assert_eq!(numbers(&world).await.len(), 1);
}
