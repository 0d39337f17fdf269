//! The rules for a new password: NIST SP 800-63B 3.1.1.2. Length and a look at what is guessed first; no
//! composition rules, no expiry.

mod common;
mod strength;

use self::strength::{Weakness, judge};
use crate::Policy;
use std::fmt;
use zeroize::Zeroizing;

/// A password somebody typed to sign in: within the size that is hashed at all, otherwise unjudged.
#[derive(Clone)]
pub struct PresentedPassword(Zeroizing<String>);

/// A password that may be set: it follows the rules.
#[derive(Clone)]
pub struct NewPassword(Zeroizing<String>);

/// Why a password may not be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum WeakPassword {
    #[error("no password was given")]
    Missing,
    #[error("the password has fewer than {0} characters")]
    TooShort(usize),
    #[error("the password has more than {0} characters")]
    TooLong(usize),
    #[error("the password is among those that are tried first")]
    Common,
    #[error("the password is made of the person's own name, address or the app's name")]
    Guessable,
    #[error("the password is made of neighbours on the keyboard or in the alphabet")]
    Row,
    #[error("the password is the same again and again")]
    Again,
    #[error("the password is made of a date")]
    Date,
}

/// Guesses, as a power of two, that a password made of parts that people choose must cost: four thousand million.
const ENOUGH: f64 = 32.0;

/// Longer input is refused unhashed, whatever the policy: a megabyte costs nobody a hash.
const MOST_BYTES: usize = 1_024;

impl PresentedPassword {
    /// `None`: no text, or more of it than any password here has. Nothing is trimmed or cut.
    pub fn parse(text: String) -> Option<Self> {
        let text = Zeroizing::new(text);
        (!text.is_empty() && text.len() <= MOST_BYTES).then_some(Self(text))
    }
    /// For the hash.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl NewPassword {
    /// Judges a new password. `context` holds what belongs to the person and the place: address, name, app.
    pub fn parse(text: String, policy: &Policy, context: &[&str]) -> Result<Self, WeakPassword> {
        let text = Zeroizing::new(text);
        let length = if text.len() > MOST_BYTES { usize::MAX } else { text.chars().count() };
        if length == 0 {
            return Err(WeakPassword::Missing);
        }
        if length > policy.password_max {
            return Err(WeakPassword::TooLong(policy.password_max));
        }
        if length < policy.password_min {
            return Err(WeakPassword::TooShort(policy.password_min));
        }
        let own: Vec<String> = context.iter().flat_map(|text| words(text)).collect();
        // What is as long as the rule wants and nothing is known of is good enough, whatever the rule.
        let enough = ENOUGH.min(3.2 * f64::from(u32::try_from(policy.password_min).unwrap_or(u32::MAX)));
        match judge(&text, &own) {
            (bits, Some(why)) if bits < enough => Err(match why {
                Weakness::Common => WeakPassword::Common,
                Weakness::Own => WeakPassword::Guessable,
                Weakness::Row => WeakPassword::Row,
                Weakness::Again => WeakPassword::Again,
                Weakness::Date => WeakPassword::Date,
            }),
            _ => Ok(Self(text)),
        }
    }
    /// For the hash.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The words in an address or a name that are long enough to guess by.
fn words(text: &str) -> Vec<String> {
    let whole: String = text.chars().flat_map(char::to_lowercase).collect();
    let parts = whole.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() >= 3);
    let mut words: Vec<String> = parts.map(str::to_owned).collect();
    // Names are run together: "Anna Berg" is "annaberg".
    words.push(whole.chars().filter(|c| !c.is_whitespace()).collect());
    words.push(whole.clone());
    words.retain(|it| it.chars().count() >= 3);
    words
}

