//! What operators order, on both databases.

use countersign_core::account::operator::{Order, OrderRefused};
use countersign_core::account::{EmailAddress, EmailRow, StandardClaims, User, UserState};
use countersign_core::session::{EndReason, FamilyState};
use countersign_core::{Event, EventKind, Id, Party, Subject, TraceStep, Write, id};
use countersign_store::account::operator::{Obey, OpenSessions, Whom};
use countersign_store::{Db, Sql, outbox, params, trace, unit};

use crate::grants::{House, VERIFIER, client};
use crate::support::both;

async fn order(house: &House, db: &Db, whom: Whom, order: Order) -> Result<Id<id::User>, OrderRefused> {
    db.run(Obey { env: house.fixed.env(), whom, order }).await.unwrap().result
}

fn anna() -> Whom {
    Whom::Address(EmailAddress::parse("anna@EXAMPLE.org").unwrap())
}

async fn open(house: &House, db: &Db) -> usize {
    let open = OpenSessions { env: house.fixed.env(), whom: None, most: 10 };
    db.read(open).await.unwrap().unwrap().len()
}

async fn rows(db: &Db, sql: &'static Sql) -> usize {
    db.read(unit(move |tx| Box::pin(async move { Ok(tx.rows(sql, params![]).await?.len()) }))).await.unwrap()
}

both! {
    async fn disabling_ends_what_there_is_and_enabling_brings_nothing_back(db: Db) {
        let house = House::build(&db, "openid offline_access").await;
        db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
        assert_eq!(open(&house, &db).await, 1);
        assert_eq!(order(&house, &db, anna(), Order::Enable).await, Err(OrderRefused::Already));
        assert_eq!(order(&house, &db, anna(), Order::Disable).await, Ok(house.user));
        let grant = house.grant(&db).await.unwrap();
        assert!(matches!(grant.holder.state, UserState::Disabled(_)));
        assert!(matches!(grant.family.state, FamilyState::Ended(_, EndReason::Disabled)));
        assert_eq!((grant.holder.epoch, open(&house, &db).await), (1, 0));
        assert_eq!(order(&house, &db, anna(), Order::Disable).await, Err(OrderRefused::Already));
        assert_eq!(order(&house, &db, Whom::User(house.user), Order::Enable).await, Ok(house.user));
        let grant = house.grant(&db).await.unwrap();
        assert_eq!(grant.holder.state, UserState::Active);
        assert!(grant.alive(&house.fixed.ctx()).is_err());
    }

    async fn one_session_ends_once_with_its_offline_grants(db: Db) {
        let house = House::build(&db, "openid offline_access").await;
        db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
        let end = || order(&house, &db, Whom::Session(house.session), Order::EndSession(house.session));
        assert_eq!(end().await, Ok(house.user));
        let grant = house.grant(&db).await.unwrap();
        assert!(matches!(grant.family.state, FamilyState::Ended(_, EndReason::EndedByOperator)));
        assert_eq!(end().await, Err(OrderRefused::NotFound), "ended before");
        assert_eq!(open(&house, &db).await, 0);
    }

    /// Nothing personal is left, and the subject never comes back.
    async fn a_deleted_account_leaves_its_subject_and_nothing_else(db: Db) {
        const TOMB: Sql = Sql::new("SELECT id FROM users WHERE deleted_at IS NOT NULL AND claims = '{}'");
        const LEFT: Sql = Sql::new(
            "SELECT id FROM emails UNION ALL SELECT user_id FROM passwords UNION ALL SELECT user_id FROM consents \
             UNION ALL SELECT id FROM sessions WHERE agent <> '' OR network <> '' \
             UNION ALL SELECT id FROM outbox WHERE personal IS NOT NULL",
        );
        let house = House::build(&db, "openid offline_access").await;
        db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
        let (env, user) = (house.fixed.env(), house.user);
        let told = unit(move |tx| {
            let (env, at) = (env.clone(), env.now);
            let event = Event::new(EventKind::EmailVerified, at).user(user).personal("address", "anna@example.org");
            Box::pin(async move { outbox::append(tx, &env.ctx(), &[event]).await })
        });
        db.run(told).await.unwrap();
        assert_eq!(rows(&db, &LEFT).await, 3, "an address, a browser, an event");
        assert_eq!(order(&house, &db, anna(), Order::Delete).await, Ok(house.user));
        assert_eq!((rows(&db, &TOMB).await, rows(&db, &LEFT).await), (1, 0));
        let grant = house.grant(&db).await.unwrap();
        assert!(matches!(grant.holder.state, UserState::Deleted(_)));
        assert!(matches!(grant.family.state, FamilyState::Ended(_, EndReason::Deleted)));
        for whom in [anna(), Whom::User(house.user), Whom::Session(house.session)] {
            assert_eq!(order(&house, &db, whom, Order::Enable).await, Err(OrderRefused::NotFound));
        }
    }

    /// Lines wait to be written, at whichever node; the person may be gone by then.
    async fn no_line_of_the_trace_is_written_about_who_is_gone(db: Db) {
        let house = House::build(&db, "openid").await;
        let nobody: Id<id::User> = Id::from_bytes([3; 16]);
        let lines = async |n: u8| {
            let flow = Id::from_bytes([n; 16]);
            let people = [Some(house.user), None, Some(nobody), Some(house.user)];
            let steps = people.map(|user| {
                let at = house.fixed.now;
                TraceStep { user, ..TraceStep::new(flow, at, Party::Browser, Party::Countersign, "GET /") }
            });
            let put = unit(move |tx| {
                let steps = steps.clone();
                Box::pin(async move { trace::record(tx, &steps).await })
            });
            db.run(put).await.unwrap();
            let steps = db.read(unit(move |tx| Box::pin(async move { trace::steps(tx, flow).await }))).await;
            steps.unwrap().iter().map(|it| it.user).collect::<Vec<_>>()
        };
        assert_eq!(lines(1).await, [Some(house.user), None, Some(nobody), Some(house.user)]);
        assert_eq!(order(&house, &db, anna(), Order::Delete).await, Ok(house.user));
        assert_eq!(lines(2).await, [None, Some(nobody)]);
    }

    /// An address that nobody has confirmed names nobody, once two have typed it.
    async fn of_two_who_typed_an_address_none_is_meant(db: Db) {
        let house = House::build(&db, "openid").await;
        let ctx = house.fixed.ctx();
        let address = EmailAddress::parse("ben@example.org").unwrap();
        for expected in [true, false] {
            let user = User {
                id: Id::new(&ctx),
                subject: Subject::new(&ctx),
                state: UserState::Active,
                epoch: 0,
                admin: false,
                claims: StandardClaims::default(),
                created_at: ctx.now,
                updated_at: ctx.now,
            };
            let email = EmailRow {
                id: Id::new(&ctx),
                user: user.id,
                address: address.typed().to_owned(),
                key: address.key().to_owned(),
                verified_at: None,
                primary: true,
            };
            house.write(&db, vec![Write::InsertUser(Box::new(user)), Write::InsertEmail(Box::new(email))]).await;
            let found = order(&house, &db, Whom::Address(address.clone()), Order::EndSessions).await;
            assert_eq!(found.is_ok(), expected);
        }
    }
}
