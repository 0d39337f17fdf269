//! The scenarios: one request, or one flow, and how its answer is verified.

use std::sync::Arc;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use countersign_jose::{Alg, JwkSet, PublicKey, TypRule, verify};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use crate::Failure;
use crate::http::{Connection, Reply};
use crate::plan::Plan;
use crate::walk::{Jar, Step, follow, parameter, sign_in};

const VERIFIER: &str = "a-code-verifier-that-is-long-enough-for-everyone";

/// One connection and what it remembers between requests.
pub(crate) struct Worker {
    pub(crate) plan: Arc<Plan>,
    pub(crate) keys: Arc<Vec<PublicKey>>,
    /// When a verifier asks for them again; `None`: never.
    pub(crate) keys_until: Option<Instant>,
    pub(crate) number: usize,
    pub(crate) turn: usize,
    pub(crate) connection: Connection,
    jar: Jar,
    /// `authorization: ..`
    headers: String,
    body: String,
    /// The access token, or the refresh token of the chain.
    pub(crate) token: String,
    first: Option<Vec<u8>>,
}

/// The server's keys; none for a floor.
pub(crate) async fn keys(plan: &Plan) -> Result<Vec<PublicKey>, Failure> {
    if matches!(plan.scenario.as_str(), "get" | "post") {
        return Ok(Vec::new());
    }
    let reply = Connection::open(plan.host()).await?.get(&plan.path("/jwks.json"), "").await?;
    expect(&reply, 200)?;
    Ok(JwkSet::parse(&reply.body)?.to_public_keys()?)
}

/// `count` access tokens of the plan's client, one request each.
pub(crate) async fn mint(plan: &Plan) -> Result<Value, Failure> {
    let mut connection = Connection::open(plan.host()).await?;
    let mut tokens = Vec::new();
    for _ in 0..plan.count {
        let body = form(&[
            ("grant_type", "client_credentials"),
            ("scope", &plan.scope),
            ("resource", &plan.resource),
        ]);
        let reply = connection.post(&plan.path("/token"), &basic(plan), &body).await?;
        expect(&reply, 200)?;
        tokens.push(text(&json(&reply)?, "access_token")?);
    }
    Ok(json!({ "tokens": tokens }))
}

