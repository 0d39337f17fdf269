//! Mail: one message to one person, by a mail server, an HTTP interface, the operator's own program, or into the
//! inbox of `countersign dev`.

mod sendgrid;
mod smtp;

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use countersign_core::Timestamp;
use serde_json::json;

pub use sendgrid::SendGridConfig;
pub use smtp::{Security, Smtp, SmtpConfig};

use crate::address::{Address, BadAddress};
use crate::carry::{Lines, NotSent, Transport};
use crate::guard::Guard;
use crate::signed::{self, WebhookConfig};

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

/// One way for mails to leave.
pub enum MailTransport {
    /// A mail server; named as its section in the configuration.
    Smtp(&'static str, Smtp),
    /// SendGrid, or who speaks like it.
    SendGrid(Guard, SendGridConfig),
    /// The operator's own program sends it.
    Webhook(Guard, WebhookConfig),
}

impl MailTransport {
    /// Looks whether a mail could leave by it, without sending one. For `doctor`.
    pub async fn probe(&self) -> Result<(), NotSent> {
        match self {
            MailTransport::Smtp(_, smtp) => smtp.probe().await,
            MailTransport::SendGrid(guard, config) => {
                let message = Message {
                    id: "doctor".to_owned(),
                    to: config.from.address.clone(),
                    subject: "Test".to_owned(),
                    text: "Test".to_owned(),
                    html: None,
                };
                sendgrid::probe(guard, config, &message).await
            }
            MailTransport::Webhook(guard, config) => signed::probe(guard, config).await,
        }
    }
}

impl Transport<Message> for MailTransport {
    fn name(&self) -> &'static str {
        match self {
            MailTransport::Smtp(name, _) => name,
            MailTransport::SendGrid(..) => "sendgrid",
            MailTransport::Webhook(..) => "mail_webhook",
        }
    }
    async fn carry(&self, message: &Message, now: Timestamp) -> Result<(), NotSent> {
        match self {
            MailTransport::Smtp(_, smtp) => smtp.send(message).await,
            MailTransport::SendGrid(guard, config) => sendgrid::send(guard, config, message).await,
            MailTransport::Webhook(guard, config) => {
                let body = json!({
                    "type": "mail",
                    "id": message.id,
                    "to": message.to.to_string(),
                    "subject": one_line(&message.subject),
                    "text": message.text,
                    "html": message.html,
                });
                signed::post(guard, config, &message.id, now, &body).await
            }
        }
    }
}

/// Where mails go.
#[derive(Clone)]
pub enum Mailer {
    /// Transports; the next is tried when one fails.
    Lines(Arc<Lines<MailTransport>>),
    /// Kept for a person or a test to read; `countersign dev` shows it.
    Inbox(Arc<dyn Inbox>),
    /// No transport is configured: every mail fails, and says so.
    Off,
}

impl Mailer {
    /// By these transports, in their order.
    pub fn by(transports: Vec<MailTransport>) -> Mailer {
        if transports.is_empty() { Mailer::Off } else { Mailer::Lines(Arc::new(Lines::new(transports))) }
    }
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

impl Mailer {
    /// Hands one mail over, and says by which transport. `Ok` means that the receiver took responsibility for it.
    pub async fn send(&self, message: &Message, now: Timestamp) -> Result<&'static str, NotSent> {
        match self {
            Mailer::Lines(lines) => lines.send(message, now).await,
            Mailer::Inbox(inbox) => {
                inbox.put(message.clone());
                Ok("inbox")
            }
            Mailer::Off => Err(NotSent::Permanent("no transport for mails in the configuration".to_owned())),
        }
    }
}

/// A header is one line, whatever an app's name contains.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mailer::Lines(_) => "Mailer::Lines",
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
        assert!(matches!(
            Mailer::Off.send(&message, Timestamp::from_micros(0)).await,
            Err(NotSent::Permanent(_))
        ));
        assert!(!format!("{message:?}").contains("secret-link"));
    }
}
