use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use countersign_core::oauth::{AccessTokenFormat, ClientAuth, GrantType, Profile, SigningAlg};
use secrecy::ExposeSecret;
use serde::Deserialize as _;

use super::read::Shape;
use super::schema::{Kind, SECTIONS};
use super::*;

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
fn secrets_in_the_file_are_refused_with_the_way_to_do_it() {
    for (rest, line, mend) in [
        ("master_key = \"x\"\n", 4, "use `master_key_env`, `master_key_file`"),
        (
            "[smtp]\nhost = \"m\"\nfrom = \"a@b.test\"\npassword = \"x\"\n",
            7,
            "use `password_env`, `password_file`",
        ),
        (
            "[[client]]\nclient_id = \"a\"\nredirect_uris = [\"https://a.test/\"]\nclient_secret = \"x\"\ntoken_endpoint_auth_method = \"none\"\n",
            7,
            "use `client_secret_env`, `client_secret_file`, `client_secret_sha256`",
        ),
        (
            "[[user]]\nemail = \"a@b.test\"\npassword = \"x\"\n",
            6,
            "use `password_env`, `password_file`, `password_hash`",
        ),
        (
            "database = \"postgres://u:hunter2@h/d\"\n",
            4,
            "use `database_password_env` or `database_password_file`, or set COUNTERSIGN__DATABASE",
        ),
    ] {
        let problems = check(rest).unwrap_err();
        let [problem] = problems.0.as_slice() else { panic!("{problems}") };
        assert_eq!(problem.place.to_string(), format!("{FILE}:{line}:1"));
        assert_eq!(problem.mend, mend);
        assert!(!problems.to_string().contains("hunter2"));
    }
}

