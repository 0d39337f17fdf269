//! Schema changes: one file per change for both databases, applied in order, each in its own transaction.
//!
//! A change is expand-only (adds what the version before does not know and can live with) unless its first
//! line is `-- contract`. So a node of the version before keeps serving while the new one rolls out.

mod dialect;
mod runner;

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::db::Engine;
use crate::{Db, DbError};
use runner::Runner;

/// Every change there is, in order. A file is never edited once it was released.
const ALL: &[Migration] = &[
    Migration::new(1, "house", include_str!("../../migrations/0001_house.sql")),
    Migration::new(2, "keys", include_str!("../../migrations/0002_keys.sql")),
    Migration::new(3, "session_ends", include_str!("../../migrations/0003_session_ends.sql")),
    Migration::new(4, "endings", include_str!("../../migrations/0004_endings.sql")),
    Migration::new(5, "memberships", include_str!("../../migrations/0005_memberships.sql")),
    Migration::new(6, "identities", include_str!("../../migrations/0006_identities.sql")),
    Migration::new(7, "declared_passwords", include_str!("../../migrations/0007_declared_passwords.sql")),
    Migration::new(8, "logos", include_str!("../../migrations/0008_logos.sql")),
    Migration::new(9, "messages", include_str!("../../migrations/0009_messages.sql")),
    Migration::new(10, "departures", include_str!("../../migrations/0010_departures.sql")),
    Migration::new(11, "owned_sessions", include_str!("../../migrations/0011_owned_sessions.sql")),
    Migration::new(12, "declarations", include_str!("../../migrations/0012_declarations.sql")),
];

/// What `migrate` found and did, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The newest change that this program knows.
    pub target: i64,
    /// Changes already in the database.
    pub applied: Vec<i64>,
    /// Changes that were missing, in order, with the statements they consist of.
    pub pending: Vec<Pending>,
    /// Expand-only changes of a newer version, which this version can live with.
    pub newer: Vec<i64>,
    /// Whether the pending changes were applied.
    pub done: bool,
}

/// One missing change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: &'static str,
    /// Whether nodes of the version before could not live with it.
    pub contract: bool,
    /// The statements, as this database gets them.
    pub statements: Vec<String>,
}

impl Db {
    /// Brings the schema up to date, or with `check` only says what it would do. Only one process does this at
    /// a time. Refuses a database whose applied changes differ from ours, or that a newer version has changed
    /// in a way that this one cannot live with.
    pub async fn migrate(&self, check: bool) -> Result<Plan, DbError> {
        run(self, ALL, check).await
    }
}

async fn run(db: &Db, known: &'static [Migration], check: bool) -> Result<Plan, DbError> {
    let mut runner = match db.engine() {
        Engine::Lite(lite) => Runner::Lite(lite.own_connection()?),
        Engine::Pg(pg) => Runner::Pg(pg.own_connection().await?),
    };
    if check {
        return plan(&mut runner, known).await;
    }
    runner.lock().await?;
    let mut plan = plan(&mut runner, known).await?;
    for pending in &plan.pending {
        let checksum =
            known.iter().find(|it| it.id == pending.id).map(Migration::checksum).unwrap_or_default();
        runner.apply(pending, &checksum).await?;
    }
    runner.unlock().await?;
    plan.done = true;
    Ok(plan)
}

async fn plan(runner: &mut Runner, known: &'static [Migration]) -> Result<Plan, DbError> {
    let applied = runner.applied().await?;
    let target = known.last().map_or(0, |it| it.id);
    let mut newer = Vec::new();
    for row in &applied {
        match known.iter().find(|it| it.id == row.id) {
            Some(ours) if ours.checksum() == row.checksum => {}
            Some(ours) => {
                return Err(DbError::Refused(format!(
                    "migration {} ({}) was applied with another text than this program has",
                    ours.id, ours.name
                )));
            }
            None if row.id > target && !row.contract => newer.push(row.id),
            None => {
                return Err(DbError::Refused(format!(
                    "the database is at migration {}, made by a newer version that this one ({target}) cannot serve",
                    row.id
                )));
            }
        }
    }
    let pending = known
        .iter()
        .filter(|it| !applied.iter().any(|row| row.id == it.id))
        .map(|it| Pending {
            id: it.id,
            name: it.name,
            contract: it.contract,
            statements: dialect::statements(it.sql, runner.dialect()),
        })
        .collect();
    Ok(Plan { target, applied: applied.iter().map(|it| it.id).collect(), pending, newer, done: false })
}

