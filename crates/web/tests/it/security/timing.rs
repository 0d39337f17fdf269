//! a known and an unknown address are answered in the same time. 200 and 200 requests, interleaved, and a
//! rank test; a difference that is there shows in every attempt, chance does not.

use crate::login::first_page;
use countersign_core::account::StandardClaims;
use countersign_core::time::minutes;
use countersign_testkit::world::person;
use countersign_testkit::{Answer, Browser, World};
use std::time::{Duration, Instant};

const EACH: usize = 200;
const PEOPLE: usize = 40;

/// What is measured: one press, on a page that was made before.
#[derive(Clone, Copy)]
enum Step {
    WrongPassword,
    Link,
    Forgot,
}

async fn measure(world: &World, step: Step, address: &str, n: usize) -> Duration {
    let mut browser = world.server.browser();
    browser.ip = [10, 0, u8::try_from(n / 250).unwrap(), u8::try_from(n % 250).unwrap()].into();
    let (page, button, filled) = prepare(world, &mut browser, step, address).await;
    let filled: Vec<(&str, &str)> = filled.iter().map(|(n, v)| (*n, v.as_str())).collect();
    #[allow(clippy::disallowed_methods, reason = "a stopwatch")]
    let begun = Instant::now();
    let answer = browser.press_only(&page, button, &filled).await;
    let took = begun.elapsed();
    assert!([200, 303, 422].contains(&answer.status.as_u16()), "{} {}", answer.status, answer.body);
    took
}

async fn prepare(
    world: &World,
    browser: &mut Browser,
    step: Step,
    address: &str,
) -> (Answer, &'static str, Vec<(&'static str, String)>) {
    let (_, _, first) = first_page(world, browser).await;
    let typed = vec![("identifier", address.to_owned())];
    if let Step::Link = step {
        return (first, "send-link", typed);
    }
    let password = browser.press(&first, "continue", &[("identifier", address)]).await;
    match step {
        Step::WrongPassword => (password, "continue", vec![("password", "not this one".to_owned())]),
        Step::Forgot | Step::Link => (browser.press(&password, "forgot", &[]).await, "continue", typed),
    }
}

/// The two-sided p of the Mann-Whitney U test, by its normal approximation.
fn p(a: &[Duration], b: &[Duration]) -> f64 {
    let mut all: Vec<(Duration, bool)> =
        a.iter().map(|it| (*it, true)).chain(b.iter().map(|it| (*it, false))).collect();
    all.sort_by_key(|(took, _)| *took);
    let ranks: f64 =
        (1_u32..).zip(&all).filter(|(_, (_, first))| *first).map(|(rank, _)| f64::from(rank)).sum();
    let (n, m) = (f64::from(u32::try_from(a.len()).unwrap()), f64::from(u32::try_from(b.len()).unwrap()));
    let z = (ranks - n * (n + m + 1.0) / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt();
    // Twice the upper tail (Abramowitz and Stegun 7.1.26).
    let (x, t) = (z.abs() / 2f64.sqrt(), 1.0 / (1.0 + 0.327_591_1 * z.abs() / 2f64.sqrt()));
    let poly = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    poly.iter().fold(0.0, |sum, c| (sum + c) * t) * (-x * x).exp()
}

async fn takes_the_same_time(step: Step) {
    let world = World::new().await;
    for n in 0..PEOPLE {
        person(
            &world.server,
            &format!("known{n}@example.com"),
            "nine wide harbours",
            StandardClaims::default(),
        )
        .await;
    }
    let mut tried = Vec::new();
    for _ in 0..3 {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for n in 0..EACH {
            if n % PEOPLE == 0 {
                // Every window of every limit is over.
                world.server.advance(minutes(16));
            }
            let whose = n % PEOPLE;
            // What one request leaves to be done in the background slows the next: each comes first as often.
            for k in [n % 2, (n + 1) % 2] {
                let (name, took) = if k == 0 { ("known", &mut known) } else { ("fresh", &mut unknown) };
                took.push(measure(&world, step, &format!("{name}{whose}@example.com"), 2 * n + k).await);
            }
        }
        let p = p(&known, &unknown);
        if p > 0.01 {
            return;
        }
        known.sort();
        unknown.sort();
        tried.push((p, known[EACH / 2], unknown[EACH / 2]));
    }
    panic!("known and unknown addresses differ (p, medians): {tried:?}");
}

#[tokio::test]
async fn a_098_a_wrong_password_takes_the_same_time() {
    takes_the_same_time(Step::WrongPassword).await;
}

#[tokio::test]
async fn a_098_asking_for_a_link_takes_the_same_time() {
    takes_the_same_time(Step::Link).await;
}

#[tokio::test]
async fn a_098_asking_for_a_new_password_takes_the_same_time() {
    takes_the_same_time(Step::Forgot).await;
}

#[test]
fn the_rank_test_tells_a_shift_from_none() {
    let even: Vec<_> = (0..200).map(|n| Duration::from_micros(1_000 + n)).collect();
    let odd: Vec<_> = even.iter().map(|it| *it + Duration::from_nanos(500)).collect();
    let late: Vec<_> = even.iter().map(|it| *it + Duration::from_micros(40)).collect();
    assert!(p(&even, &odd) > 0.5 && p(&even, &late) < 0.001);
}
