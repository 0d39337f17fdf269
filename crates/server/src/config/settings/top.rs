//! What stands at the top of the file.

use std::net::SocketAddr;
use std::sync::Arc;

use countersign_keys::MasterRing;
use countersign_web::peer::Network;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::super::problem::Place;
use super::super::secret::resolve;
use super::super::values::Values;
use super::{Database, Settings};

impl Settings<'_> {
    pub(super) fn listen(&mut self, top: &Values) -> Option<SocketAddr> {
        let text = top.text("listen").unwrap_or("127.0.0.1:8080");
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.problems.add(
                top.place("listen"),
                "`listen` is not an address and port",
                "the server listens on one address",
                "write it like \"127.0.0.1:8080\" or \"[::]:8080\"",
            );
        }
        parsed
    }

    pub(super) fn database(&mut self, top: &Values) -> Option<Database> {
        let text = top.text("database").unwrap_or("sqlite:countersign.db");
        let place = top.place("database").clone();
        let password = self.secret(top, "database_password", 0);
        let named = top.has("database_password_env") || top.has("database_password_file");
        if let Some(file) = text.strip_prefix("sqlite:") {
            let file = file.strip_prefix("//").unwrap_or(file);
            if file.is_empty() || file.contains(['?', '#']) {
                self.problems.add(
                    &place,
                    "`database` does not name a file",
                    "SQLite keeps everything in one file",
                    "write it like \"sqlite:countersign.db\" or \"sqlite:/var/lib/countersign/countersign.db\"",
                );
                return None;
            }
            if named {
                self.problems.add(
                    top.place("database_password_file"),
                    "a database password for SQLite",
                    "SQLite has none, so another database may have been meant",
                    "remove it, or write a postgres:// URL",
                );
            }
            return Some(Database::Sqlite(resolve(self.base, file)));
        }
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "postgres" | "postgresql"));
        let Some(mut url) = url else {
            self.problems.add(
                &place,
                "`database` is neither sqlite: nor postgres://",
                "these are the two databases",
                "write it like \"sqlite:countersign.db\" or \"postgres://countersign@localhost/countersign\"",
            );
            return None;
        };
        if url.password().is_some() && matches!(place, Place::File { .. }) {
            self.problems.add(
                &place,
                "`database` holds a password",
                "configuration files are copied, shown and committed; secrets come from the environment or a file of their own",
                "use `database_password_env` or `database_password_file`, or set COUNTERSIGN__DATABASE",
            );
            return None;
        }
        if let Some(password) = password
            && url.set_password(Some(password.expose_secret())).is_err()
        {
            return None;
        }
        Some(Database::Postgres(SecretString::from(url.to_string())))
    }

    pub(super) fn master(&mut self, top: &Values) -> Option<Arc<MasterRing>> {
        if !top.has("master_key_env") && !top.has("master_key_file") {
            self.missing(
                top,
                "master_key_file",
                "it encrypts the signing keys in the database",
                "`countersign init` makes one; write `master_key_file = \"master.key\"` or use `master_key_env`",
            );
            return None;
        }
        let text = self.secret(top, "master_key", 32)?;
        match MasterRing::parse(text.expose_secret()) {
            Ok(ring) => Some(Arc::new(ring)),
            Err(error) => {
                let key = if top.has("master_key_file") { "master_key_file" } else { "master_key_env" };
                self.problems.add(
                    top.place(key),
                    format!("`{key}`: {error}"),
                    "whoever can guess it can read the signing keys in a backup",
                    "restore the key that this database was made with; for a new one, `countersign init` makes a key",
                );
                None
            }
        }
    }

    /// RFC 6265 4.1.1: a token; of its characters those that no proxy and no script trips over.
    pub(super) fn cookie_name(&mut self, top: &Values) -> Option<String> {
        let name = top.text("cookie_name")?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if (1..=40).contains(&name.len()) && name.bytes().all(plain) {
            return Some(name.to_owned());
        }
        self.problems.add(
            top.place("cookie_name"),
            "`cookie_name` holds other characters than letters, digits and hyphens, or too many".to_owned(),
            "it becomes a part of the names of cookies",
            "write for example `cookie_name = \"example-id\"`, at most 40 characters",
        );
        None
    }

    pub(super) fn trusted_proxies(&mut self, top: &Values) -> Vec<Network> {
        let mut networks = Vec::new();
        for item in top.texts("trusted_proxies").unwrap_or_default() {
            match item.value.parse::<Network>() {
                Ok(network) => networks.push(network),
                Err(error) => self.problems.add(
                    &item.place,
                    format!("`trusted_proxies`: {error}"),
                    "whoever is listed may say where a request came from",
                    "write addresses or ranges, like \"127.0.0.1\" or \"10.0.0.0/8\"",
                ),
            }
        }
        networks
    }
}
