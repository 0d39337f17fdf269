//! RFC 7523 2.1 over HTTP: a service asks for itself by an assertion that it signed.

use crate::client_auth::{claims, sign};
use crate::grants::{API, FILES, House, SECRET, Tokens, basic, client, refusal};
use countersign_core::oauth::client_auth::JWT_BEARER as CLIENT_ASSERTION;
use countersign_core::oauth::token::JWT_BEARER;
use countersign_core::oauth::{ClientAuth, ClientKeys, GrantType};
use countersign_jose::{Alg, SigningKey, peek_claims};
use countersign_store::counted;
use countersign_testkit::browser::Answer;
use futures_util::future::join_all;
use serde_json::{Value, json};

const GRANT: (&str, &str) = ("grant_type", JWT_BEARER);

async fn ask(house: &House, assertion: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![GRANT, ("assertion", assertion)];
    fields.extend(more);
    house.server.browser().form("/token", &[], &fields).await
}

#[tokio::test]
async fn a_services_own_assertion_buys_a_token_for_itself() {
    let house = House::build().await;
    for more in [vec![], vec![("client_id", "signer")]] {
        let assertion = sign(&house.key, &claims(&house, "signer"));
        let answer = ask(&house, &assertion, &more).await;
        let told = peek_claims(&Tokens::of(&answer).access).unwrap();
        assert_eq!(
            (&told["sub"], &told["client_id"], &told["aud"]),
            (&json!("signer"), &json!("signer"), &json!(API))
        );
        assert!(told.get("gid").is_none() && told.get("sid").is_none() && told.get("act").is_none());
        assert!(answer.json().get("refresh_token").is_none() && answer.json().get("id_token").is_none());
        assert_eq!(refusal(&ask(&house, &assertion, &more).await), (400, "invalid_grant".into()), "once");
    }
    let narrow = [("resource", FILES), ("scope", "plans:read")];
    let answer = ask(&house, &sign(&house.key, &claims(&house, "signer")), &narrow).await;
    let told = peek_claims(&Tokens::of(&answer).access).unwrap();
    assert_eq!((&told["aud"], &told["scope"]), (&json!(FILES), &json!("plans:read")));
    for (more, code) in [
        (("scope", "admin"), "invalid_scope"),
        (("scope", "openid"), "invalid_scope"),
        (("resource", "https://evil.example"), "invalid_target"),
    ] {
        let answer = ask(&house, &sign(&house.key, &claims(&house, "signer")), &[more]).await;
        assert_eq!(refusal(&answer), (400, code.into()));
    }
}

/// Nobody's subject but its own, and nothing that was not signed for this.
#[tokio::test]
async fn an_assertion_about_anybody_else_buys_nothing() {
    let house = House::build().await;
    let now = house.server.now().seconds();
    let altered = |name: &str, value: Value| {
        let mut claims = claims(&house, "signer");
        claims[name] = value;
        sign(&house.key, &claims)
    };
    let other = SigningKey::generate(Alg::Es256).unwrap().with_kid(house.key.kid()).unwrap();
    let good = claims(&house, "signer");
    for (why, assertion) in [
        ("a person's subject", altered("sub", json!(house.subject.as_str()))),
        ("another service's", altered("sub", json!("compat"))),
        ("issued by another", altered("iss", json!("compat"))),
        ("a client without keys", sign(&house.key, &claims(&house, "planner"))),
        ("nobody", sign(&house.key, &claims(&house, "nobody"))),
        ("another key", sign(&other, &good)),
        ("aud other", altered("aud", json!("https://other.example"))),
        ("aud the token endpoint, under oauth21", altered("aud", json!("https://id.example/token"))),
        ("expired", altered("exp", json!(now - 1))),
        ("no exp", altered("exp", Value::Null)),
        ("exp far", altered("exp", json!(now + 100_000))),
        ("no jti", altered("jti", Value::Null)),
        ("from the future", altered("nbf", json!(now + 120))),
        ("typed as an access token", house.key.sign(Some("at+jwt"), good.to_string().as_bytes()).unwrap()),
        (
            "typed as a client's authentication",
            house.key.sign(Some("client-authentication+jwt"), good.to_string().as_bytes()).unwrap(),
        ),
        ("not a JWT", "x.y.z".to_owned()),
    ] {
        assert_eq!(refusal(&ask(&house, &assertion, &[]).await), (400, "invalid_grant".into()), "{why}");
    }
    assert_eq!(refusal(&ask(&house, "", &[]).await), (400, "invalid_request".into()));
    let mut claims = claims(&house, "compat");
    claims["aud"] = json!("https://id.example/token");
    assert_eq!(ask(&house, &sign(&house.key, &claims), &[]).await.status, 200, "by the profile");
    assert_eq!(ask(&house, &sign(&house.key, &good), &[]).await.status, 200, "no try above has burnt it");
}

