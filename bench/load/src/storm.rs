//! Many people press "Continue" on the password page at the same moment. Each has walked there before; then a line on
//! stdin lets all go at once. Nobody comes again: what counts is who gets in, who is told to wait, and how soon.

use std::io::BufRead;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::Failure;
use crate::http::{Connection, Reply};
use crate::plan::Plan;
use crate::walk::{Jar, Ready, to_the_password};
use crate::work::authorize;

/// What came back, and after how many microseconds.
struct Came {
    status: u16,
    /// Led to the app.
    arrived: bool,
    /// Told when to come again.
    waits: bool,
    micros: u32,
}

pub(crate) async fn storm(plan: Arc<Plan>) -> Result<Value, Failure> {
    let mut ready = Vec::new();
    for number in 0..plan.connections {
        let (mut connection, mut jar) = (Connection::open(plan.host()).await?, Jar::default());
        let path = authorize(&plan, &format!("n{number}"));
        let there = to_the_password(&plan, &mut connection, &mut jar, &path, &plan.person(number)).await?;
        // What walks there is closed by the server while the others walk: a new one for the press.
        drop(connection);
        ready.push(there);
    }
    let mut people = Vec::new();
    for there in ready {
        people.push((Connection::open(plan.host()).await?, there));
    }
    println!("ready");
    let go = tokio::task::spawn_blocking(|| std::io::stdin().lock().lines().next());
    let _ = go.await?;
    let together = Arc::new(Barrier::new(people.len()));
    let tasks: Vec<_> = people
        .into_iter()
        .map(|(connection, there)| tokio::spawn(press(plan.clone(), connection, there, together.clone())))
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.push(task.await??);
    }
    let of = |wanted: fn(&Came) -> bool| {
        let mut micros: Vec<u32> = all.iter().filter(|it| wanted(it)).map(|it| it.micros).collect();
        micros.sort_unstable();
        let at = |part: usize| {
            micros.get((micros.len() * part / 100).min(micros.len().saturating_sub(1))).copied()
        };
        json!({ "count": micros.len(), "p50_us": at(50), "p99_us": at(99), "max_us": micros.last() })
    };
    let wrong = all.iter().filter(|it| !(it.arrived || matches!(it.status, 429 | 503) && it.waits)).count();
    Ok(json!({
        "scenario": "storm", "wrong": wrong, "in": of(|it| it.arrived), "told_to_wait": of(|it| !it.arrived),
        "first_wrong": all.iter().find(|it| !it.arrived && !it.waits).map(|it| it.status),
    }))
}

async fn press(
    plan: Arc<Plan>,
    mut connection: Connection,
    there: Ready,
    together: Arc<Barrier>,
) -> Result<Came, Failure> {
    together.wait().await;
    let began = Instant::now();
    let reply: Reply = connection.post(&there.action, &there.headers, &there.body).await?;
    let micros = u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX);
    let arrived =
        reply.status == 303 && reply.header("location").is_some_and(|to| to.starts_with(&plan.redirect_uri));
    Ok(Came { status: reply.status, arrived, waits: reply.header("retry-after").is_some(), micros })
}
