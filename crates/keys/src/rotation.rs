//! When a signing key is published, used, kept and removed. Pure: rows in, steps out.
//!
//! A key's life follows from its times alone, so nothing has to happen at the moment when the next key takes over:
//!
//! ```text
//! created_at ----- active_from ---------- retire_from ---------- remove_from
//!   Next: published   Active: signs          Retiring: verifies only   Gone
//! ```

use std::time::Duration;

use countersign_core::Timestamp;
use countersign_core::time::{days, hours};
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
    /// How long a key is published before it signs: no shorter than validators may cache the key set.
    pub publish_lead: Duration,
    /// How long a key is kept after it has signed its last token: no shorter than any token lives. The default is
    /// the life of a session, so that an `id_token_hint` is still recognised at sign-out.
    pub keep: Duration,
}

impl Default for RotationPolicy {
    fn default() -> Self {
        Self {
            algs: vec![Alg::Es256, Alg::Rs256, Alg::Ps256, Alg::EdDsa],
            period: days(90),
            publish_lead: hours(24),
            keep: days(30),
        }
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
pub fn plan(keys: &[KeyInfo], policy: &RotationPolicy, now: Timestamp) -> Vec<Step> {
    let mut steps: Vec<Step> = keys
        .iter()
        .filter(|key| key.schedule.phase(now) == Phase::Gone)
        .map(|key| Step::Remove { kid: key.kid.clone() })
        .collect();
    for alg in Alg::ALL {
        let wanted = policy.algs.contains(alg);
        let active = active(keys, *alg, now);
        // 1. Whoever signs no more although nobody said so: superseded, or an algorithm that is no longer wanted.
        let left_over = keys.iter().filter(|key| {
            key.alg == *alg
                && key.schedule.ending.is_none()
                && key.schedule.phase(now) == Phase::Active
                && (!wanted || active.is_some_and(|active| active.kid != key.kid))
        });
        steps.extend(left_over.map(|key| retire(key, policy, now)));
        if !wanted {
            continue;
        }
        match active {
            // 2. The first start, or an algorithm newly wanted: nobody has cached a key set without it for long.
            None => steps.push(create(*alg, now, now)),
            // 3. In time for the successor to be published before its first token.
            Some(active) if !has_next(keys, *alg, now) => {
                let by_age = active.schedule.active_from + policy.period;
                // It may end sooner: its successor was there and was taken away again.
                let due = active.schedule.ending.map_or(by_age, |ending| ending.retire_from.min(by_age));
                let handover = due.max(now + policy.publish_lead);
                if due <= now + policy.publish_lead {
                    steps.push(create(*alg, now, handover));
                    steps.push(retire(active, policy, handover));
                }
            }
            Some(_) => {}
        }
    }
    steps
}

/// Rotates an algorithm before its time: the successor is published now and signs after the lead.
pub fn replace(keys: &[KeyInfo], alg: Alg, policy: &RotationPolicy, now: Timestamp) -> Vec<Step> {
    let handover = now + policy.publish_lead;
    match active(keys, alg, now) {
        None => vec![create(alg, now, now)],
        Some(_) if has_next(keys, alg, now) => Vec::new(),
        Some(active) => vec![create(alg, now, handover), retire(active, policy, handover)],
    }
}

/// Ends a key that others may know: from now on nothing it has signed is accepted, and a new one signs at once.
pub fn revoke(keys: &[KeyInfo], kid: &str, now: Timestamp) -> Vec<Step> {
    let Some(key) = keys.iter().find(|key| key.kid == kid) else {
        return Vec::new();
    };
    let remove = Step::Remove { kid: key.kid.clone() };
    let others: Vec<KeyInfo> = keys.iter().filter(|other| other.kid != kid).cloned().collect();
    match key.schedule.phase(now) {
        Phase::Active if active(&others, key.alg, now).is_none() => vec![create(key.alg, now, now), remove],
        Phase::Active | Phase::Next | Phase::Retiring | Phase::Gone => vec![remove],
    }
}

/// The key that signs: of several, the one that took over last. Every node comes to the same answer.
pub fn active(keys: &[KeyInfo], alg: Alg, now: Timestamp) -> Option<&KeyInfo> {
    keys.iter()
        .filter(|key| key.alg == alg && key.schedule.phase(now) == Phase::Active)
        .max_by_key(|key| (key.schedule.active_from, &key.kid))
}

fn has_next(keys: &[KeyInfo], alg: Alg, now: Timestamp) -> bool {
    keys.iter().any(|key| key.alg == alg && key.schedule.phase(now) == Phase::Next)
}

fn create(alg: Alg, now: Timestamp, active_from: Timestamp) -> Step {
    Step::Create { alg, schedule: Schedule { created_at: now, active_from, ending: None } }
}

fn retire(key: &KeyInfo, policy: &RotationPolicy, retire_from: Timestamp) -> Step {
    let ending = Ending { retire_from, remove_from: retire_from + policy.keep };
    Step::Retire { kid: key.kid.clone(), ending }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn policy() -> RotationPolicy {
        RotationPolicy { algs: vec![Alg::Es256], ..RotationPolicy::default() }
    }

    /// What a store does with a plan.
    fn apply(keys: &mut Vec<KeyInfo>, steps: impl FnOnce(&[KeyInfo]) -> Vec<Step>) {
        for step in steps(keys) {
            match step {
                Step::Create { alg, schedule } => {
                    let kid = format!("{alg}-{}-{}", schedule.created_at.seconds(), keys.len());
                    keys.push(KeyInfo { kid, alg, schedule });
                }
                Step::Retire { kid, ending } => {
                    keys.iter_mut().find(|key| key.kid == kid).unwrap().schedule.ending = Some(ending);
                }
                Step::Remove { kid } => keys.retain(|key| key.kid != kid),
            }
        }
    }

    #[test]
    fn the_first_start_makes_one_active_key_for_each_algorithm() {
        let mut keys = Vec::new();
        apply(&mut keys, |keys| plan(keys, &RotationPolicy::default(), START));
        assert_eq!(keys.len(), 4);
        for alg in RotationPolicy::default().algs {
            assert_eq!(active(&keys, alg, START).unwrap().schedule.active_from, START);
        }
        assert_eq!(plan(&keys, &RotationPolicy::default(), START), []);
    }

    /// The promises, checked each hour of a year.
    #[test]
    fn every_key_is_published_before_its_first_token_and_kept_after_its_last() {
        let (policy, mut keys) = (policy(), Vec::new());
        let mut signed: Vec<(String, Timestamp)> = Vec::new();
        let mut published: Vec<(String, Timestamp)> = Vec::new();
        for hour in 0..24 * 365 {
            let now = START + hours(hour);
            apply(&mut keys, |keys| plan(keys, &policy, now));
            let signer = active(&keys, Alg::Es256, now).unwrap().kid.clone();
            for key in &keys {
                assert_ne!(key.schedule.phase(now), Phase::Gone);
                if !published.iter().any(|(kid, _)| *kid == key.kid) {
                    published.push((key.kid.clone(), now));
                }
            }
            if !signed.iter().any(|(kid, _)| *kid == signer) {
                let (_, since) = published.iter().find(|(kid, _)| *kid == signer).unwrap();
                // The very first key could not be published earlier.
                assert!(hour == 0 || now.since(*since) >= policy.publish_lead);
            }
            signed.retain(|(kid, _)| *kid != signer);
            signed.push((signer, now));
            for (kid, last) in &signed {
                let kept = keys.iter().any(|key| key.kid == *kid);
                assert!(kept || now.since(*last) >= policy.keep, "{kid} removed too early");
                assert!(!kept || now.since(*last) <= policy.keep + hours(2), "{kid} kept too long");
            }
        }
        assert_eq!(published.len(), 5, "{published:?}");
        assert!(keys.len() <= 3);
    }

    #[test]
    fn two_nodes_that_start_at_once_agree_on_one_key() {
        let mut keys = Vec::new();
        let (one, two) = (plan(&keys, &policy(), START), plan(&keys, &policy(), START));
        apply(&mut keys, |_| one);
        apply(&mut keys, |_| two);
        assert_eq!(keys.len(), 2);
        let winner = active(&keys, Alg::Es256, START).unwrap().kid.clone();
        keys.reverse();
        assert_eq!(active(&keys, Alg::Es256, START).unwrap().kid, winner);
        apply(&mut keys, |keys| plan(keys, &policy(), START + hours(1)));
        let phases: Vec<_> =
            keys.iter().map(|key| (key.kid == winner, key.schedule.phase(START + hours(1)))).collect();
        assert!(phases.contains(&(true, Phase::Active)) && phases.contains(&(false, Phase::Retiring)));
        assert_eq!(plan(&keys, &policy(), START + hours(1)), []);
    }

    #[test]
    fn a_plan_applied_in_part_is_completed_later() {
        let mut keys = Vec::new();
        apply(&mut keys, |keys| plan(keys, &policy(), START));
        let due = START + days(89);
        let mut steps = plan(&keys, &policy(), due);
        assert_eq!(steps.len(), 2);
        steps.truncate(1); // The successor is there, the old key does not know of its end.
        apply(&mut keys, |_| steps);
        assert_eq!(plan(&keys, &policy(), due + hours(1)), []);
        let later = due + days(2);
        assert!(
            matches!(&plan(&keys, &policy(), later)[..], [Step::Retire { ending, .. }] if ending.retire_from == later)
        );
    }

    #[test]
    fn a_server_that_slept_for_a_year_still_publishes_before_it_signs() {
        let mut keys = Vec::new();
        apply(&mut keys, |keys| plan(keys, &policy(), START));
        let now = START + days(365);
        apply(&mut keys, |keys| plan(keys, &policy(), now));
        assert_eq!(active(&keys, Alg::Es256, now).unwrap().schedule.active_from, START);
        let after = now + policy().publish_lead;
        assert_eq!(active(&keys, Alg::Es256, after).unwrap().schedule.active_from, after);
    }

    #[test]
    fn an_algorithm_no_longer_wanted_retires() {
        let mut keys = Vec::new();
        apply(&mut keys, |keys| plan(keys, &RotationPolicy::default(), START));
        apply(&mut keys, |keys| plan(keys, &policy(), START + hours(1)));
        let phase = |alg| keys.iter().find(|key| key.alg == alg).unwrap().schedule.phase(START + hours(1));
        assert_eq!(phase(Alg::Rs256), Phase::Retiring);
        assert_eq!(phase(Alg::Es256), Phase::Active);
    }

    #[test]
    fn a_revoked_key_is_gone_at_once_and_another_signs() {
        let mut keys = Vec::new();
        apply(&mut keys, |keys| plan(keys, &policy(), START));
        let leaked = keys[0].kid.clone();
        apply(&mut keys, |keys| revoke(keys, &leaked, START + hours(1)));
        assert!(keys.iter().all(|key| key.kid != leaked));
        assert!(active(&keys, Alg::Es256, START + hours(1)).is_some());
        assert_eq!(revoke(&keys, "unknown", START), []);
    }

    #[test]
    fn a_successor_revoked_before_its_time_gets_a_successor() {
        let mut keys = Vec::new();
        apply(&mut keys, |keys| plan(keys, &policy(), START));
        apply(&mut keys, |keys| replace(keys, Alg::Es256, &policy(), START));
        let next = keys.iter().find(|key| key.schedule.phase(START) == Phase::Next).unwrap().kid.clone();
        let now = START + hours(1);
        apply(&mut keys, |keys| revoke(keys, &next, now));
        apply(&mut keys, |keys| plan(keys, &policy(), now));
        let handover = now + policy().publish_lead;
        for (at, from) in [(now, START), (handover - hours(1), START), (handover, handover)] {
            assert_eq!(active(&keys, Alg::Es256, at).unwrap().schedule.active_from, from);
        }
    }

    #[test]
    fn a_rotation_before_its_time_publishes_first_too() {
        let mut keys = Vec::new();
        apply(&mut keys, |keys| replace(keys, Alg::Es256, &policy(), START));
        let now = START + hours(5);
        apply(&mut keys, |keys| replace(keys, Alg::Es256, &policy(), now));
        assert_eq!(replace(&keys, Alg::Es256, &policy(), now), []);
        assert_eq!(active(&keys, Alg::Es256, now).unwrap().schedule.active_from, START);
        let after = now + policy().publish_lead;
        assert_eq!(active(&keys, Alg::Es256, after).unwrap().schedule.active_from, after);
    }
}
