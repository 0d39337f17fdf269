//! RFC 8707: resources, the audiences of access tokens.

use super::Scope;
use crate::{ClientId, Id, id};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// What its scopes let an app do, in the operator's words, for the consent page.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scope_descriptions: BTreeMap<String, Words>,
    /// DESIGN 5: the clients that may introspect for it.
    pub introspection_clients: Vec<ClientId>,
}

/// A sentence for people: one for all, or one in each of some languages, by its tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Words {
    /// Whatever the reader's language.
    ForAll(String),
    /// `{ en = "..", de = ".." }`
    ByLanguage(BTreeMap<String, String>),
}

impl Words {
    /// In this language, else in English, else in whatever there is.
    pub fn in_language(&self, tag: &str) -> Option<&str> {
        match self {
            Self::ForAll(text) => Some(text),
            Self::ByLanguage(all) => {
                all.get(tag).or_else(|| all.get("en")).or_else(|| all.values().next()).map(String::as_str)
            }
        }
    }

    /// Every sentence.
    pub fn all(&self) -> Vec<&str> {
        match self {
            Self::ForAll(text) => vec![text],
            Self::ByLanguage(all) => all.values().map(String::as_str).collect(),
        }
    }
}
