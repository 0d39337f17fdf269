//! What a refresh is refused for: one test a reason. The app hears `invalid_grant`; by RFC 6749 5.2 a client that may not
//! speak at all `invalid_client`, one that asks for more than was granted `invalid_scope` or `invalid_target`. The id in the
//! answer leads an operator to the reason.

use crate::bad_input::refused;
use crate::login::links::reset;
use crate::trace::{lines, named};
use countersign_core::account::operator::Order;
use countersign_core::oauth::Client;
use countersign_core::organization::{MemberOrder, OrgHandle};
use countersign_core::{ClientId, Id, TraceOutcome, time};
use countersign_store::account::operator::{Obey, OpenSessions, Whom};
use countersign_store::organization::{ChangeMember, Create};
use countersign_testkit::world::SECRET;
use countersign_testkit::{Answer, Browser, Tokens, World, html};
use serde_json::json;

const OFFLINE: &str = "openid offline_access";

/// Somebody who is signed in, and an app that could refresh for ever.
async fn signed_in() -> (World, Browser, Tokens) {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let rp = world.rp("planner");
    let tokens = world.sign_in(&mut browser, &rp, &rp.request().with("scope", OFFLINE), &world.anna).await;
    (world, browser, tokens)
}

async fn refresh(world: &World, client: &str, tokens: &Tokens) -> Answer {
    world.rp(client).refresh(tokens.refresh.as_deref().unwrap(), world.now()).await
}

/// The check that refused, as an operator finds it by the id in the answer.
async fn reason(world: &World, answer: &Answer) -> String {
    let steps = lines(world, named(answer), "POST /token").await;
    let mut checks = steps.iter().filter_map(|step| match &step.outcome {
        TraceOutcome::Refused { check, .. } => Some(check.clone()),
        TraceOutcome::Ok => None,
    });
    checks.next_back().unwrap_or_default()
}

async fn refused_for(world: &World, tokens: &Tokens, check: &str) {
    let answer = refresh(world, "planner", tokens).await;
    refused(&answer, 400, "invalid_grant");
    assert_eq!(reason(world, &answer).await, check);
    assert_eq!(
        world.rp("planner").userinfo(&tokens.access).await.status,
        401,
        "the access token is over too"
    );
}

async fn order(world: &World, order: Order) {
    let whom = Whom::User(world.anna.id);
    world.server.app.db.run(Obey { env: world.server.app.env(), whom, order }).await.unwrap().result.unwrap();
}

#[tokio::test]
async fn a_foreign_client_is_refused_and_nothing_ends() {
    let (world, _, tokens) = signed_in().await;
    let answer = refresh(&world, "compat", &tokens).await;
    refused(&answer, 400, "invalid_grant");
    assert_eq!(reason(&world, &answer).await, "refresh_client");
    assert_eq!(refresh(&world, "planner", &tokens).await.status, 200);
}

#[tokio::test]
async fn a_disabled_user_is_refused_and_enabling_brings_nothing_back() {
    let (world, mut browser, tokens) = signed_in().await;
    order(&world, Order::Disable).await;
    refused_for(&world, &tokens, "user_enabled").await;
    assert!(browser.open("/account").await.has("identifier"), "signed out");
    order(&world, Order::Enable).await;
    refused_for(&world, &tokens, "user_enabled").await;
    let rp = world.rp("planner");
    world.sign_in(&mut browser, &rp, &rp.request(), &world.anna).await;
}

#[tokio::test]
async fn a_deleted_user_is_refused_and_cannot_sign_in() {
    let (world, mut browser, tokens) = signed_in().await;
    order(&world, Order::Delete).await;
    refused_for(&world, &tokens, "user_exists").await;
    let page = browser.open("/account").await;
    let page = browser.press(&page, "continue", &[("identifier", &world.anna.email)]).await;
    let page = browser.press(&page, "continue", &[("password", &world.anna.password)]).await;
    assert!(page.has("password"), "no such sign-in: {}", page.body);
}

#[tokio::test]
async fn a_session_that_its_person_ended_is_refused() {
    let (world, _, tokens) = signed_in().await;
    let mut here = world.browser_of(&world.anna).await;
    let page = here.open("/account/sessions").await;
    here.press(&page, "end-others", &[]).await;
    refused_for(&world, &tokens, "session_ended").await;
}

#[tokio::test]
async fn a_session_that_an_operator_ended_is_refused_and_others_stay() {
    let (world, mut browser, tokens) = signed_in().await;
    let mut other = world.browser_of(&world.anna).await;
    let list =
        || OpenSessions { env: world.server.app.env(), whom: Some(Whom::User(world.anna.id)), most: 10 };
    let open = world.server.app.db.read(list()).await.unwrap().unwrap();
    assert_eq!(open.len(), 2);
    let session = open.iter().find(|it| !it.apps.is_empty()).unwrap().id;
    let end = |session| Obey {
        env: world.server.app.env(),
        whom: Whom::Session(session),
        order: Order::EndSession(session),
    };
    world.server.app.db.run(end(session)).await.unwrap().result.unwrap();
    refused_for(&world, &tokens, "session_ended_by_operator").await;
    assert!(browser.open("/account").await.has("identifier"), "signed out there");
    assert_eq!(other.get("/account").await.status, 200, "and nowhere else");
    assert!(world.server.app.db.run(end(session)).await.unwrap().result.is_err(), "ended before");
    let nobody = Id::new(&world.server.app.env().ctx());
    assert!(world.server.app.db.run(end(nobody)).await.unwrap().result.is_err());
    order(&world, Order::EndSessions).await;
    assert!(other.open("/account").await.has("identifier"), "all of them");
}

