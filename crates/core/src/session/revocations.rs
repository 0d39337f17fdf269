//! DESIGN 5, "How fast": the revocation stream. What validators (APIs, gateways) hear of ended sessions and grants, and
//! whose business it is.

use crate::oauth::token::Audience;
use crate::oauth::{AuthenticatedClient, Client, GrantType, Registry, Resource};
use crate::secret::{base64url, from_base64url};
use crate::time::minutes;
use crate::{ClientId, Ctx, Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

/// For so long after it broke off a stream goes on where it was.
pub const RESUMABLE: Duration = minutes(10);
/// Who hears nothing for twice as long hears nothing any more.
pub const HEARTBEAT: Duration = Duration::from_secs(5);

/// A refresh that the end overtook, or that another server answered whose clock is ahead, may bear a later time than the
/// end: tokens of so long after it are to be asked about too.
pub const OVERTAKEN: Duration = Duration::from_secs(5);

/// What ended, and for whom that matters: one line of what a commit leaves for the stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Grants of one session, or all of them.
    Session {
        /// Which.
        sid: Id<id::Session>,
        /// Where their tokens were good.
        aud: BTreeSet<String>,
    },
    /// More than can be named: all that a client had (it was switched off, or removed).
    Client {
        /// Where its tokens were good.
        aud: BTreeSet<String>,
    },
}

impl Ended {
    /// All that this client had: its own tokens, those of people, and those it got in exchange.
    pub fn all_of(client: &Client) -> Self {
        Self::Client { aud: client.resources.iter().chain(&client.exchange_resources).cloned().collect() }
    }

    /// Where the tokens were good. Without a resource nobody is there to hear.
    pub fn audiences(&self) -> &BTreeSet<String> {
        match self {
            Self::Session { aud, .. } | Self::Client { aud } => aud,
        }
    }
}

/// One line a session, whatever number of its grants ended in this commit; nothing where nobody could hear.
pub fn gather(ended: impl IntoIterator<Item = (Id<id::Session>, Vec<String>)>) -> Vec<Ended> {
    let mut sessions: Vec<(Id<id::Session>, BTreeSet<String>)> = Vec::new();
    for (session, resources) in ended {
        match sessions.iter_mut().find(|(sid, _)| *sid == session) {
            Some((_, aud)) => aud.extend(resources),
            None => sessions.push((session, resources.into_iter().collect())),
        }
    }
    let heard = sessions.into_iter().filter(|(_, aud)| !aud.is_empty());
    heard.map(|(sid, aud)| Ended::Session { sid, aud }).collect()
}

/// Who listens: a client that may introspect for a resource. Only [`subscribe`] makes one.
#[derive(Debug, Clone)]
pub struct Subscriber(AuthenticatedClient);

/// Why somebody who proved who they are gets no stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StreamRefused {
    /// No `[[resource]]` lists it.
    #[error("no resource lists this client among its introspection_clients")]
    NotListed,
    /// It has as many streams on this server as it may have.
    #[error("this client has too many streams open")]
    TooManyOfClient,
    /// The server has as many as it can serve.
    #[error("this server has too many streams open")]
    TooMany,
    /// The server ends, or has not read the database yet.
    #[error("this server cannot stream now")]
    NotNow,
}

/// DESIGN 5: who may introspect may listen.
pub fn subscribe<'r>(
    client: AuthenticatedClient,
    resources: impl IntoIterator<Item = &'r Resource>,
) -> Result<Subscriber, StreamRefused> {
    match listed(&client.client().id, resources) {
        true => Ok(Subscriber(client)),
        false => Err(StreamRefused::NotListed),
    }
}

fn listed<'r>(client: &ClientId, resources: impl IntoIterator<Item = &'r Resource>) -> bool {
    resources.into_iter().any(|resource| resource.introspection_clients.contains(client))
}

impl Subscriber {
    /// The client.
    pub fn client(&self) -> &ClientId {
        &self.0.client().id
    }

    /// May it go on? Not once it is switched off, gone, listed no more, or would have to prove itself in another way
    /// than it did.
    pub fn still<'r>(
        &self,
        registry: &impl Registry,
        resources: impl IntoIterator<Item = &'r Resource>,
    ) -> bool {
        let unchanged = registry
            .client(self.client())
            .is_some_and(|now| !now.disabled && now.auth == self.0.client().auth);
        unchanged && listed(self.client(), resources)
    }

    /// Is this its business? Yes if it speaks for a resource where the tokens were good, or where a service that got
    /// one may have taken it by exchange (RFC 8693): such a token ends with the grant that it began with.
    pub fn concerned(&self, ended: &Ended, registry: &impl Registry) -> bool {
        let mut todo: Vec<&str> = ended.audiences().iter().map(String::as_str).collect();
        let mut seen = BTreeSet::new();
        while let Some(identifier) = todo.pop() {
            if !seen.insert(identifier) {
                continue;
            }
            let Some(resource) = registry.resource(identifier) else { continue };
            if resource.introspection_clients.contains(self.client()) {
                return true;
            }
            let services = resource.introspection_clients.iter().filter_map(|it| registry.client(it));
            let acting = services.filter(|it| it.grant_types.contains(&GrantType::TokenExchange));
            todo.extend(acting.flat_map(|it| &it.exchange_resources).map(String::as_str));
        }
        false
    }
}

/// How far a subscriber has heard. Commits are numbered in their order, without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub i64);

const PURPOSE: &str = "revocations";

