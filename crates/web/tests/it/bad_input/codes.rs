//! Codes: reused, expired, foreign, mutated.

use super::refused;
use countersign_testkit::{Tokens, World};
use std::time::Duration;

/// what the first redemption bought is dead everywhere.
#[tokio::test]
async fn a_code_used_twice_ends_what_it_bought() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let (code, request) = world.code("planner", "openid offline_access").await;
    let first = Tokens::of(&rp.redeem(&code, &request, world.now()).await);
    refused(&rp.redeem(&code, &request, world.now()).await, 400, "invalid_grant");
    assert_eq!(rp.userinfo(&first.access).await.status, 401);
    let refresh = first.refresh.unwrap();
    refused(&rp.refresh(&refresh, world.now()).await, 400, "invalid_grant");
    for token in [first.access.as_str(), &refresh] {
        let told = rp.post("/introspect", &[("token", token)], world.now()).await;
        assert_eq!(told.json(), serde_json::json!({ "active": false }));
    }
}

///
#[tokio::test]
async fn a_code_is_good_for_a_minute() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let (code, request) = world.code("planner", "openid").await;
    world.server.advance(Duration::from_secs(61));
    refused(&rp.redeem(&code, &request, world.now()).await, 400, "invalid_grant");
}

/// refused, and the code stays with whom it was issued to.
#[tokio::test]
async fn a_code_of_another_client_is_refused_and_stays_good() {
    let world = World::new().await;
    let (code, request) = world.code("planner", "openid").await;
    for thief in ["compat", "post", "phone", "key"] {
        let mut thief = world.rp(thief);
        thief.redirect_uri = world.rp("planner").redirect_uri;
        refused(&thief.redeem(&code, &request, world.now()).await, 400, "invalid_grant");
    }
    let rp = world.rp("planner");
    let tokens = Tokens::of(&rp.redeem(&code, &request, world.now()).await);
    // Spent, and tried again by a stranger: that ends nothing.
    let mut thief = world.rp("compat");
    thief.redirect_uri.clone_from(&rp.redirect_uri);
    refused(&thief.redeem(&code, &request, world.now()).await, 400, "invalid_grant");
    assert_eq!(rp.userinfo(&tokens.access).await.status, 200);
}

///
#[tokio::test]
async fn another_redirect_uri_at_the_token_endpoint_is_refused() {
    let world = World::new().await;
    let rp = world.rp("two");
    let (code, request) = world.code("two", "openid").await;
    for other in ["https://two.example/other?kept=1", "https://two.example/one/", "https://evil.test/"] {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", other),
            ("code_verifier", &request.verifier),
        ];
        refused(&rp.post("/token", &fields, world.now()).await, 400, "invalid_grant");
    }
    let fields =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", &request.verifier)];
    refused(&rp.post("/token", &fields, world.now()).await, 400, "invalid_grant");
    assert_eq!(rp.redeem(&code, &request, world.now()).await.status, 200, "the control");
}

/// every place, every class of character, cut and swapped.
#[tokio::test]
async fn a_mutated_code_is_unknown() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let (code, request) = world.code("planner", "openid").await;
    let chars: Vec<char> = code.chars().collect();
    let mut mutants = Vec::new();
    for (at, old) in chars.iter().enumerate() {
        let class = ['A', 'a', '0', '-', '_', '.', ' ', '+', '/', '='];
        let new = class[at % class.len()];
        if new != *old {
            let mut other = chars.clone();
            other[at] = new;
            mutants.push(other.into_iter().collect::<String>());
        }
        mutants.push(format!("{}{}", &code[..at], &code[at + 1..]));
    }
    let (head, tail) = code.split_at(code.len() / 2);
    mutants.extend([format!("{tail}{head}"), format!("{code}A"), format!("{code}="), format!(" {code}")]);
    mutants.extend([code.to_ascii_uppercase(), code.to_ascii_lowercase(), code.repeat(200), "x".into()]);
    for mutant in mutants.iter().filter(|it| **it != code) {
        refused(&rp.redeem(mutant, &request, world.now()).await, 400, "invalid_grant");
    }
    assert_eq!(rp.redeem(&code, &request, world.now()).await.status, 200, "the control");
}

/// a secret of one kind is unknown to every other consumer.
#[tokio::test]
async fn a_secret_of_one_kind_is_no_code_and_no_token() {
    let world = World::new().await;
    let rp = world.rp("planner");
    let (code, request) = world.code("planner", "openid offline_access").await;
    let browser = world.browser_of(&world.anna).await;
    let cookie = browser.cookies.values().next().unwrap().clone();
    let tokens = world.tokens("planner", "openid offline_access").await;
    let (refresh, id_token) = (tokens.refresh.unwrap(), tokens.id_token.unwrap());
    for wrong in [cookie.as_str(), &tokens.access, &refresh, &id_token] {
        refused(&rp.redeem(wrong, &request, world.now()).await, 400, "invalid_grant");
    }
    for wrong in [cookie.as_str(), &tokens.access, &code, &id_token] {
        refused(&rp.refresh(wrong, world.now()).await, 400, "invalid_grant");
    }
    for wrong in [cookie.as_str(), &code, &refresh, &id_token] {
        refused(&rp.userinfo(wrong).await, 401, "invalid_token");
        let told = rp.post("/introspect", &[("token", wrong)], world.now()).await;
        let active = told.json()["active"] == true;
        assert_eq!(active, wrong == refresh, "{wrong}");
    }
    let mut planted = world.server.browser();
    let name = browser.cookies.keys().next().unwrap().clone();
    for wrong in [code.as_str(), &refresh, &tokens.access] {
        planted.cookies.insert(name.clone(), wrong.to_owned());
        let silent = rp.request().with("prompt", "none");
        assert_eq!(rp.callback(&planted.open(&silent.path()).await).error(), "login_required");
    }
}
