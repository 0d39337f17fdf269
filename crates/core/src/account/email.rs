//! E-mail addresses: kept as typed, compared by a key.

use serde::{Deserialize, Serialize};
use std::fmt;
use url::Host;

/// One mailbox, as a person typed it, with the key it is compared by: `Anna@x` is `anna@x`.
///
/// RFC 5321 allows more (quoted local parts, address literals, comments). No person types them and each has
/// carried a second recipient through somebody's parser, so none is accepted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    typed: String,
    key: String,
}

/// Why a text is not an [`EmailAddress`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEmail {
    /// Nothing was typed.
    #[error("no e-mail address was given")]
    Missing,
    /// Not one mailbox of the form `name@domain`.
    #[error("not an e-mail address")]
    Malformed,
}

impl EmailAddress {
    /// Parses what was typed; spaces around it do not matter, anything else does.
    pub fn parse(text: &str) -> Result<Self, BadEmail> {
        let typed = text.trim_matches([' ', '\t']);
        if typed.is_empty() {
            return Err(BadEmail::Missing);
        }
        let (local, domain) = typed.split_once('@').ok_or(BadEmail::Malformed)?;
        // RFC 5321 4.5.3.1: 64 octets before the @, 254 in all.
        if local.is_empty() || local.len() > 64 || typed.len() > 254 {
            return Err(BadEmail::Malformed);
        }
        if !local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext)) {
            return Err(BadEmail::Malformed);
        }
        let key = format!("{}@{}", local.to_ascii_lowercase(), a_label(domain)?);
        if key.len() > 254 { Err(BadEmail::Malformed) } else { Ok(Self { typed: typed.to_owned(), key }) }
    }
    /// As typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }
    /// Lower-case ASCII before the @ (no Unicode folding: another letter is another mailbox), A-label after it.
    pub fn key(&self) -> &str {
        &self.key
    }
    /// The part before the @, as typed.
    pub fn local(&self) -> &str {
        self.typed.split_once('@').map_or("", |(local, _)| local)
    }
}

/// RFC 5322 `atext`, and letters and digits of other scripts (RFC 6532).
fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || (!c.is_ascii() && c.is_alphanumeric())
}

/// RFC 5890: the domain as A-label, in lower case.
fn a_label(text: &str) -> Result<String, BadEmail> {
    // The URL parser would undo percent signs and cut at some characters: letters, digits, dots, hyphens only.
    if !text.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-') || text.ends_with('.') {
        return Err(BadEmail::Malformed);
    }
    match Host::parse(text) {
        Ok(Host::Domain(domain)) if domain.split('.').all(is_label) => Ok(domain),
        Ok(Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_)) | Err(_) => Err(BadEmail::Malformed),
    }
}

fn is_label(label: &str) -> bool {
    let ldh = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(ldh)
}

/// Logs hold ids only, so an address does not print itself by accident.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(..)")
    }
}
impl TryFrom<String> for EmailAddress {
    type Error = BadEmail;
    fn try_from(text: String) -> Result<Self, BadEmail> {
        Self::parse(&text)
    }
}
impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> String {
        address.typed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_key_folds_ascii_and_the_domain_only() {
        let key = |text| EmailAddress::parse(text).unwrap().key().to_owned();
        assert_eq!(key("Anna.Berg+x@Example.COM"), "anna.berg+x@example.com");
        assert_eq!(key(" anna@example.com\t"), "anna@example.com");
        assert_eq!(key("a@BÜCHER.example"), "a@xn--bcher-kva.example");
        // A dotless i, a Kelvin sign or a full-width letter is another mailbox, never ours.
        for other in ["mıke@x.test", "mi\u{212a}e@x.test", "\u{ff4d}ike@x.test", "MİKE@x.test"] {
            assert_ne!(key(other), "mike@x.test", "{other}");
        }
        assert_eq!(EmailAddress::parse("Anna@X.test").unwrap().typed(), "Anna@X.test");
    }

    #[test]
    fn nothing_that_could_carry_a_second_recipient_is_an_address() {
        let long = format!("{}@x.test", "a".repeat(65));
        let longer = format!("a@{}.test", "b.".repeat(130));
        for bad in [
            "anna",
            "@x.test",
            "a@",
            "a@b@c.test",
            "a@b.test\r\nBcc: x@y.test",
            "a\n@b.test",
            "a@b.test\n",
            "a@b.test,c@d.test",
            "a@b.test;c",
            "\"a b\"@c.test",
            "<a@b.test>",
            "a(x)@b.test",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            ".a@b.test",
            "a..b@c.test",
            "a@b..test",
            "a@b.test.",
            "a@-b.test",
            "a@b_c.test",
            "a\0@b.test",
            "a@b%2etest",
            long.as_str(),
            longer.as_str(),
        ] {
            assert_eq!(EmailAddress::parse(bad), Err(BadEmail::Malformed), "{bad:?}");
        }
        assert_eq!(EmailAddress::parse("  "), Err(BadEmail::Missing));
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_a_key_is_its_own_key(text in "\\PC{0,40}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                let again = EmailAddress::parse(address.key()).unwrap();
                prop_assert_eq!(again.key(), address.key());
            }
        }
    }
}
