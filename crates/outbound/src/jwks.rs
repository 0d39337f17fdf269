//! Keys that a client publishes at its `jwks_uri`: cached, and fetched again when a new key appears.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use countersign_core::Timestamp;
use countersign_core::time::{hours, minutes};
use countersign_jose::JwkSet;
use url::Url;

use crate::guard::{Guard, GuardError, Trust};

/// A parsed key set.
pub trait KeySet: Sized + Send + Sync + 'static {
    /// Reads a JWK Set document (RFC 7517 5). `None`: it is not one.
    fn parse(json: &[u8]) -> Option<Self>;
    /// Whether the set has a key with this id.
    fn has(&self, kid: &str) -> bool;
}

impl KeySet for JwkSet {
    fn parse(json: &[u8]) -> Option<Self> {
        JwkSet::parse_fetched(json).ok()
    }
    fn has(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid() == Some(kid))
    }
}

/// Which keys the caller needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want<'a> {
    /// The key with this id.
    Kid(&'a str),
    /// Whatever is published: the assertion names no key.
    Any,
    /// Something newer than what was just tried: no cached key verified.
    Newer,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    /// The document could not be fetched.
    #[error("jwks_uri: {0}")]
    Fetch(#[from] GuardError),
    /// Not 200.
    #[error("jwks_uri answered {0}")]
    Status(u16),
    /// Not a key set.
    #[error("jwks_uri does not hold a key set")]
    NotAKeySet,
    /// A fetch failed a moment ago, and nothing is cached.
    #[error("jwks_uri failed a moment ago")]
    TooSoon,
}

/// The key sets of all clients. Bounded; one fetch at a time for each address.
pub struct JwksCache<K> {
    guard: Guard,
    entries: Mutex<BTreeMap<Url, Arc<Entry<K>>>>,
}

/// A set this old is fetched anew before use.
const FRESH: Duration = minutes(10);
/// A set this old is not used even if its source is down.
const USABLE: Duration = hours(24);
/// The least time between two fetches of one address, so that nobody drives them with made-up key ids.
const BETWEEN: Duration = minutes(1);
/// After a failed fetch of an address that has nothing cached.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
const MOST: usize = 1_000;

struct Entry<K> {
    state: Mutex<State<K>>,
    turn: tokio::sync::Mutex<()>,
}

struct State<K> {
    keys: Option<(Arc<K>, Timestamp)>,
    tried_at: Option<Timestamp>,
}

impl<K> Default for Entry<K> {
    fn default() -> Self {
        Entry { state: Mutex::new(State { keys: None, tried_at: None }), turn: tokio::sync::Mutex::new(()) }
    }
}

impl<K: KeySet> Entry<K> {
    /// The answer that needs no fetch, or `None`: fetch now.
    fn look(&self, want: Want<'_>, now: Timestamp) -> Option<Result<Arc<K>, JwksError>> {
        let state = lock(&self.state);
        let (cached, serves) = match &state.keys {
            Some((keys, at)) if now.since(*at) < USABLE => {
                let fresh = now.since(*at) < FRESH;
                let holds = match want {
                    Want::Kid(kid) => keys.has(kid),
                    Want::Any => true,
                    Want::Newer => false,
                };
                (Some(keys.clone()), fresh && holds)
            }
            Some(_) | None => (None, false),
        };
        let pause = if cached.is_some() { BETWEEN } else { AFTER_FAILURE };
        let too_soon = state.tried_at.is_some_and(|at| at <= now && now.since(at) < pause);
        (serves || too_soon).then(|| cached.ok_or(JwksError::TooSoon))
    }

    fn keep(&self, fetched: Result<K, JwksError>, now: Timestamp) -> Result<Arc<K>, JwksError> {
        let mut state = lock(&self.state);
        state.tried_at = Some(now);
        match fetched {
            Ok(keys) => {
                let keys = Arc::new(keys);
                state.keys = Some((keys.clone(), now));
                Ok(keys)
            }
            Err(error) => match &state.keys {
                Some((keys, at)) if now.since(*at) < USABLE => Ok(keys.clone()),
                Some(_) | None => Err(error),
            },
        }
    }
}

/// A panic elsewhere leaves the cache usable: every write to it is a single assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: KeySet> JwksCache<K> {
    /// An empty cache that fetches through the guarded client.
    pub fn new(guard: Guard) -> Self {
        JwksCache { guard, entries: Mutex::new(BTreeMap::new()) }
    }

    /// The client that fetches them: the one that everything else leaves through too.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// From the next fetch on, the guarded client has the other's limits; an address that failed under the old
    /// ones is tried again at once.
    pub fn exchange_guard(&self, guard: &Guard) {
        self.guard.exchange(guard);
        for entry in lock(&self.entries).values() {
            let mut state = lock(&entry.state);
            if state.keys.is_none() {
                state.tried_at = None;
            }
        }
    }

    /// The keys at an address: from the cache while it is fresh and holds what is wanted, else fetched, at most
    /// once a minute. While the address is down, the last good set serves for a day.
    pub async fn keys(
        &self,
        url: &Url,
        trust: Trust,
        want: Want<'_>,
        now: Timestamp,
    ) -> Result<Arc<K>, JwksError> {
        let entry = self.entry(url);
        if let Some(answer) = entry.look(want, now) {
            return answer;
        }
        // One fetch at a time. Who waited here finds its answer in the cache; who needs nothing new never waits.
        let _turn = entry.turn.lock().await;
        if let Some(answer) = entry.look(want, now) {
            return answer;
        }
        let fetched = self.fetch(url, trust).await;
        entry.keep(fetched, now)
    }

    fn entry(&self, url: &Url) -> Arc<Entry<K>> {
        let mut entries = lock(&self.entries);
        if let Some(entry) = entries.get(url) {
            return entry.clone();
        }
        if entries.len() >= MOST {
            // Clients are far fewer than this; when they are not, an arbitrary one is fetched again.
            entries.pop_first();
        }
        entries.entry(url.clone()).or_default().clone()
    }

    async fn fetch(&self, url: &Url, trust: Trust) -> Result<K, JwksError> {
        let reply = self.guard.get(url, trust).await?;
        if reply.status != 200 {
            return Err(JwksError::Status(reply.status));
        }
        K::parse(&reply.body).ok_or(JwksError::NotAKeySet)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// The body is the list of key ids.
    struct Ids(String);

    impl KeySet for Ids {
        fn parse(json: &[u8]) -> Option<Self> {
            String::from_utf8(json.to_vec()).ok().filter(|s| s != "junk").map(Ids)
        }
        fn has(&self, kid: &str) -> bool {
            self.0.split(' ').any(|id| id == kid)
        }
    }

    /// Serves the n-th body at the n-th visit; an empty one hangs up.
    async fn serve(bodies: &'static [&'static str]) -> (JwksCache<Ids>, Url, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let visits = Arc::new(AtomicUsize::new(0));
        let count = visits.clone();
        tokio::spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let body = bodies[count.fetch_add(1, Ordering::SeqCst).min(bodies.len() - 1)];
                let mut buffer = [0; 1024];
                let _ = socket.read(&mut buffer).await;
                if !body.is_empty() {
                    let text = format!(
                        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = socket.write_all(text.as_bytes()).await;
                }
            }
        });
        let guard = Guard::builder().allow("127.0.0.1", port).build();
        (JwksCache::new(guard), Url::parse(&format!("http://127.0.0.1:{port}/jwks")).unwrap(), visits)
    }

    #[tokio::test]
    async fn an_unknown_kid_fetches_again_but_only_once_a_minute() {
        let (cache, url, visits) = serve(&["a", "a b", "a b c"]).await;
        let ask = |want, second: i64| cache.keys(&url, Trust::Foreign, want, Timestamp::from_seconds(second));
        assert!(ask(Want::Kid("a"), 1_000).await.unwrap().has("a"));
        assert!(!ask(Want::Kid("b"), 1_030).await.unwrap().has("b"));
        assert_eq!(visits.load(Ordering::SeqCst), 1);
        assert!(ask(Want::Kid("b"), 1_060).await.unwrap().has("b"));
        assert!(ask(Want::Kid("b"), 1_061).await.unwrap().has("b"));
        for made_up in 0..20 {
            let kid = format!("x{made_up}");
            cache.keys(&url, Trust::Foreign, Want::Kid(&kid), Timestamp::from_seconds(1_070)).await.unwrap();
        }
        assert!(ask(Want::Any, 1_500).await.unwrap().has("b"));
        assert_eq!(visits.load(Ordering::SeqCst), 2);
        assert!(ask(Want::Newer, 1_501).await.unwrap().has("c"));
    }

    #[tokio::test]
    async fn the_last_good_set_serves_while_the_source_is_down_for_a_day() {
        let (cache, url, visits) = serve(&["a", "", "junk"]).await;
        let ask = |second: i64| cache.keys(&url, Trust::Foreign, Want::Any, Timestamp::from_seconds(second));
        ask(0).await.unwrap();
        assert!(ask(700).await.unwrap().has("a"));
        assert!(ask(1_400).await.unwrap().has("a"));
        assert_eq!(visits.load(Ordering::SeqCst), 3);
        assert!(matches!(ask(90_000).await, Err(JwksError::NotAKeySet)));
        assert!(matches!(ask(90_001).await, Err(JwksError::TooSoon)));
    }

    #[tokio::test]
    async fn an_address_that_was_not_allowed_is_tried_again_as_soon_as_it_is() {
        let (allowing, url, visits) = serve(&["a"]).await;
        let cache: JwksCache<Ids> = JwksCache::new(Guard::new());
        let ask = || cache.keys(&url, Trust::Foreign, Want::Any, Timestamp::from_seconds(1_000));
        assert!(matches!(ask().await, Err(JwksError::Fetch(_))));
        assert!(matches!(ask().await, Err(JwksError::TooSoon)));
        cache.exchange_guard(&allowing.guard);
        assert!(ask().await.unwrap().has("a"));
        assert_eq!(visits.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn many_callers_share_one_fetch() {
        let (cache, url, visits) = serve(&["a"]).await;
        let cache = Arc::new(cache);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (cache, url) = (cache.clone(), url.clone());
            tasks.spawn(async move {
                cache.keys(&url, Trust::Foreign, Want::Any, Timestamp::from_seconds(0)).await.is_ok()
            });
        }
        assert!(tasks.join_all().await.into_iter().all(|ok| ok));
        assert_eq!(visits.load(Ordering::SeqCst), 1);
    }
}
