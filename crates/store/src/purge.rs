//! Every table names how long a row lives; what has outlived it is removed in small units between requests.

use std::time::Duration;

use countersign_core::{Timestamp, time};

use crate::{BoxFuture, Db, DbError, Sql, Tx, Unit, params};

/// How long the rows of a table live.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    /// The table.
    pub table: &'static str,
    /// In words, for the reference.
    pub lives: &'static str,
    /// How to remove what has outlived itself; `None` where rows end with what they belong to, or never.
    pub purge: Option<Purge>,
}

/// A statement with the parameters "older than" and "at most".
#[derive(Clone, Copy, Debug)]
pub struct Purge {
    /// Rows stay so long after the time that the statement compares.
    pub keep: Duration,
    /// The statement.
    pub sql: Sql,
}

/// Rows removed by one unit: few enough that no request waits for it noticeably.
const AT_ONCE: u32 = 200;

/// Removes everything that has outlived itself, unit by unit, and says how many rows of which table.
pub async fn purge(db: &Db, now: Timestamp) -> Result<Vec<(&'static str, u64)>, DbError> {
    let mut removed = Vec::new();
    for life in LIVES {
        let Some(purge) = life.purge else { continue };
        let mut rows = 0;
        loop {
            let some = db.run(Outlived { sql: purge.sql, before: now - purge.keep }).await?;
            rows += some;
            if some < u64::from(AT_ONCE) {
                break;
            }
            // Requests that came meanwhile go first.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if rows > 0 {
            removed.push((life.table, rows));
        }
    }
    Ok(removed)
}

struct Outlived {
    sql: Sql,
    before: Timestamp,
}

impl Unit for Outlived {
    type Out = u64;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<u64, DbError>> {
        Box::pin(async move { tx.exec(&self.sql, params![self.before, AT_ONCE]).await })
    }
}

const MONTH: Duration = time::days(30);
/// A `jti` that one node forgets is one that another, whose clock is behind, would take again.
const SKEW: Duration = time::minutes(5);

const fn for_ever(table: &'static str) -> Life {
    Life { table, lives: "for ever", purge: None }
}

const fn with(table: &'static str, what: &'static str) -> Life {
    Life { table, lives: what, purge: None }
}

const fn until(table: &'static str, lives: &'static str, keep: Duration, sql: Sql) -> Life {
    Life { table, lives, purge: Some(Purge { keep, sql }) }
}

/// The lifetimes, table by table; a table that is missing here fails a test.
pub const LIVES: &[Life] = &[
    for_ever("schema_migrations"),
    for_ever("organizations"),
    with("memberships", "until removed, or with the account"),
    with("users", "until deleted; then a tombstone for ever, so that a subject never comes back"),
    with("emails", "with the account"),
    with("phones", "until removed, or with the account"),
    with("passwords", "with the account"),
    with("declarations", "for ever: keyed digests, so that a deleted account is not made anew"),
    with("identities", "until unlinked, or with the account"),
    until("sessions", "30 days after it expired", MONTH, SESSIONS),
    until("sessions", "30 days after its end", MONTH, SESSIONS_ENDED),
    until("families", "30 days after it expired, an app's last as long as its session", MONTH, FAMILIES),
    until("families", "30 days after its end, an app's last as long as its session", MONTH, FAMILIES_ENDED),
    until("codes", "as long as the longest token issued for it", Duration::ZERO, CODES),
    with("consents", "until withdrawn"),
    until("secrets", "five minutes longer than it works, for nodes whose clocks differ", SKEW, SECRETS),
    until("counters", "until its window ends", Duration::ZERO, COUNTERS),
    with("clients", "until removed; then a tombstone"),
    with("resources", "until removed; then a tombstone"),
    until("logos", "30 days after an app named its address last", MONTH, LOGOS),
    with("signing_keys", "until the last token has died"),
    for_ever("root_keys"),
    until("nodes", "an hour after it was last heard of", time::hours(1), NODES),
    with("changes", "one row a topic"),
    until(
        "endings",
        "20 minutes: twice as long as a stream can be taken up again",
        time::minutes(20),
        ENDINGS,
    ),
    for_ever("outbox"),
    until("deliveries", "until delivered or expired", Duration::ZERO, DELIVERIES),
    until("messages", "30 days, or with the account", MONTH, MESSAGES),
    for_ever("audit"),
    with("leases", "one row a kind of work"),
    until("traces", "a day", time::days(1), TRACES),
];

crate::queries! {
    SESSIONS = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 LIMIT $2)";
    SESSIONS_ENDED = "DELETE FROM sessions WHERE id IN (\
                      SELECT id FROM sessions WHERE ended_at IS NOT NULL AND ended_at < $1 LIMIT $2)";
    // The newest of an app stays as long as its session, however long that is renewed: it says who hears of the end.
    FAMILIES = "DELETE FROM families WHERE id IN (SELECT f.id FROM families f WHERE f.expires_at < $1 AND (\
                NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = f.session_id AND s.ended_at IS NULL) \
                OR EXISTS (SELECT 1 FROM families n WHERE n.session_id = f.session_id \
                AND n.client_id = f.client_id AND n.id > f.id)) LIMIT $2)";
    FAMILIES_ENDED = "DELETE FROM families WHERE id IN (\
                      SELECT f.id FROM families f WHERE f.ended_at IS NOT NULL AND f.ended_at < $1 AND (\
                      NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = f.session_id AND s.ended_at IS NULL) \
                      OR EXISTS (SELECT 1 FROM families n WHERE n.session_id = f.session_id \
                      AND n.client_id = f.client_id AND n.id > f.id)) LIMIT $2)";
    CODES = "DELETE FROM codes WHERE digest IN (SELECT digest FROM codes WHERE purge_at < $1 LIMIT $2)";
    SECRETS = "DELETE FROM secrets WHERE (kind, digest) IN (\
               SELECT kind, digest FROM secrets WHERE expires_at < $1 LIMIT $2)";
    COUNTERS = "DELETE FROM counters WHERE key IN (SELECT key FROM counters WHERE expires_at < $1 LIMIT $2)";
    DELIVERIES = "DELETE FROM deliveries WHERE (event_id, receiver) IN (\
                  SELECT event_id, receiver FROM deliveries WHERE expires_at < $1 LIMIT $2)";
    MESSAGES = "DELETE FROM messages WHERE event_id IN (SELECT event_id FROM messages WHERE queued_at < $1 LIMIT $2)";
    ENDINGS = "DELETE FROM endings WHERE seq IN (SELECT seq FROM endings WHERE at < $1 LIMIT $2)";
    LOGOS = "DELETE FROM logos WHERE uri IN (SELECT uri FROM logos WHERE tried_at < $1 LIMIT $2)";
    NODES = "DELETE FROM nodes WHERE name IN (SELECT name FROM nodes WHERE seen_at < $1 LIMIT $2)";
    TRACES = "DELETE FROM traces WHERE (flow_id, seq) IN (\
              SELECT flow_id, seq FROM traces WHERE at < $1 LIMIT $2)";
}
