//! Types, and every protocol, login, account and tenancy decision of Countersign.
//!
//! A decision is a pure function: it takes what the request says, the rows that were found and a
//! [`Ctx`], and returns an [`Outcome`]: the reply, the writes, the events and the trace lines. It
//! reads no clock, no randomness, no socket and no database.
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

pub mod account;
pub mod ctx;
pub mod event;
pub mod id;
pub mod limits;
pub mod login;
pub mod oauth;
pub mod organization;
pub mod outcome;
pub mod secret;
pub mod session;
pub mod time;
pub mod trace;
pub mod write;

pub use ctx::{Ctx, Env, Lifetimes, Notify, Policy, Rng};
pub use event::{Event, EventKind};
pub use id::{ClientId, Id, Subject};
pub use outcome::Outcome;
pub use secret::{Digest, Plain, SecretKind, Vault};
pub use time::Timestamp;
pub use trace::{Party, TraceOutcome, TraceStep};
pub use write::Write;
