//! `/logout`: OpenID Connect RP-Initiated Logout 1.0.

use super::authorize::not_by_head;
use crate::cookies::Cookie;
use crate::csrf::{Provenance, provenance};
use crate::form::FormBody;
use crate::posted::{Holder, ours};
use crate::respond::{Show, origin_of, plain, see_other};
use crate::view::pages::{ConfirmSignOut, ErrorKind, ErrorPage, Form, Person, SignedOut, WayOn, actions};
use crate::{App, Req};
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use countersign_core::oauth::logout::{Logout, LogoutRequest, Then, Ticket, client_of};
use countersign_core::oauth::metadata::path;
use countersign_core::oauth::{BadParams, Client, PageRefusal, Params};
use countersign_core::secret::kind;
use countersign_core::session::SignedIn;
use countersign_core::{Digest, Id, Plain, id};
use countersign_store::DbError;
use countersign_store::login::sessions::FindSession;
use countersign_store::oauth::logout::SignOut;
use std::sync::Arc;

/// Longer requests are not sent on in an address.
const MOST_IN_ADDRESS: usize = 8 * 1024;

/// `GET` and `POST`; no HEAD, which would end a session unseen.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route(path::LOGOUT, get(ask).post(post).head(not_by_head))
}

/// RP-Initiated Logout 2: the app sends the browser here.
async fn ask(State(app): State<Arc<App>>, req: Req, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let params = match Params::parse(query.as_bytes()) {
        Ok(params) => params,
        Err(bad) => return unreadable(&app, &req, bad),
    };
    let hint = params.one("id_token_hint").and_then(|token| app.read_hint(token));
    let entry = client_of(&params, hint.as_ref()).and_then(|id| app.directory.client(&id));
    let client = entry.as_ref().map(|entry| &*entry.client);
    let here = match signed_in(&app, &req).await {
        Ok(here) => here,
        Err(error) => return app.database_failed(&req, &error),
    };
    match (LogoutRequest::new(&params, hint, client).decide(here.as_ref().map(|(_, it)| it)), here) {
        (Logout::End(session, then), Some((cookie, _))) => {
            end(&app, &req, client, cookie, session, then).await
        }
        (Logout::Confirm(session, then), Some((_, here))) => {
            confirm(&app, &req, client, &here, session, then)
        }
        (Logout::Over(then), _) | (Logout::End(_, then) | Logout::Confirm(_, then), None) => {
            over(&app, &req, client, then)
        }
    }
}

