//! "It was not me": a new session is told by mail, and the mail's link locks out whoever made it. The link gives
//! nobody anything: it ends what there is and sends the person a link to a new password.

use super::arrive::{Candidate, Door};
use super::asker::Asker;
use super::flow::{AccountPath, Flow, SentWhat, Target};
use super::mail::{MailRequest, MailTemplate};
use super::mailed::{For, mint};
use crate::account::{EmailAddress, EmailRow, Identity, User};
use crate::secret::kind;
use crate::session::{EndReason, Session, end_everything};
use crate::time::days;
use crate::write::{FoundSecret, NewSecret, SecretRefused};
use crate::{
    ClientId, Ctx, Event, EventKind, Id, Notify, Outcome, Party, Plain, Timestamp, TraceStep, Write, id,
};
use serde::{Deserialize, Serialize};

/// How long the link works: people read such mails late.
pub const LIFE: std::time::Duration = days(7);

/// What the link's row holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Ticket {
    /// The session that was told of.
    session: Id<id::Session>,
    /// The address the mail went to: recovery goes there, whatever the session made of the account since.
    email: EmailAddress,
    agent: String,
    network: String,
    /// What was there before belongs to the person.
    since: Timestamp,
    /// When the address was proved. It comes back only where none that was proved before it is left: links may be told
    /// to an address that a stranger added, and the person took away again.
    #[serde(default)]
    proved: Option<Timestamp>,
}

/// The account of a link, as it stands.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// The person.
    pub found: Option<Candidate>,
    /// What providers open it.
    pub linked: Vec<Identity>,
    /// Its addresses.
    pub emails: Vec<EmailRow>,
    /// Who has proved the address that the mail went to.
    pub owner: Option<Id<id::User>>,
}

/// What the link's page shows.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Told {
    pub email: EmailAddress,
    pub client: Option<ClientId>,
    pub flow: Option<Id<id::Flow>>,
    pub agent: String,
    pub network: String,
    pub at: Timestamp,
}

impl Notify {
    /// Is a session from this browser told? `known`: the person signed in there before.
    pub const fn wants(self, known: bool) -> bool {
        match self {
            Self::Off => false,
            Self::NewDevice => !known,
            Self::EverySession => true,
        }
    }
}

/// The mail of a new session, and the row of its link.
pub(super) fn tell(
    ctx: &Ctx<'_>,
    door: &Door,
    user: &User,
    session: &Session,
    (email, proved): (&EmailAddress, Option<Timestamp>),
) -> (Write, Event) {
    let link = Plain::<kind::NotMeLink>::mint(ctx);
    let ticket = Ticket {
        session: session.id,
        email: email.clone(),
        agent: session.agent.clone(),
        network: session.network.clone(),
        since: ctx.now,
        proved,
    };
    let row = NewSecret::of(&link.digest(ctx), ctx.now, LIFE)
        .user(Some(user.id))
        .client(door.client.clone())
        .flow(door.flow)
        .payload(serde_json::to_value(ticket).unwrap_or_default());
    let known = door.asker.known.has(user.id, user.epoch);
    let template = if known { MailTemplate::NewSession } else { MailTemplate::NewSignIn };
    let mut mail = MailRequest::new(template, email, &door.asker, ctx.now, ctx.now + days(1));
    (mail.user, mail.flow, mail.client) = (Some(user.id), Some(door.flow), door.client.clone());
    mail.path = Some(format!("/not-me?link={}", link.expose()));
    (Write::InsertSecret(Box::new(row)), mail.event(ctx))
}

/// The link was opened: shows, and spends nothing, so that scanners of mail lock nobody out.
pub fn look(found: Option<&FoundSecret>, now: Timestamp) -> Result<Told, SecretRefused> {
    let row = FoundSecret::usable(found, now)?;
    let ticket = Ticket::of(row)?;
    Ok(Told {
        email: ticket.email,
        client: row.client.clone(),
        flow: row.flow,
        agent: ticket.agent,
        network: ticket.network,
        at: row.created_at,
    })
}

