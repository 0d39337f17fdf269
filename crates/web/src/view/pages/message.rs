//! What may be wrong with a message that was asked for, or with the phone it would go to.

use serde::{Deserialize, Serialize};

use crate::view::words::Text;

/// One such problem, as it travels and as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageProblem {
    /// This address was sent enough mails for now, whether or not it has an account.
    EnoughMails {
        /// Seconds to wait.
        wait: u32,
    },
    /// Enough text messages were asked for, for this number or by this person.
    EnoughTexts {
        /// Seconds to wait.
        wait: u32,
    },
    /// No number was typed.
    PhoneMissing,
    /// It does not begin with the country's code.
    PhoneCountry,
    /// It is no phone number.
    PhoneMalformed,
    /// No messages are sent to that country.
    PhoneElsewhere,
    /// The person has this number already.
    PhoneThere,
    /// The person has as many numbers as are kept.
    PhonesFull {
        /// How many are kept.
        max: u32,
    },
}

impl MessageProblem {
    pub(super) fn field(&self) -> &'static str {
        match self {
            Self::EnoughMails { .. } | Self::EnoughTexts { .. } | Self::PhonesFull { .. } => "",
            Self::PhoneMissing
            | Self::PhoneCountry
            | Self::PhoneMalformed
            | Self::PhoneElsewhere
            | Self::PhoneThere => "phone",
        }
    }

    pub(super) fn wait(&self) -> Option<u32> {
        match self {
            Self::EnoughMails { wait } | Self::EnoughTexts { wait } => Some(*wait),
            Self::PhoneMissing
            | Self::PhoneCountry
            | Self::PhoneMalformed
            | Self::PhoneElsewhere
            | Self::PhoneThere
            | Self::PhonesFull { .. } => None,
        }
    }

    pub(super) fn text(&self) -> Text {
        match self {
            Self::EnoughMails { wait } => long("problem-mails-minutes", "problem-mails-hours", *wait),
            Self::EnoughTexts { wait } => long("problem-texts-minutes", "problem-texts-hours", *wait),
            Self::PhoneMissing => Text::plain("problem-phone-missing"),
            Self::PhoneCountry => Text::plain("problem-phone-country"),
            Self::PhoneMalformed => Text::plain("problem-phone-malformed"),
            Self::PhoneElsewhere => Text::plain("problem-phone-elsewhere"),
            Self::PhoneThere => Text::plain("problem-phone-there"),
            Self::PhonesFull { max } => Text::plain("problem-phones-full").with("max", *max),
        }
    }
}

/// Minutes up to an hour and a half, then whole hours, rounded up.
fn long(minutes: &'static str, hours: &'static str, wait: u32) -> Text {
    let n = wait.div_ceil(60).max(1);
    if n <= 90 { Text::plain(minutes).with("n", n) } else { Text::plain(hours).with("n", n.div_ceil(60)) }
}
