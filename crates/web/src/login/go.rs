//! After every step the browser returns here: the dispatcher says what comes next, and this draws it.

mod known;
mod pages;

pub use known::{in_order, moment, person};
pub use pages::{
    Typed, asked_fields, confirm, forgot, forgot_sent, link_sent, password, resend_wait, sign_in, sign_in_as,
    sign_up,
};

use super::visit::{Handled, Stop, Visit, way_on};
use super::{about, device, keep, phone, provider};
use crate::respond::see_other;
use crate::view::pages::{ErrorKind, Notice, Problem};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use countersign_core::login::flow::{SentWhat, Target};
use countersign_core::login::mailed::SendRefused;
use countersign_core::login::{Approved, AtApp, FailReason, Flow, LoginReason, Next, next};
use countersign_core::oauth::{Client, IssueRefused, RequestRefusal, answer as answers};
use countersign_core::{Party, TraceStep};
use countersign_store::login::mailed::AskConfirm;
use countersign_store::login::sessions::FindAtApp;
use countersign_store::oauth::codes::IssueCode;
use known::{ask_consent, outsider, select};
use std::sync::Arc;

/// On an account page: what a form asked for was not done.
pub const ONCE_MORE: &str = "once-more";

/// What comes next for this flow.
pub async fn go_on(mut visit: Visit, mut flow: Flow) -> Handled {
    if let Some(leaving) = visit.leaving.clone().filter(|_| !flow.is_silent()) {
        return keep::ask(visit, flow, &leaving).await;
    }
    let client = visit.client(&flow);
    if client.is_none() && flow.client().is_some() {
        return Err(visit.refuse(ErrorKind::UnknownApp, StatusCode::BAD_REQUEST, None));
    }
    let at_app = at_app(&visit, &flow, client.as_deref()).await?;
    let policy = visit.req.env.policy.clone();
    let (here, now) = (visit.here.as_ref(), visit.req.env.now);
    match next(&flow, here, client.as_deref(), &at_app, &policy, now) {
        Next::Login(reason) => {
            trace(&visit, &flow, "sign-in page", reason.told());
            let notice = match reason {
                LoginReason::PromptLogin | LoginReason::MaxAge => Some(Notice::SignInAgain),
                LoginReason::NoSession | LoginReason::OtherHinted | LoginReason::OtherChosen => None,
            };
            let notice = notice.filter(|_| visit.here.is_some());
            sign_in(visit, flow, notice, vec![]).await
        }
        Next::Confirm(email) => {
            if flow.sent.as_ref().is_none_or(|s| s.what != SentWhat::Confirm) {
                match ask_confirm(&visit, &flow, &email.key).await? {
                    Some(Ok(sent)) => flow = sent,
                    Some(Err(SendRefused::Throttled(wait))) => {
                        return confirm(visit, flow, None, vec![Problem::enough_mails(wait)]).await;
                    }
                    Some(Err(SendRefused::SignUpClosed)) | None => {}
                }
            }
            confirm(visit, flow, None, vec![]).await
        }
        Next::ConfirmPhone => {
            trace(&visit, &flow, "phone page", "the app wants a phone that is confirmed");
            if flow.sent.as_ref().is_some_and(|it| it.what == SentWhat::Phone) && flow.phone.is_some() {
                return phone::code(visit, flow, None, vec![]).await;
            }
            phone::ask(visit, flow, String::new(), vec![]).await
        }
        Next::About => {
            trace(
                &visit,
                &flow,
                "about-you page",
                "new here, and the provider did not tell all that is asked",
            );
            about::ask(visit, flow, None).await
        }
        Next::Join => {
            provider::join(&mut visit, &mut flow).await?;
            Box::pin(go_on(visit, flow)).await
        }
        Next::Consent(reason) => {
            trace(&visit, &flow, "consent page", reason.told());
            match (visit.here.clone(), client) {
                (Some(here), Some(client)) => ask_consent(visit, flow, &here, &client).await,
                _ => Err(visit.refuse(
                    ErrorKind::SomethingWrong,
                    StatusCode::INTERNAL_SERVER_ERROR,
                    Some(&flow),
                )),
            }
        }
        Next::SelectAccount => select(visit, flow).await,
        Next::Outsider => {
            trace(&visit, &flow, "no-access page", "not a member of the organization that the app is for");
            match (visit.here.clone(), client) {
                (Some(here), Some(client)) => outsider(visit, flow, &here, &client).await,
                _ => Err(visit.refuse(
                    ErrorKind::SomethingWrong,
                    StatusCode::INTERNAL_SERVER_ERROR,
                    Some(&flow),
                )),
            }
        }
        Next::EnterCode => device::again(visit, flow).await,
        Next::Done(approved) if flow.entered().is_some() => {
            device::connect(visit, flow, client, approved).await
        }
        Next::Done(approved) => finish(visit, flow, client, approved).await,
        Next::Home => match flow.target {
            Target::Account(path) => {
                let (home, cookies) = (visit.app.site.path(path.as_str()), visit.take_cookies());
                Ok(match flow.interrupted {
                    true => see_other(&format!("{home}?done={ONCE_MORE}"), cookies),
                    false => see_other(&home, cookies),
                })
            }
            Target::App(_) | Target::Device(_) => {
                Err(visit.refuse(ErrorKind::SomethingWrong, StatusCode::INTERNAL_SERVER_ERROR, Some(&flow)))
            }
        },
        Next::Fail(reason) => fail(visit, flow, reason).await,
    }
}

