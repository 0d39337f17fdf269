//! `/authorize`: RFC 6749 3.1, OpenID Connect Core 3.1.2, RFC 9126 4.

use crate::form::FormBody;
use crate::respond::{plain, see_other};
use crate::router::page_error;
use crate::view::pages::{ErrorKind, ErrorPage};
use crate::{App, Req};
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use countersign_core::oauth::authorize::named_client;
use countersign_core::oauth::metadata::path;
use countersign_core::oauth::{
    AuthorizationRequest, AuthorizeRefused, BadParams, PageRefusal, Params, authorize, par,
};
use countersign_core::secret::{base64url, from_base64url, kind};
use countersign_core::write::NewSecret;
use countersign_core::{Ctx, Id, Party, Plain, Timestamp, TraceStep, id, limits};
use countersign_store::login::mailed::Keep;
use countersign_store::oauth::par::FindPushed;
use countersign_store::{BoxFuture, DbError, secrets, unit};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where a checked request goes on: the sign-in.
pub type Begin = fn(Arc<App>, Req, AuthorizationRequest) -> BoxFuture<'static, Response>;

/// `GET` and `POST`; everything else, HEAD too, is 405: a HEAD must not finish a flow.
pub fn routes(begin: Begin) -> Router<Arc<App>> {
    let ask = move |State(app): State<Arc<App>>, req: Req, RawQuery(query): RawQuery| async move {
        let query = query.unwrap_or_default();
        match checked(&app, &req, query.as_bytes()).await {
            Ok(request) => begin(app, req, request).await,
            Err(stopped) => stopped.answer(&app, req, query.as_bytes()),
        }
    };
    Router::new().route(path::AUTHORIZE, get(ask).post(post).head(not_by_head))
}

/// OpenID Connect Core 3.1.2.1: cross-site POST. No cookie is read; the browser comes back by GET with all it needs.
async fn post(
    State(app): State<Arc<App>>,
    req: Req,
    RawQuery(query): RawQuery,
    FormBody(body): FormBody,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(bad) => {
            return plain(
                bad.status(),
                "The request is a form: application/x-www-form-urlencoded, at most 64 KiB.",
            );
        }
    };
    // One list: what stands in the address and in the body stands there twice.
    let all = match query.as_deref().filter(|it| !it.is_empty()) {
        Some(query) => [query.as_bytes(), b"&", &body].concat(),
        None => body.to_vec(),
    };
    match checked(&app, &req, &all).await {
        Ok(request) => match keep(&app, &req, request).await {
            Ok(posted) => {
                see_other(&app.site.path(&format!("{}?{POSTED}={posted}", path::AUTHORIZE)), Vec::new())
            }
            Err(stopped) => stopped.answer(&app, req, &all),
        },
        Err(stopped) => stopped.answer(&app, req, &all),
    }
}

/// An address that acts is not asked by HEAD.
pub(super) async fn not_by_head() -> Response {
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
    response
}

/// Lines of every flow: who asked for what.
pub fn arrival(flow: Id<id::Flow>, at: Timestamp, request: &AuthorizationRequest) -> Vec<TraceStep> {
    let client = request.return_to.client();
    let label = match request.pushed {
        Some(_) => "go to /authorize with the request_uri",
        None => "go to /authorize",
    };
    let asked = TraceStep::new(flow, at, Party::App, Party::Browser, label);
    let arrived = TraceStep::new(flow, at, Party::Browser, Party::Countersign, "GET /authorize");
    vec![asked.client(client), arrived.client(client).detail(request.outline())]
}

/// Why a request goes no further.
enum Stopped {
    Refused(AuthorizeRefused),
    /// It was pushed, and the flow that began with the push ends here.
    Pushed(PageRefusal, Id<id::Flow>),
    Db(DbError),
    /// This source made us keep too many requests; seconds to wait.
    TooMany(u32),
}

impl From<PageRefusal> for Stopped {
    fn from(page: PageRefusal) -> Self {
        Self::Refused(AuthorizeRefused::Page(page))
    }
}
impl From<BadParams> for Stopped {
    fn from(bad: BadParams) -> Self {
        PageRefusal::Parameters(bad).into()
    }
}

impl Stopped {
    /// In the language that the request asks for, though it is none.
    fn answer(self, app: &App, mut req: Req, asked: &[u8]) -> Response {
        req.speak(asked);
        let req = &req;
        match self {
            Self::Refused(refused) => app.refuse_authorize(req, &refused, None),
            Self::Pushed(refused, flow) => {
                app.refuse_authorize(req, &AuthorizeRefused::Page(refused), Some(flow))
            }
            Self::Db(error) => app.database_failed(req, &error),
            Self::TooMany(wait) => {
                let page = ErrorPage::alone(ErrorKind::TooManyTries { wait });
                let mut response = page_error(app, req, StatusCode::TOO_MANY_REQUESTS, page);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
                response
            }
        }
    }
}

