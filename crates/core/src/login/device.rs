//! RFC 8628 3.3: a person connects a device: types its code, and after the dispatcher let them through, the device is
//! allowed. Only the browser and session that typed the code can do that.

use super::flow::{DeviceStep, Entered, Flow, Target};
use super::next::Approved;
use crate::limits::{self, Counted, Counts};
use crate::oauth::device::{DeviceState, StoredDevice, UserCode};
use crate::oauth::{Client, GrantType, StoredCode};
use crate::session::SignedIn;
use crate::{Ctx, Event, EventKind, Id, Outcome, Party, Plain, TraceStep, Write};

/// Why a typed code leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnterRefused {
    /// RFC 8628 5.1: too many codes that no device shows.
    #[error("too many codes; {0} s to wait")]
    Throttled(u32),
    /// No device shows it, or not any more.
    #[error("no device waits with this code")]
    Unknown,
    /// somebody is at it in another browser. People are told the same as for an unknown one.
    #[error("the code was typed in another browser before")]
    OtherBrowser,
}

impl EnterRefused {
    /// The stable name of the check.
    pub const fn check(self) -> &'static str {
        match self {
            Self::Throttled(_) => "user_code_tries",
            Self::Unknown => "user_code_known",
            Self::OtherBrowser => "user_code_browser",
        }
    }
}

/// Why a device that was let through is not connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectRefused {
    /// Too late.
    #[error("the device code has expired")]
    Expired,
    /// The session ended, or the person was disabled, while the page was open.
    #[error("the session ended while the flow was on its way")]
    SessionOver,
    /// Answered before.
    #[error("the device was allowed or denied before")]
    Finished,
    /// the code has since been typed elsewhere, or never here.
    #[error("the code was not typed in this browser and session")]
    NotEntered,
    /// The client was switched off, or may not do this any more.
    #[error("the client is not registered for this any more")]
    ClientChanged,
}

impl ConnectRefused {
    /// The stable name of the check.
    pub const fn check(self) -> &'static str {
        match self {
            Self::Expired => "device_code_expired",
            Self::SessionOver => "session_over",
            Self::Finished => "flow_finished",
            Self::NotEntered => "user_code_session",
            Self::ClientChanged => "client_changed",
        }
    }
}

/// A code was typed in this flow. `counted` already contains this try; `found` is the device that shows it.
pub fn enter(
    ctx: &Ctx<'_>,
    flow: &Flow,
    here: Option<&SignedIn>,
    code: Option<&UserCode>,
    found: Option<&StoredDevice>,
    counted: &[Counted],
) -> Outcome<Flow, EnterRefused> {
    if let Some(wait) = limits::wait(counted, ctx.now) {
        return Outcome::refuse(EnterRefused::Throttled(wait));
    }
    let waits = found.filter(|device| ctx.now < device.expires_at);
    let (Some(code), Some(device)) = (code, waits) else { return Outcome::refuse(EnterRefused::Unknown) };
    let step = TraceStep::new(
        device.flow,
        ctx.now,
        Party::Browser,
        Party::Countersign,
        "POST /device with the code",
    )
    .client(&device.client);
    let refuse =
        |why: EnterRefused| Outcome::refuse(why).trace(step.clone().refused(why.check(), why.to_string()));
    match &device.row.state {
        DeviceState::Waiting => {}
        // The same browser again: another tab, or another person at it. The code is theirs from now on.
        DeviceState::Entered { browser, .. } if browser.same(flow.browser()) => {}
        DeviceState::Entered { .. } => return refuse(EnterRefused::OtherBrowser),
        DeviceState::Allowed { .. } | DeviceState::Denied => return refuse(EnterRefused::Unknown),
    }
    let session = here.map(|here| here.session().id);
    let mut entered = Flow::begin(
        ctx,
        *flow.browser(),
        Target::Device(DeviceStep::Entered(Box::new(Entered {
            device: device.digest,
            user_code: code.shown(),
            client: device.client.clone(),
            scope: device.row.scope.clone(),
            resources: device.row.resources.clone(),
            whence: device.row.whence.clone(),
            asked_at: device.created_at,
            session,
        }))),
    );
    entered.id = device.flow;
    let detail =
        if session.is_some() { "by somebody who is signed in here" } else { "nobody is signed in here" };
    let failures = counted.iter().filter(|it| it.key.limit.counts == Counts::Failures);
    let uncount: Vec<_> = failures.map(|it| Write::Uncount(it.key.text.clone())).collect();
    let state = DeviceState::Entered { browser: *flow.browser(), session };
    let outcome = Outcome::reply(entered).write(device.turned(state)).trace(step.detail(detail));
    uncount.into_iter().fold(outcome, Outcome::write)
}

