//! A person's addresses. Whoever changes them holds the person's row first, so that two changes at once see each other:
//! no account is left without a proved address or with two in front.

use countersign_core::account::emails::{self, EmailsRefused, Waiting};
use countersign_core::account::{EmailAddress, EmailRow};
use countersign_core::limits::{self, CounterKey};
use countersign_core::login::Asker;
use countersign_core::secret::kind;
use countersign_core::session::SignedIn;
use countersign_core::write::{FoundSecret, NewSecret};
use countersign_core::{Env, Id, Outcome, SecretKind, Timestamp, id};

use crate::login::acting::{By, signed_in};
use crate::login::counters;
use crate::{BoxFuture, DbError, Decided, Row, Tx, Unit, params, settle};

/// What a person does with their addresses.
#[derive(Debug, Clone)]
pub enum Act {
    /// Mail digits to this one.
    Begin(EmailAddress),
    /// The digits came back.
    Prove(String),
    /// Put this one in front.
    PutInFront(Id<id::Email>),
    /// Take this one away.
    Remove(Id<id::Email>),
}

/// Does it.
pub struct OnEmails {
    /// Time and chance.
    pub env: Env,
    /// By what the person acts.
    pub by: By,
    /// Who asks.
    pub asker: Asker,
    /// What.
    pub act: Act,
    /// Whom it counts against; for digits, beside their own tries.
    pub counters: Vec<CounterKey>,
}

impl Unit for OnEmails {
    type Out = Decided<(), EmailsRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let mut here = signed_in(tx, &self.env, &self.by).await?;
            if let Some(known) = &here {
                hold(tx, known.user().id).await?;
                // Who waited for another change looks again.
                here = signed_in(tx, &self.env, &self.by).await?;
            }
            let Some(here) = here else {
                return settle(tx, &self.env, Outcome::refuse(EmailsRefused::SignedOut)).await;
            };
            let own = of_user(tx, here.user().id).await?;
            let outcome = match &self.act {
                Act::Begin(email) => {
                    let owner = owner(tx, email.key()).await?;
                    let counted = counters::add(tx, &self.counters, self.env.now).await?;
                    emails::begin(&ctx, &here, email, &own, owner, &self.asker, &counted)
                }
                Act::Prove(digits) => {
                    let waits = waiting(tx, here.user().id, self.env.now).await?;
                    let known = waits.as_ref().and_then(|it| Waiting::of(&it.row));
                    let (mut keys, mut has) = (self.counters.clone(), None);
                    if let Some(known) = &known {
                        keys.push(limits::CODE_TRIES.whom(&ctx, &known.handle, None));
                        has = owner(tx, known.email.key()).await?;
                    }
                    let tries = counters::add(tx, &keys, self.env.now).await?;
                    let asker = &self.asker;
                    emails::prove(&ctx, &here, digits, waits.as_ref(), &own, has, asker, &tries).map(drop)
                }
                Act::PutInFront(email) => emails::put_in_front(&ctx, &here, *email, &own, &self.asker),
                Act::Remove(email) => emails::remove(&ctx, &here, *email, &own, &self.asker),
            };
            settle(tx, &self.env, outcome).await
        })
    }
}

/// What the page of addresses shows.
pub struct Emails {
    /// Time.
    pub env: Env,
    /// Whose.
    pub here: SignedIn,
}

impl Unit for Emails {
    /// The addresses, the one in front first, and what waits for its digits.
    type Out = (Vec<EmailRow>, Option<Waiting>);
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let own = of_user(tx, self.here.user().id).await?;
            let waits = waiting(tx, self.here.user().id, self.env.now).await?;
            let waits = waits.and_then(|it| emails::waiting(&it, &self.here, self.env.now));
            Ok((own, waits))
        })
    }
}

