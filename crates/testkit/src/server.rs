//! The whole provider in this process, on a database of its own.

use crate::{Browser, postgres_url};
use countersign_core::account::Prefix;
use countersign_core::oauth::{Client, Resource};
use countersign_core::organization::OrgScope;
use countersign_core::{Env, Policy, Timestamp};
use countersign_dev::inbox::{Inbox, Mail};
use countersign_keys::rotation::RotationPolicy;
use countersign_keys::{HashCost, HashPoolConfig, MasterRing, Sealer, ServerVault, Signer, SystemRng};
use countersign_outbound::guard::Guard;
use countersign_store::oauth::clients::{self, Origin};
use countersign_store::signing_keys::{self, KeyChange, KeyRow};
use countersign_store::{Db, Options, unit};
use countersign_web::App;
use countersign_web::clock::Clock;
use countersign_web::custody;
use countersign_web::keyring::{self, Wish};
use countersign_web::open::{Role, Setup, open};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::OnceCell;

/// A provider under test.
pub struct TestServer {
    /// What handlers see.
    pub app: Arc<App>,
    /// All routes.
    pub router: axum::Router,
    /// Every mail it sent.
    pub inbox: Arc<Inbox>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    stop: tokio::sync::watch::Sender<bool>,
}

/// Where a test that does not care keeps its data: in memory, or, with `COUNTERSIGN_TEST_DATABASE=postgres`, in a schema of
/// its own. So the same test runs on both databases.
#[allow(clippy::disallowed_methods, reason = "tests have no configuration file")]
async fn wherever(database: &str) -> Cow<'_, str> {
    let postgres = std::env::var("COUNTERSIGN_TEST_DATABASE").is_ok_and(|it| it == "postgres");
    match database {
        "sqlite::memory:" if postgres => postgres_url().await.expect("PostgreSQL was promised").into(),
        database => database.into(),
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// The issuer of test servers.
pub const ISSUER: &str = "https://id.example";

impl TestServer {
    /// On SQLite in memory, with the usual policy and cheap password hashes.
    pub async fn start() -> Self {
        Self::with("sqlite::memory:", Policy::new(ISSUER)).await
    }

    /// On this database, under this policy. A second one on the same database is another node: the same
    /// master key, caches of its own.
    pub async fn with(database: &str, policy: Policy) -> Self {
        Self::guarded(database, policy, Guard::new()).await
    }

    /// With another guard over what leaves, so that an address on this machine may be fetched.
    pub async fn guarded(database: &str, policy: Policy, guard: Guard) -> Self {
        Self::up(database, policy, guard, None).await
    }

    /// On SQLite in memory, with private keys that somebody else holds.
    pub async fn signed_by(signer: Arc<dyn Signer>) -> Self {
        Self::up("sqlite::memory:", Policy::new(ISSUER), Guard::new(), Some(signer)).await
    }

    async fn up(database: &str, policy: Policy, guard: Guard, signer: Option<Arc<dyn Signer>>) -> Self {
        let database = &*wherever(database).await;
        // Tests share a small machine; what they test is not the patience.
        let patient = Options {
            pool_wait: Duration::from_secs(20),
            unit_timeout: Duration::from_secs(30),
            ..Options::default()
        };
        let mut opened = Db::open_with(database, patient.clone()).await;
        // A server that was dropped a moment ago still lets go of its file.
        for _ in 0..100 {
            if opened.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            opened = Db::open_with(database, patient.clone()).await;
        }
        let db = opened.expect("the database opens");
        db.migrate(false).await.expect("the schema is made");
        let keys = Keys::of_this_run().await;
        keys.put_into(&db).await;
        let clock = Arc::new(Clock::default());
        let countries = ["+49", "+47"].iter().filter_map(|it| Prefix::parse(it).ok()).collect();
        let policy = Policy { texts: true, countries, ..policy };
        let setup = Setup {
            policy,
            db,
            master: keys.master.clone(),
            hashing: HashPoolConfig {
                cost: HashCost::new(64, 1, 1).expect("a cheap cost"),
                ..HashPoolConfig::for_this_machine()
            },
            breached: Default::default(),
            rotation: RotationPolicy::default(),
            signer,
            guard,
            providers: Vec::new(),
            proxies: Vec::new(),
            overrides: None,
            cookie_name: None,
            clock: clock.clone(),
            role: Role::Node,
            dev: false,
        };
        let opened = open(setup).await.expect("the server comes up");
        let router = countersign_web::router::router(opened.app.clone());
        let inbox = inbox_of(database, clock);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mailer = countersign_outbound::mail::Mailer::Inbox(inbox.clone());
        let mut tasks = opened.tasks;
        tasks.push(tokio::spawn(countersign_web::backchannel::run(opened.app.clone(), stopped.clone())));
        tasks.push(tokio::spawn(countersign_web::revocations::run(opened.app.clone(), stopped.clone())));
        let texter = countersign_outbound::sms::Texter::Inbox(inbox.clone());
        let (app, watched) = (opened.app.clone(), stopped.clone());
        tasks.push(tokio::spawn(countersign_web::textroom::run(app, texter, watched)));
        tasks.push(tokio::spawn(countersign_web::mailroom::run(opened.app.clone(), mailer, stopped)));
        Self { app: opened.app, router, inbox, tasks, stop }
    }

    /// A browser with an empty jar.
    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone(), self.app.site.origin())
    }

    /// Says that the server ends: its workers finish what they have, and streams end.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Registers a client and lets the cache see it.
    pub async fn register(&self, client: Client) {
        let now = self.now();
        let client = Arc::new(client);
        let put = unit(move |tx| {
            let client = client.clone();
            Box::pin(async move { clients::put_client(tx, &client, Origin::Config, now).await })
        });
        assert!(self.app.db.run(put).await.expect("the client is written"));
        self.app.directory.load(&self.app.db).await.expect("the cache follows");
    }

    /// Registers a resource.
    pub async fn resource(&self, resource: Resource) {
        let now = self.now();
        let resource = Arc::new(resource);
        let put = unit(move |tx| {
            let resource = resource.clone();
            Box::pin(async move { clients::put_resource(tx, &resource, Origin::Config, now).await })
        });
        assert!(self.app.db.run(put).await.expect("the resource is written"));
        self.app.directory.load(&self.app.db).await.expect("the cache follows");
    }

    /// The server's time.
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// Moves the server's time forward.
    pub fn advance(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    /// The newest mail to this address; waits up to five seconds for it.
    pub async fn mail_to(&self, address: &str) -> Mail {
        for _ in 0..250 {
            if let Some(mail) = self.inbox.newest_to(address) {
                return mail;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no mail to {address}");
    }
}

/// Nodes on one database send to the same people: whichever of them sends a mail, it lies in the one inbox.
fn inbox_of(database: &str, clock: Arc<Clock>) -> Arc<Inbox> {
    static INBOXES: Mutex<BTreeMap<String, Weak<Inbox>>> = Mutex::new(BTreeMap::new());
    if database.ends_with(":memory:") {
        return Inbox::new(clock);
    }
    let mut inboxes = INBOXES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(inbox) = inboxes.get(database).and_then(Weak::upgrade) {
        return inbox;
    }
    let inbox = Inbox::new(clock);
    inboxes.insert(database.to_owned(), Arc::downgrade(&inbox));
    inbox
}

/// Making RSA keys takes longer than most tests: they are made once for a run, and every database gets a copy.
struct Keys {
    master: Arc<MasterRing>,
    rows: Vec<KeyRow>,
}

impl Keys {
    async fn of_this_run() -> &'static Self {
        static KEYS: OnceCell<Keys> = OnceCell::const_new();
        KEYS.get_or_init(Self::make).await
    }

    async fn make() -> Self {
        let master = Arc::new(MasterRing::parse(&MasterRing::generate(&SystemRng)).expect("a master key"));
        let (sealer, now) = (Sealer::new(master.clone()), Clock::default().now());
        let db = Db::open("sqlite::memory:").await.expect("the database opens");
        db.migrate(false).await.expect("the schema is made");
        let root = custody::root(&db, &sealer, &SystemRng, now).await.expect("the root key is made");
        let env = Env {
            now,
            rng: Arc::new(SystemRng),
            vault: Arc::new(ServerVault::new(root, sealer.clone())),
            policy: Arc::new(Policy::new(ISSUER)),
        };
        let policy = RotationPolicy::default();
        // Once for the keys, once for their successors.
        for _ in 0..2 {
            keyring::tend(&db, &sealer, &policy, &Wish::Due, &env).await.expect("the keys are made");
        }
        Self { master, rows: rows(&db).await }
    }

    async fn put_into(&self, db: &Db) {
        if !rows(db).await.is_empty() {
            return;
        }
        let changes = Arc::new(self.rows.iter().cloned().map(KeyChange::Insert).collect::<Vec<_>>());
        let put = unit(move |tx| {
            let changes = changes.clone();
            Box::pin(async move { signing_keys::apply(tx, OrgScope::installation(), &changes).await })
        });
        db.run(put).await.expect("the keys are written");
    }
}

async fn rows(db: &Db) -> Vec<KeyRow> {
    let all = unit(|tx| Box::pin(async move { signing_keys::all(tx, OrgScope::installation()).await }));
    db.read(all).await.expect("the keys are read")
}
