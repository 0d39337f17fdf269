//! Signing keys that rotate, master keys that are replaced, and signers that fail.

mod custody;
mod rotation;
mod signer;

use countersign_core::{Env, Policy, Timestamp};
use countersign_keys::{MasterRing, RootKey, Sealer, ServerVault, SystemRng};
use countersign_store::{Db, Options};
use countersign_testkit::{ISSUER, postgres_url};
use std::sync::Arc;
use std::time::Duration;

pub const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// An empty database of each kind: `both! { async fn name(url: String) { .. } }`. SQLite in memory has one door, so
/// nodes share it; on PostgreSQL each opens its own.
macro_rules! both { ($($(#[$doc:meta])* async fn $name:ident($nodes:ident: &Nodes) $body:block)*) => {
    mod on_sqlite {
        $($(#[$doc])* #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $name() { super::$name(&crate::keys::Nodes::on_sqlite().await).await })*
    }
    mod on_postgres {
        $($(#[$doc])* #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $name() {
            if let Some(nodes) = crate::keys::Nodes::on_postgres().await { super::$name(&nodes).await }
        })*
    }
    $($(#[$doc])* async fn $name($nodes: &crate::keys::Nodes) $body)*
} }
pub(crate) use both;

/// The doors to one database: two on PostgreSQL, as of two nodes.
pub struct Nodes {
    pub one: Db,
    pub two: Db,
}

impl Nodes {
    pub async fn on_sqlite() -> Self {
        let one = Db::open("sqlite::memory:").await.unwrap();
        one.migrate(false).await.unwrap();
        Self { two: one.clone(), one }
    }

    pub async fn on_postgres() -> Option<Self> {
        let url = postgres_url().await?;
        let patient = Options {
            pool_wait: Duration::from_secs(20),
            unit_timeout: Duration::from_secs(30),
            ..Options::default()
        };
        let one = Db::open_with(&url, patient.clone()).await.unwrap();
        one.migrate(false).await.unwrap();
        Some(Self { one, two: Db::open_with(&url, patient).await.unwrap() })
    }

    /// The n-th caller's door.
    pub fn node(&self, n: usize) -> Db {
        if n.is_multiple_of(2) { self.one.clone() } else { self.two.clone() }
    }
}

/// Master keys whose ids differ.
pub fn master_keys<const N: usize>() -> [String; N] {
    loop {
        let keys: [String; N] = std::array::from_fn(|_| MasterRing::generate(&SystemRng).to_string());
        if MasterRing::parse(&keys.join("\n")).is_ok() {
            return keys;
        }
    }
}

pub fn sealer(text: &str) -> Sealer {
    Sealer::new(Arc::new(MasterRing::parse(text).unwrap()))
}

/// A context at this time, with keyed operations of its own.
pub fn env(sealer: &Sealer, now: Timestamp) -> Env {
    let root = RootKey::open(&RootKey::create(&SystemRng, sealer).unwrap(), sealer).unwrap();
    Env {
        now,
        rng: Arc::new(SystemRng),
        vault: Arc::new(ServerVault::new(root, sealer.clone())),
        policy: Arc::new(Policy::new(ISSUER)),
    }
}
