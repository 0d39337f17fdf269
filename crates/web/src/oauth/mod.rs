//! The OAuth API at the edge: one file for each endpoint.

pub mod answer;
pub mod authorize;
pub mod discovery;
pub mod hint;

use crate::App;
use axum::Router;
use axum::routing::get;
use countersign_core::oauth::metadata::path;
use std::sync::Arc;

/// Under the issuer's path.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(path::OPENID_CONFIGURATION, get(discovery::document))
        .route(path::OAUTH_SERVER, get(discovery::document))
}

/// RFC 8414 3: between the host and the issuer's path. Empty where the issuer has none: [`routes`] has them then.
pub fn root_routes(base: &str) -> Router<Arc<App>> {
    if base.is_empty() {
        return Router::new();
    }
    Router::new()
        .route(&format!("{}{base}", path::OAUTH_SERVER), get(discovery::document))
        .route(&format!("{}{base}", path::OPENID_CONFIGURATION), get(discovery::document))
}
