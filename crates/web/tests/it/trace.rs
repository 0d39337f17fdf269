//! DESIGN 6: what the flow trace holds of requests beside the sign-in itself, and where the id of an error leads.

use axum::http::{Method, StatusCode};
use countersign_core::{Id, Party, TraceOutcome, TraceStep, id};
use countersign_store::{trace, unit};
use countersign_testkit::relying_party::{basic, encode};
use countersign_testkit::world::{API, SECRET};
use countersign_testkit::{Answer, World, without_flow};
use std::time::Duration;

/// The lines of a flow, once one of them has this label: what is done after an answer may still be under way.
pub async fn lines(world: &World, flow: Id<id::Flow>, until: &str) -> Vec<TraceStep> {
    let mut found = Vec::new();
    for _ in 0..100 {
        world.server.app.trace.written().await;
        let all = unit(move |tx| Box::pin(async move { trace::steps(tx, flow).await }));
        found = world.server.app.db.read(all).await.unwrap();
        if found.iter().any(|step| step.label.contains(until)) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no {until} in {:?}", labels(&found))
}

fn labels(steps: &[TraceStep]) -> Vec<&str> {
    steps.iter().map(|step| step.label.as_str()).collect()
}

fn refusal(step: &TraceStep) -> (&str, &str) {
    match &step.outcome {
        TraceOutcome::Refused { check, reason } => (check, reason),
        TraceOutcome::Ok => panic!("{step:?}"),
    }
}

/// The flow that an error answer names.
pub fn named(answer: &Answer) -> Id<id::Flow> {
    let json = answer.json();
    let id = json["error_description"].as_str().and_then(|text| text.split("(flow ").nth(1));
    id.unwrap_or_else(|| panic!("no flow in {}", answer.body)).trim_end_matches(')').parse().unwrap()
}

/// The flow of the newest grant of a client in the newest session.
pub async fn flow_of(world: &World, client: &str) -> Id<id::Flow> {
    for _ in 0..100 {
        world.server.app.trace.written().await;
        let newest = unit(|tx| Box::pin(async move { trace::latest(tx, 50).await }));
        for line in world.server.app.db.read(newest).await.unwrap() {
            let steps = unit(move |tx| Box::pin(async move { trace::steps(tx, line.flow).await }));
            let steps = world.server.app.db.read(steps).await.unwrap();
            if steps.iter().any(|it| it.client.as_deref() == Some(client) && it.label.contains("code")) {
                return line.flow;
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no flow of {client}")
}

/// Whoever follows the id on an error page at once finds its reason: the reader calls the writer, who else rests.
#[tokio::test]
async fn a_reader_finds_every_line_at_once() {
    let world = World::new().await;
    let trace = &world.server.app.trace;
    for n in 1..=20_u8 {
        let flow = Id::from_bytes([n; 16]);
        let at = world.server.app.clock.now();
        trace.alone(TraceStep::new(flow, at, Party::Browser, Party::Countersign, "GET /authorize"));
        trace.written().await;
        let steps = unit(move |tx| Box::pin(async move { trace::steps(tx, flow).await }));
        assert_eq!(world.server.app.db.read(steps).await.unwrap().len(), 1, "line {n}");
    }
}

/// From the push to the revocation: one id.
#[tokio::test]
async fn a_flow_begins_with_its_push_and_ends_with_its_revocation() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let request = rp.request().with("resource", API);
    let pushed = request.clone().without("client_id");
    let fields: Vec<(&str, &str)> = pushed.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let pushed = rp.post("/par", &fields, world.now()).await;
    let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
    let address = format!("/authorize?{}", encode(&[("client_id", "planner"), ("request_uri", &uri)]));
    let mut browser = world.browser_of(&world.anna).await;
    let end = browser.open(&address).await;
    let tokens = rp.redeem(rp.callback(&end).code(), &request, world.now()).await;
    let access = tokens.json()["access_token"].as_str().unwrap().to_owned();
    let asked = world.rp("gateway").post("/introspect", &[("token", &access)], world.now()).await;
    assert_eq!(asked.json()["active"], true, "{}", asked.body);
    rp.post("/revoke", &[("token", &access)], world.now()).await;

    let flow = flow_of(&world, "planner").await;
    let steps = lines(&world, flow, "POST /revoke").await;
    let first = &steps[0];
    assert_eq!((first.label.as_str(), first.from, first.to), ("POST /par", Party::App, Party::Countersign));
    let all = labels(&steps);
    let order = ["POST /par", "request_uri", "go to /authorize with the request_uri", "GET /authorize"];
    assert_eq!(&all[..4], &order);
    for later in ["authorization code", "POST /token with the code", "POST /introspect", "POST /revoke"] {
        assert!(all.contains(&later), "{later} in {all:?}");
    }
    let asked = steps.iter().find(|step| step.label == "POST /introspect").unwrap();
    assert_eq!((asked.from, asked.client.as_deref()), (Party::Resource, Some("gateway")));
    assert!(!format!("{steps:?}").contains(&uri), "the handle is a secret");

    // Used up: the page's id is the flow's own.
    let again = browser.open(&address).await;
    assert!(again.body.contains(&flow.to_string()), "{}", again.body);
    let steps = lines(&world, flow, "GET /authorize").await;
    assert_eq!(refusal(steps.last().unwrap()).0, "request_uri_used");
}

#[tokio::test]
async fn the_id_in_an_error_answer_leads_to_the_check_that_refused() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let (wrong, nobody) = (basic("planner", &SECRET.replace('3', "4")), basic("nobody", SECRET));
    let code =
        [("grant_type", "authorization_code"), ("code", "made-up"), ("redirect_uri", "https://x.example")];
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "rt_made_up")];
    let (planner, right) = (Some("planner"), basic("planner", SECRET));
    type Row<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, Option<&'a str>);
    let rows: Vec<Row<'_>> = vec![
        ("/token", &wrong, &code, "client_secret", planner),
        ("/token", &nobody, &code, "client_known", None),
        ("/token", &right, &code, "code_known", planner),
        ("/token", &right, &refresh, "refresh_mac", planner),
        ("/token", &right, &[("grant_type", "password")], "grant_type", planner),
        ("/par", &wrong, &[("scope", "openid")], "client_secret", planner),
        (
            "/par",
            &right,
            &[("scope", "openid admin"), ("response_type", "code")],
            "redirect_uri_missing",
            planner,
        ),
        ("/revoke", &right, &[], "token", planner),
        ("/introspect", &nobody, &[("token", "x")], "client_known", None),
    ];
    for (path, authorization, fields, check, client) in rows {
        let answer = browser.form(path, &[("authorization", authorization)], fields).await;
        assert!(answer.status.is_client_error(), "{path} {check}: {}", answer.body);
        let steps = lines(&world, named(&answer), path).await;
        assert_eq!(refusal(&steps[0]).0, check, "{path}");
        assert!(!refusal(&steps[0]).1.is_empty());
        assert_eq!((steps[0].client.as_deref(), steps[0].user), (client, None), "{path} {check}");
        assert!(!format!("{steps:?}").contains(SECRET));
    }
    let large = "x".repeat(100_000);
    let answer = browser.form("/token", &[], &[("code", &large)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refusal(&lines(&world, named(&answer), "POST").await[0]).0, "body");
    let answer = browser.call(Method::GET, "/userinfo", &[("authorization", "Bearer x")], "").await;
    lines(&world, named(&answer), "/userinfo").await;
    // A program at /authorize is told as well.
    let answer =
        browser.call(Method::GET, "/authorize?client_id=x", &[("accept", "application/json")], "").await;
    assert_eq!(refusal(&lines(&world, named(&answer), "/authorize").await[0]).0, "client_unknown");
}

