//! What a unit may rely on, whichever database it runs on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use countersign_store::{DbError, Sql, Value, counted, params, unit};

use crate::support::{COUNT, GET, Get, PUT, Put, both, count, has};

const ECHO: Sql = Sql::new(
    "INSERT INTO secrets (kind, digest, client_id, payload, created_at, expires_at) VALUES ($1, $2, $3, $1, $4, $5) \
     RETURNING kind, digest, client_id, payload, created_at, expires_at, spent_at",
);

both! {
    async fn values_come_back_as_they_went_in(db: Db) {
        let row = db
            .run(unit(|tx| {
                Box::pin(async move {
                    let bytes = [0u8, 255, 7];
                    let params = params!["Käse 🧀 '; --", &bytes, None::<&str>, true, i64::MIN];
                    Ok(tx.one(&ECHO, params).await?.unwrap())
                })
            }))
            .await
            .unwrap();
        assert_eq!(row.text(0).unwrap(), "Käse 🧀 '; --");
        assert_eq!(row.bytes(1).unwrap(), [0, 255, 7]);
        assert_eq!(row.opt_text(2).unwrap(), None);
        assert!(row.bool(4).unwrap());
        assert_eq!(row.i64(5).unwrap(), i64::MIN);
        assert_eq!(row.opt_i64(6).unwrap(), None);
        assert!(row.i64(0).is_err());
    }

    async fn text_is_ordered_by_its_bytes(db: Db) {
        const KEYS: Sql = Sql::new("SELECT key FROM counters ORDER BY key");
        for key in ["b", "a", "B", "_", "ä", "Z"] {
            db.run(Put(key.to_owned(), 1)).await.unwrap();
        }
        let rows = db.read(unit(|tx| Box::pin(async move { tx.rows(&KEYS, params![]).await }))).await.unwrap();
        let keys: Vec<_> = rows.iter().map(|row| row.text(0).unwrap()).collect();
        assert_eq!(keys, ["B", "Z", "_", "a", "b", "ä"]);
    }

    async fn an_error_undoes_the_whole_unit(db: Db) {
        let out: Result<(), _> = db
            .run(unit(|tx| {
                Box::pin(async move {
                    tx.exec(&PUT, params!["gone", 1]).await?;
                    Err(DbError::Bug("no".to_owned()))
                })
            }))
            .await;
        assert_eq!(out, Err(DbError::Bug("no".to_owned())));
        assert!(!has(&db, "gone").await);
    }

    async fn a_swallowed_error_still_undoes_it(db: Db) {
        db.run(Put("taken".to_owned(), 1)).await.unwrap();
        let out = db
            .run(unit(|tx| {
                Box::pin(async move {
                    tx.exec(&PUT, params!["gone", 1]).await?;
                    let _ = tx.exec(&PUT, params!["taken", 2]).await;
                    Ok(())
                })
            }))
            .await;
        assert!(matches!(out, Err(DbError::Constraint(_))), "{out:?}");
        assert!(!has(&db, "gone").await);
    }

    async fn a_missed_guard_decides_again_a_few_times(db: Db) {
        let tries = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&tries);
        let out = db
            .run(unit(move |tx| {
                let tries = Arc::clone(&seen);
                Box::pin(async move {
                    let at = tries.fetch_add(1, Ordering::SeqCst);
                    tx.exec(&PUT, params![format!("try {at}"), 1]).await?;
                    if at < 2 { Err(DbError::missed("it")) } else { Ok(at) }
                })
            }))
            .await;
        assert_eq!(out, Ok(2));
        assert!(!has(&db, "try 0").await && !has(&db, "try 1").await && has(&db, "try 2").await);

        let seen = Arc::clone(&tries);
        let out: Result<(), _> = db
            .run(unit(move |_| {
                seen.fetch_add(1, Ordering::SeqCst);
                Box::pin(async { Err(DbError::missed("it")) })
            }))
            .await;
        assert_eq!(out, Err(DbError::Missed("it")));
        assert_eq!(tries.load(Ordering::SeqCst), 3 + 5);
    }

    async fn one_panic_among_31_others_harms_only_itself(db: Db) {
        let units = (0..32).map(|at| {
            let db = db.clone();
            tokio::spawn(async move {
                db.run(unit(move |tx| {
                    Box::pin(async move {
                        tx.exec(&PUT, params![format!("row {at}"), at]).await?;
                        assert!(at != 17, "on purpose");
                        Ok(())
                    })
                }))
                .await
            })
        });
        for (at, unit) in units.collect::<Vec<_>>().into_iter().enumerate() {
            let out = unit.await.unwrap();
            assert_eq!(matches!(out, Err(DbError::Panicked(_))), at == 17, "{at}: {out:?}");
        }
        assert!(!has(&db, "row 17").await);
        assert_eq!(count(&db).await, 31);
    }

    async fn a_caller_that_goes_away_neither_stops_nor_leaks_a_unit_that_has_begun(db: Db) {
        for at in 0..50_i64 {
            let (begins, begun) = tokio::sync::oneshot::channel();
            let begins = std::sync::Mutex::new(Some(begins));
            let ours = db.clone();
            let caller = tokio::spawn(async move {
                let unit = unit(move |tx| {
                    let tell = begins.lock().unwrap().take();
                    Box::pin(async move {
                        tell.map(|it| it.send(()));
                        tx.exec(&PUT, params![format!("row {at}"), at]).await
                    })
                });
                ours.run(unit).await
            });
            begun.await.unwrap();
            caller.abort();
        }
        for _ in 0..400 {
            if count(&db).await == 50 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{} of 50 rows arrived", count(&db).await);
    }

    async fn a_caller_that_goes_away_before_its_unit_begins_wrote_nothing(db: Db) {
        for at in 0..50 {
            let mut asked = Box::pin(db.run(Put(format!("row {at}"), at)));
            // Asked for once, and gone.
            std::future::poll_fn(|cx| std::task::Poll::Ready(asked.as_mut().poll(cx).is_ready())).await;
        }
        db.run(Put("last".to_owned(), 51)).await.unwrap();
        assert_eq!(count(&db).await, 1);
    }

    async fn a_read_cannot_write(db: Db) {
        let out = db.read(Put("gone".to_owned(), 1)).await;
        assert!(out.is_err());
        assert!(!has(&db, "gone").await);
        db.run(Put("kept".to_owned(), 1)).await.unwrap();
        assert_eq!(db.read(Get("kept".to_owned())).await, Ok(Some(1)));
    }

    async fn parameters_must_match_the_statement(db: Db) {
        let out = db.run(unit(|tx| Box::pin(async move { tx.rows(&GET, params![]).await }))).await;
        assert!(matches!(out, Err(DbError::Bug(_))));
        let wrong = db
            .run(unit(|tx| Box::pin(async move { tx.exec(&PUT, &[Value::Null, Value::from("text")]).await })))
            .await;
        assert!(wrong.is_err(), "text is no count");
    }

    async fn a_flow_knows_what_it_cost(db: Db) {
        let before = db.counters();
        let ((), cost) = counted(async {
            db.run(unit(|tx| {
                Box::pin(async move {
                    tx.rows(&COUNT, params![]).await?;
                    tx.exec(&PUT, params!["a", 1]).await
                })
            }))
            .await
            .unwrap();
            db.read(Get("a".to_owned())).await.unwrap();
        })
        .await;
        assert_eq!((cost.units, cost.reads, cost.statements, cost.commits), (1, 1, 3, 1));
        assert_eq!(db.counters() - before, cost, "nobody else used this database");
        let (_, idle) = counted(db.run(unit(|tx| Box::pin(async move { tx.rows(&COUNT, params![]).await })))).await;
        assert_eq!((idle.units, idle.commits), (1, 0), "nothing to make durable");
    }
}
