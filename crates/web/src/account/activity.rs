//! What happened with the account, in words.

use super::{enter, form};
use crate::login::go::{moment, person};
use crate::login::visit::Handled;
use crate::posted::Fields;
use crate::view::Locale;
use crate::view::activity::{About, sentence};
use crate::view::pages::{AccountActivity, ActivityRow, ScopeLine};
use crate::{App, Req};
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use countersign_core::login::flow::AccountPath;
use countersign_core::session::EndReason;
use countersign_core::{EventKind, Id, Timestamp, id};
use countersign_store::account::activity::{Activity, ActivityLine};
use std::sync::Arc;

/// So many on a page.
const PAGE: usize = 25;

/// `GET /account/activity`.
pub(super) async fn page(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    let (mut visit, here) = enter(app, req, AccountPath::Activity).await?;
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let before: Option<Id<id::OutboxEvent>> = fields.and_then(|it| it.get("before")?.parse().ok());
    let most = u32::try_from(PAGE + 1).unwrap_or(26);
    let unit = Activity { user: here.user().id, before, most };
    let mut lines = visit.app.db.read(unit).await.map_err(|e| visit.db_error(&e))?;
    let more = lines.len() > PAGE;
    lines.truncate(PAGE);
    let path = AccountPath::Activity.as_str();
    let older = lines.last().filter(|_| more).map(|it| format!("{path}?before={}", it.id));
    let (now, locale) = (visit.req.env.now, visit.req.locale);
    let rows = lines.iter().filter_map(|line| row(&visit.app, line, now, locale)).collect();
    let page = AccountActivity {
        form: form(&visit, &here, AccountPath::Activity),
        person: person(&here),
        rows,
        older,
        later: before.is_some(),
    };
    Ok(visit.page(&page, None, StatusCode::OK))
}

fn row(app: &App, line: &ActivityLine, now: Timestamp, locale: Locale) -> Option<ActivityRow> {
    let scopes = if line.kind == EventKind::ConsentGiven { scopes(app, line, locale) } else { Vec::new() };
    Some(ActivityRow { text: sentence(line.kind, &about(app, line))?, at: moment(line.at, now), scopes })
}

/// What the sentence about an event names.
pub(crate) fn about(app: &App, line: &ActivityLine) -> About {
    let fact = |name: &str| line.data.get(name).and_then(|it| it.as_str()).unwrap_or_default();
    let personal = |name: &str| line.personal.get(name).and_then(|it| it.as_str()).unwrap_or_default();
    let yes = |name: &str| line.data.get(name).and_then(serde_json::Value::as_bool).unwrap_or(false);
    let client = line.client.as_ref();
    let name = |id: &countersign_core::ClientId| {
        app.directory.client(id).map_or_else(|| id.to_string(), |it| it.client.name.clone())
    };
    let provider = app.providers.load().find(fact("provider"));
    About {
        app: client.map(name).unwrap_or_default(),
        browser: personal("agent").to_owned(),
        network: personal("network").to_owned(),
        address: personal("address").to_owned(),
        provider: provider.map_or_else(|| fact("provider").to_owned(), |it| it.label.clone()),
        organization: fact("organization").to_owned(),
        reason: EndReason::parse(fact("reason")),
        all: yes("all") || line.data.contains_key("all_but"),
        renewed: yes("renewed"),
        // What the configuration says, they wrote.
        operator: matches!(fact("by"), "operator" | "configuration"),
    }
}

fn scopes(app: &App, line: &ActivityLine, locale: Locale) -> Vec<ScopeLine> {
    let scope = line.data.get("scope").and_then(|it| it.as_str()).unwrap_or_default();
    let names = scope.split(' ').filter(|it| !it.is_empty());
    match line.client.as_ref().and_then(|it| app.directory.client(it)) {
        Some(entry) => app.directory.scope_lines(names, &entry.client.resources, locale),
        None => names.map(|it| ScopeLine::of(it, None)).collect(),
    }
}
