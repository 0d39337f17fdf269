//! The account page: profile, password, sessions, apps. Every post needs the form token of the session and acts
//! for the session alone.

pub(crate) mod activity;
pub mod api;
pub(crate) mod data;
mod emails;
mod linked;
mod pages;
mod phones;

use crate::login::enter::enter_account;
use crate::login::password::matched;
use crate::login::provider::sign_in_instead;
use crate::login::sign_up::{hash, new_password, own_words};
use crate::login::visit::{Handled, Stop, Visit};
use crate::posted::{Fields, Holder, token};
use crate::respond::see_other;
use crate::view::pages::{AccountNotice, AccountProblem, ErrorKind, Form, Notice, Problem, actions};
use crate::{App, Req};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::get;
use countersign_core::account::page::PageRefused;
use countersign_core::account::profile::{ClaimField, ProfileEdit, ProfileRefused};
use countersign_core::login::flow::AccountPath;
use countersign_core::oauth::metadata;
use countersign_core::session::SignedIn;
use countersign_core::{ClientId, limits};
use countersign_store::login::account::{Act, ChangePassword, OnAccount, UpdateProfile};
use countersign_store::login::acting::By;
use std::sync::Arc;

/// The routes of this room.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .merge(api::routes())
        .route("/account", get(profile).post(post_profile))
        .route("/account/emails", get(emails::page).post(emails::post))
        .route("/account/phones", get(phones::page).post(phones::post))
        .route("/account/security", get(security).post(post_security))
        .route("/account/linked", get(linked::page).post(linked::post))
        .route("/account/sessions", get(sessions).post(post_sessions))
        .route("/account/apps", get(apps).post(post_apps))
        .route("/account/activity", get(activity::page))
        .route("/account/data", get(data::page).post(data::post))
        .route("/account/export", get(data::export_page).post(data::export))
}

/// Who is signed in, with a proved address if the policy wants one; else the sign-in that leads back here.
async fn enter(app: Arc<App>, req: Req, path: AccountPath) -> Result<(Visit, SignedIn), Stop> {
    let visit = Visit::begin(app.clone(), req.clone()).await?;
    let confirm = visit.req.env.policy.confirm_email;
    match visit.here.clone() {
        Some(here) if !(confirm && here.unproved_email().is_some()) => Ok((visit, here)),
        Some(_) | None => Err(match enter_account(app, req, path).await {
            Ok(response) => response.into(),
            Err(stop) => stop,
        }),
    }
}

/// A form that was posted by this session's own page.
async fn posted(
    app: Arc<App>,
    req: Req,
    body: &[u8],
    path: AccountPath,
) -> Result<(Visit, SignedIn, Fields), Stop> {
    let (visit, here) = enter(app, req, path).await?;
    let Some(fields) = Fields::read(&visit.req, body) else {
        return Err(visit.refuse(ErrorKind::BadRequest { app: None }, StatusCode::BAD_REQUEST, None));
    };
    visit.check_token(&fields, Holder::Session(here.session().id), None)?;
    Ok((visit, here, fields))
}

async fn profile(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    let (visit, here) = enter(app, req, AccountPath::Profile).await?;
    pages::profile(visit, &here, None, notice(query.as_deref()), vec![]).await
}

async fn post_profile(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let (visit, here, fields) = posted(app, req, &body, AccountPath::Profile).await?;
    let Some(cookie) = visit.cookie else {
        return done(visit, Err(PageRefused::SignedOut), AccountPath::Profile, "");
    };
    // The page asks for the members of the address and not for how it is written out.
    let asked = ClaimField::ALL.iter().filter(|it| **it != ClaimField::Formatted);
    let edit = asked.fold(ProfileEdit::default(), |edit, it| edit.with(*it, fields.text(it.as_str())));
    let unit = UpdateProfile { env: visit.req.env.clone(), by: By::Cookie(cookie), edit: edit.clone() };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    match decided.result {
        Ok(()) => done(visit, Ok(()), AccountPath::Profile, "saved"),
        Err(ProfileRefused::SignedOut) => done(visit, Err(PageRefused::SignedOut), AccountPath::Profile, ""),
        Err(ProfileRefused::Fields(wrong)) => {
            let problem = |(field, why)| Problem::OfAccount(AccountProblem::Claim { field, why });
            pages::profile(visit, &here, Some(&edit), None, wrong.into_iter().map(problem).collect()).await
        }
    }
}

