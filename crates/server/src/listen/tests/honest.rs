//! Clients that do nothing wrong: nothing of what the others are refused for gets in their way.

use super::certificates::{one, trusting};
use super::*;

#[tokio::test]
async fn an_honest_client_is_served_in_clear() {
    let server = start(patient()).await;
    everything_that_is_allowed(server.open().await).await;
}

#[tokio::test]
async fn an_honest_client_is_served_over_tls_by_http_1() {
    let server = start_with(patient(), Some(one())).await;
    let stream = trusting(&["http/1.1"], server.address).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    everything_that_is_allowed(stream).await;
    let silent = trusting(&[], server.address).await;
    assert_eq!(silent.get_ref().1.alpn_protocol(), None);
    everything_that_is_allowed(silent).await;
}

/// nginx keeps an upstream connection for a minute; one that we close under a POST is a 502 for somebody.
#[tokio::test]
async fn a_trusted_proxy_keeps_its_connections_for_longer_than_a_stranger() {
    const GET: &[u8] = b"GET /peer HTTP/1.1\r\nhost: a\r\n\r\n";
    let limits = Limits { proxy_head: Duration::from_secs(60), ..limits() };
    let over = limits.head * 3;
    for (trusted, stays) in [(true, true), (false, false)] {
        let server =
            open_door(limits.clone(), None, Arc::new(move |peer| trusted && peer.is_loopback())).await;
        let mut stream = server.open().await;
        let mut answer = [0; 1024];
        stream.write_all(GET).await.unwrap();
        assert!(stream.read(&mut answer).await.unwrap() > 0);
        tokio::time::sleep(over).await;
        let again =
            stream.write_all(GET).await.is_ok() && stream.read(&mut answer).await.is_ok_and(|n| n > 0);
        assert_eq!(again, stays, "trusted: {trusted}");
    }
    assert!(Limits::default().proxy_head > Duration::from_secs(60));
}

/// RFC 9113 3.3: over TLS, who offers `h2` gets it.
#[tokio::test]
async fn http_2_is_agreed_on_by_alpn() {
    let server = start_with(patient(), Some(one())).await;
    let mut stream = trusting(&["h2", "http/1.1"], server.address).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    // Preface, empty SETTINGS, and one HEADERS frame: GET https://a/, by the static table.
    let mut hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    hello.extend_from_slice(b"\0\0\x06\x01\x05\0\0\0\x01\x82\x87\x84\x41\x01a");
    stream.write_all(&hello).await.unwrap();
    let (mut ok, mut body) = (false, Vec::new());
    loop {
        let mut frame = [0; 9];
        stream.read_exact(&mut frame).await.unwrap();
        let [a, b, c, kind, flags, ..] = frame;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        stream.read_exact(&mut payload).await.unwrap();
        match kind {
            // `:status: 200` is entry 8.
            1 => ok = payload.first() == Some(&0x88),
            0 => body.extend_from_slice(&payload),
            _ => continue,
        }
        if flags & 1 == 1 {
            break;
        }
    }
    assert!(ok);
    assert_eq!(body, b"hello");
}

/// In clear there is no HTTP/2, and its preface is no request.
#[tokio::test]
async fn the_preface_of_http_2_in_clear_gets_400() {
    let server = start(limits()).await;
    let answer = server.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

fn patient() -> Limits {
    let patience = Duration::from_secs(20);
    Limits { head: patience, request: patience, ..limits() }
}

/// Kept alive, pipelined, chunked with extensions and trailers, with `Expect`, in single bytes: one connection for all.
async fn everything_that_is_allowed<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    for _ in 0..3 {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        assert_eq!(answer(&mut stream).await.1, "hello");
    }

    const CHUNKED: &[u8] = b"POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\n\n\n\n\r\n00C\r\nGET / \r\n\r\n\r\n\r\n0\r\nx-sum: 1\r\n\r\n";
    let mut pipeline = b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec();
    pipeline.extend_from_slice(b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab\n\ncGET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    pipeline.extend_from_slice(CHUNKED);
    pipeline.extend_from_slice(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    stream.write_all(&pipeline).await.unwrap();
    for wanted in ["hello", "5", "finished", "15", "hello"] {
        assert_eq!(answer(&mut stream).await.1, wanted);
    }

    for (framing, body) in
        [("Content-Length: 3", "abc"), ("Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n")]
    {
        let head = format!("POST /body HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n{framing}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        assert!(answer(&mut stream).await.0.starts_with("HTTP/1.1 100 "));
        stream.write_all(body.as_bytes()).await.unwrap();
        assert_eq!(answer(&mut stream).await.1, "3");
    }

    for byte in CHUNKED {
        stream.write_all(&[*byte]).await.unwrap();
        stream.flush().await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(answer(&mut stream).await.1, "15");

    // A refusal of the service's own, with the body unread, spoils nothing after it.
    stream.write_all(b"PUT /none HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(answer(&mut stream).await.0.starts_with("HTTP/1.1 404 "));
    assert_eq!(answer(&mut stream).await.1, "hello");
    assert_eq!(rest(&mut stream).await, "");
}
