//! Clients and resources in memory. The database is the truth; a snapshot follows its change counter.

use crate::oauth::cors::Origins;
use crate::view::Locale;
use crate::view::pages::ScopeLine;
use arc_swap::ArcSwap;
use countersign_core::ClientId;
use countersign_core::oauth::{Client, ClientAuth, Logo, Registry, Resource, client::ClientKeys};
use countersign_jose::{JwkSet, PublicKey};
use countersign_outbound::guard::Trust;
use countersign_outbound::jwks::KeySet;
use countersign_store::oauth::clients::{self, Origin};
use countersign_store::oauth::logos;
use countersign_store::{Db, DbError, unit};
use std::collections::HashMap;
use std::sync::Arc;

/// A client and what is derived from it once instead of at every request.
#[derive(Debug)]
pub struct ClientEntry {
    /// As registered.
    pub client: Arc<Client>,
    /// Whether its `jwks_uri` may be a private address: the operator's own may.
    pub trust: Trust,
    /// RFC 7591 2 `jwks`, parsed; `jwks_uri` is fetched when needed.
    pub keys: Vec<PublicKey>,
    /// Our copy of its logo.
    pub logo: Option<Arc<Logo>>,
}

/// One consistent view.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// By client id.
    pub clients: HashMap<ClientId, Arc<ClientEntry>>,
    /// Copies of logos, by name.
    pub logos: HashMap<String, Arc<Logo>>,
    /// By identifier.
    pub resources: HashMap<String, Arc<Resource>>,
    /// The origins of all clients, for preflights, which name no client.
    pub origins: Origins,
}

impl Registry for Snapshot {
    fn client(&self, id: &ClientId) -> Option<&Client> {
        self.clients.get(id).map(|entry| entry.client.as_ref())
    }
    fn resource(&self, identifier: &str) -> Option<&Resource> {
        self.resources.get(identifier).map(Arc::as_ref)
    }
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

    /// What scopes let an app do, in words for people: the operator's, of the first of these resources that says so.
    pub fn scope_lines<'s>(
        &self,
        scopes: impl IntoIterator<Item = &'s str>,
        resources: &[String],
        locale: Locale,
    ) -> Vec<ScopeLine> {
        let snapshot = self.snapshot();
        let described = |scope: &str| {
            let known = resources.iter().filter_map(|it| snapshot.resources.get(it));
            known
                .filter_map(|it| it.scope_descriptions.get(scope))
                .find_map(|it| it.in_language(locale.tag()))
        };
        scopes.into_iter().map(|scope| ScopeLine::of(scope, described(scope))).collect()
    }

    /// Reads everything again.
    pub async fn load(&self, db: &Db) -> Result<(), DbError> {
        let all = unit(|tx| Box::pin(async move { Ok((clients::all(tx).await?, logos::all(tx).await?)) }));
        let (all, fetched) = db.read(all).await?;
        let resources = all.resources.into_iter().map(|(resource, _)| resource).collect();
        self.replace(all.clients, resources, fetched);
        Ok(())
    }

    /// Replaces everything; `fetched` are logos by their addresses.
    pub fn replace(
        &self,
        clients: Vec<(Client, Origin)>,
        resources: Vec<Resource>,
        fetched: Vec<(String, Logo)>,
    ) {
        let fetched: HashMap<_, _> = fetched.into_iter().map(|(uri, logo)| (uri, Arc::new(logo))).collect();
        let enabled = clients.iter().filter(|(client, _)| !client.disabled);
        let origins = enabled.flat_map(|(client, _)| &client.allowed_origins).cloned().collect();
        let logo = |client: &Client| match (&client.logo, &client.logo_uri) {
            (Some(logo), _) => Some(Arc::new(logo.clone())),
            (None, Some(uri)) => fetched.get(uri).cloned(),
            (None, None) => None,
        };
        let clients: HashMap<_, _> = clients
            .into_iter()
            .map(|(c, o)| {
                let logo = logo(&c);
                (c.id.clone(), Arc::new(ClientEntry { logo, ..entry(c, o) }))
            })
            .collect();
        let logos = clients.values().filter_map(|it| it.logo.clone()).map(|it| (it.name(), it)).collect();
        let resources = resources.into_iter().map(|r| (r.identifier.clone(), Arc::new(r))).collect();
        self.current.store(Arc::new(Snapshot { clients, resources, origins, logos }));
    }
}

fn entry(client: Client, origin: Origin) -> ClientEntry {
    let keys = match &client.auth {
        ClientAuth::PrivateKeyJwt { keys: ClientKeys::Jwks(jwks) } => {
            let keys = JwkSet::parse(jwks.to_string().as_bytes()).and_then(|set| set.to_public_keys());
            keys.inspect_err(|error| tracing::warn!(client = %client.id, %error, "its jwks cannot be used"))
                .unwrap_or_default()
        }
        ClientAuth::PrivateKeyJwt { keys: ClientKeys::JwksUri(_) }
        | ClientAuth::None
        | ClientAuth::ClientSecretBasic { .. }
        | ClientAuth::ClientSecretPost { .. } => Vec::new(),
    };
    let trust = match origin {
        Origin::Config => Trust::Operator,
        Origin::Api => Trust::Foreign,
    };
    ClientEntry { client: Arc::new(client), trust, keys, logo: None }
}

/// A key set fetched from a client's `jwks_uri`.
#[derive(Debug)]
pub struct FetchedKeys(Vec<PublicKey>);

impl FetchedKeys {
    /// The keys that can be used.
    pub fn keys(&self) -> &[PublicKey] {
        &self.0
    }
}

impl KeySet for FetchedKeys {
    fn parse(json: &[u8]) -> Option<Self> {
        JwkSet::parse_fetched(json).and_then(|set| set.to_public_keys()).ok().map(Self)
    }
    fn has(&self, kid: &str) -> bool {
        self.0.iter().any(|key| key.kid() == Some(kid))
    }
}
