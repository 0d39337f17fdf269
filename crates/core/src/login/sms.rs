//! Text messages as events, like mails: the outbox carries them in the commit of the act they tell of.

use crate::account::PhoneNumber;
use crate::secret::{base64url, from_base64url};
use crate::{ClientId, Ctx, Event, EventKind, Id, Timestamp, Vault, id};
use serde::{Deserialize, Serialize};

/// What a text message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsTemplate {
    /// Six digits that prove a number.
    ConfirmPhone,
}

/// A text message that is wanted.
#[derive(Clone)]
pub struct SmsRequest {
    /// What it says.
    pub template: SmsTemplate,
    /// To which number.
    pub to: PhoneNumber,
    /// Six digits.
    pub code: String,
    /// In which language.
    pub locale: String,
    /// The app it is about.
    pub client: Option<ClientId>,
    /// Whose account.
    pub user: Id<id::User>,
    /// The flow it belongs to.
    pub flow: Option<Id<id::Flow>>,
    /// When it was asked for.
    pub at: Timestamp,
    /// It is pointless from then on.
    pub expires_at: Timestamp,
}

const PURPOSE: &str = "sms";

impl SmsRequest {
    /// The event. The code is sealed: a reader of the outbox cannot use it.
    pub fn event(self, ctx: &Ctx<'_>) -> Event {
        let template = serde_json::to_value(self.template).unwrap_or_default();
        let mut event = Event::new(EventKind::SmsRequested, self.at)
            .user(self.user)
            .data("template", template)
            .data("locale", self.locale)
            .data("expires_at", self.expires_at.micros())
            .personal("number", self.to.as_str())
            .personal("sealed", base64url(&ctx.vault.seal(PURPOSE, b"", self.code.as_bytes())));
        event.client = self.client;
        event.flow = self.flow;
        event
    }
    /// What the worker reads; `None` for an event that is none, or whose person was erased.
    pub fn of_event(vault: &dyn Vault, event: &Event) -> Option<Self> {
        if event.kind != EventKind::SmsRequested {
            return None;
        }
        let personal = |name: &str| event.personal.get(name).and_then(|v| v.as_str());
        let sealed = from_base64url(personal("sealed")?)?;
        let code = vault.open(PURPOSE, b"", &sealed)?;
        Some(Self {
            template: serde_json::from_value(event.data.get("template")?.clone()).ok()?,
            to: PhoneNumber::parse(personal("number")?).ok()?,
            code: String::from_utf8(code.to_vec()).ok()?,
            locale: event.data.get("locale")?.as_str()?.to_owned(),
            client: event.client.clone(),
            user: event.user?,
            flow: event.flow,
            at: event.at,
            expires_at: Timestamp::from_micros(event.data.get("expires_at")?.as_i64()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;

    #[test]
    fn the_event_holds_no_code_in_clear_and_the_worker_reads_it() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let wish = SmsRequest {
            template: SmsTemplate::ConfirmPhone,
            to: PhoneNumber::parse("+4915112345678").unwrap(),
            code: "402913".into(),
            locale: "de".into(),
            client: None,
            user: Id::new(&ctx),
            flow: None,
            at: ctx.now,
            expires_at: ctx.now,
        };
        let event = wish.event(&ctx);
        assert!(!format!("{event:?}").contains("402913"));
        let read = SmsRequest::of_event(ctx.vault, &event).unwrap();
        assert_eq!((read.code.as_str(), read.to.as_str()), ("402913", "+4915112345678"));
        assert!(SmsRequest::of_event(ctx.vault, &Event::new(EventKind::UserCreated, ctx.now)).is_none());
    }
}
