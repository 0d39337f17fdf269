//! Which account a declaration is about: the one that it made or took over, wherever that has gone since.
//!
//! What is remembered names nobody. The address stands as a keyed digest, because a person may have taken it away from
//! here while the configuration still says it; of claims there is a keyed digest each, and none once the account is
//! deleted.

use countersign_core::secret::base64url;
use countersign_core::{Ctx, Id, Write, id};

use super::claims::Remembered;
use super::{Fingerprint, Owner, Wanted, owned, owner};
use crate::single_use::Claim;
use crate::{DbError, Tx, params};

crate::queries! {
    FIND = "SELECT user_id, held, claims FROM declarations WHERE address = $1";
    OF_USER = "SELECT claims FROM declarations WHERE user_id = $1 AND held = 1 ORDER BY applied_at DESC, address LIMIT 1";
    CHANGE = "UPDATE declarations SET user_id = $1, held = $2, claims = $3, applied_at = $4 WHERE address = $5 AND user_id = $6 \
              RETURNING address";
    // Whoever stays and is declared already stays what that declaration says; the other's account is gone.
    MOVE = "UPDATE declarations SET user_id = $1 WHERE user_id = $2 AND NOT EXISTS (\
            SELECT 1 FROM declarations other WHERE other.user_id = $1 AND other.held = 1)";
    FORGET_CLAIMS = "UPDATE declarations SET claims = '{}' WHERE user_id = $1";
    FORGET = "DELETE FROM declarations WHERE address = $1";
    FORGET_GONE = "DELETE FROM declarations WHERE address = $1 AND EXISTS (\
                   SELECT 1 FROM users WHERE users.id = declarations.user_id AND users.deleted_at IS NOT NULL)";
    BIND_TEXT = BIND.0.text();
    REMEMBER_PASSWORD = "UPDATE passwords SET declared = $1 WHERE user_id = $2";
}
const BIND: Claim = Claim::new(
    "INSERT INTO declarations (address, user_id, held, claims, applied_at) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (address) DO NOTHING RETURNING address",
);

/// The account that a declaration is about.
#[derive(Debug, Clone)]
pub enum Whose {
    /// Nobody's: it is to be made.
    Nobody,
    /// This one.
    Account(Box<Owner>),
    /// It is deleted. Nobody is made in its place, and whoever has the address now is given nothing.
    Deleted,
}

/// A row of the table.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The account.
    pub user: Id<id::User>,
    /// Is the declaration bound to it?
    pub held: bool,
    claims: Remembered,
}

impl Whose {
    /// The account, if there is one.
    pub fn account(&self) -> Option<&Owner> {
        match self {
            Self::Account(owner) => Some(owner),
            Self::Nobody | Self::Deleted => None,
        }
    }

    /// Is the declaration bound to an account by what happened before?
    pub fn is_held(&self) -> bool {
        self.account().and_then(|it| it.binding.as_ref()).is_some_and(|it| it.held)
    }
}

/// Whose account the declaration of an address is about.
pub async fn whose(tx: &mut Tx<'_>, ctx: &Ctx<'_>, key: &str) -> Result<Whose, DbError> {
    let row = tx.one(&FIND, params![digest(ctx, key)]).await?;
    let binding = match &row {
        Some(row) => {
            Some(Binding { user: row.get(0)?, held: row.bool(1)?, claims: Remembered::parse(row.text(2)?)? })
        }
        None => None,
    };
    if let Some(Binding { user, held: true, .. }) = &binding {
        let owner = owned(tx, *user, key).await?;
        return Ok(owner.map_or(Whose::Deleted, |owner| {
            let claims = binding.as_ref().map(|it| it.claims.clone());
            Whose::Account(Box::new(Owner { binding, claims, ..owner }))
        }));
    }
    let Some(owner) = owner(tx, key).await? else { return Ok(Whose::Nobody) };
    let claims = match &binding {
        Some(it) if it.user == owner.user.id => Some(it.claims.clone()),
        // Declared by another address before: what was applied by that is applied.
        Some(_) | None => match tx.one(&OF_USER, params![owner.user.id]).await? {
            Some(row) => Some(Remembered::parse(row.text(0)?)?),
            None => None,
        },
    };
    Ok(Whose::Account(Box::new(Owner { binding, claims, ..owner })))
}

/// Writes down what was applied to whom, so that it is applied once, and to nobody else the next time. `writes` are
/// those of the plan, which were applied.
pub async fn remember(
    tx: &mut Tx<'_>,
    ctx: &Ctx<'_>,
    whose: &Whose,
    wanted: &Wanted,
    writes: &[Write],
) -> Result<(), DbError> {
    let made = || {
        writes.iter().find_map(|write| if let Write::InsertUser(user) = write { Some(user.id) } else { None })
    };
    let there = whose.account();
    let Some(user) = there.map(|it| it.user.id).or_else(made) else { return Ok(()) };
    if let Some(Fingerprint(text)) = &wanted.declared
        && there.is_none_or(|owner| owner.declared != wanted.declared)
    {
        tx.exec(&REMEMBER_PASSWORD, params![text, user]).await?;
    }
    // An account that was there before is its declaration's from when something shows whose it is.
    let held = there.is_none_or(|it| it.verified || wanted.verified || wanted.admin) || whose.is_held();
    let (address, claims) = (digest(ctx, &wanted.key), Remembered::of(ctx, &wanted.claims));
    match there.and_then(|it| it.binding.as_ref()) {
        Some(same) if same.user == user && same.held == held && same.claims == claims => Ok(()),
        Some(before) => {
            let params = params![user, held, claims.text()?, ctx.now, address, before.user];
            tx.one(&CHANGE, params).await?.map(drop).ok_or(DbError::missed("declarations.change"))
        }
        None => {
            let bound = tx.one(&BIND.0, params![address, user, held, claims.text()?, ctx.now]).await?;
            bound.map(drop).ok_or(DbError::missed("declarations.bind"))
        }
    }
}

/// An operator makes somebody with this address on purpose: a declaration whose account is deleted is about them.
pub async fn forget_deleted(tx: &mut Tx<'_>, ctx: &Ctx<'_>, key: &str) -> Result<(), DbError> {
    tx.exec(&FORGET_GONE, params![digest(ctx, key)]).await.map(drop)
}

/// What is declared of this address is as if it never had been.
pub async fn forget(tx: &mut Tx<'_>, ctx: &Ctx<'_>, key: &str) -> Result<(), DbError> {
    tx.exec(&FORGET, params![digest(ctx, key)]).await.map(drop)
}

/// Two accounts become one.
pub(crate) async fn follow(tx: &mut Tx<'_>, from: Id<id::User>, into: Id<id::User>) -> Result<(), DbError> {
    tx.exec(&MOVE, params![into, from]).await.map(drop)
}

/// An account is deleted: that there was one stays.
pub(crate) async fn erase(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<(), DbError> {
    tx.exec(&FORGET_CLAIMS, params![user]).await.map(drop)
}

fn digest(ctx: &Ctx<'_>, key: &str) -> String {
    base64url(&ctx.vault.mac("declared_address", key.as_bytes()))
}
