//! malformed JWTs of twelve kinds at every place that verifies one.

use super::forged::forgeries;
use super::refused;
use countersign_core::secret::from_base64url;
use countersign_jose::Alg;
use countersign_keys::SignRequest;
use countersign_testkit::relying_party::JWT_BEARER;
use countersign_testkit::{AuthRequest, World};
use serde_json::{Value, json};
use std::net::TcpListener;

/// Nobody may ever connect here.
struct Canary {
    listener: TcpListener,
    address: String,
}

impl Canary {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        Self { listener, address }
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        assert!(self.listener.accept().is_err(), "a token sent the server somewhere");
    }
}

async fn jwks(world: &World) -> Value {
    world.server.browser().get("/jwks.json").await.json()
}

/// Header values cannot hold these; a forger's client would not send them either.
fn sendable(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|b| (0x20..0x7f).contains(&b))
}

#[tokio::test]
async fn no_forged_access_token_opens_userinfo() {
    let (world, canary) = (World::new().await, Canary::new());
    let rp = world.rp("planner");
    let good = world.tokens("planner", "openid").await;
    assert_eq!(rp.userinfo(&good.access).await.status, 200, "the control");
    for (what, token) in forgeries(&good.access, &jwks(&world).await, &canary.address) {
        if !sendable(&token) {
            continue;
        }
        let answer = rp.userinfo(&token).await;
        assert_eq!(answer.status, 401, "{what}: {} {}", answer.status, answer.body);
        refused(&answer, 401, "invalid_token");
        assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""), "{what}");
        let in_body = rp.http.clone().form("/userinfo", &[], &[("access_token", &token)]).await;
        assert_eq!(in_body.status, 401, "{what} in the body: {}", in_body.body);
    }
}

#[tokio::test]
async fn no_forged_access_token_is_active() {
    let (world, canary) = (World::new().await, Canary::new());
    let rp = world.rp("planner");
    let good = world.tokens("planner", "openid").await;
    let told = rp.post("/introspect", &[("token", &good.access)], world.now()).await;
    assert_eq!(told.json()["active"], true, "the control");
    for (what, token) in forgeries(&good.access, &jwks(&world).await, &canary.address) {
        let told = rp.post("/introspect", &[("token", &token)], world.now()).await;
        assert_eq!((told.status.as_u16(), told.json()), (200, json!({ "active": false })), "{what}");
        let revoked = rp.post("/revoke", &[("token", &token)], world.now()).await;
        assert_eq!(revoked.status, 200, "{what}");
    }
    assert_eq!(rp.userinfo(&good.access).await.status, 200, "no forgery revoked the genuine one");
}

#[tokio::test]
async fn no_forged_assertion_authenticates_a_client() {
    let (world, canary) = (World::new().await, Canary::new());
    let rp = world.rp("key");
    let sign = |rp: &countersign_testkit::RelyingParty| {
        let claims = rp.assertion_claims(world.now()).to_string();
        world.key.sign(Some("JWT"), claims.as_bytes()).unwrap()
    };
    let public = json!({ "keys": [world.key.public_jwk()] });
    let mut http = world.server.browser();
    for client in ["key", "key-compat"] {
        let good = sign(&world.rp(client));
        for (what, token) in forgeries(&good, &public, &canary.address) {
            let fields = [
                ("grant_type", "client_credentials"),
                ("client_assertion_type", JWT_BEARER),
                ("client_assertion", token.as_str()),
            ];
            let answer = http.form("/token", &[], &fields).await;
            assert_eq!(answer.status, 401, "{what} of {client}: {} {}", answer.status, answer.body);
            refused(&answer, 401, "invalid_client");
        }
    }
    let fields = [("grant_type", "client_credentials")];
    assert_eq!(rp.post("/token", &fields, world.now()).await.status, 200, "the control");
}

