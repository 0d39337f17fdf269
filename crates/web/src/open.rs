//! How the server comes up: from what the operator wrote to an [`App`] with its background work.

use crate::App;
use crate::breached::Breached;
use crate::clock::Clock;
use crate::cookies::Cookies;
use crate::custody;
use crate::directory::Directory;
use crate::keyring::{self, KeyringError, Wish};
use crate::origin::{BadIssuer, Site};
use crate::peer::Network;
use crate::providers::{Providers, federated};
use crate::trace::{self, Writer};
use crate::view::{View, ViewError};
use arc_swap::ArcSwap;
use countersign_core::login::provider::Provider;
use countersign_core::{Env, Policy, Rng, Vault};
use countersign_keys::rotation::RotationPolicy;
use countersign_keys::{
    HashPool, HashPoolConfig, LiveRing, MasterRing, Sealer, ServerVault, Signer, SystemRng,
};
use countersign_outbound::guard::Guard;
use countersign_outbound::jwks::JwksCache;
use countersign_outbound::upstream::Upstream;
use countersign_store::account::leaving::{AnyDeparted, EraseDeparted};
use countersign_store::changes::{self, Seen, Topic};
use countersign_store::session::overdue::{AnyOverdue, EndOverdue};
use countersign_store::trace as stored;
use countersign_store::{Db, DbError, audit, unit};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the operator wrote, parsed.
pub struct Setup {
    /// Lifetimes, rules, the issuer.
    pub policy: Policy,
    /// The database, migrated.
    pub db: Db,
    /// Master keys.
    pub master: Arc<MasterRing>,
    /// Password hashing.
    pub hashing: HashPoolConfig,
    /// Passwords known from breaches.
    pub breached: Breached,
    /// Key rotation.
    pub rotation: RotationPolicy,
    /// Who signs, if the private keys are not in this process.
    pub signer: Option<Arc<dyn Signer>>,
    /// All outgoing HTTP.
    pub guard: Guard,
    /// Providers that people may sign in with.
    pub providers: Vec<Provider>,
    /// Proxies whose forwarded headers are read.
    pub proxies: Vec<Network>,
    /// Templates that replace ours.
    pub overrides: Option<PathBuf>,
    /// The stem of cookie names.
    pub cookie_name: Option<String>,
    /// The clock.
    pub clock: Arc<Clock>,
    /// Who opens it.
    pub role: Role,
    /// Is this `countersign dev`?
    pub dev: bool,
}

/// for the whole exchange with a provider; whoever waits has an answer within ten seconds.
const PATIENCE: Duration = Duration::from_secs(9);

/// Who brings the house up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A node, which serves until it ends.
    Node,
    /// A command, which does one thing and goes.
    Command,
}