#[test]
fn missing_empty_placeholder_and_short_secrets_are_refused_and_named() {
    let client = "[[client]]\nclient_id = \"a\"\nredirect_uris = [\"https://a.test/\"]\n";
    for (key, says) in [
        ("client_secret_file = \"gone\"", "cannot be read"),
        ("client_secret_file = \"empty\"", "is empty"),
        ("client_secret_file = \"placeholder\"", "is a placeholder"),
        ("client_secret_env = \"SHORT\"", "is shorter than 32"),
        ("client_secret_env = \"UNSET\"", "UNSET is not set"),
        ("client_secret_env = \"LONG\"\nclient_secret_file = \"secret\"", "both written"),
        ("client_secret_sha256 = \"abc\"", "64 hexadecimal"),
    ] {
        let mut world = world(&format!("{BASE}{client}{key}\n"));
        world.variables.insert("SHORT", "q3Zk9vXyT1");
        world.variables.insert("LONG", SECRET);
        let problems = load(Path::new(FILE), &world).unwrap_err();
        assert_eq!(problems.0.len(), 1, "{key}: {problems}");
        assert!(problems.0[0].what.contains(says), "{key}: {problems}");
        assert!(matches!(problems.0[0].place, Place::File { line: 7 | 8, .. }));
        assert!(!problems.to_string().contains("q3Zk9"));
    }
    let no_key = load(Path::new(FILE), &world("version = 1\nissuer = \"https://a.test\"\n")).unwrap_err();
    assert!(no_key.to_string().contains("`master_key_file` is missing"));
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
fn clients_are_read_with_their_registered_names() {
    let config = check(
        r##"
[[client]]
client_id = "web"
client_name = "Web shop"
redirect_uris = ["https://shop.test/cb", "http://127.0.0.1/cb"]
client_secret_file = "secret"
scope = "openid email"
first_party = true
colour = "#2b5d8c"
default_max_age = 3600
[[client]]
client_id = "phone"
application_type = "native"
token_endpoint_auth_method = "none"
redirect_uris = ["com.example.app:/cb"]
profile = "oidc-compat"
id_token_signed_response_alg = "EdDSA"
access_token_format = "opaque"
resources = ["https://api.test"]
[[client]]
client_id = "robot"
token_endpoint_auth_method = "private_key_jwt"
grant_types = ["client_credentials"]
response_types = []
jwks_uri = "https://robot.test/jwks"
scope = "read"
[[resource]]
identifier = "https://api.test"
scope = "read write"
introspection_clients = ["robot"]
"##,
    )
    .unwrap();
    let [web, phone, robot] = config.declared.clients.as_slice() else { panic!() };
    assert!(matches!(&web.auth, ClientAuth::ClientSecretBasic { secrets } if secrets.len() == 1));
    assert_eq!((web.first_party, web.default_max_age), (true, Some(Duration::from_secs(3_600))));
    assert_eq!((phone.profile, phone.id_token_signed_response_alg), (Profile::OidcCompat, SigningAlg::EdDsa));
    assert_eq!((phone.is_public(), phone.access_token), (true, AccessTokenFormat::Opaque));
    assert_eq!(robot.grant_types, [GrantType::ClientCredentials]);
    assert!(matches!(robot.auth, ClientAuth::PrivateKeyJwt { .. }));
    assert_eq!(config.declared.resources[0].introspection_clients[0].as_str(), "robot");
}

#[test]
fn providers_of_every_kind_are_read_with_their_secrets() {
    let config = check(
        r#"
[[provider]]
name = "github"
kind = "github"
client_id = "Iv1.abc"
client_secret_file = "secret"
claim = "github_id"

[[provider]]
name = "work"
kind = "microsoft"
label = "Northwind staff"
tenant = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"
client_id = "abc"
client_secret_file = "secret"
trust_email = "always"

[[provider]]
name = "old"
kind = "oauth2"
label = "Old system"
client_id = "abc"
token_endpoint_auth_method = "none"
authorization_endpoint = "https://old.test/authorize"
token_endpoint = "https://old.test/token"
userinfo_endpoint = "https://old.test/me"
claims = { subject = "data.id", email = "mail" }
disabled = true

[[client]]
client_id = "app"
token_endpoint_auth_method = "none"
redirect_uris = ["https://a.test/"]
providers = ["work"]
"#,
    )
    .unwrap();
    let [github, work, old] = &config.providers[..] else { panic!("{:?}", config.providers) };
    assert_eq!((github.label.as_str(), github.secret.as_ref().unwrap().expose()), ("GitHub", SECRET));
    assert_eq!((work.label.as_str(), work.kind.as_str()), ("Northwind staff", "microsoft"));
    assert!(old.disabled && old.secret.is_none());
    assert_eq!(config.declared.clients[0].providers.as_deref(), Some(&["work".to_owned()][..]));
    assert_eq!(config.policy.federated.len(), 1);
    assert!(!format!("{config:?}").contains(SECRET));
}

/// Every section that the guide shows is one that the server takes.
#[test]
fn the_guide_to_providers_shows_what_is_taken() {
    let guide = include_str!("../../../../docs/providers.md");
    let blocks = guide.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let all: String =
        blocks
            .flat_map(str::lines)
            .map(|line| {
                if line.starts_with("client_secret_file") { "client_secret_file = \"secret\"" } else { line }
            })
            .fold(String::new(), |all, line| all + line + "\n");
    let config = check(&all).unwrap();
    let kinds: Vec<_> = config.providers.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["github", "gitlab", "microsoft", "google", "oidc", "oauth2"]);
}

