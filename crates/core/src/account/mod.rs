//! Accounts: the people, their addresses and what is known of them.

pub mod user;

pub use user::{Address, EmailRow, StandardClaims, User, UserState};
