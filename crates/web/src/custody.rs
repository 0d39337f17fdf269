//! Master keys over several nodes: which one seals, and how everything moves to a new one.
//!
//! An operator puts a new master key in front of the old one, node by node. A node seals under the first of its keys
//! that every node has which is up, so that each opens what any other seals. When all seal under the new one, the rows
//! that live for long are sealed anew. The rows themselves say how far that is: whoever is cut off goes on from there.

use countersign_core::{Lifetimes, Rng, Timestamp, time};
use countersign_keys::{RootKey, SealError, Sealer, StoredKey};
use countersign_store::nodes::{self, Node};
use countersign_store::sealed::{self, Place, SealedRow};
use countersign_store::{Db, DbError, unit};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::keyring::KeyringError;

/// How often a node tells of itself.
pub const BEAT: Duration = Duration::from_secs(15);
/// Whoever has not told for this long is gone; clocks may differ by the rest.
const ALIVE: Duration = Duration::from_secs(90);
/// All nodes must have sealed under the new key for this long before rows move to it: longer than a node that was just
/// started with the old configuration takes to tell.
const SETTLED: Duration = Duration::from_secs(60);

/// The root key as the database has it; made at the first start. Fails when the master keys are not those that this
/// database was made with.
pub async fn root(db: &Db, sealer: &Sealer, rng: &dyn Rng, now: Timestamp) -> Result<RootKey, KeyringError> {
    let there = db.read(unit(|tx| Box::pin(sealed::root(tx)))).await?;
    let row = match there {
        Some((row, _)) => row,
        None => {
            let made = Arc::new(RootKey::create(rng, sealer).map_err(KeyringError::Root)?);
            let claim = unit(move |tx| {
                let made = made.clone();
                Box::pin(async move { sealed::claim_root(tx, &made, now).await })
            });
            db.run(claim).await?
        }
    };
    RootKey::open(&row, sealer).map_err(KeyringError::Root)
}

/// Who is up, this node among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Every node that is up, with its master keys.
    pub nodes: Vec<Node>,
    wanted: u8,
}

impl Standing {
    /// The nodes that do not have the key that we want to seal under.
    pub fn lacking(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| !node.master_keys.contains(&self.wanted))
    }

    /// Since when all that are up seal under the wanted key; `None`: not all do. With nobody up, for ever.
    fn settled_since(&self) -> Option<Timestamp> {
        let all = self.nodes.iter().all(|node| node.sealing == self.wanted);
        all.then(|| self.nodes.iter().map(|node| node.since).max().unwrap_or_default())
    }

    /// Whether every node that is up, or may be just coming up, opens what is sealed under the wanted key.
    pub fn may_reseal(&self, now: Timestamp) -> bool {
        self.settled_since().is_some_and(|since| now >= since + SETTLED)
    }
}

/// Tells that this node is up, looks who else is, and seals from now on under the first of our keys that all have.
pub async fn beat(db: &Db, sealer: &Sealer, name: &str, now: Timestamp) -> Result<Standing, DbError> {
    let ours = |sealing| Node {
        name: name.to_owned(),
        master_keys: sealer.master().ids().collect(),
        sealing,
        since: now,
        seen_at: now,
    };
    let shared = db.is_shared();
    let tell = move |node: Node| {
        let node = Arc::new(node);
        unit(move |tx| {
            let node = node.clone();
            Box::pin(async move {
                nodes::tell(tx, &node).await?;
                let mut alive = nodes::alive(tx, now - ALIVE).await?;
                // Whoever wrote into our file before us is gone: it would still hold it.
                alive.retain(|other| shared || other.name == node.name);
                Ok(alive)
            })
        })
    };
    let mut nodes = db.run(tell(ours(sealer.master().active_id()))).await?;
    if choose(sealer, &nodes) {
        nodes = db.run(tell(ours(sealer.master().active_id()))).await?;
    }
    Ok(Standing { nodes, wanted: sealer.master().wanted_id() })
}

/// [`beat`] for a command, which comes and goes: it looks, and tells nobody.
pub async fn look(db: &Db, sealer: &Sealer, now: Timestamp) -> Result<Standing, DbError> {
    let mut nodes = Vec::new();
    if db.is_shared() {
        nodes = db.read(unit(move |tx| Box::pin(nodes::alive(tx, now - ALIVE)))).await?;
    }
    choose(sealer, &nodes);
    Ok(Standing { nodes, wanted: sealer.master().wanted_id() })
}

/// True if another key seals from now on.
fn choose(sealer: &Sealer, nodes: &[Node]) -> bool {
    let ring = sealer.master();
    let before = ring.active_id();
    let common = ring.ids().find(|id| nodes.iter().all(|node| node.master_keys.contains(id)));
    // Nothing in common: each seals as it is told, and somebody has to correct a configuration.
    ring.seal_under(common.unwrap_or_else(|| ring.wanted_id()));
    before != ring.active_id()
}

/// What one pass over the sealed rows did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Resealed {
    /// Rows now under the active key that were under another.
    pub moved: u64,
    /// Rows that were there already.
    pub kept: u64,
    /// Rows that somebody else changed meanwhile: for the next pass.
    pub missed: u64,
}

impl Resealed {
    /// All that were looked at.
    pub fn rows(&self) -> u64 {
        self.moved + self.kept + self.missed
    }
}

