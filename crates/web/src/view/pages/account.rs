//! The account pages. Paths are fixed: `/account`, `/account/security`, `/account/linked`,
//! `/account/sessions`, `/account/apps`.

use serde::Serialize;

use super::{Form, Notice, Page, Person, Problem, Provider, ScopeLine};
use crate::view::time::Moment;

/// The password. Posts `current-password` (if there is one), `new-password`.
#[derive(Debug, Clone, Serialize)]
pub struct AccountSecurity {
    /// The form.
    pub form: Form,
    /// Who is signed in.
    pub person: Person,
    /// Whether there is a password to begin with.
    pub has_password: bool,
    /// When it was set, if known.
    pub changed: Option<Moment>,
    /// The rule: least number of characters.
    pub min_length: u32,
    /// News on top.
    pub notice: Option<Notice>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for AccountSecurity {
    const TEMPLATE: &'static str = "account_security.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = AccountSecurity {
            form: Form::account_sample(),
            person: Person::sample(),
            has_password: true,
            changed: Some(Moment { at: 1_790_000_000, now: 1_795_273_380 }),
            min_length: 10,
            notice: None,
            problems: Vec::new(),
        };
        vec![
            ("plain", plain.clone()),
            ("wrong", AccountSecurity { problems: vec![Problem::CurrentPasswordWrong], ..plain.clone() }),
            (
                "same",
                AccountSecurity {
                    problems: vec![Problem::OfAccount(super::AccountProblem::PasswordSame)],
                    ..plain.clone()
                },
            ),
            (
                "first",
                AccountSecurity {
                    has_password: false,
                    changed: None,
                    notice: Some(Notice::PasswordChanged),
                    ..plain
                },
            ),
        ]
    }
}

/// An account at a provider that opens this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountLink {
    /// The value of the form's field `id`.
    pub id: String,
    /// Whose mark it bears.
    pub kind: &'static str,
    /// The provider.
    pub name: String,
    /// Not in the configuration any more: it opens nothing.
    pub gone: bool,
    /// How the person knows it: an address or a name there.
    pub shown: String,
    /// Linked since.
    pub since: Moment,
    /// Last sign-in by it.
    pub used: Moment,
}

/// Linked accounts. Posts `do` = remove with `id`.
#[derive(Debug, Clone, Serialize)]
pub struct AccountLinked {
    /// The form.
    pub form: Form,
    /// Who is signed in.
    pub person: Person,
    /// Those that there are.
    pub accounts: Vec<AccountLink>,
    /// Those that may be added.
    pub providers: Vec<Provider>,
    /// The sealed flow that a link to a provider carries.
    pub flow: String,
    /// News on top.
    pub notice: Option<Notice>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for AccountLinked {
    const TEMPLATE: &'static str = "account_linked.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let at = |ago: i64| Moment { at: 1_795_273_380 - ago, now: 1_795_273_380 };
        let provider = |id: &'static str, name: &str| Provider {
            id: id.into(),
            kind: id,
            name: name.into(),
            last_used: false,
        };
        let none = AccountLinked {
            form: Form::account_sample(),
            person: Person::sample(),
            accounts: Vec::new(),
            providers: vec![provider("github", "GitHub"), provider("google", "Google")],
            flow: "c2VhbGVkLWZsb3ctc2FtcGxl".into(),
            notice: None,
            problems: Vec::new(),
        };
        let one = AccountLink {
            id: "i1".into(),
            kind: "github",
            name: "GitHub".into(),
            gone: false,
            shown: "anna".into(),
            since: at(5_000_000),
            used: at(7_300),
        };
        let gone = AccountLink {
            id: "i2".into(),
            kind: "other",
            name: "northwind".into(),
            gone: true,
            shown: "anna@northwind.example".into(),
            ..one.clone()
        };
        vec![
            (
                "two",
                AccountLinked {
                    accounts: vec![one.clone(), gone],
                    notice: Some(Notice::Linked { name: "GitHub".into() }),
                    ..none.clone()
                },
            ),
            (
                "last",
                AccountLinked { accounts: vec![one], problems: vec![Problem::LastWayIn], ..none.clone() },
            ),
            ("none", none),
        ]
    }
}

