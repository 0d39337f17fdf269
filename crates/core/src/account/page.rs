//! What a person may do with their own account: profile, password, sessions, apps. Everything here acts for the
//! session behind the cookie and for nobody else.

use super::EmailAddress;
use super::identity::may_change;
use crate::limits::{self, Counted};
use crate::login::password::Matched;
use crate::login::reset::tell_change;
use crate::login::{Arrival, Asker, flow::Proof};
use crate::session::session::NewSession;
use crate::session::{EndReason, Session, SignedIn, end_everything};
use crate::{ClientId, Ctx, Event, EventKind, Id, Outcome, Plain, Write, account::User, id, time};
use std::time::Duration;

/// A sign-in this recent stands for the present password.
pub const FRESH: Duration = time::minutes(10);

/// Why the account page refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageRefused {
    /// Nobody is signed in here any more.
    #[error("nobody is signed in here")]
    SignedOut,
    /// No such session or app of this person; somebody else's looks the same.
    #[error("no such thing of this person")]
    NotFound,
    /// The present password is another one.
    #[error("the present password is another one")]
    CurrentPasswordWrong,
    /// Too many wrong present passwords.
    #[error("too many wrong passwords; {0} s to wait")]
    Throttled(u32),
    /// The sign-in is too old to change the ways into the account.
    #[error("the person must have signed in a moment ago")]
    NotFresh,
    /// Without it nobody would get in any more.
    #[error("it is the last way into the account")]
    LastWayIn,
    /// The new password is the present one: nothing changes. Said only to who has shown the present one.
    #[error("the new password is the present one")]
    SamePassword,
}

/// How the person shows that it is they who change the password.
#[derive(Debug, Clone)]
pub enum Shown {
    /// The present password was typed; `None` if it did not fit. With the hash as read in the transaction.
    Current(Option<Matched>, Option<String>),
    /// They signed in a moment ago, and have no password or forgot it.
    FreshSignIn,
}

/// Sets a new password (hashed outside; `None` where it is the present one again): every other session and every grant outside this session ends; this
/// browser goes on with a new cookie.
pub fn change_password(
    ctx: &Ctx<'_>,
    here: &SignedIn,
    shown: &Shown,
    phc: Option<&str>,
    asker: &Asker,
    counted: &[Counted],
) -> Outcome<Arrival, PageRefused> {
    if let Some(wait) = limits::wait(counted, ctx.now) {
        return Outcome::refuse(PageRefused::Throttled(wait));
    }
    let proved = match shown {
        Shown::Current(matched, stored) => {
            matched.as_ref().is_some_and(|m| m.user == here.user().id && stored.as_ref() == Some(&m.phc))
        }
        Shown::FreshSignIn => ctx.now.since(here.auth_time()) < FRESH,
    };
    let email = here.email().and_then(|e| EmailAddress::parse(&e.address).ok());
    let (true, Some(email)) = (proved, email) else {
        return Outcome::refuse(PageRefused::CurrentPasswordWrong);
    };
    let uncounted = counted.iter().map(|it| Write::Uncount(it.key.text.clone()));
    let Some(phc) = phc else {
        return uncounted.fold(Outcome::refuse(PageRefused::SamePassword), Outcome::write);
    };
    let user = User { epoch: here.user().epoch + 1, ..here.user().clone() };
    let cookie = Plain::mint(ctx);
    let session = Session {
        epoch: user.epoch,
        seen_at: ctx.now,
        agent: asker.agent.clone(),
        network: asker.network.clone(),
        ..here.session().clone()
    };
    let proof = Proof { user: user.id, epoch: user.epoch, session: session.id };
    let factor = session.authentication.factors.first().copied().unwrap_or(crate::session::Factor::Password);
    let mut outcome = Outcome::reply(());
    outcome.writes.extend(uncounted);
    outcome.writes.push(Write::SetPassword { user: user.id, phc: phc.to_owned(), at: ctx.now });
    outcome.writes.extend(end_everything(user.id, Some(session.id), EndReason::PasswordChanged, ctx.now));
    outcome.writes.push(Write::RenewSession(Box::new(NewSession { session, cookie: cookie.digest(ctx) })));
    outcome.events = tell_change(ctx, &user, Some(&email), asker);
    outcome.map(|()| Arrival { proof, cookie, identifier: email, factor, provider: None })
}

