//! Phones: the number that an app wants, its digits, and the page of the account.

use serde::Serialize;

use super::{Form, MessageProblem, Notice, Page, Person, Problem};
use crate::view::Moment;

/// Which number? Field `phone`; `do` = continue.
#[derive(Debug, Clone, Serialize)]
pub struct ConfirmPhone {
    /// The form.
    pub form: Form,
    /// The app that wants it, if one does.
    pub app: Option<String>,
    /// As typed.
    pub typed: String,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for ConfirmPhone {
    const TEMPLATE: &'static str = "confirm_phone.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = ConfirmPhone {
            form: Form::sample(),
            app: Some("Planner".into()),
            typed: String::new(),
            problems: Vec::new(),
        };
        let with = |typed: &str, problem| ConfirmPhone {
            typed: typed.into(),
            problems: vec![Problem::OfMessage(problem)],
            ..plain.clone()
        };
        vec![
            ("plain", plain.clone()),
            ("country", with("0151 23456789", MessageProblem::PhoneCountry)),
            ("elsewhere", with("+88 213 123456", MessageProblem::PhoneElsewhere)),
            ("enough", with("+49 151 23456789", MessageProblem::EnoughTexts { wait: 50_000 })),
            ("own", ConfirmPhone { app: None, ..with("+49 151", MessageProblem::PhoneMalformed) }),
        ]
    }
}

/// The digits that were sent to it. Field `code`; `do` = continue, resend, change.
#[derive(Debug, Clone, Serialize)]
pub struct PhoneCode {
    /// The form.
    pub form: Form,
    /// The number.
    pub number: String,
    /// Seconds until another message may be asked for; 0 if now.
    pub resend_wait: u32,
    /// News on top.
    pub notice: Option<Notice>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for PhoneCode {
    const TEMPLATE: &'static str = "phone_code.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = PhoneCode {
            form: Form::sample(),
            number: "+4915123456789".into(),
            resend_wait: 30,
            notice: None,
            problems: Vec::new(),
        };
        vec![
            ("plain", plain.clone()),
            (
                "wrong",
                PhoneCode { problems: vec![Problem::CodeWrong { left: 2 }], resend_wait: 0, ..plain.clone() },
            ),
            ("again", PhoneCode { notice: Some(Notice::TextAgain), ..plain }),
        ]
    }
}

/// One phone on the page of the account.
#[derive(Debug, Clone, Serialize)]
pub struct AccountPhone {
    /// Its id.
    pub id: String,
    /// The number.
    pub number: String,
    /// Apps are told this one.
    pub primary: bool,
    /// When it was proved.
    pub since: Moment,
}

/// The phones of the account. Fields `phone`, `id`; `do` = add, primary, remove, again.
#[derive(Debug, Clone, Serialize)]
pub struct AccountPhones {
    /// The form.
    pub form: Form,
    /// Whose.
    pub person: Person,
    /// The one that apps are told first.
    pub phones: Vec<AccountPhone>,
    /// What apps are told as long as there is none: the people who run this site wrote it down.
    pub declared: Option<String>,
    /// The person signed in a moment ago.
    pub fresh: bool,
    /// Text messages leave.
    pub can_add: bool,
    /// News on top.
    pub notice: Option<Notice>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for AccountPhones {
    const TEMPLATE: &'static str = "account_phones.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let since = Moment { at: 1_795_273_200, now: 1_795_359_600 };
        let phone = |id: &str, number: &str, primary| AccountPhone {
            id: id.into(),
            number: number.into(),
            primary,
            since,
        };
        let two = AccountPhones {
            form: Form::account_sample(),
            person: Person::sample(),
            phones: vec![phone("p1", "+4915123456789", true), phone("p2", "+4740123456", false)],
            declared: None,
            fresh: true,
            can_add: true,
            notice: None,
            problems: Vec::new(),
        };
        vec![
            ("two", two.clone()),
            ("none", AccountPhones { phones: Vec::new(), ..two.clone() }),
            (
                "declared",
                AccountPhones { phones: Vec::new(), declared: Some("+493012345678".into()), ..two.clone() },
            ),
            ("added", AccountPhones { notice: Some(Notice::PhoneAdded), ..two.clone() }),
            ("chosen", AccountPhones { notice: Some(Notice::PhoneChosen), ..two.clone() }),
            ("removed", AccountPhones { notice: Some(Notice::PhoneRemoved), fresh: false, ..two }),
        ]
    }
}
