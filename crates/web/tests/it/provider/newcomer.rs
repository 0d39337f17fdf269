use super::*;
use axum::http::StatusCode;
use countersign_core::account::asked::Asked;

async fn house(asked: &[&str]) -> House {
    let sign_up_claims = Asked::parse(asked.iter().copied()).unwrap();
    House::with(Policy { sign_up_claims, ..Policy::new(ISSUER) }, |_| {}).await
}

#[tokio::test]
async fn who_comes_new_from_a_provider_is_asked_once_what_it_did_not_tell() {
    let house = house(&["given_name", "birthdate", "nickname?"]).await;
    let (world, rp) = (&house.world, house.world.rp("planner"));
    let mut browser = world.server.browser();
    let page = house.sign_in(&mut browser, Stub::Google, "kim").await;
    assert!(page.has("birthdate") && page.has("nickname") && !page.has("new-password"), "{}", page.body);
    assert!(page.body.contains("value=\"Kim\""), "as the provider told: {}", page.body);
    assert!(house.subject(&mut browser).await.is_some(), "another flow is not held up");
    for wrong in ["", "soon"] {
        let again = browser.press(&page, "continue", &[("birthdate", wrong), ("nickname", "Kimmy")]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(again.has("birthdate-error") && again.body.contains("value=\"Kimmy\""), "{}", again.body);
    }
    // What was not asked is not taken, however it got there.
    let mut forged = page.clone();
    let planted =
        "<input type=\"hidden\" name=\"gender\" value=\"planted\"><input type=\"hidden\" name=\"csrf\"";
    forged.body = forged.body.replacen("<input type=\"hidden\" name=\"csrf\"", planted, 1);
    let end = browser.press(&forged, "continue", &[("birthdate", "1990-04-30")]).await;
    assert!(rp.callback(&end).has("code"), "the optional one is skipped: {}", end.body);
    let page = browser.open("/account").await;
    assert!(page.body.contains("1990-04-30") && page.body.contains("value=\"Kim\""), "{}", page.body);
    assert!(!page.body.contains("planted"));
    // Once: not in the next sign-in.
    let mut again = world.server.browser();
    let end = house.sign_in(&mut again, Stub::Google, "kim").await;
    assert!(rp.callback(&end).has("code"), "{}", end.body);
}

/// The page's flow belongs to whoever it was made for: somebody else's profile is not changed through it.
#[tokio::test]
async fn nobody_is_asked_who_was_not_made_in_this_flow_or_of_whom_all_is_known() {
    let known = house(&["given_name", "nickname?"]).await;
    let mut browser = known.world.server.browser();
    let end = known.sign_in(&mut browser, Stub::Google, "kim").await;
    assert!(known.world.rp("planner").callback(&end).has("code"), "{}", end.body);
    let house = house(&["gender"]).await;
    let (world, ben) = (&house.world, &house.world.ben);
    let mut browser = world.server.browser();
    let page = house.sign_in(&mut browser, Stub::Google, "kim").await;
    assert!(page.has("gender"), "{}", page.body);
    let account = browser.open("/account").await;
    browser.press(&account, "sign-out", &[]).await;
    let end = browser.open(&world.rp("planner").request().path()).await;
    world.walk(&mut browser, end, ben).await;
    browser.press(&page, "continue", &[("gender", "planted")]).await;
    assert!(!browser.open("/account").await.body.contains("planted"));
}
