use super::*;
use crate::account::UserState;
use crate::ctx::fixed::Fixed;
use crate::login::arrive::tests::candidate;
use crate::login::asker::tests::asker;
use crate::login::flow::tests::{flow, request};
use crate::login::mailed::look;
use crate::secret::Kind;
use crate::time::minutes;
use crate::write::{NewSecret, SecretRefused};
use crate::{Event, EventKind, Plain};

fn anna() -> EmailAddress {
    EmailAddress::parse("Anna@example.com").unwrap()
}

/// The link and the rows that were written.
fn send(ctx: &Ctx<'_>, found: Option<&Candidate>) -> (Plain<kind::MagicLink>, Vec<Write>, Vec<Event>, Flow) {
    let out = begin(ctx, &flow(ctx, request()), &anna(), &asker(ctx), found, &[]);
    let mail = MailRequest::of_event(ctx.vault, &out.events[0]).unwrap();
    let link = mail.path.unwrap().split_once("link=").unwrap().1.to_owned();
    (Plain::presented(link), out.writes, out.events, out.result.unwrap())
}

fn row<K: Kind>(writes: &[Write]) -> FoundSecret {
    let secret = |w: &Write| match w {
        Write::InsertSecret(row) if row.kind == K::KIND => Some((**row).clone()),
        _ => None,
    };
    let row: NewSecret = writes.iter().find_map(secret).unwrap();
    FoundSecret { row, spent_at: None }
}

fn door(ctx: &Ctx<'_>) -> Door {
    Door { flow: Id::new(ctx), client: None, asker: asker(ctx), before: None }
}

#[test]
fn an_unknown_address_writes_the_same_rows_without_a_subject() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let c = candidate(&ctx);
    let (_, known, told, _) = send(&ctx, Some(&c));
    let (_, unknown, told_none, _) = send(&ctx, None);
    let shape = |w: &Write| match w {
        Write::VoidSecrets(_, kinds, _) => format!("void {kinds:?}"),
        Write::InsertSecret(row) => format!("insert {:?} {}", row.kind, row.flow.is_some()),
        other => panic!("{other:?}"),
    };
    assert_eq!(known.iter().map(shape).collect::<Vec<_>>(), unknown.iter().map(shape).collect::<Vec<_>>());
    assert!(row::<kind::MagicLink>(&known).row.user.is_some());
    assert!(row::<kind::MagicLink>(&unknown).row.user.is_none());
    assert_eq!((told.len(), told_none.len()), (1, 1));
    // Even its own link opens nothing.
    let found = row::<kind::MagicLink>(&unknown);
    let out = resume(&ctx, &door(&ctx), &Back::Link, Some(&found), None);
    assert_eq!(out.result.unwrap_err(), LinkRefused::Outdated);
}

#[test]
fn in_the_browser_that_asked_one_click_goes_on_with_the_flow() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let c = candidate(&ctx);
    let (link, writes, _, sent) = send(&ctx, Some(&c));
    let found = row::<kind::MagicLink>(&writes);
    let opened = look(&ctx, &link, Some(&found), &asker(&ctx).browser).unwrap();
    assert_eq!(opened.place, Place::Here(Some(Box::new(sent.clone()))));
    let out = resume(&ctx, &door(&ctx), &Back::Link, Some(&found), Some(&c));
    let spent: Vec<_> = out.writes.iter().filter(|w| matches!(w, Write::SpendSecret(..))).collect();
    assert_eq!(spent.len(), 2, "link and digits");
    let (arrival, place) = out.result.unwrap();
    assert_eq!((arrival.proof.user, place), (c.user.id, Place::Here(Some(Box::new(sent)))));
}

