//! What there is to be seen.

use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use countersign_outbound::guard::{Lookup as _, SystemLookup, Trust};
use countersign_outbound::mail::Smtp;
use countersign_web::clock::Clock;
use url::{Host, Url};

use super::judge::{Mode, Reached};
use super::{Finding, State};
use crate::config::{Config, Database};
use crate::{house, socket};

pub(super) fn now() -> i64 {
    Clock::default().now().seconds()
}

pub(super) fn modes(config: &Config) -> Vec<Mode> {
    let see = |path: &Path, what, secret| Mode {
        path: path.to_owned(),
        what,
        mode: std::fs::metadata(path).ok().map(|data| data.permissions().mode()),
        secret,
    };
    let mut seen = vec![see(&config.path, "the configuration", false)];
    seen.extend(config.secret_files.iter().map(|path| see(path, "the secret", true)));
    if let Some(tls) = &config.tls {
        seen.push(see(&tls.key, "the TLS key", true));
    }
    if let Database::Sqlite(path) = &config.database {
        seen.push(see(path, "the database", true));
    }
    seen.push(see(&socket::path(config), "the socket", true));
    seen
}

pub(super) async fn dns(issuer: &Url) -> Result<Vec<IpAddr>, String> {
    match issuer.host() {
        Some(Host::Ipv4(ip)) => Ok(vec![ip.into()]),
        Some(Host::Ipv6(ip)) => Ok(vec![ip.into()]),
        Some(Host::Domain(name)) => {
            let mut found = SystemLookup.lookup(name.to_owned()).await.map_err(|error| error.to_string())?;
            found.sort_unstable();
            found.dedup();
            Ok(found)
        }
        None => Ok(Vec::new()),
    }
}

/// Reachable, and up to date. A running server holds SQLite; that it answers on its socket is proof enough.
pub(super) async fn database(config: &Config) -> Vec<Finding> {
    const CHECK: &str = "database";
    if let Database::Sqlite(_) = &config.database
        && tokio::net::UnixStream::connect(socket::path(config)).await.is_ok()
    {
        return vec![Finding::ok(CHECK, "in use by the running server, which answers")];
    }
    if let Database::Sqlite(path) = &config.database
        && !path.exists()
    {
        return vec![Finding::bad(
            CHECK,
            State::Warn,
            format!("{} does not exist yet", path.display()),
            "it is made at the first start",
            "run `countersign serve`",
        )];
    }
    let db = match house::database(config).await {
        Ok(db) => db,
        Err(failure) => {
            return vec![Finding::bad(CHECK, State::Fail, failure.why, "nobody can sign in", failure.mend)];
        }
    };
    match db.migrate(true).await {
        Ok(plan) if plan.pending.is_empty() => {
            vec![Finding::ok(CHECK, format!("reachable, up to date at {}", plan.target))]
        }
        Ok(plan) => vec![Finding::bad(
            CHECK,
            State::Warn,
            format!("{} changes are missing", plan.pending.len()),
            "`serve` makes them at its start",
            "run `countersign migrate --check` to see them",
        )],
        Err(error) => vec![Finding::bad(
            CHECK,
            State::Fail,
            error.to_string(),
            "nobody can sign in",
            "see that the database runs, and `database` in the configuration",
        )],
    }
}

pub(super) async fn mail(config: &Config) -> Option<Result<(), String>> {
    let smtp = config.smtp.clone()?;
    Some(match Smtp::new(smtp) {
        Ok(smtp) => smtp.probe().await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    })
}

pub(super) async fn discovery(config: &Config) -> Result<Reached, String> {
    let mut outbound = config.outbound.clone();
    // The issuer's own address may be http on this machine.
    if let (Some(host), Some(port)) = (config.issuer.host(), config.issuer.port_or_known_default()) {
        outbound.allow.push((host.to_string(), port));
    }
    let guard = house::guard(&outbound).map_err(|failure| failure.why)?;
    let address = format!("{}/.well-known/openid-configuration", config.policy.issuer);
    let url = Url::parse(&address).map_err(|error| error.to_string())?;
    let reply = guard.get(&url, Trust::Operator).await.map_err(|error| error.to_string())?;
    let date = reply.headers.get("date").and_then(|date| date.to_str().ok());
    Ok(Reached {
        status: reply.status,
        document: serde_json::from_slice(&reply.body).ok(),
        date: date.and_then(|date| httpdate::parse_http_date(date).ok()).and_then(|date| {
            let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
            i64::try_from(since.as_secs()).ok()
        }),
        hsts: reply.headers.contains_key("strict-transport-security"),
    })
}
