//! The outbox: what happened, written in the commit that made it happen, told to each receiver at least once.
//!
//! The row is the audit record; a delivery is a row beside it for each receiver that wants to hear, claimed
//! with a lease and removed when done. A delivery is found by being there, never by "the highest id seen": a
//! transaction that commits late is found late, and not lost.

mod deliver;

use std::borrow::Cow;
use std::time::Duration;

use countersign_core::oauth::backchannel_logout::{GIVEN_UP, LogoutNotice};
use countersign_core::{Ctx, Event, EventKind, Id, Timestamp, id};
use sha2::{Digest, Sha256};

use crate::{Bulk, DbError, Sql, Tx, Value, messages, params};

pub(crate) use deliver::{ACK_ONE, RETRY};
pub use deliver::{Ack, ClaimBatch, Delivery, Due, Lag, Retry, Waiting, back_off};

/// How the names of the receivers of back-channel logout begin: one queue for each app, so that a dead one delays nobody.
pub const LOGOUT: &str = "logout:";

/// The name of the receiver that sends mail.
pub const MAIL: &str = "mail";

/// The name of the receiver that sends text messages.
pub const SMS: &str = "sms";

/// Who hears about an event. The server builds one from its configuration: mail, webhooks, NATS, back-channel
/// logout, the log sink.
pub trait Routes: Send + Sync {
    /// The receivers of this event; usually none.
    fn receivers(&self, event: &Event, id: Id<id::OutboxEvent>) -> Vec<Receiver>;
}

/// One receiver of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Which worker or endpoint; each has its own queue, so that a dead one delays nobody.
    pub name: Cow<'static, str>,
    /// Deliveries of one subject to one receiver go out one after the other, in order.
    pub subject: String,
    /// Given up from then on.
    pub expires_at: Timestamp,
}

/// Mails and text messages, each if there is a way for it to leave: what could not is not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Messages {
    /// Mails leave.
    pub mail: bool,
    /// Text messages leave.
    pub sms: bool,
}

impl Routes for Messages {
    fn receivers(&self, event: &Event, id: Id<id::OutboxEvent>) -> Vec<Receiver> {
        let wanted = event.kind == EventKind::MailRequested && self.mail
            || event.kind == EventKind::SmsRequested && self.sms;
        if wanted { vec![mail(event, id)] } else { Vec::new() }
    }
}

/// The delivery of a mail or a text message: until the link in it expires (`expires_at` in the event's data, microseconds), else
/// for a day.
pub fn mail(event: &Event, id: Id<id::OutboxEvent>) -> Receiver {
    let until = event.data.get("expires_at").and_then(serde_json::Value::as_i64);
    let day = Duration::from_secs(86_400);
    Receiver {
        name: if event.kind == EventKind::SmsRequested { SMS } else { MAIL }.into(),
        subject: id.to_string(),
        expires_at: until.map_or(event.at + day, Timestamp::from_micros),
    }
}

/// The delivery of a logout token: for its app alone. The event is only there if the app wants to hear.
fn logout(event: &Event) -> Option<Receiver> {
    let notice = LogoutNotice::of_event(event)?;
    Some(Receiver {
        name: format!("{LOGOUT}{}", notice.client).into(),
        subject: notice.session.to_string(),
        expires_at: event.at + GIVEN_UP,
    })
}

