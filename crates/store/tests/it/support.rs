//! A fresh database for each test, of either kind.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use countersign_store::{BoxFuture, Db, DbError, Options, Sql, Tx, Unit, params};

/// Runs each test on SQLite and on PostgreSQL: `both! { async fn name(db: Db) { .. } }`.
macro_rules! both {
    ($($(#[$doc:meta])* async fn $name:ident($db:ident: Db) $body:block)*) => {
        $($(#[$doc])* async fn $name($db: countersign_store::Db) $body)*
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() { super::$name($crate::support::sqlite().await).await })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                if let Some(db) = $crate::support::postgres().await { super::$name(db).await }
            })*
        }
    };
}
pub(crate) use both;

pub async fn sqlite() -> Db {
    let db = Db::open("sqlite::memory:").await.unwrap();
    db.migrate(false).await.unwrap();
    db
}

/// `None` only where PostgreSQL is not installed and nobody promised it.
pub async fn postgres() -> Option<Db> {
    let url = postgres_url().await?;
    let db = Db::open_with(&url, patient()).await.unwrap();
    db.migrate(false).await.unwrap();
    Some(db)
}

/// Tests share a small machine; what they test is not the patience.
pub fn patient() -> Options {
    Options {
        pool_wait: Duration::from_secs(20),
        unit_timeout: Duration::from_secs(30),
        ..Options::default()
    }
}

/// The URL of an empty schema of its own.
pub async fn postgres_url() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server = server()?;
    let schema = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    admin(server, &format!("CREATE SCHEMA {schema}")).await;
    let and = if server.contains('?') { '&' } else { '?' };
    Some(format!("{server}{and}options=-c%20search_path%3D{schema}&application_name={schema}"))
}

/// The name that a URL of [`postgres_url`] gives its sessions.
pub fn application(url: &str) -> &str {
    url.rsplit('=').next().unwrap()
}

/// Asks the server itself, outside any pool.
pub async fn admin(url: &str, sql: &str) -> Vec<tokio_postgres::SimpleQueryMessage> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.simple_query(sql).await.unwrap()
}

/// How many rows the server answers.
pub async fn admin_rows(url: &str, sql: &str) -> usize {
    let is_row =
        |it: &tokio_postgres::SimpleQueryMessage| matches!(it, tokio_postgres::SimpleQueryMessage::Row(_));
    admin(url, sql).await.iter().filter(|it| is_row(it)).count()
}

/// `COUNTERSIGN_TEST_POSTGRES`, or a server of our own that ends with this process.
fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    SERVER
        .get_or_init(|| {
            if let Ok(url) = std::env::var("COUNTERSIGN_TEST_POSTGRES") {
                return Some(url);
            }
            let promised = std::env::var("CI").is_ok_and(|it| it == "true");
            assert!(!promised, "CI promises PostgreSQL: set COUNTERSIGN_TEST_POSTGRES");
            let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scripts/pg");
            let started = Command::new(script)
                .args(["start", "--for", &std::process::id().to_string()])
                .env("COUNTERSIGN_PG_FAST", "1")
                .output()
                .ok()
                .filter(|it| it.status.success());
            match started {
                Some(it) => Some(String::from_utf8(it.stdout).unwrap().trim().to_owned()),
                None => {
                    eprintln!("PostgreSQL is not installed: its half of the tests did not run");
                    None
                }
            }
        })
        .as_deref()
}

/// A file in a folder that is removed with it.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("countersign-test-{name}-{}-{next}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    pub fn url(&self) -> String {
        format!("sqlite:{}", self.0.join("db").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub const PUT: Sql = Sql::new("INSERT INTO counters (key, count, expires_at) VALUES ($1, $2, 0)");
pub const GET: Sql = Sql::new("SELECT count FROM counters WHERE key = $1");
pub const COUNT: Sql = Sql::new("SELECT COUNT(*) FROM counters");

/// Writes one row into `counters`.
pub struct Put(pub String, pub i64);

impl Unit for Put {
    type Out = ();
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move { tx.exec(&PUT, params![&self.0, self.1]).await.map(drop) })
    }
}

/// Reads one row of `counters`.
pub struct Get(pub String);

impl Unit for Get {
    type Out = Option<i64>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Option<i64>, DbError>> {
        Box::pin(async move { tx.one(&GET, params![&self.0]).await?.map(|row| row.i64(0)).transpose() })
    }
}

pub async fn has(db: &Db, key: &str) -> bool {
    db.read(Get(key.to_owned())).await.unwrap().is_some()
}

pub async fn count(db: &Db) -> i64 {
    db.read(countersign_store::unit(|tx| {
        Box::pin(async move { tx.one(&COUNT, params![]).await?.unwrap().i64(0) })
    }))
    .await
    .unwrap()
}
