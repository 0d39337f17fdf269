//! Modules about the request: what may stand in it, and what becomes of what may not.

use super::suite::{check_callback, path_of};
use axum::body::Body;
use axum::http::Request;
use countersign_core::secret::base64url;
use countersign_testkit::relying_party::encode;
use countersign_testkit::{Callback, ISSUER};
use serde_json::json;

super::modules! {
    /// OpenID Connect Discovery 3: what must be there is there, and what is there is true.
    oidcc_discovery_endpoint_verification(suite) {
        let has = |name: &str, value: &str| {
            let list = suite.metadata[name].as_array().unwrap_or_else(|| panic!("{name} is missing"));
            assert!(list.iter().any(|it| it == value), "{name} has no {value}: {list:?}");
        };
        for endpoint in [
            "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint",
            "pushed_authorization_request_endpoint", "introspection_endpoint", "revocation_endpoint",
        ] {
            path_of(&suite.metadata, endpoint);
        }
        for (name, value) in [
            ("response_types_supported", "code"),
            ("response_modes_supported", "query"),
            ("response_modes_supported", "form_post"),
            ("grant_types_supported", "authorization_code"),
            ("grant_types_supported", "refresh_token"),
            ("subject_types_supported", "public"),
            ("id_token_signing_alg_values_supported", "RS256"),
            ("scopes_supported", "openid"),
            ("scopes_supported", "offline_access"),
            ("code_challenge_methods_supported", "S256"),
            ("token_endpoint_auth_methods_supported", "client_secret_basic"),
            ("token_endpoint_auth_methods_supported", "client_secret_post"),
            ("token_endpoint_auth_methods_supported", "private_key_jwt"),
            ("claims_supported", "phone_number_verified"),
            ("claims_supported", "updated_at"),
            ("ui_locales_supported", "en"),
        ] {
            has(name, value);
        }
        for list in ["id_token_signing_alg_values_supported", "token_endpoint_auth_signing_alg_values_supported"] {
            let algs = suite.metadata[list].as_array().expect("a list");
            let bad = |alg: &str| alg == "none" || alg.starts_with("HS");
            assert!(algs.iter().all(|alg| !bad(alg.as_str().expect("text"))), "{list}: {algs:?}");
        }
        assert_eq!(suite.metadata["claims_parameter_supported"], true);
        assert_eq!(suite.metadata["request_parameter_supported"], false);
        assert_eq!(suite.metadata["request_uri_parameter_supported"], false, "left out it would mean true");
        assert_eq!(suite.metadata["authorization_response_iss_parameter_supported"], true);
        let other = suite.browser.get("/.well-known/oauth-authorization-server").await;
        assert_eq!(other.json()["issuer"], ISSUER, "RFC 8414's address too");
    }

    oidcc_response_type_missing(suite) {
        let request = suite.request().without("response_type");
        let callback = suite.silently(&request).await;
        assert!(["invalid_request", "unsupported_response_type"].contains(&callback.error()));
    }

    /// `none` is not advertised, so the suite skips this one; and nobody can be registered for it.
    oidcc_idtoken_unsigned(suite) {
        let algs = suite.metadata["id_token_signing_alg_values_supported"].as_array().expect("a list");
        assert!(!algs.contains(&json!("none")));
        let wish = json!({ "client_id": "unsigned", "id_token_signed_response_alg": "none" });
        let parsed: Result<countersign_core::oauth::registration::ClientMetadata, _> = serde_json::from_value(wish);
        assert!(parsed.is_err(), "an algorithm that does not exist cannot be asked for");
    }

    oidcc_ensure_request_without_nonce_succeeds_for_code_flow(suite) {
        let request = suite.request().without("nonce");
        let (_, claims) = suite.run(&request).await;
        assert!(!claims.contains_key("nonce"));
    }

    /// The order of scopes does not matter.
    oidcc_alternate_happy_flow(suite) {
        let request = suite.request().with("scope", "email profile openid");
        let (tokens, claims) = suite.run(&request).await;
        let userinfo = suite.userinfo(&tokens, &claims).await;
        assert_eq!(userinfo["email"], "anna@example.com");
        assert!(userinfo["name"].is_string());
    }

    oidcc_display_page(suite) {
        let request = suite.request().with("display", "page");
        suite.run(&request).await;
    }

    oidcc_display_popup(suite) {
        let request = suite.request().with("display", "popup");
        suite.run(&request).await;
    }

    oidcc_ensure_request_with_unknown_parameter_succeeds(suite) {
        let request = suite.request().with("extra", "foobar");
        let callback = suite.authorize(&request).await;
        assert!(!callback.has("extra"), "nothing unknown is reflected");
        suite.redeem(&callback, &request).await;
    }

    oidcc_ui_locales(suite) {
        let request = suite.request().with("ui_locales", "se");
        suite.run(&request).await;
    }

    oidcc_claims_locales(suite) {
        let request = suite.request().with("claims_locales", "se");
        suite.run(&request).await;
    }

    oidcc_ensure_registered_redirect_uri(suite) {
        let request = suite.request().with("redirect_uri", "https://compat.example/callback/elsewhere");
        let page = suite.browser.get(&request.path()).await;
        assert_eq!(page.status, 400);
        assert!(page.location().is_none(), "never a redirect");
        assert!(page.has("error-title"), "a page that says so: {}", page.body);
    }

    /// The browser brings no Lax cookie along with a cross-site post: it must come back by GET first.
    oidcc_ensure_post_request_succeeds(suite) {
        let first = suite.request();
        suite.authorize(&first).await;
        let request = suite.request();
        let post = Request::post(format!("{ISSUER}/authorize"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "https://compat.example")
            .header("sec-fetch-site", "cross-site")
            .header("accept", "text/html")
            .body(Body::from(encode(&request.params)))
            .expect("a request");
        let answer = suite.browser.other().send(post).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let end = suite.browser.follow(answer).await;
        let callback = suite.arrived(&end, &request);
        suite.redeem(&callback, &request).await;
    }

    /// Request objects by reference are not supported, and said so.
    oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(suite) {
        let request = suite.request().with("request_uri", "https://compat.example/request.jwt#abc");
        assert_eq!(suite.silently(&request).await.error(), "request_uri_not_supported");
    }

    /// Request objects by value are not supported, and said so.
    oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(suite) {
        let plain = suite.request();
        let claims = json!({ "response_type": "code", "client_id": "compat", "nonce": plain.get("nonce") });
        let object = format!("{}.{}.", base64url(br#"{"alg":"none"}"#), base64url(claims.to_string().as_bytes()));
        let request = plain.with("request", &object);
        assert_eq!(suite.silently(&request).await.error(), "request_not_supported");
    }

    /// A `redirect_uri` inside an object that nobody reads leads nowhere.
    oidcc_ensure_request_object_with_redirect_uri(suite) {
        let claims = json!({ "redirect_uri": "https://compat.example/callback", "client_id": "compat" });
        let object = format!("{}.{}.", base64url(br#"{"alg":"none"}"#), base64url(claims.to_string().as_bytes()));
        let request = suite.request().with("request", &object).with("redirect_uri", "https://evil.test/cb");
        let page = suite.browser.get(&request.path()).await;
        assert_eq!(page.status, 400);
        assert!(page.location().is_none());
    }

    /// S256 counts for clients that need not send it.
    oidcc_ensure_request_with_valid_pkce_succeeds(suite) {
        let request = suite.rp.request();
        let callback = suite.authorize(&request).await;
        let wrong = request.clone().with("code_challenge", "x");
        let wrong = countersign_testkit::AuthRequest { verifier: "w".repeat(43), ..wrong };
        let refused = suite.rp.redeem(callback.code(), &wrong, suite.world.now()).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (400, &json!("invalid_grant")));
        suite.redeem(&callback, &request).await;
    }
}

/// Form Post Response Mode is advertised: the answer is a form, the query stays empty.
#[tokio::test]
async fn the_answer_by_form_post_carries_the_same_in_a_form() {
    let mut suite = super::suite::Suite::start("compat").await;
    let request = suite.request().with("response_mode", "form_post");
    let anna = suite.world.anna.clone();
    let page = suite.browser.open(&request.path()).await;
    let end = suite.world.walk(&mut suite.browser, page, &anna).await;
    let callback: Callback = suite.rp.callback(&end);
    assert!(callback.posted && end.status == 200 && end.location().is_none());
    check_callback(&callback.params, request.get("state"));
    suite.redeem(&callback, &request).await;
}

/// oidcc-unsigned-request-object of the form_post plan: the mode and the state stand in the object alone, and the
/// refusal comes back as a form.
#[tokio::test]
async fn a_request_object_that_asks_for_a_form_is_refused_by_one() {
    let mut suite = super::suite::Suite::start("compat").await;
    let plain = suite.request();
    let claims =
        json!({ "response_type": "code", "response_mode": "form_post", "state": plain.get("state") });
    let object = format!("{}.{}.", base64url(br#"{"alg":"none"}"#), base64url(claims.to_string().as_bytes()));
    let request = plain.clone().without("state").with("request", &object);
    let end = suite.browser.open(&request.path()).await;
    let callback: Callback = suite.rp.callback(&end);
    assert!(callback.posted && end.status == 200 && end.location().is_none());
    check_callback(&callback.params, plain.get("state"));
    assert_eq!(callback.error(), "request_not_supported");
}

/// oidcc-claims-essential for an app of somebody else: the person is asked about the claim, and then it is told.
#[tokio::test]
async fn a_claim_asked_for_by_name_is_told_once_the_person_has_allowed_it() {
    let mut suite = super::suite::Suite::start("stranger").await;
    let asked = |suite: &super::suite::Suite, claims| {
        suite.rp.request().with("scope", "openid").with("claims", claims)
    };
    let first = asked(&suite, r#"{"userinfo":{"name":{"essential":true}}}"#);
    let (tokens, claims) = suite.run(&first).await;
    let userinfo = suite.userinfo(&tokens, &claims).await;
    assert_eq!(userinfo["name"], "Anna Maria Berg");
    assert!(userinfo.get("email").is_none() && userinfo.get("given_name").is_none());
    // What was allowed covers no other claim.
    let more = asked(&suite, r#"{"id_token":{"email":null}}"#);
    let page = suite.browser.open(&more.path()).await;
    assert!(page.has("allow"), "asked again: {}", page.body);
    let silent = suite.silently(&more.with("prompt", "none")).await;
    assert_eq!(silent.error(), "consent_required");
}
