//! A person's e-mail addresses: one more, another one in front, one less. An address that is added stands nowhere but
//! in a secret that dies within minutes, until six digits mailed to it come back: so it reserves nothing and opens
//! nothing.

use super::identity::may_change;
use super::{EmailAddress, EmailRow};
use crate::limits::{self, Counted, Counts};
use crate::login::Asker;
use crate::login::mail::{MailRequest, MailTemplate};
use crate::secret::kind;
use crate::session::SignedIn;
use crate::time::days;
use crate::write::{FoundSecret, NewSecret};
use crate::{Ctx, Digest, Event, EventKind, Id, Outcome, Plain, SecretKind, Timestamp, Write, id};
use serde::{Deserialize, Serialize};

/// A person has at most so many.
pub const MOST: usize = 10;

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailsRefused {
    /// Nobody is signed in here any more.
    #[error("nobody is signed in here")]
    SignedOut,
    /// The sign-in is too old to change the ways into the account.
    #[error("the person must have signed in a moment ago")]
    NotFresh,
    /// No such address of this person; somebody else's looks the same.
    #[error("no such address of this person")]
    NotFound,
    /// Too many mails to this box or from this source, whoever has the address.
    #[error("too many mails; {0} s to wait")]
    Throttled(u32),
    /// The person has it, and proved it.
    #[error("the address is the person's already")]
    Yours,
    /// As many as there may be.
    #[error("the person has as many addresses as one may have")]
    TooMany,
    /// Nothing waits for digits, or no longer.
    #[error("no address waits for digits")]
    NothingWaits,
    /// Other digits; so many tries are left.
    #[error("the digits are wrong; {0} tries left")]
    CodeWrong(u32),
    /// Tried too often, from this source or for this code.
    #[error("the digits were tried too often")]
    CodeExhausted,
    /// Somebody else proved it, before or meanwhile. Said only to who holds digits that were mailed to it.
    #[error("the address belongs to another account")]
    Taken,
    /// Only a proved address stands in front.
    #[error("the address is not proved")]
    NotProved,
    /// Apps are told of it: another one has to stand in front first.
    #[error("the address is the one in front")]
    InFront,
    /// Links are mailed to it: without one nobody would get back in.
    #[error("it is the last proved address")]
    LastProved,
}

/// An address that waits for its digits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Waiting {
    /// As typed.
    pub email: EmailAddress,
    /// What the tries are counted by, and part of the digits' digest.
    pub handle: String,
    /// The person's epoch then: a password change voids it.
    epoch: i64,
}

impl Waiting {
    /// What the row of `secrets` holds.
    pub fn of(row: &NewSecret) -> Option<Self> {
        serde_json::from_value(row.payload.clone()).ok()
    }
}

/// Mails six digits to an address. `own` is what the person has, `owner` whoever proved this address. Where that is
/// somebody else, the same rows are written and the mail tells the owner; here nobody is told.
pub fn begin(
    ctx: &Ctx<'_>,
    here: &SignedIn,
    email: &EmailAddress,
    own: &[EmailRow],
    owner: Option<Id<id::User>>,
    asker: &Asker,
    counted: &[Counted],
) -> Outcome<(), EmailsRefused> {
    let user = here.user();
    let there = own.iter().find(|it| it.key == email.key());
    if !may_change(ctx, here) {
        return Outcome::refuse(EmailsRefused::NotFresh);
    }
    if there.is_some_and(|it| it.verified_at.is_some()) {
        return Outcome::refuse(EmailsRefused::Yours);
    }
    if there.is_none() && own.len() >= MOST {
        return Outcome::refuse(EmailsRefused::TooMany);
    }
    if let Some(wait) = limits::wait(counted, ctx.now) {
        return Outcome::refuse(EmailsRefused::Throttled(wait));
    }
    let taken = owner.is_some_and(|owner| owner != user.id);
    let life = ctx.policy.lifetimes.short_code;
    let handle = Id::<id::Secret>::new(ctx).to_string();
    let digits = Plain::<kind::EmailCode>::mint_digits(ctx);
    // Digits that nobody was sent, and that are not six, are typed by nobody.
    let digest = match taken {
        true => Plain::<kind::EmailCode>::mint(ctx).digest_with(ctx, &handle),
        false => digits.digest_with(ctx, &handle),
    };
    let waiting = Waiting { email: email.clone(), handle, epoch: user.epoch };
    let row = NewSecret::of(&digest, ctx.now, life)
        .user(Some(user.id))
        .payload(serde_json::to_value(&waiting).unwrap_or_default());
    let mut mail = MailRequest::new(MailTemplate::AddEmail, email, asker, ctx.now, ctx.now + life);
    mail.user = Some(user.id);
    mail.code = (!taken).then(|| digits.expose().to_owned());
    Outcome::reply(())
        .write(Write::VoidSecrets(user.id, vec![SecretKind::EmailCode], ctx.now))
        .write(Write::InsertSecret(Box::new(row)))
        .event(mail.event(ctx))
}

