//! RFC 7009: revocation.

use super::bearer::access_token;
use super::client_auth::{ApiFailure, Call, authenticate, named};
use super::{Form, cors};
use crate::App;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_core::Env;
use countersign_core::oauth::Params;
use countersign_core::oauth::revoke::by_itself;
use countersign_core::oauth::token::{RequestRefused, TokenRefused};
use countersign_core::session::RefreshToken;
use countersign_store::oauth::{RevokeGrant, RevokeServiceToken};
use std::sync::Arc;

/// `POST /revoke`.
pub async fn revoke(State(app): State<Arc<App>>, form: Form) -> Response {
    let env = app.env();
    let call =
        Call { app: &app, env: &env, what: "POST /revoke", headers: &form.headers, client: None, flow: None };
    let params = match form.params() {
        Ok(params) => params,
        Err(refusal) => return ApiFailure::Refused(refusal).answer(&call),
    };
    let named = named(&app, &form.headers, &params);
    let response = match end(&app, &env, &form, &params).await {
        Ok(()) => {
            let mut response = StatusCode::OK.into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(failure) => failure.answer(&Call { client: named.as_deref(), ..call }),
    };
    cors::expose(response, &form.headers, named.as_deref())
}

/// RFC 7009 2.2: whatever the token was, the answer is 200; only the request itself can be wrong.
async fn end(app: &App, env: &Env, form: &Form, params: &Params<'_>) -> Result<(), ApiFailure> {
    let ctx = env.ctx();
    let client = authenticate(app, env, &form.headers, params, &app.site.url("/revoke")).await?;
    let text = params.one("token").ok_or(TokenRefused::from(RequestRefused::TokenMissing))?;
    let (family, service) = if RefreshToken::looks_like(text) {
        (RefreshToken::parse(text, &ctx).map(|token| token.family()), None)
    } else {
        match access_token(app, text, &ctx) {
            Ok(token) if by_itself(&token) => (None, Some(token)),
            Ok(token) => (token.claims().gid, None),
            // RFC 7009 2.2: what is no token is revoked already. Who sends an ID token of its own believes to end something.
            Err(_) => match app.read_hint(text) {
                Some(hint) if hint.is_for(&client.client().id) => {
                    return Err(TokenRefused::from(RequestRefused::IdTokenRevoked).into());
                }
                Some(_) | None => (None, None),
            },
        }
    };
    let env = env.clone();
    let trace = match (family, service) {
        (Some(family), _) => app.db.run(RevokeGrant { env, client, family }).await?.trace,
        (None, Some(token)) => app.db.run(RevokeServiceToken { env, client, token }).await?.trace,
        (None, None) => Vec::new(),
    };
    app.trace.record(trace);
    Ok(())
}
