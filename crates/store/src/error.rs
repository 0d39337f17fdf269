//! What can go wrong with a unit of work, by what the caller should do about it.

/// The texts are for the log: they name statements, constraints and codes, never a person's data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// Too much waits already, or a lock or connection did not come in time. Nothing was done: 503, Retry-After.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// The database cannot be reached or cannot read or write its files. Whether the unit was done is unknown
    /// only if the connection was lost while committing: 503.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// No room on the disk (or a size limit was reached). Nothing was done: 503.
    #[error("the database has no room: {0}")]
    Full(String),
    /// The guard of an UPDATE or INSERT matched no row any more: a unit returns this to be rolled back and to
    /// decide again from fresh rows. [`Db::run`](crate::Db::run) tries a few times before the caller sees it: 503.
    #[error("the guard of {0} was missed too often")]
    Missed(&'static str),
    /// PostgreSQL could not serialize this unit with another, even after a few attempts: 503.
    #[error("other transactions got in the way: {0}")]
    Contended(String),
    /// A constraint refused the row. Statements that expect this use `ON CONFLICT` or a guard instead: 500.
    #[error("a constraint refused the row: {0}")]
    Constraint(String),
    /// A row did not hold what its reader expects: 500.
    #[error("a row is not as expected: {0}")]
    BadRow(String),
    /// The database says that its own file is damaged: 500, and an operator must look.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// The unit panicked; it alone was rolled back: 500.
    #[error("a unit of work panicked: {0}")]
    Panicked(String),
    /// The program is wrong: statement, parameters, or a unit that awaited something else than the database: 500.
    #[error("a bug in a unit of work: {0}")]
    Bug(String),
    /// The database belongs to another process, or to a newer or altered version of the schema.
    #[error("{0}")]
    Refused(String),
}

impl DbError {
    /// Whether the same request may succeed a little later (503 instead of 500).
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Busy(_) | Self::Unavailable(_) | Self::Full(_) | Self::Missed(_) | Self::Contended(_) => {
                true
            }
            Self::Constraint(_)
            | Self::BadRow(_)
            | Self::Corrupt(_)
            | Self::Panicked(_)
            | Self::Bug(_)
            | Self::Refused(_) => false,
        }
    }

    /// For a guarded statement that matched nothing: `.ok_or(DbError::missed("families.rotate"))`.
    pub fn missed(guard: &'static str) -> Self {
        Self::Missed(guard)
    }

    /// For a value that parses from no known form, such as an unknown word in a kind column.
    pub fn bad_row(column: usize, expected: &str, found: &str) -> Self {
        Self::BadRow(format!("column {column} should hold {expected}, found {found}"))
    }

    /// A panic's own text is not kept: it may quote what the unit was working on.
    pub(crate) fn panicked(unit: &'static str) -> Self {
        Self::Panicked(unit.to_owned())
    }
}
