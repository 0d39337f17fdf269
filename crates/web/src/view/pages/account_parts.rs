//! What the account pages say of what was done or typed there.

use countersign_core::account::profile::{BadClaim, ClaimField};

use crate::view::words::Text;

/// What to mend on an account page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountProblem {
    /// A field of the profile holds what cannot be kept.
    Claim {
        /// Which.
        field: ClaimField,
        /// Why.
        why: BadClaim,
    },
}

impl AccountProblem {
    /// The id of the field to mend, empty if there is none.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Claim { field, .. } => field.as_str(),
        }
    }

    /// What is said.
    pub fn text(&self) -> Text {
        match self {
            Self::Claim { why, .. } => match why {
                BadClaim::TooLong(max) => {
                    Text::plain("problem-claim-long").with("max", u32::try_from(*max).unwrap_or(u32::MAX))
                }
                BadClaim::Control => Text::plain("problem-field-unusable"),
                BadClaim::NotHttps => Text::plain("problem-claim-https"),
                BadClaim::NoDate => Text::plain("problem-claim-date"),
                BadClaim::NoLanguage => Text::plain("problem-claim-language"),
                BadClaim::NoZone => Text::plain("problem-claim-zone"),
            },
        }
    }
}
