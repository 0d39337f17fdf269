//! What several screens share: forms, problems, notices, the way on.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::{AccountNotice, AccountProblem, MessageProblem};
use crate::view::words::Text;

/// The values of a button's `do` field.
pub mod actions {
    /// The screen's own next step.
    pub const CONTINUE: &str = "continue";
    /// "Send me a link" (`send-link`).
    pub const LINK: &str = "link";
    /// "Create an account" (`sign-up`).
    pub const SIGN_UP: &str = "sign-up";
    /// "Sign in instead" (`sign-in`).
    pub const SIGN_IN: &str = "sign-in";
    /// "Forgotten password" (`forgot`).
    pub const FORGOT: &str = "forgot";
    /// Another address (`change`).
    pub const CHANGE: &str = "change";
    /// Send the mail again (`resend`).
    pub const RESEND: &str = "resend";
    /// Another account (`another`).
    pub const ANOTHER: &str = "another";
    /// Consent given (`allow`).
    pub const ALLOW: &str = "allow";
    /// Consent refused (`deny`).
    pub const DENY: &str = "deny";
    /// Sign-out confirmed (`sign-out`).
    pub const SIGN_OUT: &str = "sign-out";
    /// Sign-out refused (`stay`).
    pub const STAY: &str = "stay";
    /// End one session (`id` says which).
    pub const END: &str = "end";
    /// End every session but this one (`end-others`).
    pub const END_OTHERS: &str = "end-others";
    /// End every session, this one too (`sign-out-everywhere`).
    pub const SIGN_OUT_EVERYWHERE: &str = "sign-out-everywhere";
    /// Add an address, or prove one (`email` says which).
    pub const ADD: &str = "add";
    /// Put an address in front (`id` says which).
    pub const PRIMARY: &str = "primary";
    /// Take everything along (`download`).
    pub const DOWNLOAD: &str = "download";
    /// Delete the account (`leave`).
    pub const LEAVE: &str = "leave";
    /// Sign in once more, to change something (`again`).
    pub const AGAIN: &str = "again";
    /// Take an app's access away (`id` says which).
    pub const REMOVE: &str = "remove";
}

/// Where a screen's forms post to, and the two hidden fields they carry.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Form {
    /// Our path, without the issuer's path in front.
    pub action: String,
    /// The sealed flow; empty on account pages, which have none, and then left out.
    pub flow: String,
    /// The form token.
    pub csrf: String,
}

impl Form {
    /// A form of the sign-in: with the sealed flow.
    pub fn of_flow(action: &str, flow: &str, csrf: &str) -> Form {
        Form { action: action.to_owned(), flow: flow.to_owned(), csrf: csrf.to_owned() }
    }

    /// A form of the account pages: without a flow.
    pub fn of_account(action: &str, csrf: &str) -> Form {
        Form { action: action.to_owned(), flow: String::new(), csrf: csrf.to_owned() }
    }

    pub(crate) fn sample() -> Form {
        Form::of_flow("/login", "c2VhbGVkLWZsb3ctc2FtcGxl", "ZmO1Yzk3")
    }

