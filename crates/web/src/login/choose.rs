//! Consent, and the choice of account.

use super::go::{fail, go_on};
use super::visit::{Handled, Visit};
use crate::view::pages::{ErrorKind, actions};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use countersign_core::login::consent::ConsentRefused;
use countersign_core::login::flow::Chosen;
use countersign_core::login::{FailReason, Flow};
use countersign_core::{Id, id};
use countersign_store::login::account::AnswerConsent;
use std::sync::Arc;

/// `POST /consent`: "Allow" or "Not now", for exactly what the page showed, by whom it was shown to.
pub async fn consent_page(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let (fields, flow) = visit.posted(&body).await?;
    let allow = match fields.get("do") {
        Some(actions::ALLOW) => true,
        Some(actions::DENY) => false,
        Some(actions::ANOTHER) => return another(visit, flow).await,
        // Enter in a form without a choice decides nothing.
        Some(_) | None => return go_on(visit, flow).await,
    };
    let (Some(cookie), Some(client)) = (visit.cookie, visit.client(&flow)) else {
        return go_on(visit, flow).await;
    };
    let unit = AnswerConsent {
        env: visit.req.env.clone(),
        flow: flow.clone(),
        cookie,
        client: client.clone(),
        allow,
    };
    let Some(decided) = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))? else {
        // Signed out meanwhile: the dispatcher begins again with who.
        visit.forget_session();
        return go_on(visit, flow).await;
    };
    visit.app.trace.record(decided.trace);
    match decided.result {
        Ok(flow) => go_on(visit, flow).await,
        Err(ConsentRefused::Denied) => fail(visit, flow, FailReason::AccessDenied).await,
        // another session than the one that typed the device's code; it is asked for again.
        Err(ConsentRefused::NotAsked) if flow.entered().is_some() => go_on(visit, flow).await,
        Err(ConsentRefused::NotAsked) => {
            Err(visit.refuse(ErrorKind::FormRefused, StatusCode::FORBIDDEN, Some(&flow)))
        }
    }
}

/// `POST /select-account`: the one signed in, one that this browser knows, or another.
pub async fn account_page(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let (fields, mut flow) = visit.posted(&body).await?;
    let chosen: Option<Id<id::User>> = fields.get("account").and_then(|id| id.parse().ok());
    let here = visit.here.as_ref().map(|h| h.user().id);
    flow.chosen = match chosen {
        Some(user) if Some(user) == here => Some(Chosen::This(user)),
        Some(user) => {
            let known = visit.asker.known.accounts().iter().find(|a| a.user == user);
            flow.identifier = known.map(|a| a.identifier.clone());
            Some(Chosen::Another)
        }
        None => match fields.action() {
            actions::ANOTHER => return another(visit, flow).await,
            actions::DENY => return fail(visit, flow, FailReason::AccessDenied).await,
            _ => None,
        },
    };
    go_on(visit, flow).await
}

/// Somebody else wants to sign in, and says who on the first page.
async fn another(visit: Visit, mut flow: Flow) -> Handled {
    flow.identifier = None;
    flow.chosen = Some(Chosen::Another);
    go_on(visit, flow).await
}
