//! RFC 7636, RFC 9700 4.8: wrong, missing or plain.

use super::refused;
use countersign_testkit::{AuthRequest, World};

/// public and confidential clients under `oauth21`; public ones under any profile.
#[tokio::test]
async fn a_request_without_s256_is_refused() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    for client in ["planner", "phone"] {
        let rp = world.rp(client);
        let good = rp.request();
        let challenge = good.get("code_challenge").to_owned();
        for bad in [
            good.clone().without_pkce(),
            good.clone().without("code_challenge"),
            good.clone().without("code_challenge_method"),
            good.clone().with("code_challenge_method", "plain"),
            good.clone().with("code_challenge_method", "s256"),
            good.clone().with("code_challenge_method", "plain").with("code_challenge", &good.verifier),
            good.clone().with("code_challenge", &challenge[1..]),
            good.clone().with("code_challenge", &format!("{challenge}=")),
            good.clone().with("code_challenge", &"a".repeat(129)),
            good.clone().with("code_challenge", &challenge.replace(&challenge[..1], "+")),
        ] {
            let callback = rp.callback(&browser.get(&bad.path()).await);
            assert_eq!(callback.error(), "invalid_request", "{:?}", bad.params);
        }
    }
}

/// `plain` is refused even where PKCE is optional.
#[tokio::test]
async fn plain_is_refused_on_oidc_compat_too() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let rp = world.rp("compat");
    for method in ["plain", "none"] {
        let bad = rp.request().with("code_challenge_method", method);
        assert_eq!(rp.callback(&browser.get(&bad.path()).await).error(), "invalid_request");
    }
    let defaulted = rp.request().without("code_challenge_method");
    assert_eq!(rp.callback(&browser.get(&defaulted.path()).await).error(), "invalid_request");
}

/// challenge sent as verifier, verifier missing, another one; none of them spends the code.
#[tokio::test]
async fn a_wrong_verifier_is_refused_and_the_right_one_still_works() {
    let world = World::new().await;
    for client in ["planner", "phone", "compat"] {
        let rp = world.rp(client);
        let (code, request) = world.code(client, "openid").await;
        let challenge = request.get("code_challenge").to_owned();
        let other = rp.request().verifier;
        let swapped = format!("{}A", &request.verifier[..request.verifier.len() - 1]);
        for verifier in
            [challenge.as_str(), &other, &swapped, &request.verifier[1..], "short", &"v".repeat(200), " "]
        {
            if verifier == request.verifier {
                continue;
            }
            let wrong = AuthRequest { verifier: verifier.to_owned(), ..request.clone() };
            refused(&rp.redeem(&code, &wrong, world.now()).await, 400, "invalid_grant");
        }
        let without = request.clone().without_pkce();
        refused(&rp.redeem(&code, &without, world.now()).await, 400, "invalid_grant");
        assert_eq!(rp.redeem(&code, &request, world.now()).await.status, 200, "the control");
    }
}

/// RFC 9700 4.8.2: a verifier for a request that had no challenge.
#[tokio::test]
async fn a_verifier_without_a_challenge_is_a_downgrade() {
    let world = World::new().await;
    let mut browser = world.browser_of(&world.anna).await;
    let rp = world.rp("compat");
    let bare = rp.request().without_pkce();
    let callback = rp.callback(&browser.open(&bare.path()).await);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", callback.code()),
        ("redirect_uri", &rp.redirect_uri),
        ("code_verifier", &bare.verifier),
    ];
    refused(&rp.post("/token", &fields, world.now()).await, 400, "invalid_grant");
    assert_eq!(rp.redeem(callback.code(), &bare, world.now()).await.status, 200, "the control");
}
