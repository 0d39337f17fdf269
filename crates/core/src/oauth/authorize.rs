//! RFC 6749 4.1.1, OpenID Connect Core 3.1.2: from parameters to a request that can be answered.

mod refused_object;

use self::refused_object::RefusedObject;
use super::client::GrantType;
use super::params::Params;
use super::refusal::RequestRefusal as No;
use super::refusal::{AuthorizeRefused, PageRefusal};
use super::{
    AuthorizationRequest, ClaimsRequest, Client, CodeChallenge, Display, IdTokenHint, Profile, Prompt,
};
use super::{ResponseMode, ReturnTo, Scope, redirect};
use crate::ClientId;
use std::time::Duration;

/// Longest `state`, twice of what any library sends: the answer is an address, and proxies cut at 8 KiB.
pub const MAX_STATE: usize = 4_096;
/// Longest `nonce`.
pub const MAX_NONCE: usize = 1_024;
const MAX_HINT: usize = 1_024;
const MAX_RESOURCES: usize = 20;

/// Verifies an ID token of ours and reads it; what it cannot verify is `None`.
pub type ReadHint<'a> = &'a dyn Fn(&str) -> Option<IdTokenHint>;

/// The client that a request names, so that the caller can look it up. `None` goes into [`authorize`] as it is.
pub fn named_client(params: &Params<'_>) -> Option<ClientId> {
    params.one("client_id").and_then(|id| ClientId::parse(id).ok())
}

/// The checks, in order. Until phase 3 has matched, nothing is ever sent to an address that the request named.
pub fn authorize(
    params: &Params<'_>,
    client: Option<&Client>,
    read_hint: ReadHint<'_>,
) -> Result<AuthorizationRequest, AuthorizeRefused> {
    // 1. Readable and nothing twice: `Params` is the proof.
    // 2. The client.
    let client = known_client(params, client).map_err(AuthorizeRefused::Page)?;
    of_client(params, client, read_hint)
}

/// Phases 3 to 7, for a client that is known by its id or has authenticated (RFC 9126).
pub(super) fn of_client(
    params: &Params<'_>,
    client: &Client,
    read_hint: ReadHint<'_>,
) -> Result<AuthorizationRequest, AuthorizeRefused> {
    // 3. Where the answer goes, and how.
    let (return_to, mode_ok) = return_to(params, client).map_err(AuthorizeRefused::Page)?;
    asked_of(params, client, return_to, mode_ok, read_hint)
}

/// The same where the answer goes back to the caller itself: an address need not be named.
pub(super) fn without_address(
    params: &Params<'_>,
    client: &Client,
    read_hint: ReadHint<'_>,
) -> Result<AuthorizationRequest, AuthorizeRefused> {
    match (params.one("redirect_uri"), client.redirect_uris.first()) {
        (None, Some(first)) => {
            let return_to = ReturnTo {
                client: client.id.clone(),
                redirect_uri: first.clone(),
                explicit: false,
                response_mode: ResponseMode::Query,
                state: None,
            };
            asked_of(params, client, return_to, Ok(()), read_hint)
        }
        (Some(_), _) | (None, None) => of_client(params, client, read_hint),
    }
}

fn asked_of(
    params: &Params<'_>,
    client: &Client,
    return_to: ReturnTo,
    mode_ok: Result<(), No>,
    read_hint: ReadHint<'_>,
) -> Result<AuthorizationRequest, AuthorizeRefused> {
    let asked = || {
        mode_ok?;
        // 4. What is asked of us that we do not do.
        supported(params)?;
        // 5. The code's protection.
        let challenge = challenge(params, client)?;
        // 6. How the person is to be met.
        let manner = manner(params, client, read_hint)?;
        // 7. For what.
        let scope = scope(params, client, &manner.prompt)?;
        let resources = resources(params, client)?;
        Ok((challenge, manner, scope, resources))
    };
    match asked() {
        Ok((challenge, manner, scope, resources)) => Ok(AuthorizationRequest {
            return_to,
            scope,
            resources,
            challenge,
            nonce: params.one("nonce").map(str::to_owned),
            prompt: manner.prompt,
            max_age: manner.max_age,
            login_hint: manner.login_hint,
            hint_subject: manner.subject,
            ui_locales: manner.ui_locales,
            acr_values: manner.acr_values,
            claims: manner.claims,
            display: manner.display,
            pushed: None,
        }),
        Err(refusal) => Err(AuthorizeRefused::App(return_to, refusal)),
    }
}

