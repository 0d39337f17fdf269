//! DESIGN 7: pages of a registered client may call /token, /userinfo and /revoke, from its exact origins, and
//! never with credentials of the browser.

use crate::App;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_core::oauth::Client;
use countersign_core::oauth::metadata::path;
use std::collections::HashSet;
use std::sync::Arc;

/// All origins that some client may call from.
#[derive(Debug, Default)]
pub struct Origins {
    exact: HashSet<String>,
}

impl FromIterator<String> for Origins {
    fn from_iter<I: IntoIterator<Item = String>>(all: I) -> Self {
        let all = all.into_iter();
        let exact = all.map(|one| loopback(&one).map_or_else(|| one.clone(), str::to_owned)).collect();
        Self { exact }
    }
}

impl Origins {
    fn has(&self, origin: &str) -> bool {
        self.exact.contains(origin) || loopback(origin).is_some_and(|host| self.exact.contains(host))
    }
}

/// RFC 8252 7.3: on a loopback address the port is whatever was free. Answers such an origin without its port.
fn loopback(origin: &str) -> Option<&str> {
    ["http://127.0.0.1", "http://[::1]"].into_iter().find(|host| match origin.strip_prefix(host) {
        Some("") => true,
        Some(rest) => rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()),
        None => false,
    })
}

/// May pages of this origin read what this client is answered?
fn allowed(client: &Client, origin: &str) -> bool {
    let same =
        |one: &String| one == origin || loopback(one).is_some_and(|host| loopback(origin) == Some(host));
    client.allowed_origins.iter().any(same)
}

/// Lets the page that asked read the answer, if it is this client's.
pub fn expose(mut response: Response, headers: &HeaderMap, client: Option<&Client>) -> Response {
    let Some(origin) = headers.get(header::ORIGIN) else { return response };
    response.extensions_mut().insert(Weighed);
    let own = response.headers_mut();
    own.append(header::VARY, HeaderValue::from_static("Origin"));
    if origin.to_str().is_ok_and(|origin| client.is_some_and(|client| allowed(client, origin))) {
        readable(own, origin);
    }
    response
}

fn readable(own: &mut HeaderMap, origin: &HeaderValue) {
    own.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    own.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("WWW-Authenticate, Retry-After"),
    );
    own.insert(&CORP, HeaderValue::from_static("cross-origin"));
}

/// Marks an answer of which [`expose`] has decided who reads it.
#[derive(Clone)]
struct Weighed;

/// Who reads the answers of a route, beside programs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    Clients,
    Anybody,
}

fn readers(app: &App, request: &Request) -> Option<Readers> {
    let matched = request.extensions().get::<MatchedPath>()?.as_str();
    let base = app.site.base();
    let path = matched.strip_prefix(base).or_else(|| matched.strip_suffix(base)).unwrap_or(matched);
    match path {
        path::TOKEN | path::USERINFO | path::REVOKE => Some(Readers::Clients),
        path::OPENID_CONFIGURATION | path::OAUTH_SERVER | path::JWKS => Some(Readers::Anybody),
        path if path == "/api/v1/me" || path.starts_with("/api/v1/me/") => Some(Readers::Clients),
        _ => None,
    }
}

/// A question before the request itself. Over a limit it is still answered: the page hears "too many" from the
/// request that follows, which it could not read if this one failed.
pub fn is_preflight(app: &App, request: &Request) -> bool {
    request.method() == Method::OPTIONS && readers(app, request) == Some(Readers::Clients)
}

/// Refusals that come before a client is known (a limit, the size or type of a body, a method, a fault of ours)
/// tell nothing of anybody: pages of every client may read them, as they may the preflight. Without that, an app in
/// a browser sees a network error and never its `Retry-After`.
pub async fn early(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let readers = readers(&app, &request);
    let asked = (request.method() != Method::OPTIONS).then(|| request.headers().get(header::ORIGIN).cloned());
    let origin = asked.flatten();
    let mut response = next.run(request).await;
    let refused = response.status().is_client_error() || response.status().is_server_error();
    if !refused || response.extensions().get::<Weighed>().is_some() {
        return response;
    }
    match (readers, origin) {
        (Some(Readers::Anybody), _) => public(response),
        (Some(Readers::Clients), Some(origin)) => {
            let own = response.headers_mut();
            own.append(header::VARY, HeaderValue::from_static("Origin"));
            if origin.to_str().is_ok_and(|origin| app.directory.snapshot().origins.has(origin)) {
                readable(own, &origin);
            }
            response
        }
        (Some(Readers::Clients), None) | (None, _) => response,
    }
}

/// For documents that are anybody's to read.
pub fn public(mut response: Response) -> Response {
    let own = response.headers_mut();
    own.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    own.insert(&CORP, HeaderValue::from_static("cross-origin"));
    response
}

static CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// A preflight names no client: the origins of all of them are let through, and the answer itself goes to the
/// right one only.
pub async fn preflight(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    allow(&app, &headers, "GET, POST")
}

/// The same for the account API.
pub async fn preflight_account(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    allow(&app, &headers, "GET, POST, PATCH, DELETE")
}

fn allow(app: &App, headers: &HeaderMap, methods: &'static str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let own = response.headers_mut();
    own.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = headers.get(header::ORIGIN) else { return response };
    if origin.to_str().is_ok_and(|origin| app.directory.snapshot().origins.has(origin)) {
        own.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_METHODS, methods),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, DPoP"),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ] {
            own.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_exact_but_for_the_port_on_loopback_addresses() {
        let all: Origins = ["https://app.example", "http://127.0.0.1", "http://[::1]:80"]
            .into_iter()
            .map(str::to_owned)
            .collect();
        for good in ["https://app.example", "http://127.0.0.1", "http://127.0.0.1:4000", "http://[::1]:1"] {
            assert!(all.has(good), "{good}");
        }
        for bad in [
            "https://app.example:444",
            "https://app.example.evil.test",
            "http://app.example",
            "http://127.0.0.1:4000.evil.test",
            "http://127.0.0.1.evil.test",
            "http://127.0.0.1:99999",
            "https://127.0.0.1:4000",
            "http://localhost:4000",
            "null",
            "",
        ] {
            assert!(!all.has(bad), "{bad}");
        }
    }
}
