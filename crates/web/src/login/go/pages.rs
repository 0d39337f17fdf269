//! The pages that ask somebody who they are, and those that say that a message is on its way.

use super::super::provider;
use super::super::screen::{Screen, Why};
use super::super::visit::{Handled, Visit};
use super::{status_of, with_wait};
use crate::view::pages::{
    AskedField, ConfirmEmail, Forgot, ForgotSent, LinkSent, Notice, Password, Problem, SignIn, SignUp,
};
use countersign_core::account::EmailAddress;
use countersign_core::account::asked::Asked;
use countersign_core::account::profile::ClaimField;
use countersign_core::login::Flow;
use countersign_core::login::flow::{Chosen, SentWhat, Target};
use countersign_core::login::mailed::SEND_AGAIN_AFTER;

/// The first page.
pub async fn sign_in(
    mut visit: Visit,
    flow: Flow,
    notice: Option<Notice>,
    problems: Vec<Problem>,
) -> Handled {
    let typed = flow.identifier.as_ref().map(|e| e.typed().to_owned());
    let hinted = || flow.request().and_then(|r| r.login_hint.clone());
    let known = || visit.asker.known.accounts().first().map(|a| a.identifier.typed().to_owned());
    // "Another account" is not filled in with one of the known ones.
    let guess = flow.chosen != Some(Chosen::Another);
    let guessed = || guess.then(|| hinted().or_else(known)).flatten();
    let identifier = typed.or_else(guessed).unwrap_or_default();
    sign_in_as(&mut visit, &flow, identifier, notice, problems).await
}

/// The first page with what was typed, kept even if it is no address.
pub async fn sign_in_as(
    visit: &mut Visit,
    flow: &Flow,
    identifier: String,
    notice: Option<Notice>,
    problems: Vec<Problem>,
) -> Handled {
    if let Some(answer) =
        visit.turn(flow, &Screen::SignIn(identifier.clone(), Why::new(notice.as_ref(), &problems))).await?
    {
        return Ok(answer);
    }
    let page = SignIn {
        form: visit.form("/login", flow).await?,
        identifier,
        providers: provider::buttons(visit, Some(flow)),
        password: true,
        magic_link: true,
        // Who is signed in and only proves it once more has an account.
        sign_up: visit.req.env.policy.sign_up
            && !(visit.here.is_some() && matches!(flow.target, Target::Account(_))),
        notice,
        problems,
    };
    let status = status_of(&page.problems);
    Ok(with_wait(visit.page(&page, Some(flow), status), &page.problems))
}

/// The password page; the same whether or not the address has an account.
pub async fn password(mut visit: Visit, flow: Flow, problems: Vec<Problem>) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::Password(Why::new(None, &problems))).await? {
        return Ok(answer);
    }
    let identifier = flow.identifier.as_ref().map(|e| e.typed().to_owned()).unwrap_or_default();
    let form = visit.form("/login/password", &flow).await?;
    let page = Password { form, identifier, magic_link: true, notice: None, problems };
    let status = status_of(&page.problems);
    Ok(with_wait(visit.page(&page, Some(&flow), status), &page.problems))
}

/// An address, and what else was asked, by the claims' names.
pub type Typed = (String, std::collections::BTreeMap<String, String>);

/// The sign-up page. `judged`: what was typed is to be mended where it is wrong.
pub async fn sign_up(
    mut visit: Visit,
    flow: Flow,
    typed: Typed,
    judged: bool,
    mut problems: Vec<Problem>,
) -> Handled {
    if let Some(answer) = visit
        .turn(&flow, &Screen::SignUp(typed.0.clone(), typed.1.clone(), judged, Why::new(None, &problems)))
        .await?
    {
        return Ok(answer);
    }
    let asked = super::super::sign_up::asked(&visit, &flow);
    if judged {
        // What is wrong with a claim is seen by what was typed, which travels along.
        problems.extend(
            super::super::sign_up::wanting(&asked, &typed.1, visit.req.env.now).err().into_iter().flatten(),
        );
    }
    let page = SignUp {
        asked: asked_fields(&asked, &typed.1),
        form: visit.form("/signup", &flow).await?,
        identifier: typed.0,
        min_length: u32::try_from(visit.req.env.policy.password_min).unwrap_or(10),
        notice: None,
        problems,
    };
    let status = status_of(&page.problems);
    Ok(with_wait(visit.page(&page, Some(&flow), status), &page.problems))
}