/// The dispatcher let it through: the row that the device's next question is answered with. Whether it can be
/// inserted is itself a question (the session must still be live), so it is not among the writes.
pub fn allow(
    ctx: &Ctx<'_>,
    flow: &Flow,
    approved: &Approved,
    client: Option<&Client>,
    found: Option<&StoredDevice>,
) -> Outcome<Box<StoredCode>, ConnectRefused> {
    let step = TraceStep::new(approved.flow(), ctx.now, Party::Countersign, Party::Store, "device allowed")
        .user(approved.user());
    let device = match ours(ctx, flow, found) {
        Ok(device) => device,
        Err(why) => return Outcome::refuse(why).trace(step.refused(why.check(), why.to_string())),
    };
    let step = step.client(&device.client);
    let refuse =
        |why: ConnectRefused| Outcome::refuse(why).trace(step.clone().refused(why.check(), why.to_string()));
    let registered =
        client.filter(|it| it.id == device.client && !it.disabled && it.may(GrantType::DeviceCode));
    let Some(client) = registered else { return refuse(ConnectRefused::ClientChanged) };
    if let DeviceState::Entered { session: Some(session), .. } = &device.row.state
        && *session != approved.session()
    {
        return refuse(ConnectRefused::NotEntered);
    }
    // Never exposed: the device asks with its own code.
    let digest = Plain::mint(ctx).digest(ctx);
    let code = Box::new(StoredCode {
        digest,
        flow: device.flow,
        family: Id::new(ctx),
        client: client.id.clone(),
        user: approved.user(),
        session: approved.session(),
        redirect_uri: String::new(),
        redirect_uri_sent: false,
        challenge: None,
        scope: approved.scope().clone(),
        resources: device.row.resources.clone(),
        nonce: None,
        authentication: approved.authentication().clone(),
        acr: approved.acr().map(str::to_owned),
        auth_time_wanted: client.require_auth_time,
        claims: None,
        issued_at: ctx.now,
        expires_at: device.expires_at,
        spent_at: None,
    });
    let detail = format!("scope {}", approved.scope());
    Outcome::reply(code)
        .write(device.turned(DeviceState::Allowed { code: digest }))
        .trace(step.detail(detail))
}

/// "Not now", by whoever typed the code.
pub fn deny(ctx: &Ctx<'_>, flow: &Flow, found: Option<&StoredDevice>) -> Outcome<(), ConnectRefused> {
    let step = TraceStep::new(flow.id, ctx.now, Party::Countersign, Party::Store, "device denied");
    match ours(ctx, flow, found) {
        Ok(device) => {
            let mut told =
                Event::new(EventKind::DeviceDenied, ctx.now).client(&device.client).flow(device.flow);
            // Who was shown the question; a page that came before it has nobody to name.
            told.user = flow.asked.as_ref().map(|asked| asked.user);
            let denied = Outcome::reply(()).write(device.turned(DeviceState::Denied)).event(told);
            denied.trace(step.client(&device.client))
        }
        Err(why) => Outcome::refuse(why).trace(step.refused(why.check(), why.to_string())),
    }
}

/// The device of this flow, if its code was typed in this very browser and nothing came of it yet.
fn ours<'d>(
    ctx: &Ctx<'_>,
    flow: &Flow,
    found: Option<&'d StoredDevice>,
) -> Result<&'d StoredDevice, ConnectRefused> {
    let device = found.filter(|it| ctx.now < it.expires_at).ok_or(ConnectRefused::Expired)?;
    let entered = flow.entered().ok_or(ConnectRefused::NotEntered)?;
    match &device.row.state {
        DeviceState::Entered { browser, .. }
            if browser.same(flow.browser()) && entered.device.same(&device.digest) =>
        {
            Ok(device)
        }
        DeviceState::Waiting | DeviceState::Entered { .. } => Err(ConnectRefused::NotEntered),
        DeviceState::Allowed { .. } | DeviceState::Denied => Err(ConnectRefused::Finished),
    }
}

#[cfg(test)]
mod tests;