#[test]
fn contradicting_providers_are_refused_with_their_line() {
    let named = "client_id = \"x\"\nclient_secret_file = \"secret\"";
    for (line, member, keys) in [
        (9, "tenant", format!("kind = \"microsoft\"\n{named}\ntenant = \"a b\"")),
        (4, "tenant", format!("kind = \"microsoft\"\n{named}")),
        (6, "kind", format!("kind = \"gitub\"\n{named}")),
        (10, "trust_email", format!("kind = \"github\"\n{named}\n\ntrust_email = \"maybe\"")),
        (4, "client_secret_file", "kind = \"github\"\nclient_id = \"x\"".to_owned()),
    ] {
        let (at, what) = fault(&format!("[[provider]]\nname = \"p\"\n{keys}\n"));
        assert!(what.contains(member), "{keys}: {what}");
        assert_eq!(at, line, "{keys}");
    }
    let twice = format!("[[provider]]\nname = \"p\"\nkind = \"github\"\n{named}\n").repeat(2);
    assert!(fault(&twice).1.contains("another provider"));
    let app = "[[client]]\nclient_id = \"a\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://a.test/\"]\n";
    assert!(fault(&format!("{app}providers = [\"nowhere\"]\n")).1.contains("nowhere"));
    let inline = "[[provider]]\nname = \"p\"\nkind = \"github\"\nclient_id = \"x\"\nclient_secret = \"x\"\n";
    assert!(check(inline).is_err());
}

#[test]
fn contradicting_clients_are_refused_with_their_line() {
    let sha = "client_secret_sha256 = \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"";
    let back = "redirect_uris = [\"https://a.test/\"]";
    let public = "token_endpoint_auth_method = \"none\"";
    for (line, member, keys) in [
        (8, "client_secret_sha256", vec![back, public, sha]),
        (4, "client_secret_basic", vec![back]),
        (7, "", vec![back, "token_endpoint_auth_method = \"client_secret_post\""]),
        (7, "", vec![back, "token_endpoint_auth_method = \"private_key_jwt\""]),
        (7, "token_endpoint_auth_method", vec![back, "token_endpoint_auth_method = \"client_secret_jwt\""]),
        (8, "jwks_uri", vec![back, sha, "jwks_uri = \"https://a.test/jwks\""]),
        (
            8,
            "jwks",
            vec![
                back,
                "token_endpoint_auth_method = \"private_key_jwt\"",
                "jwks = { keys = [{ kty = \"RSA\", n = \"x\", e = \"AQAB\" }] }",
            ],
        ),
        (7, "grant_types", vec![public, "grant_types = [\"client_credentials\"]"]),
        (7, "grant_types", vec![sha, "grant_types = [\"refresh_token\"]"]),
        (7, "grant_types", vec![back, "grant_types = [\"implicit\", \"authorization_code\"]", sha]),
        (8, "response_types", vec![back, sha, "response_types = [\"token\"]"]),
        (4, "redirect_uris", vec![sha]),
        (6, "redirect_uris[0]", vec!["redirect_uris = [\"http://a.test/\"]", sha]),
        (6, "redirect_uris[1]", vec!["redirect_uris = [\"https://a.test/\", \"https://a.test/#x\"]", sha]),
        (6, "redirect_uris[0]", vec!["redirect_uris = [\"https://*.a.test/\"]", sha]),
        (6, "redirect_uris[0]", vec!["redirect_uris = [\"/cb\"]", sha]),
        (6, "redirect_uris[0]", vec!["redirect_uris = [\"javascript:alert(1)\"]", sha]),
        (6, "redirect_uris[0]", vec!["redirect_uris = [\"com.example.app:/cb\"]", sha]),
        (8, "allowed_origins[0]", vec![back, sha, "allowed_origins = [\"https://a.test/\"]"]),
        (8, "allowed_origins[0]", vec![back, sha, "allowed_origins = [\"*\"]"]),
        (8, "profile", vec![back, sha, "profile = \"fapi\""]),
        (8, "id_token_signed_response_alg", vec![back, sha, "id_token_signed_response_alg = \"none\""]),
        (8, "id_token_signed_response_alg", vec![back, sha, "id_token_signed_response_alg = \"HS256\""]),
        (8, "colour", vec![back, sha, "colour = \"red; background: url(x)\""]),
        (8, "resources[0]", vec![back, sha, "resources = [\"https://nowhere.test\"]"]),
        (8, "scope", vec![back, sha, "scope = \"a\\u0000b\""]),
    ] {
        let rest = format!("[[client]]\nclient_id = \"a\"\n{}\n", keys.join("\n"));
        let problems = check(&rest).expect_err(&rest).0;
        let hit = problems
            .iter()
            .find(|p| p.what.contains(member))
            .unwrap_or_else(|| panic!("{rest}: {problems:#?}"));
        let Place::File { line: at, .. } = hit.place else { panic!() };
        assert_eq!(at, line, "{rest}: {problems:#?}");
    }
    let twice = format!("[[client]]\nclient_id = \"a\"\n{back}\n{public}\n").repeat(2);
    assert_eq!(fault(&twice), (9, "`client_id` is written twice".to_owned()));
}

