//! The dispatcher: the only place that knows the order of a sign-in.

use super::flow::{Chosen, DeviceStep, Entered, Flow, Target};
use crate::account::EmailRow;
use crate::account::asked::of_new;
use crate::oauth::client::Channel;
use crate::oauth::{AuthorizationRequest, Client, Prompt, Scope, redirect};
use crate::session::{Authentication, SignedIn};
use crate::{Id, Policy, Timestamp, id};

/// What comes next for a flow.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Somebody has to sign in; the reason shows in trace and page.
    Login(LoginReason),
    /// The address has to be proved before an app is reached.
    Confirm(EmailRow),
    /// A phone has to be proved first: this app wants one.
    ConfirmPhone,
    /// The person is new, by a provider that did not tell all that the app or the installation demands to know.
    About,
    /// The account at a provider is linked to the one that was proved in this flow.
    Join,
    /// The person is asked what the app may see.
    Consent(ConsentReason),
    /// The person says which account to go on with.
    SelectAccount,
    /// The app is for the members of an organization, and this person is none: another account, or back to the app.
    Outsider,
    /// An app may have its answer.
    Done(Approved),
    /// RFC 8628 3.3: the code that a device shows has to be typed, by whoever is here.
    EnterCode,
    /// The flow leads to one of our own pages, and somebody is signed in.
    Home,
    /// The app hears an error.
    Fail(FailReason),
}

/// Why somebody has to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginReason {
    /// Nobody is signed in here.
    NoSession,
    /// OpenID Connect Core 3.1.2.1: `prompt=login` wants a proof made in this flow.
    PromptLogin,
    /// OpenID Connect Core 3.1.2.1: the last proof is older than `max_age`.
    MaxAge,
    /// `id_token_hint` names somebody else than who is signed in.
    OtherHinted,
    /// The person wants another account than the one signed in.
    OtherChosen,
}

impl LoginReason {
    /// For the flow trace.
    pub const fn told(self) -> &'static str {
        match self {
            Self::NoSession => "nobody is signed in here",
            Self::PromptLogin => "the app wants a fresh proof (prompt=login)",
            Self::MaxAge => "the last proof is older than max_age",
            Self::OtherHinted => "the app means somebody else (id_token_hint)",
            Self::OtherChosen => "another account was chosen",
        }
    }
}

impl ConsentReason {
    /// For the flow trace.
    pub const fn told(self) -> &'static str {
        match self {
            Self::PromptConsent => "the app wants it asked (prompt=consent)",
            Self::NotCovered => "not all of this was allowed before",
            Self::Device => "a device is connected by somebody who was asked, always",
            Self::Impersonable => "any program on the device could take this app's place",
        }
    }
}

/// Why the person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentReason {
    /// `prompt=consent`.
    PromptConsent,
    /// This app was not allowed all of this before.
    NotCovered,
    /// RFC 8628 5.4: whoever sent the code may not be the one at the device.
    Device,
    /// RFC 8252 8.6: another program on the device may be the one that gets the answer, so none goes there unseen.
    Impersonable,
}

/// OpenID Connect Core 3.1.2.6, or `access_denied`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailReason {
    /// `login_required`
    LoginRequired,
    /// `consent_required`
    ConsentRequired,
    /// `interaction_required`
    InteractionRequired,
    /// `account_selection_required`
    AccountSelectionRequired,
    /// OpenID Connect Core Unmet Authentication Requirements 1: `unmet_authentication_requirements`.
    UnmetAuthentication,
    /// RFC 6749 4.1.2.1: the person said no.
    AccessDenied,
}

impl FailReason {
    /// The error code that the app receives.
    pub const fn code(self) -> &'static str {
        match self {
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::UnmetAuthentication => "unmet_authentication_requirements",
            Self::AccessDenied => "access_denied",
        }
    }
}

