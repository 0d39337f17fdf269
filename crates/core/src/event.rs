//! Events: what happened, told through the outbox in the same commit as the act; the row is the audit record.

use crate::limits::CounterKey;
use crate::{ClientId, Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

macro_rules! event_kinds { ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
    /// What happened. The text is the wire name; a changed meaning gets a new version.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
    pub enum EventKind { $($(#[$doc])* #[serde(rename = $text)] $name),+ }
    impl EventKind {
        /// Every kind.
        pub const ALL: &'static [Self] = &[$(Self::$name),+];
        /// The wire name.
        pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $text),+ } }
        /// The kind of a wire name.
        pub fn parse(text: &str) -> Option<Self> { match text { $($text => Some(Self::$name),)+ _ => None } }
    }
} }
event_kinds! {
    /// An account was made.
    UserCreated = "user.created",
    /// An account's profile changed.
    UserUpdated = "user.updated",
    /// An operator switched an account off.
    UserDisabled = "user.disabled",
    /// An operator switched an account on again.
    UserEnabled = "user.enabled",
    /// An account was deleted: by an operator, or because its person asked for it.
    UserDeleted = "user.deleted",
    /// A person asked for their account to be deleted; it is switched off, and they may keep it for a while.
    UserLeaving = "user.leaving",
    /// A person who had asked for deletion keeps the account.
    UserKept = "user.kept",
    /// A person took all that is known of them.
    DataExported = "data.exported",
    /// An address was proved.
    EmailVerified = "email.verified",
    /// A person added an address and proved it.
    EmailAdded = "email.added",
    /// Another address of a person is the one that apps are told.
    EmailPrimaryChanged = "email.primary_changed",
    /// A person took an address away.
    EmailRemoved = "email.removed",
    /// A password was set or changed.
    PasswordChanged = "password.changed",
    /// An account at a provider was linked.
    IdentityLinked = "identity.linked",
    /// A linked account was taken away.
    IdentityUnlinked = "identity.unlinked",
    /// An operator made one account of two.
    UserMerged = "user.merged",
    /// Somebody signed in.
    SessionStarted = "session.started",
    /// A session ended (sign-out, account page, operator).
    SessionEnded = "session.ended",
    /// An app is to hear that a session has ended (back-channel logout): one event an app.
    LogoutRequested = "logout.requested",
    /// A sign-in was refused.
    SignInRefused = "sign_in.refused",
    /// A client received its first tokens.
    GrantCreated = "grant.created",
    /// A grant ended.
    GrantEnded = "grant.ended",
    /// An old refresh token came back outside the grace: the family ended.
    RefreshReused = "refresh.reused",
    /// A code came back a second time: the family ended.
    CodeReused = "code.reused",
    /// A person did not let a device in.
    DeviceDenied = "device.denied",
    /// Consent was given.
    ConsentGiven = "consent.given",
    /// Consent was withdrawn.
    ConsentWithdrawn = "consent.withdrawn",
    /// A mail is wanted: `data` names the template, `personal` holds address and secrets sealed.
    MailRequested = "mail.requested",
    /// A text message is wanted: `data` names the template, `personal` holds number and code, sealed.
    SmsRequested = "sms.requested",
    /// A phone was proved.
    PhoneVerified = "phone.verified",
    /// A person chose which of their phones apps are told.
    PhoneChosen = "phone.chosen",
    /// A phone was taken away.
    PhoneRemoved = "phone.removed",
    /// A client was added, changed or removed.
    ClientChanged = "client.changed",
    /// An operator made an organization.
    OrganizationCreated = "organization.created",
    /// A person became a member of an organization.
    MemberAdded = "member.added",
    /// A person is a member of an organization no more; what its apps were given has ended.
    MemberRemoved = "member.removed",
    /// Signing keys rotated.
    KeysRotated = "keys.rotated",
}

impl EventKind {
    /// Does it happen to a person, who then reads of it in their own activity?
    pub const fn concerns_a_person(self) -> bool {
        match self {
            Self::ClientChanged | Self::OrganizationCreated | Self::KeysRotated => false,
            Self::UserCreated
            | Self::UserUpdated
            | Self::UserDisabled
            | Self::UserEnabled
            | Self::UserDeleted
            | Self::UserLeaving
            | Self::UserKept
            | Self::DataExported
            | Self::EmailVerified
            | Self::EmailAdded
            | Self::EmailPrimaryChanged
            | Self::EmailRemoved
            | Self::PasswordChanged
            | Self::IdentityLinked
            | Self::IdentityUnlinked
            | Self::UserMerged
            | Self::SessionStarted
            | Self::SessionEnded
            | Self::LogoutRequested
            | Self::SignInRefused
            | Self::GrantCreated
            | Self::GrantEnded
            | Self::RefreshReused
            | Self::CodeReused
            | Self::DeviceDenied
            | Self::ConsentGiven
            | Self::ConsentWithdrawn
            | Self::MailRequested
            | Self::SmsRequested
            | Self::PhoneVerified
            | Self::PhoneChosen
            | Self::PhoneRemoved
            | Self::MemberAdded
            | Self::MemberRemoved => true,
        }
    }
}

/// One event. `personal` stands in its own column, so that erasure keeps the audit chain valid.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// Whom it is about; order is kept per (receiver, subject).
    pub user: Option<Id<id::User>>,
    /// The client concerned.
    pub client: Option<ClientId>,
    /// The session concerned.
    pub session: Option<Id<id::Session>>,
    /// Which flow it belongs to.
    pub flow: Option<Id<id::Flow>>,
    /// Facts without personal data and without secrets.
    pub data: Map<String, Value>,
    /// Personal data (address, name); erased with the person.
    pub personal: Map<String, Value>,
    /// Told at most as often as this counter allows; beyond that it is dropped where it would be written.
    pub at_most: Option<CounterKey>,
}

impl Event {
    /// An event with nothing but its kind and time.
    pub fn new(kind: EventKind, at: Timestamp) -> Self {
        Self {
            kind,
            at,
            user: None,
            client: None,
            session: None,
            flow: None,
            data: Map::new(),
            personal: Map::new(),
            at_most: None,
        }
    }
    /// No more often than this counter allows.
    pub fn at_most(mut self, counter: CounterKey) -> Self {
        self.at_most = Some(counter);
        self
    }
    /// About this person.
    pub fn user(mut self, user: Id<id::User>) -> Self {
        self.user = Some(user);
        self
    }
    /// About this client.
    pub fn client(mut self, client: &ClientId) -> Self {
        self.client = Some(client.clone());
        self
    }
    /// About this session.
    pub fn session(mut self, session: Id<id::Session>) -> Self {
        self.session = Some(session);
        self
    }
    /// In this flow.
    pub fn flow(mut self, flow: Id<id::Flow>) -> Self {
        self.flow = Some(flow);
        self
    }
    /// A fact.
    pub fn data(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.data.insert(name.to_owned(), value.into());
        self
    }
    /// A fact about a person.
    pub fn personal(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.personal.insert(name.to_owned(), value.into());
        self
    }
}