/// The same by an app that the person gave the account: the token has to come from a sign-in of a moment ago, whatever
/// else is shown. Its session and the grants in it go on; the browser's cookie of before opens nothing, and nobody
/// has the new one: a password is changed because somebody may be in, and an app cannot hand a cookie over.
pub fn change_password_by_app(
    ctx: &Ctx<'_>,
    here: &SignedIn,
    shown: &Shown,
    phc: Option<&str>,
    asker: &Asker,
    counted: &[Counted],
) -> Outcome<(), PageRefused> {
    if !may_change(ctx, here) {
        return Outcome::refuse(PageRefused::NotFresh);
    }
    let mut outcome = change_password(ctx, here, shown, phc, asker, counted).map(drop);
    for write in &mut outcome.writes {
        if let Write::RenewSession(row) = write {
            // Who asks is the app's server: the session is still the browser's.
            let Session { agent, network, .. } = here.session().clone();
            (row.session.agent, row.session.network) = (agent, network);
        }
    }
    outcome
}

/// "End this device": one session of one's own, with all its grants, offline ones too. `found` is the session's
/// owner as the database has it.
pub fn end_session(
    ctx: &Ctx<'_>,
    here: &SignedIn,
    session: Id<id::Session>,
    found: Option<Id<id::User>>,
) -> Outcome<(), PageRefused> {
    if found != Some(here.user().id) {
        return Outcome::refuse(PageRefused::NotFound);
    }
    let (reason, at) = (EndReason::EndedByUser, ctx.now);
    Outcome::reply(())
        .write(Write::EndSession(session, reason, at))
        .write(Write::EndFamiliesOfSession { session, offline: true, reason, at })
        .event(ended(ctx, here, reason).session(session))
}

/// Every session but this one, with their grants.
pub fn end_others(ctx: &Ctx<'_>, here: &SignedIn) -> Outcome<(), PageRefused> {
    let (user, this, reason, at) = (here.user().id, here.session().id, EndReason::EndedByUser, ctx.now);
    Outcome::reply(())
        .write(Write::EndSessionsOfUser(user, Some(this), reason, at))
        .write(Write::EndFamiliesOfUser(user, Some(this), reason, at))
        .event(ended(ctx, here, reason).data("all_but", this.to_string()))
}

/// Signing out in this browser: the session and its grants end; those with `offline_access` stay.
pub fn sign_out(ctx: &Ctx<'_>, here: &SignedIn) -> Outcome<(), PageRefused> {
    let (session, reason, at) = (here.session().id, EndReason::SignedOut, ctx.now);
    Outcome::reply(())
        .write(Write::EndSession(session, reason, at))
        .write(Write::EndFamiliesOfSession { session, offline: false, reason, at })
        .event(ended(ctx, here, reason).session(session))
}

/// Signing out everywhere: all sessions, all grants, all links on their way, all half-done sign-ins.
pub fn sign_out_everywhere(ctx: &Ctx<'_>, here: &SignedIn) -> Outcome<(), PageRefused> {
    let reason = EndReason::EndedByUser;
    let over = end_everything(here.user().id, None, reason, ctx.now).into_iter();
    over.fold(Outcome::reply(()), Outcome::write).event(ended(ctx, here, reason).data("all", true))
}

/// Takes an app's access away: consent and every grant. `found`: it has any.
pub fn remove_app(
    ctx: &Ctx<'_>,
    here: &SignedIn,
    client: &ClientId,
    found: bool,
) -> Outcome<(), PageRefused> {
    if !found {
        return Outcome::refuse(PageRefused::NotFound);
    }
    let user = here.user().id;
    Outcome::reply(())
        .write(Write::RemoveConsent(user, client.clone()))
        .write(Write::EndFamiliesOfClient(user, client.clone(), EndReason::ConsentWithdrawn, ctx.now))
        .event(Event::new(EventKind::ConsentWithdrawn, ctx.now).user(user).client(client))
}

