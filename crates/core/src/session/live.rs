//! Is the session behind a cookie usable now?

use super::{EndReason, Session, SessionState};
use crate::account::{EmailRow, PhoneNumber, User, UserState};
use crate::{Ctx, Event, EventKind, Id, Outcome, Timestamp, Write, id, time};
use std::convert::Infallible;

/// What a session cookie leads to: the session, whose it is, and the address told to apps.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundSession {
    /// The session.
    pub session: Session,
    /// Whose.
    pub user: User,
    /// The primary address.
    pub email: Option<EmailRow>,
    /// The primary phone; every phone is proved.
    pub phone: Option<PhoneNumber>,
}

/// Proof that a session was live when it was looked at. Only [`FoundSession::live`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedIn {
    found: FoundSession,
    /// Last use is five minutes old or more (or a quarter of the idle life, if that is less): worth writing down, off the
    /// request path.
    pub stale: bool,
}

/// Why a session does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum DeadSession {
    #[error("the session was ended")]
    Ended,
    #[error("the session is older than its longest life")]
    Expired,
    #[error("the session was idle for too long")]
    Idle,
    #[error("the session is from before a password change or sign-out everywhere")]
    OldEpoch,
    #[error("the account is disabled")]
    Disabled,
    #[error("the account is on its way out")]
    Leaving,
}

impl FoundSession {
    /// DESIGN 5: idle and absolute life, the person's epoch and state, and whether it was ended.
    pub fn live(self, ctx: &Ctx<'_>) -> Result<SignedIn, DeadSession> {
        let Self { session, user, .. } = &self;
        if let SessionState::Ended(_) = session.state {
            return Err(DeadSession::Ended);
        }
        match user.state {
            UserState::Active => {}
            UserState::Leaving(_) => return Err(DeadSession::Leaving),
            UserState::Disabled(_) | UserState::Deleted(_) => return Err(DeadSession::Disabled),
        }
        if session.epoch != user.epoch {
            return Err(DeadSession::OldEpoch);
        }
        if ctx.now >= session.expires_at {
            return Err(DeadSession::Expired);
        }
        let unseen = ctx.now.since(session.seen_at);
        if unseen >= ctx.policy.lifetimes.session_idle {
            return Err(DeadSession::Idle);
        }
        // A short idle life leaves less time to write the last use down in.
        let stale = unseen >= SEEN_EVERY.min(ctx.policy.lifetimes.session_idle / 4);
        Ok(SignedIn { found: self, stale })
    }
}

impl FoundSession {
    /// A session of somebody who asked for the deletion of their account and signed in since: it opens nothing, but they
    /// may keep the account by it.
    pub fn departing(self, ctx: &Ctx<'_>) -> Option<Departing> {
        let UserState::Leaving(until) = self.user.state else { return None };
        let user = User { state: UserState::Active, ..self.user.clone() };
        let here = Self { user, ..self }.live(ctx).ok()?;
        Some(Departing { here, until })
    }
}

/// Proof that a session would be live, were the account not on its way out. Only [`FoundSession::departing`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Departing {
    here: SignedIn,
    until: Timestamp,
}

impl Departing {
    /// The session.
    pub fn session(&self) -> &Session {
        self.here.session()
    }
    /// Whose.
    pub fn user(&self) -> &User {
        self.here.user()
    }
    /// The primary address.
    pub fn email(&self) -> Option<&EmailRow> {
        self.here.email()
    }
    /// When the account goes for good.
    pub fn until(&self) -> Timestamp {
        self.until
    }
}

/// "Last used" is written at most this often.
pub const SEEN_EVERY: std::time::Duration = time::minutes(5);

impl SignedIn {
    /// The session.
    pub fn session(&self) -> &Session {
        &self.found.session
    }
    /// Whose.
    pub fn user(&self) -> &User {
        &self.found.user
    }
    /// The primary address.
    pub fn email(&self) -> Option<&EmailRow> {
        self.found.email.as_ref()
    }
    /// The person's primary address, if it is not proved yet.
    pub fn unproved_email(&self) -> Option<&EmailRow> {
        self.email().filter(|e| e.verified_at.is_none())
    }
    /// The primary phone.
    pub fn phone(&self) -> Option<&PhoneNumber> {
        self.found.phone.as_ref()
    }
    /// When the person last proved who they are.
    pub fn auth_time(&self) -> Timestamp {
        self.found.session.authentication.auth_time
    }
}

