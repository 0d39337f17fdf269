//! The demo app's OpenID client: what any app's library does, written out so that it can be read.

use countersign_core::secret::{base64url, sha256};
use countersign_core::{Rng, Timestamp};
use countersign_jose::{Alg, JwkSet, TypRule, verify};
use countersign_outbound::guard::{Guard, Trust};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use url::Url;

/// A registered client, and the way to its provider.
pub struct RelyingParty {
    /// The provider.
    pub issuer: Url,
    /// RFC 6749 2.2.
    pub client_id: String,
    /// RFC 6749 2.3.1, sent by Basic.
    pub client_secret: String,
    /// Where answers come.
    pub redirect_uri: String,
    /// RFC 8707: the API that tokens are for.
    pub resource: String,
    /// All requests go through the house's guarded client.
    pub guard: Guard,
    /// For state, nonce and verifier.
    pub rng: Arc<dyn Rng>,
}

/// OpenID Connect Discovery 3, as far as this app needs it.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)] // named by the standard
pub struct Metadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub userinfo_endpoint: String,
    pub jwks_uri: String,
    pub end_session_endpoint: String,
}

/// A sign-in on its way, kept under its `state` until the answer comes.
#[derive(Debug, Clone)]
pub struct Pending {
    nonce: String,
    verifier: String,
}

/// RFC 6749 5.1.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)] // named by the standard
pub struct Tokens {
    pub access_token: String,
    pub refresh_token: Option<String>,
    pub id_token: Option<String>,
    pub expires_in: i64,
}

/// What went wrong, for the page.
#[derive(Debug, thiserror::Error)]
pub enum RpError {
    /// The provider could not be reached or did not answer as the standards say.
    #[error("the provider did not answer as expected: {0}")]
    Provider(String),
    /// The provider said no.
    #[error("{0}")]
    Refused(String),
    /// A token is not what it should be.
    #[error("the token was refused: {0}")]
    Token(String),
}

impl RelyingParty {
    /// OpenID Connect Discovery 4: the issuer in the document must be the one asked.
    pub async fn metadata(&self) -> Result<Metadata, RpError> {
        let place =
            format!("{}/.well-known/openid-configuration", self.issuer.as_str().trim_end_matches('/'));
        let metadata: Metadata = parse(&self.fetch(&place).await?)?;
        if metadata.issuer != self.issuer.as_str().trim_end_matches('/') {
            return Err(RpError::Provider(format!("the issuer calls itself {}", metadata.issuer)));
        }
        Ok(metadata)
    }

    /// RFC 6749 4.1.1, RFC 7636, OpenID Connect Core 3.1.2.1. Returns the address to go to, the state, and what to keep.
    pub fn start(
        &self,
        metadata: &Metadata,
        extra: &[(String, String)],
    ) -> Result<(Url, String, Pending), RpError> {
        let (state, nonce, verifier) = (self.random(), self.random(), self.random());
        let challenge = base64url(&sha256(verifier.as_bytes()));
        let mut url =
            Url::parse(&metadata.authorization_endpoint).map_err(|e| RpError::Provider(e.to_string()))?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", "openid profile email address phone offline_access")
            .append_pair("resource", &self.resource)
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(extra);
        Ok((url, state, Pending { nonce, verifier }))
    }

    /// RFC 6749 4.1.3, then OpenID Connect Core 3.1.3.7.
    pub async fn finish(
        &self,
        metadata: &Metadata,
        pending: &Pending,
        code: &str,
        now: Timestamp,
    ) -> Result<(Tokens, Map<String, Value>), RpError> {
        let tokens = self
            .token(
                metadata,
                &[
                    ("grant_type", "authorization_code"),
                    ("code", code),
                    ("redirect_uri", &self.redirect_uri),
                    ("code_verifier", &pending.verifier),
                ],
            )
            .await?;
        let id_token =
            tokens.id_token.as_deref().ok_or_else(|| RpError::Token("there is no ID token".to_owned()))?;
        let claims = self.check_id_token(metadata, id_token, now).await?;
        if claims.get("nonce").and_then(Value::as_str) != Some(&pending.nonce) {
            return Err(RpError::Token("its nonce is another sign-in's".to_owned()));
        }
        Ok((tokens, claims))
    }

