//! Somebody proved who they are: a session begins or is renewed. Every method ends here.

use super::asker::Asker;
use super::flow::Proof;
use super::not_me;
use crate::account::{EmailAddress, EmailRow, User, UserState};
use crate::secret::kind;
use crate::session::session::NewSession;
use crate::session::{
    Authentication, EndReason, Factor, FoundSession, Session, SessionState, end_everything,
};
use crate::{ClientId, Ctx, Event, EventKind, Id, Plain, SecretKind, Write, id};

/// An account as a method finds it: by the key of an address.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The account.
    pub user: User,
    /// The address it was found by. A proved one is found before any unproved one.
    pub email: EmailRow,
    /// Its password's PHC string, if it has one.
    pub phc: Option<String>,
}

impl Candidate {
    /// May the person sign in at all? Who asked for the deletion of the account may, to keep it.
    pub fn active(&self) -> bool {
        match self.user.state {
            UserState::Active | UserState::Leaving(_) => true,
            UserState::Disabled(_) | UserState::Deleted(_) => false,
        }
    }
    /// The address, for mails: the one on record, never what was just typed.
    pub fn address(&self) -> Option<EmailAddress> {
        EmailAddress::parse(&self.email.address).ok()
    }
}

/// Where somebody arrives: the flow, its app, the browser, and who was signed in there before.
#[derive(Debug, Clone)]
pub struct Door {
    /// The flow.
    pub flow: Id<id::Flow>,
    /// Its app.
    pub client: Option<ClientId>,
    /// The browser.
    pub asker: Asker,
    /// The session behind the browser's cookie, live or not.
    pub before: Option<FoundSession>,
}

/// A sign-in that happened: the cookie's secret leaves the process once.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// For the flow.
    pub proof: Proof,
    /// The new cookie: a fresh one at every sign-in, so that a planted one is worth nothing.
    pub cookie: Plain<kind::Session>,
    /// What the browser may remember.
    pub identifier: EmailAddress,
    /// How it was proved.
    pub factor: Factor,
    /// By which provider, if by one.
    pub provider: Option<String>,
}

/// What an arrival writes and tells.
pub(super) struct Arriving {
    pub(super) arrival: Arrival,
    pub(super) writes: Vec<Write>,
    pub(super) events: Vec<Event>,
}

/// Begins a session, or renews the one this person already has in this browser (`sid` stays, cookie and
/// `auth_time` are new). Somebody else's session in the browser ends. `greet`: the address at which the person
/// is told, as the policy has it.
pub(super) fn arrive(
    ctx: &Ctx<'_>,
    door: &Door,
    user: &User,
    email: &EmailAddress,
    factor: Factor,
    greet: Option<&EmailRow>,
) -> Arriving {
    let (mut writes, mut events) = (Vec::new(), Vec::new());
    let before = door.before.clone().filter(|b| b.session.state == SessionState::Live);
    let same = before
        .clone()
        .and_then(|b| b.live(ctx).ok())
        .filter(|b| b.user().id == user.id && b.user().epoch == user.epoch);
    if let Some(other) = before.filter(|_| same.is_none()) {
        let (id, reason, at) = (other.session.id, EndReason::SignedOut, ctx.now);
        writes.push(Write::EndSession(id, reason, at));
        writes.push(Write::EndFamiliesOfSession { session: id, offline: false, reason, at });
        events.push(
            Event::new(EventKind::SessionEnded, at)
                .user(other.user.id)
                .session(id)
                .data("reason", reason.as_str()),
        );
    }
    let cookie = Plain::<kind::Session>::mint(ctx);
    let session = Session {
        id: same.as_ref().map_or_else(|| Id::new(ctx), |s| s.session().id),
        user: user.id,
        epoch: user.epoch,
        authentication: Authentication { auth_time: ctx.now, factors: vec![factor] },
        created_at: same.as_ref().map_or(ctx.now, |s| s.session().created_at),
        seen_at: ctx.now,
        expires_at: ctx.now + ctx.policy.lifetimes.session_absolute,
        state: SessionState::Live,
        agent: door.asker.agent.clone(),
        network: door.asker.network.clone(),
    };
    let mut started = Event::new(EventKind::SessionStarted, ctx.now)
        .user(user.id)
        .session(session.id)
        .flow(door.flow)
        .data("method", serde_json::to_value(factor).unwrap_or_default())
        .data("renewed", same.is_some())
        .personal("agent", session.agent.as_str())
        .personal("network", session.network.as_str());
    started.client.clone_from(&door.client);
    events.push(started);
    let known = door.asker.known.has(user.id, user.epoch);
    let greet = greet.filter(|_| same.is_none() && ctx.policy.notify.wants(known));
    let told = greet.and_then(|it| Some((EmailAddress::parse(&it.address).ok()?, it.verified_at)));
    let told = told.map(|(to, proved)| not_me::tell(ctx, door, user, &session, (&to, proved)));
    let proof = Proof { user: user.id, epoch: user.epoch, session: session.id };
    let row = Box::new(NewSession { session, cookie: cookie.digest(ctx) });
    writes.push(if same.is_some() { Write::RenewSession(row) } else { Write::InsertSession(row) });
    if let Some((link, mail)) = told {
        writes.push(link);
        events.push(mail);
    }
    Arriving {
        arrival: Arrival { proof, cookie, identifier: email.clone(), factor, provider: None },
        writes,
        events,
    }
}

