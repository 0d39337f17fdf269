//! RFC 8628: device codes are rows of `secrets`, and so are the codes that people type. A device that was allowed leads
//! to a row of `codes`, so that one statement asks whether its session still lives, and everything that ends codes ends
//! it too.

use countersign_core::limits::CounterKey;
use countersign_core::login::device::{ConnectRefused, EnterRefused, allow, deny, enter};
use countersign_core::login::{Approved, Flow};
use countersign_core::oauth::device::{
    DeviceAsk, DeviceReply, DeviceState, StoredDevice, UserCode, Whence, begin, device_of,
};
use countersign_core::oauth::issue_code::purge_at;
use countersign_core::oauth::token::{DeviceCodeRequest, DeviceRefused, FoundDevice, Granted, poll};
use countersign_core::oauth::{AuthenticatedClient, Client};
use countersign_core::secret::kind;
use countersign_core::write::NewSecret;
use countersign_core::{Digest, Env, SecretKind};
use std::sync::Arc;

use super::{codes, redeem};
use crate::apply::{Decided, settle};
use crate::login::{counters, sessions};
use crate::secrets::StoredSecret;
use crate::{BoxFuture, DbError, Tx, Unit, params, secrets};

/// RFC 8628 3.2: keeps both codes.
pub struct AskDevice {
    /// Time, chance and policy.
    pub env: Env,
    /// What is asked for.
    pub ask: DeviceAsk,
    /// From where.
    pub whence: Whence,
    /// What a stranger can make us keep is counted.
    pub counters: Vec<CounterKey>,
}

impl Unit for AskDevice {
    type Out = Decided<DeviceReply, u32>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let counted = counters::add(tx, &self.counters, self.env.now).await?;
            let outcome = begin(&self.ask, &self.whence, &counted, &self.env.ctx());
            settle(tx, &self.env, outcome).await
        })
    }
}

/// RFC 8628 3.3: a code was typed.
pub struct EnterCode {
    /// Time, chance and policy.
    pub env: Env,
    /// The flow of its page.
    pub flow: Flow,
    /// The session cookie, if there is one.
    pub cookie: Option<Digest<kind::Session>>,
    /// `None`: it cannot be one.
    pub code: Option<UserCode>,
    /// Whom a wrong one counts against.
    pub counters: Vec<CounterKey>,
}

impl Unit for EnterCode {
    type Out = Decided<Flow, EnterRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let counted = counters::add(tx, &self.counters, self.env.now).await?;
            let here = match &self.cookie {
                Some(cookie) => sessions::find(tx, cookie).await?.and_then(|it| it.live(&ctx).ok()),
                None => None,
            };
            let found = match &self.code {
                Some(code) => by_user_code(tx, &code.digest(&ctx)).await?,
                None => None,
            };
            let outcome =
                enter(&ctx, &self.flow, here.as_ref(), self.code.as_ref(), found.as_ref(), &counted);
            settle(tx, &self.env, outcome).await
        })
    }
}

/// The dispatcher let somebody through: the device may have its tokens.
pub struct AllowDevice {
    /// Time, chance and policy.
    pub env: Env,
    /// The flow.
    pub flow: Flow,
    /// What the dispatcher let through.
    pub approved: Approved,
    /// The app as it is registered now.
    pub client: Option<Arc<Client>>,
}

impl Unit for AllowDevice {
    type Out = Decided<(), ConnectRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let found = of_flow(tx, &self.flow).await?;
            let outcome = allow(&ctx, &self.flow, &self.approved, self.client.as_deref(), found.as_ref());
            if let Ok(code) = &outcome.result
                && !codes::insert(tx, code, purge_at(code, &ctx)).await?
            {
                // Nothing is written: the session ended while the page was open, or the flow had its end.
                let finished = tx.one(&codes::OF_FLOW, params![code.flow]).await?.is_some();
                let why = if finished { ConnectRefused::Finished } else { ConnectRefused::SessionOver };
                let refused = |step: countersign_core::TraceStep| step.refused(why.check(), why.to_string());
                return Ok(Decided {
                    result: Err(why),
                    trace: outcome.trace.into_iter().map(refused).collect(),
                });
            }
            settle(tx, &self.env, outcome.map(drop)).await
        })
    }
}

/// Somebody said no.
pub struct DenyDevice {
    /// Time, chance and policy.
    pub env: Env,
    /// The flow.
    pub flow: Flow,
}

impl Unit for DenyDevice {
    type Out = Decided<(), ConnectRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let found = of_flow(tx, &self.flow).await?;
            settle(tx, &self.env, deny(&self.env.ctx(), &self.flow, found.as_ref())).await
        })
    }
}

/// RFC 8628 3.4: the device asks.
pub struct PollDevice {
    /// Time, chance and policy.
    pub env: Env,
    /// Who asks.
    pub client: AuthenticatedClient,
    /// What.
    pub request: DeviceCodeRequest,
}

impl Unit for PollDevice {
    type Out = Decided<Granted, DeviceRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let found = match hold(tx, &self.request.code.digest(&ctx)).await? {
                None => None,
                Some(device) => {
                    let allowed = match &device.row.state {
                        DeviceState::Allowed { code } => redeem::find(tx, code).await?,
                        DeviceState::Waiting | DeviceState::Entered { .. } | DeviceState::Denied => None,
                    };
                    Some(FoundDevice { device, allowed })
                }
            };
            settle(tx, &self.env, poll(&self.client, &self.request, found, &ctx)).await
        })
    }
}

async fn of_flow(tx: &mut Tx<'_>, flow: &Flow) -> Result<Option<StoredDevice>, DbError> {
    match flow.entered() {
        Some(entered) => hold(tx, &entered.device).await,
        None => Ok(None),
    }
}

async fn by_user_code(
    tx: &mut Tx<'_>,
    code: &Digest<kind::UserCode>,
) -> Result<Option<StoredDevice>, DbError> {
    let Some(row) = secrets::find(tx, code).await? else { return Ok(None) };
    match device_of(&secret(row, SecretKind::UserCode, code.as_bytes())) {
        Some(device) => hold(tx, &device).await,
        None => Ok(None),
    }
}

/// Held until the unit ends: a device asks every few seconds, and a person answers in between.
async fn hold(tx: &mut Tx<'_>, digest: &Digest<kind::DeviceCode>) -> Result<Option<StoredDevice>, DbError> {
    let Some(found) = secrets::hold(tx, digest).await? else { return Ok(None) };
    let row = secret(found, SecretKind::DeviceCode, digest.as_bytes());
    Ok(StoredDevice::of(&row))
}

fn secret(found: StoredSecret, kind: SecretKind, digest: &[u8]) -> NewSecret {
    let mut bytes = [0; 33];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
    NewSecret {
        kind,
        digest: bytes,
        client: found.client,
        user: found.user,
        flow: found.flow,
        payload: found.payload,
        created_at: found.created_at,
        expires_at: found.expires_at,
    }
}