/// The button: every session and grant ends, the password opens nothing any more, what was made another way in since is
/// none (accounts at providers, addresses), the address that the mail went to stands in front again, and a link to a new
/// password goes there.
pub fn resume(
    ctx: &Ctx<'_>,
    asker: &Asker,
    link: Option<&FoundSecret>,
    account: &Account,
) -> Outcome<EmailAddress, SecretRefused> {
    let flow = Flow::begin(ctx, asker.browser, Target::Account(AccountPath::Profile));
    let step = TraceStep::new(flow.id, ctx.now, Party::Browser, Party::Countersign, "it was not me");
    let usable = || -> Result<_, SecretRefused> {
        let row = FoundSecret::usable(link, ctx.now)?;
        Ok((row, Ticket::of(row)?, row.user.ok_or(SecretRefused::Unknown)?))
    };
    let (row, ticket, user): (_, _, Id<id::User>) = match usable() {
        Ok(usable) => usable,
        Err(refused) => {
            return Outcome::refuse(refused).trace(step.refused("link_refused", refused.to_string()));
        }
    };
    let (at, reason) = (ctx.now, EndReason::Disowned);
    let mut outcome = Outcome::reply(ticket.email.clone()).trace(step.user(user));
    outcome.writes.push(Write::SpendSecret(row.kind, row.digest, at));
    let planted = account.linked.iter().filter(|it| it.user == user && it.linked_at >= ticket.since);
    for identity in planted {
        outcome.writes.push(Write::RemoveIdentity(identity.id, user));
        outcome.events.push(
            Event::new(EventKind::IdentityUnlinked, at)
                .user(user)
                .data("provider", identity.key.provider.as_str())
                .personal("subject", identity.key.subject.as_str()),
        );
    }
    // Whose address it is by now is not taken from them, and there is no way back by it.
    let ours = account.owner.is_none_or(|owner| owner == user);
    let senior = ticket.senior(&account.emails);
    let to = match (ours, senior) {
        (false, _) => None,
        (true, None) => Some(ticket.email.clone()),
        (true, Some(first)) => EmailAddress::parse(&first.address).ok(),
    };
    if ours && senior.is_none() {
        let (writes, events) = take_back(ctx, user, &ticket, &account.emails);
        outcome.writes.extend(writes);
        outcome.events.extend(events);
    }
    outcome.writes.extend([Write::RemovePassword(user), Write::RemoveConsents(user)]);
    outcome.writes.extend(end_everything(user, None, reason, at));
    let mut ended = Event::new(EventKind::SessionEnded, at)
        .user(user)
        .session(ticket.session)
        .data("reason", reason.as_str())
        .data("all", true);
    ended.client.clone_from(&row.client);
    outcome.events.push(ended);
    let found = account.found.as_ref().filter(|it| it.user.id == user && it.active());
    if let Some((found, to)) = found.zip(to) {
        outcome.result = Ok(to.clone());
        let life = ctx.policy.lifetimes.reset_link;
        let minted = mint::<kind::ResetLink>(
            ctx,
            For {
                flow: &flow,
                what: SentWhat::Reset,
                email: &to,
                // What ends everything moves the epoch on by one.
                user: Some((user, found.user.epoch + 1)),
                asker,
                pending: None,
                life,
            },
        );
        let mut mail = MailRequest::new(MailTemplate::ResetPassword, &to, asker, ctx.now, ctx.now + life);
        (mail.user, mail.flow, mail.client) = (Some(user), Some(flow.id), row.client.clone());
        mail.path = Some(format!("/reset?link={}", minted.link.expose()));
        outcome.writes.extend(minted.writes);
        outcome.events.push(mail.event(ctx));
    }
    outcome
}

