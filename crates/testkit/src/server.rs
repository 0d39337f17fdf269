//! The whole provider in this process, on a database of its own.

use crate::Browser;
use countersign_core::oauth::{Client, Resource};
use countersign_core::{Policy, Timestamp};
use countersign_dev::inbox::{Inbox, Mail};
use countersign_keys::rotation::RotationPolicy;
use countersign_keys::{HashCost, HashPoolConfig, MasterRing, SystemRng};
use countersign_outbound::guard::Guard;
use countersign_store::oauth::clients::{self, Origin};
use countersign_store::{Db, unit};
use countersign_web::App;
use countersign_web::clock::Clock;
use countersign_web::open::{Setup, open};
use std::sync::Arc;
use std::time::Duration;

/// A provider under test.
pub struct TestServer {
    /// What handlers see.
    pub app: Arc<App>,
    /// All routes.
    pub router: axum::Router,
    /// Every mail it sent.
    pub inbox: Arc<Inbox>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    _stop: tokio::sync::watch::Sender<bool>,
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

    /// On this database, under this policy.
    pub async fn with(database: &str, policy: Policy) -> Self {
        let db = Db::open(database).await.expect("the database opens");
        db.migrate(false).await.expect("the schema is made");
        let clock = Arc::new(Clock::default());
        let setup = Setup {
            policy,
            db,
            master: Arc::new(MasterRing::parse(&MasterRing::generate(&SystemRng)).expect("a master key")),
            hashing: HashPoolConfig {
                cost: HashCost::new(64, 1, 1).expect("a cheap cost"),
                ..HashPoolConfig::for_this_machine()
            },
            rotation: RotationPolicy::default(),
            guard: Guard::new(),
            proxies: Vec::new(),
            overrides: None,
            cookie_name: None,
            clock: clock.clone(),
            dev: false,
        };
        let opened = open(setup).await.expect("the server comes up");
        let router = countersign_web::router::router(opened.app.clone());
        let inbox = Inbox::new(clock);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mailer = countersign_outbound::mail::Mailer::Inbox(inbox.clone());
        let mut tasks = opened.tasks;
        tasks.push(tokio::spawn(countersign_web::mailroom::run(opened.app.clone(), mailer, stopped)));
        Self { app: opened.app, router, inbox, tasks, _stop: stop }
    }

    /// A browser with an empty jar.
    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone(), self.app.site.origin())
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