#[test]
fn users_hold_every_standard_claim() {
    let config = check(
        r#"
[[user]]
email = "Anna@Example.com"
email_verified = true
password_file = "secret"
admin = true
name = "Anna Berg"
birthdate = "1990-01-31"
phone_number = "+4930123456"
phone_number_verified = true
address = { locality = "Berlin", country = "DE" }
[[user]]
email = "bo@example.com"
password_hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"#,
    )
    .unwrap();
    let [anna, bo] = config.declared.users.as_slice() else { panic!() };
    assert_eq!((anna.email.as_str(), anna.email_verified, anna.admin), ("Anna@Example.com", true, true));
    assert!(matches!(&anna.password, Some(PasswordSource::Plain(plain)) if plain.expose_secret() == SECRET));
    assert_eq!(anna.claims.address.as_ref().unwrap().locality.as_deref(), Some("Berlin"));
    assert!(matches!(&bo.password, Some(PasswordSource::Hash(_))));
    assert!(!format!("{config:?}").contains(SECRET) && !format!("{config:?}").contains(KEY));
    assert!(fault("[[user]]\nemail = \"a@b.test\\r\\nBcc: c@d.test\"\n").1.contains("`email`"));
    assert!(fault("[[user]]\nemail = \"a@b.test\"\npassword_hash = \"$1$x$y\"\n").1.contains("Argon2id"));
    assert!(fault("[[user]]\nemail = \"a@b.test\"\norganizations = [\"A B\"]\n").1.contains("no handle"));
    assert!(fault("[[organization]]\nhandle = \"A B\"\n").1.contains("no handle"));
    assert!(fault("[[user]]\nemail = \"a@b.test\"\naddress = { town = \"x\" }\n").1.contains("`address`"));
    assert_eq!(fault("[[user]]\nemail = \"a@b.test\"\n[[user]]\nemail = \"A@B.test\"\n").0, 7);
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

#[test]
fn a_file_for_apply_holds_resources_only() {
    let good = world(
        "version = 1\n[[client]]\nclient_id = \"a\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://a.test/\"]\nresources = [\"https://in.database\"]\n",
    );
    assert_eq!(load_declared(Path::new(FILE), &good).unwrap().clients.len(), 1);
    for text in ["issuer = \"https://a.test\"\n", "[smtp]\nhost = \"m\"\n", "[[client]]\n"] {
        assert!(load_declared(Path::new(FILE), &world(text)).is_err(), "{text}");
    }
}

#[test]
fn the_schema_lists_each_key_once_and_reading_knows_every_kind() {
    for section in SECTIONS {
        let mut names: Vec<_> = section.keys.iter().map(|key| key.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), section.keys.len(), "[{}]", section.name);
        for key in section.keys {
            assert!(key.about.ends_with('.'), "{}", key.name);
            let value = match key.kind {
                Kind::Text => "\"x\"",
                Kind::Number => "1",
                Kind::Flag => "true",
                Kind::Time => "\"60s\"",
                Kind::Texts => "[\"x\"]",
                Kind::Table | Kind::Json => "{ x = \"y\" }",
            };
            let text = match (section.name, section.many) {
                ("", _) => format!("{} = {value}\n", key.name),
                (name, true) => format!("[[{name}]]\n{} = {value}\n", key.name),
                (name, false) => format!("[{name}]\n{} = {value}\n", key.name),
            };
            let mut problems = Problems::default();
            super::read::document(Path::new(FILE), &text, Shape::Server, &World::default(), &mut problems);
            assert_eq!(problems, Problems::default(), "{text}");
        }
    }
}

