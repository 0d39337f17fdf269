//! What a person takes away stays away, also from an app that is half-way through the door.

use std::time::Duration;

use countersign_core::session::{EndReason, Grant};
use countersign_core::{ClientId, Write};
use countersign_store::{Db, unit};

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
    house.write(&db, vec![Write::EndFamiliesOfClient(house.user, planner(), EndReason::ConsentWithdrawn, at)]).await;
    assert!(redeeming.await.unwrap());
    assert!(!reaches(&house, &db).await, "the grant that was being made survived the withdrawal");
}
