//! The one HTTP client that leaves the house.
//!
//! It follows no redirect, uses no proxy, sends no cookie, gives up after five seconds and reads a bounded body.
//! An address that came from outside (API, registration, a fetched document) reaches public addresses only:
//! the check stands in the resolver of the connection itself, so the address that was checked is the address
//! that is dialled, and a name that changes its answer in between gains nothing.

use std::collections::BTreeSet;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Client, Method, redirect};
use tokio::sync::{OnceCell, Semaphore};
use url::{Host, Url};

use crate::ip::is_public;

/// Who wrote the address that is about to be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The operator, in the configuration file: may be a private address.
    Operator,
    /// Anybody else: public addresses only, unless allow-listed by host and port.
    Foreign,
}

/// The guarded client. Cheap to clone; connections and limits are shared, and so is an exchange of them.
#[derive(Clone)]
pub struct Guard {
    inner: Arc<ArcSwap<Inner>>,
}

/// What came back: any status, a bounded body.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status code.
    pub status: u16,
    /// The answer's headers.
    pub headers: HeaderMap,
    /// The whole body, never longer than the cap.
    pub body: Vec<u8>,
}

/// Why nothing usable came back. Safe for the log: carries no address, query or credential.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// Only https leaves, unless the operator allow-listed the host and port.
    #[error("the address is not https and its host and port are not allow-listed")]
    NotHttps,
    /// A user name or password in the address would end up in logs of others.
    #[error("the address carries a user name or password")]
    Credentials,
    /// The address has no host.
    #[error("the address has no host")]
    NoHost,
    /// The host is, or resolves to, an address that is not public.
    #[error("the host is not a public address and is not allow-listed")]
    NotPublic,
    /// The whole exchange took longer than the limit.
    #[error("no complete answer in time")]
    Timeout,
    /// The body is longer than the cap.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
    /// Too many requests are already under way.
    #[error("too many outgoing requests at once")]
    Busy,
    /// Name, connection, TLS or HTTP failed.
    #[error("request failed: {0}")]
    Transport(String),
}

impl Guard {
    /// A client with the default limits and nothing allow-listed.
    pub fn new() -> Guard {
        Guard::builder().build()
    }

    /// Limits, allow-list and extra certificate authorities.
    pub fn builder() -> GuardBuilder {
        GuardBuilder {
            allow: BTreeSet::new(),
            roots: Vec::new(),
            timeout: Duration::from_secs(5),
            cap: 256 * 1024,
            at_once: 64,
            lookup: Arc::new(SystemLookup),
        }
    }

    /// From the next request on, this one and all its clones have the other's limits, allow-list and
    /// authorities. What is under way ends as it began.
    pub fn exchange(&self, other: &Guard) {
        self.inner.store(other.inner.load_full());
    }

    /// Fetches a document.
    pub async fn get(&self, url: &Url, trust: Trust) -> Result<Reply, GuardError> {
        self.send(Method::GET, url, trust, &[(ACCEPT, "application/json")], Vec::new()).await
    }

    /// Posts a body.
    pub async fn post(
        &self,
        url: &Url,
        trust: Trust,
        headers: &[(HeaderName, &str)],
        body: Vec<u8>,
    ) -> Result<Reply, GuardError> {
        self.send(Method::POST, url, trust, headers, body).await
    }

    /// Posts a form.
    pub async fn post_form(&self, url: &Url, trust: Trust, form: String) -> Result<Reply, GuardError> {
        let headers = [(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
        self.post(url, trust, &headers, form.into_bytes()).await
    }

    /// Any request, under the same guard.
    pub async fn send(
        &self,
        method: Method,
        url: &Url,
        trust: Trust,
        headers: &[(HeaderName, &str)],
        body: Vec<u8>,
    ) -> Result<Reply, GuardError> {
        let inner = self.inner.load_full();
        let reach = inner.check(url, trust)?;
        let _slot = inner.slots.try_acquire().map_err(|_| GuardError::Busy)?;
        let client = inner.client(reach).await?;
        let mut request = client.request(method, url.clone()).body(body);
        for (name, value) in headers {
            let value = HeaderValue::from_str(value)
                .map_err(|_| GuardError::Transport("a header value is not valid".to_owned()))?;
            request = request.header(name.clone(), value);
        }
        // The client has a timeout of its own; this one also covers what it does not count.
        match tokio::time::timeout(inner.timeout, inner.exchange(request)).await {
            Ok(result) => result,
            Err(_) => Err(GuardError::Timeout),
        }
    }
}

impl Default for Guard {
    fn default() -> Self {
        Guard::new()
    }
}

/// Builds a [`Guard`].
pub struct GuardBuilder {
    allow: BTreeSet<(String, u16)>,
    roots: Vec<Certificate>,
    timeout: Duration,
    cap: usize,
    at_once: usize,
    lookup: Arc<dyn Lookup>,
}

impl GuardBuilder {
    /// Lets this host and port be private and be spoken to without TLS, whoever wrote the address.
    pub fn allow(mut self, host: &str, port: u16) -> Self {
        self.allow.insert((host.to_ascii_lowercase(), port));
        self
    }

    /// Trusts the certificates of a PEM bundle beside the system's own.
    pub fn roots_pem(mut self, pem: &[u8]) -> Result<Self, GuardError> {
        self.roots.extend(Certificate::from_pem_bundle(pem).map_err(transport)?);
        Ok(self)
    }

    /// The limit for one whole exchange.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The largest body that is read.
    pub fn cap(mut self, bytes: usize) -> Self {
        self.cap = bytes;
        self
    }

    /// Replaces the system's resolver.
    pub fn lookup(mut self, lookup: Arc<dyn Lookup>) -> Self {
        self.lookup = lookup;
        self
    }

    /// The finished client. Certificates are loaded at the first use, not here.
    pub fn build(self) -> Guard {
        Guard {
            inner: Arc::new(ArcSwap::from_pointee(Inner {
                allow: self.allow,
                roots: self.roots,
                timeout: self.timeout,
                cap: self.cap,
                slots: Semaphore::new(self.at_once),
                lookup: self.lookup,
                anywhere: OnceCell::new(),
                public: OnceCell::new(),
            })),
        }
    }
}

/// Turns a host name into addresses.
pub trait Lookup: Send + Sync + 'static {
    /// All addresses of the name.
    fn lookup(&self, host: String) -> LookupFuture;
}

/// What a [`Lookup`] returns.
pub type LookupFuture = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// The operating system's resolver.
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: String) -> LookupFuture {
        #[expect(
            clippy::disallowed_methods,
            reason = "what it returns is checked by the caller, then pinned"
        )]
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|addr| addr.ip()).collect()) })
    }
}

