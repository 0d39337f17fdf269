//! Fifty callers rotate once; nobody meets a kid that is not in a key set of the stated age.

use super::{Nodes, START, both, env, master_keys, sealer};
use crate::keys;
use countersign_core::time::{days, minutes};
use countersign_core::{Policy, Timestamp};
use countersign_jose::{Alg, JwkSet, TypRule, peek_header, verify};
use countersign_keys::Sealer;
use countersign_keys::rotation::{JWKS_MAX_AGE, Phase, RotationPolicy};
use countersign_store::{Db, unit};
use countersign_testkit::{ISSUER, RelyingParty, TestServer, World, postgres_url};
use countersign_web::keyring::{self, Wish};
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;

fn es256() -> RotationPolicy {
    RotationPolicy { algs: vec![Alg::Es256], ..RotationPolicy::default() }
}

/// Fifty of the same wish at the same moment, half of them on each node.
async fn fifty(nodes: &Nodes, sealer: &Sealer, wish: &Wish, now: Timestamp) -> usize {
    let barrier = Arc::new(Barrier::new(50));
    let all = (0..50).map(|n| {
        let (db, sealer, wish) = (nodes.node(n), sealer.clone(), wish.clone());
        let (env, barrier) = (env(&sealer, now), barrier.clone());
        tokio::spawn(async move {
            barrier.wait().await;
            keyring::tend(&db, &sealer, &es256(), &wish, &env).await.unwrap()
        })
    });
    join_all(all).await.into_iter().filter(|changed| *changed.as_ref().unwrap()).count()
}

async fn phases(db: &Db, now: Timestamp) -> Vec<Phase> {
    let mut phases: Vec<_> =
        keyring::stored(db).await.unwrap().iter().map(|key| key.schedule.phase(now)).collect();
    phases.sort_unstable();
    phases
}

both! {
    async fn fifty_callers_make_one_key_one_successor_and_one_rotation(nodes: &Nodes) {
        let [key] = master_keys();
        let sealer = sealer(&key);
        let db = &nodes.one;
        // Everybody who is too late plans again, and half a moment later the successor is due: one of each.
        fifty(nodes, &sealer, &Wish::Due, START).await;
        fifty(nodes, &sealer, &Wish::Due, START).await;
        assert_eq!(phases(db, START).await, [Phase::Active, Phase::Next]);
        let now = START + days(1);
        assert_eq!(fifty(nodes, &sealer, &Wish::Replace(Alg::Es256), now).await, 1);
        assert_eq!(phases(db, now).await, [Phase::Active, Phase::Retiring]);
        fifty(nodes, &sealer, &Wish::Due, now).await;
        assert_eq!(phases(db, now).await, [Phase::Active, Phase::Next, Phase::Retiring]);
        // Again, while it is still the same rotation for caches.
        assert_eq!(fifty(nodes, &sealer, &Wish::Replace(Alg::Es256), now + minutes(1)).await, 0);
        // A key leaks: fifty people say so.
        let infos = keyring::stored(db).await.unwrap();
        let kid = infos.iter().find(|key| key.schedule.phase(now) == Phase::Active).unwrap().kid.clone();
        assert_eq!(fifty(nodes, &sealer, &Wish::Revoke(kid), now + minutes(2)).await, 1);
        assert_eq!(phases(db, now + minutes(2)).await, [Phase::Active, Phase::Retiring]);
        let rows = unit(|tx| Box::pin(async move { countersign_store::audit::waits(tx).await }));
        assert!(db.read(rows).await.unwrap(), "each change is in the record");
    }

    async fn a_master_key_that_is_not_ours_changes_nothing(nodes: &Nodes) {
        let [ours, theirs] = master_keys();
        let db = &nodes.one;
        let (ours, theirs) = (sealer(&ours), sealer(&theirs));
        keyring::tend(db, &ours, &es256(), &Wish::Due, &env(&ours, START)).await.unwrap();
        let error = keyring::load(db, &theirs, START).await.unwrap_err().to_string();
        assert!(error.contains("not among the configured master keys"), "{error}");
        countersign_web::custody::root(db, &ours, &countersign_keys::SystemRng, START).await.unwrap();
        let error = countersign_web::custody::root(db, &theirs, &countersign_keys::SystemRng, START).await;
        assert!(error.unwrap_err().to_string().contains("not among the configured master keys"));
    }
}

/// The servers under test, and a validator that keeps the key set for exactly as long as it may.
struct Scene {
    world: World,
    second: Option<TestServer>,
    cached: JwkSet,
    cached_at: Timestamp,
}

impl Scene {
    async fn new(world: World, second: Option<TestServer>) -> Self {
        let (cached, cached_at) = (JwkSet::default(), Timestamp::from_seconds(0));
        let scene = Self { world, second, cached, cached_at };
        scene.hear(0).await;
        scene.hear(1).await;
        scene
    }

    fn server(&self, n: usize) -> &TestServer {
        self.second.as_ref().filter(|_| n % 2 == 1).unwrap_or(&self.world.server)
    }

    fn now(&self) -> Timestamp {
        self.world.server.now()
    }

    fn advance(&self, by: Duration) {
        self.world.server.advance(by);
        if let Some(second) = &self.second {
            second.advance(by);
        }
    }

    /// A node hears of the change. (The tests' clock runs ahead of the poll.)
    async fn hear(&self, n: usize) {
        let app = &self.server(n).app;
        app.keys.exchange(keyring::load(&app.db, &app.sealer, app.clock.now()).await.unwrap());
    }

    async fn wish(&self, wish: &Wish) {
        let app = &self.server(0).app;
        keyring::tend(&app.db, &app.sealer, &short(), wish, &app.env()).await.unwrap();
    }

