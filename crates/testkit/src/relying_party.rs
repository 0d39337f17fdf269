//! A relying party: what an app does, written out. It can be told to do every part of it wrongly.

use crate::{Answer, Browser, ISSUER};
use axum::http::Method;
use countersign_core::secret::{base64url, sha256};
use countersign_jose::{Alg, JwkSet, SigningKey, TypRule, Verified, verify};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use url::form_urlencoded::{Serializer, parse};

/// Name and value, as often as they are sent.
pub type Pairs = Vec<(String, String)>;

/// How the app proves who it is.
#[derive(Clone)]
pub enum Auth {
    /// It says its name.
    None,
    /// RFC 6749 2.3.1, in the header.
    Basic(String),
    /// RFC 6749 2.3.1, in the body.
    Post(String),
    /// RFC 7523 2.2.
    Key(Arc<SigningKey>),
}

/// An app.
#[derive(Clone)]
pub struct RelyingParty {
    /// Its `client_id`.
    pub id: String,
    /// Where answers go.
    pub redirect_uri: String,
    /// What it asks for.
    pub scope: String,
    /// How it proves who it is.
    pub auth: Auth,
    /// Its way to the server.
    pub http: Browser,
}

/// One authorization request, with the secrets that the app keeps to itself.
#[derive(Clone, Debug)]
pub struct AuthRequest {
    /// What is sent.
    pub params: Pairs,
    /// RFC 7636 4.1.
    pub verifier: String,
}

/// An answer that reached the app.
#[derive(Clone, Debug)]
pub struct Callback {
    /// Its parameters, in order.
    pub params: Pairs,
    /// Came by form_post?
    pub posted: bool,
    /// The answer of the server that carried it.
    pub answer: Answer,
}

/// What `/token` gave.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The whole answer.
    pub body: Value,
    /// Bearer.
    pub access: String,
    /// If one was issued.
    pub refresh: Option<String>,
    /// If one was issued.
    pub id_token: Option<String>,
}

/// Never the same twice in a run: enough for a state, a nonce, a `jti`, a verifier of a test.
pub fn unique(what: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    base64url(&sha256(format!("{what} {} {n}", std::process::id()).as_bytes()))
}

/// `application/x-www-form-urlencoded`.
pub fn encode<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// `Authorization: Basic`, with RFC 6749 2.3.1's encoding inside.
pub fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let plain = format!("{}:{}", encoded(id), encoded(secret));
    format!("Basic {}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, plain))
}

impl AuthRequest {
    /// With this parameter in place of any of that name.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.params.retain(|(n, _)| n != name);
        self.also(name, value)
    }
    /// With this parameter beside those that are there.
    pub fn also(mut self, name: &str, value: &str) -> Self {
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }
    /// Without this parameter.
    pub fn without(mut self, name: &str) -> Self {
        self.params.retain(|(n, _)| n != name);
        self
    }
    /// Without PKCE.
    pub fn without_pkce(self) -> Self {
        self.without("code_challenge").without("code_challenge_method")
    }
    /// A parameter's value; empty if it is not sent.
    pub fn get(&self, name: &str) -> &str {
        self.params.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }
    /// Where the browser is sent.
    pub fn path(&self) -> String {
        format!("/authorize?{}", encode(&self.params))
    }
}

impl Callback {
    /// What reached the app, if the server's answer goes there: a redirect, or a page that posts.
    pub fn find(answer: &Answer, redirect_uri: &str) -> Option<Self> {
        let raw = answer.header("location");
        let rest = raw.strip_prefix(redirect_uri);
        if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with(['?', '&', '#'])) {
            assert!(!raw.contains('#'), "nothing travels in the fragment: {raw}");
            let query = rest.trim_start_matches(['?', '&']);
            let params = parse(query.as_bytes()).map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
            return Some(Self { params, posted: false, answer: answer.clone() });
        }
        let form = crate::html::forms(&answer.body).into_iter().find(|form| form.action == redirect_uri)?;
        assert_eq!(form.method, "post");
        Some(Self { params: form.fields, posted: true, answer: answer.clone() })
    }
    /// A parameter, which must be there once.
    pub fn get(&self, name: &str) -> &str {
        let all: Vec<_> = self.params.iter().filter(|(n, _)| n == name).collect();
        assert_eq!(all.len(), 1, "{name} once in {:?}", self.params);
        &all[0].1
    }
    /// Is there one of that name?
    pub fn has(&self, name: &str) -> bool {
        self.params.iter().any(|(n, _)| n == name)
    }
    /// The code; panics on an error.
    pub fn code(&self) -> &str {
        assert!(!self.has("error"), "{:?}", self.params);
        self.get("code")
    }
    /// The error; panics on a success. Checks what every error redirect must be.
    pub fn error(&self) -> &str {
        assert!(!self.has("code"), "an error carries no code: {:?}", self.params);
        self.get("error")
    }
}

