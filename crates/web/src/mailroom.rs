//! From event to mail: what the outbox holds is rendered in the reader's language and handed to the mailer.

use crate::App;
use crate::outbox::{News, Outbox, Told, event};
use crate::view::mail::{Asked, PhoneChange};
use crate::view::{Locale, Mail, MailKind, Moment};
use countersign_core::login::mail::{MailRequest, MailTemplate};
use countersign_outbound::address::Address;
use countersign_outbound::mail::{LiveMailer, Message};
use countersign_outbound::queue::{Attempt, Backoff, Deliver, work};
use countersign_store::outbox::{Delivery, MAIL};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Mails under way at once.
const AT_ONCE: usize = 16;
/// Longer than a mail can take to be handed over.
const LEASE: Duration = Duration::from_secs(120);

/// Sends what the outbox asks for until `stop` turns true; what is under way then is finished.
pub async fn run(app: Arc<App>, mailer: impl Into<LiveMailer>, stop: watch::Receiver<bool>) {
    let mailer = mailer.into();
    // Another node's mails, and retries that fall due, are found by looking.
    let news = News::of(app.db.news(), Some(Duration::from_secs(1)));
    let source = Arc::new(Outbox::new(app.clone(), MAIL, LEASE, news));
    let room = Arc::new(Mailroom { app: app.clone(), mailer, source: source.clone() });
    work(source, room, app, Backoff::default(), AT_ONCE, stop).await;
}

/// Renders and sends.
struct Mailroom {
    app: Arc<App>,
    mailer: LiveMailer,
    source: Arc<Outbox>,
}

impl Deliver<Delivery> for Mailroom {
    async fn deliver(&self, id: &str, delivery: Delivery) -> Attempt {
        let event = event(delivery);
        let Some(wish) = MailRequest::of_event(self.app.vault.as_ref(), &event) else {
            tracing::warn!(id, "a mail cannot be read (erased, or sealed under a key that is gone)");
            self.source.tell(id, Told::because("it cannot be read any more")).await;
            return Attempt::Refused;
        };
        let Some(message) = self.message(id, &wish) else {
            self.source.tell(id, Told::because("it could not be written")).await;
            return Attempt::Refused;
        };
        let result = self.mailer.current().send(&message, self.app.clock.now()).await;
        if let Err(why) = &result {
            tracing::warn!(id, %why, again = why.passes(), "a mail could not be handed over");
        }
        let (attempt, told) = Told::of(result);
        self.source.tell(id, told).await;
        attempt
    }
}

impl Mailroom {
    fn message(&self, id: &str, wish: &MailRequest) -> Option<Message> {
        let locale = Locale::from_tag(&wish.locale).unwrap_or_default();
        let client = wish.client.as_ref().and_then(|c| self.app.directory.client(c));
        let host =
            || url::Url::parse(self.app.site.issuer()).ok().and_then(|u| u.host_str().map(str::to_owned));
        let app = client.map(|c| c.client.name_in(locale.tag()).to_owned()).or_else(host).unwrap_or_default();
        let mail = Mail { locale, app, kind: self.kind(wish)? };
        let rendered = self
            .app
            .view
            .mail(&mail)
            .map_err(|error| tracing::error!(id, %error, "a mail could not be drawn"))
            .ok()?;
        let to = Address::parse(wish.to.typed())
            .map_err(|_| tracing::warn!(id, "a mail has no usable address"))
            .ok()?;
        Some(Message {
            id: id.to_owned(),
            to,
            subject: rendered.subject,
            text: rendered.text,
            html: Some(rendered.html),
        })
    }

    fn emails(&self) -> String {
        self.app.site.url("/account/emails")
    }

    fn phones(&self, change: PhoneChange, asked: Asked) -> MailKind {
        MailKind::PhoneChanged { change, account: self.app.site.url("/account/phones"), asked }
    }

    fn kind(&self, wish: &MailRequest) -> Option<MailKind> {
        let link = wish.path.as_deref().map(|p| self.app.site.url(p));
        let minutes = u32::try_from(wish.expires_at.since(wish.at).as_secs() / 60).unwrap_or(0);
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let at = Moment { at: wish.at.seconds(), now: self.app.clock.now().seconds() };
        let asked = Asked { at, place: some(&wish.network), browser: some(&wish.agent) };
        Some(match (wish.template, wish.user) {
            (MailTemplate::ConfirmEmail, _) => {
                MailKind::ConfirmEmail { link: link?, code: wish.code.clone()?, minutes, asked }
            }
            // Somebody asked for an address without an account: the same rows were written, another mail goes out.
            (MailTemplate::MagicLink | MailTemplate::ResetPassword, None) | (MailTemplate::NoAccount, _) => {
                let sign_up = self.app.policy.load().sign_up.then(|| self.app.site.url("/signup"));
                MailKind::NoAccount { sign_up, asked }
            }
            (MailTemplate::MagicLink, Some(_)) => MailKind::MagicLink { link: link?, minutes, asked },
            (MailTemplate::ResetPassword, Some(_)) => MailKind::ResetPassword { link: link?, minutes, asked },
            (MailTemplate::NewSignIn, _) => MailKind::NewSignIn { not_me: link?, known: false, asked },
            (MailTemplate::NewSession, _) => MailKind::NewSignIn { not_me: link?, known: true, asked },
            (MailTemplate::PasswordChanged, _) => {
                MailKind::PasswordChanged { reset: self.app.site.url("/forgot"), asked }
            }
            (MailTemplate::AccessEnded, _) => {
                MailKind::AccessEnded { apps: self.app.site.url("/account/apps"), asked }
            }
            (MailTemplate::IdentityLinked, _) => MailKind::IdentityLinked {
                name: wish.about.clone()?,
                account: self.app.site.url("/account/linked"),
                asked,
            },
            (MailTemplate::IdentityUnlinked, _) => MailKind::IdentityUnlinked {
                name: wish.about.clone()?,
                account: self.app.site.url("/account/linked"),
                asked,
            },
            (MailTemplate::AddEmail, _) => match wish.code.clone() {
                Some(code) => MailKind::AddEmail { code, minutes, asked },
                None => MailKind::EmailElsewhere { sign_in: self.app.site.url("/account"), asked },
            },
            (MailTemplate::EmailAdded, _) => {
                MailKind::EmailAdded { address: wish.detail.clone()?, account: self.emails(), asked }
            }
            (MailTemplate::EmailPrimary, _) => {
                MailKind::EmailPrimary { address: wish.detail.clone()?, account: self.emails(), asked }
            }
            (MailTemplate::EmailRemoved, _) => {
                MailKind::EmailRemoved { address: wish.detail.clone()?, account: self.emails(), asked }
            }
            (MailTemplate::AccountLeaving, _) => {
                let until = wish.about.as_deref()?.parse().ok()?;
                MailKind::AccountLeaving { until, sign_in: self.app.site.url("/account"), asked }
            }
            (MailTemplate::AccountKept, _) => {
                MailKind::AccountKept { account: self.app.site.url("/account"), asked }
            }
            (MailTemplate::PhoneAdded, _) => self.phones(PhoneChange::Added, asked),
            (MailTemplate::PhoneRemoved, _) => self.phones(PhoneChange::Removed, asked),
            (MailTemplate::PhoneChosen, _) => self.phones(PhoneChange::Chosen, asked),
            (MailTemplate::AccountExists, _) => {
                MailKind::AccountExists { sign_in: self.app.site.url("/account"), asked }
            }
        })
    }
}