/// Proof that the dispatcher let a request through: what a code is made of. Nothing else makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Approved {
    flow: Id<id::Flow>,
    user: Id<id::User>,
    session: Id<id::Session>,
    scope: Scope,
    authentication: Authentication,
    acr: Option<String>,
}

impl Approved {
    /// The flow that ends with the code.
    pub fn flow(&self) -> Id<id::Flow> {
        self.flow
    }
    /// Whose data.
    pub fn user(&self) -> Id<id::User> {
        self.user
    }
    /// In which session.
    pub fn session(&self) -> Id<id::Session> {
        self.session
    }
    /// What the app may have.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
    /// When and how the person signed in.
    pub fn authentication(&self) -> &Authentication {
        &self.authentication
    }
    /// The context reached, if one was asked for.
    pub fn acr(&self) -> Option<&str> {
        self.acr.as_deref()
    }
}

/// The one context class we vouch for so far: one factor. Listed as `acr_values_supported`.
pub const ACR_ONE_FACTOR: &str = "1";

/// What an app knows of the person who is signed in, before it is asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AtApp {
    /// What they allowed it before.
    pub consent: Option<Scope>,
    /// Are they a member of the organization that it is for? Looked at only where there is one.
    pub member: bool,
}

impl AtApp {
    fn outsider(&self, client: &Client) -> bool {
        client.organization.is_some() && !self.member
    }
}

/// What comes next. `client` is the app of the flow's request; `at_app` what is known there of who is signed in.
pub fn next(
    flow: &Flow,
    session: Option<&SignedIn>,
    client: Option<&Client>,
    at_app: &AtApp,
    policy: &Policy,
    now: Timestamp,
) -> Next {
    // Before anything else, wherever the flow leads: the proof that the link waits for was made in this flow.
    if flow.join.is_some() && session.is_some_and(|here| flow.fresh(here)) {
        return Next::Join;
    }
    let (request, client) = match (&flow.target, client) {
        (Target::App(request), Some(client)) => (request, client),
        (Target::App(_), None) => return Next::Fail(FailReason::AccessDenied),
        (Target::Account(_), _) => return at_home(flow, session, policy),
        (Target::Device(DeviceStep::Enter), _) => return Next::EnterCode,
        (Target::Device(DeviceStep::Entered(entered)), client) => {
            return to_device(flow, entered, session, client, at_app, policy, now);
        }
    };
    let silent = request.prompt.contains(&Prompt::None);
    let step = step(flow, request, client, session, at_app, policy, now);
    if silent { silently(step) } else { step }
}

/// The order, as if the person could be asked.
fn step(
    flow: &Flow,
    request: &AuthorizationRequest,
    client: &Client,
    session: Option<&SignedIn>,
    at_app: &AtApp,
    policy: &Policy,
    now: Timestamp,
) -> Next {
    // 1. A context that nobody can reach here: no sign-in would help.
    if acr_out_of_reach(request) {
        return Next::Fail(FailReason::UnmetAuthentication);
    }
    // 2. Who? The hint is a demand, the choice an answer.
    let Some(here) = session else { return Next::Login(LoginReason::NoSession) };
    let fresh = flow.fresh(here);
    if request.hint_subject.as_deref().is_some_and(|sub| sub != here.user().subject.as_str()) {
        // Somebody signed in for this very request and is still not the one the app means.
        return if fresh {
            Next::Fail(FailReason::LoginRequired)
        } else {
            Next::Login(LoginReason::OtherHinted)
        };
    }
    match flow.chosen {
        Some(Chosen::Another) if !fresh => return Next::Login(LoginReason::OtherChosen),
        Some(Chosen::This(user)) if user != here.user().id => return Next::SelectAccount,
        None if request.prompt.contains(&Prompt::SelectAccount) && !fresh => return Next::SelectAccount,
        Some(Chosen::Another | Chosen::This(_)) | None => {}
    }
    // 3. Proved recently enough?
    if !fresh {
        if request.prompt.contains(&Prompt::Login) {
            return Next::Login(LoginReason::PromptLogin);
        }
        if request.max_age.is_some_and(|most| most.is_zero() || now.since(here.auth_time()) > most) {
            return Next::Login(LoginReason::MaxAge);
        }
    }
    // 4. One of those that the app is for?
    if at_app.outsider(client) {
        return Next::Outsider;
    }
    // 5. Known as far as somebody new has to be?
    if about(flow, Some(client), here, policy) {
        return Next::About;
    }
    // 6. At a proved address, with a proved phone, as far as the app wants them?
    if let Some(confirm) = unconfirmed(client, here, policy) {
        return confirm;
    }
    // 7. Allowed?
    if let Some(reason) = consent_wanted(flow, request, client, here, at_app.consent.as_ref(), fresh) {
        return Next::Consent(reason);
    }
    Next::Done(Approved {
        flow: flow.id,
        user: here.user().id,
        session: here.session().id,
        scope: request.scope.clone(),
        authentication: here.session().authentication.clone(),
        acr: acr_wanted(request).then(|| ACR_ONE_FACTOR.to_owned()),
    })
}

