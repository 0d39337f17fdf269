//! DESIGN 5: the revocation stream, from outside.

use crate::grants::{API, FILES, House, SECRET, Tokens, basic, client};
use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, Request, StatusCode};
use countersign_core::ClientId;
use countersign_core::oauth::client::SecretHash;
use countersign_core::oauth::{Client, ClientAuth, Resource, Scope};
use countersign_core::organization::OrgScope;
use countersign_core::time::minutes;
use countersign_testkit::{TestServer, postgres_url};
use countersign_web::revocations::{IN_ALL, PER_CLIENT};
use futures_util::StreamExt;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::time::Duration;

/// A resource that nobody exchanges tokens for: `mallory` serves it.
const OTHER: &str = "https://other.example";

#[derive(Debug, Clone, PartialEq)]
struct Event {
    name: String,
    id: Option<String>,
    data: Value,
}

struct Stream {
    status: StatusCode,
    headers: HeaderMap,
    body: BodyDataStream,
    text: String,
}

impl Stream {
    async fn open(server: &TestServer, client: &str, heard: Option<&str>) -> Self {
        let mut headers = vec![("authorization", basic(client, SECRET))];
        headers.extend(heard.map(|id| ("last-event-id", id.to_owned())));
        Self::ask(server, "GET", "/revocations", &headers, "").await
    }

    async fn ask(
        server: &TestServer,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: &str,
    ) -> Self {
        let mut request = Request::builder().method(method).uri(path).header("host", "id.example");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = server.browser().raw(request.body(Body::from(body.to_owned())).unwrap()).await;
        let (parts, body) = response.into_parts();
        let body = body.into_data_stream();
        Self { status: parts.status, headers: parts.headers, body, text: String::new() }
    }

    /// The next event; `None`: the stream is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                        .map(str::to_owned)
                };
                let data = serde_json::from_str(&field("data").unwrap()).unwrap();
                return Some(Event { name: field("event").unwrap(), id: field("id"), data });
            }
            let more = tokio::time::timeout(Duration::from_secs(30), self.body.next()).await;
            let more = more.expect("something within half a minute")?.unwrap();
            self.text.push_str(std::str::from_utf8(&more).unwrap());
        }
    }

    /// The next that is no heartbeat.
    async fn news(&mut self) -> Option<Event> {
        loop {
            match self.next().await {
                Some(event) if event.name == "heartbeat" => {}
                other => return other,
            }
        }
    }

    /// The `sid` that has ended next.
    async fn ended(&mut self) -> String {
        let event = self.news().await.unwrap();
        assert_eq!(event.name, "ended", "{event:?}");
        event.data["sid"].as_str().unwrap().to_owned()
    }
}

/// A subscriber that has begun.
async fn listen(house: &House, client: &str) -> Stream {
    let mut stream = Stream::open(&house.server, client, None).await;
    assert_eq!(stream.status, 200);
    assert_eq!(stream.next().await.unwrap().name, "reset", "what ended before is not known");
    stream
}

async fn resource(house: &House, identifier: &str, clients: &[&str]) {
    let resource = Resource {
        identifier: identifier.into(),
        org: OrgScope::installation().org(),
        name: identifier.into(),
        scope: Scope::parse("plans:read").unwrap(),
        scope_descriptions: Default::default(),
        introspection_clients: clients.iter().map(|it| ClientId::parse(it).unwrap()).collect(),
    };
    house.server.resource(resource).await;
}

async fn house() -> House {
    with_other(House::build().await).await
}

async fn with_other(house: House) -> House {
    resource(&house, OTHER, &["mallory"]).await;
    let elsewhere = Client { resources: vec![OTHER.into()], ..client("elsewhere", secret(SECRET)) };
    house.server.register(elsewhere).await;
    house
}

fn secret(text: &str) -> ClientAuth {
    ClientAuth::ClientSecretBasic { secrets: vec![SecretHash(Sha256::digest(text).into())] }
}

async fn revoke(house: &House, client: &str, token: &str) {
    assert_eq!(house.post("/revoke", client, &[("token", token)]).await.status, 200);
}

