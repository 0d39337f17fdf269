//! Declared resources: what the configuration says becomes what the database has, and what is no longer said goes.

use crate::config::{Declared, OrgSpec, PasswordSource, UserSpec};
use crate::failure::Failure;
use countersign_core::account::EmailAddress;
use countersign_core::oauth::{Client, Resource};
use countersign_core::organization::{OrgHandle, OrgScope, create, join, leave};
use countersign_core::{Env, Outcome, Timestamp};
use countersign_keys::{HashError, Password};
use countersign_store::account::declared::{self, Fingerprint, Owner, Wanted};
use countersign_store::oauth::clients::{self, Origin};
use countersign_store::{DbError, Tx, organization, unit};
use countersign_web::App;
use secrecy::ExposeSecret;
use serde::Serialize;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

/// One line of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `add`, `change`, `remove`.
    pub act: Act,
    /// `client`, `resource`, `user`, `organization`, `membership`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.act {
            Act::Add => '+',
            Act::Change => '~',
            Act::Remove => '-',
        };
        write!(f, "{sign} {} {}", self.kind, self.id)
    }
}

/// What happens to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Act {
    Add,
    Change,
    Remove,
}

/// Whether what is not named goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The configuration: everything of origin `config` that it does not name goes.
    Whole,
    /// A file for `apply`: only what it names is touched.
    Part,
}

impl Extent {
    /// Who declared it. What a file for `apply` adds is not the configuration's, or the next start would remove it.
    fn origin(self, there: Option<Origin>) -> Origin {
        match self {
            Extent::Whole => Origin::Config,
            Extent::Part => there.unwrap_or(Origin::Api),
        }
    }
}

/// Compares what is declared with the database and, unless `check`, makes it so: clients, resources and people in
/// one commit, so that a fault leaves all as it was. Passwords are hashed before. More than `AT_ONCE` people take
/// commits of their own before it.
pub async fn declare(
    app: &App,
    declared: &Declared,
    extent: Extent,
    check: bool,
) -> Result<Vec<Change>, DeclareError> {
    let mut people = people(app, &declared.users, check).await?;
    let apps = Arc::new((declared.clients.clone(), declared.resources.clone()));
    let organizations = Arc::new(declared.organizations.clone());
    let env = app.env();
    let mut early = Vec::new();
    while people.len() > AT_ONCE {
        let later = people.split_off(AT_ONCE);
        let some = Arc::new((env.clone(), std::mem::replace(&mut people, later)));
        let named = organizations.clone();
        let write = unit(move |tx| {
            let (some, named) = (some.clone(), named.clone());
            Box::pin(async move {
                let mut plan = Vec::new();
                put_organizations(tx, &some.0, &named, check, &mut plan).await?;
                put_people(tx, &some.0, &some.1, &named, check, &mut plan).await?;
                Ok(plan)
            })
        });
        early.extend(app.db.run(write).await?);
    }
    let people = Arc::new((env, people));
    let write = unit(move |tx| {
        let (apps, people, named) = (apps.clone(), people.clone(), organizations.clone());
        Box::pin(async move {
            let mut plan = Vec::new();
            put_organizations(tx, &people.0, &named, check, &mut plan).await?;
            put_people(tx, &people.0, &people.1, &named, check, &mut plan).await?;
            for client in &apps.0 {
                exists(tx, client.organization.as_ref(), &named).await?;
            }
            put_apps(tx, &apps.0, &apps.1, extent, check, people.0.now, &mut plan).await?;
            Ok(plan)
        })
    });
    early.extend(app.db.run(write).await?);
    Ok(early)
}

/// People written in one commit: others wait for the writer meanwhile.
const AT_ONCE: usize = 500;

async fn put_apps(
    tx: &mut Tx<'_>,
    clients_named: &[Client],
    resources_named: &[Resource],
    extent: Extent,
    check: bool,
    now: Timestamp,
    plan: &mut Vec<Change>,
) -> Result<(), DbError> {
    let there = clients::all(tx).await?;
    let known = |kind, id: &str, act| Change { act, kind, id: id.to_owned() };
    for client in clients_named {
        let found = there.clients.iter().find(|(c, _)| c.id == client.id);
        let origin = extent.origin(found.map(|(_, by)| *by));
        let act = match found {
            None => Act::Add,
            Some((same, by)) if same == client && *by == origin => continue,
            Some(_) => Act::Change,
        };
        plan.push(known("client", client.id.as_str(), act));
        if !check {
            own(clients::put_client(tx, client, origin, now).await?)?;
        }
    }
    for resource in resources_named {
        let found = there.resources.iter().find(|(r, _)| r.identifier == resource.identifier);
        let origin = extent.origin(found.map(|(_, by)| *by));
        let act = match found {
            None => Act::Add,
            Some((same, by)) if same == resource && *by == origin => continue,
            Some(_) => Act::Change,
        };
        plan.push(known("resource", &resource.identifier, act));
        if !check {
            own(clients::put_resource(tx, resource, origin, now).await?)?;
        }
    }
    if extent == Extent::Whole {
        remove(tx, &there, clients_named, resources_named, check, now, plan).await?;
    }
    Ok(())
}

