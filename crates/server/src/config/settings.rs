//! The server's own settings, from values to types.

mod sections;
mod top;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign_core::Policy;
use countersign_core::login::provider::Provider;
use countersign_keys::{HashCost, MasterRing};
use countersign_web::peer::Network;
use countersign_web::providers::federated;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::SecretString;
use url::Url;

use super::declared::{self, Declared};
use super::issuer::issuer;
use super::messages::{MailSettings, SmsSettings};
use super::problem::{Place, Problems};
use super::read::{Document, Shape, Surroundings};
use super::secret::{resolve, secret};
use super::values::Values;

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it was read.
    pub path: PathBuf,
    /// Where the values stand that hold until the next start.
    pub fixed: FixedPlaces,
    /// Each section as written, to see which of them a reload changes. The top of the file is not among them.
    pub written: BTreeMap<&'static str, serde_json::Map<String, serde_json::Value>>,
    /// What decisions need to know; holds the issuer and the lifetimes.
    pub policy: Policy,
    /// The issuer, parsed.
    pub issuer: Url,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The database.
    pub database: Database,
    /// The files that secrets were read from.
    pub secret_files: Vec<PathBuf>,
    /// The master keys.
    pub master: Arc<MasterRing>,
    /// Whose forwarded headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// What the names of cookies begin with, if not with the usual.
    pub cookie_name: Option<String>,
    /// The folder of what is laid over our pages.
    pub overrides: Option<PathBuf>,
    /// TLS without a proxy.
    pub tls: Option<TlsFiles>,
    /// How mails leave, in the order in which it is tried.
    pub mail: Vec<MailSettings>,
    /// How text messages leave.
    pub sms: Vec<SmsSettings>,
    /// How passwords are hashed.
    pub passwords: HashCost,
    /// Passwords known from breaches.
    pub breached: BreachedSettings,
    /// Providers that people may sign in with.
    pub providers: Vec<Provider>,
    /// What may be fetched.
    pub outbound: OutboundSettings,
    /// The log.
    pub log: LogSettings,
    /// Clients, users and resources.
    pub declared: Declared,
    /// What works, and is hardly meant.
    pub warnings: Problems,
}

impl Config {
    /// Into the log: what is hardly meant.
    pub fn doubted(&self) {
        for doubt in &self.warnings.0 {
            tracing::warn!(place = %doubt.place, "{}; {}", doubt.what, doubt.mend);
        }
    }
}

/// The places of what a running process cannot change; the top of the file for those that are not written.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // named as their keys
pub struct FixedPlaces {
    pub issuer: Place,
    pub listen: Place,
    pub database: Place,
    pub database_password: Place,
    pub master_key: Place,
    pub tls: Place,
    pub cookie_name: Place,
    pub overrides: Place,
}

/// Which database.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// A URL with its password in place.
    Postgres(SecretString),
}

/// A certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, PEM.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// What may be fetched besides public https addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboundSettings {
    /// Allow-listed hosts and ports.
    pub allow: Vec<(String, u16)>,
    /// Further certificate authorities, PEM.
    pub ca: Option<String>,
}

/// Where it says which passwords are known from breaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BreachedSettings {
    /// A list in the compact form.
    pub file: Option<PathBuf>,
    /// A source that is asked by the first five digits of a SHA-1.
    pub url: Option<Url>,
}

/// How to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// For whom.
    pub format: LogFormat,
    /// A level or a filter.
    pub level: String,
}

/// For whom a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// People on a terminal, machines otherwise.
    Auto,
    /// People.
    Human,
    /// Machines.
    Json,
}

/// Builds the configuration; `None` when something it cannot do without is missing or wrong.
pub(crate) fn config(
    document: &Document,
    path: &Path,
    world: &dyn Surroundings,
    problems: &mut Problems,
) -> Option<Config> {
    let base = path.parent().unwrap_or(Path::new(""));
    let top = document.single.get("")?;
    version(top, problems);
    // Everything is looked at before anything is given up, so that all faults are told at once.
    let issuer = issuer(top, problems);
    let mut settings = Settings { document, base, world, problems };
    let listen = settings.listen(top);
    let database = settings.database(top);
    let master = settings.master(top);
    let trusted_proxies = settings.trusted_proxies(top);
    let cookie_name = settings.cookie_name(top);
    let overrides = settings.overrides();
    let tls = settings.tls();
    let (mail, sms) = (settings.mail(issuer.as_ref()), settings.sms());
    let countries = settings.countries();
    let passwords = settings.passwords();
    let breached = settings.breached();
    let outbound = settings.outbound();
    let log = settings.log();
    let providers = settings.providers();
    let (mails, texts) = (!mail.is_empty(), !sms.is_empty());
    let policy = issuer.as_ref().map(|(text, _)| settings.policy(text));
    let policy = policy.map(|it| Policy { mails, texts, countries, federated: federated(&providers), ..it });
    let declared = declared::declared(document, path, Shape::Server, world, settings.problems);
    let warnings = declared::doubts(document);
    settings.offered(&declared.clients, &providers);
    settings.reachable(&declared.clients, mails, texts);
    Some(Config {
        path: path.to_owned(),
        fixed: fixed(document, top),
        written: written(document),
        policy: policy?,
        issuer: issuer?.1,
        listen: listen?,
        database: database?,
        master: master?,
        secret_files: secret_files(document, base),
        trusted_proxies,
        cookie_name,
        overrides,
        tls,
        mail,
        sms,
        passwords,
        breached,
        providers,
        outbound,
        log,
        declared,
        warnings,
    })
}

