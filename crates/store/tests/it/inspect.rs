//! What the database says of itself.

use countersign_store::Db;
use countersign_store::inspect::Inspection;

#[tokio::test]
async fn a_file_of_sqlite_is_written_as_the_promises_need_it() {
    let folder = std::env::temp_dir().join(format!("countersign-inspect-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let db = Db::open(&format!("sqlite:{}", folder.join("db").display())).await.unwrap();
    let Inspection::Sqlite(found) = db.inspect().await.unwrap() else { panic!("not SQLite") };
    assert_eq!((found.journal_mode.as_str(), found.synchronous, found.foreign_keys), ("wal", 2, true));
    assert!(found.version.starts_with("3."), "{}", found.version);
    drop(db);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn postgresql_says_its_own() {
    let Some(db) = crate::support::postgres().await else { return };
    let Inspection::Postgres(found) = db.inspect().await.unwrap() else { panic!("not PostgreSQL") };
    assert!(found.version >= 130_000, "{found:?}");
    assert_eq!((found.encoding.as_str(), found.isolation.as_str()), ("UTF8", "read committed"));
    assert!(["on", "off"].contains(&found.fsync.as_str()), "{found:?}");
    assert!(!found.standby && found.max_connections > found.reserved && found.connected >= 1, "{found:?}");
    assert_eq!(found.pool, 42);
}
