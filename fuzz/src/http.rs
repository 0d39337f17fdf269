//! What every request brings, whoever sent it: its framing and its headers.

use crate::text;
use countersign_server::listen::framing::{Bad, Framing};
use countersign_web::cookies::{Cookie, Cookies};
use countersign_web::oauth::accept::wants;
use countersign_web::origin::Site;
use countersign_web::peer::{Network, client_ip};
use http::{HeaderMap, HeaderValue, header};

/// A connection's bytes, the first of them the size of a read: the same judgement as of the whole, nothing after a refusal.
pub fn framing(data: &[u8]) {
    let Some((size, bytes)) = data.split_first() else { return };
    let mut whole = Framing::new();
    let judged = whole.take(bytes).map(|()| whole.heads());
    let mut parts = Framing::new();
    let mut passed = 0;
    let in_parts = bytes.chunks(usize::from(*size).max(1)).try_for_each(|part| {
        let taken = parts.take(part).map_err(|bad| Bad { at: passed + bad.at, ..bad });
        passed += part.len();
        taken
    });
    assert_eq!(judged, in_parts.map(|()| parts.heads()));
    let Err(bad) = judged else { return };
    assert!(bad.at < bytes.len());
    assert_eq!(whole.take(b"GET / HTTP/1.1\r\n\r\n"), Err(Bad { at: 0, ..bad }));
    // What comes before the fault is good.
    let mut before = Framing::new();
    assert_eq!(before.take(&bytes[..bad.at]), Ok(()));
    assert_eq!(before.heads(), whole.heads());
}

/// An `Accept` header: only who names a media type wants it.
pub fn accept(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let mut headers = HeaderMap::new();
    headers.append(header::ACCEPT, value);
    let wanted = "application/token-introspection+jwt";
    let named = text(data).is_some_and(|it| it.to_ascii_lowercase().contains(wanted));
    assert!(named || !wants(&headers, wanted));
    headers.append(header::ACCEPT, HeaderValue::from_static("application/token-introspection+jwt"));
    let other = text(data).is_some_and(|it| it.to_ascii_lowercase().contains("application/json"));
    let visible = headers.iter().all(|(_, value)| value.to_str().is_ok());
    assert!(wants(&headers, wanted) || other || !visible, "the whole weight beats everything but itself");
}

/// A Cookie header: what is read stood there alone under our name.
pub fn cookie(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let cookies = Cookies::new(&Site::new("https://id.example").expect("an issuer"), None);
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, value);
    for which in [Cookie::Session, Cookie::Browser, Cookie::Known] {
        let Some(read) = cookies.read(&headers, which).map(str::to_owned) else { continue };
        assert!(!read.is_empty() && !read.contains(';'));
        let planted = HeaderValue::from_str(&format!("{}=planted", cookies.name(which))).expect("a header");
        headers.append(header::COOKIE, planted);
        assert_eq!(cookies.read(&headers, which), None, "two of one name count as none");
    }
}

/// Forwarded headers: from a stranger they change nothing.
pub fn proxy_headers(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let mut headers = HeaderMap::new();
    for name in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        headers.append(name, value.clone());
    }
    let (stranger, proxy) =
        ("203.0.113.9".parse().expect("an address"), "10.0.0.1".parse().expect("an address"));
    let listed: [Network; 1] = ["10.0.0.0/8".parse().expect("a network")];
    assert_eq!(client_ip(stranger, &headers, &listed).0, stranger);
    assert_eq!(client_ip(proxy, &headers, &[]).0, proxy);
    let _ = client_ip(proxy, &headers, &listed).network();
    if let Some(written) = text(data) {
        let _ = written.parse::<Network>();
    }
}
