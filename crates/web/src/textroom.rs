//! From event to text message, like the mailroom, with a queue of its own: neither delays the other.

use crate::App;
use crate::outbox::{News, Outbox, Told, event};
use crate::view::{Locale, Sms};
use countersign_core::login::sms::{SmsRequest, SmsTemplate};
use countersign_outbound::queue::{Attempt, Backoff, Deliver, work};
use countersign_outbound::sms::{LiveTexter, Text};
use countersign_store::outbox::{Delivery, SMS};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Messages under way at once.
const AT_ONCE: usize = 16;
/// Longer than a message can take to be handed over.
const LEASE: Duration = Duration::from_secs(120);

/// Sends what the outbox asks for until `stop` turns true; what is under way then is finished.
pub async fn run(app: Arc<App>, texter: impl Into<LiveTexter>, stop: watch::Receiver<bool>) {
    let texter = texter.into();
    let news = News::of(app.db.news(), Some(Duration::from_secs(1)));
    let source = Arc::new(Outbox::new(app.clone(), SMS, LEASE, news));
    let room = Arc::new(Textroom { app: app.clone(), texter, source: source.clone() });
    work(source, room, app, Backoff::default(), AT_ONCE, stop).await;
}

struct Textroom {
    app: Arc<App>,
    texter: LiveTexter,
    source: Arc<Outbox>,
}

impl Deliver<Delivery> for Textroom {
    async fn deliver(&self, id: &str, delivery: Delivery) -> Attempt {
        let event = event(delivery);
        let Some(wish) = SmsRequest::of_event(self.app.vault.as_ref(), &event) else {
            tracing::warn!(id, "a text message cannot be read (erased, or sealed under a key that is gone)");
            self.source.tell(id, Told::because("it cannot be read any more")).await;
            return Attempt::Refused;
        };
        let result = self.texter.current().send(&self.text(id, &wish), self.app.clock.now()).await;
        if let Err(why) = &result {
            tracing::warn!(id, %why, again = why.passes(), "a text message could not be handed over");
        }
        let (attempt, told) = Told::of(result);
        self.source.tell(id, told).await;
        attempt
    }
}

impl Textroom {
    fn text(&self, id: &str, wish: &SmsRequest) -> Text {
        let issuer = url::Url::parse(self.app.site.issuer()).ok();
        let host = issuer.as_ref().and_then(|it| it.host_str()).unwrap_or_default().to_owned();
        let client = wish.client.as_ref().and_then(|it| self.app.directory.client(it));
        let SmsTemplate::ConfirmPhone = wish.template;
        let locale = Locale::from_tag(&wish.locale).unwrap_or_default();
        let sms = Sms {
            locale,
            app: client.map_or_else(|| host.clone(), |it| it.client.name_in(locale.tag()).to_owned()),
            code: wish.code.clone(),
            minutes: u32::try_from(wish.expires_at.since(wish.at).as_secs() / 60).unwrap_or(0),
            // Browsers fill a code in by itself only at the site that is named in it.
            site: self.app.site.https().then_some(host),
        };
        Text { id: id.to_owned(), to: wish.to.as_str().to_owned(), text: self.app.view.sms(&sms) }
    }
}