/// The digest under which the digits of a waiting address are found.
pub fn digest_of(ctx: &Ctx<'_>, waiting: &Waiting, digits: &str) -> Digest<kind::EmailCode> {
    Plain::presented(digits).digest_with(ctx, &waiting.handle)
}

/// The digits came back, in a session of the person who asked for them. `found` is the row that waits.
#[allow(clippy::too_many_arguments, reason = "each is a row of its own")]
pub fn prove(
    ctx: &Ctx<'_>,
    here: &SignedIn,
    digits: &str,
    found: Option<&FoundSecret>,
    own: &[EmailRow],
    owner: Option<Id<id::User>>,
    asker: &Asker,
    tries: &[Counted],
) -> Outcome<EmailAddress, EmailsRefused> {
    let user = here.user();
    let row = match FoundSecret::usable(found, ctx.now) {
        Ok(row) if row.user == Some(user.id) => row,
        Ok(_) | Err(_) => return Outcome::refuse(EmailsRefused::NothingWaits),
    };
    let Some(waiting) = Waiting::of(row).filter(|it| it.epoch == user.epoch) else {
        return Outcome::refuse(EmailsRefused::NothingWaits);
    };
    if tries.iter().any(Counted::over) {
        return Outcome::refuse(EmailsRefused::CodeExhausted);
    }
    if digest_of(ctx, &waiting, digits).as_bytes() != row.digest.as_slice() {
        let left = tries.iter().map(Counted::left).min().unwrap_or(0);
        return Outcome::refuse(if left == 0 {
            EmailsRefused::CodeExhausted
        } else {
            EmailsRefused::CodeWrong(left)
        });
    }
    let spent = Write::SpendSecret(row.kind, row.digest, ctx.now);
    if owner.is_some_and(|owner| owner != user.id) {
        return Outcome::refuse(EmailsRefused::Taken).write(spent);
    }
    let event = |kind| {
        let event = Event::new(kind, ctx.now).user(user.id).session(here.session().id);
        event.personal("address", waiting.email.typed())
    };
    let failures = tries.iter().filter(|it| it.key.limit.counts == Counts::Failures);
    let mut outcome = Outcome::reply(waiting.email.clone()).write(spent);
    outcome.writes.extend(failures.map(|it| Write::Uncount(it.key.text.clone())));
    match own.iter().find(|it| it.key == waiting.email.key()) {
        // Proved in another window meanwhile.
        Some(there) if there.verified_at.is_some() => outcome,
        Some(there) => {
            outcome.write(Write::VerifyEmail(there.id, ctx.now)).event(event(EventKind::EmailVerified))
        }
        None if own.len() >= MOST => Outcome::refuse(EmailsRefused::TooMany),
        None => {
            let row = EmailRow {
                id: Id::new(ctx),
                user: user.id,
                address: waiting.email.typed().to_owned(),
                key: waiting.email.key().to_owned(),
                verified_at: Some(ctx.now),
                primary: own.iter().all(|it| !it.primary),
            };
            let told = in_front(own)
                .map(|front| tell(ctx, here, MailTemplate::EmailAdded, front, &row.address, asker));
            let outcome =
                outcome.write(Write::InsertEmail(Box::new(row))).event(event(EventKind::EmailAdded));
            told.into_iter().flatten().fold(outcome, Outcome::event)
        }
    }
}

