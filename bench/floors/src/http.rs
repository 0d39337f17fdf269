//! HTTP with nothing behind it.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::extract::{Form, State};
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

struct Bare {
    ecdsa: EcdsaKeyPair,
    rsa: RsaKeyPair,
    random: SystemRandom,
    database: Mutex<Connection>,
    document: Document,
    bytes: Vec<u8>,
}

/// About the size and shape of a discovery document.
#[derive(Clone, Serialize)]
struct Document {
    issuer: String,
    endpoints: Vec<String>,
    supported: Vec<String>,
    flags: [bool; 6],
}

#[derive(Deserialize)]
struct Ask {
    grant_type: String,
    scope: Option<String>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    client_id: &'a str,
    scope: &'a str,
    exp: u64,
    iat: u64,
    jti: u64,
}

#[derive(Serialize)]
struct Answer {
    access_token: String,
    token_type: &'static str,
    expires_in: u32,
}

/// Serves until it is killed; prints its port when it is ready.
pub(crate) fn serve(port: u16) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let state = Arc::new(Bare::new());
        let app = Router::new()
            .route("/json", get(async |State(bare): State<Arc<Bare>>| Json(bare.document.clone())))
            .route("/bytes", get(bytes))
            .route("/sign", post(sign))
            .route("/rsa", post(rsa))
            .route("/read", post(read))
            .with_state(state);
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
        println!("{}", listener.local_addr().expect("an address").port());
        axum::serve(listener, app).await.expect("serving");
    });
}

async fn bytes(State(bare): State<Arc<Bare>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], bare.bytes.clone())
}

async fn sign(State(bare): State<Arc<Bare>>, Form(ask): Form<Ask>) -> Json<Answer> {
    let signed = bare.input(r#"{"alg":"ES256","typ":"at+jwt","kid":"a"}"#, &ask);
    let signature = bare.ecdsa.sign(&bare.random, signed.as_bytes()).expect("signing");
    answer(signed, signature.as_ref())
}

async fn rsa(State(bare): State<Arc<Bare>>, Form(ask): Form<Ask>) -> Json<Answer> {
    let signed = bare.input(r#"{"alg":"RS256","typ":"JWT","kid":"a"}"#, &ask);
    let mut signature = vec![0; bare.rsa.public_modulus_len()];
    bare.rsa.sign(&RSA_PKCS1_SHA256, &bare.random, signed.as_bytes(), &mut signature).expect("signing");
    answer(signed, &signature)
}

async fn read(State(bare): State<Arc<Bare>>, Form(ask): Form<Ask>) -> Json<Answer> {
    let key = [ask.grant_type.as_bytes().first().copied().unwrap_or(1) % 100; 32];
    let database = bare.database.lock().expect("the lock");
    let mut query = database.prepare_cached("SELECT value FROM t WHERE key = ?1").expect("a statement");
    let access_token = query.query_row([&key[..]], |row| row.get(0)).expect("the row");
    Json(Answer { access_token, token_type: "Bearer", expires_in: 600 })
}

fn answer(signed: String, signature: &[u8]) -> Json<Answer> {
    let access_token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    Json(Answer { access_token, token_type: "Bearer", expires_in: 600 })
}

impl Bare {
    fn new() -> Self {
        let ecdsa = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let rsa = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).expect("a key");
        let database = Connection::open_in_memory().expect("a database");
        database
            .execute_batch("CREATE TABLE t (key BLOB PRIMARY KEY, value TEXT) WITHOUT ROWID")
            .expect("a table");
        for n in 0..100u8 {
            let row = (&[n; 32][..], "x".repeat(200));
            database.execute("INSERT INTO t VALUES (?1, ?2)", row).expect("a row");
        }
        let document = Document {
            issuer: "http://127.0.0.1:8080".into(),
            endpoints: (0..12).map(|n| format!("http://127.0.0.1:8080/endpoint-number-{n}")).collect(),
            supported: (0..60).map(|n| format!("something_supported_{n}")).collect(),
            flags: [true; 6],
        };
        let bytes = serde_json::to_vec(&document).expect("JSON");
        Self { ecdsa, rsa, random: SystemRandom::new(), database: Mutex::new(database), document, bytes }
    }

    /// Header and claims, as a token endpoint writes them.
    fn input(&self, header: &str, ask: &Ask) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |it| it.as_secs());
        let claims = Claims {
            iss: &self.document.issuer,
            sub: &ask.grant_type,
            aud: "https://api.example/",
            client_id: "bench",
            scope: ask.scope.as_deref().unwrap_or_default(),
            exp: now + 600,
            iat: now,
            jti: now,
        };
        let claims = serde_json::to_vec(&claims).expect("JSON");
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }
}
