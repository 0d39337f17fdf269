//! A form body, read once.

use crate::App;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use countersign_core::oauth::Params;
use countersign_core::oauth::token::{RequestRefused, TokenRefused};
use std::sync::Arc;

/// Headers and body of a request that carries a form. Too large a body is refused as the standard's error, not
/// as a line of text.
pub struct Form {
    /// All headers.
    pub headers: HeaderMap,
    body: Bytes,
}

impl FromRequest<Arc<App>> for Form {
    type Rejection = Response;
    async fn from_request(mut request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let headers = std::mem::take(request.headers_mut());
        match Bytes::from_request(request, app).await {
            Ok(body) => Ok(Self { headers, body }),
            Err(rejection) => {
                let status = rejection.into_response().status();
                tracing::info!(check = "body", status = status.as_u16(), "refused");
                Err(too_large(status))
            }
        }
    }
}

fn too_large(status: StatusCode) -> Response {
    let body = serde_json::json!({ "error": "invalid_request", "error_description": "the body cannot be read, or is too large" });
    crate::respond::json(status, &body)
}

impl Form {
    /// RFC 6749 3.2: the parameters, from a body of the one type that has them.
    pub fn params(&self) -> Result<Params<'_>, TokenRefused> {
        if !self.is_form() {
            return Err(RequestRefused::ContentType.into());
        }
        Ok(Params::parse(&self.body)?)
    }

    /// Does the body say it is a form?
    pub fn is_form(&self) -> bool {
        crate::form::is_form(&self.headers)
    }
}
