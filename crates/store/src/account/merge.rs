//! One account of two.

use countersign_core::account::merge::{Holdings, MergeRefused, Side, merge};
use countersign_core::{Env, Id, Outcome, Timestamp, id};

use super::declared::binding;
use super::operator::{Whom, find};
use super::phones;
use crate::apply::{Decided, settle};
use crate::login::candidates::user;
use crate::{BoxFuture, DbError, Tx, Unit, params};

/// Makes one account of two, or says what that would do.
pub struct Merge {
    /// Time and chance.
    pub env: Env,
    /// The account that goes.
    pub from: Whom,
    /// The account that stays.
    pub into: Whom,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// Who is who, and what moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merged {
    /// The account that goes.
    pub from: Id<id::User>,
    /// The account that stays.
    pub into: Id<id::User>,
    /// What moves.
    pub moves: Holdings,
}

impl Unit for Merge {
    type Out = Decided<Merged, MergeRefused>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let (from, into) = (side(tx, &self.from).await?, side(tx, &self.into).await?);
            let nobody = Id::from_bytes([0; 16]);
            let of = |side: &Option<Side>| side.as_ref().map_or(nobody, |it| it.user.id);
            let (gone, stays) = (of(&from), of(&into));
            let outcome = merge(&self.env.ctx(), from.as_ref(), into.as_ref());
            let outcome = outcome.map(|moves| Merged { from: gone, into: stays, moves });
            if self.dry_run {
                let Outcome { result, trace, .. } = outcome;
                return Ok(Decided { result, trace });
            }
            settle(tx, &self.env, outcome).await
        })
    }
}

async fn side(tx: &mut Tx<'_>, whom: &Whom) -> Result<Option<Side>, DbError> {
    let Some(account) = find(tx, whom).await? else { return Ok(None) };
    let Some(row) = tx.one(&SIDE, params![account.user]).await? else { return Ok(None) };
    let count = |at: usize| -> Result<usize, DbError> { Ok(usize::try_from(row.i64(at)?).unwrap_or(0)) };
    let deleted: Option<Timestamp> = row.get(9)?;
    let holds =
        Holdings { emails: count(10)?, phones: count(11)?, identities: count(12)?, consents: count(13)? };
    Ok(Some(Side { user: user(&row, 0)?, deleted: deleted.is_some(), holds }))
}

/// Addresses and phones that the other has too, in any form, stay behind and go with the account; what both allowed an app stays as
/// the other allowed it.
pub(crate) async fn move_rows(
    tx: &mut Tx<'_>,
    from: Id<id::User>,
    into: Id<id::User>,
) -> Result<(), DbError> {
    tx.exec(&VERIFIED_INSTEAD, params![into, from]).await?;
    tx.exec(&EMAILS, params![into, from]).await?;
    tx.exec(&PRIMARY, params![into]).await?;
    tx.exec(&IDENTITIES, params![into, from]).await?;
    phones::move_all(tx, from, into).await?;
    tx.exec(&MEMBERSHIPS, params![into, from]).await?;
    tx.exec(&CONSENTS, params![into, from]).await?;
    binding::follow(tx, from, into).await
}

crate::queries! {
    SIDE = "SELECT u.id, u.subject, u.epoch, u.admin, u.claims, u.disabled_at, u.created_at, u.updated_at, \
            u.erase_at, u.deleted_at, (SELECT COUNT(*) FROM emails WHERE user_id = u.id), \
            (SELECT COUNT(*) FROM phones WHERE user_id = u.id), \
            (SELECT COUNT(*) FROM identities WHERE user_id = u.id), \
            (SELECT COUNT(*) FROM consents WHERE user_id = u.id) FROM users u WHERE u.id = $1";
    VERIFIED_INSTEAD = "DELETE FROM emails WHERE user_id = $1 AND verified_at IS NULL AND is_primary = 0 AND EXISTS (\
                        SELECT 1 FROM emails other WHERE other.user_id = $2 AND other.key = emails.key \
                        AND other.verified_at IS NOT NULL)";
    EMAILS = "UPDATE emails SET user_id = $1, is_primary = 0 WHERE user_id = $2 AND NOT EXISTS (\
              SELECT 1 FROM emails other WHERE other.user_id = $1 AND other.key = emails.key)";
    PRIMARY = "UPDATE emails SET is_primary = 1 WHERE user_id = $1 AND id = (\
               SELECT id FROM emails WHERE user_id = $1 ORDER BY (verified_at IS NULL), created_at, id LIMIT 1) \
               AND NOT EXISTS (SELECT 1 FROM emails other WHERE other.user_id = $1 AND other.is_primary = 1)";
    MEMBERSHIPS = "UPDATE memberships SET user_id = $1 WHERE user_id = $2 AND NOT EXISTS (\
                   SELECT 1 FROM memberships other WHERE other.user_id = $1 AND other.org_id = memberships.org_id)";
    IDENTITIES = "UPDATE identities SET user_id = $1 WHERE user_id = $2";
    CONSENTS = "UPDATE consents SET user_id = $1 WHERE user_id = $2 AND NOT EXISTS (\
                SELECT 1 FROM consents other WHERE other.user_id = $1 AND other.client_id = consents.client_id)";
}