/// What is known of the person at this app; nothing is asked for our own apps that are for everybody.
pub async fn at_app(visit: &Visit, flow: &Flow, client: Option<&Client>) -> Result<AtApp, Stop> {
    let (Some(here), Some(client)) = (&visit.here, client) else { return Ok(AtApp::default()) };
    let asked = flow.request().is_some() && !client.first_party;
    let consent = asked.then(|| client.id.clone());
    let organization = client.organization.clone();
    if consent.is_none() && organization.is_none() {
        return Ok(AtApp::default());
    }
    let find = FindAtApp { user: here.user().id, consent, organization };
    visit.app.db.read(find).await.map_err(|e| visit.db_error(&e))
}

/// The app gets its code; a flow that had one finds its end page.
async fn finish(mut visit: Visit, flow: Flow, client: Option<Arc<Client>>, approved: Approved) -> Handled {
    let Some(request) = flow.request().cloned() else {
        return Err(visit.refuse(ErrorKind::SomethingWrong, StatusCode::INTERNAL_SERVER_ERROR, Some(&flow)));
    };
    let env = visit.req.env.clone();
    let unit =
        IssueCode { env, request: request.clone(), approved, client: client.clone(), owns_session: false };
    let (given, steps) = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(steps);
    match given {
        Ok(code) => {
            let answer = answers::success(&request.return_to, &code, visit.app.site.issuer());
            let cookies = visit.take_cookies();
            Ok(visit.app.answer(&visit.req, client.as_deref(), answer, cookies))
        }
        Err(IssueRefused::Finished | IssueRefused::PushedUsed) => {
            Err(visit.refuse(ErrorKind::AlreadyFinished, StatusCode::BAD_REQUEST, Some(&flow)))
        }
        Err(IssueRefused::SessionOver) => {
            visit.forget_session();
            sign_in(visit, flow, None, vec![]).await
        }
        Err(IssueRefused::ClientChanged) => {
            Err(visit.refuse(ErrorKind::UnknownApp, StatusCode::BAD_REQUEST, Some(&flow)))
        }
    }
}

/// The app hears an error.
pub async fn fail(mut visit: Visit, flow: Flow, reason: FailReason) -> Handled {
    if flow.entered().is_some() {
        return device::deny(visit, flow).await;
    }
    let Some(request) = flow.request() else {
        return Err(visit.refuse(ErrorKind::SomethingWrong, StatusCode::INTERNAL_SERVER_ERROR, Some(&flow)));
    };
    let step = TraceStep::new(flow.id, visit.req.env.now, Party::Countersign, Party::Browser, reason.code());
    visit
        .app
        .trace
        .record(vec![step.client(request.return_to.client()).refused(reason.code(), reason.code())]);
    let cookies = visit.take_cookies();
    Ok(visit.app.tell_app(&visit.req, &request.return_to, RequestRefusal::from(reason), cookies))
}

/// A page in the flow's trace; a post only leads to it.
fn trace(visit: &Visit, flow: &Flow, label: &str, detail: &str) {
    if visit.req.method == Method::POST {
        return;
    }
    let now = visit.req.env.now;
    let step = TraceStep::new(flow.id, now, Party::Countersign, Party::Browser, label).detail(detail);
    visit.app.trace.record(vec![match flow.client() {
        Some(client) => step.client(client),
        None => step,
    }]);
}

/// 200, or what a problem deserves.
pub fn status_of(problems: &[Problem]) -> StatusCode {
    match problems {
        [] => StatusCode::OK,
        all if all.iter().any(|it| it.wait().is_some()) => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The page, and how long to wait where that is the problem.
pub fn with_wait(mut response: Response, problems: &[Problem]) -> Response {
    let wait = problems.iter().find_map(Problem::wait);
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    response
}

/// Sends digits to the unproved address of who is signed in.
pub async fn ask_confirm(
    visit: &Visit,
    flow: &Flow,
    key: &str,
) -> Result<Option<Result<Flow, SendRefused>>, Stop> {
    let Some(cookie) = visit.cookie else { return Ok(None) };
    let unit = AskConfirm {
        env: visit.req.env.clone(),
        flow: flow.clone(),
        cookie,
        asker: visit.asker.clone(),
        counters: visit.mail_counters(key),
    };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    Ok(decided.map(|decided| {
        visit.app.trace.record(decided.trace);
        decided.result
    }))
}

/// Back into the app, or to our own pages, for a page without a step left.
pub fn way(visit: &Visit, flow: Option<&Flow>) -> crate::view::pages::WayOn {
    way_on(flow, flow.and_then(|f| visit.client(f)).as_deref())
}
