//! Providers that people sign in with: their documents and keys, cached, and the exchange that turns a code into a
//! person. What comes back is used for the moments of one sign-in; no token of a provider is kept.

mod probe;

pub use probe::Probed;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign_core::login::provider::answer::{BadAnswer, Discovered, Facts, TokenAnswer};
use countersign_core::login::provider::id_token::{self, IdTokenRefused};
use countersign_core::login::provider::kind::Source;
use countersign_core::login::provider::{Claimed, Endpoints, Provider, TokenAuth, UpstreamCall};
use countersign_core::{Env, Timestamp};
use countersign_jose::{Alg, JwkSet, JwsError, PublicKey, TypRule, Verified, peek_header, verify};
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName};
use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::guard::{Guard, GuardError, Reply, Trust};
use crate::jwks::{JwksCache, JwksError, KeySet, Want};

/// All providers, as the house speaks to them.
pub struct Upstream {
    guard: Guard,
    documents: JwksCache<Document>,
    keys: JwksCache<Keys>,
    /// Sign-ins under way with one provider: a slow one holds up no other.
    slots: Mutex<BTreeMap<String, Arc<Slots>>>,
    patience: Duration,
}

struct Slots {
    free: Semaphore,
    /// Failures without an answer, in a row, and when the last one was.
    failed: Mutex<(u32, Timestamp)>,
}

/// Sign-ins with one provider at once.
const AT_ONCE: usize = 16;
/// After so many failures without an answer in a row ..
const BREAKS_AFTER: u32 = 8;
/// .. nobody waits for it for so long.
const BREAK: Duration = Duration::from_secs(5);

