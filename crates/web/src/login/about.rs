//! What the sign-up page asks, of somebody whose account a provider made: prefilled with what the provider told.

use super::go::{self, asked_fields, go_on};
use super::screen::Screen;
use super::sign_up::{asked, problems, typed_claims};
use super::visit::{Handled, Visit};
use crate::view::pages::AboutYou;
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::State;
use countersign_core::account::profile::{ProfileRefused, shown};
use countersign_core::login::Flow;
use countersign_store::login::account::UpdateProfile;
use countersign_store::login::acting::By;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The page. `typed`: what came back, to be mended where it is wrong; else what is known.
pub async fn ask(mut visit: Visit, flow: Flow, typed: Option<BTreeMap<String, String>>) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::About(typed.clone())).await? {
        return Ok(answer);
    }
    let Some(here) = visit.here.clone() else { return go::sign_in(visit, flow, None, vec![]).await };
    let (asked, claims) = (asked(&visit, &flow), &here.user().claims);
    let wrong = typed.as_ref().and_then(|typed| asked.judge_over(claims, typed, visit.req.env.now).err());
    let known = || asked.fields().map(|(it, _)| (it.as_str().to_owned(), shown(claims, it))).collect();
    let page = AboutYou {
        form: visit.form("/login/about", &flow).await?,
        asked: asked_fields(&asked, &typed.unwrap_or_else(known)),
        problems: wrong.map(problems).unwrap_or_default(),
    };
    let status = go::status_of(&page.problems);
    Ok(visit.page(&page, Some(&flow), status))
}

/// `POST /login/about`: of whoever is new in this flow, and of nobody else.
pub async fn answer(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let (fields, mut flow) = visit.posted(&body).await?;
    let here = visit.here.clone().filter(|it| flow.newcomer == Some(it.user().id));
    let (Some(here), Some(cookie)) = (here, visit.cookie) else { return go_on(visit, flow).await };
    let asked = asked(&visit, &flow);
    let typed = typed_claims(&asked, |name| fields.text(name));
    if asked.judge_over(&here.user().claims, &typed, visit.req.env.now).is_err() {
        return ask(visit, flow, Some(typed)).await;
    }
    let (env, edit) = (visit.req.env.clone(), asked.edit(&typed));
    let unit = UpdateProfile { env, by: By::Cookie(cookie), edit };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    match decided.result {
        // Once: whoever takes it out of the account again is not asked in this flow.
        Ok(()) => flow.newcomer = None,
        Err(ProfileRefused::Fields(_)) => return ask(visit, flow, Some(typed)).await,
        Err(ProfileRefused::SignedOut) => visit.forget_session(),
    }
    visit.look_again().await?;
    go_on(visit, flow).await
}
