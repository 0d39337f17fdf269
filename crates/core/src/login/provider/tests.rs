//! Asking a provider, and its answer coming back; then, in a file each, what is read and whose account it is.

mod answer;
mod id_token;
mod resume;

use super::answer::Discovered;
use super::*;
use crate::ctx::fixed::Fixed;
use crate::login::flow::tests::{flow, request};
use crate::session::live::tests::found;
use crate::time::minutes;
use serde_json::{Value, json};

pub(super) fn spec(members: Value) -> ProviderMetadata {
    let mut all = json!({ "name": "p", "label": "P", "client_id": "us" });
    all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    serde_json::from_value(all).unwrap()
}

pub(super) fn provider(members: Value) -> Provider {
    spec(members).validate(Some(Secret::new("s"))).unwrap()
}

fn github() -> Provider {
    provider(json!({ "name": "github", "kind": "github" }))
}

fn oidc() -> Provider {
    provider(json!({ "kind": "oidc", "issuer": "https://idp.example", "trust_email": "flag" }))
}

fn discovered(issuer: &str, iss: bool) -> Discovered {
    let place = |path: &str| format!("https://idp.example{path}");
    let document = json!({
        "issuer": issuer, "authorization_endpoint": place("/auth"), "token_endpoint": place("/token"),
        "userinfo_endpoint": place("/me"), "jwks_uri": place("/keys"),
        "authorization_response_iss_parameter_supported": iss,
    });
    Discovered::parse(document.to_string().as_bytes()).unwrap()
}

fn endpoints(provider: &Provider) -> Endpoints {
    provider.endpoints(Some(&discovered("https://idp.example", true))).unwrap()
}

const CALLBACK: &str = "https://id.example/login/provider/p/callback";

fn depart(ctx: &Ctx<'_>, flow: &Flow, provider: &Provider) -> Departure {
    begin(ctx, flow, provider, None, &endpoints(provider), CALLBACK, None).result.unwrap()
}

fn query(url: &str) -> std::collections::BTreeMap<String, String> {
    url::Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

#[test]
fn the_question_has_pkce_state_nonce_and_what_the_app_wants_shown() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let mut asked = request();
    asked.prompt = vec![Prompt::Login];
    asked.login_hint = Some("anna@example.com".into());
    let departure = depart(&ctx, &flow(&ctx, asked), &oidc());
    let q = query(&departure.url);
    let awaiting = departure.flow.awaiting.unwrap();
    assert_eq!(q["code_challenge"], base64url(&sha256(awaiting.verifier.as_bytes())));
    assert_eq!(q["code_challenge_method"], "S256");
    assert_eq!(
        (q["state"].as_str(), q["nonce"].as_str()),
        (awaiting.state.as_str(), awaiting.nonce.as_str())
    );
    assert_eq!((q["prompt"].as_str(), q["login_hint"].as_str()), ("login", "anna@example.com"));
    assert_eq!((q["redirect_uri"].as_str(), q["response_type"].as_str()), (CALLBACK, "code"));
    assert!(awaiting.verifier != awaiting.nonce && awaiting.nonce != awaiting.state);
    assert!(!departure.url.contains(&awaiting.verifier));
}

#[test]
fn prompt_none_never_goes_upstream() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let mut asked = request();
    asked.prompt = vec![Prompt::None];
    let provider = oidc();
    let out = begin(&ctx, &flow(&ctx, asked), &provider, None, &endpoints(&provider), CALLBACK, None);
    assert_eq!(out.result.unwrap_err(), BeginRefused::Silent);
}

#[test]
fn a_provider_that_is_off_is_not_offered() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let off = Provider { disabled: true, ..oidc() };
    let out = begin(&ctx, &flow(&ctx, request()), &off, None, &endpoints(&off), CALLBACK, None);
    assert_eq!(out.result.unwrap_err(), BeginRefused::NotOffered);
}

