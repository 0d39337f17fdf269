//! The trail of mails and text messages.

use std::time::Duration;

use countersign_core::account::EmailAddress;
use countersign_core::account::operator::Order;
use countersign_core::{Event, EventKind, Id, id};
use countersign_store::account::operator::{Obey, Whom};
use countersign_store::messages::{Message, Messages, Settle, Standing, Told};
use countersign_store::outbox::{ClaimBatch, MAIL};
use countersign_store::{Db, purge};

use countersign_core::account::{EmailRow, StandardClaims, User, UserState};
use countersign_core::ctx::fixed::Fixed;
use countersign_core::{Subject, Write};
use countersign_store::{Sql, apply, outbox, params, unit};

use crate::support::both;

fn mail(fixed: &Fixed, user: Option<Id<id::User>>) -> Event {
    let mut event = Event::new(EventKind::MailRequested, fixed.now)
        .data("template", "magic_link")
        .personal("address", "anna@example.com")
        .personal("sealed", "SECRET-LINK");
    event.user = user;
    event
}

/// A person with a proved address.
pub async fn user(db: &Db, fixed: &Fixed, address: &str) -> Id<id::User> {
    let ctx = fixed.ctx();
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
    let (id, address) = (user.id, address.to_owned());
    let email = EmailRow {
        id: Id::new(&ctx),
        user: id,
        address: address.clone(),
        key: address,
        verified_at: Some(ctx.now),
        primary: true,
    };
    write(db, vec![Write::InsertUser(Box::new(user)), Write::InsertEmail(Box::new(email))]).await;
    id
}

pub async fn write(db: &Db, writes: Vec<Write>) {
    let work = unit(move |tx| {
        let writes = writes.clone();
        Box::pin(async move { apply(tx, &writes).await })
    });
    db.run(work).await.unwrap();
}

async fn append(db: &Db, fixed: &Fixed, events: Vec<Event>) {
    let env = fixed.env();
    let work = unit(move |tx| {
        let (env, events) = (env.clone(), events.clone());
        Box::pin(async move { outbox::append(tx, &env.ctx(), &events).await })
    });
    db.run(work).await.unwrap();
}

const ALL: Sql = Sql::new("SELECT address FROM messages");

async fn rows(db: &Db) -> Vec<String> {
    let work = unit(|tx| Box::pin(async move { tx.rows(&ALL, params![]).await }));
    db.read(work).await.unwrap().iter().map(|row| row.text(0).unwrap().to_owned()).collect()
}

async fn of(db: &Db, fixed: &Fixed, user: Id<id::User>) -> Vec<Message> {
    let unit = Messages { whom: Whom::User(user), most: 10, now: fixed.now };
    db.read(unit).await.unwrap().unwrap()
}

async fn claim(db: &Db, fixed: &Fixed) -> Vec<Id<id::OutboxEvent>> {
    let lease = Duration::from_secs(60);
    let batch = ClaimBatch { receiver: MAIL.into(), owner: "a".into(), now: fixed.now, lease, limit: 10 };
    db.run(batch).await.unwrap().into_iter().map(|it| it.id).collect()
}

async fn settle(db: &Db, fixed: &Fixed, id: Id<id::OutboxEvent>, owner: &str, told: Told, again: bool) {
    let due = again.then_some(fixed.now);
    let (receiver, owner) = (MAIL.to_owned(), owner.to_owned());
    db.run(Settle { receiver, owner, id, due, told, now: fixed.now }).await.unwrap();
}

both! {
    async fn a_mail_is_followed_from_the_queue_to_its_end(db: Db) {
        let mut fixed = Fixed::new();
        let anna = user(&db, &fixed, "anna@example.com").await;
        append(&db, &fixed, vec![mail(&fixed, Some(anna))]).await;
        let [queued] = &of(&db, &fixed, anna).await[..] else { panic!() };
        assert_eq!((queued.standing, queued.attempts), (Standing::Queued, 0));
        assert_eq!((queued.channel.as_str(), queued.template.as_str()), ("mail", "magic_link"));
        assert_eq!(queued.address, "anna@example.com");
        assert!(!format!("{queued:?}").contains("SECRET"));

        let [id] = claim(&db, &fixed).await[..] else { panic!() };
        fixed.now += Duration::from_secs(1);
        let reason = Some("smtp: answered 450".to_owned());
        settle(&db, &fixed, id, "a", Told { standing: Standing::Queued, transport: None, reason: reason.clone() }, true).await;
        let [waits] = &of(&db, &fixed, anna).await[..] else { panic!() };
        assert_eq!((waits.standing, waits.attempts, &waits.reason), (Standing::Queued, 1, &reason));

        assert_eq!(claim(&db, &fixed).await, [id]);
        // Whoever lost the lease writes nothing.
        let sent = || Told { standing: Standing::Sent, transport: Some("sendgrid"), reason: None };
        settle(&db, &fixed, id, "b", sent(), false).await;
        assert_eq!(of(&db, &fixed, anna).await[0].attempts, 1);
        settle(&db, &fixed, id, "a", sent(), false).await;
        let [gone] = &of(&db, &fixed, anna).await[..] else { panic!() };
        assert_eq!((gone.standing, gone.attempts, gone.transport.as_deref()), (Standing::Sent, 2, Some("sendgrid")));
        fixed.now += Duration::from_secs(61);
        assert!(claim(&db, &fixed).await.is_empty());
    }

    async fn what_nobody_took_in_time_has_expired_and_the_trail_goes_after_a_month(db: Db) {
        let mut fixed = Fixed::new();
        let anna = user(&db, &fixed, "anna@example.com").await;
        append(&db, &fixed, vec![mail(&fixed, Some(anna))]).await;
        fixed.now += Duration::from_secs(86_401);
        assert_eq!(of(&db, &fixed, anna).await[0].standing, Standing::Expired);
        fixed.now += Duration::from_secs(29 * 86_400);
        purge::purge(&db, fixed.now).await.unwrap();
        assert_eq!(of(&db, &fixed, anna).await.len(), 0);
    }

    async fn an_address_without_an_account_writes_a_row_that_names_nobody(db: Db) {
        let fixed = Fixed::new();
        append(&db, &fixed, vec![mail(&fixed, None)]).await;
        assert_eq!(rows(&db).await, [""]);
    }

    async fn the_trail_goes_with_the_account(db: Db) {
        let fixed = Fixed::new();
        let anna = user(&db, &fixed, "anna@example.com").await;
        append(&db, &fixed, vec![mail(&fixed, Some(anna))]).await;
        let obey = Obey { env: fixed.env(), whom: Whom::User(anna), order: Order::Delete };
        db.run(obey).await.unwrap().result.unwrap();
        assert!(rows(&db).await.is_empty());
        let whom = Whom::Address(EmailAddress::parse("anna@example.com").unwrap());
        assert_eq!(db.read(Messages { whom, most: 1, now: fixed.now }).await.unwrap(), None);
    }
}
