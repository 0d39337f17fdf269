//! Where flows begin, and where they go on after a detour.

use super::go::go_on;
use super::screen::Screen;
use super::visit::{Handled, Visit};
use crate::oauth::authorize::arrival;
use crate::posted::Fields;
use crate::{App, Req};
use axum::extract::{RawQuery, State};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use countersign_core::login::Flow;
use countersign_core::login::flow::{AccountPath, Target};
use countersign_core::oauth::AuthorizationRequest;
use std::sync::Arc;

/// A checked request of an app begins its flow in this browser.
pub async fn enter(app: Arc<App>, req: Req, request: AuthorizationRequest) -> Response {
    begin(app, req, Target::App(Box::new(request))).await.into_response()
}

/// One of our own pages wants somebody signed in.
pub async fn enter_account(app: Arc<App>, req: Req, path: AccountPath) -> Handled {
    begin(app, req, Target::Account(path)).await
}

async fn begin(app: Arc<App>, req: Req, target: Target) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let mut flow = fresh(&mut visit, target);
    flow.interrupted = visit.req.method == Method::POST && matches!(flow.target, Target::Account(_));
    if let Some(request) = flow.request() {
        visit.app.trace.record(arrival(flow.id, flow.started, request));
    }
    go_on(visit, flow).await
}

/// A new flow in the browser of this visit.
pub fn fresh(visit: &mut Visit, target: Target) -> Flow {
    let flow = Flow::begin(&visit.ctx(), visit.asker.browser, target);
    visit.speak(&flow);
    flow
}

/// `GET /login`: a flow goes on where it stands (`flow`), or a sign-in begins that leads to the account page.
pub async fn resume(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let mut flow = match fields.as_ref().and_then(|f| f.get("flow")) {
        Some(text) => {
            let text = text.to_owned();
            visit.flow(Some(&text)).await?
        }
        None => fresh(&mut visit, Target::Account(AccountPath::Profile)),
    };
    match Screen::take(&mut flow) {
        Some(screen) => screen.draw(visit, flow).await,
        None => go_on(visit, flow).await,
    }
}
