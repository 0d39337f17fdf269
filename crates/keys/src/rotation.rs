//! When a signing key is published, used, kept and removed. Pure: rows in, steps out.
//!
//! A key's life follows from its times alone, so nothing has to happen at the moment when the next key takes over:
//!
//! ```text
//! created_at ----- active_from ---------- retire_from ---------- remove_from
//!   Next: published   Active: signs          Retiring: verifies only   Gone
//! ```

use std::time::Duration;

use countersign_core::time::{days, hours, minutes};
use countersign_core::{Lifetimes, Timestamp};
use countersign_jose::Alg;

/// The times of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Published from here on.
    pub created_at: Timestamp,
    /// Signs from here on.
    pub active_from: Timestamp,
    /// Set when its successor is made.
    pub ending: Option<Ending>,
}

/// How a key ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Signs no more.
    pub retire_from: Timestamp,
    /// Neither published nor accepted any more.
    pub remove_from: Timestamp,
}

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Signs.
    Active,
    /// Published, so that validators know it before its first token.
    Next,
    /// Verifies what it has signed.
    Retiring,
    /// Verifies nothing.
    Gone,
}

impl Schedule {
    /// Where the key stands at this time.
    pub fn phase(&self, now: Timestamp) -> Phase {
        match self.ending {
            Some(ending) if now >= ending.remove_from => Phase::Gone,
            Some(ending) if now >= ending.retire_from => Phase::Retiring,
            Some(_) | None if now >= self.active_from => Phase::Active,
            Some(_) | None => Phase::Next,
        }
    }
}

/// What a plan needs to know about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// Its name.
    pub kid: String,
    /// Its only algorithm.
    pub alg: Alg,
    /// Its times.
    pub schedule: Schedule,
}

/// What the operator wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationPolicy {
    /// Each of these has an active key; keys of others retire.
    pub algs: Vec<Alg>,
    /// How long a key signs.
    pub period: Duration,
    /// How long a key is published before the calendar lets it sign: generous, for validators that cache the key set
    /// longer than we say.
    pub publish_lead: Duration,
    /// How long a key must have been published before an operator's word lets it sign: no shorter than the key set may
    /// be cached, and a node may take to hear of it.
    pub settle: Duration,
    /// How long a key is kept after it has signed its last token: no shorter than any token lives. The default is
    /// the life of a session, so that an `id_token_hint` is still recognised at sign-out.
    pub keep: Duration,
}

/// RFC 9111 5.2.2.1: how long anybody may keep our key set without asking again; what the endpoint states.
pub const JWKS_MAX_AGE: Duration = minutes(5);

/// Between a key's row and its place in every node's key set: the making of the key, the commit, the poll, and clocks
/// that differ.
const HEARSAY: Duration = minutes(1);

impl Default for RotationPolicy {
    fn default() -> Self {
        Self {
            algs: vec![Alg::Es256, Alg::Rs256, Alg::Ps256, Alg::EdDsa],
            period: days(90),
            publish_lead: hours(24),
            settle: JWKS_MAX_AGE.saturating_add(HEARSAY),
            keep: days(30),
        }
    }
}

impl RotationPolicy {
    /// The same, where keys are kept for at least as long as anything they signed can be shown to us: access tokens, ID
    /// tokens, and as an `id_token_hint` for as long as the session they belong to may last.
    pub fn covering(&self, lifetimes: &Lifetimes) -> Self {
        let Lifetimes { session_absolute, access_token, id_token, leeway, .. } = lifetimes;
        let longest = session_absolute.max(access_token).max(id_token).saturating_add(*leeway);
        Self { keep: self.keep.max(longest), ..self.clone() }
    }
}

/// One change to the stored keys. A plan's steps belong into one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make a key and store it.
    Create {
        /// For this algorithm.
        alg: Alg,
        /// With these times.
        schedule: Schedule,
    },
    /// A published key signs from another time on.
    Activate {
        /// Which.
        kid: String,
        /// When.
        active_from: Timestamp,
    },
    /// Set a key's ending.
    Retire {
        /// Which.
        kid: String,
        /// When.
        ending: Ending,
    },
    /// Delete a key's row.
    Remove {
        /// Which.
        kid: String,
    },
}

