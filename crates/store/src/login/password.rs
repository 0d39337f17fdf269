//! Signing in with a password: one read before the hash, one write after it.

use countersign_core::account::EmailAddress;
use countersign_core::limits::{Counted, CounterKey};
use countersign_core::login::password::{self, Matched, PasswordRefused};
use countersign_core::login::{Arrival, Candidate};
use countersign_core::{Env, Id, id};

use super::{Entrance, candidates, counters};
use crate::{BoxFuture, DbError, Decided, Tx, Unit, settle};

/// What has to be known before hashing: the stored hash, and whether a try would be let through at all.
pub struct BeforeHash {
    /// Time.
    pub env: Env,
    /// Whose password is tried.
    pub whose: Whose,
    /// Its counters.
    pub counters: Vec<CounterKey>,
}

/// Whose password is tried.
pub enum Whose {
    /// That of whoever has this address.
    Address(EmailAddress),
    /// That of who is signed in.
    Account(Id<id::User>),
}

impl Unit for BeforeHash {
    type Out = (Option<Candidate>, Vec<Counted>);
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let counted = counters::peek(tx, &self.counters, self.env.now).await?;
            let found = match &self.whose {
                Whose::Address(email) => candidates::by_key(tx, email.key()).await?,
                Whose::Account(user) => candidates::by_user(tx, *user).await?,
            };
            Ok((found, counted))
        })
    }
}

/// The decision after the hash, from fresh rows.
pub struct SignIn {
    /// Time and chance.
    pub env: Env,
    /// Where.
    pub entrance: Entrance,
    /// What was typed.
    pub email: EmailAddress,
    /// What the hash pool found.
    pub matched: Option<Matched>,
    /// Whom a failure counts against.
    pub counters: Vec<CounterKey>,
}

impl Unit for SignIn {
    type Out = Decided<Arrival, PasswordRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let counted = counters::add(tx, &self.counters, self.env.now).await?;
            let found = candidates::by_key(tx, self.email.key()).await?;
            let door = self.entrance.door(tx).await?;
            let ctx = self.env.ctx();
            let outcome =
                password::resume(&ctx, &door, &self.email, self.matched.as_ref(), found.as_ref(), &counted);
            settle(tx, &self.env, outcome).await
        })
    }
}
