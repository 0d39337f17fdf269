//! Linked accounts: which there are, one more, one less.

use super::{done, enter, form, posted};
use crate::login::enter::fresh;
use crate::login::go::{ONCE_MORE, moment, person, status_of};
use crate::login::provider::{buttons, sign_in_instead};
use crate::login::visit::{Handled, Visit};
use crate::posted::Fields;
use crate::providers::mark;
use crate::view::pages::{AccountLink, AccountLinked, AccountNotice, Notice, Problem};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use countersign_core::account::page::PageRefused;
use countersign_core::login::flow::{AccountPath, Target};
use countersign_core::session::SignedIn;
use countersign_store::login::acting::By;
use countersign_store::login::provider::{Linked, Unlink};
use std::sync::Arc;

/// `GET /account/linked`.
pub(super) async fn page(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    let (visit, here) = enter(app, req, AccountPath::Linked).await?;
    let (notice, problem) = told(&visit, query.as_deref());
    show(visit, &here, notice, problem.into_iter().collect()).await
}

/// `POST /account/linked`: one less.
pub(super) async fn post(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let (visit, here, fields) = posted(app, req, &body, AccountPath::Linked).await?;
    let (Some(cookie), Ok(identity)) = (visit.cookie, fields.text("id").parse()) else {
        return done(visit, Err(PageRefused::NotFound), AccountPath::Linked, "");
    };
    let ways = visit.app.db.read(Linked(here.user().id)).await.map_err(|e| visit.db_error(&e))?;
    let all = visit.app.providers.load_full();
    let named = ways.identities.iter().find(|it| it.id == identity).map(|it| it.key.provider.clone());
    let named = named.unwrap_or_default();
    let label = all.find(&named).map_or_else(|| named.clone(), |it| it.label.clone());
    let unit = Unlink {
        env: visit.req.env.clone(),
        by: By::Cookie(cookie),
        identity,
        providers: all.iter().filter(|it| !it.disabled).map(|it| it.name.clone()).collect(),
        label,
        asker: visit.asker.clone(),
    };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    match decided.result {
        Err(PageRefused::NotFresh) => sign_in_instead(visit, AccountPath::Linked).await,
        Err(PageRefused::LastWayIn) => show(visit, &here, None, vec![Problem::LastWayIn]).await,
        other => done(visit, other, AccountPath::Linked, "unlinked"),
    }
}

async fn show(mut visit: Visit, here: &SignedIn, notice: Option<Notice>, problems: Vec<Problem>) -> Handled {
    let ways = visit.app.db.read(Linked(here.user().id)).await.map_err(|e| visit.db_error(&e))?;
    let (all, now) = (visit.app.providers.load_full(), visit.req.env.now);
    let accounts = ways.identities.into_iter().map(|it| {
        let provider = all.find(&it.key.provider);
        AccountLink {
            id: it.id.to_string(),
            kind: provider.as_deref().map_or("other", mark),
            gone: provider.as_deref().is_none_or(|it| it.disabled),
            name: provider.map_or(it.key.provider, |it| it.label.clone()),
            shown: it.shown,
            since: moment(it.linked_at, now),
            used: moment(it.used_at, now),
        }
    });
    let accounts: Vec<AccountLink> = accounts.collect();
    // A link carries a flow of this browser and this person: nobody else can make one.
    let mut flow = fresh(&mut visit, Target::Account(AccountPath::Linked));
    flow.linking = Some(here.user().id);
    let page = AccountLinked {
        form: form(&visit, here, AccountPath::Linked),
        person: person(here),
        accounts,
        providers: buttons(&visit, None),
        flow: visit.seal(&flow).await?,
        notice,
        problems,
    };
    let status = status_of(&page.problems);
    Ok(visit.page(&page, None, status))
}

/// What a redirect says; nothing that a link could make up beyond these words and our own providers.
fn told(visit: &Visit, query: Option<&str>) -> (Option<Notice>, Option<Problem>) {
    let Some(fields) = query.and_then(|it| Fields::parse(it.as_bytes())) else { return (None, None) };
    let provider = visit.app.providers.load().find(fields.text("provider"));
    let name = provider.map(|it| it.label.clone());
    match (fields.get("done"), fields.get("problem"), name) {
        (Some("linked"), _, Some(name)) => (Some(Notice::Linked { name }), None),
        (Some("unlinked"), ..) => (Some(Notice::Unlinked), None),
        (Some(ONCE_MORE), ..) => (Some(Notice::OfAccount(AccountNotice::OnceMore)), None),
        (None, Some("declined"), Some(name)) => (None, Some(Problem::ProviderDeclined { name })),
        (None, Some("taken"), Some(name)) => (None, Some(Problem::LinkTaken { name })),
        (None, Some("off"), Some(name)) => (None, Some(Problem::ProviderOff { name })),
        (None, Some("refused"), Some(name)) => (None, Some(Problem::ProviderRefused { name })),
        (None, Some("failed"), Some(name)) => (None, Some(Problem::ProviderFailed { name })),
        _ => (None, None),
    }
}
