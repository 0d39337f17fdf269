//! The profile page: what a person says of themselves.

use std::collections::BTreeMap;

use countersign_core::account::profile::{BadClaim, ClaimField};
use serde::Serialize;

use super::{AccountProblem, Form, Notice, Page, Person, Problem};

/// Every standard claim that is a person's own to say. Posts all of [`ClaimField`] but the address written out.
#[derive(Debug, Clone, Serialize)]
pub struct AccountProfile {
    /// The form.
    pub form: Form,
    /// Who is signed in.
    pub person: Person,
    /// The address told to apps, shown and not edited here.
    pub email: String,
    /// Whether it is confirmed.
    pub email_verified: bool,
    /// E.164, shown and not edited here.
    pub phone: String,
    /// The fields, by the claims' names; as typed where a problem stands beside one.
    pub profile: BTreeMap<&'static str, String>,
    /// News on top.
    pub notice: Option<Notice>,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl Page for AccountProfile {
    const TEMPLATE: &'static str = "account_profile.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let none = ClaimField::ALL.iter().map(|field| (field.as_str(), String::new()));
        let mut profile: BTreeMap<_, _> = none.collect();
        let mut fill = |all: &[(&'static str, &str)]| {
            profile.extend(all.iter().map(|(name, text)| (*name, (*text).to_owned())));
            profile.clone()
        };
        let plain = AccountProfile {
            form: Form::account_sample(),
            person: Person::sample(),
            email: "anna@example.com".into(),
            email_verified: true,
            phone: String::new(),
            profile: fill(&[
                ("name", "Anna Berg"),
                ("given_name", "Anna"),
                ("family_name", "Berg"),
                ("preferred_username", "anna"),
                ("locale", "de"),
                ("zoneinfo", "Europe/Berlin"),
            ]),
            notice: None,
            problems: Vec::new(),
        };
        let wrong = |field, why| Problem::OfAccount(AccountProblem::Claim { field, why });
        let full = fill(&[
            ("nickname", "Anni"),
            ("gender", "female"),
            ("birthdate", "1.4.1990"),
            ("website", "http://anna.example"),
            ("locale", "de-CH"),
            ("zoneinfo", "Berlin"),
            ("street_address", "Lindenstraße 4"),
            ("postal_code", "10969"),
            ("locality", "Berlin"),
            ("country", "Deutschland"),
        ]);
        vec![
            ("saved", AccountProfile { notice: Some(Notice::Saved), ..plain.clone() }),
            (
                "full",
                AccountProfile {
                    profile: full,
                    email_verified: false,
                    phone: "+49301234567".into(),
                    problems: vec![
                        wrong(ClaimField::Name, BadClaim::TooLong(200)),
                        wrong(ClaimField::Birthdate, BadClaim::NoDate),
                        wrong(ClaimField::Website, BadClaim::NotHttps),
                        wrong(ClaimField::Zoneinfo, BadClaim::NoZone),
                        wrong(ClaimField::Locale, BadClaim::NoLanguage),
                        wrong(ClaimField::Region, BadClaim::Control),
                    ],
                    ..plain
                },
            ),
        ]
    }
}