const ACCEPT: HeaderName = reqwest::header::ACCEPT;

/// How far a request may reach. Two clients, so that a pooled connection to a private address is never found
/// by a request that may not reach one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Anywhere,
    PublicOnly,
}

struct Inner {
    allow: BTreeSet<(String, u16)>,
    roots: Vec<Certificate>,
    timeout: Duration,
    cap: usize,
    slots: Semaphore,
    lookup: Arc<dyn Lookup>,
    anywhere: OnceCell<Client>,
    public: OnceCell<Client>,
}

impl Inner {
    fn check(&self, url: &Url, trust: Trust) -> Result<Reach, GuardError> {
        let host = url.host().ok_or(GuardError::NoHost)?;
        let port = url.port_or_known_default().ok_or(GuardError::NotHttps)?;
        let listed = self.allow.contains(&(host.to_string(), port));
        match url.scheme() {
            "https" => {}
            "http" if listed => {}
            _ => return Err(GuardError::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(GuardError::Credentials);
        }
        if listed || trust == Trust::Operator {
            return Ok(Reach::Anywhere);
        }
        // A literal address never reaches the resolver, so it is judged here.
        let literal = match host {
            Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
            Host::Ipv6(ip) => Some(IpAddr::V6(ip)),
            Host::Domain(_) => None,
        };
        match literal {
            Some(ip) if !is_public(ip) => Err(GuardError::NotPublic),
            Some(_) | None => Ok(Reach::PublicOnly),
        }
    }

    async fn client(&self, reach: Reach) -> Result<&Client, GuardError> {
        let cell = match reach {
            Reach::Anywhere => &self.anywhere,
            Reach::PublicOnly => &self.public,
        };
        cell.get_or_try_init(|| async { self.make(reach) }).await
    }

    #[expect(clippy::disallowed_methods, reason = "this is the guarded client")]
    fn make(&self, reach: Reach) -> Result<Client, GuardError> {
        Client::builder()
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .timeout(self.timeout)
            .connect_timeout(self.timeout)
            .pool_max_idle_per_host(2)
            .pool_idle_timeout(Duration::from_secs(20))
            .dns_resolver(Resolver { lookup: self.lookup.clone(), reach })
            .tls_certs_merge(self.roots.iter().cloned())
            .build()
            .map_err(transport)
    }

    async fn exchange(&self, request: reqwest::RequestBuilder) -> Result<Reply, GuardError> {
        let mut response = request.send().await.map_err(classify)?;
        let too_large = || GuardError::TooLarge(self.cap);
        if response.content_length().is_some_and(|length| length > self.cap as u64) {
            return Err(too_large());
        }
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(classify)? {
            if body.len().saturating_add(chunk.len()) > self.cap {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body })
    }
}

struct Resolver {
    lookup: Arc<dyn Lookup>,
    reach: Reach,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let answer = self.lookup.lookup(name.as_str().to_owned());
        let reach = self.reach;
        Box::pin(async move {
            let found = answer.await?;
            let known = !found.is_empty();
            let usable: Vec<SocketAddr> = found
                .into_iter()
                .filter(|ip| match reach {
                    Reach::Anywhere => true,
                    Reach::PublicOnly => is_public(*ip),
                })
                .map(|ip| SocketAddr::new(ip, 0))
                .collect();
            if known && usable.is_empty() {
                return Err(Box::new(OnlyPrivate) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}

/// Marks a refusal of the resolver so that it is found again behind the HTTP library's wrapping.
#[derive(Debug, thiserror::Error)]
#[error("no public address")]
struct OnlyPrivate;

fn classify(error: reqwest::Error) -> GuardError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(inner) = cause {
        if inner.is::<OnlyPrivate>() {
            return GuardError::NotPublic;
        }
        cause = inner.source();
    }
    if error.is_timeout() { GuardError::Timeout } else { transport(error) }
}

/// The chain of causes without the address: it may carry a query, and the log names receivers by id.
fn transport(error: reqwest::Error) -> GuardError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    GuardError::Transport(text)
}

#[cfg(test)]
mod tests;