async fn end_one(house: &House) {
    let tokens = house.tokens("planner", "openid").await;
    revoke(house, "planner", &tokens.refresh).await;
}

#[tokio::test]
async fn each_end_of_a_grant_is_heard_by_those_it_concerns() {
    let house = house().await;
    let (mut api, mut files) = (listen(&house, "api").await, listen(&house, "files").await);
    let sid = house.session.to_string();
    for way in ["refresh token", "access token", "reuse", "code", "exchanged"] {
        let code = house.code("planner", "openid plans:read").await;
        let tokens = Tokens::of(&house.redeem("planner", &code).await);
        match way {
            "refresh token" => revoke(&house, "planner", &tokens.refresh).await,
            "access token" => revoke(&house, "planner", &tokens.access).await,
            "reuse" => {
                let second = Tokens::of(&house.refresh("planner", &tokens.refresh).await);
                Tokens::of(&house.refresh("planner", &second.refresh).await);
                assert_eq!(house.refresh("planner", &tokens.refresh).await.status, 400);
            }
            "code" => assert_eq!(house.redeem("planner", &code).await.status, 400),
            _ => {
                let fields = [
                    ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
                    ("subject_token", tokens.access.as_str()),
                    ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                    ("resource", FILES),
                ];
                let exchanged = house.token("api", &fields).await.json();
                revoke(&house, "api", exchanged["access_token"].as_str().unwrap()).await;
            }
        }
        for stream in [&mut api, &mut files] {
            let event = stream.news().await.unwrap();
            assert_eq!(event.name, "ended", "{way}");
            let epoch = house.server.now().seconds();
            assert!((event.data["epoch"].as_i64().unwrap() - epoch).abs() <= 30);
            assert_eq!(event.data, json!({ "sid": sid, "epoch": event.data["epoch"] }), "and nothing else");
        }
    }
}

/// Nobody hears of sessions that had no token for it.
#[tokio::test]
async fn what_concerns_others_is_not_heard() {
    let house = house().await;
    let (mut mallory, mut api) = (listen(&house, "mallory").await, listen(&house, "api").await);
    end_one(&house).await;
    api.ended().await;
    let next = mallory.next().await.unwrap();
    assert_eq!((next.name.as_str(), next.data), ("heartbeat", json!({})));
    let tokens = house.tokens("elsewhere", "openid").await;
    revoke(&house, "elsewhere", &tokens.refresh).await;
    assert_eq!(mallory.ended().await, house.session.to_string());
    // A heartbeat carries the place that was reached: with it nothing of others is replayed, and nothing is lost.
    let mut again = Stream::open(&house.server, "mallory", next.id.as_deref()).await;
    assert_eq!(again.next().await.unwrap().name, "heartbeat");
    again.ended().await;
    assert_eq!(again.next().await.unwrap().name, "heartbeat");
}

#[tokio::test]
async fn only_who_may_introspect_may_listen() {
    let house = house().await;
    resource(&house, "https://posted.example", &["poster", "spa"]).await;
    let basic = |client: &str, secret: &str| vec![("authorization", basic(client, secret))];
    let form = || vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
    let secret = SECRET.replace(' ', "+");
    let in_query = format!("/revocations?client_id=poster&client_secret={secret}");
    let posted = format!("client_id=poster&client_secret={secret}");
    for (what, method, path, headers, body, status, code) in [
        ("nobody", "GET", "/revocations", vec![], "", 401, "invalid_client"),
        ("a wrong secret", "GET", "/revocations", basic("api", "wrong"), "", 401, "invalid_client"),
        ("a stranger", "GET", "/revocations", basic("nobody", SECRET), "", 401, "invalid_client"),
        ("a secret in the address", "GET", in_query.as_str(), vec![], "", 401, "invalid_client"),
        ("a public client", "POST", "/revocations", form(), "client_id=spa", 401, "invalid_client"),
        ("not listed", "GET", "/revocations", basic("planner", SECRET), "", 403, "unauthorized_client"),
        ("no form", "POST", "/revocations", basic("api", SECRET), "{}", 400, "invalid_request"),
        ("listed", "GET", "/revocations", basic("api", SECRET), "", 200, ""),
        ("listed, in the body", "POST", "/revocations", form(), posted.as_str(), 200, ""),
    ] {
        let mut stream = Stream::ask(&house.server, method, path, &headers, body).await;
        assert_eq!(stream.status.as_u16(), status, "{what}");
        assert_eq!(stream.headers["cache-control"], "no-store", "{what}");
        if status == 200 {
            assert_eq!(stream.headers["content-type"], "text/event-stream");
            assert_eq!(stream.headers["x-accel-buffering"], "no");
            continue;
        }
        let answer: Value = serde_json::from_slice(&stream.body.next().await.unwrap().unwrap()).unwrap();
        assert_eq!(answer["error"], code, "{what}");
        assert_eq!(
            stream.headers.contains_key("www-authenticate"),
            what.starts_with("a wrong") || what == "a stranger"
        );
    }
    assert_eq!(house.server.app.revocations.open(), 0, "places are free again");
}

