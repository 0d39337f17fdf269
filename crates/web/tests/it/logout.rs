//! RP-initiated logout over HTTP.

use axum::http::StatusCode;
use countersign_jose::Alg;
use countersign_keys::SignRequest;
use countersign_testkit::world::{Person, World};
use countersign_testkit::{Answer, Browser};
use countersign_web::cookies::Cookie;
use serde_json::json;

const BACK: &str = "https://planner.example/signed-out";

/// An ID token as the server signs it; expired long ago, which does not matter for a hint.
fn hint(world: &World, person: &Person, client: &str) -> String {
    let app = &world.server.app;
    let claims = json!({"iss": app.site.issuer(), "aud": client, "sub": person.subject, "iat": 1, "exp": 2});
    let payload = serde_json::to_vec(&claims).unwrap();
    let request =
        SignRequest { alg: Alg::Rs256, typ: Some("JWT"), payload: &payload, now: world.server.now() };
    app.keys.sign_now(request).unwrap()
}

fn address(params: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    format!("/logout?{query}")
}

/// Is the session behind this browser's cookie still live? Asked of the server, not of the cookie jar.
async fn lives(world: &World, cookie: &str) -> bool {
    let mut browser = world.server.browser();
    browser.cookies.insert(world.server.app.cookies.name(Cookie::Session), cookie.to_owned());
    browser.get("/logout").await.has("sign-out")
}

fn cookie(world: &World, browser: &Browser) -> String {
    browser.cookies[&world.server.app.cookies.name(Cookie::Session)].clone()
}

/// oidcc-rp-initiated-logout, and -no-state.
#[tokio::test]
async fn an_app_that_shows_its_id_token_signs_the_person_out() {
    let world = World::new().await;
    let state = "s".repeat(128);
    for (state, end) in [(state.as_str(), format!("{BACK}?state={state}")), ("", BACK.to_owned())] {
        let mut browser = world.browser_of(&world.anna).await;
        let cookie = cookie(&world, &browser);
        let token = hint(&world, &world.anna, "planner");
        let request =
            [("id_token_hint", token.as_str()), ("post_logout_redirect_uri", BACK), ("state", state)];
        let answer = browser.get(&address(&request)).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, end.as_str()));
        assert!(browser.cookies.is_empty());
        assert!(!lives(&world, &cookie).await);
    }
}

/// and the pages of the logout plan: asked first, and no way to an address that was not proved.
#[tokio::test]
async fn whoever_cannot_prove_it_makes_the_person_decide() {
    let world = World::new().await;
    let mine = hint(&world, &world.anna, "planner");
    let others = hint(&world, &world.ben, "planner");
    let forged = format!("{}A", &mine[..mine.len() - 1]);
    let forged = if forged == mine { format!("{}B", &mine[..mine.len() - 1]) } else { forged };
    let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.";
    let rows: Vec<Vec<(&str, &str)>> = vec![
        vec![],
        vec![("state", "x")],
        vec![("post_logout_redirect_uri", BACK)],
        vec![("id_token_hint", &forged), ("post_logout_redirect_uri", BACK)],
        vec![("id_token_hint", none), ("post_logout_redirect_uri", BACK)],
        vec![("id_token_hint", &others), ("post_logout_redirect_uri", BACK)],
        vec![("id_token_hint", &mine), ("client_id", "compat"), ("post_logout_redirect_uri", BACK)],
        vec![("id_token_hint", &mine), ("post_logout_redirect_uri", "https://evil.test/")],
        vec![
            ("id_token_hint", &mine),
            ("post_logout_redirect_uri", "https://planner.example/signed-out?foo=bar"),
        ],
    ];
    for row in rows {
        let mut browser = world.browser_of(&world.anna).await;
        let cookie = cookie(&world, &browser);
        let page = browser.get(&address(&row)).await;
        assert_eq!(page.status, StatusCode::OK, "{row:?}");
        assert!(page.has("sign-out") && page.header("location").is_empty(), "{row:?}");
        assert!(lives(&world, &cookie).await, "{row:?}");
        let end = browser.press_only(&page, "sign-out", &[]).await;
        assert_eq!((end.status, end.header("location")), (StatusCode::OK, ""), "{row:?}: {}", end.body);
        assert!(!lives(&world, &cookie).await, "{row:?}");
    }
}

