//! A master key is replaced: node by node, cut off in the middle, with nodes that have not heard yet.

use super::{Nodes, START, both, env, master_keys, sealer};
use countersign_core::Lifetimes;
use countersign_core::time::{days, minutes};
use countersign_jose::Alg;
use countersign_keys::rotation::Schedule;
use countersign_keys::{Sealer, StoredKey, SystemRng};
use countersign_store::signing_keys::{self, KeyChange, KeyRow};
use countersign_store::{Db, unit};
use countersign_web::custody::{self, Use};
use countersign_web::keyring::{self, Wish};
use std::sync::Arc;
use std::time::Duration;

/// This many signing keys more, sealed as this node seals.
async fn fill(db: &Db, sealer: &Sealer, count: usize) {
    let schedule = Schedule { created_at: START, active_from: START + days(100), ending: None };
    let rows: Vec<_> = (0..count)
        .map(|_| StoredKey::create(Alg::EdDsa, schedule, sealer).unwrap())
        .map(|key| {
            KeyChange::Insert(KeyRow {
                kid: key.kid,
                alg: key.alg.as_str().to_owned(),
                sealed: key.sealed,
                public_jwk: key.public_jwk,
                created_at: schedule.created_at,
                active_from: schedule.active_from,
                ending: None,
            })
        })
        .collect();
    let rows = Arc::new(rows);
    let put = unit(move |tx| {
        let rows = rows.clone();
        Box::pin(async move {
            signing_keys::apply(tx, countersign_core::organization::OrgScope::installation(), &rows).await
        })
    });
    db.run(put).await.unwrap();
}

async fn use_of(db: &Db, sealer: &Sealer, now: countersign_core::Timestamp) -> Vec<(Use, u64, bool)> {
    let standing = custody::look(db, sealer, now).await.unwrap();
    let all = custody::master_keys(db, sealer, &standing, &Lifetimes::default()).await.unwrap();
    all.iter().map(|it| (it.used, it.rows, it.may_go_from.is_some_and(|from| from <= now))).collect()
}

both! {
    async fn a_move_that_is_cut_off_goes_on_where_it_was(nodes: &Nodes) {
        let [new, old] = master_keys();
        let (before, both, after) = (sealer(&old), sealer(&format!("{new}\n{old}")), sealer(&new));
        let db = &nodes.one;
        let root = custody::root(db, &before, &SystemRng, START).await.unwrap();
        fill(db, &before, 120).await;
        // Cut off again and again, at any row.
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (door, both) = (nodes.node(attempts), both.clone());
            let moving = tokio::spawn(async move { custody::reseal(&door, &both, START).await.unwrap() });
            tokio::time::sleep(Duration::from_millis(if attempts < 40 { 3 } else { 5_000 })).await;
            if moving.is_finished() {
                let done = moving.await.unwrap();
                if done.moved == 0 && done.missed == 0 {
                    assert_eq!(done.kept, 121);
                    break;
                }
                continue;
            }
            moving.abort();
            // In between, whoever has both keys opens everything, and nobody is told that the old one may go.
            assert!(keyring::load(db, &both_again(&new, &old), START).await.is_ok());
        }
        assert_eq!(custody::root(db, &after, &SystemRng, START).await.unwrap().id(), root.id(), "the same root");
        assert!(keyring::load(db, &after, START).await.is_ok());
        assert!(keyring::load(db, &before, START).await.is_err(), "the control");
    }

    async fn two_that_move_at_once_harm_nothing(nodes: &Nodes) {
        let [new, old] = master_keys();
        let (before, both) = (sealer(&old), sealer(&format!("{new}\n{old}")));
        custody::root(&nodes.one, &before, &SystemRng, START).await.unwrap();
        fill(&nodes.one, &before, 40).await;
        let (one, two) =
            tokio::join!(custody::reseal(&nodes.one, &both, START), custody::reseal(&nodes.two, &both, START));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(one.moved + two.moved, 41, "{one:?} {two:?}");
        assert!(keyring::load(&nodes.one, &sealer(&new), START).await.is_ok());
    }

    async fn the_list_says_when_the_old_key_may_go(nodes: &Nodes) {
        let [new, old] = master_keys();
        let (before, both) = (sealer(&old), sealer(&format!("{new}\n{old}")));
        let db = &nodes.one;
        custody::root(db, &before, &SystemRng, START).await.unwrap();
        fill(db, &before, 3).await;
        assert_eq!(use_of(db, &before, START).await, [(Use::Seals, 4, false)]);
        assert_eq!(use_of(db, &both, START).await, [(Use::Seals, 0, false), (Use::Opens, 4, false)]);
        // However long they lie there.
        let late = use_of(db, &both, START + days(9)).await;
        assert_eq!(late, [(Use::Seals, 0, false), (Use::Opens, 4, false)]);
        custody::reseal(db, &both, START).await.unwrap();
        // Links and flows under the old one still come back.
        assert_eq!(use_of(db, &both, START + minutes(59)).await, [(Use::Seals, 4, false), (Use::Opens, 0, false)]);
        assert_eq!(use_of(db, &both, START + days(2)).await, [(Use::Seals, 4, false), (Use::Opens, 0, true)]);
        assert_eq!(use_of(db, &before, START).await, [(Use::Seals, 0, false), (Use::Missing, 4, false)]);
    }
}

