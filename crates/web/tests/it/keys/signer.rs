//! Private keys that somebody else holds, and who is slow or fails.

use countersign_jose::Alg;
use countersign_keys::{SignFuture, Signer, SignerError};
use countersign_testkit::{TestServer, World};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// 0 fails, 1 never answers, 2 answers bytes that are no signature.
struct Unwell(AtomicU8);

impl Signer for Unwell {
    fn sign<'a>(&'a self, _kid: &'a str, _alg: Alg, _input: &'a [u8]) -> SignFuture<'a> {
        Box::pin(async move {
            match self.0.load(Ordering::Relaxed) {
                0 => Err(SignerError::Failed("the module has no session".to_owned())),
                1 => std::future::pending().await,
                _ => Ok(vec![7; 64]),
            }
        })
    }
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "a stopwatch")]
async fn a_signer_that_fails_or_hangs_fails_its_token_alone() {
    let signer = Arc::new(Unwell(AtomicU8::new(0)));
    let world = World::around(TestServer::signed_by(signer.clone()).await).await;
    let rp = world.rp("service");
    let ask = async || rp.post("/token", &[("grant_type", "client_credentials")], world.now()).await;
    for how in [0, 1] {
        signer.0.store(how, Ordering::Relaxed);
        let began = Instant::now();
        // While one waits for its signature, the others are answered.
        let (token, others) = tokio::join!(ask(), async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let jwks = world.server.browser().get("/jwks.json").await;
            let page = world.server.browser().open(&world.rp("planner").request().path()).await;
            let took = began.elapsed();
            (jwks.status, page.status, took)
        });
        assert_eq!(token.status, 503, "{}", token.body);
        assert_eq!(token.json()["error"], "temporarily_unavailable");
        assert!(!token.body.contains("session"), "the cause is for the log: {}", token.body);
        assert!(!token.header("retry-after").is_empty());
        assert!(began.elapsed() < Duration::from_secs(4), "in time");
        assert_eq!((others.0.as_u16(), others.1.as_u16()), (200, 200));
        assert!(others.2 < Duration::from_secs(2), "not held up: {:?}", others.2);
    }
    // What comes back is put into the token as it is; validators judge it.
    signer.0.store(2, Ordering::Relaxed);
    let token = ask().await;
    assert_eq!(token.status, 200);
    let access = token.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(world.rp("planner").userinfo(&access).await.status, 401);
}
