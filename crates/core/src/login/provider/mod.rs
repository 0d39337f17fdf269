//! Signing in with a provider: GitHub, a company's own sign-in, any OpenID provider.
//!
//! [`begin`] sends the browser there, [`come_back`] judges what it brings back before anything is fetched, the edge
//! fetches ([`UpstreamCall`]), and [`resume()`] decides whose account it is.

pub mod answer;
pub mod id_token;
pub mod kind;
pub mod resume;
pub mod settings;

pub use answer::{Claimed, ClaimedEmail};
pub use kind::{Endpoints, Kind};
pub use resume::{Joining, ProviderRefused, Resumed, Rows, Whose, join, resume};
pub use settings::{Provider, ProviderMetadata, Secret, TokenAuth, TrustEmail};

use super::flow::{Chosen, Flow};
use crate::account::identity::may_change;
use crate::oauth::{Client, Prompt};
use crate::secret::{base64url, kind as secret, sha256};
use crate::session::SignedIn;
use crate::write::NewSecret;
use crate::{Ctx, Id, Outcome, Party, Plain, TraceStep, id};
use serde::{Deserialize, Serialize};

/// A question that a provider was asked in this flow.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaiting {
    /// Who was asked: an answer by another's address counts for nothing.
    pub provider: String,
    /// RFC 6749 10.12: a random handle; the cookie of this name holds the flow.
    pub state: String,
    /// OpenID Connect Core 3.1.2.1.
    pub nonce: String,
    /// RFC 7636.
    verifier: String,
    /// RFC 9207: who must have answered; may hold `{tenantid}`.
    issuer: String,
    /// RFC 9207 3: it said that it always tells who answers.
    iss: bool,
    /// To link to this account, not to sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Id<id::User>>,
}

impl std::fmt::Debug for Awaiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Awaiting({})", self.provider)
    }
}

/// Where the browser goes.
#[derive(Debug)]
pub struct Departure {
    /// The provider's page, with the question.
    pub url: String,
    /// The handle under which the flow waits.
    pub state: String,
    /// The flow, with the question noted.
    pub flow: Flow,
}

/// Why nobody is sent to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BeginRefused {
    /// OpenID Connect Core 3.1.2.1: with `prompt=none` nobody is shown a page, a provider's least of all.
    #[error("the app asked that no page is shown (prompt=none)")]
    Silent,
    /// The provider is switched off, or this app does not offer it.
    #[error("the provider is not offered here")]
    NotOffered,
    /// To link an account, the person must have signed in a moment ago.
    #[error("to link an account, the person must have signed in a moment ago")]
    NotFresh,
    /// Whoever is to be linked is not who is signed in.
    #[error("another person is signed in than the one whose account is to be linked")]
    OtherPerson,
}

impl BeginRefused {
    /// The stable name of the check, for trace and log.
    pub const fn check(self) -> &'static str {
        match self {
            Self::Silent => "provider_prompt_none",
            Self::NotOffered => "provider_offered",
            Self::NotFresh => "link_fresh",
            Self::OtherPerson => "link_person",
        }
    }
}

/// Does this app's sign-in page offer this provider?
pub fn offered(provider: &Provider, client: Option<&Client>) -> bool {
    let chosen = client.and_then(|it| it.providers.as_ref());
    !provider.disabled && chosen.is_none_or(|all| all.contains(&provider.name))
}

/// Sends the browser to a provider. `callback` is our address for its answer: one for each provider, so that an answer
/// of one is never taken for another's (RFC 9700 4.4).
pub fn begin(
    ctx: &Ctx<'_>,
    flow: &Flow,
    provider: &Provider,
    client: Option<&Client>,
    endpoints: &Endpoints,
    callback: &str,
    here: Option<&SignedIn>,
) -> Outcome<Departure, BeginRefused> {
    let label = format!("sign in with {}", provider.name);
    let step = TraceStep::new(flow.id, ctx.now, Party::Browser, Party::Countersign, label);
    let refused = if flow.request().is_some_and(|it| it.prompt.contains(&Prompt::None)) {
        Some(BeginRefused::Silent)
    } else if !offered(provider, client) {
        Some(BeginRefused::NotOffered)
    } else {
        match (flow.linking, here) {
            (None, _) => None,
            (Some(user), Some(here)) if here.user().id != user => Some(BeginRefused::OtherPerson),
            (Some(_), Some(here)) if may_change(ctx, here) => None,
            (Some(_), Some(_) | None) => Some(BeginRefused::NotFresh),
        }
    };
    if let Some(cause) = refused {
        return Outcome::refuse(cause).trace(step.refused(cause.check(), cause.to_string()));
    }
    let random = || Plain::<secret::UpstreamState>::mint(ctx).expose().to_owned();
    let (state, nonce, verifier) = (random(), random(), random());
    let challenge = base64url(&sha256(verifier.as_bytes()));
    let mut url = endpoints.authorize.clone();
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.client_id)
        .append_pair("redirect_uri", callback)
        .append_pair("scope", &provider.scope)
        .append_pair("state", &state)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    if provider.kind.is_openid() {
        url.query_pairs_mut().append_pair("nonce", &nonce);
    }
    if let Some(prompt) = provider.kind.prompt(&prompts(flow)) {
        url.query_pairs_mut().append_pair("prompt", &prompt);
    }
    if let Some(hint) = hint(flow) {
        url.query_pairs_mut().append_pair(provider.kind.hint(), &hint);
    }
    let mut flow = flow.clone();
    flow.join = None;
    flow.awaiting = Some(Box::new(Awaiting {
        provider: provider.name.clone(),
        state: state.clone(),
        nonce,
        verifier,
        issuer: endpoints.issuer.clone(),
        iss: endpoints.iss_parameter,
        link: flow.linking,
    }));
    let there = TraceStep::new(flow.id, ctx.now, Party::Browser, Party::Provider, "GET authorize")
        .detail(format!("at {}", provider.name));
    Outcome::reply(Departure { url: url.into(), state, flow }).trace(step).trace(there)
}