#[test]
fn an_account_is_linked_only_by_who_signed_in_a_moment_ago() {
    let mut fixed = Fixed::new();
    let row = found(&fixed.ctx());
    let run = |fixed: &Fixed, user, signed_in: bool| {
        let ctx = fixed.ctx();
        let mut flow = flow(&ctx, request());
        flow.linking = Some(user);
        let here = row.clone().live(&ctx).unwrap();
        let here = signed_in.then_some(&here);
        let p = oidc();
        begin(&ctx, &flow, &p, None, &endpoints(&p), CALLBACK, here).result.err()
    };
    let own = row.user.id;
    assert_eq!(run(&fixed, own, true), None);
    assert_eq!(run(&fixed, Id::from_bytes([9; 16]), true), Some(BeginRefused::OtherPerson));
    assert_eq!(run(&fixed, own, false), Some(BeginRefused::NotFresh));
    fixed.now += minutes(10);
    assert_eq!(run(&fixed, own, true), Some(BeginRefused::NotFresh));
}

#[test]
fn an_answer_counts_for_its_own_question_and_provider() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let asked = depart(&ctx, &flow(&ctx, request()), &oidc());
    let good = Brought { code: Some("c".into()), iss: Some("https://idp.example".into()), error: None };
    let run = |provider: &Provider, state: &str, brought: &Brought| {
        come_back(&mut asked.flow.clone(), provider, None, state, brought, CALLBACK).map(|it| it.code)
    };
    let own = oidc();
    assert_eq!(run(&own, &asked.state, &good), Ok("c".into()));
    assert_eq!(run(&own, "other", &good), Err(AnswerRefused::State));
    let other = Provider { name: "q".into(), ..oidc() };
    assert_eq!(run(&other, &asked.state, &good), Err(AnswerRefused::OtherProvider));
    let off = Provider { disabled: true, ..oidc() };
    assert_eq!(run(&off, &asked.state, &good), Err(AnswerRefused::NotOffered));
    let iss = |iss: Option<&str>| Brought { iss: iss.map(str::to_owned), ..good.clone() };
    assert_eq!(run(&own, &asked.state, &iss(None)), Err(AnswerRefused::Issuer), "it always says iss");
    for wrong in ["https://idp.example/", "https://evil.example"] {
        assert_eq!(run(&own, &asked.state, &iss(Some(wrong))), Err(AnswerRefused::Issuer));
    }
    let error = |word: &str| Brought { error: Some(word.into()), ..good.clone() };
    assert_eq!(run(&own, &asked.state, &error("access_denied")), Err(AnswerRefused::Declined));
    let odd = AnswerRefused::Error("server_error".into());
    assert_eq!(run(&own, &asked.state, &error("server_error")), Err(odd));
    let none = Brought { code: None, ..good.clone() };
    assert_eq!(run(&own, &asked.state, &none), Err(AnswerRefused::NoCode));
    // Once taken, the question is gone.
    let mut flow = asked.flow.clone();
    come_back(&mut flow, &own, None, &asked.state, &good, CALLBACK).unwrap();
    assert_eq!(
        come_back(&mut flow, &own, None, &asked.state, &good, CALLBACK).unwrap_err(),
        AnswerRefused::State
    );
}

#[test]
fn what_contradicts_in_the_configuration_is_named() {
    let wrong = |members: Value, secret: bool| {
        let found = spec(members).validate(secret.then(|| Secret::new("s"))).unwrap_err();
        found.into_iter().map(|it| it.member).collect::<Vec<_>>()
    };
    assert_eq!(wrong(json!({ "kind": "githab" }), true), ["kind"]);
    assert_eq!(wrong(json!({ "kind": "github", "name": "Git Hub" }), true), ["name"]);
    assert_eq!(wrong(json!({ "kind": "github" }), false), ["client_secret_file"]);
    assert_eq!(wrong(json!({ "kind": "oidc" }), true), ["issuer"]);
    assert_eq!(wrong(json!({ "kind": "oidc", "issuer": "idp" }), true), ["issuer"]);
    assert_eq!(wrong(json!({ "kind": "microsoft" }), true), ["tenant"]);
    assert_eq!(wrong(json!({ "kind": "microsoft", "tenant": "a/b" }), true), ["tenant"]);
    assert_eq!(wrong(json!({ "kind": "google", "tenant": "common" }), true), ["tenant"]);
    for claim in ["sub", "email", "admin", "roles", "GithubId", "a b", ""] {
        assert_eq!(wrong(json!({ "kind": "github", "claim": claim }), true), ["claim"], "{claim}");
    }
    assert!(format!("{:?}", github()).contains("Secret(..)"));
}