fn both_again(new: &str, old: &str) -> Sealer {
    sealer(&format!("{new}\n{old}"))
}

/// Node one has the new key; node two is restarted with it later. At no time does one seal what the other cannot open.
#[tokio::test]
async fn a_new_key_seals_only_when_every_node_has_it() {
    let Some(nodes) = Nodes::on_postgres().await else { return };
    let [new, old] = master_keys();
    let (one, two) = (sealer(&format!("{new}\n{old}")), sealer(&old));
    let id = |text: &str| sealer(text).master().active_id();
    custody::root(&nodes.one, &two, &SystemRng, START).await.unwrap();
    keyring::tend(&nodes.one, &two, &Default::default(), &Wish::Due, &env(&two, START)).await.unwrap();
    let mut now = START;
    custody::beat(&nodes.two, &two, "two", now).await.unwrap();
    let standing = custody::beat(&nodes.one, &one, "one", now).await.unwrap();
    assert_eq!(one.master().active_id(), id(&old));
    assert_eq!(standing.lacking().map(|node| node.name.as_str()).collect::<Vec<_>>(), ["two"]);
    // Waiting does not help as long as node two is up.
    for _ in 0..20 {
        now += minutes(1);
        custody::beat(&nodes.two, &two, "two", now).await.unwrap();
        assert!(!custody::beat(&nodes.one, &one, "one", now).await.unwrap().may_reseal(now));
        assert_eq!(one.master().active_id(), id(&old));
    }
    assert!(two.open("p", b"", &one.seal("p", b"", b"x").unwrap()).is_ok());
    // It is restarted under another name, with both; the old one is forgotten after a while.
    let two = both_again(&new, &old);
    now += Duration::from_secs(15);
    custody::beat(&nodes.two, &two, "two again", now).await.unwrap();
    assert_eq!(two.master().active_id(), id(&old), "the one that it was may still be there");
    now += minutes(2);
    custody::beat(&nodes.two, &two, "two again", now).await.unwrap();
    custody::beat(&nodes.one, &one, "one", now).await.unwrap();
    let standing = custody::beat(&nodes.two, &two, "two again", now).await.unwrap();
    assert_eq!((one.master().active_id(), two.master().active_id()), (id(&new), id(&new)));
    assert!(!standing.may_reseal(now), "who is just being started has a minute to tell");
    now += minutes(1);
    custody::beat(&nodes.one, &one, "one", now).await.unwrap();
    assert!(custody::beat(&nodes.two, &two, "two again", now).await.unwrap().may_reseal(now));
    // A third one with the old configuration comes up before rows have moved: everybody steps back.
    let three = sealer(&old);
    custody::beat(&nodes.one, &three, "three", now).await.unwrap();
    assert!(!custody::beat(&nodes.one, &one, "one", now).await.unwrap().may_reseal(now));
    assert_eq!(one.master().active_id(), id(&old));
}
