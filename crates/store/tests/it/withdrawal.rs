//! What a person takes away stays away, also from an app that is half-way through the door.

use std::time::Duration;

use countersign_core::account::{EmailRow, StandardClaims, User, UserState};
use countersign_core::ctx::fixed::Fixed;
use countersign_core::session::{EndReason, Grant};
use countersign_core::{ClientId, Id, Subject, Write, id};
use countersign_store::{Db, DbError, apply, unit};

use crate::grants::{House, VERIFIER, client};
use crate::support::{both, postgres_url};

fn planner() -> ClientId {
    ClientId::parse("planner").unwrap()
}

/// Does the app hold anything that opens the person's data?
async fn reaches(house: &House, db: &Db) -> bool {
    house.grant(db).await.is_some_and(|grant: Grant| grant.alive(&house.fixed.ctx()).is_ok())
}

both! {
    /// DESIGN 5: a code given out before the person took the app's access away is worth nothing after it.
    async fn a_code_dies_with_the_consent_it_was_given_under(db: Db) {
        let house = House::build(&db, "openid offline_access").await;
        let at = house.fixed.now;
        house.write(&db, vec![Write::EndFamiliesOfClient(house.user, planner(), EndReason::ConsentWithdrawn, at)]).await;
        let late = db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result;
        assert!(late.is_err(), "the code outlived the consent");
        assert!(!reaches(&house, &db).await);
    }

    /// The same for the session, whose row is purged long before an offline grant would end.
    async fn a_code_dies_with_the_session_it_was_given_in(db: Db) {
        for offline in [false, true] {
            let house = House::build(&db, "openid offline_access").await;
            let at = house.fixed.now;
            let (session, reason) = (house.session, EndReason::EndedByUser);
            let writes = match offline {
                false => vec![Write::EndFamiliesOfUser(house.user, None, reason, at)],
                true => vec![Write::EndFamiliesOfSession { session, offline, reason, at }],
            };
            house.write(&db, writes).await;
            assert!(db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.is_err());
            crate::grants::clear(&db).await;
        }
    }

    /// A profile that was read before an operator switched the account off does not switch it on again.
    async fn a_late_profile_edit_neither_enables_nor_promotes(db: Db) {
        let house = House::build(&db, "openid").await;
        let first = db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
        assert!(first.id_token.is_some() && reaches(&house, &db).await);
        let holder = house.grant(&db).await.unwrap().holder;
        let (admin, at) = (true, house.fixed.now);
        let edit = |name: &str| StandardClaims { name: Some(name.into()), ..holder.claims.clone() };
        let read_before = User {
            id: house.user,
            subject: holder.subject.clone(),
            state: UserState::Active,
            epoch: 0,
            admin,
            claims: edit("Declared"),
            created_at: at,
            updated_at: at,
        };
        house.write(&db, vec![Write::SetUserState(house.user, UserState::Disabled(at), at)]).await;
        house.write(&db, vec![Write::UpdateUser(Box::new(read_before))]).await;
        assert!(!reaches(&house, &db).await, "the operator's own file brought the account back");
        house.write(&db, vec![Write::SetClaims(house.user, Box::new(edit("Edited")), at)]).await;
        assert!(!reaches(&house, &db).await);
        assert_eq!(house.grant(&db).await.unwrap().holder.claims.name.as_deref(), Some("Edited"));
    }
}

/// READ COMMITTED: the sweep over the grants does not see one that is being made, so it must wait for its code.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_withdrawal_that_meets_a_redemption_leaves_nothing_alive_on_postgres() {
    let Some(url) = postgres_url().await else { return };
    let db = Db::open_with(&url, crate::support::patient()).await.unwrap();
    db.migrate(false).await.unwrap();
    let house = House::build(&db, "openid offline_access").await;
    // A redemption that has written and not committed yet.
    let (half, house_twin) = (db.clone(), house.clone());
    let redeeming = tokio::spawn(async move {
        let work = house_twin.redeem(client("planner"), VERIFIER);
        let work = std::sync::Arc::new(work);
        half.run(unit(move |tx| {
            let work = work.clone();
            Box::pin(async move {
                let decided = countersign_store::Unit::run(&*work, tx).await?;
                tokio::time::sleep(Duration::from_millis(400)).await;
                Ok(decided)
            })
        }))
        .await
        .unwrap()
        .result
        .is_ok()
    });
    tokio::time::sleep(Duration::from_millis(150)).await;
    let at = house.fixed.now;
    house
        .write(&db, vec![Write::EndFamiliesOfClient(house.user, planner(), EndReason::ConsentWithdrawn, at)])
        .await;
    assert!(redeeming.await.unwrap());
    assert!(!reaches(&house, &db).await, "the grant that was being made survived the withdrawal");
}

/// Two people prove one address at the same moment: one has it, the other hears so; nobody hears of a constraint.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_address_proved_twice_at_once_is_decided_again_on_postgres() {
    let Some(url) = postgres_url().await else { return };
    let db = Db::open_with(&url, crate::support::patient()).await.unwrap();
    db.migrate(false).await.unwrap();
    let mut proofs = Vec::new();
    let fixed = Fixed::new();
    for _ in 0..2 {
        let ctx = fixed.ctx();
        let (user, email) = (Id::new(&ctx), Id::<id::Email>::new(&ctx));
        let subject = Subject::new(&ctx);
        let (state, claims) = (UserState::Active, StandardClaims::default());
        let (created_at, updated_at) = (ctx.now, ctx.now);
        let row = User { id: user, subject, state, epoch: 0, admin: false, claims, created_at, updated_at };
        let (address, key) = ("anna@example.org".to_owned(), "anna@example.org".to_owned());
        let mail = EmailRow { id: email, user, address, key, verified_at: None, primary: true };
        write(&db, vec![Write::InsertUser(Box::new(row)), Write::InsertEmail(Box::new(mail))]).await.unwrap();
        proofs.push(Write::VerifyEmail(email, ctx.now));
    }
    let (second, first) = (proofs.pop().unwrap(), proofs.pop().unwrap());
    let slow = db.clone();
    let verifying = tokio::spawn(async move {
        slow.run(unit(move |tx| {
            let first = first.clone();
            Box::pin(async move {
                apply(tx, &[first]).await?;
                tokio::time::sleep(Duration::from_millis(400)).await;
                Ok(())
            })
        }))
        .await
    });
    tokio::time::sleep(Duration::from_millis(150)).await;
    let told = write(&db, vec![second]).await;
    verifying.await.unwrap().unwrap();
    assert_eq!(told.unwrap_err(), DbError::missed("emails.verify"), "the guard decides, from fresh rows");
}

async fn write(db: &Db, writes: Vec<Write>) -> Result<(), DbError> {
    db.run(unit(move |tx| {
        let writes = writes.clone();
        Box::pin(async move { apply(tx, &writes).await })
    }))
    .await
}
