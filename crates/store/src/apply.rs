//! What a decision wrote, in its order, inside the transaction that loaded the rows it saw.

use countersign_core::limits::Counted;
use countersign_core::session::EndReason;
use countersign_core::session::revocations::{Ended, gather};
use countersign_core::{ClientId, Env, Event, Id, Outcome, Timestamp, TraceStep, Write, id};

use crate::login::counters;
use crate::oauth::redeem;
use crate::session::endings::EndedGrant;
use crate::session::{endings, families, notices, sessions};
use crate::{DbError, Tx, account, organization, outbox, secrets};

/// What a unit answers when it has taken a decision: the writes are in the transaction, the trace is for the
/// recorder, outside it.
#[derive(Debug)]
pub struct Decided<R, E> {
    /// What the caller is told.
    pub result: Result<R, E>,
    /// What the flow trace records.
    pub trace: Vec<TraceStep>,
}

/// Applies the writes and appends the events of a decision. A refusal's writes stay too.
pub async fn settle<R, E>(
    tx: &mut Tx<'_>,
    env: &Env,
    outcome: Outcome<R, E>,
) -> Result<Decided<R, E>, DbError> {
    let Outcome { result, writes, mut events, trace } = outcome;
    if let ([Write::RotateFamily { .. }], []) = (writes.as_slice(), events.as_slice()) {
        tx.one_write();
    }
    let ends = apply_all(tx, &writes).await?;
    bound(tx, &mut events, env.now).await?;
    events.extend(notices::of(tx, &ends.sessions, env.now).await?);
    events.extend(notices::parted(tx, &ends.parted(), env.now).await?);
    if !events.is_empty() {
        outbox::append(tx, &env.ctx(), &events).await?;
    }
    endings::record(tx, &ends.told(), env.now).await?;
    Ok(Decided { result, trace })
}

/// Drops the events that were told often enough.
async fn bound(tx: &mut Tx<'_>, events: &mut Vec<Event>, now: Timestamp) -> Result<(), DbError> {
    let mut at = 0;
    while let Some(event) = events.get(at) {
        let over = match &event.at_most {
            Some(key) => {
                let counted = counters::add(tx, std::slice::from_ref(key), now).await?;
                counted.iter().any(Counted::over)
            }
            None => false,
        };
        if over {
            events.remove(at);
        } else {
            at += 1;
        }
    }
    Ok(())
}

/// Applies the writes in their order. A guard that matches nothing is [`DbError::Missed`]: the unit is undone and
/// decides again from fresh rows.
pub async fn apply(tx: &mut Tx<'_>, writes: &[Write]) -> Result<(), DbError> {
    apply_all(tx, writes).await.map(drop)
}

/// What has ended now: nobody hears twice of one end.
#[derive(Default)]
struct Ends {
    sessions: Vec<Id<id::Session>>,
    grants: Vec<(EndedGrant, EndReason)>,
}

impl Ends {
    fn grants(&mut self, grants: impl IntoIterator<Item = EndedGrant>, reason: EndReason) {
        self.grants.extend(grants.into_iter().map(|grant| (grant, reason)));
    }

    /// Apps that were put out of a session which goes on without them.
    fn parted(&self) -> Vec<(Id<id::Session>, ClientId)> {
        let put_out = self.grants.iter().filter(|(_, reason)| reason.puts_out());
        let mut parted: Vec<_> = put_out.map(|(grant, _)| (grant.session, grant.client.clone())).collect();
        parted.sort_unstable();
        parted.dedup();
        parted.retain(|(session, _)| !self.sessions.contains(session));
        parted
    }

    fn told(self) -> Vec<Ended> {
        gather(self.grants.into_iter().map(|(grant, _)| (grant.session, grant.resources)))
    }
}

async fn apply_all(tx: &mut Tx<'_>, writes: &[Write]) -> Result<Ends, DbError> {
    let mut ends = Ends::default();
    for write in writes {
        one(tx, write, &mut ends).await?;
    }
    Ok(ends)
}

