//! OpenID Connect Core 5.3: userinfo.

use super::bearer::{Presented, access_token, presented};
use super::client_auth::Call;
use super::{Form, cors};
use crate::App;
use crate::error::{Refusal, Row, row};
use crate::respond::json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use countersign_core::oauth::Params;
use countersign_core::oauth::token::{AccessToken, TokenDead, TokenRefused};
use countersign_core::oauth::userinfo::{UserinfoRefused, userinfo};
use countersign_core::session::Grant;
use countersign_core::{Env, Party, TraceStep};
use countersign_store::DbError;
use countersign_store::oauth::FindGrantTold;
use serde_json::{Map, Value};
use std::sync::Arc;

/// `GET /userinfo`: the token stands in the header.
pub async fn get(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let token = in_header(&headers, query.as_deref());
    answer(&app, &headers, token).await
}

/// `POST /userinfo`: in the header, or in a form body; RFC 6750 2: not in both.
pub async fn post(State(app): State<Arc<App>>, RawQuery(query): RawQuery, form: Form) -> Response {
    let token = in_header(&form.headers, query.as_deref()).and_then(|header| {
        let body = if form.is_form() { in_body(&form)? } else { None };
        match (header, body) {
            (Some(_), Some(_)) => Err(Failure::Twice),
            (one, None) | (None, one) => Ok(one),
        }
    });
    answer(&app, &form.headers, token).await
}

/// RFC 6750 3.1.
#[derive(Debug)]
enum Failure {
    Nothing,
    Malformed,
    Twice,
    InQuery,
    Body(TokenRefused),
    Dead(TokenDead),
    Refused(UserinfoRefused),
    Db(DbError),
}

impl Refusal for Failure {
    fn row(&self) -> Row {
        let bad = |why: &'static str| row(StatusCode::BAD_REQUEST, "invalid_request", why);
        let dead = || {
            let why = "the access token is expired, revoked or not for this endpoint";
            row(StatusCode::UNAUTHORIZED, "invalid_token", why)
        };
        match self {
            Self::Nothing => row(StatusCode::UNAUTHORIZED, "invalid_token", "an access token is needed"),
            Self::Malformed => bad("the Authorization header must be Bearer and a token, once"),
            Self::Twice => bad("the access token came both in the header and in the body"),
            Self::InQuery => bad("an access token does not belong into an address"),
            Self::Body(it) => it.row(),
            Self::Dead(_) | Self::Refused(UserinfoRefused::Dead | UserinfoRefused::OtherAudience) => dead(),
            Self::Refused(UserinfoRefused::NoOpenid) => {
                row(StatusCode::FORBIDDEN, "insufficient_scope", "the access token has no scope openid")
            }
            Self::Db(it) => it.row(),
        }
    }
    fn check(&self) -> &'static str {
        match self {
            Self::Nothing | Self::Malformed => "bearer_token",
            Self::Twice => "bearer_once",
            Self::InQuery => "bearer_in_query",
            Self::Body(it) => Refusal::check(it),
            Self::Dead(it) => it.check(),
            Self::Refused(it) => it.check(),
            Self::Db(it) => Refusal::check(it),
        }
    }
}

fn in_header<'h>(
    headers: &'h HeaderMap,
    query: Option<&str>,
) -> Result<Option<std::borrow::Cow<'h, str>>, Failure> {
    if query.is_some_and(in_query) {
        return Err(Failure::InQuery);
    }
    match presented(headers) {
        Presented::Nothing => Ok(None),
        Presented::Bearer(token) => Ok(Some(token.into())),
        Presented::Malformed => Err(Failure::Malformed),
    }
}

/// RFC 9700 4.3.2: addresses end up in logs and histories.
fn in_query(query: &str) -> bool {
    Params::parse(query.as_bytes()).map_or(true, |params| params.one("access_token").is_some())
}

fn in_body(form: &Form) -> Result<Option<std::borrow::Cow<'static, str>>, Failure> {
    let params = form.params().map_err(Failure::Body)?;
    Ok(params.one("access_token").map(|token| token.to_owned().into()))
}

async fn answer(
    app: &App,
    headers: &HeaderMap,
    token: Result<Option<std::borrow::Cow<'_, str>>, Failure>,
) -> Response {
    let env = app.env();
    let (client, claims) = match token.and_then(|token| token.ok_or(Failure::Nothing)) {
        Err(failure) => (None, Err(failure)),
        Ok(token) => match access_token(app, &token, &env.ctx()) {
            Err(dead) => (None, Err(Failure::Dead(dead))),
            Ok(token) => {
                let client =
                    app.directory.client(&token.claims().client_id).map(|entry| entry.client.clone());
                let claims = claims(app, &env, &token).await;
                (client, claims)
            }
        },
    };
    let response = match claims {
        Ok(claims) => json(StatusCode::OK, &claims),
        Err(failure) => {
            let (client, what) = (client.as_deref(), "/userinfo");
            challenge(&failure, &Call { app, env: &env, what, headers, client, flow: None })
        }
    };
    cors::expose(response, headers, client.as_deref())
}

async fn claims(app: &App, env: &Env, token: &AccessToken) -> Result<Map<String, Value>, Failure> {
    let grant = match token.claims().gid {
        Some(family) => app.db.read(FindGrantTold(family, env.policy.clone())).await.map_err(Failure::Db)?,
        None => None,
    };
    let reply = userinfo(token, app.directory.snapshot().as_ref(), grant.as_ref(), &env.ctx());
    if let Some(grant) = &grant {
        app.trace.record(vec![step(env, grant, reply.as_ref().err())]);
    }
    reply.map_err(Failure::Refused)
}

fn step(env: &Env, grant: &Grant, refused: Option<&UserinfoRefused>) -> TraceStep {
    let family = &grant.family;
    let step = TraceStep::new(family.flow, env.now, Party::App, Party::Countersign, "/userinfo")
        .client(&family.client)
        .user(family.user);
    match refused {
        None => step,
        Some(why) => step.refused(why.check(), why.to_string()),
    }
}

/// RFC 6750 3: a request without any token is told the scheme alone.
fn challenge(failure: &Failure, call: &Call<'_>) -> Response {
    let mut response = call.refuse(failure);
    let row = failure.row();
    let text = match failure {
        Failure::Nothing => "Bearer realm=\"countersign\"".to_owned(),
        Failure::Refused(UserinfoRefused::NoOpenid) => {
            format!("Bearer realm=\"countersign\", error=\"{}\", scope=\"openid\"", row.code)
        }
        Failure::Malformed
        | Failure::Twice
        | Failure::InQuery
        | Failure::Body(_)
        | Failure::Dead(_)
        | Failure::Refused(_) => {
            format!(
                "Bearer realm=\"countersign\", error=\"{}\", error_description=\"{}\"",
                row.code, row.description
            )
        }
        Failure::Db(_) => return response,
    };
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}
