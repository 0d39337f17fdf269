//! All that is known of a person as one download.

use super::{done, enter, form, notice, posted};
use crate::login::go::{person, status_of};
use crate::login::keep;
use crate::login::provider::{sign_in_first, sign_in_instead};
use crate::login::visit::{Handled, Visit};
use crate::respond::see_other;
use crate::view::pages::{AccountData, AccountProblem, Notice, Problem, actions};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_core::account::identity::may_change;
use countersign_core::account::leaving::LeaveRefused;
use countersign_core::account::page::PageRefused;
use countersign_core::login::flow::AccountPath;
use countersign_core::session::SignedIn;
use countersign_store::account::export;
use countersign_store::account::leaving::Leave;
use countersign_store::login::acting::By;
use serde_json::Value;
use std::sync::Arc;

/// `GET /account/data`.
pub(super) async fn page(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    let (visit, here) = enter(app, req, AccountPath::Data).await?;
    show(visit, &here, notice(query.as_deref()), vec![])
}

/// `POST /account/data`.
pub(super) async fn post(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let (visit, here, fields) = posted(app, req, &body, AccountPath::Data).await?;
    match fields.action() {
        actions::AGAIN => sign_in_first(visit, AccountPath::Data).await,
        actions::LEAVE => leave(visit, &here, fields.text("sure").to_owned()).await,
        _ => done(visit, Ok(()), AccountPath::Data, ""),
    }
}

async fn leave(mut visit: Visit, here: &SignedIn, sure: String) -> Handled {
    let Some(cookie) = visit.cookie else {
        return done(visit, Err(PageRefused::SignedOut), AccountPath::Data, "");
    };
    let (env, asker) = (visit.req.env.clone(), visit.asker.clone());
    let unit = Leave { env, by: By::Cookie(cookie), sure, asker };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    match decided.result {
        Ok(until) => {
            visit.forget_session();
            let email = here.email().map(|it| it.address.clone()).unwrap_or_default();
            keep::left(visit, email, Some(until)).await
        }
        Err(LeaveRefused::SignedOut) => done(visit, Err(PageRefused::SignedOut), AccountPath::Data, ""),
        Err(LeaveRefused::NotFresh) => sign_in_instead(visit, AccountPath::Data).await,
        Err(LeaveRefused::NotSure) => {
            show(visit, here, None, vec![Problem::OfAccount(AccountProblem::NotSure)])
        }
    }
}

/// `GET /account/export`: a link gives nothing away; the button is on the page.
pub(super) async fn export_page(State(app): State<Arc<App>>, req: Req) -> Handled {
    let (mut visit, _) = enter(app, req, AccountPath::Data).await?;
    Ok(see_other(&visit.app.site.path(AccountPath::Data.as_str()), visit.take_cookies()))
}

/// `POST /account/export`.
pub(super) async fn export(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let (visit, _, _) = posted(app, req, &body, AccountPath::Data).await?;
    let Some(cookie) = visit.cookie else {
        return done(visit, Err(PageRefused::SignedOut), AccountPath::Data, "");
    };
    let decided = export::own(&visit.app.db, &visit.req.env, By::Cookie(cookie)).await;
    let decided = decided.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    match decided.result {
        Ok(all) => Ok(download(&all)),
        Err(PageRefused::NotFresh) => sign_in_instead(visit, AccountPath::Data).await,
        Err(other) => done(visit, Err(other), AccountPath::Data, ""),
    }
}

/// As a file, which no cache keeps.
pub(crate) fn download(all: &Value) -> Response {
    let text = serde_json::to_string_pretty(all).unwrap_or_default();
    let mut response = (StatusCode::OK, text).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"account.json\""),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

pub(super) fn show(
    mut visit: Visit,
    here: &SignedIn,
    notice: Option<Notice>,
    problems: Vec<Problem>,
) -> Handled {
    let page = AccountData {
        form: form(&visit, here, AccountPath::Data),
        person: person(here),
        fresh: may_change(&visit.ctx(), here),
        days: u32::try_from(visit.req.env.policy.lifetimes.deletion_grace.as_secs().div_ceil(86_400))
            .unwrap_or(u32::MAX),
        notice,
        problems,
    };
    let status = status_of(&page.problems);
    Ok(visit.page(&page, None, status))
}