/// The flow of the code shows who came with it; what the stranger is told is the same as for a made-up code.
#[tokio::test]
async fn a_code_in_foreign_hands_shows_in_its_own_flow_and_the_stranger_learns_nothing() {
    let world = World::new().await;
    let (code, request) = world.code("planner", "openid").await;
    let flow = flow_of(&world, "planner").await;
    let stranger = world.rp("two");
    let answer = stranger.redeem(&code, &request, world.now()).await;
    let made_up = stranger.redeem("made-up", &request, world.now()).await;
    assert_ne!(named(&answer), flow);
    assert_eq!(without_flow(&answer.body), without_flow(&made_up.body));
    let steps = lines(&world, flow, "POST /token").await;
    let step = steps.iter().find(|step| step.label.contains("POST /token")).unwrap();
    assert_eq!(refusal(step).0, "code_client");
    assert!(step.detail.contains("two"), "{step:?}");
    let told = lines(&world, named(&answer), "POST /token").await;
    assert_eq!(refusal(&told[0]).0, "code_client");
    assert!(told[0].detail.contains(&flow.to_string()), "an operator finds the way on");
}

#[tokio::test]
async fn a_sign_out_is_the_end_of_the_flow_that_signed_in() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    for client in ["two", "planner"] {
        let rp = world.rp(client);
        let request = rp.request();
        world.sign_in(&mut browser, &rp, &request, &world.anna).await;
    }
    let (flow, other) = (flow_of(&world, "planner").await, flow_of(&world, "two").await);
    // An address that is not registered: asked, and told to nobody but the operator.
    let bad = [("client_id", "planner"), ("post_logout_redirect_uri", "https://evil.test/")];
    let page = browser.get(&format!("/logout?{}", encode(&bad))).await;
    browser.press_only(&page, "stay", &[]).await;
    let good = [("client_id", "planner"), ("post_logout_redirect_uri", "https://planner.example/signed-out")];
    let page = browser.get(&format!("/logout?{}", encode(&good))).await;
    let end = browser.press_only(&page, "sign-out", &[]).await;
    assert_eq!(end.header("location"), "https://planner.example/signed-out");
    let steps = lines(&world, flow, "signed out").await;
    let from = steps.iter().position(|step| step.label == "go to /logout").unwrap();
    let all = labels(&steps[from..]);
    assert_eq!(
        all,
        [
            "go to /logout",
            "GET /logout",
            "page: sign out?",
            "stay signed in",
            "go to /logout",
            "GET /logout",
            "page: sign out?",
            "yes, sign out",
            "session ended",
            "signed out"
        ]
    );
    assert_eq!(refusal(&steps[from + 1]).0, "post_logout_redirect_uri");
    assert!(steps[from..].iter().all(|step| step.user == Some(world.anna.id)), "erased with the person");
    let elsewhere = lines(&world, other, "session ended").await;
    assert!(elsewhere.last().unwrap().detail.contains(&flow.to_string()));
}

#[tokio::test]
async fn refused_sign_outs_are_found_under_the_id_on_their_page() {
    let world = World::new().await;
    let reference = |page: &Answer| {
        let small = page.body.split("id=\"reference\">").nth(1).unwrap_or_else(|| panic!("{}", page.body));
        small.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().parse().unwrap()
    };
    let mut browser = world.browser_of(&world.anna).await;
    let twice = browser.get("/logout?state=1&state=2").await;
    assert_eq!(refusal(&lines(&world, reference(&twice), "/logout").await[0]).0, "parameter_twice");
    let fields = [("flow", "made-up"), ("do", "sign-out")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    let forged = browser.post_from_us("/logout", &fields).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert_eq!(refusal(&lines(&world, reference(&forged), "/logout").await[0]).0, "logout_form");
}