/// OpenID Connect Core 3.1.2.6: with `prompt=none`, what would be a page is an error.
fn silently(step: Next) -> Next {
    match step {
        Next::Login(_) => Next::Fail(FailReason::LoginRequired),
        Next::Confirm(_) | Next::ConfirmPhone | Next::About | Next::Outsider | Next::Join => {
            Next::Fail(FailReason::InteractionRequired)
        }
        Next::Consent(_) => Next::Fail(FailReason::ConsentRequired),
        Next::SelectAccount => Next::Fail(FailReason::AccountSelectionRequired),
        Next::Done(_) | Next::EnterCode | Next::Home | Next::Fail(_) => step,
    }
}

/// The way of somebody who typed a device's code: always asked, and nobody else goes on with it.
fn to_device(
    flow: &Flow,
    entered: &Entered,
    session: Option<&SignedIn>,
    client: Option<&Client>,
    at_app: &AtApp,
    policy: &Policy,
    now: Timestamp,
) -> Next {
    let Some(client) = client else { return Next::Fail(FailReason::AccessDenied) };
    let here = match (session, entered.session) {
        (Some(here), _) => here,
        (None, None) => return Next::Login(LoginReason::NoSession),
        // the session that typed it is over.
        (None, Some(_)) => return Next::EnterCode,
    };
    if !flow.entered_by(here) {
        return Next::EnterCode;
    }
    // Who signs in now has another session, so the code is typed again, by them.
    if flow.chosen == Some(Chosen::Another) && !flow.fresh(here) {
        return Next::Login(LoginReason::OtherChosen);
    }
    if !flow.fresh(here) && client.default_max_age.is_some_and(|most| now.since(here.auth_time()) > most) {
        return Next::Login(LoginReason::MaxAge);
    }
    if at_app.outsider(client) {
        return Next::Outsider;
    }
    if about(flow, Some(client), here, policy) {
        return Next::About;
    }
    if let Some(confirm) = unconfirmed(client, here, policy) {
        return confirm;
    }
    let asked = flow.asked.as_ref().filter(|it| it.allowed && it.user == here.user().id);
    if asked.is_none_or(|it| it.scope != entered.scope) {
        return Next::Consent(ConsentReason::Device);
    }
    Next::Done(Approved {
        flow: flow.id,
        user: here.user().id,
        session: here.session().id,
        scope: entered.scope.clone(),
        authentication: here.session().authentication.clone(),
        // A device has no way to ask for one, so it is always told.
        acr: Some(ACR_ONE_FACTOR.to_owned()),
    })
}

