use super::*;
use crate::ctx::fixed::Fixed;
use crate::login::asker::tests::asker;
use crate::login::flow::tests::{flow, request};
use crate::login::flow::{AccountPath, Target};
use crate::session::live::tests::found;
use crate::time::minutes;

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

fn fixed() -> Fixed {
    let mut fixed = Fixed::new();
    fixed.policy.texts = true;
    fixed.policy.countries = vec![Prefix::parse("+49").unwrap()];
    fixed
}

fn phone(ctx: &Ctx<'_>, here: &SignedIn, text: &str, primary: bool) -> PhoneRow {
    PhoneRow { id: Id::new(ctx), user: here.user().id, number: number(text), verified_at: ctx.now, primary }
}

fn here(ctx: &Ctx<'_>) -> SignedIn {
    found(ctx).live(ctx).unwrap()
}

#[test]
fn the_first_phone_belongs_to_the_sign_in_and_every_other_wants_a_fresh_one() {
    let mut fixed = fixed();
    let row = found(&fixed.ctx());
    fixed.now += minutes(11);
    let ctx = fixed.ctx();
    let here = row.live(&ctx).unwrap();
    let to = number("+4915112345678");
    let app = flow(&ctx, request());
    let own_page = Flow::begin(&ctx, *app.browser(), Target::Account(AccountPath::Phones));
    let there = [phone(&ctx, &here, "+4915100000000", true)];
    assert_eq!(may_ask(&ctx, &app, &here, &[], &to, &[]), Ok(()));
    assert_eq!(may_ask(&ctx, &app, &here, &there, &to, &[]), Err(PhoneRefused::NotFresh));
    assert_eq!(may_ask(&ctx, &own_page, &here, &[], &to, &[]), Err(PhoneRefused::NotFresh));
    let id = there[0].id;
    assert_eq!(remove(&ctx, &here, &there, id, &asker(&ctx)).result, Err(PhoneRefused::NotFresh));
    assert_eq!(choose(&ctx, &here, &there, id, &asker(&ctx)).result, Err(PhoneRefused::NotFresh));
}

#[test]
fn nothing_is_sent_where_it_may_not_go() {
    let mut fixed = fixed();
    let ctx = fixed.ctx();
    let (here, flow) = (here(&ctx), flow(&ctx, request()));
    let ask = |ctx: &Ctx<'_>, text: &str| may_ask(ctx, &flow, &here, &[], &number(text), &[]);
    assert_eq!(ask(&ctx, "+4915112345678"), Ok(()));
    assert_eq!(ask(&ctx, "+88213123456"), Err(PhoneRefused::Elsewhere));
    assert_eq!(shared(&ctx, &number("+88213123456")), None);
    let there = [phone(&ctx, &here, "+4915112345678", true)];
    let again = may_ask(&ctx, &flow, &here, &there, &number("+49 151 12345678"), &[]);
    assert_eq!(again, Err(PhoneRefused::There));
    let many: Vec<_> = (0..5).map(|n| phone(&ctx, &here, &format!("+4915100000{n}"), n == 0)).collect();
    let full = may_ask(&ctx, &flow, &here, &many, &number("+4915112345678"), &[]);
    assert_eq!(full, Err(PhoneRefused::Full));
    let refused = begin(&ctx, &flow, &here, &number("+4915112345678"), &asker(&ctx), full, &[]);
    assert!(refused.writes.is_empty() && refused.events.is_empty());
    fixed.policy.texts = false;
    assert_eq!(ask(&fixed.ctx(), "+4915112345678"), Err(PhoneRefused::Elsewhere));
}

#[test]
fn each_limit_alone_stops_a_message() {
    let fixed = fixed();
    let ctx = fixed.ctx();
    let (here, flow, to) = (here(&ctx), flow(&ctx, request()), number("+4915112345678"));
    let until = ctx.now + minutes(5);
    let source = "203.0.113.9".parse().unwrap();
    let all = personal(&ctx, &here, source);
    assert_eq!(all.len(), 2);
    for key in all {
        let at = |count| [Counted { key: key.clone(), count, until }];
        let max = i64::from(key.limit.max);
        assert_eq!(may_ask(&ctx, &flow, &here, &[], &to, &at(max)), Ok(()), "{}", key.limit.name);
        let over = may_ask(&ctx, &flow, &here, &[], &to, &at(max + 1));
        assert_eq!(over, Err(PhoneRefused::Throttled(300)), "{}", key.limit.name);
    }
    let all = [of_number(&ctx, &to), shared(&ctx, &to).unwrap()].concat();
    assert_eq!(all.iter().map(|key| key.limit.max).collect::<Vec<_>>(), [5, 10, 20, 200]);
    for key in all {
        let over = [Counted { count: i64::from(key.limit.max) + 1, key, until }];
        let out = begin(&ctx, &flow, &here, &to, &asker(&ctx), Ok(()), &over);
        assert_eq!(out.result, Err(PhoneRefused::Throttled(300)));
        assert!(out.writes.is_empty() && out.events.is_empty());
    }
    // Neighbours count together, others do not.
    let block = |text: &str| shared(&ctx, &number(text)).unwrap()[0].text.clone();
    assert_eq!(block("+4915112345678"), block("+4915112345999"));
    assert_ne!(block("+4915112345678"), block("+4915112346678"));
}

