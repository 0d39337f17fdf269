//! Clients and resources in memory. The database is the truth; a snapshot follows its change counter.

use arc_swap::ArcSwap;
use countersign_core::ClientId;
use countersign_core::oauth::{Client, ClientAuth, Resource, client::ClientKeys};
use countersign_jose::JwkSet;
use std::collections::HashMap;
use std::sync::Arc;

/// A client and what is derived from it once instead of at every request.
#[derive(Debug)]
pub struct ClientEntry {
    /// As registered.
    pub client: Client,
    /// RFC 7591 2 `jwks`, parsed; `jwks_uri` is fetched when needed.
    pub keys: Option<JwkSet>,
}

/// One consistent view.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// By client id.
    pub clients: HashMap<ClientId, Arc<ClientEntry>>,
    /// By identifier.
    pub resources: HashMap<String, Arc<Resource>>,
}

/// The cache.
#[derive(Debug, Default)]
pub struct Directory {
    current: ArcSwap<Snapshot>,
}

impl Directory {
    /// The snapshot in force; one request keeps one.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// A client that exists and is not switched off.
    pub fn client(&self, id: &ClientId) -> Option<Arc<ClientEntry>> {
        self.current.load().clients.get(id).filter(|e| !e.client.disabled).cloned()
    }

    /// A resource.
    pub fn resource(&self, identifier: &str) -> Option<Arc<Resource>> {
        self.current.load().resources.get(identifier).cloned()
    }

    /// Replaces everything.
    pub fn replace(&self, clients: Vec<Client>, resources: Vec<Resource>) {
        let clients = clients.into_iter().map(|c| (c.id.clone(), Arc::new(entry(c)))).collect();
        let resources = resources.into_iter().map(|r| (r.identifier.clone(), Arc::new(r))).collect();
        self.current.store(Arc::new(Snapshot { clients, resources }));
    }
}

fn entry(client: Client) -> ClientEntry {
    let keys = match &client.auth {
        ClientAuth::PrivateKeyJwt { keys: ClientKeys::Jwks(jwks) } => {
            JwkSet::parse(jwks.to_string().as_bytes()).ok()
        }
        ClientAuth::PrivateKeyJwt { keys: ClientKeys::JwksUri(_) }
        | ClientAuth::None
        | ClientAuth::ClientSecretBasic { .. }
        | ClientAuth::ClientSecretPost { .. } => None,
    };
    ClientEntry { client, keys }
}
