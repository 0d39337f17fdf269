//! Links from mails: opening one shows a page and spends nothing; its button or its digits do.

use super::enter::fresh;
use super::go::{self, go_on, link_sent, moment, resend_wait};
use super::password::{ask_mail, send_link};
use super::screen::Screen;
use super::visit::{Handled, Stop, Visit, way_on};
use crate::posted::{Fields, Holder};
use crate::respond::Show;
use crate::view::pages::{
    Done, DoneKind, ErrorKind, ErrorPage, Form, LinkConfirm, LinkElsewhere, Notice, Problem, Purpose, WayOn,
    actions,
};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use countersign_core::login::flow::{AccountPath, Target};
use countersign_core::login::mailed::{LinkRefused, Opened, Place, SendRefused, look};
use countersign_core::login::{Arrival, Flow};
use countersign_core::secret::{Kind, kind};
use countersign_core::write::SecretRefused;
use countersign_core::{ClientId, Digest, Id, Plain, id, limits};
use countersign_store::login::Entrance;
use countersign_store::login::mailed::{Ask, Came, ComeBack, Look};
use std::sync::Arc;

/// `POST /login/link`: the page that waits for the link; digits may be typed here.
pub async fn sent_page(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let (fields, flow) = visit.posted(&body).await?;
    let (Some(email), Some(sent)) = (flow.identifier.clone(), flow.sent.clone()) else {
        return go_on(visit, flow).await;
    };
    match fields.action() {
        actions::CHANGE => go::sign_in(visit, flow, None, vec![]).await,
        actions::RESEND => {
            let wait = resend_wait(&visit, &flow);
            if wait > 0 {
                return link_sent(visit, flow, None, vec![Problem::ResendTooSoon { wait }]).await;
            }
            match ask_mail(&visit, Ask::MagicLink, &flow, &email).await? {
                Ok(flow) => link_sent(visit, flow, Some(Notice::SentAgain), vec![]).await,
                Err(SendRefused::Throttled(wait)) => {
                    link_sent(visit, flow, None, vec![Problem::enough_mails(wait)]).await
                }
                Err(SendRefused::SignUpClosed) => send_link(visit, flow, email).await,
            }
        }
        _ => {
            let Some(digits) = digits::<kind::MagicCode>(fields.text("code")) else {
                return link_sent(visit, flow, None, vec![Problem::CodeMissing]).await;
            };
            let ctx = visit.req.env.ctx();
            let counters = vec![
                limits::CODE_TRIES.whom(&ctx, &sent.handle, None),
                limits::CODE_SOURCE.source(&ctx, visit.req.ip.0),
            ];
            let came = Came::MagicDigits(digits.digest_with(&ctx, &sent.handle), counters);
            typed(visit, flow, came, false).await
        }
    }
}

/// Digits came back in the flow's own browser.
pub async fn typed(mut visit: Visit, mut flow: Flow, came: Came, confirming: bool) -> Handled {
    match come_back(&visit, visit.entrance(&flow), came).await? {
        Ok((arrival, _)) => {
            visit.arrive(&arrival, Some(&mut flow)).await?;
            go_on(visit, flow).await
        }
        Err(refused) => {
            let Some(problem) = problem_of(refused) else {
                return Err(refuse(&visit, refused, Whence::Flow(&flow)));
            };
            if confirming {
                go::confirm(visit, flow, None, vec![problem]).await
            } else {
                link_sent(visit, flow, None, vec![problem]).await
            }
        }
    }
}

/// What is said beside the field; none where only a page of its own says it.
pub fn problem_of(refused: LinkRefused) -> Option<Problem> {
    match refused {
        LinkRefused::CodeWrong(left) => Some(Problem::CodeWrong { left }),
        LinkRefused::CodeExhausted
        | LinkRefused::Secret(SecretRefused::Expired | SecretRefused::Used | SecretRefused::Unknown)
        | LinkRefused::Outdated => Some(Problem::CodeExpired),
        LinkRefused::AddressTaken | LinkRefused::Disabled => None,
    }
}

/// `GET /login/link/open`: a mail scanner may do this as often as it likes.
pub async fn open(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    show::<kind::MagicLink>(app, query, req, Purpose::SignIn, "/login/link/open").await
}

/// `GET /confirm/open`.
pub async fn open_confirm(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    show::<kind::ConfirmLink>(app, query, req, Purpose::ConfirmEmail, "/confirm/open").await
}

