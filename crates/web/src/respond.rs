//! What a handler may answer with: pages, redirects, JSON; each with the headers it must have.

use crate::error::Refusal;
use crate::view::pages::{ErrorKind, ErrorPage};
use crate::view::{Page, RenderCtx};
use crate::{App, Req};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_core::{Id, id, oauth::Client};
use countersign_store::DbError;
use serde::Serialize;

/// A page and what surrounds it.
pub struct Show<'a> {
    /// HTTP status.
    pub status: StatusCode,
    /// The app shown on top.
    pub client: Option<&'a Client>,
    /// The flow's id, for the small print.
    pub flow: Option<Id<id::Flow>>,
    /// Origins or custom schemes, beside our own, where a form on this page may end after redirects.
    pub form_action: Vec<String>,
    /// `Set-Cookie` lines.
    pub cookies: Vec<HeaderValue>,
}

impl Default for Show<'_> {
    fn default() -> Self {
        Self {
            status: StatusCode::OK,
            client: None,
            flow: None,
            form_action: Vec::new(),
            cookies: Vec::new(),
        }
    }
}

impl App {
    /// A page, in the reader's language, under a policy that runs nothing foreign.
    pub fn page<P: Page>(&self, req: &Req, page: &P, show: Show<'_>) -> Response {
        let ctx = req.render_ctx(self, show.client, show.flow);
        self.page_in(&ctx, page, show)
    }

    /// The same with a context of the caller's (a flow's own language).
    pub fn page_in<P: Page>(&self, ctx: &RenderCtx<'_>, page: &P, show: Show<'_>) -> Response {
        let html = match self.view.render(page, ctx) {
            Ok(html) => html,
            Err(error) => {
                tracing::error!(%error, template = P::TEMPLATE, "a page could not be drawn");
                return plain(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side.");
            }
        };
        let mut response = (show.status, html).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        if let Ok(csp) = HeaderValue::from_str(&csp(&ctx.nonce, &show.form_action)) {
            headers.insert(header::CONTENT_SECURITY_POLICY, csp);
        }
        add_cookies(headers, show.cookies);
        response
    }
}

/// DESIGN 7: nothing but our own style, script and images, and forms that end where this page says.
fn csp(nonce: &str, form_action: &[String]) -> String {
    let forms = form_action.iter().filter(|o| clean(o)).map(|o| format!(" {o}")).collect::<String>();
    format!(
        "default-src 'none'; style-src 'self' 'nonce-{nonce}'; script-src 'self' 'nonce-{nonce}'; \
         img-src 'self'; form-action 'self'{forms}; frame-ancestors 'none'; base-uri 'none'"
    )
}

fn clean(source: &str) -> bool {
    !source.is_empty() && source.bytes().all(|b| b.is_ascii_alphanumeric() || b":/.-+[]".contains(&b))
}

/// What `form-action` must list for an address: its origin, or the scheme of a native app.
pub fn origin_of(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    let source = match url.scheme() {
        "http" | "https" => url.origin().ascii_serialization(),
        scheme => format!("{scheme}:"),
    };
    clean(&source).then_some(source)
}

/// 303: the browser goes on with a GET, never repeating the post; no referrer, nothing stored.
pub fn see_other(location: &str, cookies: Vec<HeaderValue>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    match HeaderValue::from_str(location) {
        Ok(value) => headers.insert(header::LOCATION, value),
        Err(_) => return plain(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side."),
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    add_cookies(headers, cookies);
    response
}

/// JSON that nobody may store.
pub fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => json_bytes(status, bytes),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "{\"error\":\"server_error\"}")
        }
    }
}

/// RFC 6749 5.1: `no-store`, and `Pragma` for caches of another age.
pub fn json_bytes(status: StatusCode, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// A public document that changes seldom: anybody's page may read it, caches may keep it for five minutes, and
/// who has it already (RFC 9110 13.1.2) hears so.
pub fn public_json(request: &HeaderMap, bytes: bytes::Bytes, etag: &str) -> Response {
    let known = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok());
    let known = known.flat_map(|v| v.split(',')).map(str::trim);
    // Compared weakly.
    let known = known.map(|tag| tag.strip_prefix("W/").unwrap_or(tag)).any(|tag| tag == "*" || tag == etag);
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Response::new(Body::from(bytes)),
    };
    let headers = response.headers_mut();
    if !known {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, etag);
    }
    crate::oauth::cors::public(response)
}

/// One line of text.
pub fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = (status, text).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl App {
    /// The database did not answer: a page, with `Retry-After` where waiting helps. The cause goes to the log.
    pub fn database_failed(&self, req: &Req, error: &DbError) -> Response {
        let row = error.row();
        tracing::error!(%error, check = error.check(), "the database failed");
        let kind = match error.is_temporary() {
            true => ErrorKind::ServerBusy { wait: 2 },
            false => ErrorKind::SomethingWrong,
        };
        let page = ErrorPage::alone(kind).with_code(error.check());
        let mut response = self.page(req, &page, Show { status: row.status, ..Show::default() });
        if error.is_temporary() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

fn add_cookies(headers: &mut HeaderMap, cookies: Vec<HeaderValue>) {
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_cannot_be_bent_by_a_hostile_address() {
        let csp = csp("n", &["https://b.example".into(), "x; script-src *".into()]);
        assert!(csp.contains("img-src 'self';"));
        assert!(csp.contains("form-action 'self' https://b.example;"));
        assert!(!csp.contains("script-src *"));
    }

    #[test]
    fn native_schemes_and_origins_are_named() {
        assert_eq!(origin_of("com.example.app:/cb").as_deref(), Some("com.example.app:"));
        assert_eq!(origin_of("http://127.0.0.1:4000/cb?x").as_deref(), Some("http://127.0.0.1:4000"));
        assert_eq!(origin_of("nonsense"), None);
    }
}