struct Migration {
    id: i64,
    name: &'static str,
    sql: &'static str,
    contract: bool,
}

impl Migration {
    const fn new(id: i64, name: &'static str, sql: &'static str) -> Self {
        let contract =
            matches!(sql.as_bytes(), [b'-', b'-', b' ', b'c', b'o', b'n', b't', b'r', b'a', b'c', b't', ..]);
        Self { id, name, sql, contract }
    }

    /// Over the text without carriage returns, so that a checkout with other line ends is the same change.
    fn checksum(&self) -> String {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(self.sql.replace('\r', "")) {
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "CREATE TABLE a (id {text} NOT NULL PRIMARY KEY){strict};";
    const FIRST: &[Migration] = &[Migration::new(1, "one", ONE)];
    const CHANGED: &[Migration] = &[Migration::new(1, "one", "CREATE TABLE b (id {int}){strict};")];
    const EXPANDED: &[Migration] =
        &[Migration::new(1, "one", ONE), Migration::new(2, "two", "-- x\nALTER TABLE a ADD COLUMN b {int};")];
    const CONTRACTED: &[Migration] = &[
        Migration::new(1, "one", ONE),
        Migration::new(2, "two", "-- contract\nALTER TABLE a RENAME COLUMN id TO c;"),
    ];
    const BROKEN: &[Migration] = &[
        Migration::new(1, "one", ONE),
        Migration::new(2, "two", "CREATE TABLE c (d {int}); CREATE TABLE a (d {int});"),
    ];

    #[tokio::test]
    async fn numbers_ascend_and_the_house_applies_once() {
        assert!(ALL.windows(2).all(|two| two[0].id + 1 == two[1].id));
        let db = Db::open("sqlite::memory:").await.unwrap();
        let check = db.migrate(true).await.unwrap();
        assert_eq!((check.pending.len(), check.applied.len(), check.done), (ALL.len(), 0, false));
        assert_eq!(db.migrate(true).await.unwrap(), check, "a check changes nothing");
        assert!(db.migrate(false).await.unwrap().done);
        let again = db.migrate(false).await.unwrap();
        assert_eq!((again.pending.len(), again.applied.len()), (0, ALL.len()));
    }

    #[tokio::test]
    async fn a_changed_text_is_refused() {
        let db = Db::open("sqlite::memory:").await.unwrap();
        run(&db, FIRST, false).await.unwrap();
        assert!(matches!(run(&db, CHANGED, false).await, Err(DbError::Refused(_))));
    }

    #[tokio::test]
    async fn a_newer_database_is_served_only_if_it_was_expanded() {
        let db = Db::open("sqlite::memory:").await.unwrap();
        run(&db, EXPANDED, false).await.unwrap();
        assert_eq!(run(&db, FIRST, false).await.unwrap().newer, [2]);
        let db = Db::open("sqlite::memory:").await.unwrap();
        run(&db, CONTRACTED, false).await.unwrap();
        assert!(matches!(run(&db, FIRST, true).await, Err(DbError::Refused(_))));
    }

    #[tokio::test]
    async fn a_change_that_fails_leaves_nothing_of_itself() {
        let db = Db::open("sqlite::memory:").await.unwrap();
        assert!(run(&db, BROKEN, false).await.is_err());
        let plan = run(&db, BROKEN, true).await.unwrap();
        assert_eq!((plan.applied.as_slice(), plan.pending.len()), ([1].as_slice(), 1));
        let Engine::Lite(lite) = db.engine() else { panic!("SQLite was opened") };
        let conn = lite.own_connection().unwrap();
        assert!(
            conn.prepare("SELECT d FROM c").is_err(),
            "the first statement of the failed change is undone"
        );
    }
}
