//! Signing in: what the methods ask and write, as units of work.

pub mod account;
pub mod acting;
pub mod candidates;
pub mod counters;
pub mod mailed;
pub mod not_me;
pub mod password;
pub mod phone;
pub mod provider;
pub mod sessions;

use countersign_core::login::{Asker, Door};
use countersign_core::secret::kind;
use countersign_core::{ClientId, Digest, Id, id};

use crate::{DbError, Tx};

/// Where somebody arrives, before the session behind the cookie was looked up.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// The flow.
    pub flow: Id<id::Flow>,
    /// Its app.
    pub client: Option<ClientId>,
    /// The browser.
    pub asker: Asker,
    /// The session cookie that it sent.
    pub cookie: Option<Digest<kind::Session>>,
}

impl Entrance {
    async fn door(&self, tx: &mut Tx<'_>) -> Result<Door, DbError> {
        let before = match &self.cookie {
            Some(cookie) => sessions::find(tx, cookie).await?,
            None => None,
        };
        let (flow, client, asker) = (self.flow, self.client.clone(), self.asker.clone());
        Ok(Door { flow, client, asker, before })
    }
}
