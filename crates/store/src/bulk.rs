//! One statement for several rows.

use std::fmt::Write as _;
use std::sync::OnceLock;

use crate::{DbError, Row, Sql, Tx, Value};

/// Most rows that one statement takes; more are sent in several.
const MOST: usize = 32;

/// A statement whose middle repeats for every row: `INSERT .. VALUES ($1, $2), ($3, $4) ..` or
/// `.. WHERE id IN ($1, $2) ..`. Each size is written once and then stays, so the number of texts is bounded.
pub struct Bulk {
    head: &'static str,
    width: usize,
    tuples: bool,
    tail: &'static str,
    made: [OnceLock<Sql>; MOST],
}

impl Bulk {
    /// Rows of `width` columns after `head`, such as `INSERT INTO t (a, b) VALUES `.
    pub const fn rows(head: &'static str, width: usize, tail: &'static str) -> Self {
        Self { head, width, tuples: true, tail, made: [const { OnceLock::new() }; MOST] }
    }

    /// Single values after `head`, such as `DELETE FROM t WHERE id IN (`; `tail` closes the bracket.
    pub const fn list(head: &'static str, tail: &'static str) -> Self {
        Self { head, width: 1, tuples: false, tail, made: [const { OnceLock::new() }; MOST] }
    }

    /// Runs it for all `values`, row after row, 32 rows at a time; answers what `RETURNING` says. `fixed` are the
    /// parameters that `head` itself has.
    pub async fn run(
        &self,
        tx: &mut Tx<'_>,
        fixed: &[Value<'_>],
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, DbError> {
        let mut found = Vec::new();
        for chunk in values.chunks(MOST * self.width) {
            let sql = self.sql(chunk.len() / self.width)?;
            let rows = match fixed {
                [] => tx.rows(&sql, chunk).await?,
                fixed => tx.rows(&sql, &[fixed, chunk].concat()).await?,
            };
            found.extend(rows);
        }
        Ok(found)
    }

    /// The statement for so many rows, 1 to 32.
    pub fn sql(&self, rows: usize) -> Result<Sql, DbError> {
        let made = rows.checked_sub(1).and_then(|it| self.made.get(it));
        let made = made.ok_or_else(|| DbError::Bug(format!("{rows} rows for: {}", self.head)))?;
        Ok(*made.get_or_init(|| Sql::new(Box::leak(self.text(rows).into_boxed_str()))))
    }

    fn text(&self, rows: usize) -> String {
        let mut text = self.head.to_owned();
        let fixed = crate::sql::count_params(self.head.as_bytes());
        for row in 0..rows {
            text.push_str(if row == 0 { "" } else { ", " });
            text.push_str(if self.tuples { "(" } else { "" });
            for column in 0..self.width {
                let comma = if column == 0 { "" } else { ", " };
                let _ = write!(text, "{comma}${}", fixed + row * self.width + column + 1);
            }
            text.push_str(if self.tuples { ")" } else { "" });
        }
        text + self.tail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_repeats() {
        let rows = Bulk::rows("INSERT INTO t (a, b) VALUES ", 2, " ON CONFLICT DO NOTHING");
        assert_eq!(
            rows.sql(2).unwrap().text(),
            "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING"
        );
        let list = Bulk::list("DELETE FROM t WHERE b = $1 AND a IN (", ") RETURNING a");
        assert_eq!(
            list.sql(3).unwrap().text(),
            "DELETE FROM t WHERE b = $1 AND a IN ($2, $3, $4) RETURNING a"
        );
        assert!(list.sql(0).is_err() && list.sql(33).is_err());
    }
}
