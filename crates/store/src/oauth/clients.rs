//! Clients and resources: validated metadata as JSON, read whole into memory by every node.

use crate::changes::{self, Topic};
use crate::session::endings;
use crate::{DbError, Row, Tx, params};
use countersign_core::oauth::{Client, Resource};
use countersign_core::organization::{OrgHandle, OrgScope};
use countersign_core::session::revocations::Ended;
use countersign_core::{ClientId, Timestamp};

crate::queries! {
    CLIENTS = "SELECT id, origin, metadata FROM clients WHERE deleted_at IS NULL ORDER BY id";
    RESOURCES = "SELECT identifier, origin, metadata FROM resources WHERE deleted_at IS NULL ORDER BY identifier";
    CLIENT = "SELECT id, origin, metadata FROM clients WHERE id = $1 AND deleted_at IS NULL";
    PUT_CLIENT = "INSERT INTO clients (org_id, id, origin, metadata, created_at, updated_at, organization) \
     VALUES ($1, $2, $3, $4, $5, $5, $6) \
     ON CONFLICT (id) DO UPDATE SET origin = excluded.origin, metadata = excluded.metadata, organization = excluded.organization, \
     updated_at = excluded.updated_at, deleted_at = NULL WHERE clients.org_id = excluded.org_id RETURNING id";
    PUT_RESOURCE = "INSERT INTO resources (org_id, identifier, origin, metadata, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5) \
     ON CONFLICT (identifier) DO UPDATE SET origin = excluded.origin, metadata = excluded.metadata, \
     updated_at = excluded.updated_at, deleted_at = NULL WHERE resources.org_id = excluded.org_id RETURNING identifier";
    REMOVE_CLIENT = "UPDATE clients SET deleted_at = $1 WHERE org_id = $2 AND id = $3 AND deleted_at IS NULL RETURNING id, origin, metadata";
    REMOVE_RESOURCE = "UPDATE resources SET deleted_at = $1 WHERE org_id = $2 AND identifier = $3 AND deleted_at IS NULL RETURNING identifier";
}

/// Who declared a client or resource; what is declared in the configuration goes when it goes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The configuration file: what it no longer names goes at the next start.
    Config,
    /// A file given to `countersign apply`, the command line or the API: stays until it is removed.
    Api,
}

impl Origin {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Api => "api",
        }
    }
    fn parse(text: &str) -> Option<Self> {
        [Self::Config, Self::Api].into_iter().find(|o| o.as_str() == text)
    }
}

/// Everything that every node keeps in memory.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// Live clients.
    pub clients: Vec<(Client, Origin)>,
    /// Live resources.
    pub resources: Vec<(Resource, Origin)>,
}

fn parse<T: serde::de::DeserializeOwned>(row: &Row) -> Result<(T, Origin), DbError> {
    let value = serde_json::from_str(row.text(2)?).map_err(|e| DbError::BadRow(format!("metadata: {e}")))?;
    let origin =
        Origin::parse(row.text(1)?).ok_or_else(|| DbError::bad_row(1, "an origin", "another word"))?;
    Ok((value, origin))
}

/// Reads all of them, of every organization: the edge looks them up by their global ids.
pub async fn all(tx: &mut Tx<'_>) -> Result<Declared, DbError> {
    let clients = tx.rows(&CLIENTS, params![]).await?.iter().map(parse).collect::<Result<_, _>>()?;
    let resources = tx.rows(&RESOURCES, params![]).await?.iter().map(parse).collect::<Result<_, _>>()?;
    Ok(Declared { clients, resources })
}

/// Adds or replaces a client. False: the id belongs to another organization. Validators hear that what it had may be over, if
/// it is switched off now or for the members of another organization.
pub async fn put_client(
    tx: &mut Tx<'_>,
    client: &Client,
    origin: Origin,
    now: Timestamp,
) -> Result<bool, DbError> {
    let json = serde_json::to_string(client).map_err(|e| DbError::Bug(e.to_string()))?;
    let before = match client.disabled || client.organization.is_some() {
        true => tx.one(&CLIENT, params![&client.id]).await?.as_ref().map(parse::<Client>).transpose()?,
        false => None,
    };
    let organization = client.organization.as_ref().map(OrgHandle::as_str);
    let params = params![client.org, &client.id, origin.as_str(), json, now, organization];
    let row = tx.one(&PUT_CLIENT, params).await?;
    changes::bump(tx, Topic::Clients).await?;
    if let (Some(_), Some((before, _))) = (&row, before)
        && !before.disabled
        && (client.disabled || before.organization != client.organization)
    {
        endings::record(tx, &[Ended::all_of(&before)], now).await?;
    }
    Ok(row.is_some())
}

/// Adds or replaces a resource. False: the identifier belongs to another organization.
pub async fn put_resource(
    tx: &mut Tx<'_>,
    resource: &Resource,
    origin: Origin,
    now: Timestamp,
) -> Result<bool, DbError> {
    let json = serde_json::to_string(resource).map_err(|e| DbError::Bug(e.to_string()))?;
    let identifier = resource.identifier.as_str();
    let row = tx.one(&PUT_RESOURCE, params![resource.org, identifier, origin.as_str(), json, now]).await?;
    changes::bump(tx, Topic::Clients).await?;
    Ok(row.is_some())
}

/// Removes a client; its id stays taken, and nothing it had works any more.
pub async fn remove_client(
    tx: &mut Tx<'_>,
    org: OrgScope,
    id: &ClientId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let row = tx.one(&REMOVE_CLIENT, params![now, org.org(), id]).await?;
    changes::bump(tx, Topic::Clients).await?;
    let removed = row.as_ref().map(parse::<Client>).transpose()?;
    if let Some((client, _)) = removed.as_ref().filter(|(client, _)| !client.disabled) {
        endings::record(tx, &[Ended::all_of(client)], now).await?;
    }
    Ok(removed.is_some())
}

/// Removes a resource.
pub async fn remove_resource(
    tx: &mut Tx<'_>,
    org: OrgScope,
    identifier: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    let row = tx.one(&REMOVE_RESOURCE, params![now, org.org(), identifier]).await?;
    changes::bump(tx, Topic::Clients).await?;
    Ok(row.is_some())
}
