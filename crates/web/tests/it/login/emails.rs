//! The page of e-mail addresses.

use super::mailed;
use axum::http::StatusCode;
use countersign_core::Write;
use countersign_core::account::EmailRow;
use countersign_core::{Id, Timestamp};
use countersign_testkit::world::write;
use countersign_testkit::{Answer, Browser, World};
use std::time::Duration;

const ONCE_MORE: &str = "do it once more";

async fn emails(browser: &mut Browser) -> Answer {
    let page = browser.open("/account/emails").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page
}

/// Asks for the digits, and types them.
pub(super) async fn add(world: &World, browser: &mut Browser, address: &str) -> Answer {
    let page = emails(browser).await;
    let page = browser.press(&page, "add", &[("email", address)]).await;
    assert!(page.has("code"), "{}", page.body);
    let (_, codes) = mailed(&world.server, address, "is your code").await;
    browser.press(&page, "continue", &[("code", &codes[0])]).await
}

/// The form of the row with this address, with another button pressed.
pub(super) async fn act(browser: &mut Browser, page: &Answer, address: &str, word: &str) -> Answer {
    let row = page.body.split("<li>").find(|row| row.contains(address)).unwrap();
    let value = |name: &str| {
        let at =
            row.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("{name}: {row}"));
        at.split('"').next().unwrap().to_owned()
    };
    let fields = [("csrf", value("csrf")), ("id", value("id")), ("do", word.to_owned())];
    let fields: Vec<_> = fields.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
    let answer = browser.post_from_us("/account/emails", &fields).await;
    browser.follow(answer).await
}

async fn row_of(
    world: &World,
    who: Id<countersign_core::id::User>,
    address: &str,
    proved: Option<Timestamp>,
) {
    let env = world.server.app.env();
    let row = EmailRow {
        id: Id::new(&env.ctx()),
        user: who,
        address: address.into(),
        key: address.into(),
        verified_at: proved,
        primary: false,
    };
    write(&world.server, vec![Write::InsertEmail(Box::new(row))]).await;
}

#[tokio::test]
async fn an_address_is_added_put_in_front_and_the_old_one_taken_away_and_both_hear_of_it() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let page = add(&world, &mut browser, "anna@new.test").await;
    assert!(page.status == StatusCode::OK && page.body.contains("anna@new.test"), "{}", page.body);
    mailed(&world.server, "anna@example.com", "An address was added").await;
    let refused = act(&mut browser, &page, "anna@new.test", "primary").await;
    assert_eq!(refused.status, StatusCode::OK, "{}", refused.body);
    for to in ["anna@example.com", "anna@new.test"] {
        mailed(&world.server, to, "another main address").await;
    }
    let rp = world.rp("planner");
    let request = rp.request().with("scope", "openid email");
    let tokens = world.sign_in(&mut browser, &rp, &request, &world.anna).await;
    assert_eq!(rp.userinfo(&tokens.access).await.json()["email"], "anna@new.test");
    let page = emails(&mut browser).await;
    let gone = act(&mut browser, &page, "anna@example.com", "remove").await;
    assert_eq!(gone.status, StatusCode::OK);
    assert!(gone.body.matches("anna@example.com").count() == 0, "{}", gone.body);
    for to in ["anna@example.com", "anna@new.test"] {
        mailed(&world.server, to, "An address was removed").await;
    }
    // It signs nobody in any more.
    let mut other = world.server.browser();
    let page = other.open("/account").await;
    let page = other.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    let page = other.press(&page, "continue", &[("password", &world.anna.password)]).await;
    assert!(!page.has("sign-out"));
}

