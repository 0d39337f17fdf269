//! Is a grant still good? Asked by refresh, userinfo and introspection alike.

use super::{EndReason, Family, FamilyState};
use crate::account::{StandardClaims, UserState};
use crate::{Ctx, Id, Subject, Timestamp, id};

/// A grant with what it hangs on: its session and the person, as read in one question.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The grant.
    pub family: Family,
    /// The session it was given in; `None` once that row is purged.
    pub session: Option<SessionStanding>,
    /// Whose data it opens.
    pub holder: Holder,
}

/// What is needed of a session to know whether its grants live.
#[derive(Debug, Clone)]
pub struct SessionStanding {
    /// The person's epoch at sign-in.
    pub epoch: i64,
    /// Last use.
    pub seen_at: Timestamp,
    /// No use beyond this.
    pub expires_at: Timestamp,
    /// Over, and why.
    pub ended: Option<EndReason>,
}

/// What is needed of a person to answer for them.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Row id; in events and traces.
    pub id: Id<id::User>,
    /// OpenID Connect Core 2: `sub`.
    pub subject: Subject,
    /// May the person sign in? A deleted one may not.
    pub state: UserState,
    /// Proofs made under an older epoch are void.
    pub epoch: i64,
    /// OpenID Connect Core 5.1 without e-mail.
    pub claims: StandardClaims,
    /// OpenID Connect Core 5.1: `updated_at`.
    pub updated_at: Timestamp,
    /// The primary address, as typed, and whether it is proved.
    pub email: Option<(String, bool)>,
    /// Is the person a member of the organization that the app is for? Yes where it is for everybody.
    pub member: bool,
    /// Who they are at providers: the claims that the operator named, each with a subject.
    pub federated: Vec<(String, String)>,
}

/// Why a grant is no good any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum GrantDead {
    #[error("the grant has ended ({})", .0.as_str())]
    Ended(EndReason),
    #[error("the account is disabled")]
    UserDisabled,
    #[error("the account was deleted")]
    UserDeleted,
    #[error("the person is no member any more of the organization that the app is for")]
    NotMember,
    #[error("the account's epoch has moved on since the sign-in")]
    EpochMoved,
    #[error("the session has ended ({})", .0.as_str())]
    SessionEnded(EndReason),
    #[error("the session was idle for too long, or is over its absolute end")]
    SessionOver,
}

impl Grant {
    /// DESIGN 5: a grant ends with its session, unless it has `offline_access`; then it survives the session's
    /// idle or absolute end and RP-initiated logout, but nothing that says "this device" or "this person" is out.
    pub fn alive(&self, ctx: &Ctx<'_>) -> Result<(), GrantDead> {
        if let FamilyState::Ended(_, reason) = self.family.state {
            return Err(GrantDead::Ended(reason));
        }
        standing(&self.holder, self.session.as_ref(), self.family.offline, ctx)
    }
}

/// The same question about a grant that is about to be made.
pub(crate) fn standing(
    holder: &Holder,
    session: Option<&SessionStanding>,
    offline: bool,
    ctx: &Ctx<'_>,
) -> Result<(), GrantDead> {
    match holder.state {
        UserState::Active => {}
        UserState::Disabled(_) | UserState::Leaving(_) => return Err(GrantDead::UserDisabled),
        UserState::Deleted(_) => return Err(GrantDead::UserDeleted),
    }
    if !holder.member {
        return Err(GrantDead::NotMember);
    }
    // A session's row outlives the session by weeks, so an offline grant is checked against it as long as a
    // concurrent password change could matter; the change itself ends the grants that exist then.
    let Some(session) = session else {
        return if offline { Ok(()) } else { Err(GrantDead::SessionOver) };
    };
    if session.epoch != holder.epoch {
        return Err(GrantDead::EpochMoved);
    }
    match session.ended {
        None => {}
        Some(EndReason::SignedOut | EndReason::Expired) if offline => return Ok(()),
        Some(reason) => return Err(GrantDead::SessionEnded(reason)),
    }
    let idle = ctx.now.since(session.seen_at) >= ctx.policy.lifetimes.session_idle;
    if !offline && (idle || ctx.now >= session.expires_at) {
        return Err(GrantDead::SessionOver);
    }
    Ok(())
}
