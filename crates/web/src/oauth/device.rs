//! `/device_authorization`: RFC 8628 3.1.

use super::Form;
use super::client_auth::{ApiFailure, Call, authenticate, named};
use crate::error::{Refusal, Row, row};
use crate::respond::json;
use crate::{App, Req};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use countersign_core::limits;
use countersign_core::oauth::Params;
use countersign_core::oauth::device::{DeviceAsk, DeviceReply, Whence};
use countersign_core::oauth::metadata::path;
use countersign_store::oauth::device::AskDevice;
use std::sync::Arc;

/// `POST /device_authorization`: both codes, or the refusal as JSON.
pub async fn device_authorization(State(app): State<Arc<App>>, req: Req, form: Form) -> Response {
    let call = Call {
        app: &app,
        env: &req.env,
        what: "POST /device_authorization",
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
    match answer(&app, &req, &form, &params).await {
        Ok(Ok(reply)) => json(StatusCode::OK, &reply),
        Ok(Err(wait)) => too_many(&call, wait),
        Err(failure) => failure.answer(&Call { client: named.as_deref(), ..call }),
    }
}

async fn answer(
    app: &App,
    req: &Req,
    form: &Form,
    params: &Params<'_>,
) -> Result<Result<DeviceReply, u32>, ApiFailure> {
    let env = &req.env;
    // 2. The client, as at the token endpoint; a public one has nothing but its name. Then what it asks for.
    let endpoint = app.site.url(path::DEVICE_AUTHORIZATION);
    let client = authenticate(app, env, &form.headers, params, &endpoint).await?;
    let ask = DeviceAsk::parse(params, &client)?;
    // 3. The rows stand before the device hears of its codes.
    let whence = Whence {
        agent: crate::agent::agent(req.header(header::USER_AGENT.as_str())),
        network: req.ip.network(),
    };
    let counters = vec![limits::ROWS_KEPT.source(&env.ctx(), req.ip.0)];
    let decided = app.db.run(AskDevice { env: env.clone(), ask, whence, counters }).await?;
    app.trace.record(decided.trace);
    Ok(decided.result)
}

/// What a stranger can make us keep is bounded.
#[derive(Debug)]
struct TooMany;

impl Refusal for TooMany {
    fn row(&self) -> Row {
        let text = "Too many requests from this address: try again later.";
        row(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", text)
    }
    fn check(&self) -> &'static str {
        "rows_kept"
    }
}

fn too_many(call: &Call<'_>, wait: u32) -> Response {
    let mut response = call.refuse(&TooMany);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    response
}