#[tokio::test]
async fn discovery_says_where_the_stream_is() {
    let house = house().await;
    let document = house.server.browser().get("/.well-known/openid-configuration").await.json();
    assert_eq!(document["revocation_stream_endpoint"], "https://id.example/revocations");
}

/// A stream goes on where it was for ten minutes; whoever may have missed something is told.
#[tokio::test]
async fn a_stream_goes_on_where_it_was_or_says_that_it_cannot() {
    let house = house().await;
    let mut first = Stream::open(&house.server, "api", None).await;
    let begun = first.next().await.unwrap();
    assert_eq!(begun.name, "reset");
    drop(first);
    for _ in 0..3 {
        end_one(&house).await;
    }
    let mut again = Stream::open(&house.server, "api", begun.id.as_deref()).await;
    assert_eq!(again.next().await.unwrap().name, "heartbeat", "at once: the stream lives");
    let mut ids = Vec::new();
    for _ in 0..3 {
        let event = again.news().await.unwrap();
        assert_eq!(event.name, "ended");
        ids.push(event.id.unwrap());
    }
    let mut last = Stream::open(&house.server, "api", Some(&ids[1])).await;
    last.ended().await;
    let foreign = Stream::open(&house.server, "files", None).await.next().await.unwrap().id.unwrap();
    for unknown in ["7", "nonsense", foreign.as_str()] {
        let mut stream = Stream::open(&house.server, "api", Some(unknown)).await;
        let event = stream.next().await.unwrap();
        assert_eq!(event.name, "reset", "{unknown}");
        assert!(event.data["epoch"].is_i64() && event.id.is_some());
    }
    house.server.advance(minutes(9));
    let mut late = Stream::open(&house.server, "api", Some(&ids[1])).await;
    late.ended().await;
    house.server.advance(minutes(2));
    end_one(&house).await;
    again.ended().await;
    let mut too_late = Stream::open(&house.server, "api", Some(&ids[1])).await;
    assert_eq!(too_late.next().await.unwrap().name, "reset");
}

/// DESIGN 5: a disabled client's tokens are refused at once; validators hear that they may hold some. What has no name
/// (no session) ends so too.
#[tokio::test]
async fn validators_hear_that_a_client_was_switched_off() {
    let house = house().await;
    let (mut api, mut mallory) = (listen(&house, "api").await, listen(&house, "mallory").await);
    let off = Client { disabled: true, ..client("planner", secret(SECRET)) };
    house.server.register(off).await;
    assert_eq!(api.news().await.unwrap().name, "reset");
    assert_eq!(mallory.next().await.unwrap().name, "heartbeat", "none of its tokens was for it");
}

