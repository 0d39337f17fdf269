//! The answer: a code, or what is wanted next, with a fresh handle.

use super::Failure;
use crate::App;
use crate::cookies::Cookie;
use crate::login::visit::Visit;
use crate::respond::json;
use crate::view::pages::Problem;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use countersign_core::login::flow::SentWhat;
use countersign_core::login::{Approved, FailReason, Flow};
use countersign_core::oauth::challenge::{ChallengeRefused, Jar, Wanted};
use countersign_core::oauth::{Client, IssueRefused};
use countersign_core::{Party, TraceStep, limits};
use countersign_store::login::mailed::Keep;
use countersign_store::oauth::codes::IssueCode;
use serde::Serialize;
use std::sync::Arc;

pub(super) async fn finish(
    mut visit: Visit,
    flow: Flow,
    client: &Arc<Client>,
    jar: Jar,
    wanted: Wanted,
    problems: Vec<Problem>,
) -> Result<Response, Failure> {
    let mut reply = Reply::default();
    let mut waits = Some(&flow);
    match wanted {
        Wanted::Done(approved) => {
            reply.authorization_code = Some(issue(&visit, &flow, client, approved).await?);
            waits = None;
        }
        Wanted::Fail(reason) => {
            failed(&visit, &flow, reason);
            reply.error = Some(reason.code());
            waits = None;
        }
        Wanted::SignIn => {
            reply.error = Some("insufficient_authorization");
            reply.next = vec!["password", "email"];
            reply.next.extend(visit.req.env.policy.sign_up.then_some("sign_up"));
        }
        Wanted::Code => {
            reply.error = Some("insufficient_authorization");
            reply.next = vec!["code", "resend"];
            let by_mail = flow.sent.as_ref().is_some_and(|it| it.what == SentWhat::Link);
            reply.next.extend(by_mail.then_some("password"));
            reply.sent_to = flow.identifier.as_ref().map(|it| it.typed().to_owned());
        }
    }
    let locale = visit.req.locale;
    let told = |problem: &Problem| {
        let (code, text) = visit.app.view.problem(problem, locale);
        Told { code, field: problem.field(), text }
    };
    reply.problems = problems.iter().map(told).collect();
    let wait = problems.iter().find_map(Problem::wait);
    let status = match (reply.error, wait) {
        (None, _) => StatusCode::OK,
        (Some(_), Some(_)) => {
            reply.error = Some("slow_down");
            StatusCode::TOO_MANY_REQUESTS
        }
        (Some("insufficient_authorization"), None) => StatusCode::FORBIDDEN,
        (Some(_), None) => StatusCode::BAD_REQUEST,
    };
    // 7. A fresh handle; the row stands before the app hears of it.
    let set = visit.take_cookies();
    let jar = filled(&visit.app, jar, &set).with_flow(&visit.ctx(), waits);
    let (handle, row) = jar.keep(&visit.ctx(), client);
    let counters = vec![limits::ROWS_KEPT.source(&visit.ctx(), visit.req.ip.0)];
    if let Err(wait) = visit.app.db.run(Keep { row, counters, now: visit.req.env.now }).await? {
        let kind = crate::view::pages::ErrorKind::TooManyTries { wait };
        return Err(visit.refuse(kind, StatusCode::TOO_MANY_REQUESTS, Some(&flow)).into());
    }
    reply.auth_session = handle.expose().to_owned();
    let mut response = json(status, &reply);
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    Ok(response)
}

/// Draft 5.2.1 and 5.2.2, with what is ours: what is wanted, what was wrong, where mail went.
#[derive(Default, Serialize)]
struct Reply {
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    auth_session: String,
    /// The steps that lead on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    next: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Told>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_to: Option<String>,
}

/// A problem, for the app and for the person, in their language.
#[derive(Serialize)]
struct Told {
    code: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    field: &'static str,
    text: String,
}

async fn issue(
    visit: &Visit,
    flow: &Flow,
    client: &Arc<Client>,
    approved: Approved,
) -> Result<String, Failure> {
    let request = flow.request().cloned().ok_or(ChallengeRefused::Session)?;
    let env = visit.req.env.clone();
    let unit = IssueCode { env, request, approved, client: Some(client.clone()), owns_session: true };
    let (given, steps) = visit.app.db.run(unit).await?;
    visit.app.trace.record(steps);
    match given {
        Ok(code) => Ok(code.expose().to_owned()),
        Err(IssueRefused::Finished | IssueRefused::PushedUsed) => Err(ChallengeRefused::Finished.into()),
        Err(IssueRefused::SessionOver | IssueRefused::ClientChanged) => Err(ChallengeRefused::Session.into()),
    }
}

fn failed(visit: &Visit, flow: &Flow, reason: FailReason) {
    let step = TraceStep::new(flow.id, visit.req.env.now, Party::Countersign, Party::App, reason.code());
    visit.app.trace.record(vec![step.refused(reason.code(), reason.code())]);
}

/// The jar with what a browser would have been told to keep.
fn filled(app: &App, mut jar: Jar, set: &[HeaderValue]) -> Jar {
    for line in set.iter().filter_map(|it| it.to_str().ok()) {
        let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) else {
            continue;
        };
        let value = (!value.is_empty()).then(|| value.to_owned());
        if name == app.cookies.name(Cookie::Browser) {
            jar.browser = value;
        } else if name == app.cookies.name(Cookie::Session) {
            jar.session = value;
        } else if name == app.cookies.name(Cookie::Known) {
            jar.known = value;
        }
    }
    jar
}
