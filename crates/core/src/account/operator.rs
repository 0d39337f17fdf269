//! What an operator may do with somebody else's account: end sign-ins, switch it off and on, delete it.

use crate::account::UserState;
use crate::session::{EndReason, end_everything};
use crate::{Ctx, Event, EventKind, Id, Outcome, Write, id};

/// An account, as found: what these decisions need of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Whose.
    pub user: Id<id::User>,
    /// May the person sign in?
    pub state: UserState,
}

/// What an operator wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// One session ends, with all its grants.
    EndSession(Id<id::Session>),
    /// All of them end.
    EndSessions,
    /// Nobody signs in any more, and everything ends.
    Disable,
    /// The person may sign in again; what ended stays ended.
    Enable,
    /// Everything that is known of the person goes; the subject never comes back.
    Delete,
}

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum OrderRefused {
    #[error("there is no such account or session")]
    NotFound,
    #[error("the account is in that state already")]
    Already,
}

/// DESIGN 5: an operator ends sessions and their grants, those with `offline_access` too. `found` is the account that
/// was named, or whose session it is.
pub fn obey(ctx: &Ctx<'_>, order: Order, found: Option<Account>) -> Outcome<(), OrderRefused> {
    let Some(Account { user, state }) = found else { return Outcome::refuse(OrderRefused::NotFound) };
    let event = |kind| Event::new(kind, ctx.now).user(user).data("by", "operator");
    let at = ctx.now;
    match (order, state) {
        (_, UserState::Deleted(_)) => Outcome::refuse(OrderRefused::NotFound),
        (Order::EndSession(session), _) => {
            let reason = EndReason::EndedByOperator;
            Outcome::reply(())
                .write(Write::EndSession(session, reason, at))
                .write(Write::EndFamiliesOfSession { session, offline: true, reason, at })
                .event(event(EventKind::SessionEnded).session(session).data("reason", reason.as_str()))
        }
        (Order::EndSessions, _) => {
            let reason = EndReason::EndedByOperator;
            everything(ctx, user, reason)
                .event(event(EventKind::SessionEnded).data("reason", reason.as_str()).data("all", true))
        }
        // Whom an operator switches off does not go by the clock any more, nor come back by signing in.
        (Order::Disable, UserState::Active | UserState::Leaving(_)) => {
            everything(ctx, user, EndReason::Disabled)
                .write(Write::SetUserState(user, UserState::Disabled(at), at))
                .event(event(EventKind::UserDisabled))
        }
        (Order::Enable, UserState::Disabled(_) | UserState::Leaving(_)) => Outcome::reply(())
            .write(Write::SetUserState(user, UserState::Active, at))
            .event(event(EventKind::UserEnabled)),
        (Order::Disable, UserState::Disabled(_)) | (Order::Enable, UserState::Active) => {
            Outcome::refuse(OrderRefused::Already)
        }
        (Order::Delete, UserState::Active | UserState::Disabled(_) | UserState::Leaving(_)) => {
            everything(ctx, user, EndReason::Deleted)
                .write(Write::DeleteUser(user, at))
                .event(event(EventKind::UserDeleted))
        }
    }
}

/// Sessions, grants, codes, links on their way, half-done sign-ins.
fn everything(ctx: &Ctx<'_>, user: Id<id::User>, reason: EndReason) -> Outcome<(), OrderRefused> {
    end_everything(user, None, reason, ctx.now).into_iter().fold(Outcome::reply(()), Outcome::write)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;

    #[test]
    fn each_order_fits_one_state_of_the_account() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let session = Order::EndSession(Id::new(&ctx));
        let (on, off) = (UserState::Active, UserState::Disabled(ctx.now));
        let (no, already) = (Some(OrderRefused::NotFound), Some(OrderRefused::Already));
        let run = |order, state| obey(&ctx, order, Some(Account { user: Id::from_bytes([7; 16]), state }));
        for (order, active, disabled) in [
            (session, None, None),
            (Order::EndSessions, None, None),
            (Order::Disable, None, already),
            (Order::Enable, already, None),
            (Order::Delete, None, None),
        ] {
            for (state, expected) in [(on, active), (off, disabled), (UserState::Deleted(ctx.now), no)] {
                let outcome = run(order, state);
                assert_eq!(
                    (outcome.writes.is_empty(), outcome.events.len()),
                    (expected.is_some(), usize::from(expected.is_none()))
                );
                assert_eq!(outcome.result.err(), expected, "{order:?} {state:?}");
            }
            assert_eq!(obey(&ctx, order, None).result.err(), no);
        }
    }

    #[test]
    fn an_operator_ends_offline_grants_links_and_half_done_sign_ins_too() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let account = Account { user: Id::new(&ctx), state: UserState::Active };
        let one = obey(&ctx, Order::EndSession(Id::new(&ctx)), Some(account));
        assert!(matches!(
            one.writes[..],
            [Write::EndSession(..), Write::EndFamiliesOfSession { offline: true, .. }]
        ));
        for order in [Order::EndSessions, Order::Disable, Order::Delete] {
            let writes = obey(&ctx, order, Some(account)).writes;
            let has = |wanted: fn(&Write) -> bool| writes.iter().any(wanted);
            assert!(has(|w| matches!(w, Write::EndSessionsOfUser(_, None, ..))));
            assert!(has(|w| matches!(w, Write::EndFamiliesOfUser(_, None, ..))));
            assert!(
                has(|w| matches!(w, Write::VoidSecrets(..))) && has(|w| matches!(w, Write::BumpEpoch(_)))
            );
        }
    }
}
