//! The flow trace: lines of what really happened, written outside request commits.

use crate::{Bulk, DbError, Row, Sql, Tx, Value, params};
use countersign_core::{ClientId, Id, Timestamp, TraceOutcome, TraceStep, id};
use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

crate::queries! {
    STEPS = "SELECT step FROM traces WHERE flow_id = $1 ORDER BY at, seq LIMIT 500";
    LATEST = "SELECT flow_id, MIN(at), COUNT(*), MAX(refused) FROM traces GROUP BY flow_id ORDER BY flow_id DESC LIMIT $1";
    OF_SESSION = "SELECT flow_id FROM families WHERE session_id = $1 AND client_id = $2 ORDER BY id DESC LIMIT 1";
    FLOWS_OF_SESSION = "SELECT client_id, flow_id FROM families WHERE session_id = $1 ORDER BY id DESC LIMIT 20";
    COUNT = "SELECT COUNT(*), SUM(CASE WHEN refused = 1 AND user_id IS NULL THEN 1 ELSE 0 END) FROM traces";
    OLDEST = "DELETE FROM traces WHERE (flow_id, seq) IN (SELECT flow_id, seq FROM traces ORDER BY at LIMIT $1)";
    OLDEST_REFUSED = "DELETE FROM traces WHERE (flow_id, seq) IN (\
                      SELECT flow_id, seq FROM traces WHERE refused = 1 AND user_id IS NULL ORDER BY at LIMIT $1)";
}

/// Lines of one moment stay in the order in which they were recorded: a process counts up from the microsecond of
/// its first line, 256 for each, so that two nodes have no number in common.
static FIRST: OnceLock<i64> = OnceLock::new();
static RECORDED: AtomicI64 = AtomicI64::new(0);

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

/// Writes lines, one statement for up to 32 of them. A line that waited somewhere while its person was deleted is
/// dropped: on several nodes whoever deletes does not know of it.
pub async fn record(tx: &mut Tx<'_>, steps: &[TraceStep]) -> Result<(), DbError> {
    let gone = gone(tx, steps).await?;
    let mut values: Vec<Value<'_>> = Vec::with_capacity(steps.len() * COLUMNS);
    for step in steps.iter().filter(|step| step.user.is_none_or(|user| !gone.contains(&user))) {
        let json = serde_json::to_string(step).map_err(|e| DbError::Bug(e.to_string()))?;
        let refused = match step.outcome {
            TraceOutcome::Ok => false,
            TraceOutcome::Refused { .. } => true,
        };
        let first = FIRST.get_or_init(|| step.at.micros() << 8);
        let seq = first.saturating_add(RECORDED.fetch_add(1, Ordering::Relaxed));
        values.extend([
            step.flow.into(),
            seq.into(),
            step.at.into(),
            step.user.into(),
            refused.into(),
            json.into(),
        ]);
    }
    INSERT.run(tx, &[], &values).await.map(drop)
}

/// Those of the people in these lines who are deleted.
async fn gone(tx: &mut Tx<'_>, steps: &[TraceStep]) -> Result<Vec<Id<id::User>>, DbError> {
    let people: BTreeSet<_> = steps.iter().filter_map(|step| step.user).collect();
    let people: Vec<Value<'_>> = people.into_iter().map(Value::from).collect();
    GONE.run(tx, &[], &people).await?.iter().map(|row| row.get(0)).collect()
}

const COLUMNS: usize = 6;

static INSERT: Bulk = Bulk::rows(
    "INSERT INTO traces (flow_id, seq, at, user_id, refused, step) VALUES ",
    COLUMNS,
    " ON CONFLICT (flow_id, seq) DO NOTHING",
);

static GONE: Bulk = Bulk::list("SELECT id FROM users WHERE deleted_at IS NOT NULL AND id IN (", ")");

