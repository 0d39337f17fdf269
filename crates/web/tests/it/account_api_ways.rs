//! `/api/v1/me`: the password and the phones.

use super::account_api::{Api, api, rp, tokens, with_manager, world};
use crate::login::{breached, mailed};
use axum::http::StatusCode;
use countersign_testkit::{Answer, Person, World, postgres_url};
use countersign_web::breached::Breached;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// With a living token of a sign-in that is ten minutes old.
async fn stale<'w>(world: &'w World, who: &Person) -> Api<'w> {
    let (mut browser, _) = tokens(world, who, "openid account").await;
    world.server.advance(Duration::from_secs(590));
    let rp = rp(world);
    let request = rp.request().with("scope", "openid account");
    let token = world.sign_in(&mut browser, &rp, &request, who).await.access;
    world.server.advance(Duration::from_secs(10));
    Api { world, token }
}

async fn set_password(api: &Api<'_>, current: Option<&str>, new: &str) -> Answer {
    let mut body = json!({ "new_password": new });
    if let (Some(current), Value::Object(body)) = (current, &mut body) {
        body.insert("current_password".into(), current.into());
    }
    api.send("POST", "/password", Some(body)).await
}

async fn an_app_changes_the_password(world: World) {
    const NEW: &str = "twelve purple sandpipers";
    let (mut other, offline) = tokens(&world, &world.anna, "openid account offline_access").await;
    let (mut browser, given) = tokens(&world, &world.anna, "openid account").await;
    let api = Api { world: &world, token: given.access };
    let present = world.anna.password.clone();
    for body in
        [json!({}), json!({ "new_password": 1 }), json!({ "new_password": NEW, "current_password": 1 })]
    {
        let refused = api.send("POST", "/password", Some(body)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // As on the page: not weak, not of the person's own words, not known from breaches.
    world.server.app.breached.store(Arc::new(Breached::new(Some(breached::list(false)), None)));
    for weak in ["short", "anna@example.com", "aaaaaaaaaaaaaaaa", breached::KNOWN] {
        let refused = set_password(&api, Some(&present), weak).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{weak}");
        assert_eq!(refused.json()["fields"][0]["name"], "new_password", "{}", refused.body);
    }
    for wrong in [None, Some(""), Some("another password")] {
        let refused = set_password(&api, wrong, NEW).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("present password"), "{}", refused.body);
    }
    let same = set_password(&api, Some(&present), &present).await;
    assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(same.body.contains("have already"), "{}", same.body);
    assert!(browser.open("/account").await.has("sign-out"), "nothing has changed");
    let changed = set_password(&api, Some(&present), NEW).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.body);
    mailed(&world.server, "anna@example.com", "of your account for").await;
    // The grant that acted goes on, and every other session is over with its grants.
    assert_eq!(api.get("/sessions").await["sessions"].as_array().unwrap().len(), 1);
    let elsewhere = Api { world: &world, token: offline.access };
    assert_eq!(elsewhere.send("GET", "", None).await.status, StatusCode::UNAUTHORIZED);
    // No cookie of before opens anything, that of the same session neither.
    assert!(!other.open("/account").await.has("sign-out") && !browser.open("/account").await.has("sign-out"));
    assert_eq!(set_password(&api, Some(&present), "eleven green turnstones").await.status, 422);
    assert_eq!(set_password(&api, Some(NEW), "eleven green turnstones").await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_app_changes_the_password_and_its_grant_is_the_one_that_goes_on() {
    an_app_changes_the_password(world().await).await;
}

#[tokio::test]
async fn an_app_changes_the_password_on_postgresql_too() {
    let Some(url) = postgres_url().await else { return };
    an_app_changes_the_password(with_manager(World::on(&url).await).await).await;
}

#[tokio::test]
async fn an_app_guesses_no_password_and_needs_a_fresh_sign_in() {
    let world = world().await;
    let api = api(&world, &world.anna).await;
    let mut last = StatusCode::OK;
    for _ in 0..12 {
        last = set_password(&api, Some("a guess"), "twelve purple sandpipers").await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let right = set_password(&api, Some(&world.anna.password), "twelve purple sandpipers").await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS, "the right one neither");
    assert!(right.header("retry-after").parse::<u32>().is_ok());
    let stale = stale(&world, &world.ben).await;
    let refused = set_password(&stale, Some(&world.ben.password), "twelve purple sandpipers").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.json()["error"], "insufficient_user_authentication");
}

async fn phones_by_json(world: World) {
    const NUMBER: &str = "+4915123456789";
    let (anna, ben) = (api(&world, &world.anna).await, api(&world, &world.ben).await);
    for (number, status) in [("0151 23456789", 422), ("+88 213 123456", 422), (NUMBER, 202)] {
        let asked = anna.send("POST", "/phones", Some(json!({ "number": number }))).await;
        assert_eq!(asked.status, status, "{number}: {}", asked.body);
    }
    let digits = world.server.mail_to(NUMBER).await.codes.first().unwrap().clone();
    assert_eq!(anna.get("/phones").await["phones"], json!([]), "not before the digits come back");
    let asked = anna.send("POST", "/phones", Some(json!({ "number": "+4915123456780" }))).await;
    let name = asked.json()["verification"].as_str().unwrap().to_owned();
    let newer = world.server.mail_to("+4915123456780").await.codes.first().unwrap().clone();
    let verify = async |api: &Api<'_>, name: &str, code: &str| {
        api.send("POST", "/phones/verify", Some(json!({ "verification": name, "code": code }))).await.status
    };
    assert_eq!(verify(&ben, &name, &newer).await, 422, "digits of somebody else");
    if digits != newer {
        assert_eq!(verify(&anna, &name, &digits).await, 422, "digits of another asking");
    }
    for wrong in ["", ".", "x.y", &name[..name.len() - 1]] {
        assert_eq!(verify(&anna, wrong, &newer).await, 422);
    }
    assert_eq!(verify(&anna, &name, &newer).await, StatusCode::NO_CONTENT);
    assert_eq!(verify(&anna, &name, &newer).await, 422, "once");
    mailed(&world.server, "anna@example.com", "phone was added").await;
    let again = anna.send("POST", "/phones", Some(json!({ "number": "+4915123456780" }))).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    world.server.advance(Duration::from_secs(60));
    let asked = anna.send("POST", "/phones", Some(json!({ "number": "+4791234567" }))).await;
    let name = asked.json()["verification"].as_str().unwrap().to_owned();
    let code = world.server.mail_to("+4791234567").await.codes.first().unwrap().clone();
    assert_eq!(verify(&anna, &name, &code).await, StatusCode::NO_CONTENT);
    let phones = anna.get("/phones").await["phones"].as_array().unwrap().clone();
    let of = |number: &str| phones.iter().find(|it| it["number"] == number).unwrap().clone();
    let (first, second) = (of("+4915123456780"), of("+4791234567"));
    assert_eq!((&first["primary"], &second["primary"]), (&json!(true), &json!(false)));
    let path = format!("/phones/{}", second["id"].as_str().unwrap());
    for (method, path) in [("DELETE", path.clone()), ("POST", format!("{path}/primary"))] {
        assert_eq!(ben.send(method, &path, None).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(anna.send("POST", &format!("{path}/primary"), None).await.status, StatusCode::NO_CONTENT);
    let phones = anna.get("/phones").await["phones"].as_array().unwrap().clone();
    assert_eq!(phones.iter().find(|it| it["primary"] == true).unwrap()["number"], "+4791234567");
    // A sign-in of before changes nothing.
    let stale_anna = stale(&world, &world.anna).await;
    for (method, path, body) in [
        ("DELETE", path.clone(), None),
        ("POST", format!("{path}/primary"), None),
        ("POST", "/phones".to_owned(), Some(json!({ "number": NUMBER }))),
    ] {
        let stale = stale_anna.send(method, &path, body).await;
        assert_eq!(stale.json()["error"], "insufficient_user_authentication", "{method} {path}");
    }
    let anna = api(&world, &world.anna).await;
    assert_eq!(anna.send("DELETE", &path, None).await.status, StatusCode::NO_CONTENT);
    let phones = anna.get("/phones").await["phones"].as_array().unwrap().clone();
    assert_eq!((phones.len(), &phones[0]["primary"]), (1, &json!(true)));
}

#[tokio::test]
async fn phones_are_proved_chosen_and_removed_by_json() {
    phones_by_json(world().await).await;
}

#[tokio::test]
async fn phones_are_proved_chosen_and_removed_by_json_on_postgresql_too() {
    let Some(url) = postgres_url().await else { return };
    phones_by_json(with_manager(World::on(&url).await).await).await;
}
