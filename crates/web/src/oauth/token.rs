//! RFC 6749 3.2: the token endpoint.

use super::client_auth::{ApiFailure, Call, authenticate, authenticate_if_proved, by_grant, named};
use super::exchange::exchange;
use super::{Form, cors};
use crate::App;
use crate::error::refuse;
use crate::respond::json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_core::oauth::token::{
    ClientRefused, DeviceRefused, GrantRequest, Granted, JWT_BEARER, RequestRefused, TokenRefused, at_hash,
    delegation::ACCESS_TOKEN, service_token,
};
use countersign_core::oauth::{AccessTokenFormat, Client, Params, Scope, SigningAlg};
use countersign_core::{Env, Id, Timestamp, TraceStep, id};
use countersign_jose::Alg;
use countersign_keys::SignRequest;
use countersign_store::oauth::{PollDevice, RedeemCode, Refresh};
use serde::Serialize;
use std::sync::Arc;

/// `POST /token`.
pub async fn token(State(app): State<Arc<App>>, form: Form) -> Response {
    let env = app.env();
    let call = |client, flow| Call {
        app: &app,
        env: &env,
        what: "POST /token",
        headers: &form.headers,
        client,
        flow,
    };
    let params = match form.params() {
        Ok(params) => params,
        Err(refusal) => return ApiFailure::Refused(refusal).answer(&call(None, None)),
    };
    let response = match grant(&app, &env, &form, &params).await {
        Ok(response) => response,
        Err(Failed { why, flow }) => {
            let client = named(&app, &form.headers, &params);
            why.answer(&call(client.as_deref(), flow))
        }
    };
    match form.headers.contains_key(axum::http::header::ORIGIN) {
        true => cors::expose(response, &form.headers, named(&app, &form.headers, &params).as_deref()),
        false => response,
    }
}

/// A refusal, and the flow of the code or grant that was found before it.
pub(super) struct Failed {
    why: ApiFailure,
    flow: Option<Id<id::Flow>>,
}

impl<E: Into<ApiFailure>> From<E> for Failed {
    fn from(why: E) -> Self {
        Self { why: why.into(), flow: None }
    }
}

impl Failed {
    pub(super) fn after(why: impl Into<TokenRefused>, flow: Option<Id<id::Flow>>) -> Self {
        Self { why: ApiFailure::Refused(why.into()), flow }
    }
}

/// The phases, for every grant the same; what is a grant's own stands in its decision.
async fn grant(app: &App, env: &Env, form: &Form, params: &Params<'_>) -> Result<Response, Failed> {
    let endpoint = app.site.url("/token");
    // 1. Who asks? RFC 7521 4.1: an assertion that is the grant may be all that says it.
    let client = match params.one("grant_type") {
        Some(JWT_BEARER) => authenticate_if_proved(app, env, &form.headers, params, &endpoint).await?,
        Some(_) | None => Some(authenticate(app, env, &form.headers, params, &endpoint).await?),
    };
    // 2. For what? Parsed once; nothing below looks at text.
    let request = GrantRequest::parse(params, &env.ctx()).map_err(TokenRefused::from)?;
    let client = match request.assertion() {
        Some(assertion) => {
            let proved = client.as_ref().map(|client| client.client().id.as_str());
            by_grant(app, env, proved.or(params.one("client_id")), assertion, &endpoint).await?
        }
        None => client.ok_or(ClientRefused::Missing)?,
    };
    // 3. Is the client registered for that?
    if !client.client().may(request.grant_type()) {
        return Err(TokenRefused::from(RequestRefused::GrantNotRegistered).into());
    }
    // 4. The decision, and in its transaction the writes.
    let granted = match request {
        GrantRequest::AuthorizationCode(request) => {
            let decided =
                app.db.run(RedeemCode { env: env.clone(), client: client.clone(), request }).await?;
            let flow = told(app, decided.trace);
            decided.result.map_err(|why| Failed::after(why, flow))?
        }
        GrantRequest::RefreshToken(request) => {
            let decided = app.db.run(Refresh { env: env.clone(), client: client.clone(), request }).await?;
            let flow = told(app, decided.trace);
            decided.result.map_err(|why| Failed::after(why, flow))?
        }
        GrantRequest::DeviceCode(request) => {
            let decided =
                app.db.run(PollDevice { env: env.clone(), client: client.clone(), request }).await?;
            let flow = told(app, decided.trace);
            match decided.result {
                Ok(granted) => granted,
                // It asks every few seconds, and nobody looks a "not yet" up: its own flow tells of it.
                Err(why @ (DeviceRefused::Pending | DeviceRefused::TooFast)) => {
                    return Ok(refuse(&TokenRefused::from(why)));
                }
                Err(why) => return Err(Failed::after(why, flow)),
            }
        }
        GrantRequest::ClientCredentials(request) => {
            service_token(&client, &request, &env.ctx()).map_err(TokenRefused::from)?
        }
        GrantRequest::JwtBearer(request) => {
            service_token(&client, &request.service, &env.ctx()).map_err(TokenRefused::from)?
        }
        GrantRequest::TokenExchange(request) => exchange(app, env, &client, &request).await?,
    };
    // 5. Signatures, outside the transaction; then the answer.
    Ok(answer(app, env, client.client(), granted).await?)
}

