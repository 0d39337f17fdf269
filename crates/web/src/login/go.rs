//! After every step the browser returns here: the dispatcher says what comes next, and this draws it.

use super::about;
use super::device;
use super::keep;
use super::phone;
use super::provider;
use super::screen::{Screen, Why};
use super::visit::{Handled, Stop, Visit, way_on};
use crate::respond::see_other;
use crate::view::Moment;
use crate::view::pages::{
    AccountChoice, AskedField, ConfirmEmail, Consent, ErrorKind, Forgot, ForgotSent, LinkSent, Notice,
    Outsider, Password, Person, Problem, SelectAccount, SignIn, SignUp,
};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use countersign_core::account::EmailAddress;
use countersign_core::account::asked::Asked;
use countersign_core::account::profile::ClaimField;
use countersign_core::login::flow::{Chosen, SentWhat, Target};
use countersign_core::login::mailed::{SEND_AGAIN_AFTER, SendRefused};
use countersign_core::login::{Approved, AtApp, FailReason, Flow, LoginReason, Next, consent, next};
use countersign_core::oauth::{Client, IssueRefused, RequestRefusal, Scope, answer as answers};
use countersign_core::session::SignedIn;
use countersign_core::{Party, Timestamp, TraceStep};
use countersign_store::login::mailed::AskConfirm;
use countersign_store::login::sessions::FindAtApp;
use countersign_store::oauth::codes::IssueCode;
use std::sync::Arc;

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
                let cookies = visit.take_cookies();
                Ok(see_other(&visit.app.site.path(path.as_str()), cookies))
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

/// The first page.
pub async fn sign_in(
    mut visit: Visit,
    flow: Flow,
    notice: Option<Notice>,
    problems: Vec<Problem>,
) -> Handled {
    let typed = flow.identifier.as_ref().map(|e| e.typed().to_owned());
    let hinted = || flow.request().and_then(|r| r.login_hint.clone());
    let known = || visit.asker.known.accounts().first().map(|a| a.identifier.typed().to_owned());
    // "Another account" is not filled in with one of the known ones.
    let guess = flow.chosen != Some(Chosen::Another);
    let guessed = || guess.then(|| hinted().or_else(known)).flatten();
    let identifier = typed.or_else(guessed).unwrap_or_default();
    sign_in_as(&mut visit, &flow, identifier, notice, problems).await
}

/// The first page with what was typed, kept even if it is no address.
pub async fn sign_in_as(
    visit: &mut Visit,
    flow: &Flow,
    identifier: String,
    notice: Option<Notice>,
    problems: Vec<Problem>,
) -> Handled {
    if let Some(answer) =
        visit.turn(flow, &Screen::SignIn(identifier.clone(), Why::new(notice.as_ref(), &problems))).await?
    {
        return Ok(answer);
    }
    let page = SignIn {
        form: visit.form("/login", flow).await?,
        identifier,
        providers: provider::buttons(visit, Some(flow)),
        password: true,
        magic_link: true,
        sign_up: visit.req.env.policy.sign_up,
        notice,
        problems,
    };
    let status = status_of(&page.problems);
    Ok(with_wait(visit.page(&page, Some(flow), status), &page.problems))
}

/// The password page; the same whether or not the address has an account.
pub async fn password(mut visit: Visit, flow: Flow, problems: Vec<Problem>) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::Password(Why::new(None, &problems))).await? {
        return Ok(answer);
    }
    let identifier = flow.identifier.as_ref().map(|e| e.typed().to_owned()).unwrap_or_default();
    let form = visit.form("/login/password", &flow).await?;
    let page = Password { form, identifier, magic_link: true, notice: None, problems };
    let status = status_of(&page.problems);
    Ok(with_wait(visit.page(&page, Some(&flow), status), &page.problems))
}

/// An address, and what else was asked, by the claims' names.
pub type Typed = (String, std::collections::BTreeMap<String, String>);

/// The sign-up page. `judged`: what was typed is to be mended where it is wrong.
pub async fn sign_up(
    mut visit: Visit,
    flow: Flow,
    typed: Typed,
    judged: bool,
    mut problems: Vec<Problem>,
) -> Handled {
    if let Some(answer) = visit
        .turn(&flow, &Screen::SignUp(typed.0.clone(), typed.1.clone(), judged, Why::new(None, &problems)))
        .await?
    {
        return Ok(answer);
    }
    let asked = super::sign_up::asked(&visit, &flow);
    if judged {
        // What is wrong with a claim is seen by what was typed, which travels along.
        problems.extend(super::sign_up::wanting(&asked, &typed.1).err().into_iter().flatten());
    }
    let page = SignUp {
        asked: asked_fields(&asked, &typed.1),
        form: visit.form("/signup", &flow).await?,
        identifier: typed.0,
        min_length: u32::try_from(visit.req.env.policy.password_min).unwrap_or(10),
        notice: None,
        problems,
    };
    let status = status_of(&page.problems);
    Ok(with_wait(visit.page(&page, Some(&flow), status), &page.problems))
}

