//! What the framework refuses before any handler of ours has read the request (a body over the limit or cut off, a
//! path that is no UTF-8, an address or method that nothing answers) comes as a line of text. Here it gets the form that
//! who asks can use: a page for people, the API's JSON for its clients.

use crate::request::wants_html;
use crate::respond::json;
use crate::view::pages::{ErrorKind, ErrorPage};
use crate::{App, Req, router};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::json as object;
use std::sync::Arc;

/// Who would not know what to do with a line of text.
enum Reader {
    Person(Box<Req>),
    ApiClient,
}

/// Surrounds every route.
pub(crate) async fn put_into_form(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let reader = if is_api(&app, parts.uri.path()) {
        Some(Reader::ApiClient)
    } else if wants_html(&parts.headers) {
        let Ok(req) = Req::from_request_parts(&mut parts, &app).await;
        Some(Reader::Person(Box::new(req)))
    } else {
        None
    };
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    if !is_bare(&response) {
        return response;
    }
    let mut formed = match reader {
        None => return response,
        Some(Reader::ApiClient) => {
            let (code, description) = in_words(status);
            json(status, &object!({ "error": code, "error_description": description }))
        }
        Some(Reader::Person(req)) => router::page_error(&app, &req, status, ErrorPage::alone(kind(status))),
    };
    // RFC 9110 15.5.6 wants `Allow` with a 405; whatever else was said beside the text holds too.
    for (name, value) in response.headers() {
        if ![header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name) {
            formed.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
    }
    formed
}

/// A refusal in a line of text: of the framework, or of ours to nobody in particular.
fn is_bare(response: &Response) -> bool {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    (status.is_client_error() || status.is_server_error())
        && kind.is_none_or(|kind| kind.starts_with(b"text/plain"))
}

fn is_api(app: &App, path: &str) -> bool {
    path.strip_prefix(app.site.base()).is_some_and(|rest| rest.starts_with("/api/"))
}

fn in_words(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::NOT_FOUND => ("not_found", "Nothing has this address."),
        StatusCode::METHOD_NOT_ALLOWED => ("invalid_request", "This address is asked with another method."),
        StatusCode::PAYLOAD_TOO_LARGE => ("invalid_request", "The body is too large."),
        StatusCode::TOO_MANY_REQUESTS => {
            ("temporarily_unavailable", "That was asked too often: try again later.")
        }
        StatusCode::SERVICE_UNAVAILABLE => ("temporarily_unavailable", "Not now: try again in a moment."),
        it if it.is_server_error() => ("server_error", "Something went wrong on our side."),
        _ => ("invalid_request", "The request cannot be read."),
    }
}

fn kind(status: StatusCode) -> ErrorKind {
    match status {
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ErrorKind::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorKind::TooLarge,
        it if it.is_server_error() => ErrorKind::SomethingWrong,
        _ => ErrorKind::BadRequest { app: None },
    }
}
