//! All routes, and what surrounds every one of them.

use crate::respond::{Show, plain, see_other};
use crate::view::pages::ErrorPage;
use crate::{App, Req};
use crate::{account, login, oauth};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use countersign_core::login::flow::AccountPath;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;

/// No form or document of ours is larger.
const BODY_LIMIT: usize = 64 * 1024;

/// The whole provider under the issuer's path, with what RFC 8414 puts at the root of the host.
pub fn router(app: Arc<App>) -> Router {
    let inner = routes();
    let base = app.site.base().to_owned();
    let outer = if base.is_empty() { inner } else { Router::new().nest(&base, inner) };
    // The bare issuer, as somebody types it: what is there for people is the account page.
    let bare = if base.is_empty() { &["/"][..] } else { &["", "/"] };
    let outer = bare.iter().fold(outer, |outer, end| outer.route(&format!("{base}{end}"), get(account_page)));
    finish(outer.merge(oauth::root_routes(&base)), app)
}

/// One line for each room. `dev` adds its own routes beside these and calls [`finish`].
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/health/live", get(async || plain(StatusCode::OK, "ok")))
        .route("/health/ready", get(ready))
        .route("/assets/{file}", get(asset))
        .route("/logo/{name}", get(crate::logos::serve))
        .merge(oauth::routes())
        .merge(oauth::authorize::routes(|app, req, request| Box::pin(login::enter(app, req, request))))
        .merge(login::routes())
        .merge(account::routes())
}

/// Body limit, headers for every answer, and an answer for every panic.
pub fn finish(router: Router<Arc<App>>, app: Arc<App>) -> Router {
    router
        .route("/.well-known/change-password", get(change_password))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(app.clone(), crate::limits::hold))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), crate::unread::put_into_form))
        .layer(from_fn_with_state(app.clone(), oauth::cors::early))
        .layer(from_fn_with_state(app.clone(), guard_headers))
        .with_state(app)
}

/// The outermost layer. A-089: on every answer, errors too.
async fn guard_headers(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    app.probes.note(&app, &request);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=()",
        ),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    if app.site.https() {
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(HeaderValue::from_static("max-age=31536000"));
    }
    response
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    // The panic's text may quote what it worked on: the log gets the place (from the panic hook), not the text.
    tracing::error!("a request panicked");
    plain(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side.")
}

async fn account_page(State(app): State<Arc<App>>) -> Response {
    see_other(&app.site.path("/account"), Vec::new())
}

async fn ready(State(app): State<Arc<App>>) -> Response {
    let asked = app.db.ping();
    match tokio::time::timeout(Duration::from_secs(2), asked).await {
        Ok(Ok(())) => plain(StatusCode::OK, "ready"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            plain(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
        Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}

async fn asset(
    State(app): State<Arc<App>>,
    axum::extract::Path(file): axum::extract::Path<String>,
    req: Req,
) -> Response {
    match app.view.asset(&format!("/assets/{file}")) {
        Some(asset) => {
            let mut response = asset.bytes.clone().into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
            headers.insert(
                header::CACHE_CONTROL,
                HeaderValue::from_static("public, max-age=31536000, immutable"),
            );
            headers.insert(
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_static("default-src 'none'; sandbox"),
            );
            response
        }
        None => page_error(&app, &req, StatusCode::NOT_FOUND, ErrorPage::not_found()),
    }
}

/// A Well-Known URL for Changing Passwords (W3C), at the root of the host: password managers lead people there.
async fn change_password(State(app): State<Arc<App>>) -> Response {
    see_other(&app.site.path(AccountPath::Security.as_str()), Vec::new())
}

/// One line; [`crate::unread`] makes a page of it for people.
async fn not_found() -> Response {
    plain(StatusCode::NOT_FOUND, "not found")
}

async fn method_not_allowed() -> Response {
    plain(StatusCode::METHOD_NOT_ALLOWED, "this address is asked with another method")
}

/// An error page without a flow.
pub fn page_error(app: &App, req: &Req, status: StatusCode, page: ErrorPage) -> Response {
    app.page(req, &page, Show { status, ..Show::default() })
}
