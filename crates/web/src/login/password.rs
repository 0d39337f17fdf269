//! The first page and the password page.

use super::go::{self, go_on, link_sent, sign_in};
use super::visit::{Handled, Stop, Visit};
use crate::view::pages::{ErrorKind, Problem, actions};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use countersign_core::account::{BadEmail, EmailAddress, PresentedPassword};
use countersign_core::limits;
use countersign_core::login::mailed::SendRefused;
use countersign_core::login::password::{Matched, PasswordRefused};
use countersign_core::login::{Arrival, Candidate, Flow};
use countersign_keys::{HashError, Password, StoredHash, Verdict};
use countersign_store::login::mailed::{Ask, AskMail};
use countersign_store::login::password::{BeforeHash, SignIn, Whose};
use std::sync::Arc;

/// `POST /login`: who are you? No database is asked here: the next page is the same for everybody.
pub async fn first_page(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let (fields, mut flow) = visit.posted(&body).await?;
    let typed = fields.text("identifier");
    if fields.action() == actions::SIGN_UP {
        return go::sign_up(visit, flow, (typed.to_owned(), Default::default()), false, vec![]).await;
    }
    let email = match email(typed) {
        Ok(email) => email,
        Err(problem) => {
            return go::sign_in_as(&mut visit, &flow, typed.to_owned(), None, vec![problem]).await;
        }
    };
    flow.identifier = Some(email.clone());
    match fields.action() {
        actions::LINK => send_link(visit, flow, email).await,
        _ => go::password(visit, flow, vec![]).await,
    }
}

/// `POST /login/password`.
pub async fn password_page(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let (fields, flow) = visit.posted(&body).await?;
    let Some(email) = flow.identifier.clone() else {
        // A later step posted first: back to the first unmet one.
        return go_on(visit, flow).await;
    };
    match fields.action() {
        actions::CHANGE => sign_in(visit, flow, None, vec![]).await,
        actions::LINK => send_link(visit, flow, email).await,
        actions::FORGOT => go::forgot(visit, flow, email.typed().to_owned(), vec![]).await,
        _ => check(visit, flow, email, fields.text("password").to_owned()).await,
    }
}

async fn check(mut visit: Visit, mut flow: Flow, email: EmailAddress, typed: String) -> Handled {
    if typed.is_empty() {
        return go::password(visit, flow, vec![Problem::PasswordMissing]).await;
    }
    match attempt(&visit, &flow, email, typed).await? {
        Ok(arrival) => {
            visit.arrive(&arrival, Some(&mut flow)).await?;
            go_on(visit, flow).await
        }
        Err(PasswordRefused::Wrong) => go::password(visit, flow, vec![Problem::PasswordWrong]).await,
        Err(PasswordRefused::Throttled(wait)) => {
            go::password(visit, flow, vec![Problem::TooManyTries { wait }]).await
        }
        Err(PasswordRefused::Disabled) => {
            Err(visit.refuse(ErrorKind::AccountDisabled, StatusCode::FORBIDDEN, Some(&flow)))
        }
    }
}

/// One try with a password.
pub async fn attempt(
    visit: &Visit,
    flow: &Flow,
    email: EmailAddress,
    typed: String,
) -> Result<Result<Arrival, PasswordRefused>, Stop> {
    visit.app.passwords.room().map_err(|e| visit.hash_error(e, Some(flow)))?;
    let env = visit.req.env.clone();
    let device = visit.asker.known.device_of(&email);
    let counters = {
        let ctx = env.ctx();
        vec![
            limits::PASSWORD_ACCOUNT.whom(&ctx, email.key(), device),
            limits::PASSWORD_SOURCE.source(&ctx, visit.req.ip.0),
        ]
    };
    let whose = Whose::Address(email.clone());
    let before = BeforeHash { env: env.clone(), whose, counters: counters.clone() };
    let (found, counted) = visit.app.db.read(before).await.map_err(|e| visit.db_error(&e))?;
    if let Some(wait) = limits::wait(&counted, env.now) {
        // Unhashed: right and wrong are answered alike.
        visit.even().await;
        return Ok(Err(PasswordRefused::Throttled(wait)));
    }
    let matched = matched(visit, Some(flow), typed, found.as_ref()).await?;
    let entrance = visit.entrance(flow);
    let unit = SignIn { env, entrance, email, matched, counters };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    if decided.result.is_err() {
        visit.even().await;
    }
    Ok(decided.result)
}

/// Asks the hash pool; an address without an account costs the same work.
pub async fn matched(
    visit: &Visit,
    flow: Option<&Flow>,
    typed: String,
    found: Option<&Candidate>,
) -> Result<Option<Matched>, Stop> {
    fits(&visit.app, &visit.req, typed, found).await.map_err(|e| visit.hash_error(e, flow))
}

/// The same for an edge without pages.
pub async fn fits(
    app: &App,
    req: &Req,
    typed: String,
    found: Option<&Candidate>,
) -> Result<Option<Matched>, HashError> {
    let Some(presented) = PresentedPassword::parse(typed) else { return Ok(None) };
    let Ok(password) = Password::new(presented.expose()) else { return Ok(None) };
    let phc = found.and_then(|c| c.phc.clone());
    let stored = phc.as_deref().and_then(|text| {
        StoredHash::parse(text)
            .map_err(|error| tracing::error!(%error, "a stored password hash is unreadable"))
            .ok()
    });
    let pool = &app.passwords;
    let verdict = pool.verify(password.clone(), stored).await?;
    let (Verdict::Match { needs_rehash }, Some(found), Some(phc)) = (verdict, found, phc) else {
        return Ok(None);
    };
    let rehashed = match needs_rehash {
        // Best effort: the next sign-in can do it too.
        true => pool.hash(password, req.env.rng.as_ref()).await.ok(),
        false => None,
    };
    Ok(Some(Matched { user: found.user.id, phc, rehashed }))
}

/// Sends a sign-in link; known and unknown addresses alike.
pub async fn send_link(visit: Visit, flow: Flow, email: EmailAddress) -> Handled {
    match ask_mail(&visit, Ask::MagicLink, &flow, &email).await? {
        Ok(sent) => link_sent(visit, sent, None, vec![]).await,
        Err(SendRefused::Throttled(wait)) => {
            sign_in(visit, flow, None, vec![Problem::enough_mails(wait)]).await
        }
        Err(SendRefused::SignUpClosed) => sign_in(visit, flow, None, vec![]).await,
    }
}

/// Asks for a mail to an address that may or may not be known.
pub async fn ask_mail(
    visit: &Visit,
    ask: Ask,
    flow: &Flow,
    email: &EmailAddress,
) -> Result<Result<Flow, SendRefused>, Stop> {
    let unit = AskMail {
        env: visit.req.env.clone(),
        ask,
        flow: flow.clone(),
        email: email.clone(),
        asker: visit.asker.clone(),
        counters: visit.mail_counters(email.key()),
    };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    visit.even().await;
    Ok(decided.result)
}

/// What was typed as address.
pub fn email(typed: &str) -> Result<EmailAddress, Problem> {
    EmailAddress::parse(typed).map_err(|bad| match bad {
        BadEmail::Missing => Problem::EmailMissing,
        BadEmail::Malformed => Problem::EmailMalformed,
    })
}
