//! RFC 8693: token exchange.

use super::bearer::access_token;
use super::token::{Failed, told};
use crate::App;
use countersign_core::Env;
use countersign_core::oauth::AuthenticatedClient;
use countersign_core::oauth::token::{
    ExchangeRefused, ExchangeRequest, Granted, PresentedToken, TokenRefused, delegate,
};
use countersign_store::oauth::FindBehind;

/// What the tokens say, what they hang on, the decision. Nothing is written: what comes out hangs on the grant that is
/// there.
pub(super) async fn exchange(
    app: &App,
    env: &Env,
    client: &AuthenticatedClient,
    request: &ExchangeRequest,
) -> Result<Granted, Failed> {
    let subject = presented(app, env, &request.subject_token, ExchangeRefused::SubjectInvalid).await?;
    let actor = match &request.actor_token {
        Some(token) => Some(presented(app, env, token, ExchangeRefused::ActorInvalid).await?),
        None => None,
    };
    let registry = app.directory.snapshot();
    let outcome = delegate(client, request, &subject, actor.as_ref(), registry.as_ref(), &env.ctx());
    let flow = told(app, outcome.trace);
    outcome.result.map_err(|why| Failed::after(why, flow))
}

async fn presented(
    app: &App,
    env: &Env,
    text: &str,
    otherwise: ExchangeRefused,
) -> Result<PresentedToken, Failed> {
    let token = access_token(app, text, &env.ctx()).map_err(|dead| {
        tracing::info!(check = dead.check(), "a token to exchange is no good");
        TokenRefused::from(otherwise)
    })?;
    let behind = app.db.read(FindBehind::of(&token, &env.ctx())).await?;
    Ok(PresentedToken { token, behind })
}
