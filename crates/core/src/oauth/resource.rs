//! RFC 8707: resources, the audiences of access tokens.

use super::Scope;
use crate::{ClientId, Id, id};
use serde::{Deserialize, Serialize};

/// An API that accepts our access tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// RFC 8707 2: an absolute URI without fragment; becomes `aud`.
    pub identifier: String,
    /// Whose.
    pub org: Id<id::Organization>,
    /// For people.
    pub name: String,
    /// The scopes it knows.
    pub scope: Scope,
    /// DESIGN 5: the clients that may introspect for it.
    pub introspection_clients: Vec<ClientId>,
}
