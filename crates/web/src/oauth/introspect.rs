//! RFC 7662: introspection.

use super::Form;
use super::accept::wants;
use super::bearer::access_token;
use super::client_auth::{ApiFailure, Call, authenticate, named};
use super::token::{jose, sign};
use crate::App;
use crate::respond::{json, json_bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use countersign_core::oauth::introspect::{
    Introspection, SignedIntrospection, introspect as decide, introspect_refresh,
};
use countersign_core::oauth::token::{ClientRefused, RequestRefused, TokenRefused};
use countersign_core::oauth::{AuthenticatedClient, Client};
use countersign_core::session::{Family, Grant, RefreshToken};
use countersign_core::{Env, Party, Timestamp, TraceStep};
use countersign_store::oauth::{FindBehind, FindGrant};
use std::sync::Arc;

/// `POST /introspect`.
pub async fn introspect(State(app): State<Arc<App>>, form: Form) -> Response {
    let env = app.env();
    match told(&app, &env, &form).await {
        Ok(response) => response,
        Err(failure) => {
            let client = form.params().ok().and_then(|params| named(&app, &form.headers, &params));
            let client = client.as_deref();
            let what = "POST /introspect";
            failure.answer(&Call { app: &app, env: &env, what, headers: &form.headers, client, flow: None })
        }
    }
}

/// RFC 9701 4: signed for who asks for that, as JSON for everybody else. Refusals are JSON for all.
async fn told(app: &App, env: &Env, form: &Form) -> Result<Response, ApiFailure> {
    let (caller, reply) = answer(app, env, form).await?;
    let mut response = if wants(&form.headers, SignedIntrospection::MEDIA_TYPE) {
        let alg = jose(caller.client().introspection_signed_response_alg);
        let payload = SignedIntrospection::new(&caller, &reply, &env.ctx()).to_json();
        let jwt = sign(app, alg, SignedIntrospection::TYP, &payload, env.now).await?;
        let mut response = json_bytes(StatusCode::OK, jwt.into_bytes());
        let media_type = HeaderValue::from_static(SignedIntrospection::MEDIA_TYPE);
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    } else {
        json(StatusCode::OK, &reply)
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept"));
    Ok(response)
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

async fn answer(
    app: &App,
    env: &Env,
    form: &Form,
) -> Result<(AuthenticatedClient, Introspection), ApiFailure> {
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
        let Some(token) = RefreshToken::parse(text, &ctx) else {
            return Ok((caller, Introspection::default()));
        };
        let grant = app.db.read(FindGrant(token.family())).await?;
        let reply = introspect_refresh(&caller, &token, grant.as_ref(), &ctx);
        if let Some(Grant { family, .. }) = &grant {
            app.trace.line(family.flow, || step(family, caller.client(), reply.active, ctx.now));
        }
        return Ok((caller, reply));
    }
    // 3. An access token: what it says, then one question to the database.
    let Ok(token) = access_token(app, text, &ctx) else {
        return Ok((caller, Introspection::default()));
    };
    let behind = app.db.read(FindBehind::of(&token, &ctx)).await?;
    let reply = decide(&caller, &token, &behind, app.directory.snapshot().as_ref(), &ctx);
    if let Some(grant) = behind.grant() {
        let family = &grant.family;
        app.trace.line(family.flow, || step(family, caller.client(), reply.active, ctx.now));
    }
    Ok((caller, reply))
}