    pub(crate) fn account_sample() -> Form {
        Form::of_account("/account", "ZmO1Yzk3")
    }
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Person {
    /// What to call them: name, else the e-mail.
    pub name: String,
    /// Their e-mail.
    pub email: String,
}

impl Person {
    pub(crate) fn sample() -> Person {
        Person { name: "Anna Berg".into(), email: "anna@example.com".into() }
    }
}

/// Why a form came back. Says what happened and what to do now; the field keeps what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// No e-mail was typed.
    EmailMissing,
    /// It does not read as an e-mail address.
    EmailMalformed,
    /// No password was typed.
    PasswordMissing,
    /// E-mail and password do not belong together; never says which.
    PasswordWrong,
    /// No new password was typed.
    NewPasswordMissing,
    /// The new password is shorter than the rule.
    PasswordTooShort {
        /// Characters that the rule asks for.
        min: u32,
    },
    /// The new password is longer than we take.
    PasswordTooLong {
        /// Characters that we take.
        max: u32,
    },
    /// The new password is among those that are tried first.
    PasswordCommon,
    /// The new password is the e-mail or the name.
    PasswordGuessable,
    /// The new password is made of neighbours on the keyboard or in the alphabet.
    PasswordRow,
    /// The new password is the same again and again.
    PasswordAgain,
    /// The new password is made of a date.
    PasswordDate,
    /// The new password is known from a breach elsewhere.
    PasswordBreached,
    /// On the account page, the present password is another one.
    CurrentPasswordWrong,
    /// No code was typed.
    CodeMissing,
    /// The code is another one.
    CodeWrong {
        /// Tries left before a new code is needed.
        left: u32,
    },
    /// The code is too old, or was tried too often.
    CodeExpired,
    /// On a page of the account.
    OfAccount(AccountProblem),
    /// A field of the sign-up is empty and may not be.
    ClaimMissing {
        /// Which.
        field: countersign_core::account::profile::ClaimField,
    },
    /// Too many tries; the wait in seconds.
    TooManyTries {
        /// Seconds to wait.
        wait: u32,
    },
    /// A mail was asked for again too soon; the wait in seconds.
    ResendTooSoon {
        /// Seconds to wait.
        wait: u32,
    },
    /// About a message that was asked for, or the phone it would go to.
    OfMessage(MessageProblem),
    /// The provider could not be reached or answered nonsense.
    ProviderFailed {
        /// Its name.
        name: String,
    },
    /// The person said no at the provider.
    ProviderDeclined {
        /// Its name.
        name: String,
    },
    /// What the provider answered failed a check.
    ProviderRefused {
        /// Its name.
        name: String,
    },
    /// The provider was switched off.
    ProviderOff {
        /// Its name.
        name: String,
    },
    /// The provider told no address.
    ProviderNoEmail {
        /// Its name.
        name: String,
    },
    /// No account is linked, and none is made.
    ProviderNoAccount {
        /// Its name.
        name: String,
    },
    /// The account at the provider opens another account here.
    LinkTaken {
        /// Its name.
        name: String,
    },
    /// Without this linked account nobody would get in any more.
    LastWayIn,
    /// No device code was typed.
    UserCodeMissing,
    /// No device waits with this code; never says why.
    UserCodeUnknown,
    /// The form's token did not fit any more (a tab open for long, another sign-in since).
    FormStale,
}

impl Problem {
    /// This address was sent enough mails for now.
    pub fn enough_mails(wait: u32) -> Problem {
        Problem::OfMessage(MessageProblem::EnoughMails { wait })
    }

    /// How long to wait, where that is the problem.
    pub fn wait(&self) -> Option<u32> {
        match self {
            Problem::TooManyTries { wait } | Problem::ResendTooSoon { wait } => Some(*wait),
            Problem::OfMessage(it) => it.wait(),
            _ => None,
        }
    }

