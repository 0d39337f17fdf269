//! 50 racers, one winner; and a kind is a wall.

use std::sync::Arc;
use std::time::Duration;

use countersign_core::ctx::fixed::Fixed;
use countersign_core::secret::kind::{MagicLink, ResetLink};
use countersign_core::write::NewSecret;
use countersign_core::{Digest, Plain, SecretKind, Timestamp};
use countersign_store::{Db, purge, secrets, unit};
use tokio::sync::Barrier;

use crate::support::both;

fn new_secret(kind: SecretKind, digest: [u8; 33], now: Timestamp) -> NewSecret {
    NewSecret {
        kind,
        digest,
        client: None,
        user: None,
        flow: None,
        payload: serde_json::json!({"for": "test"}),
        created_at: now,
        expires_at: now + Duration::from_secs(900),
    }
}

async fn insert(db: &Db, new: &NewSecret) {
    let new = new.clone();
    db.run(unit(move |tx| {
        let new = new.clone();
        Box::pin(async move { secrets::insert(tx, &new).await })
    }))
    .await
    .unwrap();
}

async fn spend(db: &Db, digest: Digest<MagicLink>, now: Timestamp) -> bool {
    db.run(unit(move |tx| Box::pin(async move { secrets::spend(tx, &digest, now).await })))
        .await
        .unwrap()
        .is_some()
}

/// How many of 50 callers, released at once, were told yes.
async fn race<F, Fut>(work: F) -> usize
where
    F: Fn() -> Fut,
    Fut: Future<Output = bool> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(50));
    let racers: Vec<_> = (0..50)
        .map(|_| {
            let (barrier, work) = (Arc::clone(&barrier), work());
            tokio::spawn(async move {
                barrier.wait().await;
                work.await
            })
        })
        .collect();
    let mut won = 0;
    for racer in racers {
        won += usize::from(racer.await.unwrap());
    }
    won
}

both! {
    async fn of_50_spenders_exactly_one_wins(db: Db) {
        let fixed = Fixed::new();
        for _ in 0..5 {
            let digest = Plain::<MagicLink>::mint(&fixed.ctx()).digest(&fixed.ctx());
            insert(&db, &new_secret(SecretKind::MagicLink, digest.as_bytes().try_into().unwrap(), fixed.now)).await;
            let won = race(|| {
                let (db, now) = (db.clone(), fixed.now);
                async move { spend(&db, digest, now).await }
            })
            .await;
            assert_eq!(won, 1);
        }
    }

    async fn of_50_claimers_exactly_one_wins(db: Db) {
        let fixed = Fixed::new();
        for round in 0..5 {
            let new = new_secret(SecretKind::AssertionJti, [round; 33], fixed.now);
            let won = race(|| {
                let (db, new) = (db.clone(), new.clone());
                async move {
                    db.run(unit(move |tx| {
                        let new = new.clone();
                        Box::pin(async move { secrets::claim(tx, &new).await })
                    }))
                    .await
                    .unwrap()
                }
            })
            .await;
            assert_eq!(won, 1);
        }
    }

    async fn a_secret_of_one_kind_is_unknown_to_another(db: Db) {
        let fixed = Fixed::new();
        insert(&db, &new_secret(SecretKind::MagicLink, [9; 33], fixed.now)).await;
        let other = Digest::<ResetLink>::from_bytes(&[9; 33]).unwrap();
        let now = fixed.now;
        let found = db.run(unit(move |tx| Box::pin(async move { secrets::spend(tx, &other, now).await }))).await;
        assert!(found.unwrap().is_none());
        assert!(spend(&db, Digest::from_bytes(&[9; 33]).unwrap(), now).await);
    }

    async fn an_expired_secret_is_not_spent_and_looking_spends_nothing(db: Db) {
        let fixed = Fixed::new();
        insert(&db, &new_secret(SecretKind::MagicLink, [8; 33], fixed.now)).await;
        let digest = Digest::<MagicLink>::from_bytes(&[8; 33]).unwrap();
        for _ in 0..2 {
            let found = db.read(unit(move |tx| Box::pin(async move { secrets::find(tx, &digest).await }))).await;
            assert!(found.unwrap().unwrap().spent_at.is_none());
        }
        assert!(!spend(&db, digest, fixed.now + Duration::from_secs(900)).await);
        assert!(spend(&db, digest, fixed.now + Duration::from_secs(899)).await);
        assert!(!spend(&db, digest, fixed.now + Duration::from_secs(899)).await);
    }

    /// a node whose clock runs ahead does not make others forget what they would still take.
    async fn a_purge_by_a_fast_clock_opens_no_second_use(db: Db) {
        let fixed = Fixed::new();
        let new = new_secret(SecretKind::AssertionJti, [9; 33], fixed.now);
        let claim = async || {
            let new = new.clone();
            let unit = unit(move |tx| {
                let new = new.clone();
                Box::pin(async move { secrets::claim(tx, &new).await })
            });
            db.run(unit).await.unwrap()
        };
        assert!(claim().await);
        purge::purge(&db, new.expires_at + Duration::from_secs(120)).await.unwrap();
        assert!(!claim().await, "the jti was forgotten while a slower node would take it");
        purge::purge(&db, new.expires_at + Duration::from_secs(600)).await.unwrap();
        assert!(claim().await, "and kept for ever it is not");
    }
}
