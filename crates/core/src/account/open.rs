//! Opening an account: the same rows whichever way the person came.

use super::{EmailAddress, EmailRow, StandardClaims, User, UserState};
use crate::{Ctx, Event, EventKind, Id, Subject, Timestamp, Write};

/// A new account with its first address, proved at `verified_at` or not yet.
pub fn open(
    ctx: &Ctx<'_>,
    claims: StandardClaims,
    address: &EmailAddress,
    verified_at: Option<Timestamp>,
) -> (User, Vec<Write>, Vec<Event>) {
    let user = User {
        id: Id::new(ctx),
        subject: Subject::new(ctx),
        state: UserState::Active,
        epoch: 0,
        admin: false,
        claims,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    let email = EmailRow {
        id: Id::new(ctx),
        user: user.id,
        address: address.typed().to_owned(),
        key: address.key().to_owned(),
        verified_at,
        primary: true,
    };
    let mut events = vec![Event::new(EventKind::UserCreated, ctx.now).user(user.id)];
    if verified_at.is_some() {
        events.push(Event::new(EventKind::EmailVerified, ctx.now).user(user.id));
    }
    (user.clone(), vec![Write::InsertUser(Box::new(user)), Write::InsertEmail(Box::new(email))], events)
}