/// All addresses of a person, the one in front first.
pub async fn of_user(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<Vec<EmailRow>, DbError> {
    tx.rows(&OF_USER, params![user]).await?.iter().map(read).collect()
}

/// Whoever proved this address.
pub(crate) async fn owner(tx: &mut Tx<'_>, key: &str) -> Result<Option<Id<id::User>>, DbError> {
    tx.one(&OWNER, params![key]).await?.map(|row| row.get(0)).transpose()
}

/// Changes of one person's addresses come one after the other.
pub(crate) async fn hold(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<bool, DbError> {
    Ok(tx.one(&HOLD, params![user]).await?.is_some())
}

/// The address that waits for digits; the newest, since each asking voids those before.
async fn waiting(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    now: Timestamp,
) -> Result<Option<FoundSecret>, DbError> {
    let Some(row) = tx.one(&WAITING, params![user, SecretKind::EmailCode, now]).await? else {
        return Ok(None);
    };
    let digest: countersign_core::Digest<kind::EmailCode> = row.get(0)?;
    let mut bytes = [0; 33];
    bytes.copy_from_slice(digest.as_bytes());
    Ok(Some(FoundSecret {
        row: NewSecret {
            kind: SecretKind::EmailCode,
            digest: bytes,
            client: None,
            user: Some(user),
            flow: None,
            payload: row.get(1)?,
            created_at: row.get(2)?,
            expires_at: row.get(3)?,
        },
        spent_at: None,
    }))
}

/// Guarded. One statement after the other: none in front for a moment nobody sees, never two.
pub(crate) async fn set_primary(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    email: Id<id::Email>,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.exec(&NONE_IN_FRONT, params![user]).await?;
    tx.one(&IN_FRONT, params![email, user]).await?.map(drop).ok_or(DbError::missed("emails.primary"))?;
    tx.exec(&UPDATED, params![at, user]).await.map(drop)
}

/// Guarded.
pub(crate) async fn remove(tx: &mut Tx<'_>, email: Id<id::Email>, user: Id<id::User>) -> Result<(), DbError> {
    tx.one(&REMOVE, params![email, user]).await?.map(drop).ok_or(DbError::missed("emails.remove"))
}

/// Guarded. Whoever adds an address in the same moment did so before, and loses it, or sees that everything has ended.
pub(crate) async fn keep_only(
    tx: &mut Tx<'_>,
    email: Id<id::Email>,
    user: Id<id::User>,
) -> Result<(), DbError> {
    let missed = || DbError::missed("emails.keep_only");
    if !hold(tx, user).await? {
        return Err(missed());
    }
    tx.exec(&OTHERS, params![user, email]).await?;
    super::phones::remove_all(tx, user).await?;
    tx.one(&ALONE, params![email, user]).await?.map(drop).ok_or_else(missed)
}

crate::queries! {
    OF_USER = "SELECT id, user_id, address, key, verified_at, is_primary FROM emails WHERE user_id = $1 \
               ORDER BY is_primary DESC, created_at, id";
    OWNER = "SELECT user_id FROM emails WHERE key = $1 AND verified_at IS NOT NULL";
    HOLD = "UPDATE users SET epoch = epoch WHERE id = $1 AND deleted_at IS NULL RETURNING id";
    WAITING = "SELECT digest, payload, created_at, expires_at FROM secrets WHERE user_id = $1 AND kind = $2 \
               AND spent_at IS NULL AND expires_at > $3 ORDER BY created_at DESC LIMIT 1";
    NONE_IN_FRONT = "UPDATE emails SET is_primary = 0 WHERE user_id = $1 AND is_primary = 1";
    IN_FRONT = "UPDATE emails SET is_primary = 1 WHERE id = $1 AND user_id = $2 AND verified_at IS NOT NULL RETURNING id";
    UPDATED = "UPDATE users SET updated_at = $1 WHERE id = $2";
    OTHERS = "DELETE FROM emails WHERE user_id = $1 AND id <> $2";
    ALONE = "UPDATE emails SET is_primary = 1 WHERE id = $1 AND user_id = $2 RETURNING id";
    REMOVE = "DELETE FROM emails WHERE id = $1 AND user_id = $2 AND is_primary = 0 RETURNING id";
}

fn read(row: &Row) -> Result<EmailRow, DbError> {
    Ok(EmailRow {
        id: row.get(0)?,
        user: row.get(1)?,
        address: row.get(2)?,
        key: row.get(3)?,
        verified_at: row.get(4)?,
        primary: row.bool(5)?,
    })
}
