//! Requests that two readers could cut differently: 400, and the connection is over.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use super::certificates::{one, trusting};
use super::*;
use crate::listen::framing::Framing;
use crate::listen::framing::tests::streams;
use crate::listen::strict::Strict;

/// A second request that must never be answered stands after each.
const NEXT: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

const REFUSED: &[&str] = &[
    "GET http://other.test/ HTTP/1.1\r\nhost: a\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
    "CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n",
    "POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
    "POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n0\r\n\r\n",
    "POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nab",
    "POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 2, 2\r\n\r\nab",
    "POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: +2\r\n\r\nab",
    "POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 2 2\r\n\r\nab",
    "POST /body HTTP/1.1\r\nhost: a\r\ncontent-length : 2\r\n\r\nab",
    "GET / HTTP/1.1\nhost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: a\n\r\n",
    "GET / HTTP/1.1\r\nhost: a\r\n\n",
    "GET / HTTP/1.1\nhost: a\n\n",
    "\nGET / HTTP/1.1\r\nhost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: a\r\nx: y\rz: z\r\n\r\n",
    "GET / HTTP/1.1\rhost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: a\r\nx: y\r\n z\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: a\r\n\tx: y\r\n\r\n",
    "POST /body HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: identity\r\n\r\n",
    "POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    // The handler says 400 to what breaks off.
    "POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\nab\r\n0\r\n\r\n",
    "POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2;\nab\r\n0\r\n\r\n",
    "POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2 \r\nab\r\n0\r\n\r\n",
    "POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2;a\x01\r\nab\r\n0\r\n\r\n",
    "POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nx: y\n\r\n",
    "POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n",
];

#[tokio::test]
async fn a_request_that_can_be_read_in_two_ways_is_refused_and_ends_the_connection() {
    let server = start(limits()).await;
    for request in REFUSED {
        let answer = server.send(format!("{request}{NEXT}").as_bytes()).await;
        is_refused(request, &answer);
        // Behind an honest one, and in two parts: the first is answered all the same.
        let mut stream = server.open().await;
        let (begin, end) = request.split_at(request.len() / 2);
        stream.write_all(format!("{NEXT}{begin}").as_bytes()).await.unwrap();
        assert_eq!(super::answer(&mut stream).await.1, "hello");
        let _ = stream.write_all(format!("{end}{NEXT}").as_bytes()).await;
        is_refused(request, &rest(&mut stream).await);
    }
}

#[tokio::test]
async fn the_same_over_tls() {
    let server = start_with(limits(), Some(one())).await;
    for request in REFUSED {
        let mut stream = trusting(&["http/1.1"], server.address).await;
        stream.write_all(format!("{request}{NEXT}").as_bytes()).await.unwrap();
        is_refused(request, &rest(&mut stream).await);
    }
}

/// What comes before a refused request in the pipeline is still answered, however long it takes.
#[tokio::test]
async fn a_refusal_waits_for_the_answers_before_it() {
    let server = start(limits()).await;
    let answer = server.send(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\nhost: a\n\n").await;
    let (first, second) = answer.split_once("finished").unwrap();
    assert!(first.starts_with("HTTP/1.1 200 "), "{answer}");
    is_refused("bare LF", second);
}

fn is_refused(request: &str, answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 400 "), "{request:?}: {answer:?}");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{request:?}: {answer:?}");
}

/// Whatever comes, and however it is cut: the parser behind sees the heads that we see, and none besides.
#[tokio::test]
async fn the_parser_finds_each_head_where_we_do() {
    let mut runner = TestRunner::deterministic();
    let (mut alike, mut heads) = (0, 0);
    for _ in 0..3_000 {
        let bytes = streams().new_tree(&mut runner).unwrap().current();
        let mut framing = Framing::new();
        let judged = framing.take(&bytes);
        let (parsed, answers) = behind_the_check(&bytes).await;
        assert!(parsed <= framing.heads(), "{}", bytes.escape_ascii());
        let old = bytes.windows(8).any(|it| it == b"HTTP/1.0");
        if judged.is_ok() && !answers.contains(" 400 ") && !old {
            assert_eq!(parsed, framing.heads(), "{} {answers:?}", bytes.escape_ascii());
            alike += 1;
            heads += parsed;
        }
    }
    assert!(alike > 300 && heads > 300, "{alike} {heads}");
}

/// How many requests the parser makes of this, and what it answers.
async fn behind_the_check(bytes: &[u8]) -> (u64, String) {
    let (mut client, server) = tokio::io::duplex(7);
    let parsed = Arc::new(AtomicU64::new(0));
    let service = hyper::service::service_fn({
        let parsed = parsed.clone();
        move |request: Request<Incoming>| {
            parsed.fetch_add(1, Ordering::SeqCst);
            async {
                let _ = axum::body::to_bytes(Body::new(request.into_body()), 1 << 20).await;
                Ok::<_, Infallible>(axum::http::Response::new(Body::empty()))
            }
        }
    });
    let stream = TokioIo::new(Strict::new(server));
    let connection =
        hyper::server::conn::http1::Builder::new().half_close(true).serve_connection(stream, service);
    let client = async move {
        let (mut from, mut to) = tokio::io::split(&mut client);
        let send = async {
            let _ = to.write_all(bytes).await;
            let _ = to.shutdown().await;
        };
        let mut answers = String::new();
        let _ = tokio::join!(send, from.read_to_string(&mut answers));
        answers
    };
    let (_, answers) = tokio::join!(connection, client);
    (parsed.load(Ordering::SeqCst), answers)
}
