use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// Answers each name with the next of its addresses; counts the questions.
struct Script(Vec<IpAddr>, AtomicUsize);

impl Lookup for Script {
    fn lookup(&self, _host: String) -> LookupFuture {
        let turn = self.1.fetch_add(1, Ordering::SeqCst);
        let ip = self.0[turn.min(self.0.len() - 1)];
        Box::pin(async move { Ok(vec![ip]) })
    }
}

/// A listener that counts its visitors and answers each with the same bytes.
async fn canary(answer: &'static [u8]) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let hits = Arc::new(AtomicUsize::new(0));
    let seen = hits.clone();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            seen.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut buffer = [0; 1024];
                let _ = socket.read(&mut buffer).await;
                let _ = socket.write_all(answer).await;
                if answer.is_empty() {
                    tokio::time::sleep(Duration::from_secs(30)).await;
                }
            });
        }
    });
    (port, hits)
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

#[tokio::test]
async fn an_exchange_reaches_every_clone_and_takes_away_as_well_as_gives() {
    let (port, hits) = canary(OK).await;
    let (guard, url) = (Guard::new(), Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap());
    let clone = guard.clone();
    let ask = || clone.get(&url, Trust::Foreign);
    assert!(ask().await.is_err());
    guard.exchange(&Guard::builder().allow("127.0.0.1", port).build());
    assert_eq!(ask().await.unwrap().status, 200);
    guard.exchange(&Guard::builder().allow("127.0.0.1", port).cap(1).build());
    assert!(matches!(ask().await, Err(GuardError::TooLarge(1))));
    guard.exchange(&Guard::new());
    assert!(ask().await.is_err());
    assert_eq!(hits.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn foreign_addresses_never_reach_the_house_in_any_spelling() {
    let (port, hits) = canary(OK).await;
    let guard = Guard::new();
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "127.0.0.1.",
        "localhost",
        "LOCALHOST",
        "0.0.0.0",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "169.254.169.254",
        "10.0.0.1",
        "%31%32%37.0.0.1",
        "①②⑦.0.0.1",
    ] {
        let url = Url::parse(&format!("https://{host}:{port}/keys")).unwrap();
        let refused = guard.get(&url, Trust::Foreign).await.unwrap_err();
        assert!(matches!(refused, GuardError::NotPublic), "{host}: {refused:?}");
    }
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_that_changes_its_answer_is_still_refused() {
    let (port, hits) = canary(OK).await;
    let addresses = vec!["127.0.0.1".parse().unwrap(), "10.1.1.1".parse().unwrap()];
    let guard = Guard::builder().lookup(Arc::new(Script(addresses, AtomicUsize::new(0)))).build();
    let url = Url::parse(&format!("https://rebind.test:{port}/")).unwrap();
    for _ in 0..2 {
        assert!(matches!(guard.get(&url, Trust::Foreign).await, Err(GuardError::NotPublic)));
    }
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn operators_may_name_private_hosts_and_the_allow_list_opens_one_port() {
    let (port, hits) = canary(OK).await;
    let here = vec!["127.0.0.1".parse().unwrap()];
    let lookup = Arc::new(Script(here, AtomicUsize::new(0)));
    let guard = Guard::builder().lookup(lookup).allow("keys.test", port).build();
    let listed = Url::parse(&format!("http://keys.test:{port}/")).unwrap();
    assert_eq!(guard.get(&listed, Trust::Foreign).await.unwrap().body, b"{}");
    let other_name = Url::parse(&format!("https://other.test:{port}/")).unwrap();
    assert!(matches!(guard.get(&other_name, Trust::Foreign).await, Err(GuardError::NotPublic)));
    assert_eq!(hits.load(Ordering::SeqCst), 1);
    // The operator's own address is dialled; the canary speaks no TLS, so it fails later.
    assert!(matches!(guard.get(&other_name, Trust::Operator).await, Err(GuardError::Transport(_))));
    assert_eq!(hits.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn plain_http_other_schemes_and_credentials_are_refused() {
    let guard = Guard::new();
    for (text, trust) in [
        ("http://example.com/", Trust::Operator),
        ("http://example.com/", Trust::Foreign),
        ("ftp://example.com/", Trust::Operator),
        ("file:///etc/passwd", Trust::Operator),
        ("data:,x", Trust::Foreign),
    ] {
        let refused = guard.get(&Url::parse(text).unwrap(), trust).await.unwrap_err();
        assert!(matches!(refused, GuardError::NotHttps | GuardError::NoHost), "{text}: {refused:?}");
    }
    let url = Url::parse("https://user:pass@example.com/").unwrap();
    assert!(matches!(guard.get(&url, Trust::Operator).await, Err(GuardError::Credentials)));
}

#[tokio::test]
async fn redirects_are_answers_not_orders() {
    let (inner, hits) = canary(OK).await;
    let answer =
        format!("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:{inner}/\r\ncontent-length: 0\r\n\r\n");
    let (port, _) = canary(answer.leak().as_bytes()).await;
    let guard = Guard::builder().allow("127.0.0.1", port).allow("127.0.0.1", inner).build();
    let url = Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
    assert_eq!(guard.get(&url, Trust::Foreign).await.unwrap().status, 302);
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn long_bodies_and_silent_servers_are_cut() {
    let (declared, _) = canary(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n").await;
    let (streamed, _) =
        canary(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n")
            .await;
    let (silent, _) = canary(b"").await;
    let guard = Guard::builder()
        .cap(15)
        .timeout(Duration::from_millis(300))
        .allow("127.0.0.1", declared)
        .allow("127.0.0.1", streamed)
        .allow("127.0.0.1", silent)
        .build();
    let at = |port: u16| Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
    assert!(matches!(guard.get(&at(declared), Trust::Foreign).await, Err(GuardError::TooLarge(15))));
    assert!(matches!(guard.get(&at(streamed), Trust::Foreign).await, Err(GuardError::TooLarge(15))));
    assert!(matches!(guard.get(&at(silent), Trust::Foreign).await, Err(GuardError::Timeout)));
}