fn ended(ctx: &Ctx<'_>, here: &SignedIn, reason: EndReason) -> Event {
    Event::new(EventKind::SessionEnded, ctx.now).user(here.user().id).data("reason", reason.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;
    use crate::login::asker::tests::asker;
    use crate::session::live::tests::found;

    #[test]
    fn a_new_password_ends_everything_but_this_session_which_goes_on_under_a_new_cookie_and_epoch() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let here = found(&ctx).live(&ctx).unwrap();
        let (user, this) = (here.user().id, here.session().id);
        let phc = || "$argon2id$old".to_owned();
        let fits = Shown::Current(Some(Matched { user, phc: phc(), rehashed: None }), Some(phc()));
        let out = change_password(&ctx, &here, &fits, Some("$argon2id$new"), &asker(&ctx), &[]);
        assert!(
            out.writes
                .iter()
                .any(|w| matches!(w, Write::EndSessionsOfUser(u, Some(s), ..) if *u == user && *s == this))
        );
        assert!(
            out.writes.iter().any(|w| matches!(w, Write::EndFamiliesOfUser(_, Some(s), ..) if *s == this))
        );
        let Some(Write::RenewSession(row)) = out.writes.last() else { panic!() };
        assert_eq!((row.session.id, row.session.epoch), (this, here.user().epoch + 1));
        assert_eq!(row.session.authentication, here.session().authentication, "no fresh proof was made");
        assert_eq!(out.events.len(), 2, "the event and the mail");
        let stale = Shown::Current(Some(Matched { user, phc: phc(), rehashed: None }), Some("$other".into()));
        let foreign =
            Shown::Current(Some(Matched { user: Id::new(&ctx), phc: phc(), rehashed: None }), Some(phc()));
        for wrong in [stale, foreign, Shown::Current(None, Some(phc()))] {
            let out = change_password(&ctx, &here, &wrong, Some("$n"), &asker(&ctx), &[]);
            assert_eq!(out.result.unwrap_err(), PageRefused::CurrentPasswordWrong);
            assert!(out.writes.is_empty());
        }
    }

    #[test]
    fn that_it_is_the_present_password_is_said_to_who_has_shown_it_and_may_try() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let here = found(&ctx).live(&ctx).unwrap();
        let (user, phc) = (here.user().id, "$argon2id$old".to_owned());
        let fits =
            Shown::Current(Some(Matched { user, phc: phc.clone(), rehashed: None }), Some(phc.clone()));
        let guess = Shown::Current(None, Some(phc));
        let key = limits::REAUTH_ACCOUNT.whom(&ctx, &user.to_string(), None);
        let tried = |shown, count| {
            let counted = [Counted { key: key.clone(), count, until: ctx.now + crate::time::minutes(5) }];
            change_password(&ctx, &here, shown, None, &asker(&ctx), &counted)
        };
        let out = tried(&fits, 1);
        assert_eq!(out.result.unwrap_err(), PageRefused::SamePassword);
        assert!(matches!(out.writes.as_slice(), [Write::Uncount(_)]) && out.events.is_empty());
        assert_eq!(tried(&guess, 1).result.unwrap_err(), PageRefused::CurrentPasswordWrong);
        let over = i64::from(limits::REAUTH_ACCOUNT.max) + 1;
        for shown in [&fits, &guess] {
            assert!(matches!(tried(shown, over).result.unwrap_err(), PageRefused::Throttled(_)));
        }
    }

    #[test]
    fn a_fresh_sign_in_stands_for_the_password_for_ten_minutes() {
        let mut fixed = Fixed::new();
        let row = found(&fixed.ctx());
        let run = |fixed: &Fixed| {
            let ctx = fixed.ctx();
            let here = row.clone().live(&ctx).unwrap();
            change_password(&ctx, &here, &Shown::FreshSignIn, Some("$n"), &asker(&ctx), &[]).result.is_ok()
        };
        assert!(run(&fixed));
        fixed.now += FRESH;
        assert!(!run(&fixed));
    }

    #[test]
    fn an_app_needs_a_fresh_sign_in_beside_the_password() {
        let mut fixed = Fixed::new();
        let row = found(&fixed.ctx());
        let run = |fixed: &Fixed, fits: bool| {
            let ctx = fixed.ctx();
            let here = row.clone().live(&ctx).unwrap();
            let phc = "$argon2id$old".to_owned();
            let matched = Matched { user: here.user().id, phc: phc.clone(), rehashed: None };
            let shown = Shown::Current(fits.then_some(matched), Some(phc));
            let asker = Asker { agent: "an app's server".into(), ..asker(&ctx) };
            let out = change_password_by_app(&ctx, &here, &shown, Some("$n"), &asker, &[]);
            assert_eq!(out.writes.is_empty(), out.result.is_err());
            if let Some(Write::RenewSession(row)) = out.writes.last() {
                assert_eq!(row.session.agent, here.session().agent);
            }
            out.result
        };
        assert_eq!(run(&fixed, true), Ok(()));
        assert_eq!(run(&fixed, false), Err(PageRefused::CurrentPasswordWrong));
        fixed.now += FRESH;
        assert_eq!(run(&fixed, true), Err(PageRefused::NotFresh));
    }

    #[test]
    fn somebody_elses_session_is_not_found() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let (here, other) = (found(&ctx).live(&ctx).unwrap(), found(&ctx));
        for owner in [Some(other.user.id), None] {
            let out = end_session(&ctx, &here, other.session.id, owner);
            assert_eq!(out.result.unwrap_err(), PageRefused::NotFound);
            assert!(out.writes.is_empty() && out.events.is_empty());
        }
        assert!(remove_app(&ctx, &here, &ClientId::parse("x").unwrap(), false).writes.is_empty());
    }

    #[test]
    fn signing_out_everywhere_voids_what_is_half_done() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let here = found(&ctx).live(&ctx).unwrap();
        let out = sign_out_everywhere(&ctx, &here);
        assert!(out.writes.iter().any(|w| matches!(w, Write::BumpEpoch(_))));
        assert!(out.writes.iter().any(|w| matches!(w, Write::EndFamiliesOfUser(_, None, ..))));
    }
}
