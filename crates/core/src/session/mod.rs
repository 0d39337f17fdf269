//! Sessions (one sign-in in one browser), grants (what one client was given in it) and their tokens.

pub mod ending;
pub mod family;
pub mod grant;
pub mod live;
pub mod refresh_token;
pub(crate) mod reuse;
pub mod revocations;
#[allow(clippy::module_inception)]
pub mod session;

pub use ending::end_everything;
pub use family::{EndReason, Family, FamilyState, RefreshState};
pub use grant::{Grant, GrantDead, Holder, SessionStanding};
pub use live::{DeadSession, Departing, FoundSession, SignedIn};
pub use refresh_token::RefreshToken;
pub use session::{Authentication, Factor, Session, SessionState};
