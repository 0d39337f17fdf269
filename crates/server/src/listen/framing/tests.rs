use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

fn judge(bytes: &[u8]) -> Result<u64, Bad> {
    let mut framing = Framing::new();
    framing.take(bytes).map(|()| framing.heads())
}

#[test]
fn honest_requests_pass_and_each_head_is_found() {
    for (heads, sent) in [
        (1, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"),
        (1, "GET / HTTP/1.0\r\n\r\n"),
        (2, "\r\nGET / HTTP/1.1\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
        (1, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n\n\n\r\r\n"),
        (1, "POST / HTTP/1.0\r\nCONTENT-LENGTH:5\t \r\n\r\nab"),
        (2, "POST / HTTP/1.1\r\ncontent-length: \t 007\r\n\r\nGET / H\r\nGET / HTTP/1.1\r\n\r\n"),
        (2, "POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\nPOST / HTTP/1.1\r\n\r\n"),
        (
            2,
            "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\n\n\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        ),
        (
            1,
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n00a;a=\"b c\" ;d\r\n0123456789\r\nFf ;x\r\n",
        ),
        (
            2,
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0;x\r\nx-sum: 1\r\ny: \r\n\r\nGET / HTTP/1.1\r\n\r\n",
        ),
        (
            1,
            "GET / HTTP/1.1\r\nx-content-length: 1, 2\r\ntransfer-encodings: gzip\r\nte: trailers\r\nempty:\r\n\r\n",
        ),
        (1, "GET /?a:b HTTP/1.1\r\nx: \u{e9}\tb : c\r\n\r\n"),
    ] {
        assert_eq!(judge(sent.as_bytes()), Ok(heads), "{sent:?}");
    }
    let long = format!("GET /{0} HTTP/1.1\r\nx-{0}: {0}\r\n{0}: y\r\n\r\n", "x".repeat(4_000));
    assert_eq!(judge(long.as_bytes()), Ok(1));
}

#[test]
fn what_could_be_read_in_two_ways_is_refused_where_it_stands() {
    use Fault::*;
    let post = "POST / HTTP/1.1\r\n";
    let chunked = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
    // `^` stands before the first byte that does not go on to the parser.
    let head: &[(&str, &str, Fault)] = &[
        ("", "^\nGET / HTTP/1.1\r\n\r\n", BareLf),
        ("", "GET / HTTP/1.1^\nhost: a\r\n\r\n", BareLf),
        ("", "GET / HTTP/1.1\r\nhost: a^\n\r\n", BareLf),
        ("", "GET / HTTP/1.1\r\nhost: a\r\n^\n", BareLf),
        ("", "GET / HTTP/1.1\r^ host: a\r\n\r\n", BareCr),
        ("", "GET / HTTP/1.1\r\nhost: a\r^\r\n\r\n", BareCr),
        ("", "GET / HTTP/1.1\r\nhost: a\r\n\r^x", BareCr),
        ("", "\r\n\r\n\r\n\r\n\r^\nGET / HTTP/1.1\r\n\r\n", EmptyLines),
        ("", "GET /\r^\n\r\n", Version),
        ("", "GET / HTTP/1.2\r^\n\r\n", Version),
        ("", "GET / http/1.1\r^\n\r\n", Version),
        ("", "PRI * HTTP/2.0\r^\n\r\nSM\r\n\r\n", Version),
        ("", "GET / HTTP/1.1 \r^\n\r\n", Version),
        (post, " x: y\r^\n\r\n", Folded),
        (post, "x: y\r\n\tz: y\r^\n\r\n", Folded),
        (post, "content-length: 5\r\n \r^\n", Folded),
        (post, "content-length : 5\r^\n\r\n", FieldName),
        (post, "transfer-encoding\t: chunked\r^\n\r\n", FieldName),
        (post, "content-length\r^\n\r\n", FieldName),
        (post, ": 5\r^\n\r\n", FieldName),
        (post, "content-length: 5\r\ncontent-length: 5\r^\n\r\nabcde", TwoContentLengths),
        (post, "content-length: 5\r\nx: y\r\nContent-Length: 6\r^\n\r\nabcde", TwoContentLengths),
        (post, "content-length: 5\r\ntransfer-encoding: chunked\r\n\r^\n0\r\n\r\n", BothLengths),
        (post, "transfer-encoding: chunked\r\ncontent-length: 0\r\n\r^\n0\r\n\r\n", BothLengths),
        ("POST / HTTP/1.0\r\n", "transfer-encoding: chunked\r\n\r^\n0\r\n\r\n", TransferEncodingOn10),
    ];
    for (before, rest, fault) in head {
        refused(before, rest, Place::Head, *fault);
    }
    for value in [
        "",
        "5, 5",
        "5,5",
        "+5",
        "-5",
        "5 5",
        "0x5",
        "5.0",
        "\"5\"",
        "5;",
        "99999999999999999999",
        "٣",
        "5\u{b}",
    ] {
        refused(post, &format!("content-length: {value}\r^\n\r\n"), Place::Head, ContentLength);
    }
    refused(post, &format!("content-length: {}5\r^\n\r\n", " ".repeat(200)), Place::Head, ContentLength);
    refused(post, &format!("content-length: 5{}6\r^\n\r\n", " ".repeat(200)), Place::Head, ContentLength);
    for value in [
        "",
        "gzip",
        "gzip, chunked",
        "chunked, identity",
        "chunked,",
        ",chunked",
        "chunked;x",
        "\"chunked\"",
        "xchunked",
        "chunked\u{b}",
    ] {
        refused(post, &format!("transfer-encoding: {value}\r^\n\r\n"), Place::Head, TransferEncoding);
    }
    refused(
        post,
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r^\n\r\n",
        Place::Head,
        TransferEncoding,
    );
    refused(
        post,
        &format!("transfer-encoding: chunked{}x\r^\n\r\n", " ".repeat(200)),
        Place::Head,
        TransferEncoding,
    );

    for size in [
        "",
        " 5",
        "+5",
        "-5",
        "0x5",
        "5g",
        "5 5",
        "5 ",
        "5;a\u{1}",
        "5;\u{e9}",
        "10000000000000005",
        "0000000000000005",
    ] {
        refused(chunked, &format!("{size}\r^\nabcde\r\n"), Place::Body, ChunkSize);
    }
    refused(chunked, &format!("5;{}\r^\nabcde\r\n", "x".repeat(200)), Place::Body, ChunkSize);
    refused(chunked, "5^\nabcde\r\n0\r\n\r\n", Place::Body, BareLf);
    refused(chunked, "5;a^\nabcde\r\n0\r\n\r\n", Place::Body, BareLf);
    refused(chunked, "5;a\r^b\r\nabcde\r\n", Place::Body, BareCr);
    refused(chunked, "5\r\nabcde^\n0\r\n\r\n", Place::Body, BareLf);
    refused(chunked, "5\r\nabcdef\r^\n0\r\n\r\n", Place::Body, ChunkEnd);
    refused(chunked, "5\r\nabcde0\r^\n\r\n", Place::Body, ChunkEnd);
    refused(chunked, "0\r\n^\n", Place::Body, BareLf);
    refused(chunked, "0\r\nx: y^\n\r\n", Place::Body, BareLf);
    refused(chunked, "0\r\nx: y\r\n z\r^\n\r\n", Place::Body, Folded);
}

fn refused(before: &str, rest: &str, place: Place, fault: Fault) {
    let (good, bad) = rest.split_once('^').unwrap();
    let sent = format!("{before}{good}{bad}");
    assert_eq!(judge(sent.as_bytes()), Err(Bad { at: before.len() + good.len(), place, fault }), "{sent:?}");
    // It is refused for what it ends with, not before.
    assert!(judge(format!("{before}{good}").as_bytes()).is_ok(), "{sent:?}");
}

/// Pieces of requests, honest and not, that make a stream whose bodies and heads are hard to tell apart.
const PIECES: &[&str] = &[
    "GET / HTTP/1.1\r\n",
    "POST /x HTTP/1.1\r\n",
    "POST / HTTP/1.0\r\n",
    "host: a\r\n",
    "content-length: 5\r\n",
    "content-length: 22\r\n",
    "content-length: 5, 5\r\n",
    "transfer-encoding: chunked\r\n",
    "transfer-encoding: gzip\r\n",
    "\r\n",
    "\r\n",
    "\r\n",
    "\n",
    "\r",
    " ",
    "5\r\nabcde\r\n",
    "5;x=y\r\nabcde\r\n",
    "0\r\n",
    "0\r\n\r\n",
    "abcde",
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n",
];

const WHOLE: &[&str] = &[
    "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
    "\r\nGET / HTTP/1.1\r\nhost: a\r\nx: \t y \r\n\r\n",
    "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nabcde",
    "POST / HTTP/1.1\r\nhost: a\r\nContent-Length:\t0022 \r\n\r\nGET / HTTP/1.1\r\nhost: ",
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked \r\n\r\n16;x=\"y\"\r\nGET / HTTP/1.1\r\nhost: \r\n01 ; z\r\n\n\r\n0\r\nt: 0\r\n\r\n",
];

pub(in crate::listen) fn streams() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop_oneof![
        prop::collection::vec(select(PIECES), 0..24),
        prop::collection::vec(select(WHOLE), 0..8),
        prop::collection::vec(prop_oneof![4 => select(WHOLE), 1 => select(PIECES)], 0..12),
    ];
    let pieces = pieces.prop_map(|pieces| pieces.concat().into_bytes());
    let damage = prop::option::weighted(0.3, (any::<Index>(), any::<u8>()));
    (pieces, damage).prop_map(|(mut bytes, damage)| {
        if let (Some((at, byte)), false) = (damage, bytes.is_empty()) {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    /// However the network cuts the bytes, the same byte is refused for the same reason.
    #[test]
    fn any_split_into_reads_gives_the_same_judgement(bytes in streams(), cuts in prop::collection::vec(any::<Index>(), 0..12)) {
        let whole = judge(&bytes);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let mut framing = Framing::new();
        let in_parts = cuts.windows(2).try_for_each(|cut| {
            framing.take(&bytes[cut[0]..cut[1]]).map_err(|bad| Bad { at: cut[0] + bad.at, ..bad })
        });
        prop_assert_eq!(whole, in_parts.map(|()| framing.heads()));
        if let Err(bad) = whole {
            prop_assert_eq!(framing.take(b"GET / HTTP/1.1\r\n\r\n"), Err(Bad { at: 0, ..bad }));
        }
    }
}
