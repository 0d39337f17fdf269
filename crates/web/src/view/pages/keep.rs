//! Somebody signed in to an account that is on its way out.

use serde::Serialize;

use super::{Form, Page, WayOn};
use crate::view::time::Moment;

/// The deletion was asked for: when it is final, and how it is stopped.
#[derive(Debug, Clone, Serialize)]
pub struct Leaving {
    /// Whose.
    pub email: String,
    /// When it goes for good; `None`: it is gone.
    pub until: Option<Moment>,
    /// To the sign-in, as long as there is one.
    pub way_on: Option<WayOn>,
}

impl Page for Leaving {
    const TEMPLATE: &'static str = "leaving.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let until = Some(Moment { at: 1_796_400_000, now: 1_795_273_380 });
        let way_on = Some(WayOn::sign_in("/account"));
        let plain = Leaving { email: "anna@example.com".into(), until, way_on };
        vec![("plain", plain.clone()), ("gone", Leaving { until: None, way_on: None, ..plain })]
    }
}

/// Keep it? `do` = continue, sign-out.
#[derive(Debug, Clone, Serialize)]
pub struct KeepAccount {
    /// The form.
    pub form: Form,
    /// Whose.
    pub email: String,
    /// When it goes for good.
    pub until: Moment,
}

impl Page for KeepAccount {
    const TEMPLATE: &'static str = "keep_account.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let until = Moment { at: 1_796_400_000, now: 1_795_273_380 };
        vec![("plain", KeepAccount { form: Form::sample(), email: "anna@example.com".into(), until })]
    }
}
