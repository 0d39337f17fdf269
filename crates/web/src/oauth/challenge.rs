//! `/authorize-challenge`: draft-ietf-oauth-first-party-apps. What a page asks in a browser, a trusted app asks here; each
//! step is the one of the pages (`web::login`), and the dispatcher says what comes next.

use super::Form;
use super::authorize::arrival;
use super::client_auth::{ApiFailure, Call, authenticate, named};
use crate::cookies::Cookie;
use crate::login::link::{come_back, digits, problem_of};
use crate::login::visit::{Stop, Visit};
use crate::login::{enter::fresh, go, password, sign_up};
use crate::peer::ClientIp;
use crate::respond::json;
use crate::view::Locale;
use crate::view::pages::Problem;
use crate::{App, Req};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_core::limits;
use countersign_core::login::flow::{SentWhat, Target};
use countersign_core::login::mailed::{LinkRefused, SendRefused};
use countersign_core::login::password::PasswordRefused;
use countersign_core::login::sign_up::Begun;
use countersign_core::login::{Approved, FailReason, Flow, next};
use countersign_core::oauth::challenge::{self, ChallengeRefused, EndUser, Jar, Step, Wanted};
use countersign_core::oauth::metadata::path;
use countersign_core::oauth::{AuthorizeRefused, Client, IssueRefused, Params};
use countersign_core::secret::kind;
use countersign_core::{Party, Plain, TraceStep};
use countersign_store::DbError;
use countersign_store::login::mailed::{Ask, Came, Keep};
use countersign_store::oauth::challenge::TakeAuthSession;
use countersign_store::oauth::codes::IssueCode;
use serde::Serialize;
use std::sync::Arc;

/// `POST /authorize-challenge`: a code, or what is wanted next, as JSON.
pub async fn challenge(State(app): State<Arc<App>>, req: Req, form: Form) -> Response {
    let call = Call {
        app: &app,
        env: &req.env,
        what: "POST /authorize-challenge",
        headers: &form.headers,
        client: None,
        flow: None,
    };
    // 1. The parameters, each once.
    let params = match form.params() {
        Ok(params) => params,
        Err(refusal) => return ApiFailure::Refused(refusal).answer(&call),
    };
    let named = named(&app, &form.headers, &params);
    match answer(&app, &req, &form, &params).await {
        Ok(response) => response,
        Err(failure) => failure.answer(&Call { client: named.as_deref(), ..call }),
    }
}

/// What ends a call early.
enum Failure {
    Api(ApiFailure),
    Request(AuthorizeRefused),
    Refused(ChallengeRefused),
    /// What would have been a page: busy, or too many rows.
    Page(Stop),
}

impl From<ApiFailure> for Failure {
    fn from(it: ApiFailure) -> Self {
        Self::Api(it)
    }
}
impl From<DbError> for Failure {
    fn from(it: DbError) -> Self {
        Self::Api(ApiFailure::Db(it))
    }
}
impl From<ChallengeRefused> for Failure {
    fn from(it: ChallengeRefused) -> Self {
        Self::Refused(it)
    }
}
impl From<AuthorizeRefused> for Failure {
    fn from(it: AuthorizeRefused) -> Self {
        Self::Request(it)
    }
}
impl From<Stop> for Failure {
    fn from(it: Stop) -> Self {
        Self::Page(it)
    }
}

