//! Linked accounts and merged ones, on both databases.

use countersign_core::account::merge::MergeRefused;
use countersign_core::account::{
    EmailAddress, EmailRow, Identity, IdentityKey, PhoneNumber, PhoneRow, StandardClaims, User, UserState,
};
use countersign_core::login::provider::settings::FederatedClaim;
use countersign_core::oauth::Scope;
use countersign_core::{ClientId, Id, Policy, Subject, Write, id};
use countersign_store::account::identities;
use countersign_store::account::merge::Merge;
use countersign_store::account::operator::Whom;
use countersign_store::oauth::FindGrantTold;
use countersign_store::{Db, DbError, Sql, apply, params, unit};
use std::sync::Arc;

use crate::grants::{House, VERIFIER, client};
use crate::support::both;

fn key(provider: &str, issuer: &str, subject: &str) -> IdentityKey {
    IdentityKey { provider: provider.into(), issuer: issuer.into(), subject: subject.into() }
}

fn identity(house: &House, user: Id<id::User>, key: IdentityKey) -> Write {
    let ctx = house.fixed.ctx();
    let row =
        Identity { id: Id::new(&ctx), user, key, shown: "x".into(), linked_at: ctx.now, used_at: ctx.now };
    Write::InsertIdentity(Box::new(row))
}

fn phone(house: &House, user: Id<id::User>, number: &str, primary: bool) -> Write {
    let ctx = house.fixed.ctx();
    let number = PhoneNumber::parse(number).unwrap();
    Write::InsertPhone(Box::new(PhoneRow { id: Id::new(&ctx), user, number, verified_at: ctx.now, primary }))
}

