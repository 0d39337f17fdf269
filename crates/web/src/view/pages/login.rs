//! The way in: sign-in, password, sign-up, codes, links, and a new password.

mod link;
mod reset;
mod sign_up;

pub use link::{LinkConfirm, LinkElsewhere, LinkSent, Purpose};
pub use reset::{Forgot, ForgotSent, Reset, ResetDone};
pub use sign_up::{AboutYou, AskedField, ConfirmEmail, SignUp};

use serde::Serialize;

use super::{Form, Notice, Page, Problem};

/// A provider that people may sign in with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provider {
    /// Its name in addresses.
    pub id: String,
    /// Whose mark it bears: `github`, `gitlab`, `microsoft`, `google`; a plain one else.
    pub kind: &'static str,
    /// "Google".
    pub name: String,
    /// Used last in this browser; such a one comes first.
    pub last_used: bool,
}

/// The first page. Fields `identifier`; `do` = continue, link, sign-up. Providers are links: a browser lets no form lead
/// to an address that is known only when it is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct SignIn {
    /// The form.
    pub form: Form,
    /// What was typed, or `login_hint`.
    pub identifier: String,
    /// Buttons, last used first.
    pub providers: Vec<Provider>,
    /// Whether a password may follow ("Continue").
    pub password: bool,
    /// Whether "Send me a link" is offered.
    pub magic_link: bool,
    /// Whether accounts may be created here.
    pub sign_up: bool,
    /// News on top.
    pub notice: Option<Notice>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for SignIn {
    const TEMPLATE: &'static str = "sign_in.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = SignIn {
            form: Form::sample(),
            identifier: String::new(),
            providers: Vec::new(),
            password: true,
            magic_link: true,
            sign_up: true,
            notice: None,
            problems: Vec::new(),
        };
        let provider = |id: &'static str, name: &str, last_used| Provider {
            id: id.into(),
            kind: id,
            name: name.into(),
            last_used,
        };
        vec![
            ("plain", plain.clone()),
            (
                "providers",
                SignIn {
                    providers: vec![
                        provider("github", "GitHub", true),
                        provider("google", "Google", false),
                        provider("microsoft", "Microsoft", false),
                        provider("gitlab", "GitLab", false),
                        provider("okta", "Northwind staff", false),
                    ],
                    ..plain.clone()
                },
            ),
            (
                "problem",
                SignIn {
                    identifier: "anna@example".into(),
                    problems: vec![Problem::EmailMalformed],
                    ..plain.clone()
                },
            ),
            (
                "again",
                SignIn {
                    identifier: "anna@example.com".into(),
                    notice: Some(Notice::SignInAgain),
                    sign_up: false,
                    magic_link: false,
                    ..plain.clone()
                },
            ),
            (
                "link_only",
                SignIn {
                    password: false,
                    problems: vec![Problem::ProviderFailed { name: "GitHub".into() }],
                    providers: vec![provider("github", "GitHub", true)],
                    ..plain
                },
            ),
        ]
    }
}

/// An account with this address is there: is it theirs? `do` = continue, link, another, deny.
#[derive(Debug, Clone, Serialize)]
pub struct JoinAccount {
    /// The form.
    pub form: Form,
    /// The account's address.
    pub email: String,
    /// The provider.
    pub name: String,
    /// Whether an account of its own may be made instead.
    pub another: bool,
}

impl Page for JoinAccount {
    const TEMPLATE: &'static str = "join_account.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = JoinAccount {
            form: Form::sample(),
            email: "anna@example.com".into(),
            name: "GitHub".into(),
            another: true,
        };
        vec![("plain", plain.clone()), ("closed", JoinAccount { another: false, ..plain })]
    }
}

/// The password. Fields `identifier` (hidden, for password managers), `password`; `do` = continue, change, forgot, link.
#[derive(Debug, Clone, Serialize)]
pub struct Password {
    /// The form.
    pub form: Form,
    /// The e-mail typed before.
    pub identifier: String,
    /// Whether "Send me a link instead" is offered.
    pub magic_link: bool,
    /// News on top.
    pub notice: Option<Notice>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for Password {
    const TEMPLATE: &'static str = "password.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Password {
            form: Form::sample(),
            identifier: "anna@example.com".into(),
            magic_link: true,
            notice: None,
            problems: Vec::new(),
        };
        vec![
            ("plain", plain.clone()),
            ("wrong", Password { problems: vec![Problem::PasswordWrong], ..plain.clone() }),
            (
                "tries",
                Password {
                    identifier: "a.very.long.mailbox.name.that.goes.on@department.of.long.names.example.com"
                        .into(),
                    problems: vec![Problem::TooManyTries { wait: 300 }],
                    magic_link: false,
                    ..plain
                },
            ),
        ]
    }
}
