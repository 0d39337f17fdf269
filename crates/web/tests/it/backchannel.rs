//! OpenID Connect Back-Channel Logout 1.0: apps on this machine that hear of the end of a session.
#![allow(clippy::disallowed_methods, reason = "a stopwatch: how soon an app hears")]

use crate::login::links::reset;
use crate::trace::{flow_of, lines};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use countersign_core::account::operator::Order;
use countersign_core::{Policy, TraceOutcome, time};
use countersign_jose::{Alg, TypRule};
use countersign_outbound::guard::Guard;
use countersign_store::account::operator::{Obey, Whom};
use countersign_store::outbox::{LOGOUT, Lag};
use countersign_testkit::relying_party::encode;
use countersign_testkit::world::SECRET;
use countersign_testkit::{Browser, ISSUER, RelyingParty, TestServer, Tokens, World, html};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What one app was sent, and when.
#[derive(Clone)]
struct Heard {
    app: String,
    content_type: String,
    body: String,
    at: Instant,
}

/// Apps that hear of sign-outs, one at each path. An app called `deaf` never answers, one called `no` says 400, and the
/// first two calls of one called `moody` fail.
#[derive(Clone, Default)]
struct Apps(Arc<Mutex<Vec<Heard>>>);

impl Apps {
    async fn listen() -> (Self, u16) {
        let apps = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = axum::Router::new().route("/{app}", post(hear)).with_state(apps.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (apps, port)
    }

    fn of(&self, app: &str) -> Vec<Heard> {
        self.0.lock().unwrap().iter().filter(|it| it.app == app).cloned().collect()
    }

    /// Waits until an app was called so often.
    async fn called(&self, app: &str, times: usize) -> Heard {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let heard = self.of(app);
            if let Some(last) = heard.get(times - 1) {
                return last.clone();
            }
            assert!(Instant::now() < until, "{app} was called {} times", heard.len());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn hear(
    State(apps): State<Apps>,
    Path(app): Path<String>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let content_type = headers["content-type"].to_str().unwrap().to_owned();
    apps.0.lock().unwrap().push(Heard { app: app.clone(), content_type, body, at: Instant::now() });
    match app.as_str() {
        "deaf" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            StatusCode::OK
        }
        "no" => StatusCode::BAD_REQUEST,
        "moody" if apps.of("moody").len() < 3 => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::NO_CONTENT,
    }
}

impl Heard {
    fn token(&self) -> &str {
        assert_eq!(self.content_type, "application/x-www-form-urlencoded");
        self.body.strip_prefix("logout_token=").unwrap()
    }
}

/// A world with these apps beside its own.
async fn world(names: &[&str]) -> (World, Apps) {
    let (apps, port) = Apps::listen().await;
    let guard = Guard::builder().allow("127.0.0.1", port).build();
    let world = World::around(TestServer::guarded("sqlite::memory:", Policy::new(ISSUER), guard).await).await;
    for name in names {
        let app = json!({
            "client_id": name, "first_party": true, "scope": "openid offline_access",
            "redirect_uris": [format!("https://{name}.example/callback")],
            "grant_types": ["authorization_code", "refresh_token"],
            "backchannel_logout_uri": format!("http://127.0.0.1:{port}/{name}"),
            "backchannel_logout_session_required": true,
        });
        world.register(app, Some(SECRET)).await;
    }
    (world, apps)
}

fn rp(world: &World, name: &str) -> RelyingParty {
    let redirect_uri = format!("https://{name}.example/callback");
    RelyingParty { id: name.to_owned(), redirect_uri, ..world.rp("planner") }
}

async fn enter(world: &World, browser: &mut Browser, name: &str, scope: &str) -> Tokens {
    let rp = rp(world, name);
    world.sign_in(browser, &rp, &rp.request().with("scope", scope), &world.anna).await
}

async fn sign_out(browser: &mut Browser) -> Instant {
    let page = browser.open("/account").await;
    let at = Instant::now();
    browser.press(&page, "sign-out", &[]).await;
    at
}

/// Two apps of one session hear of its end within a second, with a token that verifies; nobody else hears, and nobody
/// twice.
#[tokio::test]
async fn apps_of_a_session_hear_of_its_end_within_a_second() {
    let (world, apps) = world(&["one", "two", "three"]).await;
    let mut browser = world.browser_of(&world.anna).await;
    let tokens = enter(&world, &mut browser, "one", "openid").await;
    enter(&world, &mut browser, "one", "openid").await;
    enter(&world, &mut browser, "two", "openid offline_access").await;
    let mut elsewhere = world.browser_of(&world.anna).await;
    enter(&world, &mut elsewhere, "three", "openid").await;
    let planner = world.rp("planner");
    world.sign_in(&mut browser, &planner, &planner.request(), &world.anna).await;
    let at = sign_out(&mut browser).await;
    for name in ["one", "two"] {
        let heard = apps.called(name, 1).await;
        assert!(heard.at.duration_since(at) < Duration::from_secs(1), "{:?}", heard.at.duration_since(at));
        let rp = rp(&world, name);
        let verified = rp.verified(heard.token(), TypRule::OneOf(&["logout+jwt"])).await;
        assert_eq!(verified.header().alg, Alg::Rs256, "as its ID tokens");
        let claims = verified.claims().unwrap();
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(name)));
        assert_eq!(claims["sub"], world.anna.subject.as_str());
        assert_eq!(claims["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
        assert!((claims["iat"].as_i64().unwrap() - world.now()).abs() <= 5);
        assert!(claims["exp"].is_i64() && claims["jti"].is_string() && !claims.contains_key("nonce"));
        let id = rp.verified(tokens.id_token.as_deref().unwrap(), TypRule::Any).await.claims().unwrap();
        assert_eq!(claims["sid"], id["sid"], "the session that the ID token named");
    }
    sign_out(&mut elsewhere).await;
    apps.called("three", 1).await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!((apps.of("one").len(), apps.of("two").len(), apps.of("three").len()), (1, 1, 1));
    let flow = flow_of(&world, "one").await;
    let told = lines(&world, flow, "backchannel_logout_uri").await;
    let told = told.iter().find(|step| step.label.contains("backchannel_logout_uri")).unwrap();
    assert_eq!(told.outcome, TraceOutcome::Ok);
}

/// Waits until so many calls of this app are left: what was heard but not noted yet is told again when the clock jumps
/// over its lease.
async fn noted(world: &World, app: &str, left: i64) {
    let receiver = format!("{LOGOUT}{app}");
    for _ in 0..500 {
        let lag = Lag { receiver: receiver.clone() };
        if world.server.app.db.read(lag).await.unwrap().count == left {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{receiver} never had {left} calls left");
}

/// Back-Channel Logout 2.8: retried with growing pauses, each time with another token; meanwhile other apps hear.
#[tokio::test]
async fn a_dead_app_delays_nobody_and_one_that_fails_is_asked_again() {
    let (world, apps) = world(&["deaf", "moody", "good"]).await;
    for round in 1..=3 {
        let mut browser = world.browser_of(&world.anna).await;
        for name in ["deaf", "moody", "good"] {
            enter(&world, &mut browser, name, "openid").await;
        }
        let at = sign_out(&mut browser).await;
        let heard = apps.called("good", round).await;
        assert!(heard.at.duration_since(at) < Duration::from_secs(1), "{:?}", heard.at.duration_since(at));
    }
    // Three sign-outs, the first two calls failed: five calls in the end.
    apps.called("moody", 3).await;
    noted(&world, "good", 0).await;
    noted(&world, "moody", 2).await;
    world.server.advance(time::minutes(1));
    apps.called("moody", 5).await;
    let jti = async |heard: Heard| {
        let rp = rp(&world, "moody");
        rp.verified(heard.token(), TypRule::OneOf(&["logout+jwt"])).await.claims().unwrap()["jti"].clone()
    };
    let mut seen = Vec::new();
    for heard in apps.of("moody") {
        seen.push(jti(heard).await.to_string());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5, "no token is sent twice");
    assert_eq!(apps.of("good").len(), 3);
}

#[tokio::test]
async fn an_app_that_refuses_is_not_asked_again() {
    let (world, apps) = world(&["no"]).await;
    let mut browser = world.browser_of(&world.anna).await;
    enter(&world, &mut browser, "no", "openid").await;
    sign_out(&mut browser).await;
    apps.called("no", 1).await;
    let flow = flow_of(&world, "no").await;
    lines(&world, flow, "backchannel_logout_uri").await;
    noted(&world, "no", 0).await;
    for _ in 0..3 {
        world.server.advance(time::minutes(10));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(apps.of("no").len(), 1);
}

/// Whoever ends a session, and however: the app hears of it once.
#[tokio::test]
async fn each_way_to_end_a_session_is_told() {
    for how in ["other device", "everywhere", "at the app", "reset", "operator", "disabled", "deleted"] {
        let (world, apps) = world(&["one"]).await;
        let mut browser = world.browser_of(&world.anna).await;
        let tokens = enter(&world, &mut browser, "one", "openid offline_access").await;
        let whom = || Whom::User(world.anna.id);
        let obey = async |order: Order| {
            let unit = Obey { env: world.server.app.env(), whom: whom(), order };
            world.server.app.db.run(unit).await.unwrap().result.unwrap();
        };
        match how {
            "other device" => {
                let mut here = world.browser_of(&world.anna).await;
                let page = here.open("/account/sessions").await;
                here.press(&page, "end-others", &[]).await;
            }
            "everywhere" => {
                let page = browser.open("/account/sessions").await;
                browser.press(&page, "sign-out-everywhere", &[]).await;
            }
            "at the app" => {
                let hint = [("id_token_hint", tokens.id_token.as_deref().unwrap())];
                browser.get(&format!("/logout?{}", encode(&hint))).await;
            }
            "reset" => drop(reset(&world, "anna@example.com", "seven green bicycles").await),
            "operator" => obey(Order::EndSessions).await,
            "disabled" => obey(Order::Disable).await,
            _ => obey(Order::Delete).await,
        }
        let heard = apps.called("one", 1).await;
        let token = rp(&world, "one").verified(heard.token(), TypRule::OneOf(&["logout+jwt"])).await;
        assert_eq!(token.claims().unwrap()["sub"], world.anna.subject.as_str(), "{how}");
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(apps.of("one").len(), 1, "{how}");
    }
}

/// An app that is put out of a session which goes on hears of it, once; what it gave back itself it knows. It hears then when
/// the session ends.
#[tokio::test]
async fn an_app_that_is_put_out_of_a_session_hears() {
    for how in ["app removed", "refresh reused", "code reused", "given back"] {
        let (world, apps) = world(&["one", "two"]).await;
        let mut browser = world.browser_of(&world.anna).await;
        enter(&world, &mut browser, "two", "openid").await;
        let rp = rp(&world, "one");
        let request = rp.request().with("scope", "openid offline_access");
        let code = world.ask(&mut browser, &rp, &request, &world.anna).await.code().to_owned();
        let tokens = Tokens::of(&rp.redeem(&code, &request, world.now()).await);
        let first = tokens.refresh.clone().unwrap();
        match how {
            "app removed" => {
                let page = browser.open("/account/apps").await;
                let of_app = |it: &html::Form| it.fields.iter().any(|(n, v)| n == "id" && v == "one");
                let form = html::forms(&page.body).into_iter().find(of_app).unwrap();
                let fields = [form.fields, vec![("do".to_owned(), "remove".to_owned())]].concat();
                browser.post_from_us("/account/apps", &fields).await;
            }
            "refresh reused" => {
                let second = rp.refresh(&first, world.now()).await.json();
                let second = second["refresh_token"].as_str().unwrap().to_owned();
                assert_eq!(rp.refresh(&second, world.now()).await.status, 200);
                assert_eq!(rp.refresh(&first, world.now()).await.status, 400);
            }
            "code reused" => assert_eq!(rp.redeem(&code, &request, world.now()).await.status, 400),
            _ => assert_eq!(rp.post("/revoke", &[("token", &first)], world.now()).await.status, 200),
        }
        let told = usize::from(how != "given back");
        if told == 1 {
            let token =
                rp.verified(apps.called("one", 1).await.token(), TypRule::OneOf(&["logout+jwt"])).await;
            let id = rp.verified(tokens.id_token.as_deref().unwrap(), TypRule::Any).await;
            assert_eq!(token.claims().unwrap()["sid"], id.claims().unwrap()["sid"], "{how}");
        }
        assert!(apps.of("two").is_empty(), "its session goes on");
        sign_out(&mut browser).await;
        apps.called("two", 1).await;
        if told == 0 {
            apps.called("one", 1).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(apps.of("one").len(), 1, "{how}");
    }
}

/// A logout token opens nothing and signs nobody out.
#[tokio::test]
async fn a_logout_token_passes_for_no_other_token() {
    let (world, apps) = world(&["one"]).await;
    let mut browser = world.browser_of(&world.anna).await;
    enter(&world, &mut browser, "one", "openid").await;
    sign_out(&mut browser).await;
    let token = apps.called("one", 1).await.token().to_owned();
    let rp = rp(&world, "one");
    assert_eq!(rp.userinfo(&token).await.status, 401);
    let told = rp.post("/introspect", &[("token", &token)], world.now()).await.json();
    assert_eq!(told, json!({ "active": false }));
    let mut again = world.browser_of(&world.anna).await;
    again.get(&format!("/logout?{}", encode(&[("id_token_hint", &token)]))).await;
    assert!(!again.open("/account").await.has("identifier"), "it is no hint: the person is asked first");
}

#[tokio::test]
async fn discovery_says_that_apps_hear() {
    let world = World::new().await;
    let document: Value = world.server.browser().get("/.well-known/openid-configuration").await.json();
    assert_eq!(document["backchannel_logout_supported"], true);
    assert_eq!(document["backchannel_logout_session_supported"], true);
}
