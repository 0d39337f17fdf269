//! RFC 6749 6 and DESIGN 5: a refresh token becomes an access token and its own successor.

use super::claims::Issue;
use super::{Granted, RefreshRefused, RefreshRequest, narrow, still};
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::{Client, Scope};
use crate::session::family::PreviousToken;
use crate::session::{EndReason, Family, Grant, RefreshState, RefreshToken, reuse};
use crate::{Ctx, Event, EventKind, Outcome, Party, TraceStep, Write};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// Refreshes.
///
/// The token in force is replaced. The one before it, within the grace and while its successor is unused, yields
/// that same successor again: an answer was lost, or two tabs asked at once. Any other genuine token of the
/// family is an old one: somebody kept a copy, and the grant ends (RFC 9700 4.14.2). One that was already under way
/// at the last rotation is only refused.
pub fn refresh(
    client: &AuthenticatedClient,
    request: &RefreshRequest,
    found: Option<Grant>,
    ctx: &Ctx<'_>,
) -> Outcome<Granted, RefreshRefused> {
    let Some(token) = &request.token else { return Outcome::refuse(RefreshRefused::Forged) };
    let Some(grant) = found else { return Outcome::refuse(RefreshRefused::Unknown) };
    let family = &grant.family;
    let step = TraceStep::new(family.flow, ctx.now, Party::App, Party::Countersign, "POST /token to refresh")
        .client(&family.client)
        .user(family.user);
    let refuse = |refusal: RefreshRefused, step: TraceStep| {
        Outcome::refuse(refusal).trace(step.refused(refusal.check(), refusal.to_string()))
    };

    // 1. Whose is it, and is what it hangs on still good?
    if let Err(refusal) = usable(client, &grant, ctx) {
        return refuse(refusal, step.detail(format!("presented by {}", client.client().id)));
    }
    let Some(state) = &family.refresh else { return refuse(RefreshRefused::Unknown, step) };
    // 2. Which one is it?
    let which = which(token, state, ctx);
    if let Which::Old = which {
        let outcome = refuse(RefreshRefused::Reused, step)
            .write(Write::EndFamily(family.id, EndReason::RefreshReused, ctx.now))
            .event(
                Event::new(EventKind::RefreshReused, ctx.now)
                    .user(family.user)
                    .client(&family.client)
                    .session(family.session)
                    .flow(family.flow)
                    .data("grant", family.id.to_string()),
            );
        return match reuse::tell(&grant.holder, &family.client, family.flow, ctx) {
            Some(mail) => outcome.event(mail),
            None => outcome,
        };
    }
    // 3. Never more than was granted.
    let (scope, resources) = match narrowed(request, family, client.client()) {
        Ok(narrowed) => narrowed,
        Err(refusal) => return refuse(refusal, step),
    };
    // 4. The successor: a new one, or the one that was lost on its way.
    let (successor, write, detail) = match which {
        Which::Current => {
            let (successor, write) = rotate(token, family.id, state, ctx);
            (successor, Some(write), "rotated")
        }
        Which::Previous(successor) => (successor, None, "the same successor again, within the grace"),
        Which::Future => return refuse(RefreshRefused::FromTheFuture, step),
        Which::Overtaken => return refuse(RefreshRefused::Overtaken, step),
        Which::Old => return refuse(RefreshRefused::Reused, step),
    };
    let issue = Issue {
        client: client.client(),
        family,
        holder: &grant.holder,
        scope,
        resources,
        // OpenID Connect Core 12.2: no nonce, and the sign-in is the old one.
        acr: None,
        nonce: None,
        refresh_token: Some(successor.expose()),
    };
    let granted = issue.granted(ctx);
    let handed = super::handed(&granted, family, ctx);
    let mut outcome = Outcome::reply(granted).trace(step.detail(detail)).trace(handed);
    outcome.writes.extend(write);
    outcome
}

/// What a genuine token is to its family.
enum Which {
    Current,
    Previous(RefreshToken),
    Old,
    Overtaken,
    Future,
}

/// As long as a request can be under way.
const UNDER_WAY: Duration = Duration::from_secs(30);

fn which(token: &RefreshToken, state: &RefreshState, ctx: &Ctx<'_>) -> Which {
    let digest = token.digest();
    if digest.ct_eq(&state.current).into() {
        return Which::Current;
    }
    if let Some(previous) = &state.previous
        && bool::from(digest.ct_eq(&previous.digest))
        && ctx.now.since(previous.rotated_at) <= ctx.policy.lifetimes.refresh_grace
        && let Some(successor) = unseal(token, previous, ctx)
    {
        return Which::Previous(successor);
    }
    if i64::from(token.generation()) > state.generation {
        return Which::Future;
    }
    // It came in before the last rotation did, and was overtaken on its way by its own app, which had given it up.
    // It buys nothing; but an old token that is presented after the rotation is a copy.
    let overtaken = state.previous.as_ref().is_some_and(|previous| {
        ctx.now < previous.rotated_at && previous.rotated_at.since(ctx.now) <= UNDER_WAY
    });
    if overtaken { Which::Overtaken } else { Which::Old }
}

fn unseal(token: &RefreshToken, previous: &PreviousToken, ctx: &Ctx<'_>) -> Option<RefreshToken> {
    let bytes = ctx.vault.open_under(token.secret(), &previous.successor)?;
    RefreshToken::from_bytes(bytes.as_slice().try_into().ok()?, ctx)
}

fn rotate(
    token: &RefreshToken,
    family: crate::Id<crate::id::Family>,
    state: &RefreshState,
    ctx: &Ctx<'_>,
) -> (RefreshToken, Write) {
    let generation = state.generation.saturating_add(1);
    let successor = RefreshToken::mint(family, u32::try_from(generation).unwrap_or(u32::MAX), ctx);
    let to = RefreshState {
        generation,
        current: successor.digest(),
        previous: Some(PreviousToken {
            digest: token.digest(),
            successor: ctx.vault.seal_under(token.secret(), successor.secret()),
            rotated_at: ctx.now,
        }),
    };
    (successor, Write::RotateFamily { id: family, from: state.generation, to, at: ctx.now })
}

fn usable(client: &AuthenticatedClient, grant: &Grant, ctx: &Ctx<'_>) -> Result<(), RefreshRefused> {
    let family = &grant.family;
    if family.client != client.client().id {
        return Err(RefreshRefused::OtherClient);
    }
    grant.alive(ctx)?;
    let life = client.client().refresh_life(&ctx.policy.lifetimes);
    if ctx.now >= life.end(family) {
        return Err(RefreshRefused::Expired);
    }
    if ctx.now.since(family.used_at) >= life.idle {
        return Err(RefreshRefused::Idle);
    }
    Ok(())
}

/// RFC 6749 6: the access token may be narrower; the grant, and the next refresh, stay as they were. What the
/// operator has taken from the client since is in neither.
fn narrowed(
    request: &RefreshRequest,
    family: &Family,
    client: &Client,
) -> Result<(Scope, Vec<String>), RefreshRefused> {
    let left = family.scope.intersect(&client.scope);
    let scope = match &request.scope {
        None if left.is_empty() && !family.scope.is_empty() => return Err(RefreshRefused::Scope),
        None => left,
        Some(asked) if asked.within(&left) => asked.clone(),
        Some(_) => return Err(RefreshRefused::Scope),
    };
    let left = still(&family.resources, client).ok_or(RefreshRefused::Resource)?;
    let resources = narrow(&left, &request.resources).ok_or(RefreshRefused::Resource)?;
    Ok((scope, resources))
}
