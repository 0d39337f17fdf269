//! What the revocation stream tells: written in the commit of each end, numbered in the order of the commits.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use countersign_core::account::operator::Order;
use countersign_core::oauth::Client;
use countersign_core::organization::OrgScope;
use countersign_core::session::EndReason;
use countersign_core::session::revocations::{Ended, Ending, Position};
use countersign_core::time::minutes;
use countersign_core::{ClientId, Outcome, Timestamp, Write};
use countersign_store::account::operator::{Obey, Whom};
use countersign_store::oauth::RevokeGrant;
use countersign_store::oauth::clients::{self, Origin};
use countersign_store::session::endings::{After, Newest};
use countersign_store::{Db, Sql, params, purge, settle, unit};
use std::convert::Infallible;

use crate::grants::{House, VERIFIER, clear, client};
use crate::support::{admin_rows, application, both, patient, postgres_url};

const API: &str = "https://api.example";

async fn all(db: &Db) -> Vec<Ending> {
    db.read(After(Position(0), 1_000)).await.unwrap()
}

async fn put(db: &Db, client: Client, at: Timestamp) {
    let client = Arc::new(client);
    let put = unit(move |tx| {
        let client = client.clone();
        Box::pin(async move { clients::put_client(tx, &client, Origin::Config, at).await })
    });
    assert!(db.run(put).await.unwrap());
}

fn planner(disabled: bool) -> Client {
    let uri = Some("https://planner.example/out".to_owned());
    Client { backchannel_logout_uri: uri, disabled, ..client("planner").client().clone() }
}

fn here() -> BTreeSet<String> {
    BTreeSet::from([API.to_owned()])
}

both! {
    /// Whatever ends a grant stands there once, with its session and audiences; what ends none does not. The app hears by
    /// logout token of the end of the session and of being put out of it, and not of what it did itself.
    async fn each_way_to_end_a_grant_is_told_once(db: Db) {
        for (how, survives, logout) in [
            ("revoked", false, false),
            ("refresh reused", false, true),
            ("code reused", false, true),
            ("consent withdrawn", false, true),
            ("signed out", false, true),
            ("signed out", true, true),
            ("operator", true, true),
        ] {
            let scope = if survives { "openid offline_access" } else { "openid" };
            let house = House::build(&db, scope).await;
            put(&db, planner(false), house.fixed.now).await;
            db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
            let (before, queued) = (all(&db).await.len(), deliveries(&db).await);
            let (env, at, family, session) = (house.fixed.env(), house.fixed.now, house.code.family, house.session);
            let act = async |writes: Vec<Write>| {
                let env = env.clone();
                let work = unit(move |tx| {
                    let (env, writes) = (env.clone(), writes.clone());
                    Box::pin(async move {
                        let mut outcome: Outcome<(), Infallible> = Outcome::reply(());
                        outcome.writes = writes;
                        settle(tx, &env, outcome).await
                    })
                });
                db.run(work).await.unwrap();
            };
            match how {
                "revoked" => {
                    for _ in 0..2 {
                        db.run(RevokeGrant { env: env.clone(), client: client("planner"), family }).await.unwrap();
                    }
                }
                "refresh reused" => act(vec![Write::EndFamily(family, EndReason::RefreshReused, at)]).await,
                "code reused" => {
                    for _ in 0..2 {
                        assert!(db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.is_err());
                    }
                }
                "consent withdrawn" => {
                    let reason = EndReason::ConsentWithdrawn;
                    let end = Write::EndFamiliesOfClient(house.user, ClientId::parse("planner").unwrap(), reason, at);
                    act(vec![end.clone(), end]).await;
                }
                "signed out" => {
                    let reason = EndReason::SignedOut;
                    let families = Write::EndFamiliesOfSession { session, offline: false, reason, at };
                    act(vec![Write::EndSession(session, reason, at), families]).await;
                }
                _ => {
                    for _ in 0..2 {
                        let whom = Whom::User(house.user);
                        db.run(Obey { env: env.clone(), whom, order: Order::EndSessions }).await.unwrap().result.unwrap();
                    }
                }
            }
            let told = all(&db).await.split_off(before);
            let goes_on = survives && how == "signed out";
            assert_eq!(told.len(), usize::from(!goes_on), "{how} {survives}");
            for ending in told {
                assert_eq!(ending.at, at);
                assert_eq!(ending.ended, [Ended::Session { sid: session, aud: here() }], "{how}");
            }
            assert_eq!(deliveries(&db).await - queued, i64::from(logout), "{how} {survives}");
            // Whoever was put out does not hear again when the session ends.
            let before = deliveries(&db).await;
            act(vec![Write::EndSession(session, EndReason::SignedOut, at)]).await;
            assert_eq!(deliveries(&db).await - before, i64::from(how == "revoked"), "{how}");
            clear(&db).await;
        }
    }

    async fn a_client_that_is_switched_off_or_removed_ends_all_that_it_had(db: Db) {
        let at = Timestamp::from_seconds(1_795_219_200);
        put(&db, planner(true), at).await;
        put(&db, planner(false), at).await;
        put(&db, planner(false), at).await;
        assert!(all(&db).await.is_empty(), "nobody was switched off");
        put(&db, planner(true), at).await;
        put(&db, planner(true), at).await;
        let told = all(&db).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].ended, [Ended::Client { aud: here() }]);
        put(&db, planner(false), at).await;
        assert!(remove(&db, "planner", at, false).await);
        assert!(!remove(&db, "planner", at, false).await);
        assert_eq!(all(&db).await.len(), 2);
    }

    /// Numbers are seen in their order and without gaps, whoever commits late: a reader that asks for what is newer than
    /// the last it saw misses nothing.
    async fn a_late_commit_is_not_missed(db: Db) {
        const MANY: usize = 24;
        let at = Timestamp::from_seconds(1_795_219_200);
        for n in 0..MANY {
            let id = ClientId::parse(&format!("c{n}")).unwrap();
            put(&db, Client { id, ..planner(false) }, at).await;
        }
        let ending: Vec<_> = (0..MANY)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move { assert!(remove(&db, &format!("c{n}"), at, n % 3 == 0).await) })
            })
            .collect();
        let (mut last, mut seen) = (Position(0), Vec::new());
        while seen.len() < MANY {
            for ending in db.read(After(last, 5)).await.unwrap() {
                last = ending.position;
                seen.push(ending.position.0);
            }
            assert!(last.0 <= i64::try_from(MANY).unwrap());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        for task in ending {
            task.await.unwrap();
        }
        assert_eq!(seen, (1..=i64::try_from(MANY).unwrap()).collect::<Vec<_>>());
        let (now, newest) = db.read(Newest(10)).await.unwrap();
        assert_eq!((now, newest.len(), newest[0].position), (last, 10, Position(15)));
    }

    /// Longer than a stream can be taken up again, so that what is missing is never taken for nothing.
    async fn what_ended_is_kept_for_twenty_minutes(db: Db) {
        let at = Timestamp::from_seconds(1_795_219_200);
        put(&db, planner(false), at).await;
        remove(&db, "planner", at, false).await;
        purge::purge(&db, at + minutes(20)).await.unwrap();
        assert_eq!(all(&db).await.len(), 1);
        purge::purge(&db, at + minutes(21)).await.unwrap();
        assert_eq!(db.read(Newest(10)).await.unwrap(), (Position(1), vec![]), "the number stays");
    }
}

