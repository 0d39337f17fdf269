//! By what a person acts on their own account: a browser's session, or an access token that an app was given in one.
//! Both lead to the same decisions.

use countersign_core::secret::kind;
use countersign_core::session::{Authentication, SignedIn};
use countersign_core::{Digest, Env, Id, Timestamp, id};

use super::sessions;
use crate::{DbError, Tx, params};

/// What a request brings.
#[derive(Debug, Clone, Copy)]
pub enum By {
    /// The session behind this cookie.
    Cookie(Digest<kind::Session>),
    /// This grant, whose token was checked.
    Grant(Id<id::Family>),
}

/// Who acts, if the session lives. By a grant, both must, and the sign-in is as old as the grant says: a newer proof in
/// the browser does not make a token fresh that was given before.
pub async fn signed_in(tx: &mut Tx<'_>, env: &Env, by: &By) -> Result<Option<SignedIn>, DbError> {
    let ctx = env.ctx();
    match by {
        By::Cookie(cookie) => Ok(sessions::find(tx, cookie).await?.and_then(|found| found.live(&ctx).ok())),
        By::Grant(family) => {
            let Some(row) = tx.one(&GRANT, params![*family, env.now]).await? else { return Ok(None) };
            let (session, auth_time): (Id<id::Session>, Timestamp) = (row.get(0)?, row.get(1)?);
            let found = sessions::by_id(tx, session).await?;
            let found = found.map(|mut found| {
                let own = found.session.authentication.clone();
                let auth_time = own.auth_time.min(auth_time);
                found.session.authentication = Authentication { auth_time, ..own };
                found
            });
            Ok(found.and_then(|found| found.live(&ctx).ok()))
        }
    }
}

crate::queries! {
    GRANT = "SELECT session_id, auth_time FROM families WHERE id = $1 AND ended_at IS NULL AND expires_at > $2";
}
