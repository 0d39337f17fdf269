//! What the world sees: status, headers and body of the main answers, with what changes from run to run redacted.
//! A changed byte is a reviewed diff.

use axum::http::Method;
use countersign_testkit::relying_party::{basic, encode};
use countersign_testkit::world::SECRET;
use countersign_testkit::{Answer, World};
use serde_json::Value;

/// Status line, headers in order of their names, body.
fn shown(answer: &Answer) -> String {
    let mut lines: Vec<String> = answer
        .headers
        .iter()
        .map(|(name, value)| {
            let value = value.to_str().unwrap();
            let value = match name.as_str() {
                "location" => location(value),
                "set-cookie" => cookie(value),
                "etag" => "[etag]".to_owned(),
                "content-length" => "[length]".to_owned(),
                "content-security-policy" => nonce(value),
                _ => value.to_owned(),
            };
            format!("{name}: {value}")
        })
        .collect();
    lines.sort();
    let body = match serde_json::from_str::<Value>(&answer.body) {
        Ok(mut json) => {
            redact(&mut json);
            serde_json::to_string_pretty(&json).unwrap()
        }
        // Pages have their own pictures.
        Err(_) if answer.body.starts_with("<!doctype") => "[page]".to_owned(),
        Err(_) => answer.body.clone(),
    };
    format!("{}\n{}\n\n{body}", answer.status, lines.join("\n"))
}

fn redact(json: &mut Value) {
    const CHANGING: [&str; 17] = [
        "access_token",
        "refresh_token",
        "id_token",
        "kid",
        "n",
        "x",
        "y",
        "exp",
        "iat",
        "auth_time",
        "jti",
        "sid",
        "sub",
        "request_uri",
        "updated_at",
        "at_hash",
        "nonce",
    ];
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                if CHANGING.contains(&name.as_str()) {
                    *value = Value::String(format!("[{name}]"));
                } else if name == "error_description" {
                    *value = Value::String(countersign_testkit::without_flow(value.as_str().unwrap()));
                } else {
                    redact(value);
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn location(value: &str) -> String {
    let Some((to, query)) = value.split_once('?') else { return value.to_owned() };
    let changing = ["code", "state", "flow", "posted"];
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if changing.contains(&name) => format!("{name}=[{name}]"),
        Some(_) | None => pair.to_owned(),
    });
    format!("{to}?{}", pairs.collect::<Vec<_>>().join("&"))
}

fn cookie(value: &str) -> String {
    let (pair, attributes) = value.split_once(';').unwrap_or((value, ""));
    let (name, _) = pair.split_once('=').unwrap_or((pair, ""));
    format!("{name}=[cookie];{attributes}")
}

fn nonce(value: &str) -> String {
    let parts = value.split("'nonce-").enumerate().map(|(n, part)| match (n, part.split_once('\'')) {
        (0, _) | (_, None) => part.to_owned(),
        (_, Some((_, rest))) => format!("'nonce-[nonce]'{rest}"),
    });
    parts.collect()
}

#[tokio::test]
async fn documents() {
    let world = World::new().await;
    let mut http = world.server.browser();
    for (name, path) in [("metadata", "/.well-known/openid-configuration"), ("jwks", "/jwks.json")] {
        insta::assert_snapshot!(name, shown(&http.call(Method::GET, path, &[], "").await));
    }
}

#[tokio::test]
async fn a_code_flow_answers() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut browser = world.server.browser();
    let request = rp.request().with("scope", "openid email offline_access");
    let first = browser.get(&request.path()).await;
    insta::assert_snapshot!("sign_in_page", shown(&first));
    let password = browser.press(&first, "continue", &[("identifier", "anna@example.com")]).await;
    let end = browser.press_only(&password, "continue", &[("password", "correct horse battery")]).await;
    insta::assert_snapshot!("code_redirect", shown(&end));
    let posted = rp.request().with("response_mode", "form_post");
    insta::assert_snapshot!("form_post_page", shown(&browser.get(&posted.path()).await));
    let answer = rp.redeem(rp.callback(&end).code(), &request, world.now()).await;
    insta::assert_snapshot!("token", shown(&answer));
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    insta::assert_snapshot!("userinfo", shown(&rp.userinfo(&token).await));
    insta::assert_snapshot!(
        "introspection",
        shown(&rp.post("/introspect", &[("token", &token)], world.now()).await)
    );
    insta::assert_snapshot!(
        "revocation",
        shown(&rp.post("/revoke", &[("token", &token)], world.now()).await)
    );
    insta::assert_snapshot!(
        "introspection_of_a_dead_token",
        shown(&rp.post("/introspect", &[("token", &token)], world.now()).await)
    );
    insta::assert_snapshot!("userinfo_with_a_dead_token", shown(&rp.userinfo(&token).await));
    let service = [("grant_type", "client_credentials")];
    insta::assert_snapshot!("service_token", shown(&rp.post("/token", &service, world.now()).await));
    let fields: Vec<(&str, &str)> = request.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    insta::assert_snapshot!("pushed", shown(&rp.post("/par", &fields, world.now()).await));
    let logout =
        [("post_logout_redirect_uri", "https://planner.example/signed-out"), ("client_id", "planner")];
    insta::assert_snapshot!(
        "logout_page",
        shown(&browser.get(&format!("/logout?{}", encode(&logout))).await)
    );
}

#[tokio::test]
async fn refusals() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let mut browser = world.server.browser();
    let request = rp.request();
    insta::assert_snapshot!(
        "login_required",
        shown(&browser.get(&request.clone().with("prompt", "none").path()).await)
    );
    insta::assert_snapshot!(
        "invalid_scope",
        shown(&browser.get(&request.clone().with("scope", "admin").path()).await)
    );
    insta::assert_snapshot!(
        "unknown_client",
        shown(&browser.get(&request.clone().with("client_id", "nobody").path()).await)
    );
    insta::assert_snapshot!("invalid_grant", shown(&rp.redeem("unknown", &request, world.now()).await));
    let ask = [("grant_type", "client_credentials")];
    let wrong = basic("planner", &SECRET.replace('3', "4"));
    insta::assert_snapshot!(
        "wrong_secret",
        shown(&browser.form("/token", &[("authorization", &wrong)], &ask).await)
    );
    insta::assert_snapshot!("no_client", shown(&browser.form("/token", &[], &ask).await));
    insta::assert_snapshot!("no_token", shown(&browser.call(Method::GET, "/userinfo", &[], "").await));
    insta::assert_snapshot!("not_found", shown(&browser.call(Method::GET, "/nowhere", &[], "").await));
    insta::assert_snapshot!("wrong_method", shown(&browser.call(Method::GET, "/token", &[], "").await));
}
