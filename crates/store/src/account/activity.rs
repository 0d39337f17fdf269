//! What happened with an account, from the audit record, the newest first.

use countersign_core::{ClientId, EventKind, Id, Timestamp, id};
use serde_json::{Map, Value};

use crate::{BoxFuture, DbError, Row, Tx, Unit, params};

/// One event about a person.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityLine {
    /// Row id; those after it are older.
    pub id: Id<id::OutboxEvent>,
    /// What.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// The app concerned.
    pub client: Option<ClientId>,
    /// The session concerned.
    pub session: Option<Id<id::Session>>,
    /// Facts without personal data.
    pub data: Map<String, Value>,
    /// Facts about the person. What is sealed in it (links, codes) is left out.
    pub personal: Map<String, Value>,
}

/// A page of it.
pub struct Activity {
    /// Whose.
    pub user: Id<id::User>,
    /// Only what is older than this.
    pub before: Option<Id<id::OutboxEvent>>,
    /// At most so many.
    pub most: u32,
}

impl Unit for Activity {
    type Out = Vec<ActivityLine>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(page(tx, self.user, self.before, self.most))
    }
}

pub(super) async fn page(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    before: Option<Id<id::OutboxEvent>>,
    most: u32,
) -> Result<Vec<ActivityLine>, DbError> {
    // No id is larger.
    let before = before.unwrap_or(Id::from_bytes([0xff; 16]));
    let rows = tx.rows(&PAGE, params![user, before, most]).await?;
    // What a newer version of the program wrote has no words here.
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

crate::queries! {
    PAGE = "SELECT id, kind, at, client_id, session_id, data, personal FROM outbox WHERE user_id = $1 AND id < $2 \
            ORDER BY id DESC LIMIT $3";
}

fn read(row: &Row) -> Result<Option<ActivityLine>, DbError> {
    let Some(kind) = EventKind::parse(row.text(1)?) else { return Ok(None) };
    let map = |at: usize, text: Option<&str>| -> Result<Map<String, Value>, DbError> {
        let Some(text) = text else { return Ok(Map::new()) };
        serde_json::from_str(text).map_err(|_| DbError::bad_row(at, "an object", "something else"))
    };
    let mut personal = map(6, row.opt_text(6)?)?;
    personal.remove("sealed");
    Ok(Some(ActivityLine {
        id: row.get(0)?,
        kind,
        at: row.get(2)?,
        client: row.get(3)?,
        session: row.get(4)?,
        data: map(5, row.opt_text(5)?)?,
        personal,
    }))
}
