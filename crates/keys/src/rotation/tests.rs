use std::sync::atomic::{AtomicU64, Ordering};

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
                static MADE: AtomicU64 = AtomicU64::new(0);
                let kid = format!("{alg}-{:09}", MADE.fetch_add(1, Ordering::Relaxed));
                keys.push(KeyInfo { kid, alg, schedule });
            }
            Step::Activate { kid, active_from } => {
                keys.iter_mut().find(|key| key.kid == kid).unwrap().schedule.active_from = active_from;
            }
            Step::Retire { kid, ending } => {
                keys.iter_mut().find(|key| key.kid == kid).unwrap().schedule.ending = Some(ending);
            }
            Step::Remove { kid } => keys.retain(|key| key.kid != kid),
        }
    }
}

/// What a store and a worker do, until there is nothing to do.
fn tend(keys: &mut Vec<KeyInfo>, policy: &RotationPolicy, now: Timestamp) {
    for _ in 0..4 {
        apply(keys, |keys| plan(keys, policy, now));
    }
    assert_eq!(plan(keys, policy, now), []);
}

fn signer(keys: &[KeyInfo], now: Timestamp) -> &str {
    &active(keys, Alg::Es256, now).unwrap().kid
}

#[test]
fn the_first_start_makes_one_active_key_for_each_algorithm_and_then_its_successor() {
    let mut keys = Vec::new();
    apply(&mut keys, |keys| plan(keys, &RotationPolicy::default(), START));
    assert_eq!(keys.len(), 4);
    for alg in RotationPolicy::default().algs {
        assert_eq!(active(&keys, alg, START).unwrap().schedule.active_from, START);
    }
    tend(&mut keys, &RotationPolicy::default(), START + minutes(1));
    assert_eq!(keys.len(), 8);
    for alg in RotationPolicy::default().algs {
        let (active, next) = (active(&keys, alg, START).unwrap(), next(&keys, alg, START).unwrap());
        assert_eq!(next.schedule.active_from, START + days(90));
        assert_eq!(active.schedule.ending.unwrap().retire_from, START + days(90));
    }
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
        let signer = signer(&keys, now).to_owned();
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
    assert_eq!(published.len(), 6, "{published:?}");
    assert!(keys.len() <= 3);
}

proptest::proptest! {
    /// A validator that asks for the key set only when its copy is as old as we said it may be knows every kid,
    /// whatever the calendar and the operator do, and when nodes hear of a change late.
    #[test]
    fn a_cache_as_old_as_allowed_knows_every_signer(
        acts in proptest::collection::vec((0_u64..40_000, 0_u8..5), 1..120),
    ) {
        let policy = RotationPolicy { period: days(2), keep: days(1), ..policy() };
        let (mut keys, mut now) = (Vec::new(), START);
        tend(&mut keys, &policy, now);
        // What each of the last states published, newest last, and since when.
        let mut states: Vec<(Timestamp, Vec<String>)> = vec![(START, names(&keys))];
        for (seconds, act) in acts {
            now += Duration::from_secs(seconds);
            // Just before the change every node signs by the rows as they were.
            let before = signer(&keys, now).to_owned();
            match act {
                0 => apply(&mut keys, |keys| replace(keys, Alg::Es256, &policy, now)),
                // The signing key leaks; its successor is there.
                1 if next(&keys, Alg::Es256, now).is_some_and(|it| now >= it.schedule.created_at + policy.settle) =>
                    apply(&mut keys, |keys| revoke(keys, &before, now)),
                2 => {
                    let retiring = keys.iter().find(|key| key.schedule.phase(now) == Phase::Retiring);
                    if let Some(kid) = retiring.map(|key| key.kid.clone()) {
                        apply(&mut keys, |keys| revoke(keys, &kid, now));
                    }
                }
                _ => {}
            }
            let after = signer(&keys, now).to_owned();
            // A copy may be as old as the stated age, and have been answered by a node that had not heard yet.
            let oldest = Timestamp::from_micros(
                now.micros() - i64::try_from((JWKS_MAX_AGE + Duration::from_millis(500)).as_micros()).unwrap());
            let until = |at: usize| states.get(at + 1).map_or(now, |(since, _)| *since);
            for (at, (_, known)) in states.iter().enumerate().filter(|(at, _)| until(*at) >= oldest) {
                proptest::prop_assert!(known.contains(&after), "{after} not in {known:?}, state {at}");
            }
            tend(&mut keys, &policy, now);
            states.push((now, names(&keys)));
        }
    }
}

fn names(keys: &[KeyInfo]) -> Vec<String> {
    keys.iter().map(|key| key.kid.clone()).collect()
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
    tend(&mut keys, &policy(), START + hours(1));
    let phases: Vec<_> =
        keys.iter().map(|key| (key.kid == winner, key.schedule.phase(START + hours(1)))).collect();
    assert!(phases.contains(&(true, Phase::Active)) && phases.contains(&(false, Phase::Retiring)));
    assert_eq!(keys.len(), 3);
}

