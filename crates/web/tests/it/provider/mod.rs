//! Signing in with a provider: the stubs of `countersign dev` over real sockets, and one that lies.

mod accounts;
mod bad_answers;
mod hijack;
mod newcomer;
mod stubs;

use axum::Router;
use countersign_core::account::EmailAddress;
use countersign_core::login::provider::Provider;
use countersign_core::{Policy, TraceOutcome};
use countersign_dev::providers::{Providers as Stubs, Stub};
use countersign_outbound::guard::Guard;
use countersign_store::account::identities;
use countersign_store::{trace, unit};
use countersign_testkit::{Answer, Browser, ISSUER, TestServer, World, html};
use countersign_web::providers::{Providers, federated};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use url::Url;

/// A server, and the stubs that it can reach.
pub struct House {
    pub world: World,
    pub origin: String,
    pub stubs: Arc<Stubs>,
}

/// A listener on this machine, and the origin that it stands for.
pub async fn listen() -> (TcpListener, String, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, format!("http://127.0.0.1:{port}"), port)
}

pub fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(async move { axum::serve(listener, router).await });
}

impl House {
    pub async fn new() -> Self {
        Self::with(Policy::new(ISSUER), |_| {}).await
    }

    /// With another policy, and the providers changed before they are in force.
    pub async fn with(policy: Policy, change: impl Fn(&mut Provider)) -> Self {
        let (listener, origin, port) = listen().await;
        let guard = Guard::builder().allow("127.0.0.1", port).timeout(Duration::from_secs(20)).build();
        let mut declared = Stubs::declared(&origin);
        assert_eq!(declared.len(), 4);
        declared.iter_mut().for_each(change);
        let server = TestServer::guarded("sqlite::memory:", policy.clone(), guard).await;
        // As a reload does it.
        server.app.policy.store(Arc::new(Policy { federated: federated(&declared), ..policy }));
        server.app.providers.store(Arc::new(Providers::new(declared)));
        let stubs = Stubs::new(server.app.clone(), &origin);
        serve(listener, stubs.clone().router());
        Self { world: World::around(server).await, origin, stubs }
    }

    /// Presses the button of a provider on the first page of a sign-in: where the browser goes.
    pub async fn depart(&self, browser: &mut Browser, stub: Stub) -> Url {
        let page = browser.open(&self.world.rp("planner").request().path()).await;
        follow(browser, &page, &format!("provider-{}", stub.as_str())).await
    }

    /// Picks somebody there (or refuses, with an empty name), and says where the browser comes back to.
    pub async fn pick(&self, question: &Url, person: &str) -> String {
        let mut there = Browser::new(self.stubs.clone().router(), &self.origin);
        let page = there.get(question.as_str()).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let button = if person.is_empty() { "refuse".to_owned() } else { format!("person-{person}") };
        let back = there.press_only(&page, &button, &[]).await;
        let back = back.location().unwrap_or_else(|| panic!("{}", back.body));
        back.as_str().to_owned()
    }

    /// The whole way: the button, the stub, and back; the page or redirect that it ends at.
    pub async fn sign_in(&self, browser: &mut Browser, stub: Stub, person: &str) -> Answer {
        let question = self.depart(browser, stub).await;
        let back = self.pick(&question, person).await;
        browser.open(&back).await
    }

    /// The `sub` that `planner` gets for whoever is signed in in this browser.
    pub async fn subject(&self, browser: &mut Browser) -> Option<String> {
        let rp = self.world.rp("planner");
        let request = rp.request().with("prompt", "none");
        let end = browser.open(&request.path()).await;
        let callback = rp.callback(&end);
        if !callback.has("code") {
            return None;
        }
        let tokens = rp.redeem(callback.code(), &request, self.world.now()).await;
        Some(claims(&tokens)["sub"].as_str().unwrap().to_owned())
    }

    /// The subjects that are linked to this account.
    pub async fn linked(&self, person: &countersign_testkit::world::Person) -> Vec<String> {
        let user = person.id;
        let all = unit(move |tx| Box::pin(async move { identities::of_user(tx, user).await }));
        let all = self.world.server.app.db.read(all).await.unwrap();
        all.into_iter().map(|it| it.key.subject).collect()
    }

    /// Waits until some line of the trace says that this check refused.
    pub async fn refused(&self, check: &str) {
        refused(&self.world, check).await;
    }
}

/// Waits until some line of the trace says that this check refused.
pub async fn refused(world: &World, check: &str) {
    let mut seen = Vec::new();
    for _ in 0..100 {
        seen = checks(world).await;
        if seen.iter().any(|it| it == check) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no {check} in {seen:?}")
}

/// The names of the checks that refused anything so far.
pub async fn checks(world: &World) -> Vec<String> {
    world.server.app.trace.written().await;
    let newest = unit(|tx| Box::pin(async move { trace::latest(tx, 100).await }));
    let mut seen = Vec::new();
    for line in world.server.app.db.read(newest).await.unwrap() {
        let steps = unit(move |tx| Box::pin(async move { trace::steps(tx, line.flow).await }));
        for step in world.server.app.db.read(steps).await.unwrap() {
            if let TraceOutcome::Refused { check, .. } = step.outcome {
                seen.push(check);
            }
        }
    }
    seen
}

/// Follows the link with this id as far as it leaves us.
pub async fn follow(browser: &mut Browser, page: &Answer, id: &str) -> Url {
    let href =
        html::link(&page.body, id).unwrap_or_else(|| panic!("no link {id}: {}\n{}", page.status, page.body));
    let answer = browser.get(page.url.join(&href).unwrap().as_str()).await;
    answer.location().unwrap_or_else(|| panic!("{id} leads nowhere: {}\n{}", answer.status, answer.body))
}

/// The claims of the ID token in a token answer.
pub fn claims(answer: &Answer) -> serde_json::Map<String, serde_json::Value> {
    let token = answer.json()["id_token"].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned();
    countersign_jose::peek_claims(&token).unwrap()
}

pub fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}