fn known_client<'c>(params: &Params<'_>, client: Option<&'c Client>) -> Result<&'c Client, PageRefusal> {
    let Some(named) = params.one("client_id") else { return Err(PageRefusal::ClientMissing) };
    let client =
        client.filter(|it| it.id.as_str() == named && !it.disabled).ok_or(PageRefusal::ClientUnknown)?;
    signs_in(client).map(|()| client)
}

pub(super) fn signs_in(client: &Client) -> Result<(), PageRefusal> {
    match client.may(GrantType::AuthorizationCode) {
        true => Ok(()),
        false => Err(PageRefusal::ClientSignsNobodyIn(client.id.clone())),
    }
}

/// The address, and whether `response_mode` is one: if it is not, the app is told so in the query.
fn return_to(params: &Params<'_>, client: &Client) -> Result<(ReturnTo, Result<(), No>), PageRefusal> {
    let (redirect_uri, explicit) = match (params.one("redirect_uri"), client.redirect_uris.as_slice()) {
        (Some(sent), registered) => {
            // RFC 9700 4.1: byte for byte; the port of a loopback address is the one exception.
            if !registered.iter().any(|uri| redirect::matches(uri, sent)) {
                return Err(PageRefusal::RedirectNotRegistered(client.id.clone()));
            }
            (sent, true)
        }
        // RFC 6749 3.1.2.3 lets it be omitted if there is one; OpenID Connect Core 3.1.2.1 never.
        (None, [only]) if !asks_for_openid(params) => (only.as_str(), false),
        (None, _) => return Err(PageRefusal::RedirectMissing(client.id.clone())),
    };
    let object = params.one("request").map(RefusedObject::read).unwrap_or_default();
    let state = object.state.as_deref().or(params.one("state"));
    if state.is_some_and(|state| state.len() > MAX_STATE) {
        return Err(PageRefusal::StateTooLong(client.id.clone()));
    }
    let (response_mode, known) = match (object.mode(), params.one("response_mode")) {
        (Some(mode), _) => (mode, Ok(())),
        (None, None) => (ResponseMode::Query, Ok(())),
        (None, Some(name)) => {
            mode(name).map_or((ResponseMode::Query, Err(No::UnknownResponseMode)), |mode| (mode, Ok(())))
        }
    };
    let return_to = ReturnTo {
        client: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        explicit,
        response_mode,
        state: state.map(str::to_owned),
    };
    Ok((return_to, known))
}

fn mode(name: &str) -> Option<ResponseMode> {
    match name {
        "query" => Some(ResponseMode::Query),
        "form_post" => Some(ResponseMode::FormPost),
        _unknown => None,
    }
}

fn asks_for_openid(params: &Params<'_>) -> bool {
    params.one("scope").is_some_and(|scope| scope.split(' ').any(|value| value == "openid"))
}

fn supported(params: &Params<'_>) -> Result<(), No> {
    match params.one("response_type") {
        Some("code") => {}
        Some(_other) => return Err(No::ResponseTypeUnsupported),
        None => return Err(No::ResponseTypeMissing),
    }
    for (name, refusal) in
        [("request", No::RequestObject), ("request_uri", No::RequestUri), ("registration", No::Registration)]
    {
        if params.one(name).is_some() {
            return Err(refusal);
        }
    }
    Ok(())
}

/// RFC 7636 4.3, RFC 9700 2.1.1: S256 whenever it is sent; demanded of public clients and under `oauth21`.
fn challenge(params: &Params<'_>, client: &Client) -> Result<Option<CodeChallenge>, No> {
    let demanded = client.is_public() || client.profile == Profile::Oauth21;
    match (params.one("code_challenge"), params.one("code_challenge_method")) {
        (None, None) if !demanded => Ok(None),
        (None, _) => Err(No::ChallengeMissing),
        // RFC 7636 4.3: a method left out means `plain`.
        (Some(text), Some("S256")) => CodeChallenge::parse(text).map(Some).ok_or(No::ChallengeMalformed),
        (Some(_), Some(_) | None) => Err(No::ChallengeMethod),
    }
}

/// OpenID Connect Core 3.1.2.1: how the person is to be met.
struct Manner {
    prompt: Vec<Prompt>,
    max_age: Option<Duration>,
    login_hint: Option<String>,
    subject: Option<String>,
    ui_locales: Vec<String>,
    acr_values: Vec<String>,
    claims: Option<ClaimsRequest>,
    display: Display,
}

