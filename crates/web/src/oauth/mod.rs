//! The OAuth API at the edge: one file for each endpoint. Each parses once, runs one unit, signs, answers.

pub mod accept;
pub mod answer;
pub mod authorize;
pub mod bearer;
pub mod challenge;
pub mod client_auth;
pub mod cors;
pub mod device;
pub mod discovery;
mod exchange;
mod form;
pub mod hint;
pub mod introspect;
pub mod jwks;
pub mod logout;
pub mod par;
pub mod revocations;
pub mod revoke;
pub mod token;
pub mod userinfo;

pub use form::Form;

use crate::App;
use axum::Router;
use axum::routing::{get, post};
use countersign_core::oauth::metadata::path;
use std::sync::Arc;

/// Under the issuer's path.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(path::OPENID_CONFIGURATION, get(discovery::document))
        .route(path::OAUTH_SERVER, get(discovery::document))
        .route(path::TOKEN, post(token::token).options(cors::preflight))
        .route(path::USERINFO, get(userinfo::get).post(userinfo::post).options(cors::preflight))
        .route(path::INTROSPECT, post(introspect::introspect))
        .route(path::REVOKE, post(revoke::revoke).options(cors::preflight))
        .route(path::REVOCATIONS, get(revocations::get).post(revocations::post))
        .route(path::JWKS, get(jwks::jwks))
        .route(path::PAR, post(par::push))
        .route(path::AUTHORIZATION_CHALLENGE, post(challenge::challenge))
        .route(path::DEVICE_AUTHORIZATION, post(device::device_authorization))
        .merge(logout::routes())
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
