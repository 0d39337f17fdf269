//! A small world to test in: people, clients of each kind, an API, and a person's walk through the pages.

use crate::{Answer, Auth, AuthRequest, Browser, Callback, ISSUER, RelyingParty, TestServer, Tokens};
use countersign_core::account::{EmailAddress, EmailRow, StandardClaims, User, UserState};
use countersign_core::oauth::registration::{ClientMetadata, ResourceMetadata};
use countersign_core::organization::OrgScope;
use countersign_core::secret::kind;
use countersign_core::session::session::NewSession;
use countersign_core::session::{Authentication, Factor, Session, SessionState};
use countersign_core::{Id, Plain, Policy, Subject, Write};
use countersign_dev::seed;
use countersign_jose::{Alg, SigningKey};
use countersign_keys::Password;
use countersign_store::{apply, unit};
use countersign_web::cookies::Cookie;
use serde_json::{Value, json};
use std::sync::{Arc, OnceLock};

/// An API that clients ask tokens for.
pub const API: &str = "https://api.example/";
/// Another one; only `planner` may ask for it.
pub const OTHER_API: &str = "https://other.example/";
/// All that an app of the operator may ask for.
pub const SCOPE: &str = "openid profile email address phone offline_access api:read";
/// RFC 8628 3.4.
pub const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// A secret as long as one must be.
pub const SECRET: &str = "3f1c9a7be0d2468fa1c35e79b8d0f264";

/// Somebody.
#[derive(Debug, Clone)]
pub struct Person {
    /// Row id.
    pub id: Id<countersign_core::id::User>,
    /// `sub`
    pub subject: String,
    /// Confirmed.
    pub email: String,
    /// In clear.
    pub password: String,
    row: User,
}

/// Server, people and clients.
pub struct World {
    /// The provider.
    pub server: TestServer,
    /// Holds every standard claim.
    pub anna: Person,
    /// Somebody else.
    pub ben: Person,
    /// The key of the clients that sign assertions.
    pub key: Arc<SigningKey>,
}

impl World {
    /// On SQLite in memory.
    pub async fn new() -> Self {
        Self::on("sqlite::memory:").await
    }

    /// On this database.
    pub async fn on(database: &str) -> Self {
        Self::with(database, Policy::new(ISSUER)).await
    }

    /// On this database, under this policy.
    pub async fn with(database: &str, policy: Policy) -> Self {
        Self::around(TestServer::with(database, policy).await).await
    }

    /// On this server.
    pub async fn around(server: TestServer) -> Self {
        for resource in resources() {
            server.resource(resource).await;
        }
        for (metadata, secret) in clients() {
            register(&server, &metadata, secret).await;
        }
        let claims = seed_claims();
        let anna = person(&server, "anna@example.com", "correct horse battery", claims).await;
        let ben = person(&server, "ben@example.com", "staple paper lantern", StandardClaims::default()).await;
        Self { server, anna, ben, key: key() }
    }

    /// Seconds since 1970, by the server's clock.
    pub fn now(&self) -> i64 {
        self.server.now().seconds()
    }

    /// One of the clients that every world has.
    pub fn rp(&self, id: &str) -> RelyingParty {
        let all = clients();
        let found = all.iter().find(|(metadata, _)| metadata["client_id"] == id);
        let (metadata, _) = found.unwrap_or_else(|| panic!("no client {id}"));
        let text = |name: &str| metadata.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let auth = match text("token_endpoint_auth_method").as_str() {
            "none" => Auth::None,
            "client_secret_post" => Auth::Post(SECRET.to_owned()),
            "private_key_jwt" => Auth::Key(self.key.clone()),
            _ => Auth::Basic(SECRET.to_owned()),
        };
        let redirect_uri = metadata["redirect_uris"][0].as_str().unwrap_or_default().to_owned();
        let http = self.server.browser();
        RelyingParty { id: id.to_owned(), redirect_uri, scope: "openid".to_owned(), auth, http }
    }

    /// Registers one more client; `secret` for those that have one.
    pub async fn register(&self, metadata: Value, secret: Option<&str>) {
        register(&self.server, &metadata, secret).await;
    }

