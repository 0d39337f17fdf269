//! Single use, raced through HTTP: fifty callers at once, on SQLite and on two nodes over one PostgreSQL.

use crate::login::device::{Device, enter};
use crate::login::{first_page, mailed_link};
use countersign_core::Policy;
use countersign_testkit::world::DEVICE;
use countersign_testkit::{Answer, Browser, ISSUER, RelyingParty, TestServer, Tokens, World, postgres_url};
use futures_util::future::join_all;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::Barrier;

/// One database and the nodes that serve it.
struct Nodes {
    world: World,
    second: Option<TestServer>,
}

impl Nodes {
    async fn on_sqlite() -> Self {
        Self { world: World::new().await, second: None }
    }

    /// `None` only where PostgreSQL is not installed and nobody promised it.
    async fn on_postgres() -> Option<Self> {
        let url = postgres_url().await?;
        let world = World::on(&url).await;
        let second = TestServer::with(&url, Policy::new(ISSUER)).await;
        Some(Self { world, second: Some(second) })
    }

    /// The router of the n-th caller's node.
    fn node(&self, n: usize) -> Browser {
        match &self.second {
            Some(second) if n % 2 == 1 => second.browser(),
            Some(_) | None => self.world.server.browser(),
        }
    }

    fn rp(&self, client: &str, n: usize) -> RelyingParty {
        RelyingParty { http: self.node(n), ..self.world.rp(client) }
    }
}

/// Starts all at the same moment.
async fn at_once<F: Future<Output = Answer> + Send + 'static>(all: Vec<F>) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(all.len()));
    let started = all.into_iter().map(|one| {
        let barrier = barrier.clone();
        tokio::spawn(async move {
            barrier.wait().await;
            one.await
        })
    });
    join_all(started).await.into_iter().map(Result::unwrap).collect()
}

