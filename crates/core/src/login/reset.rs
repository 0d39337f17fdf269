//! A forgotten password: a link that works once, for thirty minutes, and ends what the old password opened.

use super::arrive::{Arrival, Candidate, Door, arrive, claim_address};
use super::asker::Asker;
use super::flow::{Flow, SentWhat};
use super::mail::{MailRequest, MailTemplate};
use super::mailed::{Back, For, LinkRefused, Place, SendRefused, mint, usable};
use crate::account::{EmailAddress, User};
use crate::limits::{self, Counted};
use crate::secret::kind;
use crate::session::{EndReason, Factor, end_everything};
use crate::time::days;
use crate::write::FoundSecret;
use crate::{Ctx, Event, EventKind, Id, Outcome, Party, SecretKind, TraceStep, Write};

/// Sends the link. Known and unknown addresses write the same rows.
pub fn begin(
    ctx: &Ctx<'_>,
    flow: &Flow,
    email: &EmailAddress,
    asker: &Asker,
    found: Option<&Candidate>,
    counted: &[Counted],
) -> Outcome<Flow, SendRefused> {
    let step = TraceStep::new(flow.id, ctx.now, Party::Browser, Party::Countersign, "forgotten password");
    if let Some(wait) = limits::wait(counted, ctx.now) {
        return Outcome::refuse(SendRefused::Throttled(wait))
            .trace(step.refused("mail_throttled", "too many mails to this address or from this source"));
    }
    let found = found.filter(|c| c.active());
    let life = ctx.policy.lifetimes.reset_link;
    let minted = mint::<kind::ResetLink>(
        ctx,
        For {
            flow,
            what: SentWhat::Reset,
            email,
            user: found.map(|c| (c.user.id, c.user.epoch)),
            asker,
            pending: None,
            life,
        },
    );
    let whose = found.map_or_else(|| Id::new(ctx), |c| c.user.id);
    let template = if found.is_some() { MailTemplate::ResetPassword } else { MailTemplate::NoAccount };
    let to = found.and_then(Candidate::address).unwrap_or_else(|| email.clone());
    let mut mail = MailRequest::new(template, &to, asker, ctx.now, ctx.now + life);
    mail.user = found.map(|c| c.user.id);
    mail.flow = Some(flow.id);
    mail.client = flow.client().cloned();
    mail.path = Some(format!("/reset?link={}", minted.link.expose()));
    let outcome = Outcome::reply(minted.flow)
        .write(Write::VoidSecrets(whose, vec![SecretKind::ResetLink], ctx.now))
        .event(mail.event(ctx))
        .trace(step);
    minted.writes.into_iter().fold(outcome, Outcome::write)
}

/// How long the one-time link of `countersign user create` works.
pub const INVITE: std::time::Duration = days(7);

/// A one-time link for somebody whose account an operator made: there they choose a password. It belongs to no
/// browser, so it ends on their account page. Returns our path, for the operator's eyes only, and the rows.
pub fn invite(ctx: &Ctx<'_>, email: &EmailAddress, user: (Id<crate::id::User>, i64)) -> (String, Vec<Write>) {
    let nobody = crate::Plain::<kind::Browser>::mint(ctx).digest(ctx);
    let flow = Flow::begin(ctx, nobody, super::flow::Target::Account(super::flow::AccountPath::Profile));
    let asker = Asker {
        browser: nobody,
        agent: String::new(),
        network: String::new(),
        locale: "en".to_owned(),
        known: super::asker::Known::default(),
    };
    let whom = For {
        flow: &flow,
        what: SentWhat::Reset,
        email,
        user: Some(user),
        asker: &asker,
        pending: None,
        life: INVITE,
    };
    let minted = mint::<kind::ResetLink>(ctx, whom);
    let mut writes = vec![Write::VoidSecrets(user.0, vec![SecretKind::ResetLink], ctx.now)];
    writes.extend(minted.writes);
    (format!("/reset?link={}", minted.link.expose()), writes)
}

/// Sets the new password (`phc`, hashed outside) and signs this browser in: the link proved the mailbox.
pub fn resume(
    ctx: &Ctx<'_>,
    door: &Door,
    phc: &str,
    link: Option<&FoundSecret>,
    found: Option<&Candidate>,
) -> Outcome<(Arrival, Place), LinkRefused> {
    let step = TraceStep::new(door.flow, ctx.now, Party::Browser, Party::Countersign, "new password");
    let (row, ticket) = match usable(&Back::Link, link, ctx.now) {
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
    let mut outcome = Outcome::reply(()).trace(step.user(found.user.id));
    outcome.writes = ticket.spend(row, SecretKind::ResetLink, ctx.now);
    let user = if found.email.verified_at.is_none() {
        let (user, writes, events) = claim_address(ctx, found);
        outcome.writes.extend(writes);
        outcome.events.extend(events);
        user
    } else {
        let user = User { epoch: found.user.epoch + 1, ..found.user.clone() };
        outcome.writes.extend(end_everything(user.id, None, EndReason::PasswordChanged, ctx.now));
        user
    };
    outcome.writes.push(Write::SetPassword { user: user.id, phc: phc.to_owned(), at: ctx.now });
    outcome.events.extend(tell_change(ctx, &user, found.address().as_ref(), &door.asker));
    let arriving = arrive(ctx, door, &user, &ticket.email, Factor::MagicLink, None);
    let place = ticket.place(ctx, &door.asker.browser);
    outcome.writes.extend(arriving.writes);
    outcome.events.extend(arriving.events);
    outcome.map(|()| (arriving.arrival, place))
}

/// The event, and the mail to the address on record.
pub(crate) fn tell_change(
    ctx: &Ctx<'_>,
    user: &User,
    to: Option<&EmailAddress>,
    asker: &Asker,
) -> Vec<Event> {
    let mut events = vec![Event::new(EventKind::PasswordChanged, ctx.now).user(user.id)];
    if let Some(to) = to {
        let mut mail = MailRequest::new(MailTemplate::PasswordChanged, to, asker, ctx.now, ctx.now + days(1));
        mail.user = Some(user.id);
        events.push(mail.event(ctx));
    }
    events
}
