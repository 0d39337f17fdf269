//! The HTTP interface of SendGrid, which others speak too: `POST /v3/mail/send` with a bearer key.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value as Json, json};
use url::Url;

use super::{Message, Sender};
use crate::carry::{NotSent, judge};
use crate::guard::{Guard, Reply, Trust};

/// Where, with which key, and in whose name.
#[derive(Clone, Debug)]
pub struct SendGridConfig {
    /// The whole address, `https://api.sendgrid.com/v3/mail/send`.
    pub url: Url,
    /// The bearer key.
    pub key: SecretString,
    /// Who the mails come from.
    pub from: Sender,
}

impl SendGridConfig {
    /// Would mails leave in the same way?
    pub fn is_same(&self, other: &SendGridConfig) -> bool {
        self.url == other.url
            && self.from == other.from
            && self.key.expose_secret() == other.key.expose_secret()
    }
}

/// Hands one mail over.
pub(super) async fn send(guard: &Guard, config: &SendGridConfig, message: &Message) -> Result<(), NotSent> {
    let bearer = format!("Bearer {}", config.key.expose_secret());
    let headers = [(CONTENT_TYPE, "application/json"), (AUTHORIZATION, bearer.as_str())];
    let body = body(&config.from, message).to_string().into_bytes();
    judge(guard.post(&config.url, Trust::Operator, &headers, body).await, of_this)
}

/// Asks the service to check a mail and not to send it. For `doctor`.
pub(super) async fn probe(guard: &Guard, config: &SendGridConfig, message: &Message) -> Result<(), NotSent> {
    let bearer = format!("Bearer {}", config.key.expose_secret());
    let headers = [(CONTENT_TYPE, "application/json"), (AUTHORIZATION, bearer.as_str())];
    let mut body = body(&config.from, message);
    if let Some(settings) = body.as_object_mut() {
        settings.insert("mail_settings".to_owned(), json!({ "sandbox_mode": { "enable": true } }));
    }
    judge(guard.post(&config.url, Trust::Operator, &headers, body.to_string().into_bytes()).await, of_this)
}

/// It hands mails on later, so what it refuses is what it cannot send, such as a recipient with letters beyond ASCII, and
/// nothing that the recipient's own server has said.
fn of_this(reply: &Reply) -> Option<NotSent> {
    matches!(reply.status, 400 | 422).then(|| NotSent::Unfit(format!("answered {}", reply.status)))
}

fn body(from: &Sender, message: &Message) -> Json {
    let mut sender = json!({ "email": from.address.to_string() });
    if let (Some(sender), Some(name)) = (sender.as_object_mut(), &from.name) {
        sender.insert("name".to_owned(), Json::from(name.as_str()));
    }
    // Plain text first: the interface wants its parts in this order.
    let mut content = vec![json!({ "type": "text/plain", "value": message.text })];
    content.extend(message.html.as_ref().map(|html| json!({ "type": "text/html", "value": html })));
    let off = json!({ "enable": false });
    json!({
        "personalizations": [{ "to": [{ "email": message.to.to_string() }] }],
        "from": sender,
        "subject": super::one_line(&message.subject),
        "content": content,
        // RFC 3834: keeps out-of-office robots from answering.
        "headers": { "Auto-Submitted": "auto-generated" },
        "custom_args": { "id": message.id },
        // A sign-in link that is rewritten goes through the hands of others, and their robots open it.
        "tracking_settings": {
            "click_tracking": { "enable": false, "enable_text": false },
            "open_tracking": off,
            "subscription_tracking": off,
        },
    })
}
