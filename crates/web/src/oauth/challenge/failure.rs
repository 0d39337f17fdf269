//! What ends a call early.

use super::super::client_auth::{ApiFailure, Call};
use crate::login::visit::Stop;
use crate::respond::json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_core::oauth::AuthorizeRefused;
use countersign_core::oauth::challenge::ChallengeRefused;
use countersign_store::DbError;

/// What ends a call early.
pub(super) enum Failure {
    Api(ApiFailure),
    Request(AuthorizeRefused),
    Refused(ChallengeRefused),
    /// What would have been a page: busy, or too many rows.
    Page(Stop),
}

impl From<ApiFailure> for Failure {
    fn from(it: ApiFailure) -> Self {
        Self::Api(it)
    }
}
impl From<DbError> for Failure {
    fn from(it: DbError) -> Self {
        Self::Api(ApiFailure::Db(it))
    }
}
impl From<ChallengeRefused> for Failure {
    fn from(it: ChallengeRefused) -> Self {
        Self::Refused(it)
    }
}
impl From<AuthorizeRefused> for Failure {
    fn from(it: AuthorizeRefused) -> Self {
        Self::Request(it)
    }
}
impl From<Stop> for Failure {
    fn from(it: Stop) -> Self {
        Self::Page(it)
    }
}

impl Failure {
    pub(super) fn answer(self, call: &Call<'_>) -> Response {
        match self {
            Self::Api(failure) => failure.answer(call),
            Self::Request(refused) => call.refuse(&refused),
            Self::Refused(refused) => call.refuse(&refused),
            Self::Page(stop) => {
                let page = stop.into_response();
                let (status, error) = match page.status() {
                    StatusCode::TOO_MANY_REQUESTS => (StatusCode::TOO_MANY_REQUESTS, "slow_down"),
                    StatusCode::SERVICE_UNAVAILABLE => {
                        (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
                    }
                    _ => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
                };
                let mut response = json(status, &serde_json::json!({ "error": error }));
                if let Some(wait) = page.headers().get(header::RETRY_AFTER) {
                    response.headers_mut().insert(header::RETRY_AFTER, wait.clone());
                }
                response
            }
        }
    }
}
