//! RFC 6749 4.1.3.

use countersign_core::oauth::AuthenticatedClient;
use countersign_core::oauth::token::{CodeRefused, CodeRequest, FoundCode, Granted, exchange};
use countersign_core::secret::kind;
use countersign_core::{ClientId, Digest, Env, Id, Timestamp, id};

use super::codes;
use crate::account::identities;
use crate::apply::{Decided, settle};
use crate::session::standing;
use crate::{BoxFuture, DbError, Spend, Tx, Unit, params};

/// Redeems a code: one SELECT, one guarded UPDATE, one INSERT for the grant, one for the event.
pub struct RedeemCode {
    /// Time, chance and policy.
    pub env: Env,
    /// Who asks.
    pub client: AuthenticatedClient,
    /// What.
    pub request: CodeRequest,
}

impl Unit for RedeemCode {
    type Out = Decided<Granted, CodeRefused>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let mut found = find(tx, &self.request.code.digest(&ctx)).await?;
            if let Some(found) = &mut found {
                let wanted = &self.env.policy.federated;
                found.holder.federated = identities::federated(tx, found.holder.id, wanted).await?;
            }
            let outcome = exchange(&self.client, &self.request, found, &ctx);
            settle(tx, &self.env, outcome).await
        })
    }
}

/// Guarded: of any number of callers one spends it.
pub(crate) async fn spend(
    tx: &mut Tx<'_>,
    digest: &Digest<kind::Code>,
    at: Timestamp,
    keep_until: Timestamp,
) -> Result<(), DbError> {
    SPEND.run(tx, params![at, keep_until, digest]).await?.map(drop).ok_or(DbError::missed("codes.spend"))
}

/// Makes the codes of a session void: nothing is made of them any more.
pub(crate) async fn void_of_session(
    tx: &mut Tx<'_>,
    session: Id<id::Session>,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.exec(&VOID_OF_SESSION, params![at, session]).await.map(drop)
}

/// The same, but codes for grants that survive the session (`offline_access`) stay good: a television that was allowed a
/// moment before the person signed out.
pub(crate) async fn void_online_of_session(
    tx: &mut Tx<'_>,
    session: Id<id::Session>,
    at: Timestamp,
) -> Result<(), DbError> {
    for row in tx.rows(&OPEN_OF_SESSION, params![session]).await? {
        let code = codes::read(&row)?;
        if !code.scope.has("offline_access") {
            tx.exec(&VOID, params![at, &code.digest]).await?;
        }
    }
    Ok(())
}

/// The same for what a person gave one client.
pub(crate) async fn void_of_client(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    client: &ClientId,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.exec(&VOID_OF_CLIENT, params![at, user, client]).await.map(drop)
}

/// The same for all of a person but one session's.
pub(crate) async fn void_of_user(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    except: &str,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.exec(&VOID_OF_USER, params![at, user, except]).await.map(drop)
}

/// The code, spent or not, and what it hangs on.
pub(super) async fn find(tx: &mut Tx<'_>, digest: &Digest<kind::Code>) -> Result<Option<FoundCode>, DbError> {
    let Some(row) = tx.one(&FIND, params![digest]).await? else { return Ok(None) };
    let code = codes::read(&row)?;
    let grant_lives = row.bool(CODE)?;
    let holder = standing::holder(&row, CODE + 1, code.user)?;
    let session = standing::session(&row, CODE + 1 + standing::HOLDER)?;
    Ok(Some(FoundCode { code, grant_lives, session, holder }))
}

/// The columns that [`codes::read`] reads.
const CODE: usize = 10;

crate::queries! {
    SPEND_TEXT = SPEND.0.text();
    VOID_OF_SESSION = "UPDATE codes SET spent_at = $1 WHERE session_id = $2 AND spent_at IS NULL";
    OPEN_OF_SESSION = concat!("SELECT ", crate::code_columns!(), " FROM codes WHERE session_id = $1 AND spent_at IS NULL");
    VOID = "UPDATE codes SET spent_at = $1 WHERE digest = $2 AND spent_at IS NULL";
    VOID_OF_CLIENT = "UPDATE codes SET spent_at = $1 WHERE user_id = $2 AND client_id = $3 AND spent_at IS NULL";
    VOID_OF_USER = "UPDATE codes SET spent_at = $1 WHERE user_id = $2 AND session_id <> $3 AND spent_at IS NULL";
    FIND = "SELECT c.digest, c.flow_id, c.family_id, c.client_id, c.user_id, c.session_id, c.request, c.issued_at, \
            c.expires_at, c.spent_at, CASE WHEN f.id IS NOT NULL AND f.ended_at IS NULL THEN 1 ELSE 0 END, \
            u.subject, u.disabled_at, u.deleted_at, u.epoch, u.claims, u.updated_at, e.address, e.verified_at, \
            CASE WHEN a.organization IS NULL THEN 1 ELSE (SELECT COUNT(*) FROM memberships m \
            JOIN organizations o ON o.id = m.org_id WHERE o.handle = a.organization AND m.user_id = u.id) END, \
            (SELECT p.number FROM phones p WHERE p.user_id = u.id AND p.is_primary = 1), \
            s.epoch, s.seen_at, s.expires_at, s.ended_at, s.end_reason \
            FROM codes c JOIN users u ON u.id = c.user_id \
            LEFT JOIN clients a ON a.id = c.client_id \
            LEFT JOIN sessions s ON s.id = c.session_id \
            LEFT JOIN emails e ON e.user_id = c.user_id AND e.is_primary = 1 \
            LEFT JOIN families f ON f.id = c.family_id \
            WHERE c.digest = $1";
}

const SPEND: Spend = Spend::new(
    "UPDATE codes SET spent_at = $1, purge_at = $2 WHERE digest = $3 AND spent_at IS NULL RETURNING digest",
);
