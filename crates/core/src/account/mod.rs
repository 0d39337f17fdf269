//! Accounts: the people, their addresses and what is known of them.

pub mod asked;
pub mod data;
pub mod email;
pub mod emails;
pub mod identity;
pub mod leaving;
pub mod merge;
mod open;
pub mod operator;
pub mod page;
pub mod password;
pub mod phone;
pub mod profile;
pub mod user;

pub use email::{BadEmail, EmailAddress};
pub use identity::{Identity, IdentityKey};
pub use open::open;
pub use password::{NewPassword, PresentedPassword, WeakPassword};
pub use phone::{BadPhone, PhoneNumber, PhoneRow, Prefix};
pub use user::{Address, EmailRow, StandardClaims, User, UserState};
