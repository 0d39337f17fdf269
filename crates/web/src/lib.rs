//! The HTTP edge: routes, pages, account page, cookies, errors.
//!
//! A handler parses once, runs one unit of work, signs, answers. What it may answer with is in
//! [`respond`]; what it may refuse with is in the one table in [`error`].
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod account;
pub mod agent;
pub mod app;
pub mod backchannel;
pub mod breached;
pub mod clock;
pub mod cookies;
pub mod csrf;
pub mod custody;
pub mod directory;
pub mod error;
pub mod form;
pub mod keyring;
pub mod limits;
pub mod login;
pub mod logos;
pub mod mailroom;
pub mod oauth;
pub mod open;
pub mod origin;
mod outbox;
pub mod peer;
pub mod posted;
pub mod probe;
pub mod providers;
pub mod request;
pub mod respond;
pub mod revocations;
pub mod router;
pub mod textroom;
pub mod trace;
mod unread;
pub mod view;

pub use app::App;
pub use request::Req;
