//! What `countersign dev` declares: demo clients, an API and two people. Secrets are made once for each data
//! folder and kept in it, so that a test suite may restart the server.

use countersign_core::Rng;
use countersign_core::account::{Address, StandardClaims};
use countersign_core::oauth::registration::{ClientMetadata, Contradiction, ResourceMetadata};
use countersign_core::oauth::{Client, Resource, Words};
use countersign_core::organization::OrgScope;
use countersign_core::secret::{base64url, from_base64url};
use countersign_jose::{Alg, SigningKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

/// What a data folder keeps.
#[derive(Serialize, Deserialize)]
pub struct Secrets {
    confidential: String,
    post: String,
    compat: String,
    service: String,
    third_party: String,
    /// Of the gateway; folders of a while ago have none.
    #[serde(default)]
    gateway: String,
    /// Of the demo app.
    pub app: String,
    key: String,
}

/// A client as `--json` prints it.
#[derive(Debug, Clone, Serialize)]
pub struct DemoClient {
    /// RFC 6749 2.2.
    pub client_id: String,
    /// Its secret, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// Loopback, any port.
    pub redirect_uris: Vec<String>,
    /// Where people may go after signing out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Its people are not asked for consent.
    pub first_party: bool,
    /// How it proves who it is.
    pub token_endpoint_auth_method: String,
    /// `oauth21` or `oidc-compat`.
    pub profile: String,
    /// The scopes it may ask for.
    pub scope: String,
    /// Its private key (PKCS#8, PEM), if it signs assertions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_key_pem: Option<String>,
    /// The `kid` of that key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_key_kid: Option<String>,
    /// One line for people.
    #[serde(skip)]
    pub note: &'static str,
}

/// A person.
#[derive(Debug, Clone)]
pub struct DemoUser {
    /// Address, confirmed.
    pub email: &'static str,
    /// Fixed: this server answers on loopback only.
    pub password: &'static str,
    /// May administer.
    pub admin: bool,
    /// Everything known of them.
    pub claims: StandardClaims,
}

/// All that is declared.
pub struct Seed {
    /// For `--json`; the first is public, the second confidential.
    pub shown: Vec<DemoClient>,
    /// Validated.
    pub clients: Vec<Client>,
    /// Validated.
    pub resources: Vec<Resource>,
    /// The first holds every standard claim.
    pub users: Vec<DemoUser>,
}

/// Why the demo data could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file in the data folder.
    #[error("dev.json in the data folder: {0}")]
    File(#[from] std::io::Error),
    /// Its content.
    #[error("dev.json in the data folder is damaged ({0}); start with --fresh")]
    Json(#[from] serde_json::Error),
    /// A key.
    #[error("a demo key: {0}")]
    Key(String),
    /// A demo client contradicts itself.
    #[error("demo client: {0}")]
    Client(String),
}

/// Reads the data folder's secrets, or makes them.
pub fn secrets(folder: &Path, rng: &dyn Rng) -> Result<Secrets, SeedError> {
    let file = folder.join("dev.json");
    if file.exists() {
        let mut kept: Secrets = serde_json::from_slice(&std::fs::read(file)?)?;
        if kept.gateway.is_empty() {
            // As secret as the one it follows, and the same at every start.
            kept.gateway = format!("{}-gateway", kept.post);
        }
        return Ok(kept);
    }
    let random = || {
        let mut bytes = [0u8; 32];
        rng.fill(&mut bytes);
        base64url(&bytes)
    };
    let key = SigningKey::generate(Alg::Es256)
        .and_then(|k| k.to_pkcs8_der())
        .map_err(|e| SeedError::Key(e.to_string()))?;
    let made = Secrets {
        confidential: random(),
        post: random(),
        compat: random(),
        service: random(),
        app: random(),
        third_party: random(),
        gateway: random(),
        key: base64url(&key),
    };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(&serde_json::to_vec_pretty(&made)?)?;
    Ok(made)
}

const SCOPES: &str = "openid profile email address phone offline_access api:read";

/// Everything, for a demo app at this origin.
pub fn seed(secrets: &Secrets, demo_origin: &str) -> Result<Seed, SeedError> {
    let (api, archive) = (format!("{demo_origin}/api"), format!("{demo_origin}/archive"));
    let der = from_base64url(&secrets.key).ok_or_else(|| SeedError::Key("not base64url".to_owned()))?;
    let key = SigningKey::from_pkcs8_der(Alg::Es256, &der).map_err(|e| SeedError::Key(e.to_string()))?;
    let loopback =
        ["http://127.0.0.1/callback", "http://127.0.0.1/cb", "http://127.0.0.1/", "http://[::1]/callback"];
    let app = |id: &str, method: &str, more: Value| {
        let base = json!({
            "client_id": id, "client_name": id, "token_endpoint_auth_method": method, "scope": SCOPES, "resources": [api],
            "redirect_uris": loopback, "post_logout_redirect_uris": ["http://127.0.0.1/signed-out", "http://127.0.0.1/"],
            "grant_types": ["authorization_code", "refresh_token"], "first_party": true,
            "application_type": if method == "none" { "native" } else { "web" },
        });
        merged(base, more)
    };
    let all_grants = json!(["authorization_code", "refresh_token", "client_credentials"]);
    let signed_grants = json!([
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:jwt-bearer"
    ]);
    let jwks = json!({ "keys": [key.public_jwk()] });
    let declared: Vec<(Value, Option<&str>, &'static str)> = vec![
        (
            app("demo-public", "none", json!({ "client_name": "Demo, public" })),
            None,
            "a public client: PKCE, no secret",
        ),
        (
            app(
                "demo-confidential",
                "client_secret_basic",
                json!({ "client_name": "Demo, confidential", "grant_types": all_grants }),
            ),
            Some(&secrets.confidential),
            "a confidential client: secret by Basic",
        ),
        (
            app(
                "demo-key",
                "private_key_jwt",
                json!({ "client_name": "Demo, with a key", "profile": "oidc-compat", "jwks": jwks, "grant_types": signed_grants }),
            ),
            None,
            "private_key_jwt on the profile oidc-compat; may send an assertion as the grant",
        ),
        (
            app(
                "demo-third-party",
                "client_secret_basic",
                json!({
                    "client_name": "Tidewater Calendar", "first_party": false, "client_uri": "https://calendar.example",
                    "colour": "#8a2f6b", "policy_uri": "https://calendar.example/privacy",
                    "tos_uri": "https://calendar.example/terms",
                }),
            ),
            Some(&secrets.third_party),
            "somebody else's app: people are asked for consent, once",
        ),
        (
            app(
                "demo-post",
                "client_secret_post",
                json!({ "client_name": "Demo, secret in the body", "profile": "oidc-compat" }),
            ),
            Some(&secrets.post),
            "client_secret_post on the profile oidc-compat",
        ),
        (
            app(
                "demo-compat",
                "client_secret_basic",
                json!({ "client_name": "Demo, older library", "profile": "oidc-compat" }),
            ),
            Some(&secrets.compat),
            "PKCE and nonce are optional on oidc-compat",
        ),
        (
            app(
                "demo-phone",
                "none",
                json!({ "client_name": "Demo, wants a phone", "confirm": ["email", "phone"] }),
            ),
            None,
            "wants a confirmed phone: the code is in the inbox",
        ),
        (
            json!({
                "client_id": "demo-service", "client_name": "Demo service", "token_endpoint_auth_method": "client_secret_basic",
                "grant_types": ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"], "scope": "api:read",
                "resources": [api], "exchange_resources": [archive],
            }),
            Some(&secrets.service),
            "a service: client_credentials; serves the demo API and may act for people at the demo archive",
        ),
        (
            json!({
                "client_id": "demo-device", "client_name": "Demo television", "token_endpoint_auth_method": "none",
                "grant_types": ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"], "scope": SCOPES,
                "resources": [api], "first_party": true,
            }),
            None,
            "a command line or television: the device grant, no secret",
        ),
        (
            app(
                "demo-gateway",
                "client_secret_basic",
                json!({ "client_name": "Demo gateway", "authorization_challenge": true }),
            ),
            Some(&secrets.gateway),
            "a gateway: asks people for passwords and codes itself, at /authorize-challenge (docs/gateway.md)",
        ),
        (
            app(
                "demo-app",
                "client_secret_basic",
                json!({
                    "client_name": "Demo app", "redirect_uris": [format!("{demo_origin}/callback")],
                    "post_logout_redirect_uris": [format!("{demo_origin}/signed-out")], "client_uri": format!("{demo_origin}/"),
                    "initiate_login_uri": format!("{demo_origin}/sign-in"),
                    "client_name#de": "Demo-App", "client_name#fr": "Application de démonstration",
                    "client_name#es": "Aplicación de demostración", "client_name#nb": "Demoapp",
                    "logo_uri": format!("{demo_origin}/logo.svg"), "colour": "#0b6e4f",
                    "policy_uri": format!("{demo_origin}/privacy"), "tos_uri": format!("{demo_origin}/terms"),
                }),
            ),
            Some(&secrets.app),
            "the demo app itself",
        ),
    ];
    let org = OrgScope::installation().org();
    let (mut shown, mut clients) = (Vec::new(), Vec::new());
    for (json, secret, note) in declared {
        let mut metadata: ClientMetadata = serde_json::from_value(json.clone())?;
        if let Some(secret) = secret {
            metadata.put_secret("client_secret_file", secret).map_err(|c| SeedError::Client(told(&[c])))?;
        }
        let client = metadata.validate(org).map_err(|wrong| SeedError::Client(told(&wrong)))?;
        let text = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let signs = text("token_endpoint_auth_method") == "private_key_jwt";
        shown.push(DemoClient {
            client_id: text("client_id"),
            client_secret: secret.map(str::to_owned),
            redirect_uris: client.redirect_uris.clone(),
            post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
            first_party: client.first_party,
            token_endpoint_auth_method: text("token_endpoint_auth_method"),
            profile: json.get("profile").and_then(Value::as_str).unwrap_or("oauth21").to_owned(),
            scope: text("scope"),
            private_key_pem: signs.then(|| pem(&der)),
            private_key_kid: signs.then(|| key.kid().to_owned()),
            note,
        });
        clients.push(client);
    }
    let api = ResourceMetadata {
        identifier: api,
        name: Some("Demo API".to_owned()),
        scope: Some("api:read".to_owned()),
        scope_descriptions: [("api:read".to_owned(), api_read())].into(),
        introspection_clients: vec!["demo-service".to_owned(), "demo-confidential".to_owned()],
    };
    let archive = ResourceMetadata {
        identifier: archive,
        name: Some("Demo archive".to_owned()),
        introspection_clients: vec!["demo-confidential".to_owned()],
        ..api.clone()
    };
    let resources = [api, archive].into_iter().map(|it| it.validate(org));
    let resources = resources.collect::<Result<_, _>>().map_err(|wrong| SeedError::Client(told(&wrong)))?;
    Ok(Seed { shown, clients, resources, users: users() })
}

/// What the consent page says of the demo API's scope.
fn api_read() -> Words {
    let words = [
        ("en", "Read what the demo API keeps for you"),
        ("de", "Lesen, was die Demo-API für dich aufbewahrt"),
        ("fr", "Lire ce que l’API de démonstration garde pour vous"),
        ("es", "Leer lo que la API de demostración guarda para ti"),
        ("nb", "Lese det demo-API-et oppbevarer for deg"),
    ];
    Words::ByLanguage(words.map(|(tag, text)| (tag.to_owned(), text.to_owned())).into())
}

fn merged(mut base: Value, more: Value) -> Value {
    if let (Value::Object(base), Value::Object(more)) = (&mut base, more) {
        base.extend(more);
    }
    base
}

fn told(wrong: &[Contradiction]) -> String {
    wrong.iter().map(|c| format!("{}: {}", c.member, c.problem)).collect::<Vec<_>>().join("; ")
}

/// RFC 7468.
fn pem(der: &[u8]) -> String {
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|c| std::str::from_utf8(c).ok()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

/// The people; the first holds every standard claim.
pub fn users() -> Vec<DemoUser> {
    let some = |text: &str| Some(text.to_owned());
    vec![
        DemoUser {
            email: "anna@example.com",
            password: "correct horse battery",
            admin: true,
            claims: StandardClaims {
                name: some("Anna Maria Berg"),
                given_name: some("Anna"),
                family_name: some("Berg"),
                middle_name: some("Maria"),
                nickname: some("Anni"),
                preferred_username: some("anna"),
                profile: some("https://anna.example/about"),
                picture: some("https://anna.example/anna.png"),
                website: some("https://anna.example/"),
                gender: some("female"),
                birthdate: some("1987-03-21"),
                zoneinfo: some("Europe/Berlin"),
                locale: some("de-DE"),
                phone_number: some("+493012345678"),
                phone_number_verified: Some(true),
                address: Some(Address {
                    formatted: some("Lindenweg 4\n10115 Berlin\nGermany"),
                    street_address: some("Lindenweg 4"),
                    locality: some("Berlin"),
                    region: some("Berlin"),
                    postal_code: some("10115"),
                    country: some("Germany"),
                }),
            },
        },
        DemoUser {
            email: "ben@example.com",
            password: "staple paper lantern",
            admin: false,
            claims: StandardClaims {
                name: some("Ben Okafor"),
                given_name: some("Ben"),
                ..StandardClaims::default()
            },
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::ctx::fixed::Fixed;

    #[test]
    fn the_demo_data_contradicts_nothing_and_begins_as_promised() {
        let folder = std::env::temp_dir().join(format!("countersign-seed-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let first = secrets(&folder, &Fixed::new()).unwrap();
        let again = secrets(&folder, &Fixed::new()).unwrap();
        assert_eq!(first.app, again.app, "the folder keeps its secrets");
        let seed = seed(&first, "http://127.0.0.1:8081").unwrap();
        assert!(seed.clients[0].is_public() && seed.shown[0].client_secret.is_none());
        assert!(!seed.clients[1].is_public() && seed.shown[1].client_secret.is_some());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
