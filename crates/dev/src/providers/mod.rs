//! Stubs of GitHub, GitLab, Microsoft and Google, so that their buttons work without a network: each answers at the
//! paths, in the forms and with the errors of the real one, and shows one page to pick somebody or to refuse.

mod github;
mod openid;
pub mod people;

use axum::Router;
use axum::extract::{Form, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use countersign_core::Timestamp;
use countersign_core::login::provider::{Provider, ProviderMetadata, Secret};
use countersign_core::oauth::Params;
use countersign_core::secret::{base64url, sha256};
use countersign_core::time::minutes;
use countersign_jose::{Alg, SigningKey};
use countersign_web::App;
use countersign_web::respond::{origin_of, plain};
use countersign_web::view::pages::{StubPerson, StubProvider};
use countersign_web::view::{Locale, RenderCtx};
use people::{PEOPLE, Person};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use url::Url;

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Stub {
    Github,
    Gitlab,
    Microsoft,
    Google,
}

impl Stub {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Github, Self::Gitlab, Self::Microsoft, Self::Google];
    /// In addresses, and the kind in a configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Microsoft => "microsoft",
            Self::Google => "google",
        }
    }
    const fn name(self) -> &'static str {
        match self {
            Self::Github => "GitHub",
            Self::Gitlab => "GitLab",
            Self::Microsoft => "Microsoft",
            Self::Google => "Google",
        }
    }
    fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// The client that every stub knows.
pub const CLIENT_ID: &str = "countersign-dev";
/// Its secret: these answer on loopback only, and know nobody.
pub const CLIENT_SECRET: &str = "stub-secret-of-countersign-dev-0123456789";

/// A code or a token lives as long as GitHub's codes do.
const LIFE: std::time::Duration = minutes(10);
const MOST: usize = 1_000;

/// The stubs, for a server whose answers go to `issuer`.
pub struct Providers {
    app: Arc<App>,
    /// Where they live: `http://127.0.0.1:8081`.
    origin: String,
    memory: Mutex<Memory>,
    key: OnceLock<SigningKey>,
}

#[derive(Default)]
struct Memory {
    codes: HashMap<String, Grant>,
    tokens: HashMap<String, (Stub, &'static Person, Timestamp)>,
}

/// What a code stands for.
#[derive(Debug, Clone)]
struct Grant {
    stub: Stub,
    person: &'static Person,
    redirect_uri: String,
    challenge: String,
    nonce: Option<String>,
    at: Timestamp,
}

impl Providers {
    /// For this server, at this origin.
    pub fn new(app: Arc<App>, origin: &str) -> Arc<Self> {
        let (memory, key) = (Mutex::default(), OnceLock::new());
        Arc::new(Self { app, origin: origin.to_owned(), memory, key })
    }

    /// What the server's configuration would say of them.
    pub fn declared(origin: &str) -> Vec<Provider> {
        let one = |stub: Stub| {
            let mut metadata = json!({
                "name": stub.as_str(), "kind": stub.as_str(), "client_id": CLIENT_ID,
                "url": format!("{origin}/providers/{}", stub.as_str()),
            });
            match stub {
                Stub::Github => put(&mut metadata, "claim", "github_id"),
                Stub::Microsoft => put(&mut metadata, "tenant", "organizations"),
                Stub::Gitlab | Stub::Google => {}
            }
            let metadata: ProviderMetadata = serde_json::from_value(metadata).ok()?;
            metadata.validate(Some(Secret::new(CLIENT_SECRET))).ok()
        };
        Stub::ALL.into_iter().filter_map(one).collect()
    }

