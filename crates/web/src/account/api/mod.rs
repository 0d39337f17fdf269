//! `/api/v1/me`: what the account pages do, as JSON, for the person's own access token with the scope `account`. The
//! decisions are those of the pages; docs/account-api.json describes the wire.

mod answer;
mod caller;
mod handlers;
mod openapi;
mod password;
mod phones;

pub use openapi::document;

use crate::App;
use crate::oauth::cors;
use axum::Router;
use axum::routing::{delete, get, patch, post};
use std::sync::Arc;

/// The routes of this room. The cookie of a browser opens none of them.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/api/v1/me",
            get(handlers::me).merge(patch(handlers::change)).options(cors::preflight_account),
        )
        .route(
            "/api/v1/me/emails",
            get(handlers::emails).post(handlers::add_email).options(cors::preflight_account),
        )
        .route("/api/v1/me/emails/verify", post(handlers::verify_email).options(cors::preflight_account))
        .route("/api/v1/me/emails/{id}", delete(handlers::remove_email).options(cors::preflight_account))
        .route(
            "/api/v1/me/emails/{id}/primary",
            post(handlers::put_email_in_front).options(cors::preflight_account),
        )
        .route("/api/v1/me/phones", get(phones::list).post(phones::add).options(cors::preflight_account))
        .route("/api/v1/me/phones/verify", post(phones::verify).options(cors::preflight_account))
        .route("/api/v1/me/phones/{id}", delete(phones::remove).options(cors::preflight_account))
        .route("/api/v1/me/phones/{id}/primary", post(phones::choose).options(cors::preflight_account))
        .route("/api/v1/me/password", post(password::change).options(cors::preflight_account))
        .route("/api/v1/me/identities", get(handlers::identities).options(cors::preflight_account))
        .route("/api/v1/me/identities/{id}", delete(handlers::unlink).options(cors::preflight_account))
        .route(
            "/api/v1/me/sessions",
            get(handlers::sessions).delete(handlers::end_other_sessions).options(cors::preflight_account),
        )
        .route("/api/v1/me/sessions/{id}", delete(handlers::end_session).options(cors::preflight_account))
        .route("/api/v1/me/apps", get(handlers::apps).options(cors::preflight_account))
        .route("/api/v1/me/apps/{id}", delete(handlers::remove_app).options(cors::preflight_account))
        .route("/api/v1/me/activity", get(handlers::activity).options(cors::preflight_account))
        .route("/api/v1/me/export", get(handlers::export).options(cors::preflight_account))
        .route("/api/v1/me/deletion", post(handlers::leave).options(cors::preflight_account))
}
