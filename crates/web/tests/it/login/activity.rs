//! Activity in plain words, and the download of everything.

use axum::http::StatusCode;
use countersign_testkit::{Browser, World};
use std::time::Duration;

#[tokio::test]
async fn activity_says_in_plain_words_what_happened_to_whom_it_happened() {
    let world = World::new().await;
    let rp = world.rp("stranger");
    let mut browser = world.server.browser();
    browser.headers.insert(
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".parse().unwrap(),
    );
    let request = rp.request().with("scope", "openid email");
    world.sign_in(&mut browser, &rp, &request, &world.anna).await;
    world.server.advance(Duration::from_secs(300));
    let page = browser.open("/account/activity").await;
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        "Signed in to Tidewater Calendar with Firefox on Linux, from network 203.0.113.0/24",
        "Allowed Tidewater Calendar to",
        "See your e-mail address",
        "Tidewater Calendar was given access",
        "5 minutes ago",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    browser.headers.insert("accept-language", "nb".parse().unwrap());
    let page = browser.open("/account/activity").await;
    assert!(page.body.contains("Logget inn i Tidewater Calendar med Firefox"), "{}", page.body);
    let mut ben = world.browser_of(&world.ben).await;
    assert!(!ben.open("/account/activity").await.body.contains("Tidewater"), "nobody else's");
}

#[tokio::test]
async fn activity_is_read_page_by_page() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.ben).await;
    let page = browser.open("/account").await;
    for n in 0..30 {
        browser.press(&page, "continue", &[("name", &format!("Ben {n}"))]).await;
    }
    let count = |body: &str| body.matches("Profile changed").count();
    let first = browser.open("/account/activity").await;
    assert_eq!(count(&first.body), 25);
    let older =
        first.body.split("id=\"older\" href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let second = browser.open(&older).await;
    assert_eq!(count(&second.body), 5);
    assert!(!second.has("older") && second.has("newest"));
}

async fn download(browser: &mut Browser) -> countersign_testkit::Answer {
    let page = browser.open("/account/data").await;
    browser.press_only(&page, "download", &[]).await
}

#[tokio::test]
async fn everything_is_downloaded_after_a_fresh_sign_in_and_no_secret_is_in_it() {
    let world = World::new().await;
    let rp = world.rp("stranger");
    let mut browser = world.browser_of(&world.anna).await;
    let request = rp.request().with("scope", "openid email offline_access").with("prompt", "consent");
    let tokens = world.sign_in(&mut browser, &rp, &request, &world.anna).await;
    let page = browser.open("/account/emails").await;
    browser.press(&page, "add", &[("email", &world.ben.email)]).await;
    let answer = download(&mut browser).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"account.json\"");
    assert_eq!(
        (answer.header("cache-control"), answer.header("content-type")),
        ("no-store", "application/json")
    );
    let all = answer.json();
    assert_eq!(all["format"], "countersign.account/1");
    assert_eq!(all["account"]["sub"], world.anna.subject.as_str());
    assert_eq!(all["emails"][0]["address"], "anna@example.com");
    assert!(all["profile"]["name"].is_string() && all["account"]["password_changed_at"].is_string());
    for member in
        ["identities", "phones", "organizations", "sessions", "consents", "grants", "activity", "deliveries"]
    {
        assert!(all[member].is_array(), "{member}");
    }
    assert_eq!(all["consents"][0]["client_id"], "stranger");
    assert_eq!(all["sessions"][0]["browser"], "Firefox on Linux");
    let kinds: Vec<_> = all["activity"].as_array().unwrap().iter().map(|it| it["kind"].clone()).collect();
    assert!(kinds.contains(&"consent.given".into()) && kinds.contains(&"data.exported".into()));
    for secret in [
        "argon2",
        "sealed",
        "digest",
        "cookie",
        "\"phc\"",
        tokens.refresh.as_deref().unwrap(),
        tokens.access.as_str(),
    ] {
        assert!(!answer.body.contains(secret), "{secret}");
    }
    // Whether somebody else has the address that was typed does not show here either.
    assert!(!answer.body.contains("elsewhere") && !answer.body.contains("taken"));
    world.server.advance(Duration::from_secs(600));
    let stale = browser.open("/account/data").await;
    assert!(!stale.has("download"));
    let csrf = super::hidden_of(&stale, "again", "csrf");
    let late = browser.post_from_us("/account/export", &[("csrf".to_owned(), csrf)]).await;
    let late = browser.follow(late).await;
    assert!(late.has("identifier") && !late.body.contains("countersign.account"), "{}", late.body);
    let forged = browser.post_from_us("/account/export", &[("csrf".to_owned(), "AAAA".to_owned())]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert_eq!(
        browser.get("/account/export").await.status,
        StatusCode::SEE_OTHER,
        "a link gives nothing away"
    );
}
