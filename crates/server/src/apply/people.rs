//! People: each declaration goes to the account that it made or took over, wherever that is by now.

use super::{Act, Change, DeclareError};
use crate::config::{PasswordSource, UserSpec};
use countersign_core::account::EmailAddress;
use countersign_core::organization::{OrgHandle, join, leave};
use countersign_core::{Env, Outcome};
use countersign_keys::Password;
use countersign_store::account::declared::{self, Fingerprint, Owner, Wanted, Whose};
use countersign_store::{DbError, Tx, organization, unit};
use countersign_web::App;
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

/// What is declared of a person, and of which organizations they are members, if that is.
pub(super) type Person = (Wanted, Option<Vec<OrgHandle>>);

/// A person's password is set when they are new or when another hash is declared than before; none is set again over
/// a password that the person may have changed since, or a sign-in hashed anew, unless nobody knows whose password that is.
pub(super) async fn prepared(
    app: &App,
    declared: &[UserSpec],
    check: bool,
) -> Result<Vec<Person>, DeclareError> {
    let mut people = Vec::with_capacity(declared.len());
    for spec in declared {
        let email =
            EmailAddress::parse(&spec.email).map_err(|_| DeclareError::Address(spec.email.clone()))?;
        let work = Arc::new((app.env(), email.key().to_owned()));
        let whose = app.db.read(unit(move |tx| {
            let work = work.clone();
            Box::pin(async move { declared::whose(tx, &work.0.ctx(), &work.1).await })
        }));
        let whose = whose.await?;
        // What the account has then is no password of the person's.
        let there = whose.account().filter(|owner| !owner.is_vouched_for(spec.email_verified, spec.admin));
        let declared = match &spec.password {
            Some(PasswordSource::Hash(phc)) => Some(Fingerprint::of(phc)),
            Some(PasswordSource::Plain(_)) | None => None,
        };
        let phc = match (&spec.password, there) {
            _ if matches!(whose, Whose::Deleted) => None,
            (Some(PasswordSource::Hash(phc)), Some(owner)) if owner.phc.as_ref() == Some(phc) => None,
            (Some(PasswordSource::Hash(_)), Some(Owner { phc: Some(_), declared: known, .. }))
                if *known == declared =>
            {
                None
            }
            (Some(PasswordSource::Hash(phc)), _) => Some(phc.clone()),
            (Some(PasswordSource::Plain(_)), Some(Owner { phc: Some(_), .. })) | (None, _) => None,
            (Some(PasswordSource::Plain(plain)), _) if !check => {
                let password = Password::new(plain.expose_secret())
                    .map_err(|_| DeclareError::Password(spec.email.clone()))?;
                Some(app.passwords.hash(password, app.rng.as_ref()).await?)
            }
            (Some(PasswordSource::Plain(_)), _) => None,
        };
        let wanted = Wanted {
            address: email.typed().to_owned(),
            key: email.key().to_owned(),
            verified: spec.email_verified,
            admin: spec.admin,
            claims: spec.claims.clone(),
            phc,
            declared,
        };
        people.push((wanted, spec.organizations.clone()));
    }
    Ok(people)
}

/// In the order of the file.
pub(super) async fn put_people(
    tx: &mut Tx<'_>,
    env: &Env,
    people: &[Person],
    check: bool,
    plan: &mut Vec<Change>,
) -> Result<(), DbError> {
    let mut found = Vec::with_capacity(people.len());
    for (wanted, _) in people {
        found.push(declared::whose(tx, &env.ctx(), &wanted.key).await?);
    }
    // Each account is written by one declaration, so that what was found of it holds until its turn.
    let speakers = speakers(&found);
    for (nth, ((wanted, organizations), whose)) in people.iter().zip(found).enumerate() {
        let speaker = whose.account().and_then(|it| speakers.get(&it.user.id.to_bytes()));
        let other = speaker.filter(|it| **it != nth).and_then(|it| people.get(*it));
        let note = match (&whose, other) {
            (Whose::Nobody, _) => None,
            (Whose::Deleted, _) => Some(DELETED.to_owned()),
            (Whose::Account(_), Some((other, _))) => Some(format!(
                "is one account with {}; take one of them out of the configuration",
                other.address
            )),
            (Whose::Account(owner), None) if owner.email.is_none() => {
                let now = owner.primary.as_deref().unwrap_or("without an address");
                Some(format!("is now {now}; admin and claims that are declared follow the account"))
            }
            (Whose::Account(_), None) => None,
        };
        let differs =
            |note| Change { act: Act::Note, kind: "user", id: wanted.address.clone(), note: Some(note) };
        plan.extend(note.map(differs));
        if matches!(whose, Whose::Deleted) || other.is_some() {
            continue;
        }
        put_person(tx, env, wanted, &whose, check, plan).await?;
        if let Some(handles) = organizations {
            put_memberships(tx, env, wanted, handles, check, plan).await?;
        }
    }
    Ok(())
}

/// Nobody is made anew whom an operator or the person themselves took away.
const DELETED: &str =
    "was deleted; take it out of the configuration, or make a new account by `countersign user create`";

/// Which declaration speaks for an account that several name: the one that is bound to it, else the first.
fn speakers(found: &[Whose]) -> BTreeMap<[u8; 16], usize> {
    let (mut bound, mut by_address) = (BTreeMap::new(), BTreeMap::new());
    for (nth, whose) in found.iter().enumerate() {
        if let Some(owner) = whose.account() {
            let all = if whose.is_held() { &mut bound } else { &mut by_address };
            all.entry(owner.user.id.to_bytes()).or_insert(nth);
        }
    }
    by_address.extend(bound);
    by_address
}