async fn somebody(house: &House, db: &Db, addresses: &[(&str, bool)]) -> Id<id::User> {
    let ctx = house.fixed.ctx();
    let user = User {
        id: Id::new(&ctx),
        subject: Subject::new(&ctx),
        state: UserState::Active,
        epoch: 0,
        admin: false,
        claims: StandardClaims { nickname: Some("Anni".into()), ..StandardClaims::default() },
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    let mut writes = vec![Write::InsertUser(Box::new(user.clone()))];
    for (nth, (address, proved)) in addresses.iter().enumerate() {
        let parsed = EmailAddress::parse(address).unwrap();
        writes.push(Write::InsertEmail(Box::new(EmailRow {
            id: Id::new(&ctx),
            user: user.id,
            address: parsed.typed().to_owned(),
            key: parsed.key().to_owned(),
            verified_at: proved.then_some(ctx.now),
            primary: nth == 0,
        })));
    }
    house.write(db, writes).await;
    user.id
}

async fn texts(db: &Db, sql: &'static Sql) -> Vec<String> {
    let rows = unit(move |tx| {
        Box::pin(async move {
            tx.rows(sql, params![])
                .await?
                .iter()
                .map(|row| Ok(row.text(0)?.to_owned()))
                .collect::<Result<Vec<_>, DbError>>()
        })
    });
    db.read(rows).await.unwrap()
}

async fn owner(db: &Db, key: IdentityKey) -> Option<Id<id::User>> {
    let find = unit(move |tx| {
        let key = key.clone();
        Box::pin(async move { identities::find(tx, &key).await })
    });
    db.read(find).await.unwrap().map(|it| it.user)
}

both! {
    /// byte for byte, in all three parts; nothing is folded, trimmed or normalized.
    async fn a_linked_account_is_found_by_its_exact_bytes(db: Db) {
        let house = House::build(&db, "openid").await;
        house.write(&db, vec![identity(&house, house.user, key("p", "https://i.example", "Strasse"))]).await;
        assert_eq!(owner(&db, key("p", "https://i.example", "Strasse")).await, Some(house.user));
        for (provider, issuer, subject) in [
            ("p", "https://i.example", "strasse"),
            ("p", "https://i.example", "Stra\u{df}e"),
            ("p", "https://i.example", "Strasse "),
            ("p", "https://i.example/", "Strasse"),
            ("P", "https://i.example", "Strasse"),
            ("q", "https://i.example", "Strasse"),
        ] {
            assert_eq!(owner(&db, key(provider, issuer, subject)).await, None, "{provider} {issuer} {subject}");
        }
        // Each of them is somebody else: all fit beside one another.
        for subject in ["strasse", "STRASSE", "\u{212a}im", "kim", "KIM", "k\u{131}m", "i\u{307}", "e\u{301}", "\u{e9}"] {
            house.write(&db, vec![identity(&house, house.user, key("p", "https://i.example", subject))]).await;
        }
    }

    async fn a_linked_account_opens_one_account(db: Db) {
        let house = House::build(&db, "openid").await;
        let other = somebody(&house, &db, &[("kim@example.net", true)]).await;
        house.write(&db, vec![identity(&house, house.user, key("p", "i", "1"))]).await;
        let again = Arc::new(vec![identity(&house, other, key("p", "i", "1"))]);
        let taken = db
            .run(unit(move |tx| {
                let again = again.clone();
                Box::pin(async move { apply(tx, &again).await })
            }))
            .await;
        assert!(taken.is_err());
        assert_eq!(owner(&db, key("p", "i", "1")).await, Some(house.user));
    }

    async fn apps_are_told_of_the_one_that_was_linked_first_and_of_none_that_is_not_named(db: Db) {
        let house = House::build(&db, "openid offline_access").await;
        db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
        let family = house.grant(&db).await.unwrap().family.id;
        for (subject, later) in [("8", 9), ("7", 1)] {
            let Write::InsertIdentity(mut row) = identity(&house, house.user, key("github", "i", subject)) else {
                panic!()
            };
            row.linked_at = house.fixed.now + std::time::Duration::from_secs(later);
            house.write(&db, vec![Write::InsertIdentity(row)]).await;
        }
        house.write(&db, vec![identity(&house, house.user, key("other", "i", "9"))]).await;
        let claim = FederatedClaim { claim: "github_id".into(), provider: "github".into() };
        let policy = Policy { federated: vec![claim], ..Policy::new("https://id.example") };
        let told = db.read(FindGrantTold(family, Arc::new(policy))).await.unwrap().unwrap();
        assert_eq!(told.holder.federated, [("github_id".to_owned(), "7".to_owned())]);
        let none = FindGrantTold(family, Arc::new(Policy::new("https://id.example")));
        assert!(db.read(none).await.unwrap().unwrap().holder.federated.is_empty());
    }

    async fn a_merge_moves_what_there_is_and_leaves_a_subject_behind(db: Db) {
        const EMAILS: Sql = Sql::new("SELECT address FROM emails WHERE is_primary = 0 ORDER BY address");
        const PRIMARY: Sql = Sql::new("SELECT address FROM emails WHERE is_primary = 1");
        const PROVED: Sql = Sql::new("SELECT address FROM emails WHERE verified_at IS NOT NULL ORDER BY address");
        const CONSENTS: Sql = Sql::new("SELECT scope FROM consents ORDER BY client_id");
        const GONE: Sql = Sql::new("SELECT id FROM users WHERE deleted_at IS NOT NULL");
        const RECORD: Sql = Sql::new("SELECT data FROM outbox WHERE kind = 'user.merged'");
        let house = House::build(&db, "openid offline_access").await;
        db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
        let from = somebody(&house, &db, &[("kim@example.net", true), ("anna@example.org", false)]).await;
        let consent = |user, app: &str, scope: &str| {
            let (client, scope) = (ClientId::parse(app).unwrap(), Scope::parse(scope).unwrap());
            Write::PutConsent(user, client, scope, house.fixed.now)
        };
        house.write(&db, vec![
            identity(&house, from, key("github", "i", "1")),
            consent(house.user, "both", "openid"),
            consent(from, "both", "openid email"),
            consent(from, "theirs", "openid"),
        ]).await;
        let merge = |from, into, dry_run| Merge {
            env: house.fixed.env(),
            from: Whom::User(from),
            into: Whom::User(into),
            dry_run,
        };
        let plan = db.run(merge(from, house.user, true)).await.unwrap().result.unwrap();
        assert_eq!((plan.moves.emails, plan.moves.identities, plan.moves.consents), (2, 1, 2));
        assert!(texts(&db, &GONE).await.is_empty() && texts(&db, &RECORD).await.is_empty(), "only said");
        assert_eq!(db.run(merge(from, house.user, false)).await.unwrap().result, Ok(plan));
        assert_eq!(owner(&db, key("github", "i", "1")).await, Some(house.user));
        assert_eq!(texts(&db, &EMAILS).await, ["kim@example.net"], "what both had is there once");
        assert_eq!(texts(&db, &PRIMARY).await.len(), 1);
        assert!(texts(&db, &PROVED).await.contains(&"kim@example.net".to_owned()));
        assert_eq!(texts(&db, &CONSENTS).await, ["openid", "openid"], "what both allowed stays as INTO allowed it");
        assert_eq!(texts(&db, &GONE).await, [from.to_string()]);
        let record = texts(&db, &RECORD).await;
        assert!(record.len() == 1 && record[0].contains(&from.to_string()) && record[0].contains("operator"));
        let grant = house.grant(&db).await.unwrap();
        assert!(grant.alive(&house.fixed.ctx()).is_ok(), "who stays is not put out");
        assert_eq!(grant.holder.claims.nickname.as_deref(), Some("Anni"));
        for (from, into) in [(from, house.user), (house.user, from)] {
            let refused = db.run(merge(from, into, false)).await.unwrap().result;
            assert_eq!(refused, Err(MergeRefused::NotFound));
        }
    }

    async fn a_merge_moves_phones_and_the_one_in_front_stays_there(db: Db) {
        const PHONES: Sql = Sql::new("SELECT number FROM phones WHERE user_id IN (SELECT id FROM users WHERE deleted_at IS NULL) ORDER BY number");
        const FRONT: Sql = Sql::new("SELECT number FROM phones WHERE is_primary = 1");
        const ALL: Sql = Sql::new("SELECT number FROM phones");
        let house = House::build(&db, "openid").await;
        let into = house.user;
        let from = somebody(&house, &db, &[("kim@example.net", true)]).await;
        let third = somebody(&house, &db, &[("bo@example.net", true)]).await;
        let (ours, both, theirs) = ("+4915100000001", "+4915100000002", "+4915100000003");
        house.write(&db, vec![
            phone(&house, into, ours, true),
            phone(&house, into, both, false),
            phone(&house, from, both, true),
            phone(&house, from, theirs, false),
        ]).await;
        let merge = |from, into, dry_run| Merge {
            env: house.fixed.env(),
            from: Whom::User(from),
            into: Whom::User(into),
            dry_run,
        };
        let plan = db.run(merge(from, into, true)).await.unwrap().result.unwrap();
        assert_eq!(plan.moves.phones, 2);
        assert_eq!(texts(&db, &ALL).await.len(), 4, "only said");
        assert_eq!(db.run(merge(from, into, false)).await.unwrap().result, Ok(plan));
        assert_eq!(texts(&db, &PHONES).await, [ours, both, theirs]);
        assert_eq!(texts(&db, &ALL).await.len(), 3, "what both had went with the account");
        assert_eq!(texts(&db, &FRONT).await, [ours]);
        // Whoever had none has one in front afterwards.
        let plan = db.run(merge(into, third, false)).await.unwrap().result.unwrap();
        assert_eq!(plan.moves.phones, 3);
        assert_eq!(texts(&db, &PHONES).await, [ours, both, theirs]);
        assert_eq!(texts(&db, &FRONT).await.len(), 1);
    }
}
