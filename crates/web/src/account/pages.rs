//! The account pages, filled in.

use super::form;
use crate::Req;
use crate::login::go::{moment, person, status_of};
use crate::login::visit::{Handled, Stop, Visit};
use crate::view::pages::{
    AccountApp, AccountApps, AccountProfile, AccountSecurity, AccountSession, AccountSessions, Notice,
    Problem, ScopeLine,
};
use axum::http::StatusCode;
use countersign_core::account::profile::{ClaimField, ProfileEdit, shown};
use countersign_core::account::{PhoneRow, StandardClaims};
use countersign_core::limits::{Counted, CounterKey};
use countersign_core::login::Candidate;
use countersign_core::login::flow::AccountPath;
use countersign_core::session::SignedIn;
use countersign_store::account::phones::Phones;
use countersign_store::login::account::{Apps, PasswordSet, Sessions};
use countersign_store::login::password::{BeforeHash, Whose};

pub(super) async fn profile(
    mut visit: Visit,
    here: &SignedIn,
    typed: Option<&ProfileEdit>,
    notice: Option<Notice>,
    problems: Vec<Problem>,
) -> Handled {
    let claims = &here.user().claims;
    let phones = visit.app.db.read(Phones(here.user().id)).await.map_err(|e| visit.db_error(&e))?;
    let text = |field: ClaimField| match typed.and_then(|edit| edit.typed(field)) {
        Some(typed) => typed.to_owned(),
        None => shown(claims, field),
    };
    let page = AccountProfile {
        form: form(&visit, here, AccountPath::Profile),
        person: person(here),
        email: here.email().map(|e| e.address.clone()).unwrap_or_default(),
        email_verified: here.email().is_some_and(|e| e.verified_at.is_some()),
        phone: told(claims, &phones).unwrap_or_default().to_owned(),
        profile: ClaimField::ALL.iter().map(|field| (field.as_str(), text(*field))).collect(),
        notice,
        problems,
    };
    let status = status_of(&page.problems);
    Ok(visit.page(&page, None, status))
}

/// The number that apps are told, chosen as `/userinfo` does: one that the person proved before what was declared of
/// them.
pub(super) fn told<'a>(claims: &'a StandardClaims, phones: &'a [PhoneRow]) -> Option<&'a str> {
    let own = phones.iter().find(|it| it.primary).map(|it| it.number.as_str());
    own.or(claims.phone_number.as_deref())
}

pub(super) async fn security(
    mut visit: Visit,
    here: &SignedIn,
    notice: Option<Notice>,
    problems: Vec<Problem>,
) -> Handled {
    let set = visit.app.db.read(PasswordSet(here.user().id)).await.map_err(|e| visit.db_error(&e))?;
    let page = AccountSecurity {
        form: form(&visit, here, AccountPath::Security),
        person: person(here),
        has_password: set.is_some(),
        changed: set.map(|(_, at)| moment(at, visit.req.env.now)),
        min_length: u32::try_from(visit.req.env.policy.password_min).unwrap_or(10),
        notice,
        problems,
    };
    let status = status_of(&page.problems);
    Ok(visit.page(&page, None, status))
}

pub(super) async fn sessions(mut visit: Visit, here: &SignedIn, notice: Option<Notice>) -> Handled {
    let unit = Sessions { env: visit.req.env.clone(), here: here.clone() };
    let lines = visit.app.db.read(unit).await.map_err(|e| visit.db_error(&e))?;
    let now = visit.req.env.now;
    let name = |id: &countersign_core::ClientId| {
        visit
            .app
            .directory
            .client(id)
            .map_or_else(|| id.to_string(), |c| c.client.name_in(visit.req.locale.tag()).to_owned())
    };
    let mut sessions: Vec<AccountSession> = lines
        .into_iter()
        .map(|line| AccountSession {
            current: line.id == here.session().id,
            id: line.id.to_string(),
            browser: if line.agent.is_empty() { "?".to_owned() } else { line.agent },
            place: (!line.network.is_empty()).then_some(line.network),
            seen: moment(line.seen_at, now),
            started: moment(line.created_at, now),
            apps: line.apps.iter().map(name).collect(),
        })
        .collect();
    sessions.sort_by_key(|s| !s.current);
    let page = AccountSessions {
        form: form(&visit, here, AccountPath::Sessions),
        person: person(here),
        sessions,
        notice,
    };
    Ok(visit.page(&page, None, StatusCode::OK))
}

pub(super) async fn apps(mut visit: Visit, here: &SignedIn, notice: Option<Notice>) -> Handled {
    let unit = Apps { env: visit.req.env.clone(), user: here.user().id };
    let lines = visit.app.db.read(unit).await.map_err(|e| visit.db_error(&e))?;
    let now = visit.req.env.now;
    let (directory, locale) = (&visit.app.directory, visit.req.locale);
    let apps = lines
        .into_iter()
        .map(|line| {
            let entry = visit.app.directory.client(&line.client);
            AccountApp {
                id: line.client.to_string(),
                name: entry
                    .as_ref()
                    .map_or_else(|| line.client.to_string(), |e| e.client.name_in(locale.tag()).to_owned()),
                home: entry.as_ref().and_then(|e| e.client.client_uri.clone()),
                since: moment(line.since, now),
                used: line.used.map(|at| moment(at, now)),
                scopes: match &entry {
                    Some(entry) => directory.scope_lines(line.scope.iter(), &entry.client.resources, locale),
                    None => line.scope.iter().map(|s| ScopeLine::of(s, None)).collect(),
                },
            }
        })
        .collect();
    let page =
        AccountApps { form: form(&visit, here, AccountPath::Apps), person: person(here), apps, notice };
    Ok(visit.page(&page, None, StatusCode::OK))
}

/// The person's own stored hash, and how their counters stand.
pub(super) async fn own_candidate(
    visit: &Visit,
    here: &SignedIn,
    counters: &[CounterKey],
) -> Result<(Option<Candidate>, Vec<Counted>), Stop> {
    let unit = before_hash(&visit.req, here, counters);
    visit.app.db.read(unit).await.map_err(|e| visit.db_error(&e))
}

/// What is asked for that.
pub(super) fn before_hash(req: &Req, here: &SignedIn, counters: &[CounterKey]) -> BeforeHash {
    let whose = Whose::Account(here.user().id);
    BeforeHash { env: req.env.clone(), whose, counters: counters.to_vec() }
}
