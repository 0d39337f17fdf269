//! The flow: one request on its way, and how far the person has come. It travels sealed in the page.

use crate::account::{EmailAddress, User};
use crate::oauth::device::Whence;
use crate::oauth::{AuthorizationRequest, Prompt, Scope};
use crate::secret::{base64url, from_base64url, kind};
use crate::session::SignedIn;
use crate::write::NewSecret;
use crate::{ClientId, Ctx, Digest, Id, Plain, Timestamp, id};
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
    /// The page that the next GET draws, as the edge wrote it: every post is answered with a redirect, so that the
    /// back button finds pages and not posts. Nothing is decided by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen: Option<serde_json::Value>,
}

/// Where a flow leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Back to the app that asked.
    App(Box<AuthorizationRequest>),
    /// To one of our own pages.
    Account(AccountPath),
    /// RFC 8628: to a device that waits elsewhere. Nothing of it travels through this browser.
    Device(DeviceStep),
}

/// How far somebody has come who connects a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceStep {
    /// The code is still to be typed.
    Enter,
    /// It was typed, here.
    Entered(Box<Entered>),
}

/// The device whose code was typed in this flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entered {
    /// Its device code.
    pub device: Digest<kind::DeviceCode>,
    /// The code that it shows, for comparison.
    pub user_code: String,
    /// The app on it.
    pub client: ClientId,
    /// What it asks for.
    pub scope: Scope,
    /// For which resources.
    pub resources: Vec<String>,
    /// From where it asked.
    pub whence: Whence,
    /// When it asked.
    pub asked_at: Timestamp,
    /// The session in which the code was typed; `None` if nobody was signed in: then it is the one that begins in
    /// this flow.
    pub session: Option<Id<id::Session>>,
}

impl Target {
    /// The flow that began when the request was pushed.
    fn pushed(&self) -> Option<Id<id::Flow>> {
        match self {
            Self::App(request) => request.pushed.map(|it| it.flow),
            Self::Account(_) | Self::Device(_) => None,
        }
    }
}

/// One of our own pages: never an address that a request could name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum AccountPath {
    Profile,
    Security,
    Sessions,
    Apps,
    Linked,
    Emails,
    Activity,
    Data,
    Phones,
}

impl AccountPath {
    /// Every page.
    pub const ALL: &'static [Self] = &[
        Self::Profile,
        Self::Emails,
        Self::Phones,
        Self::Security,
        Self::Linked,
        Self::Sessions,
        Self::Apps,
        Self::Activity,
        Self::Data,
    ];
    /// Without the issuer's path.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Profile => "/account",
            Self::Security => "/account/security",
            Self::Sessions => "/account/sessions",
            Self::Apps => "/account/apps",
            Self::Linked => "/account/linked",
            Self::Emails => "/account/emails",
            Self::Activity => "/account/activity",
            Self::Data => "/account/data",
            Self::Phones => "/account/phones",
        }
    }
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

/// A flow as it travels.
#[derive(Debug, Clone)]
pub enum Sealed {
    /// In the page.
    Page(String),
    /// Too large for that: the page holds a handle, and this row the rest for an hour.
    Row(String, Box<NewSecret>),
}

impl Sealed {
    /// What the page carries in its field `flow`.
    pub fn text(&self) -> &str {
        match self {
            Self::Page(text) | Self::Row(text, _) => text,
        }
    }
}

/// Where a presented flow is.
#[derive(Debug, Clone)]
pub enum Presented {
    /// In the text itself.
    Page(Vec<u8>),
    /// In the row of this digest.
    Row(Digest<kind::FlowState>),
}

/// Why a flow does not go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FlowRefused {
    /// Not one of ours, changed, or sealed under a key that is gone.
    #[error("the flow is not one that this server sealed")]
    Unreadable,
    /// The cookie of the browser it began in is not here.
    #[error("the flow began in another browser")]
    OtherBrowser(Box<Flow>),
    /// Older than its hour.
    #[error("the flow is too old")]
    Expired(Box<Flow>),
}

