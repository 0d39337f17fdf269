//! The floor against floods: limits that each node keeps in memory, by source. Those of the database are counted
//! by the units that they concern.

use crate::oauth::cors::is_preflight;
use crate::peer::{ClientIp, PeerAddr, client_ip};
use crate::request::wants_html;
use crate::respond::json;
use crate::view::pages::{ErrorKind, ErrorPage};
use crate::{App, Req, router};
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use countersign_core::Timestamp;
use countersign_core::limits::{Counts, Kept, Limit, PAGES, Per, RouteLimits, of_route};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Sources remembered in one shard; past it those whose window is over go, and if none is, all.
const MOST: usize = 4_096;
const SHARDS: usize = 16;

/// What a limit counts by: an IPv4 address, or an IPv6 /64 (one household has that many).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Source {
    V4(u32),
    V6(u64),
}

impl From<ClientIp> for Source {
    fn from(ip: ClientIp) -> Self {
        match ip.0.to_canonical() {
            IpAddr::V4(ip) => Self::V4(ip.to_bits()),
            IpAddr::V6(ip) => Self::V6(u64::try_from(ip.to_bits() >> 64).unwrap_or(0)),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Window {
    count: u32,
    until: Timestamp,
}

type Shard = HashMap<(&'static str, Source), Window>;

/// All counts of this node. Bounded in memory, whatever comes.
#[derive(Debug, Default)]
pub struct NodeLimits {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
}

impl NodeLimits {
    /// Adds `times` to a source's count.
    pub fn add(&self, limit: &Limit, ip: ClientIp, times: u32, now: Timestamp) {
        let mut shard = self.shard(ip);
        if shard.len() >= MOST {
            shard.retain(|_, window| now < window.until);
            if shard.len() >= MOST {
                shard.clear();
            }
        }
        let fresh = Window { count: 0, until: now + limit.window };
        let window = shard.entry((limit.name, ip.into())).or_insert(fresh);
        if now >= window.until {
            *window = fresh;
        }
        window.count = window.count.saturating_add(times);
    }

    /// Seconds to wait, if the source has used up what the limit lets through.
    pub fn wait(&self, limit: &Limit, ip: ClientIp, now: Timestamp) -> Option<u32> {
        let window = self.shard(ip).get(&(limit.name, ip.into())).copied()?;
        let over = now < window.until && window.count >= limit.max;
        over.then(|| u32::try_from(window.until.since(now).as_secs()).unwrap_or(u32::MAX).max(1))
    }

    fn shard(&self, ip: ClientIp) -> MutexGuard<'_, Shard> {
        let hash = usize::try_from(self.hasher.hash_one(Source::from(ip)) % 16).unwrap_or(0);
        let [first, ..] = &self.shards;
        self.shards.get(hash).unwrap_or(first).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An address without a route still costs an answer.
const NOWHERE: RouteLimits = RouteLimits { path: "", limits: &[PAGES] };

/// Surrounds every route: refuses what is over a limit before anything is read or looked up, and counts what
/// came of the rest. What is under way when a limit is reached still goes through, so that many may exceed it as
/// there are connections: to count a request before its end is known would turn people away behind a shared address
/// of whom none failed (DESIGN 7). Limits that must be exact are counters of the database, added to first.
pub async fn hold(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (now, row) = (app.clock.now(), row(&app, &request));
    let peer = request.extensions().get::<PeerAddr>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |p| p.0.ip());
    let ip = client_ip(peer, request.headers(), &app.proxies.load());
    let ours = || row.limits.iter().filter(|it| it.kept == Kept::Node && it.per == Per::Source);
    let wait = if is_preflight(&app, &request) {
        None
    } else {
        ours().filter_map(|limit| app.limits.wait(limit, ip, now)).max()
    };
    if let Some(wait) = wait {
        return refuse(&app, request, wait).await;
    }
    let response = next.run(request).await;
    for limit in ours() {
        if counts(limit, response.status()) {
            app.limits.add(limit, ip, 1, now);
        }
    }
    response
}

/// A method that is not taken, a page that is not there and a refused client are failures alike. Only 401 says
/// that a client did not authenticate.
fn counts(limit: &Limit, status: StatusCode) -> bool {
    match limit.counts {
        Counts::Requests => true,
        Counts::Failures if limit.name == countersign_core::limits::CLIENT_AUTH.name => {
            status == StatusCode::UNAUTHORIZED
        }
        Counts::Failures => status.is_client_error(),
    }
}

fn row(app: &App, request: &Request) -> &'static RouteLimits {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let found = path.and_then(|path| of_route(path.strip_prefix(app.site.base()).unwrap_or(path)));
    found.or_else(|| path.and_then(|path| of_route(path.strip_suffix(app.site.base())?))).unwrap_or(&NOWHERE)
}

async fn refuse(app: &Arc<App>, request: Request, wait: u32) -> Response {
    let (mut parts, _) = request.into_parts();
    let Ok(req) = Req::from_request_parts(&mut parts, app).await;
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut response = match wants_html(&req.headers) {
        true => router::page_error(app, &req, status, ErrorPage::alone(ErrorKind::TooManyTries { wait })),
        false => {
            let body = serde_json::json!({
                "error": "temporarily_unavailable",
                "error_description": "Too many requests from this address: try again later.",
            });
            json(status, &body)
        }
    };
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::limits::STEPS;
    use std::time::Duration;

    fn ip(text: &str) -> ClientIp {
        ClientIp(text.parse().unwrap())
    }

    #[test]
    fn a_source_waits_until_its_window_is_over() {
        let (limits, now) = (NodeLimits::default(), Timestamp::from_seconds(1_000));
        limits.add(&STEPS, ip("203.0.113.9"), STEPS.max - 1, now);
        assert_eq!(limits.wait(&STEPS, ip("203.0.113.9"), now), None);
        limits.add(&STEPS, ip("203.0.113.9"), 1, now + Duration::from_secs(20));
        assert_eq!(limits.wait(&STEPS, ip("203.0.113.9"), now + Duration::from_secs(20)), Some(40));
        assert_eq!(limits.wait(&PAGES, ip("203.0.113.9"), now), None, "each limit for itself");
        assert_eq!(limits.wait(&STEPS, ip("203.0.113.8"), now), None);
        assert_eq!(limits.wait(&STEPS, ip("203.0.113.9"), now + STEPS.window), None);
        limits.add(&STEPS, ip("203.0.113.9"), 1, now + STEPS.window);
        assert_eq!(limits.wait(&STEPS, ip("203.0.113.9"), now + STEPS.window), None, "a new window");
    }

    #[test]
    fn an_ipv6_network_is_one_source() {
        let (limits, now) = (NodeLimits::default(), Timestamp::from_seconds(1_000));
        limits.add(&STEPS, ip("2001:db8:1:2::1"), STEPS.max, now);
        assert!(limits.wait(&STEPS, ip("2001:db8:1:2:ffff::9"), now).is_some());
        assert!(limits.wait(&STEPS, ip("2001:db8:1:3::1"), now).is_none());
        limits.add(&STEPS, ip("::ffff:203.0.113.9"), STEPS.max, now);
        assert!(limits.wait(&STEPS, ip("203.0.113.9"), now).is_some());
    }

    #[test]
    fn a_million_sources_take_bounded_memory() {
        let (limits, now) = (NodeLimits::default(), Timestamp::from_seconds(1_000));
        for n in 0..200_000_u32 {
            limits.add(&STEPS, ClientIp(IpAddr::V4(Ipv4Addr::from_bits(n))), 1, now);
        }
        let kept: usize = limits.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(kept <= SHARDS * MOST, "{kept}");
    }

    /// A route without a row would be held by nothing but the default.
    #[test]
    fn every_route_of_this_crate_has_its_row() {
        fn sources(folder: &std::path::Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    sources(&path, found);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    found.push(std::fs::read_to_string(&path).unwrap());
                }
            }
        }
        let mut files = vec![];
        sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        let mark = [".rou", "te(\""].concat();
        let spelled = |text: &String| {
            let parts = text.split(mark.as_str()).skip(1);
            parts.map(|p| p.split('"').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let mut routes: Vec<String> = files.iter().flat_map(spelled).collect();
        assert!(routes.len() > 15, "{routes:?}");
        routes.extend(countersign_core::oauth::metadata::path::ALL.iter().map(|p| (*p).to_owned()));
        for route in routes {
            assert!(of_route(&route).is_some(), "{route} has no row in limits::ROUTES");
        }
    }
}
