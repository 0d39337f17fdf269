//! What ends with what: a sign-in, its grants, and those that were made to outlive it.

use crate::bad_input::refused;
use countersign_core::Policy;
use countersign_core::time::days;
use countersign_testkit::relying_party::{encode, unique};
use countersign_testkit::world::SECRET;
use countersign_testkit::{
    Auth, Browser, Callback, ISSUER, RelyingParty, TestServer, Tokens, World, html, postgres_url,
};

const OFFLINE: &str = "openid offline_access";

/// One grant that lives with the sign-in, one that outlives it.
async fn both(world: &World, browser: &mut Browser) -> (Tokens, Tokens) {
    let rp = world.rp("planner");
    let with_session = world.sign_in(browser, &rp, &rp.request(), &world.anna).await;
    let offline = world.sign_in(browser, &rp, &rp.request().with("scope", OFFLINE), &world.anna).await;
    (with_session, offline)
}

async fn refreshes(world: &World, tokens: &Tokens) -> bool {
    let answer = world.rp("planner").refresh(tokens.refresh.as_deref().unwrap(), world.now()).await;
    if answer.status != 200 {
        refused(&answer, 400, "invalid_grant");
    }
    answer.status == 200
}

#[tokio::test]
async fn signing_out_at_the_app_ends_grants_but_those_with_offline_access() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let (with_session, offline) = both(&world, &mut browser).await;
    let hint = with_session.id_token.clone().unwrap();
    let fields = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", "https://planner.example/signed-out"),
    ];
    let answer = browser.get(&format!("/logout?{}", encode(&fields))).await;
    assert_eq!(answer.header("location"), "https://planner.example/signed-out");
    assert_eq!(world.rp("planner").userinfo(&with_session.access).await.status, 401);
    assert!(!refreshes(&world, &with_session).await);
    assert_eq!(world.rp("planner").userinfo(&offline.access).await.status, 200);
    assert!(refreshes(&world, &offline).await);
}

#[tokio::test]
async fn an_idle_sign_in_ends_grants_but_those_with_offline_access() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let (with_session, offline) = both(&world, &mut browser).await;
    world.server.advance(days(8));
    assert!(!refreshes(&world, &with_session).await);
    assert!(refreshes(&world, &offline).await);
}

/// DESIGN 5: "end this device" means the device, whatever it was given.
#[tokio::test]
async fn ending_a_device_ends_offline_grants_too() {
    let world = World::new().await;
    let mut device = world.browser_of(&world.anna).await;
    let (with_session, offline) = both(&world, &mut device).await;
    let mut here = world.browser_of(&world.anna).await;
    let page = here.open("/account/sessions").await;
    let answer = here.press(&page, "end-others", &[]).await;
    assert!(!answer.status.is_server_error());
    assert!(device.open("/account").await.has("identifier"), "signed out there");
    assert!(!refreshes(&world, &with_session).await);
    assert!(!refreshes(&world, &offline).await);
    assert_eq!(world.rp("planner").userinfo(&offline.access).await.status, 401);
    assert_eq!(here.get("/account").await.status, 200);
}

/// All of it, here and elsewhere, with a page that says so.
#[tokio::test]
async fn signing_out_everywhere_ends_every_session_and_every_grant() {
    let world = World::new().await;
    let mut device = world.browser_of(&world.anna).await;
    let (with_session, offline) = both(&world, &mut device).await;
    let mut here = world.browser_of(&world.anna).await;
    let mut ben = world.browser_of(&world.ben).await;
    let page = here.open("/account/sessions").await;
    let answer = here.press(&page, "sign-out-everywhere", &[]).await;
    assert!(answer.body.contains("You are signed out"), "{}", answer.body);
    for browser in [&mut here, &mut device] {
        assert!(browser.open("/account").await.has("identifier"), "signed out");
    }
    assert!(!refreshes(&world, &with_session).await);
    assert!(!refreshes(&world, &offline).await);
    assert_eq!(world.rp("planner").userinfo(&offline.access).await.status, 401);
    assert_eq!(ben.get("/account").await.status, 200, "nobody else");
}

