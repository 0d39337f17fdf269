//! RFC 6749 4.1.3: one test a rule.

use super::*;

#[test]
fn a_code_buys_what_was_granted() {
    let fixed = Fixed::new();
    let outcome = exchange(&client(), &request(), Some(found(&fixed)), &fixed.ctx());
    assert!(spends(&outcome));
    assert_eq!(outcome.events.len(), 1);
    assert_eq!(outcome.events[0].kind, EventKind::GrantCreated);
    let granted = outcome.result.unwrap();
    let access = serde_json::to_value(&granted.access).unwrap();
    assert_eq!(access["sub"], "u_anna");
    assert_eq!(access["client_id"], "planner");
    assert_eq!(access["scope"], "openid plans:read profile");
    assert_eq!(access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap(), 600);
    assert_eq!(access["aud"], serde_json::json!(["https://api.planner.example", "https://id.example"]));
    assert_eq!(access["gid"], Id::<crate::id::Family>::from_bytes([2; 16]).to_string());
    let id = serde_json::to_value(granted.id_token.unwrap()).unwrap();
    let mut names: Vec<_> = id.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["amr", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sid", "sub"]);
    assert_eq!((&id["nonce"], &id["aud"], &id["amr"][0]), (&"n-1".into(), &"planner".into(), &"pwd".into()));
    let text = granted.refresh_token.unwrap();
    let token = RefreshToken::parse(&text, &fixed.ctx()).unwrap();
    let family = outcome.writes.iter().find_map(|write| match write {
        Write::InsertFamily(family) => Some(family),
        _ => None,
    });
    let family = family.unwrap();
    assert_eq!(family.refresh.as_ref().unwrap().current, token.digest());
    assert_eq!(family.expires_at, fixed.now + days(90));
    assert!(!family.offline);
}

/// One wrong point each: what is refused, and that the code stays unspent and nothing ends.
#[test]
fn a_wrong_presentation_is_refused_spends_nothing_and_ends_nothing() {
    let fixed = Fixed::new();
    type Change = fn(&mut CodeRequest, &mut FoundCode, &mut AuthenticatedClient);
    let table: &[(CodeRefused, Change)] = &[
        (CodeRefused::OtherClient, |_, _, c| *c = other()),
        (CodeRefused::RedirectUri, |r, _, _| r.redirect_uri = Some(format!("{CALLBACK}/"))),
        (CodeRefused::RedirectUri, |r, _, _| r.redirect_uri = None),
        (CodeRefused::VerifierMissing, |r, _, _| r.verifier = None),
        (CodeRefused::VerifierWrong, |r, _, _| r.verifier = Some(Zeroizing::new("a".repeat(43)))),
        (CodeRefused::VerifierWrong, |r, f, _| {
            // RFC 7636 7.2, plain: the challenge itself is no verifier.
            r.verifier = f.code.challenge.as_ref().map(|c| Zeroizing::new(c.as_str().to_owned()));
        }),
        (CodeRefused::VerifierUnexpected, |_, f, _| f.code.challenge = None),
        (CodeRefused::Expired, |_, f, _| f.code.expires_at = f.code.issued_at),
        (CodeRefused::SignInOver, |_, f, _| f.session = None),
        (CodeRefused::SignInOver, |_, f, _| f.holder.epoch = 4),
        (CodeRefused::SignInOver, |_, f, _| f.holder.state = UserState::Disabled(f.code.issued_at)),
        (CodeRefused::SignInOver, |_, f, _| {
            f.session.as_mut().unwrap().ended = Some(EndReason::EndedByUser);
        }),
        (CodeRefused::Resource, |r, _, _| r.resources = vec!["https://files.example".into()]),
    ];
    for (why, change) in table {
        let (mut request, mut found, mut client) = (request(), found(&fixed), client());
        change(&mut request, &mut found, &mut client);
        let outcome = exchange(&client, &request, Some(found), &fixed.ctx());
        assert_eq!(outcome.result.as_ref().err(), Some(why));
        assert!(outcome.writes.is_empty() && outcome.events.is_empty(), "{why:?}");
        assert_eq!(outcome.trace.len(), 1, "{why:?} is told to the trace");
    }
    let unknown = exchange(&client(), &request(), None, &fixed.ctx());
    assert_eq!(unknown.result.err(), Some(CodeRefused::Unknown));
}

#[test]
fn replayed_code_ends_the_family() {
    let fixed = Fixed::new();
    let mut found = found(&fixed);
    found.code.spent_at = Some(fixed.now);
    found.grant_lives = true;
    let outcome = exchange(&client(), &request(), Some(found.clone()), &fixed.ctx());
    assert_eq!(outcome.result.as_ref().err(), Some(&CodeRefused::Replayed));
    let ended = &outcome.writes[..];
    assert!(matches!(ended, [Write::EndFamily(id, EndReason::CodeReused, _)] if *id == found.code.family));
    assert_eq!(outcome.events[0].kind, EventKind::CodeReused);
    let mail = MailRequest::of_event(&fixed, &outcome.events[1]).unwrap();
    assert_eq!((mail.template, mail.to.typed()), (MailTemplate::AccessEnded, "Anna@example.org"));
    assert!(outcome.events[1].at_most.is_some(), "an app that sends all codes twice fills no mailbox");
    found.holder.email.as_mut().unwrap().1 = false;
    let unproved = exchange(&client(), &request(), Some(found.clone()), &fixed.ctx());
    assert_eq!(unproved.events.len(), 1, "no mail to an address that nobody proved");
    // Told once, and long after the code itself would have expired.
    let mut late = Fixed::new();
    late.now += hours(1);
    assert!(ends(&exchange(&client(), &request(), Some(found.clone()), &late.ctx())));
    found.grant_lives = false;
    let again = exchange(&client(), &request(), Some(found), &fixed.ctx());
    assert!(again.writes.is_empty() && again.events.is_empty());
    assert_eq!(again.result.err(), Some(CodeRefused::Replayed));
}

#[test]
fn what_the_operator_took_from_the_client_since_is_not_in_the_grant() {
    let fixed = Fixed::new();
    let mut found = found(&fixed);
    found.code.scope = Scope::parse("openid offline_access plans:read").unwrap();
    found.code.resources = vec!["https://files.example".into(), "https://api.planner.example".into()];
    let less = |scope: &str, resources: &[&str]| {
        let resources = resources.iter().map(|it| (*it).to_owned()).collect();
        of(Client { scope: Scope::parse(scope).unwrap(), resources, ..sample::public() })
    };
    let outcome =
        exchange(&less("openid", &["https://files.example"]), &request(), Some(found.clone()), &fixed.ctx());
    let Some(Write::InsertFamily(family)) = outcome.writes.last() else { panic!() };
    assert_eq!((family.scope.to_string().as_str(), family.offline), ("openid", false));
    assert_eq!(family.resources, ["https://files.example"]);
    let none = exchange(&less("openid", &[]), &request(), Some(found), &fixed.ctx());
    assert_eq!(none.result.err(), Some(CodeRefused::Resource));
}

/// A-012: the row that says "this flow has had its code" outlives the page that could ask again.
#[test]
fn a_spent_code_is_remembered_as_long_as_its_flow() {
    let fixed = Fixed::new();
    let client = of(Client { grant_types: vec![GrantType::AuthorizationCode], ..sample::public() });
    let outcome = exchange(&client, &request(), Some(found(&fixed)), &fixed.ctx());
    let kept = outcome.writes.iter().find_map(|write| match write {
        Write::SpendCode { keep_until, .. } => Some(*keep_until),
        _ => None,
    });
    assert!(kept.unwrap() >= fixed.now + hours(1));
}

#[test]
fn a_replay_by_a_stranger_or_without_the_verifier_ends_nothing() {
    let fixed = Fixed::new();
    let mut found = found(&fixed);
    found.code.spent_at = Some(fixed.now);
    found.grant_lives = true;
    let wrong = [
        (other(), request()),
        (client(), CodeRequest { verifier: None, ..request() }),
        (client(), CodeRequest { verifier: Some(Zeroizing::new("b".repeat(64))), ..request() }),
        (client(), CodeRequest { redirect_uri: Some("https://evil.example/cb".into()), ..request() }),
    ];
    for (client, request) in wrong {
        let outcome = exchange(&client, &request, Some(found.clone()), &fixed.ctx());
        assert!(outcome.result.is_err() && outcome.writes.is_empty() && outcome.events.is_empty());
    }
}

#[test]
fn a_verifier_has_43_to_128_unreserved_characters() {
    let fixed = Fixed::new();
    for (verifier, good) in [
        ("a".repeat(43), true),
        ("~._-".repeat(32), true),
        ("a".repeat(42), false),
        ("a".repeat(129), false),
        (format!("{}+", "a".repeat(43)), false),
        (format!("{}é", "a".repeat(43)), false),
    ] {
        let mut found = found(&fixed);
        found.code.challenge = CodeChallenge::parse(&base64url(&Sha256::digest(&verifier)));
        let request = CodeRequest { verifier: Some(Zeroizing::new(verifier.clone())), ..request() };
        let outcome = exchange(&client(), &request, Some(found), &fixed.ctx());
        assert_eq!(outcome.result.is_ok(), good, "{verifier}");
    }
}

#[test]
fn without_pkce_where_the_profile_let_it_pass() {
    let fixed = Fixed::new();
    let mut found = found(&fixed);
    found.code.challenge = None;
    found.code.redirect_uri_sent = false;
    for redirect_uri in [None, Some(CALLBACK.to_owned())] {
        let request = CodeRequest { verifier: None, redirect_uri, ..request() };
        assert!(exchange(&client(), &request, Some(found.clone()), &fixed.ctx()).result.is_ok());
    }
    let request =
        CodeRequest { verifier: None, redirect_uri: Some("https://evil.example/".into()), ..request() };
    let outcome = exchange(&client(), &request, Some(found), &fixed.ctx());
    assert_eq!(outcome.result.err(), Some(CodeRefused::RedirectUri));
}

#[test]
fn no_refresh_token_for_a_client_not_registered_for_it() {
    let fixed = Fixed::new();
    let once = of(Client { grant_types: vec![GrantType::AuthorizationCode], ..sample::public() });
    let outcome = exchange(&once, &request(), Some(found(&fixed)), &fixed.ctx());
    let Some(Write::InsertFamily(family)) = outcome.writes.last() else { panic!() };
    assert!(family.refresh.is_none());
    assert_eq!(family.expires_at, fixed.now + minutes(10));
    assert!(outcome.result.unwrap().refresh_token.is_none());
}

#[test]
fn resources_narrow_and_claims_come_only_when_asked() {
    let fixed = Fixed::new();
    let mut found = found(&fixed);
    found.code.scope = Scope::parse("openid").unwrap();
    found.code.nonce = None;
    found.code.acr = Some("pwd".into());
    found.code.resources = vec!["https://api.planner.example".into(), "https://files.example".into()];
    let mut claims = ClaimsRequest::default();
    claims.id_token.insert("email".into(), None);
    found.code.claims = Some(claims);
    let request = CodeRequest { resources: vec!["https://files.example".into()], ..request() };
    let granted = exchange(&client(), &request, Some(found), &fixed.ctx()).result.unwrap();
    let aud: Vec<_> = granted.access.aud.iter().collect();
    assert_eq!(aud, ["https://files.example", "https://id.example"]);
    let id = serde_json::to_value(granted.id_token.unwrap()).unwrap();
    assert_eq!((&id["email"], &id["acr"]), (&"Anna@example.org".into(), &"pwd".into()));
    assert!(id.get("nonce").is_none() && id.get("name").is_none());
}

/// The person was asked about them before there was a code; the operator may have thought otherwise since.
#[test]
fn claims_asked_by_name_stay_within_the_registration_of_today() {
    let fixed = Fixed::new();
    let tells = |first_party: bool, registered: &str, granted: &str| {
        let mut found = found(&fixed);
        found.code.scope = Scope::parse(granted).unwrap();
        let asked = r#"{"id_token":{"email":null},"userinfo":{"email":null}}"#;
        found.code.claims = Some(ClaimsRequest::parse(asked).unwrap());
        let scope = Scope::parse(registered).unwrap();
        let client = Client { first_party, scope, ..sample::public() };
        let outcome = exchange(&of(client.clone()), &request(), Some(found.clone()), &fixed.ctx());
        let Some(Write::InsertFamily(family)) = outcome.writes.last() else { panic!() };
        let grant = Grant { family: (**family).clone(), session: found.session, holder: found.holder };
        let granted = outcome.result.unwrap();
        let token = AccessToken::signed(granted.access, &fixed.ctx()).unwrap();
        let info = crate::oauth::userinfo::userinfo(
            &token,
            &sample::Known(vec![client], vec![]),
            Some(&grant),
            &fixed.ctx(),
        );
        let in_id_token = granted.id_token.unwrap().asked.contains_key("email");
        assert_eq!(info.unwrap().contains_key("email"), in_id_token);
        in_id_token
    };
    assert!(tells(false, "openid email", "openid"), "allowed, though no scope says so");
    assert!(!tells(false, "openid", "openid"), "not registered for it");
    assert!(tells(true, "openid email", "openid"), "an app of the operator's own");
    assert!(!tells(true, "openid", "openid"), "not registered for it");
}

#[test]
fn without_openid_there_is_no_id_token() {
    let fixed = Fixed::new();
    let mut found = found(&fixed);
    found.code.scope = Scope::parse("plans:read").unwrap();
    let granted = exchange(&client(), &request(), Some(found), &fixed.ctx()).result.unwrap();
    assert!(granted.id_token.is_none());
    assert_eq!(granted.access.aud.iter().collect::<Vec<_>>(), ["https://api.planner.example"]);
}
