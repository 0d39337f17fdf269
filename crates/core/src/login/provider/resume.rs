//! A provider told who somebody is: whose account is that?
//!
//! An account is found by (provider, issuer, subject) and by nothing else. An address that both sides have proved leads
//! to the question whether the two belong together, and the person answers it by signing in to the account that is there.

use super::{Claimed, Provider};
use crate::account::identity::{self, Identity, IdentityKey};
use crate::account::{self, EmailAddress};
use crate::login::arrive::{Arrival, Candidate, Door, arrive};
use crate::login::flow::Flow;
use crate::login::mail::MailTemplate;
use crate::session::{Factor, SignedIn};
use crate::{Ctx, Event, EventKind, Id, Outcome, Party, TraceStep, Write, id};
use serde::{Deserialize, Serialize};

/// An account at a provider that waits to be linked, until the person has proved the account here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joining {
    /// Whose account here.
    pub whose: Whose,
    /// Who they are there.
    pub key: IdentityKey,
    /// How they know it again.
    pub shown: String,
    /// The provider, as its button calls it.
    pub label: String,
}

/// The account here that an account at a provider waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// The one that has proved the same address.
    Found(Id<id::User>),
    /// One that the person makes in this flow, under another address.
    New,
}

/// How a sign-in with a provider goes on.
#[derive(Debug)]
pub enum Resumed {
    /// Somebody is signed in.
    Arrived(Box<Arrival>),
    /// The same to an account that was made now.
    Made(Box<Arrival>),
    /// An account with this address is there: does it belong to the same person?
    Ask(Box<Flow>),
    /// The account at the provider was linked to the one that is signed in.
    Linked,
}

/// Why nobody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProviderRefused {
    /// The account is switched off.
    #[error("the account is disabled")]
    Disabled,
    /// The provider told no address, and an account needs one.
    #[error("the provider told no e-mail address")]
    NoEmail,
    /// Accounts are not made here, or not by this provider.
    #[error("no account is linked, and none is made by this provider")]
    SignUpClosed,
    /// Linked to somebody else's account already.
    #[error("the account at the provider is linked to another account here")]
    LinkedElsewhere,
    /// Whoever wanted to link an account is not signed in any more.
    #[error("the person who wanted to link an account is not signed in here any more")]
    OtherPerson,
}

impl ProviderRefused {
    /// The stable name of the check, for trace and log.
    pub const fn check(self) -> &'static str {
        match self {
            Self::Disabled => "account_disabled",
            Self::NoEmail => "provider_email",
            Self::SignUpClosed => "sign_up_closed",
            Self::LinkedElsewhere => "link_taken",
            Self::OtherPerson => "link_person",
        }
    }
}

/// The rows that were found.
#[derive(Debug, Default)]
pub struct Rows {
    /// The linked account of exactly this provider, issuer and subject, and whose it is.
    pub identity: Option<(Identity, Candidate)>,
    /// The account of the address that the provider told, if it told one.
    pub by_email: Option<Candidate>,
}