impl RelyingParty {
    /// A complete request: PKCE, state, nonce.
    pub fn request(&self) -> AuthRequest {
        let verifier = unique("verifier");
        let challenge = base64url(&sha256(verifier.as_bytes()));
        let fixed = [
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", &self.scope),
            ("state", &unique("state")),
            ("nonce", &unique("nonce")),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let params = fixed.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        AuthRequest { params, verifier }
    }

    /// What reached this app.
    pub fn callback(&self, answer: &Answer) -> Callback {
        Callback::find(answer, &self.redirect_uri).unwrap_or_else(|| {
            panic!(
                "not at the app: {} {} -> {:?}\n{}",
                answer.url,
                answer.status,
                answer.location(),
                answer.body
            )
        })
    }

    /// A fresh assertion's claims.
    pub fn assertion_claims(&self, now: i64) -> Value {
        json!({ "iss": self.id, "sub": self.id, "aud": ISSUER, "jti": unique("jti"), "iat": now, "exp": now + 60 })
    }

    /// A POST as this app, authenticated by its own method.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)], now: i64) -> Answer {
        let mut fields: Pairs = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let mut headers = Vec::new();
        let mut add = |name: &str, value: String| fields.push((name.to_owned(), value));
        match &self.auth {
            Auth::None => add("client_id", self.id.clone()),
            Auth::Basic(secret) => headers.push(("authorization", basic(&self.id, secret))),
            Auth::Post(secret) => {
                add("client_id", self.id.clone());
                add("client_secret", secret.clone());
            }
            Auth::Key(key) => {
                let claims = self.assertion_claims(now).to_string();
                add("client_assertion_type", JWT_BEARER.to_owned());
                add("client_assertion", key.sign(Some("JWT"), claims.as_bytes()).expect("it signs"));
            }
        }
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.http.clone().form(path, &headers, &fields).await
    }

    /// Redeems a code.
    pub async fn redeem(&self, code: &str, request: &AuthRequest, now: i64) -> Answer {
        let mut fields =
            vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", &self.redirect_uri)];
        if !request.get("code_challenge").is_empty() {
            fields.push(("code_verifier", &request.verifier));
        }
        self.post("/token", &fields, now).await
    }

    /// Refreshes.
    pub async fn refresh(&self, token: &str, now: i64) -> Answer {
        self.post("/token", &[("grant_type", "refresh_token"), ("refresh_token", token)], now).await
    }

    /// `GET /userinfo` with this token.
    pub async fn userinfo(&self, token: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        self.http.clone().call(Method::GET, "/userinfo", &[("authorization", &bearer)], "").await
    }

    /// Verifies a token of the server by the keys that it serves.
    pub async fn verified(&self, token: &str, typ: TypRule<'_>) -> Verified {
        let jwks = self.http.clone().call(Method::GET, "/jwks.json", &[], "").await;
        let keys =
            JwkSet::parse(jwks.body.as_bytes()).expect("a key set").to_public_keys().expect("public keys");
        let algs = [Alg::Rs256, Alg::Ps256, Alg::Es256, Alg::EdDsa];
        verify(token, &keys, &algs, typ).unwrap_or_else(|e| panic!("{e}: {token}"))
    }

    /// OpenID Connect Core 3.1.3.7: the ID token's claims, all rules followed.
    pub async fn id_token(&self, token: &str, nonce: Option<&str>, now: i64) -> Map<String, Value> {
        let verified = self.verified(token, TypRule::AbsentOr(&["JWT"])).await;
        assert_eq!(verified.header().alg, Alg::Rs256, "no other algorithm was registered");
        assert!(verified.header().kid.is_some(), "an ID token names its key");
        let claims = verified.claims().expect("claims");
        assert_eq!(claims["iss"], ISSUER);
        let aud = match &claims["aud"] {
            Value::Array(many) => many.clone(),
            one => vec![one.clone()],
        };
        assert_eq!(aud, [json!(self.id)], "one audience, this client");
        let at = |name: &str| claims[name].as_i64().unwrap_or_else(|| panic!("{name}: {claims:?}"));
        assert!(at("exp") > now && (at("iat") - now).abs() <= 300, "{claims:?} at {now}");
        let sub = claims["sub"].as_str().expect("a sub");
        assert!(!sub.is_empty() && sub.len() <= 255 && sub.is_ascii());
        assert_eq!(claims.get("nonce").and_then(Value::as_str), nonce, "the nonce as sent, none invented");
        assert!(claims.get("acr").is_none_or(|acr| acr.as_str().is_some_and(|acr| !acr.is_empty())));
        claims
    }
}

/// RFC 7521 4.2.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl Tokens {
    /// Reads an answer of `/token`, with what RFC 6749 5.1 demands of it.
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.header("content-type").starts_with("application/json"));
        assert!(answer.header("cache-control").contains("no-store"));
        let body = answer.json();
        assert!(body["token_type"].as_str().is_some_and(|t| t.eq_ignore_ascii_case("bearer")), "{body}");
        let lives = body["expires_in"].as_i64().expect("expires_in is a number");
        assert!((1..=31_536_000).contains(&lives));
        let text = |name: &str| body.get(name).map(|v| v.as_str().expect("text").to_owned());
        Self {
            access: text("access_token").expect("an access token"),
            refresh: text("refresh_token"),
            id_token: text("id_token"),
            body,
        }
    }
}