/// What the app wants proved and is not: the address first, so that a mail can tell of the phone.
fn unconfirmed(client: &Client, here: &SignedIn, policy: &Policy) -> Option<Next> {
    let wants = |channel| match &client.confirm {
        Some(wanted) => wanted.contains(&channel),
        None => channel == Channel::Email && policy.confirm_email,
    };
    if let Some(email) = here.unproved_email().filter(|_| wants(Channel::Email)) {
        return Some(Next::Confirm(email.clone()));
    }
    (here.phone().is_none() && wants(Channel::Phone)).then_some(Next::ConfirmPhone)
}

/// Has a provider made the account in this flow, and is anything missing that the sign-up page demands?
fn about(flow: &Flow, client: Option<&Client>, here: &SignedIn, policy: &Policy) -> bool {
    flow.newcomer == Some(here.user().id) && of_new(client, policy).lacks(&here.user().claims)
}

/// The way to our own pages: no consent, no hints.
fn at_home(flow: &Flow, session: Option<&SignedIn>, policy: &Policy) -> Next {
    let Some(here) = session else { return Next::Login(LoginReason::NoSession) };
    if flow.chosen == Some(Chosen::Another) && !flow.fresh(here) {
        return Next::Login(LoginReason::OtherChosen);
    }
    if about(flow, None, here, policy) {
        return Next::About;
    }
    match here.unproved_email().filter(|_| policy.confirm_email) {
        Some(email) => Next::Confirm(email.clone()),
        None => Next::Home,
    }
}

fn consent_wanted(
    flow: &Flow,
    request: &AuthorizationRequest,
    client: &Client,
    here: &SignedIn,
    consent: Option<&Scope>,
    fresh: bool,
) -> Option<ConsentReason> {
    let wanted = request.to_allow();
    let answered =
        flow.asked.as_ref().is_some_and(|a| a.allowed && a.user == here.user().id && wanted.within(&a.scope));
    if answered {
        return None;
    }
    if request.prompt.contains(&Prompt::Consent) {
        return Some(ConsentReason::PromptConsent);
    }
    let covered = consent.is_some_and(|given| wanted.within(given));
    if !client.first_party && !covered {
        return Some(ConsentReason::NotCovered);
    }
    // RFC 8252 8.6: a public client on the device proves nothing by its redirect address. A custom
    // scheme may be claimed by any app of a phone, whose apps are kept apart from each other: not even the operator's
    // own goes there unseen. A loopback port may be taken by any program of the computer: an app of somebody else is
    // asked about each time. The operator's own are not: on a computer, a program that runs as this person can read
    // the browser's cookies anyway, and a page at every start would teach people to press "Allow" unread.
    let uri = request.return_to.redirect_uri();
    let exposed = custom_scheme(uri) || (!client.first_party && redirect::to_this_device(uri));
    let impersonable = client.is_public() && exposed;
    (impersonable && !fresh).then_some(ConsentReason::Impersonable)
}

/// RFC 8252 7.1: a private-use scheme, which any program on the device may claim.
fn custom_scheme(uri: &str) -> bool {
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
    !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http")
}

fn acr_claim(request: &AuthorizationRequest) -> Option<Option<&crate::oauth::claims::ClaimRequest>> {
    request.claims.as_ref().and_then(|claims| claims.id_token.get("acr")).map(Option::as_ref)
}

fn acr_wanted(request: &AuthorizationRequest) -> bool {
    !request.acr_values.is_empty() || acr_claim(request).is_some()
}

/// OpenID Connect Core 5.5.1.1: an essential `acr` with values, none of which is ours. `acr_values` alone is
/// voluntary and never fails.
fn acr_out_of_reach(request: &AuthorizationRequest) -> bool {
    let Some(Some(claim)) = acr_claim(request) else { return false };
    let mut wanted = claim.value.iter().chain(claim.values.iter().flatten()).peekable();
    claim.essential && wanted.peek().is_some() && !wanted.any(|v| v.as_str() == Some(ACR_ONE_FACTOR))
}

#[cfg(test)]
mod tests;
