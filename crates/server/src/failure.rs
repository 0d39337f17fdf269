//! Why a command failed: what, why, what to do, and an exit code.

use std::fmt;
use std::process::ExitCode;

use countersign_store::DbError;
use countersign_web::keyring::KeyringError;
use serde::{Deserialize, Serialize};

use crate::config::Problems;

/// What the shell is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// The command could not do its work.
    Failed = 1,
    /// The command line was not understood.
    Usage = 2,
    /// The configuration is wrong.
    Config = 3,
    /// A check found something.
    Found = 4,
}

/// A failed command, in three lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What did not work.
    pub what: String,
    /// Why.
    pub why: String,
    /// What to do about it.
    pub mend: String,
    /// What the shell is told.
    pub exit: Exit,
}

impl Failure {
    /// Work that could not be done.
    pub fn new(what: impl Into<String>, why: impl fmt::Display, mend: impl Into<String>) -> Failure {
        Failure { what: what.into(), why: why.to_string(), mend: mend.into(), exit: Exit::Failed }
    }

    /// For the shell.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(match self.exit {
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Config => 3,
            Exit::Found => 4,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.exit {
            // The problems and findings have their three lines each.
            Exit::Config | Exit::Found => return f.write_str(&self.what),
            Exit::Failed | Exit::Usage => {}
        }
        writeln!(f, "{}", self.what)?;
        writeln!(f, "  why:  {}", self.why)?;
        write!(f, "  mend: {}", self.mend)
    }
}

impl std::error::Error for Failure {}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Failure {
            what: problems.to_string(),
            why: "the configuration is wrong".to_owned(),
            mend: "correct it".to_owned(),
            exit: Exit::Config,
        }
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        let what = match &error {
            // It says itself what was asked for and cannot be.
            DbError::Refused(_) => "this could not be done",
            DbError::Busy(_)
            | DbError::Unavailable(_)
            | DbError::Full(_)
            | DbError::Missed(_)
            | DbError::Contended(_)
            | DbError::Constraint(_)
            | DbError::BadRow(_)
            | DbError::Corrupt(_)
            | DbError::Panicked(_)
            | DbError::Bug(_) => "the database did not do its part",
        };
        let mend = helps(&error);
        Failure::new(what, error, mend)
    }
}

/// What helps against a fault of the database.
pub(crate) fn helps(error: &DbError) -> &'static str {
    match error {
        DbError::Busy(_) | DbError::Missed(_) | DbError::Contended(_) => "try again in a moment",
        DbError::Unavailable(_) => {
            "see that the database runs, can be reached, and is what `database` in the configuration names"
        }
        DbError::Full(_) => "make room on the disk of the database, then try again",
        DbError::Corrupt(_) => "stop the server, keep a copy of the files as they are, and restore a backup",
        DbError::Refused(_) => "correct what is named; nothing was written",
        DbError::Constraint(_) | DbError::BadRow(_) | DbError::Panicked(_) | DbError::Bug(_) => {
            "report this as a fault of ours, with the lines of the log around it"
        }
    }
}

impl From<KeyringError> for Failure {
    fn from(error: KeyringError) -> Self {
        let mend = match &error {
            KeyringError::Db(_) | KeyringError::Busy => "try again; `countersign doctor` looks closer",
            KeyringError::Ring(_) | KeyringError::Root(_) | KeyringError::Row { .. } => {
                "give the master-key file that this database was made with; a new key goes in front of the old one, which \
                 stays until `countersign keys list` says that it may go"
            }
            KeyringError::Alg(_) => "a newer version wrote it: run that one",
        };
        Failure::new("what is sealed in the database cannot be used", error, mend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `doctor` sees neither a full disk nor what somebody asked for.
    #[test]
    fn what_helps_fits_what_failed() {
        let said = || "said".to_owned();
        for (error, mend) in [
            (DbError::Busy(said()), "try again"),
            (DbError::Full(said()), "make room"),
            (DbError::Unavailable(said()), "can be reached"),
            (DbError::Refused(said()), "correct what is named"),
            (DbError::Corrupt(said()), "backup"),
            (DbError::Bug(said()), "fault of ours"),
        ] {
            let failure = Failure::from(error);
            assert!(failure.mend.contains(mend) && failure.why.contains("said"), "{failure}");
        }
    }
}
