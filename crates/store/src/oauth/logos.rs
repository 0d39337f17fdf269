//! Copies of apps' logos, by the address they were fetched from.

use crate::changes::{self, Topic};
use crate::{BoxFuture, DbError, Tx, Unit, params};
use countersign_core::Timestamp;
use countersign_core::oauth::Logo;

crate::queries! {
    LOGOS = "SELECT uri, picture FROM logos WHERE picture IS NOT NULL ORDER BY uri";
    // Whoever gets the row fetches; other nodes find that it was tried just now.
    TRY = "INSERT INTO logos (uri, picture, tried_at) VALUES ($1, NULL, $2) \
           ON CONFLICT (uri) DO UPDATE SET tried_at = excluded.tried_at \
           WHERE logos.tried_at < $3 OR (logos.picture IS NULL AND logos.tried_at < $4) RETURNING uri";
    PUT = "UPDATE logos SET picture = $1 WHERE uri = $2 RETURNING uri";
    SAME = "SELECT uri FROM logos WHERE uri = $1 AND picture = $2";
}

/// All that there are. A row that cannot be read any more is a logo that is not shown.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<(String, Logo)>, DbError> {
    let mut found = Vec::new();
    for row in tx.rows(&LOGOS, params![]).await? {
        match Logo::sniff(row.bytes(1)?) {
            Ok(logo) => found.push((row.text(0)?.to_owned(), logo)),
            Err(why) => tracing::warn!(%why, "a stored logo is not shown"),
        }
    }
    Ok(found)
}

/// Which of these addresses it is time to fetch from, and that this node does so now.
#[derive(Debug, Clone)]
pub struct Due {
    /// The addresses that apps name.
    pub uris: Vec<String>,
    /// Now.
    pub now: Timestamp,
    /// A copy that was tried before this is looked at anew.
    pub stale: Timestamp,
    /// An address without a copy is tried again, if the last time was before this.
    pub again: Timestamp,
}

impl Unit for Due {
    type Out = Vec<String>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Vec<String>, DbError>> {
        Box::pin(async move {
            let mut due = Vec::new();
            for uri in &self.uris {
                let params = params![uri.as_str(), self.now, self.stale, self.again];
                if tx.one(&TRY, params).await?.is_some() {
                    due.push(uri.clone());
                }
            }
            Ok(due)
        })
    }
}

/// A logo was fetched.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// From here.
    pub uri: String,
    /// The picture.
    pub logo: Logo,
}

impl Unit for Fetched {
    type Out = ();
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            let (uri, bytes) = (self.uri.as_str(), self.logo.bytes().to_vec());
            if tx.one(&SAME, params![uri, bytes.clone()]).await?.is_some() {
                return Ok(());
            }
            if tx.one(&PUT, params![bytes, uri]).await?.is_some() {
                changes::bump(tx, Topic::Clients).await?;
            }
            Ok(())
        })
    }
}
