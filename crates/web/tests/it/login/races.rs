//! The same races on two nodes over one PostgreSQL: what works once works once, what is counted is counted.

use super::{first_page, mailed, mailed_link};
use axum::http::StatusCode;
use countersign_core::Policy;
use countersign_testkit::{Answer, Browser, ISSUER, TestServer, World, postgres_url};

/// A world, and a second node on its database.
async fn two_nodes() -> Option<(World, TestServer)> {
    let url = postgres_url().await?;
    let world = World::on(&url).await;
    Some((world, TestServer::with(&url, Policy::new(ISSUER)).await))
}

/// The same browser, on the other node.
fn moved(browser: &Browser, to: &TestServer) -> Browser {
    let mut there = to.browser();
    there.cookies = browser.cookies.clone();
    there
}

/// Presses the button twenty times at once, on both nodes in turn.
async fn press_all(
    browser: &Browser,
    other: &TestServer,
    page: &Answer,
    fill: &[(&str, String)],
) -> Vec<Answer> {
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let mut browser = if n % 2 == 0 { browser.clone() } else { moved(browser, other) };
            let (page, fill) =
                (page.clone(), fill.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect::<Vec<_>>());
            tokio::spawn(async move {
                let fill: Vec<_> = fill.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                browser.press(&page, "continue", &fill).await
            })
        })
        .collect();
    let mut answers = vec![];
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

fn codes(answers: &[Answer]) -> usize {
    let code = |a: &&Answer| a.location().is_some_and(|l| l.query().unwrap_or_default().contains("code="));
    answers.iter().filter(code).count()
}

#[tokio::test]
async fn a_link_signs_in_once_on_two_nodes() {
    let Some((world, other)) = two_nodes().await else { return };
    let mut browser = world.server.browser();
    let (_, _, page) = first_page(&world, &mut browser).await;
    browser.press(&page, "send-link", &[("identifier", "anna@example.com")]).await;
    let link = link_on_either(&world, &other, "anna@example.com").await;
    let page = browser.open(&link).await;
    let answers = press_all(&browser, &other, &page, &[]).await;
    assert_eq!(codes(&answers), 1);
    for answer in answers.iter().filter(|a| a.location().is_none()) {
        assert_eq!(answer.status, StatusCode::GONE, "{}", answer.body);
    }
}

#[tokio::test]
async fn parallel_guesses_on_two_nodes_share_one_count() {
    let Some((world, other)) = two_nodes().await else { return };
    let mut browser = world.server.browser();
    let (_, _, page) = first_page(&world, &mut browser).await;
    let page = browser.press(&page, "continue", &[("identifier", "anna@example.com")]).await;
    let answers = press_all(&browser, &other, &page, &[("password", "wrong wrong wrong".to_owned())]).await;
    let wrong = answers.iter().filter(|a| a.status == StatusCode::UNPROCESSABLE_ENTITY).count();
    assert_eq!(wrong, 10);
}

#[tokio::test]
async fn two_sign_ups_with_one_address_make_one_account() {
    let Some((world, other)) = two_nodes().await else { return };
    let mut pages = vec![];
    for node in [&world.server, &other] {
        let mut browser = node.browser();
        let page = browser.open("/signup").await;
        let fill = [("identifier", "cleo@example.com"), ("new-password", "seven green bicycles")];
        let before = newest(&world, &other);
        let page = browser.press(&page, "continue", &fill).await;
        let digits = digits_after(&world, &other, before).await;
        pages.push((browser, page, digits));
    }
    let mut tasks = vec![];
    for (mut browser, page, digits) in pages {
        tasks.push(tokio::spawn(async move { browser.press(&page, "continue", &[("code", &digits)]).await }));
    }
    let mut made = 0;
    for task in tasks {
        let answer = task.await.unwrap();
        assert!(
            matches!(answer.status, StatusCode::OK | StatusCode::CONFLICT),
            "{} {}",
            answer.status,
            answer.body
        );
        made += usize::from(answer.status == StatusCode::OK);
    }
    assert_eq!(made, 1);
}

/// How many mails either node sent to the one who signs up.
fn newest(world: &World, other: &TestServer) -> usize {
    [&world.server, other]
        .iter()
        .filter_map(|n| n.inbox.newest_to("cleo@example.com"))
        .map(|m| m.id as usize)
        .sum()
}

async fn digits_after(world: &World, other: &TestServer, before: usize) -> String {
    let mut known: Vec<String> = vec![];
    for _ in 0..500 {
        if newest(world, other) > before {
            for node in [&world.server, other] {
                known.extend(node.inbox.newest_to("cleo@example.com").into_iter().flat_map(|m| m.codes));
            }
            return known.into_iter().next_back().unwrap();
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no mail")
}

/// Either node's worker may send the mail.
async fn link_on_either(world: &World, other: &TestServer, to: &str) -> String {
    for _ in 0..500 {
        if world.server.inbox.newest_to(to).is_some() {
            return mailed_link(&world.server, to).await;
        }
        if other.inbox.newest_to(to).is_some() {
            return mailed_link(other, to).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no mail to {to}")
}

/// An account whose address was never proved is asked to prove it, and the digits let it through.
#[tokio::test]
async fn an_unproved_address_is_confirmed_before_an_app_is_reached() {
    let mut open = Policy::new(ISSUER);
    open.confirm_email = false;
    let url = "sqlite::memory:";
    let world = World::with(url, open).await;
    let mut browser = world.server.browser();
    let (rp, _, page) = first_page(&world, &mut browser).await;
    let page = browser.press(&page, "sign-up", &[]).await;
    let fill = [("identifier", "cleo@example.com"), ("new-password", "seven green bicycles")];
    let end = browser.press(&page, "continue", &fill).await;
    assert!(rp.callback(&end).has("code"), "confirmation is off");
    world.server.app.policy.store(std::sync::Arc::new(Policy::new(ISSUER)));
    let silent = rp.request().with("prompt", "none");
    assert_eq!(world.ask(&mut browser, &rp, &silent, &world.anna).await.error(), "interaction_required");
    let page = browser.open(&rp.request().path()).await;
    assert!(page.has("code"), "{}", page.body);
    let (_, digits) = mailed(&world.server, "cleo@example.com", "confirm").await;
    let end = browser.press(&page, "continue", &[("code", &digits[0])]).await;
    assert!(rp.callback(&end).has("code"));
}
