//! RFC 7517 5: our public keys.

use super::cors;
use crate::App;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// `GET /jwks.json`: made when the keys changed, not when it is asked for. Short-lived in caches, so that a
/// revoked key is soon forgotten; a new one is published long before it signs.
pub async fn jwks(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let ring = app.keys.current();
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let mut response = match known {
        Some(known) if matches_etag(known, ring.etag()) => StatusCode::NOT_MODIFIED.into_response(),
        Some(_) | None => {
            let mut response = Response::new(Body::from(ring.jwks_json().clone()));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
    };
    let own = response.headers_mut();
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    if let Ok(etag) = HeaderValue::from_str(ring.etag()) {
        own.insert(header::ETAG, etag);
    }
    cors::public(response)
}

/// RFC 9110 13.1.2: a list, compared weakly, or `*`.
pub(super) fn matches_etag(header: &str, etag: &str) -> bool {
    header.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == etag)
}
