//! E-mail addresses: which there are, one more, another one in front, one less.

use super::{done, enter, form, notice, posted};
use crate::login::go::{person, status_of, with_wait};
use crate::login::link::six_digits;
use crate::login::provider::{sign_in_first, sign_in_instead};
use crate::login::visit::{Handled, Visit};
use crate::view::pages::{AccountEmail, AccountEmails, AccountProblem, Notice, Problem, actions};
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use countersign_core::account::emails::EmailsRefused;
use countersign_core::account::identity::may_change;
use countersign_core::account::page::PageRefused;
use countersign_core::account::{BadEmail, EmailAddress};
use countersign_core::limits;
use countersign_core::login::flow::AccountPath;
use countersign_core::session::SignedIn;
use countersign_store::account::emails::{Act, Emails, OnEmails};
use countersign_store::login::acting::By;
use std::sync::Arc;

/// `GET /account/emails`.
pub(super) async fn page(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Handled {
    let (visit, here) = enter(app, req, AccountPath::Emails).await?;
    show(visit, &here, notice(query.as_deref()), "", vec![]).await
}

/// `POST /account/emails`.
pub(super) async fn post(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Handled {
    let (visit, here, fields) = posted(app, req, &body, AccountPath::Emails).await?;
    let typed = fields.text("email").to_owned();
    let problem = |it| vec![Problem::OfAccount(it)];
    let ctx = visit.ctx();
    let (act, counters, news) = match fields.action() {
        actions::AGAIN => return sign_in_first(visit, AccountPath::Emails).await,
        actions::ADD => match EmailAddress::parse(&typed) {
            Ok(email) => {
                let counters = visit.mail_counters(email.key());
                (Act::Begin(email), counters, "email-sent")
            }
            Err(BadEmail::Missing) => {
                return show(visit, &here, None, &typed, problem(AccountProblem::AddressMissing)).await;
            }
            Err(BadEmail::Malformed) => {
                return show(visit, &here, None, &typed, problem(AccountProblem::AddressMalformed)).await;
            }
        },
        actions::RESEND => {
            let unit = Emails { env: visit.req.env.clone(), here: here.clone() };
            match visit.app.db.read(unit).await.map_err(|e| visit.db_error(&e))?.1 {
                Some(waiting) => {
                    let counters = visit.mail_counters(waiting.email.key());
                    (Act::Begin(waiting.email), counters, "email-sent")
                }
                None => return show(visit, &here, None, "", vec![Problem::CodeExpired]).await,
            }
        }
        actions::CONTINUE => {
            let Some(digits) = six_digits(fields.text("code")) else {
                return show(visit, &here, None, "", vec![Problem::CodeMissing]).await;
            };
            (Act::Prove(digits), vec![limits::CODE_SOURCE.source(&ctx, visit.req.ip.0)], "email-added")
        }
        word @ (actions::PRIMARY | actions::REMOVE) => match fields.text("id").parse() {
            Ok(id) if word == actions::PRIMARY => (Act::PutInFront(id), vec![], "email-primary"),
            Ok(id) => (Act::Remove(id), vec![], "email-removed"),
            Err(_) => return done(visit, Err(PageRefused::NotFound), AccountPath::Emails, ""),
        },
        _ => return done(visit, Ok(()), AccountPath::Emails, ""),
    };
    let Some(cookie) = visit.cookie else {
        return done(visit, Err(PageRefused::SignedOut), AccountPath::Emails, "");
    };
    let (env, asker) = (visit.req.env.clone(), visit.asker.clone());
    let unit = OnEmails { env, by: By::Cookie(cookie), asker, act, counters };
    let decided = visit.app.db.run(unit).await.map_err(|e| visit.db_error(&e))?;
    visit.app.trace.record(decided.trace);
    let problem = match decided.result {
        Ok(()) => return done(visit, Ok(()), AccountPath::Emails, news),
        Err(EmailsRefused::SignedOut) => {
            return done(visit, Err(PageRefused::SignedOut), AccountPath::Emails, "");
        }
        Err(EmailsRefused::NotFresh) => return sign_in_instead(visit, AccountPath::Emails).await,
        Err(EmailsRefused::NotFound) => {
            return done(visit, Err(PageRefused::NotFound), AccountPath::Emails, "");
        }
        Err(EmailsRefused::Throttled(wait)) => Problem::TooManyTries { wait },
        Err(EmailsRefused::CodeWrong(left)) => Problem::CodeWrong { left },
        Err(EmailsRefused::CodeExhausted | EmailsRefused::NothingWaits) => Problem::CodeExpired,
        Err(EmailsRefused::Yours) => Problem::OfAccount(AccountProblem::AddressYours),
        Err(EmailsRefused::TooMany) => Problem::OfAccount(AccountProblem::TooManyAddresses),
        Err(EmailsRefused::Taken) => Problem::OfAccount(AccountProblem::AddressTaken),
        Err(EmailsRefused::NotProved) => Problem::OfAccount(AccountProblem::AddressNotProved),
        Err(EmailsRefused::InFront) => Problem::OfAccount(AccountProblem::AddressInFront),
        Err(EmailsRefused::LastProved) => Problem::OfAccount(AccountProblem::LastAddress),
    };
    show(visit, &here, None, &typed, vec![problem]).await
}

async fn show(
    mut visit: Visit,
    here: &SignedIn,
    notice: Option<Notice>,
    typed: &str,
    problems: Vec<Problem>,
) -> Handled {
    let unit = Emails { env: visit.req.env.clone(), here: here.clone() };
    let (emails, waiting) = visit.app.db.read(unit).await.map_err(|e| visit.db_error(&e))?;
    let page = AccountEmails {
        form: form(&visit, here, AccountPath::Emails),
        person: person(here),
        emails: emails
            .into_iter()
            .map(|it| AccountEmail {
                id: it.id.to_string(),
                address: it.address,
                verified: it.verified_at.is_some(),
                primary: it.primary,
            })
            .collect(),
        waiting: waiting.map(|it| it.email.typed().to_owned()),
        fresh: may_change(&visit.ctx(), here),
        typed: typed.to_owned(),
        notice,
        problems,
    };
    let status = status_of(&page.problems);
    let response = visit.page(&page, None, status);
    Ok(with_wait(response, &page.problems))
}
