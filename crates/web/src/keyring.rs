//! Keeping the signing keys in order: loading them, making them, rotating them, on every node alike.

use countersign_core::organization::OrgScope;
use countersign_core::{Env, Event, EventKind, Timestamp};
use countersign_jose::Alg;
use countersign_keys::rotation::{self, Ending, KeyInfo, RotationPolicy, Schedule, Step};
use countersign_keys::{KeyRing, RingError, SealError, Sealer, StoredKey};
use countersign_store::signing_keys::{self, KeyChange, KeyRow};
use countersign_store::{BoxFuture, Db, DbError, Tx, Unit, outbox, unit};

/// Why the signing keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A key.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// The root key's row does not open.
    #[error("the root of digests and MACs cannot be opened: {0}")]
    Root(SealError),
    /// A row does not open.
    #[error("{table} {row} cannot be opened: {source}")]
    Row {
        /// Where it lies.
        table: &'static str,
        /// Its name.
        row: String,
        /// Why.
        source: SealError,
    },
    /// Very many change keys at the same time.
    #[error("others change the signing keys all the time")]
    Busy,
    /// A row names an algorithm that we do not know.
    #[error("signing key {0} has an unknown algorithm")]
    Alg(String),
}

/// The ring as the database has it now.
pub async fn load(db: &Db, sealer: &Sealer, now: Timestamp) -> Result<KeyRing, KeyringError> {
    let (rows, sealer) = (stored(db).await?, sealer.clone());
    // Checking RSA keys takes milliseconds each: not on a thread that serves requests.
    let loaded = tokio::task::spawn_blocking(move || KeyRing::load(&rows, &sealer, now)).await;
    Ok(loaded.map_err(|_| DbError::Bug("reading the keys panicked".to_owned()))??)
}

