use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[derive(Clone)]
enum Does {
    Takes,
    Is(NotSent),
    Stalls,
}

#[derive(Clone)]
struct Fake(&'static str, Does, Arc<AtomicUsize>);

impl Transport<String> for Fake {
    fn name(&self) -> &'static str {
        self.0
    }
    async fn carry(&self, _: &String, _: Timestamp) -> Result<(), NotSent> {
        self.2.fetch_add(1, Ordering::Relaxed);
        match &self.1 {
            Does::Takes => Ok(()),
            Does::Is(error) => Err(error.clone()),
            Does::Stalls => std::future::pending().await,
        }
    }
}

fn fake(name: &'static str, does: Does) -> (Fake, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    (Fake(name, does, asked.clone()), asked)
}

fn away() -> NotSent {
    NotSent::Away("answered 503".to_owned())
}

const NOW: Timestamp = Timestamp::from_micros(0);

#[tokio::test]
async fn what_the_first_does_not_take_the_second_gets_at_once() {
    for error in [away(), NotSent::Transient("answered 450".to_owned())] {
        let (first, asked) = fake("smtp", Does::Is(error));
        let (second, _) = fake("sendgrid", Does::Takes);
        let lines = Lines::new(vec![first, second]);
        assert_eq!(lines.send(&String::new(), NOW).await, Ok("sendgrid"));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn a_refusal_for_good_is_not_tried_elsewhere() {
    let (first, _) = fake("smtp", Does::Is(NotSent::Permanent("answered 550".to_owned())));
    let (second, asked) = fake("sendgrid", Does::Takes);
    let error = Lines::new(vec![first, second]).send(&String::new(), NOW).await.unwrap_err();
    assert_eq!(error, NotSent::Permanent("smtp: answered 550".to_owned()));
    assert!(!error.passes());
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn when_nobody_takes_it_the_reasons_of_all_are_told_and_it_may_be_tried_again() {
    let lines = Lines::new(vec![fake("smtp", Does::Is(away())).0, fake("sendgrid", Does::Is(away())).0]);
    let error = lines.send(&String::new(), NOW).await.unwrap_err();
    assert_eq!(error.to_string(), "smtp: answered 503; sendgrid: answered 503");
    assert!(error.passes());
    let none = Lines::<Fake>::new(Vec::new()).send(&String::new(), NOW).await;
    assert!(!none.unwrap_err().passes());
}

#[tokio::test(start_paused = true)]
async fn a_silent_transport_costs_its_first_messages_seconds_and_the_next_none() {
    let (first, asked) = fake("smtp", Does::Stalls);
    let (second, _) = fake("sendgrid", Does::Takes);
    let lines = Arc::new(Lines::new(vec![first, second]));
    let begun = Instant::now();
    // More than the first may hold: those beyond go past it without waiting.
    let many: Vec<_> = (0..AT_ONCE * 4)
        .map(|_| {
            let lines = lines.clone();
            tokio::spawn(async move { lines.send(&String::new(), NOW).await.map(|by| (by, Instant::now())) })
        })
        .collect();
    let mut waited = Vec::new();
    for one in many {
        let (by, at) = one.await.unwrap().unwrap();
        assert_eq!(by, "sendgrid");
        waited.push(at - begun);
    }
    assert_eq!(waited.iter().filter(|it| **it >= FIRST).count(), AT_ONCE);
    assert!(waited.iter().all(|it| *it < FIRST + Duration::from_secs(1)), "{waited:?}");
    assert_eq!(asked.load(Ordering::Relaxed), AT_ONCE);

    // It rests, so nobody waits for it now; afterwards it is asked again.
    let begun = Instant::now();
    assert_eq!(lines.send(&String::new(), NOW).await, Ok("sendgrid"));
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(asked.load(Ordering::Relaxed), AT_ONCE);
    tokio::time::advance(REST).await;
    assert_eq!(lines.send(&String::new(), NOW).await, Ok("sendgrid"));
    assert_eq!(asked.load(Ordering::Relaxed), AT_ONCE + 1);
}

#[tokio::test(start_paused = true)]
async fn a_transport_without_another_beside_it_is_waited_for_and_not_for_ever() {
    let (only, _) = fake("smtp", Does::Stalls);
    let begun = Instant::now();
    let error = Lines::new(vec![only]).send(&String::new(), NOW).await.unwrap_err();
    assert_eq!(error.to_string(), "smtp: no answer in time");
    assert!(begun.elapsed() >= ALONE && begun.elapsed() < ALONE * 2);
}

/// Nobody can put a transport to rest by giving addresses that it cannot write to.
#[tokio::test]
async fn what_one_cannot_take_is_tried_elsewhere_and_costs_it_no_rest() {
    let unfit = || Does::Is(NotSent::Unfit("takes no such address".to_owned()));
    let (first, asked) = fake("smtp", unfit());
    let (second, _) = fake("sendgrid", Does::Takes);
    let lines = Lines::new(vec![first, second]);
    for nth in 1..=3 {
        assert_eq!(lines.send(&String::new(), NOW).await, Ok("sendgrid"));
        assert_eq!(asked.load(Ordering::Relaxed), nth);
    }

    let told = "smtp: takes no such address; sendgrid: takes no such address";
    let neither = Lines::new(vec![fake("smtp", unfit()).0, fake("sendgrid", unfit()).0]);
    let error = neither.send(&String::new(), NOW).await.unwrap_err();
    assert_eq!(error, NotSent::Permanent(told.to_owned()));

    // Who is away now may take it later, in whatever order they stand.
    for (first, second) in [(unfit(), Does::Is(away())), (Does::Is(away()), unfit())] {
        let lines = Lines::new(vec![fake("smtp", first).0, fake("sendgrid", second).0]);
        assert!(lines.send(&String::new(), NOW).await.unwrap_err().passes());
    }
}

#[tokio::test]
async fn a_refused_recipient_does_not_send_the_transport_to_rest() {
    let (first, asked) = fake("smtp", Does::Is(NotSent::Transient("answered 450".to_owned())));
    let (second, _) = fake("sendgrid", Does::Takes);
    let lines = Lines::new(vec![first, second]);
    for nth in 1..=3 {
        lines.send(&String::new(), NOW).await.unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), nth);
    }
}
