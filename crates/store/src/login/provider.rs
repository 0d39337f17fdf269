//! Signing in with a provider: its answer counts once, and leads to an account or to a question.

use countersign_core::account::identity::{Identity, IdentityKey, Ways, unlink};
use countersign_core::account::page::PageRefused;
use countersign_core::login::provider::{Claimed, Provider, ProviderRefused, Resumed, Rows, join, resume};
use countersign_core::login::{Asker, Flow};
use countersign_core::write::NewSecret;
use countersign_core::{Env, Id, Outcome, id};
use std::sync::Arc;

use super::acting::{By, signed_in};
use super::{Entrance, candidates};
use crate::account::identities;
use crate::{BoxFuture, DbError, Decided, Tx, Unit, secrets, settle};

/// Claims the handle of an answer. `false`: an answer under it came before.
pub struct ClaimAnswer(pub NewSecret);

impl Unit for ClaimAnswer {
    type Out = bool;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<bool, DbError>> {
        Box::pin(secrets::claim(tx, &self.0))
    }
}

/// A provider told who somebody is.
pub struct ByProvider {
    /// Time and chance.
    pub env: Env,
    /// Where.
    pub entrance: Entrance,
    /// The flow as it stands.
    pub flow: Flow,
    /// The provider.
    pub provider: Arc<Provider>,
    /// The account to link to, if the question was asked for that.
    pub link: Option<Id<id::User>>,
    /// Who it is there.
    pub claimed: Claimed,
}

impl Unit for ByProvider {
    type Out = Decided<Resumed, ProviderRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let key = IdentityKey {
                provider: self.provider.name.clone(),
                issuer: self.claimed.issuer.clone(),
                subject: self.claimed.subject.clone(),
            };
            let identity = match identities::find(tx, &key).await? {
                Some(found) => match candidates::by_user(tx, found.user).await? {
                    Some(owner) => Some((found, owner)),
                    // An account without any address: nobody could be told of what happens there.
                    None => {
                        let outcome = Outcome::refuse(ProviderRefused::NoEmail);
                        return settle(tx, &self.env, outcome).await;
                    }
                },
                None => None,
            };
            let by_email = match (&self.claimed.email, &identity) {
                (Some(email), None) => candidates::by_key(tx, email.address.key()).await?,
                (Some(_) | None, _) => None,
            };
            let rows = Rows { identity, by_email };
            let door = self.entrance.door(tx).await?;
            let ctx = self.env.ctx();
            let outcome = resume(&ctx, &door, &self.flow, &self.provider, self.link, &self.claimed, &rows);
            settle(tx, &self.env, outcome).await
        })
    }
}

/// The person has proved the account that was there: what waits is linked to it.
pub struct Join {
    /// Time and chance.
    pub env: Env,
    /// Where.
    pub entrance: Entrance,
    /// The flow, with what waits.
    pub flow: Flow,
}

impl Unit for Join {
    type Out = Decided<(), ProviderRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let door = self.entrance.door(tx).await?;
            let found = match &self.flow.join {
                Some(joining) => identities::find(tx, &joining.key).await?,
                None => None,
            };
            let outcome = match door.before.clone().and_then(|it| it.live(&ctx).ok()) {
                Some(here) => join(&ctx, &door, &self.flow, &here, found.as_ref()),
                None => Outcome::refuse(ProviderRefused::OtherPerson),
            };
            settle(tx, &self.env, outcome).await
        })
    }
}

/// The linked accounts of a person, and whether they have a password.
pub struct Linked(pub Id<id::User>);

impl Unit for Linked {
    type Out = Ways;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Ways, DbError>> {
        Box::pin(ways(tx, self.0))
    }
}

async fn ways(tx: &mut Tx<'_>, user: Id<id::User>) -> Result<Ways, DbError> {
    let identities: Vec<Identity> = identities::of_user(tx, user).await?;
    let password = candidates::by_user(tx, user).await?.is_some_and(|it| it.phc.is_some());
    Ok(Ways { identities, password })
}

/// Takes a linked account away.
pub struct Unlink {
    /// Time and chance.
    pub env: Env,
    /// By what the person acts.
    pub by: By,
    /// Which.
    pub identity: Id<id::Identity>,
    /// The providers that are in the configuration: an account at another is no way in.
    pub providers: Vec<String>,
    /// What the provider is called.
    pub label: String,
    /// Who asks.
    pub asker: Asker,
}

impl Unit for Unlink {
    type Out = Decided<(), PageRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let outcome = match signed_in(tx, &self.env, &self.by).await? {
                None => Outcome::refuse(PageRefused::SignedOut),
                Some(here) => {
                    let mut ways = ways(tx, here.user().id).await?;
                    let known = |it: &Identity| self.providers.contains(&it.key.provider);
                    // The one that goes may be of a provider that is gone.
                    ways.identities.retain(|it| it.id == self.identity || known(it));
                    unlink(&ctx, &here, self.identity, &ways, &self.label, &self.asker)
                }
            };
            settle(tx, &self.env, outcome).await
        })
    }
}
