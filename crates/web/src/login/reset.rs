//! A forgotten password.

use super::enter::fresh;
use super::go::{self, forgot, forgot_sent, go_on, resend_wait};
use super::link::{Whence, come_back, entrance, opened, refuse};
use super::password::{ask_mail, email};
use super::screen::Screen;
use super::sign_up::{hash, new_password, own_words};
use super::visit::{Handled, Visit, way_on};
use crate::posted::{Fields, Holder};
use crate::respond::{Show, see_other};
use crate::view::pages::{ErrorKind, Form, Notice, Problem, Reset, ResetDone, WayOn, actions};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use countersign_core::login::Flow;
use countersign_core::login::flow::{AccountPath, Target};
use countersign_core::login::mailed::{Opened, Place, SendRefused};
use countersign_core::secret::kind::ResetLink;
use countersign_core::{ClientId, Plain};
use countersign_store::login::mailed::{Ask, Came};
use std::sync::Arc;

/// `GET /forgot`: from a mail, or typed.
pub async fn open_forgot(State(app): State<Arc<App>>, req: Req) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let flow = fresh(&mut visit, Target::Account(AccountPath::Profile));
    let known = visit.asker.known.accounts().first().map(|a| a.identifier.typed().to_owned());
    forgot(visit, flow, known.unwrap_or_default(), vec![]).await
}

/// `POST /forgot`: both its pages post here.
pub async fn forgot_page(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let (fields, mut flow) = visit.posted(&body).await?;
    match fields.action() {
        actions::SIGN_IN => go_on(visit, flow).await,
        actions::RESEND => {
            let wait = resend_wait(&visit, &flow);
            if wait > 0 {
                return forgot_sent(visit, flow, None, vec![Problem::ResendTooSoon { wait }]).await;
            }
            send(visit, flow, Some(Notice::SentAgain)).await
        }
        _ => {
            let typed = fields.text("identifier");
            match email(typed) {
                Ok(email) => flow.identifier = Some(email),
                Err(problem) => return forgot(visit, flow, typed.to_owned(), vec![problem]).await,
            }
            send(visit, flow, None).await
        }
    }
}

async fn send(visit: Visit, flow: Flow, notice: Option<Notice>) -> Handled {
    let Some(email) = flow.identifier.clone() else { return go_on(visit, flow).await };
    match ask_mail(&visit, Ask::Reset, &flow, &email).await? {
        Ok(flow) => forgot_sent(visit, flow, notice, vec![]).await,
        Err(SendRefused::Throttled(wait)) => {
            forgot(visit, flow, email.typed().to_owned(), vec![Problem::enough_mails(wait)]).await
        }
        Err(SendRefused::SignUpClosed) => go_on(visit, flow).await,
    }
}

/// Where another link is asked for.
fn another() -> WayOn {
    WayOn::reset("/forgot")
}

/// `GET /reset`: opening the link spends nothing.
pub async fn open(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let link = Plain::<ResetLink>::presented(fields.as_ref().map(|f| f.text("link")).unwrap_or_default());
    let opened = opened(&visit, &link, another()).await?;
    let why = fields.as_ref().and_then(|f| said(&visit, f.text("again")));
    draw(&mut visit, &link, &opened, why.into_iter().collect())
}

fn draw(visit: &mut Visit, link: &Plain<ResetLink>, opened: &Opened, problems: Vec<Problem>) -> Handled {
    let client = opened.client.as_ref().and_then(|c| visit.app.directory.client(c));
    let page = Reset {
        form: Form::of_flow("/reset", link.expose(), &visit.flow_token()),
        email: opened.email.typed().to_owned(),
        min_length: u32::try_from(visit.req.env.policy.password_min).unwrap_or(10),
        problems,
    };
    let show = Show {
        status: go::status_of(&page.problems),
        client: client.as_ref().map(|c| c.client.as_ref()),
        flow: opened.flow,
        cookies: visit.take_cookies(),
        ..Show::default()
    };
    Ok(visit.app.page(&visit.req, &page, show))
}

