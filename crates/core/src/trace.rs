//! The flow trace: what really happened, as lines of a sequence diagram.

use crate::{Id, Timestamp, id};
use serde::{Deserialize, Serialize};

/// A lane of the diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Party {
    Browser,
    App,
    Countersign,
    Store,
    Mail,
    Provider,
    Resource,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum TraceOutcome {
    /// It went on.
    Ok,
    /// A check refused. `check` is its stable name, `reason` the sentence for an operator.
    Refused {
        /// Stable name of the check, such as `code_spent`.
        check: String,
        /// The cause, without secrets.
        reason: String,
    },
}

/// One line: who asked whom, for what, and what came back. Holds no secret and no address; people
/// are named by user id only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceStep {
    /// The flow it belongs to.
    pub flow: Id<id::Flow>,
    /// When.
    pub at: Timestamp,
    /// Who asked.
    pub from: Party,
    /// Whom.
    pub to: Party,
    /// A short line such as `POST /token (authorization_code)`.
    pub label: String,
    /// More, for the reader who opens the step.
    pub detail: String,
    /// Whom it concerns, so that the line can be erased with the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Id<id::User>>,
    /// Which client it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: TraceOutcome,
}

impl TraceStep {
    /// A step that went well.
    pub fn new(flow: Id<id::Flow>, at: Timestamp, from: Party, to: Party, label: impl Into<String>) -> Self {
        Self {
            flow,
            at,
            from,
            to,
            label: label.into(),
            detail: String::new(),
            user: None,
            client: None,
            outcome: TraceOutcome::Ok,
        }
    }
    /// More, for the reader who opens the step.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
    /// Which client it concerns.
    pub fn client(mut self, client: &crate::ClientId) -> Self {
        self.client = Some(client.to_string());
        self
    }
    /// Whom it concerns.
    pub fn user(mut self, user: Id<id::User>) -> Self {
        self.user = Some(user);
        self
    }
    /// A check refused: its stable name, and the cause as a sentence for an operator.
    pub fn refused(mut self, check: &str, reason: impl Into<String>) -> Self {
        self.outcome = TraceOutcome::Refused { check: check.to_owned(), reason: reason.into() };
        self
    }
}
