//! One contract for both databases, and what each must stand by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]
#![allow(missing_docs, unreachable_pub)]

mod support;

mod behind;
mod codes;
mod contract;
mod declared;
mod endings;
mod grants;
mod identities;
mod inspect;
mod messages;
mod notices;
mod operator;
mod organization;
mod outbox;
mod postgres;
mod schema;
mod single_use;
mod sqlite;
mod withdrawal;
