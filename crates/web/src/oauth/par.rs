//! `/par`: RFC 9126 2.

use super::Form;
use super::client_auth::{ApiFailure, Call, authenticate, named};
use crate::respond::json;
use crate::{App, Req};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_core::oauth::{metadata, par};
use countersign_core::{Id, Outcome};
use countersign_store::oauth::par::KeepPushed;
use std::sync::Arc;

/// `POST /par`: 201 with the `request_uri`, or the refusal as JSON.
pub async fn push(State(app): State<Arc<App>>, req: Req, form: Form) -> Response {
    let call = Call {
        app: &app,
        env: &req.env,
        what: "POST /par",
        headers: &form.headers,
        client: None,
        flow: None,
    };
    // 1. The parameters, each once.
    let params = match form.params() {
        Ok(params) => params,
        Err(refusal) => return ApiFailure::Refused(refusal).answer(&call),
    };
    let named = named(&app, &form.headers, &params);
    let call = Call { client: named.as_deref(), ..call };
    // 2. The client, as at the token endpoint.
    let endpoint = app.site.url(metadata::path::PAR);
    let client = match authenticate(&app, &req.env, &form.headers, &params, &endpoint).await {
        Ok(client) => client,
        Err(failure) => return failure.answer(&call),
    };
    // 3. All that the authorization endpoint would check.
    let ctx = req.env.ctx();
    let Outcome { result, writes, trace, .. } =
        par::push(&params, &client, &|token| app.read_hint(token), Id::new(&ctx), &ctx);
    let pushed = match result {
        Ok(pushed) => pushed,
        Err(refused) => return call.refuse(&refused),
    };
    // 4. The row stands before the client hears of it.
    match app.db.run(KeepPushed::new(writes)).await {
        Ok(()) => {
            app.trace.record(trace);
            json(StatusCode::CREATED, &pushed)
        }
        Err(error) => ApiFailure::Db(error).answer(&call),
    }
}
