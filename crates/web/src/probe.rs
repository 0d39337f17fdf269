//! What a request looks like when it arrives here, for `doctor`, which asks the public address and compares.
//!
//! The operators' socket hands out a nonce; a request that carries it (`?doctor=NONCE`, on any address of ours) is
//! noted, and the notes are read back over the socket. The request itself is answered as it would be without: a
//! stranger learns nothing, can note nothing without a nonce, and a nonce is good for a minute.

use crate::App;
use crate::cookies::names;
use crate::peer::{PeerAddr, client_ip};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use countersign_core::secret::base64url;
use countersign_core::{Rng, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The query parameter.
pub const PARAMETER: &str = "doctor";
/// Nonces at once.
const MOST: usize = 16;
/// Requests noted for one nonce.
const NOTES: usize = 4;
const LIFE: Duration = Duration::from_secs(60);

/// The open nonces and what came with them.
#[derive(Debug, Default)]
pub struct Probes {
    /// Nearly always false: then a request costs one look at it.
    any: AtomicBool,
    open: Mutex<HashMap<String, Probe>>,
}

#[derive(Debug)]
struct Probe {
    until: Timestamp,
    seen: Vec<Seen>,
}

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Who opened the connection.
    pub peer: IpAddr,
    /// Is that one of the `trusted_proxies`?
    pub trusted: bool,
    /// Whom we take for the client.
    pub client: IpAddr,
    /// The path, before routing.
    pub path: String,
    /// `Host`.
    pub host: Option<String>,
    /// `X-Forwarded-For`, all lines and addresses in order.
    pub forwarded_for: Vec<String>,
    /// `X-Forwarded-Proto`.
    pub forwarded_proto: Option<String>,
    /// Other headers that only something in between writes.
    pub between: Vec<String>,
    /// The names of the cookies.
    pub cookies: Vec<String>,
}

impl Probes {
    /// A new nonce, for the operators' socket alone. `None`: too many are open.
    pub fn open(&self, rng: &dyn Rng, now: Timestamp) -> Option<String> {
        let mut bytes = [0u8; 32];
        rng.fill(&mut bytes);
        let mut open = self.lock();
        open.retain(|_, probe| now < probe.until);
        if open.len() >= MOST {
            return None;
        }
        let nonce = base64url(&bytes);
        open.insert(nonce.clone(), Probe { until: now + LIFE, seen: Vec::new() });
        self.any.store(true, Ordering::Relaxed);
        Some(nonce)
    }

    /// Ends a nonce, and gives what came with it.
    pub fn close(&self, nonce: &str, now: Timestamp) -> Vec<Seen> {
        let mut open = self.lock();
        let found = open.remove(nonce);
        open.retain(|_, probe| now < probe.until);
        self.any.store(!open.is_empty(), Ordering::Relaxed);
        found.map(|probe| probe.seen).unwrap_or_default()
    }

    /// Looks at a request before anything else does.
    pub fn note(&self, app: &App, request: &Request) {
        if !self.any.load(Ordering::Relaxed) {
            return;
        }
        let Some(nonce) = request.uri().query().and_then(nonce_of) else { return };
        let now = app.clock.now();
        let mut open = self.lock();
        if let Some(probe) = open.get_mut(nonce)
            && now < probe.until
            && probe.seen.len() < NOTES
        {
            probe.seen.push(see(app, request));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Probe>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nonce_of(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix(PARAMETER)?.strip_prefix('='))
}

fn see(app: &App, request: &Request) -> Seen {
    let headers = request.headers();
    let peer = request.extensions().get::<PeerAddr>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |p| p.0.ip());
    let proxies = app.proxies.load();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let between = ["forwarded", "via", "x-real-ip", "x-forwarded-host", "x-forwarded-port"];
    Seen {
        peer: peer.to_canonical(),
        trusted: proxies.iter().any(|network| network.holds(peer.to_canonical())),
        client: client_ip(peer, headers, &proxies).0,
        path: request.uri().path().to_owned(),
        host: host(headers, request),
        forwarded_for: lines.flat_map(|line| line.split(',')).map(|hop| hop.trim().to_owned()).collect(),
        forwarded_proto: text("x-forwarded-proto"),
        between: between.into_iter().filter(|name| headers.contains_key(*name)).map(str::to_owned).collect(),
        cookies: names(headers).map(str::to_owned).collect(),
    }
}

/// HTTP/2 says it in the address.
fn host(headers: &HeaderMap, request: &Request) -> Option<String> {
    let said = headers.get(header::HOST).and_then(|value| value.to_str().ok()).map(str::to_owned);
    said.or_else(|| request.uri().authority().map(ToString::to_string))
}
