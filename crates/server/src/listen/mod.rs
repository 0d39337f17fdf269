//! The accept loop: HTTP/1.1, and HTTP/2 over TLS, with a limit on everything that a stranger could hold open.
//!
//! Our own, because the ready-made ones do the TLS handshake inside `accept` (one slow client stops all) or give
//! no say over half-sent requests. What an HTTP/1.1 client sends is judged by its bytes
//! ([`framing`]) before it is parsed.

mod connection;
pub mod framing;
mod stall;
mod strict;
mod tls;
mod waiting;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

pub use tls::{Certificate, Tls, TlsError};
use waiting::Waiting;

/// What a stranger may hold open, and for how long: who only holds on is gone within 30 seconds.
#[derive(Clone, Debug)]
pub struct Limits {
    /// From the connection, or the last answer, to a complete request head.
    pub head: Duration,
    /// The same for a trusted proxy, which keeps connections for the next request: longer than the usual proxy does
    /// (nginx 60 s), so that it is never us who close one under a request.
    pub proxy_head: Duration,
    /// From a complete head to the answer's head; covers slow bodies. For the first request of a connection it counts
    /// from the connection.
    pub request: Duration,
    /// For a TLS handshake.
    pub handshake: Duration,
    /// For a client that takes nothing of an answer.
    pub write: Duration,
    /// Header lines of one request; more get 431.
    pub headers: usize,
    /// Bytes of one request head; more get 431.
    pub head_bytes: usize,
    /// HTTP/2 requests at once on one connection.
    pub streams: u32,
    /// Connections at once. Beyond it, the longest without a complete request makes room, then the longest idle.
    pub connections: usize,
    /// For requests under way when the server stops.
    pub drain: Duration,
}

/// Nobody stands in front.
pub fn no_proxy() -> Arc<dyn Fn(IpAddr) -> bool + Send + Sync> {
    Arc::new(|_| false)
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            head: Duration::from_secs(18),
            proxy_head: Duration::from_secs(75),
            request: Duration::from_secs(27),
            handshake: Duration::from_secs(10),
            write: Duration::from_secs(30),
            headers: 100,
            head_bytes: 64 * 1024,
            streams: 100,
            connections: 10_000,
            drain: Duration::from_secs(20),
        }
    }
}

/// What stands behind a listener.
#[derive(Clone)]
pub struct Door {
    /// Answers requests.
    pub router: Router,
    /// `None`: in clear.
    pub tls: Option<Tls>,
    /// For everybody.
    pub limits: Limits,
    /// Is this one of the proxies that the operator trusts?
    pub is_proxy: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

/// Serves until `stop` turns true, then finishes what is under way, for at most the drain time.
pub async fn serve(listener: TcpListener, door: Door, mut stop: watch::Receiver<bool>) {
    let shared = Arc::new(Shared { door, waiting: Waiting::default() });
    let slots = Arc::new(Semaphore::new(shared.door.limits.connections));
    let graceful = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    let admit = |tasks: &mut JoinSet<()>, (stream, peer, slot): Accepted| {
        let (shared, watcher) = (shared.clone(), graceful.watcher());
        let ticket = shared.waiting.ticket();
        let abort = tasks.spawn({
            let (ticket, leaving) = (ticket.clone(), ticket.leaving());
            async move {
                connection::run(&shared, stream, peer, watcher, &ticket).await;
                drop((leaving, slot));
            }
        });
        ticket.enter(abort);
    };
    loop {
        // A connection is taken out of the queue only when there is room for it.
        let accepted = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = accept(&listener, &slots, &shared.waiting) => accepted,
            Some(_) = tasks.join_next(), if !tasks.is_empty() => continue,
        };
        if let Some(accepted) = accepted {
            admit(&mut tasks, accepted);
        }
    }
    // Who has connected before the door closes is served: a proxy does not send a lost POST to another server.
    let last_call = tokio::time::Instant::now() + LAST_CALL;
    while tokio::time::Instant::now() < last_call {
        match tokio::time::timeout(QUIET, accept(&listener, &slots, &shared.waiting)).await {
            Ok(Some(accepted)) => admit(&mut tasks, accepted),
            Ok(None) => {}
            Err(_nobody) => break,
        }
    }
    drop(listener);
    drain(graceful, tasks, shared.door.limits.drain).await;
}

/// How long the door stays open after the stop at most, and after the last who came.
const LAST_CALL: Duration = Duration::from_millis(200);
const QUIET: Duration = Duration::from_millis(5);

type Accepted = (TcpStream, SocketAddr, OwnedSemaphorePermit);

pub(crate) struct Shared {
    door: Door,
    waiting: Waiting,
}

async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>, waiting: &Waiting) -> Option<Accepted> {
    let (stream, peer) = match listener.accept().await {
        Ok(accepted) => accepted,
        Err(error) => {
            if is_about_one_connection(&error) {
                return None;
            }
            // No descriptors or no memory: the queue waits in the kernel until some are free.
            tracing::warn!(%error, "cannot accept connections for the moment");
            waiting.end_the_oldest();
            tokio::time::sleep(Duration::from_millis(50)).await;
            return None;
        }
    };
    let slot = match slots.clone().try_acquire_owned() {
        Ok(slot) => slot,
        Err(_) => {
            waiting.end_the_oldest();
            // Dropping the connection is the honest answer when every one of the others is at work.
            tokio::time::timeout(Duration::from_millis(500), slots.clone().acquire_owned())
                .await
                .ok()?
                .ok()?
        }
    };
    // Answers are written whole; waiting for more to send only delays them.
    let _ = stream.set_nodelay(true);
    Some((stream, peer, slot))
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

async fn drain(graceful: GracefulShutdown, mut tasks: JoinSet<()>, limit: Duration) {
    let open = graceful.count();
    if open > 0 {
        tracing::info!(open, "finishing requests under way");
    }
    let finish = async {
        graceful.shutdown().await;
        while tasks.join_next().await.is_some() {}
    };
    if tokio::time::timeout(limit, finish).await.is_err() {
        tracing::warn!("requests still under way at the end of the drain time are cut");
    }
}

#[cfg(test)]
mod tests;