impl fmt::Debug for PresentedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedPassword(..)")
    }
}
impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn judge(text: &str) -> Result<(), WeakPassword> {
        let policy = Policy::new("https://id.example");
        let context = ["anna.berg@example.com", "Anna Berg", "Planner"];
        NewPassword::parse(text.to_owned(), &policy, &context).map(|_| ())
    }

    #[test]
    fn length_counts_characters_and_everything_is_kept() {
        assert_eq!(judge(""), Err(WeakPassword::Missing));
        assert_eq!(judge("kürbis-äö"), Err(WeakPassword::TooShort(10)));
        assert_eq!(judge("kürbis-äöü"), Ok(()));
        let long: String = "tofu-Boot ".repeat(13);
        assert_eq!(judge(&long[..128]), Ok(()));
        assert_eq!(judge(&long[..129]), Err(WeakPassword::TooLong(128)));
        assert_eq!(judge(&"x".repeat(1 << 20)), Err(WeakPassword::TooLong(128)));
        let policy = Policy::new("https://id.example");
        let spaced = NewPassword::parse("  two spaces first".into(), &policy, &[]).unwrap();
        assert_eq!(spaced.expose(), "  two spaces first");
    }

    #[test]
    fn what_is_guessed_first_is_refused_with_what_makes_it_so() {
        for (bad, why) in [
            ("password123", WeakPassword::Common),
            ("P@ssw0rd2026!", WeakPassword::Common),
            ("drowssap2026", WeakPassword::Common),
            ("iloveyou2026", WeakPassword::Common),
            ("Welcome2026!!", WeakPassword::Common),
            ("letmein12345", WeakPassword::Common),
            ("monkeydragon", WeakPassword::Common),
            ("Frühling2026", WeakPassword::Common),
            ("passwordpassword", WeakPassword::Common),
            ("adminadmin1", WeakPassword::Again),
            ("aaaaaaaaaaaa", WeakPassword::Again),
            ("xqjxqjxqjxqj", WeakPassword::Again),
            ("abcabcabcabc", WeakPassword::Again),
            ("1234567890", WeakPassword::Row),
            ("0987654321", WeakPassword::Row),
            ("qwertyuiop", WeakPassword::Row),
            ("1qaz2wsx3edc", WeakPassword::Row),
            ("abcdefghijkl", WeakPassword::Row),
            ("24.12.1987", WeakPassword::Date),
            ("1987-12-24!", WeakPassword::Date),
            ("annaberg2026", WeakPassword::Guessable),
            ("Anna.Berg@example.com", WeakPassword::Guessable),
            ("planner-2026", WeakPassword::Guessable),
            ("anna.berg!!", WeakPassword::Guessable),
            ("grebanna1234", WeakPassword::Guessable),
        ] {
            assert_eq!(judge(bad), Err(why), "{bad}");
        }
        for good in [
            "correct horse battery staple",
            "Tr8-kumquat-lamp",
            "zu viele Schuhe",
            "passwords bore my cat",
            "summer monkey dragon flower",
            "4713902658",
            "vbqkjzwmhx",
            "Anna mag keinen Spinat",
        ] {
            assert_eq!(judge(good), Ok(()), "{good}");
        }
    }

    /// Where the operator allows short ones, chance is good enough and patterns are not.
    #[test]
    fn a_short_rule_takes_chance_and_no_patterns() {
        let policy = Policy { password_min: 8, ..Policy::new("https://id.example") };
        let judge = |text: &str| NewPassword::parse(text.to_owned(), &policy, &[]).map(|_| ());
        assert_eq!(judge("k7w2qx9m"), Ok(()));
        assert_eq!(judge("monkey12"), Err(WeakPassword::Common));
        assert_eq!(judge("24121987"), Err(WeakPassword::Date));
    }

    /// Judging is no lever: the worst text of the longest kind costs less than its hash does.
    #[test]
    fn judging_looks_at_no_part_too_often() {
        for text in ["ab".repeat(64), "a".repeat(128), "1qaz2wsx".repeat(16), "monkeydragon".repeat(10)] {
            assert!(judge(&text[..text.len().min(128)]).is_err());
        }
    }

    #[test]
    fn a_presented_password_is_taken_as_it_is_and_never_printed() {
        assert!(PresentedPassword::parse(String::new()).is_none());
        assert!(PresentedPassword::parse("x".repeat(1 << 20)).is_none());
        let typed = PresentedPassword::parse(" x ".into()).unwrap();
        assert_eq!(typed.expose(), " x ");
        assert_eq!(format!("{typed:?}"), "PresentedPassword(..)");
    }

    proptest! {
        #[test]
        fn judging_never_panics(text in "\\PC{0,200}") {
            let _ = judge(&text);
        }
    }
}
