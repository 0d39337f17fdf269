//! Signing in with a link. DESIGN 4: opening it never spends it, it signs in only the browser in which its
//! button is pressed (or its digits are typed), and an unknown address writes the same rows.

use super::arrive::{Arrival, Candidate, Door, arrive, claim_address};
use super::asker::Asker;
use super::flow::{Flow, SentWhat};
use super::mail::{MailRequest, MailTemplate};
use super::mailed::{Back, For, LinkRefused, Place, SendRefused, mint_with_digits, uncount, usable};
use crate::account::EmailAddress;
use crate::limits::{self, Counted};
use crate::secret::kind;
use crate::session::Factor;
use crate::write::FoundSecret;
use crate::{Ctx, Id, Outcome, Party, SecretKind, TraceStep, Write};

/// Sends a link. `found` is the account of the address, if there is one.
pub fn begin(
    ctx: &Ctx<'_>,
    flow: &Flow,
    email: &EmailAddress,
    asker: &Asker,
    found: Option<&Candidate>,
    counted: &[Counted],
) -> Outcome<Flow, SendRefused> {
    let step = TraceStep::new(flow.id, ctx.now, Party::Browser, Party::Countersign, "send me a link");
    if let Some(wait) = limits::wait(counted, ctx.now) {
        return Outcome::refuse(SendRefused::Throttled(wait))
            .trace(step.refused("mail_throttled", "too many mails to this address or from this source"));
    }
    let found = found.filter(|c| c.active());
    let life = ctx.policy.lifetimes.magic_link;
    let minted = mint_with_digits::<kind::MagicLink, kind::MagicCode>(
        ctx,
        For {
            flow,
            what: SentWhat::Link,
            email,
            user: found.map(|c| (c.user.id, c.user.epoch)),
            asker,
            pending: None,
            life,
        },
    );
    // A newer link voids older ones; for an unknown address the same statement finds nothing.
    let whose = found.map_or_else(|| Id::new(ctx), |c| c.user.id);
    let template = if found.is_some() { MailTemplate::MagicLink } else { MailTemplate::NoAccount };
    // To the address on record: what was typed may differ from it in ways that reach another box.
    let to = found.and_then(Candidate::address).unwrap_or_else(|| email.clone());
    let mut mail = MailRequest::new(template, &to, asker, ctx.now, ctx.now + life);
    mail.user = found.map(|c| c.user.id);
    mail.flow = Some(flow.id);
    mail.client = flow.client().cloned();
    mail.path = Some(format!("/login/link/open?link={}", minted.link.expose()));
    let outcome = Outcome::reply(minted.flow)
        .write(Write::VoidSecrets(whose, vec![SecretKind::MagicLink, SecretKind::MagicCode], ctx.now))
        .event(mail.event(ctx))
        .trace(step)
        .trace(TraceStep::new(
            flow.id,
            ctx.now,
            Party::Countersign,
            Party::Mail,
            "a link, if there is an account",
        ));
    minted.writes.into_iter().fold(outcome, Outcome::write)
}

/// The button or the digits came back. The flow goes on only in its own browser.
pub fn resume(
    ctx: &Ctx<'_>,
    door: &Door,
    back: &Back,
    link: Option<&FoundSecret>,
    found: Option<&Candidate>,
) -> Outcome<(Arrival, Place), LinkRefused> {
    let step = TraceStep::new(door.flow, ctx.now, Party::Browser, Party::Countersign, "the link comes back");
    let (row, ticket) = match usable(back, link, ctx.now) {
        Ok(usable) => usable,
        Err(refused) => {
            return Outcome::refuse(refused).trace(step.refused("link_refused", refused.to_string()));
        }
    };
    let same = |c: &&Candidate| Some(c.user.id) == row.user && Some(c.user.epoch) == ticket.epoch;
    let Some(found) = found.filter(same) else {
        let cause = LinkRefused::Outdated;
        return Outcome::refuse(cause).trace(step.refused("link_outdated", cause.to_string()));
    };
    if !found.active() {
        let cause = LinkRefused::Disabled;
        return Outcome::refuse(cause)
            .trace(step.user(found.user.id).refused("account_disabled", cause.to_string()));
    }
    let place = match back {
        Back::Link => ticket.place(ctx, &door.asker.browser),
        Back::Digits(_) => Place::Here(None),
    };
    let mut outcome = Outcome::reply(()).trace(step.user(found.user.id));
    outcome.writes = ticket.spend(row, SecretKind::MagicCode, ctx.now);
    outcome.writes.extend(uncount(back));
    let mut user = found.user.clone();
    let proved = found.email.verified_at.is_some();
    if !proved {
        let (claimed, writes, events) = claim_address(ctx, found);
        user = claimed;
        outcome.writes.extend(writes);
        outcome.events.extend(events);
    }
    let greet = Some(&found.email).filter(|_| proved);
    let arriving = arrive(ctx, door, &user, &ticket.email, Factor::MagicLink, greet);
    outcome.writes.extend(arriving.writes);
    outcome.events.extend(arriving.events);
    outcome.map(|()| (arriving.arrival, place))
}

#[cfg(test)]
mod tests;
