//! The writer thread, and what a process leaves behind when it dies.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign_store::{BoxFuture, Db, DbError, Options, Tx, Unit, params, unit};

use crate::support::{Folder, PUT, Put, count, has};

async fn migrated(folder: &Folder) -> Db {
    let db = Db::open(&folder.url()).await.unwrap();
    db.migrate(false).await.unwrap();
    db
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn units_that_wait_together_share_a_commit() {
    let folder = Folder::new("group");
    let db = migrated(&folder).await;
    let before = db.counters();
    let blocker = tokio::spawn({
        let db = db.clone();
        async move { db.run(pause(Duration::from_millis(1_000))).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let units: Vec<_> = (0..32)
        .map(|at| {
            let db = db.clone();
            tokio::spawn(async move { db.run(Put(format!("row {at}"), at)).await })
        })
        .collect();
    blocker.await.unwrap().unwrap();
    for unit in units {
        unit.await.unwrap().unwrap();
    }
    let cost = db.counters() - before;
    assert_eq!(cost.units, 33);
    assert!(cost.commits <= 2, "{} commits for 32 writes", cost.commits);
    assert_eq!(count(&db).await, 32);
}

#[tokio::test]
async fn a_lone_unit_is_committed_at_once() {
    let folder = Folder::new("lone");
    let db = migrated(&folder).await;
    for at in 0..20 {
        db.run(Put(format!("row {at}"), at)).await.unwrap();
    }
    assert_eq!(db.counters().commits, 20);
}

#[tokio::test]
async fn a_unit_that_waits_for_something_else_is_a_bug() {
    let db = crate::support::sqlite().await;
    let out = db
        .run(unit(|tx| {
            Box::pin(async move {
                tx.exec(&PUT, params!["gone", 1]).await?;
                tokio::task::yield_now().await;
                Ok(())
            })
        }))
        .await;
    assert!(matches!(out, Err(DbError::Bug(_))), "{out:?}");
    assert!(!has(&db, "gone").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_is_of_one_instant_and_delays_no_write() {
    let folder = Folder::new("backup");
    let db = migrated(&folder).await;
    for at in 0..500 {
        db.run(Put(format!("{at:04}"), 1)).await.unwrap();
    }
    let writer = tokio::spawn({
        let db = db.clone();
        async move {
            for at in 500..700 {
                db.run(Put(format!("{at:04}"), 1)).await.unwrap();
            }
        }
    });
    let copy = Folder::new("copy");
    db.backup(&copy.0.join("db")).await.unwrap();
    assert!(db.backup(&copy.0.join("db")).await.is_err(), "an existing file is not overwritten");
    writer.await.unwrap();
    let copied = Db::open(&copy.url()).await.unwrap();
    let rows = count(&copied).await;
    assert!(rows >= 500, "{rows}");
    for at in 0..rows {
        assert!(has(&copied, &format!("{at:04}")).await, "a hole at {at} of {rows}");
    }
}

#[tokio::test]
async fn a_second_process_on_the_file_is_refused() {
    let folder = Folder::new("second");
    let first = migrated(&folder).await;
    let second = Db::open(&folder.url()).await;
    assert!(matches!(second, Err(DbError::Refused(_))));
    drop((first, second));
    assert!(Db::open(&folder.url()).await.is_ok(), "the lock goes with its owner");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_queue_answers_busy() {
    let folder = Folder::new("queue");
    let db = Db::open_with(&folder.url(), Options { queue: 2, ..Options::default() }).await.unwrap();
    let started = Arc::new(Mutex::new(false));
    let seen = Arc::clone(&started);
    let blocker = tokio::spawn({
        let db = db.clone();
        async move {
            db.run(unit(move |_| {
                *seen.lock().unwrap() = true;
                std::thread::sleep(Duration::from_millis(1_500));
                Box::pin(async { Ok(()) })
            }))
            .await
        }
    });
    while !*started.lock().unwrap() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let nothing = || unit(|_| Box::pin(async { Ok(()) }));
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { db.run(nothing()).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(matches!(db.run(nothing()).await, Err(DbError::Busy(_))));
    blocker.await.unwrap().unwrap();
    for unit in waiting {
        unit.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_disk_in_mid_batch_acknowledges_nothing_false() {
    let folder = Folder::new("full");
    drop(migrated(&folder).await);
    let options = Options { max_pages: Some(205), ..Options::default() };
    let db = Db::open_with(&folder.url(), options).await.unwrap();
    let (mut kept, mut lost) = (Vec::new(), Vec::new());
    let wrote = Arc::new(AtomicUsize::new(0));
    for round in 0..40 {
        // While the writer is held up, all that follow gather for one batch.
        let held = tokio::spawn({
            let db = db.clone();
            async move { db.run(pause(Duration::from_millis(15))).await }
        });
        tokio::time::sleep(Duration::from_millis(5)).await;
        let units: Vec<_> = (0..11)
            .map(|at| {
                let (db, wrote) = (db.clone(), Arc::clone(&wrote));
                // The first is small, so that a batch does not always fail at its first unit.
                let key = format!("{round}-{at}-{}", "x".repeat(if at == 0 { 20 } else { 2000 }));
                tokio::spawn(async move { (key.clone(), db.run(Told { key, wrote }).await) })
            })
            .collect();
        for unit in units {
            match unit.await.unwrap() {
                (key, Ok(())) => kept.push(key),
                (key, Err(DbError::Full(_))) => lost.push(key),
                (_, Err(other)) => panic!("{other:?}"),
            }
        }
        held.await.unwrap().unwrap();
    }
    assert!(!kept.is_empty() && !lost.is_empty());
    assert!(wrote.load(Ordering::SeqCst) > kept.len(), "some wrote well, and then their batch failed");
    // Reading still works, and the writer is not stuck.
    assert!(has(&db, &kept[0]).await);
    drop(db);
    let db = Db::open(&folder.url()).await.unwrap();
    for key in &kept {
        assert!(has(&db, key).await, "acknowledged, and gone");
    }
    for key in &lost {
        assert!(!has(&db, key).await, "refused, and there");
    }
    db.run(Put("room again".to_owned(), 1)).await.unwrap();
}

/// Writes one row and says so, which is not yet an acknowledgement.
struct Told {
    key: String,
    wrote: Arc<AtomicUsize>,
}

impl Unit for Told {
    type Out = ();
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            tx.exec(&PUT, params![&self.key, 1]).await?;
            self.wrote.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
    }
}

/// Holds the writer up.
fn pause(time: Duration) -> impl Unit<Out = ()> {
    unit(move |_| {
        std::thread::sleep(time);
        Box::pin(async { Ok(()) })
    })
}

const CHILD: &str = "COUNTERSIGN_TEST_CHILD";

/// The key of a whole line; one that a kill cut off has no full stop.
fn said(word: &str, line: &str) -> Option<String> {
    line.rsplit_once(&format!("{word} "))?.1.strip_suffix('.').map(str::to_owned)
}

/// Here the log file cannot grow, so that COMMIT itself fails, after every statement went well.
#[tokio::test]
async fn a_commit_that_the_disk_refuses_acknowledges_nothing() {
    let folder = Folder::new("limit");
    drop(migrated(&folder).await);
    let exe = std::env::current_exe().unwrap();
    let script = "trap '' XFSZ; ulimit -f 1000; exec \"$0\" --exact sqlite::child_that_writes_until_it_is_killed --nocapture";
    let mut child = Command::new("sh")
        .args(["-c", script, exe.to_str().unwrap()])
        .env(CHILD, folder.url())
        .env("COUNTERSIGN_TEST_ROUND", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut acked, mut refused) = (Vec::new(), Vec::new());
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        acked.extend(said("acked", &line));
        refused.extend(said("refused", &line));
        if refused.len() > 100 {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!acked.is_empty() && !refused.is_empty(), "{} acked, {} refused", acked.len(), refused.len());
    let db = Db::open(&folder.url()).await.unwrap();
    for key in &acked {
        assert!(has(&db, key).await, "{key} was acknowledged");
    }
    for key in &refused {
        assert!(!has(&db, key).await, "{key} was refused");
    }
    db.run(Put("heals".to_owned(), 1)).await.unwrap();
}

/// Not a test by itself: the process that gets killed. Says on its output what was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn child_that_writes_until_it_is_killed() {
    let Ok(url) = std::env::var(CHILD) else { return };
    let db = Db::open(&url).await.unwrap();
    let round: u32 = std::env::var("COUNTERSIGN_TEST_ROUND").unwrap().parse().unwrap();
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let db = db.clone();
            tokio::spawn(async move {
                for at in 0.. {
                    let key = format!("{round}-{writer}-{at}");
                    let said = match db.run(Put(key.clone(), 1)).await {
                        Ok(()) => "acked",
                        Err(error) if error.is_temporary() => "refused",
                        Err(error) => panic!("{error}"),
                    };
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "{said} {key}.").unwrap();
                    out.flush().unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test]
async fn thirty_kills_lose_nothing_that_was_acknowledged() {
    let folder = Folder::new("kill");
    drop(migrated(&folder).await);
    let mut total = 0;
    for round in 0..30u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sqlite::child_that_writes_until_it_is_killed", "--nocapture"])
            .env(CHILD, folder.url())
            .env("COUNTERSIGN_TEST_ROUND", round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut acked = Vec::new();
        let key = |line: String| said("acked", &line);
        while acked.is_empty() {
            acked.extend(lines.next().and_then(key));
        }
        let killed = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(3 + round * 17 % 60));
            child.kill().unwrap();
            child.wait().unwrap();
        });
        acked.extend(lines.filter_map(key));
        killed.join().unwrap();
        let db = Db::open(&folder.url()).await.unwrap();
        for key in &acked {
            assert!(has(&db, key).await, "{key} was acknowledged");
        }
        total += acked.len();
    }
    assert!(total > 100, "{total} acknowledged writes are too few to show anything");
    let check = rusqlite::Connection::open(folder.0.join("db")).unwrap();
    let said: String = check.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(said, "ok");
}
