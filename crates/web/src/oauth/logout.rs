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
use countersign_core::oauth::logout::{Doubt, Logout, LogoutRequest, Then, Ticket, client_of};
use countersign_core::oauth::metadata::path;
use countersign_core::oauth::{BadParams, Client, PageRefusal, Params};
use countersign_core::secret::kind;
use countersign_core::session::SignedIn;
use countersign_core::{ClientId, Digest, Id, Party, Plain, TraceStep, id};
use countersign_store::login::sessions::FindSession;
use countersign_store::oauth::logout::SignOut;
use countersign_store::{DbError, trace, unit};
use std::sync::Arc;

/// Longer requests are not sent on in an address.
const MOST_IN_ADDRESS: usize = 8 * 1024;

/// `GET` and `POST`; no HEAD, which would end a session unseen.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route(path::LOGOUT, get(ask).post(post).head(not_by_head))
}

/// RP-Initiated Logout 2: the app sends the browser here.
async fn ask(State(app): State<Arc<App>>, mut req: Req, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    req.speak(query.as_bytes());
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
    let person = here.as_ref().map(|(_, it)| it);
    let request = LogoutRequest::new(&params, hint, client);
    let session = person.map(|it| it.session().id).or_else(|| request.hinted_session());
    let trace = match SignOutTrace::of_session(&app, &req, session, client, person).await {
        Ok(trace) => trace,
        Err(error) => return app.database_failed(&req, &error),
    };
    trace.asked(request.doubt(person));
    match (request.decide(person), here) {
        (Logout::End(session, then), Some((cookie, _))) => end(&trace, client, cookie, session, then).await,
        (Logout::Confirm(session, then), Some((_, here))) => confirm(&trace, client, &here, session, then),
        (Logout::Over(then), _) | (Logout::End(_, then) | Logout::Confirm(_, then), None) => {
            over(&trace, client, then)
        }
    }
}

