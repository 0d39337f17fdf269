//! The page of a person's e-mail addresses.

use serde::Serialize;

use super::{AccountNotice, AccountProblem, Form, Notice, Page, Person, Problem};

/// One address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountEmail {
    /// The value of the form's field `id`.
    pub id: String,
    /// As typed.
    pub address: String,
    /// Proved.
    pub verified: bool,
    /// The one that apps are told.
    pub primary: bool,
}

/// Addresses. Posts `do` = add with `email`; confirm with `code`; resend; primary or remove with `id`; again to sign in
/// once more.
#[derive(Debug, Clone, Serialize)]
pub struct AccountEmails {
    /// The form.
    pub form: Form,
    /// Who is signed in.
    pub person: Person,
    /// The one in front first.
    pub emails: Vec<AccountEmail>,
    /// The address that waits for its digits.
    pub waiting: Option<String>,
    /// Did the person sign in a moment ago? Else nothing is changed before they did.
    pub fresh: bool,
    /// What was typed.
    pub typed: String,
    /// News on top.
    pub notice: Option<Notice>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for AccountEmails {
    const TEMPLATE: &'static str = "account_emails.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let email = |id: &str, address: &str, verified, primary| AccountEmail {
            id: id.into(),
            address: address.into(),
            verified,
            primary,
        };
        let one = AccountEmails {
            form: Form::account_sample(),
            person: Person::sample(),
            emails: vec![email("e1", "anna@example.com", true, true)],
            waiting: None,
            fresh: true,
            typed: String::new(),
            notice: None,
            problems: Vec::new(),
        };
        let two = vec![
            email("e1", "anna@example.com", true, true),
            email("e2", "anna.berg@northwind.example", true, false),
            email("e3", "anna@old.example", false, false),
        ];
        vec![
            ("one", one.clone()),
            (
                "three",
                AccountEmails {
                    emails: two.clone(),
                    typed: "anna@".into(),
                    problems: vec![Problem::OfAccount(AccountProblem::AddressMalformed)],
                    ..one.clone()
                },
            ),
            (
                "waiting",
                AccountEmails {
                    emails: two.clone(),
                    waiting: Some("anna@new.example".into()),
                    problems: vec![Problem::CodeWrong { left: 3 }],
                    ..one.clone()
                },
            ),
            ("stale", AccountEmails { emails: two, fresh: false, ..one.clone() }),
            ("once_more", AccountEmails { notice: Some(Notice::OfAccount(AccountNotice::OnceMore)), ..one }),
        ]
    }
}