async fn remove(
    tx: &mut Tx<'_>,
    there: &clients::Declared,
    clients_named: &[Client],
    resources_named: &[Resource],
    check: bool,
    now: Timestamp,
    plan: &mut Vec<Change>,
) -> Result<(), DbError> {
    for (client, origin) in &there.clients {
        if *origin == Origin::Config && !clients_named.iter().any(|c| c.id == client.id) {
            plan.push(Change { act: Act::Remove, kind: "client", id: client.id.to_string() });
            if !check {
                clients::remove_client(tx, OrgScope::installation(), &client.id, now).await?;
            }
        }
    }
    for (resource, origin) in &there.resources {
        if *origin == Origin::Config && !resources_named.iter().any(|r| r.identifier == resource.identifier) {
            plan.push(Change { act: Act::Remove, kind: "resource", id: resource.identifier.clone() });
            if !check {
                clients::remove_resource(tx, OrgScope::installation(), &resource.identifier, now).await?;
            }
        }
    }
    Ok(())
}

fn own(written: bool) -> Result<(), DbError> {
    if written { Ok(()) } else { Err(DbError::Refused("this id belongs to an organization".to_owned())) }
}

/// A person's password is set when they are new or when another hash is declared than before; none is set again over
/// a password that the person may have changed since, or a sign-in hashed anew, unless nobody knows whose password that is.
async fn people(
    app: &App,
    declared: &[UserSpec],
    check: bool,
) -> Result<Vec<(Wanted, Option<Vec<OrgHandle>>)>, DeclareError> {
    let mut people = Vec::with_capacity(declared.len());
    for spec in declared {
        let email =
            EmailAddress::parse(&spec.email).map_err(|_| DeclareError::Address(spec.email.clone()))?;
        let key = email.key().to_owned();
        let there = app.db.read(unit(move |tx| {
            let key = key.clone();
            Box::pin(async move { declared::owner(tx, &key).await })
        }));
        // What the account has then is no password of the person's.
        let there = there.await?.filter(|owner| !owner.is_vouched_for(spec.email_verified, spec.admin));
        let declared = match &spec.password {
            Some(PasswordSource::Hash(phc)) => Some(Fingerprint::of(phc)),
            Some(PasswordSource::Plain(_)) | None => None,
        };
        let phc = match (&spec.password, &there) {
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

/// Those that are new are made, and get the names that are declared. Done once, it changes nothing.
async fn put_organizations(
    tx: &mut Tx<'_>,
    env: &Env,
    organizations: &[OrgSpec],
    check: bool,
    plan: &mut Vec<Change>,
) -> Result<(), DbError> {
    for OrgSpec { handle, name } in organizations {
        let there = organization::find(tx, handle).await?;
        let act = match &there {
            Some(it) if it.name == *name => continue,
            Some(_) => Act::Change,
            None => Act::Add,
        };
        plan.push(Change { act, kind: "organization", id: handle.to_string() });
        match (check, there) {
            (true, _) => {}
            (false, Some(_)) => organization::rename(tx, handle, name).await?,
            (false, None) => {
                let made = create(&env.ctx(), handle.clone(), name.clone(), None);
                // Another node may have been first: then the unit decides again.
                let _ = countersign_store::settle(tx, env, made).await?.result;
            }
        }
    }
    Ok(())
}

/// A handle that nothing has would let nobody in, for a slip of the pen.
async fn exists(tx: &mut Tx<'_>, handle: Option<&OrgHandle>, declared: &[OrgSpec]) -> Result<(), DbError> {
    let Some(handle) = handle else { return Ok(()) };
    if declared.iter().any(|it| it.handle == *handle) || organization::find(tx, handle).await?.is_some() {
        return Ok(());
    }
    Err(DbError::Refused(format!(
        "there is no organization `{handle}`: write an [[organization]] with this handle, or run `countersign org create {handle}`"
    )))
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
    let Some(Owner { user, .. }) = declared::owner(tx, &wanted.key).await? else { return Ok(()) };
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
            Act::Add | Act::Change => join(&env.ctx(), &found, user.id),
            Act::Remove => leave(&env.ctx(), &found, user.id),
        };
        plan.push(Change { act, kind: "membership", id: format!("{} in {}", wanted.address, found.handle) });
        if !check {
            let outcome = Outcome { writes, events: vec![event], ..Outcome::<(), Infallible>::reply(()) };
            let Ok(()) = countersign_store::settle(tx, env, outcome).await?.result;
        }
    }
    Ok(())
}

async fn put_people(
    tx: &mut Tx<'_>,
    env: &Env,
    people: &[(Wanted, Option<Vec<OrgHandle>>)],
    named: &[OrgSpec],
    check: bool,
    plan: &mut Vec<Change>,
) -> Result<(), DbError> {
    for (wanted, organizations) in people {
        let there = declared::owner(tx, &wanted.key).await?;
        let writes = declared::plan(&env.ctx(), there.as_ref(), wanted);
        if !writes.is_empty() {
            let act = if there.is_some() { Act::Change } else { Act::Add };
            plan.push(Change { act, kind: "user", id: wanted.address.clone() });
        }
        if !writes.is_empty() && !check {
            // Whose sessions end by this, their apps hear of it.
            let outcome = Outcome { writes, ..Outcome::<(), Infallible>::reply(()) };
            let Ok(()) = countersign_store::settle(tx, env, outcome).await?.result;
        }
        if !check && there.is_none_or(|owner| owner.declared != wanted.declared) {
            declared::remember(tx, wanted).await?;
        }
        if let Some(handles) = organizations {
            for handle in handles {
                exists(tx, Some(handle), named).await?;
            }
            put_memberships(tx, env, wanted, handles, check, plan).await?;
        }
    }
    Ok(())
}

impl From<DeclareError> for Failure {
    fn from(error: DeclareError) -> Self {
        match error {
            DeclareError::Db(error) => error.into(),
            DeclareError::Hash(_) | DeclareError::Address(_) | DeclareError::Password(_) => Failure::new(
                "a person could not be made as declared",
                error,
                "correct the [[user]] and try again",
            ),
        }
    }
}

/// Why what is declared could not be made so. Nothing of the last commit was written.
#[derive(Debug, thiserror::Error)]
pub enum DeclareError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Hashing.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// Not an address.
    #[error("{0} is not an e-mail address")]
    Address(String),
    /// Too long.
    #[error("the password of {0} is too long")]
    Password(String),
}

