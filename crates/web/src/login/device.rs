//! RFC 8628 3.3: connecting a device. Its code is typed here; who types it signs in, is asked, and goes back to it.

use super::enter::fresh;
use super::go::{self, go_on, moment, person, sign_in, status_of, with_wait};
use super::screen::{Screen, Why};
use super::visit::{Handled, Visit};
use crate::posted::Fields;
use crate::view::pages::{DeviceCode, DeviceConfirm, Done, DoneKind, ErrorKind, Notice, Problem, WayOn};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use countersign_core::login::device::{ConnectRefused, EnterRefused};
use countersign_core::login::flow::{DeviceStep, Entered, Target};
use countersign_core::login::{Approved, Flow, consent};
use countersign_core::oauth::Client;
use countersign_core::oauth::device::UserCode;
use countersign_core::session::SignedIn;
use countersign_core::{ClientId, limits};
use countersign_store::oauth::device::{AllowDevice, DenyDevice, EnterCode};
use std::sync::Arc;

/// Nobody types more than this.
const MOST_TYPED: usize = 64;

/// `GET /device`, and RFC 8628 3.3.1 with `user_code`: fills the field and does nothing else, so that whatever opens
/// links ahead of people takes no code from them.
pub async fn open(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let typed = fields.as_ref().map(|it| it.text("user_code")).unwrap_or_default();
    let typed = UserCode::parse(typed).map(|code| code.shown()).unwrap_or_default();
    let flow = fresh(&mut visit, Target::Device(DeviceStep::Enter));
    code_page(visit, flow, typed, None, vec![]).await
}

/// `POST /device`: the code was typed. From here on it is this browser's, and this session's.
pub async fn typed(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let (fields, flow) = visit.posted(&body).await?;
    match &flow.target {
        Target::Device(DeviceStep::Enter | DeviceStep::Entered(_)) => {}
        Target::App(_) | Target::Account(_) => return go_on(visit, flow).await,
    }
    let typed: String = fields.text("code").trim().chars().take(MOST_TYPED).collect();
    if typed.is_empty() {
        return code_page(visit, flow, typed, None, vec![Problem::UserCodeMissing]).await;
    }
    let mut counters = vec![limits::DEVICE_SOURCE.source(&visit.ctx(), visit.req.ip.0)];
    if let Some(here) = &visit.here {
        counters.push(limits::DEVICE_ACCOUNT.whom(&visit.ctx(), &here.user().id.to_string(), None));
    }
    let unit = EnterCode {
        env: visit.req.env.clone(),
        flow: flow.clone(),
        cookie: visit.cookie,
        code: UserCode::parse(&typed),
        counters,
    };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    let problem = match decided.result {
        // The page that follows is the dispatcher's, by GET, and stands in the trace.
        Ok(entered) => {
            return match visit.turn(&entered, &Screen::Dispatch).await? {
                Some(answer) => Ok(answer),
                None => go_on(visit, entered).await,
            };
        }
        Err(EnterRefused::Throttled(wait)) => Problem::TooManyTries { wait },
        // One text: a stranger does not learn which codes are somebody else's.
        Err(EnterRefused::Unknown | EnterRefused::OtherBrowser) => Problem::UserCodeUnknown,
    };
    code_page(visit, flow, typed, None, vec![problem]).await
}

/// Which code does the device show?
pub async fn code_page(
    mut visit: Visit,
    flow: Flow,
    typed: String,
    notice: Option<Notice>,
    problems: Vec<Problem>,
) -> Handled {
    let screen = Screen::DeviceCode(typed.clone(), Why::new(notice.as_ref(), &problems));
    if let Some(answer) = visit.turn(&flow, &screen).await? {
        return Ok(answer);
    }
    let form = visit.form("/device", &flow).await?;
    let page = DeviceCode { form, typed, person: visit.here.as_ref().map(person), notice, problems };
    let status = status_of(&page.problems);
    let known = flow.entered().is_some();
    Ok(with_wait(visit.page(&page, known.then_some(&flow), status), &page.problems))
}

/// The session that typed the code is not the one here: it has to be typed again, by who is here now.
pub async fn again(visit: Visit, flow: Flow) -> Handled {
    let Some(typed) = flow.entered().map(|it| it.user_code.clone()) else {
        return code_page(visit, flow, String::new(), None, vec![]).await;
    };
    code_page(visit, flow, typed, Some(Notice::CodeOfOther), vec![]).await
}

/// RFC 8628 5.4: which app, from where, with which code, and did you begin this yourself?
pub async fn ask(
    mut visit: Visit,
    flow: Flow,
    entered: &Entered,
    here: &SignedIn,
    client: &Client,
) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::Dispatch).await? {
        return Ok(answer);
    }
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let resources = [entered.resources.as_slice(), &client.resources].concat();
    let asked = consent::begin(&flow, here, &entered.scope);
    let page = DeviceConfirm {
        form: visit.form("/consent", &asked).await?,
        app_name: client.name_in(visit.req.locale.tag()).to_owned(),
        person: person(here),
        code: entered.user_code.clone(),
        asked: moment(entered.asked_at, visit.req.env.now),
        program: some(&entered.whence.agent),
        place: some(&entered.whence.network),
        same_place: entered.whence.network == visit.asker.network,
        scopes: visit.app.directory.scope_lines(go::in_order(&entered.scope), &resources, visit.req.locale),
    };
    Ok(visit.page(&page, Some(&flow), StatusCode::OK))
}

/// The dispatcher let somebody through: the device gets its tokens when it asks next.
pub async fn connect(
    mut visit: Visit,
    flow: Flow,
    client: Option<Arc<Client>>,
    approved: Approved,
) -> Handled {
    let id = client.as_ref().map(|it| it.id.clone());
    let unit = AllowDevice { env: visit.req.env.clone(), flow: flow.clone(), approved, client };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    match decided.result {
        Ok(()) => done(visit, flow, true, id).await,
        Err(ConnectRefused::SessionOver) => {
            visit.forget_session();
            sign_in(visit, flow, None, vec![]).await
        }
        Err(why) => not_connected(visit, flow, why).await,
    }
}

/// "Not now": the device hears it when it asks next.
pub async fn deny(visit: Visit, flow: Flow) -> Handled {
    let unit = DenyDevice { env: visit.req.env.clone(), flow: flow.clone() };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    let id = flow.client().cloned();
    match decided.result {
        Ok(()) => done(visit, flow, false, id).await,
        Err(why) => not_connected(visit, flow, why).await,
    }
}

async fn not_connected(visit: Visit, flow: Flow, why: ConnectRefused) -> Handled {
    let (kind, status) = match why {
        ConnectRefused::NotEntered | ConnectRefused::SessionOver => return again(visit, flow).await,
        ConnectRefused::Expired => (ErrorKind::DeviceExpired, StatusCode::GONE),
        ConnectRefused::Finished => (ErrorKind::AlreadyFinished, StatusCode::BAD_REQUEST),
        ConnectRefused::ClientChanged => (ErrorKind::UnknownApp, StatusCode::BAD_REQUEST),
    };
    Err(visit.refuse(kind, status, Some(&flow)))
}

/// "You can go back to your device."
pub async fn done(mut visit: Visit, flow: Flow, allowed: bool, client: Option<ClientId>) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::DeviceDone(allowed, client)).await? {
        return Ok(answer);
    }
    let kind = if allowed { DoneKind::DeviceAllowed } else { DoneKind::DeviceDenied };
    let page = Done { kind, person: None, way_on: Some(WayOn::account("/account/apps")) };
    Ok(visit.page(&page, Some(&flow), StatusCode::OK))
}
