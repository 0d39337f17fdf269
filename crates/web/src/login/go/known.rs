//! The pages that ask somebody who is known: which account, and what the app may see.

use super::super::device;
use super::super::screen::Screen;
use super::super::visit::{Handled, Visit};
use crate::view::Moment;
use crate::view::pages::{AccountChoice, Consent, ErrorKind, Outsider, Person, SelectAccount};
use axum::http::StatusCode;
use countersign_core::Timestamp;
use countersign_core::login::{Flow, consent};
use countersign_core::oauth::{Client, Scope};
use countersign_core::session::SignedIn;

pub(super) async fn ask_consent(mut visit: Visit, flow: Flow, here: &SignedIn, client: &Client) -> Handled {
    if let Some(entered) = flow.entered().cloned() {
        return device::ask(visit, flow, &entered, here, client).await;
    }
    let Some(request) = flow.request() else {
        return Err(visit.refuse(ErrorKind::SomethingWrong, StatusCode::INTERNAL_SERVER_ERROR, Some(&flow)));
    };
    if let Some(answer) = visit.turn(&flow, &Screen::Dispatch).await? {
        return Ok(answer);
    }
    let scope = request.to_allow();
    let resources = [request.resources.as_slice(), &client.resources].concat();
    let asked = consent::begin(&flow, here, &scope);
    let page = Consent {
        form: visit.form("/consent", &asked).await?,
        app_name: client.name_in(visit.req.locale.tag()).to_owned(),
        goes_to: destination(request.return_to.redirect_uri()),
        person: person(here),
        scopes: visit.app.directory.scope_lines(in_order(&scope), &resources, visit.req.locale),
    };
    Ok(visit.page(&page, Some(&flow), StatusCode::OK))
}

/// From who somebody is to what lasts longest; an app's own scopes at the end.
pub fn in_order(scope: &Scope) -> Vec<&str> {
    const ORDER: [&str; 6] = ["openid", "profile", "email", "phone", "address", "offline_access"];
    let mut all: Vec<&str> = scope.iter().collect();
    all.sort_by_key(|s| ORDER.iter().position(|o| o == s).unwrap_or(ORDER.len()));
    all
}

/// The host of the address, with its port, or the scheme of a native app.
fn destination(uri: &str) -> String {
    let Ok(url) = url::Url::parse(uri) else { return uri.to_owned() };
    match (url.scheme(), url.host_str(), url.port()) {
        ("http" | "https", Some(host), Some(port)) => format!("{host}:{port}"),
        ("http" | "https", Some(host), None) => host.to_owned(),
        (scheme, ..) => scheme.to_owned(),
    }
}

pub(super) async fn select(mut visit: Visit, flow: Flow) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::Dispatch).await? {
        return Ok(answer);
    }
    let now = visit.req.env.now;
    let here = visit.here.as_ref().map(|h| (h.user().id, person(h)));
    let mut accounts: Vec<AccountChoice> = here
        .iter()
        .map(|(id, person)| AccountChoice {
            id: id.to_string(),
            person: person.clone(),
            signed_out_since: None,
        })
        .collect();
    for known in visit.asker.known.accounts() {
        if here.as_ref().is_none_or(|(id, _)| *id != known.user) {
            let email = known.identifier.typed().to_owned();
            accounts.push(AccountChoice {
                id: known.user.to_string(),
                person: Person { name: email.clone(), email },
                signed_out_since: Some(moment(known.at, now)),
            });
        }
    }
    let page = SelectAccount { form: visit.form("/select-account", &flow).await?, accounts };
    Ok(visit.page(&page, Some(&flow), StatusCode::OK))
}

/// The app is not for who is signed in.
pub(super) async fn outsider(mut visit: Visit, flow: Flow, here: &SignedIn, client: &Client) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::Dispatch).await? {
        return Ok(answer);
    }
    let app_name = client.name_in(visit.req.locale.tag()).to_owned();
    let person = person(here);
    let page = Outsider { form: visit.form("/select-account", &flow).await?, app_name, person };
    Ok(visit.page(&page, Some(&flow), StatusCode::FORBIDDEN))
}

/// Who is signed in, as pages say it.
pub fn person(here: &SignedIn) -> Person {
    let email = here.email().map(|e| e.address.clone()).unwrap_or_default();
    let name = here.user().claims.name.clone().unwrap_or_else(|| email.clone());
    Person { name, email }
}

/// A point in time as pages show it.
pub fn moment(at: Timestamp, now: Timestamp) -> Moment {
    Moment { at: at.seconds(), now: now.seconds() }
}
