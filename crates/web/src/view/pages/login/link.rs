//! Links to sign in with.

use super::super::{Form, Notice, Page, Problem};
use crate::view::time::Moment;
use serde::Serialize;

/// A link is in the mail, if there is an account; the code field is for when it was opened elsewhere.
/// Field `code`; `do` = continue, resend, change.
#[derive(Debug, Clone, Serialize)]
pub struct LinkSent {
    /// The form.
    pub form: Form,
    /// Where the mail went.
    pub email: String,
    /// How long the link works.
    pub minutes: u32,
    /// Seconds until another mail may be asked for; 0 if now.
    pub resend_wait: u32,
    /// News on top.
    pub notice: Option<Notice>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for LinkSent {
    const TEMPLATE: &'static str = "link_sent.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = LinkSent {
            form: Form::sample(),
            email: "anna@example.com".into(),
            minutes: 15,
            resend_wait: 30,
            notice: None,
            problems: Vec::new(),
        };
        vec![
            ("plain", plain.clone()),
            (
                "code_wrong",
                LinkSent { problems: vec![Problem::CodeWrong { left: 1 }], resend_wait: 0, ..plain },
            ),
        ]
    }
}

/// What a link from a mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// A magic link.
    SignIn,
    /// Confirming an address.
    ConfirmEmail,
}

/// A link opened in the browser that asked: one click finishes. `do` = continue.
#[derive(Debug, Clone, Serialize)]
pub struct LinkConfirm {
    /// The form.
    pub form: Form,
    /// What the link does.
    pub purpose: Purpose,
    /// Whose it is.
    pub email: String,
}

impl Page for LinkConfirm {
    const TEMPLATE: &'static str = "link_confirm.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain =
            LinkConfirm { form: Form::sample(), purpose: Purpose::SignIn, email: "anna@example.com".into() };
        vec![
            ("sign_in", plain.clone()),
            ("confirm_email", LinkConfirm { purpose: Purpose::ConfirmEmail, ..plain }),
        ]
    }
}

/// A link opened in another browser than the one that asked: a code for there, a button for here. `do` = continue.
#[derive(Debug, Clone, Serialize)]
pub struct LinkElsewhere {
    /// The form.
    pub form: Form,
    /// What the link does.
    pub purpose: Purpose,
    /// Whose it is.
    pub email: String,
    /// When it was asked for.
    pub asked: Moment,
    /// "near Berlin", or a cut address; if known.
    pub place: Option<String>,
    /// "Firefox on Linux"; if known.
    pub browser: Option<String>,
    /// Six digits to type in the first browser.
    pub code: String,
}

impl Page for LinkElsewhere {
    const TEMPLATE: &'static str = "link_elsewhere.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = LinkElsewhere {
            form: Form::sample(),
            purpose: Purpose::SignIn,
            email: "anna@example.com".into(),
            asked: Moment { at: 1_795_273_200, now: 1_795_273_380 },
            place: Some("203.0.113.0/24".into()),
            browser: Some("Firefox on Linux".into()),
            code: "402913".into(),
        };
        vec![
            ("sign_in", plain.clone()),
            (
                "confirm_email",
                LinkElsewhere { purpose: Purpose::ConfirmEmail, place: None, browser: None, ..plain },
            ),
        ]
    }
}
