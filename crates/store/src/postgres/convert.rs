//! Between PostgreSQL's types and ours.

use std::borrow::Cow;
use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::{DbError, Row, Value};

type Wrong = Box<dyn Error + Sync + Send>;

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Wrong> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(it) => integer(i64::from(*it), ty, out),
            Self::I64(it) => integer(*it, ty, out),
            Self::Text(it) if <&str as ToSql>::accepts(ty) => it.as_ref().to_sql(ty, out),
            Self::Bytes(it) if *ty == Type::BYTEA => it.as_ref().to_sql(ty, out),
            Self::Text(_) | Self::Bytes(_) => {
                Err(format!("{} given where {ty} is wanted", self.kind()).into())
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// PostgreSQL calls a parameter `int4` beside a small literal, so the width is its choice.
fn integer(it: i64, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Wrong> {
    match *ty {
        Type::INT8 => it.to_sql(ty, out),
        Type::INT4 => i32::try_from(it)?.to_sql(ty, out),
        Type::INT2 => i16::try_from(it)?.to_sql(ty, out),
        _ => Err(format!("integer given where {ty} is wanted").into()),
    }
}

struct Cell(Value<'static>);

impl<'r> FromSql<'r> for Cell {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> Result<Self, Wrong> {
        Ok(Self(match *ty {
            Type::INT8 => Value::I64(i64::from_sql(ty, raw)?),
            Type::INT4 => Value::I64(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Value::I64(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Value::I64(bool::from_sql(ty, raw)?.into()),
            Type::BYTEA => Value::Bytes(Cow::Owned(raw.to_vec())),
            _ => Value::Text(Cow::Owned(String::from_sql(ty, raw)?)),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Wrong> {
        Ok(Self(Value::Null))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::INT4 | Type::INT2 | Type::BOOL | Type::BYTEA)
            || <String as FromSql>::accepts(ty)
    }
}

pub(super) fn row(found: &tokio_postgres::Row) -> Result<Row, DbError> {
    let cells: Result<Box<[_]>, DbError> = (0..found.len())
        .map(|column| match found.try_get::<_, Cell>(column) {
            Ok(cell) => Ok(cell.0),
            Err(e) => Err(DbError::BadRow(format!("column {column}: {e}"))),
        })
        .collect();
    Ok(Row(cells?))
}

/// Sorts PostgreSQL's errors by what the caller should do. The detail line is left out: it quotes values.
pub(crate) fn wrong(during: &str, error: &tokio_postgres::Error) -> DbError {
    let Some(db) = error.as_db_error() else {
        return match error.source() {
            // Refused before it was sent: a parameter of the wrong kind.
            Some(source) if !error.is_closed() && !is_io(source) => {
                DbError::Bug(format!("{} in: {during}", whole(error)))
            }
            _ => DbError::Unavailable(format!("{} in: {during}", whole(error))),
        };
    };
    let code = db.code();
    let said = match db.constraint() {
        Some(constraint) => format!("{constraint} ({}) in: {during}", code.code()),
        None => format!("{} ({}) in: {during}", db.message(), code.code()),
    };
    let class = code.code().get(..2).unwrap_or_default();
    match (code, class) {
        (&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED, _) => {
            DbError::Contended(said)
        }
        (&SqlState::QUERY_CANCELED | &SqlState::LOCK_NOT_AVAILABLE | &SqlState::TOO_MANY_CONNECTIONS, _) => {
            DbError::Busy(said)
        }
        // A primary that became a standby under us.
        (&SqlState::READ_ONLY_SQL_TRANSACTION, _) => DbError::Unavailable(said),
        (&SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED, _) => DbError::Corrupt(said),
        (_, "23") => DbError::Constraint(said),
        (_, "53") => DbError::Full(said),
        (_, "08" | "25" | "28" | "3D" | "57" | "58") => DbError::Unavailable(said),
        _ => DbError::Bug(said),
    }
}

/// The error with its causes: "error connecting to server: connection refused", "invalid peer certificate".
fn whole(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        text = format!("{text}: {it}");
        cause = it.source();
    }
    text
}

fn is_io(source: &(dyn Error + 'static)) -> bool {
    source.is::<std::io::Error>() || source.source().is_some_and(is_io)
}

/// No connection could be made. Whatever the reason, a wrong password too, the database is out of reach.
pub(super) fn unreachable(error: &tokio_postgres::Error) -> DbError {
    match wrong("connect", error) {
        it @ (DbError::Busy(_) | DbError::Unavailable(_)) => it,
        DbError::Full(said)
        | DbError::Contended(said)
        | DbError::Constraint(said)
        | DbError::BadRow(said) => DbError::Unavailable(said),
        DbError::Corrupt(said) | DbError::Panicked(said) | DbError::Bug(said) | DbError::Refused(said) => {
            DbError::Unavailable(said)
        }
        DbError::Missed(guard) => DbError::Unavailable(guard.to_owned()),
    }
}
