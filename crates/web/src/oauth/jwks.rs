//! RFC 7517 5: our public keys.

use crate::App;
use crate::respond::public_json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;

/// `GET /jwks.json`: made when the keys changed, not when it is asked for. Short-lived in caches, so that a
/// revoked key is soon forgotten; a new one is published long before it signs.
pub async fn jwks(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let ring = app.keys.current();
    public_json(&headers, ring.jwks_json().clone(), ring.etag())
}
