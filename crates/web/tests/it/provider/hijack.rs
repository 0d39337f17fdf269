//! five ways to prepare an account for somebody who comes later (Sudhodanan and Paverd, 2022). After the owner
//! of the address has come, whoever was there first holds nothing.

use super::*;
use crate::login::mailed;

/// An installation that lets people in before their address is confirmed: all five need that.
async fn lax() -> House {
    House::with(Policy { confirm_email: false, ..Policy::new(ISSUER) }, |_| {}).await
}

/// The attacker signs up with the address of somebody, and is in.
async fn squat(house: &House, address: &str) -> Browser {
    let mut browser = house.world.server.browser();
    let page = browser.open(&house.world.rp("planner").request().path()).await;
    let page = browser.press(&page, "sign-up", &[]).await;
    let fill = [("identifier", address), ("new-password", "attacker knows this one")];
    let end = browser.press(&page, "continue", &fill).await;
    assert!(house.world.rp("planner").callback(&end).has("code"), "{}", end.body);
    browser
}

/// The owner of the mailbox signs in with a link.
async fn owner_comes_by_mail(house: &House, address: &str) -> Browser {
    let mut browser = house.world.server.browser();
    let page = browser.open(&house.world.rp("planner").request().path()).await;
    browser.press(&page, "send-link", &[("identifier", address)]).await;
    // Not any other mail: linked accounts are told of as well.
    let (links, _) = mailed(&house.world.server, address, "your link to sign in").await;
    let page = browser.open(&links[0]).await;
    let end = browser.press(&page, "continue", &[]).await;
    assert!(house.world.rp("planner").callback(&end).has("code"), "{}", end.body);
    browser
}

/// 1. The victim comes by a provider: the squatter's account is not theirs, and its password opens nothing of theirs.
#[tokio::test]
async fn classic_federated_merge_gives_the_squatter_nothing() {
    let house = lax().await;
    let mut attacker = squat(&house, "kim@example.net").await;
    let squatted = house.subject(&mut attacker).await.unwrap();
    let mut victim = house.world.server.browser();
    house.sign_in(&mut victim, Stub::Github, "kim").await;
    let theirs = house.subject(&mut victim).await.unwrap();
    assert_ne!(theirs, squatted);
    // The address is the victim's now: the squatter's password fits no account that has it.
    let mut again = house.world.server.browser();
    let page = again.open("/login").await;
    let page = again.press(&page, "continue", &[("identifier", "kim@example.net")]).await;
    let end = again.press(&page, "continue", &[("password", "attacker knows this one")]).await;
    assert!(end.has("password"), "{}", end.body);
    assert_eq!(house.subject(&mut again).await, None);
}

/// 2. A session that the squatter keeps alive ends when the owner of the address takes the account over.
#[tokio::test]
async fn unexpired_session_ends_when_the_owner_comes() {
    let house = lax().await;
    let mut attacker = squat(&house, "kim@example.net").await;
    assert!(house.subject(&mut attacker).await.is_some());
    let mut owner = owner_comes_by_mail(&house, "kim@example.net").await;
    assert!(house.subject(&mut owner).await.is_some());
    assert_eq!(house.subject(&mut attacker).await, None);
}

/// 3. The squatter links an account of their own at a provider, to come back by: it is gone with the rest.
#[tokio::test]
async fn trojan_identifier_is_gone_when_the_owner_comes() {
    let house = lax().await;
    let mut attacker = squat(&house, "robin@example.net").await;
    let page = attacker.get("/account/linked").await;
    let question = follow(&mut attacker, &page, "link-github").await;
    let back = house.pick(&question, "kim").await;
    let page = attacker.open(&back).await;
    assert!(page.body.contains("GitHub opens your account"), "{}", page.body);
    mailed(&house.world.server, "robin@example.net", "now opens your account").await;
    let mut owner = owner_comes_by_mail(&house, "robin@example.net").await;
    let theirs = house.subject(&mut owner).await.unwrap();
    let mut again = house.world.server.browser();
    house.sign_in(&mut again, Stub::Github, "kim").await;
    assert_ne!(house.subject(&mut again).await.as_deref(), Some(theirs.as_str()));
}

/// 3, by mail: the squatter adds an address of their own and proves it. It opens nothing of the owner's.
#[tokio::test]
async fn trojan_address_is_gone_when_the_owner_comes() {
    let house = lax().await;
    let mut attacker = squat(&house, "robin@example.net").await;
    let page = attacker.open("/account/emails").await;
    let page = attacker.press(&page, "add", &[("email", "thief@example.net")]).await;
    let (_, codes) = mailed(&house.world.server, "thief@example.net", "is your code").await;
    let page = attacker.press(&page, "continue", &[("code", &codes[0])]).await;
    assert!(page.body.contains("thief@example.net"), "{}", page.body);
    mailed(&house.world.server, "robin@example.net", "An address was added").await;
    let mut owner = owner_comes_by_mail(&house, "robin@example.net").await;
    let page = owner.open("/account/emails").await;
    assert!(
        page.body.contains("robin@example.net") && !page.body.contains("thief@example.net"),
        "{}",
        page.body
    );
}

/// 4. A confirmation of the victim's address that the squatter has asked for and the victim opens later changes nothing.
#[tokio::test]
async fn unexpired_email_change_takes_no_account_over() {
    let house = House::new().await;
    let mut attacker = house.world.server.browser();
    let page = attacker.open(&house.world.rp("planner").request().path()).await;
    let page = attacker.press(&page, "sign-up", &[]).await;
    let fill = [("identifier", "kim@example.net"), ("new-password", "attacker knows this one")];
    attacker.press(&page, "continue", &fill).await;
    let (links, _) = mailed(&house.world.server, "kim@example.net", "is your code").await;
    let mut victim = house.world.server.browser();
    house.sign_in(&mut victim, Stub::Github, "kim").await;
    let theirs = house.subject(&mut victim).await.unwrap();
    let page = victim.open(&links[0]).await;
    let end = victim.press(&page, "continue", &[]).await;
    assert_eq!(end.status, axum::http::StatusCode::CONFLICT, "{}", end.body);
    assert_eq!(house.subject(&mut attacker).await, None);
    let mut again = house.world.server.browser();
    let page = again.open("/login").await;
    let page = again.press(&page, "continue", &[("identifier", "kim@example.net")]).await;
    again.press(&page, "continue", &[("password", "attacker knows this one")]).await;
    assert_eq!(house.subject(&mut again).await, None);
    assert_eq!(house.subject(&mut victim).await.unwrap(), theirs);
}

/// 5. A provider that proves no address is used to squat: its word makes no address proved, and the owner takes all.
#[tokio::test]
async fn non_verifying_provider_opens_nothing_once_the_owner_came() {
    let house = lax().await;
    let mut attacker = house.world.server.browser();
    house.sign_in(&mut attacker, Stub::Google, "robin").await;
    let squatted = house.subject(&mut attacker).await.unwrap();
    let mut owner = owner_comes_by_mail(&house, "robin@example.net").await;
    let theirs = house.subject(&mut owner).await.unwrap();
    assert_eq!(house.subject(&mut attacker).await, None);
    let mut again = house.world.server.browser();
    house.sign_in(&mut again, Stub::Google, "robin").await;
    let back = house.subject(&mut again).await;
    assert_ne!(back.as_deref(), Some(theirs.as_str()));
    assert!(back.as_deref() != Some(squatted.as_str()) || squatted != theirs);
}
