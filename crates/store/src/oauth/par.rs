//! RFC 9126: pushed requests are rows of `secrets`.

use crate::{BoxFuture, DbError, Tx, Unit, secrets};
use countersign_core::oauth::par::FoundPushed;
use countersign_core::secret::kind;
use countersign_core::write::NewSecret;
use countersign_core::{Digest, Write};

/// Keeps a pushed request: the writes of `core::oauth::par::push`.
pub struct KeepPushed(Vec<NewSecret>);

impl KeepPushed {
    /// Takes the rows out of the decision's writes.
    pub fn new(writes: Vec<Write>) -> Self {
        let row = |write| {
            let Write::InsertSecret(row) = write else { return None };
            Some(*row)
        };
        Self(writes.into_iter().filter_map(row).collect())
    }
}

impl Unit for KeepPushed {
    type Out = ();
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            for row in &self.0 {
                secrets::insert(tx, row).await?;
            }
            Ok(())
        })
    }
}

/// Looks a pushed request up. Opening it spends nothing.
pub struct FindPushed(pub Digest<kind::Par>);

impl Unit for FindPushed {
    type Out = Option<FoundPushed>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Option<FoundPushed>, DbError>> {
        Box::pin(async move {
            let found = secrets::find(tx, &self.0).await?;
            Ok(found.map(|row| FoundPushed {
                digest: self.0,
                client: row.client,
                flow: row.flow,
                request: row.payload,
                created_at: row.created_at,
                spent_at: row.spent_at,
            }))
        })
    }
}
