//! Recorded flows, drawn. `/dev/flows` is for everybody on this machine; operators have `countersign flow show`.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use countersign_core::{Id, Party, TraceOutcome, TraceStep, id};
use countersign_store::{Db, DbError, trace, unit};
use countersign_web::error::refuse;
use countersign_web::respond::{Show, plain};
use countersign_web::view::diagram::{Lane, Outcome, Step};
use countersign_web::view::{Moment, pages};
use countersign_web::{App, Req};
use std::sync::Arc;

/// The list, and each flow's page.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/dev/flows", get(list)).route("/dev/flows/{id}", get(one))
}

async fn list(State(app): State<Arc<App>>, req: Req) -> Response {
    app.trace.written().await;
    let lines = app.db.read(unit(|tx| Box::pin(async move { trace::latest(tx, 100).await }))).await;
    let lines = match lines {
        Ok(lines) => lines,
        Err(error) => return refuse(&error),
    };
    let mut flows = Vec::with_capacity(lines.len());
    for line in lines {
        let steps = match load(&app.db, line.flow).await {
            Ok(steps) => steps,
            Err(error) => return refuse(&error),
        };
        flows.push(pages::DevFlowRow {
            href: format!("/dev/flows/{}", line.flow),
            id: line.flow.to_string(),
            app: app_of(&steps),
            at: Moment { at: line.at.seconds(), now: req.env.now.seconds() },
            steps: u32::try_from(line.steps).unwrap_or(u32::MAX),
            refused: steps.iter().rev().find_map(reason),
        });
    }
    app.page(&req, &pages::DevFlows { flows }, Show::default())
}

async fn one(State(app): State<Arc<App>>, req: Req, Path(id): Path<String>) -> Response {
    let Ok(flow) = id.parse::<Id<id::Flow>>() else {
        return plain(StatusCode::NOT_FOUND, "no such flow");
    };
    app.trace.written().await;
    match load(&app.db, flow).await {
        Ok(steps) if steps.is_empty() => plain(StatusCode::NOT_FOUND, "no such flow (lines live for a day)"),
        Ok(steps) => {
            let at = steps.first().map_or(req.env.now, |s| s.at);
            let at = Moment { at: at.seconds(), now: req.env.now.seconds() };
            let page = pages::DevFlow::new(&id, &app_of(&steps), at, steps.iter().map(drawn).collect());
            app.page(&req, &page, Show::default())
        }
        Err(error) => refuse(&error),
    }
}

/// All lines of a flow.
pub async fn load(db: &Db, flow: Id<id::Flow>) -> Result<Vec<TraceStep>, DbError> {
    db.read(unit(move |tx| Box::pin(async move { trace::steps(tx, flow).await }))).await
}

/// The flow in which a client got its newest grant of a session.
pub async fn of_session(db: &Db, sid: &str, client: &str) -> Option<Id<id::Flow>> {
    let session = sid.parse().ok()?;
    let client = Arc::new(client.to_owned());
    let found = db.read(unit(move |tx| {
        let client = client.clone();
        Box::pin(async move { trace::of_session(tx, session, &client).await })
    }));
    found.await.ok().flatten()
}

fn reason(step: &TraceStep) -> Option<String> {
    match &step.outcome {
        TraceOutcome::Ok => None,
        TraceOutcome::Refused { reason, .. } => Some(reason.clone()),
    }
}

fn app_of(steps: &[TraceStep]) -> String {
    steps.iter().find_map(|s| s.client.clone()).unwrap_or_else(|| "Countersign".to_owned())
}

/// A recorded line as the diagram draws it.
pub fn drawn(step: &TraceStep) -> Step {
    Step {
        from: lane(step.from),
        to: lane(step.to),
        label: step.label.clone(),
        detail: step.detail.clone(),
        outcome: match &step.outcome {
            TraceOutcome::Ok => Outcome::Done,
            TraceOutcome::Refused { check, reason } => {
                Outcome::Refused { reason: format!("{check}: {reason}") }
            }
        },
        at_ms: step.at.millis(),
    }
}

fn lane(party: Party) -> Lane {
    match party {
        Party::Browser => Lane::Browser,
        Party::App => Lane::App,
        Party::Countersign => Lane::Countersign,
        Party::Store => Lane::Database,
        Party::Mail => Lane::Mail,
        Party::Provider => Lane::Provider,
        Party::Resource => Lane::Api,
    }
}
