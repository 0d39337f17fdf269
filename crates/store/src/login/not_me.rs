//! "It was not me": the button behind the link of a new session's mail.

use countersign_core::account::EmailAddress;
use countersign_core::login::not_me::Account;
use countersign_core::login::{Asker, not_me};
use countersign_core::secret::kind::NotMeLink;
use countersign_core::write::SecretRefused;
use countersign_core::{Digest, Env};

use super::candidates;
use super::mailed::find;
use crate::account::{emails, identities};
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
            let mut account = Account::default();
            if let Some(user) = link.as_ref().and_then(|it| it.row.user) {
                // Whoever is in may be changing the addresses at this moment.
                emails::hold(tx, user).await?;
                account.found = candidates::by_user(tx, user).await?;
                account.linked = identities::of_user(tx, user).await?;
                account.emails = emails::of_user(tx, user).await?;
            }
            if let Some(email) = link.as_ref().and_then(|it| not_me::address_of(&it.row)) {
                account.owner = emails::owner(tx, email.key()).await?;
            }
            let outcome = not_me::resume(&self.env.ctx(), &self.asker, link.as_ref(), &account);
            settle(tx, &self.env, outcome).await
        })
    }
}
