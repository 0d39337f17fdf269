//! An error as a terminal shows it: what happened, why, what to do.

use std::fmt;

/// One failure in three lines. Never quotes a secret.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Failure {
    /// What happened.
    pub what: String,
    /// Why.
    pub why: String,
    /// What to do about it.
    pub mend: String,
}

impl Failure {
    /// Makes one.
    pub fn new(what: impl Into<String>, why: impl fmt::Display, mend: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.to_string(), mend: mend.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.what)?;
        writeln!(f, "  why:  {}", self.why)?;
        write!(f, "  mend: {}", self.mend)
    }
}
impl std::error::Error for Failure {}
