//! Modules about the person: who is asked, who is not, and when.

use serde_json::{Map, Value};
use std::time::Duration;

/// `auth_time`, which must be there.
fn auth_time(claims: &Map<String, Value>) -> i64 {
    claims.get("auth_time").and_then(Value::as_i64).unwrap_or_else(|| panic!("no auth_time: {claims:?}"))
}

super::modules! {
    oidcc_prompt_login(suite) {
        let first = suite.request();
        let (_, before) = suite.run(&first).await;
        suite.world.server.advance(Duration::from_secs(2));
        let request = suite.request().with("prompt", "login");
        let page = suite.browser.open(&request.path()).await;
        assert!(page.has("identifier") || page.has("password"), "the sign-in page again: {}", page.body);
        let anna = suite.world.anna.clone();
        let end = suite.world.walk(&mut suite.browser, page, &anna).await;
        let callback = suite.arrived(&end, &request);
        let (_, after) = suite.redeem(&callback, &request).await;
        assert_eq!(before["sub"], after["sub"]);
        assert!(auth_time(&after) > auth_time(&before), "a fresh proof");
    }

    oidcc_prompt_none_not_logged_in(suite) {
        let state = "s".repeat(128);
        let request = suite.request().with("prompt", "none").with("state", &state);
        let callback = suite.silently(&request).await;
        assert_eq!(callback.error(), "login_required");
    }

    oidcc_prompt_none_logged_in(suite) {
        let first = suite.request();
        let (_, before) = suite.run(&first).await;
        let request = suite.request().with("prompt", "none");
        let callback = suite.silently(&request).await;
        let (_, after) = suite.redeem(&callback, &request).await;
        assert_eq!((&before["sub"], auth_time(&before)), (&after["sub"], auth_time(&after)));
    }

    oidcc_id_token_hint(suite) {
        let first = suite.request();
        let (tokens, before) = suite.run(&first).await;
        let hint = tokens.id_token.expect("an ID token");
        let request = suite.request().with("prompt", "none").with("id_token_hint", &hint);
        let callback = suite.silently(&request).await;
        let (_, after) = suite.redeem(&callback, &request).await;
        assert_eq!(before["sub"], after["sub"]);
    }

    oidcc_max_age_1(suite) {
        let first = suite.request();
        let (_, before) = suite.run(&first).await;
        suite.world.server.advance(Duration::from_secs(2));
        let request = suite.request().with("max_age", "1");
        let page = suite.browser.open(&request.path()).await;
        assert!(page.has("identifier") || page.has("password"), "the sign-in page again: {}", page.body);
        let anna = suite.world.anna.clone();
        let end = suite.world.walk(&mut suite.browser, page, &anna).await;
        let callback = suite.arrived(&end, &request);
        let (_, after) = suite.redeem(&callback, &request).await;
        assert!(auth_time(&after) > auth_time(&before));
        assert!((suite.world.now() - auth_time(&after)).abs() <= 10, "recent");
    }

    oidcc_max_age_10000(suite) {
        let first = suite.request().with("max_age", "15000");
        let (_, before) = suite.run(&first).await;
        suite.world.server.advance(Duration::from_secs(2));
        let request = suite.request().with("max_age", "10000");
        let callback = suite.silently(&request).await;
        let (_, after) = suite.redeem(&callback, &request).await;
        assert_eq!(auth_time(&before), auth_time(&after), "nobody was asked again");
    }

    oidcc_login_hint(suite) {
        let request = suite.request().with("login_hint", "anna@example.com");
        let page = suite.browser.open(&request.path()).await;
        assert!(page.body.contains("anna@example.com"), "filled in, so that nobody types it twice");
        let anna = suite.world.anna.clone();
        let end = suite.world.walk(&mut suite.browser, page, &anna).await;
        let callback = suite.arrived(&end, &request);
        suite.redeem(&callback, &request).await;
    }

    oidcc_ensure_request_with_acr_values_succeeds(suite) {
        let supported = suite.metadata["acr_values_supported"].as_array().cloned().unwrap_or_default();
        let all: Vec<&str> = supported.iter().filter_map(Value::as_str).collect();
        assert!(!all.is_empty());
        let request = suite.request().with("acr_values", &all.join(" "));
        let (_, claims) = suite.run(&request).await;
        assert!(all.contains(&claims["acr"].as_str().expect("acr, as it was asked for")));
    }
}
