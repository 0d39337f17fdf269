//! What was sent to a person by mail or text message, and what became of it. Of its content nothing is kept.

use std::borrow::Cow;

use countersign_core::{ClientId, Event, EventKind, Id, Timestamp, id};

use crate::account::operator::{Whom, find};
use crate::outbox::{ACK_ONE, RETRY};
use crate::{BoxFuture, Bulk, DbError, Tx, Unit, Value, params};

/// How a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// On its way, perhaps after a failed try.
    Queued,
    /// A transport took it.
    Sent,
    /// A transport refused it for good.
    Refused,
    /// No transport took it before it was pointless.
    Expired,
}

impl Standing {
    /// As stored and as shown to programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
    fn parse(text: &str) -> Option<Self> {
        [Self::Queued, Self::Sent, Self::Refused, Self::Expired].into_iter().find(|it| it.as_str() == text)
    }
}

/// How a try ended, for the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// How the message stands now.
    pub standing: Standing,
    /// Which transport took it.
    pub transport: Option<&'static str>,
    /// Why none did; quotes neither the recipient nor the message.
    pub reason: Option<String>,
}

/// Settles a delivery and writes the trail in the same commit. `due`: to be tried again then.
pub struct Settle {
    /// Whose queue.
    pub receiver: String,
    /// Who claimed.
    pub owner: String,
    /// Which.
    pub id: Id<id::OutboxEvent>,
    /// When to try again.
    pub due: Option<Timestamp>,
    /// How the try ended.
    pub told: Told,
    /// Now.
    pub now: Timestamp,
}

impl Unit for Settle {
    type Out = ();

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            let held = match self.due {
                Some(due) => tx.one(&RETRY, params![due, self.id, &self.receiver, &self.owner]).await?,
                None => tx.one(&ACK_ONE, params![self.id, &self.receiver, &self.owner]).await?,
            };
            // Whoever took it over after the lease writes how it went on.
            if held.is_none() {
                return Ok(());
            }
            let Told { standing, transport, reason } = &self.told;
            let params = params![standing.as_str(), *transport, reason.as_deref(), self.now, self.id];
            tx.exec(&SETTLE, params).await?;
            tx.tell();
            Ok(())
        })
    }
}

/// One message, as operators and the person may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // as their columns
pub struct Message {
    pub id: Id<id::OutboxEvent>,
    /// `mail` or `sms`.
    pub channel: String,
    pub template: String,
    pub client: Option<ClientId>,
    pub address: String,
    pub standing: Standing,
    pub attempts: i64,
    pub transport: Option<String>,
    pub reason: Option<String>,
    pub queued_at: Timestamp,
    pub changed_at: Timestamp,
}

/// The messages of a person, the newest first.
pub struct Messages {
    /// Whose.
    pub whom: Whom,
    /// At most so many.
    pub most: u32,
    /// Now: what waits past its time has expired.
    pub now: Timestamp,
}

impl Unit for Messages {
    /// `None`: there is no such person.
    type Out = Option<Vec<Message>>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let Some(account) = find(tx, &self.whom).await? else { return Ok(None) };
            let rows = tx.rows(&OF_USER, params![account.user, self.most]).await?;
            let line = |row: &crate::Row| {
                let stored = Standing::parse(row.text(5)?);
                let stored = stored.ok_or(DbError::bad_row(5, "a standing", "something else"))?;
                let expires: Timestamp = row.get(11)?;
                let over = stored == Standing::Queued && expires <= self.now;
                Ok(Message {
                    id: row.get(0)?,
                    channel: row.get(1)?,
                    template: row.get(2)?,
                    client: row.get(3)?,
                    address: row.get(4)?,
                    standing: if over { Standing::Expired } else { stored },
                    attempts: row.i64(6)?,
                    transport: row.get(7)?,
                    reason: row.get(8)?,
                    queued_at: row.get(9)?,
                    changed_at: row.get(10)?,
                })
            };
            rows.iter().map(line).collect::<Result<_, _>>().map(Some)
        })
    }
}

/// The row of a message that was queued; `None` for events that are none. Where nobody has the address, a row is
/// written all the same: what a commit holds does not tell whether an account exists.
pub(crate) fn row(
    event: &Event,
    id: Id<id::OutboxEvent>,
    until: Timestamp,
) -> Option<[Value<'static>; COLUMNS]> {
    let (channel, address) = carried(event.kind)?;
    let text = |it: Option<&serde_json::Value>| it.and_then(|it| it.as_str()).unwrap_or_default().to_owned();
    // Of somebody who has no account no address is kept here.
    let address = event.user.and_then(|_| event.personal.get(address));
    Some([
        id.into(),
        event.user.into(),
        Value::Text(Cow::Borrowed(channel)),
        text(event.data.get("template")).into(),
        event.client.as_ref().map(|it| it.as_str().to_owned()).into(),
        text(address).into(),
        Value::Text(Cow::Borrowed(Standing::Queued.as_str())),
        event.at.into(),
        event.at.into(),
        until.into(),
    ])
}

/// By which channel the event is carried to the person, and what the address there is called.
const fn carried(kind: EventKind) -> Option<(&'static str, &'static str)> {
    match kind {
        EventKind::MailRequested => Some(("mail", "address")),
        EventKind::SmsRequested => Some(("sms", "number")),
        EventKind::UserCreated
        | EventKind::UserUpdated
        | EventKind::UserDisabled
        | EventKind::UserEnabled
        | EventKind::UserDeleted
        | EventKind::UserLeaving
        | EventKind::UserKept
        | EventKind::DataExported
        | EventKind::EmailVerified
        | EventKind::EmailAdded
        | EventKind::EmailPrimaryChanged
        | EventKind::EmailRemoved
        | EventKind::PasswordChanged
        | EventKind::IdentityLinked
        | EventKind::IdentityUnlinked
        | EventKind::UserMerged
        | EventKind::SessionStarted
        | EventKind::SessionEnded
        | EventKind::LogoutRequested
        | EventKind::SignInRefused
        | EventKind::GrantCreated
        | EventKind::GrantEnded
        | EventKind::RefreshReused
        | EventKind::CodeReused
        | EventKind::DeviceDenied
        | EventKind::ConsentGiven
        | EventKind::ConsentWithdrawn
        | EventKind::PhoneVerified
        | EventKind::PhoneChosen
        | EventKind::PhoneRemoved
        | EventKind::ClientChanged
        | EventKind::OrganizationCreated
        | EventKind::MemberAdded
        | EventKind::MemberRemoved
        | EventKind::KeysRotated => None,
    }
}

const COLUMNS: usize = 10;

pub(crate) static QUEUE: Bulk = Bulk::rows(
    "INSERT INTO messages (event_id, user_id, channel, template, client_id, address, state, queued_at, changed_at, \
     expires_at) VALUES ",
    COLUMNS,
    "",
);

/// What is known of a person's messages goes with the person.
pub(crate) async fn erase(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<(), DbError> {
    tx.exec(&ERASE, params![user]).await.map(drop)
}

crate::queries! {
    SETTLE = "UPDATE messages SET state = $1, transport = $2, reason = $3, changed_at = $4, attempts = attempts + 1 \
              WHERE event_id = $5";
    OF_USER = "SELECT event_id, channel, template, client_id, address, state, attempts, transport, reason, queued_at, \
               changed_at, expires_at FROM messages WHERE user_id = $1 ORDER BY queued_at DESC, event_id DESC LIMIT $2";
    ERASE = "DELETE FROM messages WHERE user_id = $1";
}
