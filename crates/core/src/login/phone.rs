//! Proving a phone: six digits by text message. A phone is told to apps and mails are told of it; it signs nobody in
//! and brings nobody back, since numbers are reassigned and whoever has the card has the messages.

use super::asker::Asker;
use super::flow::{Flow, Sent, SentWhat};
use super::mail::{MailRequest, MailTemplate};
use super::mailed::{Back, uncount};
use super::sms::{SmsRequest, SmsTemplate};
use crate::account::identity::may_change;
use crate::account::{EmailAddress, PhoneNumber, PhoneRow, Prefix};
use crate::limits::{self, Counted, CounterKey};
use crate::secret::kind;
use crate::session::SignedIn;
use crate::time::days;
use crate::write::{FoundSecret, NewSecret, SecretRefused};
use crate::{Ctx, Event, EventKind, Id, Outcome, Party, Plain, SecretKind, TraceStep, Write, id};

/// A person keeps at most so many.
pub const MOST_PHONES: usize = 5;

/// Why a phone is not proved, or no code is sent to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneRefused {
    /// Nobody is signed in here any more.
    #[error("nobody is signed in here")]
    SignedOut,
    /// The sign-in is too old to change what the account has.
    #[error("the person must have signed in a moment ago")]
    NotFresh,
    /// The person has it already.
    #[error("the person has proved this number already")]
    There,
    /// As many as are kept.
    #[error("the person has as many numbers as are kept")]
    Full,
    /// No message goes to that country.
    #[error("no text message goes to that country")]
    Elsewhere,
    /// Too many messages to this number, its neighbours or its country, for this person, or from this source.
    #[error("too many text messages; {0} s to wait")]
    Throttled(u32),
    /// Wrong digits; so many tries are left.
    #[error("the digits are wrong; {0} tries left")]
    CodeWrong(u32),
    /// Too many wrong digits.
    #[error("the digits were tried too often")]
    CodeExhausted,
    /// Used, voided by a newer one, too old, or of another person.
    #[error("{0}")]
    Secret(#[from] SecretRefused),
    /// No such phone of this person; somebody else's looks the same.
    #[error("no such phone of this person")]
    NotFound,
}

/// What counts against the person: asked first, so that who has used up their own messages uses up nobody else's.
pub fn personal(ctx: &Ctx<'_>, here: &SignedIn, source: std::net::IpAddr) -> Vec<CounterKey> {
    vec![
        limits::SMS_ACCOUNT.whom(ctx, &here.user().id.to_string(), None),
        limits::SMS_SOURCE.source(ctx, source),
    ]
}

/// What counts for the number, whoever asks: then, so that one that has had its messages uses up nothing that all share.
pub fn of_number(ctx: &Ctx<'_>, number: &PhoneNumber) -> Vec<CounterKey> {
    let limits = [limits::SMS_NUMBER, limits::SMS_NUMBER_DAY];
    limits.into_iter().map(|limit| limit.whom(ctx, number.as_str(), None)).collect()
}

/// What counts for all: the thousand numbers around this one, and its country. `None`: nothing is sent there.
pub fn shared(ctx: &Ctx<'_>, number: &PhoneNumber) -> Option<Vec<CounterKey>> {
    let prefix = Prefix::of(&ctx.policy.countries, number)?;
    let country = limits::Limit { max: ctx.policy.country_per_hour, ..limits::SMS_COUNTRY };
    Some(vec![limits::SMS_BLOCK.whom(ctx, number.block(), None), country.whom(ctx, prefix.as_str(), None)])
}

/// What counts the tries of digits.
pub fn tries(ctx: &Ctx<'_>, here: &SignedIn, handle: &str, source: std::net::IpAddr) -> Vec<CounterKey> {
    vec![
        limits::CODE_TRIES.whom(ctx, handle, None),
        limits::CODE_SOURCE.source(ctx, source),
        limits::SMS_TRIES.whom(ctx, &here.user().id.to_string(), None),
    ]
}