/// The fields of what is asked, as typed.
pub fn asked_fields(asked: &Asked, typed: &std::collections::BTreeMap<String, String>) -> Vec<AskedField> {
    let value = |claim: &str| typed.get(claim).cloned().unwrap_or_default();
    let field = |(field, demanded): (ClaimField, bool)| AskedField {
        claim: field.as_str(),
        value: value(field.as_str()),
        demanded,
    };
    asked.fields().map(field).collect()
}

/// Digits are wanted: for a sign-up, or for the address of who is signed in.
pub async fn confirm(
    mut visit: Visit,
    flow: Flow,
    notice: Option<Notice>,
    problems: Vec<Problem>,
) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::Confirm(Why::new(notice.as_ref(), &problems))).await? {
        return Ok(answer);
    }
    let page = ConfirmEmail {
        form: visit.form("/confirm", &flow).await?,
        email: sent_to(&visit, &flow),
        resend_wait: resend_wait(&visit, &flow),
        notice,
        problems,
    };
    let status = status_of(&page.problems);
    Ok(with_wait(visit.page(&page, Some(&flow), status), &page.problems))
}

/// A link is in the mail, if there is an account.
pub async fn link_sent(
    mut visit: Visit,
    flow: Flow,
    notice: Option<Notice>,
    problems: Vec<Problem>,
) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::LinkSent(Why::new(notice.as_ref(), &problems))).await? {
        return Ok(answer);
    }
    let page = LinkSent {
        form: visit.form("/login/link", &flow).await?,
        email: sent_to(&visit, &flow),
        minutes: minutes(visit.req.env.policy.lifetimes.magic_link),
        resend_wait: resend_wait(&visit, &flow),
        notice,
        problems,
    };
    let status = status_of(&page.problems);
    Ok(with_wait(visit.page(&page, Some(&flow), status), &page.problems))
}

/// For which address is the new password?
pub async fn forgot(mut visit: Visit, flow: Flow, identifier: String, problems: Vec<Problem>) -> Handled {
    if let Some(answer) =
        visit.turn(&flow, &Screen::Forgot(identifier.clone(), Why::new(None, &problems))).await?
    {
        return Ok(answer);
    }
    let page = Forgot { form: visit.form("/forgot", &flow).await?, identifier, problems };
    let status = status_of(&page.problems);
    Ok(with_wait(visit.page(&page, Some(&flow), status), &page.problems))
}

/// A mail is on its way, if there is an account.
pub async fn forgot_sent(
    mut visit: Visit,
    flow: Flow,
    notice: Option<Notice>,
    problems: Vec<Problem>,
) -> Handled {
    if let Some(answer) = visit.turn(&flow, &Screen::ForgotSent(Why::new(notice.as_ref(), &problems))).await?
    {
        return Ok(answer);
    }
    let page = ForgotSent {
        form: visit.form("/forgot", &flow).await?,
        email: sent_to(&visit, &flow),
        minutes: minutes(visit.req.env.policy.lifetimes.reset_link),
        resend_wait: resend_wait(&visit, &flow),
        notice,
        problems,
    };
    let status = status_of(&page.problems);
    Ok(with_wait(visit.page(&page, Some(&flow), status), &page.problems))
}

fn minutes(life: std::time::Duration) -> u32 {
    u32::try_from(life.as_secs() / 60).unwrap_or(u32::MAX)
}

fn sent_to(visit: &Visit, flow: &Flow) -> String {
    let confirming = flow.sent.as_ref().is_some_and(|s| s.what == SentWhat::Confirm);
    let own = || visit.here.as_ref().and_then(|h| h.email()).map(|e| e.address.clone());
    let typed = || flow.identifier.as_ref().map(|e: &EmailAddress| e.typed().to_owned());
    if confirming { own().or_else(typed) } else { typed().or_else(own) }.unwrap_or_default()
}

/// Seconds until another mail may be asked for.
pub fn resend_wait(visit: &Visit, flow: &Flow) -> u32 {
    let ready = flow.sent.as_ref().map(|s| s.at + SEND_AGAIN_AFTER);
    let left = ready.map(|r| r.since(visit.req.env.now).as_millis().div_ceil(1_000)).unwrap_or(0);
    u32::try_from(left).unwrap_or(0)
}
