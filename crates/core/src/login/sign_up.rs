//! A new account. Until its address is proved there is none: the wish waits in a row with its password sealed,
//! reserves nothing and opens nothing.

use super::arrive::{Arrival, Candidate, Door, arrive};
use super::asker::Asker;
use super::flow::{Flow, SentWhat};
use super::mail::{MailRequest, MailTemplate};
use super::mailed::{For, Pending, SendRefused, mint_with_digits};
use crate::account::{self, EmailAddress, StandardClaims, User};
use crate::limits::{self, Counted};
use crate::secret::{base64url, kind};
use crate::session::Factor;
use crate::{Ctx, Event, Outcome, Party, TraceStep, Write};
use serde::{Deserialize, Serialize};

/// What was typed; the password is hashed already.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The address.
    pub email: EmailAddress,
    /// What was asked of the person.
    #[serde(default)]
    pub claims: Box<StandardClaims>,
    /// PHC string.
    pub phc: String,
}

impl std::fmt::Debug for Wish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wish(..)")
    }
}

/// How a sign-up goes on.
#[derive(Debug)]
pub enum Begun {
    /// A mail is on its way.
    Sent(Box<Flow>),
    /// Confirmation is switched off: the account is there, its address unproved.
    Made(Box<Arrival>),
}

/// `found`: the account that has this address, if there is one. The page and its time are the same either way.
pub fn begin(
    ctx: &Ctx<'_>,
    door: &Door,
    flow: &Flow,
    wish: &Wish,
    found: Option<&Candidate>,
    counted: &[Counted],
) -> Outcome<Begun, SendRefused> {
    let step = TraceStep::new(flow.id, ctx.now, Party::Browser, Party::Countersign, "sign up");
    if !ctx.policy.sign_up {
        return Outcome::refuse(SendRefused::SignUpClosed)
            .trace(step.refused("sign_up_closed", "accounts are not made on the sign-up page here"));
    }
    if let Some(wait) = limits::wait(counted, ctx.now) {
        return Outcome::refuse(SendRefused::Throttled(wait))
            .trace(step.refused("mail_throttled", "too many mails to this address or from this source"));
    }
    if !ctx.policy.confirm_email && found.is_none() {
        let mut outcome = Outcome::reply(()).trace(step);
        let (user, writes, events) = make(ctx, wish, None);
        let arriving = arrive(ctx, door, &user, &wish.email, Factor::Password, None);
        outcome.writes = writes.into_iter().chain(arriving.writes).collect();
        outcome.events = events.into_iter().chain(arriving.events).collect();
        return outcome.map(|()| Begun::Made(Box::new(arriving.arrival)));
    }
    // An unproved address is nobody's: whoever proves it first has it.
    let taken = found.is_some_and(|c| c.email.verified_at.is_some());
    let life = ctx.policy.lifetimes.short_code;
    let phc = base64url(&ctx.vault.seal(PENDING, wish.email.key().as_bytes(), wish.phc.as_bytes()));
    let minted = mint_with_digits::<kind::ConfirmLink, kind::ConfirmCode>(
        ctx,
        For {
            flow,
            what: SentWhat::SignUp,
            email: &wish.email,
            user: None,
            asker: &door.asker,
            pending: Some(Pending { claims: wish.claims.clone(), phc, taken }),
            life,
        },
    );
    let mut minted = minted;
    // Kept in the flow, so that another mail can be asked for without typing everything again.
    minted.flow.wish = Some(wish.clone());
    let mail = mail(ctx, &minted.flow, &wish.email, &door.asker, taken);
    let mail = MailRequest {
        path: Some(format!("/confirm/open?link={}", minted.link.expose())).filter(|_| !taken),
        code: minted.digits.clone().filter(|_| !taken),
        user: found.filter(|_| taken).map(|c| c.user.id),
        ..mail
    };
    let outcome = Outcome::reply(Begun::Sent(Box::new(minted.flow))).event(mail.event(ctx)).trace(step);
    minted.writes.into_iter().fold(outcome, Outcome::write)
}

fn mail(ctx: &Ctx<'_>, flow: &Flow, to: &EmailAddress, asker: &Asker, taken: bool) -> MailRequest {
    let template = if taken { MailTemplate::AccountExists } else { MailTemplate::ConfirmEmail };
    let mut mail = MailRequest::new(template, to, asker, ctx.now, ctx.now + ctx.policy.lifetimes.short_code);
    mail.flow = Some(flow.id);
    mail.client = flow.client().cloned();
    mail
}

/// The account's rows. `proved`: since when its address is proved. Without a password (`phc` empty) links still
/// sign in.
pub(super) fn make(
    ctx: &Ctx<'_>,
    wish: &Wish,
    proved: Option<crate::Timestamp>,
) -> (User, Vec<Write>, Vec<Event>) {
    let claims = (*wish.claims).clone();
    let (user, mut writes, events) = account::open(ctx, claims, &wish.email, proved);
    if !wish.phc.is_empty() {
        writes.push(Write::SetPassword { user: user.id, phc: wish.phc.clone(), at: ctx.now });
    }
    (user, writes, events)
}

/// Purpose under which a waiting password hash is sealed, bound to its address.
pub(super) const PENDING: &str = "pending_password";