/// Records what was decided, and says of which flow.
pub(super) fn told(app: &App, trace: Vec<TraceStep>) -> Option<Id<id::Flow>> {
    let flow = trace.first().map(|step| step.flow);
    app.trace.record(trace);
    flow
}

/// RFC 6749 5.1, OpenID Connect Core 3.1.3.3.
#[derive(Serialize)]
struct Reply<'a> {
    access_token: &'a str,
    /// RFC 8693 2.2.1: of exchanged tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    /// Always stated, whether or not it is what was asked for.
    #[serde(skip_serializing_if = "Scope::is_empty")]
    scope: &'a Scope,
}

async fn answer(app: &App, env: &Env, client: &Client, granted: Granted) -> Result<Response, ApiFailure> {
    let access_token = match client.access_token {
        AccessTokenFormat::Jwt => sign(app, Alg::Es256, "at+jwt", &granted.access.to_json(), env.now).await?,
        AccessTokenFormat::Opaque => granted.access.seal(&env.ctx()),
    };
    let id_token = match granted.id_token {
        None => None,
        Some(mut claims) => {
            let alg = client.id_token_signed_response_alg;
            claims.at_hash = Some(at_hash(alg, &access_token));
            Some(sign(app, jose(alg), "JWT", &claims.to_json(), env.now).await?)
        }
    };
    let reply = Reply {
        access_token: &access_token,
        // Whoever acts for a person has exchanged a token, and nobody else has.
        issued_token_type: granted.access.act.as_ref().map(|_| ACCESS_TOKEN),
        token_type: "Bearer",
        expires_in: granted.access.exp.saturating_sub(env.now.seconds()),
        refresh_token: granted.refresh_token.as_ref().map(|token| token.as_str()),
        id_token: id_token.as_deref(),
        scope: &granted.access.scope,
    };
    Ok(json(StatusCode::OK, &reply))
}

pub(super) async fn sign(
    app: &App,
    alg: Alg,
    typ: &str,
    payload: &[u8],
    now: Timestamp,
) -> Result<String, ApiFailure> {
    let signed = app.keys.sign(SignRequest { alg, typ: Some(typ), payload, now }).await;
    Ok(signed.inspect_err(|error| tracing::error!(%error, %alg, typ, "a token could not be signed"))?)
}

pub(crate) fn jose(alg: SigningAlg) -> Alg {
    match alg {
        SigningAlg::Rs256 => Alg::Rs256,
        SigningAlg::Ps256 => Alg::Ps256,
        SigningAlg::Es256 => Alg::Es256,
        SigningAlg::EdDsa => Alg::EdDsa,
    }
}