/// May a code be asked for at all? Looked at before anything is counted for all.
pub fn may_ask(
    ctx: &Ctx<'_>,
    flow: &Flow,
    here: &SignedIn,
    own: &[PhoneRow],
    number: &PhoneNumber,
    counted: &[Counted],
) -> Result<(), PhoneRefused> {
    // The first phone, because an app wants one, is asked for in the sign-in itself; any other is a change of the account.
    let first = own.is_empty() && flow.client().is_some();
    if !first && !may_change(ctx, here) {
        return Err(PhoneRefused::NotFresh);
    }
    if own.iter().any(|it| it.number == *number) {
        return Err(PhoneRefused::There);
    }
    if own.len() >= MOST_PHONES {
        return Err(PhoneRefused::Full);
    }
    if !ctx.policy.texts || Prefix::of(&ctx.policy.countries, number).is_none() {
        return Err(PhoneRefused::Elsewhere);
    }
    limits::wait(counted, ctx.now).map_or(Ok(()), |wait| Err(PhoneRefused::Throttled(wait)))
}

/// Sends digits to a number. `allowed` is what [`may_ask`] said, `counted` the counters of the number and those that all share.
pub fn begin(
    ctx: &Ctx<'_>,
    flow: &Flow,
    here: &SignedIn,
    number: &PhoneNumber,
    asker: &Asker,
    allowed: Result<(), PhoneRefused>,
    counted: &[Counted],
) -> Outcome<Flow, PhoneRefused> {
    let user = here.user().id;
    let step =
        TraceStep::new(flow.id, ctx.now, Party::Countersign, Party::Mail, "confirm this phone").user(user);
    let full = limits::wait(counted, ctx.now).map_or(Ok(()), |wait| Err(PhoneRefused::Throttled(wait)));
    if let Err(refused) = allowed.and(full) {
        return Outcome::refuse(refused).trace(step.refused("phone_refused", refused.to_string()));
    }
    let life = ctx.policy.lifetimes.short_code;
    let handle = Id::<id::Secret>::new(ctx).to_string();
    let digits = Plain::<kind::PhoneCode>::mint_digits(ctx);
    let row = NewSecret::of(&digits.digest_with(ctx, &handle), ctx.now, life)
        .user(Some(user))
        .client(flow.client().cloned())
        .flow(flow.id)
        .payload(number.as_str());
    let sms = SmsRequest {
        template: SmsTemplate::ConfirmPhone,
        to: number.clone(),
        code: digits.expose().to_owned(),
        locale: asker.locale.clone(),
        client: flow.client().cloned(),
        user,
        flow: Some(flow.id),
        at: ctx.now,
        expires_at: ctx.now + life,
    };
    let mut flow = flow.clone();
    flow.sent = Some(Sent { what: SentWhat::Phone, handle, at: ctx.now });
    flow.phone = Some(number.clone());
    Outcome::reply(flow)
        .write(Write::VoidSecrets(user, vec![SecretKind::PhoneCode], ctx.now))
        .write(Write::InsertSecret(Box::new(row)))
        .event(sms.event(ctx))
        .trace(step)
}