/// The address that the mail went to in front, proved when it was proved first, and none that was proved since.
fn take_back(
    ctx: &Ctx<'_>,
    user: Id<id::User>,
    ticket: &Ticket,
    emails: &[EmailRow],
) -> (Vec<Write>, Vec<Event>) {
    let (mut writes, mut events) = (Vec::new(), Vec::new());
    let event = |kind, address: &str| Event::new(kind, ctx.now).user(user).personal("address", address);
    match emails.iter().find(|it| it.key == ticket.email.key()) {
        // Nobody had proved it: whoever made the account keeps nothing in it.
        Some(there) if there.verified_at.is_none() => {
            writes.extend([
                Write::VerifyEmail(there.id, ticket.since),
                Write::KeepOnlyEmail(there.id, user),
                Write::RemoveIdentities(user),
            ]);
            return (writes, events);
        }
        Some(there) if there.primary => {}
        Some(there) => writes.push(Write::SetPrimaryEmail(user, there.id, ctx.now)),
        None => {
            let id = Id::new(ctx);
            let (address, key) = (ticket.email.typed().to_owned(), ticket.email.key().to_owned());
            events.push(event(EventKind::EmailAdded, &address));
            let row = EmailRow {
                id,
                user,
                address,
                key,
                verified_at: ticket.proved.or(Some(ticket.since)),
                primary: false,
            };
            writes.extend([Write::InsertEmail(Box::new(row)), Write::SetPrimaryEmail(user, id, ctx.now)]);
        }
    }
    let planted = |it: &&EmailRow| {
        it.key != ticket.email.key() && it.verified_at.is_some_and(|proved| proved >= ticket.since)
    };
    for email in emails.iter().filter(planted) {
        writes.push(Write::RemoveEmail(email.id, user));
        events.push(event(EventKind::EmailRemoved, &email.address));
    }
    (writes, events)
}

/// The address that a link's mail went to.
pub fn address_of(row: &NewSecret) -> Option<EmailAddress> {
    Ticket::of(row).ok().map(|ticket| ticket.email)
}

