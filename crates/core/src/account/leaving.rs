//! Deleting one's own account, with a time in which it can be taken back: the person asks, everything is over at once,
//! and whoever signs in meanwhile is asked one question only: keep it? After that it goes for good.

use super::identity::may_change;
use super::{EmailAddress, EmailRow, User};
use crate::login::Asker;
use crate::login::mail::{MailRequest, MailTemplate};
use crate::session::live::Departing;
use crate::session::{EndReason, SignedIn, end_everything};
use crate::time::days;
use crate::{Ctx, Event, EventKind, Id, Outcome, Timestamp, Write, id};
use std::convert::Infallible;

/// Why the account stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeaveRefused {
    /// Nobody is signed in here any more.
    #[error("nobody is signed in here")]
    SignedOut,
    /// The sign-in is too old.
    #[error("the person must have signed in a moment ago")]
    NotFresh,
    /// The person's own address was not typed.
    #[error("the person's own address was not typed")]
    NotSure,
}

/// The person asks for the deletion: everybody is signed out, the account is switched off, a mail says until when it can
/// be kept and how. Where the operator grants no time it goes at once.
pub fn leave(ctx: &Ctx<'_>, here: &SignedIn, sure: &str, asker: &Asker) -> Outcome<Timestamp, LeaveRefused> {
    if !may_change(ctx, here) {
        return Outcome::refuse(LeaveRefused::NotFresh);
    }
    let typed = EmailAddress::parse(sure).ok();
    let meant = |own: &EmailRow| typed.as_ref().is_some_and(|it| it.key() == own.key);
    if !here.email().is_none_or(meant) {
        return Outcome::refuse(LeaveRefused::NotSure);
    }
    let (user, at) = (here.user().id, ctx.now);
    let until = at + ctx.policy.lifetimes.deletion_grace;
    if until <= at {
        let gone = erase(ctx, user);
        let ends = end_everything(user, None, EndReason::Deleted, at);
        let outcome = ends.into_iter().fold(Outcome::reply(until), Outcome::write);
        let outcome = gone.writes.into_iter().fold(outcome, Outcome::write);
        return gone.events.into_iter().fold(outcome, Outcome::event);
    }
    let event = Event::new(EventKind::UserLeaving, at).user(user).data("until", until.seconds());
    let ends = end_everything(user, None, EndReason::EndedByUser, at);
    let outcome = ends.into_iter().fold(Outcome::reply(until), Outcome::write);
    let outcome = outcome.write(Write::Leave { user, until, at }).event(event);
    let mail = tell(ctx, MailTemplate::AccountLeaving, here.user(), here.email(), asker, Some(until));
    mail.into_iter().fold(outcome, Outcome::event)
}

/// Who proved to be the person of an account that is on its way out keeps it.
pub fn keep(ctx: &Ctx<'_>, found: &Departing, asker: &Asker) -> Outcome<(), Infallible> {
    let user = found.user();
    let event = Event::new(EventKind::UserKept, ctx.now).user(user.id).session(found.session().id);
    let mail = tell(ctx, MailTemplate::AccountKept, user, found.email(), asker, None);
    let outcome = Outcome::reply(()).write(Write::Keep(user.id, ctx.now)).event(event);
    mail.into_iter().fold(outcome, Outcome::event)
}

/// The time is over.
pub fn erase(ctx: &Ctx<'_>, user: Id<id::User>) -> Outcome<(), Infallible> {
    let event = Event::new(EventKind::UserDeleted, ctx.now).user(user).data("by", "person");
    Outcome::reply(()).write(Write::DeleteUser(user, ctx.now)).event(event)
}

fn tell(
    ctx: &Ctx<'_>,
    template: MailTemplate,
    user: &User,
    to: Option<&EmailRow>,
    asker: &Asker,
    until: Option<Timestamp>,
) -> Option<Event> {
    let to = EmailAddress::parse(&to?.address).ok()?;
    let mut mail = MailRequest::new(template, &to, asker, ctx.now, ctx.now + days(1));
    mail.user = Some(user.id);
    mail.about = until.map(|it| it.seconds().to_string());
    Some(mail.event(ctx))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::UserState;
    use crate::ctx::fixed::Fixed;
    use crate::login::asker::tests::asker;
    use crate::session::DeadSession;
    use crate::session::live::tests::found;
    use crate::time::minutes;

    #[test]
    fn leaving_wants_a_fresh_sign_in_and_the_own_address_and_ends_everything() {
        let mut fixed = Fixed::new();
        let ctx = fixed.ctx();
        let here = found(&ctx).live(&ctx).unwrap();
        let out = leave(&ctx, &here, " Anna@EXAMPLE.com", &asker(&ctx));
        assert_eq!(*out.result.as_ref().unwrap(), ctx.now + days(14));
        let user = here.user().id;
        assert!(out.writes.iter().any(|w| matches!(w, Write::EndSessionsOfUser(u, None, ..) if *u == user)));
        assert!(out.writes.iter().any(|w| matches!(w, Write::EndFamiliesOfUser(u, None, ..) if *u == user)));
        assert!(out.writes.iter().any(|w| matches!(w, Write::BumpEpoch(_))));
        assert!(
            out.writes
                .iter()
                .any(|w| matches!(w, Write::Leave { until, .. } if *until == ctx.now + days(14)))
        );
        let kinds: Vec<_> = out.events.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, [EventKind::UserLeaving, EventKind::MailRequested]);
        for typed in ["", "ben@example.com", "yes"] {
            let out = leave(&ctx, &here, typed, &asker(&ctx));
            assert!(out.writes.is_empty() && out.result == Err(LeaveRefused::NotSure));
        }
        fixed.now += minutes(10);
        let out = leave(&fixed.ctx(), &here, "anna@example.com", &asker(&fixed.ctx()));
        assert!(out.writes.is_empty() && out.result == Err(LeaveRefused::NotFresh));
    }

    #[test]
    fn without_a_grace_time_the_account_goes_at_once() {
        let mut fixed = Fixed::new();
        fixed.policy.lifetimes.deletion_grace = std::time::Duration::ZERO;
        let ctx = fixed.ctx();
        let here = found(&ctx).live(&ctx).unwrap();
        let out = leave(&ctx, &here, "anna@example.com", &asker(&ctx));
        assert!(matches!(out.writes.last(), Some(Write::DeleteUser(..))));
        assert_eq!(out.events.len(), 1, "nobody is left to be told");
    }

    #[test]
    fn a_session_of_somebody_who_leaves_keeps_the_account_and_opens_nothing() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let mut session = found(&ctx);
        assert!(session.clone().departing(&ctx).is_none(), "nobody leaves");
        session.user.state = UserState::Leaving(ctx.now + days(14));
        assert_eq!(session.clone().live(&ctx), Err(DeadSession::Leaving));
        let departing = session.clone().departing(&ctx).unwrap();
        let out = keep(&ctx, &departing, &asker(&ctx));
        assert!(matches!(out.writes[..], [Write::Keep(user, _)] if user == session.user.id));
        assert_eq!(out.events.len(), 2);
        session.session.epoch -= 1;
        assert!(session.departing(&ctx).is_none(), "a session from before is none");
    }
}
