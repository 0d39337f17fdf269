//! Whether the database keeps the promises that we make in its name.

use std::path::PathBuf;

use countersign_store::inspect::{Inspection, Lite, Postgres};

use super::super::{Finding, State};
use crate::admin::Database;
use crate::words::count;

const CHECK: &str = "database";

/// What came of asking it.
pub(in crate::doctor) enum Asked {
    /// SQLite makes it at the first start.
    NotYet(PathBuf),
    /// Why, and what to do.
    Unusable(String, String),
    /// It answered; whether by the running server.
    Answered(Box<Database>, bool),
}

pub(in crate::doctor) fn database(asked: &Asked) -> Vec<Finding> {
    let (database, running) = match asked {
        Asked::NotYet(path) => {
            return vec![Finding::bad(
                CHECK,
                State::Warn,
                format!("{} does not exist yet", path.display()),
                "it is made at the first start",
                "run `countersign serve`",
            )];
        }
        Asked::Unusable(why, mend) => {
            return vec![Finding::bad(CHECK, State::Fail, why, "nobody can sign in", mend)];
        }
        Asked::Answered(database, running) => (database, running),
    };
    let (name, mut findings) = match &database.found {
        Inspection::Sqlite(found) => {
            (format!("SQLite {}, WAL, every commit on the disk", found.version), lite(found))
        }
        Inspection::Postgres(found) => {
            let (major, minor) = (found.version / 10_000, found.version % 10_000);
            let used = format!(
                "{} of {} used",
                found.connected,
                count(found.max_connections, "connection", "connections")
            );
            (format!("PostgreSQL {major}.{minor}, {used}"), postgres(found))
        }
    };
    if database.pending > 0 {
        findings.push(Finding::bad(
            CHECK,
            State::Warn,
            count(database.pending, "change of the schema is missing", "changes of the schema are missing"),
            "`serve` makes them at its start",
            "run `countersign migrate --check` to see them",
        ));
    }
    if findings.is_empty() {
        let by = if *running { ", as the running server has it" } else { "" };
        findings.push(Finding::ok(CHECK, format!("{name}; schema {}{by}", database.target)));
    }
    findings
}

fn lite(found: &Lite) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fail = |what: String, why, mend: &str| {
        findings.push(Finding::bad(CHECK, State::Fail, what, why, mend));
    };
    if found.journal_mode != "wal" {
        fail(
            format!("the journal is `{}`, not WAL", found.journal_mode),
            "people who read and people who sign in would wait for each other",
            "put the database on a disk of this machine: network drives cannot do it",
        );
    }
    // 3 is EXTRA, which is more than we ask for.
    if found.synchronous < 2 {
        fail(
            format!("synchronous is {}, not FULL", found.synchronous),
            "what was answered could be gone after a power cut: codes used twice, sign-ins that never were",
            "start the server anew; it sets this itself, so report it if it stays",
        );
    }
    if !found.foreign_keys {
        fail(
            "foreign keys are not enforced".to_owned(),
            "rows could outlive what they belong to",
            "start the server anew; it sets this itself, so report it if it stays",
        );
    }
    findings
}

/// The oldest release that still gets fixes (PostgreSQL's versioning policy: five years).
const OLDEST: i64 = 140_000;

