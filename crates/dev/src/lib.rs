//! What `countersign dev` adds to the server: an inbox, recorded flows, a movable clock and a demo app.
//!
//! All of it is for one machine: the listener is on loopback, the `Host` must be ours, and no post from
//! another site is answered. Under `countersign serve` none of these routes exist.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod demo;
pub mod flows;
pub mod inbox;
pub mod providers;
pub mod routes;
pub mod screens;
pub mod seed;
