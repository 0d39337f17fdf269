//! Somebody signed in to an account that is on its way out.

use serde::Serialize;

use super::{Form, Page};
use crate::view::time::Moment;

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
