//! The schema and every statement against it.

use std::collections::BTreeSet;

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

#[tokio::test]
async fn every_table_names_how_long_a_row_lives() {
    const TABLES: Sql = Sql::new("SELECT name FROM sqlite_master WHERE type = 'table'");
    let db = crate::support::sqlite().await;
    let rows = db.read(unit(|tx| Box::pin(async move { tx.rows(&TABLES, params![]).await }))).await.unwrap();
    let tables: BTreeSet<_> = rows.iter().map(|row| row.text(0).unwrap()).collect();
    let named: BTreeSet<_> = purge::LIVES.iter().map(|it| it.table).collect();
    assert_eq!(tables, named);
}
