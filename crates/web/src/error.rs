//! The one table of errors: each refusal has a status, a code and two texts. The text for the wire
//! is the RFC's code and one calm sentence; the cause, with ids, goes to the log.

mod authorize;
mod challenge;
mod stream;

use crate::respond::json;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_core::oauth::token::{TokenErrorCode, TokenRefused};
use countersign_core::{Id, id};
use countersign_store::DbError;
use serde::Serialize;
use std::borrow::Cow;

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// HTTP status.
    pub status: StatusCode,
    /// The standard's error code.
    pub code: &'static str,
    /// For the developer of the client: ASCII, nothing reflected, nothing secret.
    pub description: Cow<'static, str>,
}

/// A refusal that has a row. The implementations live beside each other in `error/`, each a `match`
/// without a wildcard, so a new variant without its row does not compile.
pub trait Refusal: std::fmt::Debug {
    /// Its row.
    fn row(&self) -> Row;
    /// The stable name of the check that refused, for log and trace.
    fn check(&self) -> &'static str;
    /// The cause for an operator, without secrets; what the wire says where there is nothing to add.
    fn cause(&self) -> Cow<'static, str> {
        self.row().description
    }
}

/// Makes a row.
pub fn row(status: StatusCode, code: &'static str, description: impl Into<Cow<'static, str>>) -> Row {
    Row { status, code, description: description.into() }
}

#[derive(Serialize)]
struct Wire<'a> {
    error: &'a str,
    error_description: &'a str,
}

/// RFC 6749 5.2: the refusal as JSON. The cause is logged here, once.
pub fn refuse(refusal: &impl Refusal) -> Response {
    let row = refusal.row();
    tracing::info!(check = refusal.check(), status = row.status.as_u16(), code = row.code, cause = ?refusal, "refused");
    json(row.status, &Wire { error: row.code, error_description: &row.description })
}

/// The same with the id under which the flow trace has it. It stands in the description: that is what every library
/// shows the developer, and some balk at members that RFC 6749 5.2 does not name.
pub fn refuse_as(refusal: &impl Refusal, flow: Id<id::Flow>) -> Response {
    let row = refusal.row();
    tracing::info!(check = refusal.check(), status = row.status.as_u16(), code = row.code, cause = ?refusal, %flow, "refused");
    let description = format!("{} (flow {flow})", row.description);
    json(row.status, &Wire { error: row.code, error_description: &description })
}

impl Refusal for DbError {
    fn row(&self) -> Row {
        match self.is_temporary() {
            true => row(
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "The server is busy: try again in a moment.",
            ),
            false => {
                row(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "Something went wrong on our side.")
            }
        }
    }
    fn check(&self) -> &'static str {
        if self.is_temporary() { "database_busy" } else { "database_failed" }
    }
}

/// RFC 6749 5.2: 400, and 401 where the client did not authenticate.
impl Refusal for TokenRefused {
    fn row(&self) -> Row {
        let status = match self.code() {
            TokenErrorCode::InvalidClient => StatusCode::UNAUTHORIZED,
            TokenErrorCode::InvalidRequest
            | TokenErrorCode::InvalidGrant
            | TokenErrorCode::UnauthorizedClient
            | TokenErrorCode::UnsupportedGrantType
            | TokenErrorCode::InvalidScope
            | TokenErrorCode::InvalidTarget
            | TokenErrorCode::UnsupportedTokenType
            | TokenErrorCode::AuthorizationPending
            | TokenErrorCode::SlowDown
            | TokenErrorCode::AccessDenied
            | TokenErrorCode::ExpiredToken => StatusCode::BAD_REQUEST,
        };
        row(status, self.code().as_str(), self.description())
    }
    fn check(&self) -> &'static str {
        TokenRefused::check(*self)
    }
    fn cause(&self) -> Cow<'static, str> {
        self.to_string().into()
    }
}
