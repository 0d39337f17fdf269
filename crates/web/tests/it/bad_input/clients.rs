//! Client authentication, and what a client may not ask for.

use super::refused;
use countersign_testkit::relying_party::{JWT_BEARER, basic};
use countersign_testkit::world::SECRET;
use countersign_testkit::{Answer, World, without_flow};

const WRONG: &str = "00000000000000000000000000000000";
const ASK: (&str, &str) = ("grant_type", "client_credentials");

fn comparable(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let headers = answer.headers.iter().filter(|(name, _)| name.as_str() != "date");
    let headers = headers.map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned())).collect();
    (answer.status.as_u16(), without_flow(&answer.body), headers)
}

/// 401, told in Basic where Basic was tried; an unknown client is not told from a known one.
#[tokio::test]
async fn a_wrong_secret_and_an_unknown_client_get_the_same_answer() {
    let world = World::new().await;
    let mut http = world.server.browser();
    for path in ["/token", "/introspect", "/revoke", "/par", "/device_authorization"] {
        let fields = [ASK, ("token", "x")];
        let wrong = http.form(path, &[("authorization", &basic("planner", WRONG))], &fields).await;
        refused(&wrong, 401, "invalid_client");
        assert!(wrong.header("www-authenticate").starts_with("Basic realm="), "{path}");
        let unknown = http.form(path, &[("authorization", &basic("nobody", SECRET))], &fields).await;
        assert_eq!(comparable(&wrong), comparable(&unknown), "{path}");
        let post = |id, secret| [ASK, ("token", "x"), ("client_id", id), ("client_secret", secret)];
        let wrong = http.form(path, &[], &post("post", WRONG)).await;
        refused(&wrong, 401, "invalid_client");
        let unknown = http.form(path, &[], &post("nobody", SECRET)).await;
        assert_eq!(comparable(&wrong), comparable(&unknown), "{path}");
        let named = http.form(path, &[], &[ASK, ("token", "x"), ("client_id", "nobody")]).await;
        let without = http.form(path, &[], &[ASK, ("token", "x"), ("client_id", "planner")]).await;
        assert_eq!(comparable(&named), comparable(&without), "{path}: no secret at all");
        refused(&http.form(path, &[], &[ASK, ("token", "x")]).await, 401, "invalid_client");
    }
}

/// RFC 6749 2.3.
#[tokio::test]
async fn two_ways_to_authenticate_at_once_are_refused() {
    let world = World::new().await;
    let mut http = world.server.browser();
    let key = world.rp("key");
    let claims = key.assertion_claims(world.now()).to_string();
    let assertion = world.key.sign(None, claims.as_bytes()).unwrap();
    let (secret, jwt) = (("client_secret", SECRET), ("client_assertion", assertion.as_str()));
    let kind = ("client_assertion_type", JWT_BEARER);
    let (planner, header) = (("client_id", "planner"), basic("planner", SECRET));
    for fields in [vec![ASK, planner, secret], vec![ASK, jwt, kind], vec![ASK, kind]] {
        refused(&http.form("/token", &[("authorization", &header)], &fields).await, 400, "invalid_request");
    }
    refused(&http.form("/token", &[], &[ASK, planner, secret, jwt, kind]).await, 400, "invalid_request");
    let two_headers = [("authorization", header.as_str()), ("authorization", header.as_str())];
    refused(&http.form("/token", &two_headers, &[ASK]).await, 400, "invalid_request");
    let other = [ASK, ("client_id", "post")];
    refused(&http.form("/token", &[("authorization", &header)], &other).await, 400, "invalid_request");
    assert_eq!(
        http.form("/token", &[("authorization", &header)], &[ASK, planner]).await.status,
        200,
        "the control"
    );
}

/// the right secret by another method than the registered one.
#[tokio::test]
async fn only_the_registered_method_counts() {
    let world = World::new().await;
    let mut http = world.server.browser();
    let by_post = [ASK, ("client_id", "planner"), ("client_secret", SECRET)];
    refused(&http.form("/token", &[], &by_post).await, 401, "invalid_client");
    refused(
        &http.form("/token", &[("authorization", &basic("post", SECRET))], &[ASK]).await,
        401,
        "invalid_client",
    );
    refused(
        &http.form("/token", &[("authorization", &basic("phone", ""))], &[ASK]).await,
        401,
        "invalid_client",
    );
    refused(
        &http.form("/token", &[("authorization", &basic("key", SECRET))], &[ASK]).await,
        401,
        "invalid_client",
    );
    let named = [ASK, ("client_id", "key")];
    refused(&http.form("/token", &[], &named).await, 401, "invalid_client");
    // A public client that brings a secret is not what it says.
    let phone = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_id", "phone"),
        ("client_secret", "x"),
    ];
    refused(&http.form("/token", &[], &phone).await, 401, "invalid_client");
}