#[test]
fn opened_elsewhere_it_shows_the_digits_and_never_carries_the_flow() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let c = candidate(&ctx);
    let (link, writes, _, sent) = send(&ctx, Some(&c));
    let found = row::<kind::MagicLink>(&writes);
    let mut other = door(&ctx);
    other.asker.browser = Plain::presented("another").digest(&ctx);
    let opened = look(&ctx, &link, Some(&found), &other.asker.browser).unwrap();
    assert_eq!((opened.place, opened.agent.as_str()), (Place::Elsewhere, "Firefox on Linux"));
    // The digits that the page shows are the ones that the first browser's handle leads to.
    let digits = Plain::<kind::MagicCode>::presented(opened.digits.unwrap());
    let handle = sent.sent.unwrap().handle;
    let code = row::<kind::MagicCode>(&writes);
    assert_eq!(digits.digest_with(&ctx, &handle).as_bytes(), code.row.digest);
    assert_eq!(super::super::mailed::link_of(&code.row).unwrap(), found.row.digest);
    let (_, place) = resume(&ctx, &other, &Back::Link, Some(&found), Some(&c)).result.unwrap();
    assert_eq!(place, Place::Elsewhere);
}

#[test]
fn used_old_outdated_and_disabled_links_are_refused() {
    let mut fixed = Fixed::new();
    let c = candidate(&fixed.ctx());
    let (_, writes, ..) = send(&fixed.ctx(), Some(&c));
    let found = row::<kind::MagicLink>(&writes);
    let run = |fixed: &Fixed, found: &FoundSecret, c: &Candidate| {
        let ctx = fixed.ctx();
        resume(&ctx, &door(&ctx), &Back::Link, Some(found), Some(c)).result.map(|_| ()).unwrap_err()
    };
    let used = FoundSecret { spent_at: Some(fixed.now), ..found.clone() };
    assert_eq!(run(&fixed, &used, &c), LinkRefused::Secret(SecretRefused::Used));
    let mut changed = c.clone();
    changed.user.epoch += 1;
    assert_eq!(run(&fixed, &found, &changed), LinkRefused::Outdated);
    assert_eq!(run(&fixed, &found, &candidate(&fixed.ctx())), LinkRefused::Outdated);
    let mut off = c.clone();
    off.user.state = UserState::Disabled(fixed.now);
    assert_eq!(run(&fixed, &found, &off), LinkRefused::Disabled);
    fixed.now += minutes(15);
    assert_eq!(run(&fixed, &found, &c), LinkRefused::Secret(SecretRefused::Expired));
}

#[test]
fn proving_an_unproved_address_leaves_nothing_to_who_wrote_it_down() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let mut c = candidate(&ctx);
    c.email.verified_at = None;
    let (_, writes, ..) = send(&ctx, Some(&c));
    let out = resume(&ctx, &door(&ctx), &Back::Link, Some(&row::<kind::MagicLink>(&writes)), Some(&c));
    let has = |f: fn(&Write) -> bool| out.writes.iter().position(f);
    let ended = has(|w| matches!(w, Write::EndSessionsOfUser(_, None, ..))).unwrap();
    let begun = has(|w| matches!(w, Write::InsertSession(_))).unwrap();
    assert!(ended < begun, "the new session is not among those that end");
    assert!(has(|w| matches!(w, Write::RemovePassword(_))).is_some());
    assert!(has(|w| matches!(w, Write::RemoveConsents(_))).is_some());
    assert!(has(|w| matches!(w, Write::EndFamiliesOfUser(_, None, ..))).is_some());
    assert_eq!(out.result.unwrap().0.proof.epoch, c.user.epoch + 1);
    assert!(out.events.iter().any(|e| e.kind == EventKind::EmailVerified));
}

#[test]
fn the_fifth_wrong_code_is_the_last() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let c = candidate(&ctx);
    let (_, writes, ..) = send(&ctx, Some(&c));
    let found = row::<kind::MagicLink>(&writes);
    let tries = |count| {
        let key = limits::CODE_TRIES.whom(&ctx, "h", None);
        Back::Digits(vec![Counted { key, count, until: ctx.now + minutes(1) }])
    };
    let run =
        |back: &Back, found: Option<&FoundSecret>| resume(&ctx, &door(&ctx), back, found, Some(&c)).result;
    assert_eq!(run(&tries(1), None).unwrap_err(), LinkRefused::CodeWrong(4));
    assert_eq!(run(&tries(5), None).unwrap_err(), LinkRefused::CodeExhausted);
    assert!(run(&tries(5), Some(&found)).is_ok());
    assert_eq!(run(&tries(6), Some(&found)).unwrap_err(), LinkRefused::CodeExhausted);
}
