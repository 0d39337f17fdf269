use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;

mod declared;
mod messages;
mod providers;
mod schema;
mod secrets;

/// A machine with a file system and an environment of its own.
#[derive(Default)]
struct World {
    files: BTreeMap<&'static str, String>,
    variables: BTreeMap<&'static str, &'static str>,
}

impl Surroundings for World {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(|value| (*value).to_owned())
    }
    fn overlay(&self) -> Vec<(String, String)> {
        let ours = self.variables.iter().filter(|(name, _)| name.starts_with("COUNTERSIGN__"));
        ours.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }
    fn file(&self, path: &Path) -> io::Result<String> {
        let found = path.to_str().and_then(|path| self.files.get(path));
        found.cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

const KEY: &str = "wJ3r8Zq1T5mYc0Nf7LpXbK2dVh9GsA4eUo6RiQtMzEk";
const SECRET: &str = "q3Zk9vXyT1p0sV4rW8uB2nM5cL7eH6dA";
const FILE: &str = "/etc/countersign/countersign.toml";

fn world(toml: &str) -> World {
    let mut world = World::default();
    world.files.insert(FILE, toml.to_owned());
    world.files.insert("/etc/countersign/master.key", format!("{KEY}\n"));
    world.files.insert("/etc/countersign/secret", format!("{SECRET}\r\n"));
    world.files.insert("/etc/countersign/empty", "\n".to_owned());
    world.files.insert("/etc/countersign/placeholder", "CHANGE_ME-please-0123456789-0123456789\n".to_owned());
    world
}

const BASE: &str = "version = 1\nissuer = \"https://id.example.com\"\nmaster_key_file = \"master.key\"\n";

fn check(rest: &str) -> Result<Config, Problems> {
    load(Path::new(FILE), &world(&format!("{BASE}{rest}")))
}

/// The only problem of a configuration: its line and what it says.
fn fault(rest: &str) -> (usize, String) {
    let problems = check(rest).expect_err(rest).0;
    assert_eq!(problems.len(), 1, "{rest}: {problems:#?}");
    match &problems[0].place {
        Place::File { line, .. } => (*line, problems[0].what.clone()),
        Place::Environment { variable } => panic!("{variable}"),
    }
}

/// What helps against a wrong path does not help against wrong bytes.
#[test]
fn a_file_that_is_no_text_is_told_where_and_what_helps() {
    struct Bytes(World);
    impl Surroundings for Bytes {
        fn variable(&self, name: &str) -> Option<String> {
            self.0.variable(name)
        }
        fn overlay(&self) -> Vec<(String, String)> {
            Vec::new()
        }
        fn file(&self, path: &Path) -> io::Result<String> {
            self.0.file(path)
        }
        fn bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
            match path.to_str() {
                Some(FILE) => Ok(b"version = 1\n# J\xfcrgen\n".to_vec()),
                Some("/locked") => Err(io::ErrorKind::PermissionDenied.into()),
                _ => Err(io::ErrorKind::NotFound.into()),
            }
        }
    }
    let world = Bytes(World::default());
    let only = |problems: Problems| <[Problem; 1]>::try_from(problems.0).unwrap().into_iter().next().unwrap();
    let server = |path: &str| only(load(Path::new(path), &world).unwrap_err());
    let problem = server(FILE);
    assert_eq!(problem.place, Place::File { path: FILE.into(), line: 2, column: 4 });
    assert!(problem.what.contains("UTF-8") && problem.mend.contains("save the file as UTF-8"), "{problem}");
    assert!(server("/gone").mend.contains("--config"));
    assert!(server("/locked").mend.contains("run this as the user"));
    let gone = only(load_declared(Path::new("/gone"), &world).unwrap_err());
    assert!(!gone.mend.contains("init"), "{gone}");
}