    /// Asks the n-th node for the key set, if the copy is as old as it may be.
    async fn key_set(&mut self, n: usize) {
        if self.now() >= self.cached_at + JWKS_MAX_AGE {
            let answer = self.server(n).browser().get("/jwks.json").await;
            self.cached = JwkSet::parse(answer.body.as_bytes()).unwrap();
            self.cached_at = self.now();
        }
    }

    async fn token(&self, n: usize) -> String {
        let rp = RelyingParty { http: self.server(n).browser(), ..self.world.rp("service") };
        let fields = [("grant_type", "client_credentials")];
        let answer = rp.post("/token", &fields, self.now().seconds()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    fn verifies(&self, token: &str) -> bool {
        let keys: Vec<_> = self.cached.keys.iter().map(|key| key.to_public_key().unwrap()).collect();
        verify(token, &keys, &[Alg::Es256], TypRule::OneOf(&["at+jwt"])).is_ok()
    }
}

/// The calendar in quick motion: a key signs for twenty minutes.
fn short() -> RotationPolicy {
    let algs = vec![Alg::Es256];
    RotationPolicy {
        algs,
        period: minutes(20),
        publish_lead: minutes(7),
        keep: minutes(15),
        ..RotationPolicy::default()
    }
}

/// Minute by minute through eight hours: rotations by calendar and by hand, a key revoked, tokens of both nodes, while
/// the second node hears late.
async fn nobody_meets_an_unknown_kid(mut scene: Scene) {
    let (mut kids, mut revoked) = (std::collections::BTreeSet::new(), 0);
    for minute in 0..480_usize {
        scene.advance(minutes(1));
        let before = scene.token(0).await;
        match minute % 50 {
            13 => scene.wish(&Wish::Replace(Alg::Es256)).await,
            40 => {
                revoked += 1;
                scene.wish(&Wish::Revoke(peek_header(&before).unwrap().kid.unwrap())).await;
            }
            _ => {}
        }
        scene.wish(&Wish::Due).await;
        scene.hear(0).await;
        // A copy that is fetched now comes from the node that has not heard yet.
        scene.key_set(1).await;
        let fresh = scene.token(0).await;
        assert!(scene.verifies(&fresh), "minute {minute}: {:?}", peek_header(&fresh).unwrap().kid);
        scene.hear(1).await;
        let other = scene.token(1).await;
        assert!(scene.verifies(&other), "minute {minute}: {:?}", peek_header(&other).unwrap().kid);
        kids.insert(peek_header(&other).unwrap().kid.unwrap());
    }
    assert!(kids.len() >= 24 && revoked >= 9, "{} keys, {revoked} revoked", kids.len());
}

#[tokio::test]
async fn a_validator_with_a_copy_of_the_stated_age_knows_every_kid() {
    nobody_meets_an_unknown_kid(Scene::new(World::new().await, None).await).await;
}

#[tokio::test]
async fn a_validator_with_a_copy_from_either_of_two_nodes_knows_every_kid() {
    let Some(url) = postgres_url().await else { return };
    let world = World::on(&url).await;
    let second = TestServer::with(&url, Policy::new(ISSUER)).await;
    nobody_meets_an_unknown_kid(Scene::new(world, Some(second)).await).await;
}

#[tokio::test]
async fn a_070_what_a_revoked_key_signed_is_refused_at_once_and_its_known_successor_signs() {
    let world = World::new().await;
    let (app, rp) = (&world.server.app, world.rp("planner"));
    let tokens = world.tokens("planner", "openid offline_access").await;
    let active = async |token: &str| {
        rp.post("/introspect", &[("token", token)], world.now()).await.json()["active"].clone()
    };
    assert_eq!(active(&tokens.access).await, true, "the control");
    let published = world.server.browser().get("/jwks.json").await.body;
    world.server.advance(minutes(7));
    let kid = peek_header(&tokens.access).unwrap().kid.unwrap();
    let policy = RotationPolicy::default();
    keyring::tend(&app.db, &app.sealer, &policy, &Wish::Revoke(kid.clone()), &app.env()).await.unwrap();
    // The change counter is polled; nobody has to do anything.
    for _ in 0..100 {
        if !world.server.browser().get("/jwks.json").await.body.contains(&kid) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!world.server.browser().get("/jwks.json").await.body.contains(&kid));
    assert_eq!(active(&tokens.access).await, false);
    assert_eq!(rp.userinfo(&tokens.access).await.status, 401);
    // The grant lives, and its next token is signed by a key that was in everybody's copy before.
    let next = rp.refresh(tokens.refresh.as_ref().unwrap(), world.now()).await;
    let access = next.json()["access_token"].as_str().unwrap().to_owned();
    assert!(published.contains(&peek_header(&access).unwrap().kid.unwrap()));
    assert_eq!(active(&access).await, true);
}

/// A key is kept for as long as the policy in force lets anything live that it signed.
#[tokio::test]
async fn keys_are_kept_for_the_longest_life_that_is_configured() {
    let [key] = keys::master_keys();
    let sealer = keys::sealer(&key);
    let nodes = Nodes::on_sqlite().await;
    let mut env = env(&sealer, START);
    let mut policy = Policy::new(ISSUER);
    policy.lifetimes.session_absolute = days(200);
    env.policy = Arc::new(policy);
    for _ in 0..2 {
        keyring::tend(&nodes.one, &sealer, &es256(), &Wish::Due, &env).await.unwrap();
    }
    let rows = keyring::stored(&nodes.one).await.unwrap();
    let ending = rows.iter().find_map(|row| row.schedule.ending).unwrap();
    assert!(ending.remove_from >= ending.retire_from + days(200));
}
