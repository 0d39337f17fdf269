//! RFC 6749 2.3 at the edge: finds the client, fetches its keys, claims its `jti`.

use crate::App;
use crate::error::{Refusal, Row, refuse_as};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use countersign_core::oauth::client_auth::{Credentials, authenticate as by_secret};
use countersign_core::oauth::token::{AssertionRefused, ClientRefused, TokenRefused};
use countersign_core::oauth::{AuthenticatedClient, Client, ClientKeys, Params, assertion};
use countersign_core::{ClientId, Env, Id, Party, TraceStep, id};
use countersign_jose::{Alg, JwsError, PublicKey, TypRule, Verified, peek_claims, peek_header, verify};
use countersign_keys::SignError;
use countersign_outbound::jwks::Want;
use countersign_store::DbError;
use countersign_store::oauth::ClaimAssertion;
use std::borrow::Cow;
use std::sync::Arc;

use crate::directory::ClientEntry;

/// What an endpoint that authenticates clients may fail with.
#[derive(Debug, thiserror::Error)]
pub enum ApiFailure {
    /// Refused, by a check that has a name.
    #[error(transparent)]
    Refused(#[from] TokenRefused),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A token could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl From<ClientRefused> for ApiFailure {
    fn from(it: ClientRefused) -> Self {
        Self::Refused(it.into())
    }
}

impl Refusal for ApiFailure {
    fn row(&self) -> Row {
        match self {
            Self::Refused(it) => it.row(),
            Self::Db(it) => it.row(),
            // Whoever holds the keys may hold them again in a moment.
            Self::Sign(SignError::Signer(_)) => crate::error::row(
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "The server is busy: try again in a moment.",
            ),
            Self::Sign(SignError::NoActiveKey(_) | SignError::Key(_)) => crate::error::row(
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                "Something went wrong on our side.",
            ),
        }
    }
    fn check(&self) -> &'static str {
        match self {
            Self::Refused(it) => it.check(),
            Self::Db(it) => Refusal::check(it),
            Self::Sign(_) => "signing_failed",
        }
    }
    fn cause(&self) -> Cow<'static, str> {
        match self {
            Self::Refused(it) => it.cause(),
            Self::Db(it) => it.cause(),
            Self::Sign(_) => self.row().description,
        }
    }
}

impl ApiFailure {
    /// RFC 6749 5.2: JSON; a failed Basic is told so, and a busy server says when to come back.
    pub fn answer(&self, call: &Call<'_>) -> Response {
        let mut response = call.refuse(self);
        if response.status() == StatusCode::UNAUTHORIZED && call.headers.contains_key(header::AUTHORIZATION) {
            let basic = HeaderValue::from_static("Basic realm=\"countersign\", charset=\"UTF-8\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
        }
        if response.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// A call of an endpoint that answers in JSON, as its refusal needs it.
pub struct Call<'a> {
    /// The server.
    pub app: &'a App,
    /// Time and chance.
    pub env: &'a Env,
    /// `POST /token`.
    pub what: &'static str,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The client that the request names, whether or not it proved it.
    pub client: Option<&'a Client>,
    /// The flow that was found before the refusal; its own lines say more.
    pub flow: Option<Id<id::Flow>>,
}

impl Call<'_> {
    /// DESIGN 6: the answer carries an id that leads to the check. It is always a new one: a caller who may be
    /// anybody does not learn from it whether there was a code or a grant, and whose.
    pub fn refuse(&self, refusal: &impl Refusal) -> Response {
        let id = Id::new(&self.env.ctx());
        let step = TraceStep::new(id, self.env.now, Party::App, Party::Countersign, self.what);
        let step = match self.flow {
            Some(flow) => step.detail(format!("it belongs to flow {flow}")),
            None => step,
        };
        let step = match self.client {
            Some(client) => step.client(&client.id),
            None => step,
        };
        self.app.trace.alone(step.refused(refusal.check(), refusal.cause()));
        refuse_as(refusal, id)
    }
}

/// Who is asking? `endpoint` is our own address of the endpoint that was called.
pub async fn authenticate(
    app: &App,
    env: &Env,
    headers: &HeaderMap,
    params: &Params<'_>,
    endpoint: &str,
) -> Result<AuthenticatedClient, ApiFailure> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let authorization = all.next().map(HeaderValue::as_bytes);
    if all.next().is_some() {
        return Err(ClientRefused::TwoMethods.into());
    }
    let credentials = Credentials::find(authorization, params)?;
    match &credentials {
        Credentials::None { client_id }
        | Credentials::Basic { client_id, .. }
        | Credentials::Post { client_id, .. } => {
            let found = registered(app, client_id).map(|entry| entry.client.clone());
            Ok(by_secret(&credentials, found)?)
        }
        Credentials::Assertion { client_id, assertion } => {
            by_assertion(app, env, client_id.as_deref(), assertion, &AUTHENTICATION, endpoint).await
        }
    }
}

/// RFC 7521 4.1: who asks, where an assertion that is the grant says it too. `None`: nothing else does.
pub async fn authenticate_if_proved(
    app: &App,
    env: &Env,
    headers: &HeaderMap,
    params: &Params<'_>,
    endpoint: &str,
) -> Result<Option<AuthenticatedClient>, ApiFailure> {
    let authorization = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    match Credentials::find(authorization, params) {
        Ok(Credentials::None { .. }) | Err(ClientRefused::Missing) => Ok(None),
        Ok(Credentials::Basic { .. } | Credentials::Post { .. } | Credentials::Assertion { .. }) | Err(_) => {
            authenticate(app, env, headers, params, endpoint).await.map(Some)
        }
    }
}

