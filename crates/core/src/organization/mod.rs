//! Organizations: the owner of clients, resources and keys. Row 1 is the installation. People are members of the others,
//! and an app can be for the members of one.

pub mod membership;

use crate::{Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

pub use membership::{MemberOrder, MemberRefused, change, create, join, leave};

/// Proof that a query runs for one organization. Only the edge makes one, from the request's own rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrgScope(Id<id::Organization>);

impl OrgScope {
    /// The installation itself.
    pub fn installation() -> Self {
        Self(Id::from_bytes([0; 16]))
    }
    /// The organization.
    pub fn org(self) -> Id<id::Organization> {
        self.0
    }
}

/// A group of people that apps can be for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Row id.
    pub id: Id<id::Organization>,
    /// What configuration and operators call it; never another one's.
    pub handle: OrgHandle,
    /// Shown to people.
    pub name: String,
    /// Made then.
    pub created_at: Timestamp,
}

/// An organization's short name: lower-case letters, digits and inner hyphens, at most 63 of them, as in a host name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrgHandle(String);

/// What is no handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("lower-case letters, digits and hyphens between them, at most 63, such as `acme`")]
pub struct BadHandle;

impl OrgHandle {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OrgHandle {
    type Err = BadHandle;
    fn from_str(text: &str) -> Result<Self, BadHandle> {
        let usual = text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
        let inner = !text.starts_with('-') && !text.ends_with('-');
        match (1..=63).contains(&text.len()) && usual && inner {
            true => Ok(Self(text.to_owned())),
            false => Err(BadHandle),
        }
    }
}
impl TryFrom<String> for OrgHandle {
    type Error = BadHandle;
    fn try_from(text: String) -> Result<Self, BadHandle> {
        text.parse()
    }
}
impl From<OrgHandle> for String {
    fn from(handle: OrgHandle) -> Self {
        handle.0
    }
}
impl fmt::Display for OrgHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_what_a_host_name_could_begin_with() {
        for good in ["a", "acme", "acme-2", "0", &"a".repeat(63)] {
            assert_eq!(good.parse::<OrgHandle>().unwrap().as_str(), good);
        }
        for bad in ["", "-a", "a-", "Acme", "a b", "a.b", "\u{e4}", "a\0", &"a".repeat(64)] {
            assert!(bad.parse::<OrgHandle>().is_err(), "{bad:?}");
            assert!(serde_json::from_value::<OrgHandle>(bad.into()).is_err());
        }
    }
}
