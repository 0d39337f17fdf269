//! RFC 6749 3.3: scopes.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// A set of scope values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(BTreeSet<String>);

/// RFC 6749 3.3: not `scope-token *( SP scope-token )`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("scope holds a character that RFC 6749 3.3 does not allow, or is too long")]
pub struct BadScope;

impl Scope {
    /// Parses a space-separated list; order and repetition do not matter.
    pub fn parse(text: &str) -> Result<Self, BadScope> {
        let ok_char = |b: u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if text.len() > 2_000 {
            return Err(BadScope);
        }
        let values = text.split(' ').filter(|s| !s.is_empty());
        let set: BTreeSet<String> = values.map(str::to_owned).collect();
        if set.iter().all(|s| s.bytes().all(ok_char)) { Ok(Self(set)) } else { Err(BadScope) }
    }
    /// Holds this value.
    pub fn has(&self, value: &str) -> bool {
        self.0.contains(value)
    }
    /// Holds nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// All values of `self` are in `other`.
    pub fn within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }
    /// The values in both.
    pub fn intersect(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }
    /// The values in either.
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }
    /// The values, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
    /// Without this value.
    pub fn without(mut self, value: &str) -> Self {
        self.0.remove(value);
        self
    }
}

/// Values of ours, which need no check.
impl FromIterator<&'static str> for Scope {
    fn from_iter<I: IntoIterator<Item = &'static str>>(values: I) -> Self {
        Self(values.into_iter().map(str::to_owned).collect())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, value) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(value)?;
        }
        Ok(())
    }
}
impl TryFrom<String> for Scope {
    type Error = BadScope;
    fn try_from(text: String) -> Result<Self, BadScope> {
        Self::parse(&text)
    }
}
impl From<Scope> for String {
    fn from(scope: Scope) -> String {
        scope.to_string()
    }
}
