//! Which apps are to hear of the end of a session, and that they are told in its commit.

use countersign_core::EventKind;
use countersign_core::account::operator::Order;
use countersign_core::oauth::Client;
use countersign_core::session::EndReason;
use countersign_core::time::days;
use countersign_core::{ClientId, Env, Outcome, Timestamp, Write};
use countersign_store::account::operator::{Obey, Whom};
use countersign_store::login::sessions::Touch;
use countersign_store::oauth::RevokeGrant;
use countersign_store::oauth::clients::{self, Origin};
use countersign_store::outbox::{Ack, ClaimBatch, Delivery, Due, LOGOUT};
use countersign_store::session::overdue::{AnyOverdue, EndOverdue};
use countersign_store::{Db, DbError, Sql, params, purge, settle, unit};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use crate::grants::{House, VERIFIER, client};
use crate::support::both;

pub const OUT: &str = "https://planner.example/out";

pub async fn put(db: &Db, client: Client, at: Timestamp) {
    let client = Arc::new(client);
    let put = unit(move |tx| {
        let client = client.clone();
        Box::pin(async move { clients::put_client(tx, &client, Origin::Config, at).await })
    });
    assert!(db.run(put).await.unwrap());
}

async fn register(db: &Db, uri: Option<&str>, disabled: bool, at: Timestamp) {
    let uri = uri.map(str::to_owned);
    put(db, Client { backchannel_logout_uri: uri, disabled, ..client("planner").client().clone() }, at).await;
}

async fn claim(db: &Db, house: &House) -> Vec<Delivery> {
    let receiver = format!("{LOGOUT}planner");
    let batch = ClaimBatch {
        receiver: receiver.clone(),
        owner: "test".into(),
        now: house.fixed.now,
        lease: Duration::from_secs(60),
        limit: 10,
    };
    let claimed = db.run(batch).await.unwrap();
    let ids = claimed.iter().map(|it| it.id).collect();
    db.run(Ack { receiver, owner: "test".into(), ids }).await.unwrap();
    claimed
}

pub async fn due(db: &Db, house: &House) -> Vec<String> {
    db.read(Due { prefix: LOGOUT, now: house.fixed.now }).await.unwrap()
}

