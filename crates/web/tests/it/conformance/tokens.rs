//! Modules about what the app is given: tokens and claims.

use super::suite::{Suite, userinfo_of};
use axum::http::Method;
use countersign_testkit::Tokens;
use serde_json::{Value, json};
use std::time::Duration;

/// What a claim's value must be.
type Rule = fn(&Value) -> bool;

/// The claims of one scope, with the kind of value that each has.
async fn scope(suite: &mut Suite, scope: &str, claims: &[(&str, Rule)]) {
    let supported = suite.metadata["scopes_supported"].as_array().expect("a list");
    assert!(scope.split(' ').all(|it| supported.contains(&json!(it))), "{supported:?}");
    let request = suite.request().with("scope", scope);
    let (tokens, id_token) = suite.run(&request).await;
    let userinfo = suite.userinfo(&tokens, &id_token).await;
    for (name, is_right) in claims {
        assert!(userinfo.get(*name).is_some_and(is_right), "{name} of {scope}: {userinfo}");
        // OpenID Connect Core 5.4: with an access token, these are for userinfo.
        assert!(!id_token.contains_key(*name), "{name} stands in the ID token too");
    }
    assert_eq!(userinfo.as_object().expect("an object").len(), claims.len() + 1, "sub and these: {userinfo}");
}

fn date(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    text.len() == 10
        && text.chars().enumerate().all(|(i, c)| if i == 4 || i == 7 { c == '-' } else { c.is_ascii_digit() })
}

fn address(value: &Value) -> bool {
    let members = ["formatted", "street_address", "locality", "region", "postal_code", "country"];
    members.iter().all(|name| value[*name].is_string())
}

const PROFILE: [(&str, Rule); 14] = [
    ("name", Value::is_string),
    ("given_name", Value::is_string),
    ("family_name", Value::is_string),
    ("middle_name", Value::is_string),
    ("nickname", Value::is_string),
    ("preferred_username", Value::is_string),
    ("profile", Value::is_string),
    ("picture", Value::is_string),
    ("website", Value::is_string),
    ("gender", Value::is_string),
    ("birthdate", date),
    ("zoneinfo", Value::is_string),
    ("locale", Value::is_string),
    ("updated_at", Value::is_i64),
];
const EMAIL: [(&str, Rule); 2] = [("email", Value::is_string), ("email_verified", Value::is_boolean)];
const ADDRESS: [(&str, Rule); 1] = [("address", address)];
const PHONE: [(&str, Rule); 2] =
    [("phone_number", Value::is_string), ("phone_number_verified", Value::is_boolean)];