#[tokio::test]
async fn a_named_app_gets_the_person_back_once_they_said_yes() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let page = browser.get(&address(&[("client_id", "planner"), ("post_logout_redirect_uri", BACK)])).await;
    assert!(page.header("content-security-policy").contains("form-action 'self' https://planner.example"));
    let end = browser.press_only(&page, "sign-out", &[]).await;
    assert_eq!(end.header("location"), BACK);
}

#[tokio::test]
async fn who_stays_stays_signed_in() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let page = browser.get("/logout").await;
    let answer = browser.press_only(&page, "stay", &[]).await;
    assert_eq!(answer.header("location"), "/account");
    assert!(lives(&world, &cookie(&world, &browser)).await);
}

/// a form of another site, with this session's own ticket or another's, ends nothing.
#[tokio::test]
async fn a_foreign_form_ends_nothing() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let mut other = world.browser_of(&world.ben).await;
    let ticket = |page: &Answer| {
        let form = page.form_with("sign-out");
        form.fields.iter().find(|(name, _)| name == "flow").unwrap().1.clone()
    };
    let own = ticket(&browser.get("/logout").await);
    let bens = ticket(&other.get("/logout").await);
    let session = cookie(&world, &browser);
    let line = format!("{}={session}", world.server.app.cookies.name(Cookie::Session));
    let cross =
        [("origin", "https://evil.test"), ("sec-fetch-site", "cross-site"), ("cookie", line.as_str())];
    let same = [("sec-fetch-site", "same-origin"), ("cookie", line.as_str())];
    for (headers, ticket) in [(&cross[..], own.as_str()), (&same[..], bens.as_str()), (&same[..], "AAAA")] {
        let fields = [("flow", ticket), ("do", "sign-out")];
        let answer = browser.form("/logout", headers, &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
        assert!(lives(&world, &session).await);
    }
    let head = browser.call(axum::http::Method::HEAD, "/logout", &same, "").await;
    assert_eq!(head.status, StatusCode::METHOD_NOT_ALLOWED);
    // Without the cookie (SameSite keeps it from such posts) nothing is ended, and no cookie is taken away either.
    let answer = browser.form("/logout", &cross[..2], &[("flow", own.as_str()), ("do", "sign-out")]).await;
    assert!(answer.headers.get("set-cookie").is_none());
    assert!(lives(&world, &session).await);
}

/// RP-Initiated Logout 2: by POST too; the browser comes back by GET, with its cookie.
#[tokio::test]
async fn an_app_may_post() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let token = hint(&world, &world.anna, "planner");
    let fields = [("id_token_hint", token.as_str()), ("post_logout_redirect_uri", BACK)];
    let answer = browser.form("/logout", &[("sec-fetch-site", "cross-site")], &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let end = browser.get(answer.header("location")).await;
    assert_eq!(end.header("location"), BACK);
}

#[tokio::test]
async fn with_nobody_signed_in_the_page_says_so() {
    let world = World::new().await;
    let answer = world.server.browser().get(&address(&[("post_logout_redirect_uri", BACK)])).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::OK, ""));
    assert!(!answer.has("sign-out"));
}

/// RP-Initiated Logout 2: `ui_locales` says in which language; the answer to the confirmation keeps it.
#[tokio::test]
async fn the_app_chooses_the_language_of_the_pages() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    browser.headers.insert("accept-language", "fr".parse().unwrap());
    let page = browser.get("/logout?ui_locales=xx%20nb").await;
    assert!(page.body.starts_with("<!doctype html>\n<html lang=\"nb\""), "{}", page.body);
    let done = browser.press(&page, "sign-out", &[]).await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.body.contains("<html lang=\"nb\""), "{}", done.body);
    let (over, broken, unsaid) =
        ("/logout?ui_locales=de", "/logout?ui_locales=de&state=a&state=b", "/logout");
    for (address, lang) in [(over, "de"), (broken, "de"), (unsaid, "fr"), ("/logout?ui_locales=xx", "fr")] {
        let page = browser.get(address).await;
        assert!(page.body.contains(&format!("<html lang=\"{lang}\"")), "{address}: {}", page.body);
    }
}