/// An `id_token_hint` that is not ours never gets a code, and never ends a session unasked.
#[tokio::test]
async fn no_forged_hint_is_believed() {
    let (world, canary) = (World::new().await, Canary::new());
    let rp = world.rp("planner");
    let good = world.tokens("planner", "openid").await.id_token.unwrap();
    let mut browser = world.browser_of(&world.anna).await;
    let hinted =
        |token: &str| -> AuthRequest { rp.request().with("prompt", "none").with("id_token_hint", token) };
    assert!(!rp.callback(&browser.open(&hinted(&good).path()).await).code().is_empty(), "the control");
    for (what, token) in forgeries(&good, &jwks(&world).await, &canary.address) {
        if token.len() > 20_000 || token.contains('\0') {
            continue;
        }
        let callback = rp.callback(&browser.open(&hinted(&token).path()).await);
        assert_eq!(callback.error(), "invalid_request", "{what}");
        let fields = [
            ("id_token_hint", token.as_str()),
            ("post_logout_redirect_uri", "https://planner.example/signed-out"),
        ];
        let page =
            browser.get(&format!("/logout?{}", countersign_testkit::relying_party::encode(&fields))).await;
        assert!(page.location().is_none(), "{what}: no way out without asking");
        assert!(page.has("sign-out"), "{what}: {} {}", page.status, page.body);
    }
    let still = rp.callback(&browser.open(&rp.request().with("prompt", "none").path()).await);
    assert!(!still.code().is_empty(), "the session lives");
}

/// Each token is good for its own purpose only.
#[tokio::test]
async fn genuine_tokens_of_another_kind_are_refused() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let tokens = world.tokens("planner", "openid offline_access").await;
    let (id_token, refresh) = (tokens.id_token.unwrap(), tokens.refresh.unwrap());
    for wrong in [id_token.as_str(), &refresh] {
        refused(&rp.userinfo(wrong).await, 401, "invalid_token");
    }
    let mut browser = world.browser_of(&world.anna).await;
    for wrong in [tokens.access.as_str(), &refresh] {
        let request = rp.request().with("prompt", "none").with("id_token_hint", wrong);
        assert_eq!(rp.callback(&browser.open(&request.path()).await).error(), "invalid_request");
    }
    // Signed by us, with everything that belongs in it, and of another kind.
    let twin = |of: &str, alg: Alg, typ: &str| {
        let payload = from_base64url(of.split('.').nth(1).unwrap()).unwrap();
        let request = SignRequest { alg, typ: Some(typ), payload: &payload, now: world.server.now() };
        world.server.app.keys.sign_now(request).unwrap()
    };
    assert_eq!(rp.userinfo(&twin(&tokens.access, Alg::Es256, "at+jwt")).await.status, 200, "the control");
    for typ in ["JWT", "logout+jwt", "secevent+jwt"] {
        refused(&rp.userinfo(&twin(&tokens.access, Alg::Es256, typ)).await, 401, "invalid_token");
    }
    for typ in ["at+jwt", "logout+jwt"] {
        let wrong = twin(&id_token, Alg::Rs256, typ);
        let request = rp.request().with("prompt", "none").with("id_token_hint", &wrong);
        assert_eq!(rp.callback(&browser.open(&request.path()).await).error(), "invalid_request", "{typ}");
    }
    // A hint that was issued to another client is not this client's to show.
    let compat = world.rp("compat");
    let request = compat.request().with("prompt", "none").with("id_token_hint", &id_token);
    assert_eq!(compat.callback(&browser.open(&request.path()).await).error(), "invalid_request");
    // A service's token speaks of no person.
    let service = rp.post("/token", &[("grant_type", "client_credentials")], world.now()).await.json();
    let answer = rp.userinfo(service["access_token"].as_str().unwrap()).await;
    assert!([401, 403].contains(&answer.status.as_u16()), "{}", answer.body);
    let mut fields = vec![("grant_type", "client_credentials"), ("client_assertion_type", JWT_BEARER)];
    fields.push(("client_assertion", &id_token));
    refused(&rp.http.clone().form("/token", &[], &fields).await, 401, "invalid_client");
}

/// A-067 for opaque tokens.
#[tokio::test]
async fn an_opaque_token_with_any_byte_changed_is_refused() {
    let world = World::new().await;
    let rp = world.rp("opaque");
    let good = world.tokens("opaque", "openid").await.access;
    assert!(!good.contains('.') && rp.userinfo(&good).await.status == 200, "the control");
    for at in (0..good.len()).step_by(3) {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let other = String::from_utf8(bytes).unwrap();
        refused(&rp.userinfo(&other).await, 401, "invalid_token");
    }
    for other in [&good[..good.len() - 1], &good[..20], "cs_at_", "cs_at_AAAA", &format!("{good}A")] {
        refused(&rp.userinfo(other).await, 401, "invalid_token");
    }
}
