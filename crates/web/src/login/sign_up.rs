//! Sign-up, and proving an address with digits.

use super::enter::fresh;
use super::go::{self, go_on, resend_wait};
use super::link::{digits, typed};
use super::password::email;
use super::visit::{Handled, Stop, Visit};
use crate::view::pages::{AccountProblem, ErrorKind, Notice, Problem, actions};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use countersign_core::account::asked::{Asked, Wanting, of_new};
use countersign_core::account::profile::{ClaimField, URL_MAX, shown};
use countersign_core::account::{EmailAddress, NewPassword, StandardClaims, WeakPassword};
use countersign_core::login::Flow;
use countersign_core::login::flow::{AccountPath, SentWhat, Target};
use countersign_core::login::mailed::SendRefused;
use countersign_core::login::sign_up::{Begun, Wish};
use countersign_core::secret::kind;
use countersign_core::{Timestamp, limits};
use countersign_keys::{HashError, Password};
use countersign_store::login::mailed::{Came, SignUp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `GET /signup`: without an app, an account of one's own.
pub async fn open(State(app): State<Arc<App>>, req: Req) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let flow = fresh(&mut visit, Target::Account(AccountPath::Profile));
    if !visit.req.env.policy.sign_up {
        return Err(visit.refuse(ErrorKind::SignUpClosed, StatusCode::NOT_FOUND, None));
    }
    if visit.here.is_some() {
        return go_on(visit, flow).await;
    }
    go::sign_up(visit, flow, Default::default(), false, vec![]).await
}

/// `POST /signup`.
pub async fn page(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let (fields, mut flow) = visit.posted(&body).await?;
    if fields.action() == actions::SIGN_IN {
        return go::sign_in(visit, flow, None, vec![]).await;
    }
    let address = fields.text("identifier").to_owned();
    let typed = typed_claims(&asked(&visit, &flow), |name| fields.text(name));
    let wish = match wish(&visit, &flow, &address, &typed, fields.text("new-password")).await? {
        Ok(wish) => wish,
        // The page judges the members of the profile again, each beside its field.
        Err(unfit) => return go::sign_up(visit, flow, (address, typed), true, unfit.problems).await,
    };
    flow.identifier = Some(wish.email.clone());
    begin(visit, flow, wish, None).await
}

/// Longer than anything that is kept, and short enough to travel back with its problem.
const KEPT: usize = URL_MAX + 1;

/// What was typed as members of the profile, of those that are asked for.
pub fn typed_claims<'f>(asked: &Asked, typed: impl Fn(&str) -> &'f str) -> BTreeMap<String, String> {
    let of = |field: ClaimField| {
        let name = field.as_str();
        (name.to_owned(), typed(name).trim().chars().take(KEPT).collect())
    };
    asked.fields().map(|(field, _)| of(field)).collect()
}

/// What is wrong with a wish.
#[derive(Debug)]
pub struct Unfit {
    /// With address and password.
    pub problems: Vec<Problem>,
    /// With members of the profile.
    pub claims: Vec<Problem>,
}

/// What was typed, or all that is wrong with it.
pub async fn wish(
    visit: &Visit,
    flow: &Flow,
    address: &str,
    typed: &BTreeMap<String, String>,
    password: &str,
) -> Result<Result<Wish, Unfit>, Stop> {
    let mut unfit = Unfit { problems: vec![], claims: vec![] };
    let email = email(address).map_err(|p| unfit.problems.push(p)).ok();
    let claims =
        wanting(&asked(visit, flow), typed, visit.req.env.now).map_err(|wrong| unfit.claims = wrong).ok();
    let app_name = visit.client(flow).map(|c| c.name.clone()).unwrap_or_default();
    let context: Vec<&str> =
        [address, app_name.as_str()].into_iter().chain(typed.values().map(String::as_str)).collect();
    let password = new_password(&visit.app, &visit.req, password, &context).await;
    let password = password.map_err(|p| unfit.problems.push(p)).ok();
    let (Some(email), Some(password), Some(claims)) = (email, password, claims) else {
        return Ok(Err(unfit));
    };
    // Hashed whether or not the address is taken: both take the same time.
    let phc = hash(visit, Some(flow), &password).await?;
    Ok(Ok(Wish { email, claims: Box::new(claims), phc }))
}

/// What the app asks of people who are new, or the installation.
pub fn asked(visit: &Visit, flow: &Flow) -> Asked {
    of_new(visit.client(flow).as_deref(), &visit.req.env.policy).clone()
}