#[tokio::test]
async fn a_malformed_authorization_header_is_a_failed_authentication() {
    let world = World::new().await;
    let mut http = world.server.browser();
    let long = format!("Basic {}", "A".repeat(20_000));
    for header in [
        "Basic",
        "Basic ",
        "Basic %%%",
        "Basic cGxhbm5lcg==",
        "Basic cGxhbm5lcjo=",
        "Basic =",
        "Basic /w==",
        "Basic Og==",
        "Bearer x",
        "Digest username=x",
        "Negotiate x",
        "basic",
        "BasicX cGxhbm5lcjp4",
        "Basic cGxhbm5lcg==:x",
        &long,
        "Basic JTAwOiUwMA==",
        "Basic JWZmOiVmZg==",
    ] {
        let answer = http.form("/token", &[("authorization", header)], &[ASK]).await;
        refused(&answer, 401, "invalid_client");
        assert!(answer.header("www-authenticate").starts_with("Basic "), "{header}");
    }
}

/// RFC 6749 2.3.1: id and secret are form-encoded inside Basic.
#[tokio::test]
async fn an_encoded_secret_in_basic_is_decoded() {
    let world = World::new().await;
    let secret = "p%20l+us:colon/slash=equals&and-ümlaut-32";
    let metadata = serde_json::json!({
        "client_id": "odd:name", "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["client_credentials"], "scope": "api:read",
    });
    world.register(metadata, Some(secret)).await;
    let mut http = world.server.browser();
    let answer = http.form("/token", &[("authorization", &basic("odd:name", secret))], &[ASK]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

///
#[tokio::test]
async fn a_client_gets_no_more_than_it_is_registered_for() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let rp = world.rp("code-only");
    for scope in ["openid profile", "openid offline_access api:read", "openid admin"] {
        let callback = rp.callback(&browser.get(&rp.request().with("scope", scope).path()).await);
        assert_eq!(callback.error(), "invalid_scope", "{scope}");
    }
    let planner = world.rp("planner");
    for scope in ["api:write", "api:read admin", "openid", "offline_access"] {
        let fields = [ASK, ("scope", scope)];
        refused(&planner.post("/token", &fields, world.now()).await, 400, "invalid_scope");
    }
    let target = [ASK, ("resource", "https://other.example/")];
    refused(&world.rp("service").post("/token", &target, world.now()).await, 400, "invalid_target");
    refused(&rp.post("/token", &[ASK], world.now()).await, 400, "unauthorized_client");
    refused(&rp.refresh("cs_rt_x", world.now()).await, 400, "unauthorized_client");
    let phone = world.rp("phone");
    refused(&phone.post("/token", &[ASK], world.now()).await, 400, "unauthorized_client");
    let exchange = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", "x"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
    ];
    refused(&planner.post("/token", &exchange, world.now()).await, 400, "unauthorized_client");
    for grant in [
        "password",
        "implicit",
        "device_code",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "AUTHORIZATION_CODE",
    ] {
        let fields =
            [("grant_type", grant), ("username", "anna@example.com"), ("password", "correct horse battery")];
        refused(&planner.post("/token", &fields, world.now()).await, 400, "unsupported_grant_type");
    }
    for missing in [
        vec![],
        vec![("grant_type", "")],
        vec![("grant_type", "authorization_code")],
        vec![("grant_type", "refresh_token")],
    ] {
        refused(&planner.post("/token", &missing, world.now()).await, 400, "invalid_request");
    }
    for path in ["/introspect", "/revoke"] {
        refused(&planner.post(path, &[], world.now()).await, 400, "invalid_request");
    }
}

/// A client that signs nobody in has no way to `/authorize`.
#[tokio::test]
async fn a_service_signs_nobody_in() {
    let world = World::new().await;
    let request = world.rp("planner").request().with("client_id", "service");
    super::page(&world.server.browser().get(&request.path()).await);
}
