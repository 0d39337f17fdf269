//! A PostgreSQL of the tests' own, a schema for each.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The URL of an empty schema of its own. `None` only where PostgreSQL is not installed and nobody promised
/// it; with `CI=true` its absence is a failure.
pub async fn postgres_url() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server = server()?;
    let schema = format!("w{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    make_schema(server, &schema).await;
    let and = if server.contains('?') { '&' } else { '?' };
    Some(format!("{server}{and}options=-c%20search_path%3D{schema}&application_name={schema}"))
}

#[allow(
    clippy::disallowed_methods,
    reason = "asks the server itself, outside any pool: no unit makes a schema"
)]
async fn make_schema(server: &str, schema: &str) {
    let (client, connection) =
        tokio_postgres::connect(server, tokio_postgres::NoTls).await.expect("the server answers");
    tokio::spawn(connection);
    client.simple_query(&format!("CREATE SCHEMA {schema}")).await.expect("a schema of its own");
}

/// `COUNTERSIGN_TEST_POSTGRES`, or a server of our own that ends with this process.
#[allow(clippy::disallowed_methods, reason = "tests have no configuration file")]
fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    let find = || {
        if let Ok(url) = std::env::var("COUNTERSIGN_TEST_POSTGRES") {
            return Some(url);
        }
        let promised = std::env::var("CI").is_ok_and(|it| it == "true");
        assert!(!promised, "CI promises PostgreSQL: set COUNTERSIGN_TEST_POSTGRES");
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scripts/pg");
        let for_us = ["start", "--for", &std::process::id().to_string()];
        let started = Command::new(script).args(for_us).env("COUNTERSIGN_PG_FAST", "1").output();
        let Some(started) = started.ok().filter(|it| it.status.success()) else {
            eprintln!("PostgreSQL is not installed: its half of the tests did not run");
            return None;
        };
        Some(String::from_utf8(started.stdout).expect("a URL").trim().to_owned())
    };
    SERVER.get_or_init(find).as_deref()
}
