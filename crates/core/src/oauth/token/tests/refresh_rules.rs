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
    assert_eq!(kept.refresh(&second).result.err(), Some(RefreshRefused::Dead));
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

#[test]
fn what_ends_a_session_ends_its_grants_and_offline_ones_by_choice() {
    use EndReason as R;
    let dead = Some(RefreshRefused::Dead);
    type Change = fn(&mut Kept);
    let table: &[(&str, Change, bool, bool)] = &[
        ("signed out", |k| k.grant.session.as_mut().unwrap().ended = Some(R::SignedOut), false, true),
        (
            "ended by the person",
            |k| k.grant.session.as_mut().unwrap().ended = Some(R::EndedByUser),
            false,
            false,
        ),
        (
            "password changed",
            |k| k.grant.session.as_mut().unwrap().ended = Some(R::PasswordChanged),
            false,
            false,
        ),
        ("idle", |k| k.fixed.now += days(7), false, true),
        ("over", |k| k.grant.session.as_mut().unwrap().expires_at = k.fixed.now, false, true),
        ("purged", |k| k.grant.session = None, false, true),
        ("epoch", |k| k.grant.holder.epoch += 1, false, false),
        ("disabled", |k| k.grant.holder.state = UserState::Disabled(k.fixed.now), false, false),
        (
            "withdrawn",
            |k| k.grant.family.state = FamilyState::Ended(k.fixed.now, R::ConsentWithdrawn),
            false,
            false,
        ),
        ("nothing", |_| {}, true, true),
    ];
    for (name, change, online, offline) in table {
        for (scope, good) in [("openid", *online), ("openid offline_access", *offline)] {
            let (mut kept, text) = Kept::new(scope);
            change(&mut kept);
            let outcome = kept.refresh(&text);
            assert_eq!(outcome.result.err(), if good { None } else { dead }, "{name}, {scope}");
        }
    }
}
