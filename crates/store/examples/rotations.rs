//! How many durable rotations (one guarded UPDATE each) a second, one at a time and many in flight.
//!
//! `cargo run --release -p countersign-store --example rotations -- sqlite:/tmp/r.db 32 5`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::disallowed_methods)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use countersign_store::{BoxFuture, Db, DbError, Spend, Sql, Tx, Unit, params};

const ROWS: u64 = 1000;
const PUT: Sql =
    Sql::new("INSERT INTO counters (key, count, expires_at) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING");
const ROTATE: Spend = Spend::new("UPDATE counters SET count = count + 1 WHERE key = $1 RETURNING count");

struct Fill;

impl Unit for Fill {
    type Out = ();
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            for at in 0..ROWS {
                tx.exec(&PUT, params![format!("family {at}")]).await?;
            }
            Ok(())
        })
    }
}

struct Rotate(String);

impl Unit for Rotate {
    type Out = i64;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<i64, DbError>> {
        Box::pin(
            async move { ROTATE.run(tx, params![&self.0]).await?.ok_or(DbError::Missed("rotate"))?.i64(0) },
        )
    }
}

#[tokio::main]
async fn main() {
    let args: Vec<_> = std::env::args().collect();
    let (in_flight, seconds): (u64, u64) = (args[2].parse().unwrap(), args[3].parse().unwrap());
    let db = Db::open(&args[1]).await.unwrap();
    db.migrate(false).await.unwrap();
    db.run(Fill).await.unwrap();
    let (done, next) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (before, cpu, started) = (db.counters(), cpu_seconds(), Instant::now());
    let end = started + Duration::from_secs(seconds);
    let callers: Vec<_> = (0..in_flight)
        .map(|_| {
            let (db, done, next) = (db.clone(), Arc::clone(&done), Arc::clone(&next));
            tokio::spawn(async move {
                while Instant::now() < end {
                    let at = next.fetch_add(1, Ordering::Relaxed) % ROWS;
                    db.run(Rotate(format!("family {at}"))).await.unwrap();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    let (wall, done) = (started.elapsed().as_secs_f64(), done.load(Ordering::Relaxed) as f64);
    println!(
        "{in_flight} in flight: {:.0} rotations/s, {:.0} commits/s, {:.0} rotations per CPU-second",
        done / wall,
        (db.counters() - before).commits as f64 / wall,
        done / (cpu_seconds() - cpu),
    );
}

/// User and system time of this process, from the kernel's count in hundredths.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}