/// Every claim that an account can hold can be declared.
#[test]
fn the_schema_knows_every_standard_claim() {
    let unknown = serde_json::json!({ "no_such_claim": 1 });
    let error =
        countersign_core::account::user::StandardClaims::deserialize(unknown).unwrap_err().to_string();
    let user = super::schema::section("user").unwrap();
    let names: Vec<_> = error.split('`').skip(3).step_by(2).collect();
    assert!(names.len() > 10, "{error}");
    for name in names {
        assert!(user.keys.iter().any(|key| key.name == name), "{name}");
    }
}

#[test]
fn the_reference_page_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(page == reference::markdown(), "run `countersign config-reference > docs/configuration.md`");
}

#[test]
fn a_client_speaks_several_languages_and_has_its_logo_from_a_file() {
    let client = "[[client]]\nclient_id = \"a\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://a.test/\"]\n";
    let mut world = world(&format!(
        "{BASE}{client}\"client_name#de\" = \"Planer\"\n\"tos_uri#nb\" = \"https://a.test/vilkar\"\nlogo_file = \"logo.svg\"\n"
    ));
    world.files.insert(
        "/etc/countersign/logo.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"/>".to_owned(),
    );
    let config = load(Path::new(FILE), &world).unwrap();
    let client_read = &config.declared.clients[0];
    assert_eq!((client_read.name_in("de"), client_read.name_in("en")), ("Planer", "a"));
    assert_eq!(client_read.terms_in("nb"), Some("https://a.test/vilkar"));
    assert_eq!(client_read.logo.as_ref().unwrap().content_type(), "image/svg+xml");

    let at = BASE.lines().count() + client.lines().count() + 1;
    let fault = |line: &str| fault(&format!("{client}{line}\n"));
    for (line, says) in [
        ("\"client_name#d\" = \"x\"", "unknown field `client_name#d`"),
        ("\"client_name#de\" = \"\"", "1 to 100 characters"),
        ("\"policy_uri#de\" = \"http://a.test/\"", "an https address"),
        ("\"logo_uri#de\" = \"https://a.test/l.png\"", "unknown key `logo_uri#de`"),
        ("logo_file = \"nowhere.png\"", "cannot be read"),
        ("logo_file = \"empty\"", "no PNG, JPEG, GIF, WebP or SVG"),
    ] {
        let (found, what) = fault(line);
        assert!(what.contains(says), "{line}: {what}");
        assert_eq!(found, at, "{line}: {what}");
    }
}

fn sections(config: &Config) -> Vec<&'static str> {
    let mail = config.mail.iter().map(messages::MailSettings::section);
    mail.chain(config.sms.iter().map(messages::SmsSettings::section)).collect()
}

const SENDGRID: &str = "[sendgrid]\napi_key_file = \"secret\"\nfrom = \"Example <a@b.test>\"\n";
const TWILIO: &str =
    "[twilio]\naccount_sid = \"AC1\"\nauth_token_file = \"secret\"\nfrom = \"+15005550006\"\n";

