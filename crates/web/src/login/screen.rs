//! Pages as a redirect carries them, sealed in the flow: which one, and why it came back.

use super::go;
use super::visit::{Handled, Visit};
use crate::view::pages::{DoneKind, MessageProblem, Notice, Problem};
use countersign_core::ClientId;
use countersign_core::login::Flow;
use serde::{Deserialize, Serialize};

/// A page of the sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Screen {
    /// The first page, with what was typed.
    SignIn(String, Why),
    /// The password page.
    Password(Why),
    /// The sign-up page, with what was typed, and whether it is judged.
    SignUp(String, std::collections::BTreeMap<String, String>, bool, Why),
    /// Digits are wanted.
    Confirm(Why),
    /// Which phone? With what was typed.
    Phone(String, Why),
    /// The digits that were sent to it.
    PhoneCode(Why),
    /// A link is in the mail.
    LinkSent(Why),
    /// For which address is the new password?
    Forgot(String, Why),
    /// A mail with a link to a new password.
    ForgotSent(Why),
    /// Does the account that has this address belong to the same person?
    Join,
    /// Whatever the dispatcher says: consent, the choice of account.
    Dispatch,
    /// A good end without an app: was it an address that was confirmed, and whose flow was it?
    Done(bool, Option<ClientId>),
    /// Which code does the device show? With what was typed.
    DeviceCode(String, Why),
    /// A device was connected, or not; and whose app is on it.
    DeviceDone(bool, Option<ClientId>),
    /// A new password is set; does the flow go on from here, and whose was it?
    ResetDone(bool, Option<ClientId>),
    /// The account is on its way out: whose, and until when it can be kept.
    Leaving(String, Option<countersign_core::Timestamp>),
    /// What an app wants to know of who is new, with what was typed.
    About(Option<std::collections::BTreeMap<String, String>>),
    /// Everybody is signed out, and a link to a new password is in the mail.
    NotMeDone,
}

/// Why a page came back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Why {
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<News>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Fault>,
}

/// The notices that the sign-in has.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum News {
    SignInAgain,
    SentAgain,
    TextAgain,
    CodeOfOther,
}

/// The problems that the sign-in has, as they travel.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fault {
    EmailMissing,
    EmailMalformed,
    PasswordMissing,
    PasswordWrong,
    NewPasswordMissing,
    PasswordTooShort(u32),
    PasswordTooLong(u32),
    PasswordCommon,
    PasswordGuessable,
    PasswordRow,
    PasswordAgain,
    PasswordDate,
    PasswordBreached,
    CodeMissing,
    CodeWrong(u32),
    CodeExpired,
    TooManyTries(u32),
    ResendTooSoon(u32),
    UserCodeMissing,
    UserCodeUnknown,
    Message(MessageProblem),
    ProviderFailed(String),
    ProviderDeclined(String),
    ProviderRefused(String),
    ProviderOff(String),
    ProviderNoEmail(String),
    ProviderNoAccount(String),
    LinkTaken(String),
    LastWayIn,
    FormStale,
}

impl Why {
    /// As the page has it.
    pub fn new(notice: Option<&Notice>, problems: &[Problem]) -> Self {
        let news = |n: &Notice| match n {
            Notice::SignInAgain => Some(News::SignInAgain),
            Notice::SentAgain => Some(News::SentAgain),
            Notice::TextAgain => Some(News::TextAgain),
            Notice::CodeOfOther => Some(News::CodeOfOther),
            Notice::Saved
            | Notice::PasswordChanged
            | Notice::PhoneAdded
            | Notice::PhoneChosen
            | Notice::PhoneRemoved
            | Notice::SessionEnded
            | Notice::OthersEnded
            | Notice::AppRemoved { .. }
            | Notice::Linked { .. }
            | Notice::Unlinked
            | Notice::OfAccount(_)
            | Notice::EmailConfirmed
            | Notice::NothingShared => None,
        };
        Self { notice: notice.and_then(news), problems: problems.iter().map(fault).collect() }
    }

    fn parts(self) -> (Option<Notice>, Vec<Problem>) {
        let notice = self.notice.map(|n| match n {
            News::SignInAgain => Notice::SignInAgain,
            News::SentAgain => Notice::SentAgain,
            News::TextAgain => Notice::TextAgain,
            News::CodeOfOther => Notice::CodeOfOther,
        });
        (notice, self.problems.into_iter().map(problem).collect())
    }
}

fn fault(problem: &Problem) -> Fault {
    match problem {
        Problem::EmailMissing => Fault::EmailMissing,
        Problem::EmailMalformed => Fault::EmailMalformed,
        Problem::PasswordMissing => Fault::PasswordMissing,
        Problem::PasswordWrong | Problem::CurrentPasswordWrong => Fault::PasswordWrong,
        Problem::NewPasswordMissing => Fault::NewPasswordMissing,
        Problem::PasswordTooShort { min } => Fault::PasswordTooShort(*min),
        Problem::PasswordTooLong { max } => Fault::PasswordTooLong(*max),
        Problem::PasswordCommon => Fault::PasswordCommon,
        Problem::PasswordGuessable => Fault::PasswordGuessable,
        Problem::PasswordRow => Fault::PasswordRow,
        Problem::PasswordAgain => Fault::PasswordAgain,
        Problem::PasswordDate => Fault::PasswordDate,
        Problem::PasswordBreached => Fault::PasswordBreached,
        Problem::CodeMissing => Fault::CodeMissing,
        Problem::CodeWrong { left } => Fault::CodeWrong(*left),
        Problem::CodeExpired => Fault::CodeExpired,
        Problem::TooManyTries { wait } => Fault::TooManyTries(*wait),
        Problem::ResendTooSoon { wait } => Fault::ResendTooSoon(*wait),
        Problem::UserCodeMissing => Fault::UserCodeMissing,
        Problem::UserCodeUnknown => Fault::UserCodeUnknown,
        Problem::OfMessage(it) => Fault::Message(it.clone()),
        Problem::ProviderFailed { name } => Fault::ProviderFailed(name.clone()),
        Problem::ProviderDeclined { name } => Fault::ProviderDeclined(name.clone()),
        Problem::ProviderRefused { name } => Fault::ProviderRefused(name.clone()),
        Problem::ProviderOff { name } => Fault::ProviderOff(name.clone()),
        Problem::ProviderNoEmail { name } => Fault::ProviderNoEmail(name.clone()),
        Problem::ProviderNoAccount { name } => Fault::ProviderNoAccount(name.clone()),
        Problem::LinkTaken { name } => Fault::LinkTaken(name.clone()),
        Problem::LastWayIn => Fault::LastWayIn,
        Problem::OfAccount(_) | Problem::ClaimMissing { .. } | Problem::FormStale => Fault::FormStale,
    }
}

