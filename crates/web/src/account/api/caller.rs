//! Who calls the account API, and what the request carries.

use super::answer::Failure;
use crate::oauth::bearer::{Presented, access_token, presented};
use crate::oauth::cors;
use crate::respond::json;
use crate::{App, Req};
use axum::http::{StatusCode, header};
use axum::response::Response;
use countersign_core::Plain;
use countersign_core::limits::{self, CounterKey};
use countersign_core::login::{Asker, Known};
use countersign_core::oauth::Client;
use countersign_core::oauth::account_api::{AccountApiRefused, admit};
use countersign_core::secret::kind;
use countersign_core::session::SignedIn;
use countersign_store::login::acting::{By, signed_in};
use countersign_store::oauth::FindGrantTold;
use countersign_store::unit;
use serde_json::{Map, Value};
use std::sync::Arc;

/// A request whose token was judged.
pub(super) struct Caller {
    pub(super) app: Arc<App>,
    pub(super) req: Req,
    pub(super) by: By,
    pub(super) here: SignedIn,
}

/// Judges the token, lets the handler answer, and says who may read it (DESIGN 7: pages of this client alone).
pub(super) async fn answer<F>(app: Arc<App>, req: Req, handle: impl FnOnce(Caller) -> F) -> Response
where
    F: Future<Output = Result<(StatusCode, Value), Failure>>,
{
    answer_as(app, req, async |caller| {
        handle(caller).await.map(|(status, body)| match status {
            StatusCode::NO_CONTENT => {
                let mut response = Response::default();
                *response.status_mut() = status;
                response
                    .headers_mut()
                    .insert(header::CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
                response
            }
            status => json(status, &body),
        })
    })
    .await
}

/// The same for an answer of another form.
pub(super) async fn answer_as(
    app: Arc<App>,
    req: Req,
    handle: impl AsyncFnOnce(Caller) -> Result<Response, Failure>,
) -> Response {
    let headers = req.headers.clone();
    let (client, caller) = caller(app, req).await;
    let response = match caller {
        Ok(caller) => match handle(caller).await {
            Ok(response) => response,
            Err(failure) => failure.answer(),
        },
        Err(failure) => failure.answer(),
    };
    cors::expose(response, &headers, client.as_deref())
}

async fn caller(app: Arc<App>, req: Req) -> (Option<Arc<Client>>, Result<Caller, Failure>) {
    let env = req.env.clone();
    let token = match presented(&req.headers) {
        Presented::Nothing => return (None, Err(Failure::Nothing)),
        Presented::Malformed => return (None, Err(Failure::Malformed)),
        Presented::Bearer(token) => match access_token(&app, token, &env.ctx()) {
            Ok(token) => token,
            Err(dead) => return (None, Err(Failure::Dead(dead))),
        },
    };
    let client = app.directory.client(&token.claims().client_id).map(|entry| entry.client.clone());
    let judged = async {
        let grant = match token.claims().gid {
            Some(family) => app.db.read(FindGrantTold(family, env.policy.clone())).await?,
            None => None,
        };
        let admitted = admit(&token, app.directory.snapshot().as_ref(), grant.as_ref(), &env.ctx());
        let by = By::Grant(admitted.map_err(Failure::Refused)?);
        // The grant may outlive its session (`offline_access`); the account is governed in a session that lives.
        let within = env.clone();
        let here = app
            .db
            .read(unit(move |tx| {
                let env = within.clone();
                Box::pin(async move { signed_in(tx, &env, &by).await })
            }))
            .await?;
        let here = here.ok_or(Failure::Refused(AccountApiRefused::Dead))?;
        Ok((by, here))
    };
    let judged = judged.await;
    (client, judged.map(|(by, here)| Caller { app, req, by, here }))
}

impl Caller {
    /// Who asks, as mails say it.
    pub(super) fn asker(&self) -> Asker {
        let ctx = self.req.env.ctx();
        Asker {
            browser: Plain::<kind::Browser>::mint(&ctx).digest(&ctx),
            agent: crate::agent::agent(self.req.header(header::USER_AGENT.as_str())),
            network: self.req.ip.network(),
            locale: self.req.locale.tag().to_owned(),
            known: Known::default(),
        }
    }

    /// The counters for mails to an address.
    pub(super) fn mail_counters(&self, key: &str) -> Vec<CounterKey> {
        let ctx = self.req.env.ctx();
        vec![
            limits::MAIL_RECIPIENT.whom(&ctx, key, None),
            limits::MAIL_RECIPIENT_DAY.whom(&ctx, key, None),
            limits::MAIL_SOURCE.source(&ctx, self.req.ip.0),
        ]
    }

    /// The body: one object of the members that are known here.
    pub(super) fn object(&self, body: &[u8], known: &[&str]) -> Result<Map<String, Value>, Failure> {
        let kind = self.req.header(header::CONTENT_TYPE.as_str()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if !["application/json", "application/merge-patch+json"].contains(&kind.as_str()) {
            return Err(Failure::NotJson);
        }
        let Ok(Value::Object(all)) = serde_json::from_slice(body) else { return Err(Failure::NoObject) };
        let unknown: Vec<String> = all.keys().filter(|it| !known.contains(&it.as_str())).cloned().collect();
        if unknown.is_empty() { Ok(all) } else { Err(Failure::Unknown(unknown)) }
    }

    /// A member that is text.
    pub(super) fn text<'v>(
        all: &'v Map<String, Value>,
        name: &str,
        otherwise: &'static str,
    ) -> Result<&'v str, Failure> {
        all.get(name).and_then(Value::as_str).ok_or(Failure::Wrong(otherwise))
    }
}
