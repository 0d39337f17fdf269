use super::*;
use crate::ctx::fixed::Fixed;
use crate::login::arrive::tests::{candidate, door};
use crate::login::flow::tests::{flow, request};
use crate::login::sign_up::{self, Begun};
use crate::session::live::tests::found;
use crate::{Id, Plain};

fn wish() -> Wish {
    let email = EmailAddress::parse("Anna@example.com").unwrap();
    let claims = crate::account::StandardClaims {
        name: Some("Anna".into()),
        ..crate::account::StandardClaims::default()
    };
    Wish { email, claims: Box::new(claims), phc: "$argon2id$typed".into() }
}

fn link(writes: &[Write]) -> FoundSecret {
    let secret = |w: &Write| match w {
        Write::InsertSecret(row) if row.kind == SecretKind::ConfirmLink => Some((**row).clone()),
        _ => None,
    };
    FoundSecret { row: writes.iter().find_map(secret).unwrap(), spent_at: None }
}

fn sign_up(ctx: &Ctx<'_>, found: Option<&Candidate>) -> (FoundSecret, MailRequest) {
    let out = sign_up::begin(ctx, &door(ctx, None), &flow(ctx, request()), &wish(), found, &[]);
    assert!(matches!(out.result, Ok(Begun::Sent(_))));
    assert_eq!((out.writes.len(), out.events.len()), (2, 1), "the same rows whether or not it is taken");
    (link(&out.writes), MailRequest::of_event(ctx.vault, &out.events[0]).unwrap())
}

fn passwords(writes: &[Write]) -> Vec<String> {
    let phc = |w: &Write| match w {
        Write::SetPassword { phc, .. } => Some(phc.clone()),
        _ => None,
    };
    writes.iter().filter_map(phc).collect()
}

#[test]
fn an_account_is_made_when_its_address_is_proved_and_not_before() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let (row, mail) = sign_up(&ctx, None);
    assert!(mail.code.is_some() && mail.path.is_some() && mail.template == MailTemplate::ConfirmEmail);
    assert!(!row.row.payload.to_string().contains("argon2id"), "the waiting hash is sealed");
    let out = resume(&ctx, &door(&ctx, None), &Back::Link, Some(&row), None);
    assert!(out.writes.iter().any(|w| matches!(w, Write::InsertUser(_))));
    let proved = |w: &Write| matches!(w, Write::InsertEmail(e) if e.verified_at.is_some() && e.key == "anna@example.com");
    assert!(out.writes.iter().any(proved));
    assert_eq!(passwords(&out.writes), ["$argon2id$typed"]);
    assert_eq!(out.result.unwrap().0.factor, Factor::Password);
}

#[test]
fn confirmed_in_another_browser_the_password_of_who_asked_is_dropped() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let (row, _) = sign_up(&ctx, None);
    let mut elsewhere = door(&ctx, None);
    elsewhere.asker.browser = Plain::presented("other").digest(&ctx);
    let out = resume(&ctx, &elsewhere, &Back::Link, Some(&row), None);
    assert!(passwords(&out.writes).is_empty());
    let (arrival, place) = out.result.unwrap();
    assert_eq!((arrival.factor, place), (Factor::MagicLink, Place::Elsewhere));
}

#[test]
fn a_taken_address_gets_the_same_rows_and_a_mail_without_a_link() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let c = candidate(&ctx);
    let (row, mail) = sign_up(&ctx, Some(&c));
    assert_eq!((mail.template, mail.code, mail.path), (MailTemplate::AccountExists, None, None));
    let out = resume(&ctx, &door(&ctx, None), &Back::Link, Some(&row), Some(&c));
    assert_eq!(out.result.unwrap_err(), LinkRefused::Secret(SecretRefused::Unknown));
    assert!(out.writes.is_empty());
}

#[test]
fn who_proves_second_is_told_that_the_address_is_taken() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let (row, _) = sign_up(&ctx, None);
    let out = resume(&ctx, &door(&ctx, None), &Back::Link, Some(&row), Some(&candidate(&ctx)));
    assert_eq!(out.result.unwrap_err(), LinkRefused::AddressTaken);
}

#[test]
fn confirming_an_existing_account_keeps_its_password_only_in_its_own_browser() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let mut session = found(&ctx);
    let mut email = session.email.clone().unwrap();
    email.verified_at = None;
    session.email = Some(email.clone());
    let c = Candidate { user: session.user.clone(), email, phc: Some("$argon2id$x".into()) };
    let here = session.clone().live(&ctx).unwrap();
    let to = c.address().unwrap();
    let own = door(&ctx, Some(session));
    let out = begin(&ctx, &flow(&ctx, request()), &here, &to, &own.asker, &[]);
    let row = link(&out.writes);
    let out = resume(&ctx, &own, &Back::Link, Some(&row), Some(&c));
    assert!(out.writes.iter().any(|w| matches!(w, Write::VerifyEmail(..))));
    assert!(!out.writes.iter().any(|w| matches!(w, Write::RemovePassword(_))));
    let mut elsewhere = own.clone();
    elsewhere.asker.browser = Plain::presented("other").digest(&ctx);
    let out = resume(&ctx, &elsewhere, &Back::Link, Some(&row), Some(&c));
    assert!(out.writes.iter().any(|w| matches!(w, Write::RemovePassword(_))));
    let stranger = Candidate { user: crate::account::User { id: Id::new(&ctx), ..c.user.clone() }, ..c };
    let out = resume(&ctx, &own, &Back::Link, Some(&row), Some(&stranger));
    assert_eq!(out.result.unwrap_err(), LinkRefused::Outdated);
}
