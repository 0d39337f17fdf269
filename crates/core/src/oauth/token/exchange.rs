//! RFC 6749 4.1.3: a code becomes tokens, once.

use super::claims::Issue;
use super::{CodeRefused, CodeRequest, Granted, narrow, or_default, still};
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::issue_code::purge_at;
use crate::oauth::{CodeChallenge, GrantType, StoredCode};
use crate::secret::base64url;
use crate::session::grant::standing;
use crate::session::{
    EndReason, Family, FamilyState, Holder, RefreshState, RefreshToken, SessionStanding, reuse,
};
use crate::{Ctx, Event, EventKind, Outcome, Party, TraceStep, Write};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

/// A code with what it hangs on, as read in one question.
#[derive(Debug, Clone)]
pub struct FoundCode {
    /// The code.
    pub code: StoredCode,
    /// The grant that its redemption made, if it still lives.
    pub grant_lives: bool,
    /// The session it was given in.
    pub session: Option<SessionStanding>,
    /// Whose data it opens.
    pub holder: Holder,
}

/// Redeems a code.
///
/// DESIGN 2: presented again by the same client with the right redirect_uri and verifier, it ends the grant it
/// made; presented by another client or with a wrong verifier, it is refused, is not spent, and nothing ends.
/// Otherwise whoever sees a code go by could burn it.
pub fn exchange(
    client: &AuthenticatedClient,
    request: &CodeRequest,
    found: Option<FoundCode>,
    ctx: &Ctx<'_>,
) -> Outcome<Granted, CodeRefused> {
    let Some(found) = found else { return Outcome::refuse(CodeRefused::Unknown) };
    let code = &found.code;
    let step =
        TraceStep::new(code.flow, ctx.now, Party::App, Party::Countersign, "POST /token with the code")
            .client(&code.client)
            .user(code.user);

    // 1. Is the caller the one it was issued to, and does it know what only the one who began can know?
    if let Err(refusal) = presented_rightly(client, request, code) {
        let step = step.detail(format!("presented by {}", client.client().id));
        return Outcome::refuse(refusal).trace(step.refused(refusal.check(), refusal.to_string()));
    }
    // 2. RFC 6749 4.1.2: used before? Then somebody else has it: what it made ends.
    if code.spent_at.is_some() {
        let refusal = CodeRefused::Replayed;
        let outcome = Outcome::refuse(refusal).trace(step.refused(refusal.check(), refusal.to_string()));
        if !found.grant_lives {
            return outcome;
        }
        let told = Event::new(EventKind::CodeReused, ctx.now)
            .user(code.user)
            .client(&code.client)
            .session(code.session)
            .flow(code.flow)
            .data("grant", code.family.to_string());
        let ended = outcome.write(Write::EndFamily(code.family, EndReason::CodeReused, ctx.now)).event(told);
        let mail = reuse::tell(&found.holder, &code.client, code.flow, ctx);
        return mail.into_iter().fold(ended, Outcome::event);
    }
    // 3. and 4. In time, of a living sign-in, for no more than was granted; then the grant.
    let proved =
        if code.challenge.is_some() { "the verifier fits the challenge" } else { "no PKCE (oidc-compat)" };
    let step = step.detail(format!("grant_type authorization_code; it is this client's code, and {proved}"));
    grant(client, &request.resources, &found, step, ctx)
}

