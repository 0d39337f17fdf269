//! Which servers are up on this database, and which master keys each has.

use countersign_core::Timestamp;

use crate::{DbError, Row, Tx, params};

crate::queries! {
    TELL = "INSERT INTO nodes (name, master_keys, sealing, since, seen_at) VALUES ($1, $2, $3, $4, $5) \
            ON CONFLICT (name) DO UPDATE SET master_keys = excluded.master_keys, seen_at = excluded.seen_at, \
            since = CASE WHEN nodes.sealing = excluded.sealing THEN nodes.since ELSE excluded.since END, \
            sealing = excluded.sealing";
    ALIVE = "SELECT name, master_keys, sealing, since, seen_at FROM nodes WHERE seen_at > $1 ORDER BY seen_at, name";
}

/// A server as it told of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Made up by the process at its start.
    pub name: String,
    /// The ids of its master keys, the wanted one first.
    pub master_keys: Vec<u8>,
    /// Under which it seals.
    pub sealing: u8,
    /// Since when it seals under that one.
    pub since: Timestamp,
    /// When it last told.
    pub seen_at: Timestamp,
}

/// Says that this node is up.
pub async fn tell(tx: &mut Tx<'_>, node: &Node) -> Result<(), DbError> {
    let keys: Vec<String> = node.master_keys.iter().map(u8::to_string).collect();
    let (name, keys, sealing) = (node.name.as_str(), keys.join(" "), i64::from(node.sealing));
    tx.exec(&TELL, params![name, keys.as_str(), sealing, node.since, node.seen_at]).await.map(drop)
}

/// Those that told of themselves after this time.
pub async fn alive(tx: &mut Tx<'_>, after: Timestamp) -> Result<Vec<Node>, DbError> {
    tx.rows(&ALIVE, params![after]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Node, DbError> {
    let bad = || DbError::BadRow("a node's master keys".to_owned());
    let keys = row.text(1)?.split(' ').map(|id| id.parse().map_err(|_| bad()));
    Ok(Node {
        name: row.text(0)?.to_owned(),
        master_keys: keys.collect::<Result<_, _>>()?,
        sealing: u8::try_from(row.i64(2)?).map_err(|_| bad())?,
        since: row.get(3)?,
        seen_at: row.get(4)?,
    })
}