both! {
    async fn an_app_of_the_session_hears_once_from_a_queue_of_its_own(db: Db) {
        let house = House::build(&db, "openid offline_access").await;
        register(&db, Some(OUT), false, house.fixed.now).await;
        db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
        assert!(due(&db, &house).await.is_empty());
        for _ in 0..2 {
            let (env, whom) = (house.fixed.env(), Whom::User(house.user));
            db.run(Obey { env, whom, order: Order::EndSessions }).await.unwrap().result.unwrap();
        }
        assert_eq!(due(&db, &house).await, ["logout:planner"]);
        let told = claim(&db, &house).await;
        let [one] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((one.kind, one.session, one.flow), (EventKind::LogoutRequested, Some(house.session), Some(house.code.flow)));
        assert_eq!(one.subject, house.session.to_string());
        assert_eq!(one.client, Some(ClientId::parse("planner").unwrap()));
        assert!(due(&db, &house).await.is_empty());
    }

    /// Who does not want to hear, is switched off, or never was in the session, is not told.
    async fn nobody_else_hears(db: Db) {
        for (uri, disabled, enters) in [(None, false, true), (Some(OUT), true, true), (Some(OUT), false, false)] {
            let house = House::build(&db, "openid").await;
            register(&db, uri, disabled, house.fixed.now).await;
            if enters {
                db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
            }
            let (env, whom) = (house.fixed.env(), Whom::User(house.user));
            db.run(Obey { env, whom, order: Order::EndSessions }).await.unwrap().result.unwrap();
            assert!(due(&db, &house).await.is_empty(), "{uri:?} {disabled} {enters}");
            crate::grants::clear(&db).await;
        }
    }

    /// An end that is undone is told to nobody; one that happens is told in the same commit.
    async fn an_end_and_its_notice_stand_or_fall_together(db: Db) {
        let house = House::build(&db, "openid").await;
        register(&db, Some(OUT), false, house.fixed.now).await;
        db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
        let (env, session) = (house.fixed.env(), house.session);
        let half = unit(move |tx| {
            let env = env.clone();
            Box::pin(async move {
                let end = Write::EndSession(session, EndReason::SignedOut, env.now);
                let outcome: Outcome<(), Infallible> = Outcome::reply(()).write(end);
                settle(tx, &env, outcome).await?;
                Err::<(), _>(DbError::Bug("after all not".into()))
            })
        });
        assert!(db.run(half).await.is_err());
        assert!(due(&db, &house).await.is_empty());
        let (env, whom) = (house.fixed.env(), Whom::Session(session));
        db.run(Obey { env, whom, order: Order::EndSession(session) }).await.unwrap().result.unwrap();
        assert_eq!(claim(&db, &house).await.len(), 1);
    }

    /// An app that asked once hears, for however many months the session is renewed after that; of several grants the last
    /// is enough to know it by.
    async fn an_app_hears_of_the_end_of_a_session_that_outlived_its_grant(db: Db) {
        const RENEW: Sql = Sql::new("UPDATE sessions SET expires_at = $1");
        const GRANTS: Sql = Sql::new("SELECT COUNT(*) FROM families");
        let count = || unit(|tx| Box::pin(async move { tx.one(&GRANTS, params![]).await?.unwrap().i64(0) }));
        for revoked in [false, true] {
            let mut house = House::build(&db, "openid").await;
            register(&db, Some(OUT), false, house.fixed.now).await;
            for _ in 0..2 {
                house.again(&db, "planner").await;
                db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
                if revoked {
                    let (env, family) = (house.fixed.env(), house.code.family);
                    db.run(RevokeGrant { env, client: client("planner"), family }).await.unwrap();
                }
                Arc::get_mut(&mut house.fixed).unwrap().now += days(1);
            }
            let late = house.fixed.now + days(150);
            Arc::get_mut(&mut house.fixed).unwrap().now = late;
            let renew = unit(move |tx| Box::pin(async move { tx.exec(&RENEW, params![late + days(30)]).await }));
            db.run(renew).await.unwrap();
            purge::purge(&db, late).await.unwrap();
            assert_eq!(db.read(count()).await.unwrap(), 1);
            let (env, whom) = (house.fixed.env(), Whom::User(house.user));
            db.run(Obey { env, whom, order: Order::EndSessions }).await.unwrap().result.unwrap();
            assert_eq!(claim(&db, &house).await.len(), 1, "revoked {revoked}");
            purge::purge(&db, late + days(31)).await.unwrap();
            assert_eq!(db.read(count()).await.unwrap(), 0);
            crate::grants::clear(&db).await;
        }
    }

    /// DESIGN 5, "by policy": nobody came by, and the app hears all the same, once. An offline grant goes on.
    async fn a_session_that_is_over_by_itself_is_ended_and_told(db: Db) {
        for (scope, survives, wait) in [
            ("openid", false, days(7)),
            ("openid offline_access", true, days(7)),
            ("openid", false, days(31)),
        ] {
            let mut house = House::build(&db, scope).await;
            register(&db, Some(OUT), false, house.fixed.now).await;
            db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
            let end = |env| EndOverdue { env, most: 100 };
            let early = Env { now: house.fixed.now + days(6), ..house.fixed.env() };
            assert!(!db.read(AnyOverdue { env: early.clone() }).await.unwrap());
            assert_eq!(db.run(end(early)).await.unwrap(), 0);
            let fixed = Arc::get_mut(&mut house.fixed).unwrap();
            fixed.now += wait;
            if wait > days(30) {
                // Seen until its last day: the absolute end is what ends it.
                let touch = Touch(house.session, house.fixed.now - days(1));
                db.run(touch).await.unwrap();
            }
            assert!(db.read(AnyOverdue { env: house.fixed.env() }).await.unwrap());
            assert_eq!(db.run(end(house.fixed.env())).await.unwrap(), 1);
            assert_eq!(db.run(end(house.fixed.env())).await.unwrap(), 0);
            assert_eq!(claim(&db, &house).await.len(), 1, "{scope}");
            let grant = house.grant(&db).await.unwrap();
            assert_eq!(grant.alive(&house.fixed.ctx()).is_ok(), survives, "{scope}");
            crate::grants::clear(&db).await;
        }
    }
}
