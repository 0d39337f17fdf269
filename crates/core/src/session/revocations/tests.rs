use super::*;
use crate::ctx::fixed::Fixed;
use crate::oauth::ClientAuth;
use crate::oauth::client_auth::{Credentials, authenticate};
use crate::oauth::sample::{self, Known};
use crate::oauth::{Resource, Scope};
use std::sync::Arc;

const SECRET: &str = "a secret of more than thirty-two characters";

fn service(name: &str, goes_to: &[&str]) -> Client {
    let mut client = Client { id: ClientId::parse(name).unwrap(), ..sample::basic(SECRET) };
    if !goes_to.is_empty() {
        client.grant_types.push(GrantType::TokenExchange);
        client.exchange_resources = goes_to.iter().map(|it| (*it).to_owned()).collect();
    }
    client
}

fn resource(identifier: &str, clients: &[&str]) -> Resource {
    Resource {
        identifier: identifier.into(),
        org: Id::from_bytes([0; 16]),
        name: identifier.into(),
        scope: Scope::parse("read").unwrap(),
        scope_descriptions: Default::default(),
        introspection_clients: clients.iter().map(|it| ClientId::parse(it).unwrap()).collect(),
    }
}

/// `api` hands people's tokens on to `files`, `files` to `print`; `other` does nothing of the kind.
fn house() -> Known {
    Known(
        vec![
            service("api", &["https://files"]),
            service("files", &["https://print"]),
            service("print", &[]),
            service("other", &[]),
            service("planner", &[]),
        ],
        vec![
            resource("https://api", &["api"]),
            resource("https://files", &["files"]),
            resource("https://print", &["print"]),
            resource("https://other", &["other"]),
        ],
    )
}

fn proved(known: &Known, name: &str) -> AuthenticatedClient {
    let id = ClientId::parse(name).unwrap();
    let secret = SECRET.to_owned().into();
    let credentials = Credentials::Basic { client_id: name.into(), secret };
    authenticate(&credentials, known.client(&id).map(|it| Arc::new(it.clone()))).unwrap()
}

fn subscriber(known: &Known, name: &str) -> Subscriber {
    subscribe(proved(known, name), &known.1).unwrap()
}

fn sid(n: u8) -> Id<id::Session> {
    Id::from_bytes([n; 16])
}

fn ended(audiences: &[&str]) -> Ended {
    Ended::Session { sid: sid(1), aud: audiences.iter().map(|it| (*it).to_owned()).collect() }
}

#[test]
fn who_may_introspect_may_listen_and_nobody_else() {
    let known = house();
    assert_eq!(subscriber(&known, "api").client().as_str(), "api");
    let refused = subscribe(proved(&known, "planner"), &known.1).unwrap_err();
    assert_eq!(refused, StreamRefused::NotListed);
}

#[test]
fn what_ended_is_told_where_its_tokens_were_good_and_where_they_may_have_been_exchanged_to() {
    let known = house();
    for (audiences, hear) in [
        (&["https://api"][..], &["api", "files", "print"][..]),
        (&["https://files"], &["files", "print"]),
        (&["https://print"], &["print"]),
        (&["https://other"], &["other"]),
        (&["https://other", "https://print"], &["print", "other"]),
        (&["https://nowhere"], &[]),
        (&[], &[]),
    ] {
        let hearing: Vec<_> = ["api", "files", "print", "other"]
            .into_iter()
            .filter(|name| subscriber(&known, name).concerned(&ended(audiences), &known))
            .collect();
        assert_eq!(hearing, hear, "{audiences:?}");
    }
}

#[test]
fn exchange_in_a_circle_ends() {
    let mut known = house();
    known.0[2] = service("print", &["https://api"]);
    assert!(!subscriber(&known, "other").concerned(&ended(&["https://api"]), &known));
}

#[test]
fn a_stream_ends_with_what_opened_it() {
    let known = house();
    let api = subscriber(&known, "api");
    assert!(api.still(&known, &known.1));
    let changed = |change: &dyn Fn(&mut Known)| {
        let mut known = house();
        change(&mut known);
        api.still(&known, &known.1)
    };
    assert!(!changed(&|it| it.0[0].disabled = true), "switched off");
    assert!(!changed(&|it| drop(it.0.remove(0))), "removed");
    assert!(!changed(&|it| drop(it.1.remove(0))), "listed no more");
    let secrets = vec![sample::hash("another secret of more than thirty-two")];
    assert!(!changed(&|it| it.0[0].auth = ClientAuth::ClientSecretBasic { secrets: secrets.clone() }));
    assert!(changed(&|it| it.0[0].name = "A new name".into()));
    assert!(changed(&|it| it.0[3].disabled = true), "somebody else");
}

#[test]
fn a_stream_goes_on_only_where_nothing_can_be_missing() {
    let at = |n| Some(Position(n));
    for (heard, expected) in [
        (None, Start::Reset(Position(9))),
        (at(4), Start::Reset(Position(9))),
        (at(5), Start::Resumed(Position(5))),
        (at(7), Start::Resumed(Position(7))),
        (at(9), Start::Resumed(Position(9))),
        (at(10), Start::Reset(Position(9))),
    ] {
        assert_eq!(Log::new(Position(9), commits(6..=9), NOW).start(heard), expected, "{heard:?}");
    }
    let empty = Log::new(Position(3), vec![], NOW);
    assert_eq!(empty.start(at(3)), Start::Resumed(Position(3)), "nothing happened");
}