/// Somebody proved an address that an account had written down without proof. Whoever made that account may
/// not be this person: nothing they set up opens it any more. The account goes on with its owner.
pub(super) fn claim_address(ctx: &Ctx<'_>, found: &Candidate) -> (User, Vec<Write>, Vec<Event>) {
    let user = User { epoch: found.user.epoch + 1, ..found.user.clone() };
    let (id, at) = (user.id, ctx.now);
    let mut writes = vec![Write::VerifyEmail(found.email.id, at)];
    writes.extend(disown(id, found.email.id, at));
    (user, writes, vec![Event::new(EventKind::EmailVerified, at).user(id)])
}

/// Whoever made the account gets in by nothing that they set up: neither by another address, which they may well have
/// proved, nor by what mails to it led to.
pub fn disown(user: Id<id::User>, keeps: Id<id::Email>, at: crate::Timestamp) -> Vec<Write> {
    let mut writes = vec![
        Write::KeepOnlyEmail(keeps, user),
        Write::RemovePassword(user),
        Write::RemoveConsents(user),
        Write::RemoveIdentities(user),
        Write::VoidSecrets(user, vec![SecretKind::NotMeLink], at),
    ];
    writes.extend(end_everything(user, None, EndReason::PasswordChanged, at));
    writes
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;
    use crate::login::asker::tests::asker;
    use crate::session::live::tests::found;
    use crate::time::days;

    pub(crate) fn door(ctx: &Ctx<'_>, before: Option<FoundSession>) -> Door {
        Door { flow: Id::new(ctx), client: None, asker: asker(ctx), before }
    }

    pub(crate) fn candidate(ctx: &Ctx<'_>) -> Candidate {
        let found = found(ctx);
        Candidate { user: found.user, email: found.email.unwrap(), phc: Some("$argon2id$x".into()) }
    }

    fn anna() -> EmailAddress {
        EmailAddress::parse("anna@example.com").unwrap()
    }

    #[test]
    fn the_same_person_keeps_the_session_and_gets_a_new_cookie() {
        let mut fixed = Fixed::new();
        let before = found(&fixed.ctx());
        fixed.now += days(1);
        let ctx = fixed.ctx();
        let door = door(&ctx, Some(before.clone()));
        let got = arrive(&ctx, &door, &before.user, &anna(), Factor::Password, before.email.as_ref());
        assert_eq!(got.arrival.proof.session, before.session.id);
        let [Write::RenewSession(row)] = &got.writes[..] else { panic!("{:?}", got.writes) };
        assert_eq!(row.session.authentication.auth_time, ctx.now);
        assert!(row.cookie.same(&got.arrival.cookie.digest(&ctx)));
        assert!(got.events.iter().all(|e| e.kind != EventKind::MailRequested));
    }

    #[test]
    fn another_person_ends_the_session_that_was_there() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let (before, other) = (found(&ctx), found(&ctx).user);
        let door = door(&ctx, Some(before.clone()));
        let got = arrive(&ctx, &door, &other, &anna(), Factor::Password, before.email.as_ref());
        assert_ne!(got.arrival.proof.session, before.session.id);
        assert!(
            matches!(got.writes[0], Write::EndSession(id, EndReason::SignedOut, _) if id == before.session.id)
        );
        assert!(matches!(got.writes[2], Write::InsertSession(_)));
        let kinds: Vec<_> = got.events.iter().map(|e| e.kind).collect();
        use EventKind::{MailRequested, SessionEnded, SessionStarted};
        assert_eq!(kinds, [SessionEnded, SessionStarted, MailRequested]);
    }

    #[test]
    fn a_browser_that_knows_the_person_brings_no_mail() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let user = found(&ctx).user;
        let mut door = door(&ctx, None);
        door.asker.known = door.asker.known.remember(&ctx, (user.id, user.epoch), anna(), Factor::Password);
        let got = arrive(&ctx, &door, &user, &anna(), Factor::Password, found(&ctx).email.as_ref());
        assert_eq!(got.events.len(), 1);
    }

    #[test]
    fn a_session_of_an_old_epoch_is_never_renewed() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let mut before = found(&ctx);
        before.session.epoch -= 1;
        let user = before.user.clone();
        let got = arrive(&ctx, &door(&ctx, Some(before)), &user, &anna(), Factor::Password, None);
        assert!(matches!(got.writes.last(), Some(Write::InsertSession(_))));
    }
}