/// Either the confirmation page's answer, or an app that posts: that one comes back by GET, with the cookie.
async fn post(State(app): State<Arc<App>>, req: Req, FormBody(body): FormBody) -> Response {
    let body = match body {
        Ok(body) if body.len() <= MOST_IN_ADDRESS => body,
        Ok(_) => return plain(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large."),
        Err(bad) => return plain(bad.status(), "The request is a form: application/x-www-form-urlencoded."),
    };
    let params = match Params::parse(&body) {
        Ok(params) => params,
        Err(bad) => return unreadable(&app, &req, bad),
    };
    match params.one("flow") {
        Some(ticket) => confirmed(&app, &req, ticket, params.one("do")).await,
        None if params.one("do") == Some(actions::SIGN_OUT) => from_account(&app, &req, &params).await,
        None => match std::str::from_utf8(&body) {
            Ok(query) if query.bytes().all(|b| b.is_ascii_graphic()) => {
                see_other(&app.site.path(&format!("{}?{query}", path::LOGOUT)), Vec::new())
            }
            Ok(_) | Err(_) => unreadable(&app, &req, BadParams::Utf8),
        },
    }
}

/// The button on the account page: it was pressed on purpose, and its form token says that it is ours.
async fn from_account(app: &App, req: &Req, params: &Params<'_>) -> Response {
    match signed_in(app, req).await {
        Err(error) => app.database_failed(req, &error),
        Ok(None) => over(app, req, None, Then::SignedOut),
        Ok(Some((cookie, here))) => {
            let session = here.session().id;
            if ours(app, req, Holder::Session(session), params.one("csrf")) {
                end(app, req, None, cookie, session, Then::SignedOut).await
            } else {
                confirm(app, req, None, &here, session, Then::SignedOut)
            }
        }
    }
}

async fn confirmed(app: &App, req: &Req, ticket: &str, wish: Option<&str>) -> Response {
    let here = match signed_in(app, req).await {
        Ok(here) => here,
        Err(error) => return app.database_failed(req, &error),
    };
    // Ended in another tab: there is nothing left to do.
    let Some((cookie, here)) = here else { return over(app, req, None, Then::SignedOut) };
    // the ticket is sealed for this session; a page of another site cannot have one.
    let ticket = match provenance(&req.headers, &app.site) {
        Provenance::SameOrigin | Provenance::Unknown => Ticket::open(ticket, &here, &req.env.ctx()),
        Provenance::Foreign => None,
    };
    let Some(ticket) = ticket else {
        let page = ErrorPage::new(ErrorKind::FormRefused, Some(WayOn::again(path::LOGOUT)));
        return app.page(req, &page, Show { status: StatusCode::FORBIDDEN, ..Show::default() });
    };
    match wish {
        Some(actions::SIGN_OUT) => end(app, req, None, cookie, ticket.session, ticket.then).await,
        Some(_) | None => see_other(&app.site.path("/account"), Vec::new()),
    }
}

async fn end(
    app: &App,
    req: &Req,
    client: Option<&Client>,
    cookie: Digest<kind::Session>,
    session: Id<id::Session>,
    then: Then,
) -> Response {
    match app.db.run(SignOut { env: req.env.clone(), cookie, session }).await {
        Ok(_) => over(app, req, client, then),
        Err(error) => app.database_failed(req, &error),
    }
}

/// Signed out: back to the app, or our own page. A cookie that came is dead and goes; one that did not come
/// stays, for a post from another site never brings it and must not end anything.
fn over(app: &App, req: &Req, client: Option<&Client>, then: Then) -> Response {
    let came = app.cookies.read(&req.headers, Cookie::Session).is_some();
    let cookies = app.cookies.clear(Cookie::Session).filter(|_| came).into_iter().collect();
    match then {
        Then::App(location) => see_other(&location, cookies),
        Then::SignedOut => {
            let home = client.and_then(|it| it.initiate_login_uri.as_deref().or(it.client_uri.as_deref()));
            let way_on = client.zip(home).map(|(client, home)| WayOn::app(&client.name, home));
            app.page(req, &SignedOut { way_on }, Show { client, cookies, ..Show::default() })
        }
    }
}

fn confirm(
    app: &App,
    req: &Req,
    client: Option<&Client>,
    here: &SignedIn,
    session: Id<id::Session>,
    then: Then,
) -> Response {
    let form_action = match &then {
        Then::App(location) => origin_of(location).into_iter().collect(),
        Then::SignedOut => Vec::new(),
    };
    let ticket = Ticket { session, then }.seal(&req.env.ctx());
    let page = ConfirmSignOut { form: Form::of_flow(path::LOGOUT, &ticket, ""), person: person(here) };
    app.page(req, &page, Show { client, form_action, ..Show::default() })
}

async fn signed_in(app: &App, req: &Req) -> Result<Option<(Digest<kind::Session>, SignedIn)>, DbError> {
    let ctx = req.env.ctx();
    let Some(cookie) = app.cookies.read(&req.headers, Cookie::Session) else { return Ok(None) };
    let digest = Plain::<kind::Session>::presented(cookie).digest(&ctx);
    let found = app.db.read(FindSession(digest)).await?;
    Ok(found.and_then(|found| found.live(&ctx).ok()).map(|here| (digest, here)))
}

fn person(here: &SignedIn) -> Person {
    let email = here.email().map(|it| it.address.clone()).unwrap_or_default();
    let name = here.user().claims.name.clone().unwrap_or_else(|| email.clone());
    Person { name, email }
}

fn unreadable(app: &App, req: &Req, bad: BadParams) -> Response {
    app.refuse_on_page(req, &PageRefusal::Parameters(bad), Id::new(&req.env.ctx()))
}