/// RFC 7523 2.1: the service that signed the assertion for itself. `named` is who authenticated beside it, or who the
/// request says it is.
pub async fn by_grant(
    app: &App,
    env: &Env,
    named: Option<&str>,
    assertion: &str,
    endpoint: &str,
) -> Result<AuthenticatedClient, ApiFailure> {
    match by_assertion(app, env, named, assertion, &["JWT"], endpoint).await {
        Err(ApiFailure::Refused(TokenRefused::Client(why))) => {
            Err(TokenRefused::from(AssertionRefused(why)).into())
        }
        other => other,
    }
}

/// The client that a request names without proof, to choose its CORS headers.
pub fn named(app: &App, headers: &HeaderMap, params: &Params<'_>) -> Option<Arc<Client>> {
    let authorization = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let credentials = Credentials::find(authorization, params).ok()?;
    let id = match &credentials {
        Credentials::Assertion { client_id: None, assertion } => peek_claims(assertion)
            .ok()
            .and_then(|claims| assertion::claimed_client(&claims).map(str::to_owned)),
        Credentials::None { .. }
        | Credentials::Basic { .. }
        | Credentials::Post { .. }
        | Credentials::Assertion { client_id: Some(_), .. } => credentials.client_id().map(str::to_owned),
    };
    find(app, &id?).map(|entry| entry.client.clone())
}

/// Switched off or not: whoever proves to be that client is told apart from a stranger, in the log.
fn registered(app: &App, id: &str) -> Option<Arc<ClientEntry>> {
    ClientId::parse(id).ok().and_then(|id| app.directory.snapshot().clients.get(&id).cloned())
}

fn find(app: &App, id: &str) -> Option<Arc<ClientEntry>> {
    ClientId::parse(id).ok().and_then(|id| app.directory.client(&id))
}

/// RFC 7523 3, in the order that keeps hostile input cheap: form, client, keys, signature, claims, and last the
/// one write.
async fn by_assertion(
    app: &App,
    env: &Env,
    named: Option<&str>,
    token: &str,
    typ: &[&str],
    endpoint: &str,
) -> Result<AuthenticatedClient, ApiFailure> {
    let unverified = peek_claims(token).map_err(|_| ClientRefused::AssertionMalformed)?;
    let claimed = assertion::claimed_client(&unverified).ok_or(ClientRefused::AssertionSubject)?;
    let entry = registered(app, claimed);
    if entry.as_ref().is_some_and(|entry| entry.client.disabled) {
        return Err(ClientRefused::Disabled.into());
    }
    let (client, keys) = assertion::keys_of(entry.as_ref().map(|entry| &entry.client))?;
    let client = client.clone();
    let verified = match (keys, &entry) {
        (ClientKeys::JwksUri(uri), Some(entry)) => by_fetched_keys(app, env, uri, entry, token, typ).await?,
        (ClientKeys::Jwks(_), Some(entry)) => {
            check(token, &entry.keys, typ).map_err(|error| refused(&client, &error))?
        }
        (ClientKeys::Jwks(_) | ClientKeys::JwksUri(_), None) => return Err(ClientRefused::Unknown.into()),
    };
    let claims = verified.claims().map_err(|_| ClientRefused::AssertionMalformed)?;
    let assertion = assertion::check(&client, named, &claims, endpoint, &env.ctx())?;
    let first = app.db.run(ClaimAssertion(assertion.claim.clone())).await?;
    Ok(assertion.claimed(first)?)
}

/// Keys that the client publishes: those in the cache, and once more from the source when they do not fit.
async fn by_fetched_keys(
    app: &App,
    env: &Env,
    uri: &str,
    entry: &ClientEntry,
    token: &str,
    typ: &[&str],
) -> Result<Verified, ApiFailure> {
    let client = &entry.client;
    let uri = url::Url::parse(uri).map_err(|_| ClientRefused::KeysUnavailable)?;
    let header = peek_header(token).map_err(|error| refused(client, &error))?;
    let wants = [header.kid.as_deref().map_or(Want::Any, Want::Kid), Want::Newer];
    let mut last = JwsError::UnknownKid;
    for want in wants {
        let keys = app.client_keys.keys(&uri, entry.trust, want, env.now).await.map_err(|error| {
            tracing::info!(client = %client.id, %error, "the client's keys cannot be had");
            ClientRefused::KeysUnavailable
        })?;
        match check(token, keys.keys(), typ) {
            Ok(verified) => return Ok(verified),
            Err(error @ (JwsError::UnknownKid | JwsError::BadSignature)) => last = error,
            Err(error) => return Err(refused(client, &error).into()),
        }
    }
    Err(refused(client, &last).into())
}

/// RFC 7523 names no `typ` for a client's assertion; newer libraries send one of these.
const AUTHENTICATION: [&str; 2] = ["JWT", "client-authentication+jwt"];

fn check(token: &str, keys: &[PublicKey], typ: &[&str]) -> Result<Verified, JwsError> {
    verify(token, keys, Alg::ALL, TypRule::AbsentOr(typ))
}

fn refused(client: &Client, error: &JwsError) -> ClientRefused {
    tracing::info!(client = %client.id, %error, "a client assertion does not verify");
    ClientRefused::AssertionSignature
}