#[tokio::test]
async fn a_stream_ends_when_its_client_may_not_listen_any_more() {
    for how in ["disabled", "secret", "listed"] {
        let house = house().await;
        let (mut api, mut files) = (listen(&house, "api").await, listen(&house, "files").await);
        match how {
            "disabled" => {
                house.server.register(Client { disabled: true, ..client("api", secret(SECRET)) }).await;
            }
            "secret" => {
                let auth = secret("another secret of more than thirty-two characters");
                house.server.register(client("api", auth)).await;
            }
            _ => resource(&house, API, &["files"]).await,
        }
        while let Some(event) = api.next().await {
            assert_ne!(event.name, "ended", "{how}");
        }
        if how == "disabled" {
            assert_eq!(files.news().await.unwrap().name, "reset", "api may have handed tokens on to it");
        }
        end_one(&house).await;
        files.ended().await;
    }
}

/// Somebody who does not read neither keeps memory nor delays others, and hears that it missed something.
#[tokio::test]
async fn a_slow_reader_is_cut_with_a_reset_and_delays_nobody() {
    let house = house().await;
    let (mut slow, mut quick) = (listen(&house, "api").await, listen(&house, "api").await);
    for _ in 0..3 {
        end_one(&house).await;
        quick.ended().await;
    }
    house.server.advance(minutes(11));
    end_one(&house).await;
    quick.ended().await;
    assert_eq!(slow.news().await.unwrap().name, "reset");
    assert_eq!(slow.next().await, None, "and it has to begin anew");
}

#[tokio::test]
async fn streams_are_bounded_for_a_client_and_in_all() {
    let house = house().await;
    let open = async |client: &str| Stream::open(&house.server, client, None).await;
    let mut streams = Vec::new();
    for _ in 0..PER_CLIENT {
        streams.push(open("api").await);
    }
    let refused = open("api").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(open("files").await.status, 200, "another client has its own");
    streams.pop();
    streams.push(open("api").await);
    assert_eq!(streams.last().unwrap().status, 200, "a place that was left is free");
    let more: Vec<_> = (0..IN_ALL / PER_CLIENT).map(|n| format!("gateway-{n}")).collect();
    for name in &more {
        house.server.register(client(name, secret(SECRET))).await;
    }
    resource(&house, "https://many.example", &more.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for name in more.iter().take(IN_ALL / PER_CLIENT - 1) {
        for _ in 0..PER_CLIENT {
            streams.push(open(name).await);
        }
    }
    assert!(streams.iter().all(|it| it.status == 200) && streams.len() == IN_ALL);
    let refused = open(more.last().unwrap()).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    drop(streams);
    assert_eq!(house.server.app.revocations.open(), 0);
}

/// One read a look for all of them together.
#[tokio::test]
async fn many_who_listen_read_the_database_no_more_often() {
    let house = house().await;
    let mut streams = Vec::new();
    for _ in 0..60 {
        streams.push(listen(&house, "api").await);
    }
    let before = house.server.app.db.counters();
    end_one(&house).await;
    for stream in &mut streams {
        stream.ended().await;
    }
    let cost = house.server.app.db.counters() - before;
    assert!(cost.reads < 50, "{cost:?}");
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let house = house().await;
    let mut api = listen(&house, "api").await;
    house.server.stop();
    assert_eq!(api.news().await, None);
    assert_eq!(Stream::open(&house.server, "api", None).await.status, StatusCode::SERVICE_UNAVAILABLE);
}

/// What ends on one node is heard on another, and a stream that broke off on one goes on at the other.
#[tokio::test]
async fn an_end_on_one_node_is_heard_on_another() {
    let Some(database) = postgres_url().await else { return };
    let policy = || countersign_core::Policy::new(countersign_testkit::ISSUER);
    let house = with_other(House::on(TestServer::with(&database, policy()).await).await).await;
    let other = TestServer::with(&database, policy()).await;
    let mut there = Stream::open(&other, "api", None).await;
    let begun = there.next().await.unwrap();
    for _ in 0..5 {
        end_one(&house).await;
        assert_eq!(there.ended().await, house.session.to_string());
    }
    let mut here = Stream::open(&house.server, "api", begun.id.as_deref()).await;
    for _ in 0..5 {
        here.ended().await;
    }
}
