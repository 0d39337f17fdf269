//! Linked accounts: what a provider calls a person, and whose account that opens.

use super::EmailAddress;
use super::page::{FRESH, PageRefused};
use crate::login::Asker;
use crate::login::mail::{MailRequest, MailTemplate};
use crate::session::SignedIn;
use crate::time::days;
use crate::{Ctx, Event, EventKind, Id, Outcome, Timestamp, Write, id};
use serde::{Deserialize, Serialize};

/// Who somebody is at a provider: its name here, the issuer that vouches, and the subject, all byte for byte. The
/// issuer is part of it, so that a name that comes to stand for another provider opens nobody's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityKey {
    /// The provider's name in the configuration.
    pub provider: String,
    /// Who vouches: OpenID Connect `iss`, or the provider's own address.
    pub issuer: String,
    /// What the provider calls the person, and never calls anybody else.
    pub subject: String,
}

/// A linked account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Row id.
    pub id: Id<id::Identity>,
    /// Whose.
    pub user: Id<id::User>,
    /// Who they are there.
    pub key: IdentityKey,
    /// How the person knows it again: an address or a name there. Nothing is decided by it.
    pub shown: String,
    /// Since when.
    pub linked_at: Timestamp,
    /// Last sign-in by it.
    pub used_at: Timestamp,
}

/// A linked account and a person whose it becomes.
pub(crate) fn link(ctx: &Ctx<'_>, user: Id<id::User>, key: &IdentityKey, shown: &str) -> (Write, Event) {
    let row = Identity {
        id: Id::new(ctx),
        user,
        key: key.clone(),
        shown: shown.to_owned(),
        linked_at: ctx.now,
        used_at: ctx.now,
    };
    let event = Event::new(EventKind::IdentityLinked, ctx.now)
        .user(user)
        .data("provider", key.provider.as_str())
        .personal("subject", key.subject.as_str());
    (Write::InsertIdentity(Box::new(row)), event)
}

/// Tells a person of a way into their account that is new, or gone.
pub(crate) fn tell(
    ctx: &Ctx<'_>,
    template: MailTemplate,
    user: Id<id::User>,
    to: Option<&EmailAddress>,
    label: &str,
    asker: &Asker,
) -> Option<Event> {
    let mut mail = MailRequest::new(template, to?, asker, ctx.now, ctx.now + days(1));
    mail.user = Some(user);
    mail.about = Some(label.to_owned());
    Some(mail.event(ctx))
}

/// The ways into an account, as the decision about one of them needs them.
#[derive(Debug, Clone, Default)]
pub struct Ways {
    /// Linked accounts whose providers are in the configuration.
    pub identities: Vec<Identity>,
    /// A password.
    pub password: bool,
}

/// May this session change the ways into its account? Only one that began a moment ago: whoever finds a browser open
/// gains nothing that lasts.
pub fn may_change(ctx: &Ctx<'_>, here: &SignedIn) -> bool {
    ctx.now.since(here.auth_time()) < FRESH
}

/// Takes a linked account away. Another way in must be left: a password, a proved address that links can be mailed to,
/// or another linked account.
pub fn unlink(
    ctx: &Ctx<'_>,
    here: &SignedIn,
    identity: Id<id::Identity>,
    ways: &Ways,
    label: &str,
    asker: &Asker,
) -> Outcome<(), PageRefused> {
    let Some(found) = ways.identities.iter().find(|it| it.id == identity && it.user == here.user().id) else {
        return Outcome::refuse(PageRefused::NotFound);
    };
    if !may_change(ctx, here) {
        return Outcome::refuse(PageRefused::NotFresh);
    }
    let by_mail = ctx.policy.mails && here.email().is_some_and(|it| it.verified_at.is_some());
    if !by_mail && !ways.password && ways.identities.len() < 2 {
        return Outcome::refuse(PageRefused::LastWayIn);
    }
    let user = here.user().id;
    let event = Event::new(EventKind::IdentityUnlinked, ctx.now)
        .user(user)
        .session(here.session().id)
        .data("provider", found.key.provider.as_str())
        .personal("subject", found.key.subject.as_str());
    let to = here.email().and_then(|it| EmailAddress::parse(&it.address).ok());
    let mail = tell(ctx, MailTemplate::IdentityUnlinked, user, to.as_ref(), label, asker);
    let outcome = Outcome::reply(()).write(Write::RemoveIdentity(identity, user)).event(event);
    mail.into_iter().fold(outcome, Outcome::event)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;
    use crate::login::asker::tests::asker;
    use crate::session::live::tests::found;
    use crate::time::minutes;

    pub(crate) fn identity(ctx: &Ctx<'_>, user: Id<id::User>, subject: &str) -> Identity {
        let key = IdentityKey {
            provider: "github".into(),
            issuer: "https://github.com/login/oauth".into(),
            subject: subject.into(),
        };
        Identity { id: Id::new(ctx), user, key, shown: "anna".into(), linked_at: ctx.now, used_at: ctx.now }
    }

    #[test]
    fn the_last_way_in_stays() {
        let mut fixed = Fixed::new();
        let ctx = fixed.ctx();
        let (proved, mut unproved) = (found(&ctx), found(&ctx));
        unproved.email.as_mut().unwrap().verified_at = None;
        let run = |fixed: &Fixed, who: &crate::session::FoundSession, ids: usize, password| {
            let ctx = fixed.ctx();
            let all: Vec<_> = (0..ids).map(|n| identity(&ctx, who.user.id, &n.to_string())).collect();
            let ways = Ways { password, identities: all.clone() };
            let here = who.clone().live(&ctx).unwrap();
            unlink(&ctx, &here, all[0].id, &ways, "GitHub", &asker(&ctx)).result.err()
        };
        let last = Some(PageRefused::LastWayIn);
        assert_eq!(run(&fixed, &unproved, 1, false), last);
        assert_eq!(run(&fixed, &unproved, 1, true), None);
        assert_eq!(run(&fixed, &unproved, 2, false), None);
        assert_eq!(run(&fixed, &proved, 1, false), None);
        // Where no mail leaves, an address opens nothing.
        fixed.policy.mails = false;
        assert_eq!(run(&fixed, &proved, 1, false), last);
        assert_eq!(run(&fixed, &proved, 1, true), None);
        fixed.now += minutes(10);
        assert_eq!(run(&fixed, &proved, 1, true), Some(PageRefused::NotFresh));
    }

    #[test]
    fn somebody_elses_linked_account_is_not_found_and_ones_own_is_told_of() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let here = found(&ctx).live(&ctx).unwrap();
        let (own, other) = (identity(&ctx, here.user().id, "1"), identity(&ctx, Id::new(&ctx), "2"));
        let ways = Ways { password: true, identities: vec![own.clone(), other.clone()] };
        let run = |id| unlink(&ctx, &here, id, &ways, "GitHub", &asker(&ctx));
        assert_eq!(run(other.id).result.unwrap_err(), PageRefused::NotFound);
        assert_eq!(run(Id::new(&ctx)).result.unwrap_err(), PageRefused::NotFound);
        let kinds: Vec<_> = run(own.id).events.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, [EventKind::IdentityUnlinked, EventKind::MailRequested]);
    }
}