async fn put_person(
    tx: &mut Tx<'_>,
    env: &Env,
    wanted: &Wanted,
    whose: &Whose,
    check: bool,
    plan: &mut Vec<Change>,
) -> Result<(), DbError> {
    let outcome = declared::plan(&env.ctx(), whose.account(), wanted);
    let writes = outcome.writes.clone();
    if !writes.is_empty() {
        let act = if matches!(whose, Whose::Nobody) { Act::Add } else { Act::Change };
        plan.push(Change::new(act, "user", wanted.address.as_str()));
    }
    if check {
        return Ok(());
    }
    if !writes.is_empty() {
        // Whose sessions end by this, their apps hear of it.
        let Ok(()) = countersign_store::settle(tx, env, outcome).await?.result;
    }
    declared::remember(tx, &env.ctx(), whose, wanted, &writes).await
}

/// The person's memberships become those that are declared; whoever leaves loses what the apps were given.
async fn put_memberships(
    tx: &mut Tx<'_>,
    env: &Env,
    wanted: &Wanted,
    handles: &[OrgHandle],
    check: bool,
    plan: &mut Vec<Change>,
) -> Result<(), DbError> {
    let whose = declared::whose(tx, &env.ctx(), &wanted.key).await?;
    let Some(Owner { user, .. }) = whose.account() else { return Ok(()) };
    let there = organization::of_user(tx, user.id).await?;
    let mut steps = Vec::new();
    for handle in handles.iter().filter(|it| !there.iter().any(|has| has.handle == **it)) {
        // One that this very plan makes is not there yet.
        if let Some(found) = organization::find(tx, handle).await? {
            steps.push((Act::Add, found));
        }
    }
    steps.extend(there.into_iter().filter(|has| !handles.contains(&has.handle)).map(|it| (Act::Remove, it)));
    for (act, found) in steps {
        let (writes, event) = match act {
            Act::Add | Act::Change | Act::Note => join(&env.ctx(), &found, user.id),
            Act::Remove => leave(&env.ctx(), &found, user.id),
        };
        plan.push(Change::new(act, "membership", format!("{} in {}", wanted.address, found.handle)));
        if !check {
            let outcome = Outcome { writes, events: vec![event], ..Outcome::<(), Infallible>::reply(()) };
            let Ok(()) = countersign_store::settle(tx, env, outcome).await?.result;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use countersign_core::account::{EmailRow, StandardClaims};
    use countersign_core::ctx::fixed::Fixed;
    use countersign_core::{Id, Write};
    use countersign_store::{Db, apply};

    use super::*;

    fn person(address: &str, admin: bool) -> Person {
        let wanted = Wanted {
            address: address.to_owned(),
            key: address.to_owned(),
            verified: true,
            admin,
            claims: StandardClaims::default(),
            phc: None,
            declared: None,
        };
        (wanted, None)
    }

    async fn declare(db: &Db, fixed: &Fixed, people: Vec<Person>) -> Vec<String> {
        let work = Arc::new((fixed.env(), people));
        let put = unit(move |tx| {
            let work = work.clone();
            Box::pin(async move {
                let mut plan = Vec::new();
                put_people(tx, &work.0, &work.1, false, &mut plan).await?;
                Ok(plan)
            })
        });
        db.run(put).await.unwrap().iter().map(Change::to_string).collect()
    }

    async fn owner(db: &Db, key: &'static str) -> Owner {
        let find = unit(move |tx| Box::pin(async move { declared::owner(tx, key).await }));
        db.read(find).await.unwrap().unwrap()
    }

    async fn write(db: &Db, writes: Vec<Write>) {
        let writes = Arc::new(writes);
        let write = unit(move |tx| {
            let writes = writes.clone();
            Box::pin(async move { apply(tx, &writes).await })
        });
        db.run(write).await.unwrap();
    }

    #[tokio::test]
    async fn the_plan_says_where_somebody_is_and_who_is_declared_twice() {
        let db = Db::open("sqlite::memory:").await.unwrap();
        db.migrate(false).await.unwrap();
        let fixed = Fixed::new();
        let (root, kim) = ("root@example.org", "kim@example.org");
        let both = || vec![person(kim, false), person(root, true)];
        assert_eq!(declare(&db, &fixed, both()).await, [format!("+ user {kim}"), format!("+ user {root}")]);
        assert_eq!(declare(&db, &fixed, both()).await, [""; 0]);

        // Root takes over Kim's address, once Kim has left it, and leaves the own one.
        let (before, kims) = (owner(&db, root).await, owner(&db, kim).await);
        let (user, id) = (before.user.id, Id::new(&fixed.ctx()));
        let address = |address: &str| EmailRow {
            id,
            user,
            address: address.to_owned(),
            key: address.to_owned(),
            verified_at: Some(fixed.now),
            primary: false,
        };
        write(&db, vec![Write::DeleteUser(kims.user.id, fixed.now)]).await;
        write(
            &db,
            vec![
                Write::InsertEmail(Box::new(address("new@example.org"))),
                Write::SetPrimaryEmail(user, id, fixed.now),
                Write::RemoveEmail(before.email.unwrap(), user),
            ],
        )
        .await;
        let said = declare(&db, &fixed, both()).await;
        assert!(said[0].starts_with("! user kim@example.org: was deleted"), "{said:?}");
        assert!(said[1].starts_with("! user root@example.org: is now new@example.org"), "{said:?}");
        assert_eq!(said.len(), 2);

        // The one that is bound speaks, wherever it stands in the file.
        let two = vec![person("new@example.org", false), person(root, true)];
        let said = declare(&db, &fixed, two).await;
        assert!(
            said[0].starts_with("! user new@example.org: is one account with root@example.org"),
            "{said:?}"
        );
        assert!(owner(&db, "new@example.org").await.user.admin);
    }
}