impl Position {
    /// As an event's `id`: sealed for this client, so that nobody reads from it how many people sign out.
    pub fn sealed(self, client: &ClientId, ctx: &Ctx<'_>) -> String {
        base64url(&ctx.vault.seal(PURPOSE, client.as_str().as_bytes(), &self.0.to_be_bytes()))
    }

    /// Of a `Last-Event-ID`; `None` if it is none that this client got.
    pub fn open(text: &str, client: &ClientId, ctx: &Ctx<'_>) -> Option<Self> {
        let sealed = from_base64url(text)?;
        let plain = ctx.vault.open(PURPOSE, client.as_str().as_bytes(), &sealed)?;
        Some(Self(i64::from_be_bytes(plain.as_slice().try_into().ok()?)))
    }
}

/// What ended in one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Its place.
    pub position: Position,
    /// When, by the clock of the server that ended it.
    pub at: Timestamp,
    /// What.
    pub ended: Vec<Ended>,
}

/// Where a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Where the last one broke off.
    Resumed(Position),
    /// Here and now; the subscriber hears that it may have missed something.
    Reset(Position),
}

/// What one server still knows: everything after `floor`, up to `last`. Bounded in time and number, and one for all who
/// listen: each of them is only a place in it, so that a slow one takes no room and delays nobody.
#[derive(Debug, Clone)]
pub struct Log {
    floor: Position,
    last: Position,
    kept: VecDeque<Arc<Ending>>,
}

/// No log holds more commits than this; who is further behind has missed something.
pub const MOST_KEPT: u32 = 10_000;

impl Log {
    /// As the database has it: the newest commits, in their order, up to `last`.
    pub fn new(last: Position, newest: Vec<Ending>, now: Timestamp) -> Self {
        let mut log = Self { floor: last, last, kept: VecDeque::new() };
        for ending in newest.into_iter().rev() {
            // What is older may have been purged in part.
            if ending.position != log.floor || old(&ending, now) {
                break;
            }
            log.floor = Position(ending.position.0 - 1);
            log.kept.push_front(Arc::new(ending));
        }
        log
    }

    /// Takes in what came after the last, in its order.
    pub fn add(&mut self, newer: Vec<Ending>, now: Timestamp) {
        let known = self.last;
        for ending in newer.into_iter().skip_while(|it| it.position <= known) {
            if ending.position.0 != self.last.0 + 1 {
                // The database was out of reach for so long that some are purged: whoever was there has missed them.
                self.kept.clear();
                self.floor = Position(ending.position.0 - 1);
            }
            self.last = ending.position;
            self.kept.push_back(Arc::new(ending));
        }
        let most = usize::try_from(MOST_KEPT).unwrap_or(usize::MAX);
        while self.kept.len() > most || self.kept.front().is_some_and(|it| old(it, now)) {
            self.floor = self.kept.pop_front().map_or(self.floor, |it| it.position);
        }
    }

    /// The newest.
    pub fn last(&self) -> Position {
        self.last
    }

    /// Where does a stream begin that was at `heard`? Whoever says nothing, or what we do not know, may have missed
    /// anything.
    pub fn start(&self, heard: Option<Position>) -> Start {
        match heard {
            Some(heard) if self.floor <= heard && heard <= self.last => Start::Resumed(heard),
            Some(_) | None => Start::Reset(self.last),
        }
    }

    /// What came after `heard`, up to so many; `None`: some of it is gone.
    pub fn after(&self, heard: Position, most: usize) -> Option<Vec<Arc<Ending>>> {
        if heard < self.floor {
            return None;
        }
        let skip = usize::try_from(heard.0 - self.floor.0).unwrap_or(usize::MAX);
        Some(self.kept.iter().skip(skip).take(most).cloned().collect())
    }
}

fn old(ending: &Ending, now: Timestamp) -> bool {
    now.since(ending.at) > RESUMABLE
}

/// One event of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamEvent {
    /// Tokens of this session that were issued until then have ended, unless introspection says otherwise.
    Ended(Id<id::Session>, Timestamp),
    /// Any token that was issued until then may have ended.
    Reset(Timestamp),
    /// Nothing has ended that is not told above.
    Heartbeat,
}

impl StreamEvent {
    /// What one subscriber hears of it.
    pub fn of(ended: &Ended, at: Timestamp) -> Self {
        match ended {
            Ended::Session { sid, .. } => Self::Ended(*sid, at),
            Ended::Client { .. } => Self::Reset(at),
        }
    }

    /// WHATWG HTML 9.2.6. `sid` and epoch (as `iat`: seconds since 1970, with [`OVERTAKEN`] in it) and nothing else.
    pub fn write(&self, id: Option<&str>, to: &mut String) {
        let epoch = |at: &Timestamp| (*at + OVERTAKEN).seconds();
        let (name, data) = match self {
            Self::Ended(sid, at) => ("ended", format!("{{\"sid\":\"{sid}\",\"epoch\":{}}}", epoch(at))),
            Self::Reset(at) => ("reset", format!("{{\"epoch\":{}}}", epoch(at))),
            Self::Heartbeat => ("heartbeat", "{}".to_owned()),
        };
        // Writing to a String has no way to fail.
        let _ = writeln!(to, "event: {name}");
        if let Some(id) = id {
            let _ = writeln!(to, "id: {id}");
        }
        let _ = write!(to, "data: {data}\n\n");
    }
}

/// Where a token was good, as [`gather`] takes it.
pub fn audiences(aud: &Audience) -> Vec<String> {
    aud.iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