/// What to change now. Applied or not, in whole or in part, twice or by two nodes at once: the next plan leads on.
///
/// A successor is always there, published: so an operator can rotate at once, and a key that leaked is replaced by one
/// that every validator knows.
pub fn plan(keys: &[KeyInfo], policy: &RotationPolicy, now: Timestamp) -> Vec<Step> {
    let mut steps: Vec<Step> = keys
        .iter()
        .filter(|key| key.schedule.phase(now) == Phase::Gone)
        .map(|key| Step::Remove { kid: key.kid.clone() })
        .collect();
    steps.extend(keys.iter().filter_map(|key| keep_longer(key, policy, now)));
    for alg in Alg::ALL {
        let wanted = policy.algs.contains(alg);
        let active = active(keys, *alg, now);
        // 1. Whoever signs no more although nobody said so: superseded, or an algorithm that is no longer wanted.
        let left_over = keys.iter().filter(|key| {
            key.alg == *alg
                && key.schedule.ending.is_none()
                && match key.schedule.phase(now) {
                    Phase::Active => !wanted || active.is_some_and(|active| active.kid != key.kid),
                    Phase::Next => !wanted,
                    Phase::Retiring | Phase::Gone => false,
                }
        });
        steps.extend(left_over.map(|key| retire(key, policy, now)));
        if !wanted {
            continue;
        }
        match (active, next(keys, *alg, now)) {
            // 2. The first start, or an algorithm newly wanted: nobody has cached a key set without it for long.
            (None, None) => steps.push(create(*alg, now, now)),
            (None, Some(next)) => steps.push(activate(next, now)),
            // 3. The successor: at the end of the key's time, and never before it is published for long enough.
            (Some(active), None) => {
                let by_age = active.schedule.active_from + policy.period;
                // It may end sooner: its successor was there and was taken away again.
                let due = active.schedule.ending.map_or(by_age, |ending| ending.retire_from.min(by_age));
                let handover = due.max(now + policy.publish_lead);
                steps.push(create(*alg, now, handover));
                steps.push(retire(active, policy, handover));
            }
            // 4. A hand-over that only one of the two knows of. Both sign for a moment otherwise, which harms nobody.
            (Some(active), Some(next)) if active.schedule.ending.is_none() => {
                steps.push(retire(active, policy, next.schedule.active_from));
            }
            (Some(_), Some(_)) => {}
        }
    }
    steps
}

/// Rotates an algorithm before its time: the successor signs as soon as every cache of the key set has it, which is at
/// once unless it was published a moment ago. Asked again meanwhile, or right after, it stays at that one rotation.
pub fn replace(keys: &[KeyInfo], alg: Alg, policy: &RotationPolicy, now: Timestamp) -> Vec<Step> {
    match (active(keys, alg, now), next(keys, alg, now)) {
        (None, None) => vec![create(alg, now, now)],
        (None, Some(next)) => vec![activate(next, now)],
        (Some(_), _) if rotated_just_now(keys, alg, policy, now) => Vec::new(),
        (Some(active), None) => {
            let handover = now + policy.settle;
            vec![create(alg, now, handover), retire(active, policy, handover)]
        }
        (Some(active), Some(next)) => {
            let handover = now.max(next.schedule.created_at + policy.settle);
            if next.schedule.active_from <= handover {
                return Vec::new();
            }
            vec![activate(next, handover), retire(active, policy, handover)]
        }
    }
}

/// Whether a key of this algorithm was relieved a moment ago.
pub fn rotated_just_now(keys: &[KeyInfo], alg: Alg, policy: &RotationPolicy, now: Timestamp) -> bool {
    keys.iter()
        .filter(|key| key.alg == alg)
        .filter_map(|key| key.schedule.ending)
        .any(|ending| ending.retire_from <= now && now < ending.retire_from + policy.settle)
}

/// Ends a key that others may know: from now on nothing it has signed is accepted. Its successor, which is published
/// already, signs at once; only without one a key is made that caches do not know yet.
pub fn revoke(keys: &[KeyInfo], kid: &str, now: Timestamp) -> Vec<Step> {
    let Some(key) = keys.iter().find(|key| key.kid == kid) else {
        return Vec::new();
    };
    let remove = Step::Remove { kid: key.kid.clone() };
    let others: Vec<KeyInfo> = keys.iter().filter(|other| other.kid != kid).cloned().collect();
    let signs = key.schedule.phase(now) == Phase::Active && active(&others, key.alg, now).is_none();
    if !signs {
        return vec![remove];
    }
    match next(&others, key.alg, now) {
        Some(next) => vec![activate(next, now), remove],
        None => vec![create(key.alg, now, now), remove],
    }
}

/// The key that signs: of several, the one that took over last. Every node comes to the same answer.
pub fn active(keys: &[KeyInfo], alg: Alg, now: Timestamp) -> Option<&KeyInfo> {
    keys.iter()
        .filter(|key| key.alg == alg && key.schedule.phase(now) == Phase::Active)
        .max_by_key(|key| (key.schedule.active_from, &key.kid))
}

/// The key that signs after it: of several, the one that is first to.
pub fn next(keys: &[KeyInfo], alg: Alg, now: Timestamp) -> Option<&KeyInfo> {
    keys.iter()
        .filter(|key| key.alg == alg && key.schedule.phase(now) == Phase::Next)
        .min_by_key(|key| (key.schedule.active_from, &key.kid))
}

fn create(alg: Alg, now: Timestamp, active_from: Timestamp) -> Step {
    Step::Create { alg, schedule: Schedule { created_at: now, active_from, ending: None } }
}

fn activate(key: &KeyInfo, active_from: Timestamp) -> Step {
    Step::Activate { kid: key.kid.clone(), active_from }
}

fn retire(key: &KeyInfo, policy: &RotationPolicy, retire_from: Timestamp) -> Step {
    let ending = Ending { retire_from, remove_from: retire_from + policy.keep };
    Step::Retire { kid: key.kid.clone(), ending }
}

/// Lifetimes may have grown since the ending was written; it is put off, never brought forward.
fn keep_longer(key: &KeyInfo, policy: &RotationPolicy, now: Timestamp) -> Option<Step> {
    let ending = key.schedule.ending.filter(|_| key.schedule.phase(now) != Phase::Gone)?;
    (ending.remove_from < ending.retire_from + policy.keep).then(|| retire(key, policy, ending.retire_from))
}

#[cfg(test)]
mod tests;
