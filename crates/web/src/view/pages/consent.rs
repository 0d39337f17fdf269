//! The step between the person and the app: consent, choice of account, and the form that carries the answer.

use serde::Serialize;
use serde::ser::Serializer;

use super::{Form, Page, Person};
use crate::view::time::Moment;
use crate::view::words::Text;

/// One thing that an app asks for, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScopeLine {
    /// `openid`.
    OpenId,
    /// `profile`.
    Profile,
    /// `email`.
    Email,
    /// `address`.
    Address,
    /// `phone`.
    Phone,
    /// `offline_access`.
    OfflineAccess,
    /// `account`: the account API.
    Account,
    /// A scope of the operator's own, with what the config says it means.
    Custom {
        /// The scope's name.
        name: String,
        /// The operator's sentence.
        description: Option<String>,
    },
}

impl ScopeLine {
    /// The line for a scope's name.
    pub fn of(scope: &str, description: Option<&str>) -> ScopeLine {
        match scope {
            "openid" => ScopeLine::OpenId,
            "profile" => ScopeLine::Profile,
            "email" => ScopeLine::Email,
            "address" => ScopeLine::Address,
            "phone" => ScopeLine::Phone,
            "offline_access" => ScopeLine::OfflineAccess,
            "account" => ScopeLine::Account,
            name => ScopeLine::Custom { name: name.to_owned(), description: description.map(str::to_owned) },
        }
    }
}

impl Serialize for ScopeLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            ScopeLine::OpenId => Text::plain("scope-openid"),
            ScopeLine::Profile => Text::plain("scope-profile"),
            ScopeLine::Email => Text::plain("scope-email"),
            ScopeLine::Address => Text::plain("scope-address"),
            ScopeLine::Phone => Text::plain("scope-phone"),
            ScopeLine::OfflineAccess => Text::plain("scope-offline"),
            ScopeLine::Account => Text::plain("scope-account"),
            ScopeLine::Custom { description: Some(text), .. } => {
                Text::plain("scope-described").with("text", text.as_str())
            }
            ScopeLine::Custom { name, description: None } => {
                Text::plain("scope-named").with("name", name.as_str())
            }
        }
        .serialize(serializer)
    }
}

/// Who asks, for what, and where it goes. `do` = allow, deny.
#[derive(Debug, Clone, Serialize)]
pub struct Consent {
    /// The form.
    pub form: Form,
    /// The app's name; it stands here as well, because a consent page without one would be a trap.
    pub app_name: String,
    /// The host (or custom scheme) of the redirect address.
    pub goes_to: String,
    /// Whose data.
    pub person: Person,
    /// What is asked for.
    pub scopes: Vec<ScopeLine>,
}

impl Page for Consent {
    const TEMPLATE: &'static str = "consent.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Consent {
            form: Form::sample(),
            app_name: "Planner".into(),
            goes_to: "planner.example".into(),
            person: Person::sample(),
            scopes: vec![ScopeLine::OpenId, ScopeLine::Profile, ScopeLine::Email],
        };
        vec![
            ("plain", plain.clone()),
            (
                "all",
                Consent {
                    goes_to: "com.example.planner.mobile".into(),
                    scopes: vec![
                        ScopeLine::OpenId,
                        ScopeLine::Profile,
                        ScopeLine::Email,
                        ScopeLine::Address,
                        ScopeLine::Phone,
                        ScopeLine::OfflineAccess,
                        ScopeLine::of("reports:read", Some("Read the reports of your team")),
                        ScopeLine::of("reports:write", None),
                    ],
                    ..plain
                },
            ),
        ]
    }
}

/// One account that this browser knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountChoice {
    /// The value of the button's field `account`.
    pub id: String,
    /// Who.
    pub person: Person,
    /// Last used, if not signed in any more.
    pub signed_out_since: Option<Moment>,
}

/// Which account to go on with. Field `account`, or `do` = another.
#[derive(Debug, Clone, Serialize)]
pub struct SelectAccount {
    /// The form.
    pub form: Form,
    /// The accounts.
    pub accounts: Vec<AccountChoice>,
}

impl Page for SelectAccount {
    const TEMPLATE: &'static str = "select_account.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let work = Person { name: "anna.berg@work.example".into(), email: "anna.berg@work.example".into() };
        vec![(
            "two",
            SelectAccount {
                form: Form::sample(),
                accounts: vec![
                    AccountChoice { id: "1".into(), person: Person::sample(), signed_out_since: None },
                    AccountChoice {
                        id: "2".into(),
                        person: work,
                        signed_out_since: Some(Moment { at: 1_795_173_200, now: 1_795_273_380 }),
                    },
                ],
            },
        )]
    }
}

/// The app is for the members of an organization, and who is signed in is none. `do` = another, deny.
#[derive(Debug, Clone, Serialize)]
pub struct Outsider {
    /// The form.
    pub form: Form,
    /// The app's name.
    pub app_name: String,
    /// Who is signed in.
    pub person: Person,
}

impl Page for Outsider {
    const TEMPLATE: &'static str = "outsider.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let (form, person) = (Form::sample(), Person::sample());
        vec![("plain", Outsider { form, app_name: "Planner".into(), person })]
    }
}

/// OAuth 2.0 Form Post Response Mode: the answer as a form that sends itself, or by a button without JavaScript.
#[derive(Debug, Clone, Serialize)]
pub struct FormPost {
    /// The redirect address, matched before.
    pub action: String,
    /// The answer's parameters.
    pub inputs: Vec<(String, String)>,
}

impl Page for FormPost {
    const TEMPLATE: &'static str = "form_post.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let input = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        vec![(
            "plain",
            FormPost {
                action: "https://planner.example/callback".into(),
                inputs: vec![
                    input("code", "SplxlOBeZQQYbYS6WxSbIA"),
                    input("state", "af0ifjsldkj\"><script>"),
                ],
            },
        )]
    }
}
