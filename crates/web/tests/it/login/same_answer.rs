//! whether an address has an account shows in no answer, and not in how long it takes.

#![allow(clippy::disallowed_methods, reason = "what is measured here is time")]

use super::first_page;
use axum::http::StatusCode;
use countersign_testkit::{Answer, Browser, World};
use std::time::{Duration, Instant};

/// Each kind of request that names an address.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Password,
    Link,
    Forgot,
    SignUp,
}

const PAIRS: usize = 120;

async fn prepare(world: &World, way: Way, address: &str) -> (Browser, Answer) {
    let mut browser = world.server.browser();
    let (_, _, page) = first_page(world, &mut browser).await;
    let page = match way {
        Way::Password => browser.press(&page, "continue", &[("identifier", address)]).await,
        Way::Link => page,
        Way::Forgot => browser.open("/forgot").await,
        Way::SignUp => browser.press(&page, "sign-up", &[]).await,
    };
    (browser, page)
}

async fn ask(browser: &mut Browser, page: &Answer, way: Way, address: &str) -> Answer {
    match way {
        Way::Password => browser.press(page, "continue", &[("password", "wrong wrong wrong")]).await,
        Way::Link => browser.press(page, "send-link", &[("identifier", address)]).await,
        Way::Forgot => browser.press(page, "continue", &[("identifier", address)]).await,
        Way::SignUp => {
            let fill = [("identifier", address), ("new-password", "seven green bicycles")];
            browser.press(page, "continue", &fill).await
        }
    }
}

/// Mann and Whitney's rank test, as a normal deviate: 0 when the two are alike.
fn deviate(known: &[Duration], unknown: &[Duration]) -> f64 {
    let (n, m) = (known.len() as f64, unknown.len() as f64);
    let less = |a: &Duration| {
        unknown
            .iter()
            .map(|b| {
                if b < a {
                    1.0
                } else if b == a {
                    0.5
                } else {
                    0.0
                }
            })
            .sum::<f64>()
    };
    let u: f64 = known.iter().map(less).sum();
    (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

/// A difference that is there shows each time; what other tests do on the same machine does not.
async fn compare(way: Way) {
    let mut tried = vec![];
    for _ in 0..3 {
        let z = measured(way).await;
        // One run in three hundred of equals differs as much.
        if z.abs() < 3.0 {
            return;
        }
        tried.push(z);
    }
    panic!("{way:?}: known and unknown differ in time, z = {tried:?}");
}

async fn measured(way: Way) -> f64 {
    let world = World::new().await;
    let (mut known, mut unknown) = (vec![], vec![]);
    let mut statuses: Vec<StatusCode> = vec![];
    for n in 0..2 * PAIRS {
        // Limits are not what is measured.
        world.server.advance(Duration::from_secs(73 * 60));
        let is_known = (n + n / 2) % 2 == 0;
        let address = if is_known { "anna@example.com" } else { "nobo@example.com" };
        let (mut browser, page) = prepare(&world, way, address).await;
        let begin = Instant::now();
        let answer = ask(&mut browser, &page, way, address).await;
        let took = begin.elapsed();
        if is_known {
            known.push(took)
        } else {
            unknown.push(took)
        }
        statuses.push(answer.status);
    }
    assert!(statuses.iter().all(|s| *s == statuses[0]), "{way:?}");
    deviate(&known, &unknown)
}

#[tokio::test]
async fn a_wrong_password_takes_as_long_for_an_unknown_address() {
    compare(Way::Password).await;
}

#[tokio::test]
async fn asking_for_a_link_takes_as_long_for_an_unknown_address() {
    compare(Way::Link).await;
}

#[tokio::test]
async fn a_forgotten_password_takes_as_long_for_an_unknown_address() {
    compare(Way::Forgot).await;
}

#[tokio::test]
async fn signing_up_takes_as_long_with_a_taken_address() {
    compare(Way::SignUp).await;
}
