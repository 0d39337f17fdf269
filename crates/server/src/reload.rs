//! Taking over a changed configuration while requests go on: on SIGHUP, and on `countersign apply`.
//!
//! All of it is looked at before anything is changed; then the database is written in one commit; then everything
//! else is exchanged, which cannot fail. What a running process cannot change is named, and the rest is applied.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use countersign_outbound::mail::LiveMailer;
use countersign_outbound::sms::LiveTexter;
use countersign_store::outbox::{Messages, Routes};
use countersign_web::App;
use countersign_web::providers::Providers;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use tokio::sync::Mutex;

use crate::apply::{self, Act, Change, Extent};
use crate::config::messages::{changed_mail, changed_sms};
use crate::config::{self, Config, Database, Place, Process};
use crate::failure::Failure;
use crate::house;
use crate::listen::{Certificate, Tls};
use crate::logging::Log;
use crate::words::count;

/// What a reload exchanges, and the configuration in force.
pub struct Reloader {
    app: Arc<App>,
    mailer: LiveMailer,
    texter: LiveTexter,
    tls: Option<Tls>,
    log: Log,
    /// Its fixed values are those of the start. Held while a reload runs, so that two do not mix.
    current: Mutex<Config>,
}

/// What a reload did, or would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Sections whose settings changed and are in force now.
    pub applied: Vec<&'static str>,
    /// Clients, resources and people.
    pub changes: Vec<Change>,
    /// Values that changed and wait for the next start.
    pub needs_restart: Vec<Waiting>,
    /// False: this only says what would be.
    pub written: bool,
}

/// A value that a running process cannot change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// Its name in the configuration.
    pub key: &'static str,
    /// Where it stands.
    pub place: Place,
}

impl Reloader {
    /// For a server that came up with this configuration.
    pub fn new(
        app: Arc<App>,
        (mailer, texter): (LiveMailer, LiveTexter),
        tls: Option<Tls>,
        log: Log,
        config: Config,
    ) -> Reloader {
        Reloader { app, mailer, texter, tls, log, current: Mutex::new(config) }
    }

    /// Reads the configuration again and takes over what can change. Whatever is wrong, everything stays as it was.
    pub async fn reload(&self, check: bool) -> Result<Report, Failure> {
        let mut current = self.current.lock().await;

        // 1. What can fail, before anything is changed.
        let mut config = config::load(&current.path, &Process)?;
        let needs_restart = waiting(&current, &config);
        keep_fixed(&mut config, &current);
        let certificate = self.certificate(&config)?;
        let guard = house::guard(&config.outbound)?;
        let (mailer, texter) = (house::mailer(&config)?, house::texter(&config)?);
        let breached = house::breached(&config)?;

        // 2. What is declared, in one commit.
        let changes = apply::declare(&self.app, &config.declared, Extent::Whole, check).await?;
        let new_certificate = self.tls.as_ref().zip(certificate).filter(|(tls, new)| tls.differs(new));
        let mut applied = changed(&current, &config);
        applied.extend(new_certificate.is_some().then_some("tls"));
        let report = Report { applied, changes, needs_restart, written: !check };
        if check {
            return Ok(report);
        }

        // 3. What cannot fail.
        let app = &self.app;
        if let Err(error) = app.directory.load(&app.db).await {
            tracing::warn!(%error, "clients are read again in a moment");
        }
        let has = |section| report.applied.contains(&section);
        app.policy.store(Arc::new(config.policy.clone()));
        app.providers.store(Arc::new(Providers::new(config.providers.clone())));
        app.proxies.store(Arc::new(config.trusted_proxies.clone()));
        app.passwords.set_cost(config.passwords);
        app.breached.store(Arc::new(breached));
        if has("outbound") {
            app.client_keys.exchange_guard(&guard);
            app.upstream.exchange_guard(&guard);
        }
        if MESSAGES.iter().any(|section| has(section)) {
            app.db.set_routes(routes(&config));
            self.mailer.exchange(mailer);
            self.texter.exchange(texter);
        }
        if let Some((tls, certificate)) = new_certificate {
            tls.exchange(certificate);
        }
        if has("log") {
            self.log.exchange(&config.log);
        }
        config.doubted();
        *current = config;
        Ok(report)
    }

    /// The same, told in the log.
    pub async fn reload_and_tell(&self, asked_by: &'static str) {
        match self.reload(false).await {
            Ok(report) => report.tell(asked_by),
            Err(failure) => {
                tracing::error!(asked_by, %failure, "configuration not reloaded; everything stays as it was");
            }
        }
    }

