//! For tests: the whole server in this process, and a browser without a window. A dev-dependency only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "for tests: a panic is the failure"
)]

pub mod browser;
pub mod html;
pub mod postgres;
pub mod relying_party;
pub mod server;
pub mod world;

pub use browser::{Answer, Browser, without_flow};
pub use postgres::postgres_url;
pub use relying_party::{Auth, AuthRequest, Callback, Pairs, RelyingParty, Tokens};
pub use server::{ISSUER, TestServer};
pub use world::{Person, World};