/// Logout tokens that were ever queued and not sent.
async fn deliveries(db: &Db) -> i64 {
    const COUNT: Sql = Sql::new("SELECT COUNT(*) FROM deliveries WHERE receiver LIKE 'logout:%'");
    let count = unit(|tx| Box::pin(async move { tx.one(&COUNT, params![]).await?.unwrap().i64(0) }));
    db.read(count).await.unwrap()
}

/// Removes a client; `slowly` keeps the unit open for a while after its number was drawn.
async fn remove(db: &Db, name: &str, at: Timestamp, slowly: bool) -> bool {
    const SLOW: Sql = Sql::new("SELECT CAST(pg_sleep(0.03) AS TEXT)");
    let id = ClientId::parse(name).unwrap();
    let slowly = slowly && db.is_shared();
    let work = unit(move |tx| {
        let id = id.clone();
        Box::pin(async move {
            let removed = clients::remove_client(tx, OrgScope::installation(), &id, at).await?;
            if slowly {
                tx.rows(&SLOW, params![]).await?;
            }
            Ok(removed)
        })
    });
    db.run(work).await.unwrap()
}

/// Another node hears at once, and again after its connection was cut; meanwhile nothing breaks.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_node_hears_of_anothers_commit_and_again_after_a_cut() {
    let Some(url) = postgres_url().await else { return };
    let one = Db::open_with(&url, patient()).await.unwrap();
    one.migrate(false).await.unwrap();
    let two = Db::open_with(&url, patient()).await.unwrap();
    let following: Vec<_> = [one.clone(), two.clone()]
        .into_iter()
        .map(|db| tokio::spawn(async move { db.follow_hints().await }))
        .collect();
    let name = application(&url);
    let watch = url.replace(&format!("application_name={name}"), "application_name=watch");
    let listening = format!(
        "SELECT pid FROM pg_stat_activity WHERE application_name = '{name}' AND query LIKE '%countersign:%'"
    );
    for round in 0..2 {
        let mut news = two.news();
        let heard = async {
            let mut times = 0;
            // The first piece of news may be of the connection itself.
            while times < 3 {
                news.borrow_and_update();
                put(&one, planner(false), Timestamp::from_seconds(1)).await;
                let hint = tokio::time::timeout(Duration::from_millis(300), news.changed()).await;
                times += usize::from(hint.is_ok());
            }
        };
        tokio::time::timeout(Duration::from_secs(60), heard).await.expect("a hint arrives");
        let cut = listening.replace("SELECT pid", "SELECT pg_terminate_backend(pid)");
        assert!(admin_rows(&watch, &cut).await >= 1, "round {round}");
    }
    following.iter().for_each(tokio::task::JoinHandle::abort);
}
