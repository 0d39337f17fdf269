//! The table `endings`: what the revocation stream tells, in the order of the commits.
//!
//! Late commits lose nothing. A number comes from a row of `changes` that stays locked until its commit, so numbers
//! become visible in their order and without gaps: "newer than the last one seen" is safe here, as it would not be with
//! ids that are drawn before the commit. It is the last thing that a unit takes, so that nobody holds it for long.

use countersign_core::session::revocations::{Ended, Ending, Position};
use countersign_core::{ClientId, Id, Timestamp, id};

use crate::changes::{self, Topic};
use crate::{BoxFuture, DbError, Row, Tx, Unit, params};

/// A grant that has ended now.
#[derive(Debug, Clone)]
pub(crate) struct EndedGrant {
    /// The session that it was given in.
    pub(crate) session: Id<id::Session>,
    /// To whom.
    pub(crate) client: ClientId,
    /// Where its tokens were good.
    pub(crate) resources: Vec<String>,
}

impl EndedGrant {
    /// From `session_id, client_id, resources`, which everything that ends grants returns.
    pub(crate) fn read(row: &Row) -> Result<Self, DbError> {
        let resources = serde_json::from_str(row.text(2)?);
        Ok(Self {
            session: row.get(0)?,
            client: row.get(1)?,
            resources: resources.map_err(|_| DbError::bad_row(2, "a list of resources", "something else"))?,
        })
    }
}

/// Writes it down, as the last act of its unit. Nothing, where nobody could hear.
pub(crate) async fn record(tx: &mut Tx<'_>, ended: &[Ended], at: Timestamp) -> Result<(), DbError> {
    if ended.iter().all(|it| it.audiences().is_empty()) {
        return Ok(());
    }
    let text = serde_json::to_string(ended).map_err(|e| DbError::Bug(e.to_string()))?;
    let seq = changes::count_up(tx, Topic::Endings).await?;
    tx.exec(&INSERT, params![seq, at, text]).await.map(drop)
}

/// What came after this place, up to so many.
pub struct After(pub Position, pub u32);

impl Unit for After {
    type Out = Vec<Ending>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move { tx.rows(&AFTER, params![self.0.0, self.1]).await?.iter().map(read).collect() })
    }
}

/// How far things are now, and the last so many.
pub struct Newest(pub u32);

impl Unit for Newest {
    type Out = (Position, Vec<Ending>);

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let last = tx.one(&LAST, params![]).await?.map(|row| row.i64(0)).transpose()?.unwrap_or_default();
            let rows = tx.rows(&AFTER, params![last - i64::from(self.0), self.0]).await?;
            let endings = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            // On PostgreSQL the second statement may see more than the first.
            let last = endings.last().map_or(last, |it| it.position.0.max(last));
            Ok((Position(last), endings))
        })
    }
}

crate::queries! {
    INSERT = "INSERT INTO endings (seq, at, ended) VALUES ($1, $2, $3)";
    LAST = "SELECT counter FROM changes WHERE topic = 'endings'";
    AFTER = "SELECT seq, at, ended FROM endings WHERE seq > $1 ORDER BY seq LIMIT $2";
}

fn read(row: &Row) -> Result<Ending, DbError> {
    let ended = serde_json::from_str(row.text(2)?);
    Ok(Ending {
        position: Position(row.i64(0)?),
        at: row.get(1)?,
        ended: ended.map_err(|_| DbError::bad_row(2, "what ended", "something else"))?,
    })
}
