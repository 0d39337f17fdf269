//! Proving an address: at sign-up, and for an account whose address was never proved.

use super::arrive::{Arrival, Candidate, Door, arrive, claim_address};
use super::asker::Asker;
use super::flow::{Flow, SentWhat};
use super::mail::{MailRequest, MailTemplate};
use super::mailed::{Back, For, LinkRefused, Place, SendRefused, Ticket, mint_with_digits, uncount, usable};
use super::sign_up::{PENDING, Wish, make};
use crate::account::EmailAddress;
use crate::limits::{self, Counted};
use crate::secret::{from_base64url, kind};
use crate::session::{Factor, SignedIn};
use crate::write::{FoundSecret, NewSecret, SecretRefused};
use crate::{Ctx, Event, EventKind, Outcome, Party, SecretKind, TraceStep, Write};

/// Sends digits and a link to the unproved address of who is signed in.
pub fn begin(
    ctx: &Ctx<'_>,
    flow: &Flow,
    here: &SignedIn,
    email: &EmailAddress,
    asker: &Asker,
    counted: &[Counted],
) -> Outcome<Flow, SendRefused> {
    let step = TraceStep::new(flow.id, ctx.now, Party::Countersign, Party::Mail, "confirm this address");
    if let Some(wait) = limits::wait(counted, ctx.now) {
        return Outcome::refuse(SendRefused::Throttled(wait))
            .trace(step.refused("mail_throttled", "too many mails to this address or from this source"));
    }
    let user = here.user();
    let life = ctx.policy.lifetimes.short_code;
    let minted = mint_with_digits::<kind::ConfirmLink, kind::ConfirmCode>(
        ctx,
        For {
            flow,
            what: SentWhat::Confirm,
            email,
            user: Some((user.id, user.epoch)),
            asker,
            pending: None,
            life,
        },
    );
    let mut mail = MailRequest::new(MailTemplate::ConfirmEmail, email, asker, ctx.now, ctx.now + life);
    mail.user = Some(user.id);
    mail.flow = Some(flow.id);
    mail.client = flow.client().cloned();
    mail.path = Some(format!("/confirm/open?link={}", minted.link.expose()));
    mail.code.clone_from(&minted.digits);
    let outcome = Outcome::reply(minted.flow)
        .write(Write::VoidSecrets(user.id, vec![SecretKind::ConfirmLink, SecretKind::ConfirmCode], ctx.now))
        .event(mail.event(ctx))
        .trace(step.user(user.id));
    minted.writes.into_iter().fold(outcome, Outcome::write)
}

/// The link's button or the digits came back. `found` is the account that has the address now.
pub fn resume(
    ctx: &Ctx<'_>,
    door: &Door,
    back: &Back,
    link: Option<&FoundSecret>,
    found: Option<&Candidate>,
) -> Outcome<(Arrival, Place), LinkRefused> {
    let step =
        TraceStep::new(door.flow, ctx.now, Party::Browser, Party::Countersign, "the address is confirmed");
    let refuse = |cause: LinkRefused| {
        Outcome::refuse(cause).trace(step.clone().refused("confirm_refused", cause.to_string()))
    };
    let (row, ticket) = match usable(back, link, ctx.now) {
        Ok(usable) => usable,
        Err(cause) => return refuse(cause),
    };
    let place = match back {
        Back::Link => ticket.place(ctx, &door.asker.browser),
        Back::Digits(_) => Place::Here(None),
    };
    match prove(ctx, door, row, &ticket, &place, found) {
        Ok(outcome) => {
            let outcome = uncount(back).into_iter().fold(outcome, Outcome::write);
            outcome.map(|arrival| (arrival, place)).trace(step)
        }
        Err(cause) => refuse(cause),
    }
}

fn prove(
    ctx: &Ctx<'_>,
    door: &Door,
    row: &NewSecret,
    ticket: &Ticket,
    place: &Place,
    found: Option<&Candidate>,
) -> Result<Outcome<Arrival, LinkRefused>, LinkRefused> {
    let spent = ticket.spend(row, SecretKind::ConfirmCode, ctx.now);
    let own_browser = matches!(place, Place::Here(_));
    let owned = found.filter(|c| c.email.verified_at.is_some());
    let (user, factor, writes, events) = match (&ticket.pending, row.user) {
        // Rows for show: the mail said that there is an account.
        (Some(pending), _) if pending.taken => return Err(SecretRefused::Unknown.into()),
        (Some(_), _) if owned.is_some() => return Err(LinkRefused::AddressTaken),
        (Some(pending), _) => {
            // pressed elsewhere, the password of whoever asked is not taken over: the one with the
            // mailbox may not be the one who typed it.
            let phc = if own_browser { open_phc(ctx, &pending.phc, &ticket.email)? } else { String::new() };
            let claims = if own_browser { pending.claims.clone() } else { Box::default() };
            let wish = Wish { email: ticket.email.clone(), claims, phc };
            let (user, writes, events) = make(ctx, &wish, Some(ctx.now));
            (user, if own_browser { Factor::Password } else { Factor::MagicLink }, writes, events)
        }
        (None, Some(whose)) => {
            if owned.is_some_and(|c| c.user.id != whose) {
                return Err(LinkRefused::AddressTaken);
            }
            let same = |c: &&Candidate| c.user.id == whose && Some(c.user.epoch) == ticket.epoch;
            let found = found.filter(same).ok_or(LinkRefused::Outdated)?;
            if !found.active() {
                return Err(LinkRefused::Disabled);
            }
            if own_browser {
                let proved = Event::new(EventKind::EmailVerified, ctx.now).user(whose);
                let verify = Write::VerifyEmail(found.email.id, ctx.now);
                (found.user.clone(), Factor::MagicLink, vec![verify], vec![proved])
            } else {
                let (user, writes, events) = claim_address(ctx, found);
                (user, Factor::MagicLink, writes, events)
            }
        }
        (None, None) => return Err(SecretRefused::Unknown.into()),
    };
    let arriving = arrive(ctx, door, &user, &ticket.email, factor, None);
    let mut outcome = Outcome::reply(arriving.arrival);
    outcome.writes = spent.into_iter().chain(writes).chain(arriving.writes).collect();
    outcome.events = events.into_iter().chain(arriving.events).collect();
    Ok(outcome)
}

fn open_phc(ctx: &Ctx<'_>, sealed: &str, email: &EmailAddress) -> Result<String, SecretRefused> {
    let sealed = from_base64url(sealed).ok_or(SecretRefused::Unknown)?;
    let plain = ctx.vault.open(PENDING, email.key().as_bytes(), &sealed).ok_or(SecretRefused::Unknown)?;
    String::from_utf8(plain.to_vec()).map_err(|_| SecretRefused::Unknown)
}

#[cfg(test)]
mod tests;
