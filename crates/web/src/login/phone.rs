//! Proving a phone: in a sign-in, because the app wants one, or from the account page. Both lead through these pages.

use super::go::{self, go_on, resend_wait};
use super::link::digits;
use super::provider::sign_in_instead;
use super::screen::{Screen, Why};
use super::visit::{Handled, Stop, Visit};
use crate::respond::see_other;
use crate::view::pages::{ConfirmPhone, ErrorKind, MessageProblem, Notice, PhoneCode, Problem, actions};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use countersign_core::account::{BadPhone, PhoneNumber};
use countersign_core::login::Flow;
use countersign_core::login::flow::{AccountPath, SentWhat, Target};
use countersign_core::login::phone::{MOST_PHONES, PhoneRefused};
use countersign_core::secret::kind;
use countersign_store::login::acting::By;
use countersign_store::login::phone::{AskPhone, ProvePhone, Who};
use std::sync::Arc;

/// `POST /confirm/phone`: a number, digits, another message, or another number.
pub async fn page(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let mut visit = Visit::begin(app, req).await?;
    let (fields, mut flow) = visit.posted(&body).await?;
    let sent = flow.sent.as_ref().is_some_and(|it| it.what == SentWhat::Phone);
    match (fields.action(), flow.phone.clone().filter(|_| sent)) {
        (actions::CHANGE, number) => {
            (flow.sent, flow.phone) = (None, None);
            let typed = number.map(|it| it.as_str().to_owned()).unwrap_or_default();
            ask(visit, flow, typed, vec![]).await
        }
        (actions::RESEND, Some(number)) => {
            let wait = resend_wait(&visit, &flow);
            if wait > 0 {
                return code(visit, flow, None, vec![enough(wait)]).await;
            }
            match send(&visit, &flow, &number).await? {
                Ok(flow) => code(visit, flow, Some(Notice::TextAgain), vec![]).await,
                Err(refused) => not_sent(visit, flow, number.as_str().to_owned(), refused, true).await,
            }
        }
        (_, Some(_)) => prove(visit, flow, fields.text("code")).await,
        (_, None) => begin(visit, flow, fields.text("phone")).await,
    }
}

/// A number was typed, here or on the account page.
pub async fn begin(visit: Visit, flow: Flow, typed: &str) -> Handled {
    match PhoneNumber::parse(typed) {
        Ok(number) => match send(&visit, &flow, &number).await? {
            Ok(flow) => code(visit, flow, None, vec![]).await,
            Err(refused) => not_sent(visit, flow, typed.to_owned(), refused, false).await,
        },
        Err(bad) => ask(visit, flow, typed.to_owned(), vec![Problem::OfMessage(malformed(bad))]).await,
    }
}

/// What is wrong with what was typed.
fn malformed(bad: BadPhone) -> MessageProblem {
    match bad {
        BadPhone::Missing => MessageProblem::PhoneMissing,
        BadPhone::NoCountry => MessageProblem::PhoneCountry,
        BadPhone::Malformed => MessageProblem::PhoneMalformed,
    }
}

fn enough(wait: u32) -> Problem {
    Problem::OfMessage(MessageProblem::EnoughTexts { wait })
}

/// Who acts; `None`: nobody is signed in.
pub fn who(visit: &Visit) -> Option<Who> {
    Some(Who { by: By::Cookie(visit.cookie?), asker: visit.asker.clone(), source: visit.req.ip.0 })
}

async fn send(visit: &Visit, flow: &Flow, number: &PhoneNumber) -> Result<Result<Flow, PhoneRefused>, Stop> {
    let Some(who) = who(visit) else { return Ok(Err(PhoneRefused::SignedOut)) };
    let unit = AskPhone { env: visit.req.env.clone(), flow: flow.clone(), who, number: number.clone() };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    Ok(decided.result)
}

async fn prove(visit: Visit, mut flow: Flow, typed: &str) -> Handled {
    let Some(digits) = digits::<kind::PhoneCode>(typed) else {
        return code(visit, flow, None, vec![Problem::CodeMissing]).await;
    };
    let Some(who) = who(&visit) else { return go_on(visit, flow).await };
    let unit = ProvePhone { env: visit.req.env.clone(), flow: flow.clone(), who, digits };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    match decided.result {
        Ok(()) => {
            (flow.sent, flow.phone) = (None, None);
            let home = visit.app.site.path(AccountPath::Phones.as_str());
            if flow.target == Target::Account(AccountPath::Phones) {
                let mut visit = visit;
                return Ok(see_other(&format!("{home}?done=phone-added"), visit.take_cookies()));
            }
            let mut visit = visit;
            visit.look_again().await?;
            go_on(visit, flow).await
        }
        Err(refused) => {
            let number = flow.phone.as_ref().map(|it| it.as_str().to_owned()).unwrap_or_default();
            not_sent(visit, flow, number, refused, true).await
        }
    }
}

/// The page that says why not. `digits`: on the page of the code, else on that of the number.
async fn not_sent(visit: Visit, flow: Flow, typed: String, refused: PhoneRefused, digits: bool) -> Handled {
    let problem = match refused {
        PhoneRefused::SignedOut => return go_on(visit, flow).await,
        PhoneRefused::NotFresh => return sign_in_instead(visit, AccountPath::Phones).await,
        PhoneRefused::NotFound => {
            return Err(visit.refuse(ErrorKind::NotFound, StatusCode::NOT_FOUND, Some(&flow)));
        }
        PhoneRefused::There => Problem::OfMessage(MessageProblem::PhoneThere),
        PhoneRefused::Full => {
            let max = u32::try_from(MOST_PHONES).unwrap_or(u32::MAX);
            Problem::OfMessage(MessageProblem::PhonesFull { max })
        }
        PhoneRefused::Elsewhere => Problem::OfMessage(MessageProblem::PhoneElsewhere),
        PhoneRefused::Throttled(wait) => enough(wait),
        PhoneRefused::CodeWrong(left) => Problem::CodeWrong { left },
        PhoneRefused::CodeExhausted | PhoneRefused::Secret(_) => Problem::CodeExpired,
    };
    if digits {
        code(visit, flow, None, vec![problem]).await
    } else {
        ask(visit, flow, typed, vec![problem]).await
    }
}

/// Which number?
pub async fn ask(mut visit: Visit, flow: Flow, typed: String, problems: Vec<Problem>) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::Phone(typed.clone(), Why::new(None, &problems))).await? {
        return Ok(answer);
    }
    let page = ConfirmPhone {
        form: visit.form("/confirm/phone", &flow).await?,
        app: visit.client(&flow).map(|it| it.name_in(visit.req.locale.tag()).to_owned()),
        typed,
        problems,
    };
    let status = go::status_of(&page.problems);
    Ok(go::with_wait(visit.page(&page, Some(&flow), status), &page.problems))
}

/// The digits that were sent to it.
pub async fn code(mut visit: Visit, flow: Flow, notice: Option<Notice>, problems: Vec<Problem>) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::PhoneCode(Why::new(notice.as_ref(), &problems))).await? {
        return Ok(answer);
    }
    let page = PhoneCode {
        form: visit.form("/confirm/phone", &flow).await?,
        number: flow.phone.as_ref().map(|it| it.as_str().to_owned()).unwrap_or_default(),
        resend_wait: resend_wait(&visit, &flow),
        notice,
        problems,
    };
    let status = go::status_of(&page.problems);
    Ok(go::with_wait(visit.page(&page, Some(&flow), status), &page.problems))
}
