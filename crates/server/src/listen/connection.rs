//! One connection, from handshake to end.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, Version};
use countersign_web::peer::{InUse, PeerAddr};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tower::Service as _;

use super::Shared;
use super::stall::Stall;
use super::strict::Strict;
use super::waiting::Ticket;

pub(crate) async fn run(
    shared: &Shared,
    stream: TcpStream,
    peer: SocketAddr,
    watcher: Watcher,
    ticket: &Ticket,
) {
    let began = Began { at: Instant::now(), first: AtomicBool::new(true) };
    let connection = Connection { shared, peer, ticket, began };
    let stream = Stall::new(stream, shared.door.limits.write);
    let Some(tls) = &shared.door.tls else {
        // In clear there is nothing to agree on HTTP/2 by, and a proxy speaks HTTP/1.1 here.
        return connection.http1(stream, watcher).await;
    };
    let shake = tls.accept(stream);
    let stream = match tokio::time::timeout(shared.door.limits.handshake, shake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%error, "TLS handshake failed"),
        Err(_) => return tracing::debug!("TLS handshake took too long"),
    };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        connection.http2(stream, watcher).await;
    } else {
        connection.http1(stream, watcher).await;
    }
}

/// What every request of a connection shares, whatever it is spoken in.
struct Connection<'a> {
    shared: &'a Shared,
    peer: SocketAddr,
    ticket: &'a Ticket,
    began: Began,
}

/// When a connection began, and whether its first request is still to come.
struct Began {
    at: Instant,
    first: AtomicBool,
}

impl Began {
    /// The time for this request. What the first one has lost with its handshake and head it does not get for its body
    /// again: who holds a connection has one time for all of it.
    fn left(&self, whole: Duration) -> Duration {
        let first = self.first.swap(false, Ordering::Relaxed);
        if first { whole.saturating_sub(self.at.elapsed()).max(whole / 9) } else { whole }
    }
}

impl Connection<'_> {
    async fn http1<S>(&self, stream: S, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let limits = &self.shared.door.limits;
        let is_proxy = (self.shared.door.is_proxy)(self.peer.ip().to_canonical());
        let service = service_fn(|request| self.answer(request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(if is_proxy { limits.proxy_head } else { limits.head })
            .max_headers(limits.headers)
            .max_header_size(limits.head_bytes)
            .max_buf_size(limits.head_bytes)
            .serve_connection(TokioIo::new(Strict::new(stream)), service);
        ended(watcher.watch(connection).await);
    }

    async fn http2<S>(&self, stream: S, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let limits = &self.shared.door.limits;
        let service = service_fn(|request| self.answer(request));
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams)
            .max_header_list_size(u32::try_from(limits.head_bytes / 2).unwrap_or(u32::MAX))
            // A silent peer answers pings or goes; a half-sent head counts as silence at the end of its request time.
            .keep_alive_interval(limits.head)
            .keep_alive_timeout(limits.handshake)
            .serve_connection(TokioIo::new(stream), service);
        ended(watcher.watch(connection).await);
    }

    fn answer(
        &self,
        mut request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Body>, Infallible>> + Send + use<> {
        let at_work = InUse(Arc::new(self.ticket.work()));
        let refused = refuse(&request);
        let http1 = request.version() != Version::HTTP_2;
        request.extensions_mut().insert(PeerAddr(self.peer));
        // An answer that lasts keeps it, and its connection is not taken for an idle one.
        request.extensions_mut().insert(at_work.clone());
        let mut router = self.shared.door.router.clone();
        let limit = self.began.left(self.shared.door.limits.request);
        async move {
            let _at_work = at_work;
            if let Some(status) = refused {
                return Ok(closing(status));
            }
            match tokio::time::timeout(limit, router.call(request)).await {
                Ok(Ok(response)) => Ok(response),
                Ok(Err(never)) => match never {},
                Err(_) if http1 => Ok(closing(StatusCode::REQUEST_TIMEOUT)),
                Err(_) => {
                    let mut response = Response::new(Body::empty());
                    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
                    Ok(response)
                }
            }
        }
    }
}

fn ended(result: Result<(), hyper::Error>) {
    if let Err(error) = result {
        // Strangers hang up in every state: of interest to who looks for it only.
        tracing::debug!(%error, "connection ended early");
    }
}

/// What is refused before any route sees it; what can be read in two ways does not even come so far ([`Strict`]).
fn refuse(request: &Request<Incoming>) -> Option<StatusCode> {
    let absolute = request.version() != Version::HTTP_2 && request.uri().authority().is_some();
    if absolute || request.method() == Method::CONNECT {
        // We are no proxy, and a second host beside `Host` is two opinions about one thing.
        return Some(StatusCode::BAD_REQUEST);
    }
    // RFC 9112 3.2: exactly one.
    let hosts = request.headers().get_all(axum::http::header::HOST).iter().count();
    let wanted = if request.version() == Version::HTTP_11 { hosts == 1 } else { hosts <= 1 };
    (!wanted).then_some(StatusCode::BAD_REQUEST)
}

fn closing(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_head_takes_from_the_time_of_its_body() {
        let whole = Duration::from_secs(27);
        let began = |ago| Began {
            at: Instant::now().checked_sub(Duration::from_secs(ago)).unwrap(),
            first: AtomicBool::new(true),
        };
        let slow = began(18);
        assert!(slow.left(whole) <= Duration::from_secs(9));
        assert_eq!(slow.left(whole), whole, "the next request has its own time");
        assert_eq!(began(40).left(whole), Duration::from_secs(3), "a request that is there may be answered");
    }
}
