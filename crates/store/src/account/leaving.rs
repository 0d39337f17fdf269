//! Accounts on their way out, and those whose time is over.

use countersign_core::account::leaving::{self, LeaveRefused};
use countersign_core::login::Asker;
use countersign_core::secret::kind;
use countersign_core::{Digest, Env, Id, Outcome, Timestamp, id};

use super::emails::hold;
use crate::login::acting::{By, signed_in};
use crate::login::sessions;
use crate::{BoxFuture, DbError, Decided, Tx, Unit, params, settle};

/// A person asks for the deletion of their account.
pub struct Leave {
    /// Time and chance.
    pub env: Env,
    /// By what they act.
    pub by: By,
    /// What they typed to show that they mean it.
    pub sure: String,
    /// Who asks.
    pub asker: Asker,
}

impl Unit for Leave {
    type Out = Decided<Timestamp, LeaveRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let outcome = match signed_in(tx, &self.env, &self.by).await? {
                None => Outcome::refuse(LeaveRefused::SignedOut),
                Some(here) => leaving::leave(&self.env.ctx(), &here, &self.sure, &self.asker),
            };
            settle(tx, &self.env, outcome).await
        })
    }
}

/// Who signed in meanwhile keeps it.
pub struct Keep {
    /// Time and chance.
    pub env: Env,
    /// The session cookie.
    pub cookie: Digest<kind::Session>,
    /// Who asks.
    pub asker: Asker,
}

impl Unit for Keep {
    /// Is the account kept? Not if its time was over first, or the session is.
    type Out = bool;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let found = sessions::find(tx, &self.cookie).await?;
            let Some(user) = found.map(|it| it.user.id) else { return Ok(false) };
            if !hold(tx, user).await? {
                return Ok(false);
            }
            let found = sessions::find(tx, &self.cookie).await?;
            let Some(found) = found.and_then(|it| it.departing(&self.env.ctx())) else { return Ok(false) };
            settle(tx, &self.env, leaving::keep(&self.env.ctx(), &found, &self.asker)).await?;
            Ok(true)
        })
    }
}

/// Is anybody's time over? A read, so that an idle server writes nothing.
pub struct AnyDeparted {
    /// Now.
    pub now: Timestamp,
}

impl Unit for AnyDeparted {
    type Out = bool;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<bool, DbError>> {
        Box::pin(async move { Ok(!tx.rows(&DEPARTED, params![self.now, 1]).await?.is_empty()) })
    }
}

/// Erases one of those whose time is over, if there is one.
pub struct EraseDeparted {
    /// Time and chance.
    pub env: Env,
}

impl Unit for EraseDeparted {
    type Out = Option<Id<id::User>>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let Some(row) = tx.one(&DEPARTED, params![self.env.now, 1]).await? else { return Ok(None) };
            let user: Id<id::User> = row.get(0)?;
            // The person may keep it in the same moment: whoever holds the row first decides.
            if tx.one(&STILL, params![user, self.env.now]).await?.is_some() {
                settle(tx, &self.env, leaving::erase(&self.env.ctx(), user)).await?;
            }
            Ok(Some(user))
        })
    }
}

/// Guarded: who may come in leaves once.
pub(crate) async fn leave(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    until: Timestamp,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.one(&LEAVE, params![until, at, user]).await?.map(drop).ok_or(DbError::missed("users.leave"))
}

/// Guarded: until the account is gone.
pub(crate) async fn keep(tx: &mut Tx<'_>, user: Id<id::User>, at: Timestamp) -> Result<(), DbError> {
    tx.one(&KEEP, params![at, user]).await?.map(drop).ok_or(DbError::missed("users.keep"))
}

crate::queries! {
    DEPARTED = "SELECT id FROM users WHERE erase_at <= $1 ORDER BY erase_at LIMIT $2";
    STILL = "UPDATE users SET erase_at = erase_at WHERE id = $1 AND erase_at <= $2 AND deleted_at IS NULL RETURNING id";
    // Switched off as well: whatever does not know of leaving finds the account closed.
    LEAVE = "UPDATE users SET erase_at = $1, disabled_at = $2, updated_at = $2 WHERE id = $3 \
             AND disabled_at IS NULL AND deleted_at IS NULL RETURNING id";
    KEEP = "UPDATE users SET erase_at = NULL, disabled_at = NULL, updated_at = $1 WHERE id = $2 \
            AND erase_at IS NOT NULL AND deleted_at IS NULL RETURNING id";
}
