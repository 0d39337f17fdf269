//! Signing in with a provider: the way there, the way back, and the question whether an account that is there already
//! belongs to the same person.

use super::enter::fresh;
use super::go::{self, sign_in};
use super::password::send_link;
use super::screen::{Screen, Why};
use super::visit::{Handled, Stop, Visit};
use crate::posted::Fields;
use crate::providers::mark;
use crate::respond::see_other;
use crate::view::pages::{self as views, ErrorKind, JoinAccount, Notice, Problem, actions};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use countersign_core::login::Flow;
use countersign_core::login::flow::{AccountPath, Chosen, Target};
use countersign_core::login::provider::{
    AnswerRefused, BeginRefused, Brought, Joining, Provider, ProviderRefused, Resumed, Whose, begin,
    claim_of, come_back, offered,
};
use countersign_core::{Id, Party, TraceStep, id};
use countersign_outbound::upstream::UpstreamFailed;
use countersign_store::login::provider::{ByProvider, ClaimAnswer, Join};
use std::sync::Arc;

/// DESIGN 4: so many questions wait in one browser ..
const MOST_WAITING: usize = 8;
/// .. and their cookies are not longer than this together: proxies refuse long headers.
const MOST_BYTES: usize = 5 * 1024;
/// A handle is 256 bits in base64url.
const HANDLE: usize = 43;

/// `GET /login/provider/{name}`: to the provider.
pub async fn depart(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    req: Req,
) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let Some(text) = fields.as_ref().and_then(|it| it.get("flow")).map(str::to_owned) else {
        // Nobody is sent away by a link from elsewhere.
        return Ok(see_other(&visit.app.site.path("/login"), visit.take_cookies()));
    };
    let flow = visit.flow(Some(&text)).await?;
    let Some(provider) = visit.app.providers.load().find(&name) else {
        let cause = BeginRefused::NotOffered;
        refused(&visit, &flow, cause.check(), &cause.to_string());
        return back(visit, flow, Problem::ProviderOff { name: shown(&name) }).await;
    };
    let endpoints = match visit.app.upstream.endpoints(&provider, visit.req.env.now).await {
        Ok(endpoints) => endpoints,
        Err(failed) => return fail(visit, flow, &provider, &failed).await,
    };
    let callback = callback(&visit.app, &provider.name);
    let client = visit.client(&flow);
    let outcome =
        begin(&visit.ctx(), &flow, &provider, client.as_deref(), &endpoints, &callback, visit.here.as_ref());
    visit.app.trace.record(outcome.trace);
    match outcome.result {
        Ok(departure) => {
            let sealed = visit.seal(&departure.flow).await?;
            visit.wait(&departure.state, &sealed);
            Ok(see_other(&departure.url, visit.take_cookies()))
        }
        Err(BeginRefused::NotOffered) => {
            let name = provider.label.clone();
            back(visit, flow, Problem::ProviderOff { name }).await
        }
        Err(BeginRefused::NotFresh) => sign_in_instead(visit, AccountPath::Linked).await,
        Err(BeginRefused::OtherPerson) => {
            Ok(see_other(&visit.app.site.path(AccountPath::Linked.as_str()), visit.take_cookies()))
        }
        Err(BeginRefused::Silent) => {
            Err(visit.refuse(ErrorKind::BadRequest { app: None }, StatusCode::BAD_REQUEST, Some(&flow)))
        }
    }
}

/// Our address for the answers of a provider: one for each (RFC 9700 4.4).
pub fn callback(app: &App, name: &str) -> String {
    app.site.url(&format!("/login/provider/{name}/callback"))
}