macro_rules! on_both { ($($(#[$doc:meta])* async fn $name:ident($nodes:ident: &Nodes) $body:block)*) => {
    mod on_sqlite {
        $($(#[$doc])* #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $name() { super::$name(&super::Nodes::on_sqlite().await).await })*
    }
    mod on_two_nodes {
        $($(#[$doc])* #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $name() {
            if let Some(nodes) = super::Nodes::on_postgres().await { super::$name(&nodes).await }
        })*
    }
    $(async fn $name($nodes: &Nodes) $body)*
} }

on_both! {
    /// one redemption wins, the rest hear `invalid_grant`, and since a code used twice is a code stolen,
    /// what it bought has ended.
    async fn a_035_fifty_redemptions_of_one_code(nodes: &Nodes) {
        let (code, request) = nodes.world.code("planner", "openid offline_access").await;
        let now = nodes.world.now();
        let callers = (0..50).map(|n| {
            let (rp, code, request) = (nodes.rp("planner", n), code.clone(), request.clone());
            async move { rp.redeem(&code, &request, now).await }
        });
        let answers = at_once(callers.collect()).await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 200);
        assert_eq!(good.len(), 1, "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
        assert!(bad.iter().all(|it| it.status == 400 && it.json()["error"] == "invalid_grant"), "{:?}", bad[0].body);
        let tokens = Tokens::of(good[0]);
        for n in 0..2 {
            let rp = nodes.rp("planner", n);
            assert_eq!(rp.userinfo(&tokens.access).await.status, 401);
            assert_eq!(rp.refresh(tokens.refresh.as_deref().unwrap(), now).await.status, 400);
        }
    }

    /// fifty callers with one refresh token within its grace get one successor, and it works.
    async fn a_054_fifty_refreshes_with_one_token(nodes: &Nodes) {
        let tokens = nodes.world.tokens("planner", "openid offline_access").await;
        let (old, now) = (tokens.refresh.unwrap(), nodes.world.now());
        let callers = (0..50).map(|n| {
            let (rp, old) = (nodes.rp("planner", n), old.clone());
            async move { rp.refresh(&old, now).await }
        });
        let answers = at_once(callers.collect()).await;
        let successors: std::collections::BTreeSet<_> =
            answers.iter().map(|it| Tokens::of(it).refresh.unwrap()).collect();
        assert_eq!(successors.len(), 1, "one child family");
        let next = nodes.rp("planner", 1).refresh(successors.first().unwrap(), now).await;
        assert_eq!(next.status, 200);
    }

    /// a revocation that meets a rotation leaves nothing alive.
    async fn a_055_a_revocation_races_rotations(nodes: &Nodes) {
        for _ in 0..5 {
            let tokens = nodes.world.tokens("planner", "openid offline_access").await;
            let (old, now) = (tokens.refresh.unwrap(), nodes.world.now());
            let callers = (0..10).map(|n| {
                let (rp, old) = (nodes.rp("planner", n), old.clone());
                async move {
                    if n == 5 {
                        rp.post("/revoke", &[("token", &old)], now).await
                    } else {
                        rp.refresh(&old, now).await
                    }
                }
            });
            let answers = at_once(callers.collect()).await;
            let rp = nodes.rp("planner", 0);
            for answer in answers.iter().filter(|it| it.status == 200 && !it.body.is_empty()) {
                let given = Tokens::of(answer);
                assert_eq!(rp.userinfo(&given.access).await.status, 401, "alive after the revocation");
                assert_eq!(rp.refresh(&given.refresh.unwrap(), now).await.status, 400);
            }
            assert_eq!(rp.refresh(&old, now).await.status, 400);
        }
    }

    /// RFC 8628 3.5: of fifty questions with one device code that was allowed one has the tokens, and they live on; before
    /// that, fifty at once are all told to wait, on every node.
    async fn a_060_fifty_questions_with_one_device_code(nodes: &Nodes) {
        let world = &nodes.world;
        let device = Device::of(world, "television", "openid offline_access").await;
        let ask = || {
            let callers = (0..50).map(|n| {
                let (rp, code, now) = (nodes.rp("television", n), device.code().to_owned(), world.now());
                async move { rp.post("/token", &[("grant_type", DEVICE), ("device_code", &code)], now).await }
            });
            at_once(callers.collect())
        };
        let waiting = ask().await;
        let heard = |error: &str| waiting.iter().filter(|it| it.json()["error"] == error).count();
        assert_eq!((heard("authorization_pending"), heard("slow_down")), (1, 49), "one interval for all nodes");
        let mut browser = world.browser_of(&world.anna).await;
        let asked = enter(&mut browser, device.user_code()).await;
        let presses = (0..10).map(|n| {
            let (mut other, asked) = (nodes.node(n), asked.clone());
            other.cookies.clone_from(&browser.cookies);
            async move { other.press(&asked, "allow", &[]).await }
        });
        let pressed = at_once(presses.collect()).await;
        assert_eq!(pressed.iter().filter(|it| it.body.contains("Your device is connected")).count(), 1);
        let answers = ask().await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 200);
        assert_eq!(good.len(), 1, "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
        assert!(bad.iter().all(|it| it.status == 400 && it.json()["error"] == "invalid_grant"), "{:?}", bad[0].body);
        let tokens = Tokens::of(good[0]);
        for n in 0..2 {
            assert_eq!(nodes.rp("television", n).userinfo(&tokens.access).await.status, 200);
        }
    }

    /// twenty presses of one link sign in once.
    async fn a_112_twenty_presses_of_one_link(nodes: &Nodes) {
        let world = &nodes.world;
        let mut browser = world.server.browser();
        let (_, _, first) = first_page(world, &mut browser).await;
        browser.press(&first, "send-link", &[("identifier", "anna@example.com")]).await;
        let link = mailed_link(&world.server, "anna@example.com").await;
        let mut callers = Vec::new();
        for n in 0..20 {
            // Looking spends nothing: each has its page before anybody presses.
            let mut other = nodes.node(n);
            let page = other.get(&link).await;
            callers.push(async move { other.press_only(&page, "continue", &[]).await });
        }
        let answers = at_once(callers).await;
        let session = world.server.app.cookies.name(countersign_web::cookies::Cookie::Session);
        let signs_in = |it: &&Answer| {
            let lines = it.headers.get_all("set-cookie").iter();
            lines.map(|line| line.to_str().unwrap()).any(|line| line.starts_with(&format!("{session}=")) && !line.contains("Max-Age=0"))
        };
        assert_eq!(answers.iter().filter(signs_in).count(), 1);
        assert!(answers.iter().all(|it| !it.status.is_server_error()));
    }

    /// A finished flow: the same consent pressed in twenty tabs gives one code.
    async fn a_012_twenty_presses_of_one_consent(nodes: &Nodes) {
        let rp = nodes.world.rp("stranger");
        let mut browser = nodes.world.browser_of(&nodes.world.anna).await;
        let page = browser.open(&rp.request().path()).await;
        let callers = (0..20).map(|n| {
            let (mut tab, page) = (nodes.node(n), page.clone());
            tab.cookies = browser.cookies.clone();
            async move { tab.press_only(&page, "allow", &[]).await }
        });
        let answers = at_once(callers.collect()).await;
        let codes = answers.iter().filter(|it| it.header("location").contains("code=")).count();
        assert_eq!(codes, 1, "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
        assert!(answers.iter().all(|it| !it.status.is_server_error()));
    }
}

/// A change on one node is seen by the other: within a second, without a word between them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_ends_on_one_node_has_ended_on_the_other() {
    let Some(nodes) = Nodes::on_postgres().await else { return };
    let tokens = nodes.world.tokens("planner", "openid offline_access").await;
    let (here, there) = (nodes.rp("planner", 0), nodes.rp("planner", 1));
    assert_eq!(there.userinfo(&tokens.access).await.status, 200, "keys and clients are shared");
    let now = nodes.world.now();
    assert_eq!(here.post("/revoke", &[("token", &tokens.access)], now).await.status, 200);
    assert_eq!(there.userinfo(&tokens.access).await.status, 401);
    // A code of one node is redeemed on the other; a flow begun here ends there.
    let (code, request) = nodes.world.code("planner", "openid").await;
    assert_eq!(there.redeem(&code, &request, now).await.status, 200);
    let mut browser = nodes.world.server.browser();
    let (rp, _, first) = first_page(&nodes.world, &mut browser).await;
    let mut other = nodes.node(1);
    other.cookies.clone_from(&browser.cookies);
    let password = other.press(&first, "continue", &[("identifier", "anna@example.com")]).await;
    browser.cookies.clone_from(&other.cookies);
    let end = browser.press(&password, "continue", &[("password", "correct horse battery")]).await;
    assert!(!rp.callback(&end).code().is_empty());
}
