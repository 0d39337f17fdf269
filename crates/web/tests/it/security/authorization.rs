//! Group "Authorization endpoint".

use countersign_core::oauth::registration::{ClientMetadata, ResourceMetadata};
use countersign_core::organization::OrgScope;
use countersign_testkit::relying_party::encode;
use countersign_testkit::world::API;
use countersign_testkit::{Callback, World};
use serde_json::{Value, json};
use std::time::Duration;

/// The back button: the last form of a finished flow is sent again.
#[tokio::test]
async fn a_012_a_finished_flow_gives_no_second_code() {
    let world = World::new().await;
    let rp = world.rp("stranger");
    let mut browser = world.browser_of(&world.anna).await;
    let consent = browser.open(&rp.request().path()).await;
    let first = browser.press(&consent, "allow", &[]).await;
    assert!(!rp.callback(&first).code().is_empty());
    for button in ["allow", "deny", "allow"] {
        let again = browser.press(&consent, button, &[]).await;
        let arrived = Callback::find(&again, &rp.redirect_uri);
        assert!(arrived.is_none_or(|it| !it.has("code")), "a second code by {button}");
    }
}

#[test]
fn a_013_dangerous_addresses_cannot_be_registered() {
    for bad in [
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "about:blank",
        "blob:https://x.example/y",
        "https://app.example/cb#fragment",
        "https://app.example/*",
        "https://*.example/cb",
        "https://user@app.example/cb",
        "https://user:pass@app.example/cb",
        "http://app.example/cb",
        "http://localhost.evil.test/cb",
        "//app.example/cb",
        "app.example/cb",
        "",
        "https://app.example/cb\n",
        "https://app.example/cb\u{0}",
        "https://app.example/\"><script>",
    ] {
        for kind in ["web", "native"] {
            let metadata: ClientMetadata = serde_json::from_value(json!({
                "client_id": "x", "token_endpoint_auth_method": "none", "application_type": kind, "redirect_uris": [bad],
            }))
            .unwrap();
            let wrong = metadata.validate(OrgScope::installation().org());
            let told = wrong.expect_err(&format!("{kind} {bad:?} was taken"));
            assert!(told.iter().any(|it| it.code() == "invalid_redirect_uri"), "{bad:?}: {told:?}");
        }
    }
}

#[tokio::test]
async fn a_019_prompt_none_never_shows_a_page() {
    let world = World::new().await;
    let none = |client: &str| world.rp(client).request().with("prompt", "none");
    let mut stranger = world.server.browser();
    let answer = stranger.open(&none("planner").path()).await;
    assert_eq!(world.rp("planner").callback(&answer).error(), "login_required");
    let mut anna = world.browser_of(&world.anna).await;
    let answer = anna.open(&none("stranger").path()).await;
    assert_eq!(world.rp("stranger").callback(&answer).error(), "consent_required");
    world.server.advance(Duration::from_secs(10));
    let old = none("planner").with("max_age", "5");
    assert_eq!(world.rp("planner").callback(&anna.open(&old.path()).await).error(), "login_required");
}

#[tokio::test]
async fn a_020_prompt_login_and_max_age_zero_want_a_fresh_proof() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut browser = world.browser_of(&world.anna).await;
    let before = world.now();
    for (name, value) in [("prompt", "login"), ("max_age", "0")] {
        world.server.advance(Duration::from_secs(3));
        let request = rp.request().with(name, value);
        let shown = browser.open(&request.path()).await;
        assert!(shown.has("identifier"), "{name}={value} shows the sign-in page");
        // Going there again is no proof either.
        assert!(browser.open(&request.path()).await.has("identifier"));
        let end = world.walk(&mut browser, shown, &world.anna).await;
        let callback = rp.callback(&end);
        let tokens =
            countersign_testkit::Tokens::of(&rp.redeem(callback.code(), &request, world.now()).await);
        let nonce = request.get("nonce").to_owned();
        let claims = rp.id_token(&tokens.id_token.unwrap(), Some(&nonce), world.now()).await;
        assert!(claims["auth_time"].as_i64().unwrap() > before);
    }
}

