//! Declared resources: what the configuration says becomes what the database has, and what is no longer said goes.

mod people;

use crate::config::{Declared, OrgSpec, Place, Problems};
use crate::failure::Failure;
use countersign_core::oauth::{Client, Resource};
use countersign_core::organization::{OrgHandle, OrgScope, create};
use countersign_core::{Env, Timestamp};
use countersign_keys::HashError;
use countersign_store::oauth::clients::{self, Origin};
use countersign_store::{DbError, Tx, organization, unit};
use countersign_web::App;
use people::{Person, prepared, put_people};
use serde::Serialize;
use std::collections::BTreeSet;
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
    /// What is to be known about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Change {
    fn new(act: Act, kind: &'static str, id: impl Into<String>) -> Change {
        Change { act, kind, id: id.into(), note: None }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.act {
            Act::Add => '+',
            Act::Change => '~',
            Act::Remove => '-',
            Act::Note => '!',
        };
        write!(f, "{sign} {} {}", self.kind, self.id)?;
        self.note.iter().try_for_each(|note| write!(f, ": {note}"))
    }
}

/// Into the log: whom of those that are declared nothing was made or changed for. Where somebody has gone is for
/// operators who ask.
pub fn tell(changes: &[Change]) {
    for change in changes.iter().filter(|it| it.act == Act::Note) {
        tracing::warn!(
            declared = change.id,
            "a [[user]] is another account than the configuration says; `countersign apply --check` says more"
        );
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
    /// Nothing: the note says why.
    Note,
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
    let mut people = prepared(app, &declared.users, check).await?;
    let apps = Arc::new(Declared { users: Vec::new(), ..declared.clone() });
    let env = app.env();
    let mut plan = Vec::new();
    while people.len() > AT_ONCE {
        let later = people.split_off(AT_ONCE);
        let some = Batch { env: env.clone(), people: std::mem::replace(&mut people, later), last: false };
        plan.extend(put(app, some, &apps, extent, check).await?);
    }
    plan.extend(put(app, Batch { env, people, last: true }, &apps, extent, check).await?);
    Ok(plan)
}

/// What one commit makes so; the last brings the apps too.
struct Batch {
    env: Env,
    people: Vec<Person>,
    last: bool,
}

async fn put(
    app: &App,
    batch: Batch,
    declared: &Arc<Declared>,
    extent: Extent,
    check: bool,
) -> Result<Vec<Change>, DeclareError> {
    let work = Arc::new((batch, declared.clone()));
    let write = unit(move |tx| {
        let work = work.clone();
        Box::pin(async move {
            let (Batch { env, people, last }, declared) = &*work;
            // Before anything is written: a refusal is no fault of the database, and leaves all as it was.
            if let Some(refusal) = refusal(tx, people, declared, extent).await? {
                return Ok(Err(refusal));
            }
            let mut plan = Vec::new();
            put_organizations(tx, env, &declared.organizations, check, &mut plan).await?;
            put_people(tx, env, people, check, &mut plan).await?;
            if *last {
                put_apps(tx, &declared.clients, &declared.resources, extent, check, env.now, &mut plan)
                    .await?;
            }
            Ok(Ok(plan))
        })
    });
    app.db.run(write).await?
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
    for client in clients_named {
        let found = there.clients.iter().find(|(c, _)| c.id == client.id);
        let origin = extent.origin(found.map(|(_, by)| *by));
        let act = match found {
            None => Act::Add,
            Some((same, by)) if same == client && *by == origin => continue,
            Some(_) => Act::Change,
        };
        plan.push(Change::new(act, "client", client.id.as_str()));
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
        plan.push(Change::new(act, "resource", resource.identifier.as_str()));
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
            plan.push(Change::new(Act::Remove, "client", client.id.to_string()));
            if !check {
                clients::remove_client(tx, OrgScope::installation(), &client.id, now).await?;
            }
        }
    }
    for (resource, origin) in &there.resources {
        if *origin == Origin::Config && !resources_named.iter().any(|r| r.identifier == resource.identifier) {
            plan.push(Change::new(Act::Remove, "resource", resource.identifier.as_str()));
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
        plan.push(Change::new(act, "organization", handle.to_string()));
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

/// Why nothing is to be done.
async fn refusal(
    tx: &mut Tx<'_>,
    people: &[Person],
    declared: &Declared,
    extent: Extent,
) -> Result<Option<DeclareError>, DbError> {
    let of_people = people.iter().filter_map(|(_, named)| named.as_ref()).flatten();
    let of_clients = declared.clients.iter().filter_map(|client| client.organization.as_ref());
    let all: BTreeSet<&OrgHandle> = of_people.chain(of_clients).collect();
    for handle in all {
        // One that nothing has would let nobody in, for a slip of the pen.
        let is_declared = declared.organizations.iter().any(|it| it.handle == *handle);
        if !is_declared && organization::find(tx, handle).await?.is_none() {
            let place = declared.references.iter().find(|it| it.handle == *handle);
            let place = place.map(|it| it.place.clone());
            return Ok(Some(DeclareError::NoOrganization { handle: handle.clone(), place }));
        }
    }
    if extent == Extent::Whole {
        return Ok(None);
    }
    // The next start would silently take back what a file changed of it.
    let there = clients::all(tx).await?;
    let theirs = |by: Origin| by == Origin::Config;
    let client = declared.clients.iter().find(|client| {
        there.clients.iter().any(|(same, by)| theirs(*by) && same.id == client.id && same != *client)
    });
    let resource = declared.resources.iter().find(|resource| {
        let same = |it: &Resource| it.identifier == resource.identifier && it != *resource;
        there.resources.iter().any(|(it, by)| theirs(*by) && same(it))
    });
    let client = client.map(|it| ("client", it.id.to_string()));
    let owned = client.or_else(|| resource.map(|it| ("resource", it.identifier.clone())));
    Ok(owned.map(|(kind, id)| DeclareError::Owned { kind, id }))
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
            DeclareError::NoOrganization { ref handle, ref place } => {
                let (what, why) = (error.to_string(), "whoever it is for could not sign in");
                let mend = format!(
                    "write an [[organization]] with this handle, or run `countersign org create {handle}` first"
                );
                match place {
                    Some(place) => {
                        let mut problems = Problems::default();
                        problems.add(place, what, why, mend);
                        problems.into()
                    }
                    None => Failure::new(what, why, mend),
                }
            }
            DeclareError::Owned { kind, ref id } => Failure::new(
                format!("nothing was changed: the configuration owns {kind} `{id}`"),
                "the next start or reload would take back what a file says of it",
                format!("change the [[{kind}]] in the configuration, or take it out there before"),
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
    /// An app or a person names an organization that is neither declared nor in the database.
    #[error("there is no organization `{handle}`")]
    NoOrganization {
        /// As named.
        handle: OrgHandle,
        /// Where.
        place: Option<Place>,
    },
    /// A file for `apply` would change what the configuration declares.
    #[error("the configuration owns {kind} `{id}`")]
    Owned {
        /// `client` or `resource`.
        kind: &'static str,
        /// Its id.
        id: String,
    },
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