/// Every statement of the trace.
pub fn all() -> Result<Vec<(&'static str, Sql)>, DbError> {
    let mut all = ALL.to_vec();
    all.extend([("trace::INSERT", INSERT.sql(1)?), ("trace::INSERT", INSERT.sql(3)?)]);
    all.extend([("trace::GONE", GONE.sql(1)?), ("trace::GONE", GONE.sql(3)?)]);
    Ok(all)
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

/// The newest flows in which clients got grants of a session, newest first.
pub async fn flows_of_session(
    tx: &mut Tx<'_>,
    session: Id<id::Session>,
) -> Result<Vec<(ClientId, Id<id::Flow>)>, DbError> {
    let rows = tx.rows(&FLOWS_OF_SESSION, params![session]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The trace holds at most this many lines ..
pub const MOST: i64 = 100_000;
/// .. and lets flows that nobody ever signed in to, and that were refused, have at most this share of them, so that a
/// flood of bad requests does not push out what people did.
pub const MOST_REFUSED: i64 = MOST / 5;

/// Removes the oldest lines beyond the bounds, at most `at_once` of them; says how many.
pub async fn bound(tx: &mut Tx<'_>, most: i64, most_refused: i64, at_once: i64) -> Result<u64, DbError> {
    let row =
        tx.one(&COUNT, params![]).await?.ok_or_else(|| DbError::Bug("a count without a row".to_owned()))?;
    let (all, refused) = (row.i64(0)?, row.opt_i64(1)?.unwrap_or(0));
    let mut gone = 0;
    let extra = (refused - most_refused).clamp(0, at_once);
    if extra > 0 {
        gone += tx.exec(&OLDEST_REFUSED, params![extra]).await?;
    }
    let extra = (all - most - i64::try_from(gone).unwrap_or(0)).clamp(0, at_once);
    if extra > 0 {
        gone += tx.exec(&OLDEST, params![extra]).await?;
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Db, unit};
    use countersign_core::Party;

    #[tokio::test]
    async fn a_flood_of_refusals_does_not_push_out_what_people_did() {
        let db = Db::open("sqlite::memory:").await.unwrap();
        db.migrate(false).await.unwrap();
        let left = db.run(unit(|tx| {
            Box::pin(async move {
                let at = |n| Timestamp::from_seconds(n);
                for n in 0..60 {
                    let flow = Id::from_parts(at(n), 1);
                    let step =
                        TraceStep::new(flow, at(n), Party::Browser, Party::Countersign, "GET /authorize");
                    let step = if n < 10 { step } else { step.refused("redirect_uri", "not registered") };
                    record(tx, &[step]).await?;
                }
                // Of 50 refused lines 20 may stay, though all 60 would have had room.
                bound(tx, 100, 20, 500).await?;
                let refused = latest(tx, 100).await?.iter().filter(|f| f.refused).count();
                let all = latest(tx, 100).await?.len();
                bound(tx, 5, 20, 500).await?;
                Ok((refused, all, latest(tx, 100).await?.len()))
            })
        }));
        assert_eq!(left.await.unwrap(), (20, 30, 5));
    }

    /// A decision's lines all bear the moment at which its request came.
    #[tokio::test]
    async fn lines_of_one_moment_stay_in_order() {
        let db = Db::open("sqlite::memory:").await.unwrap();
        db.migrate(false).await.unwrap();
        let at = Timestamp::from_seconds(1);
        let flow = Id::from_parts(at, 1);
        let found = db.run(unit(move |tx| {
            Box::pin(async move {
                for n in 0..400 {
                    let step = TraceStep::new(flow, at, Party::Browser, Party::Countersign, n.to_string());
                    record(tx, &[step]).await?;
                }
                steps(tx, flow).await
            })
        }));
        let found: Vec<String> = found.await.unwrap().into_iter().map(|step| step.label).collect();
        assert_eq!(found, (0..400).map(|n| n.to_string()).collect::<Vec<_>>());
    }
}