/// A request in one of its three forms: posted and sealed, pushed, or spelled out.
async fn checked(app: &App, req: &Req, encoded: &[u8]) -> Result<AuthorizationRequest, Stopped> {
    let ctx = req.env.ctx();
    let params = Params::parse(encoded)?;
    if let Some(posted) = params.one(POSTED) {
        return reopen(app, &ctx, posted).await;
    }
    let entry = named_client(&params).and_then(|id| app.directory.client(&id));
    let client = entry.as_ref().map(|entry| entry.client.as_ref());
    // RFC 9126 4: what stands beside a pushed request does not count.
    if let Some(digest) = params.one("request_uri").and_then(|uri| par::digest(uri, &ctx)) {
        if params.one("client_id").is_none() {
            return Err(PageRefusal::ClientMissing.into());
        }
        let found = app.db.read(FindPushed(digest)).await.map_err(Stopped::Db)?;
        let flow = found.as_ref().and_then(|it| it.flow);
        return par::open(found, client, &ctx).map_err(|refused| match (&refused, flow) {
            // Another client's flow is none of this one's business.
            (PageRefusal::PushedForeign(_), _) | (_, None) => refused.into(),
            (_, Some(flow)) => Stopped::Pushed(refused, flow),
        });
    }
    authorize(&params, client, &|token| app.read_hint(token)).map_err(Stopped::Refused)
}

/// The parameter of ours that carries a posted request to the GET.
const POSTED: &str = "posted";
const PURPOSE: &str = "authorize_post";
/// Longer ones go into a row: proxies cut addresses at 4 or 8 KiB.
const MOST_IN_ADDRESS: usize = 3 * 1024;
/// Marks the handle of a row; no base64url text contains a full stop.
const ROW: &str = "r.";

#[derive(Serialize, Deserialize)]
struct Posted {
    at: Timestamp,
    request: AuthorizationRequest,
}

async fn keep(app: &App, req: &Req, request: AuthorizationRequest) -> Result<String, Stopped> {
    let ctx = req.env.ctx();
    let posted = Posted { at: ctx.now, request };
    let plain = serde_json::to_vec(&posted).map_err(|e| Stopped::Db(DbError::Bug(e.to_string())))?;
    let text = base64url(&ctx.vault.seal(PURPOSE, b"", &plain));
    if text.len() <= MOST_IN_ADDRESS {
        return Ok(text);
    }
    let handle = Plain::<kind::FlowState>::mint(&ctx);
    let row = NewSecret::of(&handle.digest(&ctx), ctx.now, ctx.policy.lifetimes.flow).payload(text);
    let counters = vec![limits::ROWS_KEPT.source(&ctx, req.ip.0)];
    match app.db.run(Keep { row, counters, now: ctx.now }).await.map_err(Stopped::Db)? {
        Ok(()) => {}
        Err(wait) => return Err(Stopped::TooMany(wait)),
    }
    Ok(format!("{ROW}{}", handle.expose()))
}

async fn reopen(app: &App, ctx: &Ctx<'_>, posted: &str) -> Result<AuthorizationRequest, Stopped> {
    let stale = || Stopped::from(PageRefusal::PostedStale);
    let held;
    let text = match posted.strip_prefix(ROW) {
        None => posted,
        Some(handle) => {
            let digest = Plain::<kind::FlowState>::presented(handle).digest(ctx);
            let find = unit(move |tx| Box::pin(async move { secrets::find(tx, &digest).await }));
            let row = app.db.read(find).await.map_err(Stopped::Db)?.ok_or_else(stale)?;
            held = row.payload;
            held.as_str().ok_or_else(stale)?
        }
    };
    let sealed = from_base64url(text).ok_or_else(stale)?;
    let plain = ctx.vault.open(PURPOSE, b"", &sealed).ok_or_else(stale)?;
    let posted: Posted = serde_json::from_slice(&plain).map_err(|_| stale())?;
    if ctx.now >= posted.at + ctx.policy.lifetimes.flow {
        return Err(stale());
    }
    // The client may have changed since.
    let to = &posted.request.return_to;
    let client = app.directory.client(to.client()).ok_or(PageRefusal::ClientUnknown)?;
    if client
        .client
        .redirect_uris
        .iter()
        .any(|uri| countersign_core::oauth::redirect::matches(uri, to.redirect_uri()))
    {
        Ok(posted.request)
    } else {
        Err(PageRefusal::RedirectNotRegistered(client.client.id.clone()).into())
    }
}