/// OpenID Connect Core 3.1.2.1: what the app wants shown, as far as it is for whoever signs the person in.
fn prompts(flow: &Flow) -> Vec<Prompt> {
    let asked = flow.request().map(|it| it.prompt.as_slice()).unwrap_or_default();
    let mut all: Vec<Prompt> =
        asked.iter().copied().filter(|it| matches!(it, Prompt::Login | Prompt::SelectAccount)).collect();
    if flow.chosen == Some(Chosen::Another) && !all.contains(&Prompt::SelectAccount) {
        all.push(Prompt::SelectAccount);
    }
    all
}

fn hint(flow: &Flow) -> Option<String> {
    if flow.chosen == Some(Chosen::Another) && flow.identifier.is_none() {
        return None;
    }
    let typed = flow.identifier.as_ref().map(|it| it.typed().to_owned());
    typed.or_else(|| flow.request()?.login_hint.clone()).filter(|it| it.len() <= 320)
}

/// What a provider sent the browser back with.
#[derive(Debug, Clone, Default)]
pub struct Brought {
    /// RFC 6749 4.1.2.
    pub code: Option<String>,
    /// RFC 9207 2.
    pub iss: Option<String>,
    /// RFC 6749 4.1.2.1.
    pub error: Option<String>,
}

/// What the edge fetches: the code becomes a person.
#[derive(Clone)]
pub struct UpstreamCall {
    /// RFC 6749 4.1.3.
    pub code: String,
    /// RFC 7636 4.5.
    pub verifier: String,
    /// OpenID Connect Core 3.1.3.7 11.
    pub nonce: String,
    /// RFC 6749 4.1.3: the same address again.
    pub callback: String,
}

impl std::fmt::Debug for UpstreamCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UpstreamCall(..)")
    }
}

/// Why an answer is not even looked into.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefused {
    /// This flow waits for no answer, or for one under another handle.
    #[error("no question with this state was asked in this flow")]
    State,
    /// RFC 9700 4.4: it came by another provider's address.
    #[error("the answer came by the address of another provider")]
    OtherProvider,
    /// RFC 9207 2.4: somebody else answered, or did not say who.
    #[error("iss is not the provider that was asked")]
    Issuer,
    /// The provider was switched off, or taken out of this app's sign-in, while the person was there.
    #[error("the provider was switched off meanwhile")]
    NotOffered,
    /// The person said no there.
    #[error("the person said no at the provider")]
    Declined,
    /// RFC 6749 4.1.2.1: another error.
    #[error("the provider answered with the error {0}")]
    Error(String),
    /// Neither a code nor an error.
    #[error("the answer has neither a code nor an error")]
    NoCode,
}

impl AnswerRefused {
    /// The stable name of the check, for trace and log.
    pub const fn check(&self) -> &'static str {
        match self {
            Self::State => "provider_state",
            Self::OtherProvider => "provider_mix_up",
            Self::Issuer => "provider_iss",
            Self::NotOffered => "provider_offered",
            Self::Declined => "provider_declined",
            Self::Error(_) => "provider_error",
            Self::NoCode => "provider_code",
        }
    }
}

/// An answer came to the address of `provider`, under the handle `state`: is it the one that this flow waits for? The
/// flow waits no longer, whatever comes of it.
pub fn come_back(
    flow: &mut Flow,
    provider: &Provider,
    client: Option<&Client>,
    state: &str,
    brought: &Brought,
    callback: &str,
) -> Result<UpstreamCall, AnswerRefused> {
    let awaiting = flow.awaiting.take().filter(|it| it.state == state).ok_or(AnswerRefused::State)?;
    if awaiting.provider != provider.name {
        return Err(AnswerRefused::OtherProvider);
    }
    if !offered(provider, client) {
        return Err(AnswerRefused::NotOffered);
    }
    // RFC 9207 2.4: in errors too.
    let known = match &brought.iss {
        Some(iss) => kind::issuer_fits(&awaiting.issuer, iss),
        None => !awaiting.iss,
    };
    if !known {
        return Err(AnswerRefused::Issuer);
    }
    match (&brought.error, &brought.code) {
        (Some(error), _) if DECLINED.contains(&error.as_str()) => Err(AnswerRefused::Declined),
        (Some(error), _) => {
            let plain = |c: &char| c.is_ascii_graphic();
            Err(AnswerRefused::Error(error.chars().filter(plain).take(60).collect()))
        }
        (None, Some(code)) if code.len() <= 4_096 => Ok(UpstreamCall {
            code: code.clone(),
            verifier: awaiting.verifier.clone(),
            nonce: awaiting.nonce.clone(),
            callback: callback.to_owned(),
        }),
        (None, Some(_) | None) => Err(AnswerRefused::NoCode),
    }
}

/// RFC 6749 4.1.2.1; OpenID Connect Core 3.1.2.6: the person did not want to, or not now.
const DECLINED: [&str; 4] = ["access_denied", "user_cancelled", "consent_required", "user_denied"];

/// An answer counts once: the claim of its handle, to be written before the code is sent on.
pub fn claim_of(ctx: &Ctx<'_>, flow: &Flow, state: &str) -> NewSecret {
    let digest = Plain::<secret::UpstreamState>::presented(state).digest(ctx);
    NewSecret::of(&digest, ctx.now, ctx.policy.lifetimes.flow).flow(flow.id)
}

#[cfg(test)]
mod tests;
