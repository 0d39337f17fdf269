//! The edge from outside: a browser without a window, and programs, against the whole server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod authorize;
mod budget;
mod conformance;
mod discovery;
mod edge;
mod logout;
mod par;
