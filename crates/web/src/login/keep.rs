//! An account that is on its way out: whoever signs in to it is asked whether to keep it, and nothing else.

use super::go::{go_on, moment};
use super::screen::Screen;
use super::visit::{Handled, Visit};
use crate::respond::see_other;
use crate::view::pages::{KeepAccount, actions};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use countersign_core::login::Flow;
use countersign_core::oauth::metadata;
use countersign_core::session::Departing;
use countersign_store::account::leaving::Keep;
use std::sync::Arc;

/// The question.
pub async fn ask(mut visit: Visit, flow: Flow, leaving: &Departing) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::Dispatch).await? {
        return Ok(answer);
    }
    let page = KeepAccount {
        form: visit.form("/login/keep", &flow).await?,
        email: leaving.email().map(|it| it.address.clone()).unwrap_or_default(),
        until: moment(leaving.until(), visit.req.env.now),
    };
    Ok(visit.page(&page, Some(&flow), StatusCode::OK))
}

/// `POST /login/keep`.
pub async fn answer(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let (fields, flow) = visit.posted(&body).await?;
    let Some(cookie) = visit.cookie.filter(|_| visit.leaving.is_some()) else {
        return go_on(visit, flow).await;
    };
    if fields.action() != actions::CONTINUE {
        // Left as it is: this browser forgets who was here, and the time runs on.
        visit.forget_session();
        return Ok(see_other(&visit.app.site.path(metadata::path::LOGOUT), visit.take_cookies()));
    }
    let unit = Keep { env: visit.req.env.clone(), cookie, asker: visit.asker.clone() };
    if !visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))? {
        visit.forget_session();
    }
    visit.look_up().await?;
    go_on(visit, flow).await
}