/// Why the server cannot come up.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each passes on what its room says
pub enum OpenError {
    #[error(transparent)]
    Issuer(#[from] BadIssuer),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    View(#[from] ViewError),
    #[error(transparent)]
    Keys(#[from] KeyringError),
    #[error("password hashing could not start: {0}")]
    Hashing(#[from] std::io::Error),
}

/// The app, and the work that goes on behind it.
pub struct Opened {
    /// For the handlers.
    pub app: Arc<App>,
    /// Background work of this process; it ends when the tasks are aborted or the process does.
    pub tasks: Vec<JoinHandle<()>>,
}

/// Brings the server up: keys (made at the first start), caches, background work.
pub async fn open(setup: Setup) -> Result<Opened, OpenError> {
    let site = Site::new(&setup.policy.issuer)?;
    let (db, sealer) = (&setup.db, Sealer::new(setup.master));
    let rng: Arc<dyn Rng> = Arc::new(SystemRng);
    let now = setup.clock.now();
    // What is there must open before anything is sealed: a wrong master key leaves no trace.
    let mut ring = keyring::load(db, &sealer, now).await?;
    let root = custody::root(db, &sealer, rng.as_ref(), now).await?;
    let node = node_name(rng.as_ref());
    match setup.role {
        Role::Node => custody::beat(db, &sealer, &node, now).await?,
        Role::Command => custody::look(db, &sealer, now).await?,
    };
    let vault: Arc<dyn Vault> = Arc::new(ServerVault::new(root, sealer.clone()));
    let policy = Policy { federated: federated(&setup.providers), ..setup.policy };
    let policy = Arc::new(policy);
    let env = Env { now, rng: rng.clone(), vault: vault.clone(), policy: policy.clone() };
    // What else is due the worker makes, when people are being served.
    if setup.rotation.algs.iter().any(|alg| ring.active(*alg, now).is_none()) {
        keyring::tend(db, &sealer, &setup.rotation, &Wish::Due, &env).await?;
        ring = keyring::load(db, &sealer, now).await?;
    }
    let keys = match setup.signer {
        Some(signer) => LiveRing::new(ring).signing_with(signer),
        None => LiveRing::new(ring),
    };
    let (recorder, writer) = trace::recorder();
    let app = Arc::new(App {
        cookies: Cookies::new(&site, setup.cookie_name.as_deref()),
        site,
        view: View::new(setup.overrides.as_deref())?,
        clock: setup.clock,
        rng,
        vault,
        policy: ArcSwap::from(policy),
        directory: Directory::default(),
        metadata: Default::default(),
        keys,
        sealer,
        passwords: HashPool::start(setup.hashing)?,
        breached: ArcSwap::from_pointee(setup.breached),
        upstream: Upstream::new(setup.guard.clone(), PATIENCE),
        providers: ArcSwap::from_pointee(Providers::new(setup.providers)),
        pictures: setup.guard.clone(),
        client_keys: JwksCache::new(setup.guard),
        revocations: Default::default(),
        trace: recorder,
        limits: Default::default(),
        probes: Default::default(),
        proxies: ArcSwap::from_pointee(setup.proxies),
        dev: setup.dev,
        db: setup.db,
    });
    app.directory.load(&app.db).await?;
    let seen = changes::follow(&app.db).await?;
    let tasks = vec![
        tokio::spawn(write_traces(writer, app.db.clone())),
        tokio::spawn(follow_changes(app.clone(), seen)),
        tokio::spawn(tend_keys(app.clone(), setup.rotation)),
        tokio::spawn(keep_custody(app.clone(), node)),
        tokio::spawn(purge(app.clone())),
        tokio::spawn(end_overdue(app.clone())),
        tokio::spawn(erase_departed(app.clone())),
        tokio::spawn(chain_audit(app.clone())),
    ];
    let of_node = match setup.role {
        Role::Node => {
            vec![tokio::spawn(follow_hints(app.db.clone())), tokio::spawn(crate::logos::tend(app.clone()))]
        }
        Role::Command => Vec::new(),
    };
    let tasks = tasks.into_iter().chain(of_node).collect();
    Ok(Opened { app, tasks })
}

async fn follow_hints(db: Db) {
    db.follow_hints().await;
}

async fn write_traces(writer: Writer, db: Db) {
    writer.run(db).await;
}

/// DESIGN 3: caches follow the change counter.
async fn follow_changes(app: Arc<App>, mut seen: watch::Receiver<Seen>) {
    let mut last = seen.borrow().clone();
    while seen.changed().await.is_ok() {
        let next = seen.borrow_and_update().clone();
        if next.of(Topic::Clients) != last.of(Topic::Clients)
            && let Err(error) = app.directory.load(&app.db).await
        {
            tracing::warn!(%error, "clients could not be read again; the old ones stay in force");
            continue;
        }
        // Streams of clients that may not listen any more end.
        app.revocations.touch();
        if next.of(Topic::Keys) != last.of(Topic::Keys) {
            reload_keys(&app).await;
        }
        last = next;
    }
}

async fn reload_keys(app: &App) {
    match keyring::load(&app.db, &app.sealer, app.clock.now()).await {
        Ok(ring) => app.keys.exchange(ring),
        Err(error) => {
            tracing::error!(%error, "the signing keys could not be read again; the old ones stay in force")
        }
    }
}

/// Looks after the keys every minute, and forgets those whose time is over.
async fn tend_keys(app: Arc<App>, rotation: RotationPolicy) {
    loop {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let env = app.env();
        let now = env.now;
        match keyring::tend(&app.db, &app.sealer, &rotation, &Wish::Due, &env).await {
            Ok(true) => tracing::info!("signing keys rotated"),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "signing keys could not be tended"),
        }
        if app.keys.current().next_change().is_some_and(|at| at <= now) {
            reload_keys(&app).await;
        }
    }
}

/// Tells which master keys this node has, and moves what is sealed to a new one when all nodes have it.
async fn keep_custody(app: Arc<App>, node: String) {
    let mut moved_to = None;
    loop {
        tokio::time::sleep(custody::BEAT).await;
        let now = app.clock.now();
        let standing = match custody::beat(&app.db, &app.sealer, &node, now).await {
            Ok(standing) => standing,
            Err(error) => {
                tracing::warn!(%error, "this node could not tell of itself");
                continue;
            }
        };
        let active = app.sealer.master().active_id();
        if moved_to == Some(active) || !standing.may_reseal(now) {
            continue;
        }
        match custody::reseal(&app.db, &app.sealer, now).await {
            Ok(done) if done.missed == 0 => {
                moved_to = Some(active);
                if done.moved > 0 {
                    tracing::info!(
                        master_key = active,
                        rows = done.moved,
                        "everything lies under the new master key now"
                    );
                }
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "rows could not be sealed under the new master key"),
        }
    }
}

fn node_name(rng: &dyn Rng) -> String {
    let mut name = [0u8; 8];
    rng.fill(&mut name);
    format!("{:016x}", u64::from_be_bytes(name))
}

/// Links the audit records of what was committed, on whichever node holds the lease.
async fn chain_audit(app: Arc<App>) {
    let owner = format!("audit-{}", node_name(app.rng.as_ref()));
    loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let waits = app.db.read(unit(|tx| Box::pin(async move { audit::waits(tx).await }))).await;
        if let Ok(false) = waits {
            continue;
        }
        let chain =
            audit::Chain { owner: owner.clone(), now: app.clock.now(), lease: Duration::from_secs(30) };
        match app.db.run(chain).await {
            Ok(audit::Chained::Rows(_) | audit::Chained::NotOurs) => {}
            Err(error) => tracing::warn!(%error, "the audit chain is put off"),
        }
    }
}

/// The trace comes back within its bounds, however much was written since.
async fn bound(db: &Db) -> Result<(), DbError> {
    const AT_ONCE: i64 = 500;
    let some = || {
        unit(|tx| {
            Box::pin(async move { stored::bound(tx, stored::MOST, stored::MOST_REFUSED, AT_ONCE).await })
        })
    };
    while db.run(some()).await? >= AT_ONCE.unsigned_abs() {
        // Requests that came meanwhile go first.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// Ends sessions that are over by themselves, so that apps hear of it.
async fn end_overdue(app: Arc<App>) {
    const AT_ONCE: u32 = 100;
    loop {
        tokio::time::sleep(Duration::from_secs(30)).await;
        let ended = async {
            let mut all = 0;
            while app.db.read(AnyOverdue { env: app.env() }).await? {
                let some = app.db.run(EndOverdue { env: app.env(), most: AT_ONCE }).await?;
                all += some;
                if some == 0 {
                    break;
                }
                // Requests that came meanwhile go first.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok::<_, DbError>(all)
        };
        match ended.await {
            Ok(0) => {}
            Ok(sessions) => tracing::debug!(sessions, "over by themselves"),
            Err(error) => tracing::warn!(%error, "sessions that are over are ended later"),
        }
    }
}

/// Erases those who asked for it and whose time to think is over.
async fn erase_departed(app: Arc<App>) {
    loop {
        tokio::time::sleep(Duration::from_secs(30)).await;
        if let Err(error) = departed(&app).await {
            tracing::warn!(%error, "accounts whose time is over are erased later");
        }
    }
}

/// What [`open`] does every half minute: one account a unit, so that no request waits for many.
pub async fn departed(app: &App) -> Result<usize, DbError> {
    let mut gone = 0;
    while app.db.read(AnyDeparted { now: app.clock.now() }).await? {
        let Some(user) = app.db.run(EraseDeparted { env: app.env() }).await? else { break };
        tracing::info!(%user, "an account was erased, as its person asked");
        gone += 1;
    }
    Ok(gone)
}

/// Removes what has outlived itself.
async fn purge(app: Arc<App>) {
    loop {
        tokio::time::sleep(Duration::from_secs(300)).await;
        match countersign_store::purge::purge(&app.db, app.clock.now()).await {
            Ok(gone) => {
                gone.iter().filter(|(_, n)| *n > 0).for_each(|(table, n)| tracing::debug!(table, n, "purged"))
            }
            Err(error) => tracing::warn!(%error, "purging is put off"),
        }
        if let Err(error) = bound(&app.db).await {
            tracing::warn!(%error, "bounding the trace is put off");
        }
    }
}
