//! RFC 6749 6 and DESIGN 5: one test a rule.

use super::*;

#[test]
fn a_refresh_rotates_and_keeps_the_sign_in() {
    let (mut kept, first) = Kept::new("openid plans:read");
    kept.fixed.now += minutes(20);
    let granted = kept.refresh(&first).result.unwrap();
    assert_ne!(granted.refresh_token.unwrap().as_str(), first);
    let id = serde_json::to_value(granted.id_token.unwrap()).unwrap();
    assert!(id.get("nonce").is_none() && id.get("azp").is_none());
    assert_eq!(id["iat"], kept.fixed.now.seconds());
    assert_eq!(id["auth_time"], kept.grant.family.authentication.auth_time.seconds());
    assert_eq!((&id["sub"], &id["aud"]), (&"u_anna".into(), &"planner".into()));
}

#[test]
fn a_lost_answer_is_given_again_within_the_grace() {
    let (mut kept, first) = Kept::new("openid");
    let second = kept.refresh(&first).result.unwrap();
    for _ in 0..50 {
        kept.fixed.now += Duration::from_secs(1);
        let again = kept.refresh(&first);
        assert!(again.writes.is_empty(), "nothing is written");
        let again = again.result.unwrap();
        assert_eq!(again.refresh_token, second.refresh_token, "the same successor");
        assert_ne!(again.access.jti, second.access.jti, "with a new access token");
    }
}

#[test]
fn an_old_token_outside_the_grace_ends_the_family() {
    let (mut kept, first) = Kept::new("openid");
    let second = kept.next(&first);
    kept.fixed.now += Duration::from_secs(61);
    let outcome = kept.refresh(&first);
    assert_eq!(outcome.result.err(), Some(RefreshRefused::Reused));
    assert_eq!(outcome.events[0].kind, EventKind::RefreshReused);
    let mail = MailRequest::of_event(&kept.fixed, &outcome.events[1]).unwrap();
    assert_eq!((mail.template, mail.to.typed()), (MailTemplate::AccessEnded, "Anna@example.org"));
    assert!(!kept.lives());
    assert_eq!(kept.refresh(&second).result.err(), Some(RefreshRefused::Stolen));
}

#[test]
fn an_old_token_whose_successor_was_used_ends_the_family_even_within_the_grace() {
    let (mut kept, first) = Kept::new("openid");
    let second = kept.next(&first);
    kept.next(&second);
    assert_eq!(kept.refresh(&first).result.err(), Some(RefreshRefused::Reused));
    assert!(!kept.lives());
}

#[test]
fn a_request_that_its_app_overtook_is_refused_and_ends_nothing() {
    // It came in so long before the last rotation, and is decided after it. Nothing is under way for longer than half
    // a minute, and what comes after the rotation is a copy.
    for (before, refusal) in [(1, RefreshRefused::Overtaken), (20, RefreshRefused::Overtaken)]
        .into_iter()
        .chain([(31, RefreshRefused::Reused), (0, RefreshRefused::Reused)])
    {
        let (mut kept, first) = Kept::new("openid");
        let second = kept.next(&first);
        kept.fixed.now += Duration::from_secs(40);
        kept.next(&second);
        kept.fixed.now = Timestamp::from_seconds(kept.fixed.now.seconds() - before);
        let outcome = kept.refresh(&first);
        let ends = refusal == RefreshRefused::Reused;
        assert_eq!((outcome.writes.is_empty(), outcome.events.is_empty()), (!ends, !ends), "{before}");
        assert_eq!((outcome.result.err(), kept.lives()), (Some(refusal), !ends), "{before}");
    }
}

#[test]
fn forged_foreign_and_future_tokens_end_nothing() {
    let (mut kept, first) = Kept::new("openid");
    let mut changed = first.clone();
    changed.replace_range(20..21, if &first[20..21] == "A" { "B" } else { "A" });
    assert_eq!(kept.refresh(&changed).result.err(), Some(RefreshRefused::Forged));
    let foreign = kept.try_with(&other(), &first, |_| {});
    assert_eq!(foreign.result.err(), Some(RefreshRefused::OtherClient));
    let future = RefreshToken::mint(kept.grant.family.id, 5, &kept.fixed.ctx()).expose();
    assert_eq!(kept.refresh(&future).result.err(), Some(RefreshRefused::FromTheFuture));
    assert!(kept.lives());
    kept.next(&first);
}

