//! The physical limits of the machine, each as the least program that reaches it.
//!
//! - `floors serve PORT` answers HTTP with nothing behind it: `/json` a document, `/sign` a form in and an ES256 token
//!   out, `/read` one SQLite read by a 32-byte key, `/rsa` an RS256 token.
//! - `floors crypto` prints signatures, verifications and password hashes per CPU-second.
//! - `floors rotation` prints the two statements of a refresh, for pgbench.
//! - `floors disk FOLDER` prints how often a second `fdatasync` comes back.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a floor is what the house is built on"
)]
#![allow(clippy::expect_used, reason = "a measurement that cannot start must say so")]

mod crypto;
mod disk;
mod http;

fn main() {
    let mut args = std::env::args().skip(1);
    match (args.next().as_deref(), args.next()) {
        (Some("serve"), Some(port)) => http::serve(port.parse().expect("a port")),
        (Some("crypto"), None) => println!("{}", crypto::measure()),
        (Some("disk"), Some(folder)) => println!("{}", disk::measure(folder.as_ref())),
        (Some("rotation"), None) => println!("{}", rotation()),
        _ => eprintln!("floors serve PORT | crypto | rotation | disk FOLDER"),
    }
}

/// What a refresh asks of the database, as the store asks it.
fn rotation() -> serde_json::Value {
    let all = countersign_store::statements().expect("the statements");
    let text = |starts: &str| {
        all.iter().map(|(_, sql)| sql.text()).find(|text| text.starts_with(starts)).expect("a statement")
    };
    serde_json::json!({
        "find": text("SELECT f.client_id, f.user_id, f.session_id, f.flow_id"),
        "rotate": text("UPDATE families SET generation ="),
    })
}