async fn security(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    let (visit, here) = enter(app, req, AccountPath::Security).await?;
    pages::security(visit, &here, notice(query.as_deref()), vec![]).await
}

async fn post_security(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let (mut visit, here, fields) = posted(app, req, &body, AccountPath::Security).await?;
    let Some(cookie) = visit.cookie else {
        return done(visit, Err(PageRefused::SignedOut), AccountPath::Security, "");
    };
    let env = visit.req.env.clone();
    let counters = vec![limits::REAUTH_ACCOUNT.whom(&env.ctx(), &here.user().id.to_string(), None)];
    let email = here.email().and_then(|e| countersign_core::account::EmailAddress::parse(&e.address).ok());
    let name = here.user().claims.name.clone();
    let words = own_words(email.as_ref(), name.as_deref(), "");
    let password = match new_password(&visit.app, &visit.req, fields.text("new-password"), &words).await {
        Ok(password) => password,
        Err(problem) => return pages::security(visit, &here, None, vec![problem]).await,
    };
    let found = pages::own_candidate(&visit, &here, &counters).await?;
    if let Some(wait) = limits::wait(&found.1, env.now) {
        return pages::security(visit, &here, None, vec![Problem::TooManyTries { wait }]).await;
    }
    let matched = match &found.0 {
        Some(candidate) if candidate.phc.is_some() => {
            matched(&visit, None, fields.text("current-password").to_owned(), Some(candidate)).await?
        }
        Some(_) | None => None,
    };
    let phc = match matched.is_some() && fields.text("current-password") == fields.text("new-password") {
        true => None,
        false => Some(hash(&visit, None, &password).await?),
    };
    let unit = ChangePassword { env, cookie, matched, phc, asker: visit.asker.clone(), counters };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    match decided.result {
        Ok(arrival) => {
            visit.arrive(&arrival, None).await?;
            done(visit, Ok(()), AccountPath::Security, "password")
        }
        Err(PageRefused::CurrentPasswordWrong) if found.0.is_some_and(|c| c.phc.is_none()) => {
            // No password to show: a sign-in of this moment stands for it.
            sign_in_instead(visit, AccountPath::Security).await
        }
        Err(PageRefused::SamePassword) => {
            let same = Problem::OfAccount(AccountProblem::PasswordSame);
            pages::security(visit, &here, None, vec![same]).await
        }
        Err(PageRefused::CurrentPasswordWrong) => {
            pages::security(visit, &here, None, vec![Problem::CurrentPasswordWrong]).await
        }
        Err(PageRefused::Throttled(wait)) => {
            pages::security(visit, &here, None, vec![Problem::TooManyTries { wait }]).await
        }
        Err(other) => done(visit, Err(other), AccountPath::Security, ""),
    }
}

async fn sessions(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    let (visit, here) = enter(app, req, AccountPath::Sessions).await?;
    pages::sessions(visit, &here, notice(query.as_deref())).await
}

async fn post_sessions(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let (mut visit, here, fields) = posted(app, req, &body, AccountPath::Sessions).await?;
    match fields.action() {
        actions::END => {
            let Ok(id) = fields.text("id").parse() else {
                return done(visit, Err(PageRefused::NotFound), AccountPath::Sessions, "");
            };
            let result = act(&visit, Act::EndSession(id)).await?;
            if result.is_ok() && id == here.session().id {
                visit.forget_session();
            }
            done(visit, result, AccountPath::Sessions, "ended")
        }
        actions::END_OTHERS => {
            let result = act(&visit, Act::EndOthers).await?;
            done(visit, result, AccountPath::Sessions, "others")
        }
        actions::SIGN_OUT_EVERYWHERE => match act(&visit, Act::SignOutEverywhere).await? {
            // The page that says so.
            Ok(()) => {
                visit.forget_session();
                Ok(see_other(&visit.app.site.path(metadata::path::LOGOUT), visit.take_cookies()))
            }
            refused => done(visit, refused, AccountPath::Sessions, ""),
        },
        _ => done(visit, Ok(()), AccountPath::Sessions, ""),
    }
}