/// `POST /reset`: the new password. The account is the link's own, whatever else the form says.
pub async fn page(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let Some(fields) = Fields::read(&visit.req, &body) else {
        return Err(visit.refuse(ErrorKind::BadRequest { app: None }, StatusCode::BAD_REQUEST, None));
    };
    visit.check_token(&fields, Holder::Browser(visit.asker.browser.as_bytes()), None)?;
    let link = Plain::<ResetLink>::presented(fields.text("flow"));
    let opened = opened(&visit, &link, another()).await?;
    let client = opened.client.as_ref().and_then(|c| visit.app.directory.client(c));
    let app_name = client.as_ref().map(|c| c.client.name.clone()).unwrap_or_default();
    let words = own_words(Some(&opened.email), None, &app_name);
    let password = match new_password(&visit.app, &visit.req, fields.text("new-password"), &words).await {
        Ok(password) => password,
        Err(problem) => return again(&mut visit, &link, &problem),
    };
    let phc = hash(&visit, None, &password).await?;
    let came = Came::Reset(link.digest(&visit.ctx()), phc);
    let (arrival, place) = match come_back(&visit, entrance(&visit, &opened), came).await? {
        Ok(came) => came,
        Err(refused) => return Err(refuse(&visit, refused, Whence::Mail(another()))),
    };
    let client = opened.client.clone();
    match place {
        Place::Here(Some(flow)) => {
            let mut flow = *flow;
            visit.arrive(&arrival, Some(&mut flow)).await?;
            done(visit, flow, true, client).await
        }
        Place::Here(None) | Place::Elsewhere => {
            visit.arrive(&arrival, None).await?;
            let flow = fresh(&mut visit, Target::Account(AccountPath::Profile));
            done(visit, flow, false, client).await
        }
    }
}

/// The password is set; the flow goes on from here, if it is this browser's: it travels in the link of this page.
pub async fn done(mut visit: Visit, flow: Flow, goes_on: bool, client: Option<ClientId>) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::ResetDone(goes_on, client.clone())).await? {
        return Ok(answer);
    }
    let client =
        client.as_ref().and_then(|c| visit.app.directory.client(c)).map(|entry| entry.client.clone());
    let way_on = match goes_on {
        true => {
            let href = format!("/login?flow={}", visit.seal(&flow).await?);
            match &client {
                Some(client) => WayOn::app(&client.name, &href),
                None => WayOn::account(&href),
            }
        }
        false => way_on(None, client.as_deref()),
    };
    Ok(visit.page(&ResetDone { way_on }, None, StatusCode::OK))
}

/// A new password that the rules do not allow: back to the page, by a GET.
fn again(visit: &mut Visit, link: &Plain<ResetLink>, problem: &Problem) -> Handled {
    let why = match problem {
        Problem::PasswordTooShort { .. } => "short",
        Problem::PasswordTooLong { .. } => "long",
        Problem::PasswordCommon => "common",
        Problem::PasswordGuessable => "guessable",
        Problem::PasswordRow => "row",
        Problem::PasswordAgain => "again",
        Problem::PasswordDate => "date",
        Problem::PasswordBreached => "breached",
        _ => "missing",
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("link", link.expose())
        .append_pair("again", why)
        .finish();
    Ok(see_other(&format!("{}?{query}", visit.app.site.path("/reset")), visit.take_cookies()))
}

/// What [`again`] said.
fn said(visit: &Visit, why: &str) -> Option<Problem> {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let policy = &visit.req.env.policy;
    match why {
        "short" => Some(Problem::PasswordTooShort { min: count(policy.password_min) }),
        "long" => Some(Problem::PasswordTooLong { max: count(policy.password_max) }),
        "common" => Some(Problem::PasswordCommon),
        "guessable" => Some(Problem::PasswordGuessable),
        "row" => Some(Problem::PasswordRow),
        "again" => Some(Problem::PasswordAgain),
        "date" => Some(Problem::PasswordDate),
        "breached" => Some(Problem::PasswordBreached),
        "missing" => Some(Problem::NewPasswordMissing),
        _ => None,
    }
}
