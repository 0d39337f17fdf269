//! Whose account it is that a provider vouches for.

use super::*;
use crate::account::identity::tests::identity;
use crate::account::{EmailAddress, UserState};
use crate::login::arrive::tests::{candidate, door};
use crate::login::next::AtApp;
use crate::login::{Candidate, Next, next};
use crate::{EventKind, Timestamp, Write};

fn claimed(subject: &str, email: Option<(&str, bool)>) -> Claimed {
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

/// both have proved the address: the person is asked, and nobody is signed in. Otherwise an account of its own.
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