    /// RFC 6749 6.
    pub async fn refresh(&self, metadata: &Metadata, refresh_token: &str) -> Result<Tokens, RpError> {
        self.token(metadata, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// OpenID Connect Core 5.3.
    pub async fn userinfo(
        &self,
        metadata: &Metadata,
        access_token: &str,
    ) -> Result<Map<String, Value>, RpError> {
        let (status, body) = self.call(Method::GET, &metadata.userinfo_endpoint, access_token).await?;
        if status != 200 {
            Err(RpError::Provider(format!("userinfo answered {status}")))
        } else {
            parse(&body)
        }
    }

    /// A call with a bearer token (RFC 6750 2.1).
    pub async fn call(
        &self,
        method: Method,
        place: &str,
        access_token: &str,
    ) -> Result<(u16, Vec<u8>), RpError> {
        let bearer = format!("Bearer {access_token}");
        self.send(method, place, &[(AUTHORIZATION, &bearer)], Vec::new()).await
    }

    /// RFC 9068 4: signature, type, issuer, audience and time, checked here and not by asking the provider.
    pub async fn check_access_token(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Map<String, Value>, RpError> {
        let metadata = self.metadata().await?;
        let claims = self
            .verified(
                &metadata,
                token,
                &[Alg::Es256, Alg::Rs256, Alg::Ps256, Alg::EdDsa],
                TypRule::OneOf(&["at+jwt"]),
            )
            .await?;
        self.check_claims(&claims, &self.resource, now)?;
        Ok(claims)
    }

    async fn check_id_token(
        &self,
        metadata: &Metadata,
        token: &str,
        now: Timestamp,
    ) -> Result<Map<String, Value>, RpError> {
        let claims = self.verified(metadata, token, &[Alg::Rs256], TypRule::AbsentOr(&["JWT"])).await?;
        self.check_claims(&claims, &self.client_id, now)?;
        Ok(claims)
    }

    fn check_claims(
        &self,
        claims: &Map<String, Value>,
        audience: &str,
        now: Timestamp,
    ) -> Result<(), RpError> {
        let refused = |why: &str| Err(RpError::Token(why.to_owned()));
        if claims.get("iss").and_then(Value::as_str) != Some(self.issuer.as_str().trim_end_matches('/')) {
            return refused("another issuer made it");
        }
        let ours = match claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(many)) => many.iter().any(|a| a.as_str() == Some(audience)),
            Some(_) | None => false,
        };
        if !ours {
            return refused("it is meant for somebody else");
        }
        if claims.get("exp").and_then(Value::as_i64).is_none_or(|exp| exp <= now.seconds()) {
            return refused("it has expired");
        }
        Ok(())
    }

    async fn verified(
        &self,
        metadata: &Metadata,
        token: &str,
        algs: &[Alg],
        typ: TypRule<'_>,
    ) -> Result<Map<String, Value>, RpError> {
        let keys = JwkSet::parse_fetched(&self.fetch(&metadata.jwks_uri).await?)
            .and_then(|set| set.to_public_keys());
        let keys = keys.map_err(|e| RpError::Provider(e.to_string()))?;
        verify(token, &keys, algs, typ).and_then(|v| v.claims()).map_err(|e| RpError::Token(e.to_string()))
    }

    async fn token(&self, metadata: &Metadata, form: &[(&str, &str)]) -> Result<Tokens, RpError> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        // RFC 6749 2.3.1: both parts are form-encoded before they are joined.
        let part = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let joined = format!("{}:{}", part(&self.client_id), part(&self.client_secret));
        let basic =
            format!("Basic {}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, joined));
        let headers = [(AUTHORIZATION, basic.as_str()), (CONTENT_TYPE, "application/x-www-form-urlencoded")];
        let (status, answer) =
            self.send(Method::POST, &metadata.token_endpoint, &headers, body.into_bytes()).await?;
        if status == 200 {
            return parse(&answer);
        }
        let error: Map<String, Value> = parse(&answer)?;
        let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Err(RpError::Refused(format!("{}: {}", text("error"), text("error_description"))))
    }

    async fn fetch(&self, place: &str) -> Result<Vec<u8>, RpError> {
        match self.send(Method::GET, place, &[], Vec::new()).await? {
            (200, body) => Ok(body),
            (status, _) => Err(RpError::Provider(format!("{place} answered {status}"))),
        }
    }

    async fn send(
        &self,
        method: Method,
        place: &str,
        headers: &[(HeaderName, &str)],
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), RpError> {
        let url = Url::parse(place).map_err(|e| RpError::Provider(e.to_string()))?;
        let reply = self.guard.send(method, &url, Trust::Operator, headers, body).await;
        reply.map(|r| (r.status, r.body)).map_err(|e| RpError::Provider(e.to_string()))
    }

    fn random(&self) -> String {
        let mut bytes = [0u8; 32];
        self.rng.fill(&mut bytes);
        base64url(&bytes)
    }
}

fn parse<T: serde::de::DeserializeOwned>(json: &[u8]) -> Result<T, RpError> {
    serde_json::from_slice(json).map_err(|e| RpError::Provider(e.to_string()))
}
