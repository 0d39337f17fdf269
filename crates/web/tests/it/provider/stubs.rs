use super::*;
use axum::http::StatusCode;

#[tokio::test]
async fn every_stub_signs_somebody_new_in_and_knows_them_again() {
    let house = House::new().await;
    for stub in Stub::ALL {
        let mut browser = house.world.server.browser();
        let end = house.sign_in(&mut browser, stub, "kim").await;
        // Kim's address is proved by the first; the others find an account with it, and ask.
        if stub == Stub::Github {
            assert!(house.world.rp("planner").callback(&end).has("code"), "{stub:?}: {}", end.body);
            let first = house.subject(&mut browser).await.unwrap();
            let mut again = house.world.server.browser();
            house.sign_in(&mut again, stub, "kim").await;
            assert_eq!(house.subject(&mut again).await.unwrap(), first);
        } else {
            assert!(end.has("not-now"), "{stub:?}: {}", end.body);
            assert_eq!(house.subject(&mut browser).await, None);
        }
    }
}

#[tokio::test]
async fn an_address_that_is_not_proved_is_confirmed_before_an_app_is_reached() {
    let house = House::new().await;
    for stub in Stub::ALL {
        let mut browser = house.world.server.browser();
        let end = house.sign_in(&mut browser, stub, "robin").await;
        assert!(end.has("code") && end.body.contains("robin@example.net"), "{stub:?}: {}", end.body);
        assert_eq!(house.subject(&mut browser).await, None);
    }
}

#[tokio::test]
async fn who_refuses_or_tells_no_address_finds_the_other_ways_in() {
    let house = House::new().await;
    for stub in Stub::ALL {
        for (person, check, said) in
            [("", "provider_declined", "You said no"), ("noor", "provider_email", "no e-mail address")]
        {
            let mut browser = house.world.server.browser();
            let end = house.sign_in(&mut browser, stub, person).await;
            assert_eq!(end.status, StatusCode::UNPROCESSABLE_ENTITY, "{stub:?} {person}: {}", end.body);
            assert!(
                end.body.contains(said) && end.has("identifier") && end.has("provider-github"),
                "{}",
                end.body
            );
            assert!(!end.url.as_str().contains("code="), "the answer has left the address bar");
            house.refused(check).await;
        }
    }
}

#[tokio::test]
async fn an_app_shows_the_providers_that_it_chose_and_the_last_used_comes_first() {
    let house = House::new().await;
    let mut browser = house.world.server.browser();
    house.sign_in(&mut browser, Stub::Google, "kim").await;
    let rp = house.world.rp("planner");
    let page = browser.open(&rp.request().with("prompt", "login").path()).await;
    let at = |id: &str| page.body.find(&format!("id=\"{id}\"")).unwrap_or(usize::MAX);
    assert!(at("provider-google") < at("provider-github"), "{}", page.body);
    assert!(page.body.contains("last used"));
    let chosen = serde_json::json!({
        "client_id": "chosen", "redirect_uris": ["https://chosen.example/cb"], "first_party": true,
        "token_endpoint_auth_method": "none", "providers": ["gitlab"],
    });
    house.world.register(chosen, None).await;
    let request = "/authorize?client_id=chosen&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fchosen.example%2Fcb\
                   &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let page = house.world.server.browser().open(request).await;
    assert!(page.has("provider-gitlab") && !page.has("provider-github"), "{}", page.body);
    let mut browser = house.world.server.browser();
    let page = browser.open(request).await;
    let href = html::link(&page.body, "provider-gitlab").unwrap().replace("/gitlab?", "/github?");
    let page = browser.open(&href).await;
    assert!(page.body.contains("not offered"), "{}", page.body);
}

#[tokio::test]
async fn the_apps_wish_to_ask_again_and_its_hint_are_passed_on() {
    let house = House::new().await;
    let rp = house.world.rp("planner");
    let request = rp.request().with("prompt", "login").with("login_hint", "kim@example.net");
    let mut browser = house.world.server.browser();
    let page = browser.open(&request.path()).await;
    let pairs = |url: &Url| url.query_pairs().into_owned().collect::<std::collections::BTreeMap<_, _>>();
    let gitlab = pairs(&follow(&mut browser, &page, "provider-gitlab").await);
    assert_eq!((gitlab["prompt"].as_str(), gitlab["login_hint"].as_str()), ("login", "kim@example.net"));
    let github = pairs(&follow(&mut browser, &page, "provider-github").await);
    assert_eq!((github["prompt"].as_str(), github["login"].as_str()), ("select_account", "kim@example.net"));
    assert!(!github.contains_key("nonce") && gitlab.contains_key("nonce"));
    assert_ne!(github["redirect_uri"], gitlab["redirect_uri"], "one callback for each");
}

#[tokio::test]
async fn apps_with_the_scope_profile_are_told_who_the_person_is_there() {
    let house = House::new().await;
    let rp = house.world.rp("planner");
    let mut browser = house.world.server.browser();
    house.sign_in(&mut browser, Stub::Github, "kim").await;
    let document = browser.get("/.well-known/openid-configuration").await.json();
    assert!(document["claims_supported"].as_array().unwrap().contains(&"github_id".into()), "{document}");
    for (scope, told) in [("openid profile", true), ("openid", false)] {
        let request = rp.request().with("scope", scope);
        let callback = rp.callback(&browser.open(&request.path()).await);
        let answer = rp.redeem(callback.code(), &request, house.world.now()).await;
        assert_eq!(claims(&answer).get("github_id").is_some(), told, "{}", answer.body);
        if told {
            assert_eq!(claims(&answer)["github_id"], "1024025");
        }
        let bearer = format!("Bearer {}", answer.json()["access_token"].as_str().unwrap());
        let mut program = house.world.server.browser();
        let headers = [("authorization", bearer.as_str())];
        let me = program.call(axum::http::Method::GET, "/userinfo", &headers, "").await.json();
        assert_eq!(me.get("github_id").is_some(), told, "{me}");
    }
}

#[tokio::test]
async fn no_token_of_a_provider_stays_in_the_database() {
    let house = House::new().await;
    let mut browser = house.world.server.browser();
    house.sign_in(&mut browser, Stub::Github, "kim").await;
    let tables = unit(|tx| {
        Box::pin(async move {
            const SECRETS: countersign_store::Sql =
                countersign_store::Sql::new("SELECT payload FROM secrets");
            const EVENTS: countersign_store::Sql = countersign_store::Sql::new(
                "SELECT data FROM outbox UNION ALL SELECT COALESCE(personal, '') FROM outbox",
            );
            let mut all = String::new();
            for sql in [SECRETS, EVENTS] {
                for row in tx.rows(&sql, &[]).await? {
                    all.push_str(row.text(0)?);
                }
            }
            Ok(all)
        })
    });
    let all = house.world.server.app.db.read(tables).await.unwrap();
    assert!(all.contains("github") && !all.contains("gho_"), "{all}");
}