    fn certificate(&self, config: &Config) -> Result<Option<Certificate>, Failure> {
        // TLS that was switched on or off waits for the next start, and with it its files.
        let files = config.tls.as_ref().filter(|_| self.tls.is_some());
        files.map(Certificate::read).transpose().map_err(|error| {
            Failure::new(
                format!("{}: the TLS files cannot be used", config.fixed.tls),
                error,
                "put a certificate and its key there; the ones in force stay until then",
            )
        })
    }
}

impl Report {
    /// Changes of what is declared, without those that only say something.
    fn made(&self) -> usize {
        self.changes.iter().filter(|change| change.act != Act::Note).count()
    }

    /// Into the log of the server, with the name of what asked for it.
    pub fn tell(&self, asked_by: &'static str) {
        for waiting in &self.needs_restart {
            tracing::warn!(place = %waiting.place, "{waiting}");
        }
        apply::tell(&self.changes);
        let (applied, changes) = (self.applied.join(", "), self.made());
        tracing::info!(asked_by, applied, changes, "configuration reloaded");
    }
}

/// For people: a line for each.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for section in &self.applied {
            writeln!(f, "~ {section}")?;
        }
        for change in &self.changes {
            writeln!(f, "{change}")?;
        }
        for waiting in &self.needs_restart {
            writeln!(f, "! {waiting} ({})", waiting.place)?;
        }
        let done = count(self.applied.len() + self.made(), "change", "changes");
        f.write_str(&done)?;
        if !self.needs_restart.is_empty() {
            write!(f, ", {} for the next start", self.needs_restart.len())?;
        }
        f.write_str(if self.written { "" } else { "; nothing was written" })
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: takes effect at the next start", self.key)
    }
}

/// The sections that decide how messages leave. What is allowed to be reached is part of each transport.
const MESSAGES: &[&str] = &[
    "mail",
    "smtp",
    "smtp_fallback",
    "sendgrid",
    "mail_webhook",
    "sms",
    "twilio",
    "sms_webhook",
    "outbound",
];

/// Who hears about events: what cannot leave is not queued.
pub(crate) fn routes(config: &Config) -> Arc<dyn Routes> {
    Arc::new(Messages { mail: !config.mail.is_empty(), sms: !config.sms.is_empty() })
}

/// Fixed: sockets, files and connections are open, keys are derived, and tokens name the issuer.
fn waiting(old: &Config, new: &Config) -> Vec<Waiting> {
    let at = &new.fixed;
    let (database, password) = match (&old.database, &new.database) {
        (Database::Sqlite(old), Database::Sqlite(new)) => (old != new, false),
        (Database::Postgres(old), Database::Postgres(new)) => {
            let ((old, old_password), (new, new_password)) =
                (without_password(old.expose_secret()), without_password(new.expose_secret()));
            (old != new, old_password != new_password)
        }
        (Database::Sqlite(_), Database::Postgres(_)) | (Database::Postgres(_), Database::Sqlite(_)) => {
            (true, false)
        }
    };
    let all = [
        ("issuer", old.policy.issuer != new.policy.issuer, &at.issuer),
        ("listen", old.listen != new.listen, &at.listen),
        ("database", database, &at.database),
        ("database_password", password, &at.database_password),
        ("master_key", !old.master.is_same(&new.master), &at.master_key),
        ("tls", old.tls.is_some() != new.tls.is_some(), &at.tls),
        ("cookie_name", old.cookie_name != new.cookie_name, &at.cookie_name),
        ("overrides", old.overrides != new.overrides, &at.overrides),
    ];
    let changed = all.into_iter().filter(|(_, changed, _)| *changed);
    changed.map(|(key, _, place)| Waiting { key, place: place.clone() }).collect()
}

fn without_password(url: &str) -> (String, Option<String>) {
    let Ok(mut url) = url::Url::parse(url) else { return (url.to_owned(), None) };
    let password = url.password().map(str::to_owned);
    // Refused only for addresses that have no place for a password.
    let _ = url.set_password(None);
    (url.into(), password)
}

fn keep_fixed(new: &mut Config, old: &Config) {
    new.policy.issuer.clone_from(&old.policy.issuer);
    new.issuer.clone_from(&old.issuer);
    new.listen = old.listen;
    new.database.clone_from(&old.database);
    new.master.clone_from(&old.master);
    new.cookie_name.clone_from(&old.cookie_name);
    new.overrides.clone_from(&old.overrides);
    if new.tls.is_some() != old.tls.is_some() {
        new.tls.clone_from(&old.tls);
    }
}