/// DESIGN 4: past this, sealed, a flow goes into a row.
const MOST_IN_PAGE: usize = 3 * 1024;
/// Nothing we seal is longer; checked before any work is done on the text.
const MOST_PRESENTED: usize = 4 * 1024;

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

    /// Sealed, for the page. Seal again after every step.
    pub fn seal(&self, ctx: &Ctx<'_>) -> Sealed {
        let text = self.seal_whole(ctx);
        if text.len() <= MOST_IN_PAGE { Sealed::Page(text) } else { self.kept(ctx, text) }
    }

    /// Sealed, for an address: what waits for a sign-up (a password's hash) stays out of it, even sealed.
    pub fn seal_for_address(&self, ctx: &Ctx<'_>) -> Sealed {
        if self.wish.is_some() { self.kept(ctx, self.seal_whole(ctx)) } else { self.seal(ctx) }
    }

    fn kept(&self, ctx: &Ctx<'_>, text: String) -> Sealed {
        let handle = Plain::<kind::FlowState>::mint(ctx);
        let row = NewSecret::of(&handle.digest(ctx), ctx.now, ctx.policy.lifetimes.flow)
            .flow(self.id)
            .payload(text);
        Sealed::Row(format!("{ROW}{}", handle.expose()), Box::new(row))
    }

    /// Sealed, whatever its size: for a row.
    pub(crate) fn seal_whole(&self, ctx: &Ctx<'_>) -> String {
        // A flow always serializes: no map with other keys than text, nothing that fails.
        let plain = serde_json::to_vec(self).unwrap_or_default();
        base64url(&ctx.vault.seal(PURPOSE, b"", &plain))
    }

    /// What came back in the field `flow`; `None` for what no page of ours has held.
    pub fn presented(ctx: &Ctx<'_>, text: &str) -> Option<Presented> {
        if text.len() > MOST_PRESENTED {
            return None;
        }
        match text.strip_prefix(ROW) {
            Some(handle) => Some(Presented::Row(Plain::presented(handle).digest(ctx))),
            None => Some(Presented::Page(from_base64url(text)?)),
        }
    }

    /// Opens what a page or a row held.
    pub fn open(
        ctx: &Ctx<'_>,
        browser: Option<&Digest<kind::Browser>>,
        sealed: &[u8],
    ) -> Result<Self, FlowRefused> {
        let plain = ctx.vault.open(PURPOSE, b"", sealed).ok_or(FlowRefused::Unreadable)?;
        let flow: Self = serde_json::from_slice(&plain).map_err(|_| FlowRefused::Unreadable)?;
        if ctx.now >= flow.expires_at(ctx) {
            return Err(FlowRefused::Expired(Box::new(flow)));
        }
        if browser.is_none_or(|b| !b.same(&flow.browser)) {
            return Err(FlowRefused::OtherBrowser(Box::new(flow)));
        }
        Ok(flow)
    }

    /// The browser it belongs to.
    pub fn browser(&self) -> &Digest<kind::Browser> {
        &self.browser
    }
}