#[test]
fn the_least_configuration_has_the_defaults_of_the_house() {
    let config = check("").unwrap();
    assert_eq!(config.policy.issuer, "https://id.example.com");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert!(
        matches!(&config.database, Database::Sqlite(path) if path == Path::new("/etc/countersign/countersign.db"))
    );
    assert_eq!(config.master.ids().count(), 1);
    let usual = countersign_core::Policy::new("https://id.example.com");
    assert_eq!(config.policy, countersign_core::Policy { mails: false, ..usual }, "no [smtp], no mail");
    assert_eq!(config.passwords, countersign_keys::HashCost::DEFAULT);
    assert!(
        config.mail.is_empty()
            && config.sms.is_empty()
            && config.tls.is_none()
            && config.trusted_proxies.is_empty()
    );
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_the_likely_name() {
    let problems = check("\n[smtp]\nhots = \"mail.example.com\"\n").unwrap_err().0;
    let unknown = problems.iter().find(|p| p.what.contains("unknown")).unwrap();
    assert_eq!(unknown.what, "unknown key `hots` in [smtp]");
    assert_eq!(unknown.mend, "did you mean `host`?");
    assert_eq!(unknown.place.to_string(), format!("{FILE}:6:1"));
    assert_eq!(fault("listn = \"127.0.0.1:1\"\n"), (4, "unknown key `listn`".to_owned()));
    assert_eq!(fault("[sntp]\nhost = \"x\"\n").0, 4);
    let in_second = "[[resource]]\nidentifier = \"https://a.test\"\n[[resource]]\nidentifier = \"https://b.test\"\nfoo = 1\n";
    assert_eq!(fault(in_second), (8, "unknown key `foo` in [resource]".to_owned()));
}

#[test]
fn every_fault_is_told_at_once_in_the_order_of_the_file() {
    let problems =
        check("listen = \"nowhere\"\ndatabase = \"mysql://x\"\n[log]\nformat = \"xml\"\nlevel = 3\n")
            .unwrap_err();
    let lines: Vec<_> = problems.0.iter().map(|p| p.place.to_string()).collect();
    assert_eq!(lines, [4, 5, 7, 8].map(|line| format!("{FILE}:{line}:{}", if line == 8 { 9 } else { 1 })));
    assert!(problems.to_string().contains("  why:  ") && problems.to_string().contains("  mend: "));
}

#[test]
fn broken_toml_and_missing_files_are_faults_not_panics() {
    for text in [
        "version = ",
        "[smtp",
        "a = 1\na = 2\n",
        "\u{0}",
        "= 1",
        "[[client]\n",
        "version = 1\nversion = 1\n",
        "\u{feff}\u{feff}",
    ] {
        assert!(load(Path::new(FILE), &world(text)).is_err(), "{text:?}");
    }
    let gone = load(Path::new("/nowhere.toml"), &World::default()).unwrap_err();
    assert!(gone.to_string().contains("cannot be read"), "{gone}");
    assert!(load(Path::new(FILE), &world("")).is_err());
}

#[test]
fn issuers_are_kept_byte_for_byte_and_faulty_ones_refused() {
    for (issuer, good) in [
        ("https://id.example.com", true),
        ("https://id.example.com:8443", true),
        ("https://host/identity-backend", true),
        ("https://host/a/b", true),
        ("http://localhost:8080", true),
        ("http://127.0.0.1:8080/x", true),
        ("http://[::1]:8080", true),
        ("http://id.example.com", false),
        ("http://127.0.0.1.example.com", false),
        ("http://127.0.0.2:8080", false),
        ("https://host/a;b", false),
        ("https://id.example.com/", false),
        ("https://host/a/", false),
        ("https://host//a", false),
        ("https://host/a/../b", false),
        ("https://host/%61", false),
        ("https://ID.example.com", false),
        ("https://id.example.com:443", false),
        ("https://id.example.com?x=1", false),
        ("https://id.example.com#x", false),
        ("https://u:p@id.example.com", false),
        ("id.example.com", false),
        ("ftp://id.example.com", false),
        (" https://id.example.com", false),
        ("", false),
    ] {
        let toml = format!("version = 1\nissuer = \"{issuer}\"\nmaster_key_file = \"master.key\"\n");
        match load(Path::new(FILE), &world(&toml)) {
            Ok(config) => {
                assert!(good, "{issuer} was accepted");
                assert_eq!(countersign_web::origin::Site::new(issuer).unwrap().issuer(), issuer);
                assert_eq!(config.policy.issuer, issuer);
            }
            Err(problems) => {
                assert!(!good, "{issuer}: {problems}");
                assert!(countersign_web::origin::Site::new(issuer).is_err(), "{issuer}");
                assert!(problems.0[0].place.to_string().ends_with(":2:1"), "{problems}");
            }
        }
    }
}

#[test]
fn the_environment_wins_and_is_checked_like_the_file() {
    let mut world = world(&format!("{BASE}listen = \"127.0.0.1:1\"\n"));
    world.variables.extend([
        ("COUNTERSIGN__LISTEN", "0.0.0.0:9000"),
        ("COUNTERSIGN__DATABASE", "postgres://u:pw@h/d"),
        ("COUNTERSIGN__LIFETIMES__ACCESS_TOKEN", "5m"),
        ("COUNTERSIGN__SIGN_IN__SIGN_UP", "false"),
        ("COUNTERSIGN__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("COUNTERSIGN__PASSWORDS__ITERATIONS", "3"),
    ]);
    let config = load(Path::new(FILE), &world).unwrap();
    assert_eq!(config.listen.to_string(), "0.0.0.0:9000");
    assert!(
        matches!(&config.database, Database::Postgres(url) if url.expose_secret() == "postgres://u:pw@h/d")
    );
    assert_eq!(config.policy.lifetimes.access_token, Duration::from_secs(300));
    assert!(!config.policy.sign_up);
    assert_eq!(config.trusted_proxies.len(), 2);
    assert_eq!(config.passwords, countersign_keys::HashCost::new(19_456, 3, 1).unwrap());
    for (name, value) in [
        ("COUNTERSIGN__LISTN", "x"),
        ("COUNTERSIGN__SMPT__HOST", "x"),
        ("COUNTERSIGN__CLIENT__CLIENT_ID", "x"),
        ("COUNTERSIGN__SIGN_IN__SIGN_UP", "yes"),
        ("COUNTERSIGN__LIFETIMES__CODE", "60"),
        ("COUNTERSIGN__MASTER_KEY", "x"),
        ("COUNTERSIGN__", "x"),
    ] {
        let mut world = self::world(BASE);
        world.variables.insert(name, value);
        let problems = load(Path::new(FILE), &world).unwrap_err();
        assert_eq!(problems.0[0].place, Place::Environment { variable: name.to_owned() }, "{problems}");
    }
}

#[test]
fn other_contradictions_are_refused() {
    for (rest, line, says) in [
        ("[tls]\ncertificate_file = \"c.pem\"\n", 4, "`key_file` is missing"),
        ("[smtp]\nhost = \"m.test\"\nfrom = \"a@b.test\"\nsecurity = \"none\"\n", 7, "in clear"),
        ("[smtp]\nhost = \"m.test\"\nfrom = \"a@b.test\"\nusername = \"u\"\n", 7, "without a password"),
        ("[smtp]\nhost = \"m.test\"\nfrom = \"nobody\"\n", 6, "`from`"),
        ("[smtp]\nhost = \"m.test\"\nfrom = \"a@b.test\"\nport = 70000\n", 7, "not a port"),
        ("[passwords]\nmemory_kib = 1024\n", 5, "too weak"),
        ("[passwords]\nmemory_kib = 1000000\n", 5, "out of bounds"),
        ("[passwords]\nmin_length = 4\n", 5, "between 8 and 64"),
        ("[lifetimes]\naccess_token = \"30d\"\n", 5, "`access_token`"),
        ("[lifetimes]\nsession_idle = \"60d\"\n", 5, "longer than `session_absolute`"),
        ("[lifetimes]\ncode = \"soon\"\n", 5, "a length of time"),
        ("[outbound]\nallow = [\"keys.internal\"]\n", 5, "host:port"),
        ("[outbound]\nallow = [\"https://keys.internal:1/x\"]\n", 5, "host:port"),
        ("trusted_proxies = [\"10.0.0.0/99\"]\n", 4, "at most /32"),
        ("database_password_env = \"X\"\n", 4, "X is not set"),
        ("cookie_name = \"my id\"\n", 4, "`cookie_name`"),
        ("cookie_name = \"\"\n", 4, "`cookie_name`"),
        ("[[smtp]]\nhost = \"m\"\n", 4, "one bracket"),
        ("[client]\nclient_id = \"a\"\n", 4, "two brackets"),
    ] {
        let problems = check(rest).expect_err(rest).0;
        let hit = problems
            .iter()
            .find(|p| p.what.contains(says))
            .unwrap_or_else(|| panic!("{rest}: {problems:#?}"));
        assert!(hit.place.to_string().starts_with(&format!("{FILE}:{line}:")), "{hit}");
    }
}
