//! Is a new password known from a breach? A list on this machine says so, or a source that learns only the first digits
//! of its hash, or both. Where neither can answer the password is taken: a broken list keeps nobody out.

use axum::http::Method;
use axum::http::header::{ACCEPT, HeaderName};
use countersign_core::account::NewPassword;
use countersign_keys::breached::List;
use countersign_keys::breached::range::Question;
use countersign_outbound::guard::{Guard, Trust};
use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Longer nobody waits for the source.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// After a failure it is not asked for so long.
const PAUSE: Duration = Duration::from_secs(30);

/// What is known of breaches.
#[derive(Default)]
pub struct Breached {
    list: Option<Arc<List<File>>>,
    source: Option<Source>,
    unanswered: AtomicU64,
}

struct Source {
    url: Url,
    guard: Guard,
    rests_until: Mutex<Option<Instant>>,
}

impl Breached {
    /// Asks these.
    pub fn new(list: Option<List<File>>, source: Option<(Url, Guard)>) -> Self {
        let source = source.map(|(url, guard)| Source { url, guard, rests_until: Mutex::default() });
        Self { list: list.map(Arc::new), source, unanswered: AtomicU64::new(0) }
    }

    /// Questions that nothing answered since the start or the last reload.
    pub fn unanswered(&self) -> u64 {
        self.unanswered.load(Ordering::Relaxed)
    }

    /// Is this one known?
    pub async fn knows(&self, password: &NewPassword) -> bool {
        if let Some(list) = self.list.clone() {
            let password = password.clone();
            // Two reads of a file, which may be on a slow disk.
            let asked = tokio::task::spawn_blocking(move || list.has(password.expose())).await;
            match asked {
                Ok(Ok(true)) => return true,
                Ok(Ok(false)) => {}
                Ok(Err(error)) => self.failed("list", &error),
                Err(error) => self.failed("list", &error),
            }
        }
        let Some(source) = &self.source else { return false };
        if source.rests() {
            return false;
        }
        match tokio::time::timeout(PATIENCE, source.ask(password)).await {
            Ok(Ok(known)) => known,
            Ok(Err(why)) => {
                source.rest();
                self.failed("source", &why);
                false
            }
            Err(_) => {
                source.rest();
                self.failed("source", &"no answer in time");
                false
            }
        }
    }

    fn failed(&self, which: &str, cause: &dyn std::fmt::Display) {
        let count = self.unanswered.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::warn!(which, %cause, count, "a new password could not be looked up among breached ones, and was taken");
    }
}

impl Source {
    async fn ask(&self, password: &NewPassword) -> Result<bool, String> {
        let question = Question::of(password.expose());
        let address = format!("{}{}", self.url, question.prefix);
        let url = Url::parse(&address).map_err(|error| error.to_string())?;
        // How long an answer is would tell which group was asked for.
        let headers = [(ACCEPT, "text/plain"), (HeaderName::from_static("add-padding"), "true")];
        let sent = self.guard.send(Method::GET, &url, Trust::Operator, &headers, Vec::new()).await;
        let reply = sent.map_err(|error| error.to_string())?;
        match reply.status {
            200 => Ok(question.answered(&reply.body)),
            status => Err(format!("it answered {status}")),
        }
    }

    fn rests(&self) -> bool {
        let until = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    fn rest(&self) {
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + PAUSE);
    }
}