/// What a code and a device that was allowed have in common: what was let through becomes a grant, once.
pub(super) fn grant(
    client: &AuthenticatedClient,
    asked: &[String],
    found: &FoundCode,
    step: TraceStep,
    ctx: &Ctx<'_>,
) -> Outcome<Granted, CodeRefused> {
    let code = &found.code;
    // 3. In time, of a living sign-in, and for no more than was granted?
    let scope = code.scope.intersect(&client.client().scope);
    let offline = scope.has("offline_access");
    let granted = still(&code.resources, client.client()).map(|left| or_default(&left, client.client()));
    let checked = if ctx.now >= code.expires_at {
        Err(CodeRefused::Expired)
    } else if standing(&found.holder, found.session.as_ref(), offline, ctx).is_err() {
        Err(CodeRefused::SignInOver)
    } else {
        let narrowed = |granted: Vec<String>| {
            let resources = narrow(&granted, asked)?;
            Some((granted, resources))
        };
        granted.and_then(narrowed).ok_or(CodeRefused::Resource)
    };
    let (granted, resources) = match checked {
        Ok(found) => found,
        Err(refusal) => {
            return Outcome::refuse(refusal).trace(step.refused(refusal.check(), refusal.to_string()));
        }
    };

    // 4. The grant. The code is spent in the same commit, before anything is signed: a lost answer costs a
    //    retry of the sign-in, a double use would cost a token.
    let lifetimes = &ctx.policy.lifetimes;
    let token = client.client().may(GrantType::RefreshToken).then(|| RefreshToken::mint(code.family, 0, ctx));
    let longest = client.client().refresh_life(lifetimes).absolute;
    let life = if token.is_some() { longest } else { lifetimes.access_token };
    let family = Family {
        id: code.family,
        client: code.client.clone(),
        user: code.user,
        session: code.session,
        flow: code.flow,
        scope,
        resources: granted,
        claims: code.claims.clone(),
        authentication: code.authentication.clone(),
        offline,
        created_at: ctx.now,
        used_at: ctx.now,
        expires_at: ctx.now + life,
        state: FamilyState::Live,
        refresh: token.as_ref().map(|token| RefreshState {
            generation: 0,
            current: token.digest(),
            previous: None,
        }),
    };
    let issue = Issue {
        client: client.client(),
        family: &family,
        holder: &found.holder,
        scope: family.scope.clone(),
        resources,
        acr: code.acr.clone(),
        nonce: code.nonce.clone(),
        refresh_token: token.as_ref().map(RefreshToken::expose),
    };
    let granted = issue.granted(ctx);
    let kept = TraceStep::new(code.flow, ctx.now, Party::Countersign, Party::Store, "code spent, grant made")
        .detail(format!("one commit; scope {}", family.scope))
        .client(&code.client)
        .user(code.user);
    let handed = super::handed(&granted, &family, ctx);
    Outcome::reply(granted)
        .event(
            Event::new(EventKind::GrantCreated, ctx.now)
                .user(family.user)
                .client(&family.client)
                .session(family.session)
                .flow(family.flow)
                .data("grant", family.id.to_string())
                .data("scope", family.scope.to_string()),
        )
        .write(Write::SpendCode {
            digest: code.digest,
            at: ctx.now,
            keep_until: family.expires_at.max(purge_at(code, ctx)),
        })
        .write(Write::InsertFamily(Box::new(family)))
        .trace(step)
        .trace(kept)
        .trace(handed)
}

/// The order keeps a foreign client from learning more than "not yours".
fn presented_rightly(
    client: &AuthenticatedClient,
    request: &CodeRequest,
    code: &StoredCode,
) -> Result<(), CodeRefused> {
    if code.client != client.client().id {
        return Err(CodeRefused::OtherClient);
    }
    match &request.redirect_uri {
        Some(sent) if *sent == code.redirect_uri => {}
        None if !code.redirect_uri_sent => {}
        Some(_) | None => return Err(CodeRefused::RedirectUri),
    }
    match (&code.challenge, &request.verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(CodeRefused::VerifierUnexpected),
        (Some(_), None) => Err(CodeRefused::VerifierMissing),
        (Some(challenge), Some(verifier)) if verifies(challenge, verifier) => Ok(()),
        (Some(_), Some(_)) => Err(CodeRefused::VerifierWrong),
    }
}

/// RFC 7636 4.1 and 4.6: 43 to 128 unreserved characters whose SHA-256 is the challenge.
fn verifies(challenge: &CodeChallenge, verifier: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
    let hash = base64url(&Sha256::digest(verifier));
    formed && hash.as_bytes().ct_eq(challenge.as_str().as_bytes()).into()
}