/// All keys as the database has them.
pub async fn stored(db: &Db) -> Result<Vec<StoredKey>, KeyringError> {
    let rows = db
        .read(unit(|tx| Box::pin(async move { signing_keys::all(tx, OrgScope::installation()).await })))
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// What a rotation is to do.
#[derive(Debug, Clone)]
pub enum Wish {
    /// What the calendar asks for; makes the first keys too.
    Due,
    /// The successor of this algorithm's key is to sign as soon as every cache has it.
    Replace(Alg),
    /// This key is known to others: nothing it signed is accepted any more.
    Revoke(String),
}

/// Plans, makes what the plan needs, and writes it. Of any number that plan at once, on any number of nodes, one writes:
/// the others find other rows than they saw, and look again. True if anything changed.
pub async fn tend(
    db: &Db,
    sealer: &Sealer,
    policy: &RotationPolicy,
    wish: &Wish,
    env: &Env,
) -> Result<bool, KeyringError> {
    let policy = policy.covering(&env.policy.lifetimes);
    for _ in 0..ATTEMPTS {
        let infos: Vec<KeyInfo> = stored(db).await?.iter().map(StoredKey::info).collect();
        let steps = plan(&infos, &policy, wish, env.now);
        if steps.is_empty() {
            return Ok(false);
        }
        let event = told(wish, &steps, env.now);
        let changes = make(steps, sealer).await?;
        if db.run(Turn { known: infos, changes, event, env: env.clone() }).await? {
            return Ok(true);
        }
    }
    Err(KeyringError::Busy)
}

/// Each turn somebody else writes, so this many must be at it before anybody hears it.
const ATTEMPTS: u32 = 100;

/// Makes the keys of a plan.
async fn make(steps: Vec<Step>, sealer: &Sealer) -> Result<Vec<KeyChange>, KeyringError> {
    let mut changes = Vec::with_capacity(steps.len());
    for step in steps {
        changes.push(match step {
            Step::Create { alg, schedule } => {
                let sealer = sealer.clone();
                // RSA takes a tenth of a second: not on a thread that serves requests.
                let made =
                    tokio::task::spawn_blocking(move || StoredKey::create(alg, schedule, &sealer)).await;
                let key = made.map_err(|_| DbError::Bug("making a key panicked".to_owned()))??;
                KeyChange::Insert(to_row(key))
            }
            Step::Activate { kid, active_from } => KeyChange::Activate { kid, active_from },
            Step::Retire { kid, ending } => {
                KeyChange::Retire { kid, retire_from: ending.retire_from, remove_from: ending.remove_from }
            }
            Step::Remove { kid } => KeyChange::Remove(kid),
        });
    }
    Ok(changes)
}

/// A plan, written if the rows are still those that it was made from.
struct Turn {
    known: Vec<KeyInfo>,
    changes: Vec<KeyChange>,
    event: Event,
    env: Env,
}

impl Unit for Turn {
    type Out = bool;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<bool, DbError>> {
        Box::pin(async move {
            signing_keys::lock(tx).await?;
            let there = signing_keys::all(tx, OrgScope::installation()).await?;
            let seen =
                |(row, known): (&KeyRow, &KeyInfo)| row.kid == known.kid && schedule(row) == known.schedule;
            if there.len() != self.known.len() || !there.iter().zip(&self.known).all(seen) {
                return Ok(false);
            }
            signing_keys::apply(tx, OrgScope::installation(), &self.changes).await?;
            outbox::append(tx, &self.env.ctx(), std::slice::from_ref(&self.event)).await?;
            Ok(true)
        })
    }
}

/// The record of what was done to the keys, and why.
fn told(wish: &Wish, steps: &[Step], now: Timestamp) -> Event {
    let names =
        |of: fn(&Step) -> Option<&str>| steps.iter().filter_map(of).map(str::to_owned).collect::<Vec<_>>();
    let why = match wish {
        Wish::Due => "due",
        Wish::Replace(_) => "rotated",
        Wish::Revoke(_) => "revoked",
    };
    let created = names(|step| match step {
        Step::Create { alg, .. } => Some(alg.as_str()),
        Step::Activate { .. } | Step::Retire { .. } | Step::Remove { .. } => None,
    });
    let activated = names(|step| match step {
        Step::Activate { kid, .. } => Some(kid),
        Step::Create { .. } | Step::Retire { .. } | Step::Remove { .. } => None,
    });
    let retired = names(|step| match step {
        Step::Retire { kid, .. } => Some(kid),
        Step::Create { .. } | Step::Activate { .. } | Step::Remove { .. } => None,
    });
    let removed = names(|step| match step {
        Step::Remove { kid } => Some(kid),
        Step::Create { .. } | Step::Activate { .. } | Step::Retire { .. } => None,
    });
    Event::new(EventKind::KeysRotated, now)
        .data("why", why)
        .data("created", created)
        .data("activated", activated)
        .data("retired", retired)
        .data("removed", removed)
}

fn plan(infos: &[KeyInfo], policy: &RotationPolicy, wish: &Wish, now: Timestamp) -> Vec<Step> {
    match wish {
        Wish::Due => rotation::plan(infos, policy, now),
        Wish::Replace(alg) => rotation::replace(infos, *alg, policy, now),
        Wish::Revoke(kid) => rotation::revoke(infos, kid, now),
    }
}

fn from_row(row: KeyRow) -> Result<StoredKey, KeyringError> {
    let alg = Alg::parse(&row.alg).map_err(|_| KeyringError::Alg(row.kid.clone()))?;
    let schedule = schedule(&row);
    Ok(StoredKey { kid: row.kid, alg, sealed: row.sealed, public_jwk: row.public_jwk, schedule })
}

fn schedule(row: &KeyRow) -> Schedule {
    let ending = row.ending.map(|(retire_from, remove_from)| Ending { retire_from, remove_from });
    Schedule { created_at: row.created_at, active_from: row.active_from, ending }
}

fn to_row(key: StoredKey) -> KeyRow {
    KeyRow {
        kid: key.kid,
        alg: key.alg.as_str().to_owned(),
        sealed: key.sealed,
        public_jwk: key.public_jwk,
        created_at: key.schedule.created_at,
        active_from: key.schedule.active_from,
        ending: key.schedule.ending.map(|e| (e.retire_from, e.remove_from)),
    }
}