async fn show<L: Kind>(
    app: Arc<App>,
    query: Option<String>,
    req: Req,
    purpose: Purpose,
    action: &str,
) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let link = Plain::<L>::presented(fields.as_ref().map(|f| f.text("link")).unwrap_or_default());
    let opened = opened(&visit, &link, another(purpose)).await?;
    let form = Form::of_flow(action, link.expose(), &visit.flow_token());
    let email = opened.email.typed().to_owned();
    let client = opened.client.as_ref().and_then(|c| visit.app.directory.client(c));
    let show = Show {
        client: client.as_ref().map(|c| c.client.as_ref()),
        flow: opened.flow,
        form_action: ends_at(&opened),
        cookies: visit.take_cookies(),
        ..Show::default()
    };
    Ok(match (&opened.place, &opened.digits) {
        (Place::Elsewhere, Some(code)) => {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let page = LinkElsewhere {
                form,
                purpose,
                email,
                asked: moment(opened.asked_at, visit.req.env.now),
                place: some(&opened.network),
                browser: some(&opened.agent),
                code: code.clone(),
            };
            visit.app.page(&visit.req, &page, show)
        }
        (Place::Here(_), _) | (Place::Elsewhere, None) => {
            visit.app.page(&visit.req, &LinkConfirm { form, purpose, email }, show)
        }
    })
}

/// Where another link is asked for.
fn another(purpose: Purpose) -> WayOn {
    match purpose {
        Purpose::SignIn => WayOn::sign_in("/login"),
        // Who is signed in without a proved address is asked for it there.
        Purpose::ConfirmEmail => WayOn::account(AccountPath::Profile.as_str()),
    }
}

/// What a link leads to; nothing is spent. `another` is where a person asks for one that works.
pub async fn opened<L: Kind>(visit: &Visit, link: &Plain<L>, another: WayOn) -> Result<Opened, Stop> {
    let found = visit.app.db.read(Look(link.digest(&visit.ctx()))).await.map_err(|e| visit.db_error(&e))?;
    look(&visit.ctx(), link, found.as_ref(), &visit.asker.browser)
        .map_err(|refused| self::refuse(visit, LinkRefused::Secret(refused), Whence::Mail(another)))
}

fn ends_at(opened: &Opened) -> Vec<String> {
    let Place::Here(Some(flow)) = &opened.place else { return Vec::new() };
    let address = flow.request().map(|r| r.return_to.redirect_uri());
    address.and_then(crate::respond::origin_of).into_iter().collect()
}

/// `POST /login/link/open`: the button.
pub async fn press(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    pressed::<kind::MagicLink>(app, req, body, Came::MagicLink, DoneKind::SignedIn).await
}

/// `POST /confirm/open`: the button.
pub async fn press_confirm(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    pressed::<kind::ConfirmLink>(app, req, body, Came::ConfirmLink, DoneKind::EmailConfirmed).await
}

async fn pressed<L: Kind>(
    app: Arc<App>,
    req: Req,
    body: Bytes,
    came: fn(Digest<L>) -> Came,
    done: DoneKind,
) -> Handled {
    let visit = Visit::begin(app, req).await?;
    let Some(fields) = Fields::read(&visit.req, &body) else {
        return Err(visit.refuse(ErrorKind::BadRequest { app: None }, StatusCode::BAD_REQUEST, None));
    };
    visit.check_token(&fields, Holder::Browser(visit.asker.browser.as_bytes()), None)?;
    let link = Plain::<L>::presented(fields.text("flow"));
    let purpose = match done {
        DoneKind::EmailConfirmed => Purpose::ConfirmEmail,
        DoneKind::SignedIn | DoneKind::GoesOnElsewhere | DoneKind::DeviceAllowed | DoneKind::DeviceDenied => {
            Purpose::SignIn
        }
    };
    let opened = opened(&visit, &link, another(purpose)).await?;
    let entrance = entrance(&visit, &opened);
    let (arrival, place) = match come_back(&visit, entrance, came(link.digest(&visit.ctx()))).await? {
        Ok(came) => came,
        Err(refused) => return Err(refuse(&visit, refused, Whence::Mail(another(purpose)))),
    };
    ended(visit, &arrival, place, &opened, done).await
}

/// Where somebody arrives who follows a link.
pub fn entrance(visit: &Visit, opened: &Opened) -> Entrance {
    Entrance {
        flow: opened.flow.unwrap_or_else(|| Id::<id::Flow>::new(&visit.ctx())),
        client: opened.client.clone(),
        asker: visit.asker.clone(),
        cookie: visit.cookie,
    }
}

/// Uses what was mailed.
pub async fn come_back(
    visit: &Visit,
    entrance: Entrance,
    came: Came,
) -> Result<Result<(Arrival, Place), LinkRefused>, Stop> {
    let unit = ComeBack { env: visit.req.env.clone(), entrance, came };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    Ok(decided.result)
}

