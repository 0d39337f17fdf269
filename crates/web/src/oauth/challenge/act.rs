//! What the person did, by the methods of the pages.

use super::Failure;
use crate::login::link::{come_back, digits, problem_of};
use crate::login::visit::Visit;
use crate::login::{go, password, sign_up};
use crate::view::pages::Problem;
use countersign_core::limits;
use countersign_core::login::Flow;
use countersign_core::login::flow::SentWhat;
use countersign_core::login::mailed::{LinkRefused, SendRefused};
use countersign_core::login::password::PasswordRefused;
use countersign_core::login::sign_up::Begun;
use countersign_core::oauth::Params;
use countersign_core::oauth::challenge::{ChallengeRefused, Step};
use countersign_core::secret::kind;
use countersign_store::login::mailed::{Ask, Came};

/// What the person did, by the methods of the pages. Problems are told; what ends the sign-in is a refusal.
pub(super) async fn act(
    visit: &mut Visit,
    flow: &mut Flow,
    step: &Step<'_>,
    params: &Params<'_>,
) -> Result<Vec<Problem>, Failure> {
    match step {
        Step::Ask => Ok(vec![]),
        Step::Password(username, typed) => {
            let email = match password::email(username) {
                Ok(email) => email,
                Err(problem) => return Ok(vec![problem]),
            };
            flow.identifier = Some(email.clone());
            if typed.is_empty() {
                return Ok(vec![Problem::PasswordMissing]);
            }
            match password::attempt(visit, flow, email, (*typed).to_owned()).await? {
                Ok(arrival) => {
                    visit.arrive(&arrival, Some(flow)).await?;
                    Ok(vec![])
                }
                Err(PasswordRefused::Wrong) => Ok(vec![Problem::PasswordWrong]),
                Err(PasswordRefused::Throttled(wait)) => Ok(vec![Problem::TooManyTries { wait }]),
                Err(PasswordRefused::Disabled) => Err(ChallengeRefused::Disabled.into()),
            }
        }
        Step::Email(username) => {
            let email = match password::email(username) {
                Ok(email) => email,
                Err(problem) => return Ok(vec![problem]),
            };
            let asked = password::ask_mail(visit, Ask::MagicLink, flow, &email).await?;
            Ok(sent(flow, asked))
        }
        Step::SignUp(username, typed) => {
            let asked = sign_up::asked(visit, flow);
            let claims = sign_up::typed_claims(&asked, |name| params.one(name).unwrap_or_default());
            let wish = match sign_up::wish(visit, flow, username, &claims, typed).await? {
                Ok(wish) => wish,
                Err(unfit) => return Ok([unfit.problems, unfit.claims].concat()),
            };
            flow.identifier = Some(wish.email.clone());
            match sign_up::attempt(visit, flow, &wish).await? {
                Ok(Begun::Sent(begun)) => {
                    *flow = *begun;
                    Ok(vec![])
                }
                Ok(Begun::Made(arrival)) => {
                    visit.arrive(&arrival, Some(flow)).await?;
                    Ok(vec![])
                }
                Err(SendRefused::Throttled(wait)) => Ok(vec![Problem::enough_mails(wait)]),
                Err(SendRefused::SignUpClosed) => Err(ChallengeRefused::RedirectToWeb.into()),
            }
        }
        Step::Resend => {
            let wait = go::resend_wait(visit, flow);
            if wait > 0 {
                return Ok(vec![Problem::ResendTooSoon { wait }]);
            }
            resend(visit, flow).await
        }
        Step::Code(typed) => code(visit, flow, typed).await,
    }
}

pub(super) fn sent(flow: &mut Flow, asked: Result<Flow, SendRefused>) -> Vec<Problem> {
    match asked {
        Ok(begun) => {
            *flow = begun;
            vec![]
        }
        Err(SendRefused::Throttled(wait)) => vec![Problem::enough_mails(wait)],
        Err(SendRefused::SignUpClosed) => vec![],
    }
}

async fn resend(visit: &Visit, flow: &mut Flow) -> Result<Vec<Problem>, Failure> {
    let Some(what) = flow.sent.as_ref().map(|it| it.what) else { return Ok(vec![]) };
    match (what, flow.wish.clone(), flow.identifier.clone()) {
        (SentWhat::SignUp, Some(wish), _) => match sign_up::attempt(visit, flow, &wish).await? {
            Ok(Begun::Sent(begun)) => {
                *flow = *begun;
                Ok(vec![])
            }
            Ok(Begun::Made(_)) | Err(SendRefused::SignUpClosed) => Ok(vec![]),
            Err(SendRefused::Throttled(wait)) => Ok(vec![Problem::enough_mails(wait)]),
        },
        (SentWhat::Confirm, _, _) => {
            let key = visit.here.as_ref().and_then(|h| h.unproved_email()).map(|e| e.key.clone());
            let Some(key) = key else { return Ok(vec![]) };
            let asked = go::ask_confirm(visit, flow, &key).await?;
            Ok(asked.map(|asked| sent(flow, asked)).unwrap_or_default())
        }
        (_, _, Some(email)) => {
            let asked = password::ask_mail(visit, Ask::MagicLink, flow, &email).await?;
            Ok(sent(flow, asked))
        }
        (_, _, None) => Ok(vec![]),
    }
}

/// Digits of whichever mail this flow sent.
async fn code(visit: &mut Visit, flow: &mut Flow, typed: &str) -> Result<Vec<Problem>, Failure> {
    let Some(sent) = flow.sent.clone() else { return Ok(vec![Problem::CodeExpired]) };
    let env = visit.req.env.clone();
    let ctx = env.ctx();
    let counters = vec![
        limits::CODE_TRIES.whom(&ctx, &sent.handle, None),
        limits::CODE_SOURCE.source(&ctx, visit.req.ip.0),
    ];
    let came = match sent.what {
        SentWhat::SignUp | SentWhat::Confirm => digits::<kind::ConfirmCode>(typed)
            .map(|it| Came::ConfirmDigits(it.digest_with(&ctx, &sent.handle), counters)),
        SentWhat::Link => digits::<kind::MagicCode>(typed)
            .map(|it| Came::MagicDigits(it.digest_with(&ctx, &sent.handle), counters)),
        // No step of this endpoint sends one.
        SentWhat::Reset | SentWhat::Phone => return Ok(vec![Problem::CodeExpired]),
    };
    let Some(came) = came else { return Ok(vec![Problem::CodeMissing]) };
    match come_back(visit, visit.entrance(flow), came).await? {
        Ok((arrival, _)) => {
            visit.arrive(&arrival, Some(flow)).await?;
            Ok(vec![])
        }
        Err(LinkRefused::Disabled) => Err(ChallengeRefused::Disabled.into()),
        Err(refused) => Ok(vec![problem_of(refused).unwrap_or(Problem::CodeExpired)]),
    }
}
