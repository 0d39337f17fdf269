//! One mail recipient, parsed strictly.

use std::fmt;

use countersign_core::account::EmailAddress;

/// Exactly one mailbox, fit for an SMTP envelope: what the core takes for an e-mail address, so that no address
/// is kept which cannot be written to, with nothing around it.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    local: String,
    domain: String,
}

/// Why a text is not an [`Address`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not of the form `local@domain`, or with something around it.
    #[error("an e-mail address has one @ with a name before it and a domain name after it")]
    Shape,
}

impl Address {
    /// Parses `local@domain`. International domains become A-labels.
    pub fn parse(text: &str) -> Result<Address, BadAddress> {
        let address = EmailAddress::parse(text).map_err(|_| BadAddress::Shape)?;
        let (_, domain) = address.key().split_once('@').ok_or(BadAddress::Shape)?;
        if address.typed() != text {
            return Err(BadAddress::Shape);
        }
        Ok(Address { local: address.local().to_owned(), domain: domain.to_owned() })
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
        assert!(Address::parse(&format!("{}@b.test", "a".repeat(65))).is_err());
        assert!(Address::parse(&format!("a@{}.test", "b.".repeat(130))).is_err());
    }

    #[test]
    fn an_address_does_not_print_itself_in_debug() {
        let address = Address::parse("anna@example.com").unwrap();
        assert!(!format!("{address:?}").contains("anna"));
    }
}
