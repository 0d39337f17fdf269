//! Deleting one's own account, and keeping it after all.

use super::mailed;
use axum::http::StatusCode;
use countersign_core::Policy;
use countersign_testkit::{Answer, Browser, ISSUER, World};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

async fn leave(world: &World, browser: &mut Browser) -> Answer {
    let page = browser.open("/account/data").await;
    browser.press(&page, "leave", &[("sure", &world.anna.email)]).await
}

async fn sign_in(world: &World, browser: &mut Browser) -> Answer {
    let page = browser.open("/account").await;
    let page = browser.press(&page, "continue", &[("identifier", &world.anna.email)]).await;
    browser.press(&page, "continue", &[("password", &world.anna.password)]).await
}

#[tokio::test]
async fn whoever_leaves_is_out_at_once_and_may_come_back_within_the_time() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut here = world.browser_of(&world.anna).await;
    let mut there = world.browser_of(&world.anna).await;
    let request = rp.request().with("scope", "openid offline_access").with("prompt", "consent");
    let tokens = world.sign_in(&mut there, &rp, &request, &world.anna).await;
    let page = here.open("/account/data").await;
    let unsure = here.press(&page, "leave", &[("sure", "yes")]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(rp.userinfo(&tokens.access).await.status, StatusCode::OK, "nothing has happened");
    let out = leave(&world, &mut here).await;
    assert!(!out.has("nav-data"), "{}", out.body);
    // When it is final, and how it is stopped.
    assert!(out.body.contains("5 December 2026") && out.body.contains(&world.anna.email), "{}", out.body);
    assert!(out.body.contains("choose to keep the account") && out.has("way-on"), "{}", out.body);
    assert_eq!(rp.userinfo(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
    let refreshed = rp.refresh(tokens.refresh.as_deref().unwrap(), world.now()).await;
    assert_eq!(refreshed.json()["error"], "invalid_grant");
    for browser in [&mut here, &mut there] {
        assert!(browser.open("/account").await.has("identifier"));
    }
    let (links, _) = mailed(&world.server, &world.anna.email, "5 December 2026").await;
    assert_eq!(links, ["/account"]);

    // Whoever signs in is asked one question, whatever they wanted, and nothing else opens.
    world.server.advance(DAY * 13);
    let mut back = world.server.browser();
    let question = sign_in(&world, &mut back).await;
    assert!(question.has("continue") && question.body.contains("Keep my account"), "{}", question.body);
    for path in ["/account", "/account/emails", "/account/data", &rp.request().path()] {
        let page = back.open(path).await;
        assert!(page.body.contains("Keep my account"), "{path}: {}", page.body);
    }
    let silent = rp.request().with("prompt", "none");
    let page = back.open(&silent.path()).await;
    assert_eq!(rp.callback(&page).error(), "login_required");
    let kept = back.press(&question, "continue", &[]).await;
    assert!(kept.has("sign-out") && kept.url.path() == "/account", "{}", kept.body);
    mailed(&world.server, &world.anna.email, "stays").await;
    world.server.advance(DAY * 2);
    assert_eq!(countersign_web::open::departed(&world.server.app).await.unwrap(), 0);
    let page = back.open("/account/activity").await;
    assert!(page.body.contains("You kept your account") && page.body.contains("asked for your account"));
    assert_eq!(rp.userinfo(&tokens.access).await.status, StatusCode::UNAUTHORIZED, "what ended stays ended");
}

#[tokio::test]
async fn after_the_time_everything_is_erased_and_the_address_is_free() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    leave(&world, &mut browser).await;
    world.server.advance(DAY * 14 - Duration::from_secs(1));
    assert_eq!(countersign_web::open::departed(&world.server.app).await.unwrap(), 0, "not yet");
    let mut late = world.server.browser();
    let question = sign_in(&world, &mut late).await;
    world.server.advance(Duration::from_secs(1));
    assert_eq!(countersign_web::open::departed(&world.server.app).await.unwrap(), 1);
    assert_eq!(countersign_web::open::departed(&world.server.app).await.unwrap(), 0, "once");
    let none = late.press(&question, "continue", &[]).await;
    assert!(none.has("identifier"), "too late: {}", none.body);
    let user = world.anna.id;
    let left = countersign_store::unit(move |tx| {
        Box::pin(async move {
            let mut left = Vec::new();
            for (sql, what) in LEFT {
                let n = tx.one(sql, countersign_store::params![user]).await?.unwrap().i64(0)?;
                if n > 0 {
                    left.push(*what);
                }
            }
            Ok(left)
        })
    });
    assert_eq!(world.server.app.db.read(left).await.unwrap(), Vec::<&str>::new());
    let audit = countersign_store::audit::verify(&world.server.app.db).await.unwrap();
    assert_eq!(audit.broken, None);
    // Somebody may sign up with the address, and is nobody's successor.
    let mut new = world.server.browser();
    let page = new.open("/signup").await;
    let typed = [("identifier", world.anna.email.as_str()), ("new-password", "seven green bicycles")];
    let page = new.press(&page, "continue", &typed).await;
    assert!(page.has("code"), "{}", page.body);
    let (_, codes) = mailed(&world.server, &world.anna.email, "is your code").await;
    let page = new.press(&page, "continue", &[("code", &codes[0])]).await;
    let page = if page.has("sign-out") { page } else { new.open("/account").await };
    assert!(page.has("sign-out"), "{}", page.body);
    assert!(!new.open("/account/activity").await.body.contains("asked for your account"));
}

#[tokio::test]
async fn an_operator_may_grant_no_time() {
    let mut policy = Policy::new(ISSUER);
    policy.lifetimes.deletion_grace = Duration::ZERO;
    let world = World::with("sqlite::memory:", policy).await;
    let mut browser = world.browser_of(&world.anna).await;
    leave(&world, &mut browser).await;
    let mut back = world.server.browser();
    let page = sign_in(&world, &mut back).await;
    assert!(!page.has("sign-out") && !page.body.contains("Keep my account"));
}

macro_rules! left { ($($what:literal: $sql:literal;)*) => {
    const LEFT: &[(&countersign_store::Sql, &str)] = &[$((&countersign_store::Sql::new($sql), $what)),*];
} }
left! {
    "emails": "SELECT COUNT(*) FROM emails WHERE user_id = $1";
    "passwords": "SELECT COUNT(*) FROM passwords WHERE user_id = $1";
    "identities": "SELECT COUNT(*) FROM identities WHERE user_id = $1";
    "consents": "SELECT COUNT(*) FROM consents WHERE user_id = $1";
    "declared claims": "SELECT COUNT(*) FROM declarations WHERE user_id = $1 AND claims <> '{}'";
    "memberships": "SELECT COUNT(*) FROM memberships WHERE user_id = $1";
    "secrets": "SELECT COUNT(*) FROM secrets WHERE user_id = $1";
    "traces": "SELECT COUNT(*) FROM traces WHERE user_id = $1";
    "personal events": "SELECT COUNT(*) FROM outbox WHERE user_id = $1 AND personal IS NOT NULL";
    "named sessions": "SELECT COUNT(*) FROM sessions WHERE user_id = $1 AND (agent <> '' OR network <> '')";
    "claims": "SELECT COUNT(*) FROM users WHERE id = $1 AND (claims <> '{}' OR erase_at IS NOT NULL)";
    "mails": "SELECT COUNT(*) FROM deliveries d JOIN outbox o ON o.id = d.event_id WHERE o.user_id = $1";
}
