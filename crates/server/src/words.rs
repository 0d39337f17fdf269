//! Sentences with numbers in them.

use std::fmt;

/// A number and what is counted: `1 change`, `2 changes`.
pub(crate) fn count(number: impl fmt::Display, one: &str, several: &str) -> String {
    let number = number.to_string();
    let noun = if number == "1" { one } else { several };
    format!("{number} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_nothing_is_several() {
        let all = [0_u64, 1, 2, 11].map(|it| count(it, "address", "addresses"));
        assert_eq!(all, ["0 addresses", "1 address", "2 addresses", "11 addresses"]);
    }
}
