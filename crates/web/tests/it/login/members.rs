//! An app for the members of an organization: who is none goes no further, and who leaves is out.

use super::device::{Device, enter};
use axum::http::StatusCode;
use countersign_core::ClientId;
use countersign_core::oauth::Client;
use countersign_core::organization::{MemberOrder, OrgHandle};
use countersign_store::account::operator::Whom;
use countersign_store::organization::{ChangeMember, Create};
use countersign_testkit::world::Person;
use countersign_testkit::{Tokens, World};
use serde_json::json;

fn acme() -> OrgHandle {
    "acme".parse().unwrap()
}

async fn order(world: &World, who: &Person, order: MemberOrder) {
    let (env, whom) = (world.server.app.env(), Whom::User(who.id));
    let work = ChangeMember { env, handle: acme(), whom, order };
    world.server.app.db.run(work).await.unwrap().result.unwrap();
}

/// These apps are for Acme, of which nobody is a member yet.
async fn world_of_acme(apps: &[&str]) -> World {
    let world = World::new().await;
    let app = &world.server.app;
    let made = Create { env: app.env(), handle: acme(), name: "Acme".into() };
    app.db.run(made).await.unwrap().result.unwrap();
    for id in apps {
        let client = app.directory.client(&ClientId::parse(id).unwrap()).unwrap().client.clone();
        world.server.register(Client { organization: Some(acme()), ..(*client).clone() }).await;
    }
    world
}

#[tokio::test]
async fn an_outsider_is_told_and_goes_back_or_on_with_another_account() {
    let world = world_of_acme(&["planner"]).await;
    order(&world, &world.ben, MemberOrder::Add).await;
    let (rp, mut browser) = (world.rp("planner"), world.browser_of(&world.anna).await);
    let page = browser.open(&rp.request().path()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(
        page.body.contains("You have no access to") && page.body.contains(&world.anna.email),
        "{}",
        page.body
    );
    let back = browser.press(&page, "deny", &[]).await;
    assert_eq!(rp.callback(&back).error(), "access_denied");
    let silent = browser.open(&rp.request().with("prompt", "none").path()).await;
    assert_eq!(rp.callback(&silent).error(), "interaction_required");
    // Somebody who is a member signs in instead.
    let request = rp.request();
    let page = browser.open(&request.path()).await;
    let page = browser.press(&page, "another", &[]).await;
    assert!(page.has("identifier"), "{}", page.body);
    let answer = world.walk(&mut browser, page, &world.ben).await;
    let tokens = Tokens::of(&rp.redeem(rp.callback(&answer).code(), &request, world.now()).await);
    let told = rp.userinfo(&tokens.access).await.json();
    assert_eq!(told["sub"], json!(world.ben.subject));
    // Another app is for everybody.
    assert!(!world.tokens("stranger", "openid").await.access.is_empty());
}

#[tokio::test]
async fn who_leaves_an_organization_is_out_of_its_apps() {
    let world = world_of_acme(&["planner"]).await;
    order(&world, &world.anna, MemberOrder::Add).await;
    let rp = world.rp("planner");
    let tokens = world.tokens("planner", "openid offline_access").await;
    let refresh = tokens.refresh.unwrap();
    let tokens = Tokens::of(&rp.refresh(&refresh, world.now()).await);
    assert_eq!(rp.userinfo(&tokens.access).await.status, StatusCode::OK);
    order(&world, &world.anna, MemberOrder::Remove).await;
    let refused = rp.refresh(&tokens.refresh.unwrap(), world.now()).await;
    assert_eq!(
        (refused.status, refused.json()["error"].as_str()),
        (StatusCode::BAD_REQUEST, Some("invalid_grant"))
    );
    assert!(!refused.body.contains("member"), "the reason is for the log: {}", refused.body);
    assert_eq!(rp.userinfo(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
    let told = rp.post("/introspect", &[("token", &tokens.access)], world.now()).await;
    assert_eq!(told.json(), json!({ "active": false }));
    // What ended stays ended when the person comes back.
    order(&world, &world.anna, MemberOrder::Add).await;
    assert_eq!(rp.userinfo(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_device_is_connected_by_a_member_who_types_its_code() {
    let world = world_of_acme(&["television"]).await;
    order(&world, &world.ben, MemberOrder::Add).await;
    let device = Device::of(&world, "television", "openid").await;
    let mut browser = world.browser_of(&world.anna).await;
    let page = enter(&mut browser, device.user_code()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let page = browser.press(&page, "another", &[]).await;
    let page = browser.press(&page, "continue", &[("identifier", &world.ben.email)]).await;
    let page = browser.press(&page, "continue", &[("password", &world.ben.password)]).await;
    // the code was typed by another session, so whoever is here now types it: it stands in the field.
    assert!(page.body.contains(device.user_code()) && page.has("code"), "{}", page.body);
    let asked = browser.press(&page, "continue", &[]).await;
    assert!(asked.body.contains(&world.ben.email), "{}", asked.body);
    assert!(browser.press(&asked, "allow", &[]).await.body.contains("Your device is connected"));
    let tokens = Tokens::of(&device.poll(&world).await);
    let id = device.rp.id_token(tokens.id_token.as_deref().unwrap(), None, world.now()).await;
    assert_eq!(id["sub"], world.ben.subject.as_str());
}

/// An outsider's "no" is the device's answer, too.
#[tokio::test]
async fn an_outsider_who_goes_back_denies_the_device() {
    let world = world_of_acme(&["television"]).await;
    let device = Device::of(&world, "television", "openid").await;
    let mut browser = world.browser_of(&world.anna).await;
    let page = enter(&mut browser, device.user_code()).await;
    assert!(browser.press(&page, "deny", &[]).await.body.contains("Nothing was connected"));
    assert_eq!(device.poll(&world).await.json()["error"], "access_denied");
}

/// On the page that confirms a device, somebody else may take over: by typing the code.
#[tokio::test]
async fn a_device_is_confirmed_with_another_account() {
    let world = World::new().await;
    let device = Device::of(&world, "television", "openid").await;
    let mut browser = world.browser_of(&world.anna).await;
    let asked = enter(&mut browser, device.user_code()).await;
    let page = browser.press(&asked, "another", &[]).await;
    let page = browser.press(&page, "continue", &[("identifier", &world.ben.email)]).await;
    let page = browser.press(&page, "continue", &[("password", &world.ben.password)]).await;
    assert!(page.has("code") && !page.has("allow"), "{}", page.body);
    let asked = browser.press(&page, "continue", &[]).await;
    assert!(asked.body.contains(&world.ben.email), "{}", asked.body);
    assert!(browser.press(&asked, "allow", &[]).await.body.contains("Your device is connected"));
}