/// Puts another proved address in front: the one that apps are told and that mails go to. Both hear of it.
pub fn put_in_front(
    ctx: &Ctx<'_>,
    here: &SignedIn,
    email: Id<id::Email>,
    own: &[EmailRow],
    asker: &Asker,
) -> Outcome<(), EmailsRefused> {
    let Some(wanted) = own.iter().find(|it| it.id == email) else {
        return Outcome::refuse(EmailsRefused::NotFound);
    };
    if !may_change(ctx, here) {
        return Outcome::refuse(EmailsRefused::NotFresh);
    }
    if wanted.primary {
        return Outcome::reply(());
    }
    if wanted.verified_at.is_none() {
        return Outcome::refuse(EmailsRefused::NotProved);
    }
    let user = here.user().id;
    let event = Event::new(EventKind::EmailPrimaryChanged, ctx.now)
        .user(user)
        .session(here.session().id)
        .personal("address", wanted.address.as_str());
    let outcome = Outcome::reply(()).write(Write::SetPrimaryEmail(user, email, ctx.now)).event(event);
    let to = [in_front(own), Some(wanted)].into_iter().flatten();
    to.filter_map(|to| tell(ctx, here, MailTemplate::EmailPrimary, to, &wanted.address, asker))
        .fold(outcome, Outcome::event)
}

/// Takes an address away: not the one in front, and not the last proved one. It and the one in front hear of it.
pub fn remove(
    ctx: &Ctx<'_>,
    here: &SignedIn,
    email: Id<id::Email>,
    own: &[EmailRow],
    asker: &Asker,
) -> Outcome<(), EmailsRefused> {
    let Some(gone) = own.iter().find(|it| it.id == email) else {
        return Outcome::refuse(EmailsRefused::NotFound);
    };
    if !may_change(ctx, here) {
        return Outcome::refuse(EmailsRefused::NotFresh);
    }
    let proved = own.iter().filter(|it| it.verified_at.is_some()).count();
    if gone.verified_at.is_some() && proved < 2 {
        return Outcome::refuse(EmailsRefused::LastProved);
    }
    if gone.primary {
        return Outcome::refuse(EmailsRefused::InFront);
    }
    let user = here.user().id;
    let event = Event::new(EventKind::EmailRemoved, ctx.now)
        .user(user)
        .session(here.session().id)
        .personal("address", gone.address.as_str());
    let outcome = Outcome::reply(()).write(Write::RemoveEmail(email, user)).event(event);
    // Who never proved it may be somebody else, and hears nothing.
    let gone_too = Some(gone).filter(|it| it.verified_at.is_some());
    let to = [in_front(own), gone_too].into_iter().flatten();
    to.filter_map(|to| tell(ctx, here, MailTemplate::EmailRemoved, to, &gone.address, asker))
        .fold(outcome, Outcome::event)
}

fn in_front(own: &[EmailRow]) -> Option<&EmailRow> {
    own.iter().find(|it| it.primary)
}

fn tell(
    ctx: &Ctx<'_>,
    here: &SignedIn,
    template: MailTemplate,
    to: &EmailRow,
    address: &str,
    asker: &Asker,
) -> Option<Event> {
    let to = EmailAddress::parse(&to.address).ok()?;
    let mut mail = MailRequest::new(template, &to, asker, ctx.now, ctx.now + days(1));
    mail.user = Some(here.user().id);
    mail.detail = Some(address.to_owned());
    Some(mail.event(ctx))
}

