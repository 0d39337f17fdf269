//! Phones: which there are, one more, which one apps are told, one less.

use super::pages::told;
use super::{done, enter, form, notice, posted};
use crate::login::enter::fresh;
use crate::login::go::{moment, person, status_of, with_wait};
use crate::login::phone::{begin, who};
use crate::login::provider::{sign_in_first, sign_in_instead};
use crate::login::visit::{Handled, Visit};
use crate::view::pages::{AccountPhone, AccountPhones, Notice, actions};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use countersign_core::account::identity::may_change;
use countersign_core::account::page::PageRefused;
use countersign_core::login::flow::{AccountPath, Target};
use countersign_core::login::phone::PhoneRefused;
use countersign_core::session::SignedIn;
use countersign_store::account::phones::Phones;
use countersign_store::login::phone::{Act, OnPhones};
use std::sync::Arc;

/// `GET /account/phones`.
pub(super) async fn page(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    let (visit, here) = enter(app, req, AccountPath::Phones).await?;
    show(visit, &here, notice(query.as_deref())).await
}

/// `POST /account/phones`.
pub(super) async fn post(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let (mut visit, here, fields) = posted(app, req, &body, AccountPath::Phones).await?;
    let (act, news) = match (fields.action(), fields.text("id").parse()) {
        (actions::AGAIN, _) => return sign_in_first(visit, AccountPath::Phones).await,
        (actions::ADD, _) => {
            if !may_change(&visit.ctx(), &here) {
                return sign_in_instead(visit, AccountPath::Phones).await;
            }
            // From here on as in a sign-in: a flow that leads back to this page.
            let flow = fresh(&mut visit, Target::Account(AccountPath::Phones));
            return begin(visit, flow, fields.text("phone")).await;
        }
        (actions::PRIMARY, Ok(id)) => (Act::Choose(id), "phone-chosen"),
        (actions::REMOVE, Ok(id)) => (Act::Remove(id), "phone-removed"),
        _ => return done(visit, Err(PageRefused::NotFound), AccountPath::Phones, ""),
    };
    let Some(who) = who(&visit) else {
        return done(visit, Err(PageRefused::SignedOut), AccountPath::Phones, "");
    };
    let unit = OnPhones { env: visit.req.env.clone(), who, act };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    match decided.result {
        Ok(()) => done(visit, Ok(()), AccountPath::Phones, news),
        Err(PhoneRefused::NotFresh) => sign_in_instead(visit, AccountPath::Phones).await,
        Err(PhoneRefused::SignedOut) => done(visit, Err(PageRefused::SignedOut), AccountPath::Phones, ""),
        Err(
            PhoneRefused::NotFound
            | PhoneRefused::There
            | PhoneRefused::Full
            | PhoneRefused::Elsewhere
            | PhoneRefused::Throttled(_)
            | PhoneRefused::CodeWrong(_)
            | PhoneRefused::CodeExhausted
            | PhoneRefused::Secret(_),
        ) => done(visit, Err(PageRefused::NotFound), AccountPath::Phones, ""),
    }
}

async fn show(mut visit: Visit, here: &SignedIn, notice: Option<Notice>) -> Handled {
    let own = visit.app.db.read(Phones(here.user().id)).await.map_err(|e| visit.db_error(&e))?;
    let now = visit.req.env.now;
    let line = |it: countersign_core::account::PhoneRow| AccountPhone {
        id: it.id.to_string(),
        number: it.number.as_str().to_owned(),
        primary: it.primary,
        since: moment(it.verified_at, now),
    };
    let declared = told(&here.user().claims, &own).filter(|_| own.is_empty()).map(str::to_owned);
    let page = AccountPhones {
        form: form(&visit, here, AccountPath::Phones),
        person: person(here),
        phones: own.into_iter().map(line).collect(),
        declared,
        fresh: may_change(&visit.ctx(), here),
        can_add: visit.req.env.policy.texts,
        notice,
        problems: vec![],
    };
    let status = status_of(&page.problems);
    let response = visit.page(&page, None, status);
    Ok(with_wait(response, &page.problems))
}
