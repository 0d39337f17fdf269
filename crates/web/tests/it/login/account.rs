use axum::http::StatusCode;
use countersign_core::time::hours;
use countersign_store::{Sql, params, unit};
use countersign_testkit::{Answer, Browser, World};
use std::time::Duration;

async fn account(browser: &mut Browser, path: &str) -> Answer {
    let page = browser.open(path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.has("sign-out"), "{}", page.body);
    page
}

fn field(page: &Answer, form: usize, name: &str) -> String {
    let form = countersign_testkit::html::forms(&page.body).into_iter().nth(form).unwrap();
    form.fields.into_iter().find(|(n, _)| n == name).unwrap().1
}

#[tokio::test]
async fn the_account_page_asks_who_and_leads_back() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let page = browser.open("/account/sessions").await;
    let page = browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    let page = browser.press(&page, "continue", &[("password", &world.anna.password)]).await;
    assert_eq!(page.url.path(), "/account/sessions");
    assert!(page.has("sign-out"));
}

#[tokio::test]
async fn the_profile_is_changed_and_shown() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let page = account(&mut browser, "/account").await;
    let page = browser.press(&page, "continue", &[("name", "Anna K. Berg")]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Anna K. Berg"));
    let bad = browser.press(&page, "continue", &[("name", &"x".repeat(201))]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (field, typed, says) in
        [("birthdate", "3000-01-01", "still to come"), ("name", "\u{202e}", "leave out unusual signs")]
    {
        let bad = browser.press(&page, "continue", &[(field, typed)]).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(
            bad.body.contains(says) && bad.body.contains(&format!("id=\"{field}-error\"")),
            "{}",
            bad.body
        );
    }
}

/// Said to who knows it; whoever guesses hears what every wrong guess hears, and it counts.
#[tokio::test]
async fn the_present_password_as_the_new_one_changes_nothing() {
    let world = World::new().await;
    let (mut here, mut there) = (world.browser_of(&world.anna).await, world.browser_of(&world.anna).await);
    let page = account(&mut here, "/account/security").await;
    let both =
        |password: &str| [("current-password", password.to_owned()), ("new-password", password.to_owned())];
    for (typed, says) in
        [(world.anna.password.as_str(), "you have already"), ("seven green bicycles", "present password")]
    {
        let both = both(typed);
        let fill: Vec<_> = both.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let same = here.press(&page, "continue", &fill).await;
        assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(same.body.contains(says), "{typed}: {}", same.body);
    }
    assert!(there.open("/account").await.has("sign-out"), "nobody is signed out");
}

#[tokio::test]
async fn a_new_password_signs_other_browsers_out_and_this_one_goes_on() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut here = world.browser_of(&world.anna).await;
    let mut there = world.browser_of(&world.anna).await;
    let page = account(&mut here, "/account/security").await;
    let wrong = [("current-password", "not it at all"), ("new-password", "seven green bicycles")];
    assert_eq!(here.press(&page, "continue", &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right =
        [("current-password", world.anna.password.as_str()), ("new-password", "seven green bicycles")];
    let done = here.press(&page, "continue", &right).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let silent = || rp.request().with("prompt", "none");
    assert!(world.ask(&mut here, &rp, &silent(), &world.anna).await.has("code"));
    assert_eq!(world.ask(&mut there, &rp, &silent(), &world.anna).await.error(), "login_required");
}

#[tokio::test]
async fn a_session_is_ended_by_its_owner_only() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut here = world.browser_of(&world.anna).await;
    let mut there = world.browser_of(&world.anna).await;
    let tokens = world.sign_in(&mut there, &rp, &rp.request(), &world.anna).await;
    let mut ben = world.browser_of(&world.ben).await;
    let of_ben = account(&mut ben, "/account/sessions").await;
    let mine = account(&mut here, "/account/sessions").await;
    let forms = countersign_testkit::html::forms(&mine.body);
    let ids: Vec<String> = forms
        .iter()
        .filter_map(|f| f.fields.iter().find(|(n, _)| n == "id").map(|(_, v)| v.clone()))
        .collect();
    assert_eq!(ids.len(), 2, "this browser's first");
    let post = |csrf: String, id: &str| {
        vec![("csrf".to_owned(), csrf), ("id".to_owned(), id.to_owned()), ("do".to_owned(), "end".to_owned())]
    };
    let token_of_ben = field(&of_ben, 1, "csrf");
    let foreign = ben.post_from_us("/account/sessions", &post(token_of_ben.clone(), &ids[1])).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(rp.userinfo(&tokens.access).await.status, StatusCode::OK, "unchanged");
    let stolen = here.post_from_us("/account/sessions", &post(token_of_ben, &ids[1])).await;
    assert_eq!(stolen.status, StatusCode::FORBIDDEN, "another session's form token");
    let own = here.post_from_us("/account/sessions", &post(field(&mine, 1, "csrf"), &ids[1])).await;
    assert_eq!(own.status, StatusCode::SEE_OTHER);
    assert_eq!(rp.userinfo(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
    let silent = rp.request().with("prompt", "none");
    assert_eq!(world.ask(&mut there, &rp, &silent, &world.anna).await.error(), "login_required");
}

#[tokio::test]
async fn an_apps_access_is_taken_away_with_its_grants() {
    let world = World::new().await;
    let rp = world.rp("stranger");
    let mut browser = world.browser_of(&world.anna).await;
    let tokens = world.sign_in(&mut browser, &rp, &rp.request(), &world.anna).await;
    let page = account(&mut browser, "/account/apps").await;
    assert!(page.body.contains("Tidewater Calendar"));
    let fields = ["csrf", "id"].map(|n| (n.to_owned(), field(&page, 1, n)));
    let fields = [fields.to_vec(), vec![("do".to_owned(), "remove".to_owned())]].concat();
    let gone = browser.post_from_us("/account/apps", &fields).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    assert_eq!(rp.userinfo(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
    let page = browser.open(&rp.request().path()).await;
    assert!(page.has("allow"), "asked again");
}

#[tokio::test]
async fn a_session_dies_of_idleness_and_age() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let silent = || rp.request().with("prompt", "none");
    let mut browser = world.browser_of(&world.anna).await;
    for _ in 0..4 {
        world.server.advance(Duration::from_secs(6 * 86_400));
        assert!(
            world.ask(&mut browser, &rp, &silent(), &world.anna).await.has("code"),
            "used within the week"
        );
        its_use_is_written(&world).await;
    }
    world.server.advance(Duration::from_secs(6 * 86_400));
    assert_eq!(
        world.ask(&mut browser, &rp, &silent(), &world.anna).await.error(),
        "login_required",
        "30 days"
    );
    let mut idle = world.browser_of(&world.anna).await;
    world.server.advance(Duration::from_secs(7 * 86_400));
    assert_eq!(world.ask(&mut idle, &rp, &silent(), &world.anna).await.error(), "login_required");
}

/// The last use of a session is written beside the request, not in it.
async fn its_use_is_written(world: &World) {
    const SEEN: Sql = Sql::new("SELECT id FROM sessions WHERE seen_at > $1");
    for _ in 0..1_500 {
        let lately = world.server.now() - hours(1);
        let seen = unit(move |tx| Box::pin(async move { tx.one(&SEEN, params![lately]).await }));
        if world.server.app.db.read(seen).await.unwrap().is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the use of the session is not written down");
}

#[tokio::test]
async fn signing_out_on_the_account_page_takes_one_press_and_a_form_token() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let silent = || rp.request().with("prompt", "none");
    let mut browser = world.browser_of(&world.anna).await;
    let page = account(&mut browser, "/account").await;
    let forged = vec![("do".to_owned(), "sign-out".to_owned()), ("csrf".to_owned(), "AAAA".to_owned())];
    browser.post_from_us("/logout", &forged).await;
    assert!(world.ask(&mut browser, &rp, &silent(), &world.anna).await.has("code"), "still signed in");
    let old = browser.clone();
    let done = browser.press(&page, "sign-out", &[]).await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(!browser.cookies.contains_key("__Host-countersign-session"));
    let mut old = old;
    assert_eq!(world.ask(&mut old, &rp, &silent(), &world.anna).await.error(), "login_required");
}

#[tokio::test]
async fn every_standard_claim_is_edited_and_nothing_typed_is_lost() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.ben).await;
    let page = account(&mut browser, "/account").await;
    let typed = [
        ("name", "Ben Ørsted"),
        ("given_name", "Ben"),
        ("family_name", "Ørsted"),
        ("middle_name", "H."),
        ("nickname", "Benny"),
        ("preferred_username", "ben"),
        ("profile", "https://ben.example/about"),
        ("picture", "https://ben.example/me.png"),
        ("website", "http://ben.example/"),
        ("gender", "male"),
        ("birthdate", "30.4.1990"),
        ("zoneinfo", "Europe/Oslo"),
        ("locale", "nb"),
        ("street_address", "Storgata 1"),
        ("locality", "Oslo"),
        ("region", "Oslo fylke"),
        ("postal_code", "0155"),
        ("country", "Norge"),
    ];
    let wrong = browser.press(&page, "continue", &typed).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (name, text) in typed.iter().filter(|(name, _)| *name != "locale") {
        assert!(wrong.body.contains(&format!("value=\"{text}\"")), "{name}");
    }
    assert!(wrong.has("website-error") && wrong.has("birthdate-error") && !wrong.has("name-error"));
    let mended = [("website", "https://ben.example/"), ("birthdate", "1990-04-30"), ("locale", "nb")];
    let done = browser.press(&wrong, "continue", &mended).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let rp = world.rp("planner");
    let request = rp.request().with("scope", "openid profile address");
    let tokens = world.sign_in(&mut browser, &rp, &request, &world.ben).await;
    let told = rp.userinfo(&tokens.access).await.json();
    for (name, text) in typed.iter().chain(&mended) {
        let value =
            told.get(*name).or_else(|| told["address"].get(*name)).unwrap_or_else(|| panic!("{name}"));
        let last = mended.iter().find(|(n, _)| n == name).map_or(*text, |(_, text)| *text);
        assert_eq!(value, last, "{name}");
    }
    assert_eq!(told["address"]["formatted"], "Storgata 1\n0155 Oslo\nOslo fylke\nNorge");
}