    /// The id of the field to mend, empty if there is none.
    pub fn field(&self) -> &'static str {
        match self {
            Problem::EmailMissing | Problem::EmailMalformed => "identifier",
            Problem::PasswordMissing | Problem::PasswordWrong => "password",
            Problem::NewPasswordMissing
            | Problem::PasswordTooShort { .. }
            | Problem::PasswordTooLong { .. }
            | Problem::PasswordCommon
            | Problem::PasswordGuessable
            | Problem::PasswordRow
            | Problem::PasswordAgain
            | Problem::PasswordDate
            | Problem::PasswordBreached => "new-password",
            Problem::CurrentPasswordWrong => "current-password",
            Problem::CodeMissing
            | Problem::CodeWrong { .. }
            | Problem::CodeExpired
            | Problem::UserCodeMissing
            | Problem::UserCodeUnknown => "code",
            Problem::OfAccount(it) => it.field(),
            Problem::ClaimMissing { field } => field.as_str(),
            Problem::OfMessage(it) => it.field(),
            Problem::TooManyTries { .. }
            | Problem::ResendTooSoon { .. }
            | Problem::ProviderFailed { .. }
            | Problem::ProviderDeclined { .. }
            | Problem::ProviderRefused { .. }
            | Problem::ProviderOff { .. }
            | Problem::ProviderNoEmail { .. }
            | Problem::ProviderNoAccount { .. }
            | Problem::LinkTaken { .. }
            | Problem::LastWayIn
            | Problem::FormStale => "",
        }
    }

    /// What is said.
    pub fn text(&self) -> Text {
        match self {
            Problem::EmailMissing => Text::plain("problem-email-missing"),
            Problem::EmailMalformed => Text::plain("problem-email-malformed"),
            Problem::PasswordMissing => Text::plain("problem-password-missing"),
            Problem::PasswordWrong => Text::plain("problem-password-wrong"),
            Problem::NewPasswordMissing => Text::plain("problem-new-password-missing"),
            Problem::OfAccount(it) => it.text(),
            Problem::ClaimMissing { .. } => Text::plain("problem-claim-missing"),
            Problem::OfMessage(it) => it.text(),
            Problem::PasswordTooShort { min } => Text::plain("problem-password-short").with("min", *min),
            Problem::PasswordTooLong { max } => Text::plain("problem-password-long").with("max", *max),
            Problem::PasswordCommon => Text::plain("problem-password-common"),
            Problem::PasswordGuessable => Text::plain("problem-password-guessable"),
            Problem::PasswordRow => Text::plain("problem-password-row"),
            Problem::PasswordAgain => Text::plain("problem-password-again"),
            Problem::PasswordDate => Text::plain("problem-password-date"),
            Problem::PasswordBreached => Text::plain("problem-password-breached"),
            Problem::CurrentPasswordWrong => Text::plain("problem-current-password"),
            Problem::CodeMissing => Text::plain("problem-code-missing"),
            Problem::CodeWrong { left } => Text::plain("problem-code-wrong").with("left", *left),
            Problem::CodeExpired => Text::plain("problem-code-expired"),
            Problem::TooManyTries { wait } => {
                waiting("problem-tries-seconds", "problem-tries-minutes", *wait)
            }
            Problem::ResendTooSoon { wait } => {
                waiting("problem-resend-seconds", "problem-resend-minutes", *wait)
            }
            Problem::ProviderFailed { name } => {
                Text::plain("problem-provider-failed").with("name", name.as_str())
            }
            Problem::ProviderDeclined { name } => {
                Text::plain("problem-provider-declined").with("name", name.as_str())
            }
            Problem::ProviderRefused { name } => {
                Text::plain("problem-provider-refused").with("name", name.as_str())
            }
            Problem::ProviderOff { name } => Text::plain("problem-provider-off").with("name", name.as_str()),
            Problem::ProviderNoEmail { name } => {
                Text::plain("problem-provider-no-email").with("name", name.as_str())
            }
            Problem::ProviderNoAccount { name } => {
                Text::plain("problem-provider-no-account").with("name", name.as_str())
            }
            Problem::LinkTaken { name } => Text::plain("problem-link-taken").with("name", name.as_str()),
            Problem::LastWayIn => Text::plain("problem-last-way"),
            Problem::UserCodeMissing => Text::plain("problem-user-code-missing"),
            Problem::UserCodeUnknown => Text::plain("problem-user-code-unknown"),
            Problem::FormStale => Text::plain("problem-form-stale"),
        }
    }
}

/// Seconds up to a minute and a half, then whole minutes, rounded up: nobody who waits that long is refused again.
pub(crate) fn waiting(seconds: &'static str, minutes: &'static str, wait: u32) -> Text {
    if wait <= 90 {
        Text::plain(seconds).with("n", wait.max(1))
    } else {
        Text::plain(minutes).with("n", wait.div_ceil(60))
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut s = serializer.serialize_struct("Problem", 2)?;
        s.serialize_field("field", self.field())?;
        s.serialize_field("text", &self.text())?;
        s.end()
    }
}

/// Good or neutral news at the top of a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The app asks for a fresh sign-in (`prompt=login`, `max_age`).
    SignInAgain,
    /// Another mail is on its way.
    SentAgain,
    /// Another text message is on its way.
    TextAgain,
    /// A phone is proved.
    PhoneAdded,
    /// Apps are told another phone.
    PhoneChosen,
    /// A phone is gone.
    PhoneRemoved,
    /// Somebody else is signed in here than when the device's code was typed.
    CodeOfOther,
    /// Changes are saved.
    Saved,
    /// The password is changed; other devices are signed out.
    PasswordChanged,
    /// A device is signed out.
    SessionEnded,
    /// All other devices are signed out.
    OthersEnded,
    /// An app's access is gone.
    AppRemoved {
        /// Its name.
        name: String,
    },
    /// An account at a provider opens this one now.
    Linked {
        /// The provider's name.
        name: String,
    },
    /// A linked account is gone.
    Unlinked,
    /// On a page of the account.
    OfAccount(AccountNotice),
    /// The address is confirmed.
    EmailConfirmed,
    /// The wish to sign in was turned down on the consent page or at a provider; the way in is still open.
    NothingShared,
}

