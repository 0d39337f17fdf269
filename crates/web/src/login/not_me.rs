//! "It was not me": from the mail of a new session.

use super::go::moment;
use super::screen::Screen;
use super::visit::{Handled, Stop, Visit};
use crate::posted::{Fields, Holder};
use crate::respond::Show;
use crate::view::pages::{ErrorKind, ErrorPage, Form, NotMe, NotMeDone, WayOn};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use countersign_core::Plain;
use countersign_core::login::flow::{AccountPath, Target};
use countersign_core::login::{Flow, not_me};
use countersign_core::secret::kind::NotMeLink;
use countersign_core::write::SecretRefused;
use countersign_store::login::mailed::Look;
use countersign_store::login::not_me::NotMe as LockOut;
use std::sync::Arc;

/// `GET /not-me`: shows which sign-in is meant. A mail scanner may do this as often as it likes.
pub async fn open(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let link = Plain::<NotMeLink>::presented(fields.as_ref().map(|f| f.text("link")).unwrap_or_default());
    let found = visit.app.db.read(Look(link.digest(&visit.ctx()))).await.map_err(|e| visit.db_error(&e))?;
    let told = not_me::look(found.as_ref(), visit.req.env.now).map_err(|_| gone(&visit))?;
    let some = |text: String| (!text.is_empty()).then_some(text);
    let page = NotMe {
        form: Form::of_flow("/not-me", link.expose(), &visit.flow_token()),
        email: told.email.typed().to_owned(),
        at: moment(told.at, visit.req.env.now),
        place: some(told.network),
        browser: some(told.agent),
    };
    let client = told.client.as_ref().and_then(|c| visit.app.directory.client(c));
    let show = Show {
        client: client.as_ref().map(|c| c.client.as_ref()),
        flow: told.flow,
        cookies: visit.take_cookies(),
        ..Show::default()
    };
    Ok(visit.app.page(&visit.req, &page, show))
}

/// `POST /not-me`: the button.
pub async fn press(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let Some(fields) = Fields::read(&visit.req, &body) else {
        return Err(visit.refuse(ErrorKind::BadRequest { app: None }, StatusCode::BAD_REQUEST, None));
    };
    visit.check_token(&fields, Holder::Browser(visit.asker.browser.as_bytes()), None)?;
    let link = Plain::<NotMeLink>::presented(fields.text("flow")).digest(&visit.ctx());
    let unit = LockOut { env: visit.req.env.clone(), asker: visit.asker.clone(), link };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    match decided.result {
        Ok(email) => {
            let mut flow = super::enter::fresh(&mut visit, Target::Account(AccountPath::Profile));
            flow.identifier = Some(email);
            done(visit, flow).await
        }
        Err(SecretRefused::Expired | SecretRefused::Used | SecretRefused::Unknown) => Err(gone(&visit)),
    }
}

/// Nobody can ask for another such link, so the page says what helps instead.
fn gone(visit: &Visit) -> Stop {
    visit.refuse_on(&ErrorPage::not_me_link(), StatusCode::GONE)
}

/// Everybody is out, and the way back is in the mail.
pub async fn done(mut visit: Visit, flow: Flow) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::NotMeDone).await? {
        return Ok(answer);
    }
    let life = visit.req.env.policy.lifetimes.reset_link.as_secs() / 60;
    let page = NotMeDone {
        email: flow.identifier.as_ref().map(|it| it.typed().to_owned()).unwrap_or_default(),
        minutes: u32::try_from(life).unwrap_or(u32::MAX),
        way_on: WayOn::reset("/forgot"),
    };
    Ok(visit.page(&page, None, StatusCode::OK))
}