async fn apps(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    let (visit, here) = enter(app, req, AccountPath::Apps).await?;
    let removed = Fields::parse(query.unwrap_or_default().as_bytes());
    let removed = removed.as_ref().and_then(|f| ClientId::parse(f.get("removed")?).ok());
    let entry = removed.and_then(|id| visit.app.directory.client(&id));
    let notice = entry
        .map(|entry| Notice::AppRemoved { name: entry.client.name_in(visit.req.locale.tag()).to_owned() });
    pages::apps(visit, &here, notice).await
}

async fn post_apps(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let (mut visit, _, fields) = posted(app, req, &body, AccountPath::Apps).await?;
    let (actions::REMOVE, Ok(client)) = (fields.action(), ClientId::parse(fields.text("id"))) else {
        return done(visit, Err(PageRefused::NotFound), AccountPath::Apps, "");
    };
    match act(&visit, Act::RemoveApp(client.clone())).await? {
        Ok(()) => {
            let query: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("removed", client.as_str())
                .finish();
            let to = format!("{}?{query}", visit.app.site.path(AccountPath::Apps.as_str()));
            Ok(see_other(&to, visit.take_cookies()))
        }
        refused => done(visit, refused, AccountPath::Apps, ""),
    }
}

async fn act(visit: &Visit, act: Act) -> Result<Result<(), PageRefused>, Stop> {
    let Some(cookie) = visit.cookie else { return Ok(Err(PageRefused::SignedOut)) };
    let unit = OnAccount { env: visit.req.env.clone(), by: By::Cookie(cookie), act };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    Ok(decided.result)
}

/// Back to the page with a GET, or the page for why not.
fn done(mut visit: Visit, result: Result<(), PageRefused>, path: AccountPath, news: &str) -> Handled {
    let to = visit.app.site.path(path.as_str());
    match result {
        Ok(()) if news.is_empty() => Ok(see_other(&to, visit.take_cookies())),
        Ok(()) => Ok(see_other(&format!("{to}?done={news}"), visit.take_cookies())),
        Err(PageRefused::SignedOut) => {
            visit.forget_session();
            Ok(see_other(&to, visit.take_cookies()))
        }
        Err(PageRefused::Throttled(wait)) => {
            Err(visit.refuse(ErrorKind::TooManyTries { wait }, StatusCode::TOO_MANY_REQUESTS, None))
        }
        Err(
            PageRefused::NotFound
            | PageRefused::CurrentPasswordWrong
            | PageRefused::NotFresh
            | PageRefused::LastWayIn
            | PageRefused::SamePassword,
        ) => Err(visit.refuse(ErrorKind::NotFound, StatusCode::NOT_FOUND, None)),
    }
}

/// What a redirect after a post says; nothing that a link could make up beyond these words.
fn notice(query: Option<&str>) -> Option<Notice> {
    match Fields::parse(query?.as_bytes())?.get("done")? {
        "saved" => Some(Notice::Saved),
        "password" => Some(Notice::PasswordChanged),
        "ended" => Some(Notice::SessionEnded),
        "others" => Some(Notice::OthersEnded),
        "phone-added" => Some(Notice::PhoneAdded),
        "phone-chosen" => Some(Notice::PhoneChosen),
        "phone-removed" => Some(Notice::PhoneRemoved),
        "confirmed" => Some(Notice::EmailConfirmed),
        word => AccountNotice::parse(word).map(Notice::OfAccount),
    }
}

/// A form of the account pages.
fn form(visit: &Visit, here: &SignedIn, action: AccountPath) -> Form {
    Form::of_account(action.as_str(), &token(&visit.req.env, Holder::Session(here.session().id)))
}
