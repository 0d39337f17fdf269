//! Phone numbers: E.164, as the network dials them.

use crate::{Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One phone number: a plus sign, the country's code, the rest; digits only.
///
/// What people type between the digits is dropped. What would have to be guessed is refused: a number without its
/// country, or the `(0)` that is dialled inside some countries and not from outside.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// Why a text is not a [`PhoneNumber`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPhone {
    /// Nothing was typed.
    #[error("no phone number was given")]
    Missing,
    /// It does not begin with a plus sign and a country's code.
    #[error("the number does not begin with + and the country's code")]
    NoCountry,
    /// Not 7 to 15 digits, or something else among them.
    #[error("not a phone number")]
    Malformed,
}

impl PhoneNumber {
    /// Parses what was typed. ITU-T E.164 6.2.1: at most 15 digits; no country's code begins with 0.
    pub fn parse(text: &str) -> Result<Self, BadPhone> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadPhone::Missing);
        }
        if text.chars().count() > 40 || text.contains("(0)") {
            return Err(BadPhone::Malformed);
        }
        let rest = text.strip_prefix('+').ok_or(BadPhone::NoCountry)?;
        let mut number = String::from("+");
        for c in rest.chars() {
            match c {
                '0'..='9' => number.push(c),
                ' ' | '\u{a0}' | '\u{202f}' | '-' | '\u{2011}' | '.' | '(' | ')' | '/' => {}
                _ => return Err(BadPhone::Malformed),
            }
        }
        let digits = number.len().saturating_sub(1);
        if !(7..=15).contains(&digits) {
            return Err(BadPhone::Malformed);
        }
        if number.starts_with("+0") { Err(BadPhone::NoCountry) } else { Ok(Self(number)) }
    }
    /// `+4915112345678`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// What may be shown to somebody who is to recognise it: its beginning and its last two digits.
    pub fn hint(&self) -> String {
        let digits: Vec<char> = self.0.chars().collect();
        let (head, tail) = (digits.iter().take(3), digits.iter().skip(digits.len().saturating_sub(2)));
        head.copied().chain(" \u{2026} ".chars()).chain(tail.copied()).collect()
    }
    /// The numbers beside it: all but its last three digits. Numbers that earn their owner money come in such blocks.
    pub fn block(&self) -> &str {
        self.0.get(..self.0.len().saturating_sub(3)).unwrap_or(&self.0)
    }
}

/// Logs hold ids only, so a number does not print itself by accident.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(..)")
    }
}
impl TryFrom<String> for PhoneNumber {
    type Error = BadPhone;
    fn try_from(text: String) -> Result<Self, BadPhone> {
        Self::parse(&text)
    }
}
impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> String {
        number.0
    }
}

/// What the numbers of a country, or of a part of one, begin with: `+49`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Prefix(String);

/// Not a plus sign and one to seven digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a plus sign and the digits that numbers begin with")]
pub struct BadPrefix;

impl Prefix {
    /// Parses `+49`.
    pub fn parse(text: &str) -> Result<Self, BadPrefix> {
        let digits = text.strip_prefix('+').ok_or(BadPrefix)?;
        let good = (1..=7).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if good { Ok(Self(text.to_owned())) } else { Err(BadPrefix) }
    }
    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The longest of these that the number begins with; `None`: nothing is sent there.
    pub fn of<'a>(all: &'a [Self], number: &PhoneNumber) -> Option<&'a Self> {
        let fits = all.iter().filter(|prefix| number.as_str().starts_with(prefix.as_str()));
        fits.max_by_key(|prefix| prefix.0.len())
    }
}

/// One phone of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneRow {
    /// Row id.
    pub id: Id<id::Phone>,
    /// Whose.
    pub user: Id<id::User>,
    /// The number.
    pub number: PhoneNumber,
    /// Since when it is proved. A number that was never proved has no row.
    pub verified_at: Timestamp,
    /// The one told to apps.
    pub primary: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_type_between_the_digits_is_dropped() {
        for text in [
            "+4915112345678",
            " +49 151 1234 5678 ",
            "+49-151-12345678",
            "+49 (151) 12345678",
            "+49.151/12345678",
            "+49\u{a0}151\u{202f}12345678",
        ] {
            assert_eq!(PhoneNumber::parse(text).unwrap().as_str(), "+4915112345678", "{text:?}");
        }
    }

    #[test]
    fn what_would_have_to_be_guessed_is_refused() {
        for (text, why) in [
            ("", BadPhone::Missing),
            ("  ", BadPhone::Missing),
            ("0151 12345678", BadPhone::NoCountry),
            ("004915112345678", BadPhone::NoCountry),
            ("4915112345678", BadPhone::NoCountry),
            ("+015112345678", BadPhone::NoCountry),
            ("+49 (0)151 12345678", BadPhone::Malformed),
            ("+49", BadPhone::Malformed),
            ("+123456", BadPhone::Malformed),
            ("+1234567890123456", BadPhone::Malformed),
            ("+49151123456x8", BadPhone::Malformed),
            ("+4915112345678;ext=1", BadPhone::Malformed),
            ("+4915112345678,+4915112345679", BadPhone::Malformed),
            ("+4915112345678\n+4915112345679", BadPhone::Malformed),
            ("+\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}\u{667}\u{668}", BadPhone::Malformed),
            ("++4915112345678", BadPhone::Malformed),
        ] {
            assert_eq!(PhoneNumber::parse(text), Err(why), "{text:?}");
        }
        assert!(PhoneNumber::parse(&format!("+49{}", " ".repeat(10_000))).is_err());
    }

    #[test]
    fn a_number_belongs_to_the_longest_prefix_that_is_allowed() {
        let all = ["+1", "+49", "+1868"].map(|text| Prefix::parse(text).unwrap());
        let of = |text: &str| Prefix::of(&all, &PhoneNumber::parse(text).unwrap()).map(Prefix::as_str);
        assert_eq!(of("+4915112345678"), Some("+49"));
        assert_eq!(of("+12025550123"), Some("+1"));
        assert_eq!(of("+18685550123"), Some("+1868"));
        assert_eq!(of("+4479460123456"), None);
        for text in ["", "49", "+", "+0", "+049", "+12345678", "+4x", "+49 "] {
            assert!(Prefix::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_hint_is_recognised_and_not_dialled() {
        let number = PhoneNumber::parse("+4915112345678").unwrap();
        assert_eq!(number.hint(), "+49 \u{2026} 78");
        assert_eq!(number.block(), "+4915112345");
        assert_eq!(format!("{number:?}"), "PhoneNumber(..)");
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_e164_and_stays_itself(text in "\\+?[0-9 ()./-]{0,24}") {
            if let Ok(number) = PhoneNumber::parse(&text) {
                let digits = number.as_str().strip_prefix('+').unwrap();
                prop_assert!((7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()));
                prop_assert_eq!(PhoneNumber::parse(number.as_str()), Ok(number));
            }
        }
        #[test]
        fn whatever_is_typed_nothing_panics(text in "\\PC{0,60}") {
            let _ = PhoneNumber::parse(&text);
            let _ = Prefix::parse(&text);
        }
    }
}
