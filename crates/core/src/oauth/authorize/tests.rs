use super::*;
use crate::Subject;
use crate::oauth::registration::{AuthMethod, ClientMetadata};
use crate::organization::OrgScope;
use crate::secret::base64url;
use proptest::prelude::*;
use serde_json::json;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbGM0q5QFsVU";

fn metadata() -> ClientMetadata {
    ClientMetadata {
        client_name: Some("Planner".to_owned()),
        token_endpoint_auth_method: Some(AuthMethod::None),
        redirect_uris: vec!["https://app.example/cb".to_owned(), "http://127.0.0.1/cb".to_owned()],
        grant_types: Some(vec![GrantType::AuthorizationCode, GrantType::RefreshToken]),
        scope: Some("openid profile offline_access reports:read".to_owned()),
        resources: vec!["https://api.example".to_owned(), "https://other.example".to_owned()],
        ..ClientMetadata::new("planner")
    }
}
/// A public client with two redirect URIs under `oauth21`.
pub(crate) fn spa() -> Client {
    metadata().validate(OrgScope::installation().org()).unwrap()
}
/// A confidential client with one redirect URI under `oidc-compat`.
pub(crate) fn compat() -> Client {
    let mut compat = ClientMetadata {
        profile: Some(Profile::OidcCompat),
        token_endpoint_auth_method: None,
        redirect_uris: vec!["https://app.example/cb".to_owned()],
        ..metadata()
    };
    compat.put_secret("client_secret_env", "0123456789abcdef0123456789abcdef").unwrap();
    compat.validate(OrgScope::installation().org()).unwrap()
}