/// `GET /login/provider/{name}/callback`: back from the provider.
pub async fn callback_page(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    req: Req,
) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let Some(fields) = fields else {
        return Err(unknown(&visit, "provider_answer", "not a list of parameters"));
    };
    let state = fields.text("state").to_owned();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let handle = state.len() == HANDLE && state.bytes().all(plain);
    let waiting = handle.then(|| visit.app.cookies.waiting(&visit.req.headers, &state)).flatten();
    let Some(waiting) = waiting.map(str::to_owned) else {
        // another browser's, a planted one, or one that was used.
        return Err(unknown(&visit, "provider_state", "no question with this state waits in this browser"));
    };
    visit.waited(&state);
    let mut flow = visit.flow(Some(&waiting)).await?;
    let link = flow.awaiting.as_ref().and_then(|it| it.link);
    let Some(provider) = visit.app.providers.load().find(&name) else {
        let cause = AnswerRefused::NotOffered;
        refused(&visit, &flow, cause.check(), &cause.to_string());
        return back(visit, flow, Problem::ProviderOff { name: shown(&name) }).await;
    };
    let claim = claim_of(&visit.ctx(), &flow, &state);
    let text = |name: &str| fields.get(name).map(str::to_owned);
    let brought = Brought { code: text("code"), iss: text("iss"), error: text("error") };
    let (client, address) = (visit.client(&flow), callback(&visit.app, &provider.name));
    let call = match come_back(&mut flow, &provider, client.as_deref(), &state, &brought, &address) {
        Ok(call) => call,
        Err(cause) => {
            refused(&visit, &flow, cause.check(), &cause.to_string());
            let name = provider.label.clone();
            let problem = match cause {
                AnswerRefused::Declined => Problem::ProviderDeclined { name },
                AnswerRefused::Error(_) => Problem::ProviderFailed { name },
                AnswerRefused::NotOffered => Problem::ProviderOff { name },
                AnswerRefused::State
                | AnswerRefused::OtherProvider
                | AnswerRefused::Issuer
                | AnswerRefused::NoCode => Problem::ProviderRefused { name },
            };
            return back(visit, flow, problem).await;
        }
    };
    if !visit.app.db.run(ClaimAnswer(claim)).await.map_err(|e| visit.db_error(&e))? {
        return Err(unknown(&visit, "provider_replayed", "an answer under this state came before"));
    }
    let env = visit.req.env.clone();
    let claimed = match visit.app.upstream.person(&env, &provider, &call).await {
        Ok(claimed) => claimed,
        Err(failed) => return fail(visit, flow, &provider, &failed).await,
    };
    let unit = ByProvider {
        env,
        entrance: visit.entrance(&flow),
        flow: flow.clone(),
        provider: provider.clone(),
        link,
        claimed,
    };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    let name = provider.label.clone();
    match decided.result {
        Ok(Resumed::Arrived(arrival)) => {
            visit.arrive(&arrival, Some(&mut flow)).await?;
            on(visit, flow, Screen::Dispatch).await
        }
        Ok(Resumed::Made(arrival)) => {
            flow.newcomer = Some(arrival.proof.user);
            visit.arrive(&arrival, Some(&mut flow)).await?;
            on(visit, flow, Screen::Dispatch).await
        }
        Ok(Resumed::Ask(flow)) => on(visit, *flow, Screen::Join).await,
        Ok(Resumed::Linked) => linked(visit, "done", "linked", &provider.name),
        Err(ProviderRefused::Disabled) => {
            Err(visit.refuse(ErrorKind::AccountDisabled, StatusCode::FORBIDDEN, Some(&flow)))
        }
        Err(ProviderRefused::NoEmail) => back(visit, flow, Problem::ProviderNoEmail { name }).await,
        Err(ProviderRefused::SignUpClosed) => back(visit, flow, Problem::ProviderNoAccount { name }).await,
        Err(ProviderRefused::LinkedElsewhere) => back(visit, flow, Problem::LinkTaken { name }).await,
        Err(ProviderRefused::OtherPerson) => back(visit, flow, Problem::ProviderRefused { name }).await,
    }
}

