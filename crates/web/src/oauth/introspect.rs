//! RFC 7662: introspection.

use super::Form;
use super::bearer::access_token;
use super::client_auth::{ApiFailure, Call, authenticate, named};
use crate::App;
use crate::respond::json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_core::oauth::Client;
use countersign_core::oauth::introspect::{Introspection, introspect as decide, introspect_refresh};
use countersign_core::oauth::token::{ClientRefused, RequestRefused, TokenRefused};
use countersign_core::session::{Family, Grant, RefreshToken};
use countersign_core::{Env, Party, Timestamp, TraceStep};
use countersign_store::oauth::{FindBehind, FindGrant};
use std::sync::Arc;

/// `POST /introspect`.
pub async fn introspect(State(app): State<Arc<App>>, form: Form) -> Response {
    let env = app.env();
    match answer(&app, &env, &form).await {
        Ok(reply) => json(StatusCode::OK, &reply),
        Err(failure) => {
            let client = form.params().ok().and_then(|params| named(&app, &form.headers, &params));
            let client = client.as_deref();
            let what = "POST /introspect";
            failure.answer(&Call { app: &app, env: &env, what, headers: &form.headers, client, flow: None })
        }
    }
}

/// The line in the flow that the token came from.
fn step(family: &Family, caller: &Client, active: bool, now: Timestamp) -> TraceStep {
    let from = if caller.id == family.client { Party::App } else { Party::Resource };
    TraceStep::new(family.flow, now, from, Party::Countersign, "POST /introspect")
        .detail(if active {
            "the token is good"
        } else {
            "the token is not good, or not the caller's business"
        })
        .client(&caller.id)
        .user(family.user)
}

async fn answer(app: &App, env: &Env, form: &Form) -> Result<Introspection, ApiFailure> {
    let ctx = env.ctx();
    let params = form.params()?;
    // 1. RFC 7662 2.1: who asks must be known, and a public client has proved nothing.
    let caller = authenticate(app, env, &form.headers, &params, &app.site.url("/introspect")).await?;
    if caller.client().is_public() {
        return Err(ClientRefused::OtherMethod.into());
    }
    let text = params.one("token").ok_or(TokenRefused::from(RequestRefused::TokenMissing))?;
    // 2. A refresh token. `token_type_hint` is not needed: our tokens say what they are.
    if RefreshToken::looks_like(text) {
        let Some(token) = RefreshToken::parse(text, &ctx) else { return Ok(Introspection::default()) };
        let grant = app.db.read(FindGrant(token.family())).await?;
        let reply = introspect_refresh(&caller, &token, grant.as_ref(), &ctx);
        if let Some(Grant { family, .. }) = &grant {
            app.trace.line(family.flow, || step(family, caller.client(), reply.active, ctx.now));
        }
        return Ok(reply);
    }
    // 3. An access token: what it says, then one question to the database.
    let Ok(token) = access_token(app, text, &ctx) else { return Ok(Introspection::default()) };
    let behind = app.db.read(FindBehind::of(&token, &ctx)).await?;
    let reply = decide(&caller, &token, &behind, app.directory.snapshot().as_ref(), &ctx);
    if let Some(grant) = behind.grant() {
        let family = &grant.family;
        app.trace.line(family.flow, || step(family, caller.client(), reply.active, ctx.now));
    }
    Ok(reply)
}
