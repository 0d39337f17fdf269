//! Between rusqlite's types and ours.

use std::borrow::Cow;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, ffi};

use crate::{DbError, Value};

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Bool(it) => ValueRef::Integer(i64::from(*it)),
            Value::I64(it) => ValueRef::Integer(*it),
            Value::Text(it) => ValueRef::Text(it.as_bytes()),
            Value::Bytes(it) => ValueRef::Blob(it),
        }))
    }
}

/// A cell as it stands in the file. Text that is not UTF-8 was not written by us.
pub(super) fn cell(found: ValueRef<'_>, column: usize) -> Result<Value<'static>, DbError> {
    Ok(match found {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(it) => Value::I64(it),
        ValueRef::Real(_) => return Err(DbError::bad_row(column, "an integer", "a fraction")),
        ValueRef::Text(it) => match std::str::from_utf8(it) {
            Ok(text) => Value::Text(Cow::Owned(text.to_owned())),
            Err(_) => return Err(DbError::bad_row(column, "UTF-8", "other bytes")),
        },
        ValueRef::Blob(it) => Value::Bytes(Cow::Owned(it.to_owned())),
    })
}

/// Sorts SQLite's errors by what the caller should do.
pub(crate) fn wrong(during: &str, error: &rusqlite::Error) -> DbError {
    let rusqlite::Error::SqliteFailure(failure, text) = error else {
        return DbError::Bug(format!("{error} in: {during}"));
    };
    let reason = text.as_deref().unwrap_or_else(|| ffi::code_to_str(failure.extended_code));
    let said = format!("{reason} ({}) in: {during}", failure.extended_code);
    match failure.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => DbError::Busy(said),
        ErrorCode::DiskFull => DbError::Full(said),
        ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory | ErrorCode::CannotOpen => {
            DbError::Unavailable(said)
        }
        ErrorCode::PermissionDenied | ErrorCode::FileLockingProtocolFailed => DbError::Unavailable(said),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => DbError::Corrupt(said),
        ErrorCode::ConstraintViolation => DbError::Constraint(said),
        _ => DbError::Bug(said),
    }
}
