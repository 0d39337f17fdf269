//! What the suite checks in every module, whatever the module is about.

use countersign_testkit::{
    Answer, AuthRequest, Browser, Callback, ISSUER, Pairs, RelyingParty, Tokens, World,
};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// One module's run: an empty browser, a static client.
pub(crate) struct Suite {
    pub(crate) world: World,
    pub(crate) rp: RelyingParty,
    pub(crate) browser: Browser,
    /// The discovery document.
    pub(crate) metadata: Value,
}

impl Suite {
    /// Discovery is reachable and names this issuer; the key set holds public keys of distinct names.
    pub(crate) async fn start(client: &str) -> Self {
        let world = World::new().await;
        let rp = world.rp(client);
        let mut browser = world.server.browser();
        let found = browser.get("/.well-known/openid-configuration").await;
        assert_eq!(found.status, 200);
        assert!(found.header("content-type").starts_with("application/json"));
        let metadata = found.json();
        assert_eq!(metadata["issuer"], ISSUER);
        let jwks = browser.get(path_of(&metadata, "jwks_uri")).await.json();
        check_keys(&jwks);
        Self { world, rp, browser, metadata }
    }

    /// As the suite's first client asks: state and nonce, no PKCE.
    pub(crate) fn request(&self) -> AuthRequest {
        self.rp.request().without_pkce()
    }

    /// Sends a request through the browser, signs in where a page asks for it, and checks what reached the app.
    pub(crate) async fn authorize(&mut self, request: &AuthRequest) -> Callback {
        let anna = self.world.anna.clone();
        let page = self.browser.open(&request.path()).await;
        let end = self.world.walk(&mut self.browser, page, &anna).await;
        self.arrived(&end, request)
    }

    /// The same where no page may be shown.
    pub(crate) async fn silently(&mut self, request: &AuthRequest) -> Callback {
        let end = self.browser.open(&request.path()).await;
        self.arrived(&end, request)
    }

    /// The callback: the right place, `state` and `iss`; an error carries nothing that is not allowed.
    pub(crate) fn arrived(&self, answer: &Answer, request: &AuthRequest) -> Callback {
        let callback = self.rp.callback(answer);
        check_callback(&callback.params, request.get("state"));
        assert!(!callback.posted, "response_mode query is the default of code");
        assert_eq!(callback.answer.status, 303);
        callback
    }

    /// Redeems the callback's code and checks the token response and the ID token in it.
    pub(crate) async fn redeem(
        &self,
        callback: &Callback,
        request: &AuthRequest,
    ) -> (Tokens, Map<String, Value>) {
        let now = self.world.now();
        let tokens = Tokens::of(&self.rp.redeem(callback.code(), request, now).await);
        let id_token = tokens.id_token.clone().expect("openid was asked for");
        let nonce = Some(request.get("nonce")).filter(|it| !it.is_empty());
        let claims = self.rp.id_token(&id_token, nonce, now).await;
        (tokens, claims)
    }

    /// The whole flow; userinfo says the same `sub`.
    pub(crate) async fn run(&mut self, request: &AuthRequest) -> (Tokens, Map<String, Value>) {
        let callback = self.authorize(request).await;
        let (tokens, claims) = self.redeem(&callback, request).await;
        self.userinfo(&tokens, &claims).await;
        (tokens, claims)
    }

    /// Userinfo by GET and header, with the checks that go with it.
    pub(crate) async fn userinfo(&self, tokens: &Tokens, id_token: &Map<String, Value>) -> Value {
        userinfo_of(&self.rp.userinfo(&tokens.access).await, id_token)
    }
}

/// OpenID Connect Core 5.3.2.
pub(crate) fn userinfo_of(answer: &Answer, id_token: &Map<String, Value>) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.header("content-type").starts_with("application/json"));
    let userinfo = answer.json();
    assert_eq!(userinfo["sub"], id_token["sub"]);
    userinfo
}

/// RFC 6749 4.1.2 and 4.1.2.1, RFC 9207 2.
pub(crate) fn check_callback(params: &Pairs, state: &str) {
    let names: BTreeSet<&str> = params.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), params.len(), "each once: {params:?}");
    let one = |name: &str| params.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v);
    assert_eq!(one("state"), state, "state byte for byte");
    assert_eq!(one("iss"), ISSUER, "iss on success and error alike");
    if names.contains("error") {
        let allowed = ["error", "error_description", "error_uri", "state", "session_state", "iss"];
        assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
        assert!(one("error_description").bytes().all(|b| (0x20..0x7f).contains(&b)));
    } else {
        assert!(one("code").len() >= 22, "128 bits of a code in base64url are 22 characters");
    }
}

/// RFC 7517: public members only, every key with a name of its own, of a type that everybody knows.
pub(crate) fn check_keys(jwks: &Value) {
    let keys = jwks["keys"].as_array().expect("keys");
    let mut names = BTreeSet::new();
    for key in keys {
        let kid = key["kid"].as_str().expect("a kid");
        assert!(names.insert(kid), "{kid} twice");
        let members = key.as_object().expect("an object");
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(!members.contains_key(private), "{private} of {kid}");
        }
        match key["kty"].as_str() {
            Some("RSA") => assert!(key["n"].as_str().is_some_and(|n| n.len() >= 342), "2048 bits"),
            Some("EC" | "OKP") => {}
            other => panic!("an unexpected kind of key: {other:?}"),
        }
    }
    assert!(keys.iter().any(|key| key["alg"] == "RS256"), "RS256 is always there");
}

/// The path of an endpoint of ours.
pub(crate) fn path_of<'m>(metadata: &'m Value, name: &str) -> &'m str {
    let address = metadata[name].as_str().unwrap_or_else(|| panic!("{name}: {metadata}"));
    address.strip_prefix(ISSUER).unwrap_or_else(|| panic!("{name} is elsewhere: {address}"))
}
