//! What people are shown as rows: columns that line up, times that they can read, numbers in words that fit.

use std::fmt;

use countersign_core::Timestamp;

/// Rows under titles. Each column is as wide as its widest cell.
pub(super) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(super) fn new(titles: [&str; N]) -> Table<N> {
        Table { rows: vec![titles.map(str::to_owned)] }
    }

    /// One more row. A cell is one line, whatever an app or a person is called.
    pub(super) fn row(&mut self, cells: [String; N]) {
        let one_line = |cell: String| cell.replace(char::is_control, " ");
        self.rows.push(cells.map(one_line));
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.rows.iter().fold([0; N], |mut widths, row| {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
            widths
        });
        for (nth, row) in self.rows.iter().enumerate() {
            let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            write!(f, "{}{}", if nth > 0 { "\n" } else { "" }, line.trim_end())?;
        }
        Ok(())
    }
}

/// RFC 3339 to the second, UTC: `2026-11-21T04:52:10Z`.
pub(super) fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.seconds()).map_or_else(|_| at.seconds().to_string(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_under_their_titles_however_long_and_odd_a_cell_is() {
        let mut table = Table::new(["name", "is", "apps"]);
        table.row(["Zoë".to_owned(), "admin".to_owned(), String::new()]);
        table.row(["a\nb\u{1b}[31m of some length".to_owned(), String::new(), "wiki".to_owned()]);
        let lines = [
            "name                     is     apps",
            "Zoë                      admin",
            "a b [31m of some length         wiki",
        ];
        assert_eq!(table.to_string(), lines.join("\n"));
    }

    #[test]
    fn times_are_read_to_the_second_in_utc() {
        assert_eq!(moment(Timestamp::from_micros(1_795_271_450_987_654)), "2026-11-21T14:30:50Z");
    }
}