/// The fields of what is asked, as typed.
pub fn asked_fields(asked: &Asked, typed: &std::collections::BTreeMap<String, String>) -> Vec<AskedField> {
    let value = |claim: &str| typed.get(claim).cloned().unwrap_or_default();
    let field = |(field, demanded): (ClaimField, bool)| AskedField {
        claim: field.as_str(),
        value: value(field.as_str()),
        demanded,
    };
    asked.fields().map(field).collect()
}

/// Digits are wanted: for a sign-up, or for the address of who is signed in.
pub async fn confirm(
    mut visit: Visit,
    flow: Flow,
    notice: Option<Notice>,
    problems: Vec<Problem>,
) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::Confirm(Why::new(notice.as_ref(), &problems))).await? {
        return Ok(answer);
    }
    let page = ConfirmEmail {
        form: visit.form("/confirm", &flow).await?,
        email: sent_to(&visit, &flow),
        resend_wait: resend_wait(&visit, &flow),
        notice,
        problems,
    };
    let status = status_of(&page.problems);
    Ok(with_wait(visit.page(&page, Some(&flow), status), &page.problems))
}

/// A link is in the mail, if there is an account.
pub async fn link_sent(
    mut visit: Visit,
    flow: Flow,
    notice: Option<Notice>,
    problems: Vec<Problem>,
) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::LinkSent(Why::new(notice.as_ref(), &problems))).await? {
        return Ok(answer);
    }
    let page = LinkSent {
        form: visit.form("/login/link", &flow).await?,
        email: sent_to(&visit, &flow),
        minutes: minutes(visit.req.env.policy.lifetimes.magic_link),
        resend_wait: resend_wait(&visit, &flow),
        notice,
        problems,
    };
    let status = status_of(&page.problems);
    Ok(with_wait(visit.page(&page, Some(&flow), status), &page.problems))
}

/// For which address is the new password?
pub async fn forgot(mut visit: Visit, flow: Flow, identifier: String, problems: Vec<Problem>) -> Handled {
    if let Some(answer) =
        visit.turn(&flow, &Screen::Forgot(identifier.clone(), Why::new(None, &problems))).await?
    {
        return Ok(answer);
    }
    let page = Forgot { form: visit.form("/forgot", &flow).await?, identifier, problems };
    let status = status_of(&page.problems);
    Ok(with_wait(visit.page(&page, Some(&flow), status), &page.problems))
}

/// A mail is on its way, if there is an account.
pub async fn forgot_sent(
    mut visit: Visit,
    flow: Flow,
    notice: Option<Notice>,
    problems: Vec<Problem>,
) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::ForgotSent(Why::new(notice.as_ref(), &problems))).await?
    {
        return Ok(answer);
    }
    let page = ForgotSent {
        form: visit.form("/forgot", &flow).await?,
        email: sent_to(&visit, &flow),
        minutes: minutes(visit.req.env.policy.lifetimes.reset_link),
        resend_wait: resend_wait(&visit, &flow),
        notice,
        problems,
    };
    let status = status_of(&page.problems);
    Ok(with_wait(visit.page(&page, Some(&flow), status), &page.problems))
}

async fn ask_consent(mut visit: Visit, flow: Flow, here: &SignedIn, client: &Client) -> Handled {
    if let Some(entered) = flow.entered().cloned() {
        return device::ask(visit, flow, &entered, here, client).await;
    }
    let Some(request) = flow.request() else {
        return Err(visit.refuse(ErrorKind::SomethingWrong, StatusCode::INTERNAL_SERVER_ERROR, Some(&flow)));
    };
    if let Some(answer) = visit.turn(&flow, &Screen::Dispatch).await? {
        return Ok(answer);
    }
    let scope = request.to_allow();
    let resources = [request.resources.as_slice(), &client.resources].concat();
    let asked = consent::begin(&flow, here, &scope);
    let page = Consent {
        form: visit.form("/consent", &asked).await?,
        app_name: client.name_in(visit.req.locale.tag()).to_owned(),
        goes_to: destination(request.return_to.redirect_uri()),
        person: person(here),
        scopes: visit.app.directory.scope_lines(in_order(&scope), &resources, visit.req.locale),
    };
    Ok(visit.page(&page, Some(&flow), StatusCode::OK))
}

