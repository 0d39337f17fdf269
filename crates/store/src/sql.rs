//! Statement text, one for both databases.

/// One statement in the portable subset: `$1`, `$2` .. numbered in order of appearance (so SQLite, which
/// numbers by appearance, and PostgreSQL, which reads the number, agree), `RETURNING`, `ON CONFLICT`.
/// No engine's own functions, no `;`, no `?`. The rules are checked when the const is compiled.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Sql {
    text: &'static str,
    params: usize,
    writes: bool,
}

impl Sql {
    /// Checks the text at compile time; a text that breaks a rule does not compile.
    pub const fn new(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        let writes = !starts_with(bytes, b"SELECT");
        assert!(
            !writes
                || starts_with(bytes, b"INSERT")
                || starts_with(bytes, b"UPDATE")
                || starts_with(bytes, b"DELETE")
                || starts_with(bytes, b"WITH"),
            "a statement starts with SELECT, INSERT, UPDATE, DELETE or WITH, in capitals"
        );
        Self { text, params: count_params(bytes), writes }
    }

    /// The text as written.
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// How many parameters it takes.
    pub const fn params(&self) -> usize {
        self.params
    }

    /// Whether it may change rows.
    pub const fn writes(&self) -> bool {
        self.writes
    }
}

/// Declares the statements of a module as consts and lists them in `ALL`, so that a test can PREPARE
/// every one of them on both databases.
///
/// ```
/// mod queries {
///     countersign_store::queries! {
///         /// The account behind an address.
///         pub(super) FIND = "SELECT id FROM users WHERE email_key = $1";
///     }
/// }
/// assert_eq!(queries::ALL.len(), 1);
/// ```
#[macro_export]
macro_rules! queries {
    ($($(#[$doc:meta])* $vis:vis $name:ident = $text:expr;)*) => {
        $($(#[$doc])* $vis const $name: $crate::Sql = $crate::Sql::new($text);)*
        /// Every statement of this module, by name.
        #[allow(unreachable_pub)]
        pub const ALL: &[(&str, $crate::Sql)] = &[$((concat!(module_path!(), "::", stringify!($name)), $name)),*];
    };
}

#[allow(clippy::indexing_slicing, reason = "runs at compile time, with the bound checked on the same line")]
const fn starts_with(text: &[u8], word: &[u8]) -> bool {
    let mut i = 0;
    while i < word.len() {
        if i >= text.len() || text[i] != word[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[allow(clippy::indexing_slicing, reason = "runs at compile time, with the bound checked on the same line")]
pub(crate) const fn count_params(text: &[u8]) -> usize {
    let (mut seen, mut i) = (0, 0);
    while i < text.len() {
        assert!(text[i] != b';' && text[i] != b'?', "one statement, parameters as $N");
        if text[i] == b'$' {
            let mut number = 0;
            while i + 1 < text.len() && text[i + 1].is_ascii_digit() {
                number = number * 10 + (text[i + 1] - b'0') as usize;
                i += 1;
            }
            assert!(number > 0, "a parameter is $N, counted from 1");
            assert!(number <= seen + 1, "parameters are numbered in order of appearance");
            if number > seen {
                seen = number;
            }
        }
        i += 1;
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_counted_and_writes_known() {
        let sql = Sql::new("UPDATE t SET a = $1, b = $2 WHERE c = $1 RETURNING d");
        assert_eq!((sql.params(), sql.writes()), (2, true));
        assert_eq!(Sql::new("SELECT a FROM t").params(), 0);
        assert!(!Sql::new("SELECT a FROM t").writes());
    }

    #[test]
    fn text_that_the_two_databases_would_read_differently_is_refused() {
        for bad in
            ["SELECT $2, $1", "SELECT a FROM t WHERE b = ?", "SELECT 1; SELECT 2", "COMMIT", "select a"]
        {
            assert!(
                std::panic::catch_unwind(|| Sql::new(Box::leak(bad.to_owned().into_boxed_str()))).is_err()
            );
        }
    }
}
