//! A provider that lies, stalls, floods or leads astray: each ends on a page with a way on, nobody is signed in, and a
//! line of the trace names the check.

use super::*;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use countersign_core::login::provider::{ProviderMetadata, Secret};
use countersign_core::secret::base64url;
use countersign_jose::{Alg, SigningKey};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How it signs.
#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Rightly,
    /// By a key that it does not publish, under the name of one that it does.
    ByAnotherKey,
    None,
    /// With its public key as the secret of an HMAC, or what claims to be one.
    Hmac,
}

/// What its token endpoint does.
#[derive(Clone, Copy, PartialEq)]
enum Token {
    Answers,
    Stalls,
    Floods,
    Loops,
    ToCanary,
    Html,
    Fails,
    Refuses,
    OnlyAccess,
    OnlyIdentity,
}

#[derive(Clone)]
struct Lie {
    claims: Value,
    sign: Sign,
    token: Token,
    person: Value,
}

impl Lie {
    fn none() -> Self {
        Self { claims: json!({}), sign: Sign::Rightly, token: Token::Answers, person: json!({ "sub": "1" }) }
    }
    fn claims(claims: Value) -> Self {
        Self { claims, ..Self::none() }
    }
    fn sign(sign: Sign) -> Self {
        Self { sign, ..Self::none() }
    }
    fn token(token: Token) -> Self {
        Self { token, ..Self::none() }
    }
}

struct Liar {
    origin: String,
    key: SigningKey,
    other: SigningKey,
    lie: Mutex<Lie>,
    nonce: Mutex<String>,
    now: Mutex<i64>,
    canary: AtomicUsize,
    asked: AtomicUsize,
}

async fn document(State(liar): State<Arc<Liar>>) -> String {
    let at = |path: &str| format!("{}{path}", liar.origin);
    json!({
        "issuer": liar.origin, "authorization_endpoint": at("/auth"), "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/me"), "jwks_uri": at("/keys"),
        "authorization_response_iss_parameter_supported": true,
    })
    .to_string()
}

async fn keys(State(liar): State<Arc<Liar>>) -> String {
    json!({ "keys": [liar.key.public_jwk()] }).to_string()
}

async fn person(State(liar): State<Arc<Liar>>) -> String {
    liar.lie.lock().unwrap().person.to_string()
}

async fn canary(State(liar): State<Arc<Liar>>) -> &'static str {
    liar.canary.fetch_add(1, Ordering::SeqCst);
    "{}"
}

async fn token(State(liar): State<Arc<Liar>>, RawQuery(_): RawQuery, _: HeaderMap, _: String) -> Response {
    liar.asked.fetch_add(1, Ordering::SeqCst);
    let lie = liar.lie.lock().unwrap().clone();
    let redirect = |to: String| (StatusCode::TEMPORARY_REDIRECT, [("location", to)]).into_response();
    match lie.token {
        Token::Answers | Token::OnlyAccess | Token::OnlyIdentity => {}
        Token::Stalls => {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        Token::Floods => {
            let chunk = bytes();
            let chunks =
                futures_util::stream::iter((0..1_600).map(move |_| Ok::<_, std::io::Error>(chunk.clone())));
            return axum::body::Body::from_stream(chunks).into_response();
        }
        Token::Loops => return redirect(format!("{}/token", liar.origin)),
        Token::ToCanary => return redirect(format!("{}/canary", liar.origin)),
        Token::Html => return "<html><body>Sign in</body></html>".into_response(),
        Token::Fails => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Token::Refuses => {
            return (StatusCode::BAD_REQUEST, "{\"error\":\"invalid_grant\"}").into_response();
        }
    }
    let now = *liar.now.lock().unwrap();
    let mut claims = json!({
        "iss": liar.origin, "aud": "us", "sub": "1", "iat": now, "exp": now + 300,
        "nonce": *liar.nonce.lock().unwrap(), "name": "Kim", "email": "kim@example.net", "email_verified": true,
    });
    for (name, value) in lie.claims.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            _ => claims[name] = value.clone(),
        }
    }
    let payload = claims.to_string();
    let unsigned = |alg: &str, signature: &str| {
        let header = json!({ "alg": alg, "kid": liar.key.kid(), "typ": "JWT" }).to_string();
        format!("{}.{}.{signature}", base64url(header.as_bytes()), base64url(payload.as_bytes()))
    };
    let id_token = match lie.sign {
        Sign::Rightly => liar.key.sign(Some("JWT"), payload.as_bytes()).unwrap(),
        Sign::ByAnotherKey => liar.other.sign(Some("JWT"), payload.as_bytes()).unwrap(),
        Sign::None => unsigned("none", ""),
        Sign::Hmac => unsigned("HS256", &base64url(&[7; 32])),
    };
    let mut answer = json!({ "token_type": "Bearer", "access_token": "at", "id_token": id_token });
    if lie.token == Token::OnlyAccess {
        answer.as_object_mut().unwrap().remove("id_token");
    }
    if lie.token == Token::OnlyIdentity {
        answer.as_object_mut().unwrap().remove("access_token");
    }
    answer.to_string().into_response()
}