#[tokio::test]
async fn a_021_a_hint_of_somebody_else_never_gives_the_code_of_who_is_here() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let hint = world.tokens("planner", "openid").await.id_token.unwrap();
    let mut ben = world.browser_of(&world.ben).await;
    let silent = rp.request().with("prompt", "none").with("id_token_hint", &hint);
    assert_eq!(rp.callback(&ben.open(&silent.path()).await).error(), "login_required");
    // With pages: Ben is asked to sign in as somebody else, does not, and the app gets no code.
    let shown = ben.open(&rp.request().with("id_token_hint", &hint).path()).await;
    assert!(shown.has("identifier"));
    let end = world.walk(&mut ben, shown, &world.ben).await;
    assert_eq!(rp.callback(&end).error(), "login_required");
    let claims = json!({ "id_token": { "sub": { "value": world.anna.subject } } }).to_string();
    let asked = rp.request().with("prompt", "none").with("claims", &claims);
    let mut ben = world.browser_of(&world.ben).await;
    assert_eq!(rp.callback(&ben.open(&asked.path()).await).error(), "login_required");
}

#[tokio::test]
async fn a_027_a_028_answers_after_a_post_are_303_and_carry_no_referrer() {
    let world = World::new().await;
    let rp = world.rp("stranger");
    let mut browser = world.server.browser();
    let mut shown = browser.open(&rp.request().path()).await;
    for (button, fill) in [
        ("continue", vec![("identifier", "anna@example.com")]),
        ("continue", vec![("password", "correct horse battery")]),
        ("allow", vec![]),
    ] {
        assert_eq!(shown.header("cache-control"), "no-store");
        assert_eq!(shown.header("referrer-policy"), "same-origin", "a page with a form");
        let answer = browser.press_only(&shown, button, &fill).await;
        assert!(![301, 302, 307, 308].contains(&answer.status.as_u16()), "{}", answer.status);
        if answer.location().is_some() {
            assert_eq!(answer.status, 303);
            assert_eq!(answer.header("referrer-policy"), "no-referrer");
            assert!(answer.header("cache-control").contains("no-store"));
        }
        shown = browser.follow(answer).await;
    }
    assert!(!rp.callback(&shown).code().is_empty());
}

/// RFC 8252 8.6: anything on the device may claim a custom scheme.
#[tokio::test]
async fn a_029_a_custom_scheme_is_never_answered_unseen() {
    let world = World::new().await;
    let mut rp = world.rp("phone");
    rp.redirect_uri = "com.example.phone:/callback".to_owned();
    let mut browser = world.browser_of(&world.anna).await;
    let first = browser.open(&rp.request().path()).await;
    assert!(first.has("allow"), "asked the first time");
    let end = browser.press(&first, "allow", &[]).await;
    assert!(!rp.callback(&end).code().is_empty());
    assert!(browser.open(&rp.request().path()).await.has("allow"), "and asked again");
    let silent = rp.request().with("prompt", "none");
    assert_eq!(rp.callback(&browser.open(&silent.path()).await).error(), "consent_required");
}

/// The same for a port of the person's computer, where an app of somebody else is not told from another program.
#[tokio::test]
async fn a_029_a_port_of_this_device_is_not_answered_unseen_for_somebody_elses_app() {
    let world = World::new().await;
    let app = json!({
        "client_id": "tool", "client_name": "Tool", "token_endpoint_auth_method": "none", "scope": "openid",
        "redirect_uris": ["http://127.0.0.1/callback"], "grant_types": ["authorization_code"], "application_type": "native",
    });
    world.register(app, None).await;
    let rp = countersign_testkit::RelyingParty {
        id: "tool".to_owned(),
        redirect_uri: "http://127.0.0.1:4711/callback".to_owned(),
        ..world.rp("phone")
    };
    let mut browser = world.browser_of(&world.anna).await;
    for _ in 0..2 {
        let page = browser.open(&rp.request().path()).await;
        assert!(page.has("allow"), "{}", page.body);
        let end = browser.press(&page, "allow", &[]).await;
        assert!(!rp.callback(&end).code().is_empty());
    }
    let silent = rp.request().with("prompt", "none");
    assert_eq!(rp.callback(&browser.open(&silent.path()).await).error(), "consent_required");
}

