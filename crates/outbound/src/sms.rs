//! Text messages: one to one phone, by an HTTP interface, the operator's own program, or into the inbox of
//! `countersign dev`.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_core::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value as Json, json};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::carry::{Lines, NotSent, Transport, judge};
use crate::guard::{Guard, Reply, Trust};
use crate::signed::{self, WebhookConfig};

/// One text message. Carries a code, so it does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    /// The outbox id, the same in every try.
    pub id: String,
    /// The only recipient, E.164: a plus sign and digits.
    pub to: String,
    /// What it says.
    pub text: String,
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text").field("id", &self.id).finish_non_exhaustive()
    }
}

/// An account at Twilio, or at who speaks like it.
#[derive(Clone, Debug)]
pub struct TwilioConfig {
    /// `https://api.twilio.com`, or the other's.
    pub base: Url,
    /// The account's id, part of the address and the user name.
    pub account: String,
    /// The password.
    pub token: SecretString,
    /// A number, a name, or the id of a messaging service (`MG..`).
    pub from: String,
}

impl TwilioConfig {
    /// Would messages leave in the same way?
    pub fn is_same(&self, other: &TwilioConfig) -> bool {
        let plain = |it: &TwilioConfig| (it.base.clone(), it.account.clone(), it.from.clone());
        plain(self) == plain(other) && self.token.expose_secret() == other.token.expose_secret()
    }

    fn address(&self, last: &str) -> Option<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(["2010-04-01", "Accounts"]);
        match last {
            // The account itself.
            "" => url.path_segments_mut().ok()?.push(&format!("{}.json", self.account)),
            last => url.path_segments_mut().ok()?.push(&self.account).push(last),
        };
        Some(url)
    }

    fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.account, self.token.expose_secret())))
    }
}

/// One way for text messages to leave.
pub enum SmsTransport {
    /// Twilio, or who speaks like it.
    Twilio(Guard, TwilioConfig),
    /// The operator's own program sends it.
    Webhook(Guard, WebhookConfig),
}

impl SmsTransport {
    /// Looks whether a message could leave by it, without sending one. For `doctor`.
    pub async fn probe(&self) -> Result<(), NotSent> {
        match self {
            SmsTransport::Twilio(guard, config) => {
                let url = config.address("").ok_or_else(no_address)?;
                let headers = [(AUTHORIZATION, config.basic())];
                let headers: Vec<_> =
                    headers.iter().map(|(name, value)| (name.clone(), value.as_str())).collect();
                let asked = guard.send(reqwest::Method::GET, &url, Trust::Operator, &headers, Vec::new());
                judge(asked.await, of_this)
            }
            SmsTransport::Webhook(guard, config) => signed::probe(guard, config).await,
        }
    }
}

impl Transport<Text> for SmsTransport {
    fn name(&self) -> &'static str {
        match self {
            SmsTransport::Twilio(..) => "twilio",
            SmsTransport::Webhook(..) => "sms_webhook",
        }
    }
    async fn carry(&self, text: &Text, now: Timestamp) -> Result<(), NotSent> {
        match self {
            SmsTransport::Twilio(guard, config) => twilio(guard, config, text).await,
            SmsTransport::Webhook(guard, config) => {
                let body = json!({ "type": "sms", "id": text.id, "to": text.to, "text": text.text });
                signed::post(guard, config, &text.id, now, &body).await
            }
        }
    }
}

async fn twilio(guard: &Guard, config: &TwilioConfig, text: &Text) -> Result<(), NotSent> {
    let url = config.address("Messages.json").ok_or_else(no_address)?;
    let service = config.from.starts_with("MG") && config.from.len() == 34;
    let form = Serializer::new(String::new())
        .append_pair("To", &text.to)
        .append_pair(if service { "MessagingServiceSid" } else { "From" }, &config.from)
        .append_pair("Body", &text.text)
        .finish();
    let basic = config.basic();
    let headers = [(CONTENT_TYPE, "application/x-www-form-urlencoded"), (AUTHORIZATION, basic.as_str())];
    judge(guard.post(&url, Trust::Operator, &headers, form.into_bytes()).await, of_this)
}

/// Codes of the service that say of the phone what another service would find too: no number, one whose person wants
/// nothing from us, one that takes no text messages.
const OF_THE_PHONE: [i64; 3] = [21_211, 21_610, 21_614];
/// Codes of the service that are about one message.
const OF_THE_MESSAGE: RangeInclusive<i64> = 21_000..=21_999;

/// The number that the service gives its refusal tells whether another service may send it. Its words quote the phone.
fn of_this(reply: &Reply) -> Option<NotSent> {
    if !matches!(reply.status, 400 | 403) {
        return None;
    }
    let json: Json = serde_json::from_slice(&reply.body).ok()?;
    let code = json.get("code")?.as_i64()?;
    let text = format!("answered {}, code {code}", reply.status);
    match code {
        _ if OF_THE_PHONE.contains(&code) => Some(NotSent::Permanent(text)),
        _ if OF_THE_MESSAGE.contains(&code) => Some(NotSent::Unfit(text)),
        _ => (reply.status == 400).then_some(NotSent::Permanent(text)),
    }
}

fn no_address() -> NotSent {
    NotSent::Permanent("the address of the interface takes no path".to_owned())
}

/// Where text messages go.
#[derive(Clone)]
pub enum Texter {
    /// Transports; the next is tried when one fails.
    Lines(Arc<Lines<SmsTransport>>),
    /// Kept for a person or a test to read; `countersign dev` shows it.
    Inbox(Arc<dyn SmsInbox>),
    /// No transport is configured: every message fails, and says so.
    Off,
}

/// Takes text messages in place of a network.
pub trait SmsInbox: Send + Sync + 'static {
    /// Keeps one.
    fn put(&self, text: Text);
}

impl Texter {
    /// By these transports, in their order.
    pub fn by(transports: Vec<SmsTransport>) -> Texter {
        if transports.is_empty() { Texter::Off } else { Texter::Lines(Arc::new(Lines::new(transports))) }
    }

    /// Hands one message over, and says by which transport.
    pub async fn send(&self, text: &Text, now: Timestamp) -> Result<&'static str, NotSent> {
        match self {
            Texter::Lines(lines) => lines.send(text, now).await,
            Texter::Inbox(inbox) => {
                inbox.put(text.clone());
                Ok("inbox")
            }
            Texter::Off => {
                Err(NotSent::Permanent("no transport for text messages in the configuration".to_owned()))
            }
        }
    }
}

impl fmt::Debug for Texter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Texter::Lines(_) => "Texter::Lines",
            Texter::Inbox(_) => "Texter::Inbox",
            Texter::Off => "Texter::Off",
        })
    }
}

/// The texter in force; clones share an exchange.
#[derive(Clone, Debug)]
pub struct LiveTexter {
    texter: Arc<ArcSwap<Texter>>,
}

impl LiveTexter {
    /// The texter as it is now; hold it for one message.
    pub fn current(&self) -> Arc<Texter> {
        self.texter.load_full()
    }

    /// From the next message on, this texter.
    pub fn exchange(&self, texter: Texter) {
        self.texter.store(Arc::new(texter));
    }
}

impl From<Texter> for LiveTexter {
    fn from(texter: Texter) -> Self {
        LiveTexter { texter: Arc::new(ArcSwap::from_pointee(texter)) }
    }
}
