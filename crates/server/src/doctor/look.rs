//! What there is to be seen.

pub(super) mod keys;
pub(super) mod providers;
pub(super) mod way;

use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use countersign_outbound::guard::{Lookup as _, SystemLookup, Trust};
use countersign_web::clock::Clock;
use serde_json::Value as Json;
use url::{Host, Url};

use super::judge::database::Asked;
use super::judge::{Mode, Reached};
use crate::admin::{self, Request};
use crate::config::{Config, Database};
use crate::failure::Failure;
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

/// SQLite belongs to a running server, which answers for it; otherwise it is opened as a server would.
pub(super) async fn database(config: &Config) -> Asked {
    let unusable = |failure: Failure| Asked::Unusable(failure.why, failure.mend);
    match socket::ask(config, &Request::Inspect).await {
        Ok(Some(reply)) => match serde_json::from_value(reply.json) {
            Ok(found) => return Asked::Answered(Box::new(found), true),
            Err(error) => return Asked::Unusable(error.to_string(), SAME.to_owned()),
        },
        Ok(None) => {}
        Err(failure) => return unusable(failure),
    }
    if let Database::Sqlite(path) = &config.database
        && !path.exists()
    {
        return Asked::NotYet(path.clone());
    }
    let db = match house::database(config).await {
        Ok(db) => db,
        Err(failure) => return unusable(failure),
    };
    match admin::inspect(&db).await {
        Ok(found) => Asked::Answered(Box::new(found), false),
        Err(failure) => Asked::Unusable(
            failure.why,
            "see that the database runs, and `database` in the configuration".to_owned(),
        ),
    }
}

const SAME: &str = "use the same version for the command line and the server";

/// Whether the running server has the configuration that is there now; `None` when none runs.
pub(super) async fn drift(config: &Config) -> Option<Result<Vec<String>, Failure>> {
    let reply = socket::ask(config, &Request::Reload { check: true }).await.transpose()?;
    let names = |json: &Json| {
        let of = |member: &str, key: &str| -> Vec<String> {
            let all = json.get(member).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
            let name = |it: &Json| it.as_str().or_else(|| it.get(key)?.as_str()).map(str::to_owned);
            all.iter().filter_map(name).collect()
        };
        [of("applied", ""), of("changes", "id"), of("needs_restart", "key")].concat()
    };
    Some(reply.map(|reply| names(&reply.json)))
}

/// How a transport was found, by the name of its section.
pub(super) type Probed = (&'static str, Result<(), String>);

pub(super) async fn mail(config: &Config) -> Vec<Probed> {
    let courier = house::courier(&config.outbound).map_err(|failure| failure.why);
    let mut found = Vec::new();
    for it in &config.mail {
        let transport = courier.clone().and_then(|courier| it.transport(&courier));
        let probed = match transport {
            Ok(transport) => transport.probe().await.map_err(|error| error.to_string()),
            Err(error) => Err(error),
        };
        found.push((it.section(), probed));
    }
    found
}

pub(super) async fn sms(config: &Config) -> Vec<Probed> {
    let courier = house::courier(&config.outbound).map_err(|failure| failure.why);
    let mut found = Vec::new();
    for it in &config.sms {
        let probed = match &courier {
            Ok(courier) => it.transport(courier).probe().await.map_err(|error| error.to_string()),
            Err(error) => Err(error.clone()),
        };
        found.push((it.section(), probed));
    }
    found
}

pub(super) async fn discovery(config: &Config) -> Result<Reached, String> {
    let guard = way::guard(config)?;
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