/// From who somebody is to what lasts longest; an app's own scopes at the end.
pub fn in_order(scope: &Scope) -> Vec<&str> {
    const ORDER: [&str; 6] = ["openid", "profile", "email", "phone", "address", "offline_access"];
    let mut all: Vec<&str> = scope.iter().collect();
    all.sort_by_key(|s| ORDER.iter().position(|o| o == s).unwrap_or(ORDER.len()));
    all
}

/// The host of the address, with its port, or the scheme of a native app.
fn destination(uri: &str) -> String {
    let Ok(url) = url::Url::parse(uri) else { return uri.to_owned() };
    match (url.scheme(), url.host_str(), url.port()) {
        ("http" | "https", Some(host), Some(port)) => format!("{host}:{port}"),
        ("http" | "https", Some(host), None) => host.to_owned(),
        (scheme, ..) => scheme.to_owned(),
    }
}

async fn select(mut visit: Visit, flow: Flow) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::Dispatch).await? {
        return Ok(answer);
    }
    let now = visit.req.env.now;
    let here = visit.here.as_ref().map(|h| (h.user().id, person(h)));
    let mut accounts: Vec<AccountChoice> = here
        .iter()
        .map(|(id, person)| AccountChoice {
            id: id.to_string(),
            person: person.clone(),
            signed_out_since: None,
        })
        .collect();
    for known in visit.asker.known.accounts() {
        if here.as_ref().is_none_or(|(id, _)| *id != known.user) {
            let email = known.identifier.typed().to_owned();
            accounts.push(AccountChoice {
                id: known.user.to_string(),
                person: Person { name: email.clone(), email },
                signed_out_since: Some(moment(known.at, now)),
            });
        }
    }
    let page = SelectAccount { form: visit.form("/select-account", &flow).await?, accounts };
    Ok(visit.page(&page, Some(&flow), StatusCode::OK))
}

/// The app is not for who is signed in.
async fn outsider(mut visit: Visit, flow: Flow, here: &SignedIn, client: &Client) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::Dispatch).await? {
        return Ok(answer);
    }
    let app_name = client.name_in(visit.req.locale.tag()).to_owned();
    let person = person(here);
    let page = Outsider { form: visit.form("/select-account", &flow).await?, app_name, person };
    Ok(visit.page(&page, Some(&flow), StatusCode::FORBIDDEN))
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

/// Who is signed in, as pages say it.
pub fn person(here: &SignedIn) -> Person {
    let email = here.email().map(|e| e.address.clone()).unwrap_or_default();
    let name = here.user().claims.name.clone().unwrap_or_else(|| email.clone());
    Person { name, email }
}

/// A point in time as pages show it.
pub fn moment(at: Timestamp, now: Timestamp) -> Moment {
    Moment { at: at.seconds(), now: now.seconds() }
}

fn minutes(life: std::time::Duration) -> u32 {
    u32::try_from(life.as_secs() / 60).unwrap_or(u32::MAX)
}

fn sent_to(visit: &Visit, flow: &Flow) -> String {
    let confirming = flow.sent.as_ref().is_some_and(|s| s.what == SentWhat::Confirm);
    let own = || visit.here.as_ref().and_then(|h| h.email()).map(|e| e.address.clone());
    let typed = || flow.identifier.as_ref().map(|e: &EmailAddress| e.typed().to_owned());
    if confirming { own().or_else(typed) } else { typed().or_else(own) }.unwrap_or_default()
}

/// Seconds until another mail may be asked for.
pub fn resend_wait(visit: &Visit, flow: &Flow) -> u32 {
    let ready = flow.sent.as_ref().map(|s| s.at + SEND_AGAIN_AFTER);
    let left = ready.map(|r| r.since(visit.req.env.now).as_millis().div_ceil(1_000)).unwrap_or(0);
    u32::try_from(left).unwrap_or(0)
}

/// Back into the app, or to our own pages, for a page without a step left.
pub fn way(visit: &Visit, flow: Option<&Flow>) -> crate::view::pages::WayOn {
    way_on(flow, flow.and_then(|f| visit.client(f)).as_deref())
}