/// One sign-in in one browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountSession {
    /// The value of the form's field `id`.
    pub id: String,
    /// The browser that shows this page.
    pub current: bool,
    /// "Firefox on Linux".
    pub browser: String,
    /// "near Berlin", or a cut address; if known.
    pub place: Option<String>,
    /// Last seen.
    pub seen: Moment,
    /// Signed in since.
    pub started: Moment,
    /// Names of the apps used in it.
    pub apps: Vec<String>,
}

/// All sign-ins. Posts `do` = end with `id`, end-others, or sign-out-everywhere.
#[derive(Debug, Clone, Serialize)]
pub struct AccountSessions {
    /// The form.
    pub form: Form,
    /// Who is signed in.
    pub person: Person,
    /// This browser's first.
    pub sessions: Vec<AccountSession>,
    /// News on top.
    pub notice: Option<Notice>,
}

impl Page for AccountSessions {
    const TEMPLATE: &'static str = "account_sessions.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let at = |ago: i64| Moment { at: 1_795_273_380 - ago, now: 1_795_273_380 };
        let this = AccountSession {
            id: "a1".into(),
            current: true,
            browser: "Firefox on Linux".into(),
            place: Some("203.0.113.0/24".into()),
            seen: at(5),
            started: at(90_000),
            apps: vec!["Planner".into(), "Reports".into()],
        };
        let other = AccountSession {
            id: "a2".into(),
            current: false,
            browser: "Safari on iPhone".into(),
            place: None,
            seen: at(300),
            started: at(1_900_000),
            apps: vec!["Planner".into()],
        };
        let alone = AccountSessions {
            form: Form::account_sample(),
            person: Person::sample(),
            sessions: vec![this.clone()],
            notice: None,
        };
        vec![
            (
                "two",
                AccountSessions {
                    sessions: vec![this, other],
                    notice: Some(Notice::SessionEnded),
                    ..alone.clone()
                },
            ),
            ("alone", alone),
        ]
    }
}

/// An app that may act for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountApp {
    /// The value of the form's field `id`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it lives, if known.
    pub home: Option<String>,
    /// Given since.
    pub since: Moment,
    /// Last used, if known.
    pub used: Option<Moment>,
    /// What it may see and do.
    pub scopes: Vec<ScopeLine>,
}

/// Apps with access. Posts `do` = remove with `id`.
#[derive(Debug, Clone, Serialize)]
pub struct AccountApps {
    /// The form.
    pub form: Form,
    /// Who is signed in.
    pub person: Person,
    /// The apps.
    pub apps: Vec<AccountApp>,
    /// News on top.
    pub notice: Option<Notice>,
}

impl Page for AccountApps {
    const TEMPLATE: &'static str = "account_apps.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let at = |ago: i64| Moment { at: 1_795_273_380 - ago, now: 1_795_273_380 };
        let app = |name: &str, home: Option<&str>, scopes| AccountApp {
            id: name.to_ascii_lowercase(),
            name: name.into(),
            home: home.map(str::to_owned),
            since: at(5_000_000),
            used: Some(at(7_300)),
            scopes,
        };
        let none = AccountApps {
            form: Form::account_sample(),
            person: Person::sample(),
            apps: Vec::new(),
            notice: None,
        };
        vec![
            (
                "two",
                AccountApps {
                    apps: vec![
                        app(
                            "Planner",
                            Some("https://planner.example/"),
                            vec![ScopeLine::Profile, ScopeLine::Email],
                        ),
                        app("Reports", None, vec![ScopeLine::OfflineAccess]),
                    ],
                    ..none.clone()
                },
            ),
            ("none", AccountApps { notice: Some(Notice::AppRemoved { name: "Planner".into() }), ..none }),
        ]
    }
}
