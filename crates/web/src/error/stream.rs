//! Who gets no revocation stream.

use super::{Refusal, Row, row};
use axum::http::StatusCode;
use countersign_core::session::revocations::StreamRefused;
use std::borrow::Cow;

/// RFC 9110 15.5.4, RFC 6585 4 and RFC 9110 15.6.4; the codes are those of RFC 6749.
impl Refusal for StreamRefused {
    fn row(&self) -> Row {
        match self {
            Self::NotListed => {
                row(StatusCode::FORBIDDEN, "unauthorized_client", "No resource lets this client introspect.")
            }
            Self::TooManyOfClient => row(
                StatusCode::TOO_MANY_REQUESTS,
                "temporarily_unavailable",
                "This client has too many streams open: close one first.",
            ),
            Self::TooMany | Self::NotNow => row(
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "The server is busy: try again in a moment.",
            ),
        }
    }
    fn check(&self) -> &'static str {
        match self {
            Self::NotListed => "stream_listed",
            Self::TooManyOfClient => "streams_of_client",
            Self::TooMany => "streams",
            Self::NotNow => "stream_ready",
        }
    }
    fn cause(&self) -> Cow<'static, str> {
        self.to_string().into()
    }
}
