//! All that is known of a person, handed to the person: a download that a browser left open must not give away.

use super::identity::may_change;
use super::page::PageRefused;
use crate::session::SignedIn;
use crate::{Ctx, Event, EventKind, Outcome};

/// May this session take the download? It wants a fresh sign-in, and stands in the activity.
pub fn export(ctx: &Ctx<'_>, here: &SignedIn) -> Outcome<(), PageRefused> {
    if !may_change(ctx, here) {
        return Outcome::refuse(PageRefused::NotFresh);
    }
    let told = Event::new(EventKind::DataExported, ctx.now);
    Outcome::reply(()).event(told.user(here.user().id).session(here.session().id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;
    use crate::session::live::tests::found;
    use crate::time::minutes;

    #[test]
    fn an_export_wants_a_fresh_sign_in_and_is_told() {
        let mut fixed = Fixed::new();
        let here = found(&fixed.ctx()).live(&fixed.ctx()).unwrap();
        assert_eq!(export(&fixed.ctx(), &here).events[0].kind, EventKind::DataExported);
        fixed.now += minutes(10);
        let out = export(&fixed.ctx(), &here);
        assert!(out.events.is_empty() && out.result == Err(PageRefused::NotFresh));
    }
}