fn problem(fault: Fault) -> Problem {
    match fault {
        Fault::EmailMissing => Problem::EmailMissing,
        Fault::EmailMalformed => Problem::EmailMalformed,
        Fault::PasswordMissing => Problem::PasswordMissing,
        Fault::PasswordWrong => Problem::PasswordWrong,
        Fault::NewPasswordMissing => Problem::NewPasswordMissing,
        Fault::PasswordTooShort(min) => Problem::PasswordTooShort { min },
        Fault::PasswordTooLong(max) => Problem::PasswordTooLong { max },
        Fault::PasswordCommon => Problem::PasswordCommon,
        Fault::PasswordGuessable => Problem::PasswordGuessable,
        Fault::PasswordRow => Problem::PasswordRow,
        Fault::PasswordAgain => Problem::PasswordAgain,
        Fault::PasswordDate => Problem::PasswordDate,
        Fault::PasswordBreached => Problem::PasswordBreached,
        Fault::CodeMissing => Problem::CodeMissing,
        Fault::CodeWrong(left) => Problem::CodeWrong { left },
        Fault::CodeExpired => Problem::CodeExpired,
        Fault::TooManyTries(wait) => Problem::TooManyTries { wait },
        Fault::ResendTooSoon(wait) => Problem::ResendTooSoon { wait },
        Fault::UserCodeMissing => Problem::UserCodeMissing,
        Fault::UserCodeUnknown => Problem::UserCodeUnknown,
        Fault::Message(it) => Problem::OfMessage(it),
        Fault::ProviderFailed(name) => Problem::ProviderFailed { name },
        Fault::ProviderDeclined(name) => Problem::ProviderDeclined { name },
        Fault::ProviderRefused(name) => Problem::ProviderRefused { name },
        Fault::ProviderOff(name) => Problem::ProviderOff { name },
        Fault::ProviderNoEmail(name) => Problem::ProviderNoEmail { name },
        Fault::ProviderNoAccount(name) => Problem::ProviderNoAccount { name },
        Fault::LinkTaken(name) => Problem::LinkTaken { name },
        Fault::LastWayIn => Problem::LastWayIn,
        Fault::FormStale => Problem::FormStale,
    }
}

impl Screen {
    /// The page that a redirect led to; the flow is without it afterwards.
    pub fn take(flow: &mut Flow) -> Option<Self> {
        serde_json::from_value(flow.screen.take()?).ok()
    }

    /// Draws it.
    pub async fn draw(self, mut visit: Visit, flow: Flow) -> Handled {
        match self {
            Self::SignIn(typed, why) => {
                let (notice, problems) = why.parts();
                go::sign_in_as(&mut visit, &flow, typed, notice, problems).await
            }
            Self::Password(why) => go::password(visit, flow, why.parts().1).await,
            Self::SignUp(address, typed, judged, why) => {
                go::sign_up(visit, flow, (address, typed), judged, why.parts().1).await
            }
            Self::Confirm(why) => {
                let (notice, problems) = why.parts();
                go::confirm(visit, flow, notice, problems).await
            }
            Self::Phone(typed, why) => super::phone::ask(visit, flow, typed, why.parts().1).await,
            Self::PhoneCode(why) => {
                let (notice, problems) = why.parts();
                super::phone::code(visit, flow, notice, problems).await
            }
            Self::LinkSent(why) => {
                let (notice, problems) = why.parts();
                go::link_sent(visit, flow, notice, problems).await
            }
            Self::Forgot(typed, why) => go::forgot(visit, flow, typed, why.parts().1).await,
            Self::ForgotSent(why) => {
                let (notice, problems) = why.parts();
                go::forgot_sent(visit, flow, notice, problems).await
            }
            Self::Join => super::provider::ask(visit, flow).await,
            Self::Dispatch => go::go_on(visit, flow).await,
            Self::Done(confirmed, client) => {
                let kind = if confirmed { DoneKind::EmailConfirmed } else { DoneKind::SignedIn };
                super::link::done(visit, &flow, kind, client).await
            }
            Self::DeviceCode(typed, why) => {
                let (notice, problems) = why.parts();
                super::device::code_page(visit, flow, typed, notice, problems).await
            }
            Self::DeviceDone(allowed, client) => super::device::done(visit, flow, allowed, client).await,
            Self::ResetDone(goes_on, client) => super::reset::done(visit, flow, goes_on, client).await,
            Self::Leaving(email, until) => super::keep::end(visit, flow, email, until).await,
            Self::About(typed) => super::about::ask(visit, flow, typed).await,
            Self::NotMeDone => super::not_me::done(visit, flow).await,
        }
    }
}