/// The operator's words for a scope, in the reader's language, here and where the access is taken back.
#[tokio::test]
async fn a_030_an_apis_scopes_are_told_in_the_operators_words() {
    let world = World::new().await;
    let words = |all: Value| serde_json::from_value::<ResourceMetadata>(all).unwrap();
    let org = OrgScope::installation().org();
    let api = words(json!({
        "identifier": API, "scope": "api:read api:write",
        "scope_descriptions": {
            "api:read": { "en": "Read <your> plans", "de": "Deine Pläne lesen" }, "api:write": "Change your plans",
        },
    }));
    world.server.resource(api.validate(org).unwrap()).await;
    let rp = world.rp("stranger");
    let ask = rp.request().with("scope", "openid api:read").path();
    let mut browser = world.browser_of(&world.anna).await;
    let shown = browser.open(&ask).await;
    assert!(
        shown.body.contains("Read &lt;your&gt; plans") && !shown.body.contains("api:read"),
        "{}",
        shown.body
    );
    browser.press(&shown, "allow", &[]).await;
    assert!(browser.open("/account/apps").await.body.contains("Read &lt;your&gt; plans"));
    let mut german = world.browser_of(&world.ben).await;
    let ask = rp.request().with("scope", "openid api:read").with("ui_locales", "de").path();
    assert!(german.open(&ask).await.body.contains("Deine Pläne lesen"));
    for wrong in
        [json!({ "api:delete": "Not a scope of it" }), json!({ "api:read": "" }), json!({ "api:read": {} })]
    {
        let api = words(json!({ "identifier": API, "scope": "api:read", "scope_descriptions": wrong }));
        assert_eq!(api.validate(org).unwrap_err()[0].member, "scope_descriptions");
    }
}

#[tokio::test]
async fn a_030_the_consent_page_says_who_asks_for_what_and_where_it_goes() {
    let world = World::new().await;
    let rp = world.rp("stranger");
    let mut browser = world.browser_of(&world.anna).await;
    let shown = browser.open(&rp.request().with("scope", "openid email api:read").path()).await;
    for part in ["Tidewater Calendar", "stranger.example", "anna@example.com", "api:read"] {
        assert!(shown.body.contains(part), "{part}");
    }
    let denied = browser.press(&shown, "deny", &[]).await;
    assert_eq!(rp.callback(&denied).error(), "access_denied");
    // What was allowed is not more than what was shown.
    let shown = browser.open(&rp.request().with("scope", "openid").path()).await;
    browser.press(&shown, "allow", &[]).await;
    assert!(
        browser.open(&rp.request().with("scope", "openid email").path()).await.has("allow"),
        "more is asked anew"
    );
    assert!(
        !rp.callback(&browser.open(&rp.request().with("scope", "openid").path()).await).code().is_empty()
    );
}

#[tokio::test]
async fn a_032_unknown_parameters_are_ignored_and_not_reflected() {
    let world = World::new().await;
    let mut browser = world.server.browser();
    let request = world.rp("planner").request().with("canary", "q7w8e9<b>").with("tr\"acker", "z1x2c3");
    let shown = browser.open(&request.path()).await;
    assert!(shown.has("identifier"));
    assert!(!shown.body.contains("q7w8e9") && !shown.body.contains("z1x2c3"));
}