impl Failure {
    fn answer(self, call: &Call<'_>) -> Response {
        match self {
            Self::Api(failure) => failure.answer(call),
            Self::Request(refused) => call.refuse(&refused),
            Self::Refused(refused) => call.refuse(&refused),
            Self::Page(stop) => {
                let page = stop.into_response();
                let (status, error) = match page.status() {
                    StatusCode::TOO_MANY_REQUESTS => (StatusCode::TOO_MANY_REQUESTS, "slow_down"),
                    StatusCode::SERVICE_UNAVAILABLE => {
                        (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
                    }
                    _ => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
                };
                let mut response = json(status, &serde_json::json!({ "error": error }));
                if let Some(wait) = page.headers().get(header::RETRY_AFTER) {
                    response.headers_mut().insert(header::RETRY_AFTER, wait.clone());
                }
                response
            }
        }
    }
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

async fn answer(app: &Arc<App>, req: &Req, form: &Form, params: &Params<'_>) -> Result<Response, Failure> {
    let env = &req.env;
    // 2. The client, as at the token endpoint; the operator trusts it with people's passwords.
    let endpoint = app.site.url(path::AUTHORIZATION_CHALLENGE);
    let client = authenticate(app, env, &form.headers, params, &endpoint).await?;
    let client: Arc<Client> = Arc::new(client.client().clone());
    challenge::allowed(&client)?;
    // 3. Who is behind it, and what they did.
    let person = EndUser::parse(params)?;
    let step = Step::parse(params)?;
    // 4. What the app holds since the last step, once.
    let jar = match params.one("auth_session") {
        None => Jar::default(),
        Some(presented) => {
            let handle = Plain::<kind::AuthSession>::presented(presented);
            let (env, digest) = (env.clone(), handle.digest(&env.ctx()));
            let taken = app.db.run(TakeAuthSession { env, digest, client: client.clone() }).await??;
            Jar::open(&req.env.ctx(), &handle, &taken).ok_or(ChallengeRefused::Session)?
        }
    };
    // 5. The person's device, as a browser would come.
    let mut visit = Visit::begin(app.clone(), of_person(app, req, &person, &jar, params)).await?;
    let waiting = jar.flow(&visit.ctx(), &visit.asker.browser);
    let mut flow = match (waiting, params.one("response_type")) {
        (Some(flow), None) => {
            visit.speak(&flow);
            flow
        }
        (None, None) if params.one("auth_session").is_some() => return Err(ChallengeRefused::Session.into()),
        (_, Some(_) | None) => {
            let request = challenge::begin(params, &client, &|token| app.read_hint(token))?;
            let flow = fresh(&mut visit, Target::App(Box::new(request)));
            if let Some(request) = flow.request() {
                app.trace.record(arrival(flow.id, flow.started, request));
            }
            flow
        }
    };
    // 6. The step; then the dispatcher.
    let mut problems = act(&mut visit, &mut flow, &step, params).await?;
    let wanted = dispatch(&mut visit, &mut flow, &client, &mut problems).await?;
    finish(visit, flow, &client, jar, wanted, problems).await
}

/// The request as the person's own device would have sent it.
fn of_person(app: &App, req: &Req, person: &EndUser, jar: &Jar, params: &Params<'_>) -> Req {
    let mut headers = HeaderMap::new();
    let cookies =
        [(Cookie::Browser, &jar.browser), (Cookie::Session, &jar.session), (Cookie::Known, &jar.known)];
    let cookies = cookies.into_iter().filter_map(|(cookie, value)| Some((cookie, value.as_ref()?)));
    let line: Vec<_> =
        cookies.map(|(cookie, value)| format!("{}={value}", app.cookies.name(cookie))).collect();
    for (name, value) in [
        (header::COOKIE, line.join("; ")),
        (header::USER_AGENT, person.agent.clone()),
        (header::ACCEPT_LANGUAGE, person.languages.clone()),
    ] {
        if let Some(value) = HeaderValue::from_str(&value).ok().filter(|it| !it.is_empty()) {
            headers.insert(name, value);
        }
    }
    Req {
        ip: ClientIp(person.ip),
        method: Method::POST,
        locale: Locale::negotiate(params.one("ui_locales"), Some(&person.languages)),
        headers,
        ..req.clone()
    }
}

/// What the person did, by the methods of the pages. Problems are told; what ends the sign-in is a refusal.
async fn act(
    visit: &mut Visit,
    flow: &mut Flow,
    step: &Step<'_>,
    params: &Params<'_>,
) -> Result<Vec<Problem>, Failure> {
    match step {
        Step::Ask => Ok(vec![]),
        Step::Password(username, typed) => {
            let email = match password::email(username) {
                Ok(email) => email,
                Err(problem) => return Ok(vec![problem]),
            };
            flow.identifier = Some(email.clone());
            if typed.is_empty() {
                return Ok(vec![Problem::PasswordMissing]);
            }
            match password::attempt(visit, flow, email, (*typed).to_owned()).await? {
                Ok(arrival) => {
                    visit.arrive(&arrival, Some(flow)).await?;
                    Ok(vec![])
                }
                Err(PasswordRefused::Wrong) => Ok(vec![Problem::PasswordWrong]),
                Err(PasswordRefused::Throttled(wait)) => Ok(vec![Problem::TooManyTries { wait }]),
                Err(PasswordRefused::Disabled) => Err(ChallengeRefused::Disabled.into()),
            }
        }
        Step::Email(username) => {
            let email = match password::email(username) {
                Ok(email) => email,
                Err(problem) => return Ok(vec![problem]),
            };
            let asked = password::ask_mail(visit, Ask::MagicLink, flow, &email).await?;
            Ok(sent(flow, asked))
        }
        Step::SignUp(username, typed) => {
            let asked = sign_up::asked(visit, flow);
            let claims = sign_up::typed_claims(&asked, |name| params.one(name).unwrap_or_default());
            let wish = match sign_up::wish(visit, flow, username, &claims, typed).await? {
                Ok(wish) => wish,
                Err(unfit) => return Ok([unfit.problems, unfit.claims].concat()),
            };
            flow.identifier = Some(wish.email.clone());
            match sign_up::attempt(visit, flow, &wish).await? {
                Ok(Begun::Sent(begun)) => {
                    *flow = *begun;
                    Ok(vec![])
                }
                Ok(Begun::Made(arrival)) => {
                    visit.arrive(&arrival, Some(flow)).await?;
                    Ok(vec![])
                }
                Err(SendRefused::Throttled(wait)) => Ok(vec![Problem::enough_mails(wait)]),
                Err(SendRefused::SignUpClosed) => Err(ChallengeRefused::RedirectToWeb.into()),
            }
        }
        Step::Resend => {
            let wait = go::resend_wait(visit, flow);
            if wait > 0 {
                return Ok(vec![Problem::ResendTooSoon { wait }]);
            }
            resend(visit, flow).await
        }
        Step::Code(typed) => code(visit, flow, typed).await,
    }
}

fn sent(flow: &mut Flow, asked: Result<Flow, SendRefused>) -> Vec<Problem> {
    match asked {
        Ok(begun) => {
            *flow = begun;
            vec![]
        }
        Err(SendRefused::Throttled(wait)) => vec![Problem::enough_mails(wait)],
        Err(SendRefused::SignUpClosed) => vec![],
    }
}

async fn resend(visit: &Visit, flow: &mut Flow) -> Result<Vec<Problem>, Failure> {
    let Some(what) = flow.sent.as_ref().map(|it| it.what) else { return Ok(vec![]) };
    match (what, flow.wish.clone(), flow.identifier.clone()) {
        (SentWhat::SignUp, Some(wish), _) => match sign_up::attempt(visit, flow, &wish).await? {
            Ok(Begun::Sent(begun)) => {
                *flow = *begun;
                Ok(vec![])
            }
            Ok(Begun::Made(_)) | Err(SendRefused::SignUpClosed) => Ok(vec![]),
            Err(SendRefused::Throttled(wait)) => Ok(vec![Problem::enough_mails(wait)]),
        },
        (SentWhat::Confirm, _, _) => {
            let key = visit.here.as_ref().and_then(|h| h.unproved_email()).map(|e| e.key.clone());
            let Some(key) = key else { return Ok(vec![]) };
            let asked = go::ask_confirm(visit, flow, &key).await?;
            Ok(asked.map(|asked| sent(flow, asked)).unwrap_or_default())
        }
        (_, _, Some(email)) => {
            let asked = password::ask_mail(visit, Ask::MagicLink, flow, &email).await?;
            Ok(sent(flow, asked))
        }
        (_, _, None) => Ok(vec![]),
    }
}

/// Digits of whichever mail this flow sent.
async fn code(visit: &mut Visit, flow: &mut Flow, typed: &str) -> Result<Vec<Problem>, Failure> {
    let Some(sent) = flow.sent.clone() else { return Ok(vec![Problem::CodeExpired]) };
    let env = visit.req.env.clone();
    let ctx = env.ctx();
    let counters = vec![
        limits::CODE_TRIES.whom(&ctx, &sent.handle, None),
        limits::CODE_SOURCE.source(&ctx, visit.req.ip.0),
    ];
    let came = match sent.what {
        SentWhat::SignUp | SentWhat::Confirm => digits::<kind::ConfirmCode>(typed)
            .map(|it| Came::ConfirmDigits(it.digest_with(&ctx, &sent.handle), counters)),
        SentWhat::Link => digits::<kind::MagicCode>(typed)
            .map(|it| Came::MagicDigits(it.digest_with(&ctx, &sent.handle), counters)),
        // No step of this endpoint sends one.
        SentWhat::Reset | SentWhat::Phone => return Ok(vec![Problem::CodeExpired]),
    };
    let Some(came) = came else { return Ok(vec![Problem::CodeMissing]) };
    match come_back(visit, visit.entrance(flow), came).await? {
        Ok((arrival, _)) => {
            visit.arrive(&arrival, Some(flow)).await?;
            Ok(vec![])
        }
        Err(LinkRefused::Disabled) => Err(ChallengeRefused::Disabled.into()),
        Err(refused) => Ok(vec![problem_of(refused).unwrap_or(Problem::CodeExpired)]),
    }
}

/// What comes next is the dispatcher's word; a mail that it wants is sent.
async fn dispatch(
    visit: &mut Visit,
    flow: &mut Flow,
    client: &Client,
    problems: &mut Vec<Problem>,
) -> Result<Wanted, Failure> {
    let at_app = go::at_app(visit, flow, Some(client)).await?;
    let policy = visit.req.env.policy.clone();
    let word = next(flow, visit.here.as_ref(), Some(client), &at_app, &policy, visit.req.env.now);
    if let countersign_core::login::Next::Confirm(email) = &word
        && flow.sent.as_ref().is_none_or(|it| it.what != SentWhat::Confirm)
        && let Some(asked) = go::ask_confirm(visit, flow, &email.key).await?
    {
        problems.extend(sent(flow, asked));
    }
    let wanted = challenge::wanted(word)?;
    // Mail is under way and nobody is signed in: its digits are what is wanted.
    Ok(match wanted {
        Wanted::SignIn if flow.sent.is_some() => Wanted::Code,
        other => other,
    })
}

async fn finish(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;

    #[test]
    fn codes_are_those_of_the_draft() {
        for (refused, status, code) in [
            (ChallengeRefused::Session, 400, "invalid_session"),
            (ChallengeRefused::RedirectToWeb, 403, "redirect_to_web"),
            (ChallengeRefused::NotAllowed, 400, "unauthorized_client"),
        ] {
            let row = refused.row();
            assert_eq!((row.status.as_u16(), row.code), (status, code));
        }
    }
}
