use super::answer::{BadAnswer, Discovered, Facts, TokenAnswer};
use super::id_token::{IdTokenRefused, check};
use super::*;
use crate::account::identity::tests::identity;
use crate::account::{EmailAddress, UserState};
use crate::ctx::fixed::Fixed;
use crate::login::arrive::tests::{candidate, door};
use crate::login::flow::tests::{flow, request};
use crate::login::next::AtApp;
use crate::login::{Candidate, Next, next};
use crate::session::live::tests::found;
use crate::time::minutes;
use crate::{EventKind, Timestamp, Write};
use serde_json::{Map, Value, json};

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

pub(super) fn claimed(subject: &str, email: Option<(&str, bool)>) -> Claimed {
    Claimed {
        issuer: "https://github.com/login/oauth".into(),
        subject: subject.into(),
        email: email
            .map(|(text, verified)| ClaimedEmail { address: EmailAddress::parse(text).unwrap(), verified }),
        username: Some("anna".into()),
        claims: Default::default(),
    }
}

fn run(ctx: &Ctx<'_>, claimed: &Claimed, rows: &Rows) -> Outcome<Resumed, ProviderRefused> {
    let mut flow = flow(ctx, request());
    // Of whatever was proved before, in this very flow.
    let user = rows.by_email.as_ref().map_or_else(|| Id::new(ctx), |it| it.user.id);
    flow.proof = Some(crate::login::flow::Proof { user, epoch: 3, session: Id::new(ctx) });
    resume(ctx, &door(ctx, None), &flow, &github(), None, claimed, rows)
}

fn proved(ctx: &Ctx<'_>, is: bool) -> Candidate {
    let mut candidate = candidate(ctx);
    candidate.email.verified_at = is.then_some(ctx.now);
    candidate
}

fn makes_an_account(out: &Outcome<Resumed, ProviderRefused>) -> Option<bool> {
    let new = out.writes.iter().any(|it| matches!(it, Write::InsertUser(_)));
    let verified = out.writes.iter().find_map(|it| match it {
        Write::InsertEmail(row) => Some(row.verified_at.is_some()),
        _ => None,
    });
    verified.filter(|_| new)
}

#[test]
fn somebody_unknown_gets_an_account_whose_address_is_as_proved_as_the_provider_says() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    for verified in [true, false] {
        let out = run(&ctx, &claimed("1", Some(("anna@example.com", verified))), &Rows::default());
        assert_eq!(makes_an_account(&out), Some(verified));
        assert!(out.writes.iter().any(|it| matches!(it, Write::InsertIdentity(_))));
        assert!(matches!(out.result, Ok(Resumed::Made(_))));
    }
    let out = run(&ctx, &claimed("1", None), &Rows::default());
    assert_eq!(out.result.unwrap_err(), ProviderRefused::NoEmail);
}

#[test]
fn a_linked_account_opens_its_own_account_whatever_address_it_has_now() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let (owner, other) = (candidate(&ctx), proved(&ctx, true));
    let id = owner.user.id;
    for email in [None, Some(("new@example.com", true)), Some(("other@example.com", false))] {
        let rows =
            Rows { identity: Some((identity(&ctx, id, "1"), owner.clone())), by_email: Some(other.clone()) };
        let out = run(&ctx, &claimed("1", email), &rows);
        let Ok(Resumed::Arrived(arrival)) = &out.result else { panic!() };
        assert_eq!(arrival.proof.user, id);
        assert!(!out.writes.iter().any(|it| matches!(it, Write::InsertEmail(_) | Write::VerifyEmail(..))));
    }
    let mut off = owner;
    off.user.state = UserState::Disabled(ctx.now);
    let rows = Rows { identity: Some((identity(&ctx, id, "1"), off)), by_email: None };
    assert_eq!(run(&ctx, &claimed("1", None), &rows).result.unwrap_err(), ProviderRefused::Disabled);
}

