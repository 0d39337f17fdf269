//! The way out, and the page where a sign-in without an app ends.

use serde::Serialize;

use super::{Form, Page, Person, WayOn};

/// Sign out? `do` = sign-out, stay.
#[derive(Debug, Clone, Serialize)]
pub struct ConfirmSignOut {
    /// The form.
    pub form: Form,
    /// Who is signed in.
    pub person: Person,
}

impl Page for ConfirmSignOut {
    const TEMPLATE: &'static str = "confirm_sign_out.html";
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "plain",
            ConfirmSignOut {
                form: Form::of_flow("/logout", "request", "ZmO1Yzk3"),
                person: Person::sample(),
            },
        )]
    }
}

/// Signed out.
#[derive(Debug, Clone, Serialize)]
pub struct SignedOut {
    /// Back to the app, when it is known.
    pub way_on: Option<WayOn>,
}

impl Page for SignedOut {
    const TEMPLATE: &'static str = "signed_out.html";
    fn samples() -> Vec<(&'static str, Self)> {
        vec![
            ("app", SignedOut { way_on: Some(WayOn::app("Planner", "https://planner.example/")) }),
            ("plain", SignedOut { way_on: None }),
        ]
    }
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoneKind {
    /// Signed in, and there is no app to return to.
    SignedIn,
    /// An address is confirmed; the first browser goes on by itself.
    EmailConfirmed,
    /// A device is connected.
    DeviceAllowed,
    /// A device was not connected.
    DeviceDenied,
    /// The sign-in goes on in the tab or browser where it began.
    GoesOnElsewhere,
}

/// A good end without an app to return to: the seal closes.
#[derive(Debug, Clone, Serialize)]
pub struct Done {
    /// What is done.
    pub kind: DoneKind,
    /// Who, if they are signed in here.
    pub person: Option<Person>,
    /// Where to from here.
    pub way_on: Option<WayOn>,
}

impl Page for Done {
    const TEMPLATE: &'static str = "done.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let person = Some(Person::sample());
        vec![
            (
                "signed_in",
                Done { kind: DoneKind::SignedIn, person, way_on: Some(WayOn::account("/account")) },
            ),
            ("email_confirmed", Done { kind: DoneKind::EmailConfirmed, person: None, way_on: None }),
            (
                "device_allowed",
                Done {
                    kind: DoneKind::DeviceAllowed,
                    person: None,
                    way_on: Some(WayOn::account("/account/apps")),
                },
            ),
            (
                "device_denied",
                Done {
                    kind: DoneKind::DeviceDenied,
                    person: None,
                    way_on: Some(WayOn::account("/account/apps")),
                },
            ),
            ("elsewhere", Done { kind: DoneKind::GoesOnElsewhere, person: None, way_on: None }),
        ]
    }
}
