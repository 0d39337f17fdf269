//! Signing people in: pages that post, one step each, and return to the dispatcher ([`go::go_on`]).

pub mod about;
pub mod choose;
pub mod device;
pub mod enter;
pub mod go;
pub mod keep;
pub mod link;
pub mod not_me;
pub mod password;
pub mod phone;
pub mod provider;
pub mod reset;
pub mod screen;
pub mod sign_up;
pub mod visit;

pub use enter::enter;

use crate::App;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// The routes of this room.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/login", get(enter::resume).post(password::first_page))
        .route("/login/keep", post(keep::answer))
        .route("/login/about", post(about::answer))
        .route("/login/password", post(password::password_page))
        .route("/login/provider/{name}", get(provider::depart))
        .route("/login/provider/{name}/callback", get(provider::callback_page))
        .route("/login/join", post(provider::join_page))
        .route("/login/link", post(link::sent_page))
        .route("/login/link/open", get(link::open).post(link::press))
        .route("/signup", get(sign_up::open).post(sign_up::page))
        .route("/confirm", post(sign_up::confirm_page))
        .route("/confirm/phone", post(phone::page))
        .route("/confirm/open", get(link::open_confirm).post(link::press_confirm))
        .route("/forgot", get(reset::open_forgot).post(reset::forgot_page))
        .route("/reset", get(reset::open).post(reset::page))
        .route("/not-me", get(not_me::open).post(not_me::press))
        .route("/device", get(device::open).post(device::typed))
        .route("/consent", post(choose::consent_page))
        .route("/select-account", post(choose::account_page))
}