fn postgres(found: &Postgres) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |bad: bool, state, what: String, why, mend: String| {
        if bad {
            findings.push(Finding::bad(CHECK, state, what, why, mend));
        }
    };
    let lost = "what was answered could be gone after a crash: codes used twice, sign-ins that never were";
    let set = |setting: &str| {
        format!(
            "`ALTER SYSTEM SET {setting}` and `SELECT pg_reload_conf()`, as an administrator of the database"
        )
    };
    let (major, minor) = (found.version / 10_000, found.version % 10_000);
    say(
        found.version < OLDEST,
        State::Warn,
        format!("PostgreSQL {major}.{minor} gets no fixes any more"),
        "faults that are known to others stay open",
        format!("move to PostgreSQL {} or newer", OLDEST / 10_000),
    );
    say(found.fsync != "on", State::Fail, "fsync is off".to_owned(), lost, set("fsync = on"));
    say(
        found.full_page_writes != "on",
        State::Warn,
        "full_page_writes is off".to_owned(),
        "a page that is half written at a power cut cannot be mended, except on file systems that never do so",
        set("full_page_writes = on"),
    );
    say(
        found.synchronous_commit == "off",
        State::Fail,
        "synchronous_commit is off".to_owned(),
        lost,
        format!("{}; look at ALTER ROLE and ALTER DATABASE too", set("synchronous_commit = on")),
    );
    say(
        found.isolation != "read committed",
        State::Fail,
        format!("units run at `{}`, not `read committed`", found.isolation),
        "guards are written for it: another level turns races into errors that people see",
        "take `options` out of the database URL".to_owned(),
    );
    say(
        found.encoding != "UTF8",
        State::Fail,
        format!("the encoding is {}, not UTF8", found.encoding),
        "names that it does not know cannot be stored",
        "make the database anew: `CREATE DATABASE .. ENCODING 'UTF8' TEMPLATE template0`".to_owned(),
    );
    say(
        found.standby,
        State::Fail,
        "this is a standby: it takes no writes".to_owned(),
        "nobody can sign in",
        "let `database` name the primary".to_owned(),
    );
    let room = found.max_connections - found.reserved;
    say(
        room < found.pool,
        State::Fail,
        format!("it takes {}, and one node may use {}", count(room, "connection", "connections"), found.pool),
        "under load requests would be refused",
        set(&format!("max_connections = {} (after a restart)", (found.pool * 2 + found.reserved).max(100))),
    );
    say(
        room >= found.pool && room - found.connected < found.pool,
        State::Warn,
        format!("{} of {room} connections are used; one node may use {}", found.connected, found.pool),
        "under load, or while a new node starts beside an old one, requests could be refused",
        set(&format!("max_connections = {} (after a restart)", (room + found.pool * 2).max(100))),
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(found: Inspection) -> Vec<Finding> {
        let database = Database { found, target: "9".to_owned(), pending: 0 };
        database_of(database)
    }

    fn database_of(it: Database) -> Vec<Finding> {
        database(&Asked::Answered(Box::new(it), false))
    }

    fn good_lite() -> Lite {
        Lite {
            version: "3.50.0".to_owned(),
            journal_mode: "wal".to_owned(),
            synchronous: 2,
            foreign_keys: true,
        }
    }

    fn good_postgres() -> Postgres {
        let text = str::to_owned;
        Postgres {
            version: 170_002,
            encoding: text("UTF8"),
            fsync: text("on"),
            full_page_writes: text("on"),
            synchronous_commit: text("on"),
            isolation: text("read committed"),
            standby: false,
            max_connections: 100,
            reserved: 3,
            connected: 20,
            pool: 17,
        }
    }

    #[test]
    fn sqlite_that_could_lose_an_answer_fails() {
        assert_eq!(asked(Inspection::Sqlite(good_lite()))[0].state, State::Ok);
        for (found, says) in [
            (Lite { journal_mode: "delete".to_owned(), ..good_lite() }, "not WAL"),
            (Lite { synchronous: 1, ..good_lite() }, "not FULL"),
            (Lite { foreign_keys: false, ..good_lite() }, "foreign keys"),
        ] {
            let findings = asked(Inspection::Sqlite(found));
            assert_eq!((findings.len(), findings[0].state), (1, State::Fail), "{findings:?}");
            assert!(findings[0].what.contains(says), "{findings:?}");
        }
    }

    #[test]
    fn postgresql_that_is_set_otherwise_is_told_how_to_mend_it() {
        let good = good_postgres;
        assert_eq!(asked(Inspection::Postgres(good()))[0].state, State::Ok);
        for level in ["local", "remote_write", "remote_apply"] {
            let found = Postgres { synchronous_commit: level.to_owned(), ..good() };
            assert_eq!(asked(Inspection::Postgres(found))[0].state, State::Ok, "{level}");
        }
        for (found, state, says) in [
            (Postgres { version: 130_004, ..good() }, State::Warn, "13.4"),
            (Postgres { fsync: "off".to_owned(), ..good() }, State::Fail, "fsync"),
            (Postgres { full_page_writes: "off".to_owned(), ..good() }, State::Warn, "full_page_writes"),
            (Postgres { synchronous_commit: "off".to_owned(), ..good() }, State::Fail, "synchronous_commit"),
            (Postgres { isolation: "serializable".to_owned(), ..good() }, State::Fail, "serializable"),
            (Postgres { encoding: "SQL_ASCII".to_owned(), ..good() }, State::Fail, "SQL_ASCII"),
            (Postgres { standby: true, ..good() }, State::Fail, "standby"),
            (Postgres { max_connections: 19, ..good() }, State::Fail, "takes 16"),
            (Postgres { connected: 90, ..good() }, State::Warn, "90 of 97"),
        ] {
            let findings = asked(Inspection::Postgres(found));
            assert_eq!((findings.len(), findings[0].state), (1, state), "{findings:?}");
            assert!(findings[0].what.contains(says) && !findings[0].mend.is_empty(), "{findings:?}");
        }
    }

    #[test]
    fn a_database_that_is_not_there_or_not_up_to_date_is_said_to_be() {
        let behind = Database { found: Inspection::Sqlite(good_lite()), target: "9".to_owned(), pending: 2 };
        assert_eq!(database_of(behind)[0].state, State::Warn);
        assert_eq!(database(&Asked::NotYet("/x".into()))[0].state, State::Warn);
        assert_eq!(database(&Asked::Unusable("x".to_owned(), "y".to_owned()))[0].state, State::Fail);
    }
}
