//! The password, changed by an app that acts for the person.

use super::answer::Failure;
use super::caller::{Caller, answer};
use super::handlers::NOTHING;
use crate::account::pages::before_hash;
use crate::login::password::fits;
use crate::login::sign_up::{hashed, new_password, own_words};
use crate::view::pages::{AccountProblem, Problem};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use countersign_core::account::EmailAddress;
use countersign_core::account::identity::may_change;
use countersign_core::account::page::PageRefused;
use countersign_core::limits;
use countersign_store::login::account::ChangePasswordByApp;
use countersign_store::login::acting::By;
use std::sync::Arc;

/// `POST /api/v1/me/password`: the present one is shown, if there is one, and the sign-in is of a moment ago.
pub(super) async fn change(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Response {
    answer(app, req, async |caller| {
        let all = caller.object(&body, &["current_password", "new_password"])?;
        let new = Caller::text(&all, "new_password", "The member new_password must be text.")?;
        let current = match all.get("current_password") {
            None => "",
            Some(_) => Caller::text(&all, "current_password", "The member current_password must be text.")?,
        };
        let (app, env, here) = (&caller.app, caller.req.env.clone(), &caller.here);
        let By::Grant(family) = caller.by else { return Err(Failure::Nothing) };
        // The decision looks again; here it saves the work.
        if !may_change(&env.ctx(), here) {
            return Err(Failure::NotFresh);
        }
        let email = here.email().and_then(|it| EmailAddress::parse(&it.address).ok());
        let words = own_words(email.as_ref(), here.user().claims.name.as_deref(), "");
        let password = new_password(app, &caller.req, new, &words).await;
        let password =
            password.map_err(|it| Failure::NewPassword(app.view.problem(&it, caller.req.locale).1))?;
        let counters = vec![limits::REAUTH_ACCOUNT.whom(&env.ctx(), &here.user().id.to_string(), None)];
        let (found, counted) = app.db.read(before_hash(&caller.req, here, &counters)).await?;
        if let Some(wait) = limits::wait(&counted, env.now) {
            return Err(Failure::Throttled(wait));
        }
        let matched = match &found {
            Some(candidate) if candidate.phc.is_some() => {
                fits(app, &caller.req, current.to_owned(), Some(candidate)).await?
            }
            Some(_) | None => None,
        };
        let phc = match matched.is_some() && current == new {
            true => None,
            false => Some(hashed(app, &caller.req, &password).await?),
        };
        let unit = ChangePasswordByApp { family, env, matched, phc, asker: caller.asker(), counters };
        let decided = app.db.run(unit).await?;
        app.trace.record(decided.trace);
        match decided.result {
            Err(PageRefused::SamePassword) => {
                let same = Problem::OfAccount(AccountProblem::PasswordSame);
                Err(Failure::NewPassword(app.view.problem(&same, caller.req.locale).1))
            }
            other => {
                other?;
                NOTHING
            }
        }
    })
    .await
}