/// Appends the events and their deliveries: one statement for all events, one more if anybody is to hear.
pub async fn append(
    tx: &mut Tx<'_>,
    ctx: &Ctx<'_>,
    events: &[Event],
) -> Result<Vec<Id<id::OutboxEvent>>, DbError> {
    let routes = tx.routes();
    let mut ids = Vec::with_capacity(events.len());
    let mut rows = Vec::with_capacity(events.len() * COLUMNS);
    let (mut deliveries, mut queued) = (Vec::new(), Vec::new());
    for event in events {
        let id = event_id(ctx, tx.next_event());
        for to in routes.receivers(event, id).into_iter().chain(logout(event)) {
            if to.name == MAIL || to.name == SMS {
                queued.extend(messages::row(event, id, to.expires_at).into_iter().flatten());
            }
            deliveries.extend([
                id.into(),
                Value::Text(to.name),
                to.subject.into(),
                ctx.now.into(),
                to.expires_at.into(),
            ]);
        }
        rows.extend(columns(ctx, id, event)?);
        ids.push(id);
    }
    APPEND.run(tx, &[], &rows).await?;
    if !deliveries.is_empty() {
        DELIVER.run(tx, &[], &deliveries).await?;
        if !queued.is_empty() {
            messages::QUEUE.run(tx, &[], &queued).await?;
        }
        tx.tell();
    }
    Ok(ids)
}

/// Erases what events say about a person; the audit chain stays valid, since it covers a salted hash, and the
/// salt goes too.
pub async fn erase(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<u64, DbError> {
    tx.exec(&ERASE, params![user]).await
}

/// Every statement of the outbox.
pub fn all() -> Result<Vec<(&'static str, Sql)>, DbError> {
    let mut all = [ALL, deliver::ALL].concat();
    for (name, bulk) in
        [("outbox::APPEND", &APPEND), ("outbox::DELIVER", &DELIVER), ("messages::QUEUE", &messages::QUEUE)]
            .iter()
            .chain(deliver::BULK)
    {
        all.extend([(*name, bulk.sql(1)?), (*name, bulk.sql(3)?)]);
    }
    Ok(all)
}

const COLUMNS: usize = 13;

static APPEND: Bulk = Bulk::rows(
    "INSERT INTO outbox (org_id, id, kind, version, at, user_id, client_id, session_id, flow_id, data, personal, \
     salt, personal_hash) VALUES ",
    COLUMNS,
    "",
);

static DELIVER: Bulk =
    Bulk::rows("INSERT INTO deliveries (event_id, receiver, subject, due_at, expires_at) VALUES ", 5, "");

crate::queries! {
    ERASE = "UPDATE outbox SET personal = NULL, salt = NULL WHERE user_id = $1";
}

/// The version of the fields that an event carries.
const VERSION: i64 = 1;

fn columns(
    ctx: &Ctx<'_>,
    id: Id<id::OutboxEvent>,
    event: &Event,
) -> Result<[Value<'static>; COLUMNS], DbError> {
    let json =
        |map: &serde_json::Map<_, _>| serde_json::to_string(map).map_err(|e| DbError::Bug(e.to_string()));
    let personal = if event.personal.is_empty() { None } else { Some(json(&event.personal)?) };
    let mut salt = [0u8; 16];
    ctx.rng.fill(&mut salt);
    let hash =
        Sha256::new().chain_update(salt).chain_update(personal.as_deref().unwrap_or_default()).finalize();
    Ok([
        Id::<id::Organization>::from_bytes([0; 16]).into(),
        id.into(),
        event.kind.into(),
        VERSION.into(),
        event.at.into(),
        event.user.into(),
        event.client.as_ref().map(|it| it.as_str().to_owned()).into(),
        event.session.into(),
        event.flow.into(),
        json(&event.data)?.into(),
        personal.into(),
        salt.into(),
        hash.to_vec().into(),
    ])
}

/// Ordered by time to the microsecond, then by place among what this process appended, then random: what one
/// request caused after another keeps its order.
fn event_id(ctx: &Ctx<'_>, place: u32) -> Id<id::OutboxEvent> {
    let mut random = [0u8; 16];
    ctx.rng.fill(&mut random);
    let micros = u128::from(ctx.now.micros().rem_euclid(1_000).unsigned_abs());
    let low = u128::from_be_bytes(random) & ((1 << 38) - 1);
    Id::from_parts(ctx.now, (micros << 70) | (u128::from(place) << 38) | low)
}