    /// Their routes.
    pub fn router(self: Arc<Self>) -> Router {
        let at = |path: &str| format!("/providers{path}");
        Router::new()
            .route(&at("/{stub}/decide"), post(decide))
            .route(&at("/github/login/oauth/authorize"), get(github::authorize))
            .route(&at("/github/login/oauth/access_token"), post(github::token))
            .route(&at("/github/api/v3/user"), get(github::user))
            .route(&at("/github/api/v3/user/emails"), get(github::emails))
            .route(&at("/gitlab/.well-known/openid-configuration"), get(openid::gitlab_document))
            .route(&at("/gitlab/oauth/authorize"), get(openid::gitlab_authorize))
            .route(&at("/gitlab/oauth/token"), post(openid::gitlab_token))
            .route(&at("/gitlab/oauth/userinfo"), get(openid::gitlab_person))
            .route(&at("/gitlab/oauth/discovery/keys"), get(openid::keys))
            .route(&at("/google/.well-known/openid-configuration"), get(openid::google_document))
            .route(&at("/google/o/oauth2/v2/auth"), get(openid::google_authorize))
            .route(&at("/google/token"), post(openid::google_token))
            .route(&at("/google/v1/userinfo"), get(openid::google_person))
            .route(&at("/google/oauth2/v3/certs"), get(openid::keys))
            .route(
                &at("/microsoft/{tenant}/v2.0/.well-known/openid-configuration"),
                get(openid::microsoft_document),
            )
            .route(&at("/microsoft/{tenant}/oauth2/v2.0/authorize"), get(openid::microsoft_authorize))
            .route(&at("/microsoft/{tenant}/oauth2/v2.0/token"), post(openid::microsoft_token))
            .route(&at("/microsoft/{tenant}/discovery/v2.0/keys"), get(openid::keys))
            .route(&at("/microsoft/oidc/userinfo"), get(openid::microsoft_person))
            .with_state(self)
    }

    fn base(&self, stub: Stub) -> String {
        format!("{}/providers/{}", self.origin, stub.as_str())
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = self.now() - LIFE;
        memory.codes.retain(|_, it| it.at > oldest);
        memory.tokens.retain(|_, it| it.2 > oldest);
        if memory.codes.len() + memory.tokens.len() > MOST {
            *memory = Memory::default();
        }
        memory
    }

    fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    fn random(&self, bytes: usize) -> String {
        let mut random = vec![0u8; bytes];
        self.app.rng.fill(&mut random);
        base64url(&random)
    }

    fn key(&self) -> Option<&SigningKey> {
        if self.key.get().is_none() {
            let made = SigningKey::generate(Alg::Rs256).ok()?;
            let _already = self.key.set(made);
        }
        self.key.get()
    }

    /// The only address that answers go to.
    fn callback(&self, stub: Stub) -> String {
        self.app.site.url(&format!("/login/provider/{}/callback", stub.as_str()))
    }

    /// The question is one that the real one would take: then the page to pick somebody.
    fn ask(&self, stub: Stub, query: Option<String>) -> Response {
        let query = query.unwrap_or_default();
        let Some(question) = self.question(stub, &query) else {
            return plain(
                StatusCode::BAD_REQUEST,
                "the stub does not know this client, address or kind of question",
            );
        };
        let told = |it: &'static Person| StubPerson {
            id: it.id.to_owned(),
            name: it.name.to_owned(),
            note: it.note(),
        };
        let page = StubProvider {
            action: format!("/providers/{}/decide", stub.as_str()),
            name: stub.name().to_owned(),
            kind: stub.as_str(),
            question: query,
            people: PEOPLE.iter().map(told).collect(),
        };
        let ctx = RenderCtx {
            locale: Locale::En,
            nonce: self.random(18),
            base: "",
            app: None,
            flow_id: None,
            dev: false,
        };
        let Ok(html) = self.app.view.render(&page, &ctx) else {
            return plain(StatusCode::INTERNAL_SERVER_ERROR, "the page could not be drawn");
        };
        let mut response = html.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let back = origin_of(&question.redirect_uri).unwrap_or_default();
        let policy = format!(
            "default-src 'none'; style-src 'self' 'nonce-{0}'; script-src 'self' 'nonce-{0}'; img-src 'self'; \
             form-action 'self' {back}; frame-ancestors 'none'; base-uri 'none'",
            ctx.nonce
        );
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }

    fn question(&self, stub: Stub, query: &str) -> Option<Question> {
        let params = Params::parse(query.as_bytes()).ok()?;
        let text = |name: &str| params.one(name).map(str::to_owned);
        let redirect_uri = text("redirect_uri").filter(|it| *it == self.callback(stub))?;
        let known = params.one("client_id") == Some(CLIENT_ID) && params.one("response_type") == Some("code");
        let challenge =
            text("code_challenge").filter(|_| params.one("code_challenge_method") == Some("S256"))?;
        known.then(|| Question { redirect_uri, challenge, state: text("state"), nonce: text("nonce") })
    }