/// The page that asks whether an account with this address is the same person's.
pub async fn ask(mut visit: Visit, flow: Flow) -> Handled {
    let (Some(joining), Some(email)) = (flow.join.clone(), flow.identifier.clone()) else {
        return sign_in(visit, flow, None, vec![]).await;
    };
    if let Some(answer) = visit.turn(&flow, &Screen::Join).await? {
        return Ok(answer);
    }
    let form = visit.form("/login/join", &flow).await?;
    let another = opens_accounts(&visit, &joining);
    let page = JoinAccount { form, email: email.typed().to_owned(), name: joining.label, another };
    Ok(visit.page(&page, Some(&flow), StatusCode::OK))
}

/// May somebody new come by this provider?
fn opens_accounts(visit: &Visit, joining: &Joining) -> bool {
    let open = visit.req.env.policy.sign_up;
    // The page of sign-up is where the account is made, so that must be open too.
    let provider = visit.app.providers.load().find(&joining.key.provider);
    open && provider.is_some_and(|it| it.sign_up.unwrap_or(open))
}

/// `POST /login/join`: the account that is there is proved by its password or by a link, or left alone; or another
/// one is made, under another address.
pub async fn join_page(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let (fields, mut flow) = visit.posted(&body).await?;
    let (Some(mut joining), Some(email)) = (flow.join.clone(), flow.identifier.clone()) else {
        return go::go_on(visit, flow).await;
    };
    match fields.action() {
        actions::ANOTHER if opens_accounts(&visit, &joining) => {
            joining.whose = Whose::New;
            flow.join = Some(joining);
            flow.identifier = None;
            go::sign_up(visit, flow, Default::default(), false, vec![]).await
        }
        actions::DENY => {
            flow.join = None;
            sign_in(visit, flow, None, vec![]).await
        }
        actions::LINK => send_link(visit, flow, email).await,
        _ => go::password(visit, flow, vec![]).await,
    }
}

/// The account was proved: what waits is linked to it, and the flow goes on.
pub async fn join(visit: &mut Visit, flow: &mut Flow) -> Result<(), Stop> {
    let entrance = visit.entrance(flow);
    let unit = Join { env: visit.req.env.clone(), entrance, flow: flow.clone() };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    if let Err(cause) = decided.result {
        tracing::info!(%cause, "an account was not linked");
    }
    flow.join = None;
    Ok(())
}

/// The buttons of a sign-in page: those of the app, the one used last in this browser first.
pub fn buttons(visit: &Visit, flow: Option<&Flow>) -> Vec<views::Provider> {
    let client = flow.and_then(|it| visit.client(it));
    let last = visit.asker.known.accounts().first().and_then(|it| it.provider.clone());
    let all = visit.app.providers.load();
    let mut buttons: Vec<views::Provider> = all
        .iter()
        .filter(|it| offered(it, client.as_deref()))
        .map(|it| views::Provider {
            id: it.name.clone(),
            kind: mark(it),
            name: it.label.clone(),
            last_used: last.as_deref() == Some(&it.name),
        })
        .collect();
    buttons.sort_by_key(|it| !it.last_used);
    buttons
}

/// The sign-in page, leading back to one of the account pages with a fresh proof.
pub async fn sign_in_first(mut visit: Visit, path: AccountPath) -> Handled {
    let flow = fresh(&mut visit, Target::Account(path));
    prove_again(visit, flow).await
}

/// The same in place of what a form or link of that page asked for.
pub async fn sign_in_instead(mut visit: Visit, path: AccountPath) -> Handled {
    let mut flow = fresh(&mut visit, Target::Account(path));
    flow.interrupted = true;
    prove_again(visit, flow).await
}

async fn prove_again(visit: Visit, mut flow: Flow) -> Handled {
    flow.chosen = Some(Chosen::Another);
    let address = visit.here.as_ref().and_then(|h| h.email()).map(|e| e.address.clone());
    flow.identifier = address.and_then(|a| countersign_core::account::EmailAddress::parse(&a).ok());
    sign_in(visit, flow, Some(Notice::SignInAgain), vec![]).await
}

/// The answer leaves the address bar: the page that follows is drawn by a GET of its own.
async fn on(mut visit: Visit, mut flow: Flow, screen: Screen) -> Handled {
    flow.screen = serde_json::to_value(&screen).ok();
    let sealed = visit.seal(&flow).await?;
    let to = format!("{}?flow={sealed}", visit.app.site.path("/login"));
    Ok(see_other(&to, visit.take_cookies()))
}

