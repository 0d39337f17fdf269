//! Floods: every route that can be reached without a session has its row in the table of limits, and the rows
//! that are kept by the node hold.

use axum::http::Method;
use countersign_core::limits::{self, CLIENT_AUTH, Kept, PAGES, Per, STEPS};
use countersign_core::oauth::metadata::path;
use countersign_testkit::World;
use countersign_testkit::relying_party::basic;
use std::collections::BTreeSet;
use std::path::Path;

/// Every path that the edge registers, read from its own sources: a route that nobody thought of is found.
fn registered() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            if file.is_dir() {
                folders.push(file);
                continue;
            }
            let text = std::fs::read_to_string(&file).unwrap();
            for argument in text.split(".route(").skip(1).map(str::trim_start) {
                let end = argument.find(',').unwrap();
                let argument = argument[..end].trim();
                if let Some(literal) = argument.strip_prefix('"') {
                    found.insert(literal.trim_end_matches('"').to_owned());
                } else if let Some(name) = argument.strip_prefix("path::") {
                    found.insert(constant(name).to_owned());
                } else if !argument.starts_with("&format!") {
                    panic!("{}: a route that this test cannot read: {argument}", file.display());
                }
            }
        }
    }
    found
}

fn constant(name: &str) -> &'static str {
    match name {
        "AUTHORIZE" => path::AUTHORIZE,
        "TOKEN" => path::TOKEN,
        "USERINFO" => path::USERINFO,
        "JWKS" => path::JWKS,
        "LOGOUT" => path::LOGOUT,
        "PAR" => path::PAR,
        "AUTHORIZATION_CHALLENGE" => path::AUTHORIZATION_CHALLENGE,
        "DEVICE_AUTHORIZATION" => path::DEVICE_AUTHORIZATION,
        "INTROSPECT" => path::INTROSPECT,
        "REVOKE" => path::REVOKE,
        "REVOCATIONS" => path::REVOCATIONS,
        "OPENID_CONFIGURATION" => path::OPENID_CONFIGURATION,
        "OAUTH_SERVER" => path::OAUTH_SERVER,
        other => panic!("path::{other} is new: add it here"),
    }
}

#[test]
fn every_route_has_a_row_in_the_table_of_limits() {
    let registered = registered();
    assert!(registered.len() > 20, "{registered:?}");
    for route in &registered {
        let row = limits::of_route(route).unwrap_or_else(|| panic!("{route} has no row in core's limits"));
        assert!(
            row.limits.iter().any(|it| it.per == Per::Source && it.kept == Kept::Node),
            "{route}: no floor against floods"
        );
    }
    for row in limits::ROUTES {
        assert!(
            registered.contains(row.path) || row.path == "/",
            "{} is in the table and nowhere else",
            row.path
        );
    }
}

/// One source is told to wait; everybody else goes on.
#[tokio::test]
async fn a_flood_of_pages_is_429_for_its_source_only() {
    let world = World::new().await;
    let mut flood = world.server.browser();
    flood.ip = [198, 51, 100, 9].into();
    let address = world.rp("planner").request().with("redirect_uri", "https://evil.test/").path();
    let mut refused = None;
    for n in 0..=PAGES.max + 5 {
        let answer = flood.get(&address).await;
        assert!(answer.status.is_client_error());
        if answer.status == 429 {
            refused = Some((n, answer));
            break;
        }
    }
    let (n, answer) = refused.expect("the flood was never stopped");
    assert_eq!(n, PAGES.max, "as many as the table says");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert!(answer.header("cache-control").contains("no-store"));
    assert_ne!(world.server.browser().get(&address).await.status, 429, "another source");
    flood.headers.insert("x-forwarded-for", "192.0.2.1".parse().unwrap());
    assert_eq!(flood.get(&address).await.status, 429, "a header from nobody's proxy changes nothing");
}

#[tokio::test]
async fn a_flood_of_wrong_client_secrets_is_429_and_right_ones_do_not_count() {
    let world = World::new().await;
    let mut flood = world.server.browser();
    let wrong = basic("planner", &"0".repeat(32));
    let right = basic("planner", countersign_testkit::world::SECRET);
    let ask = [("grant_type", "client_credentials")];
    for _ in 0..20 {
        assert_eq!(flood.form("/token", &[("authorization", &right)], &ask).await.status, 200);
    }
    let mut stopped = false;
    for _ in 0..=CLIENT_AUTH.max + 5 {
        stopped |= flood.form("/token", &[("authorization", &wrong)], &ask).await.status == 429;
    }
    assert!(stopped, "the flood was never stopped");
    let mut other = world.server.browser();
    other.ip = [192, 0, 2, 77].into();
    assert_eq!(other.form("/token", &[("authorization", &right)], &ask).await.status, 200);
}

#[tokio::test]
async fn a_flood_of_sign_in_steps_is_429() {
    let world = World::new().await;
    let mut flood = world.server.browser();
    let mut stopped = false;
    for _ in 0..=STEPS.max + 5 {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        stopped |= flood.call(Method::POST, "/login/password", &headers, "flow=x").await.status == 429;
    }
    assert!(stopped, "the flood was never stopped");
}
