//! The way in: sign-in, password, sign-up, codes, links, and a new password.

use serde::Serialize;

use super::{AccountProblem, Form, Notice, Page, Problem, WayOn};
use crate::view::time::Moment;
use countersign_core::account::profile::{BadClaim, ClaimField};

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

/// A field of the sign-up, called like its claim.
#[derive(Debug, Clone, Serialize)]
pub struct AskedField {
    /// The claim.
    pub claim: &'static str,
    /// As typed.
    pub value: String,
    /// Whether it may not be left out.
    pub demanded: bool,
}

impl AskedField {
    fn sample(claim: &'static str, value: &str, demanded: bool) -> Self {
        Self { claim, value: value.into(), demanded }
    }
}

/// A new account. Fields `identifier`, one for each claim that is asked, `new-password`; `do` = continue, sign-in.
#[derive(Debug, Clone, Serialize)]
pub struct SignUp {
    /// The form.
    pub form: Form,
    /// The e-mail as typed.
    pub identifier: String,
    /// What else is asked.
    pub asked: Vec<AskedField>,
    /// The rule: least number of characters.
    pub min_length: u32,
    /// News on top.
    pub notice: Option<Notice>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for SignUp {
    const TEMPLATE: &'static str = "sign_up.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = SignUp {
            form: Form::sample(),
            identifier: String::new(),
            asked: vec![AskedField::sample("name", "", false)],
            min_length: 10,
            notice: None,
            problems: Vec::new(),
        };
        vec![
            ("plain", plain.clone()),
            (
                "problems",
                SignUp {
                    identifier: "anna".into(),
                    asked: vec![AskedField::sample("name", "Anna", false)],
                    problems: vec![Problem::EmailMalformed, Problem::PasswordTooShort { min: 10 }],
                    ..plain.clone()
                },
            ),
            (
                "much_asked",
                SignUp {
                    asked: vec![
                        AskedField::sample("given_name", "", true),
                        AskedField::sample("family_name", "Berg", true),
                        AskedField::sample("birthdate", "soon", false),
                        AskedField::sample("locale", "", false),
                    ],
                    identifier: "anna@example.com".into(),
                    problems: vec![
                        Problem::ClaimMissing { field: ClaimField::GivenName },
                        Problem::OfAccount(AccountProblem::Claim {
                            field: ClaimField::Birthdate,
                            why: BadClaim::NoDate,
                        }),
                    ],
                    ..plain.clone()
                },
            ),
            (
                "no_name",
                SignUp {
                    asked: Vec::new(),
                    identifier: "anna@example.com".into(),
                    problems: vec![Problem::PasswordCommon],
                    ..plain
                },
            ),
        ]
    }
}

/// What somebody who came new from a provider is asked. One field for each claim; `do` = continue.
#[derive(Debug, Clone, Serialize)]
pub struct AboutYou {
    /// The form.
    pub form: Form,
    /// What is asked, with what is known.
    pub asked: Vec<AskedField>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for AboutYou {
    const TEMPLATE: &'static str = "about_you.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = AboutYou {
            form: Form::sample(),
            asked: vec![
                AskedField::sample("given_name", "Anna", true),
                AskedField::sample("birthdate", "", true),
                AskedField::sample("locale", "", false),
            ],
            problems: Vec::new(),
        };
        let problems = vec![Problem::ClaimMissing { field: ClaimField::Birthdate }];
        vec![("plain", plain.clone()), ("problems", AboutYou { problems, ..plain })]
    }
}

/// The six digits of the mail. Field `code`; `do` = continue, resend, change.
#[derive(Debug, Clone, Serialize)]
pub struct ConfirmEmail {
    /// The form.
    pub form: Form,
    /// Where the mail went.
    pub email: String,
    /// Seconds until another mail may be asked for; 0 if now.
    pub resend_wait: u32,
    /// News on top.
    pub notice: Option<Notice>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for ConfirmEmail {
    const TEMPLATE: &'static str = "confirm_email.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = ConfirmEmail {
            form: Form::sample(),
            email: "anna@example.com".into(),
            resend_wait: 30,
            notice: None,
            problems: Vec::new(),
        };
        vec![
            ("plain", plain.clone()),
            (
                "wrong",
                ConfirmEmail {
                    problems: vec![Problem::CodeWrong { left: 2 }],
                    resend_wait: 0,
                    ..plain.clone()
                },
            ),
            ("again", ConfirmEmail { notice: Some(Notice::SentAgain), ..plain }),
        ]
    }
}

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