fn written(document: &Document) -> BTreeMap<&'static str, serde_json::Map<String, serde_json::Value>> {
    let sections = document.single.iter().filter(|(name, _)| !name.is_empty());
    sections.map(|(name, values)| (*name, values.to_json(&[]))).collect()
}

fn fixed(document: &Document, top: &Values) -> FixedPlaces {
    let by = |file: &str, env: &str| top.place(if top.has(env) { env } else { file }).clone();
    FixedPlaces {
        issuer: top.place("issuer").clone(),
        listen: top.place("listen").clone(),
        database: top.place("database").clone(),
        database_password: by("database_password_file", "database_password_env"),
        master_key: by("master_key_file", "master_key_env"),
        tls: document.single.get("tls").map_or(&top.place, |tls| &tls.place).clone(),
        cookie_name: top.place("cookie_name").clone(),
        overrides: document.single.get("pages").map_or(&top.place, |it| it.place("overrides")).clone(),
    }
}

/// Every key that ends in `_file` and names a secret.
fn secret_files(document: &Document, base: &Path) -> Vec<PathBuf> {
    let sections = document.single.values().chain(document.many.values().flatten());
    let keys = [
        "master_key_file",
        "database_password_file",
        "password_file",
        "client_secret_file",
        "api_key_file",
        "auth_token_file",
        "secret_file",
    ];
    let named = sections.flat_map(|values| keys.iter().filter_map(|key| values.text(key)));
    named.map(|file| resolve(base, file)).collect()
}

fn version(top: &Values, problems: &mut Problems) {
    let (what, mend) = match top.number("version") {
        Some(1) => return,
        Some(other) => {
            (format!("version {other} is not known"), "use a newer countersign, or write `version = 1`")
        }
        None if top.has("version") => return,
        None => ("`version` is missing".to_owned(), "write `version = 1` as the first line"),
    };
    problems.add(top.place("version"), what, "the meaning of the keys depends on it", mend);
}

pub(super) struct Settings<'a> {
    pub(super) document: &'a Document,
    base: &'a Path,
    world: &'a dyn Surroundings,
    pub(super) problems: &'a mut Problems,
}

impl<'a> Settings<'a> {
    pub(super) fn section(&self, name: &str) -> Option<&'a Values> {
        self.document.single.get(name)
    }

    pub(super) fn secret(&mut self, values: &Values, name: &str, shortest: usize) -> Option<SecretString> {
        secret(values, name, shortest, self.base, self.world, self.problems)
    }

    pub(super) fn missing(&mut self, values: &Values, key: &str, why: &str, mend: &str) {
        self.problems.add(values.place(key), format!("`{key}` is missing"), why, mend);
    }

    fn file(&mut self, values: &Values, key: &str) -> Option<String> {
        let path = resolve(self.base, values.text(key)?);
        match self.world.file(&path) {
            Ok(text) => Some(text),
            Err(error) => {
                let what = format!("{} cannot be read: {error}", path.display());
                self.problems.add(
                    values.place(key),
                    what,
                    "the file was named to be used",
                    "correct the path",
                );
                None
            }
        }
    }

    /// A PEM bundle. Looked into here, because whoever uses it would fail only then.
    pub(super) fn certificates(&mut self, values: &Values, key: &str) -> Option<String> {
        let text = self.file(values, key)?;
        let found = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>();
        if found.is_ok_and(|found| !found.is_empty()) {
            return Some(text);
        }
        self.problems.add(
            values.place(key),
            format!("the file that `{key}` names holds no certificates in PEM"),
            "nobody would be trusted by it",
            "give the certificates of the authority, each between BEGIN CERTIFICATE and END CERTIFICATE",
        );
        None
    }

    pub(super) fn port(&mut self, values: &Values, port: u64) -> Option<u16> {
        let port = u16::try_from(port).ok().filter(|port| *port > 0);
        if port.is_none() {
            self.problems.add(
                values.place("port"),
                "`port` is not a port",
                "ports go from 1 to 65535",
                "correct it",
            );
        }
        port
    }
}
