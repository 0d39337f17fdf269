//! Mail: one message to one person, through SMTP or into the inbox of `countersign dev`.

mod smtp;

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

pub use smtp::{Security, Smtp, SmtpConfig};

use crate::address::{Address, BadAddress};

/// One mail to one recipient. Carries links and codes, so it does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The outbox id. It becomes the Message-ID, so a retry is recognised as the same mail.
    pub id: String,
    /// The only recipient.
    pub to: Address,
    /// One line.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part, if there is one.
    pub html: Option<String>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Who the mails come from: `no-reply@example.com` or `Example <no-reply@example.com>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Sender {
    /// The shown name.
    pub name: Option<String>,
    /// The address.
    pub address: Address,
}

impl Sender {
    /// Parses the two forms above.
    pub fn parse(text: &str) -> Result<Sender, BadAddress> {
        let Some((name, rest)) = text.split_once('<') else {
            return Ok(Sender { name: None, address: Address::parse(text.trim())? });
        };
        let inner = rest.trim_end().strip_suffix('>').ok_or(BadAddress::Shape)?;
        let name = name.trim().trim_matches('"').trim();
        if name.chars().any(char::is_control) {
            return Err(BadAddress::Shape);
        }
        let name = (!name.is_empty()).then(|| name.to_owned());
        Ok(Sender { name, address: Address::parse(inner)? })
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender(..)")
    }
}

/// Where mails go.
#[derive(Clone)]
pub enum Mailer {
    /// A mail server.
    Smtp(Smtp),
    /// Kept for a person or a test to read; `countersign dev` shows it.
    Inbox(Arc<dyn Inbox>),
    /// No mail server is configured: every mail fails, and says so.
    Off,
}

/// The mailer in force; clones share an exchange. A mail takes the one that is there when it leaves.
#[derive(Clone, Debug)]
pub struct LiveMailer {
    mailer: Arc<ArcSwap<Mailer>>,
}

impl LiveMailer {
    /// The mailer as it is now; hold it for one mail.
    pub fn current(&self) -> Arc<Mailer> {
        self.mailer.load_full()
    }

    /// From the next mail on, this mailer.
    pub fn exchange(&self, mailer: Mailer) {
        self.mailer.store(Arc::new(mailer));
    }
}

impl From<Mailer> for LiveMailer {
    fn from(mailer: Mailer) -> Self {
        LiveMailer { mailer: Arc::new(ArcSwap::from_pointee(mailer)) }
    }
}

/// Takes mails in place of a mail server.
pub trait Inbox: Send + Sync + 'static {
    /// Keeps one mail.
    fn put(&self, message: Message);
}

/// Why a mail did not leave. Safe for the log: a server's own text may quote the recipient, so only its code
/// is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Worth another try: 4xx, connection, TLS, credentials.
    #[error("not sent, will be tried again: {0}")]
    Transient(String),
    /// Another try would end the same way: 5xx for this message.
    #[error("refused: {0}")]
    Permanent(String),
}

impl Mailer {
    /// Hands one mail over. `Ok` means that the receiver took responsibility for it.
    pub async fn send(&self, message: &Message) -> Result<(), MailError> {
        match self {
            Mailer::Smtp(smtp) => smtp.send(message).await,
            Mailer::Inbox(inbox) => {
                inbox.put(message.clone());
                Ok(())
            }
            Mailer::Off => Err(MailError::Permanent("no [smtp] in the configuration".to_owned())),
        }
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mailer::Smtp(_) => "Mailer::Smtp",
            Mailer::Inbox(_) => "Mailer::Inbox",
            Mailer::Off => "Mailer::Off",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_are_plain_or_with_a_name() {
        let plain = Sender::parse("no-reply@example.com").unwrap();
        assert_eq!((plain.name, plain.address.to_string()), (None, "no-reply@example.com".to_owned()));
        let named = Sender::parse("\"Example, Inc.\" <no-reply@example.com>").unwrap();
        assert_eq!(named.name.as_deref(), Some("Example, Inc."));
        for text in
            ["<a@b.test", "A\r\nBcc: x <a@b.test>", "A <a@b.test> <c@d.test>", "a@b.test, c@d.test", ""]
        {
            assert!(Sender::parse(text).is_err(), "{text:?}");
        }
    }

    #[tokio::test]
    async fn without_a_mail_server_a_mail_fails_and_says_so() {
        let message = Message {
            id: "m1".to_owned(),
            to: Address::parse("a@b.test").unwrap(),
            subject: "s".to_owned(),
            text: "secret-link".to_owned(),
            html: None,
        };
        assert!(matches!(Mailer::Off.send(&message).await, Err(MailError::Permanent(_))));
        assert!(!format!("{message:?}").contains("secret-link"));
    }
}