/// What the page shows of a row that waits.
pub fn waiting(found: &FoundSecret, here: &SignedIn, now: Timestamp) -> Option<Waiting> {
    let row = FoundSecret::usable(Some(found), now).ok()?;
    Waiting::of(row).filter(|it| it.epoch == here.user().epoch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;
    use crate::login::asker::tests::asker;
    use crate::session::live::tests::found;
    use crate::time::minutes;

    fn row(ctx: &Ctx<'_>, here: &SignedIn, address: &str, proved: bool, primary: bool) -> EmailRow {
        EmailRow {
            id: Id::new(ctx),
            user: here.user().id,
            address: address.into(),
            key: address.to_ascii_lowercase(),
            verified_at: proved.then_some(ctx.now),
            primary,
        }
    }
    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }
    fn kept(out: &Outcome<(), EmailsRefused>) -> FoundSecret {
        let row = out.writes.iter().find_map(|it| match it {
            Write::InsertSecret(row) => Some((**row).clone()),
            _ => None,
        });
        FoundSecret { row: row.unwrap(), spent_at: None }
    }
    fn code(ctx: &Ctx<'_>, out: &Outcome<(), EmailsRefused>) -> Option<String> {
        out.events.iter().find_map(|it| MailRequest::of_event(ctx.vault, it)).unwrap().code
    }

    #[test]
    fn an_address_becomes_the_persons_when_its_digits_come_back_and_not_before() {
        let mut fixed = Fixed::new();
        let ctx = fixed.ctx();
        let here = found(&ctx).live(&ctx).unwrap();
        let own = [row(&ctx, &here, "anna@example.com", true, true)];
        let out = begin(&ctx, &here, &address("Anna@new.test"), &own, None, &asker(&ctx), &[]);
        assert!(!out.writes.iter().any(|it| matches!(it, Write::InsertEmail(_))), "nothing is reserved");
        let (waits, digits) = (kept(&out), code(&ctx, &out).unwrap());
        let run = |ctx: &Ctx<'_>, here: &SignedIn, digits: &str, owner| {
            prove(ctx, here, digits, Some(&waits), &own, owner, &asker(ctx), &[])
        };
        let right = run(&ctx, &here, &digits, None);
        let added = right.writes.iter().find_map(|it| match it {
            Write::InsertEmail(row) => Some(row.clone()),
            _ => None,
        });
        let added = added.unwrap();
        assert_eq!(
            (added.key.as_str(), added.verified_at, added.primary),
            ("anna@new.test", Some(ctx.now), false)
        );
        let mail = right.events.iter().find_map(|it| MailRequest::of_event(ctx.vault, it)).unwrap();
        assert_eq!((mail.to.typed(), mail.detail.as_deref()), ("anna@example.com", Some("Anna@new.test")));
        assert_eq!(run(&ctx, &here, "000000x", None).result.unwrap_err(), EmailsRefused::CodeExhausted);
        let other = found(&ctx).live(&ctx).unwrap();
        assert_eq!(run(&ctx, &other, &digits, None).result.unwrap_err(), EmailsRefused::NothingWaits);
        let taken = run(&ctx, &here, &digits, Some(Id::new(&ctx)));
        assert_eq!(taken.result.as_ref().unwrap_err(), &EmailsRefused::Taken);
        assert!(!taken.writes.iter().any(|it| matches!(it, Write::InsertEmail(_))));
        let mut since = found(&ctx);
        since.user = crate::account::User { epoch: 4, ..here.user().clone() };
        since.session.epoch = 4;
        let since = since.live(&ctx).unwrap();
        assert_eq!(
            run(&ctx, &since, &digits, None).result.unwrap_err(),
            EmailsRefused::NothingWaits,
            "epoch"
        );
        fixed.now += minutes(10);
        assert_eq!(run(&fixed.ctx(), &here, &digits, None).result.unwrap_err(), EmailsRefused::NothingWaits);
    }

    #[test]
    fn somebody_elses_address_gets_the_same_rows_and_its_owner_the_mail() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let here = found(&ctx).live(&ctx).unwrap();
        let run = |owner| begin(&ctx, &here, &address("ben@x.test"), &[], owner, &asker(&ctx), &[]);
        let (free, taken) = (run(None), run(Some(Id::new(&ctx))));
        let shape = |out: &Outcome<(), EmailsRefused>| {
            let writes: Vec<_> = out.writes.iter().map(std::mem::discriminant).collect();
            let event = &out.events[0];
            (writes, out.events.len(), event.kind, event.data.clone(), event.user)
        };
        assert_eq!(shape(&free), shape(&taken));
        assert!(free.result.is_ok() && taken.result.is_ok());
        assert!(code(&ctx, &free).is_some() && code(&ctx, &taken).is_none());
        let waits = kept(&taken);
        for n in [0, 402_913, 999_999] {
            let out = prove(&ctx, &here, &format!("{n:06}"), Some(&waits), &[], None, &asker(&ctx), &[]);
            assert!(out.writes.is_empty() && out.result.is_err());
        }
    }

    #[test]
    fn changes_want_a_fresh_sign_in_and_the_last_proved_address_stays() {
        let mut fixed = Fixed::new();
        let ctx = fixed.ctx();
        let here = found(&ctx).live(&ctx).unwrap();
        let front = row(&ctx, &here, "anna@example.com", true, true);
        let second = row(&ctx, &here, "anna@new.test", true, false);
        let open = row(&ctx, &here, "open@new.test", false, false);
        let all = [front.clone(), second.clone(), open.clone()];
        let ask = asker(&ctx);
        let err = |out: Outcome<(), EmailsRefused>| {
            assert!(out.result.is_ok() || (out.writes.is_empty() && out.events.is_empty()));
            out.result.err()
        };
        assert_eq!(err(remove(&ctx, &here, front.id, &all, &ask)), Some(EmailsRefused::InFront));
        assert_eq!(err(remove(&ctx, &here, front.id, &all[..1], &ask)), Some(EmailsRefused::LastProved));
        let unproved_front =
            [EmailRow { primary: true, ..open.clone() }, EmailRow { primary: false, ..second.clone() }];
        assert_eq!(
            err(remove(&ctx, &here, second.id, &unproved_front, &ask)),
            Some(EmailsRefused::LastProved)
        );
        assert_eq!(err(put_in_front(&ctx, &here, open.id, &all, &ask)), Some(EmailsRefused::NotProved));
        for id in [Id::new(&ctx), Id::new(&ctx)] {
            assert_eq!(err(put_in_front(&ctx, &here, id, &all, &ask)), Some(EmailsRefused::NotFound));
            assert_eq!(err(remove(&ctx, &here, id, &all, &ask)), Some(EmailsRefused::NotFound));
        }
        let told = |out: Outcome<(), EmailsRefused>| {
            let mails = out.events.iter().filter_map(|it| MailRequest::of_event(ctx.vault, it));
            mails.map(|it| it.to.typed().to_owned()).collect::<Vec<_>>()
        };
        let both = ["anna@example.com", "anna@new.test"];
        assert_eq!(told(put_in_front(&ctx, &here, second.id, &all, &ask)), both);
        assert_eq!(told(remove(&ctx, &here, second.id, &all, &ask)), both);
        assert_eq!(told(remove(&ctx, &here, open.id, &all, &ask)), both[..1]);
        let add = |ctx: &Ctx<'_>, to: &str, own: &[EmailRow]| {
            err(begin(ctx, &here, &address(to), own, None, &ask, &[]))
        };
        assert_eq!(add(&ctx, "ANNA@new.test", &all), Some(EmailsRefused::Yours));
        assert_eq!(add(&ctx, "open@new.test", &all), None, "to prove what is there");
        let many: Vec<_> =
            (0..MOST).map(|n| row(&ctx, &here, &format!("a{n}@x.test"), true, n == 0)).collect();
        assert_eq!(add(&ctx, "b@x.test", &many), Some(EmailsRefused::TooMany));
        fixed.now += minutes(10);
        let ctx = fixed.ctx();
        assert_eq!(add(&ctx, "b@x.test", &all), Some(EmailsRefused::NotFresh));
        assert_eq!(err(put_in_front(&ctx, &here, second.id, &all, &ask)), Some(EmailsRefused::NotFresh));
        assert_eq!(err(remove(&ctx, &here, second.id, &all, &ask)), Some(EmailsRefused::NotFresh));
    }
}
