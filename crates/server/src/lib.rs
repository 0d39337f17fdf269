//! Countersign: OAuth 2.1 and OpenID Connect, with login pages, in one program.
//!
//! This room holds the configuration, the command line, the accept loop and the wiring; what it serves is in the
//! rooms below.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod admin;
pub mod apply;
pub mod cli;
pub mod config;
pub mod descriptors;
pub mod dev;
pub mod doctor;
pub mod failure;
pub mod files;
pub mod house;
pub mod listen;
pub mod logging;
pub mod notify;
pub mod progress;
pub mod reload;
pub mod socket;
mod words;
