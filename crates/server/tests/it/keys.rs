//! `countersign keys` against the running server, and a master key that is replaced.

use std::sync::Arc;
use std::time::Duration;

use countersign_core::Lifetimes;
use countersign_core::organization::OrgScope;
use countersign_core::time::days;
use countersign_jose::Alg;
use countersign_keys::rotation::Schedule;
use countersign_keys::{MasterRing, Sealer, StoredKey, SystemRng};
use countersign_store::signing_keys::{self, KeyChange, KeyRow};
use countersign_store::{Db, unit};
use countersign_web::clock::Clock;
use countersign_web::{custody, keyring};
use serde_json::Value as Json;

use crate::running::{MASTER_KEY, Running};

/// A master key whose id is not that of the usual one.
fn other() -> String {
    loop {
        let key = MasterRing::generate(&SystemRng).to_string();
        if MasterRing::parse(&format!("{key} {MASTER_KEY}")).is_ok() {
            return key;
        }
    }
}

fn of(list: &Json, alg: &str, phase: &str) -> Vec<String> {
    let keys = list["keys"].as_array().unwrap().iter();
    let found = keys.filter(|key| key["alg"] == alg && key["phase"] == phase);
    found.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate_and_are_revoked_from_the_command_line() {
    let server = Running::start("keys", "");
    let first = of(&server.json(&["keys", "list"]), "ES256", "active");
    assert_eq!(first.len(), 1);
    // The first rotation publishes a successor and says from when on it signs; asked again it stays at that.
    let rotated = server.json(&["keys", "rotate", "--alg", "ES256"]);
    assert_eq!(rotated["rotated"][0]["changed"], true, "{rotated}");
    let next = rotated["rotated"][0]["kid"].as_str().unwrap().to_owned();
    let again = server.json(&["keys", "rotate", "--alg", "ES256"]);
    assert_eq!(
        (&again["rotated"][0]["kid"], &again["rotated"][0]["changed"]),
        (&next.clone().into(), &false.into())
    );
    let list = server.json(&["keys", "list"]);
    assert_eq!(
        (of(&list, "ES256", "active"), of(&list, "ES256", "next")),
        (first.clone(), vec![next.clone()])
    );
    let (code, text, _) = server.command(&["keys", "rotate", "--alg", "ES256"]);
    assert!(code == 0 && text.contains("signs from 20"), "{text}");
    // The key leaks: it is gone from the key set when the command comes back, and the successor signs.
    let (code, text, errors) = server.command(&["keys", "revoke", &first[0]]);
    assert!(code == 0 && text.contains("is revoked") && text.contains(&next), "{text}{errors}");
    let published = server.browser().get("/jwks.json").await.body;
    assert!(!published.contains(&first[0]) && published.contains(&next));
    let list = server.json(&["keys", "list"]);
    assert_eq!(of(&list, "ES256", "active"), [next]);
    assert_eq!(of(&list, "ES256", "next").len(), 1, "a new successor is published");
    let (code, _, errors) = server.command(&["keys", "revoke", &first[0]]);
    assert!(code == 1 && errors.contains("no such key"), "{errors}");
    let (code, _, errors) = server.command(&["keys", "rotate", "--alg", "HS256"]);
    assert!(code == 1 && errors.contains("choose from"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_key_is_replaced_without_anybody_noticing_and_a_wrong_one_refuses_to_start() {
    let mut server = Running::start("master", "");
    let (new, stranger) = (other(), other());
    let keys = |list: &Json| -> Vec<String> {
        let all = list["keys"].as_array().unwrap().iter();
        all.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    let before = keys(&server.json(&["keys", "list"]));
    let uses = |list: &Json| -> Vec<(Json, Json)> {
        let all = list["master_keys"].as_array().unwrap().iter();
        all.map(|key| (key["use"].clone(), key["rows"].clone())).collect()
    };

    // 1. The wrong file: it says what is wrong and what to do, and has changed nothing.
    server.kill();
    server.master_keys(&[&stranger]);
    let (code, log) = server.refuses();
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("not among the configured master keys") && log.contains("master-key file"), "{log}");
    let report = server.json(&["doctor"]);
    let findings = report["findings"].as_array().unwrap().iter();
    let found: Vec<_> = findings.filter(|it| it["check"] == "keys").collect();
    assert!(found.len() == 1 && found[0]["state"] == "fail", "{report}");

    // 2. The new one in front.
    server.master_keys(&[&new, MASTER_KEY]);
    server.again();
    let list = server.json(&["keys", "list"]);
    assert_eq!(keys(&list), before, "the wrong key made no keys");
    assert_eq!(uses(&list), [("seals".into(), 0.into()), ("opens".into(), 5.into())], "{list}");
    let moved = server.json(&["keys", "rewrap"]);
    assert_eq!((&moved["moved"], &moved["kept"], &moved["missed"]), (&5.into(), &0.into(), &0.into()));
    server.kill();
    server.again();
    let moved = server.json(&["keys", "rewrap"]);
    assert_eq!((&moved["moved"], &moved["kept"]), (&0.into(), &5.into()));
    let list = server.json(&["keys", "list"]);
    assert_eq!(uses(&list), [("seals".into(), 5.into()), ("opens".into(), 0.into())]);
    assert!(list["master_keys"][1]["may_go_from"].is_i64() && list["master_keys"][1]["may_go"] == false);
    let (_, text, _) = server.command(&["keys", "list"]);
    assert!(text.contains("may go from 20"), "{text}");

    // 3. The old one is gone, and with it whoever has only that.
    server.kill();
    server.master_keys(&[&new]);
    server.again();
    assert_eq!(keys(&server.json(&["keys", "list"])), before);
    server.kill();
    server.master_keys(&[MASTER_KEY]);
    assert_eq!(server.refuses().0, Some(1));
}

/// whoever moves the rows is killed over and over; no row is lost, and the next one goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_is_killed_goes_on_and_no_row_is_unreadable() {
    let mut server = Running::start("killed", "");
    server.kill();
    let sealer = |text: &str| Sealer::new(Arc::new(MasterRing::parse(text).unwrap()));
    let url = format!("sqlite:{}", server.folder.join("countersign.db").display());
    fill(&url, &sealer(MASTER_KEY), 1_500).await;
    let new = other();
    server.master_keys(&[&new, MASTER_KEY]);
    let mut before = 0;
    for (wal, place) in [(30_000, "begun"), (300_000, "on its way"), (600_000, "well on its way")] {
        // The write-ahead log says how far it is.
        let mut moving = server.program(&["keys", "rewrap"]);
        let log = server.folder.join("countersign.db-wal");
        while std::fs::metadata(&log).map_or(0, |log| log.len()) < wal {
            assert!(moving.try_wait().unwrap().is_none(), "it ended before it was {place}");
            std::thread::sleep(Duration::from_millis(1));
        }
        moving.kill().unwrap();
        moving.wait().unwrap();
        let now = moved(&url, &new).await;
        assert!(before < now && now < 1_505, "{place}: {before} rows, then {now}");
        before = now;
    }
    let rest = server.json(&["keys", "rewrap"]);
    assert_eq!((&rest["moved"], &rest["kept"]), (&(1_505 - before).into(), &before.into()));
    server.master_keys(&[&new]);
    server.again();
    let list = server.json(&["keys", "list"]);
    assert_eq!(list["master_keys"].as_array().unwrap().len(), 1, "{list}");
}

/// Signing keys that are to sign one day.
async fn fill(url: &str, sealer: &Sealer, count: usize) {
    let now = Clock::default().now();
    let schedule = Schedule { created_at: now, active_from: now + days(80), ending: None };
    let row = |_| {
        let key = StoredKey::create(Alg::EdDsa, schedule, sealer).unwrap();
        let alg = key.alg.as_str().to_owned();
        let (kid, sealed, public_jwk) = (key.kid, key.sealed, key.public_jwk);
        let (created_at, active_from) = (schedule.created_at, schedule.active_from);
        KeyChange::Insert(KeyRow { kid, alg, sealed, public_jwk, created_at, active_from, ending: None })
    };
    let rows: Arc<Vec<_>> = Arc::new((0..count).map(row).collect());
    let put = unit(move |tx| {
        let rows = rows.clone();
        Box::pin(async move { signing_keys::apply(tx, OrgScope::installation(), &rows).await })
    });
    Db::open(url).await.unwrap().run(put).await.unwrap();
}

/// How many rows lie under this master key. Every row opens under it or under the usual one.
async fn moved(url: &str, new: &str) -> u64 {
    let db = Db::open(url).await.unwrap();
    let both = Sealer::new(Arc::new(MasterRing::parse(&format!("{new} {MASTER_KEY}")).unwrap()));
    let now = Clock::default().now();
    keyring::load(&db, &both, now).await.unwrap();
    let standing = custody::look(&db, &both, now).await.unwrap();
    let all = custody::master_keys(&db, &both, &standing, &Lifetimes::default()).await.unwrap();
    assert_eq!(all.iter().map(|key| key.rows).sum::<u64>(), 1_505);
    all[0].rows
}
