//! Events are told at least once, in order for each subject, and the chain shows a forged one.

use std::time::Duration;

use countersign_core::ctx::fixed::Fixed;
use countersign_core::{Event, EventKind, Id, Timestamp, id};
use countersign_store::outbox::{self, Ack, ClaimBatch, Delivery, Receiver, Retry, Routes};
use countersign_store::{Db, Sql, audit, changes, params, purge, unit};

use crate::support::both;

/// One receiver that hears everything, in order for each person.
struct Hook;

impl Routes for Hook {
    fn receivers(&self, event: &Event, _: Id<id::OutboxEvent>) -> Vec<Receiver> {
        let subject = event.user.map(|it| it.to_string()).unwrap_or_default();
        vec![Receiver { name: "hook".into(), subject, expires_at: event.at + Duration::from_secs(3600) }]
    }
}

fn hooked(db: &Db) {
    db.set_routes(std::sync::Arc::new(Hook));
}

async fn append(db: &Db, fixed: &Fixed, events: Vec<Event>) -> Vec<Id<id::OutboxEvent>> {
    let env = fixed.env();
    db.run(unit(move |tx| {
        let (env, events) = (env.clone(), events.clone());
        Box::pin(async move { outbox::append(tx, &env.ctx(), &events).await })
    }))
    .await
    .unwrap()
}

async fn claim(db: &Db, owner: &str, now: Timestamp) -> Vec<Delivery> {
    let (receiver, owner, lease) = ("hook".to_owned(), owner.to_owned(), Duration::from_secs(10));
    db.run(ClaimBatch { receiver, owner, now, lease, limit: 10 }).await.unwrap()
}

async fn ack(db: &Db, owner: &str, ids: Vec<Id<id::OutboxEvent>>) -> usize {
    db.run(Ack { receiver: "hook".to_owned(), owner: owner.to_owned(), ids }).await.unwrap().len()
}

fn event(fixed: &Fixed, user: u8) -> Event {
    Event::new(EventKind::UserUpdated, fixed.now)
        .user(Id::from_bytes([user; 16]))
        .data("n", 1)
        .personal("name", "Anna")
}

fn ids(found: &[Delivery]) -> Vec<Id<id::OutboxEvent>> {
    found.iter().map(|it| it.id).collect()
}

