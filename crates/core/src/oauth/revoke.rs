//! RFC 7009: a client gives back what it was given.

use super::client_auth::AuthenticatedClient;
use super::token::AccessToken;
use crate::secret::SecretKind;
use crate::session::{EndReason, Family, FamilyState};
use crate::write::NewSecret;
use crate::{Ctx, Event, EventKind, Outcome, Party, Timestamp, TraceStep, Write};
use std::convert::Infallible;

/// Ends the grant that a genuine refresh or access token of it leads to (DESIGN 5), and its session if that is the grant's
/// own: begun by the app without a browser. Another client's token, and one whose grant is over, change nothing; RFC 7009
/// 2.2: the answer is 200 all the same.
pub fn revoke_grant(
    client: &AuthenticatedClient,
    found: Option<&Family>,
    owns_session: bool,
    ctx: &Ctx<'_>,
) -> Outcome<(), Infallible> {
    let Some(family) = found else { return Outcome::reply(()) };
    let step = TraceStep::new(family.flow, ctx.now, Party::App, Party::Countersign, "POST /revoke")
        .client(&client.client().id)
        .user(family.user);
    if family.client != client.client().id {
        let reason = "the token was issued to another client; nothing ends";
        return Outcome::reply(()).trace(step.refused("revoke_client", reason));
    }
    match family.state {
        FamilyState::Ended(..) => Outcome::reply(()).trace(step.detail("the grant had ended before")),
        FamilyState::Live => {
            let (session, reason, at) = (family.session, EndReason::Revoked, ctx.now);
            let event = |kind| {
                let event = Event::new(kind, at).user(family.user).client(&family.client);
                event.session(session).flow(family.flow).data("reason", reason.as_str())
            };
            let ended = event(EventKind::GrantEnded).data("grant", family.id.to_string());
            let outcome = Outcome::reply(()).write(Write::EndFamily(family.id, reason, at)).event(ended);
            if !owns_session {
                return outcome.trace(step.detail("the grant ends"));
            }
            outcome
                .write(Write::EndSession(session, reason, at))
                .write(Write::EndFamiliesOfSession { session, offline: true, reason, at })
                .event(event(EventKind::SessionEnded))
                .trace(step.detail("the grant ends, and the session that is its own"))
        }
    }
}

/// A client's own token has no grant, and the grant behind an exchanged token is not the service's to end: the `jti` is
/// listed until it expires. What was exchanged from it ends with it, and lives no longer than the entry.
pub fn revoke_service_token(
    client: &AuthenticatedClient,
    token: &AccessToken,
    listed: bool,
    ctx: &Ctx<'_>,
) -> Outcome<(), Infallible> {
    let claims = token.claims();
    if claims.client_id != client.client().id || !by_itself(token) || listed {
        return Outcome::reply(());
    }
    Outcome::reply(()).write(Write::ClaimSecret(Box::new(NewSecret {
        kind: SecretKind::RevokedToken,
        digest: revoked_digest(&claims.jti, ctx),
        client: Some(claims.client_id.clone()),
        user: None,
        flow: None,
        payload: serde_json::Value::Null,
        created_at: ctx.now,
        expires_at: Timestamp::from_seconds(claims.exp),
    })))
}

/// Is it revoked by its `jti`, not by its grant?
pub fn by_itself(token: &AccessToken) -> bool {
    token.claims().gid.is_none() || token.claims().act.is_some()
}

/// RFC 7009 2.1, RFC 8693: under which the list is asked about a token: its own `jti`, and those that it was exchanged from.
pub fn revoked_with(token: &AccessToken, ctx: &Ctx<'_>) -> Vec<[u8; 33]> {
    let claims = token.claims();
    std::iter::once(&claims.jti).chain(&claims.via).map(|jti| revoked_digest(jti, ctx)).collect()
}

/// Under which a revoked `jti` is listed.
pub fn revoked_digest(jti: &str, ctx: &Ctx<'_>) -> [u8; 33] {
    ctx.vault.digest(SecretKind::RevokedToken, jti.as_bytes())
}
