//! The rules for a new password: NIST SP 800-63B 3.1.1.2. Length and a look at what is guessed first; no
//! composition rules, no expiry.

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
}

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
        let plain = fold(&text);
        if repeats(&plain) || runs(&plain) || made_of(&plain, COMMON) {
            return Err(WeakPassword::Common);
        }
        let own: Vec<String> = context.iter().flat_map(|text| words(text)).collect();
        if made_of(&plain, &own.iter().map(String::as_str).collect::<Vec<_>>()) {
            return Err(WeakPassword::Guessable);
        }
        Ok(Self(text))
    }
    /// For the hash.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Lower case, with the usual stand-ins for letters undone.
fn fold(text: &str) -> String {
    let letter = |c: char| match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '3' => 'e',
        '$' | '5' => 's',
        '!' => 'i',
        '7' => 't',
        other => other,
    };
    text.chars().flat_map(char::to_lowercase).map(letter).collect()
}

/// The words in an address or a name that are long enough to guess by.
fn words(text: &str) -> Vec<String> {
    let whole = fold(text);
    let parts = whole.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() >= 4);
    let mut words: Vec<String> = parts.map(str::to_owned).collect();
    if whole.chars().count() >= 4 {
        words.push(whole.clone());
    }
    words
}

/// Is it a row of these words with at most six other characters around them (digits, years, signs)?
fn made_of(text: &str, words: &[&str]) -> bool {
    let mut rest = text.to_owned();
    let mut found = false;
    let mut longest: Vec<&&str> = words.iter().collect();
    longest.sort_by_key(|w| std::cmp::Reverse(w.len()));
    for word in longest {
        if rest.contains(*word) {
            rest = rest.replace(*word, "");
            found = true;
        }
    }
    found && rest.chars().count() <= 6
}

/// One to four characters over and over.
fn repeats(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=4).any(|n| chars.iter().zip(chars.iter().skip(n)).all(|(a, b)| a == b))
}

/// A stretch of the alphabet, the digits or a keyboard row, forwards or backwards, with little else.
fn runs(text: &str) -> bool {
    const ROWS: [&str; 8] = [
        "abcdefghijklmnopqrstuvwxyz",
        "1234567890123",
        "qwertyuiopasdfghjklzxcvbnm",
        "qwertzuiopasdfghjklyxcvbnm",
        "azertyuiopqsdfghjklmwxcvbn",
        "qazwsxedcrfvtgbyhnujmikolp",
        "1qaz2wsx3edc4rfv5tgb",
        "q1w2e3r4t5y6u7i8o9p0",
    ];
    let folded: Vec<String> = ROWS.iter().map(|row| fold(row)).collect();
    let backwards: Vec<String> = folded.iter().map(|row| row.chars().rev().collect()).collect();
    let chars: Vec<char> = text.chars().collect();
    let in_row = |part: &[char]| {
        let part: String = part.iter().collect();
        folded.iter().chain(&backwards).any(|row| row.contains(&part))
    };
    // Greedy: cut the text into the fewest stretches of at least four; what is left must be short.
    let (mut at, mut left, mut any) = (0, 0, false);
    while at < chars.len() {
        let longest = (4..=chars.len() - at).rev().find(|n| chars.get(at..at + n).is_some_and(in_row));
        match longest {
            Some(n) => (at, any) = (at + n, true),
            None => (at, left) = (at + 1, left + 1),
        }
    }
    any && left <= 3
}

/// What is tried first, folded: the stems that lists of leaked passwords are made of.
const COMMON: &[&str] = &[
    "password",
    "passwort",
    "passw",
    "motdepasse",
    "contrasena",
    "senha",
    "parola",
    "wachtwoord",
    "haslo",
    "qwerty",
    "qwertz",
    "azerty",
    "letmein",
    "welcome",
    "willkommen",
    "bienvenue",
    "iloveyou",
    "loveyou",
    "admin",
    "administrator",
    "root",
    "login",
    "signin",
    "default",
    "changeme",
    "secret",
    "geheim",
    "master",
    "monkey",
    "dragon",
    "shadow",
    "sunshine",
    "princess",
    "football",
    "fussball",
    "baseball",
    "basketball",
    "superman",
    "batman",
    "pokemon",
    "starwars",
    "trustno",
    "whatever",
    "computer",
    "internet",
    "google",
    "facebook",
    "michael",
    "jennifer",
    "jordan",
    "ashley",
    "daniel",
    "charlie",
    "liverpool",
    "arsenal",
    "chelsea",
    "barcelona",
    "hello",
    "hallo",
    "freedom",
    "flower",
    "butterfly",
    "chocolate",
    "summer",
    "sommer",
    "winter",
    "spring",
    "autumn",
    "january",
    "february",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "friday",
    "test",
    "testing",
    "temp",
    "temporary",
    "guest",
    "user",
    "demo",
    "example",
    "company",
    "office",
    "service",
    "access",
    "abcd",
    "asdf",
    "zxcv",
    "yxcv",
    "qazwsx",
    "countersign",
];

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
    fn what_is_guessed_first_is_refused() {
        for bad in [
            "password123",
            "P@ssw0rd2026!",
            "passwordpassword",
            "1234567890",
            "0987654321",
            "qwertyuiop",
            "qwertz12345",
            "1qaz2wsx3edc",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "abcdefghijkl",
            "iloveyou2026",
            "Welcome2026!!",
            "letmein12345",
            "adminadmin1",
        ] {
            assert_eq!(judge(bad), Err(WeakPassword::Common), "{bad}");
        }
        for bad in ["annaberg2026", "Anna.Berg@example.com", "planner-2026", "anna.berg!!"] {
            assert_eq!(judge(bad), Err(WeakPassword::Guessable), "{bad}");
        }
        for good in
            ["correct horse battery staple", "Tr8-kumquat-lamp", "zu viele Schuhe", "passwords bore my cat"]
        {
            assert_eq!(judge(good), Ok(()), "{good}");
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
