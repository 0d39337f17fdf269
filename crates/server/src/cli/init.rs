//! `countersign init`: a configuration and a master key, never over something that exists.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use countersign_keys::{MasterRing, SystemRng};
use countersign_web::origin::Site;
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::files::write_private;

/// What was written.
pub(crate) struct Made {
    config: PathBuf,
    key: PathBuf,
}

impl Made {
    pub(crate) fn to_json(&self) -> Json {
        json!({ "config": self.config, "master_key": self.key })
    }
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: the configuration; have a look at it", self.config.display())?;
        writeln!(f, "{}: the master key; keep a copy apart from your backups", self.key.display())?;
        write!(f, "next: countersign serve --config {}", self.config.display())
    }
}

pub(crate) fn init(config: &Path, issuer: &str) -> Result<Made, Failure> {
    if let Err(error) = Site::new(issuer) {
        return Err(Failure::new("the issuer cannot be used", error, "give another one with --issuer"));
    }
    let key = config.parent().unwrap_or(Path::new("")).join("master.key");
    // Looked at first, so that a refusal leaves nothing half made; `create_new` below is what really protects.
    if let Some(there) = [config, &key].into_iter().find(|path| path.exists()) {
        return Err(exists(there));
    }
    let secret = MasterRing::generate(&SystemRng);
    write(&key, &format!("{}\n", secret.as_str()))?;
    write(config, &template(issuer))?;
    Ok(Made { config: config.to_owned(), key })
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_private(path, text).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(path),
        _ => Failure::new(
            format!("{} cannot be written", path.display()),
            error,
            "choose another folder with --config",
        ),
    })
}

fn exists(path: &Path) -> Failure {
    Failure::new(
        format!("{} exists", path.display()),
        "a master key that is overwritten takes every signing key with it",
        "choose another folder with --config, or move it away",
    )
}

fn template(issuer: &str) -> String {
    let port = url::Url::parse(issuer).ok().filter(|url| url.scheme() == "http").and_then(|url| url.port());
    let port = port.unwrap_or(8080);
    format!(
        r#"# Countersign. Every key is described in docs/configuration.md;
# `countersign serve --check` says whether this file is sound.
version = 1

# The address that apps know this server by, exactly.
issuer = "{issuer}"
listen = "127.0.0.1:{port}"

database = "sqlite:countersign.db"
master_key_file = "master.key"

# Behind a proxy on this machine:
# trusted_proxies = ["127.0.0.1", "::1"]

# Mail for confirmations, sign-in links and password resets.
# [smtp]
# host = "mail.example.com"
# username = "countersign"
# password_file = "smtp.password"
# from = "Example <no-reply@example.com>"

# One app. A secret comes from the environment or a file; a page or phone app has none.
# [[client]]
# client_id = "my-app"
# client_name = "My app"
# token_endpoint_auth_method = "none"
# redirect_uris = ["http://127.0.0.1:3000/callback"]
# grant_types = ["authorization_code", "refresh_token"]
# first_party = true
"#
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::{Process, load};

    /// A folder of its own for a test, gone afterwards.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("countersign-init-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Folder(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_init_writes_can_be_served_and_is_for_the_owner_only() {
        let folder = Folder::new("good");
        let config = folder.0.join("countersign.toml");
        init(&config, "http://localhost:9123").unwrap();
        let loaded = load(&config, &Process).unwrap();
        assert_eq!(loaded.policy.issuer, "http://localhost:9123");
        assert_eq!(loaded.listen.port(), 9123);
        for file in ["countersign.toml", "master.key"] {
            let mode = std::fs::metadata(folder.0.join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }

    #[test]
    fn the_examples_in_the_template_are_sound() {
        let folder = Folder::new("examples");
        let config = folder.0.join("countersign.toml");
        init(&config, "https://id.example.com").unwrap();
        std::fs::write(folder.0.join("smtp.password"), "Zt7-pq91-Lm").unwrap();
        let text = std::fs::read_to_string(&config).unwrap();
        let uncommented: String = text
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(code) if code.starts_with('[') || code.contains(" = ") => format!("{code}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        std::fs::write(&config, uncommented).unwrap();
        let loaded = load(&config, &Process).unwrap_or_else(|problems| panic!("{problems}"));
        assert!(
            loaded.mail.len() == 1 && loaded.declared.clients.len() == 1 && loaded.trusted_proxies.len() == 2
        );
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = Folder::new("twice");
        let config = folder.0.join("countersign.toml");
        init(&config, "http://localhost:9123").unwrap();
        let key = std::fs::read(folder.0.join("master.key")).unwrap();
        assert!(init(&config, "http://localhost:9123").is_err());
        std::fs::remove_file(&config).unwrap();
        assert!(init(&config, "http://localhost:9123").is_err());
        assert_eq!(std::fs::read(folder.0.join("master.key")).unwrap(), key);
        assert!(!config.exists());
        assert!(init(&config, "http://example.com").is_err());
    }
}
