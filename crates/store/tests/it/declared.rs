//! A declaration is about the account that it made, whatever becomes of its address.

use std::sync::Arc;

use countersign_core::account::operator::Order;
use countersign_core::account::{EmailRow, StandardClaims};
use countersign_core::ctx::fixed::Fixed;
use countersign_core::{Id, Write, id};
use countersign_store::account::declared::{
    self, Fingerprint, Wanted, Whose, forget, forget_deleted, plan, remember, whose,
};
use countersign_store::account::merge::Merge;
use countersign_store::account::operator::{Obey, Whom};
use countersign_store::{Db, Sql, apply, params, settle, unit};

use crate::support::both;

const ROOT: &str = "root@example.org";
const NEW: &str = "root.new@example.org";

struct There<'a> {
    db: &'a Db,
    fixed: Fixed,
}

fn wanted(address: &str, admin: bool, name: &str) -> Wanted {
    Wanted {
        address: address.into(),
        key: address.into(),
        verified: true,
        admin,
        claims: StandardClaims { name: Some(name.into()), ..StandardClaims::default() },
        phc: None,
        declared: Some(Fingerprint::of("the hash that is declared")),
    }
}

impl There<'_> {
    /// What a start does with one declaration: whose it was before, and how much was written.
    async fn declare(&self, wanted: Wanted) -> (Whose, usize) {
        let work = Arc::new((self.fixed.env(), wanted));
        let declare = unit(move |tx| {
            let work = work.clone();
            Box::pin(async move {
                let (env, wanted) = &*work;
                let found = whose(tx, &env.ctx(), &wanted.key).await?;
                if matches!(found, Whose::Deleted) {
                    return Ok((found, 0));
                }
                let outcome = plan(&env.ctx(), found.account(), wanted);
                let writes = outcome.writes.clone();
                settle(tx, env, outcome).await?;
                remember(tx, &env.ctx(), &found, wanted, &writes).await?;
                Ok((found, writes.len()))
            })
        });
        self.db.run(declare).await.unwrap()
    }

    async fn find(&self, key: &'static str) -> Whose {
        let env = self.fixed.env();
        let find = unit(move |tx| {
            let env = env.clone();
            Box::pin(async move { whose(tx, &env.ctx(), key).await })
        });
        self.db.read(find).await.unwrap()
    }

    async fn made(&self, wanted: Wanted) -> Id<id::User> {
        let key: &'static str = wanted.key.clone().leak();
        assert!(matches!(self.declare(wanted).await.0, Whose::Nobody));
        user(&self.find(key).await)
    }

    async fn write(&self, writes: Vec<Write>) {
        let writes = Arc::new(writes);
        let write = unit(move |tx| {
            let writes = writes.clone();
            Box::pin(async move { apply(tx, &writes).await })
        });
        self.db.run(write).await.unwrap();
    }

    /// The person proves another address and takes the declared one away.
    async fn moves(&self, user: Id<id::User>, from: &'static str, to: &str) {
        let before = self.find(from).await.account().unwrap().email.unwrap();
        let (id, at) = (Id::new(&self.fixed.ctx()), Some(self.fixed.now));
        let row = EmailRow { id, user, address: to.into(), key: to.into(), verified_at: at, primary: false };
        self.write(vec![
            Write::InsertEmail(Box::new(row)),
            Write::SetPrimaryEmail(user, id, self.fixed.now),
            Write::RemoveEmail(before, user),
        ])
        .await;
    }

    async fn delete(&self, user: Id<id::User>) {
        let obey = Obey { env: self.fixed.env(), whom: Whom::User(user), order: Order::Delete };
        self.db.run(obey).await.unwrap().result.unwrap();
    }

    async fn count(&self, sql: &'static Sql) -> usize {
        let rows = unit(move |tx| Box::pin(async move { tx.rows(sql, params![]).await }));
        self.db.read(rows).await.unwrap().len()
    }
}

fn there(db: &Db) -> There<'_> {
    There { db, fixed: Fixed::new() }
}

fn user(whose: &Whose) -> Id<id::User> {
    whose.account().unwrap().user.id
}

const PEOPLE: Sql = Sql::new("SELECT id FROM users WHERE deleted_at IS NULL");
const PROFILES: Sql = Sql::new("SELECT claims FROM declarations WHERE claims <> '{}'");
const NAMED: Sql =
    Sql::new("SELECT address FROM declarations WHERE address LIKE '%example%' OR claims LIKE '%Root%'");
