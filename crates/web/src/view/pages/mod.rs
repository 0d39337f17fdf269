//! Every screen as a type: what it shows, and samples of each state it can be in.
//!
//! All forms of one screen post to one address ([`Form::action`]); the button that was pressed says what is wanted in
//! the field `do` (see [`actions`]), except where a button carries its own value (`provider`, `account`, `id`).

pub mod account;
mod account_parts;
pub mod activity;
pub mod consent;
pub mod dev;
pub mod device;
pub mod emails;
pub mod error;
pub mod keep;
pub mod login;
pub mod logout;
mod message;
pub mod not_me;
mod parts;
mod phones;
pub mod profile;
pub mod screens;

use serde::Serialize;

pub use self::account::{
    AccountApp, AccountApps, AccountLink, AccountLinked, AccountSecurity, AccountSession, AccountSessions,
};
pub use self::account_parts::{AccountNotice, AccountProblem};
pub use self::activity::{AccountActivity, AccountData, ActivityRow};
pub use self::consent::{AccountChoice, Consent, FormPost, Outsider, ScopeLine, SelectAccount};
pub use self::dev::{
    Claim, DemoHome, DemoSignedIn, DevClient, DevFlow, DevFlowRow, DevFlows, DevIndex, DevLink, DevUser,
    EndpointCall, Inbox, InboxMail, InboxRow, StubPerson, StubProvider,
};
pub use self::device::{DeviceCode, DeviceConfirm};
pub use self::emails::{AccountEmail, AccountEmails};
pub use self::error::{ErrorKind, ErrorPage};
pub use self::keep::{KeepAccount, Leaving};
pub use self::login::{
    AboutYou, AskedField, ConfirmEmail, Forgot, ForgotSent, JoinAccount, LinkConfirm, LinkElsewhere,
    LinkSent, Password, Provider, Purpose, Reset, ResetDone, SignIn, SignUp,
};
pub use self::logout::{ConfirmSignOut, Done, DoneKind, SignedOut};
pub use self::message::MessageProblem;
pub use self::not_me::{NotMe, NotMeDone};
pub use self::parts::{Form, Notice, Person, Problem, WayLabel, WayOn, actions};
pub use self::phones::{AccountPhone, AccountPhones, ConfirmPhone, PhoneCode};
pub use self::profile::AccountProfile;
pub use self::screens::{Choice, DevScreens, Screen};

/// One screen.
pub trait Page: Serialize + Sized {
    /// Its file among the templates.
    const TEMPLATE: &'static str;
    /// Pages for developers are written in English, whatever the reader's language.
    const ENGLISH_ONLY: bool = false;
    /// Each state worth looking at, with a short name; drawn by tests and by `scripts/screens`.
    fn samples() -> Vec<(&'static str, Self)>;
}