/// RFC 7521 4.1: authentication beside the assertion must be of the same client, and must hold.
#[tokio::test]
async fn beside_an_assertion_only_its_own_client_may_authenticate() {
    let house = House::build().await;
    let assertion = || sign(&house.key, &claims(&house, "signer"));
    let typ = ("client_assertion_type", CLIENT_ASSERTION);
    let (grant, proof) = (assertion(), assertion());
    let both = ask(&house, &grant, &[("client_assertion", &proof), typ]).await;
    assert_eq!(both.status, 200, "{}", both.body);
    let same = assertion();
    let twice = ask(&house, &same, &[("client_assertion", &same), typ]).await;
    assert_eq!(refusal(&twice), (400, "invalid_grant".into()), "one assertion counts once");
    let compat = sign(&house.key, &claims(&house, "compat"));
    let foreign = ask(&house, &assertion(), &[("client_assertion", &compat), typ]).await;
    assert_eq!(refusal(&foreign), (400, "invalid_grant".into()));
    assert_eq!(
        refusal(&ask(&house, &assertion(), &[("client_id", "spa")]).await),
        (400, "invalid_grant".into())
    );
    let secret = [("client_id", "poster"), ("client_secret", SECRET)];
    assert_eq!(refusal(&ask(&house, &assertion(), &secret).await), (400, "invalid_grant".into()));
    for header in [basic("planner", "wrong"), "Bearer x".to_owned()] {
        let assertion = assertion();
        let fields = [GRANT, ("assertion", assertion.as_str())];
        let answer = house.server.browser().form("/token", &[("authorization", &header)], &fields).await;
        assert_eq!(refusal(&answer), (401, "invalid_client".into()), "what is presented must hold");
    }
}

#[tokio::test]
async fn only_a_client_that_is_registered_for_it_gets_a_token() {
    let house = House::build().await;
    let keys = ClientKeys::Jwks(json!({ "keys": [house.key.public_jwk()] }));
    let mut without = client("without", ClientAuth::PrivateKeyJwt { keys: keys.clone() });
    without.grant_types.retain(|grant| *grant != GrantType::JwtBearer);
    house.server.register(without).await;
    let mut off = client("off", ClientAuth::PrivateKeyJwt { keys });
    off.disabled = true;
    house.server.register(off).await;
    for (id, code) in [("without", "unauthorized_client"), ("off", "invalid_grant")] {
        let answer = ask(&house, &sign(&house.key, &claims(&house, id)), &[]).await;
        assert_eq!(refusal(&answer), (400, code.into()), "{id}");
    }
    let header = basic("planner", SECRET);
    let fields = [("grant_type", "client_credentials")];
    let answer = house.server.browser().form("/token", &[("authorization", &header)], &fields).await;
    assert_eq!(answer.status, 200, "other grants ask as before");
    let anonymous = house.server.browser().form("/token", &[], &fields).await;
    assert_eq!(refusal(&anonymous), (401, "invalid_client".into()));
}

/// of many at once, one.
#[tokio::test]
async fn of_twenty_that_present_one_assertion_one_gets_a_token() {
    let house = House::build().await;
    let assertion = sign(&house.key, &claims(&house, "signer"));
    let answers = join_all((0..20).map(|_| ask(&house, &assertion, &[]))).await;
    assert_eq!(answers.iter().filter(|it| it.status == 200).count(), 1);
    let assertion = sign(&house.key, &claims(&house, "signer"));
    let (answer, cost) = counted(ask(&house, &assertion, &[])).await;
    assert_eq!((answer.status.as_u16(), cost.statements, cost.commits), (200, 1, 1));
}