#[tokio::test]
async fn a_033_sign_out_leads_only_to_registered_addresses() {
    let world = World::new().await;
    let hint = world.tokens("planner", "openid").await.id_token.unwrap();
    let mut browser = world.browser_of(&world.anna).await;
    for bad in [
        "https://evil.test/",
        "https://planner.example/signed-out/",
        "https://planner.example/signed-out?x",
        "https://planner.example/callback",
        "https://compat.example/signed-out",
        "//planner.example/signed-out",
        "javascript:alert(1)",
    ] {
        let fields =
            [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", bad), ("client_id", "planner")];
        let answer = browser.get(&format!("/logout?{}", encode(&fields))).await;
        assert!(answer.location().is_none(), "{bad}");
        if answer.has("sign-out") {
            let mut other = browser.clone();
            let end = other.press_only(&answer, "sign-out", &[]).await;
            let to = end.location();
            assert!(to.is_none_or(|to| to.as_str().starts_with(countersign_testkit::ISSUER)), "{bad}");
        }
    }
}

/// Two requests in one browser: what is allowed on one page counts for that page's request.
#[tokio::test]
async fn a_083_an_approval_is_for_the_request_that_was_shown() {
    let world = World::new().await;
    let rp = world.rp("stranger");
    let mut browser = world.browser_of(&world.anna).await;
    let small = rp.request().with("scope", "openid");
    let first = browser.open(&small.path()).await;
    let large = rp.request().with("scope", "openid email phone address api:read");
    let second = browser.open(&large.path()).await;
    assert!(second.has("allow"));
    let end = browser.press(&first, "allow", &[]).await;
    let callback = rp.callback(&end);
    assert_eq!(callback.get("state"), small.get("state"));
    let tokens = countersign_testkit::Tokens::of(&rp.redeem(callback.code(), &small, world.now()).await);
    assert_eq!(tokens.body["scope"], Value::from("openid"));
    assert!(browser.open(&large.path()).await.has("allow"), "the larger one is still asked for");
}

/// Two tabs are two flows: each ends at its own request, in any order.
#[tokio::test]
async fn two_tabs_end_each_at_its_own_request() {
    let world = World::new().await;
    let (planner, compat) = (world.rp("planner"), world.rp("compat"));
    let mut browser = world.server.browser();
    let (one, two) = (planner.request(), compat.request());
    let first = browser.open(&one.path()).await;
    let second = browser.open(&two.path()).await;
    let end = world.walk(&mut browser, first, &world.anna).await;
    let callback = planner.callback(&end);
    assert_eq!(callback.get("state"), one.get("state"));
    assert_eq!(planner.redeem(callback.code(), &one, world.now()).await.status, 200);
    // The second tab still shows its sign-in page; the person types again, or has signed in already.
    let end = world.walk(&mut browser, second, &world.anna).await;
    let callback = compat.callback(&end);
    assert_eq!(callback.get("state"), two.get("state"));
    assert_eq!(compat.redeem(callback.code(), &two, world.now()).await.status, 200);
}

/// OpenID Connect Core 3.1.2.1: a hint may be expired; its key may not be gone.
#[tokio::test]
async fn an_expired_id_token_is_still_a_hint() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let hint = world.tokens("planner", "openid").await.id_token.unwrap();
    let mut browser = world.browser_of(&world.anna).await;
    world.server.advance(Duration::from_secs(3_600));
    let silent = rp.request().with("prompt", "none").with("id_token_hint", &hint);
    assert!(!rp.callback(&browser.open(&silent.path()).await).code().is_empty());
}

/// `select_account`: the person is asked, and may go on as who they are or as somebody else.
#[tokio::test]
async fn an_account_is_chosen_where_the_app_wants_it() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut browser = world.browser_of(&world.anna).await;
    let request = rp.request().with("prompt", "select_account");
    let shown = browser.open(&request.path()).await;
    let end = browser.press(&shown, "account-1", &[]).await;
    let callback = rp.callback(&end);
    let tokens = countersign_testkit::Tokens::of(&rp.redeem(callback.code(), &request, world.now()).await);
    assert_eq!(rp.userinfo(&tokens.access).await.json()["sub"], world.anna.subject.as_str());
    let request = rp.request().with("prompt", "select_account");
    let shown = browser.open(&request.path()).await;
    let page = browser.press(&shown, "another", &[]).await;
    let end = world.walk(&mut browser, page, &world.ben).await;
    let callback = rp.callback(&end);
    let tokens = countersign_testkit::Tokens::of(&rp.redeem(callback.code(), &request, world.now()).await);
    assert_eq!(rp.userinfo(&tokens.access).await.json()["sub"], world.ben.subject.as_str());
    let silent = rp.request().with("prompt", "none select_account");
    assert_eq!(rp.callback(&browser.open(&silent.path()).await).error(), "invalid_request");
}

/// The same account however its address is spelled.
#[tokio::test]
async fn an_address_in_capitals_is_the_same_person() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut shouting = world.anna.clone();
    shouting.email = " ANNA@Example.COM ".to_owned();
    let mut browser = world.server.browser();
    let request = rp.request();
    let tokens = world.sign_in(&mut browser, &rp, &request, &shouting).await;
    assert_eq!(rp.userinfo(&tokens.access).await.json()["sub"], world.anna.subject.as_str());
}
