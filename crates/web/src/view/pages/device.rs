//! Connecting a device: its code, and the question.

use serde::Serialize;

use super::{Form, Notice, Page, Person, Problem, ScopeLine};
use crate::view::time::Moment;

/// Which code does the device show? Field `code`; `do` = continue.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceCode {
    /// The form.
    pub form: Form,
    /// What was typed, or came with the link.
    pub typed: String,
    /// Who is signed in here.
    pub person: Option<Person>,
    /// News on top.
    pub notice: Option<Notice>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for DeviceCode {
    const TEMPLATE: &'static str = "device.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = DeviceCode {
            form: Form::of_flow("/device", "c2VhbGVkLWZsb3ctc2FtcGxl", "ZmO1Yzk3"),
            typed: String::new(),
            person: None,
            notice: None,
            problems: Vec::new(),
        };
        let typed = || "WDJB-MJHT".to_owned();
        vec![
            ("plain", plain.clone()),
            ("linked", DeviceCode { typed: typed(), person: Some(Person::sample()), ..plain.clone() }),
            (
                "unknown",
                DeviceCode { typed: typed(), problems: vec![Problem::UserCodeUnknown], ..plain.clone() },
            ),
            (
                "tries",
                DeviceCode {
                    typed: typed(),
                    problems: vec![Problem::TooManyTries { wait: 540 }],
                    ..plain.clone()
                },
            ),
            ("again", DeviceCode { typed: typed(), notice: Some(Notice::CodeOfOther), ..plain }),
        ]
    }
}

/// May it? RFC 8628 5.4: which app, from where, with which code. `do` = allow, deny, another.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceConfirm {
    /// The form.
    pub form: Form,
    /// The app's name.
    pub app_name: String,
    /// Whose data.
    pub person: Person,
    /// The code, for comparison with the device.
    pub code: String,
    /// When it asked.
    pub asked: Moment,
    /// The program, if it is known.
    pub program: Option<String>,
    /// Its network, cut.
    pub place: Option<String>,
    /// Is that where this browser is?
    pub same_place: bool,
    /// What is asked for.
    pub scopes: Vec<ScopeLine>,
}

impl Page for DeviceConfirm {
    const TEMPLATE: &'static str = "device_confirm.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let near = DeviceConfirm {
            form: Form::of_flow("/consent", "c2VhbGVkLWZsb3ctc2FtcGxl", "ZmO1Yzk3"),
            app_name: "Planner for TV".into(),
            person: Person::sample(),
            code: "WDJB-MJHT".into(),
            asked: Moment { at: 1_795_273_320, now: 1_795_273_380 },
            program: None,
            place: Some("203.0.113.0/24".into()),
            same_place: true,
            scopes: vec![ScopeLine::OpenId, ScopeLine::Profile],
        };
        vec![
            ("near", near.clone()),
            (
                "far",
                DeviceConfirm {
                    program: Some("curl on Linux".into()),
                    place: Some("198.51.100.0/24".into()),
                    same_place: false,
                    scopes: vec![
                        ScopeLine::OpenId,
                        ScopeLine::Profile,
                        ScopeLine::Email,
                        ScopeLine::OfflineAccess,
                        ScopeLine::of("reports:read", None),
                    ],
                    ..near
                },
            ),
        ]
    }
}
