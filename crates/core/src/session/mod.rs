//! Sessions (one sign-in in one browser), grants (what one client was given in it) and their tokens.

pub mod family;
pub mod live;
#[allow(clippy::module_inception)]
pub mod session;

pub use family::{EndReason, Family, FamilyState};
pub use live::{DeadSession, FoundSession, SignedIn};
pub use session::{Authentication, Factor, Session, SessionState};
