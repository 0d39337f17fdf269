//! The flow trace: lines of what really happened, written outside request commits.

use crate::{DbError, Row, Tx, params};
use countersign_core::{Id, Timestamp, TraceOutcome, TraceStep, id};
use std::sync::atomic::{AtomicI64, Ordering};

crate::queries! {
    INSERT = "INSERT INTO traces (flow_id, seq, at, user_id, refused, step) VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT (flow_id, seq) DO NOTHING";
    STEPS = "SELECT step FROM traces WHERE flow_id = $1 ORDER BY seq LIMIT 500";
    LATEST = "SELECT flow_id, MIN(at), COUNT(*), MAX(refused) FROM traces GROUP BY flow_id ORDER BY flow_id DESC LIMIT $1";
    OF_SESSION = "SELECT flow_id FROM families WHERE session_id = $1 AND client_id = $2 ORDER BY id DESC LIMIT 1";
    PURGE = "DELETE FROM traces WHERE (flow_id, seq) IN (SELECT flow_id, seq FROM traces WHERE at < $1 ORDER BY at LIMIT $2)";
}

/// Keeps lines of one process in order and those of two nodes apart: microseconds, then a counter.
static SEQUENCE: AtomicI64 = AtomicI64::new(0);

/// A flow in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowLine {
    /// Which.
    pub flow: Id<id::Flow>,
    /// When it began.
    pub at: Timestamp,
    /// How many lines it has.
    pub steps: i64,
    /// Did any check refuse?
    pub refused: bool,
}

/// Writes one line.
pub async fn record(tx: &mut Tx<'_>, step: &TraceStep) -> Result<(), DbError> {
    let json = serde_json::to_string(step).map_err(|e| DbError::Bug(e.to_string()))?;
    let refused = match step.outcome {
        TraceOutcome::Ok => false,
        TraceOutcome::Refused { .. } => true,
    };
    let seq = (step.at.micros() << 8) | (SEQUENCE.fetch_add(1, Ordering::Relaxed) & 0xff);
    tx.exec(&INSERT, params![step.flow, seq, step.at, step.user, refused, json]).await?;
    Ok(())
}

/// All lines of a flow, in order.
pub async fn steps(tx: &mut Tx<'_>, flow: Id<id::Flow>) -> Result<Vec<TraceStep>, DbError> {
    let rows = tx.rows(&STEPS, params![flow]).await?;
    rows.iter()
        .map(|r| serde_json::from_str(r.text(0)?).map_err(|e| DbError::BadRow(format!("traces.step: {e}"))))
        .collect()
}

/// The newest flows.
pub async fn latest(tx: &mut Tx<'_>, most: i64) -> Result<Vec<FlowLine>, DbError> {
    let line =
        |r: &Row| Ok(FlowLine { flow: r.get(0)?, at: r.get(1)?, steps: r.i64(2)?, refused: r.bool(3)? });
    tx.rows(&LATEST, params![most]).await?.iter().map(line).collect()
}

/// The flow in which a client got its newest grant of a session.
pub async fn of_session(
    tx: &mut Tx<'_>,
    session: Id<id::Session>,
    client: &str,
) -> Result<Option<Id<id::Flow>>, DbError> {
    tx.one(&OF_SESSION, params![session, client]).await?.map(|r| r.get(0)).transpose()
}

/// Removes lines older than `before`, at most `most` of them; says how many.
pub async fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<u64, DbError> {
    tx.exec(&PURGE, params![before, most]).await
}