both! {
    async fn several_events_cost_one_statement_and_one_for_their_receivers(db: Db) {
        let fixed = Fixed::new();
        let before = db.counters();
        append(&db, &fixed, vec![event(&fixed, 1), event(&fixed, 2), event(&fixed, 1)]).await;
        assert_eq!((db.counters() - before).statements, 1, "nobody listens");
        hooked(&db);
        let before = db.counters();
        append(&db, &fixed, vec![event(&fixed, 1), event(&fixed, 2)]).await;
        assert_eq!((db.counters() - before).statements, 2, "events, deliveries");
        append(&db, &fixed, vec![]).await;
    }

    async fn order_is_kept_for_each_subject_and_a_stuck_one_delays_only_itself(db: Db) {
        let mut fixed = Fixed::new();
        hooked(&db);
        let made = append(&db, &fixed, vec![event(&fixed, 1), event(&fixed, 1), event(&fixed, 2)]).await;
        let later = append(&db, &fixed, vec![event(&fixed, 1)]).await;
        let found = claim(&db, "a", fixed.now).await;
        assert_eq!(ids(&found), [made[0], made[2]], "the oldest of each");
        assert_eq!(found[0].personal["name"], "Anna");
        assert!(claim(&db, "b", fixed.now).await.is_empty(), "leased, and the next of 1 waits");
        assert_eq!(ack(&db, "a", vec![made[2]]).await, 1);
        let due_at = fixed.now + outbox::back_off(1, 0);
        let retry = Retry { receiver: "hook".to_owned(), owner: "a".to_owned(), id: made[0], due_at };
        assert!(db.run(retry).await.unwrap());
        assert!(claim(&db, "b", fixed.now).await.is_empty());
        fixed.now += Duration::from_secs(2);
        let again = claim(&db, "b", fixed.now).await;
        assert_eq!((ids(&again), again[0].attempt), (vec![made[0]], 2));
        assert_eq!(ack(&db, "a", vec![made[0]]).await, 0, "the lease is b's");
        assert_eq!(ack(&db, "b", vec![made[0]]).await, 1);
        assert_eq!(ids(&claim(&db, "b", fixed.now).await), [made[1]]);
        assert_eq!(ack(&db, "b", vec![made[1]]).await, 1);
        assert_eq!(ids(&claim(&db, "b", fixed.now).await), later);
    }

    async fn a_lease_that_ran_out_is_taken_over(db: Db) {
        let mut fixed = Fixed::new();
        hooked(&db);
        let made = append(&db, &fixed, vec![event(&fixed, 1)]).await;
        assert_eq!(ids(&claim(&db, "a", fixed.now).await), made);
        fixed.now += Duration::from_secs(11);
        assert_eq!(ids(&claim(&db, "b", fixed.now).await), made);
    }

    async fn of_many_claimers_each_delivery_goes_to_one(db: Db) {
        let fixed = Fixed::new();
        hooked(&db);
        let made = append(&db, &fixed, (0..60).map(|user| event(&fixed, user)).collect()).await;
        let racers: Vec<_> = (0..12)
            .map(|at| {
                let (db, now) = (db.clone(), fixed.now);
                tokio::spawn(async move { claim(&db, &format!("worker {at}"), now).await })
            })
            .collect();
        let mut seen = Vec::new();
        for racer in racers {
            seen.extend(ids(&racer.await.unwrap()));
        }
        seen.extend(ids(&claim(&db, "last", fixed.now).await));
        let total = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), total, "twice");
        assert!(seen.iter().all(|it| made.contains(it)));
    }

    async fn the_chain_holds_through_erasure_and_shows_a_forged_record(db: Db) {
        let fixed = Fixed::new();
        for user in 0..3 {
            append(&db, &fixed, vec![event(&fixed, user), event(&fixed, user)]).await;
        }
        let chain = |owner: &str, now| audit::Chain { owner: owner.to_owned(), now, lease: Duration::from_secs(10) };
        assert_eq!(db.run(chain("a", fixed.now)).await, Ok(audit::Chained::Rows(6)));
        assert_eq!(db.run(chain("b", fixed.now)).await, Ok(audit::Chained::NotOurs));
        append(&db, &fixed, vec![event(&fixed, 4)]).await;
        let later = fixed.now + Duration::from_secs(11);
        assert_eq!(db.run(chain("b", later)).await, Ok(audit::Chained::Rows(1)));
        let intact = audit::Verified { links: 7, broken: None };
        assert_eq!(audit::verify(&db).await, Ok(intact));
        let person = Id::from_bytes([1; 16]);
        db.run(unit(move |tx| Box::pin(async move { outbox::erase(tx, person).await }))).await.unwrap();
        assert_eq!(audit::verify(&db).await, Ok(intact));
        const FORGE: Sql = Sql::new(
            "UPDATE outbox SET data = $1 WHERE id = (SELECT event_id FROM audit WHERE position = 3)");
        db.run(unit(|tx| Box::pin(async move { tx.exec(&FORGE, params!["{\"n\":2}"]).await }))).await.unwrap();
        assert_eq!(audit::verify(&db).await.unwrap().broken, Some(3));
    }

    async fn what_outlived_itself_is_purged_in_small_units(db: Db) {
        let fixed = Fixed::new();
        const OLD: Sql = Sql::new("INSERT INTO counters (key, count, expires_at) VALUES ($1, 1, $2)");
        let now = fixed.now;
        db.run(unit(move |tx| {
            Box::pin(async move {
                for at in 0..450u32 {
                    tx.exec(&OLD, params![format!("old {at}"), now - Duration::from_secs(1)]).await?;
                }
                tx.exec(&OLD, params!["new", now + Duration::from_secs(1)]).await
            })
        }))
        .await
        .unwrap();
        let before = db.counters();
        assert_eq!(purge::purge(&db, now).await.unwrap(), [("counters", 450)]);
        assert!((db.counters() - before).commits >= 3, "in more than one unit");
        assert_eq!(crate::support::count(&db).await, 1);
    }

    async fn caches_follow_the_change_counter(db: Db) {
        let mut seen = changes::follow(&db).await.unwrap();
        let before = seen.borrow_and_update().of(changes::Topic::Keys);
        db.run(unit(|tx| Box::pin(async move { changes::bump(tx, changes::Topic::Keys).await }))).await.unwrap();
        tokio::time::timeout(Duration::from_secs(5), seen.changed()).await.unwrap().unwrap();
        assert_eq!(seen.borrow().of(changes::Topic::Keys), before + 1);
    }
}
