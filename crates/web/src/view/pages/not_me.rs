//! "It was not me": the page behind the mail of a new session, and its end.

use serde::Serialize;

use super::{Form, Page, WayOn};
use crate::view::time::Moment;

/// Which sign-in is meant, and what the button does. `do` = continue.
#[derive(Debug, Clone, Serialize)]
pub struct NotMe {
    /// The form; its `flow` is the link.
    pub form: Form,
    /// Whose account.
    pub email: String,
    /// When somebody signed in.
    pub at: Moment,
    /// From where, cut; if known.
    pub place: Option<String>,
    /// "Firefox on Linux"; if known.
    pub browser: Option<String>,
}

impl Page for NotMe {
    const TEMPLATE: &'static str = "not_me.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = NotMe {
            form: Form::sample(),
            email: "anna@example.com".into(),
            at: Moment { at: 1_795_273_200, now: 1_795_273_380 },
            place: Some("203.0.113.0/24".into()),
            browser: Some("Firefox on Linux".into()),
        };
        vec![("plain", plain.clone()), ("bare", NotMe { place: None, browser: None, ..plain })]
    }
}

/// Everybody is signed out; the way back is in the mail.
#[derive(Debug, Clone, Serialize)]
pub struct NotMeDone {
    /// Where the mail went.
    pub email: String,
    /// How long its link works.
    pub minutes: u32,
    /// To another mail.
    pub way_on: WayOn,
}

impl Page for NotMeDone {
    const TEMPLATE: &'static str = "not_me_done.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let way_on = WayOn::reset("/forgot");
        vec![("plain", NotMeDone { email: "anna@example.com".into(), minutes: 30, way_on })]
    }
}
