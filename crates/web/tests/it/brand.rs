//! An app on our pages: its logo from our own origin, its name, colour and addresses in the reader's language.

use crate::provider::{listen, serve};
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use countersign_core::Policy;
use countersign_outbound::guard::Guard;
use countersign_testkit::world::SECRET;
use countersign_testkit::{Answer, ISSUER, TestServer, World};
use countersign_web::logos::fetch_due;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const SVG: &str =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><script>alert(1)</script></svg>";

/// An app that shows its logo at an address of its own, and counts who asks.
struct Branded {
    world: World,
    origin: String,
    asked: Arc<AtomicUsize>,
}

impl Branded {
    /// The world, and an app whose `logo_uri` is this path.
    async fn with(path: &str) -> Self {
        let (listener, origin, port) = listen().await;
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let logo = get(move || {
            count.fetch_add(1, Ordering::SeqCst);
            async { ([("content-type", "text/html")], SVG) }
        });
        let routes = Router::new()
            .route("/logo", logo)
            .route(
                "/page",
                get(async || ([("content-type", "image/png")], "<!doctype html><p>no picture</p>")),
            )
            .route("/huge", get(async || vec![b' '; 33 * 1024]))
            .route("/away", get(async || Redirect::to("/logo").into_response()))
            .route("/gone", get(async || (StatusCode::NOT_FOUND, SVG)));
        serve(listener, routes);
        let guard = Guard::builder().allow("127.0.0.1", port).build();
        let server = TestServer::guarded("sqlite::memory:", Policy::new(ISSUER), guard).await;
        let world = World::around(server).await;
        world.register(metadata(json!({ "logo_uri": format!("{origin}{path}") })), Some(SECRET)).await;
        Self { world, origin, asked }
    }

    async fn sign_in_page(&self, language: &str) -> Answer {
        let mut browser = self.world.server.browser();
        browser.headers.insert("accept-language", language.parse().unwrap());
        let address = "/authorize?client_id=branded&response_type=code&redirect_uri=https%3A%2F%2Fbranded.example%2Fcb&scope=openid\
             &state=s&nonce=n&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
        browser.open(address).await
    }
}

fn metadata(more: Value) -> Value {
    let mut all = json!({
        "client_id": "branded", "client_name": "Brand", "client_name#de": "Marke",
        "token_endpoint_auth_method": "client_secret_basic", "redirect_uris": ["https://branded.example/cb"],
        "colour": "#0b6e4f", "policy_uri": "https://branded.example/privacy",
        "policy_uri#de": "https://branded.example/datenschutz", "tos_uri": "https://branded.example/terms",
    });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

/// The address of the logo on a page.
fn shown(page: &Answer) -> Option<String> {
    let (_, rest) = page.body.split_once("<img src=\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

#[tokio::test]
async fn a_logo_is_fetched_once_and_everybody_gets_our_copy_in_a_sandbox() {
    let house = Branded::with("/logo").await;
    let app = &house.world.server.app;
    fetch_due(app).await;
    fetch_due(app).await;
    app.directory.load(&app.db).await.unwrap();
    assert_eq!(house.asked.load(Ordering::SeqCst), 1);

    let page = house.sign_in_page("en").await;
    let path = shown(&page).unwrap();
    assert!(path.starts_with("/logo/") && path.ends_with(".svg"), "{path}");
    assert!(!page.body.contains(&house.origin), "no browser is sent to the app");
    assert!(page.header("content-security-policy").contains("img-src 'self';"));

    let mut browser = house.world.server.browser();
    let logo = browser.get(&path).await;
    assert_eq!((logo.status, logo.body.as_str()), (StatusCode::OK, SVG));
    // What the app said of it (text/html) counts for nothing.
    assert_eq!(logo.header("content-type"), "image/svg+xml");
    assert_eq!(
        logo.header("content-security-policy"),
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    );
    assert_eq!(logo.header("x-content-type-options"), "nosniff");
    assert_eq!(logo.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(logo.header("cross-origin-resource-policy"), "same-origin");
    assert!(logo.headers.get("set-cookie").is_none());
    assert_eq!(house.asked.load(Ordering::SeqCst), 1, "looking at it asks nobody");
    assert_eq!(browser.get("/logo/AAAAAAAAAAAAAAAA.svg").await.status, StatusCode::NOT_FOUND);

    // It is looked at again after a day, and not before.
    house.world.server.advance(Duration::from_secs(23 * 3_600));
    fetch_due(app).await;
    assert_eq!(house.asked.load(Ordering::SeqCst), 1);
    house.world.server.advance(Duration::from_secs(2 * 3_600));
    fetch_due(app).await;
    assert_eq!(house.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_is_no_small_picture_is_not_shown_and_the_initial_stands_in() {
    for path in ["/page", "/huge", "/away", "/gone", "/nowhere"] {
        let house = Branded::with(path).await;
        let app = &house.world.server.app;
        fetch_due(app).await;
        app.directory.load(&app.db).await.unwrap();
        let page = house.sign_in_page("en").await;
        assert_eq!(shown(&page), None, "{path}");
        assert!(page.body.contains("aria-hidden=\"true\">B</span>"), "{path}");
    }
}

/// The guard over all that leaves stands before logos as well: http on this machine only where the operator listed it.
#[tokio::test]
async fn a_logo_is_fetched_only_from_where_the_guard_lets_us() {
    let (listener, origin, _) = listen().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let logo = get(move || {
        count.fetch_add(1, Ordering::SeqCst);
        async { SVG }
    });
    serve(listener, Router::new().route("/logo", logo));
    let world = World::around(TestServer::start().await).await;
    world.register(metadata(json!({ "logo_uri": format!("{origin}/logo") })), Some(SECRET)).await;
    fetch_due(&world.server.app).await;
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn name_and_addresses_are_in_the_readers_language_and_the_colour_is_readable() {
    let house = Branded::with("/logo").await;
    let (german, french) = (house.sign_in_page("de-AT").await, house.sign_in_page("fr").await);
    assert!(german.body.contains("<title>Bei Marke anmelden</title>"), "{}", german.body);
    assert!(german.body.contains("href=\"https://branded.example/datenschutz\""));
    assert!(french.body.contains("Brand</title>"));
    assert!(french.body.contains("href=\"https://branded.example/privacy\""));
    assert!(french.body.contains("href=\"https://branded.example/terms\""));
    for page in [&german, &french] {
        assert!(page.body.contains("--fill:#0b6e4f;--ink:#ffffff"));
    }
    house.world.register(metadata(json!({ "colour": "#ffd400" })), Some(SECRET)).await;
    let page = house.sign_in_page("en").await;
    assert!(!page.body.contains("#ffd400") && page.body.contains("--fill:#233a8c"));
}