/// Digits came back, in the flow and from the person that they were made for.
pub fn resume(
    ctx: &Ctx<'_>,
    flow: &Flow,
    here: &SignedIn,
    own: &[PhoneRow],
    found: Option<&FoundSecret>,
    counted: Vec<Counted>,
    asker: &Asker,
) -> Outcome<(), PhoneRefused> {
    let user = here.user().id;
    let step = TraceStep::new(flow.id, ctx.now, Party::Browser, Party::Countersign, "the phone is confirmed")
        .user(user);
    let judged = (|| {
        if counted.iter().any(Counted::over) {
            return Err(PhoneRefused::CodeExhausted);
        }
        let Some(found) = found else {
            let left = counted.iter().map(Counted::left).min().unwrap_or(0);
            return Err(if left == 0 { PhoneRefused::CodeExhausted } else { PhoneRefused::CodeWrong(left) });
        };
        let row = FoundSecret::usable(Some(found), ctx.now)?;
        // Made for somebody else, or in another tab: the number that it was sent to is not the one shown here.
        let number = row.payload.as_str().and_then(|text| PhoneNumber::parse(text).ok());
        let number = number.filter(|_| row.user == Some(user) && row.flow == Some(flow.id));
        let number = number.ok_or(SecretRefused::Unknown)?;
        if own.iter().any(|it| it.number == number) {
            return Err(PhoneRefused::There);
        }
        if own.len() >= MOST_PHONES { Err(PhoneRefused::Full) } else { Ok((row, number)) }
    })();
    let (row, number) = match judged {
        Ok(judged) => judged,
        Err(refused) => {
            return Outcome::refuse(refused).trace(step.refused("phone_refused", refused.to_string()));
        }
    };
    let phone = PhoneRow { id: Id::new(ctx), user, number, verified_at: ctx.now, primary: own.is_empty() };
    let mut outcome = Outcome::reply(())
        .write(Write::SpendSecret(row.kind, row.digest, ctx.now))
        .write(Write::InsertPhone(Box::new(phone)));
    outcome = uncount(&Back::Digits(counted)).into_iter().fold(outcome, Outcome::write);
    told(ctx, here, EventKind::PhoneVerified, MailTemplate::PhoneAdded, asker)
        .into_iter()
        .fold(outcome, Outcome::event)
        .trace(step)
}

/// The phone that apps are told from now on.
pub fn choose(
    ctx: &Ctx<'_>,
    here: &SignedIn,
    own: &[PhoneRow],
    id: Id<id::Phone>,
    asker: &Asker,
) -> Outcome<(), PhoneRefused> {
    let found = match own_phone(ctx, here, own, id) {
        Ok(found) => found,
        Err(refused) => return Outcome::refuse(refused),
    };
    if found.primary {
        return Outcome::reply(());
    }
    let outcome = Outcome::reply(()).write(Write::ChoosePhone(id, here.user().id));
    told(ctx, here, EventKind::PhoneChosen, MailTemplate::PhoneChosen, asker)
        .into_iter()
        .fold(outcome, Outcome::event)
}

/// Takes a phone away; where apps were told it, they are told the one that was proved first.
pub fn remove(
    ctx: &Ctx<'_>,
    here: &SignedIn,
    own: &[PhoneRow],
    id: Id<id::Phone>,
    asker: &Asker,
) -> Outcome<(), PhoneRefused> {
    let found = match own_phone(ctx, here, own, id) {
        Ok(found) => found,
        Err(refused) => return Outcome::refuse(refused),
    };
    let user = here.user().id;
    let mut outcome = Outcome::reply(()).write(Write::RemovePhone(id, user));
    let next = own.iter().filter(|it| it.id != id).min_by_key(|it| (it.verified_at, it.id));
    if let Some(next) = next.filter(|_| found.primary) {
        outcome = outcome.write(Write::ChoosePhone(next.id, user));
    }
    told(ctx, here, EventKind::PhoneRemoved, MailTemplate::PhoneRemoved, asker)
        .into_iter()
        .fold(outcome, Outcome::event)
}

fn own_phone<'a>(
    ctx: &Ctx<'_>,
    here: &SignedIn,
    own: &'a [PhoneRow],
    id: Id<id::Phone>,
) -> Result<&'a PhoneRow, PhoneRefused> {
    let found = own.iter().find(|it| it.id == id && it.user == here.user().id);
    let found = found.ok_or(PhoneRefused::NotFound)?;
    if may_change(ctx, here) { Ok(found) } else { Err(PhoneRefused::NotFresh) }
}

/// The event, and the mail that tells the person. Neither names the number.
fn told(
    ctx: &Ctx<'_>,
    here: &SignedIn,
    kind: EventKind,
    template: MailTemplate,
    asker: &Asker,
) -> Vec<Event> {
    let user = here.user().id;
    let mut events = vec![Event::new(kind, ctx.now).user(user).session(here.session().id)];
    let to = here.email().and_then(|it| EmailAddress::parse(&it.address).ok());
    events.extend(to.map(|to| {
        let mut mail = MailRequest::new(template, &to, asker, ctx.now, ctx.now + days(1));
        mail.user = Some(user);
        mail.event(ctx)
    }));
    events
}

#[cfg(test)]
mod tests;