#[test]
fn transports_stand_in_the_order_in_which_they_are_tried() {
    let smtp = "[smtp]\nhost = \"m.test\"\nfrom = \"a@b.test\"\n";
    let second = "[smtp_fallback]\nhost = \"n.test\"\nfrom = \"a@b.test\"\n";
    let webhook = "[mail_webhook]\nurl = \"https://hook.test/x\"\nsecret_file = \"secret\"\n";
    let all = format!("{webhook}{SENDGRID}{second}{smtp}");
    assert_eq!(sections(&check(&all).unwrap()), ["smtp", "smtp_fallback", "sendgrid", "mail_webhook"]);
    let ordered = format!("{smtp}{SENDGRID}[mail]\norder = [\"sendgrid\", \"smtp\"]\n");
    assert_eq!(sections(&check(&ordered).unwrap()), ["sendgrid", "smtp"]);
    let texts = format!("{TWILIO}[sms]\ncountries = [\"+49\", \"+44\"]\ncountry_per_hour = 30\n");
    let config = check(&texts).unwrap();
    assert_eq!(sections(&config), ["twilio"]);
    let policy = &config.policy;
    assert_eq!((policy.texts, policy.countries.len(), policy.country_per_hour), (true, 2, 30));
    assert!(!policy.mails);
}

#[test]
fn transports_that_could_not_send_are_refused_with_their_line() {
    for (text, line, what) in [
        ("[sendgrid]\nfrom = \"a@b.test\"\n", 4, "`api_key_file` is missing"),
        ("[sendgrid]\napi_key_file = \"secret\"\n", 4, "`from` is missing"),
        ("[sendgrid]\napi_key = \"x\"\napi_key_file = \"secret\"\nfrom = \"a@b.test\"\n", 5, "api_key"),
        (&format!("{SENDGRID}url = \"http://api.test/v3\"\n"), 7, "not an https address"),
        (&format!("{SENDGRID}url = \"https://u:p@api.test/v3\"\n"), 7, "not an https address"),
        (&format!("{SENDGRID}[mail]\norder = [\"smtp\"]\n"), 8, "there is no section [smtp]"),
        (&format!("{SENDGRID}[mail]\norder = [\"sendgrid\", \"sendgrid\"]\n"), 8, "twice"),
        ("[mail_webhook]\nsecret_file = \"secret\"\n", 4, "`url` is missing"),
        ("[mail_webhook]\nurl = \"https://hook.test\"\nsecret_file = \"placeholder\"\n", 6, "placeholder"),
        (TWILIO, 4, "to no country"),
        (&format!("{TWILIO}[sms]\ncountries = [\"49\"]\n"), 9, "`countries`"),
        (
            "[sms]\ncountries = [\"+49\"]\n[twilio]\nauth_token_file = \"secret\"\nfrom = \"x\"\n",
            6,
            "`account_sid`",
        ),
    ] {
        let found = check(text).expect_err(text).0;
        let of = |it: &Problem| match &it.place {
            Place::File { line, .. } => *line,
            Place::Environment { variable } => panic!("{variable}"),
        };
        assert!(found.iter().any(|it| of(it) == line && it.what.contains(what)), "{text}: {found:#?}");
    }
    // What is listed may be spoken to in clear: a relay of one's own on this machine.
    let listed =
        format!("{SENDGRID}url = \"http://127.0.0.1:9/v3\"\n[outbound]\nallow = [\"127.0.0.1:9\"]\n");
    assert_eq!(sections(&check(&listed).unwrap()), ["sendgrid"]);
}

#[test]
fn an_app_may_want_confirmed_what_a_message_can_reach() {
    let client = "[[client]]\nclient_id = \"a\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://a.test/\"]\n";
    let wants = format!("{client}confirm = [\"email\", \"phone\"]\n");
    let found = check(&wants).unwrap_err().0;
    assert!(found.iter().all(|it| it.place.to_string().contains(":8:")), "{found:#?}");
    assert_eq!(found.len(), 2);
    let all = format!("{wants}{SENDGRID}{TWILIO}[sms]\ncountries = [\"+49\"]\n");
    let config = check(&all).unwrap();
    use countersign_core::oauth::client::Channel::{Email, Phone};
    assert_eq!(config.declared.clients[0].confirm, Some(vec![Email, Phone]));
    let neither = check(&format!("{client}confirm = []\n")).unwrap();
    assert_eq!(neither.declared.clients[0].confirm, Some(vec![]));
    assert!(check(&format!("{client}confirm = [\"fax\"]\n")).is_err());
}
