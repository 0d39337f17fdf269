//! A validated authorization request.

use super::{ClaimsRequest, Scope};
use crate::secret::kind;
use crate::{ClientId, Digest, Id, id};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// RFC 6749 4.1.1 and OpenID Connect Core 3.1.2.1, after every check. It travels in the sealed flow.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Where the answer goes: exists only after client and redirect_uri matched.
    pub return_to: ReturnTo,
    /// What is asked for, already cut to what the client may have.
    pub scope: Scope,
    /// RFC 8707.
    pub resources: Vec<String>,
    /// RFC 7636; `None` only under `oidc-compat`.
    pub challenge: Option<CodeChallenge>,
    /// OpenID Connect Core 3.1.2.1.
    pub nonce: Option<String>,
    /// OpenID Connect Core 3.1.2.1; empty means the server decides.
    pub prompt: Vec<Prompt>,
    /// OpenID Connect Core 3.1.2.1, or the client's default.
    pub max_age: Option<Duration>,
    /// An address or name to fill in; only a hint.
    pub login_hint: Option<String>,
    /// The subject of a verified `id_token_hint`.
    pub hint_subject: Option<String>,
    /// Wanted languages, best first.
    pub ui_locales: Vec<String>,
    /// Wanted contexts, best first; voluntary.
    pub acr_values: Vec<String>,
    /// OpenID Connect Core 5.5.
    pub claims: Option<ClaimsRequest>,
    /// How the page should appear.
    pub display: Display,
    /// RFC 9126: the pushed request this came from; spent at completion.
    pub pushed: Option<PushedAs>,
}

/// Where a pushed request stands, and the flow that began when it was pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedAs {
    /// Finds its row.
    pub digest: Digest<kind::Par>,
    /// DESIGN 6: one id from the first message on.
    pub flow: Id<id::Flow>,
}

impl AuthorizationRequest {
    /// What the person is asked to allow: the scopes, and those that open the claims asked for by name, which are
    /// told without their scope (OpenID Connect Core 5.5).
    pub fn to_allow(&self) -> Scope {
        self.claims.as_ref().map_or_else(|| self.scope.clone(), |claims| self.scope.union(&claims.scopes()))
    }

    /// For the flow trace: what is asked for. Of the app's own secrets only that they are there.
    pub fn outline(&self) -> String {
        let there = |yes: bool| if yes { "yes" } else { "no" };
        let prompt: Vec<_> = self.prompt.iter().map(|it| format!("{it:?}").to_ascii_lowercase()).collect();
        let max_age = self.max_age.map_or("none".to_owned(), |it| format!("{} s", it.as_secs()));
        format!(
            "scope {}; to {}; PKCE {}; state {}; nonce {}; pushed {}; prompt {}; max_age {max_age}",
            self.scope,
            self.return_to.redirect_uri(),
            there(self.challenge.is_some()),
            there(self.return_to.state().is_some()),
            there(self.nonce.is_some()),
            there(self.pushed.is_some()),
            if prompt.is_empty() { "none asked".to_owned() } else { prompt.join(" ") },
        )
    }
}

/// Proof that client and redirect_uri matched: before it an error is a page, after it a redirect.
/// Its fields are set by `oauth::authorize` only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnTo {
    pub(crate) client: ClientId,
    pub(crate) redirect_uri: String,
    /// Was `redirect_uri` sent? Then it must be sent again at the token endpoint.
    pub(crate) explicit: bool,
    pub(crate) response_mode: ResponseMode,
    pub(crate) state: Option<String>,
}

impl ReturnTo {
    /// The client.
    pub fn client(&self) -> &ClientId {
        &self.client
    }
    /// The matched address, byte for byte as sent.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }
    /// How the answer travels.
    pub fn response_mode(&self) -> ResponseMode {
        self.response_mode
    }
    /// The client's own state, echoed byte for byte.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

/// For logs: the app's own `state` is its protection against forged answers, and nobody else's business.
impl fmt::Debug for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ReturnTo");
        shown.field("client", &self.client).field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

/// For logs: no state, no nonce, and no hint, which is mostly somebody's address.
impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("AuthorizationRequest");
        shown
            .field("return_to", &self.return_to)
            .field("scope", &self.scope)
            .field("prompt", &self.prompt)
            .finish_non_exhaustive()
    }
}

/// RFC 7636 4.2, S256: the only method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(pub(crate) String);

impl CodeChallenge {
    /// RFC 7636 4.2: the base64url of a SHA-256, 43 characters.
    pub fn parse(text: &str) -> Option<Self> {
        (crate::secret::from_base64url(text)?.len() == 32).then(|| Self(text.to_owned()))
    }
    /// As sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// OAuth 2.0 Multiple Response Types 2.1 and Form Post Response Mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ResponseMode {
    Query,
    FormPost,
}

/// OpenID Connect Core 3.1.2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Prompt {
    None,
    Login,
    Consent,
    SelectAccount,
}

/// OpenID Connect Core 3.1.2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Display {
    #[default]
    Page,
    Popup,
    Touch,
    Wap,
}