fn sent(ctx: &Ctx<'_>, flow: &Flow, here: &SignedIn) -> (Flow, FoundSecret, SmsRequest) {
    let out = begin(ctx, flow, here, &number("+4915112345678"), &asker(ctx), Ok(()), &[]);
    let row = out.writes.iter().find_map(|it| match it {
        Write::InsertSecret(row) => Some((**row).clone()),
        _ => None,
    });
    let sms = SmsRequest::of_event(ctx.vault, &out.events[0]).unwrap();
    (out.result.unwrap(), FoundSecret { row: row.unwrap(), spent_at: None }, sms)
}

fn counted(ctx: &Ctx<'_>, here: &SignedIn, count: i64) -> Vec<Counted> {
    let keys = tries(ctx, here, "h", "203.0.113.9".parse().unwrap());
    keys.into_iter().map(|key| Counted { key, count, until: ctx.now + minutes(1) }).collect()
}

#[test]
fn the_digits_prove_the_number_that_they_were_sent_to_once() {
    let mut fixed = fixed();
    let ctx = fixed.ctx();
    let (here, flow) = (here(&ctx), flow(&ctx, request()));
    let (flow, secret, sms) = sent(&ctx, &flow, &here);
    assert_eq!((sms.to.as_str(), sms.code.len()), ("+4915112345678", 6));
    let handle = &flow.sent.as_ref().unwrap().handle;
    let digest = Plain::<kind::PhoneCode>::presented(sms.code.as_str()).digest_with(&ctx, handle);
    assert_eq!(digest.as_bytes(), secret.row.digest);

    let ok = resume(&ctx, &flow, &here, &[], Some(&secret), counted(&ctx, &here, 1), &asker(&ctx));
    assert!(matches!(ok.writes[0], Write::SpendSecret(SecretKind::PhoneCode, ..)), "guarded, and first");
    let Write::InsertPhone(row) = &ok.writes[1] else { panic!() };
    assert!(row.primary && row.number.as_str() == "+4915112345678");
    let kinds: Vec<_> = ok.events.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [EventKind::PhoneVerified, EventKind::MailRequested]);
    assert!(!format!("{:?}", ok.events).contains("+49"), "no event names the number");

    let refused = |found: Option<&FoundSecret>, flow: &Flow, here: &SignedIn, count: i64| {
        let out = resume(&ctx, flow, here, &[], found, counted(&ctx, here, count), &asker(&ctx));
        assert!(out.writes.is_empty() && out.events.is_empty());
        out.result.unwrap_err()
    };
    let spent = FoundSecret { spent_at: Some(ctx.now), ..secret.clone() };
    assert_eq!(refused(Some(&spent), &flow, &here, 1), PhoneRefused::Secret(SecretRefused::Used));
    assert_eq!(refused(None, &flow, &here, 2), PhoneRefused::CodeWrong(3));
    assert_eq!(refused(None, &flow, &here, 5), PhoneRefused::CodeExhausted);
    assert_eq!(refused(Some(&secret), &flow, &here, 6), PhoneRefused::CodeExhausted, "the right ones too");
    let unknown = PhoneRefused::Secret(SecretRefused::Unknown);
    let other = found(&ctx).live(&ctx).unwrap();
    assert_eq!(refused(Some(&secret), &flow, &other, 1), unknown, "another person");
    let tab = super::super::flow::tests::flow(&ctx, request());
    assert_eq!(refused(Some(&secret), &tab, &here, 1), unknown, "another tab");
    fixed.now += minutes(10);
    let ctx = fixed.ctx();
    let late = resume(&ctx, &flow, &here, &[], Some(&secret), counted(&ctx, &here, 1), &asker(&ctx));
    assert_eq!(late.result, Err(PhoneRefused::Secret(SecretRefused::Expired)));
}

#[test]
fn a_phone_proves_a_number_and_neither_signs_in_nor_renews_a_session() {
    let fixed = fixed();
    let ctx = fixed.ctx();
    let (here, flow) = (here(&ctx), flow(&ctx, request()));
    let (flow, secret, _) = sent(&ctx, &flow, &here);
    let out = resume(&ctx, &flow, &here, &[], Some(&secret), counted(&ctx, &here, 1), &asker(&ctx));
    let harmless =
        |it: &Write| matches!(it, Write::SpendSecret(..) | Write::InsertPhone(_) | Write::Uncount(_));
    assert!(out.writes.iter().all(harmless), "{:?}", out.writes);
    assert!(flow.proof.is_none());
}

#[test]
fn what_apps_are_told_moves_on_when_it_is_taken_away() {
    let fixed = fixed();
    let ctx = fixed.ctx();
    let here = here(&ctx);
    let own = [phone(&ctx, &here, "+4915100000001", true), phone(&ctx, &here, "+4915100000002", false)];
    let out = remove(&ctx, &here, &own, own[0].id, &asker(&ctx));
    let [Write::RemovePhone(gone, _), Write::ChoosePhone(next, _)] = out.writes[..] else { panic!() };
    assert_eq!((gone, next), (own[0].id, own[1].id));
    let out = remove(&ctx, &here, &own, own[1].id, &asker(&ctx));
    assert_eq!(out.writes.len(), 1);
    assert_eq!(choose(&ctx, &here, &own, own[1].id, &asker(&ctx)).events.len(), 2);
    assert!(choose(&ctx, &here, &own, own[0].id, &asker(&ctx)).writes.is_empty());
    let other = found(&ctx).live(&ctx).unwrap();
    for foreign in [
        remove(&ctx, &other, &own, own[0].id, &asker(&ctx)),
        choose(&ctx, &other, &own, own[1].id, &asker(&ctx)),
    ] {
        assert_eq!(foreign.result, Err(PhoneRefused::NotFound));
        assert!(foreign.writes.is_empty());
    }
}
