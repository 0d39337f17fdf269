//! What the OAuth API keeps: clients and resources, codes, pushed requests, grants, revoked tokens.

pub mod assertion;
pub mod challenge;
pub mod clients;
pub mod codes;
pub mod device;
pub mod introspect;
pub mod logos;
pub mod logout;
pub mod par;
pub mod redeem;
pub mod refresh;
pub mod revoke;

pub use assertion::ClaimAssertion;
pub use device::PollDevice;
pub use introspect::{FindBehind, FindGrant, FindGrantTold};
pub use redeem::RedeemCode;
pub use refresh::Refresh;
pub use revoke::{RevokeGrant, RevokeServiceToken};