/// Back to the first page, or to the account page that asked, with what happened and every other way in.
async fn back(visit: Visit, mut flow: Flow, problem: Problem) -> Handled {
    flow.awaiting = None;
    if flow.linking.is_some() {
        let (word, name) = match &problem {
            Problem::ProviderDeclined { name } => ("declined", name),
            Problem::LinkTaken { name } => ("taken", name),
            Problem::ProviderOff { name } => ("off", name),
            Problem::ProviderRefused { name } => ("refused", name),
            Problem::ProviderFailed { name } => ("failed", name),
            _ => ("refused", &String::new()),
        };
        let all = visit.app.providers.load();
        let found = all.iter().find(|it| it.label == *name).map(|it| it.name.clone()).unwrap_or_default();
        return linked(visit, "problem", word, &found);
    }
    let typed = flow.identifier.as_ref().map(|it| it.typed().to_owned()).unwrap_or_default();
    on(visit, flow, Screen::SignIn(typed, Why::new(None, &[problem]))).await
}

fn linked(mut visit: Visit, kind: &str, word: &str, provider: &str) -> Handled {
    let path = visit.app.site.path(AccountPath::Linked.as_str());
    Ok(see_other(&format!("{path}?{kind}={word}&provider={provider}"), visit.take_cookies()))
}

async fn fail(visit: Visit, flow: Flow, provider: &Arc<Provider>, failed: &UpstreamFailed) -> Handled {
    tracing::info!(provider = %provider.name, error = %failed, check = failed.check(), "a provider's answer signs nobody in");
    refused(&visit, &flow, failed.check(), &failed.to_string());
    let name = provider.label.clone();
    let problem =
        if failed.is_down() { Problem::ProviderFailed { name } } else { Problem::ProviderRefused { name } };
    back(visit, flow, problem).await
}

/// A line in the flow's trace: which check refused, and why.
fn refused(visit: &Visit, flow: &Flow, check: &str, reason: &str) {
    let step = TraceStep::new(
        flow.id,
        visit.req.env.now,
        Party::Provider,
        Party::Countersign,
        "the provider's answer",
    );
    let step = match flow.client() {
        Some(client) => step.client(client),
        None => step,
    };
    visit.app.trace.record(vec![step.refused(check, reason)]);
}

/// An answer that no flow here waits for: its page, and a line of its own under the id on it.
fn unknown(visit: &Visit, check: &str, reason: &str) -> Stop {
    let id = Id::<id::Flow>::new(&visit.ctx());
    let step =
        TraceStep::new(id, visit.req.env.now, Party::Browser, Party::Countersign, "a provider's answer");
    visit.app.trace.alone(step.refused(check, reason));
    visit.refuse_as(ErrorKind::ProviderAnswer, StatusCode::BAD_REQUEST, None, id)
}

/// A name from an address, as far as it can be shown.
fn shown(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(32).collect()
}

/// Keeps a question's flow in a cookie; the oldest ones make room.
impl Visit {
    fn wait(&mut self, handle: &str, sealed: &str) {
        let asked = self.app.cookies.questions(&self.req.headers);
        let new = HANDLE + sealed.len() + 40;
        let (mut count, mut bytes) = (asked.len() + 1, asked.iter().map(|it| it.1).sum::<usize>() + new);
        let mut gone = Vec::new();
        for (old, length) in asked {
            if count <= MOST_WAITING && bytes <= MOST_BYTES {
                break;
            }
            count -= 1;
            bytes -= length;
            gone.extend(self.app.cookies.waited(old));
        }
        let lives = self.req.env.policy.lifetimes.flow;
        gone.extend(self.app.cookies.wait(handle, sealed, lives));
        self.keep_cookies(gone);
    }

    fn waited(&mut self, handle: &str) {
        let gone = self.app.cookies.waited(handle);
        self.keep_cookies(gone);
    }
}
