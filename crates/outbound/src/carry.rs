//! Handing one message over by the first transport that takes it. What holds for mails holds for text messages.

use std::sync::Mutex;
use std::time::Duration;

use countersign_core::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::guard::{GuardError, Reply};

/// Why a message did not leave. Safe for the log and for the trail of a person: what a server says in its own words may
/// quote the recipient, so only its codes are kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The transport is not there, does not answer, or takes nothing from us: no fault of this message.
    #[error("{0}")]
    Away(String),
    /// Not this message now: another try may end well.
    #[error("{0}")]
    Transient(String),
    /// Never this message by this transport, which is well. Another transport may take it.
    #[error("{0}")]
    Unfit(String),
    /// Another try would end the same way, by whatever transport.
    #[error("{0}")]
    Permanent(String),
}

impl NotSent {
    /// Is another try worth it?
    pub fn passes(&self) -> bool {
        match self {
            NotSent::Away(_) | NotSent::Transient(_) => true,
            NotSent::Unfit(_) | NotSent::Permanent(_) => false,
        }
    }
}

/// One way out.
pub trait Transport<M>: Send + Sync + 'static {
    /// As in the configuration; stands in logs and in the trail.
    fn name(&self) -> &'static str;
    /// Tries once. `Ok`: the other side took responsibility.
    fn carry(&self, message: &M, now: Timestamp) -> impl Future<Output = Result<(), NotSent>> + Send;
}

/// Transports in the order in which they are tried. One that is away is passed by for a while, so that its silence
/// costs a few messages their time and not all of them.
pub struct Lines<T> {
    lines: Vec<Line<T>>,
    patience: Duration,
}

struct Line<T> {
    transport: T,
    slots: Semaphore,
    rests_until: Mutex<Option<Instant>>,
}

/// Messages that one transport may have in its hands.
const AT_ONCE: usize = 8;
/// For one hand-over where nobody else could take it.
const ALONE: Duration = Duration::from_secs(20);
/// For one hand-over where somebody else can.
const FIRST: Duration = Duration::from_secs(10);
/// So long a transport that was away is tried last.
const REST: Duration = Duration::from_secs(30);

impl<T> Lines<T> {
    /// In this order.
    pub fn new(transports: Vec<T>) -> Lines<T> {
        let patience = if transports.len() > 1 { FIRST } else { ALONE };
        let line =
            |transport| Line { transport, slots: Semaphore::new(AT_ONCE), rests_until: Mutex::default() };
        Lines { lines: transports.into_iter().map(line).collect(), patience }
    }

    /// Another limit for one hand-over.
    pub fn patience(mut self, patience: Duration) -> Lines<T> {
        self.patience = patience;
        self
    }

    /// Each transport, for a look at it.
    pub fn transports(&self) -> impl Iterator<Item = &T> {
        self.lines.iter().map(|line| &line.transport)
    }

    /// Hands a message over, and says which transport took it. Where one fails, does not answer in time or cannot take
    /// this message, the next one is tried at once; a refusal for good ends it. Another time is worth it if any of them
    /// might take it then.
    pub async fn send<M: Sync>(&self, message: &M, now: Timestamp) -> Result<&'static str, NotSent>
    where
        T: Transport<M>,
    {
        let (awake, resting): (Vec<_>, Vec<_>) = self.lines.iter().partition(|line| !line.rests());
        let order: Vec<_> = awake.into_iter().chain(resting).collect();
        let mut failed: Option<NotSent> = None;
        for (at, line) in order.iter().enumerate() {
            let name = line.transport.name();
            let last = at + 1 == order.len();
            let error = match self.try_one(line, last, message, now).await {
                Ok(()) => return Ok(name),
                Err(NotSent::Permanent(why)) => return Err(NotSent::Permanent(format!("{name}: {why}"))),
                Err(error) => error,
            };
            if !last {
                tracing::warn!(transport = name, why = %error, "tried by the next transport");
            }
            let text = |before: &NotSent| format!("{before}; {name}: {error}");
            let text = failed.as_ref().map_or_else(|| format!("{name}: {error}"), text);
            let passes = error.passes() || failed.as_ref().is_some_and(NotSent::passes);
            failed = Some(if passes { NotSent::Transient(text) } else { NotSent::Permanent(text) });
        }
        Err(failed.unwrap_or_else(|| NotSent::Permanent("no transport is configured".to_owned())))
    }

    async fn try_one<M: Sync>(
        &self,
        line: &Line<T>,
        last: bool,
        message: &M,
        now: Timestamp,
    ) -> Result<(), NotSent>
    where
        T: Transport<M>,
    {
        let busy = || NotSent::Transient("busy with other messages".to_owned());
        let _slot = if last {
            let slot = tokio::time::timeout(self.patience, line.slots.acquire()).await;
            slot.ok().and_then(Result::ok).ok_or_else(busy)?
        } else {
            line.slots.try_acquire().map_err(|_| busy())?
        };
        let result = match tokio::time::timeout(self.patience, line.transport.carry(message, now)).await {
            Ok(result) => result,
            Err(_) => Err(NotSent::Away("no answer in time".to_owned())),
        };
        match &result {
            Ok(()) => line.rest(None),
            Err(NotSent::Away(_)) => line.rest(Some(Instant::now() + REST)),
            // Else whoever writes down odd addresses could put every transport to rest.
            Err(NotSent::Transient(_) | NotSent::Unfit(_) | NotSent::Permanent(_)) => {}
        }
        result
    }
}

impl<T> Line<T> {
    fn rests(&self) -> bool {
        let until = self.rests_until.lock().map_or(None, |until| *until);
        until.is_some_and(|until| Instant::now() < until)
    }
    fn rest(&self, until: Option<Instant>) {
        if let Ok(mut held) = self.rests_until.lock() {
            *held = until;
        }
    }
}

/// What an HTTP interface answered, as a verdict on the message. What it says of this very message (`of_this`) goes
/// before what its status says of us. Redirects are not followed: a credential goes to the host that the operator named
/// and to no other.
pub(crate) fn judge(
    answer: Result<Reply, GuardError>,
    of_this: impl Fn(&Reply) -> Option<NotSent>,
) -> Result<(), NotSent> {
    let reply = answer.map_err(|error| NotSent::Away(error.to_string()))?;
    let status = reply.status;
    match status {
        200..=299 => Ok(()),
        300..=399 => Err(NotSent::Away(format!("answered {status}, a redirect, which is not followed"))),
        400..=499 => Err(of_this(&reply).unwrap_or_else(|| refused(status))),
        _ => Err(NotSent::Away(format!("answered {status}"))),
    }
}

fn refused(status: u16) -> NotSent {
    let text = format!("answered {status}");
    match status {
        401 | 403 => NotSent::Away(format!("refused our credentials ({status})")),
        // 402: out of credit; another transport may not be.
        402 | 404 | 405 | 408 | 425 | 429 => NotSent::Away(text),
        // Too large for this one.
        413 => NotSent::Unfit(text),
        _ => NotSent::Permanent(text),
    }
}

#[cfg(test)]
mod tests;