fn bytes() -> Vec<u8> {
    vec![b' '; 64 * 1024]
}

struct Den {
    world: World,
    liar: Arc<Liar>,
}

impl Den {
    async fn new(patience: Duration) -> Self {
        let (listener, origin, port) = listen().await;
        let guard = Guard::builder().allow("127.0.0.1", port).timeout(patience).build();
        let server = TestServer::guarded("sqlite::memory:", Policy::new(ISSUER), guard).await;
        let key = SigningKey::generate(Alg::Es256).unwrap();
        let other = SigningKey::generate(Alg::Es256).unwrap().with_kid(key.kid()).unwrap();
        let liar = Arc::new(Liar {
            origin: origin.clone(),
            key,
            other,
            lie: Mutex::new(Lie::none()),
            nonce: Mutex::default(),
            now: Mutex::default(),
            canary: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
        });
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(document))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/me", get(person))
            .route("/canary", get(canary).post(canary))
            .with_state(liar.clone());
        serve(listener, routes);
        let den = Self { world: World::around(server).await, liar };
        den.offer(false);
        den
    }

    /// Two of the same kind: `liar`, on or off, and `other`.
    fn offer(&self, disabled: bool) {
        let one = |name: &str, disabled: bool| {
            let metadata = json!({
                "name": name, "kind": "oidc", "label": name, "client_id": "us", "issuer": self.liar.origin,
                "trust_email": "flag", "disabled": disabled,
            });
            let metadata: ProviderMetadata = serde_json::from_value(metadata).unwrap();
            metadata.validate(Some(Secret::new("s"))).unwrap()
        };
        let all = vec![one("liar", disabled), one("other", false)];
        self.world.server.app.providers.store(Arc::new(Providers::new(all)));
    }

    async fn depart(&self, browser: &mut Browser, lie: Lie) -> Url {
        let page = browser.open(&self.world.rp("planner").request().path()).await;
        let question = follow(browser, &page, "provider-liar").await;
        *self.liar.lie.lock().unwrap() = lie;
        *self.liar.nonce.lock().unwrap() = param(&question, "nonce");
        *self.liar.now.lock().unwrap() = self.world.now();
        question
    }

    fn back(&self, question: &Url) -> String {
        format!(
            "/login/provider/liar/callback?code=c&iss={}&state={}",
            self.liar.origin,
            param(question, "state")
        )
    }

    async fn run(&self, lie: Lie) -> (Browser, Answer) {
        let mut browser = self.world.server.browser();
        let question = self.depart(&mut browser, lie).await;
        let end = browser.open(&self.back(&question)).await;
        (browser, end)
    }

    /// Nobody is in.
    async fn nobody(&self, browser: &mut Browser) {
        let rp = self.world.rp("planner");
        let end = browser.open(&rp.request().with("prompt", "none").path()).await;
        assert_eq!(rp.callback(&end).error(), "login_required");
    }
}

