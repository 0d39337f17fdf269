//! Clients of every kind, a person who is signed in, and codes for them: what the tests of the token endpoint
//! and its neighbours begin with.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use countersign_core::account::{Address, EmailRow, StandardClaims, User, UserState};
use countersign_core::oauth::client::{ClientKeys, SecretHash};
use countersign_core::oauth::registration::{AuthMethod, ClientMetadata};
use countersign_core::oauth::{
    AccessTokenFormat, Client, ClientAuth, CodeChallenge, GrantType, Profile, Resource, Scope, StoredCode,
};
use countersign_core::organization::OrgScope;
use countersign_core::secret::kind;
use countersign_core::session::session::NewSession;
use countersign_core::session::{Authentication, Factor, Session, SessionState};
use countersign_core::time::{days, minutes};
use countersign_core::{ClientId, Id, Plain, Subject, Write, id};
use countersign_jose::{Alg, SigningKey};
use countersign_store::oauth::codes;
use countersign_store::{apply, unit};
use countersign_testkit::{TestServer, browser::Answer};
use sha2::{Digest as _, Sha256};

pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const SECRET: &str = "a secret of more than thirty-two characters";
pub const API: &str = "https://api.example";
pub const FILES: &str = "https://files.example";

/// A server with clients of every kind and one signed-in person.
pub struct House {
    pub server: TestServer,
    pub user: Id<id::User>,
    pub subject: Subject,
    pub session: Id<id::Session>,
    pub key: SigningKey,
}

impl House {
    pub async fn build() -> Self {
        Self::on(TestServer::start().await).await
    }

    pub async fn on(server: TestServer) -> Self {
        let key = SigningKey::generate(Alg::Es256).unwrap();
        let secrets = || vec![SecretHash(Sha256::digest(SECRET).into())];
        let jwks = serde_json::json!({ "keys": [key.public_jwk()] });
        let keyed = || ClientAuth::PrivateKeyJwt { keys: ClientKeys::Jwks(jwks.clone()) };
        let basic = || ClientAuth::ClientSecretBasic { secrets: secrets() };
        for (name, auth) in [
            ("spa", ClientAuth::None),
            ("planner", basic()),
            ("poster", ClientAuth::ClientSecretPost { secrets: secrets() }),
            ("signer", keyed()),
            ("compat", keyed()),
            ("sealed", basic()),
            ("mallory", basic()),
            ("api", basic()),
            ("files", basic()),
        ] {
            server.register(client(name, auth)).await;
        }
        for (identifier, asks) in [(API, vec!["api"]), (FILES, vec!["files"])] {
            server
                .resource(Resource {
                    identifier: identifier.into(),
                    org: OrgScope::installation().org(),
                    name: identifier.into(),
                    scope: Scope::parse("plans:read plans:write").unwrap(),
                    scope_descriptions: Default::default(),
                    introspection_clients: asks.into_iter().map(|id| ClientId::parse(id).unwrap()).collect(),
                })
                .await;
        }
        let (user, subject, session) = sign_in(&server).await;
        Self { server, user, subject, session, key }
    }

    /// A code of the signed-in person for this client.
    pub async fn code(&self, client: &str, scope: &str) -> String {
        let env = self.server.app.env();
        let ctx = env.ctx();
        let plain = Plain::<kind::Code>::mint(&ctx);
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let code = StoredCode {
            digest: plain.digest(&ctx),
            flow: Id::new(&ctx),
            family: Id::new(&ctx),
            client: ClientId::parse(client).unwrap(),
            user: self.user,
            session: self.session,
            redirect_uri: callback(client),
            redirect_uri_sent: true,
            challenge: CodeChallenge::parse(&hash),
            scope: Scope::parse(scope).unwrap(),
            resources: vec![],
            nonce: Some("n-0S6_WzA2Mj".into()),
            authentication: Authentication { auth_time: ctx.now, factors: vec![Factor::Password] },
            acr: None,
            auth_time_wanted: false,
            claims: None,
            issued_at: ctx.now,
            expires_at: ctx.now + std::time::Duration::from_secs(60),
            spent_at: None,
        };
        let put = unit(move |tx| {
            let code = code.clone();
            Box::pin(async move { codes::insert(tx, &code, code.expires_at + minutes(10)).await })
        });
        assert!(self.server.app.db.run(put).await.unwrap());
        plain.expose().to_owned()
    }

    /// `POST /token` with these fields.
    pub async fn token(&self, client: &str, fields: &[(&str, &str)]) -> Answer {
        self.post("/token", client, fields).await
    }

    /// A form post by a client that authenticates as it is registered (not by assertion).
    pub async fn post(&self, path: &str, client: &str, fields: &[(&str, &str)]) -> Answer {
        let header = basic(client, SECRET);
        let mut fields = fields.to_vec();
        let mut headers = vec![];
        match client {
            "spa" => fields.push(("client_id", "spa")),
            "poster" => fields.extend([("client_id", "poster"), ("client_secret", SECRET)]),
            _ => headers.push(("authorization", header.as_str())),
        }
        self.server.browser().form(path, &headers, &fields).await
    }