    /// A code for a token, once: by the right client, for the right address, with the right verifier.
    fn redeem(&self, stub: Stub, form: &HashMap<String, String>) -> Option<Grant> {
        let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let grant = self.memory().codes.remove(text("code"))?;
        let verified = base64url(&sha256(text("code_verifier").as_bytes())) == grant.challenge;
        let ours = text("client_id") == CLIENT_ID && text("client_secret") == CLIENT_SECRET;
        let same = grant.stub == stub && text("redirect_uri") == grant.redirect_uri;
        (verified && ours && same && text("grant_type") == "authorization_code").then_some(grant)
    }

    fn token_for(&self, grant: &Grant, prefix: &str) -> String {
        let token = format!("{prefix}{}", self.random(27));
        self.memory().tokens.insert(token.clone(), (grant.stub, grant.person, self.now()));
        token
    }

    fn bearer(&self, stub: Stub, headers: &HeaderMap) -> Option<&'static Person> {
        let sent = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = sent.split_once(' ')?;
        let known = self.memory().tokens.get(token).filter(|it| it.0 == stub).map(|it| it.1);
        known.filter(|_| scheme.eq_ignore_ascii_case("bearer") || scheme == "token")
    }
}

struct Question {
    redirect_uri: String,
    challenge: String,
    state: Option<String>,
    nonce: Option<String>,
}

#[derive(Deserialize)]
struct Decision {
    question: String,
    person: String,
}

/// Somebody was picked, or it was refused: back to who asked, in this provider's own words.
async fn decide(
    State(all): State<Arc<Providers>>,
    Path(stub): Path<String>,
    Form(decision): Form<Decision>,
) -> Response {
    let stub = Stub::of(&stub);
    let found = stub.and_then(|stub| Some((stub, all.question(stub, &decision.question)?)));
    let Some((stub, question)) = found else {
        return plain(StatusCode::BAD_REQUEST, "the stub asked nothing like this");
    };
    let Ok(mut back) = Url::parse(&question.redirect_uri) else {
        return plain(StatusCode::BAD_REQUEST, "the address of the answer is none");
    };
    match PEOPLE.iter().find(|it| it.id == decision.person) {
        Some(person) => {
            let code = all.random(15);
            let grant = Grant {
                stub,
                person,
                redirect_uri: question.redirect_uri,
                challenge: question.challenge,
                nonce: question.nonce,
                at: all.now(),
            };
            all.memory().codes.insert(code.clone(), grant);
            back.query_pairs_mut().append_pair("code", &code);
            match stub {
                Stub::Github => {
                    let iss = format!("{}/login/oauth", all.base(stub));
                    back.query_pairs_mut().append_pair("iss", &iss);
                }
                Stub::Google => {
                    back.query_pairs_mut().append_pair("authuser", "0").append_pair("prompt", "none");
                }
                Stub::Microsoft => {
                    back.query_pairs_mut().append_pair("session_state", &all.random(16));
                }
                Stub::Gitlab => {}
            }
        }
        None => {
            let mut query = back.query_pairs_mut();
            query.append_pair("error", "access_denied");
            match stub {
                Stub::Github => {
                    query.append_pair("error_description", "The user has denied your application access.");
                    query.append_pair("iss", &format!("{}/login/oauth", all.base(stub)));
                }
                Stub::Gitlab => {
                    let why = "The resource owner or authorization server denied the request.";
                    query.append_pair("error_description", why);
                }
                Stub::Microsoft => {
                    query.append_pair("error_subcode", "cancel");
                }
                Stub::Google => {}
            }
        }
    }
    if let Some(state) = &question.state {
        back.query_pairs_mut().append_pair("state", state);
    }
    see(back.as_str())
}

fn see(place: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    if let Ok(value) = HeaderValue::from_str(place) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

/// One more member.
fn put(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}

/// What a token of these lives.
const HOUR: i64 = 3_600;

async fn of_query(all: Arc<Providers>, stub: Stub, RawQuery(query): RawQuery) -> Response {
    all.ask(stub, query)
}
