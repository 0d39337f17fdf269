//! A grant: what one client was given in one session, with its refresh token family.

use crate::{ClientId, Id, Timestamp, id, oauth::ClaimsRequest, oauth::Scope, session::Authentication};
use serde::{Deserialize, Serialize};

/// A grant and its family of refresh tokens. One row for its whole life: a rotation updates it.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Row id; in refresh tokens and, sealed or signed, in access tokens.
    pub id: Id<id::Family>,
    /// To whom it was given.
    pub client: ClientId,
    /// Whose data it opens.
    pub user: Id<id::User>,
    /// The session it was given in.
    pub session: Id<id::Session>,
    /// The flow it came from, for the trace.
    pub flow: Id<id::Flow>,
    /// RFC 6749 3.3: what was granted. A refresh never grows it.
    pub scope: Scope,
    /// RFC 8707: the resources it may be used for; a refresh never grows it.
    pub resources: Vec<String>,
    /// OpenID Connect Core 5.5: claims asked for one by one.
    pub claims: Option<ClaimsRequest>,
    /// When and how the person signed in, as ID tokens of this grant say it.
    pub authentication: Authentication,
    /// Had `offline_access`: it survives idle end and RP-initiated logout of its session.
    pub offline: bool,
    /// When it was given.
    pub created_at: Timestamp,
    /// Last refresh.
    pub used_at: Timestamp,
    /// No refresh beyond this.
    pub expires_at: Timestamp,
    /// Live or over.
    pub state: FamilyState,
    /// The refresh token in force; `None` when no refresh token was issued.
    pub refresh: Option<RefreshState>,
}

/// Which refresh token is in force, and the way back for a lost answer.
#[derive(Debug, Clone, PartialEq)]
pub struct RefreshState {
    /// Counts rotations.
    pub generation: i64,
    /// SHA-256 of the token in force.
    pub current: [u8; 32],
    /// The one before it, while the grace lasts.
    pub previous: Option<PreviousToken>,
}

/// DESIGN 5: within the grace, the previous token yields the same successor again.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviousToken {
    /// SHA-256 of the previous token.
    pub digest: [u8; 32],
    /// The successor, sealed under a key derived from the previous token: the row alone yields nothing.
    pub successor: Vec<u8>,
    /// When it was replaced.
    pub rotated_at: Timestamp,
}

/// Live or over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FamilyState {
    /// Usable.
    Live,
    /// Ended then, and why.
    Ended(Timestamp, EndReason),
}

/// Why a grant or session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum EndReason {
    Revoked,
    SignedOut,
    Expired,
    EndedByUser,
    EndedByOperator,
    CodeReused,
    RefreshReused,
    PasswordChanged,
    Disabled,
    Deleted,
    ConsentWithdrawn,
    MembershipLost,
    Disowned,
}

impl EndReason {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::SignedOut => "signed_out",
            Self::Expired => "expired",
            Self::EndedByUser => "ended_by_user",
            Self::EndedByOperator => "ended_by_operator",
            Self::CodeReused => "code_reused",
            Self::RefreshReused => "refresh_reused",
            Self::PasswordChanged => "password_changed",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::MembershipLost => "membership_lost",
            Self::Disowned => "disowned",
        }
    }
    /// OpenID Connect Back-Channel Logout: is the app put out of a session that goes on without it? Then it hears. What it
    /// gave back itself it knows, and what ends with the session is told as such.
    pub const fn puts_out(self) -> bool {
        match self {
            Self::CodeReused | Self::RefreshReused | Self::ConsentWithdrawn | Self::MembershipLost => true,
            Self::Revoked
            | Self::SignedOut
            | Self::Expired
            | Self::EndedByUser
            | Self::EndedByOperator
            | Self::PasswordChanged
            | Self::Disabled
            | Self::Deleted
            | Self::Disowned => false,
        }
    }
    /// Every reason.
    pub const ALL: [Self; 13] = [
        Self::Revoked,
        Self::SignedOut,
        Self::Expired,
        Self::EndedByUser,
        Self::EndedByOperator,
        Self::CodeReused,
        Self::RefreshReused,
        Self::PasswordChanged,
        Self::Disabled,
        Self::Deleted,
        Self::ConsentWithdrawn,
        Self::MembershipLost,
        Self::Disowned,
    ];
    /// From the database.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }
}
