//! The schema and every statement against it.

use std::collections::BTreeSet;
use std::path::Path;

use countersign_store::{Db, Sql, params, purge, statements, unit};

use crate::support::{Folder, both};

both! {
    async fn every_statement_is_understood(db: Db) {
        let all = statements().unwrap();
        assert!(all.len() > 20);
        for (name, sql) in all {
            if let Err(error) = db.prepare(&sql).await {
                panic!("{name}: {error}");
            }
        }
        assert!(db.prepare(&Sql::new("SELECT nothing FROM nowhere")).await.is_err());
    }

    async fn migrating_again_changes_nothing(db: Db) {
        let plan = db.migrate(false).await.unwrap();
        assert!(plan.pending.is_empty() && !plan.applied.is_empty());
    }
}

#[test]
fn no_module_keeps_its_statements_from_the_test_above() {
    let listed: Vec<_> = statements().unwrap().iter().map(|(name, _)| *name).collect();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![source.clone()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read_to_string(&path)
                .unwrap()
                .lines()
                .any(|it| it.ends_with("queries! {") && !it.contains("//"))
            {
                let module = path.strip_prefix(&source).unwrap().with_extension("").display().to_string();
                let module = module.trim_end_matches("/mod").replace('/', "::");
                assert!(
                    listed.iter().any(|it| it.starts_with(&format!("countersign_store::{module}::"))),
                    "{module}"
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 5);
}

#[tokio::test]
async fn every_table_names_how_long_a_row_lives() {
    const TABLES: Sql = Sql::new("SELECT name FROM sqlite_master WHERE type = 'table'");
    let db = crate::support::sqlite().await;
    let rows = db.read(unit(|tx| Box::pin(async move { tx.rows(&TABLES, params![]).await }))).await.unwrap();
    let tables: BTreeSet<_> = rows.iter().map(|row| row.text(0).unwrap()).collect();
    let named: BTreeSet<_> = purge::LIVES.iter().map(|it| it.table).collect();
    assert_eq!(tables, named);
}

/// Tables that are read whole on purpose: few rows, and each in memory or behind a worker.
const SMALL: [&str; 6] = ["clients", "resources", "logos", "signing_keys", "root_keys", "changes"];

/// Statements of workers and operators that walk an index from its end, or count the bounded trace.
/// An organization is referred to by tables without an index on it, which SQLite would walk only if a reference was broken.
const WALKS: [&str; 8] = [
    "countersign_store::organization::INSERT_TEXT",
    "countersign_store::trace::LATEST",
    "countersign_store::trace::COUNT",
    "countersign_store::trace::OLDEST",
    "countersign_store::trace::OLDEST_REFUSED",
    "countersign_store::audit::WAITS",
    "countersign_store::audit::LAST",
    "countersign_store::audit::UNCHAINED",
];

/// No statement reads a table of people, sessions, grants, codes, secrets or events from one end to the other.
#[tokio::test]
async fn every_statement_finds_its_rows_by_an_index() {
    let folder = Folder::new("plans");
    let db = Db::open(&folder.url()).await.unwrap();
    db.migrate(false).await.unwrap();
    let conn = rusqlite::Connection::open(folder.0.join("db")).unwrap();
    let mut scans = Vec::new();
    for (name, sql) in statements().unwrap() {
        let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text())).unwrap();
        let steps =
            plan.raw_query().mapped(|row| row.get::<_, String>(3)).collect::<Result<Vec<_>, _>>().unwrap();
        for step in steps {
            let scanned = step.strip_prefix("SCAN ").filter(|it| !it.contains("VALUES CLAUSE"));
            let alias = scanned.and_then(|it| it.split(' ').next()).unwrap_or_default();
            let table = match sql.text().find(&format!(" {alias} ")) {
                Some(at) => sql.text()[..at].rsplit(' ').next().unwrap(),
                None => alias,
            };
            if scanned.is_some()
                && !WALKS.contains(&name)
                && !SMALL.contains(&alias)
                && !SMALL.contains(&table)
            {
                scans.push(format!("{name}: {step}"));
            }
        }
    }
    assert!(scans.is_empty(), "{scans:#?}");
}
