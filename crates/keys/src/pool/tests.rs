use super::*;
use crate::rng::SystemRng;

fn config() -> HashPoolConfig {
    HashPoolConfig { workers: 1, ..HashPoolConfig::for_this_machine() }
}

/// Logic only: a hash that takes microseconds.
fn quick() -> HashPoolConfig {
    HashPoolConfig { cost: HashCost::new(64, 1, 1).unwrap(), ..config() }
}

fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

async fn stored(pool: &HashPool, text: &str) -> StoredHash {
    StoredHash::parse(&pool.hash(password(text), &SystemRng).await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_password_is_hashed_and_recognised() {
    let pool = HashPool::start(quick()).unwrap();
    let hash = stored(&pool, "correct horse").await;
    let check = |text: &str, hash: Option<&StoredHash>| pool.verify(password(text), hash.cloned());
    assert_eq!(check("correct horse", Some(&hash)).await, Ok(Verdict::Match { needs_rehash: false }));
    assert_eq!(check("wrong", Some(&hash)).await, Ok(Verdict::NoMatch));
    assert_eq!(check("correct horse", None).await, Ok(Verdict::NoMatch));
    assert_ne!(
        pool.hash(password("x"), &SystemRng).await.unwrap(),
        pool.hash(password("x"), &SystemRng).await.unwrap()
    );
    let stronger =
        HashPool::start(HashPoolConfig { cost: HashCost::new(128, 1, 1).unwrap(), ..config() }).unwrap();
    assert_eq!(
        stronger.verify(password("correct horse"), Some(hash)).await,
        Ok(Verdict::Match { needs_rehash: true })
    );
}

#[tokio::test]
async fn a_new_cost_holds_from_the_next_hash_on() {
    let pool = HashPool::start(quick()).unwrap();
    let before = stored(&pool, "correct horse").await;
    let stronger = HashCost::new(128, 1, 1).unwrap();
    pool.set_cost(stronger);
    assert_eq!(pool.cost(), stronger);
    assert_eq!(
        pool.verify(password("correct horse"), Some(before)).await,
        Ok(Verdict::Match { needs_rehash: true })
    );
    let after = stored(&pool, "correct horse").await;
    assert_eq!(after.cost(), stronger);
    assert_eq!(
        pool.verify(password("correct horse"), Some(after)).await,
        Ok(Verdict::Match { needs_rehash: false })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_people_within_a_second_all_get_in() {
    // At 25 ms each, one after the other: twice what a hash costs, so that a slow machine has room too.
    let usual = config();
    assert!(usual.longest_wait >= Duration::from_millis(25) * 60);
    // How fast this machine is while other tests run is not the question.
    let patient = HashPoolConfig { longest_wait: Duration::from_secs(60), ..usual };
    let pool = Arc::new(HashPool::start(patient).unwrap());
    let hash = stored(&pool, "correct horse").await;
    let people: Vec<_> = (0..60)
        .map(|_| {
            let (pool, hash) = (Arc::clone(&pool), hash.clone());
            tokio::spawn(async move { pool.verify(password("correct horse"), Some(hash)).await })
        })
        .collect();
    for person in people {
        assert_eq!(person.await.unwrap(), Ok(Verdict::Match { needs_rehash: false }));
    }
    assert_eq!(pool.load().refused, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn overload_is_answered_at_once_and_passes() {
    let pool = Arc::new(HashPool::start(config()).unwrap());
    let (mut admitted, mut refused) = (Vec::new(), 0);
    for _ in 0..1000 {
        let mut waiting = Box::pin({
            let pool = Arc::clone(&pool);
            async move { pool.verify(password("x"), None).await }
        });
        // A refusal is there at the first poll.
        match futures_poll(waiting.as_mut()) {
            Some(Err(HashError::Overloaded { retry_after })) => {
                assert!(retry_after >= Duration::from_secs(1) && retry_after <= Duration::from_secs(30));
                refused += 1;
            }
            Some(other) => panic!("{other:?}"),
            None => admitted.push(waiting),
        }
    }
    assert!(refused > 500 && admitted.len() > 60, "{} admitted", admitted.len());
    assert_eq!(pool.load().refused, refused);
    assert!(pool.room().is_err(), "whoever asks before looking anything up hears the same");
    // Everybody leaves: the next one is served, and nothing was computed for the others.
    drop(admitted);
    assert_eq!(pool.verify(password("x"), None).await, Ok(Verdict::NoMatch));
    assert!(pool.load().done < 60, "{:?}", pool.load());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_computed_for_people_who_left() {
    let pool = HashPool::start(config()).unwrap();
    let mut people: Vec<_> = (0..60).map(|_| Box::pin(pool.verify(password("x"), None))).collect();
    assert!(people.iter_mut().all(|person| futures_poll(person.as_mut()).is_none()));
    drop(people);
    assert_eq!(pool.verify(password("x"), None).await, Ok(Verdict::NoMatch));
    assert!(pool.load().done < 30, "{:?}", pool.load());
}

#[tokio::test]
async fn one_large_hash_does_not_hold_its_memory() {
    let pool = HashPool::start(quick()).unwrap();
    let large =
        HashPool::start(HashPoolConfig { cost: HashCost::new(1024, 1, 1).unwrap(), ..quick() }).unwrap();
    let imported = stored(&large, "x").await;
    assert_eq!(pool.verify(password("x"), Some(imported)).await, Ok(Verdict::Match { needs_rehash: true }));
    // The next one waits its turn, so the first one's memory has been accounted for.
    pool.verify(password("x"), None).await.unwrap();
    assert!(pool.load().arena_bytes <= 64 * 1024, "{:?}", pool.load());
}

#[tokio::test]
async fn the_memory_goes_back_when_nobody_signs_in() {
    let pool =
        HashPool::start(HashPoolConfig { release_after: Duration::from_millis(50), ..quick() }).unwrap();
    pool.verify(password("x"), None).await.unwrap();
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if pool.load() == (HashLoad { done: 1, ..HashLoad::default() }) {
            // And the next sign-in works as before.
            assert_eq!(pool.verify(password("x"), None).await, Ok(Verdict::NoMatch));
            return;
        }
    }
    panic!("{:?}", pool.load());
}

#[tokio::test]
async fn a_dropped_pool_answers_those_who_wait() {
    let pool = HashPool::start(config()).unwrap();
    let shared = Arc::clone(&pool.shared);
    let (answer, result) = oneshot::channel();
    for _ in 0..3 {
        let (unused, _closed) = oneshot::channel();
        pool.submit(Task::Verify { password: password("x"), stored: None, answer: unused }, pool.cost())
            .unwrap();
    }
    pool.submit(Task::Verify { password: password("x"), stored: None, answer }, pool.cost()).unwrap();
    drop(pool);
    // Either it had begun already, or the channel is closed; it never hangs.
    let answered = tokio::time::timeout(Duration::from_secs(10), result).await.unwrap();
    assert!(matches!(answered, Ok(Ok(false)) | Err(_)));
    assert!(shared.lock().jobs.is_empty());
}

#[test]
fn the_estimate_follows_the_measurements() {
    let mut queue = Queue { nanos_per_work: 10.0, workers: 2, running: 2, ..Queue::default() };
    queue.running_work = 2_000;
    queue.waiting_work = 18_000;
    assert_eq!(queue.estimated_wait(), Duration::from_nanos(100_000));
    for _ in 0..100 {
        queue.measured(1000, Duration::from_nanos(40_000));
    }
    assert!(queue.estimated_wait() > Duration::from_nanos(390_000));
    queue.running = 1;
    assert_eq!(queue.estimated_wait(), Duration::ZERO);
}

#[tokio::test]
async fn debug_shows_no_password() {
    let pool = HashPool::start(quick()).unwrap();
    let _ = pool.hash(password("hunter2"), &SystemRng).await;
    assert!(!format!("{pool:?}").contains("hunter2"));
}

fn futures_poll<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::Pin::new(&mut future).poll(&mut context) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}