    /// A browser in which this person is signed in: the session is written, no page is walked.
    pub async fn browser_of(&self, person: &Person) -> Browser {
        let env = self.server.app.env();
        let ctx = env.ctx();
        let cookie = Plain::<kind::Session>::mint(&ctx);
        let session = Session {
            id: Id::new(&ctx),
            user: person.id,
            epoch: person.row.epoch,
            authentication: Authentication { auth_time: ctx.now, factors: vec![Factor::Password] },
            created_at: ctx.now,
            seen_at: ctx.now,
            expires_at: ctx.now + ctx.policy.lifetimes.session_absolute,
            state: SessionState::Live,
            agent: "Firefox on Linux".to_owned(),
            network: "203.0.113.0/24".to_owned(),
        };
        let new = Box::new(NewSession { session, cookie: cookie.digest(&ctx) });
        write(&self.server, vec![Write::InsertSession(new)]).await;
        let mut browser = self.server.browser();
        let name = self.server.app.cookies.name(Cookie::Session);
        browser.cookies.insert(name, cookie.expose().to_owned());
        browser
    }

    /// Walks the pages as a person does, until an app is reached or nothing on the page is known.
    pub async fn walk(&self, browser: &mut Browser, mut page: Answer, who: &Person) -> Answer {
        for _ in 0..8 {
            let filled = [("identifier", who.email.as_str()), ("password", who.password.as_str())];
            page = if page.has("allow") {
                browser.press(&page, "allow", &[]).await
            } else if page.has("password") && page.has("forgot") {
                browser.press(&page, "continue", &filled[1..]).await
            } else if page.has("identifier") && page.has("send-link") {
                browser.press(&page, "continue", &filled[..1]).await
            } else {
                return page;
            };
        }
        panic!("going in circles at {}", page.url)
    }

    /// Sends the request, walks the pages if there are any, and says what reached the app.
    pub async fn ask(
        &self,
        browser: &mut Browser,
        rp: &RelyingParty,
        request: &AuthRequest,
        who: &Person,
    ) -> Callback {
        let page = browser.open(&request.path()).await;
        let end = self.walk(browser, page, who).await;
        rp.callback(&end)
    }

    /// A whole sign-in in this browser: the request, its answer, the tokens.
    pub async fn sign_in(
        &self,
        browser: &mut Browser,
        rp: &RelyingParty,
        request: &AuthRequest,
        who: &Person,
    ) -> Tokens {
        let callback = self.ask(browser, rp, request, who).await;
        Tokens::of(&rp.redeem(callback.code(), request, self.now()).await)
    }

    /// Tokens of `anna` for a client, by the shortest way.
    pub async fn tokens(&self, client: &str, scope: &str) -> Tokens {
        let rp = self.rp(client);
        let mut browser = self.browser_of(&self.anna).await;
        let request = rp.request().with("scope", scope);
        self.sign_in(&mut browser, &rp, &request, &self.anna).await
    }

    /// A code of `anna` for a client, with the request it answers.
    pub async fn code(&self, client: &str, scope: &str) -> (String, AuthRequest) {
        let rp = self.rp(client);
        let mut browser = self.browser_of(&self.anna).await;
        let request = rp.request().with("scope", scope);
        let callback = self.ask(&mut browser, &rp, &request, &self.anna).await;
        (callback.code().to_owned(), request)
    }
}

/// Writes outside any decision: for what must be there before a test begins.
pub async fn write(server: &TestServer, writes: Vec<Write>) {
    let writes = Arc::new(writes);
    let put = unit(move |tx| {
        let writes = writes.clone();
        Box::pin(async move { apply(tx, &writes).await })
    });
    server.app.db.run(put).await.expect("it is written");
}

