//! Mails as events: the outbox carries them in the commit of the act they tell of.

use super::asker::Asker;
use crate::account::EmailAddress;
use crate::secret::{base64url, from_base64url};
use crate::{ClientId, Ctx, Event, EventKind, Id, Timestamp, Vault, id};
use serde::{Deserialize, Serialize};

/// What a mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTemplate {
    /// Confirm this address: link and six digits.
    ConfirmEmail,
    /// Sign in by link.
    MagicLink,
    /// Choose a new password.
    ResetPassword,
    /// A sign-in from a browser not seen before.
    NewSignIn,
    /// A sign-in from a browser that is known.
    NewSession,
    /// The password was changed.
    PasswordChanged,
    /// A code or an old refresh token came back: an app's access has ended (RFC 9700 4.14.2).
    AccessEnded,
    /// Somebody tried to sign up with an address that has an account.
    AccountExists,
    /// Somebody asked for a link to an address without an account.
    NoAccount,
    /// An account at a provider was linked.
    IdentityLinked,
    /// A linked account was taken away.
    IdentityUnlinked,
    /// A phone was proved.
    PhoneAdded,
    /// A phone was taken away.
    PhoneRemoved,
    /// Apps are told another phone.
    PhoneChosen,
    /// Six digits for an address that somebody adds to their account; without digits: it belongs to another one.
    AddEmail,
    /// An address was added to the account.
    EmailAdded,
    /// Another address is the one that apps are told.
    EmailPrimary,
    /// An address was taken away.
    EmailRemoved,
    /// The person asked for the deletion of the account: until when it may be kept, and how.
    AccountLeaving,
    /// The account stays.
    AccountKept,
}

/// A mail that is wanted.
#[derive(Clone)]
pub struct MailRequest {
    /// What it says.
    pub template: MailTemplate,
    /// To whom.
    pub to: EmailAddress,
    /// In which language.
    pub locale: String,
    /// The app it is about.
    pub client: Option<ClientId>,
    /// Whose account.
    pub user: Option<Id<id::User>>,
    /// The flow it belongs to.
    pub flow: Option<Id<id::Flow>>,
    /// Our path with the secret in it, without the issuer in front.
    pub path: Option<String>,
    /// Six digits.
    pub code: Option<String>,
    /// What it is about, in a word that people know: a provider.
    pub about: Option<String>,
    /// What it is about, where that is nobody else's to know: an address. Sealed.
    pub detail: Option<String>,
    /// Browser of whoever asked.
    pub agent: String,
    /// Where whoever asked was; cut.
    pub network: String,
    /// When it was asked for.
    pub at: Timestamp,
    /// The mail is pointless from then on.
    pub expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Secrets {
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

const PURPOSE: &str = "mail";

impl MailRequest {
    /// A mail of this kind to this address, with nothing secret in it.
    pub fn new(
        template: MailTemplate,
        to: &EmailAddress,
        asker: &Asker,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            template,
            to: to.clone(),
            locale: asker.locale.clone(),
            client: None,
            user: None,
            flow: None,
            path: None,
            code: None,
            about: None,
            detail: None,
            agent: asker.agent.clone(),
            network: asker.network.clone(),
            at,
            expires_at,
        }
    }
    /// The event. Link and code are sealed: a reader of the outbox cannot use them.
    pub fn event(self, ctx: &Ctx<'_>) -> Event {
        let template = serde_json::to_value(self.template).unwrap_or_default();
        let secrets = serde_json::to_vec(&Secrets { path: self.path, code: self.code, detail: self.detail })
            .unwrap_or_default();
        let mut event = Event::new(EventKind::MailRequested, self.at)
            .data("template", template)
            .data("locale", self.locale)
            .data("expires_at", self.expires_at.micros())
            .personal("address", self.to.typed())
            .personal("agent", self.agent)
            .personal("network", self.network)
            .personal("sealed", base64url(&ctx.vault.seal(PURPOSE, b"", &secrets)));
        if let Some(about) = self.about {
            event = event.data("about", about);
        }
        event.user = self.user;
        event.client = self.client;
        event.flow = self.flow;
        event
    }
    /// What the worker reads; `None` for an event that is no mail, or whose person was erased.
    pub fn of_event(vault: &dyn Vault, event: &Event) -> Option<Self> {
        if event.kind != EventKind::MailRequested {
            return None;
        }
        let personal = |name: &str| event.personal.get(name).and_then(|v| v.as_str());
        let sealed = from_base64url(personal("sealed")?)?;
        let secrets: Secrets = serde_json::from_slice(&vault.open(PURPOSE, b"", &sealed)?).ok()?;
        Some(Self {
            template: serde_json::from_value(event.data.get("template")?.clone()).ok()?,
            to: EmailAddress::parse(personal("address")?).ok()?,
            locale: event.data.get("locale")?.as_str()?.to_owned(),
            client: event.client.clone(),
            user: event.user,
            flow: event.flow,
            path: secrets.path,
            code: secrets.code,
            detail: secrets.detail,
            about: event.data.get("about").and_then(|it| it.as_str()).map(str::to_owned),
            agent: personal("agent").unwrap_or_default().to_owned(),
            network: personal("network").unwrap_or_default().to_owned(),
            at: event.at,
            expires_at: Timestamp::from_micros(event.data.get("expires_at")?.as_i64()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;
    use crate::login::asker::tests::asker;

    #[test]
    fn the_event_holds_no_link_in_clear_and_the_worker_reads_it() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let to = EmailAddress::parse("Anna@x.test").unwrap();
        let mut mail = MailRequest::new(MailTemplate::MagicLink, &to, &asker(&ctx), ctx.now, ctx.now);
        mail.path = Some("/login/link/open?link=SECRET".into());
        mail.code = Some("402913".into());
        let event = mail.event(&ctx);
        let text = format!("{event:?}");
        assert!(!text.contains("SECRET") && !text.contains("402913"));
        let read = MailRequest::of_event(ctx.vault, &event).unwrap();
        assert_eq!(read.path.as_deref(), Some("/login/link/open?link=SECRET"));
        assert_eq!((read.code.as_deref(), read.to.typed()), (Some("402913"), "Anna@x.test"));
        assert!(MailRequest::of_event(ctx.vault, &Event::new(EventKind::UserCreated, ctx.now)).is_none());
    }
}