fn param(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
}

/// The page to choose another way on, 422, with what happened.
fn is_the_first_page(end: &Answer, what: &str) {
    assert_eq!(end.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}: {}", end.body);
    assert!(end.has("identifier") && end.has("provider-liar"), "{what}: {}", end.body);
    assert!(!end.url.as_str().contains("code="), "{what}");
}

#[tokio::test]
async fn a_token_that_lies_signs_nobody_in_and_the_check_is_named() {
    let den = Den::new(Duration::from_secs(20)).await;
    let (browser, end) = den.run(Lie::none()).await;
    assert!(den.world.rp("planner").callback(&end).has("code"), "told the truth, it works: {}", end.body);
    den.nobody(&mut browser.other()).await;
    let now = den.world.now();
    for (lie, check) in [
        (Lie::sign(Sign::ByAnotherKey), "id_token_signature"),
        (Lie::sign(Sign::None), "id_token_alg"),
        (Lie::sign(Sign::Hmac), "id_token_alg"),
        (Lie::claims(json!({ "aud": "them" })), "id_token_aud"),
        (Lie::claims(json!({ "aud": ["us", "them"] })), "id_token_azp"),
        (Lie::claims(json!({ "azp": "them" })), "id_token_azp"),
        (Lie::claims(json!({ "iss": "https://accounts.google.com" })), "id_token_iss"),
        (Lie::claims(json!({ "nonce": "another" })), "id_token_nonce"),
        (Lie::claims(json!({ "nonce": null })), "id_token_nonce"),
        (Lie::claims(json!({ "exp": now - 60 })), "id_token_exp"),
        (Lie::claims(json!({ "iat": now + 600 })), "id_token_iat"),
        (Lie::claims(json!({ "sub": null })), "id_token_sub"),
        (
            Lie { person: json!({ "sub": "2" }), ..Lie::claims(json!({ "email": null })) },
            "provider_userinfo_subject",
        ),
        (Lie { person: json!([]), ..Lie::claims(json!({ "email": null })) }, "provider_answer"),
        (Lie::token(Token::OnlyAccess), "id_token_missing"),
        (Lie::token(Token::OnlyIdentity), "provider_token"),
        (Lie::token(Token::Html), "provider_token"),
        (Lie::token(Token::Refuses), "provider_token_error"),
    ] {
        let (mut browser, end) = den.run(lie).await;
        is_the_first_page(&end, check);
        assert!(end.body.contains("did not fit"), "{check}: {}", end.body);
        den.nobody(&mut browser).await;
        refused(&den.world, check).await;
    }
}

#[tokio::test]
async fn a_text_true_proves_no_address() {
    let den = Den::new(Duration::from_secs(20)).await;
    for verified in [json!("true"), json!(1), json!(null)] {
        let claims =
            json!({ "email_verified": verified, "email": den.world.anna.email, "sub": verified.to_string() });
        let (mut browser, end) = den.run(Lie::claims(claims)).await;
        // An account of its own, whose address has to be confirmed; no word of anna's.
        assert!(end.has("code") && !end.has("not-now"), "{}", end.body);
        let rp = den.world.rp("planner");
        let silent = browser.open(&rp.request().with("prompt", "none").path()).await;
        assert_eq!(rp.callback(&silent).error(), "interaction_required");
    }
}