/// In its own browser the flow goes on; anywhere else only this browser is signed in, and the way on is the place
/// where the app's own sign-in begins.
pub async fn ended(
    mut visit: Visit,
    arrival: &Arrival,
    place: Place,
    opened: &Opened,
    kind: DoneKind,
) -> Handled {
    if let Place::Here(Some(flow)) = place {
        let mut flow = *flow;
        visit.speak(&flow);
        visit.arrive(arrival, Some(&mut flow)).await?;
        return go_on(visit, flow).await;
    }
    visit.arrive(arrival, None).await?;
    let flow = fresh(&mut visit, Target::Account(AccountPath::Profile));
    done(visit, &flow, kind, opened.client.clone()).await
}

/// The good end without an app to return to.
pub async fn done(mut visit: Visit, flow: &Flow, kind: DoneKind, client: Option<ClientId>) -> Handled {
    let confirmed = kind == DoneKind::EmailConfirmed;
    if let Some(answer) = visit.turn(flow, &Screen::Done(confirmed, client.clone())).await? {
        return Ok(answer);
    }
    let client = client.as_ref().and_then(|c| visit.app.directory.client(c));
    let page = Done {
        kind,
        person: visit.here.as_ref().map(go::person),
        way_on: Some(way_on(None, client.as_ref().map(|c| c.client.as_ref()))),
    };
    Ok(visit.page(&page, None, StatusCode::OK))
}

/// What somebody came back with.
pub enum Whence<'a> {
    /// Digits, in the flow's own browser.
    Flow(&'a Flow),
    /// A link; another one is asked for there.
    Mail(WayOn),
}

/// The page for a link that does not work.
pub fn refuse(visit: &Visit, refused: LinkRefused, whence: Whence<'_>) -> Stop {
    let (kind, status) = match refused {
        LinkRefused::Secret(SecretRefused::Used) => (ErrorKind::LinkUsed, StatusCode::GONE),
        LinkRefused::Secret(SecretRefused::Expired | SecretRefused::Unknown)
        | LinkRefused::Outdated
        | LinkRefused::CodeWrong(_)
        | LinkRefused::CodeExhausted => (ErrorKind::LinkExpired, StatusCode::GONE),
        LinkRefused::AddressTaken => (ErrorKind::LinkUsed, StatusCode::CONFLICT),
        LinkRefused::Disabled => (ErrorKind::AccountDisabled, StatusCode::FORBIDDEN),
    };
    match (whence, refused) {
        (Whence::Flow(flow), _) => visit.refuse(kind, status, Some(flow)),
        (Whence::Mail(_), LinkRefused::AddressTaken | LinkRefused::Disabled) => {
            visit.refuse(kind, status, None)
        }
        (
            Whence::Mail(another),
            LinkRefused::Secret(_)
            | LinkRefused::Outdated
            | LinkRefused::CodeWrong(_)
            | LinkRefused::CodeExhausted,
        ) => visit.refuse_on(&ErrorPage::new(kind, another), status),
    }
}

/// Six digits, however they were spaced, and in full width as East Asian keyboards write them. What is no such code is
/// not looked up, so that a slip costs no try.
pub fn digits<K: Kind>(typed: &str) -> Option<Plain<K>> {
    six_digits(typed).map(Plain::presented)
}

/// The same as text.
pub fn six_digits(typed: &str) -> Option<String> {
    let plain = |c: char| match c {
        '\u{ff10}'..='\u{ff19}' => {
            u32::from(c).checked_sub(0xff10).and_then(|n| char::from_digit(n, 10)).unwrap_or(c)
        }
        c => c,
    };
    let digits: String =
        typed.chars().filter(|c| !c.is_whitespace() && *c != '-').take(32).map(plain).collect();
    let code = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit());
    code.then_some(digits)
}

/// To the sign-in page.
pub fn to_sign_in() -> WayOn {
    WayOn::sign_in("/login")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_however_they_were_typed() {
        let expose = |typed: &str| digits::<kind::MagicCode>(typed).map(|it| it.expose().to_owned());
        for typed in ["402913", " 402 913 ", "402-913", "４０２９１３", "402\u{a0}913\n"] {
            assert_eq!(expose(typed).as_deref(), Some("402913"), "{typed}");
        }
        for slip in ["", " ", "40291", "4029133", "40291a", "٤٠٢٩١٣", &"1".repeat(5_000)] {
            assert_eq!(expose(slip), None, "{slip}");
        }
    }
}
