//! The tables `organizations` and `memberships`.

use countersign_core::account::operator::Account;
use countersign_core::organization::{MemberOrder, MemberRefused, OrgHandle, Organization, change, create};
use countersign_core::{ClientId, Env, Id, Timestamp, id};
use std::str::FromStr;

use crate::account::operator::{Whom, find as find_account};
use crate::apply::{Decided, settle};
use crate::{BoxFuture, Claim, DbError, Row, Spend, Tx, Unit, params};

/// Makes an organization.
pub struct Create {
    /// Time and chance.
    pub env: Env,
    /// What it will be called.
    pub handle: OrgHandle,
    /// Shown to people.
    pub name: String,
}

impl Unit for Create {
    type Out = Decided<Id<id::Organization>, MemberRefused>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let found = find(tx, &self.handle).await?;
            let (handle, name) = (self.handle.clone(), self.name.clone());
            settle(tx, &self.env, create(&self.env.ctx(), handle, name, found.as_ref())).await
        })
    }
}

/// Adds a person, or removes them and ends what the organization's apps were given.
pub struct ChangeMember {
    /// Time and chance.
    pub env: Env,
    /// Which organization.
    pub handle: OrgHandle,
    /// Whom.
    pub whom: Whom,
    /// Which of both.
    pub order: MemberOrder,
}

impl Unit for ChangeMember {
    /// For whom it was done.
    type Out = Decided<Id<id::User>, MemberRefused>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let found = find(tx, &self.handle).await?;
            let account = find_account(tx, &self.whom).await?;
            let member = match account {
                Some(Account { user, .. }) => has(tx, &self.handle, user).await?,
                None => false,
            };
            // A refusal has no account to name.
            let user = account.map_or(Id::from_bytes([0; 16]), |it| it.user);
            let outcome = change(&self.env.ctx(), self.order, found.as_ref(), account, member);
            settle(tx, &self.env, outcome.map(|()| user)).await
        })
    }
}

/// An organization as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The row.
    pub organization: Organization,
    /// The apps that are for its members.
    pub clients: Vec<ClientId>,
    /// How many members it has.
    pub members: i64,
}

/// All of them by handle, or one.
pub struct Show(pub Option<OrgHandle>);

impl Unit for Show {
    type Out = Vec<Shown>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            // No organization has the empty handle: it stands for all.
            let handle = self.0.as_ref().map(OrgHandle::as_str).unwrap_or_default();
            let mut all = Vec::new();
            for row in tx.rows(&SHOW, params![handle]).await? {
                let organization = read(&row)?;
                let clients = tx.rows(&CLIENTS, params![organization.handle.as_str()]).await?;
                let clients = clients.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
                all.push(Shown { organization, clients, members: row.i64(4)? });
            }
            Ok(all)
        })
    }
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // as their columns
pub struct Member {
    pub user: Id<id::User>,
    pub email: Option<String>,
    pub since: Timestamp,
    pub disabled: bool,
}

/// The members of one, the oldest first. `None`: there is no such organization.
pub struct Members(pub OrgHandle);

impl Unit for Members {
    type Out = Option<Vec<Member>>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let Some(organization) = find(tx, &self.0).await? else { return Ok(None) };
            let member = |row: &Row| {
                let disabled: Option<Timestamp> = row.get(3)?;
                let (user, email, since) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(Member { user, email, since, disabled: disabled.is_some() })
            };
            let rows = tx.rows(&MEMBERS, params![organization.id]).await?;
            rows.iter().map(member).collect::<Result<_, DbError>>().map(Some)
        })
    }
}

/// The organization of this handle.
pub async fn find(tx: &mut Tx<'_>, handle: &OrgHandle) -> Result<Option<Organization>, DbError> {
    tx.one(&FIND, params![handle.as_str()]).await?.as_ref().map(read).transpose()
}

