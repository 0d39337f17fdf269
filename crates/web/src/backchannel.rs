//! OpenID Connect Back-Channel Logout 1.0: apps hear that a session has ended, each from a queue of its own.

use crate::App;
use crate::oauth::token::jose;
use crate::outbox::{News, Outbox, event};
use countersign_core::oauth::backchannel_logout::{Heard, LogoutNotice, TYP};
use countersign_keys::SignRequest;
use countersign_outbound::queue::{Attempt, Backoff, Deliver, work};
use countersign_store::outbox::{Delivery, Due, LOGOUT};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;

/// Logout tokens on their way to one app at once.
const AT_ONCE: usize = 4;
/// Longer than all that one app has under way can take.
const LEASE: Duration = Duration::from_secs(60);

/// Tells apps until `stop` turns true; what is under way then is finished. An app gets a worker when the first token for
/// it is due.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut news = app.db.news();
    let mut bells: HashMap<String, watch::Sender<u64>> = HashMap::new();
    let mut workers = JoinSet::new();
    while !*stop.borrow() {
        match app.db.read(Due { prefix: LOGOUT, now: app.clock.now() }).await {
            Ok(due) => {
                for receiver in due {
                    let bell = bells.entry(receiver).or_insert_with_key(|receiver| {
                        let (bell, rung) = watch::channel(0);
                        workers.spawn(tell(app.clone(), receiver.clone(), rung, stop.clone()));
                        bell
                    });
                    bell.send_modify(|rings| *rings = rings.wrapping_add(1));
                }
            }
            Err(error) => tracing::warn!(%error, "what is due to apps cannot be read"),
        }
        tokio::select! {
            // Another node's ends, and retries that fall due, are found by looking.
            _ = tokio::time::timeout(Duration::from_secs(1), news.changed()) => {}
            _ = stop.changed() => break,
        }
    }
    while workers.join_next().await.is_some() {}
}

async fn tell(app: Arc<App>, receiver: String, rung: watch::Receiver<u64>, stop: watch::Receiver<bool>) {
    let source = Arc::new(Outbox::new(app.clone(), receiver, LEASE, News::of(rung, None)));
    let post = Arc::new(Post { app: app.clone(), failing: AtomicBool::new(false), one: Mutex::new(()) });
    work(source, post, app, Backoff::default(), AT_ONCE, stop).await;
}

/// Tells one app.
struct Post {
    app: Arc<App>,
    /// It failed the last time: then one at a time, so that a dead app takes no more than one of the connections that all
    /// share.
    failing: AtomicBool,
    one: Mutex<()>,
}

impl Deliver<Delivery> for Post {
    async fn deliver(&self, id: &str, delivery: Delivery) -> Attempt {
        let attempt = delivery.attempt;
        let Some(notice) = LogoutNotice::of_event(&event(delivery)) else {
            tracing::error!(id, "an event in a queue for logout tokens is none");
            return Attempt::Refused;
        };
        let _alone = if self.failing.load(Ordering::Relaxed) { Some(self.one.lock().await) } else { None };
        let Some(heard) = self.post(id, attempt, &notice).await else { return Attempt::Refused };
        let client = notice.client.as_str();
        self.failing.store(matches!(heard, Heard::Again(_)), Ordering::Relaxed);
        self.app.trace.line(notice.flow, || notice.step(&heard, self.app.clock.now()));
        match heard {
            Heard::Done => Attempt::Delivered,
            Heard::Refused => {
                tracing::warn!(id, client, "the app refused a logout token");
                Attempt::Refused
            }
            Heard::Again(why) => {
                tracing::warn!(id, client, why, "a logout token did not reach its app");
                Attempt::Failed
            }
        }
    }
}

impl Post {
    /// `None`: the app does not want to hear any more, or is switched off.
    async fn post(&self, id: &str, attempt: i64, notice: &LogoutNotice) -> Option<Heard> {
        let entry = self.app.directory.client(&notice.client)?;
        let uri = url::Url::parse(entry.client.backchannel_logout_uri.as_deref()?).ok()?;
        // Signed anew for each attempt: a token lives for two minutes.
        let env = self.app.env();
        let payload = notice.token(id, attempt, &env.ctx()).to_json();
        let alg = jose(entry.client.id_token_signed_response_alg);
        let request = SignRequest { alg, typ: Some(TYP), payload: &payload, now: env.now };
        let token = match self.app.keys.sign(request).await {
            Ok(token) => token,
            Err(error) => return Some(Heard::Again(error.to_string())),
        };
        // A JWT has no character that a form would encode.
        let form = format!("logout_token={token}");
        Some(match self.app.client_keys.guard().post_form(&uri, entry.trust, form).await {
            Ok(reply) => Heard::of_status(reply.status),
            Err(error) => Heard::Again(error.to_string()),
        })
    }
}
