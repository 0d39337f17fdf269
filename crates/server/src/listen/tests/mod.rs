mod certificates;
mod honest;
mod slow;
mod two_ways;

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Extension;
use axum::routing::{get, post};
use countersign_web::peer::{InUse, PeerAddr};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use super::*;

struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

fn limits() -> Limits {
    Limits {
        head: Duration::from_millis(400),
        request: Duration::from_millis(400),
        write: Duration::from_millis(400),
        drain: Duration::from_secs(5),
        ..Limits::default()
    }
}

async fn start(limits: Limits) -> Server {
    start_with(limits, None).await
}

async fn start_with(limits: Limits, tls: Option<Tls>) -> Server {
    open_door(limits, tls, no_proxy()).await
}

async fn open_door(
    limits: Limits,
    tls: Option<Tls>,
    is_proxy: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
) -> Server {
    let router = Router::new()
        .route("/", get(async || "hello"))
        .route("/peer", get(async |Extension(PeerAddr(peer)): Extension<PeerAddr>| peer.ip().to_string()))
        .route("/body", post(async |body: Bytes| body.len().to_string()))
        .route("/lasting", get(lasting))
        .route("/big", get(async || vec![b'x'; 64 * 1024 * 1024]))
        .route(
            "/slow",
            get(async || {
                tokio::time::sleep(Duration::from_millis(250)).await;
                "finished"
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(serve(listener, Door { router, tls, limits, is_proxy }, stopped));
    Server { address, stop, task }
}

/// An answer that lasts: what makes it holds on to its connection.
async fn lasting(Extension(in_use): Extension<InUse>) -> &'static str {
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(in_use);
    });
    "and so on"
}

