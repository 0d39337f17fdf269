//! The way to the issuer, walked as a browser would, with the running server noting what arrives.

use axum::http::{HeaderName, Method};
use countersign_outbound::guard::{Guard, Trust};
use countersign_web::cookies::{Cookie, Cookies};
use countersign_web::origin::Site;
use countersign_web::probe::{PARAMETER, Seen};
use url::Url;

use super::super::judge::way::{Expected, FORGED, Visit, Walked};
use crate::admin::Request;
use crate::config::{Config, Database};
use crate::{house, socket};

/// Why it could not be walked.
pub(in crate::doctor) enum Blocked {
    /// Nobody is there to note what arrives.
    NoServer,
    /// The running server, or the way.
    Failed(String),
}

/// Several nodes may answer for one address, and only one of them notes.
const TRIES: usize = 8;

pub(in crate::doctor) async fn way(config: &Config) -> Result<(Walked, Expected), Blocked> {
    let expected = expected(config).map_err(Blocked::Failed)?;
    let guard = guard(config).map_err(Blocked::Failed)?;
    let walker = Walker { config, guard, url: address(config, "/account")? };
    let plain = walker.visit(&walker.url, &[]).await?;
    if plain.seen.is_none() {
        return Ok((Walked { plain, forged: None, again: None, clear: None }, expected));
    }
    let forged = walker.visit(&walker.url, &[("x-forwarded-for", FORGED)]).await?;
    let name = expected.cookies.name(Cookie::Browser);
    let sent = plain.set_cookie.iter().find(|line| line.starts_with(&format!("{name}=")));
    let again = match sent.and_then(|line| line.split(';').next()) {
        Some(pair) => Some(walker.visit(&walker.url, &[("cookie", pair)]).await?),
        None => None,
    };
    let clear = match in_clear(&walker.url) {
        // Nothing there is as it should be.
        Some(url) => walker.visit(&url, &[]).await.ok(),
        None => None,
    };
    Ok((Walked { plain, forged: Some(forged), again, clear }, expected))
}

struct Walker<'a> {
    config: &'a Config,
    guard: Guard,
    url: Url,
}

impl Walker<'_> {
    async fn visit(&self, url: &Url, headers: &[(&'static str, &str)]) -> Result<Visit, Blocked> {
        let tries = match &self.config.database {
            Database::Sqlite(_) => 1,
            Database::Postgres(_) => TRIES,
        };
        let mut visit = self.once(url, headers).await?;
        for _ in 1..tries {
            if visit.seen.is_some() {
                break;
            }
            visit = self.once(url, headers).await?;
        }
        Ok(visit)
    }

    async fn once(&self, url: &Url, headers: &[(&'static str, &str)]) -> Result<Visit, Blocked> {
        let nonce: Option<String> = self.ask(Request::ProbeOpen).await?;
        let nonce = nonce.ok_or_else(|| Blocked::Failed("too many doctors at once".to_owned()))?;
        let mut url = url.clone();
        url.query_pairs_mut().append_pair(PARAMETER, &nonce);
        let mut sent = vec![(HeaderName::from_static("accept"), "text/html")];
        sent.extend(headers.iter().map(|(name, value)| (HeaderName::from_static(name), *value)));
        let reply = self.guard.send(Method::GET, &url, Trust::Operator, &sent, Vec::new()).await;
        // The nonce ends, whatever came of it.
        let seen: Vec<Seen> = self.ask(Request::ProbeClose { nonce }).await?;
        let reply = reply.map_err(|error| Blocked::Failed(error.to_string()))?;
        let lines = reply.headers.get_all("set-cookie").iter();
        Ok(Visit {
            status: reply.status,
            set_cookie: lines.filter_map(|line| line.to_str().ok()).map(str::to_owned).collect(),
            seen: seen.into_iter().next(),
        })
    }

    async fn ask<T: serde::de::DeserializeOwned>(&self, request: Request) -> Result<T, Blocked> {
        let reply = socket::ask(self.config, &request).await;
        let reply = reply.map_err(|failure| Blocked::Failed(failure.why))?.ok_or(Blocked::NoServer)?;
        serde_json::from_value(reply.json).map_err(|error| Blocked::Failed(error.to_string()))
    }
}

fn expected(config: &Config) -> Result<Expected, String> {
    let site = Site::new(&config.policy.issuer).map_err(|error| error.to_string())?;
    let port = config.issuer.port_or_known_default();
    Ok(Expected {
        path: site.path("/account"),
        authority: config.issuer.authority().to_owned(),
        tls: config.tls.is_some(),
        own_port: port == Some(config.listen.port()),
        cookies: Cookies::new(&site, config.cookie_name.as_deref()),
        site,
    })
}

fn address(config: &Config, path: &str) -> Result<Url, Blocked> {
    let text = format!("{}{path}", config.policy.issuer);
    Url::parse(&text).map_err(|error| Blocked::Failed(error.to_string()))
}

/// The issuer's own address may be http on this machine, and port 80 is asked in clear.
pub(super) fn guard(config: &Config) -> Result<Guard, String> {
    let mut outbound = config.outbound.clone();
    if let (Some(host), Some(port)) = (config.issuer.host(), config.issuer.port_or_known_default()) {
        outbound.allow.extend([(host.to_string(), port), (host.to_string(), 80)]);
    }
    house::guard(&outbound).map_err(|failure| failure.why)
}

fn in_clear(url: &Url) -> Option<Url> {
    let mut clear = url.clone();
    let usual = url.scheme() == "https" && url.port().is_none();
    (usual && clear.set_scheme("http").is_ok()).then_some(clear)
}
