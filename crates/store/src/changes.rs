//! Counters that go up with every change that caches in memory must follow, so that nothing in a process is
//! the truth. A node sees its own changes at once and those of others within [`EVERY`].

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;

use crate::{BoxFuture, Db, DbError, Tx, Unit, params};

/// How often the counters are looked at; DESIGN allows 500 ms at most.
pub const EVERY: Duration = Duration::from_millis(400);

/// What a cache can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Clients and resources.
    Clients,
    /// Signing keys.
    Keys,
    /// Epochs and states of accounts.
    Users,
    /// Ended sessions and grants; also the number of each commit in which some ended.
    Endings,
}

impl Topic {
    /// Every topic; each has its row since the first migration.
    pub const ALL: [Self; 4] = [Self::Clients, Self::Keys, Self::Users, Self::Endings];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clients => "clients",
            Self::Keys => "keys",
            Self::Users => "users",
            Self::Endings => "endings",
        }
    }
}

/// What the counters stood at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(BTreeMap<Topic, i64>);

impl Seen {
    /// The counter of one topic.
    pub fn of(&self, topic: Topic) -> i64 {
        self.0.get(&topic).copied().unwrap_or_default()
    }
}

/// Counts a change up, in the unit that makes it.
pub async fn bump(tx: &mut Tx<'_>, topic: Topic) -> Result<(), DbError> {
    count_up(tx, topic).await.map(drop)
}

/// The same, and says what it stands at now. Nobody else counts it up before this unit has committed.
pub(crate) async fn count_up(tx: &mut Tx<'_>, topic: Topic) -> Result<i64, DbError> {
    tx.tell();
    let found = tx.one(&BUMP, params![topic.as_str()]).await?;
    found.ok_or_else(|| DbError::BadRow(format!("no change counter {}", topic.as_str())))?.i64(0)
}

/// Reads all counters.
pub struct Look;

impl Unit for Look {
    type Out = Seen;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Seen, DbError>> {
        Box::pin(async move {
            let mut seen = BTreeMap::new();
            for row in tx.rows(&LOOK, params![]).await? {
                let name = row.text(0)?;
                // A topic of a newer version is nothing that this one caches.
                if let Some(topic) = Topic::ALL.into_iter().find(|it| it.as_str() == name) {
                    seen.insert(topic, row.i64(1)?);
                }
            }
            Ok(Seen(seen))
        })
    }
}

/// Follows the counters in a task that ends when the last receiver is gone. A cache remembers what it was
/// filled at and fills again when `of(topic)` differs. When the database cannot be read the last state stays.
pub async fn follow(db: &Db) -> Result<watch::Receiver<Seen>, DbError> {
    let mut news = db.news();
    let (send, receive) = watch::channel(db.read(Look).await?);
    let db = db.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = send.closed() => return,
                _ = tokio::time::timeout(EVERY, news.changed()) => {}
            }
            if let Ok(seen) = db.read(Look).await {
                send.send_if_modified(|last| {
                    let changed = *last != seen;
                    *last = seen;
                    changed
                });
            }
        }
    });
    Ok(receive)
}

crate::queries! {
    BUMP = "UPDATE changes SET counter = counter + 1 WHERE topic = $1 RETURNING counter";
    LOOK = "SELECT topic, counter FROM changes";
}