/// Is this person a member of it? Nobody is one of an organization that does not exist.
pub async fn has(tx: &mut Tx<'_>, handle: &OrgHandle, user: Id<id::User>) -> Result<bool, DbError> {
    Ok(tx.one(&HAS, params![handle.as_str(), user]).await?.is_some())
}

/// Of which organizations is this person a member?
pub async fn of_user(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<Vec<Organization>, DbError> {
    tx.rows(&OF_USER, params![user]).await?.iter().map(read).collect()
}

/// The name as the configuration says it.
pub async fn rename(tx: &mut Tx<'_>, handle: &OrgHandle, name: &str) -> Result<(), DbError> {
    tx.exec(&RENAME, params![name, handle.as_str()]).await.map(drop)
}

pub(crate) async fn insert(tx: &mut Tx<'_>, new: &Organization) -> Result<(), DbError> {
    let params = params![new.id, new.handle.as_str(), &new.name, new.created_at];
    INSERT.run(tx, params).await?.map(drop).ok_or(DbError::missed("organizations.insert"))
}

pub(crate) async fn add(
    tx: &mut Tx<'_>,
    org: Id<id::Organization>,
    user: Id<id::User>,
    at: Timestamp,
) -> Result<(), DbError> {
    ADD.run(tx, params![org, user, at]).await?.map(drop).ok_or(DbError::missed("memberships.add"))
}

pub(crate) async fn remove(
    tx: &mut Tx<'_>,
    org: Id<id::Organization>,
    user: Id<id::User>,
) -> Result<(), DbError> {
    REMOVE.run(tx, params![org, user]).await?.map(drop).ok_or(DbError::missed("memberships.remove"))
}

fn read(row: &Row) -> Result<Organization, DbError> {
    let handle =
        OrgHandle::from_str(row.text(1)?).map_err(|_| DbError::bad_row(1, "a handle", "another text"))?;
    Ok(Organization { id: row.get(0)?, handle, name: row.get(2)?, created_at: row.get(3)? })
}

crate::queries! {
    FIND = "SELECT id, handle, name, created_at FROM organizations WHERE handle = $1";
    HAS = "SELECT m.user_id FROM organizations o JOIN memberships m ON m.org_id = o.id \
           WHERE o.handle = $1 AND m.user_id = $2";
    OF_USER = "SELECT o.id, o.handle, o.name, o.created_at FROM memberships m JOIN organizations o ON o.id = m.org_id \
               WHERE m.user_id = $1 ORDER BY o.handle";
    SHOW = "SELECT o.id, o.handle, o.name, o.created_at, (SELECT COUNT(*) FROM memberships m WHERE m.org_id = o.id) \
            FROM organizations o WHERE o.handle IS NOT NULL AND (o.handle = $1 OR $1 = '') ORDER BY o.handle";
    CLIENTS = "SELECT id FROM clients WHERE organization = $1 AND deleted_at IS NULL ORDER BY id";
    MEMBERS = "SELECT m.user_id, e.address, m.created_at, u.disabled_at FROM memberships m JOIN users u ON u.id = m.user_id \
               LEFT JOIN emails e ON e.user_id = m.user_id AND e.is_primary = 1 \
               WHERE m.org_id = $1 ORDER BY m.created_at, m.user_id";
    RENAME = "UPDATE organizations SET name = $1 WHERE handle = $2";
    INSERT_TEXT = INSERT.0.text();
    ADD_TEXT = ADD.0.text();
    REMOVE_TEXT = REMOVE.0.text();
}

const INSERT: Claim = Claim::new(
    "INSERT INTO organizations (id, handle, name, created_at) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (handle) DO NOTHING RETURNING id",
);
const ADD: Claim = Claim::new(
    "INSERT INTO memberships (org_id, user_id, created_at) VALUES ($1, $2, $3) \
     ON CONFLICT (org_id, user_id) DO NOTHING RETURNING user_id",
);
const REMOVE: Spend =
    Spend::new("DELETE FROM memberships WHERE org_id = $1 AND user_id = $2 RETURNING user_id");
