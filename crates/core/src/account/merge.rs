//! An operator makes one account of two: what the one has becomes the other's, and nothing is let in that was not.

use super::{StandardClaims, User, UserState};
use crate::session::{EndReason, end_everything};
use crate::{Ctx, Event, EventKind, Id, Outcome, Write, id};

/// One of the two, as found.
#[derive(Debug, Clone)]
pub struct Side {
    /// The account.
    pub user: User,
    /// Is it deleted?
    pub deleted: bool,
    /// Addresses, phones, linked accounts, consents: how many it has.
    pub holds: Holdings,
}

/// How much an account has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Addresses, proved or not.
    pub emails: usize,
    /// Phones.
    pub phones: usize,
    /// Linked accounts.
    pub identities: usize,
    /// Apps that were allowed something.
    pub consents: usize,
}

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum MergeRefused {
    #[error("there is no such account")]
    NotFound,
    #[error("both are the same account")]
    Same,
    #[error("one of the accounts is switched off: switch it on first, if it may come in")]
    Disabled,
    #[error("the account that would go may administer the installation, the other may not")]
    Admin,
}

/// FROM becomes INTO: linked accounts, memberships, addresses (those that somebody proved stay proved), phones and consents move, the
/// profile fills the other's gaps. FROM's password does not move, its sign-ins and grants end, and its subject never comes back.
/// INTO stays signed in.
pub fn merge(ctx: &Ctx<'_>, from: Option<&Side>, into: Option<&Side>) -> Outcome<Holdings, MergeRefused> {
    let (Some(from), Some(into)) = (from.filter(|it| !it.deleted), into.filter(|it| !it.deleted)) else {
        return Outcome::refuse(MergeRefused::NotFound);
    };
    if from.user.id == into.user.id {
        return Outcome::refuse(MergeRefused::Same);
    }
    if from.user.state != UserState::Active || into.user.state != UserState::Active {
        return Outcome::refuse(MergeRefused::Disabled);
    }
    if from.user.admin && !into.user.admin {
        return Outcome::refuse(MergeRefused::Admin);
    }
    let (gone, stays, at) = (from.user.id, into.user.id, ctx.now);
    let claims = filled(&into.user.claims, &from.user.claims);
    let event = Event::new(EventKind::UserMerged, at)
        .user(stays)
        .data("by", "operator")
        .data("from", gone.to_string())
        .data("from_subject", from.user.subject.as_str())
        .data("emails", from.holds.emails)
        .data("phones", from.holds.phones)
        .data("identities", from.holds.identities)
        .data("consents", from.holds.consents);
    let ended = end_everything(gone, None, EndReason::EndedByOperator, at);
    let mut outcome = ended.into_iter().fold(Outcome::reply(from.holds), Outcome::write);
    outcome.writes.push(Write::MoveAccount { from: gone, into: stays });
    if claims != into.user.claims {
        outcome.writes.push(Write::SetClaims(stays, Box::new(claims), at));
    }
    outcome.writes.push(Write::DeleteUser(gone, at));
    outcome.event(event).event(told(gone, ctx))
}

fn told(gone: Id<id::User>, ctx: &Ctx<'_>) -> Event {
    Event::new(EventKind::UserDeleted, ctx.now).user(gone).data("by", "operator").data("merged", true)
}

/// What is absent in the one is taken from the other.
fn filled(keep: &StandardClaims, from: &StandardClaims) -> StandardClaims {
    let object = |claims: &StandardClaims| match serde_json::to_value(claims) {
        Ok(serde_json::Value::Object(all)) => all,
        Ok(_) | Err(_) => serde_json::Map::new(),
    };
    let mut all = object(from);
    // A number is told together with whether it is proved, or not at all.
    if keep.phone_number.is_some() {
        all.remove("phone_number_verified");
    }
    all.extend(object(keep));
    serde_json::from_value(serde_json::Value::Object(all)).unwrap_or_else(|_| keep.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;
    use crate::session::live::tests::found;

    fn side(ctx: &Ctx<'_>) -> Side {
        let holds = Holdings { emails: 1, phones: 1, identities: 1, consents: 0 };
        Side { user: found(ctx).user, deleted: false, holds }
    }

    #[test]
    fn what_one_has_becomes_the_others_and_its_sign_ins_end() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let (mut from, mut into) = (side(&ctx), side(&ctx));
        from.user.claims.name = Some("Anna B.".into());
        from.user.claims.nickname = Some("Anni".into());
        into.user.claims.name = Some("Anna".into());
        let out = merge(&ctx, Some(&from), Some(&into));
        assert_eq!(out.result.unwrap(), from.holds);
        let gone = from.user.id;
        assert!(matches!(out.writes[0], Write::EndSessionsOfUser(user, None, ..) if user == gone));
        assert!(matches!(out.writes[1], Write::EndFamiliesOfUser(user, None, ..) if user == gone));
        let claims = out.writes.iter().find_map(|it| match it {
            Write::SetClaims(user, claims, _) if *user == into.user.id => Some(claims),
            _ => None,
        });
        let claims = claims.unwrap();
        assert_eq!((claims.name.as_deref(), claims.nickname.as_deref()), (Some("Anna"), Some("Anni")));
        assert!(matches!(out.writes.last(), Some(Write::DeleteUser(user, _)) if *user == gone));
        assert!(!out.writes.iter().any(|it| matches!(it, Write::SetPassword { .. } | Write::UpdateUser(_))));
        assert_eq!(out.events[0].kind, EventKind::UserMerged);
    }

    #[test]
    fn nobody_gains_a_right_or_comes_back_by_it() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let (from, into) = (side(&ctx), side(&ctx));
        let run = |from: Option<&Side>, into: Option<&Side>| {
            let out = merge(&ctx, from, into);
            assert!(out.writes.is_empty() && out.events.is_empty());
            out.result.unwrap_err()
        };
        assert_eq!(run(None, Some(&into)), MergeRefused::NotFound);
        assert_eq!(run(Some(&Side { deleted: true, ..from.clone() }), Some(&into)), MergeRefused::NotFound);
        assert_eq!(run(Some(&from), Some(&from)), MergeRefused::Same);
        let mut off = side(&ctx);
        off.user.state = UserState::Disabled(ctx.now);
        assert_eq!(run(Some(&off), Some(&into)), MergeRefused::Disabled);
        assert_eq!(run(Some(&from), Some(&off)), MergeRefused::Disabled);
        let mut admin = from.clone();
        admin.user.admin = true;
        assert_eq!(run(Some(&admin), Some(&into)), MergeRefused::Admin);
    }
}