/// Why a provider's answer signs nobody in. Safe for log and trace.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each passes on what refused
pub enum UpstreamFailed {
    #[error("{0}: {1}")]
    Unreachable(&'static str, GuardError),
    #[error("no complete answer in time")]
    Late,
    #[error("too many sign-ins with this provider wait already")]
    Busy,
    #[error("the provider did not answer a moment ago")]
    Down,
    #[error("{0} answered {1}")]
    Status(&'static str, u16),
    #[error("the discovery document: {0}")]
    Document(JwksError),
    #[error("the keys: {0}")]
    Keys(JwksError),
    #[error("there is no ID token in the answer")]
    NoIdToken,
    #[error("the ID token: {0}")]
    Signature(JwsError),
    #[error(transparent)]
    IdToken(#[from] IdTokenRefused),
    #[error(transparent)]
    Answer(#[from] BadAnswer),
}

impl UpstreamFailed {
    /// The stable name of the check, for trace and log.
    pub fn check(&self) -> &'static str {
        match self {
            Self::Unreachable(_, GuardError::Timeout) | Self::Late => "provider_late",
            Self::Unreachable(_, GuardError::TooLarge(_)) => "provider_too_large",
            Self::Unreachable(..) => "provider_unreachable",
            Self::Busy => "provider_busy",
            Self::Down => "provider_down",
            Self::Status(..) => "provider_status",
            Self::Document(_) => "provider_discovery",
            Self::Keys(_) => "provider_keys",
            Self::NoIdToken => "id_token_missing",
            Self::Signature(JwsError::AlgNone | JwsError::AlgSymmetric | JwsError::AlgNotAllowed(_)) => {
                "id_token_alg"
            }
            Self::Signature(_) => "id_token_signature",
            Self::IdToken(it) => it.check(),
            Self::Answer(it) => it.check(),
        }
    }

    /// Did it not answer, or did its answer not do?
    pub fn is_down(&self) -> bool {
        match self {
            Self::Unreachable(..)
            | Self::Late
            | Self::Busy
            | Self::Down
            | Self::Status(..)
            | Self::Document(_)
            | Self::Keys(_) => true,
            Self::NoIdToken | Self::Signature(_) | Self::IdToken(_) | Self::Answer(_) => false,
        }
    }

    /// Did it keep somebody waiting for nothing?
    fn is_silence(&self) -> bool {
        matches!(self, Self::Unreachable(..) | Self::Late)
    }
}

impl Upstream {
    /// Through this client. `patience` bounds the whole exchange, however many requests it takes.
    pub fn new(guard: Guard, patience: Duration) -> Self {
        Self {
            documents: JwksCache::new(guard.clone()),
            keys: JwksCache::new(guard.clone()),
            guard,
            slots: Mutex::default(),
            patience,
        }
    }

    /// From the next request on, the guarded client has the other's limits.
    pub fn exchange_guard(&self, guard: &Guard) {
        self.documents.exchange_guard(guard);
        self.keys.exchange_guard(guard);
        self.guard.exchange(guard);
    }

    /// The addresses of a provider.
    pub async fn endpoints(&self, provider: &Provider, now: Timestamp) -> Result<Endpoints, UpstreamFailed> {
        let Source::Discovery { document, .. } = &provider.source else {
            return Ok(provider.endpoints(None)?);
        };
        let fetched = self.documents.keys(document, Trust::Operator, Want::Any, now);
        let found = tokio::time::timeout(self.patience, fetched).await.map_err(|_| UpstreamFailed::Late)?;
        Ok(provider.endpoints(Some(&found.map_err(UpstreamFailed::Document)?.0))?)
    }

    /// The code becomes a person.
    pub async fn person(
        &self,
        env: &Env,
        provider: &Provider,
        call: &UpstreamCall,
    ) -> Result<Claimed, UpstreamFailed> {
        let slots = self.slots_of(&provider.name);
        if slots.broken(env.now) {
            return Err(UpstreamFailed::Down);
        }
        let _slot = slots.free.try_acquire().map_err(|_| UpstreamFailed::Busy)?;
        let asked = self.ask(env, provider, call);
        let result = tokio::time::timeout(self.patience, asked).await.unwrap_or(Err(UpstreamFailed::Late));
        slots.note(result.as_ref().err().is_some_and(UpstreamFailed::is_silence), env.now);
        result
    }

    async fn ask(
        &self,
        env: &Env,
        provider: &Provider,
        call: &UpstreamCall,
    ) -> Result<Claimed, UpstreamFailed> {
        let endpoints = self.endpoints(provider, env.now).await?;
        // 1. The code for tokens (RFC 6749 4.1.3).
        let tokens = self.redeem(provider, &endpoints, call).await?;
        // 2. The ID token, where the kind has one (OpenID Connect Core 3.1.3.7).
        let mut issuer = endpoints.issuer.clone();
        let claims = match (provider.kind.is_openid(), &tokens.id_token) {
            (false, _) => None,
            (true, None) => return Err(UpstreamFailed::NoIdToken),
            (true, Some(token)) => {
                let claims = self.id_token(env, provider, &endpoints, token).await?;
                issuer = id_token::check(&env.ctx(), &claims, provider, &endpoints, &call.nonce)?;
                Some(claims)
            }
        };
        // 3. What the ID token does not say (5.3), or who it is where there is none.
        let wanting = claims.as_ref().is_none_or(|it| !it.contains_key("email") || !it.contains_key("name"));
        let person = match endpoints.person.as_ref().filter(|_| wanting) {
            Some(place) => {
                let reply = self.get(provider, "userinfo", place, &tokens).await?;
                match (reply.status, &claims) {
                    (200, _) => Some(object(&reply.body)?),
                    // The ID token says who it is; an address is not told then.
                    (_, Some(_)) => None,
                    (status, None) => return Err(UpstreamFailed::Status("userinfo", status)),
                }
            }
            None => None,
        };
        let emails = match &endpoints.emails {
            Some(place) => {
                let reply = self.get(provider, "the list of addresses", place, &tokens).await?;
                // The person may not have allowed it: there is no address then.
                (reply.status == 200)
                    .then(|| serde_json::from_slice(&reply.body))
                    .transpose()
                    .map_err(|_| BadAnswer::Form)?
            }
            None => None,
        };
        let facts = Facts {
            issuer: &issuer,
            id_token: claims.as_ref(),
            person: person.as_ref(),
            emails: emails.as_ref(),
        };
        Ok(provider.person(&facts)?)
    }

    async fn redeem(
        &self,
        provider: &Provider,
        endpoints: &Endpoints,
        call: &UpstreamCall,
    ) -> Result<TokenAnswer, UpstreamFailed> {
        let (headers, body) = token_request(provider, call);
        let headers: Vec<(HeaderName, &str)> =
            headers.iter().map(|(name, it)| (name.clone(), it.as_str())).collect();
        let (place, what) = (&endpoints.token, "the token endpoint");
        let trust = trust(provider, place);
        let sent = self.guard.send(Method::POST, place, trust, &headers, body).await;
        let reply = sent.map_err(|error| UpstreamFailed::Unreachable(what, error))?;
        match (reply.status, TokenAnswer::parse(&reply.body)) {
            (200, answer) => Ok(answer?),
            // RFC 6749 5.2: 400 or 401 with the error's name.
            (400 | 401, Err(error @ BadAnswer::Error(_))) => Err(error.into()),
            (status, _) => Err(UpstreamFailed::Status(what, status)),
        }
    }

    async fn get(
        &self,
        provider: &Provider,
        what: &'static str,
        place: &Url,
        tokens: &TokenAnswer,
    ) -> Result<Reply, UpstreamFailed> {
        let bearer = format!("Bearer {}", tokens.access_token.as_str());
        let headers = [(ACCEPT, "application/json"), (AUTHORIZATION, bearer.as_str())];
        let sent = self.guard.send(Method::GET, place, trust(provider, place), &headers, Vec::new()).await;
        sent.map_err(|error| UpstreamFailed::Unreachable(what, error))
    }

    /// By the keys in the cache, and once more by fresh ones when they do not fit.
    async fn id_token(
        &self,
        env: &Env,
        provider: &Provider,
        endpoints: &Endpoints,
        token: &str,
    ) -> Result<Map<String, Value>, UpstreamFailed> {
        let header = peek_header(token).map_err(UpstreamFailed::Signature)?;
        let Some(place) = &endpoints.keys else { return Err(UpstreamFailed::NoIdToken) };
        let wants = [header.kid.as_deref().map_or(Want::Any, Want::Kid), Want::Newer];
        let mut last = JwsError::UnknownKid;
        for want in wants {
            let keys = self.keys.keys(place, trust(provider, place), want, env.now).await;
            let keys = keys.map_err(UpstreamFailed::Keys)?;
            match checked(token, &keys.0) {
                Ok(verified) => return verified.claims().map_err(UpstreamFailed::Signature),
                Err(error @ (JwsError::UnknownKid | JwsError::BadSignature)) => last = error,
                Err(error) => return Err(UpstreamFailed::Signature(error)),
            }
        }
        Err(UpstreamFailed::Signature(last))
    }

    fn slots_of(&self, name: &str) -> Arc<Slots> {
        let mut all = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || {
            let failed = Mutex::new((0, Timestamp::default()));
            Arc::new(Slots { free: Semaphore::new(AT_ONCE), failed })
        };
        all.entry(name.to_owned()).or_insert_with(fresh).clone()
    }
}

impl Slots {
    fn broken(&self, now: Timestamp) -> bool {
        let (times, at) = *self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        times >= BREAKS_AFTER && now.since(at) < BREAK
    }

    fn note(&self, silent: bool, now: Timestamp) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        *failed = if silent { (failed.0.saturating_add(1), now) } else { (0, now) };
    }
}

/// RFC 7519: other kinds of token say so in `typ`, and are none.
fn checked(token: &str, keys: &[PublicKey]) -> Result<Verified, JwsError> {
    verify(token, keys, Alg::ALL, TypRule::AbsentOr(&["JWT"]))
}

/// DESIGN 6: an address in the operator's file may be private, one in a fetched document only on the same host and port.
fn trust(provider: &Provider, place: &Url) -> Trust {
    let written = match &provider.source {
        Source::Fixed(_) => return Trust::Operator,
        Source::Discovery { document, .. } => document,
    };
    if written.origin() == place.origin() { Trust::Operator } else { Trust::Foreign }
}

/// RFC 6749 4.1.3 and 2.3.1.
fn token_request(provider: &Provider, call: &UpstreamCall) -> (Vec<(HeaderName, String)>, Vec<u8>) {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", &call.code)
        .append_pair("redirect_uri", &call.callback)
        .append_pair("code_verifier", &call.verifier);
    let mut headers: Vec<(HeaderName, String)> = vec![
        (ACCEPT, "application/json".to_owned()),
        (CONTENT_TYPE, "application/x-www-form-urlencoded".to_owned()),
    ];
    let secret = provider.secret.as_ref().map(|it| it.expose()).unwrap_or_default();
    match provider.auth {
        TokenAuth::Post => {
            form.append_pair("client_id", &provider.client_id).append_pair("client_secret", secret);
        }
        TokenAuth::Basic => headers.push((AUTHORIZATION, basic(&provider.client_id, secret))),
        TokenAuth::None => {
            form.append_pair("client_id", &provider.client_id);
        }
    }
    let body = form.finish().into_bytes();
    (headers, body)
}

/// RFC 6749 2.3.1: both parts are form-encoded before they are joined.
fn basic(id: &str, secret: &str) -> String {
    let part = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let joined = format!("{}:{}", part(id), part(secret));
    format!("Basic {}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, joined))
}

fn object(body: &[u8]) -> Result<Value, BadAnswer> {
    let value: Value = serde_json::from_slice(body).map_err(|_| BadAnswer::Form)?;
    if value.is_object() { Ok(value) } else { Err(BadAnswer::Form) }
}

/// A discovery document, kept as key sets are.
struct Document(Discovered);

impl KeySet for Document {
    fn parse(json: &[u8]) -> Option<Self> {
        Discovered::parse(json).map(Self)
    }
    fn has(&self, _: &str) -> bool {
        true
    }
}

/// The keys of a provider that can be used.
struct Keys(Vec<PublicKey>);

impl KeySet for Keys {
    fn parse(json: &[u8]) -> Option<Self> {
        JwkSet::parse_fetched(json).and_then(|set| set.to_public_keys()).ok().map(Self)
    }
    fn has(&self, kid: &str) -> bool {
        self.0.iter().any(|key| key.kid() == Some(kid))
    }
}