#[tokio::test]
async fn the_last_proved_address_and_the_one_in_front_stay() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    row_of(&world, world.anna.id, "anna@open.test", None).await;
    let page = emails(&mut browser).await;
    let post = async |browser: &mut Browser, id: String, word: &str| {
        let csrf = super::hidden_of(&page, "add", "csrf");
        let fields = [("csrf", csrf), ("id", id), ("do", word.to_owned())];
        let fields: Vec<_> = fields.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
        browser.post_from_us("/account/emails", &fields).await
    };
    let own = of_user(&world, world.anna.id).await;
    let front = own.iter().find(|it| it.primary).unwrap().id.to_string();
    let open = own.iter().find(|it| !it.primary).unwrap().id.to_string();
    assert_eq!(post(&mut browser, front.clone(), "remove").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(post(&mut browser, open, "primary").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Somebody else's address is not found, by whatever id.
    let mut ben = world.browser_of(&world.ben).await;
    let page = emails(&mut ben).await;
    let csrf = super::hidden_of(&page, "add", "csrf");
    for word in ["remove", "primary"] {
        let fields = [("csrf", csrf.clone()), ("id", front.clone()), ("do", word.to_owned())];
        let fields: Vec<_> = fields.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
        assert_eq!(ben.post_from_us("/account/emails", &fields).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(of_user(&world, world.anna.id).await, own);
}

#[tokio::test]
async fn nobody_is_told_whether_another_account_has_an_address() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let page = emails(&mut browser).await;
    let ask = async |browser: &mut Browser, address: &str| {
        let answer = browser.press(&page, "add", &[("email", address)]).await;
        let csrf = super::hidden_of(&answer, "continue", "csrf");
        (answer.status, answer.body.replace(address, "[address]").replace(&csrf, "[csrf]"))
    };
    let strip = |(status, body): (StatusCode, String)| {
        // The nonce is another one each time.
        let nonce = body.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        (status, body.replace(&nonce, "[nonce]"))
    };
    let free = strip(ask(&mut browser, "nobody@free.test").await);
    let taken = strip(ask(&mut browser, &world.ben.email).await);
    assert_eq!(free, taken);
    let (_, codes) = mailed(&world.server, &world.ben.email, "already belongs").await;
    assert!(codes.is_empty(), "whoever has it gets no code");
    let page = emails(&mut browser).await;
    for code in ["000000", "123456"] {
        let wrong = browser.press(&page, "continue", &[("code", code)]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(of_user(&world, world.anna.id).await.len(), 1);
}

#[tokio::test]
async fn digits_are_tried_five_times_in_the_session_of_who_asked_and_die_in_minutes() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let page = emails(&mut browser).await;
    let page = browser.press(&page, "add", &[("email", "anna@new.test")]).await;
    let (_, codes) = mailed(&world.server, "anna@new.test", "is your code").await;
    let wrong = if codes[0] == "111111" { "222222" } else { "111111" };
    for _ in 0..5 {
        browser.press(&page, "continue", &[("code", wrong)]).await;
    }
    let late = browser.press(&page, "continue", &[("code", &codes[0])]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "a sixth try");
    assert_eq!(of_user(&world, world.anna.id).await.len(), 1);
    // The victim of a "trojan" address has a code and no session that it fits.
    let page = browser.press(&page, "add", &[("email", "cara@victim.test")]).await;
    assert!(page.has("code"));
    let (_, codes) = mailed(&world.server, "cara@victim.test", "is your code").await;
    let mut ben = world.browser_of(&world.ben).await;
    let own = emails(&mut ben).await;
    let csrf = super::hidden_of(&own, "add", "csrf");
    let fields = [("csrf", csrf), ("code", codes[0].clone()), ("do", "continue".to_owned())];
    let fields: Vec<_> = fields.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
    assert_eq!(ben.post_from_us("/account/emails", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    world.server.advance(Duration::from_secs(600));
    let late = browser.press(&page, "continue", &[("code", &codes[0])]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "too old");
}

#[tokio::test]
async fn an_old_sign_in_is_confirmed_before_an_address_changes() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let page = emails(&mut browser).await;
    world.server.advance(Duration::from_secs(600));
    let asked = browser.press(&page, "add", &[("email", "anna@new.test")]).await;
    assert!(asked.has("identifier") && !asked.has("code"), "{}", asked.body);
    // Nobody is new here who is signed in; and back on the page they hear that they have to type it once more.
    assert!(!asked.has("sign-up"), "{}", asked.body);
    let back = world.walk(&mut browser, asked, &world.anna).await;
    assert!(back.has("add") && back.body.contains(ONCE_MORE), "{}", back.body);
    world.server.advance(Duration::from_secs(600));
    let stale = emails(&mut browser).await;
    assert!(!stale.has("add") && stale.has("again"));
    let page = browser.press(&stale, "again", &[]).await;
    let page = world.walk(&mut browser, page, &world.anna).await;
    assert!(page.has("add"), "back, and fresh: {}", page.body);
    assert!(!page.body.contains(ONCE_MORE), "nothing was lost: {}", page.body);
}

/// The same on every page with such forms, and where the session has ended in the meantime.
#[tokio::test]
async fn who_is_asked_to_sign_in_before_a_form_counts_hears_that_it_was_not_taken() {
    let world = World::new().await;
    for (path, button, typed, wait) in [
        ("/account/phones", "add", ("phone", "+4915123456789"), 600),
        ("/account/data", "leave", ("sure", "anna@example.com"), 600),
        ("/account/emails", "add", ("email", "anna@new.test"), 8 * 86_400),
        ("/account", "continue", ("nickname", "Anni"), 8 * 86_400),
        ("/account/security", "continue", ("new-password", "a quiet lake at dusk"), 8 * 86_400),
    ] {
        let mut browser = world.browser_of(&world.anna).await;
        let page = browser.open(path).await;
        world.server.advance(Duration::from_secs(wait));
        let asked = browser.press(&page, button, &[typed]).await;
        assert!(asked.has("identifier"), "{path}: {}", asked.body);
        assert_eq!(asked.has("sign-up"), wait > 600, "{path}: {}", asked.body);
        let back = world.walk(&mut browser, asked, &world.anna).await;
        assert_eq!(back.url.path(), path);
        assert!(back.body.contains(ONCE_MORE), "{path}: {}", back.body);
    }
}

/// Two accounts prove one address in the same moment: one has it.
#[tokio::test]
async fn of_two_who_prove_an_address_at_once_one_has_it() {
    let world = World::new().await;
    let (mut anna, mut ben) = (world.browser_of(&world.anna).await, world.browser_of(&world.ben).await);
    let (mut code_for, mut last) = (Vec::new(), 0);
    for browser in [&mut anna, &mut ben] {
        let page = emails(browser).await;
        let page = browser.press(&page, "add", &[("email", "both@new.test")]).await;
        let mut mail = world.server.mail_to("both@new.test").await;
        while mail.id == last {
            tokio::time::sleep(Duration::from_millis(20)).await;
            mail = world.server.mail_to("both@new.test").await;
        }
        last = mail.id;
        code_for.push((page, mail.codes[0].clone()));
    }
    let ((page_a, code_a), (page_b, code_b)) = (code_for[0].clone(), code_for[1].clone());
    let (typed_a, typed_b) = ([("code", code_a.as_str())], [("code", code_b.as_str())]);
    tokio::join!(anna.press(&page_a, "continue", &typed_a), ben.press(&page_b, "continue", &typed_b),);
    let has = |rows: Vec<EmailRow>| rows.iter().filter(|it| it.key == "both@new.test").count();
    let both = has(of_user(&world, world.anna.id).await) + has(of_user(&world, world.ben.id).await);
    assert_eq!(both, 1);
}

/// Two changes at once never leave an account with two addresses in front, or without a proved one.
#[tokio::test]
async fn changes_of_one_persons_addresses_come_one_after_the_other() {
    let world = World::new().await;
    let now = world.server.now();
    for address in ["one@x.test", "two@x.test"] {
        row_of(&world, world.ben.id, address, Some(now)).await;
    }
    let mut browser = world.browser_of(&world.ben).await;
    let page = emails(&mut browser).await;
    let (mut here, mut there) = (browser.clone(), browser.clone());
    for _ in 0..4 {
        tokio::join!(
            act(&mut here, &page, "one@x.test", "primary"),
            act(&mut there, &page, "two@x.test", "primary"),
        );
        let own = of_user(&world, world.ben.id).await;
        assert_eq!(own.iter().filter(|it| it.primary).count(), 1, "{own:?}");
    }
}

async fn of_user(world: &World, user: Id<countersign_core::id::User>) -> Vec<EmailRow> {
    let unit = countersign_store::unit(move |tx| {
        Box::pin(async move { countersign_store::account::emails::of_user(tx, user).await })
    });
    world.server.app.db.read(unit).await.unwrap()
}
