//! Single use is one idea with two verbs. Both answer with the row they touched, and that row is the lock:
//! of any number of callers exactly one sees it.

use crate::{DbError, Row, Sql, Tx, Value};

/// `UPDATE .. WHERE .. <guard> .. RETURNING ..`: takes what is there and still good.
#[derive(Clone, Copy, Debug)]
pub struct Spend(pub Sql);

impl Spend {
    /// Does not compile without a guard and a returned row.
    pub const fn new(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        assert!(starts_with(bytes, b"UPDATE ") || starts_with(bytes, b"DELETE "), "spending changes a row");
        assert!(
            contains(bytes, b" WHERE ") && contains(bytes, b" RETURNING "),
            "a guard, and the row as the lock"
        );
        Self(Sql::new(text))
    }

    /// The row, for the one caller who was first. `None`: unknown, too old or already spent.
    pub async fn run(&self, tx: &mut Tx<'_>, params: &[Value<'_>]) -> Result<Option<Row>, DbError> {
        tx.one(&self.0, params).await
    }
}

/// `INSERT .. ON CONFLICT .. DO NOTHING RETURNING ..`: takes what has no row yet, such as a `jti`.
#[derive(Clone, Copy, Debug)]
pub struct Claim(pub Sql);

impl Claim {
    /// Does not compile if a second caller would not go away empty-handed.
    pub const fn new(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        assert!(starts_with(bytes, b"INSERT INTO "), "claiming makes a row");
        assert!(
            contains(bytes, b" ON CONFLICT ") && contains(bytes, b" DO NOTHING RETURNING "),
            "the second caller gets no row"
        );
        Self(Sql::new(text))
    }

    /// The row, for the one caller who was first.
    pub async fn run(&self, tx: &mut Tx<'_>, params: &[Value<'_>]) -> Result<Option<Row>, DbError> {
        tx.one(&self.0, params).await
    }
}

const fn starts_with(text: &[u8], word: &[u8]) -> bool {
    matches(text, word, 0)
}

const fn contains(text: &[u8], word: &[u8]) -> bool {
    let mut at = 0;
    while at < text.len() {
        if matches(text, word, at) {
            return true;
        }
        at += 1;
    }
    false
}

#[allow(clippy::indexing_slicing, reason = "runs at compile time, with the bound checked on the same line")]
const fn matches(text: &[u8], word: &[u8], at: usize) -> bool {
    let mut i = 0;
    while i < word.len() {
        if at + i >= text.len() || text[at + i] != word[i] {
            return false;
        }
        i += 1;
    }
    true
}