/// The sections that differ, in their text or in the files that they name. TLS is compared by its certificate; pages
/// wait for the next start.
fn changed(old: &Config, new: &Config) -> Vec<&'static str> {
    let sections = old.written.keys().chain(new.written.keys()).copied();
    let mut all: BTreeSet<_> = sections
        .filter(|name| !["tls", "pages"].contains(name) && old.written.get(name) != new.written.get(name))
        .collect();
    all.extend(changed_mail(&old.mail, &new.mail));
    all.extend(changed_sms(&old.sms, &new.sms));
    all.extend((old.outbound != new.outbound).then_some("outbound"));
    all.extend((old.providers != new.providers).then_some("provider"));
    all.extend((old.trusted_proxies != new.trusted_proxies).then_some("trusted_proxies"));
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use countersign_keys::HashCost;
    use countersign_outbound::guard::{GuardError, Trust};
    use countersign_outbound::jwks::{JwksError, Want};
    use countersign_outbound::mail::Mailer;
    use countersign_outbound::sms::Texter;
    use countersign_store::account::declared;
    use countersign_store::{Sql, unit};
    use countersign_web::clock::Clock;
    use countersign_web::open::Role;

    use super::*;

    const BEGIN: &str = "version = 1\nissuer = \"http://localhost:1\"\nmaster_key_file = \"key\"\n";

    /// An installation in a folder of its own, and its reloader; no process, no listener.
    struct There {
        folder: PathBuf,
        reloader: Reloader,
        mailer: LiveMailer,
    }

    impl There {
        async fn new(name: &str) -> There {
            let folder =
                std::env::temp_dir().join(format!("countersign-reload-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("key"), "wJ3r8Zq1T5mYc0Nf7LpXbK2dVh9GsA4eUo6RiQtMzEk").unwrap();
            let path = folder.join("countersign.toml");
            fs::write(&path, BEGIN).unwrap();
            let config = config::load(&path, &Process).unwrap();
            let db = house::database(&config).await.unwrap();
            db.migrate(false).await.unwrap();
            let app = house::bring_up(&config, db, Arc::new(Clock::default()), Role::Node).await.unwrap().app;
            let mailer = LiveMailer::from(Mailer::Off);
            let texter = LiveTexter::from(Texter::Off);
            let log = Log::default();
            There {
                folder,
                reloader: Reloader::new(app, (mailer.clone(), texter), None, log, config),
                mailer,
            }
        }

        fn write(&self, rest: &str) {
            fs::write(self.folder.join("countersign.toml"), format!("{BEGIN}{rest}")).unwrap();
        }

        async fn reload(&self, rest: &str) -> Report {
            self.write(rest);
            self.reloader.reload(false).await.unwrap()
        }
    }

    impl Drop for There {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }

    #[tokio::test]
    async fn each_section_is_exchanged_and_said_to_be_and_a_second_time_nothing_is() {
        let there = There::new("sections").await;
        let app = there.reloader.app.clone();
        let address = url::Url::parse("http://127.0.0.1:9/jwks").unwrap();
        let fetch = || app.client_keys.keys(&address, Trust::Foreign, Want::Any, app.clock.now());
        assert!(matches!(fetch().await, Err(JwksError::Fetch(GuardError::NotHttps))));

        let rest = "trusted_proxies = [\"10.0.0.0/8\"]\n[passwords]\niterations = 3\nmin_length = 12\n\
                    [outbound]\nallow = [\"127.0.0.1:9\"]\n[sign_in]\nsign_up = false\n\
                    [lifetimes]\naccess_token = \"5m\"\n\
                    [smtp]\nhost = \"localhost\"\nsecurity = \"none\"\nfrom = \"a@b.test\"\n";
        let report = there.reload(rest).await;
        let sections = ["lifetimes", "outbound", "passwords", "sign_in", "smtp", "trusted_proxies"];
        assert_eq!(report.applied, sections);
        let policy = app.policy.load_full();
        assert_eq!((policy.password_min, policy.sign_up), (12, false));
        assert_eq!(policy.lifetimes.access_token.as_secs(), 300);
        assert_eq!(app.passwords.cost(), HashCost::new(19_456, 3, 1).unwrap());
        assert_eq!(app.proxies.load().len(), 1);
        assert!(matches!(*there.mailer.current(), Mailer::Lines(_)));
        assert!(matches!(fetch().await, Err(JwksError::Fetch(GuardError::Transport(_)))));
        assert_eq!(there.reload(rest).await.applied, [""; 0]);

        let back = there.reload("").await;
        assert_eq!(back.applied, sections);
        assert!(matches!(*there.mailer.current(), Mailer::Off));
        assert_eq!(app.passwords.cost(), HashCost::DEFAULT);
    }

    #[tokio::test]
    async fn a_list_of_breached_passwords_is_exchanged_and_a_broken_one_changes_nothing() {
        let there = There::new("breached").await;
        let (good, bad) = (there.folder.join("good.list"), there.folder.join("bad.list"));
        let mut file = fs::File::create(&good).unwrap();
        let options = countersign_keys::breached::compile::Options::default();
        let words = || Ok(b"flying teapot 77".as_slice());
        countersign_keys::breached::compile::compile(words, &mut file, options, |_| {}).unwrap();
        fs::write(&bad, "flying teapot 77\n").unwrap();
        let policy = there.reloader.app.policy.load_full();
        let parse = |text: &str| countersign_core::account::NewPassword::parse(text.to_owned(), &policy, &[]);
        let known = parse("flying teapot 77").unwrap();
        let knows = async || there.reloader.app.breached.load_full().knows(&known).await;
        assert!(!knows().await);
        assert_eq!(there.reload("[passwords]\nbreached_file = \"good.list\"\n").await.applied, ["passwords"]);
        assert!(knows().await);
        there.write("[passwords]\nbreached_file = \"bad.list\"\n");
        let failure = there.reloader.reload(false).await.unwrap_err();
        assert!(failure.to_string().contains("passwords compile"), "{failure}");
        assert!(knows().await, "the one in force stays");
    }

    /// A declared hash is taken over once: neither what a sign-in hashed anew nor what the person chose since is undone,
    /// and nobody signed out, by each start and reload. Another hash is another word of the operator's.
    #[tokio::test]
    async fn a_declared_password_is_set_once_and_again_when_it_is_another() {
        let there = There::new("password").await;
        let db = there.reloader.app.db.clone();
        let hash = |last: char| {
            let end = "A".repeat(42);
            format!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ${end}{last}")
        };
        let person =
            |phc: &str| format!("[[user]]\nemail = \"anna@example.com\"\npassword_hash = \"{phc}\"\n");
        let stored = async || {
            let find = unit(|tx| Box::pin(async move { declared::owner(tx, "anna@example.com").await }));
            let owner = db.read(find).await.unwrap().unwrap();
            (owner.phc.unwrap(), owner.user.epoch)
        };
        let (first, other) = (hash('A'), hash('E'));
        assert_eq!(there.reload(&person(&first)).await.changes.len(), 1);
        assert_eq!(stored().await, (first.clone(), 0));
        let anew = unit(|tx| Box::pin(async move { tx.exec(&ANEW, &[]).await.map(drop) }));
        db.run(anew).await.unwrap();
        assert_eq!(there.reload(&person(&first)).await.changes, []);
        assert_eq!(stored().await, ("anew".to_owned(), 0), "and nobody is signed out");
        assert_eq!(there.reload(&person(&other)).await.changes.len(), 1);
        assert_eq!(stored().await, (other, 1));
    }

    const ANEW: Sql = Sql::new("UPDATE passwords SET phc = 'anew'");

    #[tokio::test]
    async fn a_check_says_the_same_and_changes_nothing() {
        let there = There::new("check").await;
        there.write("[sign_in]\nsign_up = false\n[[user]]\nemail = \"anna@example.com\"\n");
        let check = there.reloader.reload(true).await.unwrap();
        assert!(!check.written && there.reloader.app.policy.load().sign_up);
        let done = there.reloader.reload(false).await.unwrap();
        assert_eq!((&check.applied, &check.changes), (&done.applied, &done.changes));
        assert!(!there.reloader.app.policy.load().sign_up);
        assert_eq!(check.to_string(), "~ sign_in\n+ user anna@example.com\n2 changes; nothing was written");
    }

    /// The last thing that can be refused: an id that an organization has already. People, who are written in the
    /// same commit, and settings, which come after it, stay as they were.
    #[tokio::test]
    async fn a_refusal_by_the_database_leaves_people_and_settings_as_they_were() {
        let there = There::new("refused").await;
        let app = there.reloader.app.clone();
        let ours = "[[client]]\nclient_id = \"a\"\ntoken_endpoint_auth_method = \"none\"\n\
                    redirect_uris = [\"https://a.test/\"]\n";
        there.reload(ours).await;
        let give_away = unit(|tx| {
            Box::pin(async move {
                tx.exec(&MAKE, &[]).await?;
                tx.exec(&GIVE, &[]).await.map(drop)
            })
        });
        app.db.run(give_away).await.unwrap();
        there.write(&format!("[sign_in]\nsign_up = false\n[[user]]\nemail = \"anna@example.com\"\n{ours}client_name = \"other\"\n"));
        let failure = there.reloader.reload(false).await.unwrap_err();
        assert!(failure.why.contains("belongs to an organization"), "{failure}");
        assert!(app.policy.load().sign_up);
        let people = unit(|tx| Box::pin(async move { declared::owner(tx, "anna@example.com").await }));
        assert!(app.db.read(people).await.unwrap().is_none());
    }

    const MAKE: Sql = Sql::new(
        "INSERT INTO organizations (id, name, created_at) VALUES ('00000000000000000000000001', 'other', 0)",
    );
    const GIVE: Sql = Sql::new("UPDATE clients SET org_id = '00000000000000000000000001'");
}
