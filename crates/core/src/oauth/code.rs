//! RFC 6749 4.1.2: authorization codes as stored.

use super::{ClaimsRequest, CodeChallenge, Scope};
use crate::secret::kind;
use crate::session::Authentication;
use crate::{ClientId, Digest, Id, Timestamp, id};

/// A code and all that the token endpoint needs of it. `family` is chosen when the code is made,
/// so that a replay knows what to end.
#[derive(Debug, Clone)]
pub struct StoredCode {
    /// What the database knows of the code itself.
    pub digest: Digest<kind::Code>,
    /// One flow, one code: a finished flow submitted again finds its end page.
    pub flow: Id<id::Flow>,
    /// The grant that its redemption will make.
    pub family: Id<id::Family>,
    /// For whom.
    pub client: ClientId,
    /// Of whom.
    pub user: Id<id::User>,
    /// In which session.
    pub session: Id<id::Session>,
    /// RFC 6749 4.1.3: must come again, byte for byte, if it was sent.
    pub redirect_uri: String,
    /// Was it sent?
    pub redirect_uri_sent: bool,
    /// RFC 7636.
    pub challenge: Option<CodeChallenge>,
    /// Granted.
    pub scope: Scope,
    /// RFC 8707.
    pub resources: Vec<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// For the ID token.
    pub authentication: Authentication,
    /// The context for the ID token, if one was asked for.
    pub acr: Option<String>,
    /// Was `max_age` sent, or is `auth_time` required by registration or an essential claim?
    pub auth_time_wanted: bool,
    /// OpenID Connect Core 5.5.
    pub claims: Option<ClaimsRequest>,
    /// Made then.
    pub issued_at: Timestamp,
    /// Refused from then on.
    pub expires_at: Timestamp,
    /// Spent then; the row stays as a tombstone as long as the longest token issued.
    pub spent_at: Option<Timestamp>,
}
