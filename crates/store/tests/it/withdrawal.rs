//! What a person takes away stays away, also from an app that is half-way through the door.

use std::convert::Infallible;
use std::time::Duration;

use countersign_core::account::{EmailRow, StandardClaims, User, UserState};
use countersign_core::ctx::fixed::Fixed;
use countersign_core::oauth::Client;
use countersign_core::session::revocations::Position;
use countersign_core::session::{EndReason, FamilyState, Grant};
use countersign_core::{ClientId, Id, Outcome, Subject, Write, id};
use countersign_store::session::endings::After;
use countersign_store::{Db, DbError, apply, settle, unit};

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

    /// DESIGN 5: a sign-out leaves what survives it: the television that was allowed a moment before.
    async fn a_sign_out_voids_the_codes_whose_grants_would_end_with_it(db: Db) {
        for (scope, survives) in [("openid", false), ("openid offline_access", true)] {
            let house = House::build(&db, scope).await;
            let (session, reason, at) = (house.session, EndReason::SignedOut, house.fixed.now);
            let end = Write::EndFamiliesOfSession { session, offline: false, reason, at };
            house.write(&db, vec![Write::EndSession(session, reason, at), end]).await;
            let late = db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result;
            assert_eq!((late.is_ok(), reaches(&house, &db).await), (survives, survives), "{scope}");
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

/// A redemption that has written, and commits only later.
async fn slow_redemption(db: &Db, house: &House) -> tokio::task::JoinHandle<bool> {
    let (half, work) = (db.clone(), std::sync::Arc::new(house.redeem(client("planner"), VERIFIER)));
    let (wrote, mut written) = tokio::sync::watch::channel(());
    let redeeming = tokio::spawn(async move {
        half.run(unit(move |tx| {
            let (work, wrote) = (work.clone(), wrote.clone());
            Box::pin(async move {
                let decided = countersign_store::Unit::run(&*work, tx).await?;
                wrote.send_replace(());
                tokio::time::sleep(Duration::from_millis(400)).await;
                Ok(decided)
            })
        }))
        .await
        .unwrap()
        .result
        .is_ok()
    });
    written.changed().await.unwrap();
    redeeming
}

/// READ COMMITTED: the sweep over the grants does not see one that is being made, so it must wait for its code.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_withdrawal_that_meets_a_redemption_leaves_nothing_alive_on_postgres() {
    let Some(url) = postgres_url().await else { return };
    let db = Db::open_with(&url, crate::support::patient()).await.unwrap();
    db.migrate(false).await.unwrap();
    let house = House::build(&db, "openid offline_access").await;
    let redeeming = slow_redemption(&db, &house).await;
    let at = house.fixed.now;
    house
        .write(&db, vec![Write::EndFamiliesOfClient(house.user, planner(), EndReason::ConsentWithdrawn, at)])
        .await;
    assert!(redeeming.await.unwrap());
    assert!(!reaches(&house, &db).await, "the grant that was being made survived the withdrawal");
}

/// The same for a sign-out: what the app gets meanwhile ends too, and app and validators hear of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_out_that_meets_a_redemption_is_told_to_the_app_on_postgres() {
    let Some(url) = postgres_url().await else { return };
    let db = Db::open_with(&url, crate::support::patient()).await.unwrap();
    db.migrate(false).await.unwrap();
    let house = House::build(&db, "openid").await;
    let uri = Some(crate::notices::OUT.to_owned());
    let app = Client { backchannel_logout_uri: uri, ..client("planner").client().clone() };
    crate::notices::put(&db, app, house.fixed.now).await;
    let redeeming = slow_redemption(&db, &house).await;
    let (env, session, reason) = (house.fixed.env(), house.session, EndReason::SignedOut);
    let sign_out = unit(move |tx| {
        let env = env.clone();
        let end = Write::EndFamiliesOfSession { session, offline: false, reason, at: env.now };
        let outcome: Outcome<(), Infallible> = Outcome::reply(());
        let outcome = outcome.write(Write::EndSession(session, reason, env.now)).write(end);
        Box::pin(async move { settle(tx, &env, outcome).await })
    });
    db.run(sign_out).await.unwrap();
    assert!(redeeming.await.unwrap());
    let grant = house.grant(&db).await.unwrap();
    assert_eq!(grant.family.state, FamilyState::Ended(house.fixed.now, reason));
    assert_eq!(crate::notices::due(&db, &house).await, ["logout:planner"]);
    assert_eq!(db.read(After(Position(0), 9)).await.unwrap().len(), 1, "and the stream");
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
    let (wrote, mut is_written) = tokio::sync::watch::channel(());
    let verifying = tokio::spawn(async move {
        slow.run(unit(move |tx| {
            let (first, wrote) = (first.clone(), wrote.clone());
            Box::pin(async move {
                apply(tx, &[first]).await?;
                wrote.send_replace(());
                tokio::time::sleep(Duration::from_millis(400)).await;
                Ok(())
            })
        }))
        .await
    });
    is_written.changed().await.unwrap();
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