/// A code that is on its way when the access is taken back buys nothing.
#[tokio::test]
async fn a_code_on_its_way_dies_with_the_consent() {
    let world = World::new().await;
    let rp = world.rp("stranger");
    let mut browser = world.browser_of(&world.anna).await;
    let (first, second) = (rp.request(), rp.request());
    let tokens = world.sign_in(&mut browser, &rp, &first, &world.anna).await;
    let callback: Callback = world.ask(&mut browser, &rp, &second, &world.anna).await;
    let page = browser.open("/account/apps").await;
    let form = html::forms(&page.body)
        .into_iter()
        .find(|it| it.fields.iter().any(|(n, v)| n == "id" && v == "stranger"));
    let form = form.unwrap_or_else(|| panic!("the app is not listed: {}", page.body));
    let fields = [form.fields, vec![("do".to_owned(), "remove".to_owned())]].concat();
    browser.post_from_us("/account/apps", &fields).await;
    assert_eq!(rp.userinfo(&tokens.access).await.status, 401);
    refused(&rp.redeem(callback.code(), &second, world.now()).await, 400, "invalid_grant");
    assert!(browser.open(&rp.request().path()).await.has("allow"), "asked anew");
}

/// what the database knows holds after a restart: nothing hangs on the memory of a process.
#[tokio::test]
async fn grants_and_sign_ins_outlive_a_restart_and_so_do_their_ends() {
    let folder = std::env::temp_dir().join(format!("countersign-restart-{}", unique("folder")));
    std::fs::create_dir_all(&folder).unwrap();
    outlives_a_restart(&format!("sqlite:{}", folder.join("db").display())).await;
    let _ = std::fs::remove_dir_all(folder);
}

/// The same on PostgreSQL.
#[tokio::test]
async fn grants_and_sign_ins_outlive_a_restart_on_postgres() {
    if let Some(url) = postgres_url().await {
        outlives_a_restart(&url).await;
    }
}

async fn outlives_a_restart(url: &str) {
    let world = World::on(url).await;
    let rp = world.rp("planner");
    let cookies = world.browser_of(&world.anna).await.cookies;
    let (kept, used) = (world.tokens("planner", OFFLINE).await, world.tokens("planner", OFFLINE).await);
    let successor = Tokens::of(&rp.refresh(used.refresh.as_deref().unwrap(), world.now()).await);
    let revoked = world.tokens("planner", OFFLINE).await;
    rp.post("/revoke", &[("token", &revoked.access)], world.now()).await;
    let (code, request) = world.code("planner", OFFLINE).await;
    rp.redeem(&code, &request, world.now()).await;
    drop(world);
    drop(rp);

    let server = TestServer::with(url, Policy::new(ISSUER)).await;
    let now = server.now().seconds();
    let rp = RelyingParty {
        id: "planner".to_owned(),
        redirect_uri: "https://planner.example/callback".to_owned(),
        scope: "openid".to_owned(),
        auth: Auth::Basic(SECRET.to_owned()),
        http: server.browser(),
    };
    let mut same = server.browser();
    same.cookies = cookies;
    let silent = rp.request().with("prompt", "none");
    assert!(!rp.callback(&same.open(&silent.path()).await).code().is_empty(), "still signed in");
    assert_eq!(rp.userinfo(&kept.access).await.status, 200);
    assert_eq!(rp.refresh(kept.refresh.as_deref().unwrap(), now).await.status, 200);
    assert_eq!(rp.userinfo(&revoked.access).await.status, 401);
    refused(&rp.refresh(revoked.refresh.as_deref().unwrap(), now).await, 400, "invalid_grant");
    refused(&rp.redeem(&code, &request, now).await, 400, "invalid_grant");
    let again = Tokens::of(&rp.refresh(used.refresh.as_deref().unwrap(), now).await);
    assert_eq!(again.refresh, successor.refresh, "a lost answer is given again, by a new process too");
    server.advance(std::time::Duration::from_secs(61));
    let now = server.now().seconds();
    refused(&rp.refresh(used.refresh.as_deref().unwrap(), now).await, 400, "invalid_grant");
    refused(&rp.refresh(successor.refresh.as_deref().unwrap(), now).await, 400, "invalid_grant");
}