impl Ticket {
    /// The address that outranks the one that the mail went to, if that one is gone: proved before it, the first.
    fn senior<'a>(&self, emails: &'a [EmailRow]) -> Option<&'a EmailRow> {
        if emails.iter().any(|it| it.key == self.email.key()) {
            return None;
        }
        let before = |it: &&EmailRow| {
            it.verified_at.is_some_and(|there| self.proved.is_none_or(|proved| there < proved))
        };
        emails.iter().filter(before).min_by_key(|it| (it.verified_at, it.id))
    }
    fn of(row: &NewSecret) -> Result<Self, SecretRefused> {
        serde_json::from_value(row.payload.clone()).map_err(|_| SecretRefused::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::IdentityKey;
    use crate::ctx::fixed::Fixed;
    use crate::login::arrive::arrive;
    use crate::login::arrive::tests::{candidate, door};
    use crate::login::asker::tests::asker;
    use crate::session::Factor;

    /// A sign-in of this candidate, and the row of the link that it was told with.
    fn told(ctx: &Ctx<'_>, found: &Candidate) -> Option<FoundSecret> {
        let email = found.address().unwrap();
        let got = arrive(ctx, &door(ctx, None), &found.user, &email, Factor::Password, Some(&found.email));
        got.writes.into_iter().find_map(|it| match it {
            Write::InsertSecret(row) => Some(FoundSecret { row: *row, spent_at: None }),
            _ => None,
        })
    }

    fn account(found: &Candidate) -> Account {
        Account { found: Some(found.clone()), emails: vec![found.email.clone()], ..Account::default() }
    }

    #[test]
    fn the_setting_says_which_sessions_are_told() {
        for (notify, new, known) in [
            (Notify::Off, false, false),
            (Notify::NewDevice, true, false),
            (Notify::EverySession, true, true),
        ] {
            assert_eq!((notify.wants(false), notify.wants(true)), (new, known), "{notify:?}");
        }
    }

    #[test]
    fn the_button_ends_everything_and_mails_a_way_back_to_where_the_link_went() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let found = candidate(&ctx);
        let link = told(&ctx, &found).unwrap();
        let linked = |linked_at| Identity {
            id: Id::new(&ctx),
            user: found.user.id,
            key: IdentityKey { provider: "github".into(), issuer: "i".into(), subject: "s".into() },
            shown: "anna".into(),
            linked_at,
            used_at: linked_at,
        };
        let (own, planted) = (linked(ctx.now - days(1)), linked(ctx.now));
        let account = Account { linked: vec![own.clone(), planted.clone()], ..account(&found) };
        let out = resume(&ctx, &asker(&ctx), Some(&link), &account);
        assert_eq!(out.result.unwrap(), found.address().unwrap());
        let has = |wanted: fn(&Write) -> bool| out.writes.iter().any(wanted);
        assert!(matches!(&out.writes[0], Write::SpendSecret(_, digest, _) if *digest == link.row.digest));
        assert!(has(|w| matches!(w, Write::EndSessionsOfUser(_, None, EndReason::Disowned, _))));
        assert!(has(|w| matches!(w, Write::EndFamiliesOfUser(_, None, EndReason::Disowned, _))));
        assert!(has(|w| matches!(w, Write::RemovePassword(_))) && has(|w| matches!(w, Write::BumpEpoch(_))));
        let unlinked: Vec<_> = out.writes.iter().filter(|w| matches!(w, Write::RemoveIdentity(..))).collect();
        assert!(matches!(unlinked[..], [Write::RemoveIdentity(id, _)] if *id == planted.id), "{own:?}");
        let mails: Vec<_> = out.events.iter().filter_map(|it| MailRequest::of_event(ctx.vault, it)).collect();
        assert_eq!((mails.len(), mails[0].template), (1, MailTemplate::ResetPassword));
        assert_eq!(mails[0].to, found.address().unwrap());
    }

    #[test]
    fn a_used_or_old_link_does_nothing_and_a_disabled_account_gets_no_way_back() {
        let mut fixed = Fixed::new();
        let ctx = fixed.ctx();
        let mut found = candidate(&ctx);
        let link = told(&ctx, &found).unwrap();
        let used = FoundSecret { spent_at: Some(ctx.now), ..link.clone() };
        assert!(look(Some(&link), ctx.now).is_ok() && look(Some(&used), ctx.now).is_err());
        let out = resume(&ctx, &asker(&ctx), Some(&used), &account(&found));
        assert_eq!(out.result.unwrap_err(), SecretRefused::Used);
        assert!(out.writes.is_empty() && out.events.is_empty());
        found.user.state = crate::account::UserState::Disabled(ctx.now);
        let out = resume(&ctx, &asker(&ctx), Some(&link), &account(&found));
        assert!(out.result.is_ok() && out.events.iter().all(|it| it.kind != EventKind::MailRequested));
        fixed.now += LIFE;
        let out = resume(&fixed.ctx(), &asker(&fixed.ctx()), Some(&link), &account(&found));
        assert_eq!(out.result.unwrap_err(), SecretRefused::Expired);
    }

    #[test]
    fn the_address_of_another_account_gets_no_way_into_this_one() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let (found, other) = (candidate(&ctx), candidate(&ctx));
        let link = told(&ctx, &found).unwrap();
        let out = resume(&ctx, &asker(&ctx), Some(&link), &account(&other));
        assert!(out.events.iter().all(|it| it.kind != EventKind::MailRequested));
        // It went to somebody else meanwhile: it stays theirs, and no link to this account goes there.
        let gone = Account { owner: Some(other.user.id), ..account(&found) };
        let out = resume(&ctx, &asker(&ctx), Some(&link), &gone);
        assert!(out.events.iter().all(|it| it.kind != EventKind::MailRequested));
        assert!(
            !out.writes.iter().any(|it| matches!(it, Write::InsertEmail(_) | Write::SetPrimaryEmail(..)))
        );
        assert!(out.writes.iter().any(|it| matches!(it, Write::RemovePassword(_))));
    }

    /// Whoever is in for a moment may make the account's address their own: the mail that told of them leads back.
    #[test]
    fn the_address_that_was_told_is_in_front_again_and_those_proved_since_are_gone() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let mut found = candidate(&ctx);
        found.email.verified_at = Some(ctx.now - days(10));
        let link = told(&ctx, &found).unwrap();
        let told = found.address().unwrap();
        let row = |address: &str, verified_at, primary| EmailRow {
            id: Id::new(&ctx),
            user: found.user.id,
            address: address.into(),
            key: address.into(),
            verified_at,
            primary,
        };
        let (planted, old) = (
            row("thief@example.net", Some(ctx.now), true),
            row("anna.at.work@example.net", Some(ctx.now - days(9)), false),
        );
        let run = |emails: Vec<EmailRow>| {
            let out = resume(&ctx, &asker(&ctx), Some(&link), &Account { emails, ..account(&found) });
            assert!(out.events.iter().any(|it| it.kind == EventKind::MailRequested));
            out.writes.into_iter().filter(|it| {
                matches!(
                    it,
                    Write::InsertEmail(_)
                        | Write::VerifyEmail(..)
                        | Write::SetPrimaryEmail(..)
                        | Write::RemoveEmail(..)
                )
            })
        };
        let writes: Vec<_> = run(vec![planted.clone(), old.clone()]).collect();
        let [Write::InsertEmail(back), Write::SetPrimaryEmail(_, front, _), Write::RemoveEmail(gone, _)] =
            &writes[..]
        else {
            panic!("{writes:?}")
        };
        assert_eq!(
            (back.key.as_str(), back.verified_at, *front),
            (told.key(), found.email.verified_at, back.id)
        );
        assert_eq!(*gone, planted.id);
        let behind = row(told.key(), Some(ctx.now - days(9)), false);
        let writes: Vec<_> = run(vec![planted, behind.clone(), old]).collect();
        assert!(
            matches!(writes[..], [Write::SetPrimaryEmail(_, id, _), Write::RemoveEmail(..)] if id == behind.id)
        );
        assert_eq!(run(vec![row(told.key(), Some(ctx.now), true)]).count(), 0);
    }

    /// A stranger who added an address of their own, signed in by it, and was put out: the mail that told them of that
    /// sign-in brings nothing back.
    #[test]
    fn an_address_that_the_person_took_away_again_comes_back_by_no_link_told_to_it() {
        let mut fixed = Fixed::new();
        let ctx = fixed.ctx();
        let mut found = candidate(&ctx);
        found.email.verified_at = Some(ctx.now - days(10));
        let own = (found.email.clone(), told(&ctx, &found).unwrap());
        let mut theirs = found.clone();
        (theirs.email.address, theirs.email.key) = ("thief@example.net".into(), "thief@example.net".into());
        (theirs.email.id, theirs.email.verified_at, theirs.email.primary) =
            (Id::new(&ctx), Some(ctx.now), false);
        fixed.now += days(1);
        let ctx = fixed.ctx();
        let link = told(&ctx, &theirs).unwrap();
        let comes_back = |out: &Outcome<EmailAddress, SecretRefused>| {
            out.writes.iter().any(|it| matches!(it, Write::InsertEmail(_) | Write::RemoveEmail(..)))
        };
        let out = resume(&ctx, &asker(&ctx), Some(&link), &account(&found));
        assert!(!comes_back(&out), "{:?}", out.writes);
        let to = |out: &Outcome<EmailAddress, SecretRefused>| {
            let mail = out.events.iter().find_map(|it| MailRequest::of_event(ctx.vault, it)).unwrap();
            (mail.to.typed().to_owned(), out.result.clone().unwrap().typed().to_owned())
        };
        assert_eq!(to(&out), ("anna@example.com".into(), "anna@example.com".into()));
        // The stranger took the person's address away: the link from before brings it back, as old as it was, so that
        // the later link outranks it by nothing.
        let taken = Account { emails: vec![theirs.email.clone()], ..account(&found) };
        let out = resume(&ctx, &asker(&ctx), Some(&own.1), &taken);
        let back = out.writes.iter().find_map(|it| match it {
            Write::InsertEmail(row) => Some((**row).clone()),
            _ => None,
        });
        let back = back.unwrap();
        assert_eq!((back.key.as_str(), back.verified_at), (own.0.key.as_str(), own.0.verified_at));
        let out = resume(&ctx, &asker(&ctx), Some(&link), &Account { emails: vec![back], ..account(&found) });
        assert!(!comes_back(&out), "{:?}", out.writes);
    }

    #[test]
    fn an_address_that_nobody_had_proved_is_alone_once_its_link_was_used() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let mut found = candidate(&ctx);
        found.email.verified_at = None;
        let link = told(&ctx, &found).unwrap();
        let planted = EmailRow {
            id: Id::new(&ctx),
            key: "thief@example.net".into(),
            verified_at: Some(ctx.now - days(1)),
            primary: false,
            ..found.email.clone()
        };
        let account = Account { emails: vec![found.email.clone(), planted], ..account(&found) };
        let out = resume(&ctx, &asker(&ctx), Some(&link), &account);
        let keeps = |it: &Write| matches!(it, Write::KeepOnlyEmail(id, _) if *id == found.email.id);
        assert!(out.writes.iter().any(keeps), "{:?}", out.writes);
    }
}
