//! Authorization codes: given out once per flow, while the session lives.

use crate::secrets;
use crate::{Claim, DbError, Row, Tx, Unit, params};
use countersign_core::login::Approved;
use countersign_core::oauth::issue_code::purge_at;
use countersign_core::oauth::{
    AuthorizationRequest, ClaimsRequest, Client, CodeChallenge, IssueRefused, Issued, PushedState, Scope,
    StoredCode, issue_code,
};
use countersign_core::secret::kind;
use countersign_core::session::Authentication;
use countersign_core::{Env, Plain, Timestamp, TraceStep};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// one code per flow, and none for a session that ended or a person who was disabled while the
/// page was open. One statement, so nothing comes between the question and the row.
const CLAIM: Claim = Claim::new(
    "INSERT INTO codes (digest, flow_id, family_id, client_id, user_id, session_id, request, issued_at, expires_at, purge_at) \
     SELECT $1, $2, $3, $4, u.id, s.id, $5, $6, $7, $8 FROM sessions s JOIN users u ON u.id = s.user_id \
     WHERE s.id = $9 AND u.id = $10 AND s.ended_at IS NULL AND s.expires_at > $6 AND s.epoch = u.epoch \
     AND u.disabled_at IS NULL AND u.deleted_at IS NULL ON CONFLICT (flow_id) DO NOTHING RETURNING digest",
);

crate::queries! {
    CLAIM_TEXT = CLAIM.0.text();
    OWN = "UPDATE sessions SET owned = 1 WHERE id = $1";
    pub(super) OF_FLOW = "SELECT expires_at FROM codes WHERE flow_id = $1";
}

/// Gives an approved request its code.
pub struct IssueCode {
    /// Time, chance and policy of the HTTP request.
    pub env: Env,
    /// What the app asked for.
    pub request: AuthorizationRequest,
    /// What the dispatcher let through.
    pub approved: Approved,
    /// The app as it is registered now.
    pub client: Option<Arc<Client>>,
    /// The app began the session itself: the session is its grant's own from now on (DESIGN 5).
    pub owns_session: bool,
}

/// The code for the app, or why there is none; and what the flow trace records.
pub type Given = (Result<Plain<kind::Code>, IssueRefused>, Vec<TraceStep>);

impl Unit for IssueCode {
    type Out = Given;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> crate::BoxFuture<'a, Result<Given, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let pushed = match &self.request.pushed {
                None => PushedState::NotPushed,
                Some(pushed) => match secrets::find(tx, &pushed.digest).await? {
                    Some(row) if row.spent_at.is_none() && row.expires_at > ctx.now => PushedState::Open,
                    Some(_) | None => PushedState::Gone,
                },
            };
            let mut outcome = issue_code(&self.request, &self.approved, self.client.as_deref(), pushed, &ctx);
            let Issued { code, row } = match outcome.result {
                Ok(issued) => issued,
                Err(refused) => return Ok((Err(refused), outcome.trace)),
            };
            if !insert(tx, &row, purge_at(&row, &ctx)).await? {
                let finished = tx.one(&OF_FLOW, params![row.flow]).await?.is_some();
                let why = if finished { IssueRefused::Finished } else { IssueRefused::SessionOver };
                for step in &mut outcome.trace {
                    *step = step.clone().refused(why.check(), why.to_string());
                }
                return Ok((Err(why), outcome.trace));
            }
            if self.owns_session {
                tx.exec(&OWN, params![row.session]).await?;
            }
            if let Some(pushed) = &self.request.pushed {
                // Two flows of one pushed request at once: the second decides again and hears `Gone`.
                let spent = secrets::spend(tx, &pushed.digest, ctx.now).await?;
                spent.ok_or(DbError::missed("secrets.par"))?;
            }
            Ok((Ok(code), outcome.trace))
        })
    }
}

/// False: the flow has had its code, or its session is not live any more.
pub async fn insert(tx: &mut Tx<'_>, code: &StoredCode, purge_at: Timestamp) -> Result<bool, DbError> {
    let request = Asked {
        redirect_uri: code.redirect_uri.clone(),
        redirect_uri_sent: code.redirect_uri_sent,
        challenge: code.challenge.clone(),
        scope: code.scope.clone(),
        resources: code.resources.clone(),
        nonce: code.nonce.clone(),
        authentication: code.authentication.clone(),
        acr: code.acr.clone(),
        auth_time_wanted: code.auth_time_wanted,
        claims: code.claims.clone(),
    };
    let request = serde_json::to_string(&request).map_err(|e| DbError::Bug(e.to_string()))?;
    let params = params![
        &code.digest,
        code.flow,
        code.family,
        &code.client,
        request,
        code.issued_at,
        code.expires_at,
        purge_at,
        code.session,
        code.user,
    ];
    Ok(CLAIM.run(tx, params).await?.is_some())
}

/// The columns that [`read`] wants, in its order, for a statement's text: `concat!("SELECT ", code_columns!(), ..)`.
#[macro_export]
macro_rules! code_columns {
    () => {
        "digest, flow_id, family_id, client_id, user_id, session_id, request, issued_at, expires_at, spent_at"
    };
}

/// A code from the columns of [`code_columns!`].
pub fn read(row: &Row) -> Result<StoredCode, DbError> {
    let asked: Asked =
        serde_json::from_str(row.text(6)?).map_err(|e| DbError::BadRow(format!("codes.request: {e}")))?;
    Ok(StoredCode {
        digest: row.get(0)?,
        flow: row.get(1)?,
        family: row.get(2)?,
        client: row.get(3)?,
        user: row.get(4)?,
        session: row.get(5)?,
        redirect_uri: asked.redirect_uri,
        redirect_uri_sent: asked.redirect_uri_sent,
        challenge: asked.challenge,
        scope: asked.scope,
        resources: asked.resources,
        nonce: asked.nonce,
        authentication: asked.authentication,
        acr: asked.acr,
        auth_time_wanted: asked.auth_time_wanted,
        claims: asked.claims,
        issued_at: row.get(7)?,
        expires_at: row.get(8)?,
        spent_at: row.get(9)?,
    })
}

/// The column `request`: what only the token endpoint asks for again.
#[derive(Serialize, Deserialize)]
struct Asked {
    redirect_uri: String,
    redirect_uri_sent: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    challenge: Option<CodeChallenge>,
    scope: Scope,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resources: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    authentication: Authentication,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    #[serde(default)]
    auth_time_wanted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claims: Option<ClaimsRequest>,
}