async fn one(tx: &mut Tx<'_>, write: &Write, ends: &mut Ends) -> Result<(), DbError> {
    match write {
        Write::EndSession(id, reason, at) => {
            ends.sessions.extend(sessions::end(tx, *id, *reason, *at).await?);
            Ok(())
        }
        Write::EndSessionsOfUser(user, except, reason, at) => {
            ends.sessions.extend(sessions::end_of_user(tx, *user, *except, *reason, *at).await?);
            Ok(())
        }
        Write::EndFamily(id, reason, at) => {
            ends.grants([families::end(tx, *id, *reason, *at).await?], *reason);
            Ok(())
        }
        Write::EndFamiliesOfSession { session, offline, reason, at } => {
            ends.grants(families::end_of_session(tx, *session, *offline, *reason, *at).await?, *reason);
            Ok(())
        }
        Write::EndFamiliesOfClient(user, client, reason, at) => {
            ends.grants(families::end_of_client(tx, *user, client, *reason, *at).await?, *reason);
            Ok(())
        }
        Write::EndFamiliesOfUser(user, except, reason, at) => {
            ends.grants(families::end_of_user(tx, *user, *except, *reason, *at).await?, *reason);
            Ok(())
        }
        Write::EndFamiliesOfMember { user, organization, reason, at } => {
            let ended = families::end_of_member(tx, *user, organization, *reason, *at).await?;
            ends.grants(ended, *reason);
            Ok(())
        }
        Write::InsertOrganization(new) => organization::insert(tx, new).await,
        Write::AddMember { org, user, at } => organization::add(tx, *org, *user, *at).await,
        Write::RemoveMember { org, user } => organization::remove(tx, *org, *user).await,
        Write::SpendCode { digest, at, keep_until } => redeem::spend(tx, digest, *at, *keep_until).await,
        Write::InsertFamily(family) => families::insert(tx, family).await,
        Write::RotateFamily { id, from, to, at } => families::rotate(tx, *id, *from, to, *at).await,
        Write::InsertSession(new) => sessions::insert(tx, new).await,
        Write::RenewSession(new) => sessions::renew(tx, new).await,
        Write::InsertSecret(new) => secrets::insert(tx, new).await,
        Write::SpendSecret(kind, digest, at) => {
            let spent = secrets::spend_kind(tx, *kind, digest, *at).await?;
            spent.map(drop).ok_or(DbError::missed("secrets.spend"))
        }
        Write::ChangeSecret { kind, digest, from, to } => {
            if secrets::change(tx, *kind, digest, from, to).await? {
                Ok(())
            } else {
                Err(DbError::missed("secrets.change"))
            }
        }
        Write::ClaimSecret(new) => {
            if secrets::claim(tx, new).await? {
                Ok(())
            } else {
                Err(DbError::missed("secrets.claim"))
            }
        }
        Write::VoidSecrets(user, kinds, at) => {
            for kind in kinds {
                secrets::void(tx, *user, *kind, *at).await?;
            }
            Ok(())
        }
        Write::PutConsent(user, client, scope, at) => {
            account::put_consent(tx, *user, client, scope, *at).await
        }
        Write::RemoveConsent(user, client) => account::remove_consent(tx, *user, client).await,
        Write::RemoveConsents(user) => account::remove_consents(tx, *user).await,
        Write::Uncount(key) => account::uncount(tx, key).await,
        Write::RemovePassword(user) => account::remove_password(tx, *user).await,
        Write::InsertUser(user) => account::insert_user(tx, user).await,
        Write::UpdateUser(user) => account::update_user(tx, user).await,
        Write::SetClaims(user, claims, at) => account::set_claims(tx, *user, claims, *at).await,
        Write::SetUserState(user, state, at) => account::set_state(tx, *user, *state, *at).await,
        Write::DeleteUser(user, at) => account::delete(tx, *user, *at).await,
        Write::BumpEpoch(user) => account::bump_epoch(tx, *user).await,
        Write::InsertPhone(phone) => account::phones::insert(tx, phone).await,
        Write::ChoosePhone(id, user) => account::phones::choose(tx, *id, *user).await,
        Write::RemovePhone(id, user) => account::phones::remove(tx, *id, *user).await,
        Write::InsertIdentity(identity) => account::identities::insert(tx, identity).await,
        Write::TouchIdentity { id, shown, at } => account::identities::touch(tx, *id, shown, *at).await,
        Write::RemoveIdentity(id, user) => account::identities::remove(tx, *id, *user).await,
        Write::RemoveIdentities(user) => account::identities::remove_all(tx, *user).await,
        Write::MoveAccount { from, into } => account::merge::move_rows(tx, *from, *into).await,
        Write::InsertEmail(email) => account::insert_email(tx, email).await,
        Write::VerifyEmail(email, at) => account::verify_email(tx, *email, *at).await,
        Write::Leave { user, until, at } => account::leaving::leave(tx, *user, *until, *at).await,
        Write::Keep(user, at) => account::leaving::keep(tx, *user, *at).await,
        Write::SetPrimaryEmail(user, email, at) => account::emails::set_primary(tx, *user, *email, *at).await,
        Write::KeepOnlyEmail(email, user) => account::emails::keep_only(tx, *email, *user).await,
        Write::RemoveEmail(email, user) => account::emails::remove(tx, *email, *user).await,
        Write::SetPassword { user, phc, at } => account::set_password(tx, *user, phc, *at).await,
    }
}