/// What was typed as claims, or what is to be mended.
pub fn wanting(
    asked: &Asked,
    typed: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<StandardClaims, Vec<Problem>> {
    asked.judge(typed, now).map_err(problems)
}

/// Each as its field says it.
pub fn problems(wrong: Vec<(ClaimField, Wanting)>) -> Vec<Problem> {
    let problem = |(field, why)| match why {
        Wanting::Missing => Problem::ClaimMissing { field },
        Wanting::Bad(why) => Problem::OfAccount(AccountProblem::Claim { field, why }),
    };
    wrong.into_iter().map(problem).collect()
}

/// As it was typed, for the page that comes again.
fn typed_again(wish: &Wish) -> go::Typed {
    let text = |field: &ClaimField| (field.as_str().to_owned(), shown(&wish.claims, *field));
    let typed = ClaimField::ALL.iter().map(text).filter(|(_, text)| !text.is_empty());
    (wish.email.typed().to_owned(), typed.collect())
}

/// An account is wished for: begun, the same whether or not the address is taken.
pub async fn attempt(visit: &Visit, flow: &Flow, wish: &Wish) -> Result<Result<Begun, SendRefused>, Stop> {
    let unit = SignUp {
        env: visit.req.env.clone(),
        entrance: visit.entrance(flow),
        flow: flow.clone(),
        counters: visit.mail_counters(wish.email.key()),
        wish: wish.clone(),
    };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    visit.even().await;
    Ok(decided.result)
}

async fn begin(mut visit: Visit, mut flow: Flow, wish: Wish, notice: Option<Notice>) -> Handled {
    match attempt(&visit, &flow, &wish).await? {
        Ok(Begun::Sent(sent)) => go::confirm(visit, *sent, notice, vec![]).await,
        Ok(Begun::Made(arrival)) => {
            visit.arrive(&arrival, Some(&mut flow)).await?;
            go_on(visit, flow).await
        }
        Err(SendRefused::Throttled(wait)) => {
            let kept = typed_again(&wish);
            go::sign_up(visit, flow, kept, false, vec![Problem::enough_mails(wait)]).await
        }
        Err(SendRefused::SignUpClosed) => {
            Err(visit.refuse(ErrorKind::SignUpClosed, StatusCode::NOT_FOUND, Some(&flow)))
        }
    }
}

/// `POST /confirm`: digits, another mail, or another address.
pub async fn confirm_page(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let (fields, mut flow) = visit.posted(&body).await?;
    let Some(sent) = flow.sent.clone().filter(|s| matches!(s.what, SentWhat::SignUp | SentWhat::Confirm))
    else {
        return go_on(visit, flow).await;
    };
    match fields.action() {
        actions::CHANGE => {
            flow.sent = None;
            let typed = flow.wish.take().map(|wish| typed_again(&wish));
            match typed {
                Some(typed) => go::sign_up(visit, flow, typed, false, vec![]).await,
                None => go::sign_in(visit, flow, None, vec![]).await,
            }
        }
        actions::RESEND => {
            let wait = resend_wait(&visit, &flow);
            if wait > 0 {
                return go::confirm(visit, flow, None, vec![Problem::ResendTooSoon { wait }]).await;
            }
            resend(visit, flow, sent.what).await
        }
        _ => {
            let Some(digits) = digits::<kind::ConfirmCode>(fields.text("code")) else {
                return go::confirm(visit, flow, None, vec![Problem::CodeMissing]).await;
            };
            let ctx = visit.req.env.ctx();
            let counters = vec![
                limits::CODE_TRIES.whom(&ctx, &sent.handle, None),
                limits::CODE_SOURCE.source(&ctx, visit.req.ip.0),
            ];
            let came = Came::ConfirmDigits(digits.digest_with(&ctx, &sent.handle), counters);
            typed(visit, flow, came, true).await
        }
    }
}

async fn resend(visit: Visit, flow: Flow, what: SentWhat) -> Handled {
    if let (SentWhat::SignUp, Some(wish)) = (what, flow.wish.clone()) {
        return begin(visit, flow, wish, Some(Notice::SentAgain)).await;
    }
    let key = visit.here.as_ref().and_then(|h| h.unproved_email()).map(|e| e.key.clone());
    let Some(key) = key else { return go_on(visit, flow).await };
    match go::ask_confirm(&visit, &flow, &key).await? {
        Some(Ok(flow)) => go::confirm(visit, flow, Some(Notice::SentAgain), vec![]).await,
        Some(Err(SendRefused::Throttled(wait))) => {
            go::confirm(visit, flow, None, vec![Problem::enough_mails(wait)]).await
        }
        Some(Err(SendRefused::SignUpClosed)) | None => go_on(visit, flow).await,
    }
}

/// A new password against the rules, and against what is known from breaches.
pub async fn new_password(
    app: &App,
    req: &Req,
    typed: &str,
    context: &[&str],
) -> Result<NewPassword, Problem> {
    let password = by_the_rules(req, typed, context)?;
    // A copy of what is known now: it may be replaced while it is asked.
    let breached = app.breached.load_full();
    if breached.knows(&password).await { Err(Problem::PasswordBreached) } else { Ok(password) }
}

fn by_the_rules(req: &Req, typed: &str, context: &[&str]) -> Result<NewPassword, Problem> {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    NewPassword::parse(typed.to_owned(), &req.env.policy, context).map_err(|weak| match weak {
        WeakPassword::Missing => Problem::NewPasswordMissing,
        WeakPassword::TooShort(min) => Problem::PasswordTooShort { min: count(min) },
        WeakPassword::TooLong(max) => Problem::PasswordTooLong { max: count(max) },
        WeakPassword::Common => Problem::PasswordCommon,
        WeakPassword::Guessable => Problem::PasswordGuessable,
        WeakPassword::Row => Problem::PasswordRow,
        WeakPassword::Again => Problem::PasswordAgain,
        WeakPassword::Date => Problem::PasswordDate,
    })
}

/// Hashes a new password on the pool.
pub async fn hash(visit: &Visit, flow: Option<&Flow>, password: &NewPassword) -> Result<String, Stop> {
    hashed(&visit.app, &visit.req, password).await.map_err(|e| visit.hash_error(e, flow))
}

/// The same for an edge without pages.
pub async fn hashed(app: &App, req: &Req, password: &NewPassword) -> Result<String, HashError> {
    // What the rules let through is never too long for the pool.
    let password = Password::new(password.expose()).map_err(|_| HashError::Failed)?;
    app.passwords.hash(password, req.env.rng.as_ref()).await
}

/// The words that a person's new password must not be made of.
pub fn own_words<'a>(email: Option<&'a EmailAddress>, name: Option<&'a str>, app: &'a str) -> Vec<&'a str> {
    [email.map(EmailAddress::typed), name, Some(app)].into_iter().flatten().collect()
}