const UPDATED: Sql = Sql::new("SELECT data FROM outbox WHERE kind = 'user.updated'");

both! {
    async fn who_changes_the_address_is_not_made_anew_and_keeps_what_is_declared(db: Db) {
        let there = there(&db);
        let root = there.made(wanted(ROOT, true, "Root")).await;
        there.moves(root, ROOT, NEW).await;
        let (found, writes) = there.declare(wanted(ROOT, true, "Root")).await;
        let owner = found.account().unwrap();
        assert_eq!((owner.user.id, owner.email, writes), (root, None, 0));
        assert_eq!(owner.primary.as_deref(), Some(NEW));
        // Somebody else proves the free address: admin and claims are not theirs.
        let id = there.made(wanted("other@example.org", false, "Other")).await;
        there.moves(id, "other@example.org", ROOT).await;
        let (found, writes) = there.declare(wanted(ROOT, false, "Root II")).await;
        assert_eq!((user(&found), writes), (root, 1));
        let owner = there.find(ROOT).await;
        let root_now = &owner.account().unwrap().user;
        assert_eq!((root_now.admin, root_now.claims.name.as_deref()), (false, Some("Root II")));
        assert_eq!(there.count(&PEOPLE).await, 2);
        // The operator writes the new address down: the same account, and what was applied is not applied again.
        there.write(vec![Write::SetClaims(root, Box::default(), there.fixed.now)]).await;
        let (found, writes) = there.declare(wanted(NEW, false, "Root II")).await;
        assert_eq!((user(&found), writes), (root, 0));
        assert_eq!(there.count(&NAMED).await, 0, "no address and no name in clear");
    }

    async fn a_deleted_person_is_not_made_anew_until_an_operator_makes_them(db: Db) {
        let there = there(&db);
        let root = there.made(wanted(ROOT, true, "Root")).await;
        assert_eq!(there.count(&PROFILES).await, 1);
        there.delete(root).await;
        assert_eq!(there.count(&PROFILES).await, 0, "nothing of the profile is remembered");
        assert!(matches!(there.declare(wanted(ROOT, true, "Root")).await.0, Whose::Deleted));
        assert_eq!(there.count(&PEOPLE).await, 0);
        // Nor is whoever signs up with the address what was declared.
        let other = there.made(wanted("other@example.org", false, "Other")).await;
        there.moves(other, "other@example.org", ROOT).await;
        assert!(matches!(there.declare(wanted(ROOT, true, "Root")).await.0, Whose::Deleted));
        let env = there.fixed.env();
        let again = unit(move |tx| {
            let env = env.clone();
            Box::pin(async move { forget_deleted(tx, &env.ctx(), ROOT).await })
        });
        db.run(again).await.unwrap();
        assert_eq!(user(&there.find(ROOT).await), other);
    }

    async fn only_a_deleted_accounts_declaration_is_freed(db: Db) {
        let there = there(&db);
        let root = there.made(wanted(ROOT, true, "Root")).await;
        there.moves(root, ROOT, NEW).await;
        let free = |whole: bool| {
            let env = there.fixed.env();
            unit(move |tx| {
                let env = env.clone();
                Box::pin(async move {
                    if whole { forget(tx, &env.ctx(), ROOT).await } else { forget_deleted(tx, &env.ctx(), ROOT).await }
                })
            })
        };
        db.run(free(false)).await.unwrap();
        assert_eq!(user(&there.find(ROOT).await), root);
        db.run(free(true)).await.unwrap();
        assert!(matches!(there.find(ROOT).await, Whose::Nobody));
    }

    async fn a_merged_accounts_declaration_follows_the_one_that_stays(db: Db) {
        let there = there(&db);
        let from = there.made(wanted("anna@example.org", false, "Anna")).await;
        let kim = there.made(wanted("kim@example.org", false, "Kim")).await;
        let other = there.made(wanted("boss@example.org", true, "Boss")).await;
        let merge = |from, into| Merge { env: there.fixed.env(), from: Whom::User(from), into: Whom::User(into), dry_run: false };
        // Kim's declaration is not known here any more.
        let env = there.fixed.env();
        let gone = unit(move |tx| {
            let env = env.clone();
            Box::pin(async move { forget(tx, &env.ctx(), "kim@example.org").await })
        });
        db.run(gone).await.unwrap();
        db.run(merge(from, kim)).await.unwrap().result.unwrap();
        assert_eq!(user(&there.find("anna@example.org").await), kim);
        // Who is declared already stays what that declaration says.
        db.run(merge(kim, other)).await.unwrap().result.unwrap();
        assert!(matches!(there.declare(wanted("anna@example.org", false, "Anna")).await.0, Whose::Deleted));
        let boss = there.find("boss@example.org").await;
        assert!(user(&boss) == other && boss.account().unwrap().user.admin);
    }

    /// An account that was there before is bound from when something shows whose it is; until then the address decides.
    async fn an_account_of_before_is_bound_once_its_address_is_proved(db: Db) {
        let there = there(&db);
        let plain = || Wanted { verified: false, ..wanted(ROOT, false, "Root") };
        let env = there.fixed.env();
        let by_hand = Arc::new((env.clone(), plan(&env.ctx(), None, &plain()).writes));
        let squatter = unit(move |tx| {
            let it = by_hand.clone();
            Box::pin(async move { apply(tx, &it.1).await })
        });
        db.run(squatter).await.unwrap();
        there.declare(plain()).await;
        let first = there.find(ROOT).await;
        assert!(!first.is_held());
        // Somebody else proves the address: the declaration is about them.
        let right = there.made(wanted("other@example.org", false, "Other")).await;
        let (id, at) = (Id::new(&there.fixed.ctx()), Some(there.fixed.now));
        let row = EmailRow { id, user: right, address: ROOT.into(), key: ROOT.into(), verified_at: at, primary: false };
        there.write(vec![Write::InsertEmail(Box::new(row))]).await;
        there.declare(plain()).await;
        let now = there.find(ROOT).await;
        assert!(now.is_held() && user(&now) == right && user(&first) != right);
        let owner = unit(|tx| Box::pin(async move { declared::owner(tx, ROOT).await }));
        assert!(db.read(owner).await.unwrap().unwrap().verified);
    }

    /// The squatter's rule is for accounts of strangers: who was made by the declaration keeps password and sign-ins.
    async fn who_was_made_by_the_declaration_is_not_put_out_when_it_says_more(db: Db) {
        let there = there(&db);
        let plain = Wanted { verified: false, ..wanted(ROOT, false, "Root") };
        let root = there.made(plain).await;
        let phc = "$argon2id$own".to_owned();
        there.write(vec![Write::SetPassword { user: root, phc: phc.clone(), at: there.fixed.now }]).await;
        assert_eq!(there.declare(wanted(ROOT, true, "Root")).await.1, 2, "the address is proved, the right is given");
        let now = there.find(ROOT).await;
        let now = now.account().unwrap();
        assert_eq!((now.verified, now.user.admin, now.phc.as_deref()), (true, true, Some(phc.as_str())));
    }

    async fn what_a_person_wrote_stays_until_the_declaration_changes_and_the_change_is_told(db: Db) {
        let there = there(&db);
        let root = there.made(wanted(ROOT, false, "Root")).await;
        let mine = StandardClaims {
            name: Some("Ruth".into()), nickname: Some("R".into()), ..StandardClaims::default()
        };
        there.write(vec![Write::SetClaims(root, Box::new(mine.clone()), there.fixed.now)]).await;
        assert_eq!(there.declare(wanted(ROOT, false, "Root")).await.1, 0);
        assert_eq!(there.find(ROOT).await.account().unwrap().user.claims, mine);
        assert_eq!(there.count(&UPDATED).await, 0);
        assert_eq!(there.declare(wanted(ROOT, false, "Root II")).await.1, 1);
        let now = there.find(ROOT).await;
        let claims = &now.account().unwrap().user.claims;
        assert_eq!((claims.name.as_deref(), claims.nickname.as_deref()), (Some("Root II"), Some("R")));
        let told = unit(|tx| Box::pin(async move { Ok(tx.one(&UPDATED, params![]).await?.unwrap().text(0)?.to_owned()) }));
        let told = db.read(told).await.unwrap();
        assert!(told.contains("\"by\":\"configuration\"") && !told.contains("Root"), "{told}");
        // Once: the person may write over it again.
        there.write(vec![Write::SetClaims(root, Box::new(mine.clone()), there.fixed.now)]).await;
        assert_eq!(there.declare(wanted(ROOT, false, "Root II")).await.1, 0);
    }
}