#[test]
fn another_branch_of_the_same_generation_ends_the_family() {
    let (mut kept, first) = Kept::new("openid");
    kept.next(&first);
    let twin = RefreshToken::mint(kept.grant.family.id, 1, &kept.fixed.ctx()).expose();
    assert_eq!(kept.refresh(&twin).result.err(), Some(RefreshRefused::Reused));
}

#[test]
fn scope_and_resource_narrow_and_never_grow() {
    let (mut kept, first) = Kept::new("openid plans:read");
    for (scope, why) in
        [("openid plans:read plans:write", RefreshRefused::Scope), ("offline_access", RefreshRefused::Scope)]
    {
        let wide = kept.try_with(&client(), &first, |r| r.scope = Some(Scope::parse(scope).unwrap()));
        assert_eq!(wide.result.err(), Some(why));
    }
    let wide = kept.try_with(&client(), &first, |r| r.resources = vec!["https://files.example".into()]);
    assert_eq!(wide.result.err(), Some(RefreshRefused::Resource));
    let narrow = kept.try_with(&client(), &first, |r| r.scope = Some(Scope::parse("plans:read").unwrap()));
    let narrow = narrow.result.unwrap();
    assert!(narrow.id_token.is_none());
    assert_eq!(narrow.access.scope.to_string(), "plans:read");
    let full = kept.refresh(&narrow.refresh_token.unwrap()).result.unwrap();
    assert_eq!(full.access.scope.to_string(), "openid plans:read", "the grant is what it was");
}

#[test]
fn a_refresh_reaches_no_further_than_the_client_is_registered_now() {
    let (mut kept, first) = Kept::new("openid plans:read");
    let scope = |text: &str| Scope::parse(text).unwrap();
    let less = |text: &str| of(Client { scope: scope(text), ..sample::public() });
    let narrow = kept.try_with(&less("openid"), &first, |_| {}).result.unwrap();
    assert_eq!(narrow.access.scope.to_string(), "openid");
    let text = narrow.refresh_token.unwrap();
    let asked = kept.try_with(&less("openid"), &text, |r| r.scope = Some(scope("plans:read")));
    assert_eq!(asked.result.err(), Some(RefreshRefused::Scope));
    let nothing = kept.try_with(&less("email"), &text, |_| {});
    assert_eq!(nothing.result.err(), Some(RefreshRefused::Scope));
    let elsewhere = of(Client { resources: vec!["https://files.example".into()], ..sample::public() });
    assert_eq!(kept.try_with(&elsewhere, &text, |_| {}).result.err(), Some(RefreshRefused::Resource));
    assert!(kept.refresh(&text).result.is_ok(), "refusals end nothing");
}

#[test]
fn the_idle_end_moves_with_use_and_the_absolute_end_never() {
    let (mut kept, mut text) = Kept::new("openid offline_access");
    let until = kept.grant.family.expires_at;
    for _ in 0..3 {
        kept.fixed.now += days(29);
        text = kept.next(&text);
        assert_eq!(kept.grant.family.expires_at, until);
    }
    kept.fixed.now += days(3);
    assert_eq!(kept.refresh(&text).result.err(), Some(RefreshRefused::Expired));
    let (mut kept, text) = Kept::new("openid offline_access");
    kept.fixed.now += days(30);
    assert_eq!(kept.refresh(&text).result.err(), Some(RefreshRefused::Idle));
    assert!(kept.lives(), "an expired token is no theft");
}

