//! Rows of the authorization endpoint and of pushed requests (RFC 6749 4.1.2.1, RFC 9126 2.3).

use super::{Refusal, Row, row};
use axum::http::StatusCode;
use countersign_core::oauth::{AuthorizeRefused, PageRefusal};

impl Refusal for PageRefusal {
    fn row(&self) -> Row {
        row(StatusCode::BAD_REQUEST, self.code(), self.description())
    }
    fn check(&self) -> &'static str {
        self.check()
    }
}

/// As JSON, for a client that pushes its request: nothing of it travels through a browser.
impl Refusal for AuthorizeRefused {
    fn row(&self) -> Row {
        row(StatusCode::BAD_REQUEST, self.code(), self.description())
    }
    fn check(&self) -> &'static str {
        self.check()
    }
}
