//! Signing people in: the flow, the dispatcher that knows the order, and the methods.
//!
//! After every step the browser returns to [`next()`]. A method is one file: `begin` shows or sends something,
//! `resume` takes what came back and ends in a `Outcome` or a refusal.

pub mod arrive;
pub mod asker;
pub mod confirm;
pub mod consent;
pub mod device;
pub mod flow;
pub mod magic_link;
pub mod mail;
pub mod mailed;
pub mod next;
pub mod not_me;
pub mod password;
pub mod phone;
pub mod provider;
pub mod reset;
pub mod sign_up;
pub mod sms;

pub use arrive::{Arrival, Candidate, Door};
pub use asker::{Asker, Known};
pub use flow::{Flow, FlowRefused, Sealed, Target};
pub use next::{Approved, AtApp, FailReason, LoginReason, Next, next};