super::modules! {
    oidcc_server(suite) {
        let request = suite.request();
        suite.run(&request).await;
    }

    oidcc_server_client_secret_post(suite) {
        suite.rp = suite.world.rp("compat-post");
        let request = suite.request();
        suite.run(&request).await;
    }

    /// RS256 with a `kid` where no algorithm is registered: [`Suite::redeem`] checks it; here against the key set.
    oidcc_idtoken_signature(suite) {
        let request = suite.request();
        let (tokens, claims) = suite.run(&request).await;
        let id_token = tokens.id_token.expect("an ID token");
        let header = countersign_jose::peek_header(&id_token).expect("a header");
        let jwks = suite.browser.get("/jwks.json").await.json();
        let named = jwks["keys"].as_array().expect("keys").iter().filter(|key| key["kid"] == json!(header.kid));
        assert_eq!(named.map(|key| key["alg"].clone()).collect::<Vec<_>>(), [json!("RS256")]);
        let hash = countersign_core::secret::sha256(tokens.access.as_bytes());
        assert_eq!(claims["at_hash"], countersign_core::secret::base64url(&hash[..16]));
    }

    oidcc_userinfo_get(suite) {
        let request = suite.request();
        let (tokens, claims) = suite.run(&request).await;
        suite.userinfo(&tokens, &claims).await;
    }

    oidcc_userinfo_post_header(suite) {
        let request = suite.request();
        let (tokens, claims) = suite.run(&request).await;
        let bearer = format!("Bearer {}", tokens.access);
        userinfo_of(&suite.browser.call(Method::POST, "/userinfo", &[("authorization", &bearer)], "").await, &claims);
    }

    oidcc_userinfo_post_body(suite) {
        let request = suite.request();
        let (tokens, claims) = suite.run(&request).await;
        userinfo_of(&suite.browser.form("/userinfo", &[], &[("access_token", &tokens.access)]).await, &claims);
    }

    oidcc_scope_profile(suite) { scope(&mut suite, "openid profile", &PROFILE).await; }
    oidcc_scope_email(suite) { scope(&mut suite, "openid email", &EMAIL).await; }
    oidcc_scope_address(suite) { scope(&mut suite, "openid address", &ADDRESS).await; }
    oidcc_scope_phone(suite) { scope(&mut suite, "openid phone", &PHONE).await; }
    oidcc_scope_all(suite) {
        let all = [&PROFILE[..], &EMAIL, &ADDRESS, &PHONE].concat();
        scope(&mut suite, "openid profile email address phone", &all).await;
    }

    oidcc_claims_essential(suite) {
        let request = suite.request().with("claims", r#"{"userinfo":{"name":{"essential":true}}}"#);
        let (tokens, claims) = suite.run(&request).await;
        assert!(!claims.contains_key("name"), "asked for at userinfo only");
        let userinfo = suite.userinfo(&tokens, &claims).await;
        assert_eq!(userinfo["name"], "Anna Maria Berg");
        assert!(userinfo.get("given_name").is_none(), "nothing that was not asked for");
    }

    oidcc_codereuse(suite) {
        let request = suite.request();
        let callback = suite.authorize(&request).await;
        suite.redeem(&callback, &request).await;
        let again = suite.rp.redeem(callback.code(), &request, suite.world.now()).await;
        assert_eq!((again.status.as_u16(), &again.json()["error"]), (400, &json!("invalid_grant")));
        assert!(again.header("content-type").starts_with("application/json"));
    }

    oidcc_codereuse_30seconds(suite) {
        let request = suite.request();
        let callback = suite.authorize(&request).await;
        let (tokens, claims) = suite.redeem(&callback, &request).await;
        suite.userinfo(&tokens, &claims).await;
        suite.world.server.advance(Duration::from_secs(30));
        let again = suite.rp.redeem(callback.code(), &request, suite.world.now()).await;
        assert_eq!((again.status.as_u16(), &again.json()["error"]), (400, &json!("invalid_grant")));
        assert_eq!(suite.rp.userinfo(&tokens.access).await.status, 401, "what the code bought has ended");
    }

    oidcc_refresh_token(suite) {
        let grants = suite.metadata["grant_types_supported"].as_array().expect("a list");
        assert!(grants.contains(&json!("refresh_token")));
        let request = suite.request().with("scope", "openid offline_access").with("prompt", "consent");
        let (first, before) = suite.run(&request).await;
        let token = first.refresh.clone().expect("a refresh token");
        assert!(token.len() >= 22);
        suite.world.server.advance(Duration::from_secs(2));
        let answer = suite.rp.refresh(&token, suite.world.now()).await;
        let second = Tokens::of(&answer);
        assert_ne!(first.access, second.access);
        if let Some(id_token) = &second.id_token {
            let after = suite.rp.id_token(id_token, None, suite.world.now()).await;
            for same in ["iss", "sub", "aud", "auth_time"] {
                assert_eq!(before[same], after[same], "{same}");
            }
            assert_eq!(before.get("azp"), after.get("azp"));
            assert!(after["iat"].as_i64() > before["iat"].as_i64());
        }
        // The suite's second client.
        let other = suite.world.rp("compat-two");
        let stolen = second.refresh.clone().unwrap_or(token);
        let refused = other.refresh(&stolen, suite.world.now()).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (400, &json!("invalid_grant")));
        Tokens::of(&suite.rp.refresh(&stolen, suite.world.now()).await);
    }
}
