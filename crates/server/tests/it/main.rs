//! The built program from outside: its command line, its signals, its socket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::disallowed_methods, reason = "tests wait, and start programs")]
#![allow(unreachable_pub, missing_docs, reason = "shared between the tests of one binary")]

mod commands;
mod dev;
mod doctor;
mod keys;
mod people;
mod reload;
mod running;
