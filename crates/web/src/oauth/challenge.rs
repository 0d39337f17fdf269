//! `/authorize-challenge`: draft-ietf-oauth-first-party-apps. What a page asks in a browser, a trusted app asks here; each
//! step is the one of the pages (`web::login`), and the dispatcher says what comes next.

mod act;
mod failure;
mod finish;

use super::Form;
use super::authorize::arrival;
use super::client_auth::{ApiFailure, Call, authenticate, named};
use crate::cookies::Cookie;
use crate::login::enter::fresh;
use crate::login::go;
use crate::login::visit::Visit;
use crate::peer::ClientIp;
use crate::view::Locale;
use crate::view::pages::Problem;
use crate::{App, Req};
use act::{act, sent};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;
use countersign_core::Plain;
use countersign_core::login::flow::{SentWhat, Target};
use countersign_core::login::{Flow, next};
use countersign_core::oauth::challenge::{self, ChallengeRefused, EndUser, Jar, Step, Wanted};
use countersign_core::oauth::metadata::path;
use countersign_core::oauth::{Client, Params};
use countersign_core::secret::kind;
use countersign_store::oauth::challenge::TakeAuthSession;
use failure::Failure;
use finish::finish;
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