const PURPOSE: &str = "flow";
/// Marks a handle; no base64url text contains a full stop.
const ROW: &str = "r.";

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::ClientId;
    use crate::ctx::fixed::Fixed;
    use crate::oauth::{Display, ResponseMode, ReturnTo};
    use crate::time::hours;
    use proptest::prelude::*;

    /// A plain request of the client `planner`.
    pub(crate) fn request() -> AuthorizationRequest {
        AuthorizationRequest {
            return_to: ReturnTo {
                client: ClientId::parse("planner").unwrap(),
                redirect_uri: "https://planner.example/callback".into(),
                explicit: true,
                response_mode: ResponseMode::Query,
                state: Some("s".into()),
            },
            scope: Scope::parse("openid profile").unwrap(),
            resources: vec![],
            challenge: None,
            nonce: None,
            prompt: vec![],
            max_age: None,
            login_hint: None,
            hint_subject: None,
            ui_locales: vec![],
            acr_values: vec![],
            claims: None,
            display: Display::Page,
            pushed: None,
        }
    }

    pub(crate) fn flow(ctx: &Ctx<'_>, request: AuthorizationRequest) -> Flow {
        let browser = Plain::<kind::Browser>::presented("b").digest(ctx);
        Flow::begin(ctx, browser, Target::App(Box::new(request)))
    }

    fn bytes(ctx: &Ctx<'_>, text: &str) -> Vec<u8> {
        match Flow::presented(ctx, text) {
            Some(Presented::Page(bytes)) => bytes,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_flow_opens_in_its_own_browser_for_an_hour() {
        let mut fixed = Fixed::new();
        let flow = flow(&fixed.ctx(), request());
        let sealed = bytes(&fixed.ctx(), flow.seal(&fixed.ctx()).text());
        let other = Plain::<kind::Browser>::presented("c").digest(&fixed.ctx());
        let own = *flow.browser();
        assert_eq!(Flow::open(&fixed.ctx(), Some(&own), &sealed), Ok(flow.clone()));
        let elsewhere = FlowRefused::OtherBrowser(Box::new(flow.clone()));
        assert_eq!(Flow::open(&fixed.ctx(), Some(&other), &sealed), Err(elsewhere.clone()));
        assert_eq!(Flow::open(&fixed.ctx(), None, &sealed), Err(elsewhere));
        fixed.now += hours(1);
        let expired = Err(FlowRefused::Expired(Box::new(flow)));
        assert_eq!(Flow::open(&fixed.ctx(), Some(&own), &sealed), expired);
    }

    #[test]
    fn a_large_flow_leaves_a_handle_in_the_page_and_its_text_in_a_row() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let mut large = request();
        large.return_to.state = Some("x".repeat(4_000));
        let flow = flow(&ctx, large);
        let Sealed::Row(text, row) = flow.seal(&ctx) else { panic!("should not fit") };
        assert!(text.len() < 64);
        let Some(Presented::Row(digest)) = Flow::presented(&ctx, &text) else { panic!() };
        assert_eq!(digest.as_bytes(), row.digest);
        let held = from_base64url(row.payload.as_str().unwrap()).unwrap();
        assert_eq!(Flow::open(&ctx, Some(flow.browser()), &held), Ok(flow));
    }

    #[test]
    fn a_proof_counts_for_its_session_person_and_epoch() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let here = crate::session::live::tests::found(&ctx).live(&ctx).unwrap();
        let mut flow = flow(&ctx, request());
        let proof = Proof { user: here.user().id, epoch: here.user().epoch, session: here.session().id };
        assert!(!flow.fresh(&here));
        flow.proof = Some(proof);
        assert!(flow.fresh(&here));
        let wrong = [
            Proof { user: Id::new(&ctx), ..proof },
            Proof { epoch: proof.epoch - 1, ..proof },
            Proof { session: Id::new(&ctx), ..proof },
        ];
        for other in wrong {
            flow.proof = Some(other);
            assert!(!flow.fresh(&here), "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn any_flipped_bit_makes_it_unreadable(at in 0usize..10_000, bit in 0u8..8) {
            let fixed = Fixed::new();
            let flow = flow(&fixed.ctx(), request());
            let mut sealed = bytes(&fixed.ctx(), flow.seal(&fixed.ctx()).text());
            let at = at % sealed.len();
            sealed[at] ^= 1 << bit;
            let opened = Flow::open(&fixed.ctx(), Some(flow.browser()), &sealed);
            prop_assert_eq!(opened, Err(FlowRefused::Unreadable));
        }
        #[test]
        fn whatever_is_presented_nothing_panics(text in "\\PC{0,100}", state in "\\PC{0,2000}") {
            let fixed = Fixed::new();
            let ctx = fixed.ctx();
            if let Some(Presented::Page(bytes)) = Flow::presented(&ctx, &text) {
                prop_assert_eq!(Flow::open(&ctx, None, &bytes), Err(FlowRefused::Unreadable));
            }
            let mut with_state = request();
            with_state.return_to.state = Some(state);
            let flow = flow(&ctx, with_state);
            prop_assert!(flow.seal(&ctx).text().len() <= MOST_IN_PAGE);
        }
    }
}