const NOW: Timestamp = Timestamp::from_seconds(1_795_219_200);

fn commits(of: std::ops::RangeInclusive<i64>) -> Vec<Ending> {
    of.map(|n| Ending { position: Position(n), at: NOW, ended: vec![ended(&["https://api"])] }).collect()
}

fn seen(log: &Log, heard: i64) -> Option<Vec<i64>> {
    Some(log.after(Position(heard), 100)?.iter().map(|it| it.position.0).collect())
}

#[test]
fn a_log_begins_where_nothing_is_missing() {
    let mut gap = commits(1..=9);
    gap.remove(4);
    let mut aged = commits(1..=9);
    aged[2].at = NOW - RESUMABLE - Duration::from_secs(1);
    for (newest, first) in [(commits(1..=9), 1), (gap, 6), (aged, 4), (commits(1..=7), 10), (vec![], 10)] {
        let log = Log::new(Position(9), newest, NOW);
        assert_eq!(seen(&log, first - 1).unwrap(), (first..=9).collect::<Vec<_>>());
        assert_eq!(seen(&log, first - 2), None, "what came before is not known");
    }
}

#[test]
fn a_log_forgets_after_ten_minutes_and_when_it_is_full_and_says_so() {
    let mut log = Log::new(Position(0), vec![], NOW);
    log.add(commits(1..=3), NOW);
    log.add(commits(3..=5), NOW);
    assert_eq!(seen(&log, 0).unwrap(), [1, 2, 3, 4, 5], "none twice");
    assert_eq!((seen(&log, 5).unwrap().len(), log.last()), (0, Position(5)));
    assert_eq!(log.after(Position(1), 2).unwrap().len(), 2);
    log.add(vec![], NOW + RESUMABLE);
    assert_eq!(seen(&log, 0).unwrap().len(), 5);
    let mut late = commits(6..=6);
    late[0].at = NOW + minutes(1);
    log.add(late, NOW + RESUMABLE + Duration::from_secs(1));
    assert_eq!((seen(&log, 4), seen(&log, 5)), (None, Some(vec![6])));
    let many = i64::from(MOST_KEPT) + 7;
    let mut log = Log::new(Position(0), vec![], NOW);
    log.add(commits(1..=many), NOW);
    assert_eq!((log.after(Position(6), 1), log.after(Position(7), 1).map(|it| it.len())), (None, Some(1)));
}

#[test]
fn who_was_there_when_commits_were_missed_hears_that_they_were() {
    let mut log = Log::new(Position(0), vec![], NOW);
    log.add(commits(1..=3), NOW);
    log.add(commits(8..=9), NOW);
    assert_eq!((seen(&log, 3), seen(&log, 7)), (None, Some(vec![8, 9])));
    assert_eq!(log.start(Some(Position(3))), Start::Reset(Position(9)));
}

#[test]
fn a_position_is_one_clients_and_tells_nobody_the_number() {
    let fixed = Fixed::new();
    let (api, other) = (ClientId::parse("api").unwrap(), ClientId::parse("other").unwrap());
    let text = Position(77).sealed(&api, &fixed.ctx());
    assert_eq!(Position::open(&text, &api, &fixed.ctx()), Some(Position(77)));
    assert_eq!(Position::open(&text, &other, &fixed.ctx()), None);
    for wrong in ["", "77", "x", &text[1..], &format!("{text}A")] {
        assert_eq!(Position::open(wrong, &api, &fixed.ctx()), None, "{wrong}");
    }
}

#[test]
fn one_line_a_session_and_none_that_nobody_could_hear() {
    let list = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let lines = gather([
        (sid(1), list(&["https://b"])),
        (sid(2), vec![]),
        (sid(1), list(&["https://a", "https://b"])),
        (sid(3), list(&["https://c"])),
    ]);
    let aud = |texts: &[&str]| list(texts).into_iter().collect();
    assert_eq!(
        lines,
        [
            Ended::Session { sid: sid(1), aud: aud(&["https://a", "https://b"]) },
            Ended::Session { sid: sid(3), aud: aud(&["https://c"]) },
        ]
    );
    for line in lines.into_iter().chain([Ended::all_of(&service("api", &["https://files"]))]) {
        let text = serde_json::to_string(&line).unwrap();
        assert_eq!(serde_json::from_str::<Ended>(&text).unwrap(), line);
    }
    let all = Ended::all_of(&service("api", &["https://files"]));
    assert!(
        all.audiences().contains("https://files") && all.audiences().contains("https://api.planner.example")
    );
}

/// No subject, no client, no reason. The epoch covers what was issued while the end was under way.
#[test]
fn an_event_holds_sid_and_epoch_alone() {
    let at = Timestamp::from_micros(1_795_219_200_999_999);
    let mut text = String::new();
    StreamEvent::of(&ended(&["https://api"]), at).write(Some("seven"), &mut text);
    StreamEvent::of(&Ended::Client { aud: BTreeSet::new() }, at).write(None, &mut text);
    StreamEvent::Heartbeat.write(Some("eight"), &mut text);
    let expected = format!(
        "event: ended\nid: seven\ndata: {{\"sid\":\"{}\",\"epoch\":1795219205}}\n\n\
         event: reset\ndata: {{\"epoch\":1795219205}}\n\n\
         event: heartbeat\nid: eight\ndata: {{}}\n\n",
        sid(1)
    );
    assert_eq!(text, expected);
}
