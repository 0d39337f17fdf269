//! Passwords that are known from breaches cannot be chosen, wherever one is chosen.

use super::mailed;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use countersign_keys::breached::List;
use countersign_keys::breached::compile::{Options, compile};
use countersign_keys::breached::range::Question;
use countersign_outbound::guard::Guard;
use countersign_testkit::{Answer, Browser, World};
use countersign_web::breached::Breached;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub const KNOWN: &str = "flying teapot 77";
const GOOD: &str = "tulip bulbs in march";
const SAID: &str = "stolen elsewhere";

/// A file that is gone when it is closed.
fn nameless() -> std::fs::File {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("countersign-list-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    let file = std::fs::File::options().read(true).write(true).create_new(true).open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    file
}

/// A list of one password, in a file that is gone when it is closed.
pub fn list(damaged: bool) -> List<std::fs::File> {
    let mut file = nameless();
    compile(|| Ok(KNOWN.as_bytes()), &mut file, Options::default(), |_| {}).unwrap();
    let open = List::open(file.try_clone().unwrap()).unwrap();
    if damaged {
        file.set_len(30).unwrap();
        file.flush().unwrap();
    }
    open
}

async fn sign_up(browser: &mut Browser, password: &str) -> Answer {
    let page = browser.open("/signup").await;
    let fill = [("identifier", "cleo@example.com"), ("new-password", password)];
    browser.press(&page, "continue", &fill).await
}

#[tokio::test]
async fn a_password_of_the_list_is_refused_at_sign_up_change_and_reset() {
    let world = World::new().await;
    world.server.app.breached.store(Arc::new(Breached::new(Some(list(false)), None)));
    let mut browser = world.server.browser();
    let page = sign_up(&mut browser, KNOWN).await;
    assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY && page.body.contains(SAID), "{}", page.body);
    assert!(page.body.contains("value=\"cleo@example.com\""));
    assert_eq!(sign_up(&mut browser, GOOD).await.status, StatusCode::OK);

    let mut own = world.browser_of(&world.anna).await;
    let page = own.open("/account/security").await;
    let fill = |new| [("current-password", world.anna.password.as_str()), ("new-password", new)];
    let refused = own.press(&page, "continue", &fill(KNOWN)).await;
    assert!(refused.body.contains(SAID), "{}", refused.body);
    let page = own.open("/account/security").await;
    assert!(!own.press(&page, "continue", &fill(GOOD)).await.body.contains(SAID));

    let mut browser = world.server.browser();
    let page = browser.open("/forgot").await;
    browser.press(&page, "continue", &[("identifier", "ben@example.com")]).await;
    let (links, _) = mailed(&world.server, "ben@example.com", "Choose a new password").await;
    let page = browser.open(&links[0]).await;
    let refused = browser.press(&page, "continue", &[("new-password", KNOWN)]).await;
    assert!(refused.body.contains(SAID), "{}", refused.body);
    let done = browser.press(&refused, "continue", &[("new-password", GOOD)]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
}

/// Who has a known password already still gets in: they are not the ones to be kept out.
#[tokio::test]
async fn a_known_password_still_signs_in() {
    let world = World::new().await;
    let mut file = nameless();
    let password = world.anna.password.clone();
    compile(|| Ok(password.as_bytes()), &mut file, Options::default(), |_| {}).unwrap();
    let list = List::open(file).unwrap();
    assert!(list.has(&world.anna.password).unwrap());
    world.server.app.breached.store(Arc::new(Breached::new(Some(list), None)));
    let rp = world.rp("planner");
    world.sign_in(&mut world.server.browser(), &rp, &rp.request(), &world.anna).await;
}

#[tokio::test]
async fn a_list_that_breaks_keeps_nobody_out_and_is_counted() {
    let world = World::new().await;
    world.server.app.breached.store(Arc::new(Breached::new(Some(list(true)), None)));
    assert_eq!(sign_up(&mut world.server.browser(), KNOWN).await.status, StatusCode::OK);
    assert_eq!(world.server.app.breached.load().unanswered(), 1);
}

/// A source on this machine that knows one password; `status` is what it answers. Counts what it was asked.
async fn source(status: StatusCode) -> (Breached, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let answer = async move |Path(prefix): Path<String>, headers: HeaderMap| {
        count.fetch_add(1, Ordering::Relaxed);
        assert!(prefix.len() == 5 && headers.get("add-padding").is_some(), "no more than five digits leave");
        let rest = |password: &str| {
            let hash = countersign_keys::breached::sha1(password.as_bytes());
            hash.iter().map(|b| format!("{b:02X}")).collect::<String>().split_off(5)
        };
        let known = prefix == Question::of(KNOWN).prefix;
        let body =
            format!("{}:0\r\n{}:3\r\n", "0".repeat(35), if known { rest(KNOWN) } else { "F".repeat(35) });
        (status, body)
    };
    let routes = Router::new().route("/range/{prefix}", get(answer));
    let door = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = door.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(door, routes).await });
    let url = format!("http://127.0.0.1:{port}/range/").parse().unwrap();
    let guard = Guard::builder().allow("127.0.0.1", port).build();
    (Breached::new(None, Some((url, guard))), asked)
}

#[tokio::test]
async fn a_source_is_asked_by_five_digits_and_believed() {
    let world = World::new().await;
    let (breached, asked) = source(StatusCode::OK).await;
    world.server.app.breached.store(Arc::new(breached));
    let page = sign_up(&mut world.server.browser(), KNOWN).await;
    assert!(page.body.contains(SAID), "{}", page.body);
    assert_eq!(sign_up(&mut world.server.browser(), GOOD).await.status, StatusCode::OK);
    assert_eq!(
        sign_up(&mut world.server.browser(), "qwertyuiop").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(asked.load(Ordering::Relaxed), 2, "what the rules refuse is not asked");
}

#[tokio::test]
async fn a_source_that_fails_keeps_nobody_out_and_rests_for_a_while() {
    let world = World::new().await;
    let (breached, asked) = source(StatusCode::SERVICE_UNAVAILABLE).await;
    world.server.app.breached.store(Arc::new(breached));
    for _ in 0..3 {
        assert_eq!(sign_up(&mut world.server.browser(), KNOWN).await.status, StatusCode::OK);
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!(world.server.app.breached.load().unanswered(), 1);
}
