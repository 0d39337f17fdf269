//! "It was not me": the button behind the link of a new session's mail.

use countersign_core::account::EmailAddress;
use countersign_core::login::{Asker, not_me};
use countersign_core::secret::kind::NotMeLink;
use countersign_core::write::SecretRefused;
use countersign_core::{Digest, Env};

use super::candidates;
use super::mailed::find;
use crate::account::identities;
use crate::{BoxFuture, DbError, Decided, Tx, Unit, settle};

/// Locks everybody out and sends a link to a new password. Of any number of callers one succeeds.
pub struct NotMe {
    /// Time and chance.
    pub env: Env,
    /// Who presses the button.
    pub asker: Asker,
    /// The link.
    pub link: Digest<NotMeLink>,
}

impl Unit for NotMe {
    type Out = Decided<EmailAddress, SecretRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let link = find(tx, &self.link).await?;
            let found = match link.as_ref().and_then(|it| not_me::address_of(&it.row)) {
                Some(email) => candidates::by_key(tx, email.key()).await?,
                None => None,
            };
            let linked = match link.as_ref().and_then(|it| it.row.user) {
                Some(user) => identities::of_user(tx, user).await?,
                None => Vec::new(),
            };
            let ctx = self.env.ctx();
            let outcome = not_me::resume(&ctx, &self.asker, link.as_ref(), found.as_ref(), &linked);
            settle(tx, &self.env, outcome).await
        })
    }
}