#[tokio::test]
async fn who_floods_fails_or_leads_astray_is_left() {
    let den = Den::new(Duration::from_secs(20)).await;
    for (token, check) in [
        (Token::Floods, "provider_too_large"),
        (Token::Fails, "provider_status"),
        (Token::Loops, "provider_status"),
        (Token::ToCanary, "provider_status"),
    ] {
        let before = den.liar.asked.load(Ordering::SeqCst);
        let (mut browser, end) = den.run(Lie::token(token)).await;
        is_the_first_page(&end, check);
        assert!(end.body.contains("did not answer"), "{check}: {}", end.body);
        den.nobody(&mut browser).await;
        refused(&den.world, check).await;
        assert_eq!(den.liar.asked.load(Ordering::SeqCst), before + 1, "asked once");
    }
    assert_eq!(den.liar.canary.load(Ordering::SeqCst), 0, "no redirect is followed");
}

/// bounded by the client's own patience, and nobody else waits for it.
#[tokio::test]
async fn a_provider_that_stalls_is_given_up_and_holds_up_nobody() {
    let den = Den::new(Duration::from_millis(400)).await;
    let stalled = tokio::time::timeout(Duration::from_secs(30), den.run(Lie::token(Token::Stalls)));
    let (mut browser, end) = stalled.await.unwrap();
    is_the_first_page(&end, "stall");
    den.nobody(&mut browser).await;
    refused(&den.world, "provider_late").await;
    let end = den.world.walk(&mut browser, end, &den.world.anna).await;
    assert!(den.world.rp("planner").callback(&end).has("code"), "the password still works: {}", end.body);
}

/// RFC 9700 4.4, A-126: an answer by another provider's address, or in another's name.
#[tokio::test]
async fn an_answer_mixed_up_is_refused_before_its_code_goes_anywhere() {
    let den = Den::new(Duration::from_secs(20)).await;
    let iss = |to: &str| format!("&iss={to}");
    let own = iss(&den.liar.origin);
    for (provider, iss, check) in [
        ("other", own.clone(), "provider_mix_up"),
        ("liar", String::new(), "provider_iss"),
        ("liar", iss("https://evil.example"), "provider_iss"),
        ("nowhere", own.clone(), "provider_offered"),
    ] {
        let mut browser = den.world.server.browser();
        let question = den.depart(&mut browser, Lie::none()).await;
        let state = param(&question, "state");
        let end =
            browser.open(&format!("/login/provider/{provider}/callback?code=c&state={state}{iss}")).await;
        is_the_first_page(&end, check);
        den.nobody(&mut browser).await;
        refused(&den.world, check).await;
    }
    assert_eq!(den.liar.asked.load(Ordering::SeqCst), 0, "no code was sent to anybody");
}

/// without its question in this browser, an answer is none; and it is one once.
#[tokio::test]
async fn an_answer_that_is_foreign_replayed_or_made_up_is_a_page_with_a_way_back() {
    let den = Den::new(Duration::from_secs(20)).await;
    let mut browser = den.world.server.browser();
    let question = den.depart(&mut browser, Lie::none()).await;
    let back = den.back(&question);
    let mut victim = den.world.server.browser();
    let end = victim.open(&back).await;
    assert_eq!(end.status, StatusCode::BAD_REQUEST, "another browser's: {}", end.body);
    assert!(end.has("way-on"), "{}", end.body);
    den.nobody(&mut victim).await;
    refused(&den.world, "provider_state").await;
    // The cookie planted beside, without the browser's own.
    let asked = browser.cookies.iter().find(|(name, _)| name.contains("-asked-")).unwrap();
    victim.cookies.insert(asked.0.clone(), asked.1.clone());
    let end = victim.open(&back).await;
    assert_eq!(end.status, StatusCode::FORBIDDEN, "{}", end.body);
    den.nobody(&mut victim).await;
    let mut twin = browser.clone();
    let end = browser.open(&back).await;
    assert!(den.world.rp("planner").callback(&end).has("code"), "{}", end.body);
    let asked = den.liar.asked.load(Ordering::SeqCst);
    assert_eq!(browser.get(&back).await.status, StatusCode::BAD_REQUEST, "its cookie is gone");
    assert_eq!(twin.open(&back).await.status, StatusCode::BAD_REQUEST, "the cookie kept, it was used");
    den.nobody(&mut twin).await;
    refused(&den.world, "provider_replayed").await;
    assert_eq!(den.liar.asked.load(Ordering::SeqCst), asked);
    for query in ["", "?code=c", "?state=", "?state=x&code=c", "?state=%00", "?state=a&state=b", "?%zz"] {
        let end = victim.open(&format!("/login/provider/liar/callback{query}")).await;
        assert_eq!(end.status, StatusCode::BAD_REQUEST, "{query}: {}", end.body);
    }
}