/// DESIGN 5: what ends a session ends its grants, offline ones by choice; each end has a reason of its own in the log, and
/// none on the wire.
#[test]
fn each_end_has_its_own_reason_and_one_code() {
    use {EndReason as R, RefreshRefused as No};
    type Change = fn(&mut Kept);
    fn session(k: &mut Kept, why: R) {
        k.grant.session.as_mut().unwrap().ended = Some(why);
    }
    fn family(k: &mut Kept, why: R) {
        k.grant.family.state = FamilyState::Ended(k.fixed.now, why);
    }
    let table: &[(No, Change, bool)] = &[
        (No::SignedOut, |k| session(k, R::SignedOut), true),
        (No::SessionOver, |k| k.fixed.now += days(7), true),
        (No::SessionOver, |k| k.grant.session.as_mut().unwrap().expires_at = k.fixed.now, true),
        (No::SessionOver, |k| k.grant.session = None, true),
        (No::SessionOver, |k| session(k, R::Expired), true),
        (No::SessionOver, |k| family(k, R::Expired), false),
        (No::EndedByUser, |k| session(k, R::EndedByUser), false),
        (No::EndedByOperator, |k| session(k, R::EndedByOperator), false),
        (No::PasswordChanged, |k| session(k, R::PasswordChanged), false),
        (No::PasswordChanged, |k| family(k, R::PasswordChanged), false),
        (No::EpochMoved, |k| k.grant.holder.epoch += 1, false),
        (No::UserDisabled, |k| k.grant.holder.state = UserState::Disabled(k.fixed.now), false),
        (No::UserDisabled, |k| family(k, R::Disabled), false),
        (No::UserDeleted, |k| k.grant.holder.state = UserState::Deleted(k.fixed.now), false),
        (No::UserDeleted, |k| family(k, R::Deleted), false),
        (No::ConsentWithdrawn, |k| family(k, R::ConsentWithdrawn), false),
        (No::NotMember, |k| k.grant.holder.member = false, false),
        (No::NotMember, |k| family(k, R::MembershipLost), false),
        (No::Revoked, |k| family(k, R::Revoked), false),
        (No::Stolen, |k| family(k, R::CodeReused), false),
        (No::Stolen, |k| family(k, R::RefreshReused), false),
    ];
    for (why, change, survives) in table {
        for (scope, good) in [("openid", false), ("openid offline_access", *survives)] {
            let (mut kept, text) = Kept::new(scope);
            change(&mut kept);
            let outcome = kept.refresh(&text);
            assert!(outcome.writes.is_empty() != good, "{why:?}, {scope}");
            let said = |step: &TraceStep| match &step.outcome {
                TraceOutcome::Refused { check, .. } => Some(check.clone()),
                TraceOutcome::Ok => None,
            };
            let said = outcome.trace.iter().find_map(said);
            assert_eq!(said.as_deref(), (!good).then_some(why.check()), "the log says which");
            assert_eq!(outcome.result.err(), (!good).then_some(*why), "{scope}");
        }
        assert_eq!(why.code(), TokenErrorCode::InvalidGrant);
    }
    let mut checks: Vec<_> = table.iter().map(|(why, ..)| (why.check(), why.to_string())).collect();
    checks.sort();
    checks.dedup();
    assert_eq!(checks.len(), 12, "no two reasons read alike");
}

/// DESIGN 5: idle and absolute life per client. A life that was shortened counts for the grants there are.
#[test]
fn a_client_has_its_own_idle_and_absolute_life() {
    let brief = |idle: u64, absolute: u64| {
        let (refresh_idle, refresh_absolute) = (Some(days(idle)), Some(days(absolute)));
        of(Client { refresh_idle, refresh_absolute, ..sample::public() })
    };
    let after = |client: &AuthenticatedClient, wait: u64| {
        let (mut kept, text) = Kept::new("openid offline_access");
        kept.fixed.now += days(wait);
        kept.try_with(client, &text, |_| {}).result.err()
    };
    assert_eq!(after(&brief(2, 9), 1), None);
    assert_eq!(after(&brief(2, 9), 2), Some(RefreshRefused::Idle));
    assert_eq!(after(&brief(9, 9), 9), Some(RefreshRefused::Expired));
    assert_eq!(after(&brief(80, 200), 79), None, "longer than the installation's");
    assert_eq!(after(&brief(200, 200), 90), Some(RefreshRefused::Expired), "the grant was made for 90 days");
    let fixed = Fixed::new();
    let outcome = exchange(&brief(2, 200), &request(), Some(found(&fixed)), &fixed.ctx());
    let Some(Write::InsertFamily(family)) = outcome.writes.last() else { panic!() };
    assert_eq!(family.expires_at, fixed.now + days(200));
}

/// Claims are those of the person now, not those at sign-in.
#[test]
fn claims_are_fresh_at_every_refresh() {
    let (mut kept, first) = Kept::new("openid");
    let mut asked = ClaimsRequest::default();
    asked.id_token.insert("name".into(), None);
    kept.grant.family.claims = Some(asked);
    let name =
        |granted: &Granted| serde_json::to_value(granted.id_token.as_ref().unwrap()).unwrap()["name"].clone();
    let before = kept.refresh(&first).result.unwrap();
    kept.grant.holder.claims.name = Some("Anna Meier".into());
    let after = kept.refresh(&before.refresh_token.clone().unwrap()).result.unwrap();
    assert_eq!((name(&before), name(&after)), ("Anna Muster".into(), "Anna Meier".into()));
}
