//! The schema and every statement against it.

use std::collections::BTreeSet;
use std::path::Path;

use countersign_store::{Sql, params, purge, statements, unit};

use crate::support::both;

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
