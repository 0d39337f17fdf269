//! What goes into a statement and what comes out of it, the same for both databases.

use std::borrow::Cow;

use crate::DbError;

/// A bound parameter or a cell. Truth values travel as `BIGINT` 0 or 1 on both databases, so that
/// one statement text serves both: write `WHERE disabled = 0`, declare the column `{int}`.
#[derive(Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// SQL NULL.
    Null,
    /// Bound as 0 or 1.
    Bool(bool),
    /// `BIGINT`; times are microseconds since 1970 in UTC.
    I64(i64),
    /// `TEXT`; never contains U+0000.
    Text(Cow<'a, str>),
    /// `BLOB` on SQLite, `BYTEA` on PostgreSQL.
    Bytes(Cow<'a, [u8]>),
}

/// Names the kind only: parameters are people's data.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

impl Value<'_> {
    /// The kind, for messages; never the content.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "boolean",
            Self::I64(_) => "integer",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        }
    }
}

/// Builds the parameter list: `tx.one(&FIND, params![id, now]).await?`. Anything that has
/// `Into<Value>` goes in, by reference or by value.
#[macro_export]
macro_rules! params {
    () => { &[] as &[$crate::Value<'_>] };
    ($($value:expr),+ $(,)?) => { &[$($crate::Value::from($value)),+] };
}

macro_rules! into_value {
    ($($from:ty => |$it:ident| $to:expr;)*) => {$(
        impl<'a> From<$from> for Value<'a> {
            fn from($it: $from) -> Self { $to }
        }
    )*};
}

into_value! {
    bool => |it| Self::Bool(it);
    i64 => |it| Self::I64(it);
    i32 => |it| Self::I64(it.into());
    u32 => |it| Self::I64(it.into());
    u16 => |it| Self::I64(it.into());
    u8 => |it| Self::I64(it.into());
    &'a str => |it| Self::Text(Cow::Borrowed(it));
    &'a String => |it| Self::Text(Cow::Borrowed(it));
    String => |it| Self::Text(Cow::Owned(it));
    Cow<'a, str> => |it| Self::Text(it);
    &'a [u8] => |it| Self::Bytes(Cow::Borrowed(it));
    &'a Vec<u8> => |it| Self::Bytes(Cow::Borrowed(it));
    Vec<u8> => |it| Self::Bytes(Cow::Owned(it));
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(it: &'a [u8; N]) -> Self {
        Self::Bytes(Cow::Borrowed(it))
    }
}

impl<const N: usize> From<[u8; N]> for Value<'_> {
    fn from(it: [u8; N]) -> Self {
        Self::Bytes(Cow::Owned(it.to_vec()))
    }
}

impl<'a, T> From<Option<T>> for Value<'a>
where
    Value<'a>: From<T>,
{
    fn from(it: Option<T>) -> Self {
        it.map_or(Self::Null, Self::from)
    }
}

/// One row of an answer. Getters count columns from 0 and answer [`DbError::BadRow`] when the column
/// holds something else than the caller was promised: a broken row is an error, never a default.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row(pub(crate) Box<[Value<'static>]>);

impl Row {
    /// The column as whatever type knows how to read itself from a cell.
    pub fn get<'r, T: FromCell<'r>>(&'r self, column: usize) -> Result<T, DbError> {
        let cell =
            self.0.get(column).ok_or_else(|| DbError::bad_row(column, "a column", "no such column"))?;
        T::from_cell(cell).ok_or_else(|| DbError::bad_row(column, T::EXPECTED, cell.kind()))
    }

    /// An integer.
    pub fn i64(&self, column: usize) -> Result<i64, DbError> {
        self.get(column)
    }
    /// An integer or NULL.
    pub fn opt_i64(&self, column: usize) -> Result<Option<i64>, DbError> {
        self.get(column)
    }
    /// 0 or 1; anything else is a broken row.
    pub fn bool(&self, column: usize) -> Result<bool, DbError> {
        self.get(column)
    }
    /// Text.
    pub fn text(&self, column: usize) -> Result<&str, DbError> {
        self.get(column)
    }
    /// Text or NULL.
    pub fn opt_text(&self, column: usize) -> Result<Option<&str>, DbError> {
        self.get(column)
    }
    /// Bytes.
    pub fn bytes(&self, column: usize) -> Result<&[u8], DbError> {
        self.get(column)
    }
    /// Bytes or NULL.
    pub fn opt_bytes(&self, column: usize) -> Result<Option<&[u8]>, DbError> {
        self.get(column)
    }
    /// How many columns the row has.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Whether the row has no column.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A type that can be read from one cell.
pub trait FromCell<'r>: Sized {
    /// For the message when the cell is something else.
    const EXPECTED: &'static str;
    /// `None`: the cell is not of this type.
    fn from_cell(cell: &'r Value<'static>) -> Option<Self>;
}

macro_rules! from_cell {
    ($($to:ty, $expected:literal, $pattern:pat => $value:expr;)*) => {$(
        impl<'r> FromCell<'r> for $to {
            const EXPECTED: &'static str = $expected;
            fn from_cell(cell: &'r Value<'static>) -> Option<Self> {
                match cell { $pattern => $value, _ => None }
            }
        }
    )*};
}

from_cell! {
    i64, "an integer", Value::I64(it) => Some(*it);
    u32, "an integer", Value::I64(it) => u32::try_from(*it).ok();
    bool, "0 or 1", Value::I64(it @ (0 | 1)) => Some(*it == 1);
    &'r str, "text", Value::Text(it) => Some(it);
    String, "text", Value::Text(it) => Some(it.to_string());
    &'r [u8], "bytes", Value::Bytes(it) => Some(it);
    Vec<u8>, "bytes", Value::Bytes(it) => Some(it.to_vec());
}

impl<'r, const N: usize> FromCell<'r> for [u8; N] {
    const EXPECTED: &'static str = "bytes of a fixed length";
    fn from_cell(cell: &'r Value<'static>) -> Option<Self> {
        match cell {
            Value::Bytes(it) => it.as_ref().try_into().ok(),
            _ => None,
        }
    }
}

impl<'r, T: FromCell<'r>> FromCell<'r> for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    fn from_cell(cell: &'r Value<'static>) -> Option<Self> {
        match cell {
            Value::Null => Some(None),
            other => T::from_cell(other).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_cell_is_an_error_that_names_no_content() {
        let row = Row(Box::new([Value::Text("anna@example".into()), Value::I64(2), Value::Null]));
        assert_eq!(row.text(0).unwrap(), "anna@example");
        let wrong = row.i64(0).unwrap_err().to_string();
        assert!(wrong.contains("column 0") && !wrong.contains("anna"), "{wrong}");
        assert!(row.bool(1).is_err(), "2 is no truth value");
        assert!(row.text(2).is_err() && row.opt_text(2).unwrap().is_none());
        assert!(row.i64(3).is_err());
        assert_eq!(format!("{row:?}"), "Row([text, integer, NULL])");
    }
}
