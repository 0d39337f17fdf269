//! RFC 6749 4.1.2: the code, made of a checked request and the dispatcher's approval.

use super::{AuthorizationRequest, Client, StoredCode, redirect};
use crate::login::Approved;
use crate::secret::{SecretKind, kind};
use crate::{Ctx, Id, Outcome, Party, Plain, Timestamp, TraceStep, Write};

/// A code that may be given out once its row stands.
#[derive(Debug)]
pub struct Issued {
    /// For the app, and nobody else.
    pub code: Plain<kind::Code>,
    /// For the database. Not among the writes: whether it can be inserted is itself the question
    /// (one code per flow, and the session must still be live).
    pub row: Box<StoredCode>,
}

/// What became of the pushed request that this one came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushedState {
    /// It was not pushed.
    NotPushed,
    /// Its row stands, unspent.
    Open,
    /// Spent or purged.
    Gone,
}

/// Why a request that was approved has no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssueRefused {
    /// the flow had its code before (back button, second tab).
    #[error("this flow has had its code before")]
    Finished,
    /// The session ended, or the person was disabled, while the flow was on its way.
    #[error("the session ended while the flow was on its way")]
    SessionOver,
    /// RFC 9126 7.3: another flow completed the pushed request first.
    #[error("the pushed request was used by another flow")]
    PushedUsed,
    /// The client was switched off, or its redirect URI removed, while the flow was on its way.
    #[error("the client or its redirect URI is not registered any more")]
    ClientChanged,
}

impl IssueRefused {
    /// The stable name of the check.
    pub const fn check(self) -> &'static str {
        match self {
            Self::Finished => "flow_finished",
            Self::SessionOver => "session_over",
            Self::PushedUsed => "request_uri_used",
            Self::ClientChanged => "client_changed",
        }
    }
}

/// The code of an approved request. `client` is as it is registered now.
pub fn issue_code(
    request: &AuthorizationRequest,
    approved: &Approved,
    client: Option<&Client>,
    pushed: PushedState,
    ctx: &Ctx<'_>,
) -> Outcome<Issued, IssueRefused> {
    let step = |label: &str| {
        TraceStep::new(approved.flow(), ctx.now, Party::Countersign, Party::Browser, label)
            .client(request.return_to.client())
            .user(approved.user())
    };
    let refuse = |why: IssueRefused| {
        Outcome::refuse(why).trace(step("no authorization code").refused(why.check(), why.to_string()))
    };
    // 1. The app still is what it was when the request came.
    let uri = request.return_to.redirect_uri();
    let Some(client) = client.filter(|it| {
        it.id == *request.return_to.client()
            && !it.disabled
            && it.redirect_uris.iter().any(|known| redirect::matches(known, uri))
    }) else {
        return refuse(IssueRefused::ClientChanged);
    };
    // 2. A pushed request leads to one answer.
    let spend = match (&request.pushed, pushed) {
        (None, _) => None,
        (Some(pushed), PushedState::Open) => {
            let mut bytes = [0; 33];
            bytes.copy_from_slice(pushed.digest.as_bytes());
            Some(Write::SpendSecret(SecretKind::Par, bytes, ctx.now))
        }
        (Some(_), PushedState::Gone | PushedState::NotPushed) => return refuse(IssueRefused::PushedUsed),
    };
    // 3. The code, and all that the token endpoint will need of it.
    let code = Plain::mint(ctx);
    let row = Box::new(StoredCode {
        digest: code.digest(ctx),
        flow: approved.flow(),
        family: Id::new(ctx),
        client: client.id.clone(),
        user: approved.user(),
        session: approved.session(),
        redirect_uri: uri.to_owned(),
        redirect_uri_sent: request.return_to.explicit,
        challenge: request.challenge.clone(),
        scope: approved.scope().clone(),
        resources: request.resources.clone(),
        nonce: request.nonce.clone(),
        authentication: approved.authentication().clone(),
        acr: approved.acr().map(str::to_owned),
        auth_time_wanted: auth_time_wanted(request, client),
        claims: request.claims.clone(),
        issued_at: ctx.now,
        expires_at: ctx.now + ctx.policy.lifetimes.code,
        spent_at: None,
    });
    let outcome = Outcome::reply(Issued { code, row }).trace(step("authorization code").detail(format!(
        "scope {}, good for {}",
        approved.scope(),
        seconds(ctx)
    )));
    match spend {
        Some(spend) => outcome.write(spend),
        None => outcome,
    }
}

/// OpenID Connect Core 2: `auth_time` is required with `max_age`, by registration, or when it is asked for.
fn auth_time_wanted(request: &AuthorizationRequest, client: &Client) -> bool {
    let asked = request.claims.as_ref().is_some_and(|claims| claims.in_id_token("auth_time"));
    request.max_age.is_some() || client.require_auth_time || asked
}

fn seconds(ctx: &Ctx<'_>) -> String {
    format!("{} s", ctx.policy.lifetimes.code.as_secs())
}

/// A code's row may go then: nothing issued for it can be alive, and the page of its flow, which could ask for a
/// second code, has expired. Redemption moves it on.
pub fn purge_at(row: &StoredCode, ctx: &Ctx<'_>) -> Timestamp {
    let lifetimes = &ctx.policy.lifetimes;
    row.expires_at + lifetimes.access_token.max(lifetimes.flow)
}

#[cfg(test)]
mod tests;