/// Writes down somebody with a confirmed address and a password.
pub async fn person(server: &TestServer, email: &str, password: &str, claims: StandardClaims) -> Person {
    let app = &server.app;
    let env = app.env();
    let ctx = env.ctx();
    let phc = app.passwords.hash(Password::new(password).expect("short"), env.rng.as_ref()).await;
    let row = User {
        id: Id::new(&ctx),
        subject: Subject::new(&ctx),
        state: UserState::Active,
        epoch: 1,
        admin: false,
        claims,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    let address = EmailAddress::parse(email).expect("an address");
    let email_row = EmailRow {
        id: Id::new(&ctx),
        user: row.id,
        address: email.to_owned(),
        key: address.key().to_owned(),
        verified_at: Some(ctx.now),
        primary: true,
    };
    let writes = vec![
        Write::InsertUser(Box::new(row.clone())),
        Write::InsertEmail(Box::new(email_row)),
        Write::SetPassword { user: row.id, phc: phc.expect("a hash"), at: ctx.now },
    ];
    write(server, writes).await;
    Person {
        id: row.id,
        subject: row.subject.as_str().to_owned(),
        email: email.to_owned(),
        password: password.to_owned(),
        row,
    }
}

async fn register(server: &TestServer, metadata: &Value, secret: Option<&str>) {
    let mut parsed: ClientMetadata = serde_json::from_value(metadata.clone()).expect("client metadata");
    if let Some(secret) = secret {
        parsed.put_secret("client_secret_file", secret).expect("a good secret");
    }
    let client = parsed.validate(OrgScope::installation().org());
    server.register(client.unwrap_or_else(|wrong| panic!("{metadata}: {wrong:?}"))).await;
}

fn resources() -> Vec<countersign_core::oauth::Resource> {
    let resource = |identifier: &str, callers: &[&str]| {
        let metadata = ResourceMetadata {
            identifier: identifier.to_owned(),
            name: None,
            scope: Some("api:read api:write".to_owned()),
            scope_descriptions: Default::default(),
            introspection_clients: callers.iter().map(|c| (*c).to_owned()).collect(),
        };
        metadata.validate(OrgScope::installation().org()).expect("a resource")
    };
    vec![resource(API, &["gateway"]), resource(OTHER_API, &[])]
}

/// One client of each profile and method, and what else the tests need; with the secret of those that have one.
fn clients() -> Vec<(Value, Option<&'static str>)> {
    let both = json!(["authorization_code", "refresh_token"]);
    let all = json!(["authorization_code", "refresh_token", "client_credentials"]);
    let jwks = json!({ "keys": [key().public_jwk()] });
    let app = |id: &str, method: &str, more: Value| {
        let mut base = json!({
            "client_id": id, "client_name": id, "token_endpoint_auth_method": method, "scope": SCOPE, "resources": [API],
            "redirect_uris": [format!("https://{id}.example/callback")],
            "post_logout_redirect_uris": [format!("https://{id}.example/signed-out")],
            "grant_types": both, "first_party": true,
        });
        if let (Value::Object(base), Value::Object(more)) = (&mut base, more) {
            base.extend(more);
        }
        base
    };
    let with_secret = |value: Value| (value, Some(SECRET));
    let (basic, post, signed) = ("client_secret_basic", "client_secret_post", "private_key_jwt");
    let compat = json!({ "profile": "oidc-compat" });
    let keyed = json!({ "jwks": jwks, "grant_types": all });
    let keyed_compat = json!({ "jwks": jwks, "grant_types": all, "profile": "oidc-compat" });
    let two = ["https://two.example/one", "https://two.example/other?kept=1"];
    let on_device = ["http://127.0.0.1/callback", "com.example.phone:/callback"];
    vec![
        with_secret(app("planner", basic, json!({ "grant_types": all, "resources": [API, OTHER_API] }))),
        with_secret(app("post", post, json!({}))),
        with_secret(app("compat", basic, compat.clone())),
        with_secret(app("compat-two", basic, compat.clone())),
        with_secret(app("compat-post", post, compat)),
        (app("phone", "none", json!({ "application_type": "native", "redirect_uris": on_device })), None),
        (app("key", signed, keyed), None),
        (app("key-compat", signed, keyed_compat), None),
        with_secret(app(
            "stranger",
            basic,
            json!({ "first_party": false, "client_name": "Tidewater Calendar" }),
        )),
        with_secret(app("two", basic, json!({ "redirect_uris": two }))),
        with_secret(app("dial", basic, json!({ "confirm": ["email", "phone"] }))),
        with_secret(app("opaque", basic, json!({ "access_token_format": "opaque" }))),
        with_secret(app(
            "code-only",
            basic,
            json!({ "grant_types": ["authorization_code"], "scope": "openid email" }),
        )),
        // RFC 8628: one that cannot keep a secret, and somebody else's that can.
        (
            json!({
                "client_id": "television", "client_name": "Television", "token_endpoint_auth_method": "none",
                "grant_types": [DEVICE, "refresh_token"], "scope": SCOPE, "resources": [API], "first_party": true,
            }),
            None,
        ),
        with_secret(json!({
            "client_id": "printer", "client_name": "Tidewater Printer", "token_endpoint_auth_method": basic,
            "grant_types": [DEVICE], "scope": "openid email", "resources": [API],
        })),
        with_secret(json!({
            "client_id": "service", "token_endpoint_auth_method": basic, "grant_types": ["client_credentials"],
            "scope": "api:read", "resources": [API],
        })),
        with_secret(json!({
            "client_id": "gateway", "token_endpoint_auth_method": basic, "grant_types": ["client_credentials"],
            "scope": "api:read", "resources": [API],
        })),
    ]
}

fn key() -> Arc<SigningKey> {
    static KEY: OnceLock<Arc<SigningKey>> = OnceLock::new();
    KEY.get_or_init(|| Arc::new(SigningKey::generate(Alg::Es256).expect("a key"))).clone()
}

/// The first demo user's: every standard claim.
fn seed_claims() -> StandardClaims {
    seed::users().into_iter().next().expect("a demo user").claims
}