/// Either the confirmation page's answer, or an app that posts: that one comes back by GET, with the cookie.
async fn post(
    State(app): State<Arc<App>>,
    mut req: Req,
    RawQuery(query): RawQuery,
    FormBody(body): FormBody,
) -> Response {
    // The confirmation page's own form keeps its language there.
    req.speak(query.unwrap_or_default().as_bytes());
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
        Ok(None) => over(&SignOutTrace::alone(app, req, None), None, Then::SignedOut),
        Ok(Some((cookie, here))) => {
            let session = here.session().id;
            let trace = match SignOutTrace::of_session(app, req, Some(session), None, Some(&here)).await {
                Ok(trace) => trace,
                Err(error) => return app.database_failed(req, &error),
            };
            trace.line(Party::Browser, Party::Countersign, "sign out, on the account page", "");
            if ours(app, req, Holder::Session(session), params.one("csrf")) {
                end(&trace, None, cookie, session, Then::SignedOut).await
            } else {
                confirm(&trace, None, &here, session, Then::SignedOut)
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
    let Some((cookie, here)) = here else {
        return over(&SignOutTrace::alone(app, req, None), None, Then::SignedOut);
    };
    // the ticket is sealed for this session; a page of another site cannot have one.
    let ticket = match provenance(&req.headers, &app.site) {
        Provenance::SameOrigin | Provenance::Unknown => Ticket::open(ticket, &here, &req.env.ctx()),
        Provenance::Foreign => None,
    };
    let session = Some(here.session().id);
    let trace = match SignOutTrace::of_session(app, req, session, None, Some(&here)).await {
        Ok(trace) => trace,
        Err(error) => return app.database_failed(req, &error),
    };
    let Some(ticket) = ticket else {
        let reason = "the form is not of the page that this session was shown, or another site sent it";
        trace.refused("POST /logout", "logout_form", reason);
        let page = ErrorPage::new(ErrorKind::FormRefused, WayOn::again(path::LOGOUT));
        let show = Show { status: StatusCode::FORBIDDEN, flow: Some(trace.flow), ..Show::default() };
        return app.page(req, &page, show);
    };
    let trace = SignOutTrace { flow: ticket.flow, alone: false, ..trace };
    match wish {
        Some(actions::SIGN_OUT) => {
            trace.line(Party::Browser, Party::Countersign, "yes, sign out", "");
            end(&trace, None, cookie, ticket.session, ticket.then).await
        }
        Some(_) | None => {
            trace.line(Party::Browser, Party::Countersign, "stay signed in", "");
            see_other(&app.site.path("/account"), Vec::new())
        }
    }
}

async fn end(
    trace: &SignOutTrace<'_>,
    client: Option<&Client>,
    cookie: Digest<kind::Session>,
    session: Id<id::Session>,
    then: Then,
) -> Response {
    let (app, req) = (trace.app, trace.req);
    match app.db.run(SignOut { env: req.env.clone(), cookie, session, flow: trace.flow }).await {
        Ok(steps) => {
            app.trace.record(trace.elsewhere(&steps));
            app.trace.record(steps);
            over(trace, client, then)
        }
        Err(error) => app.database_failed(req, &error),
    }
}

/// Signed out: back to the app, or our own page. A cookie that came is dead and goes; one that did not come
/// stays, for a post from another site never brings it and must not end anything.
fn over(trace: &SignOutTrace<'_>, client: Option<&Client>, then: Then) -> Response {
    let (app, req) = (trace.app, trace.req);
    let came = app.cookies.read(&req.headers, Cookie::Session).is_some();
    let cookies = app.cookies.clear(Cookie::Session).filter(|_| came).into_iter().collect();
    match then {
        Then::App(location) => {
            trace.line(Party::Countersign, Party::Browser, "signed out", "back to the app");
            see_other(&location, cookies)
        }
        Then::SignedOut => {
            trace.line(Party::Countersign, Party::Browser, "signed out", "a page of ours");
            let home = client.and_then(|it| it.initiate_login_uri.as_deref().or(it.client_uri.as_deref()));
            let way_on = client.zip(home).map(|(client, home)| WayOn::app(&client.name, home));
            let show = Show { client, cookies, flow: Some(trace.flow), ..Show::default() };
            app.page(req, &SignedOut { way_on }, show)
        }
    }
}

fn confirm(
    trace: &SignOutTrace<'_>,
    client: Option<&Client>,
    here: &SignedIn,
    session: Id<id::Session>,
    then: Then,
) -> Response {
    let form_action = match &then {
        Then::App(location) => origin_of(location).into_iter().collect(),
        Then::SignedOut => Vec::new(),
    };
    trace.line(Party::Countersign, Party::Browser, "page: sign out?", "");
    let flow = trace.flow;
    let ticket = Ticket { session, then, flow }.seal(&trace.req.env.ctx());
    let action = match trace.req.asked {
        true => format!("{}?ui_locales={}", path::LOGOUT, trace.req.locale.tag()),
        false => path::LOGOUT.to_owned(),
    };
    let page = ConfirmSignOut { form: Form::of_flow(&action, &ticket, ""), person: person(here) };
    trace.app.page(trace.req, &page, Show { client, form_action, flow: Some(flow), ..Show::default() })
}

/// Where the lines of a sign-out go: to the flow in which the app got its grant of this session, so that the diagram
/// of a sign-in ends with its end.
struct SignOutTrace<'a> {
    app: &'a App,
    req: &'a Req,
    flow: Id<id::Flow>,
    /// No flow of the session is known: under an id of its own.
    alone: bool,
    client: Option<ClientId>,
    user: Option<Id<id::User>>,
    /// All flows whose grants hang on the session.
    flows: Vec<(ClientId, Id<id::Flow>)>,
}

impl<'a> SignOutTrace<'a> {
    fn alone(app: &'a App, req: &'a Req, here: Option<&SignedIn>) -> Self {
        let flow = Id::new(&req.env.ctx());
        let user = here.map(|it| it.user().id);
        Self { app, req, flow, alone: true, client: None, user, flows: Vec::new() }
    }

    /// The flow of this client in the session, else the newest one.
    async fn of_session(
        app: &'a App,
        req: &'a Req,
        session: Option<Id<id::Session>>,
        client: Option<&Client>,
        here: Option<&SignedIn>,
    ) -> Result<Self, DbError> {
        let client = client.map(|it| it.id.clone());
        let alone = Self { client, ..Self::alone(app, req, here) };
        let Some(session) = session else { return Ok(alone) };
        let find = unit(move |tx| Box::pin(async move { trace::flows_of_session(tx, session).await }));
        let flows = app.db.read(find).await?;
        let of_client = flows.iter().find(|(id, _)| Some(id) == alone.client.as_ref());
        match of_client.or(flows.first()) {
            Some(&(_, flow)) => Ok(Self { flow, alone: false, flows, ..alone }),
            None => Ok(alone),
        }
    }

    /// The first lines: the app's wish, with what is wrong with it.
    fn asked(&self, doubt: Option<Doubt>) {
        if self.client.is_some() {
            self.line(Party::App, Party::Browser, "go to /logout", "");
        }
        match doubt {
            None => self.line(Party::Browser, Party::Countersign, "GET /logout", ""),
            Some(doubt) => self.refused("GET /logout", doubt.check(), &doubt.to_string()),
        }
    }

    fn line(&self, from: Party, to: Party, label: &str, detail: &str) {
        self.record(self.step(from, to, label).detail(detail));
    }

    fn refused(&self, label: &str, check: &'static str, reason: &str) {
        tracing::info!(check, cause = reason, flow = %self.flow, "refused");
        self.record(self.step(Party::Browser, Party::Countersign, label).refused(check, reason));
    }

    /// The session's end, as the flows of other apps see it.
    fn elsewhere(&self, ended: &[TraceStep]) -> Vec<TraceStep> {
        let others = self.flows.iter().filter(|(_, flow)| *flow != self.flow && !ended.is_empty());
        let step = |(client, flow): &(ClientId, Id<id::Flow>)| {
            let step =
                TraceStep { flow: *flow, ..self.step(Party::Countersign, Party::Store, "session ended") };
            step.client(client).detail(format!("signed out in flow {}", self.flow))
        };
        others.map(step).collect()
    }

    fn step(&self, from: Party, to: Party, label: &str) -> TraceStep {
        let step = TraceStep::new(self.flow, self.req.env.now, from, to, label);
        TraceStep { client: self.client.as_ref().map(ToString::to_string), user: self.user, ..step }
    }

    fn record(&self, step: TraceStep) {
        match self.alone {
            true => self.app.trace.alone(step),
            false => self.app.trace.record(vec![step]),
        }
    }
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
    let (trace, refusal) = (SignOutTrace::alone(app, req, None), PageRefusal::Parameters(bad));
    trace.record(
        trace
            .step(Party::Browser, Party::Countersign, "/logout")
            .refused(refusal.check(), refusal.description()),
    );
    app.refuse_on_page(req, &refusal, trace.flow)
}