/// DESIGN 5: these sessions of a person were idle for too long or reached their absolute end, and nobody came by to find
/// out. Their grants end, those with `offline_access` do not; apps that want to hear, hear.
pub fn expire(ctx: &Ctx<'_>, over: &[(Id<id::Session>, Id<id::User>)]) -> Outcome<(), Infallible> {
    let (reason, at) = (EndReason::Expired, ctx.now);
    over.iter().fold(Outcome::reply(()), |outcome, (session, user)| {
        let told = Event::new(EventKind::SessionEnded, at).user(*user).session(*session);
        outcome
            .write(Write::EndSession(*session, reason, at))
            .write(Write::EndFamiliesOfSession { session: *session, offline: false, reason, at })
            .event(told.data("reason", reason.as_str()))
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::Subject;
    use crate::ctx::fixed::Fixed;
    use crate::session::{Authentication, Factor};
    use crate::time::{days, minutes};
    use std::time::Duration;

    /// A live session of a person with a proved address, begun at the context's time.
    pub(crate) fn found(ctx: &Ctx<'_>) -> FoundSession {
        let user = User {
            id: Id::new(ctx),
            subject: Subject::new(ctx),
            state: UserState::Active,
            epoch: 3,
            admin: false,
            claims: Default::default(),
            created_at: ctx.now,
            updated_at: ctx.now,
        };
        let session = Session {
            id: Id::new(ctx),
            user: user.id,
            epoch: 3,
            authentication: Authentication { auth_time: ctx.now, factors: vec![Factor::Password] },
            created_at: ctx.now,
            seen_at: ctx.now,
            expires_at: ctx.now + days(30),
            state: SessionState::Live,
            agent: "Firefox on Linux".into(),
            network: "203.0.113.0/24".into(),
        };
        let email = EmailRow {
            id: Id::new(ctx),
            user: user.id,
            address: "anna@example.com".into(),
            key: "anna@example.com".into(),
            verified_at: Some(ctx.now),
            primary: true,
        };
        FoundSession { session, user, email: Some(email), phone: None }
    }

    #[test]
    fn a_session_dies_of_idleness_age_epoch_end_and_disabling() {
        let mut fixed = Fixed::new();
        let fresh = found(&fixed.ctx());
        assert!(!fresh.clone().live(&fixed.ctx()).unwrap().stale);
        fixed.now += minutes(5);
        assert!(fresh.clone().live(&fixed.ctx()).unwrap().stale);
        let mut ended = fresh.clone();
        ended.session.state = SessionState::Ended(fixed.now);
        assert_eq!(ended.live(&fixed.ctx()), Err(DeadSession::Ended));
        let mut disabled = fresh.clone();
        disabled.user.state = UserState::Disabled(fixed.now);
        assert_eq!(disabled.live(&fixed.ctx()), Err(DeadSession::Disabled));
        let mut changed = fresh.clone();
        changed.user.epoch += 1;
        assert_eq!(changed.live(&fixed.ctx()), Err(DeadSession::OldEpoch));
        fixed.now += days(7);
        assert_eq!(fresh.clone().live(&fixed.ctx()), Err(DeadSession::Idle));
        let mut used = fresh;
        fixed.now += days(23);
        used.session.seen_at = fixed.now;
        assert_eq!(used.live(&fixed.ctx()), Err(DeadSession::Expired));
    }

    /// However short the idle life: whoever comes again within half of it is never idle.
    #[test]
    fn who_keeps_coming_stays_signed_in() {
        for idle in [Duration::from_secs(20), minutes(1), minutes(5), minutes(15), days(7)] {
            let mut fixed = Fixed::new();
            fixed.policy.lifetimes.session_idle = idle;
            let mut row = found(&fixed.ctx());
            for visit in 0..20 {
                fixed.now += idle / 2;
                row.session.expires_at = fixed.now + days(1);
                let here =
                    row.clone().live(&fixed.ctx()).unwrap_or_else(|dead| panic!("{idle:?}, {visit}: {dead}"));
                if here.stale {
                    row.session.seen_at = fixed.now;
                }
            }
        }
    }
}
