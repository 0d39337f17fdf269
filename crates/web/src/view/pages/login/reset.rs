//! A new password for one that is forgotten.

use super::super::{Form, Notice, Page, Problem, WayOn};
use serde::Serialize;

/// A new password is wanted: for which address? Field `identifier`; `do` = continue, sign-in.
#[derive(Debug, Clone, Serialize)]
pub struct Forgot {
    /// The form.
    pub form: Form,
    /// What was typed before.
    pub identifier: String,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for Forgot {
    const TEMPLATE: &'static str = "forgot.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain =
            Forgot { form: Form::sample(), identifier: "anna@example.com".into(), problems: Vec::new() };
        vec![
            ("plain", plain.clone()),
            ("missing", Forgot { identifier: String::new(), problems: vec![Problem::EmailMissing], ..plain }),
        ]
    }
}

/// A mail is on its way, if there is an account. `do` = resend, sign-in.
#[derive(Debug, Clone, Serialize)]
pub struct ForgotSent {
    /// The form.
    pub form: Form,
    /// Where the mail went.
    pub email: String,
    /// How long its link works.
    pub minutes: u32,
    /// Seconds until another mail may be asked for; 0 if now.
    pub resend_wait: u32,
    /// News on top.
    pub notice: Option<Notice>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for ForgotSent {
    const TEMPLATE: &'static str = "forgot_sent.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = ForgotSent {
            form: Form::sample(),
            email: "anna@example.com".into(),
            minutes: 30,
            resend_wait: 0,
            notice: None,
            problems: Vec::new(),
        };
        vec![
            ("plain", plain.clone()),
            (
                "too_soon",
                ForgotSent { problems: vec![Problem::ResendTooSoon { wait: 20 }], resend_wait: 20, ..plain },
            ),
        ]
    }
}

/// The new password. Fields `identifier` (hidden, for password managers), `new-password`; `do` = continue.
#[derive(Debug, Clone, Serialize)]
pub struct Reset {
    /// The form; its `flow` may be the reset's own sealed ticket.
    pub form: Form,
    /// Whose password.
    pub email: String,
    /// The rule: least number of characters.
    pub min_length: u32,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for Reset {
    const TEMPLATE: &'static str = "reset.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Reset {
            form: Form::sample(),
            email: "anna@example.com".into(),
            min_length: 10,
            problems: Vec::new(),
        };
        vec![
            ("plain", plain.clone()),
            ("missing", Reset { problems: vec![Problem::NewPasswordMissing], ..plain.clone() }),
            ("guessable", Reset { problems: vec![Problem::PasswordGuessable], ..plain.clone() }),
            ("row", Reset { problems: vec![Problem::PasswordRow], ..plain.clone() }),
            ("again", Reset { problems: vec![Problem::PasswordAgain], ..plain.clone() }),
            ("date", Reset { problems: vec![Problem::PasswordDate], ..plain.clone() }),
            ("breached", Reset { problems: vec![Problem::PasswordBreached], ..plain }),
        ]
    }
}

/// The new password is set.
#[derive(Debug, Clone, Serialize)]
pub struct ResetDone {
    /// Back into the app, or to the account.
    pub way_on: WayOn,
}

impl Page for ResetDone {
    const TEMPLATE: &'static str = "reset_done.html";
    fn samples() -> Vec<(&'static str, Self)> {
        vec![("plain", ResetDone { way_on: WayOn::sign_in("/login") })]
    }
}
