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
    /// The new password is the present one.
    PasswordSame,
    /// No address was typed.
    AddressMissing,
    /// It does not read as an address.
    AddressMalformed,
    /// The person has it already.
    AddressYours,
    /// As many as there may be.
    TooManyAddresses,
    /// It belongs to another account. Said only to who read its mail.
    AddressTaken,
    /// It has to be proved first.
    AddressNotProved,
    /// Another one has to stand in front first.
    AddressInFront,
    /// The last proved one.
    LastAddress,
    /// The person's own address was not typed.
    NotSure,
}

impl AccountProblem {
    /// The id of the field to mend, empty if there is none.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Claim { field, .. } => field.as_str(),
            Self::AddressMissing | Self::AddressMalformed | Self::AddressYours | Self::TooManyAddresses => {
                "email"
            }
            Self::PasswordSame => "new-password",
            Self::NotSure => "sure",
            Self::AddressTaken | Self::AddressNotProved | Self::AddressInFront | Self::LastAddress => "",
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
                BadClaim::Future => Text::plain("problem-claim-future"),
                BadClaim::NoLanguage => Text::plain("problem-claim-language"),
                BadClaim::NoZone => Text::plain("problem-claim-zone"),
            },
            Self::PasswordSame => Text::plain("problem-password-same"),
            Self::AddressMissing => Text::plain("problem-email-missing"),
            Self::AddressMalformed => Text::plain("problem-email-malformed"),
            Self::AddressYours => Text::plain("problem-address-yours"),
            Self::TooManyAddresses => Text::plain("problem-address-many"),
            Self::AddressTaken => Text::plain("problem-address-taken"),
            Self::AddressNotProved => Text::plain("problem-address-unproved"),
            Self::AddressInFront => Text::plain("problem-address-primary"),
            Self::LastAddress => Text::plain("problem-address-last"),
            Self::NotSure => Text::plain("problem-not-sure"),
        }
    }
}

/// What was done on an account page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountNotice {
    /// Digits are on their way to an address.
    EmailSent,
    /// An address is the person's.
    EmailAdded,
    /// Another address is in front.
    EmailPrimary,
    /// An address is gone.
    EmailRemoved,
    /// The account stays.
    Kept,
    /// The person proved who they are, and what they had asked for before was not done.
    OnceMore,
}

impl AccountNotice {
    /// The news behind a word in a redirect's address.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "email-sent" => Self::EmailSent,
            "email-added" => Self::EmailAdded,
            "email-primary" => Self::EmailPrimary,
            "email-removed" => Self::EmailRemoved,
            "kept" => Self::Kept,
            "once-more" => Self::OnceMore,
            _ => return None,
        })
    }

    /// What is said.
    pub fn text(self) -> Text {
        match self {
            Self::EmailSent => Text::plain("notice-email-sent"),
            Self::EmailAdded => Text::plain("notice-email-added"),
            Self::EmailPrimary => Text::plain("notice-email-primary"),
            Self::EmailRemoved => Text::plain("notice-email-removed"),
            Self::Kept => Text::plain("notice-kept"),
            Self::OnceMore => Text::plain("notice-once-more"),
        }
    }
}
