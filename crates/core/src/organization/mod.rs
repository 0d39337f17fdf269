//! Organizations: the owner of clients, resources and keys. Row 1 is the installation.

use crate::{Id, id};

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
