//! Where a flow leads.

use crate::oauth::device::Whence;
use crate::oauth::{AuthorizationRequest, Scope};
use crate::secret::kind;
use crate::{ClientId, Digest, Id, Timestamp, id};
use serde::{Deserialize, Serialize};

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
    pub(super) fn pushed(&self) -> Option<Id<id::Flow>> {
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
