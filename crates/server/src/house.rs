//! The wiring: a checked configuration becomes a running server.

use crate::config::{Config, Database, OutboundSettings};
use crate::failure::{Failure, helps};
use countersign_keys::breached::List;
use countersign_keys::rotation::RotationPolicy;
use countersign_keys::{HashPoolConfig, MasterRing};
use countersign_outbound::guard::{Guard, GuardBuilder};
use countersign_outbound::mail::Mailer;
use countersign_outbound::sms::Texter;
use countersign_store::{Db, DbError};
use countersign_web::breached::Breached;
use countersign_web::clock::Clock;
use countersign_web::open::{OpenError, Opened, Role, Setup, open};
use secrecy::ExposeSecret;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Opens the database as it is, without bringing its schema up to date.
pub async fn database(config: &Config) -> Result<Db, Failure> {
    let url = match &config.database {
        Database::Sqlite(path) => {
            for_the_owner_only(path)?;
            format!("sqlite:{}", path.display())
        }
        Database::Postgres(url) => url.expose_secret().to_owned(),
    };
    let db =
        Db::open(&url).await.map_err(|e| Failure::new("the database cannot be opened", &e, helps(&e)))?;
    Ok(db)
}

/// Applies pending migrations.
pub async fn migrate(db: &Db) -> Result<(), Failure> {
    let done = db.migrate(false).await;
    done.map(drop).map_err(|e| {
        let newer = matches!(e, DbError::Refused(_));
        let mend = if newer {
            "run the version of countersign that brought it there, or a newer one"
        } else {
            helps(&e)
        };
        Failure::new("the database cannot be brought up to date", &e, mend)
    })
}

/// Everything behind the routes, from a checked configuration and a migrated database.
pub async fn bring_up(config: &Config, db: Db, clock: Arc<Clock>, role: Role) -> Result<Opened, Failure> {
    let setup = Setup {
        policy: config.policy.clone(),
        db,
        master: config.master.clone(),
        hashing: HashPoolConfig { cost: config.passwords, ..HashPoolConfig::for_this_machine() },
        breached: breached(config)?,
        rotation: RotationPolicy::default(),
        signer: None,
        guard: guard(&config.outbound)?,
        providers: config.providers.clone(),
        proxies: config.trusted_proxies.clone(),
        overrides: config.overrides.clone(),
        cookie_name: config.cookie_name.clone(),
        clock,
        role,
        dev: false,
    };
    open(setup).await.map_err(|error| match error {
        OpenError::Keys(error) => error.into(),
        error @ (OpenError::Issuer(_) | OpenError::Db(_) | OpenError::View(_) | OpenError::Hashing(_)) => {
            Failure::new("the server cannot come up", error, "`countersign doctor` looks at each part")
        }
    })
}

/// Reads the master keys.
pub fn master(text: &str) -> Result<MasterRing, Failure> {
    MasterRing::parse(text).map_err(|e| {
        Failure::new(
            "the master key cannot be used",
            e,
            "`countersign init` makes one; keep the one that this database was made with",
        )
    })
}

/// The guarded client as the operator wants it.
pub fn guard(outbound: &OutboundSettings) -> Result<Guard, Failure> {
    Ok(guarded(outbound)?.build())
}

/// A client for the interfaces that mails and text messages are posted to: a pool of its own, and time enough for a
/// service that is slow.
pub fn courier(outbound: &OutboundSettings) -> Result<Guard, Failure> {
    Ok(guarded(outbound)?.timeout(Duration::from_secs(10)).cap(64 * 1024).build())
}

fn guarded(outbound: &OutboundSettings) -> Result<GuardBuilder, Failure> {
    let mut guard = Guard::builder();
    for (host, port) in &outbound.allow {
        guard = guard.allow(host, *port);
    }
    if let Some(pem) = &outbound.ca {
        guard = guard
            .roots_pem(pem.as_bytes())
            .map_err(|e| Failure::new("[outbound] ca cannot be used", e, "give certificates in PEM"))?;
    }
    Ok(guard)
}

/// What is known of breached passwords.
pub fn breached(config: &Config) -> Result<Breached, Failure> {
    let fault = |path: &Path, why: &dyn std::fmt::Display| {
        Failure::new(
            format!("{}: the list of breached passwords cannot be used", path.display()),
            why,
            "make it by `countersign passwords compile`, or take `breached_file` out",
        )
    };
    let settings = &config.breached;
    let list = match &settings.file {
        None => None,
        Some(path) => {
            let file = std::fs::File::open(path).map_err(|error| fault(path, &error))?;
            Some(List::open(file).map_err(|error| fault(path, &error))?)
        }
    };
    let source = match &settings.url {
        None => None,
        Some(url) => Some((url.clone(), guard(&config.outbound)?)),
    };
    Ok(Breached::new(list, source))
}

/// Where mails go.
pub fn mailer(config: &Config) -> Result<Mailer, Failure> {
    let courier = courier(&config.outbound)?;
    let transports = config.mail.iter().map(|it| {
        it.transport(&courier).map_err(|error| {
            let what = format!("[{}] cannot be used", it.section());
            Failure::new(what, error, "correct the section; docs/messages.md shows each")
        })
    });
    Ok(Mailer::by(transports.collect::<Result<_, _>>()?))
}

/// Where text messages go.
pub fn texter(config: &Config) -> Result<Texter, Failure> {
    let courier = courier(&config.outbound)?;
    Ok(Texter::by(config.sms.iter().map(|it| it.transport(&courier)).collect()))
}

/// SQLite makes files that everybody can read; an empty file made before is a new database to it, and the files
/// beside it take over its mode.
pub(crate) fn for_the_owner_only(path: &Path) -> Result<(), Failure> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Failure::new(
            format!("{} cannot be made", path.display()),
            error,
            "see that the folder exists and belongs to the user that runs the server",
        )),
    }
}