impl Serialize for Notice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Notice::SignInAgain => Text::plain("notice-sign-in-again"),
            Notice::SentAgain => Text::plain("notice-sent-again"),
            Notice::TextAgain => Text::plain("notice-text-again"),
            Notice::PhoneAdded => Text::plain("notice-phone-added"),
            Notice::PhoneChosen => Text::plain("notice-phone-chosen"),
            Notice::PhoneRemoved => Text::plain("notice-phone-removed"),
            Notice::CodeOfOther => Text::plain("notice-type-again"),
            Notice::Saved => Text::plain("notice-saved"),
            Notice::PasswordChanged => Text::plain("notice-password-changed"),
            Notice::SessionEnded => Text::plain("notice-session-ended"),
            Notice::OthersEnded => Text::plain("notice-others-ended"),
            Notice::AppRemoved { name } => Text::plain("notice-app-removed").with("name", name.as_str()),
            Notice::Linked { name } => Text::plain("notice-linked").with("name", name.as_str()),
            Notice::Unlinked => Text::plain("notice-unlinked"),
            Notice::OfAccount(it) => it.text(),
            Notice::EmailConfirmed => Text::plain("notice-email-confirmed"),
            Notice::NothingShared => Text::plain("notice-nothing-shared"),
        }
        .serialize(serializer)
    }
}

/// The one obvious way on from a page that is an end.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct WayOn {
    /// Our path, or an address of an app.
    pub href: String,
    /// What the link says.
    pub label: WayLabel,
}

impl WayOn {
    /// Back into the app.
    pub fn app(name: &str, href: &str) -> WayOn {
        WayOn { href: href.to_owned(), label: WayLabel::App(name.to_owned()) }
    }

    /// Begin the sign-in once more.
    pub fn again(href: &str) -> WayOn {
        WayOn { href: href.to_owned(), label: WayLabel::Again }
    }

    /// To the sign-in page.
    pub fn sign_in(href: &str) -> WayOn {
        WayOn { href: href.to_owned(), label: WayLabel::SignIn }
    }

    /// To another mail with a link to a new password.
    pub fn reset(href: &str) -> WayOn {
        WayOn { href: href.to_owned(), label: WayLabel::Reset }
    }

    /// To a new password.
    pub fn new_password(href: &str) -> WayOn {
        WayOn { href: href.to_owned(), label: WayLabel::NewPassword }
    }

    /// To the browsers that are signed in.
    pub fn devices(href: &str) -> WayOn {
        WayOn { href: href.to_owned(), label: WayLabel::Devices }
    }

    /// To the account page.
    pub fn account(href: &str) -> WayOn {
        WayOn { href: href.to_owned(), label: WayLabel::Account }
    }

    /// To the start page.
    pub fn home(href: &str) -> WayOn {
        WayOn { href: href.to_owned(), label: WayLabel::Home }
    }
}

/// What the way on is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WayLabel {
    /// "Back to Planner".
    App(String),
    /// "Start again".
    Again,
    /// "Try again".
    Retry,
    /// "Sign in".
    SignIn,
    /// "Send another link".
    Reset,
    /// "Choose a new password".
    NewPassword,
    /// "See your devices".
    Devices,
    /// "Your account".
    Account,
    /// "To the start page".
    Home,
}

impl Serialize for WayLabel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            WayLabel::App(name) => Text::plain("way-app").with("app", name.as_str()),
            WayLabel::Again => Text::plain("way-again"),
            WayLabel::Retry => Text::plain("way-retry"),
            WayLabel::SignIn => Text::plain("way-sign-in"),
            WayLabel::Reset => Text::plain("way-reset"),
            WayLabel::NewPassword => Text::plain("forgot-title"),
            WayLabel::Devices => Text::plain("way-devices"),
            WayLabel::Account => Text::plain("way-account"),
            WayLabel::Home => Text::plain("way-home"),
        }
        .serialize(serializer)
    }
}
