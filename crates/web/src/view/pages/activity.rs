//! What happened with an account, and what is known of its person.

use serde::Serialize;

use super::{AccountNotice, Form, Notice, Page, Person, Problem, ScopeLine};
use crate::view::activity::{About, sentence};
use crate::view::time::Moment;
use crate::view::words::Text;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActivityRow {
    /// What.
    pub text: Text,
    /// When.
    pub at: Moment,
    /// What an app was allowed.
    pub scopes: Vec<ScopeLine>,
}

/// The newest first, page by page.
#[derive(Debug, Clone, Serialize)]
pub struct AccountActivity {
    /// The form token, for signing out.
    pub form: Form,
    /// Who is signed in.
    pub person: Person,
    /// What happened.
    pub rows: Vec<ActivityRow>,
    /// The page with what is older.
    pub older: Option<String>,
    /// Is this such a page?
    pub later: bool,
}

impl Page for AccountActivity {
    const TEMPLATE: &'static str = "account_activity.html";
    fn samples() -> Vec<(&'static str, Self)> {
        use countersign_core::EventKind as E;
        let about = About {
            app: "Planner".into(),
            browser: "Firefox on Linux".into(),
            network: "203.0.113.0/24".into(),
            address: "anna@example.com".into(),
            provider: "GitHub".into(),
            ..About::default()
        };
        let row = |kind, ago: i64, scopes| {
            let text = sentence(kind, &about)?;
            Some(ActivityRow { text, at: Moment { at: 1_795_273_380 - ago, now: 1_795_273_380 }, scopes })
        };
        let own = About { app: String::new(), ..about.clone() };
        let first = sentence(E::SessionStarted, &own).map(|text| ActivityRow {
            text,
            at: Moment { at: 1_795_273_080, now: 1_795_273_380 },
            scopes: Vec::new(),
        });
        let rows = [
            first,
            row(E::PasswordChanged, 7_300, vec![]),
            row(E::ConsentGiven, 90_000, vec![ScopeLine::Profile, ScopeLine::Email]),
            row(E::SessionStarted, 90_020, vec![]),
            row(E::IdentityLinked, 400_000, vec![]),
            row(E::MailRequested, 400_000, vec![]),
            row(E::UserCreated, 5_000_000, vec![]),
        ];
        let some = AccountActivity {
            form: Form::account_sample(),
            person: Person::sample(),
            rows: rows.into_iter().flatten().collect(),
            older: Some("/account/activity?before=01k9zq4m7c".into()),
            later: false,
        };
        let none = AccountActivity { rows: Vec::new(), older: None, later: true, ..some.clone() };
        vec![("some", some), ("none", none)]
    }
}

/// The download of everything, and the way out. Posts `do` = download to its own address, leave with `sure`.
#[derive(Debug, Clone, Serialize)]
pub struct AccountData {
    /// The form.
    pub form: Form,
    /// Who is signed in.
    pub person: Person,
    /// Did the person sign in a moment ago? Else nothing is handed out or ended before they did.
    pub fresh: bool,
    /// Days within which a deletion can be taken back.
    pub days: u32,
    /// News on top.
    pub notice: Option<Notice>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for AccountData {
    const TEMPLATE: &'static str = "account_data.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = AccountData {
            form: Form::account_sample(),
            person: Person::sample(),
            fresh: true,
            days: 14,
            notice: None,
            problems: Vec::new(),
        };
        let kept = Some(Notice::OfAccount(AccountNotice::Kept));
        vec![
            ("plain", plain.clone()),
            (
                "unsure",
                AccountData {
                    problems: vec![Problem::OfAccount(super::AccountProblem::NotSure)],
                    ..plain.clone()
                },
            ),
            ("stale", AccountData { fresh: false, notice: kept, ..plain }),
        ]
    }
}
