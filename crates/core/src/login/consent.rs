//! What the app may see: the answer on the consent page.

use super::flow::{Asked, Flow};
use crate::oauth::{Client, Scope};
use crate::session::SignedIn;
use crate::{Ctx, Event, EventKind, Outcome, Party, TraceStep, Write};

/// Why an answer does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConsentRefused {
    /// the page was shown to somebody else, or for another request.
    #[error("the page was shown to another person or for another request")]
    NotAsked,
    /// The person said no.
    #[error("the person did not allow it")]
    Denied,
}

/// The flow with the question noted: seal this into the consent page.
pub fn begin(flow: &Flow, here: &SignedIn, scope: &Scope) -> Flow {
    let asked = Asked { user: here.user().id, scope: scope.clone(), allowed: false };
    let mut flow = flow.clone();
    flow.asked = Some(asked);
    flow
}

/// "Allow" or "Not now". `earlier` is what the person allowed this app before: consent grows.
pub fn resume(
    ctx: &Ctx<'_>,
    flow: &Flow,
    here: &SignedIn,
    client: &Client,
    earlier: Option<&Scope>,
    allow: bool,
) -> Outcome<Flow, ConsentRefused> {
    let user = here.user().id;
    let label = if allow { "allow" } else { "not now" };
    let step = TraceStep::new(flow.id, ctx.now, Party::Browser, Party::Countersign, label).user(user);
    let asked = match (&flow.asked, flow.to_allow()) {
        (Some(asked), Some(wanted))
            if asked.user == user && wanted == asked.scope && flow.entered_by(here) =>
        {
            asked.clone()
        }
        _ => {
            let cause = ConsentRefused::NotAsked;
            return Outcome::refuse(cause).trace(step.refused("consent_not_asked", cause.to_string()));
        }
    };
    if !allow {
        return Outcome::refuse(ConsentRefused::Denied)
            .trace(step.refused("access_denied", ConsentRefused::Denied.to_string()));
    }
    let scope = earlier.map_or_else(|| asked.scope.clone(), |e| e.union(&asked.scope));
    let given = Event::new(EventKind::ConsentGiven, ctx.now)
        .user(user)
        .client(&client.id)
        .flow(flow.id)
        .data("scope", scope.to_string());
    let mut flow = flow.clone();
    flow.asked = Some(Asked { allowed: true, ..asked });
    Outcome::reply(flow)
        .write(Write::PutConsent(user, client.id.clone(), scope, ctx.now))
        .event(given)
        .trace(step)
}
