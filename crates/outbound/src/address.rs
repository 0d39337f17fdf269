//! One mail recipient, parsed strictly.

use std::fmt;

use url::Host;

/// Exactly one mailbox, fit for an SMTP envelope.
///
/// RFC 5321 allows more (quoted local parts, address literals, source routes, comments). Every one of these has
/// carried a second recipient or a header through somebody's parser, and no person types them, so none is
/// accepted.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    local: String,
    domain: String,
}

/// Why a text is not an [`Address`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not of the form `local@domain`.
    #[error("an e-mail address has one @ with a name before it and a domain after it")]
    Shape,
    /// Longer than RFC 5321 4.5.3.1 allows.
    #[error("the e-mail address is too long")]
    TooLong,
    /// A character that does not belong before the @.
    #[error("the part before the @ contains a character that is not allowed")]
    Local,
    /// The domain is not a host name.
    #[error("the part after the @ is not a domain name")]
    Domain,
}

impl Address {
    /// Parses `local@domain`. International domains become A-labels.
    pub fn parse(text: &str) -> Result<Address, BadAddress> {
        let (local, domain) = text.split_once('@').ok_or(BadAddress::Shape)?;
        if local.is_empty() || domain.is_empty() {
            return Err(BadAddress::Shape);
        }
        if local.len() > 64 || text.len() > 254 {
            return Err(BadAddress::TooLong);
        }
        if !local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext)) {
            return Err(BadAddress::Local);
        }
        Ok(Address { local: local.to_owned(), domain: parse_domain(domain)? })
    }

    /// The part before the @, as typed.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain in ASCII.
    pub fn domain(&self) -> &str {
        &self.domain
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// Logs hold ids only, so an address does not print itself by accident.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(..)")
    }
}

/// RFC 5322 `atext`, and letters and digits of other scripts (RFC 6532).
fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || (!c.is_ascii() && c.is_alphanumeric())
}

fn parse_domain(text: &str) -> Result<String, BadAddress> {
    // The URL parser would undo percent signs and cut at some characters: letters, digits, dots, hyphens only.
    if !text.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-') || text.ends_with('.') {
        return Err(BadAddress::Domain);
    }
    match Host::parse(text) {
        Ok(Host::Domain(domain)) if domain.split('.').all(is_label) => Ok(domain),
        Ok(Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_)) | Err(_) => Err(BadAddress::Domain),
    }
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyday_addresses_are_kept_as_typed() {
        for (text, shown) in [
            ("anna@example.com", "anna@example.com"),
            ("Anna.Berg+shop@Example.COM", "Anna.Berg+shop@example.com"),
            ("o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"),
            ("a@localhost", "a@localhost"),
            ("jürgen@bücher.example", "jürgen@xn--bcher-kva.example"),
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn nothing_that_could_carry_a_second_recipient_or_a_header_is_an_address() {
        for text in [
            "",
            "anna",
            "@b.test",
            "a@",
            "a@b@c.test",
            "a@b.test\r\nBcc: x@y.test",
            "a\r\n@b.test",
            "a@b.test\n",
            "a@b.test,x@y.test",
            "a@b.test;x@y.test",
            "a@b.test x@y.test",
            "\"a b\"@b.test",
            "\"a@x.test\"@b.test",
            "a\\@x@b.test",
            "<a@b.test>",
            "Anna <a@b.test>",
            "a(comment)@b.test",
            "a@b.test(comment)",
            "@relay.test:a@b.test",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a@[IPv6:::1]",
            "a@0x7f.1",
            ".a@b.test",
            "a.@b.test",
            "a..b@b.test",
            "a@b..test",
            "a@.b.test",
            "a@b.test.",
            "a@-b.test",
            "a@b-.test",
            "a@b_c.test",
            "a@b%2etest",
            "a@b/test",
            "a b@c.test",
            "a\0@b.test",
            "a@b.te\0st",
            "a\u{200b}@b.test",
            "a\u{2028}@b.test",
            "a\t@b.test",
            " a@b.test",
        ] {
            assert!(Address::parse(text).is_err(), "{text:?} was accepted");
        }
        assert_eq!(Address::parse(&format!("{}@b.test", "a".repeat(65))), Err(BadAddress::TooLong));
        assert_eq!(Address::parse(&format!("a@{}.test", "b.".repeat(130))), Err(BadAddress::TooLong));
    }

    #[test]
    fn an_address_does_not_print_itself_in_debug() {
        let address = Address::parse("anna@example.com").unwrap();
        assert!(!format!("{address:?}").contains("anna"));
    }
}
