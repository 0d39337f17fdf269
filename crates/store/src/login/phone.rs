//! Proving phones, and what a person does with them.

use std::net::IpAddr;

use countersign_core::account::PhoneNumber;
use countersign_core::limits;
use countersign_core::login::phone::{self, PhoneRefused};
use countersign_core::login::{Asker, Flow};
use countersign_core::secret::kind;
use countersign_core::session::SignedIn;
use countersign_core::{Env, Id, Outcome, Plain, id};

use super::acting::{By, signed_in};
use super::{counters, mailed};
use crate::account::emails::hold;
use crate::account::phones;
use crate::{BoxFuture, DbError, Decided, Tx, Unit, settle};

/// Who does it.
#[derive(Debug, Clone)]
pub struct Who {
    /// By what the person acts.
    pub by: By,
    /// The browser, or the app.
    pub asker: Asker,
    /// Where it is.
    pub source: IpAddr,
}

/// Who acts, and nobody else on this account: changes come one after the other, and none after the account is gone.
async fn alone(tx: &mut Tx<'_>, env: &Env, who: &Who) -> Result<Option<SignedIn>, DbError> {
    match here(tx, env, who).await? {
        Some(known) if hold(tx, known.user().id).await? => here(tx, env, who).await,
        Some(_) | None => Ok(None),
    }
}

async fn here(tx: &mut Tx<'_>, env: &Env, who: &Who) -> Result<Option<SignedIn>, DbError> {
    signed_in(tx, env, &who.by).await
}

/// Asks for digits to a number.
pub struct AskPhone {
    /// Time and chance.
    pub env: Env,
    /// The flow as it stands.
    pub flow: Flow,
    /// Who.
    pub who: Who,
    /// To which number.
    pub number: PhoneNumber,
}

impl Unit for AskPhone {
    type Out = Decided<Flow, PhoneRefused>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let (flow, number, asker) = (&self.flow, &self.number, &self.who.asker);
            let Some(here) = here(tx, &self.env, &self.who).await? else {
                return settle(tx, &self.env, Outcome::refuse(PhoneRefused::SignedOut)).await;
            };
            let own = phones::of_user(tx, here.user().id).await?;
            let keys = phone::personal(&ctx, &here, self.who.source);
            let counted = counters::add(tx, &keys, self.env.now).await?;
            let allowed = phone::may_ask(&ctx, flow, &here, &own, number, &counted);
            // Only who may have a message uses up the number's, and only a number that may have one what all share.
            let mut counted = Vec::new();
            if allowed.is_ok() {
                counted = counters::add(tx, &phone::of_number(&ctx, number), self.env.now).await?;
                let free = limits::wait(&counted, self.env.now).is_none();
                if let Some(keys) = phone::shared(&ctx, number).filter(|_| free) {
                    counted.extend(counters::add(tx, &keys, self.env.now).await?);
                }
            }
            let outcome = phone::begin(&ctx, flow, &here, number, asker, allowed, &counted);
            settle(tx, &self.env, outcome).await
        })
    }
}

/// Uses digits. Of any number of callers one succeeds.
pub struct ProvePhone {
    /// Time and chance.
    pub env: Env,
    /// The flow that they were sent in.
    pub flow: Flow,
    /// Who.
    pub who: Who,
    /// As typed.
    pub digits: Plain<kind::PhoneCode>,
}

impl Unit for ProvePhone {
    type Out = Decided<(), PhoneRefused>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let Some(here) = alone(tx, &self.env, &self.who).await? else {
                return settle(tx, &self.env, Outcome::refuse(PhoneRefused::SignedOut)).await;
            };
            let handle = self.flow.sent.as_ref().map(|it| it.handle.as_str()).unwrap_or_default();
            let keys = phone::tries(&ctx, &here, handle, self.who.source);
            let counted = counters::add(tx, &keys, self.env.now).await?;
            let found = mailed::find(tx, &self.digits.digest_with(&ctx, handle)).await?;
            let own = phones::of_user(tx, here.user().id).await?;
            let asker = &self.who.asker;
            let outcome = phone::resume(&ctx, &self.flow, &here, &own, found.as_ref(), counted, asker);
            settle(tx, &self.env, outcome).await
        })
    }
}

/// What a person does with a phone that is there.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Apps are told this one.
    Choose(Id<id::Phone>),
    /// Away with it.
    Remove(Id<id::Phone>),
}

/// Does it.
pub struct OnPhones {
    /// Time and chance.
    pub env: Env,
    /// Who.
    pub who: Who,
    /// What.
    pub act: Act,
}

impl Unit for OnPhones {
    type Out = Decided<(), PhoneRefused>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let Some(here) = alone(tx, &self.env, &self.who).await? else {
                return settle(tx, &self.env, Outcome::refuse(PhoneRefused::SignedOut)).await;
            };
            let own = phones::of_user(tx, here.user().id).await?;
            let asker = &self.who.asker;
            let outcome = match self.act {
                Act::Choose(id) => phone::choose(&ctx, &here, &own, id, asker),
                Act::Remove(id) => phone::remove(&ctx, &here, &own, id, asker),
            };
            settle(tx, &self.env, outcome).await
        })
    }
}
