//! One sign-in in one browser.

use crate::secret::kind;
use crate::{Digest, Id, Timestamp, id};
use serde::{Deserialize, Serialize};

/// How a person proved who they are; RFC 8176 names for `amr`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// `pwd`
    Password,
    /// `email`: a link or code sent to a proved address.
    MagicLink,
    /// `fed`: a provider said who it is.
    Provider,
}

impl Factor {
    /// RFC 8176, as it stands in `amr`.
    pub const fn amr(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::MagicLink => "email",
            // Not in RFC 8176, but what providers themselves say of a sign-in elsewhere.
            Self::Provider => "fed",
        }
    }
}

/// What an ID token says of the act of signing in: `auth_time`, `amr`, `acr`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// OpenID Connect Core 2: when the person last proved it, actively.
    pub auth_time: Timestamp,
    /// How.
    pub factors: Vec<Factor>,
}

/// One sign-in in one browser; on the wire `sid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// `sid`
    pub id: Id<id::Session>,
    /// Whose.
    pub user: Id<id::User>,
    /// The person's epoch at sign-in; an older one makes the session void.
    pub epoch: i64,
    /// When and how.
    pub authentication: Authentication,
    /// When it began.
    pub created_at: Timestamp,
    /// Last use, coalesced to five minutes.
    pub seen_at: Timestamp,
    /// No use beyond this, whatever happens.
    pub expires_at: Timestamp,
    /// Live or over.
    pub state: SessionState,
    /// Browser and system as people say it ("Firefox on Linux"); cut, never the raw header.
    pub agent: String,
    /// Address cut to /24 or /48.
    pub network: String,
}

/// Live or over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// Usable until idle or absolute end.
    Live,
    /// Ended then: signed out, ended on the account page, by an operator or by a password reset.
    Ended(Timestamp),
}

/// A session to be written, with the digest of its cookie.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The row.
    pub session: Session,
    /// Digest of the cookie's secret.
    pub cookie: Digest<kind::Session>,
}
