//! The edge from outside: a browser without a window, and programs, against the whole server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(unreachable_pub, missing_docs, reason = "shared between the tests of one binary")]

mod account_api;
mod account_api_ways;
mod assertion_grant;
mod authorize;
mod backchannel;
mod bad_input;
mod brand;
mod budget;
mod challenge;
mod client_auth;
mod conformance;
mod cors;
mod delegation;
mod discovery;
mod edge;
mod grants;
mod introspect;
mod keys;
mod login;
mod logout;
mod par;
mod probe;
mod provider;
mod refresh;
mod revocations;
mod security;
mod snapshots;
mod token;
mod trace;
mod userinfo;
