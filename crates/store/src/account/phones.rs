//! Phones of a person, all of them proved.

use countersign_core::account::{PhoneNumber, PhoneRow};
use countersign_core::{Id, id};

use crate::{BoxFuture, DbError, Row, Tx, Unit, params};

/// All of a person: the one that apps are told, then in the order in which they were proved.
pub async fn of_user(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<Vec<PhoneRow>, DbError> {
    tx.rows(&OF_USER, params![user]).await?.iter().map(read).collect()
}

/// The same as a unit.
pub struct Phones(pub Id<id::User>);

impl Unit for Phones {
    type Out = Vec<PhoneRow>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(of_user(tx, self.0))
    }
}

/// Guarded: a number once for each person. The first one is told to apps.
pub(crate) async fn insert(tx: &mut Tx<'_>, phone: &PhoneRow) -> Result<(), DbError> {
    let PhoneRow { id, user, number, verified_at, primary } = phone;
    let params = params![*id, *user, number.as_str(), *verified_at, *primary];
    tx.one(&INSERT, params).await?.map(drop).ok_or(DbError::missed("phones.insert"))
}

/// Guarded: a phone of this person becomes the one that apps are told.
pub(crate) async fn choose(tx: &mut Tx<'_>, id: Id<id::Phone>, user: Id<id::User>) -> Result<(), DbError> {
    tx.exec(&DEMOTE, params![user]).await?;
    tx.one(&CHOOSE, params![id, user]).await?.map(drop).ok_or(DbError::missed("phones.choose"))
}

/// Guarded.
pub(crate) async fn remove(tx: &mut Tx<'_>, id: Id<id::Phone>, user: Id<id::User>) -> Result<(), DbError> {
    tx.one(&REMOVE, params![id, user]).await?.map(drop).ok_or(DbError::missed("phones.remove"))
}

pub(crate) async fn remove_all(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<(), DbError> {
    tx.exec(&REMOVE_ALL, params![user]).await.map(drop)
}

/// What one account has becomes another's; numbers that both have stay the other's.
pub(crate) async fn move_all(tx: &mut Tx<'_>, from: Id<id::User>, into: Id<id::User>) -> Result<(), DbError> {
    tx.exec(&MOVE, params![into, from]).await?;
    tx.exec(&PROMOTE, params![into]).await.map(drop)
}

crate::queries! {
    OF_USER = "SELECT id, user_id, number, verified_at, is_primary FROM phones WHERE user_id = $1 \
               ORDER BY is_primary DESC, verified_at, id";
    INSERT = "INSERT INTO phones (id, user_id, number, verified_at, is_primary) VALUES ($1, $2, $3, $4, $5) \
              ON CONFLICT DO NOTHING RETURNING id";
    DEMOTE = "UPDATE phones SET is_primary = 0 WHERE user_id = $1 AND is_primary = 1";
    CHOOSE = "UPDATE phones SET is_primary = 1 WHERE id = $1 AND user_id = $2 RETURNING id";
    REMOVE = "DELETE FROM phones WHERE id = $1 AND user_id = $2 RETURNING id";
    REMOVE_ALL = "DELETE FROM phones WHERE user_id = $1";
    MOVE = "UPDATE phones SET user_id = $1, is_primary = 0 WHERE user_id = $2 AND NOT EXISTS (\
            SELECT 1 FROM phones other WHERE other.user_id = $1 AND other.number = phones.number)";
    PROMOTE = "UPDATE phones SET is_primary = 1 WHERE user_id = $1 AND id = (\
               SELECT id FROM phones WHERE user_id = $1 ORDER BY verified_at, id LIMIT 1) \
               AND NOT EXISTS (SELECT 1 FROM phones other WHERE other.user_id = $1 AND other.is_primary = 1)";
}

/// A number as a column holds it.
pub(crate) fn number(row: &Row, at: usize) -> Result<Option<PhoneNumber>, DbError> {
    let text = row.opt_text(at)?.map(PhoneNumber::parse).transpose();
    text.map_err(|_| DbError::bad_row(at, "a phone number", "something else"))
}

fn read(row: &Row) -> Result<PhoneRow, DbError> {
    Ok(PhoneRow {
        id: row.get(0)?,
        user: row.get(1)?,
        number: number(row, 2)?.ok_or(DbError::bad_row(2, "a phone number", "nothing"))?,
        verified_at: row.get(3)?,
        primary: row.bool(4)?,
    })
}
