//! Signing up: what is asked, and the proof of the address.

use super::super::{AccountProblem, Form, Notice, Page, Problem};
use countersign_core::account::profile::{BadClaim, ClaimField};
use serde::Serialize;

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
