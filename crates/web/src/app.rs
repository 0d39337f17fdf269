//! What every handler shares.

use crate::clock::Clock;
use crate::cookies::Cookies;
use crate::directory::{Directory, FetchedKeys};
use crate::origin::Site;
use crate::peer::Network;
use crate::providers::Providers;
use crate::trace::Recorder;
use crate::view::View;
use arc_swap::ArcSwap;
use countersign_core::{Env, Policy, Rng, Vault};
use countersign_keys::{HashPool, LiveRing, Sealer};
use countersign_outbound::guard::Guard;
use countersign_outbound::jwks::JwksCache;
use countersign_outbound::upstream::Upstream;
use countersign_store::Db;
use std::sync::Arc;

/// The running server, as handlers see it. Nothing in here is the truth about people or grants: that
/// is in the database; caches follow its change counter.
pub struct App {
    /// Where we live.
    pub site: Site,
    /// The database.
    pub db: Db,
    /// Pages and mails.
    pub view: View,
    /// Cookie names in force.
    pub cookies: Cookies,
    /// The clock.
    pub clock: Arc<Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Keyed operations.
    pub vault: Arc<dyn Vault>,
    /// What the operator decided; replaced whole on reload.
    pub policy: ArcSwap<Policy>,
    /// Clients and resources, cached.
    pub directory: Directory,
    /// The signing keys.
    pub keys: LiveRing,
    /// Encryption at rest.
    pub sealer: Sealer,
    /// Password hashing, bounded in memory and time.
    pub passwords: HashPool,
    /// Passwords known from breaches; replaced whole on reload.
    pub breached: ArcSwap<crate::breached::Breached>,
    /// Key sets that clients publish at their `jwks_uri`.
    pub client_keys: JwksCache<FetchedKeys>,
    /// Providers that people may sign in with; replaced whole on reload.
    pub providers: ArcSwap<Providers>,
    /// What fetches logos.
    pub pictures: Guard,
    /// How they are spoken to.
    pub upstream: Upstream,
    /// The metadata document.
    pub metadata: crate::oauth::discovery::Cached,
    /// What ended of late, for validators.
    pub revocations: crate::revocations::Revocations,
    /// The flow trace.
    pub trace: Recorder,
    /// Limits that this node keeps in memory.
    pub limits: crate::limits::NodeLimits,
    /// Requests of `doctor`, noted as they arrive.
    pub probes: crate::probe::Probes,
    /// Proxies whose forwarded headers are read.
    pub proxies: ArcSwap<Vec<Network>>,
    /// Is this `countersign dev`?
    pub dev: bool,
}

impl App {
    /// Time, chance and policy for one request.
    pub fn env(&self) -> Env {
        Env {
            now: self.clock.now(),
            rng: self.rng.clone(),
            vault: self.vault.clone(),
            policy: self.policy.load_full(),
        }
    }
}