impl Server {
    async fn open(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes, returns everything until the server hangs up.
    async fn send(&self, bytes: &[u8]) -> String {
        let mut stream = self.open().await;
        // The server may answer and hang up before it has read all.
        let _ = stream.write_all(bytes).await;
        rest(&mut stream).await
    }
}

/// The next answer on a connection that lives on: status, headers and body.
async fn answer<S: AsyncRead + Unpin>(stream: &mut S) -> (String, String) {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        head.push(char::from(stream.read_u8().await.unwrap()));
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.unwrap();
    (head, String::from_utf8(body).unwrap())
}

async fn rest<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    let end = Instant::now() + Duration::from_secs(5);
    while let Ok(Ok(read)) = tokio::time::timeout_at(end, stream.read(&mut buffer)).await {
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..read]);
    }
    assert!(Instant::now() < end, "the server did not hang up");
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn handlers_see_the_peer() {
    let server = start(limits()).await;
    let answer = server.send(b"GET /peer HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn two_thousand_headers_and_a_giant_head_get_431() {
    let server = start(limits()).await;
    for lines in [101, 2_000] {
        let mut request = b"GET / HTTP/1.1\r\nhost: a\r\n".to_vec();
        (0..lines).for_each(|nth| request.extend_from_slice(format!("x-{nth}: y\r\n").as_bytes()));
        request.extend_from_slice(b"\r\n");
        let answer = server.send(&request).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{lines}: {answer}");
    }
    let giant = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "y".repeat(100_000));
    let answer = server.send(giant.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer:?}");
    let fine = format!("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: {}\r\n\r\n", "y".repeat(10_000));
    assert!(server.send(fine.as_bytes()).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn whoever_sends_ten_megabytes_still_reads_the_refusal() {
    let server = start(Limits { request: Duration::from_secs(10), ..limits() }).await;
    let mut upload = b"POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 10485760\r\n\r\n".to_vec();
    upload.resize(upload.len() + 10_485_760, b'x');
    let answer = server.send(&upload).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn silent_and_dripping_clients_are_dropped_while_others_are_served() {
    let server = start(limits()).await;
    let began = Instant::now();
    let mut silent = server.open().await;
    let mut dripping = server.open().await;
    let drip = async {
        for byte in b"GET / HTTP/1.1\r\nhost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" {
            if dripping.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
        rest(&mut dripping).await
    };
    let honest = async {
        for _ in 0..10 {
            let answer = server.send(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
            assert!(answer.ends_with("hello"));
        }
    };
    let ((), silence, dripped) = tokio::join!(honest, rest(&mut silent), drip);
    assert!(!silence.contains("200") && !dripped.contains("200"));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_body_that_does_not_come_gets_408() {
    let server = start(limits()).await;
    let answer = server.send(b"POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc").await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_dropped() {
    let server = start(Limits { connections: 1, ..limits() }).await;
    let mut stream = server.open().await;
    stream.write_all(b"GET /big HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(800)).await;
    // Its place is free again.
    let answer = server.send(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn when_there_is_no_room_the_longest_silent_one_goes() {
    let server = start(Limits { connections: 3, head: Duration::from_secs(60), ..limits() }).await;
    let mut busy = server.open().await;
    busy.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut buffer = [0; 512];
    assert!(busy.read(&mut buffer).await.unwrap() > 0);
    let mut oldest = server.open().await;
    let mut newer = server.open().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = server.send(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(answer.ends_with("hello"), "{answer}");
    assert_eq!(rest(&mut oldest).await, "");
    newer.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(rest(&mut newer).await.ends_with("hello"));
    busy.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(rest(&mut busy).await.ends_with("hello"));
}

/// Somebody who asks once and then holds on to every place shuts nobody out.
#[tokio::test]
async fn when_all_have_asked_the_longest_idle_one_goes_and_none_at_work() {
    let long = Duration::from_secs(60);
    let server = start(Limits { connections: 3, head: long, request: long, ..limits() }).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = server.open().await;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        assert!(stream.read(&mut [0; 512]).await.unwrap() > 0);
        held.push(stream);
    }
    let mut at_work = server.open().await;
    at_work.write_all(b"POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let answer = server.send(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(answer.ends_with("hello"), "{answer}");
    assert_eq!(rest(&mut held[0]).await, "", "the one that was idle longest");
    held[1].write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(rest(&mut held[1]).await.ends_with("hello"));
    at_work.write_all(b"ab").await.unwrap();
    assert!(at_work.read(&mut [0; 512]).await.unwrap() > 0);
}

/// A stream of events is at work for as long as it lasts, however long ago it was asked for.
#[tokio::test]
async fn an_answer_that_lasts_is_not_taken_for_an_idle_connection() {
    let server = start(Limits { connections: 2, head: Duration::from_secs(60), ..limits() }).await;
    let mut lasting = server.open().await;
    lasting.write_all(b"GET /lasting HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    assert!(lasting.read(&mut [0; 512]).await.unwrap() > 0);
    let mut idle = server.open().await;
    idle.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    assert!(idle.read(&mut [0; 512]).await.unwrap() > 0);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let answer = server.send(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(answer.ends_with("hello"), "{answer}");
    assert_eq!(rest(&mut idle).await, "", "the idle one made room, though it came later");
    lasting.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(rest(&mut lasting).await.ends_with("hello"));
}

#[tokio::test]
async fn a_request_under_way_is_finished_when_the_server_stops() {
    let server = start(limits()).await;
    let idle = server.open().await;
    let mut stream = server.open().await;
    stream.write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(80)).await;
    server.stop.send(true).unwrap();
    assert!(rest(&mut stream).await.ends_with("finished"));
    tokio::time::timeout(Duration::from_secs(3), server.task).await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
    drop(idle);
}

/// A proxy does not send a POST again that was lost here: a restart must not lose who is at the door already.
#[tokio::test]
async fn who_has_connected_when_the_server_stops_is_served() {
    let server = start(limits()).await;
    server.stop.send(true).unwrap();
    // On this one thread the server has not run since: these wait in the kernel's queue.
    let early: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = std::net::TcpStream::connect(server.address).unwrap();
            stream.set_nonblocking(true).unwrap();
            let request =
                b"POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi";
            std::io::Write::write_all(&mut stream, request).unwrap();
            stream
        })
        .collect();
    for stream in early {
        let answer = rest(&mut TcpStream::from_std(stream).unwrap()).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer:?}");
    }
    tokio::time::timeout(Duration::from_secs(3), server.task).await.unwrap().unwrap();
}

/// DESIGN 5: an app whose request waits at a busy server gives up and asks elsewhere. What it gave up does nothing: its
/// refresh token, used by now, would be taken for a stolen one.
#[tokio::test]
async fn who_has_hung_up_asks_for_nothing_any_more() {
    use countersign_store::{Db, unit};
    use std::sync::atomic::{AtomicUsize, Ordering};
    static BEGUN: AtomicUsize = AtomicUsize::new(0);
    let db = Db::open("sqlite::memory:").await.unwrap();
    let router = Router::new().route(
        "/token",
        post(async move |_body: Bytes| {
            let count = || {
                BEGUN.fetch_add(1, Ordering::Relaxed);
            };
            let done = db.run(unit(move |_tx| {
                count();
                Box::pin(async { Ok(()) })
            }));
            done.await.map_or("failed", |()| "done")
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_stop, stopped) = watch::channel(false);
    let door = Door { router, tls: None, limits: limits(), is_proxy: no_proxy() };
    tokio::spawn(serve(listener, door, stopped));
    // On this one thread the server has not run yet when these have gone.
    let ask = |stays: bool| {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let request = b"POST /token HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi";
        std::io::Write::write_all(&mut stream, request).unwrap();
        stream.set_nonblocking(true).unwrap();
        stays.then_some(stream)
    };
    for _ in 0..20 {
        assert!(ask(false).is_none());
    }
    let stays = ask(true).unwrap();
    assert!(rest(&mut TcpStream::from_std(stays).unwrap()).await.ends_with("done"));
    assert_eq!(BEGUN.load(Ordering::Relaxed), 1, "only who waits for the answer");
}
