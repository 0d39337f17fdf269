//! Bad input of every kind named in the project's first requirement list: each gets its standard's error, no
//! redirect where none may be, no 500, and nothing that a cache may keep.

mod assertions;
mod clients;
mod codes;
mod forged;
mod jwts;
mod limits;
mod parameters;
mod pkce;
mod pushed;
mod transport;

use axum::http::StatusCode;
use countersign_testkit::Answer;

/// RFC 6749 5.2: the error of an endpoint that speaks JSON.
#[track_caller]
pub(crate) fn refused(answer: &Answer, status: u16, code: &str) {
    let what = format!("{} {}", answer.status, answer.body);
    assert_eq!(answer.status.as_u16(), status, "{what}");
    assert!(answer.header("content-type").starts_with("application/json"), "{what}");
    assert!(answer.header("cache-control").contains("no-store"), "{what}");
    assert!(answer.location().is_none(), "{what}");
    let body = answer.json();
    assert_eq!(body["error"], code, "{what}");
    let text = body["error_description"].as_str().unwrap_or_default();
    assert!(text.bytes().all(|b| matches!(b, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{what}");
    assert!(body.as_object().is_some_and(|it| it.keys().all(|k| k.starts_with("error"))), "{what}");
}

/// RFC 6749 4.1.2.1: a page of ours; the browser goes nowhere.
#[track_caller]
pub(crate) fn page(answer: &Answer) {
    let what = format!("{} {:?} {}", answer.status, answer.location(), answer.body);
    assert!(answer.status.is_client_error() && answer.status != StatusCode::NOT_FOUND, "{what}");
    assert!(answer.location().is_none(), "{what}");
    assert!(answer.header("content-type").starts_with("text/html"), "{what}");
    assert!(answer.has("error-title"), "{what}");
    assert!(answer.header("cache-control").contains("no-store"), "{what}");
    assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{what}");
}

/// Refused somehow, and nowhere near a fault of ours.
#[track_caller]
pub(crate) fn turned_away(answer: &Answer) {
    assert!(answer.status.is_client_error(), "{} {}", answer.status, answer.body);
    assert!(answer.location().is_none());
}