/// A-123: both have proved the address: the person is asked, and nobody is signed in. Otherwise an account of its own.
#[test]
fn an_address_in_common_links_nothing_without_proof() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    for (theirs, ours) in [(true, true), (true, false), (false, true), (false, false)] {
        let there = proved(&ctx, ours);
        let user = there.user.id;
        let rows = Rows { identity: None, by_email: Some(there) };
        let out = run(&ctx, &claimed("1", Some(("anna@example.com", theirs))), &rows);
        match &out.result {
            Ok(Resumed::Ask(flow)) if theirs && ours => {
                assert!(out.writes.is_empty() && out.events.is_empty());
                assert_eq!(flow.join.as_ref().unwrap().whose, Whose::Found(user));
                assert_eq!(flow.proof, None);
            }
            Ok(Resumed::Made(arrival)) if !(theirs && ours) => {
                assert_ne!(arrival.proof.user, user);
                assert_eq!(makes_an_account(&out), Some(theirs));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn no_account_is_made_where_sign_up_is_closed_unless_the_provider_may() {
    let mut fixed = Fixed::new();
    fixed.policy.sign_up = false;
    let ctx = fixed.ctx();
    let someone = claimed("1", Some(("anna@example.com", true)));
    let with = |sign_up| {
        let provider = Provider { sign_up, ..github() };
        let flow = flow(&ctx, request());
        resume(&ctx, &door(&ctx, None), &flow, &provider, None, &someone, &Rows::default()).result.err()
    };
    assert_eq!(with(None), Some(ProviderRefused::SignUpClosed));
    assert_eq!(with(Some(true)), None);
    fixed.policy.sign_up = true;
    let ctx = fixed.ctx();
    let provider = Provider { sign_up: Some(false), ..github() };
    let out =
        resume(&ctx, &door(&ctx, None), &flow(&ctx, request()), &provider, None, &someone, &Rows::default());
    assert_eq!(out.result.unwrap_err(), ProviderRefused::SignUpClosed);
}

#[test]
fn the_account_that_was_proved_in_this_flow_is_linked_and_no_other() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let row = found(&ctx);
    let here = row.clone().live(&ctx).unwrap();
    let key = identity(&ctx, row.user.id, "1").key;
    let mut asked = flow(&ctx, request());
    let joining = |whose| {
        Some(Box::new(Joining { whose, key: key.clone(), shown: "anna".into(), label: "GitHub".into() }))
    };
    asked.join = joining(Whose::Found(row.user.id));
    let door = door(&ctx, Some(row.clone()));
    let refused = |flow: &Flow| join(&ctx, &door, flow, &here, None).result.err();
    assert_eq!(
        refused(&asked),
        Some(ProviderRefused::OtherPerson),
        "signed in before, and not in answer to this"
    );
    assert_ne!(next(&asked, Some(&here), None, &AtApp::default(), ctx.policy, ctx.now), Next::Join);
    asked.proof =
        Some(crate::login::flow::Proof { user: row.user.id, epoch: row.user.epoch, session: row.session.id });
    assert_eq!(next(&asked, Some(&here), None, &AtApp::default(), ctx.policy, ctx.now), Next::Join);
    let out = join(&ctx, &door, &asked, &here, None);
    assert!(matches!(&out.writes[..], [Write::InsertIdentity(it)] if it.user == row.user.id));
    let kinds: Vec<_> = out.events.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [EventKind::IdentityLinked, EventKind::MailRequested]);
    let taken = identity(&ctx, Id::new(&ctx), "1");
    let out = join(&ctx, &door, &asked, &here, Some(&taken));
    assert_eq!(out.result.unwrap_err(), ProviderRefused::LinkedElsewhere);
    assert!(out.writes.is_empty());
    asked.join = joining(Whose::Found(Id::new(&ctx)));
    assert_eq!(refused(&asked), Some(ProviderRefused::OtherPerson), "another account than the one asked for");
    asked.join = joining(Whose::New);
    let mut aged = row.clone();
    aged.user.created_at = Timestamp::from_micros(ctx.now.micros() - 1);
    let aged = aged.live(&ctx).unwrap();
    let old = join(&ctx, &door, &asked, &aged, None).result;
    assert_eq!(old.unwrap_err(), ProviderRefused::OtherPerson, "it was there before the flow");
    let out = join(&ctx, &door, &asked, &here, None);
    assert!(matches!(&out.writes[..], [Write::InsertIdentity(it)] if it.user == row.user.id));
}

#[test]
fn linking_from_the_account_page_needs_the_person_who_asked_and_a_free_account() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let row = found(&ctx);
    let me = row.user.id;
    let with = |before, rows: &Rows| {
        let flow = flow(&ctx, request());
        resume(&ctx, &door(&ctx, before), &flow, &github(), Some(me), &claimed("1", None), rows)
    };
    let out = with(Some(row.clone()), &Rows::default());
    assert!(matches!(out.result, Ok(Resumed::Linked)));
    assert!(matches!(&out.writes[..], [Write::InsertIdentity(it)] if it.user == me));
    let out = with(Some(found(&ctx)), &Rows::default());
    assert_eq!(out.result.unwrap_err(), ProviderRefused::OtherPerson);
    assert_eq!(with(None, &Rows::default()).result.unwrap_err(), ProviderRefused::OtherPerson);
    let other = candidate(&ctx);
    let rows = Rows { identity: Some((identity(&ctx, other.user.id, "1"), other)), by_email: None };
    let out = with(Some(row), &rows);
    assert_eq!(out.result.unwrap_err(), ProviderRefused::LinkedElsewhere);
    assert!(out.writes.is_empty());
}