#[tokio::test]
async fn a_session_over_its_life_is_refused_without_offline_access() {
    let world = World::new().await;
    let tokens = world.tokens("planner", "openid").await;
    world.server.advance(time::days(8));
    refused_for(&world, &tokens, "session_life").await;
}

#[tokio::test]
async fn a_signed_out_session_is_refused_without_offline_access() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let rp = world.rp("planner");
    let tokens = world.sign_in(&mut browser, &rp, &rp.request(), &world.anna).await;
    let page = browser.open("/account").await;
    browser.press(&page, "sign-out", &[]).await;
    refused_for(&world, &tokens, "session_signed_out").await;
}

#[tokio::test]
async fn withdrawn_consent_is_refused() {
    let (world, mut browser, tokens) = signed_in().await;
    let page = browser.open("/account/apps").await;
    let of_app = |it: &html::Form| it.fields.iter().any(|(n, v)| n == "id" && v == "planner");
    let form = html::forms(&page.body).into_iter().find(of_app).unwrap();
    let fields = [form.fields, vec![("do".to_owned(), "remove".to_owned())]].concat();
    browser.post_from_us("/account/apps", &fields).await;
    refused_for(&world, &tokens, "consent_withdrawn").await;
}

/// RFC 6749 5.2: who is switched off is not heard at all, so it is `invalid_client` here.
#[tokio::test]
async fn a_disabled_client_is_refused() {
    let (world, _, tokens) = signed_in().await;
    let rp = world.rp("planner");
    let off = json!({
        "client_id": "planner", "disabled": true, "token_endpoint_auth_method": "client_secret_basic",
        "redirect_uris": [rp.redirect_uri], "scope": OFFLINE,
        "grant_types": ["authorization_code", "refresh_token"],
    });
    world.register(off, Some(SECRET)).await;
    let answer = refresh(&world, "planner", &tokens).await;
    refused(&answer, 401, "invalid_client");
    assert_eq!(reason(&world, &answer).await, "client_enabled");
    assert_eq!(rp.userinfo(&tokens.access).await.status, 401);
}

/// RFC 6749 5.2, RFC 8707 2: the grant is good and stays so; what is wrong is what was asked of it.
#[tokio::test]
async fn more_than_was_granted_is_refused_and_nothing_ends() {
    let (world, _, tokens) = signed_in().await;
    let rp = world.rp("planner");
    let token = tokens.refresh.as_deref().unwrap();
    for (name, value, code, check) in [
        ("scope", "openid email", "invalid_scope", "refresh_scope"),
        ("resource", "https://elsewhere.example/", "invalid_target", "resource_granted"),
    ] {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token), (name, value)];
        let answer = rp.post("/token", &fields, world.now()).await;
        refused(&answer, 400, code);
        assert_eq!(reason(&world, &answer).await, check);
    }
    assert_eq!(refresh(&world, "planner", &tokens).await.status, 200);
}

#[tokio::test]
async fn a_lost_membership_is_refused() {
    let (world, _, tokens) = signed_in().await;
    let (app, acme) = (&world.server.app, "acme".parse::<OrgHandle>().unwrap());
    let made = Create { env: app.env(), handle: acme.clone(), name: "Acme".into() };
    app.db.run(made).await.unwrap().result.unwrap();
    let order = async |order| {
        let (env, whom) = (app.env(), Whom::User(world.anna.id));
        app.db.run(ChangeMember { env, handle: acme.clone(), whom, order }).await.unwrap().result.unwrap()
    };
    order(MemberOrder::Add).await;
    let planner = app.directory.client(&ClientId::parse("planner").unwrap()).unwrap().client.clone();
    world.server.register(Client { organization: Some(acme.clone()), ..(*planner).clone() }).await;
    let tokens = Tokens::of(&refresh(&world, "planner", &tokens).await);
    order(MemberOrder::Remove).await;
    refused_for(&world, &tokens, "membership").await;
}

#[tokio::test]
async fn a_reset_password_is_refused() {
    let (world, _, tokens) = signed_in().await;
    reset(&world, "anna@example.com", "seven green bicycles").await;
    refused_for(&world, &tokens, "password_changed").await;
}

#[tokio::test]
async fn a_revoked_grant_is_refused() {
    let (world, _, tokens) = signed_in().await;
    world.rp("planner").post("/revoke", &[("token", &tokens.access)], world.now()).await;
    refused_for(&world, &tokens, "grant_revoked").await;
}

/// What the person changed is in the next ID token and at userinfo.
#[tokio::test]
async fn claims_are_fresh_at_every_refresh() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let rp = world.rp("planner");
    let wanted = json!({ "id_token": { "nickname": null } }).to_string();
    let request = rp.request().with("scope", "openid profile offline_access").with("claims", &wanted);
    let first = world.sign_in(&mut browser, &rp, &request, &world.anna).await;
    let page = browser.open("/account").await;
    browser.press(&page, "continue", &[("nickname", "Annika")]).await;
    let next = Tokens::of(&refresh(&world, "planner", &first).await);
    let id = rp.id_token(next.id_token.as_deref().unwrap(), None, world.now()).await;
    assert_eq!(id["nickname"], "Annika");
    assert_eq!(rp.userinfo(&next.access).await.json()["nickname"], "Annika");
}