#[test]
fn a_plan_applied_in_part_is_completed_later() {
    let mut keys = Vec::new();
    apply(&mut keys, |keys| plan(keys, &policy(), START));
    let mut steps = plan(&keys, &policy(), START + hours(1));
    assert_eq!(steps.len(), 2);
    steps.truncate(1); // The successor is there, the old key does not know of its end.
    apply(&mut keys, |_| steps);
    let later = START + hours(2);
    let handover = START + days(90);
    assert!(
        matches!(&plan(&keys, &policy(), later)[..], [Step::Retire { ending, .. }] if ending.retire_from == handover)
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
fn a_key_that_leaked_is_relieved_by_one_that_validators_know() {
    let mut keys = Vec::new();
    tend(&mut keys, &policy(), START);
    let (leaked, known) = (signer(&keys, START).to_owned(), keys[1].kid.clone());
    let now = START + hours(1);
    apply(&mut keys, |keys| revoke(keys, &leaked, now));
    assert_eq!((signer(&keys, now), keys.len()), (known.as_str(), 1));
    tend(&mut keys, &policy(), now);
    assert_eq!(next(&keys, Alg::Es256, now).unwrap().schedule.active_from, now + days(90));
}

#[test]
fn a_successor_revoked_before_its_time_gets_a_successor() {
    let mut keys = Vec::new();
    tend(&mut keys, &policy(), START);
    let first = signer(&keys, START).to_owned();
    let next = next(&keys, Alg::Es256, START).unwrap().kid.clone();
    // A day before the hand-over: the new one needs its time.
    let now = START + days(90) - hours(1);
    apply(&mut keys, |keys| revoke(keys, &next, now));
    tend(&mut keys, &policy(), now);
    assert_eq!(signer(&keys, now + policy().publish_lead - minutes(1)), first);
    assert_ne!(signer(&keys, now + policy().publish_lead), first);
}

#[test]
fn an_operator_rotates_at_once_where_the_successor_is_known() {
    let mut keys = Vec::new();
    tend(&mut keys, &policy(), START);
    let (first, second) = (signer(&keys, START).to_owned(), keys[1].kid.clone());
    let now = START + hours(5);
    apply(&mut keys, |keys| replace(keys, Alg::Es256, &policy(), now));
    assert_eq!(signer(&keys, now), second);
    let old = keys.iter().find(|key| key.kid == first).unwrap().schedule;
    assert_eq!(old.phase(now), Phase::Retiring);
    assert_eq!(old.ending.unwrap().remove_from, now + policy().keep);
    // Fifty people who had the same thought rotate once.
    tend(&mut keys, &policy(), now);
    assert_eq!(replace(&keys, Alg::Es256, &policy(), now + minutes(5)), []);
    // And when it is meant again, it happens again.
    let again = now + minutes(7);
    apply(&mut keys, |keys| replace(keys, Alg::Es256, &policy(), again));
    assert_ne!(signer(&keys, again), second);
}

/// the clock goes back an hour or a day in the middle of a life, and forward again.
#[test]
fn a_clock_that_jumps_makes_no_key_twice() {
    for jump in [hours(1), days(1)] {
        let mut keys = Vec::new();
        tend(&mut keys, &policy(), START);
        let mut now = START + days(10);
        apply(&mut keys, |keys| replace(keys, Alg::Es256, &policy(), now));
        tend(&mut keys, &policy(), now);
        let before = names(&keys);
        for at in [now - jump, now, now + jump, now, now - jump, now + jump] {
            tend(&mut keys, &policy(), at);
            assert!(active(&keys, Alg::Es256, at).is_some());
            assert_eq!(names(&keys), before, "{at:?}");
        }
        now += jump;
        assert_eq!(keys.iter().filter(|key| key.schedule.phase(now) == Phase::Active).count(), 1);
    }
}

#[test]
fn an_operator_waits_for_caches_where_the_successor_is_new() {
    let mut keys = Vec::new();
    apply(&mut keys, |keys| plan(keys, &policy(), START));
    let first = signer(&keys, START).to_owned();
    apply(&mut keys, |keys| replace(keys, Alg::Es256, &policy(), START));
    assert_eq!(replace(&keys, Alg::Es256, &policy(), START + minutes(1)), []);
    assert_eq!(signer(&keys, START + JWKS_MAX_AGE), first);
    assert_ne!(signer(&keys, START + policy().settle), first);
    assert!(policy().settle > JWKS_MAX_AGE);
}

#[test]
fn a_key_stays_as_long_as_the_longest_that_it_signed() {
    let long = Lifetimes { session_absolute: days(400), ..Lifetimes::default() };
    assert!(policy().covering(&long).keep >= days(400));
    assert!(
        policy().covering(&Lifetimes { access_token: days(90), ..Lifetimes::default() }).keep >= days(90)
    );
    assert!(policy().covering(&Lifetimes { id_token: days(91), ..Lifetimes::default() }).keep >= days(91));
    // Lifetimes that grew put off an ending that was written before; those that shrank do not bring it forward.
    let mut keys = Vec::new();
    tend(&mut keys, &policy(), START);
    let ending = |keys: &[KeyInfo]| keys[0].schedule.ending.unwrap().remove_from;
    assert_eq!(ending(&keys), START + days(120));
    tend(&mut keys, &policy().covering(&long), START);
    assert!(ending(&keys) >= START + days(490));
    tend(&mut keys, &policy(), START);
    assert!(ending(&keys) >= START + days(490));
}
