//! What a decision wrote, in its order, inside the transaction that loaded the rows it saw.

use countersign_core::{Env, Id, Outcome, TraceStep, Write, id};

use crate::oauth::redeem;
use crate::session::{families, notices, sessions};
use crate::{DbError, Tx, account, outbox, secrets};

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
    let ended = apply_all(tx, &writes).await?;
    events.extend(notices::of(tx, &ended, env.now).await?);
    if !events.is_empty() {
        outbox::append(tx, &env.ctx(), &events).await?;
    }
    Ok(Decided { result, trace })
}

/// Applies the writes in their order. A guard that matches nothing is [`DbError::Missed`]: the unit is undone and
/// decides again from fresh rows.
pub async fn apply(tx: &mut Tx<'_>, writes: &[Write]) -> Result<(), DbError> {
    apply_all(tx, writes).await.map(drop)
}

/// The same, and says which sessions have ended now.
async fn apply_all(tx: &mut Tx<'_>, writes: &[Write]) -> Result<Vec<Id<id::Session>>, DbError> {
    let mut ended = Vec::new();
    for write in writes {
        match write {
            Write::EndSession(id, reason, at) => ended.extend(sessions::end(tx, *id, *reason, *at).await?),
            Write::EndSessionsOfUser(user, except, reason, at) => {
                ended.extend(sessions::end_of_user(tx, *user, *except, *reason, *at).await?);
            }
            other => one(tx, other).await?,
        }
    }
    Ok(ended)
}

async fn one(tx: &mut Tx<'_>, write: &Write) -> Result<(), DbError> {
    match write {
        Write::SpendCode { digest, at, keep_until } => redeem::spend(tx, digest, *at, *keep_until).await,
        Write::InsertFamily(family) => families::insert(tx, family).await,
        Write::RotateFamily { id, from, to, at } => families::rotate(tx, *id, *from, to, *at).await,
        Write::EndFamily(id, reason, at) => families::end(tx, *id, *reason, *at).await,
        Write::EndFamiliesOfSession { session, offline, reason, at } => {
            families::end_of_session(tx, *session, *offline, *reason, *at).await
        }
        Write::EndFamiliesOfClient(user, client, reason, at) => {
            families::end_of_client(tx, *user, client, *reason, *at).await
        }
        Write::EndFamiliesOfUser(user, except, reason, at) => {
            families::end_of_user(tx, *user, *except, *reason, *at).await
        }
        Write::InsertSession(new) => sessions::insert(tx, new).await,
        Write::RenewSession(new) => sessions::renew(tx, new).await,
        Write::EndSession(id, reason, at) => sessions::end(tx, *id, *reason, *at).await.map(drop),
        Write::EndSessionsOfUser(user, except, reason, at) => {
            sessions::end_of_user(tx, *user, *except, *reason, *at).await.map(drop)
        }
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
        Write::InsertEmail(email) => account::insert_email(tx, email).await,
        Write::VerifyEmail(email, at) => account::verify_email(tx, *email, *at).await,
        Write::SetPassword { user, phc, at } => account::set_password(tx, *user, phc, *at).await,
    }
}
