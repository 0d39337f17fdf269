//! All that leaves: the guarded HTTP client, mail, text messages, and the delivery queue.
//!
//! Nothing else in the house opens a connection to the outside. What is sent comes from the outbox, so a slow
//! or dead receiver never holds up a request.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::disallowed_methods,
        clippy::disallowed_types
    )
)]

pub mod address;
pub mod carry;
pub mod guard;
pub mod ip;
pub mod jwks;
pub mod mail;
pub mod queue;
pub mod signed;
pub mod sms;
pub mod upstream;

#[cfg(test)]
mod tests;
