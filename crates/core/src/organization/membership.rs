//! Who is a member: an operator makes organizations, adds people and removes them.

use super::{OrgHandle, Organization};
use crate::account::UserState;
use crate::account::operator::Account;
use crate::session::EndReason;
use crate::{Ctx, Event, EventKind, Id, Outcome, Write, id};

/// What an operator wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberOrder {
    /// The person is one of them from now on.
    Add,
    /// Not any more: what the apps of the organization were given ends.
    Remove,
}

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum MemberRefused {
    #[error("there is no such organization")]
    NoOrganization,
    #[error("another organization has this handle")]
    Taken,
    #[error("there is no such account")]
    NoAccount,
    #[error("the person is a member already")]
    Already,
    #[error("the person is no member")]
    NotMember,
}

/// A new organization, if its handle is free.
pub fn create(
    ctx: &Ctx<'_>,
    handle: OrgHandle,
    name: String,
    found: Option<&Organization>,
) -> Outcome<Id<id::Organization>, MemberRefused> {
    if found.is_some() {
        return Outcome::refuse(MemberRefused::Taken);
    }
    let id = Id::new(ctx);
    let event = Event::new(EventKind::OrganizationCreated, ctx.now).data("organization", handle.as_str());
    let made = Organization { id, handle, name, created_at: ctx.now };
    Outcome::reply(id).write(Write::InsertOrganization(Box::new(made))).event(event)
}

/// Adds or removes a person. `member`: is the person one of them now?
pub fn change(
    ctx: &Ctx<'_>,
    order: MemberOrder,
    organization: Option<&Organization>,
    account: Option<Account>,
    member: bool,
) -> Outcome<(), MemberRefused> {
    let Some(organization) = organization else { return Outcome::refuse(MemberRefused::NoOrganization) };
    let user = match account {
        Some(Account { user, state: UserState::Active | UserState::Disabled(_) | UserState::Leaving(_) }) => {
            user
        }
        Some(Account { state: UserState::Deleted(_), .. }) | None => {
            return Outcome::refuse(MemberRefused::NoAccount);
        }
    };
    let (writes, event) = match (order, member) {
        (MemberOrder::Add, true) => return Outcome::refuse(MemberRefused::Already),
        (MemberOrder::Remove, false) => return Outcome::refuse(MemberRefused::NotMember),
        (MemberOrder::Add, false) => join(ctx, organization, user),
        (MemberOrder::Remove, true) => leave(ctx, organization, user),
    };
    writes.into_iter().fold(Outcome::reply(()).event(event), Outcome::write)
}

/// The writes and the event of a person who becomes a member.
pub fn join(ctx: &Ctx<'_>, organization: &Organization, user: Id<id::User>) -> (Vec<Write>, Event) {
    let event = Event::new(EventKind::MemberAdded, ctx.now)
        .user(user)
        .data("organization", organization.handle.as_str());
    (vec![Write::AddMember { org: organization.id, user, at: ctx.now }], event)
}

/// Those of one who is no member any more. DESIGN 5: ended at once, offline grants too, and the apps hear of it; the session
/// goes on, for it is the person's and opens other apps.
pub fn leave(ctx: &Ctx<'_>, organization: &Organization, user: Id<id::User>) -> (Vec<Write>, Event) {
    let handle = organization.handle.clone();
    let event =
        Event::new(EventKind::MemberRemoved, ctx.now).user(user).data("organization", handle.as_str());
    let (reason, at) = (EndReason::MembershipLost, ctx.now);
    let ends = Write::EndFamiliesOfMember { user, organization: handle, reason, at };
    (vec![Write::RemoveMember { org: organization.id, user }, ends], event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;

    #[test]
    fn each_order_fits_one_state_and_a_removal_ends_what_the_apps_were_given() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let handle: OrgHandle = "acme".parse().unwrap();
        let acme = Organization {
            id: Id::new(&ctx),
            handle: handle.clone(),
            name: "Acme".into(),
            created_at: ctx.now,
        };
        let anna = Account { user: Id::new(&ctx), state: UserState::Active };
        let gone = Account { state: UserState::Deleted(ctx.now), ..anna };
        let off = Account { state: UserState::Disabled(ctx.now), ..anna };
        use {MemberOrder as O, MemberRefused as R};
        for (order, organization, account, member, why) in [
            (O::Add, Some(&acme), Some(anna), false, None),
            (O::Add, Some(&acme), Some(off), false, None),
            (O::Add, Some(&acme), Some(anna), true, Some(R::Already)),
            (O::Add, None, Some(anna), false, Some(R::NoOrganization)),
            (O::Add, Some(&acme), None, false, Some(R::NoAccount)),
            (O::Add, Some(&acme), Some(gone), false, Some(R::NoAccount)),
            (O::Remove, Some(&acme), Some(anna), true, None),
            (O::Remove, Some(&acme), Some(off), true, None),
            (O::Remove, Some(&acme), Some(anna), false, Some(R::NotMember)),
        ] {
            let outcome = change(&ctx, order, organization, account, member);
            let ends = outcome.writes.iter().any(|write| matches!(write, Write::EndFamiliesOfMember { .. }));
            assert_eq!(
                (ends, outcome.events.len()),
                (order == O::Remove && why.is_none(), usize::from(why.is_none()))
            );
            assert_eq!((outcome.writes.is_empty(), outcome.result.err()), (why.is_some(), why));
        }
        assert!(create(&ctx, handle.clone(), "Acme".into(), None).result.is_ok());
        assert_eq!(create(&ctx, handle, "Acme".into(), Some(&acme)).result.err(), Some(R::Taken));
    }
}