const GOOD: &[(&str, &str)] = &[
    ("client_id", "planner"),
    ("redirect_uri", "https://app.example/cb"),
    ("response_type", "code"),
    ("scope", "openid profile"),
    ("state", "xyz"),
    ("nonce", "n-0S6"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

/// The good request with some parameters replaced, added or (empty) left out.
pub(crate) fn query(changes: &[(&str, &str)]) -> String {
    let kept = GOOD.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let all = kept.chain(changes).filter(|(_, value)| !value.is_empty());
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish()
}

fn hint(token: &str) -> Option<IdTokenHint> {
    let claims = json!({"iss": "https://id.example", "aud": token, "sub": "u_anna"});
    IdTokenHint::from_verified(claims.as_object().unwrap(), "https://id.example")
        .filter(|_| token != "forged")
}

fn ask_as(client: &Client, changes: &[(&str, &str)]) -> Result<AuthorizationRequest, AuthorizeRefused> {
    let query = query(changes);
    authorize(&Params::parse(query.as_bytes()).unwrap(), Some(client), &hint)
}
fn ask(changes: &[(&str, &str)]) -> Result<AuthorizationRequest, AuthorizeRefused> {
    ask_as(&spa(), changes)
}

#[test]
fn a_good_request_is_kept_as_it_came() {
    let request =
        ask(&[("prompt", "login consent"), ("max_age", "60"), ("login_hint", "anna@example.com")]).unwrap();
    assert_eq!(request.return_to.redirect_uri(), "https://app.example/cb");
    assert_eq!(request.return_to.state(), Some("xyz"));
    assert_eq!(request.scope.to_string(), "openid profile");
    assert_eq!(request.challenge.as_ref().map(CodeChallenge::as_str), Some(CHALLENGE));
    assert_eq!(request.prompt, [Prompt::Login, Prompt::Consent]);
    assert_eq!(request.max_age, Some(Duration::from_secs(60)));
    assert_eq!(request.nonce.as_deref(), Some("n-0S6"));
}

/// The planner is not registered for `email`: nobody is asked about it, and nobody is told it.
#[test]
fn claims_beyond_the_registration_are_left_out() {
    let claims =
        r#"{"userinfo":{"email":null,"nickname":null},"id_token":{"email":null,"acr":null,"x":null}}"#;
    let request = ask(&[("scope", "openid"), ("claims", claims)]).unwrap();
    let kept = ClaimsRequest::parse(r#"{"userinfo":{"nickname":null},"id_token":{"acr":null,"x":null}}"#);
    assert_eq!(
        (request.claims.as_ref(), request.scope.to_string()),
        (kept.ok().as_ref(), "openid".to_owned())
    );
    assert_eq!(request.to_allow().to_string(), "openid profile");
}

/// OpenID Connect Core 6.1: `state` and `response_mode` may stand in the object only, and count before those beside it.
#[test]
fn a_refused_request_object_is_answered_the_way_it_asks_for() {
    let jwt = |claims: &str| format!("eyJhbGciOiJub25lIn0.{}.", base64url(claims.as_bytes()));
    let long = json!({ "state": "s".repeat(MAX_STATE + 1) }).to_string();
    let rows: &[(&str, &str, ResponseMode)] = &[
        (r#"{"state":"in","response_mode":"form_post"}"#, "in", ResponseMode::FormPost),
        (r#"{"state":"in"}"#, "in", ResponseMode::Query),
        (r#"{"state":"","response_mode":"fragment"}"#, "xyz", ResponseMode::Query),
        (r#"{"state":"a\u0000b","response_mode":"form_post"}"#, "xyz", ResponseMode::FormPost),
        (r#"{"state":7,"response_mode":"form_post"}"#, "xyz", ResponseMode::Query),
        (r#"{"redirect_uri":"https://evil.test/cb","client_id":"nobody"}"#, "xyz", ResponseMode::Query),
        ("[]", "xyz", ResponseMode::Query),
        ("", "xyz", ResponseMode::Query),
    ];
    for (claims, state, mode) in rows {
        match ask(&[("request", &jwt(claims))]) {
            Err(AuthorizeRefused::App(to, No::RequestObject)) => {
                let told = (to.redirect_uri(), to.state(), to.response_mode());
                assert_eq!(told, ("https://app.example/cb", Some(*state), *mode), "{claims}");
            }
            other => panic!("{claims}: {other:?}"),
        }
    }
    let beside = [("request", &*jwt(r#"{"response_mode":"query"}"#)), ("response_mode", "form_post")];
    assert!(
        matches!(ask(&beside), Err(AuthorizeRefused::App(to, _)) if to.response_mode() == ResponseMode::Query)
    );
    assert!(matches!(
        ask(&[("request", &jwt(&long))]),
        Err(AuthorizeRefused::Page(PageRefusal::StateTooLong(_)))
    ));
}

/// A-006 to A-011, A-014: refusals that stay with us.
#[test]
fn nothing_is_sent_to_an_address_that_was_not_matched() {
    let long = "s".repeat(MAX_STATE + 1);
    let planner = || ClientId::parse("planner").unwrap();
    let rows: &[(&[(&str, &str)], PageRefusal)] = &[
        (&[("client_id", "")], PageRefusal::ClientMissing),
        (&[("client_id", "nobody")], PageRefusal::ClientUnknown),
        (&[("client_id", "nobody"), ("redirect_uri", "https://evil.test/")], PageRefusal::ClientUnknown),
        (&[("client_id", "Planner")], PageRefusal::ClientUnknown),
        (&[("redirect_uri", "")], PageRefusal::RedirectMissing(planner())),
        (&[("redirect_uri", ""), ("scope", "reports:read")], PageRefusal::RedirectMissing(planner())),
        (&[("redirect_uri", "https://evil.test/cb")], PageRefusal::RedirectNotRegistered(planner())),
        (&[("redirect_uri", "https://app.example/cb/")], PageRefusal::RedirectNotRegistered(planner())),
        (&[("redirect_uri", "http://localhost:1/cb")], PageRefusal::RedirectNotRegistered(planner())),
        (
            &[("redirect_uri", "https://evil.test/cb"), ("scope", "bad"), ("response_type", "token")],
            PageRefusal::RedirectNotRegistered(planner()),
        ),
        (&[("state", &long)], PageRefusal::StateTooLong(planner())),
    ];
    for (changes, refusal) in rows {
        assert_eq!(ask(changes), Err(AuthorizeRefused::Page(refusal.clone())), "{changes:?}");
    }
}

#[test]
fn a_client_that_is_off_or_signs_nobody_in_gets_a_page() {
    let off = Client { disabled: true, ..spa() };
    assert_eq!(ask_as(&off, &[]), Err(AuthorizeRefused::Page(PageRefusal::ClientUnknown)));
    let service = Client { grant_types: vec![GrantType::ClientCredentials], ..spa() };
    let refusal = PageRefusal::ClientSignsNobodyIn(service.id.clone());
    assert_eq!(ask_as(&service, &[]), Err(AuthorizeRefused::Page(refusal)));
    let params = query(&[]);
    let params = Params::parse(params.as_bytes()).unwrap();
    assert_eq!(authorize(&params, None, &hint), Err(AuthorizeRefused::Page(PageRefusal::ClientUnknown)));
}

/// A-010.
#[test]
fn every_parameter_twice_is_unreadable() {
    let extra = [
        "prompt",
        "max_age",
        "response_mode",
        "login_hint",
        "id_token_hint",
        "ui_locales",
        "acr_values",
        "claims",
        "display",
        "request",
        "request_uri",
        "unheard_of",
    ];
    for name in GOOD.iter().map(|(name, _)| *name).chain(extra) {
        let doubled = format!("{}&{name}=a&{name}=a", query(&[]));
        assert!(
            matches!(Params::parse(doubled.as_bytes()), Err(crate::oauth::BadParams::Twice(it)) if it == name)
        );
    }
    let resources = format!("{}&resource=https://api.example&resource=https://other.example", query(&[]));
    let request = authorize(&Params::parse(resources.as_bytes()).unwrap(), Some(&spa()), &hint).unwrap();
    assert_eq!(request.resources, ["https://api.example", "https://other.example"]);
}

#[test]
fn the_app_is_told_what_it_did_wrong() {
    let long = "n".repeat(MAX_NONCE + 1);
    let deep = format!(r#"{{"userinfo":{}}}"#, "[".repeat(4_000));
    let rows: &[(&[(&str, &str)], No)] = &[
        (&[("response_mode", "fragment")], No::UnknownResponseMode),
        (&[("response_mode", "web_message")], No::UnknownResponseMode),
        (&[("response_type", "")], No::ResponseTypeMissing),
        (&[("response_type", "token")], No::ResponseTypeUnsupported),
        (&[("response_type", "code id_token")], No::ResponseTypeUnsupported),
        (&[("request", "eyJ")], No::RequestObject),
        (&[("request_uri", "https://app.example/r")], No::RequestUri),
        (&[("registration", "{}")], No::Registration),
        (&[("code_challenge", ""), ("code_challenge_method", "")], No::ChallengeMissing),
        (&[("code_challenge", "")], No::ChallengeMissing),
        (&[("code_challenge_method", "")], No::ChallengeMethod),
        (&[("code_challenge_method", "plain")], No::ChallengeMethod),
        (&[("code_challenge_method", "s256")], No::ChallengeMethod),
        (&[("code_challenge", "short")], No::ChallengeMalformed),
        (&[("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbGM0q5QFsVU=")], No::ChallengeMalformed),
        (&[("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbGM0q5QFsV+")], No::ChallengeMalformed),
        (&[("prompt", "create")], No::PromptUnknown),
        (&[("prompt", "none login")], No::PromptNoneWithOthers),
        (&[("max_age", "-1")], No::MaxAge),
        (&[("max_age", "soon")], No::MaxAge),
        (&[("max_age", "+1")], No::MaxAge),
        (&[("max_age", "99999999999999999999")], No::MaxAge),
        (&[("nonce", &long)], No::NonceTooLong),
        (&[("login_hint", &long)], No::HintTooLong),
        (&[("claims", "[]")], No::Claims),
        (&[("claims", &deep)], No::Claims),
        (&[("id_token_hint", "forged")], No::IdTokenHint),
        (&[("id_token_hint", "another_client")], No::IdTokenHint),
        (
            &[("id_token_hint", "planner"), ("claims", r#"{"id_token":{"sub":{"value":"u_bert"}}}"#)],
            No::TwoSubjects,
        ),
        (&[("scope", "openid \"x\"")], No::ScopeMalformed),
        (&[("scope", "openid admin")], No::ScopeBeyondClient),
        (&[("resource", "https://evil.test")], No::Target),
        (&[("resource", "api")], No::Target),
    ];
    for (changes, expected) in rows {
        match ask(changes) {
            Err(AuthorizeRefused::App(to, refusal)) => {
                assert_eq!(refusal, *expected, "{changes:?}");
                assert_eq!((to.redirect_uri(), to.state()), ("https://app.example/cb", Some("xyz")));
            }
            other => panic!("{changes:?}: {other:?}"),
        }
    }
}

/// A-016: what the profile leaves optional, and what it does not.
#[test]
fn pkce_is_optional_for_confidential_compat_clients_only() {
    let without = [("code_challenge", ""), ("code_challenge_method", ""), ("nonce", "")];
    assert_eq!(ask_as(&compat(), &without).unwrap().challenge, None);
    let plain = [("code_challenge_method", "plain")];
    assert!(ask_as(&compat(), &plain).is_err());
    let method_alone = [("code_challenge", "")];
    assert!(ask_as(&compat(), &method_alone).is_err());
    let public_compat = Client { profile: Profile::OidcCompat, ..spa() };
    assert!(ask_as(&public_compat, &without).is_err());
    let strict = Client { profile: Profile::Oauth21, ..compat() };
    assert!(ask_as(&strict, &without).is_err());
}

#[test]
fn redirect_uri_may_be_left_out_where_there_is_one_and_no_openid() {
    let omitted = ask_as(&compat(), &[("redirect_uri", ""), ("scope", "reports:read")]).unwrap();
    assert!(!omitted.return_to.explicit);
    assert_eq!(omitted.return_to.redirect_uri(), "https://app.example/cb");
    assert!(ask_as(&compat(), &[("redirect_uri", "")]).is_err());
}

/// A-007.
#[test]
fn a_native_app_listens_on_any_port() {
    let request = ask(&[("redirect_uri", "http://127.0.0.1:49152/cb")]).unwrap();
    assert_eq!(request.return_to.redirect_uri(), "http://127.0.0.1:49152/cb");
    assert!(ask(&[("redirect_uri", "http://127.0.0.1:49152/other")]).is_err());
}

#[test]
fn offline_access_needs_a_question_or_an_own_app() {
    let asked = ("scope", "openid offline_access");
    assert!(!ask(&[asked]).unwrap().scope.has("offline_access"));
    assert!(ask(&[asked, ("prompt", "consent")]).unwrap().scope.has("offline_access"));
    let own = Client { first_party: true, ..spa() };
    assert!(ask_as(&own, &[asked]).unwrap().scope.has("offline_access"));
    let cannot = Client { grant_types: vec![GrantType::AuthorizationCode], ..own };
    assert!(!ask_as(&cannot, &[asked]).unwrap().scope.has("offline_access"));
}

#[test]
fn a_missing_scope_means_the_registered_one() {
    let request = ask(&[("scope", "")]).unwrap();
    assert_eq!(request.scope.to_string(), "openid profile reports:read");
    let bare = Client { scope: Scope::default(), ..spa() };
    assert!(matches!(ask_as(&bare, &[("scope", "")]), Err(AuthorizeRefused::App(_, No::ScopeEmpty))));
}

#[test]
fn hints_and_the_clients_own_wishes_count() {
    let request = ask(&[("id_token_hint", "planner")]).unwrap();
    assert_eq!(request.hint_subject.as_deref(), Some(Subject::parse("u_anna").unwrap().as_str()));
    let client = Client { default_max_age: Some(Duration::from_secs(9)), ..spa() };
    assert_eq!(ask_as(&client, &[]).unwrap().max_age, Some(Duration::from_secs(9)));
    assert_eq!(ask_as(&client, &[("max_age", "0")]).unwrap().max_age, Some(Duration::ZERO));
}

/// A-032, and the optional parameters of OpenID Connect.
#[test]
fn unknown_and_optional_parameters_never_break_a_request() {
    let changes = [
        ("foo", "bar"),
        ("display", "hologram"),
        ("ui_locales", "se nb-NO"),
        ("claims_locales", "se"),
        ("acr_values", "1 2"),
        ("audience", "https://x.example"),
        ("dpop_jkt", "x"),
    ];
    let request = ask(&changes).unwrap();
    assert_eq!((request.display, request.ui_locales.len(), request.acr_values.len()), (Display::Page, 2, 2));
}

#[test]
fn response_modes_are_kept_and_unknown_ones_answered_in_the_query() {
    assert_eq!(
        ask(&[("response_mode", "form_post")]).unwrap().return_to.response_mode(),
        ResponseMode::FormPost
    );
    let Err(AuthorizeRefused::App(to, _)) = ask(&[("response_mode", "form_post"), ("response_type", "")])
    else {
        panic!("refused")
    };
    assert_eq!(to.response_mode(), ResponseMode::FormPost);
    let Err(AuthorizeRefused::App(to, _)) = ask(&[("response_mode", "x")]) else { panic!("refused") };
    assert_eq!(to.response_mode(), ResponseMode::Query);
}

proptest! {
    /// Whatever comes: no panic, and an answer goes only where a registered address is.
    #[test]
    fn answers_go_to_registered_addresses_only(
        name in prop::sample::select(vec!["client_id", "redirect_uri", "scope", "prompt", "max_age", "claims", "resource",
            "response_mode", "response_type", "code_challenge", "state", "display"]),
        value in "\\PC{1,40}|[a-z:/@.%0-9]{1,40}",
    ) {
        let to = match ask(&[(name, &value)]) {
            Ok(request) => request.return_to,
            Err(AuthorizeRefused::App(to, _)) => to,
            Err(AuthorizeRefused::Page(_)) => return Ok(()),
        };
        let client = spa();
        prop_assert!(client.redirect_uris.iter().any(|uri| redirect::matches(uri, to.redirect_uri())));
    }
}

#[test]
fn what_reaches_a_log_names_no_state_nonce_or_hint() {
    let client = spa();
    let hidden = [("state", "st-4711"), ("nonce", "no-4711"), ("login_hint", "anna-4711@example.org")];
    let encoded = query(&hidden);
    let params = Params::parse(encoded.as_bytes()).unwrap();
    let request = authorize(&params, Some(&client), &|_| None).unwrap();
    assert!(!format!("{request:?}").contains("4711"));
    let encoded = query(&[("state", "st-4711"), ("scope", "beyond")]);
    let params = Params::parse(encoded.as_bytes()).unwrap();
    let refused = authorize(&params, Some(&client), &|_| None).unwrap_err();
    assert!(!format!("{refused:?}").contains("4711"), "{refused:?}");
}