    pub async fn redeem(&self, client: &str, code: &str) -> Answer {
        let callback = callback(client);
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", &callback),
        ];
        self.token(client, &fields).await
    }

    pub async fn refresh(&self, client: &str, token: &str) -> Answer {
        self.token(client, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Tokens for this scope.
    pub async fn tokens(&self, client: &str, scope: &str) -> Tokens {
        let code = self.code(client, scope).await;
        Tokens::of(&self.redeem(client, &code).await)
    }

    pub async fn userinfo(&self, token: &str) -> Answer {
        let header = format!("Bearer {token}");
        let headers = [("authorization", header.as_str())];
        self.server.browser().call(axum::http::Method::GET, "/userinfo", &headers, "").await
    }

    pub async fn introspect(&self, client: &str, token: &str) -> serde_json::Value {
        let answer = self.post("/introspect", client, &[("token", token)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    pub async fn write(&self, writes: Vec<Write>) {
        let work = unit(move |tx| {
            let writes = writes.clone();
            Box::pin(async move { apply(tx, &writes).await })
        });
        self.server.app.db.run(work).await.unwrap();
    }
}

/// What the token endpoint gave.
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub id: String,
}

impl Tokens {
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let json = answer.json();
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token"), id: text("id_token") }
    }
}

pub fn callback(client: &str) -> String {
    format!("https://{client}.example/cb")
}

pub fn basic(id: &str, secret: &str) -> String {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret))))
}

/// Status and `error` of a refusal, which must be JSON that nobody stores.
pub fn refusal(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), "application/json", "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    (answer.status.as_u16(), answer.json()["error"].as_str().unwrap_or_default().to_owned())
}

pub fn client(name: &str, auth: ClientAuth) -> Client {
    let metadata = ClientMetadata {
        token_endpoint_auth_method: Some(AuthMethod::None),
        redirect_uris: vec![callback(name)],
        resources: vec![API.into(), FILES.into()],
        first_party: true,
        ..ClientMetadata::new(name)
    };
    let mut client = metadata.validate(OrgScope::installation().org()).unwrap();
    client.scope =
        Scope::parse("openid profile email address phone offline_access plans:read plans:write").unwrap();
    client.grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
    if auth != ClientAuth::None {
        client.grant_types.push(GrantType::ClientCredentials);
    }
    // Services that act for people: at each other, and mallory wherever it can.
    let targets: &[&str] = match name {
        "api" => &[FILES],
        "files" => &[API],
        "mallory" => &[API, FILES],
        _ => &[],
    };
    if !targets.is_empty() {
        client.grant_types.push(GrantType::TokenExchange);
        client.exchange_resources = targets.iter().map(|it| (*it).to_owned()).collect();
    }
    if matches!(auth, ClientAuth::PrivateKeyJwt { .. }) {
        client.grant_types.push(GrantType::JwtBearer);
    }
    if name == "compat" {
        client.profile = Profile::OidcCompat;
    }
    if name == "sealed" {
        client.access_token = AccessTokenFormat::Opaque;
    }
    client.auth = auth;
    client
}

/// Anna, who holds every standard claim.
async fn sign_in(server: &TestServer) -> (Id<id::User>, Subject, Id<id::Session>) {
    let env = server.app.env();
    let ctx = env.ctx();
    let text = |text: &str| Some(text.to_owned());
    let user = User {
        id: Id::new(&ctx),
        subject: Subject::new(&ctx),
        state: UserState::Active,
        epoch: 0,
        admin: false,
        claims: StandardClaims {
            name: text("Anna Maria Muster"),
            given_name: text("Anna"),
            family_name: text("Muster"),
            middle_name: text("Maria"),
            nickname: text("Änni"),
            preferred_username: text("anna"),
            profile: text("https://people.example/anna"),
            picture: text("https://people.example/anna.jpg"),
            website: text("https://anna.example"),
            gender: text("female"),
            birthdate: text("1990-02-28"),
            zoneinfo: text("Europe/Zurich"),
            locale: text("de-CH"),
            phone_number: text("+41441234567"),
            phone_number_verified: Some(true),
            address: Some(Address { country: text("CH"), ..Address::default() }),
        },
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    let email = EmailRow {
        id: Id::new(&ctx),
        user: user.id,
        address: "Anna@example.org".into(),
        key: "anna@example.org".into(),
        verified_at: Some(ctx.now),
        primary: true,
    };
    let session = Session {
        id: Id::new(&ctx),
        user: user.id,
        epoch: 0,
        authentication: Authentication { auth_time: ctx.now, factors: vec![Factor::Password] },
        created_at: ctx.now,
        seen_at: ctx.now,
        expires_at: ctx.now + days(30),
        state: SessionState::Live,
        agent: "Firefox on Linux".into(),
        network: "192.0.2.0/24".into(),
    };
    let cookie = Plain::<kind::Session>::mint(&ctx).digest(&ctx);
    let known = (user.id, user.subject.clone(), session.id);
    let writes = vec![
        Write::InsertUser(Box::new(user)),
        Write::InsertEmail(Box::new(email)),
        Write::InsertSession(Box::new(NewSession { session, cookie })),
    ];
    let work = unit(move |tx| {
        let writes = writes.clone();
        Box::pin(async move { apply(tx, &writes).await })
    });
    server.app.db.run(work).await.unwrap();
    known
}
