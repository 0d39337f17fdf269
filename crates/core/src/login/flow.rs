//! The flow: one request on its way, and how far the person has come. It travels sealed in the page.

mod sealed;
mod target;

pub use sealed::{FlowRefused, Presented, Sealed};
pub use target::{AccountPath, DeviceStep, Entered, Target};

use crate::account::{EmailAddress, User};
use crate::oauth::{AuthorizationRequest, Prompt, Scope};
use crate::secret::kind;
use crate::session::SignedIn;
use crate::{ClientId, Ctx, Digest, Id, Timestamp, id};
use serde::{Deserialize, Serialize};

/// One request on its way. Each tab has its own; there is no row for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// Named in traces, mails and error pages; a code remembers it, so that a flow ends once.
    pub id: Id<id::Flow>,
    /// When it began; an hour later it is over.
    pub started: Timestamp,
    /// DESIGN 4: the browser it belongs to. Proofs in it count with that browser's cookie only.
    browser: Digest<kind::Browser>,
    /// Where it leads.
    pub target: Target,
    /// What was typed as identifier, so that nobody types it twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<EmailAddress>,
    /// A proof made in this flow: what `prompt=login` and `max_age` ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// What was shown on the consent page, and what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// The account chosen in this flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Chosen>,
    /// A code that was mailed and may be typed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Sent>,
    /// The phone that a code was sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<crate::account::PhoneNumber>,
    /// The sign-up that waits for its address to be proved; its password is hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<super::sign_up::Wish>,
    /// The question that a provider was asked: only in the cookie of its handle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaiting: Option<Box<super::provider::Awaiting>>,
    /// An account at a provider that is linked as soon as the person has proved the one here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Box<super::provider::Joining>>,
    /// The person who wants to link an account: set by their own account page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linking: Option<Id<id::User>>,
    /// Whose account a provider made in this flow: they are asked what the sign-up page would have asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newcomer: Option<Id<id::User>>,
    /// The sign-in came between a form of the account pages and what it asked for: the page says so when they are back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// The page that the next GET draws, as the edge wrote it: every post is answered with a redirect, so that the
    /// back button finds pages and not posts. Nothing is decided by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen: Option<serde_json::Value>,
}

/// Somebody proved who they are, in this flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Who.
    pub user: Id<id::User>,
    /// Under which epoch: a password change voids the proof.
    pub epoch: i64,
    /// The session that it began or renewed.
    pub session: Id<id::Session>,
}

/// What the consent page showed, to whom: an answer counts for that and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who was asked.
    pub user: Id<id::User>,
    /// For what.
    pub scope: Scope,
    /// Was it allowed?
    pub allowed: bool,
}

/// The answer on the page that lets an account be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chosen {
    /// The one signed in here.
    This(Id<id::User>),
    /// Another one, to be signed in now.
    Another,
}

/// A mail with a code is on its way; the handle finds its row together with the digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// What for.
    pub what: SentWhat,
    /// Random; part of the code's digest.
    pub handle: String,
    /// When, for "send again".
    pub at: Timestamp,
}

/// What the code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SentWhat {
    /// Signing in.
    Link,
    /// Proving an address at sign-up.
    SignUp,
    /// Proving the address of the person who is signed in.
    Confirm,
    /// A new password.
    Reset,
    /// Proving a phone.
    Phone,
}

impl Flow {
    /// A new flow in this browser.
    pub fn begin(ctx: &Ctx<'_>, browser: Digest<kind::Browser>, target: Target) -> Self {
        Self {
            id: target.pushed().unwrap_or_else(|| Id::new(ctx)),
            started: ctx.now,
            browser,
            target,
            identifier: None,
            proof: None,
            asked: None,
            chosen: None,
            sent: None,
            phone: None,
            wish: None,
            awaiting: None,
            join: None,
            linking: None,
            newcomer: None,
            interrupted: false,
            screen: None,
        }
    }

    /// The request of the app, if it leads to one.
    pub fn request(&self) -> Option<&AuthorizationRequest> {
        match &self.target {
            Target::App(request) => Some(request),
            Target::Account(_) | Target::Device(_) => None,
        }
    }

    /// The device, once its code was typed.
    pub fn entered(&self) -> Option<&Entered> {
        match &self.target {
            Target::Device(DeviceStep::Entered(entered)) => Some(entered),
            Target::Device(DeviceStep::Enter) | Target::App(_) | Target::Account(_) => None,
        }
    }

    /// The app that this flow is about.
    pub fn client(&self) -> Option<&ClientId> {
        match &self.target {
            Target::App(request) => Some(request.return_to.client()),
            Target::Device(DeviceStep::Entered(entered)) => Some(&entered.client),
            Target::Device(DeviceStep::Enter) | Target::Account(_) => None,
        }
    }

    /// What the person is asked to allow it.
    pub fn to_allow(&self) -> Option<Scope> {
        match &self.target {
            Target::App(request) => Some(request.to_allow()),
            Target::Device(DeviceStep::Entered(entered)) => Some(entered.scope.clone()),
            Target::Device(DeviceStep::Enter) | Target::Account(_) => None,
        }
    }

    /// is this the session that typed the device's code? Of every other flow it is not asked.
    pub fn entered_by(&self, signed_in: &SignedIn) -> bool {
        match self.entered().map(|entered| entered.session) {
            None => true,
            Some(Some(session)) => session == signed_in.session().id,
            Some(None) => self.fresh(signed_in),
        }
    }

    /// Has this session been proved afresh in this flow, and does the proof still stand?
    pub fn fresh(&self, signed_in: &SignedIn) -> bool {
        let (session, user) = (signed_in.session(), signed_in.user());
        let stands = |p: &Proof| p.session == session.id && p.user == user.id && p.epoch == user.epoch;
        self.proof.as_ref().is_some_and(stands)
    }

    /// OpenID Connect Core 3.1.2.1, `prompt=none`: no page may be shown.
    pub fn is_silent(&self) -> bool {
        self.request().is_some_and(|it| it.prompt.contains(&Prompt::None))
    }

    /// Was this account made since the flow began?
    pub fn saw_the_making_of(&self, user: &User) -> bool {
        user.created_at >= self.started
    }

    /// When it is over.
    pub fn expires_at(&self, ctx: &Ctx<'_>) -> Timestamp {
        self.started + ctx.policy.lifetimes.flow
    }

    /// The browser it belongs to.
    pub fn browser(&self) -> &Digest<kind::Browser> {
        &self.browser
    }
}

#[cfg(test)]
pub(crate) mod tests;
