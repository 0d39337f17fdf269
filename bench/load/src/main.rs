//! A closed loop: so many connections, each asks again when it has its answer. One JSON plan comes in on stdin, one
//! JSON line with the figures goes out. Every Nth answer is verified in full; a run with one wrong answer is void.
#![allow(clippy::disallowed_methods, reason = "a stopwatch, not a decision")]

mod http;
mod life;
mod plan;
mod storm;
mod walk;
mod work;

use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use plan::Plan;
use serde_json::{Value, json};
use work::Worker;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut text = String::new();
    // A storm waits for a second line.
    std::io::stdin().lock().read_line(&mut text)?;
    let plan: Arc<Plan> = Arc::new(serde_json::from_str(&text)?);
    // One thread: the other core belongs to the server.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("{}", runtime.block_on(run(plan))?);
    Ok(())
}

/// What one worker has seen.
#[derive(Default)]
struct Tally {
    count: u64,
    checked: u64,
    wrong: u64,
    first_wrong: Option<String>,
    micros: Vec<u32>,
}

async fn run(plan: Arc<Plan>) -> Result<Value, Failure> {
    if plan.scenario == "storm" {
        return storm::storm(plan).await;
    }
    if plan.scenario == "mint" {
        return work::mint(&plan).await;
    }
    let keys = Arc::new(work::keys(&plan).await?);
    let mut workers = Vec::new();
    for number in 0..plan.connections {
        workers.push(Worker::new(plan.clone(), keys.clone(), number).await?);
    }
    let (counting, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let tasks: Vec<_> = workers
        .into_iter()
        .map(|worker| tokio::spawn(closed_loop(worker, plan.check_every, counting.clone(), over.clone())))
        .collect();

    tokio::time::sleep(Duration::from_secs_f64(plan.warm_up)).await;
    counting.store(true, Ordering::Relaxed);
    let (start, cpu) = (Instant::now(), cpu_seconds(plan.pid));
    tokio::time::sleep(Duration::from_secs_f64(plan.seconds)).await;
    over.store(true, Ordering::Relaxed);
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds(plan.pid) - cpu);

    let mut all = Tally::default();
    for task in tasks {
        let tally = task.await?;
        all.count += tally.count;
        all.checked += tally.checked;
        all.wrong += tally.wrong;
        all.first_wrong = all.first_wrong.or(tally.first_wrong);
        all.micros.extend(tally.micros);
    }
    all.micros.sort_unstable();
    let at = |part: usize| all.micros.get(all.micros.len() * part / 1_000).copied().unwrap_or(0);
    #[allow(clippy::cast_precision_loss)]
    let count = all.count as f64;
    Ok(json!({
        "scenario": plan.scenario, "count": all.count, "checked": all.checked, "wrong": all.wrong,
        "first_wrong": all.first_wrong, "seconds": seconds, "cpu_seconds": cpu,
        "per_cpu_second": count / cpu.max(0.01), "per_second": count / seconds,
        "p50_us": at(500), "p99_us": at(990), "p999_us": at(999),
        "max_us": all.micros.last().copied().unwrap_or(0),
    }))
}

async fn closed_loop(
    mut worker: Worker,
    every: u64,
    counting: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
) -> Tally {
    let mut tally = Tally::default();
    let mut turn = 0u64;
    while !over.load(Ordering::Relaxed) {
        turn += 1;
        let check = turn.is_multiple_of(every.max(1));
        let began = Instant::now();
        let answer = worker.once(check).await;
        let counts = counting.load(Ordering::Relaxed) && !over.load(Ordering::Relaxed);
        tally.checked += u64::from(check);
        if counts {
            tally.count += 1;
            tally.micros.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
        if let Err(error) = answer {
            tally.wrong += 1;
            tally.first_wrong.get_or_insert_with(|| error.to_string());
            if tally.wrong > 20 {
                break;
            }
        }
    }
    tally
}

/// User and system time of the process under test.
fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<f64> =
        stat.rsplit(") ").next().unwrap_or_default().split(' ').filter_map(|it| it.parse().ok()).collect();
    // The state letter does not parse: utime and stime are then the 11th and 12th number.
    fields.iter().skip(10).take(2).sum::<f64>() / 100.0
}