/// Seals everything that lives for long under the active key, row by row, each guarded by its old text.
pub async fn reseal(db: &Db, sealer: &Sealer, now: Timestamp) -> Result<Resealed, KeyringError> {
    reseal_telling(db, sealer, now, &|_| {}).await
}

/// The same, and tells after each row how many are done.
pub async fn reseal_telling(
    db: &Db,
    sealer: &Sealer,
    now: Timestamp,
    tell: &(dyn Fn(u64) + Send + Sync),
) -> Result<Resealed, KeyringError> {
    let mut done = Resealed::default();
    for place in Place::ALL {
        let mut after = String::new();
        while let Some(last) = reseal_page(db, sealer, place, &after, (now, tell), &mut done).await? {
            after = last;
        }
    }
    Ok(done)
}

async fn reseal_page(
    db: &Db,
    sealer: &Sealer,
    place: Place,
    after: &str,
    (now, tell): (Timestamp, &(dyn Fn(u64) + Send + Sync)),
    done: &mut Resealed,
) -> Result<Option<String>, KeyringError> {
    let page = page(db, place, after).await?;
    let Some(last) = page.last().map(|row| row.id.clone()) else { return Ok(None) };
    for row in page {
        let anew = anew(place, &row, sealer).map_err(|source| KeyringError::Row {
            table: place.table(),
            row: row.id.clone(),
            source,
        })?;
        let Some(anew) = anew else {
            done.kept += 1;
            tell(done.rows());
            continue;
        };
        let pair = Arc::new((row, anew));
        let exchange = unit(move |tx| {
            let pair = pair.clone();
            Box::pin(async move { sealed::exchange(tx, place, &pair.0, &pair.1, now).await })
        });
        match db.run(exchange).await? {
            true => done.moved += 1,
            false => done.missed += 1,
        }
        tell(done.rows());
    }
    Ok(Some(last))
}

fn anew(place: Place, row: &SealedRow, sealer: &Sealer) -> Result<Option<Vec<u8>>, SealError> {
    match place {
        Place::SigningKeys => StoredKey::resealed(&row.context, &row.id, &row.sealed, sealer),
        Place::RootKeys => RootKey::resealed(&row.sealed, sealer),
    }
}

async fn page(db: &Db, place: Place, after: &str) -> Result<Vec<SealedRow>, DbError> {
    let after = after.to_owned();
    db.read(unit(move |tx| {
        let after = after.clone();
        Box::pin(async move { sealed::page(tx, place, &after).await })
    }))
    .await
}

/// What a master key is to this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// Everything new is sealed under it.
    Seals,
    /// It is to seal as soon as every node has it.
    Waits,
    /// It opens what was sealed under it before.
    Opens,
    /// Rows lie under it, and we do not have it.
    Missing,
}

/// A master key and what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MasterKeyState {
    /// Its id.
    pub id: u8,
    /// What it is to us.
    #[serde(rename = "use")]
    pub used: Use,
    /// How many rows lie under it.
    pub rows: u64,
    /// From then on nothing is lost with it; `None` while something is.
    pub may_go_from: Option<Timestamp>,
}

/// Every master key that we have or that a row lies under.
pub async fn master_keys(
    db: &Db,
    sealer: &Sealer,
    standing: &Standing,
    lifetimes: &Lifetimes,
) -> Result<Vec<MasterKeyState>, DbError> {
    let mut rows: BTreeMap<u8, u64> = BTreeMap::new();
    for place in Place::ALL {
        let mut after = String::new();
        loop {
            let page = page(db, place, &after).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            page.iter()
                .filter_map(|row| Sealer::id_of(&row.sealed))
                .for_each(|id| *rows.entry(id).or_default() += 1);
        }
    }
    let root = db.read(unit(|tx| Box::pin(sealed::root(tx)))).await?;
    let ring = sealer.master();
    let state = |id: u8, used| {
        let under = rows.get(&id).copied().unwrap_or_default();
        let free = id != ring.wanted_id() && under == 0 && standing.settled_since().is_some();
        // The root moves last, when all nodes sealed under the new key.
        let since = root.as_ref().filter(|_| free).map(|(_, since)| *since);
        MasterKeyState { id, used, rows: under, may_go_from: since.map(|since| since + transient(lifetimes)) }
    };
    let ours = ring.ids().map(|id| match id {
        id if id == ring.active_id() => state(id, Use::Seals),
        id if id == ring.wanted_id() => state(id, Use::Waits),
        id => state(id, Use::Opens),
    });
    let mut all: Vec<_> = ours.collect();
    let missing = rows.keys().filter(|id| !ring.ids().any(|ours| ours == **id));
    all.extend(missing.map(|id| state(*id, Use::Missing)));
    Ok(all)
}

/// How long the longest-lived sealed text is waited for that no row keeps: flows, pushed requests, opaque tokens, links,
/// mails in the queue. A browser that is remembered for longer is merely not recognised.
fn transient(lifetimes: &Lifetimes) -> Duration {
    let Lifetimes { flow, par, access_token, magic_link, reset_link, short_code, .. } = lifetimes;
    let longest = [flow.saturating_add(*par), *access_token, *magic_link, *reset_link, *short_code];
    longest.into_iter().fold(time::days(1), Duration::max)
}
