//! An account that is on its way out: whoever signs in to it is asked whether to keep it, and nothing else.

use super::enter::fresh;
use super::go::{go_on, moment};
use super::screen::Screen;
use super::visit::{Handled, Visit};
use crate::view::pages::{KeepAccount, Leaving, WayOn, actions};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use countersign_core::Timestamp;
use countersign_core::login::Flow;
use countersign_core::login::flow::{AccountPath, Target};
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

/// The end for whoever leaves: until when it can be stopped, and how. `None`: it is gone.
pub async fn left(mut visit: Visit, email: String, until: Option<Timestamp>) -> Handled {
    let flow = fresh(&mut visit, Target::Account(AccountPath::Profile));
    let until = until.filter(|it| *it > visit.req.env.now);
    end(visit, flow, email, until).await
}

/// The page itself.
pub async fn end(mut visit: Visit, flow: Flow, email: String, until: Option<Timestamp>) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::Leaving(email.clone(), until)).await? {
        return Ok(answer);
    }
    let page = Leaving {
        email,
        until: until.map(|it| moment(it, visit.req.env.now)),
        way_on: until.map(|_| WayOn::sign_in(AccountPath::Profile.as_str())),
    };
    Ok(visit.page(&page, None, StatusCode::OK))
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
        let leaving = visit.leaving.clone();
        let email = leaving.as_ref().and_then(|it| it.email()).map(|it| it.address.clone());
        let until = leaving.map(|it| it.until());
        visit.forget_session();
        return left(visit, email.unwrap_or_default(), until).await;
    }
    let unit = Keep { env: visit.req.env.clone(), cookie, asker: visit.asker.clone() };
    if !visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))? {
        visit.forget_session();
    }
    visit.look_up().await?;
    go_on(visit, flow).await
}