#[tokio::test]
async fn errors_in_the_answer_are_said_as_people_say_them() {
    let den = Den::new(Duration::from_secs(20)).await;
    for (error, check, said) in [
        ("access_denied", "provider_declined", "You said no"),
        ("temporarily_unavailable", "provider_error", "did not answer"),
        ("%3Cscript%3Ealert(1)%3C%2Fscript%3E", "provider_error", "did not answer"),
        ("", "provider_code", "did not fit"),
    ] {
        let mut browser = den.world.server.browser();
        let question = den.depart(&mut browser, Lie::none()).await;
        let (state, iss) = (param(&question, "state"), &den.liar.origin);
        let end = browser
            .open(&format!("/login/provider/liar/callback?error={error}&state={state}&iss={iss}"))
            .await;
        is_the_first_page(&end, error);
        assert!(end.body.contains(said) && !end.body.contains("<script>alert"), "{error}: {}", end.body);
        refused(&den.world, check).await;
    }
}

#[tokio::test]
async fn a_provider_switched_off_while_somebody_is_there_signs_nobody_in() {
    let den = Den::new(Duration::from_secs(20)).await;
    let mut browser = den.world.server.browser();
    let question = den.depart(&mut browser, Lie::none()).await;
    den.offer(true);
    let end = browser.open(&den.back(&question)).await;
    assert_eq!(end.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", end.body);
    assert!(
        end.body.contains("not offered") && end.has("identifier") && !end.has("provider-liar"),
        "{}",
        end.body
    );
    den.nobody(&mut browser).await;
    refused(&den.world, "provider_offered").await;
    assert_eq!(den.liar.asked.load(Ordering::SeqCst), 0);
}

/// DESIGN 4: at most eight questions wait in one browser, and no proxy has to take a long header for them.
#[tokio::test]
async fn the_oldest_question_makes_room() {
    let den = Den::new(Duration::from_secs(20)).await;
    let mut browser = den.world.server.browser();
    for _ in 0..12 {
        den.depart(&mut browser, Lie::none()).await;
        let waiting: Vec<_> = browser.cookies.iter().filter(|(name, _)| name.contains("-asked-")).collect();
        assert!(waiting.len() <= 8, "{}", waiting.len());
        assert!(waiting.iter().map(|(n, v)| n.len() + v.len()).sum::<usize>() <= 6 * 1024);
    }
    let question = den.depart(&mut browser, Lie::none()).await;
    let end = browser.open(&den.back(&question)).await;
    assert!(den.world.rp("planner").callback(&end).has("code"), "the newest one waits: {}", end.body);
}

/// Sixteen at once, all with the same answer: one of them is an answer.
#[tokio::test]
async fn an_answer_in_parallel_counts_once() {
    let den = Den::new(Duration::from_secs(20)).await;
    let mut browser = den.world.server.browser();
    let question = den.depart(&mut browser, Lie::none()).await;
    let back = den.back(&question);
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (mut browser, back) = (browser.clone(), back.clone());
        all.spawn(async move { browser.get(&back).await.status });
    }
    let ends = all.join_all().await;
    assert_eq!(ends.iter().filter(|it| **it == StatusCode::SEE_OTHER).count(), 1, "{ends:?}");
    assert_eq!(den.liar.asked.load(Ordering::SeqCst), 1);
}
