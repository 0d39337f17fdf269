//! What is read out of the answers of a provider.

use super::super::answer::{BadAnswer, Facts, TokenAnswer};
use super::*;

#[test]
fn token_answers_come_as_json_and_as_a_form_and_errors_in_both() {
    let good = [
        "access_token=gho_x&scope=user%3Aemail&token_type=bearer",
        r#"{"access_token":"gho_x","token_type":"Bearer","scope":""}"#,
        r#" {"access_token":"gho_x"}"#,
    ];
    for body in good {
        assert_eq!(TokenAnswer::parse(body.as_bytes()).unwrap().access_token.as_str(), "gho_x", "{body}");
    }
    let refused = |body: &str| TokenAnswer::parse(body.as_bytes()).unwrap_err();
    let error = BadAnswer::Error("bad_verification_code".into());
    assert_eq!(refused("error=bad_verification_code&error_description=The+code"), error);
    assert_eq!(refused(r#"{"error":"bad_verification_code","access_token":"x"}"#), error);
    assert_eq!(refused(r#"{"access_token":"x","token_type":"mac"}"#), BadAnswer::NoToken);
    assert_eq!(refused(r#"{"access_token":"a\r\nb: c"}"#), BadAnswer::NoToken);
    assert_eq!(refused(r#"{"access_token":7}"#), BadAnswer::NoToken);
    assert_eq!(refused("{"), BadAnswer::Form);
    assert_eq!(refused("a=1&a=2"), BadAnswer::Form);
    assert_eq!(refused(""), BadAnswer::NoToken);
    assert_eq!(refused("<html>"), BadAnswer::NoToken);
}

#[test]
fn a_discovery_document_calls_itself_what_the_operator_wrote_and_leads_nowhere_without_tls() {
    let provider = oidc();
    let ask = |issuer: &str| provider.endpoints(Some(&discovered(issuer, false))).is_ok();
    assert!(ask("https://idp.example") && !ask("https://idp.example/") && !ask("https://evil.example"));
    let plain = json!({
        "issuer": "https://idp.example", "authorization_endpoint": "http://idp.example/a",
        "token_endpoint": "https://idp.example/t", "jwks_uri": "https://idp.example/k",
    });
    let plain = Discovered::parse(plain.to_string().as_bytes()).unwrap();
    assert!(provider.endpoints(Some(&plain)).is_err());
    let script = json!({
        "issuer": "https://idp.example", "authorization_endpoint": "javascript:alert(1)",
        "token_endpoint": "https://idp.example/t", "jwks_uri": "https://idp.example/k",
    });
    assert_eq!(Discovered::parse(script.to_string().as_bytes()), None);
}

fn told(
    provider: &Provider,
    person: Value,
    emails: Option<Value>,
    token: Option<Value>,
) -> Result<Claimed, BadAnswer> {
    let token = token.map(|it| it.as_object().unwrap().clone());
    let facts =
        Facts { issuer: "i", id_token: token.as_ref(), person: Some(&person), emails: emails.as_ref() };
    provider.person(&facts)
}

#[test]
fn github_tells_a_number_and_its_list_says_which_address_is_proved() {
    let list = json!([
        { "email": "1+a@users.noreply.github.com", "primary": false, "verified": true },
        { "email": "old@example.com", "primary": false, "verified": true },
        { "email": "anna@example.com", "primary": true, "verified": true },
    ]);
    let user = json!({ "id": 583_231, "login": "anna", "name": "Anna", "email": "shown@example.com" });
    let got = told(&github(), user.clone(), Some(list), None).unwrap();
    assert_eq!((got.subject.as_str(), got.username.as_deref()), ("583231", Some("anna")));
    let email = got.email.unwrap();
    assert_eq!((email.address.typed(), email.verified), ("anna@example.com", true));
    let unproved = json!([{ "email": "anna@example.com", "primary": true, "verified": false }]);
    assert!(!told(&github(), user.clone(), Some(unproved), None).unwrap().email.unwrap().verified);
    let text = json!([{ "email": "anna@example.com", "primary": true, "verified": "true" }]);
    assert!(!told(&github(), user.clone(), Some(text), None).unwrap().email.unwrap().verified);
    assert_eq!(
        told(&github(), user, None, None).unwrap().email,
        None,
        "the shown address counts for nothing"
    );
    for bad in
        [json!({ "id": "583231" }), json!({ "id": 1.5 }), json!({ "id": -1 }), json!({ "id": 0 }), json!({})]
    {
        assert_eq!(told(&github(), bad.clone(), None, None).unwrap_err(), BadAnswer::NoSubject, "{bad}");
    }
}

#[test]
fn only_a_true_is_true_and_only_where_the_operator_believes_it() {
    let token = |verified: Value| {
        Some(json!({ "sub": "1", "email": "anna@example.com", "email_verified": verified }))
    };
    let run = |provider: &Provider, verified: Value| {
        told(provider, json!({ "sub": "1" }), None, token(verified)).unwrap().email.unwrap().verified
    };
    let flag = oidc();
    assert!(run(&flag, json!(true)));
    for no in [json!("true"), json!(1), json!("1"), json!(false), json!(null), json!([true])] {
        assert!(!run(&flag, no.clone()), "{no}");
    }
    let never = provider(json!({ "kind": "oidc", "issuer": "https://idp.example" }));
    assert!(!run(&never, json!(true)), "a provider that nobody vouches for");
    let always = Provider { trust_email: TrustEmail::Always, ..flag };
    assert!(run(&always, json!(false)));
    let entra = provider(json!({ "kind": "microsoft", "tenant": "common" }));
    assert!(!run(&entra, json!(true)), "a tenant's administrator writes any address");
}

#[test]
fn userinfo_of_somebody_else_is_refused() {
    let token = Some(json!({ "sub": "1" }));
    assert_eq!(
        told(&oidc(), json!({ "sub": "2" }), None, token.clone()).unwrap_err(),
        BadAnswer::OtherSubject
    );
    assert_eq!(told(&oidc(), json!({}), None, token).unwrap_err(), BadAnswer::OtherSubject);
}

#[test]
fn a_mapping_finds_what_an_oauth_provider_tells() {
    let mapped = provider(json!({
        "kind": "oauth2", "authorization_endpoint": "https://o.example/a", "token_endpoint": "https://o.example/t",
        "userinfo_endpoint": "https://o.example/me", "trust_email": "flag",
        "claims": { "subject": "data.id", "email": "data.mail", "email_verified": "data.ok", "name": "data.name" },
    }));
    let person = json!({ "data": { "id": 7, "mail": "a@x.test", "ok": true, "name": "A" } });
    let got = told(&mapped, person, None, None).unwrap();
    assert_eq!((got.subject.as_str(), got.claims.name.as_deref()), ("7", Some("A")));
    assert!(got.email.unwrap().verified);
    for bad in [json!({}), json!({ "data": { "id": {} } }), json!({ "data": { "id": "" } }), json!([])] {
        assert!(told(&mapped, bad, None, None).is_err());
    }
}