/// `link`: the account that the question was asked for, if it was asked to link one.
pub fn resume(
    ctx: &Ctx<'_>,
    door: &Door,
    flow: &Flow,
    provider: &Provider,
    link: Option<Id<id::User>>,
    claimed: &Claimed,
    rows: &Rows,
) -> Outcome<Resumed, ProviderRefused> {
    let step = TraceStep::new(flow.id, ctx.now, Party::Provider, Party::Countersign, "who the person is")
        .detail(format!("from {}", provider.name));
    let refuse = |cause: ProviderRefused| {
        let mut refused = Event::new(EventKind::SignInRefused, ctx.now)
            .flow(flow.id)
            .data("method", "provider")
            .data("provider", provider.name.as_str());
        refused.client.clone_from(&door.client);
        refused.user = rows.identity.as_ref().map(|(it, _)| it.user);
        Outcome::refuse(cause).event(refused).trace(step.clone().refused(cause.check(), cause.to_string()))
    };
    let key = IdentityKey {
        provider: provider.name.clone(),
        issuer: claimed.issuer.clone(),
        subject: claimed.subject.clone(),
    };
    let shown = shown(claimed);
    if let Some(user) = link {
        let here = door.before.clone().and_then(|it| it.live(ctx).ok()).filter(|it| it.user().id == user);
        let Some(here) = here else { return refuse(ProviderRefused::OtherPerson) };
        return add(ctx, door, &here, &key, &shown, &provider.label, rows.identity.as_ref().map(|it| &it.0))
            .map(|()| Resumed::Linked)
            .trace(step.user(user));
    }
    // 1. Linked: the address that the provider tells today changes nothing.
    if let Some((identity, candidate)) = &rows.identity {
        if !candidate.active() {
            return refuse(ProviderRefused::Disabled);
        }
        let email = candidate.address().or_else(|| claimed.email.as_ref().map(|it| it.address.clone()));
        let Some(email) = email else { return refuse(ProviderRefused::NoEmail) };
        let touched = Write::TouchIdentity { id: identity.id, shown, at: ctx.now };
        let arriving = arrive(ctx, door, &candidate.user, &email, Factor::Provider, Some(&candidate.email));
        let mut outcome = Outcome::reply(()).write(touched).trace(step.user(candidate.user.id));
        outcome.writes.extend(arriving.writes);
        outcome.events.extend(arriving.events);
        return outcome.map(|()| Resumed::Arrived(Box::new(by(arriving.arrival, provider))));
    }
    let Some(email) = &claimed.email else { return refuse(ProviderRefused::NoEmail) };
    // 2. A-123: an address that both have proved. Still nobody is let in by it.
    let proved = rows.by_email.as_ref().filter(|it| it.email.verified_at.is_some() && email.verified);
    if let Some(candidate) = proved {
        if !candidate.active() {
            return refuse(ProviderRefused::Disabled);
        }
        let mut flow = flow.clone();
        flow.identifier = candidate.address();
        // What was proved before this question was asked answers it not.
        flow.proof = None;
        let (user, label) = (candidate.user.id, provider.label.clone());
        flow.join = Some(Box::new(Joining { whose: Whose::Found(user), key, shown, label }));
        return Outcome::reply(Resumed::Ask(Box::new(flow)))
            .trace(step.user(user).detail("an account has this address: it has to be proved"));
    }
    // 3. Somebody new. An address that is not proved reserves nothing and is proved before an app is reached.
    if !provider.sign_up.unwrap_or(ctx.policy.sign_up) {
        return refuse(ProviderRefused::SignUpClosed);
    }
    let (user, writes, events) =
        account::open(ctx, claimed.claims.clone(), &email.address, email.verified.then_some(ctx.now));
    let (linked, told) = identity::link(ctx, user.id, &key, &shown);
    let arriving = arrive(ctx, door, &user, &email.address, Factor::Provider, None);
    let mut outcome = Outcome::reply(()).trace(step.user(user.id));
    outcome.writes = writes.into_iter().chain([linked]).chain(arriving.writes).collect();
    outcome.events = events.into_iter().chain([told]).chain(arriving.events).collect();
    outcome.map(|()| Resumed::Made(Box::new(by(arriving.arrival, provider))))
}

/// The person has signed in to the account that was there, in this flow: now the two belong together. `found` is the
/// linked account as it stands.
pub fn join(
    ctx: &Ctx<'_>,
    door: &Door,
    flow: &Flow,
    here: &SignedIn,
    found: Option<&Identity>,
) -> Outcome<(), ProviderRefused> {
    let step = TraceStep::new(flow.id, ctx.now, Party::Countersign, Party::Store, "link the account");
    let refuse = |cause: ProviderRefused| {
        Outcome::refuse(cause).trace(step.clone().refused(cause.check(), cause.to_string()))
    };
    let Some(joining) = &flow.join else { return refuse(ProviderRefused::OtherPerson) };
    let awaited = match joining.whose {
        Whose::Found(user) => user == here.user().id,
        Whose::New => flow.saw_the_making_of(here.user()),
    };
    if !awaited || !flow.fresh(here) {
        return refuse(ProviderRefused::OtherPerson);
    }
    add(ctx, door, here, &joining.key, &joining.shown, &joining.label, found).trace(step.user(here.user().id))
}

fn add(
    ctx: &Ctx<'_>,
    door: &Door,
    here: &SignedIn,
    key: &IdentityKey,
    shown: &str,
    label: &str,
    found: Option<&Identity>,
) -> Outcome<(), ProviderRefused> {
    let user = here.user().id;
    match found {
        Some(it) if it.user == user => Outcome::reply(()),
        Some(_) => Outcome::refuse(ProviderRefused::LinkedElsewhere).trace(
            TraceStep::new(door.flow, ctx.now, Party::Countersign, Party::Store, "link the account")
                .user(user)
                .refused(
                    ProviderRefused::LinkedElsewhere.check(),
                    ProviderRefused::LinkedElsewhere.to_string(),
                ),
        ),
        None => {
            let (write, event) = identity::link(ctx, user, key, shown);
            let to = here.email().and_then(|it| EmailAddress::parse(&it.address).ok());
            let event = event.session(here.session().id).flow(door.flow);
            let mail =
                identity::tell(ctx, MailTemplate::IdentityLinked, user, to.as_ref(), label, &door.asker);
            mail.into_iter().fold(Outcome::reply(()).write(write).event(event), Outcome::event)
        }
    }
}

fn by(mut arrival: Arrival, provider: &Provider) -> Arrival {
    arrival.provider = Some(provider.name.clone());
    arrival
}

fn shown(claimed: &Claimed) -> String {
    let email = || claimed.email.as_ref().map(|it| it.address.typed().to_owned());
    claimed.username.clone().or_else(email).unwrap_or_else(|| claimed.subject.clone())
}
