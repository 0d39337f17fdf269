//! Two thousand sockets that send next to nothing, with every limit at a tenth of its real value.

use super::*;
use crate::listen::stall::LINGER;

/// How long a machine that is busy with other tests may be late.
const LATE: Duration = Duration::from_secs(3);

const SOCKETS: usize = 2_000;
const WAYS: usize = 5;

/// Whatever it is that somebody stops at: what was allowed for until then, and the farewell, make 30 seconds at most.
#[test]
fn the_limits_keep_the_promise() {
    let Limits { head, request, handshake, write, .. } = Limits::default();
    for held in [handshake + head, request] {
        assert!(held + LINGER.0 <= Duration::from_secs(30), "{held:?}");
    }
    assert!(write <= Duration::from_secs(30));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_slow_sockets_are_dropped_in_time_and_delay_nobody() {
    crate::descriptors::raise_limit(2 * SOCKETS + 200);
    let real = Limits::default();
    let (head, request) = (real.head / 10, real.request / 10);
    let server = start(Limits { head, request, ..real }).await;
    let (over, mut is_over) = watch::channel(false);
    let address = server.address;
    let honest = tokio::spawn(async move {
        let mut times = Vec::new();
        while !*is_over.borrow_and_update() {
            let began = Instant::now();
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
            assert!(rest(&mut stream).await.ends_with("hello"));
            times.push(began.elapsed());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        times
    });
    let mut slow = Vec::new();
    for nth in 0..SOCKETS {
        let stream = TcpStream::connect(address).await.unwrap();
        slow.push(tokio::spawn(hold_on(stream, nth)));
        if nth % 100 == 0 {
            // Not faster than they are taken out of the queue: what the kernel has let drop is held by nobody.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let mut longest = [Duration::ZERO; WAYS];
    for (nth, one) in slow.into_iter().enumerate() {
        longest[nth % WAYS] = longest[nth % WAYS].max(one.await.unwrap());
    }
    over.send(true).unwrap();
    let mut times = honest.await.unwrap();
    times.sort_unstable();
    let p99 = times[times.len() * 99 / 100];
    println!(
        "{} honest requests, p99 {p99:?}; the last slow sockets were dropped after {longest:?}",
        times.len()
    );
    assert!(times.len() > 50, "{}", times.len());
    assert!(p99 < Duration::from_secs(1), "{p99:?}");
    let allowed = head.max(request) + LINGER.0 + LATE;
    assert!(longest.iter().all(|held| *held < allowed), "{longest:?}");
}

/// Holds a connection for as long as it is let: says nothing, drips a head, drips a chunked body, drips after an
/// answer, or ends its head at the last moment and drips a body then.
async fn hold_on(mut stream: TcpStream, nth: usize) -> Duration {
    let began = Instant::now();
    let (start, drip): (&[u8], &[u8]) = match nth % WAYS {
        0 => (b"", b""),
        1 => (b"GET / HTTP/1.1\r\nhost: a\r\nx: ", b"y"),
        2 => (b"POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        3 => (b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\n", b"x: y\r\n"),
        _ => (b"POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n", b"1\r\nx\r\n"),
    };
    let _ = stream.write_all(start).await;
    if nth % WAYS == 4 {
        tokio::time::sleep(Limits::default().head / 10 * 9 / 10).await;
        let _ = stream.write_all(b"\r\n").await;
    }
    let (mut from, mut to) = stream.into_split();
    let mut scrap = Vec::new();
    let dripping = async {
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            if to.write_all(drip).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        _ = from.read_to_end(&mut scrap) => {}
        () = dripping => {}
        () = tokio::time::sleep(Duration::from_secs(30)) => {}
    }
    began.elapsed()
}
