//! Keeping the signing keys in order: loading them, making them, rotating them, on every node alike.

use countersign_core::Timestamp;
use countersign_core::organization::OrgScope;
use countersign_jose::Alg;
use countersign_keys::rotation::{self, Ending, KeyInfo, RotationPolicy, Schedule, Step};
use countersign_keys::{KeyRing, RingError, Sealer, StoredKey};
use countersign_store::signing_keys::{self, KeyChange, KeyRow};
use countersign_store::{Db, DbError, unit};
use std::sync::Arc;

/// Why the signing keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A key.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// A row names an algorithm that we do not know.
    #[error("signing key {0} has an unknown algorithm")]
    Alg(String),
}

/// The ring as the database has it now.
pub async fn load(db: &Db, sealer: &Sealer, now: Timestamp) -> Result<KeyRing, KeyringError> {
    Ok(KeyRing::load(&stored(db).await?, sealer, now)?)
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
    /// A successor for this algorithm, now.
    Replace(Alg),
    /// This key is known to others: nothing it signed is accepted any more.
    Revoke(String),
}

/// Plans, makes what the plan needs, and writes it. A plan whose rows are no longer
/// those that it saw is dropped. Two nodes that write at the same moment may both make keys: either set is good, and the
/// next plan retires the surplus. True if anything changed.
pub async fn tend(
    db: &Db,
    sealer: &Sealer,
    policy: &RotationPolicy,
    wish: &Wish,
    now: Timestamp,
) -> Result<bool, KeyringError> {
    let infos: Vec<KeyInfo> = stored(db).await?.iter().map(StoredKey::info).collect();
    let steps = plan(&infos, policy, wish, now);
    if steps.is_empty() {
        return Ok(false);
    }
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
            Step::Retire { kid, ending } => {
                KeyChange::Retire { kid, retire_from: ending.retire_from, remove_from: ending.remove_from }
            }
            Step::Remove { kid } => KeyChange::Remove(kid),
        });
    }
    let (changes, known) = (Arc::new(changes), Arc::new(infos));
    let written = db.run(unit(move |tx| {
        let (changes, known) = (changes.clone(), known.clone());
        Box::pin(async move {
            let now_there = signing_keys::all(tx, OrgScope::installation()).await?;
            // Another node was faster: its keys are as good as ours.
            let same = now_there.len() == known.len()
                && now_there.iter().all(|r| known.iter().any(|k| k.kid == r.kid));
            if same {
                signing_keys::apply(tx, OrgScope::installation(), &changes).await?;
            }
            Ok(same)
        })
    }));
    Ok(written.await?)
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
    let ending = row.ending.map(|(retire_from, remove_from)| Ending { retire_from, remove_from });
    let schedule = Schedule { created_at: row.created_at, active_from: row.active_from, ending };
    Ok(StoredKey { kid: row.kid, alg, sealed: row.sealed, public_jwk: row.public_jwk, schedule })
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