/// Where a sign-in begins.
pub(crate) fn authorize(plan: &Plan, nonce: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let query = form(&[
        ("client_id", &plan.client_id),
        ("redirect_uri", &plan.redirect_uri),
        ("response_type", "code"),
        ("scope", &plan.scope),
        ("state", "0123456789abcdef"),
        ("nonce", nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    format!("{}?{query}", plan.path("/authorize"))
}

impl Worker {
    pub(crate) async fn new(
        plan: Arc<Plan>,
        keys: Arc<Vec<PublicKey>>,
        number: usize,
    ) -> Result<Self, Failure> {
        let connection = Connection::open(plan.host()).await?;
        let (headers, body) = match plan.scenario.as_str() {
            "client_credentials" => (
                basic(&plan),
                form(&[
                    ("grant_type", "client_credentials"),
                    ("scope", &plan.scope),
                    ("resource", &plan.resource),
                ]),
            ),
            "introspect" => (basic(&plan), String::new()),
            _ => (String::new(), plan.body.clone()),
        };
        let mut worker = Self {
            plan,
            keys,
            keys_until: None,
            number,
            turn: 0,
            connection,
            jar: Jar::default(),
            headers,
            body,
            token: String::new(),
            first: None,
        };
        match worker.plan.scenario.as_str() {
            "userinfo" => {
                let tokens = worker.fresh().await?;
                worker.headers = format!("authorization: Bearer {}\r\n", text(&tokens, "access_token")?);
            }
            "refresh" => worker.token = text(&worker.fresh().await?, "refresh_token")?,
            "code_flow" => drop(worker.fresh().await?),
            _ => {}
        }
        Ok(worker)
    }

    /// One turn of the loop.
    pub(crate) async fn once(&mut self, check: bool) -> Result<(), Failure> {
        self.turn += 1;
        match self.plan.clone().scenario.as_str() {
            "get" => {
                let reply = self.connection.get(&self.plan.path(&self.plan.path), "").await?;
                expect(&reply, 200)?;
                let first = self.first.get_or_insert_with(|| reply.body.clone());
                if check && *first != reply.body { Err("another body than the first".into()) } else { Ok(()) }
            }
            "post" => {
                let reply =
                    self.connection.post(&self.plan.path(&self.plan.path), &self.headers, &self.body).await?;
                expect(&reply, 200)
            }
            "client_credentials" => self.client_credentials(check).await,
            "introspect" => self.introspect().await,
            "userinfo" => {
                let reply = self.connection.get(&self.plan.path("/userinfo"), &self.headers).await?;
                expect(&reply, 200)?;
                if check && !text(&json(&reply)?, "sub")?.starts_with("u_") {
                    return Err("userinfo of nobody".into());
                }
                Ok(())
            }
            "refresh" => self.refresh(check).await,
            "life" => self.life().await,
            "code_flow" => {
                let path = self.authorize();
                match follow(&self.plan, &mut self.connection, &mut self.jar, path).await? {
                    Step::App(redirect) => drop(self.redeem(&redirect, check).await?),
                    Step::Page(page) => {
                        return Err(format!("a page, {}, in place of a code", page.status).into());
                    }
                }
                Ok(())
            }
            "login" => {
                self.jar = Jar::default();
                let (path, who) = (self.authorize(), self.plan.person(self.number + self.turn * 7));
                let redirect = sign_in(&self.plan, &mut self.connection, &mut self.jar, &path, &who).await?;
                parameter(&redirect, "code").map(drop).ok_or_else(|| "no code".into())
            }
            other => Err(format!("no scenario {other}").into()),
        }
    }

    async fn client_credentials(&mut self, check: bool) -> Result<(), Failure> {
        let reply = self.connection.post(&self.plan.path("/token"), &self.headers, &self.body).await?;
        expect(&reply, 200)?;
        if check {
            let token = text(&json(&reply)?, "access_token")?;
            let claims = verify(&token, &self.keys, &[Alg::Es256], TypRule::OneOf(&["at+jwt"]))?.claims()?;
            if claims.get("client_id").and_then(Value::as_str) != Some(&self.plan.client_id) {
                return Err("a token of somebody else".into());
            }
        }
        Ok(())
    }

    /// Every answer is compared: one false "active" voids the run.
    async fn introspect(&mut self) -> Result<(), Failure> {
        let at = (self.number * 31 + self.turn) % self.plan.tokens.len().max(1);
        let (token, active) = self.plan.tokens.get(at).cloned().ok_or("no tokens")?;
        let body = form(&[("token", &token)]);
        let reply = self.connection.post(&self.plan.path("/introspect"), &self.headers, &body).await?;
        expect(&reply, 200)?;
        let said = json(&reply)?.get("active").and_then(Value::as_bool);
        if said == Some(active) {
            Ok(())
        } else {
            Err(format!("active is {said:?}, should be {active}").into())
        }
    }

    async fn refresh(&mut self, check: bool) -> Result<(), Failure> {
        let old = std::mem::take(&mut self.token);
        let body = form(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", &old),
            ("client_id", &self.plan.client_id),
        ]);
        let reply = self.connection.post(&self.plan.path("/token"), "", &body).await?;
        expect(&reply, 200)?;
        let answer = json(&reply)?;
        self.token = text(&answer, "refresh_token")?;
        if self.token == old {
            return Err("the same refresh token again".into());
        }
        if check {
            let token = text(&answer, "access_token")?;
            verify(&token, &self.keys, &[Alg::Es256], TypRule::OneOf(&["at+jwt"]))?;
        }
        Ok(())
    }

    /// In a browser that knows nobody yet.
    pub(crate) async fn anew(&mut self) -> Result<Value, Failure> {
        self.jar = Jar::default();
        self.fresh().await
    }

    /// Signs in and redeems the code.
    async fn fresh(&mut self) -> Result<Value, Failure> {
        let (path, who) = (self.authorize(), self.plan.person(self.number));
        let redirect = sign_in(&self.plan, &mut self.connection, &mut self.jar, &path, &who).await?;
        self.redeem(&redirect, true).await
    }

    fn authorize(&self) -> String {
        authorize(&self.plan, &self.nonce())
    }

    fn nonce(&self) -> String {
        format!("n{}-{}", self.number, self.turn)
    }

    async fn redeem(&mut self, redirect: &str, check: bool) -> Result<Value, Failure> {
        let code = parameter(redirect, "code").ok_or_else(|| format!("no code in {redirect}"))?;
        let body = form(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &self.plan.redirect_uri),
            ("client_id", &self.plan.client_id),
            ("code_verifier", VERIFIER),
        ]);
        let reply = self.connection.post(&self.plan.path("/token"), "", &body).await?;
        expect(&reply, 200)?;
        let tokens = json(&reply)?;
        if check && self.plan.scope.split(' ').any(|it| it == "openid") {
            let token = text(&tokens, "id_token")?;
            let all = [Alg::Rs256, Alg::Es256, Alg::Ps256, Alg::EdDsa];
            let claims = verify(&token, &self.keys, &all, TypRule::AbsentOr(&["JWT"]))?.claims()?;
            if claims.get("nonce").and_then(Value::as_str) != Some(&self.nonce()) {
                return Err("an ID token with another nonce".into());
            }
        }
        Ok(tokens)
    }
}

fn basic(plan: &Plan) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(&plan.client_id), encode(&plan.client_secret));
    format!("authorization: Basic {}\r\n", STANDARD.encode(pair))
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish()
}

pub(crate) fn expect(reply: &Reply, status: u16) -> Result<(), Failure> {
    if reply.status == status {
        return Ok(());
    }
    Err(format!(
        "{} in place of {status}: {}",
        reply.status,
        reply.text().chars().take(300).collect::<String>()
    )
    .into())
}

pub(crate) fn json(reply: &Reply) -> Result<Value, Failure> {
    Ok(serde_json::from_slice(&reply.body)?)
}

pub(crate) fn text(value: &Value, name: &str) -> Result<String, Failure> {
    value.get(name).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| format!("no {name}").into())
}
