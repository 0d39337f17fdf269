//! A form body, read once.

use super::client_auth::Call;
use crate::App;
use crate::error::{Refusal, Row, row};
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
                let (env, headers) = (app.env(), HeaderMap::new());
                let what = "POST";
                let call = Call { app, env: &env, what, headers: &headers, client: None, flow: None };
                Err(call.refuse(&Unreadable(status)))
            }
        }
    }
}

/// RFC 9110 15.5.14 or 15.5.1: the body.
#[derive(Debug)]
struct Unreadable(StatusCode);

impl Refusal for Unreadable {
    fn row(&self) -> Row {
        row(self.0, "invalid_request", "the body cannot be read, or is too large")
    }
    fn check(&self) -> &'static str {
        "body"
    }
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