fn manner(params: &Params<'_>, client: &Client, read_hint: ReadHint<'_>) -> Result<Manner, No> {
    if params.one("nonce").is_some_and(|nonce| nonce.len() > MAX_NONCE) {
        return Err(No::NonceTooLong);
    }
    if ["login_hint", "ui_locales", "acr_values"]
        .iter()
        .any(|name| params.one(name).is_some_and(|v| v.len() > MAX_HINT))
    {
        return Err(No::HintTooLong);
    }
    let claims = params.one("claims").map(ClaimsRequest::parse).transpose().map_err(|_| No::Claims)?;
    let claims = claims.map(|claims: ClaimsRequest| claims.within(&client.scope));
    Ok(Manner {
        prompt: prompt(params)?,
        max_age: max_age(params)?.or(client.default_max_age),
        login_hint: params.one("login_hint").map(str::to_owned),
        subject: subject(params, client, claims.as_ref(), read_hint)?,
        ui_locales: words(params.one("ui_locales")),
        acr_values: words(params.one("acr_values")),
        claims,
        display: match params.one("display") {
            Some("popup") => Display::Popup,
            Some("touch") => Display::Touch,
            Some("wap") => Display::Wap,
            Some(_) | None => Display::Page,
        },
    })
}

fn prompt(params: &Params<'_>) -> Result<Vec<Prompt>, No> {
    let mut prompt = Vec::new();
    for word in
        params.one("prompt").into_iter().flat_map(|text| text.split(' ')).filter(|word| !word.is_empty())
    {
        let one = match word {
            "none" => Prompt::None,
            "login" => Prompt::Login,
            "consent" => Prompt::Consent,
            "select_account" => Prompt::SelectAccount,
            _unknown => return Err(No::PromptUnknown),
        };
        if !prompt.contains(&one) {
            prompt.push(one);
        }
    }
    if prompt.contains(&Prompt::None) && prompt.len() > 1 {
        return Err(No::PromptNoneWithOthers);
    }
    Ok(prompt)
}

fn max_age(params: &Params<'_>) -> Result<Option<Duration>, No> {
    let Some(text) = params.one("max_age") else { return Ok(None) };
    let digits = text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| digits).ok_or(No::MaxAge)?;
    Ok(Some(Duration::from_secs(seconds)))
}

/// The one person that the app expects: by `id_token_hint`, or by the `sub` asked for in `claims`.
fn subject(
    params: &Params<'_>,
    client: &Client,
    claims: Option<&ClaimsRequest>,
    read_hint: ReadHint<'_>,
) -> Result<Option<String>, No> {
    let hinted = match params.one("id_token_hint") {
        None => None,
        Some(token) => {
            let hint = read_hint(token).filter(|hint| hint.is_for(&client.id)).ok_or(No::IdTokenHint)?;
            Some(hint.subject().to_string())
        }
    };
    match (hinted, claims.and_then(ClaimsRequest::subject)) {
        (Some(hinted), Some(asked)) if hinted != asked => Err(No::TwoSubjects),
        (Some(hinted), _) => Ok(Some(hinted)),
        (None, asked) => Ok(asked.map(str::to_owned)),
    }
}

/// RFC 6749 3.3. Left out: all that the client is registered for, without `offline_access`.
fn scope(params: &Params<'_>, client: &Client, prompt: &[Prompt]) -> Result<Scope, No> {
    let asked = match params.one("scope") {
        Some(text) => Scope::parse(text).map_err(|_| No::ScopeMalformed)?,
        // Neither is given to who does not ask for it by name.
        None => client.scope.clone().without("offline_access").without(super::account_api::SCOPE),
    };
    // OpenID Connect Core 11: ignored, not refused, unless the person is asked or the app is the operator's own.
    let offline = client.may(GrantType::RefreshToken)
        && client.scope.has("offline_access")
        && (client.first_party || prompt.contains(&Prompt::Consent));
    let asked = if offline { asked } else { asked.without("offline_access") };
    if !asked.within(&client.scope) {
        return Err(No::ScopeBeyondClient);
    }
    if asked.is_empty() { Err(No::ScopeEmpty) } else { Ok(asked) }
}

/// RFC 8707 2: those that the client is registered for.
pub(super) fn resources(params: &Params<'_>, client: &Client) -> Result<Vec<String>, No> {
    let mut resources: Vec<String> = Vec::new();
    for asked in params.all("resource") {
        if !client.resources.iter().any(|known| known == asked) || resources.len() >= MAX_RESOURCES {
            return Err(No::Target);
        }
        if !resources.iter().any(|earlier| earlier == asked) {
            resources.push(asked.to_owned());
        }
    }
    Ok(resources)
}

fn words(text: Option<&str>) -> Vec<String> {
    text.into_iter()
        .flat_map(|text| text.split(' '))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;