#[cfg(test)]
mod tests {
    use countersign_core::oauth::registration::ClientMetadata;
    use countersign_store::Db;

    use super::*;

    fn declared(ids: &[&str]) -> Declared {
        let client = |id: &&str| {
            let metadata = serde_json::json!({
                "client_id": id, "token_endpoint_auth_method": "none", "redirect_uris": ["https://a.test/"],
            });
            let metadata: ClientMetadata = serde_json::from_value(metadata).unwrap();
            metadata.validate(OrgScope::installation().org()).unwrap()
        };
        Declared { clients: ids.iter().map(client).collect(), ..Declared::default() }
    }

    #[tokio::test]
    async fn what_a_file_adds_survives_the_next_start_and_what_the_configuration_drops_goes() {
        let db = Db::open("sqlite::memory:").await.unwrap();
        db.migrate(false).await.unwrap();
        let now = Timestamp::from_seconds(1_795_219_200);
        let run = async |ids: &[&str], extent, check| {
            let apps = Arc::new(declared(ids).clients);
            let put = unit(move |tx| {
                let apps = apps.clone();
                Box::pin(async move {
                    let mut plan = Vec::new();
                    put_apps(tx, &apps, &[], extent, check, now, &mut plan).await?;
                    Ok(plan)
                })
            });
            db.run(put).await.unwrap().into_iter().map(|change| (change.act, change.id)).collect::<Vec<_>>()
        };
        let (add, remove) = (|id: &str| (Act::Add, id.to_owned()), |id: &str| (Act::Remove, id.to_owned()));
        assert_eq!(run(&["a", "b"], Extent::Whole, true).await, [add("a"), add("b")]);
        assert_eq!(run(&["a", "b"], Extent::Whole, false).await, [add("a"), add("b")]);
        assert_eq!(run(&["b", "c"], Extent::Part, false).await, [add("c")]);
        assert_eq!(run(&["b", "c"], Extent::Part, false).await, []);
        assert_eq!(run(&["a"], Extent::Whole, false).await, [remove("b")]);
        assert_eq!(run(&["a"], Extent::Whole, false).await, []);
        let left = db.read(unit(|tx| Box::pin(async move { clients::all(tx).await }))).await.unwrap();
        assert_eq!(left.clients.iter().map(|(client, _)| client.id.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    }
}
