//! What only several connections can get wrong.

use std::time::Duration;

use countersign_core::ctx::fixed::Fixed;
use countersign_core::{Event, EventKind};
use countersign_store::outbox::{self, ClaimBatch};
use countersign_store::{Db, DbError, Options, Sql, params, unit};

use crate::support::{PUT, Put, admin, admin_rows, application, count, has, patient, postgres_url};

const SLOW: Sql = Sql::new("SELECT CAST(pg_sleep(0.02) AS TEXT)");

async fn open(options: Options) -> Option<(String, Db)> {
    let url = postgres_url().await?;
    let db = Db::open_with(&url, options).await.unwrap();
    db.migrate(false).await.unwrap();
    Some((url, db))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_aborted_requests_leave_no_open_transaction() {
    let Some((url, db)) = open(patient()).await else { return };
    let name = application(&url);
    let mut requests = Vec::new();
    for at in 0..1000u64 {
        let db = db.clone();
        let request = tokio::spawn(async move {
            db.run(unit(move |tx| {
                Box::pin(async move {
                    tx.exec(&PUT, params![format!("a {at}"), 1]).await?;
                    if at % 10 == 0 {
                        tx.rows(&SLOW, params![]).await?;
                    }
                    tx.exec(&PUT, params![format!("b {at}"), 1]).await
                })
            }))
            .await
        });
        if at % 3 == 0 {
            tokio::time::sleep(Duration::from_micros(at * 7 % 900)).await;
        }
        requests.push(request);
        if at % 2 == 0 {
            for request in &requests {
                request.abort();
            }
        }
    }
    for request in requests {
        request.abort();
    }
    let open = format!(
        "SELECT pid FROM pg_stat_activity WHERE application_name = '{name}' AND xact_start IS NOT NULL"
    );
    let mut left = usize::MAX;
    for _ in 0..200 {
        left = admin_rows(&url.replace(&format!("application_name={name}"), "application_name=watch"), &open)
            .await;
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(left, 0, "transactions are still open");
    assert_eq!(count(&db).await % 2, 0, "a unit was cut in half");
    for at in 0..20 {
        db.run(Put(format!("later {at}"), 1)).await.unwrap();
        assert!(has(&db, &format!("later {at}")).await, "committed, not inside somebody's old transaction");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_event_of_a_transaction_that_commits_late_is_found_late() {
    let Some((_, db)) = open(patient()).await else { return };
    let mut fixed = Fixed::new();
    let mail = |fixed: &Fixed| Event::new(EventKind::MailRequested, fixed.now);
    let (early, first) = (fixed.env(), mail(&fixed));
    let (hold, held) = tokio::sync::watch::channel(false);
    let late = {
        let db = db.clone();
        tokio::spawn(async move {
            db.run(unit(move |tx| {
                let (env, event, mut held) = (early.clone(), first.clone(), held.clone());
                Box::pin(async move {
                    let ids = outbox::append(tx, &env.ctx(), &[event]).await?;
                    held.wait_for(|go| *go).await.unwrap();
                    Ok(ids[0])
                })
            }))
            .await
            .unwrap()
        })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    let claim = |now| ClaimBatch {
        receiver: outbox::MAIL.to_owned(),
        owner: "worker".to_owned(),
        now,
        lease: Duration::from_secs(60),
        limit: 100,
    };
    let mut seen = Vec::new();
    for _ in 0..10 {
        fixed.now += Duration::from_millis(3);
        let (env, event) = (fixed.env(), mail(&fixed));
        let unit = unit(move |tx| {
            let (env, event) = (env.clone(), event.clone());
            Box::pin(async move { outbox::append(tx, &env.ctx(), &[event]).await })
        });
        db.run(unit).await.unwrap();
        seen.extend(db.run(claim(fixed.now)).await.unwrap().iter().map(|it| it.id));
    }
    assert_eq!(seen.len(), 10);
    hold.send(true).unwrap();
    let late = late.await.unwrap();
    assert!(seen.iter().all(|it| *it > late), "its id is lower than all that were seen");
    let found: Vec<_> = db.run(claim(fixed.now)).await.unwrap().iter().map(|it| it.id).collect();
    assert_eq!(found, [late]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deadlock_is_tried_again() {
    let Some((_, db)) = open(patient()).await else { return };
    db.run(Put("a".to_owned(), 0)).await.unwrap();
    db.run(Put("b".to_owned(), 0)).await.unwrap();
    const ADD: Sql = Sql::new("UPDATE counters SET count = count + 1 WHERE key = $1");
    let both: Vec<_> = [["a", "b"], ["b", "a"]]
        .into_iter()
        .map(|keys| {
            let db = db.clone();
            tokio::spawn(async move {
                db.run(unit(move |tx| {
                    Box::pin(async move {
                        tx.exec(&ADD, params![keys[0]]).await?;
                        tx.rows(&SLOW, params![]).await?;
                        tx.exec(&ADD, params![keys[1]]).await
                    })
                }))
                .await
            })
        })
        .collect();
    for unit in both {
        assert!(unit.await.unwrap().is_ok());
    }
    assert_eq!(db.read(crate::support::Get("a".to_owned())).await, Ok(Some(2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_pool_answers_busy_and_a_slow_unit_is_cut() {
    let options = Options {
        unit_connections: 1,
        read_connections: 1,
        // Making a connection has this time too, and beside other tests that is not always quick.
        pool_wait: Duration::from_secs(2),
        unit_timeout: Duration::from_secs(5),
        ..Options::default()
    };
    let Some((url, db)) = open(patient()).await else { return };
    drop(db);
    let db = Db::open_with(&url, options).await.unwrap();
    const LONG: Sql = Sql::new("SELECT CAST(pg_sleep(20) AS TEXT)");
    let slow = {
        let db = db.clone();
        tokio::spawn(async move {
            db.run(unit(|tx| Box::pin(async move { tx.rows(&LONG, params![]).await }))).await
        })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    let out = db.run(Put("a".to_owned(), 1)).await;
    assert!(matches!(out, Err(DbError::Busy(_))), "{out:?}");
    let cut = slow.await.unwrap().unwrap_err();
    assert!(cut.is_temporary(), "{cut:?}");
    let mut after = db.run(Put("b".to_owned(), 1)).await;
    for _ in 0..20 {
        if after.is_ok() {
            break;
        }
        after = db.run(Put("b".to_owned(), 1)).await;
    }
    assert_eq!(after, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_connections_are_replaced() {
    let Some((url, db)) = open(patient()).await else { return };
    let name = application(&url).to_owned();
    db.run(Put("before".to_owned(), 1)).await.unwrap();
    let watch = url.replace(&format!("application_name={name}"), "application_name=watch");
    admin(
        &watch,
        &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}'"),
    )
    .await;
    let mut after = Err(DbError::Missed("nothing tried"));
    for at in 0..50 {
        after = db.run(Put(format!("after {at}"), 1)).await;
        if after.is_ok() {
            break;
        }
        assert!(matches!(after, Err(DbError::Unavailable(_))), "{after:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(after, Ok(()));
    assert!(has(&db, "before").await);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable_not_a_bug() {
    let db = Db::open("postgres://nobody@127.0.0.1:1/none").await.unwrap();
    let out = db.run(Put("a".to_owned(), 1)).await;
    assert!(matches!(out, Err(DbError::Unavailable(_))), "{out:?}");
}
