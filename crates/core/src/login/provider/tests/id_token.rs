//! Which ID tokens count.

use super::super::answer::BadAnswer;
use super::super::id_token::{IdTokenRefused, check};
use super::*;
use serde_json::Map;

fn claims(ctx: &Ctx<'_>, change: Value) -> Map<String, Value> {
    let mut all = json!({
        "iss": "https://idp.example", "sub": "1", "aud": "us", "nonce": "n",
        "exp": ctx.now.seconds() + 300, "iat": ctx.now.seconds(),
    });
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => drop(all.as_object_mut().unwrap().remove(name)),
            _ => all[name] = value.clone(),
        }
    }
    all.as_object().unwrap().clone()
}

#[test]
fn an_id_token_says_who_for_whom_when_and_in_answer_to_what() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let provider = oidc();
    let run = |change: Value| check(&ctx, &claims(&ctx, change), &provider, &endpoints(&provider), "n").err();
    let now = ctx.now.seconds();
    use IdTokenRefused::*;
    for (change, expected) in [
        (json!({}), None),
        (json!({ "aud": ["us"] }), None),
        (json!({ "aud": ["us", "them"], "azp": "us" }), None),
        (json!({ "iss": "https://idp.example/" }), Some(Issuer)),
        (json!({ "iss": null }), Some(Issuer)),
        (json!({ "aud": "them" }), Some(Audience)),
        (json!({ "aud": null }), Some(Audience)),
        (json!({ "aud": ["us", "them"] }), Some(AuthorizedParty)),
        (json!({ "azp": "them" }), Some(AuthorizedParty)),
        (json!({ "exp": now - 31 }), Some(Expired)),
        (json!({ "exp": null }), Some(Expired)),
        (json!({ "exp": "9999999999" }), Some(Expired)),
        (json!({ "iat": now + 61 }), Some(Early)),
        (json!({ "nbf": now + 61 }), Some(Early)),
        (json!({ "iat": null }), Some(Early)),
        (json!({ "nonce": "m" }), Some(Nonce)),
        (json!({ "nonce": null }), Some(Nonce)),
        (json!({ "sub": null }), Some(Subject)),
        (json!({ "sub": "" }), Some(Subject)),
        (json!({ "sub": 1 }), Some(Subject)),
    ] {
        assert_eq!(run(change.clone()), expected, "{change}");
    }
}

const TID: &str = "11111111-2222-3333-4444-555555555555";

#[test]
fn of_many_tenants_each_token_names_its_own() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let entra = |tenant: &str| provider(json!({ "kind": "microsoft", "tenant": tenant }));
    let issuer = |tid: &str| format!("https://login.microsoftonline.com/{tid}/v2.0");
    let run = |tenant: &str, document: &str, change: Value| {
        let provider = entra(tenant);
        let endpoints = provider.endpoints(Some(&discovered(document, false)));
        endpoints.map(|it| check(&ctx, &claims(&ctx, change), &provider, &it, "n"))
    };
    let template = issuer("{tenantid}");
    let ok = |it: Result<Result<String, IdTokenRefused>, BadAnswer>| it.unwrap();
    let good = json!({ "iss": issuer(TID), "tid": TID });
    assert_eq!(ok(run("common", &template, good.clone())), Ok(issuer(TID)));
    assert_eq!(ok(run(TID, &issuer(TID), good.clone())), Ok(issuer(TID)));
    assert_eq!(ok(run("contoso.example", &issuer(TID), good)), Ok(issuer(TID)));
    let other = "99999999-2222-3333-4444-555555555555";
    for (change, expected) in [
        (json!({ "iss": issuer(TID), "tid": other }), IdTokenRefused::Tenant),
        (json!({ "iss": issuer(TID) }), IdTokenRefused::Tenant),
        (json!({ "iss": issuer("evil/x"), "tid": "evil/x" }), IdTokenRefused::Issuer),
        (json!({ "iss": "https://idp.example", "tid": TID }), IdTokenRefused::Issuer),
    ] {
        assert_eq!(ok(run("common", &template, change.clone())), Err(expected), "{change}");
    }
    let one = json!({ "iss": issuer(other), "tid": other });
    assert_eq!(ok(run(TID, &issuer(TID), one)), Err(IdTokenRefused::Issuer));
    let consumer = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let private = json!({ "iss": issuer(consumer), "tid": consumer });
    assert_eq!(ok(run("organizations", &template, private.clone())), Err(IdTokenRefused::Tenant));
    assert!(ok(run("common", &template, private)).is_ok());
    assert!(run(TID, &issuer(other), json!({})).is_err(), "the document of another tenant");
}
