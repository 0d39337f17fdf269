//! RFC 8628 3.4 and 3.5: the device asks whether it was allowed, until it has its tokens.

use super::exchange::{FoundCode, grant};
use super::{CodeRefused, DeviceCodeRequest, DeviceRefused, Granted};
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::device::{DeviceRow, DeviceState, StoredDevice};
use crate::{Ctx, Outcome, Party, TraceStep};
use std::time::Duration;

/// A device code with what it leads to.
#[derive(Debug, Clone)]
pub struct FoundDevice {
    /// The device code.
    pub device: StoredDevice,
    /// Once it was allowed: the row that its tokens are made of.
    pub allowed: Option<FoundCode>,
}

/// RFC 8628 3.5: the interval grows by this.
const SLOWER: u64 = 5;
/// No longer than this: a device that lost count would wait for ever.
const SLOWEST: u64 = 60;
/// Clocks and networks are not exact: this much too early is in time.
const EARLY: Duration = Duration::from_millis(500);

/// Answers one question of a device. Asked twice is no sign of a thief, as it is with an authorization code: a device
/// that lost an answer asks again (RFC 8628 3.5). So what it bought goes on, and the second question is refused.
pub fn poll(
    client: &AuthenticatedClient,
    request: &DeviceCodeRequest,
    found: Option<FoundDevice>,
    ctx: &Ctx<'_>,
) -> Outcome<Granted, DeviceRefused> {
    let Some(found) = found else { return Outcome::refuse(DeviceRefused::Unknown) };
    let device = &found.device;
    let step = TraceStep::new(
        device.flow,
        ctx.now,
        Party::App,
        Party::Countersign,
        "POST /token with the device code",
    )
    .client(&device.client);
    let refuse = |why: DeviceRefused, step: TraceStep| {
        Outcome::refuse(why).trace(step.refused(why.check(), why.to_string()))
    };
    // 1. RFC 8628 3.4: the caller is the one it was issued to.
    if device.client != client.client().id {
        return refuse(DeviceRefused::OtherClient, step);
    }
    // 2. In time?
    if ctx.now >= device.expires_at {
        return refuse(DeviceRefused::Expired, step);
    }
    // 3. How far has it come?
    match &device.row.state {
        DeviceState::Waiting | DeviceState::Entered { .. } => wait(device, step, ctx),
        DeviceState::Denied => refuse(DeviceRefused::Denied, step),
        DeviceState::Allowed { .. } => {
            let Some(code) = found.allowed else { return refuse(DeviceRefused::Unknown, step) };
            // 4. Once: the row behind it is spent in the commit that makes the grant.
            if code.code.spent_at.is_some() {
                return refuse(DeviceRefused::Used, step);
            }
            let step = step.user(code.code.user).detail("grant_type device_code; it was allowed");
            let Outcome { result, writes, events, trace } =
                grant(client, &request.resources, &code, step, ctx);
            Outcome { result: result.map_err(refused), writes, events, trace }
        }
    }
}

/// RFC 8628 3.5: not yet; and slower, if it asks faster than it was told to.
fn wait(device: &StoredDevice, step: TraceStep, ctx: &Ctx<'_>) -> Outcome<Granted, DeviceRefused> {
    let row = &device.row;
    let rest = Duration::from_secs(row.interval).saturating_sub(EARLY);
    let too_fast = row.polled_at.is_some_and(|last| ctx.now.since(last) < rest);
    let interval = if too_fast { (row.interval + SLOWER).min(SLOWEST) } else { row.interval };
    let write = device.change(DeviceRow { interval, polled_at: Some(ctx.now), ..row.clone() });
    if too_fast {
        let why = DeviceRefused::TooFast;
        return Outcome::refuse(why).write(write).trace(step.refused(why.check(), why.to_string()));
    }
    let outcome = Outcome::refuse(DeviceRefused::Pending).write(write);
    // Of a hundred questions that hear "not yet" the trace keeps the first.
    match row.polled_at {
        Some(_) => outcome,
        None => outcome.trace(step.detail("nobody has allowed it yet: asked again later")),
    }
}

/// What can stop the row behind it.
fn refused(why: CodeRefused) -> DeviceRefused {
    match why {
        CodeRefused::Resource => DeviceRefused::Resource,
        CodeRefused::SignInOver => DeviceRefused::SignInOver,
        CodeRefused::Expired => DeviceRefused::Expired,
        CodeRefused::Replayed => DeviceRefused::Used,
        CodeRefused::Unknown
        | CodeRefused::OtherClient
        | CodeRefused::RedirectUri
        | CodeRefused::VerifierMissing
        | CodeRefused::VerifierWrong
        | CodeRefused::VerifierUnexpected => DeviceRefused::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;
    use crate::oauth::Client;
    use crate::oauth::device::DeviceReply;
    use crate::oauth::device::tests::{ask, stored, television};
    use crate::time::minutes;
    use crate::{ClientId, Plain, Write};
    use std::sync::Arc;

    fn device(fixed: &Fixed) -> (StoredDevice, String) {
        let outcome = ask(&television(), "scope=openid", &fixed.ctx());
        let DeviceReply { device_code, .. } = outcome.result.as_ref().unwrap();
        (stored(&outcome), device_code.clone())
    }

    fn asked(
        fixed: &Fixed,
        client: Client,
        device: &StoredDevice,
        code: &str,
    ) -> (DeviceRefused, Option<DeviceRow>) {
        let client = AuthenticatedClient::proved(Arc::new(client));
        let request = DeviceCodeRequest { code: Plain::presented(code), resources: vec![] };
        let found = FoundDevice { device: device.clone(), allowed: None };
        let outcome = poll(&client, &request, Some(found), &fixed.ctx());
        let row = outcome.writes.iter().find_map(|it| match it {
            Write::ChangeSecret { to, .. } => serde_json::from_value(to.clone()).ok(),
            _ => None,
        });
        (outcome.result.unwrap_err(), row)
    }

    #[test]
    fn who_asks_faster_than_told_is_told_to_slow_down() {
        let mut fixed = Fixed::new();
        let (mut device, code) = device(&fixed);
        for (waited, why, interval) in [
            (0, DeviceRefused::Pending, 5),
            (5_000, DeviceRefused::Pending, 5),
            (4_600, DeviceRefused::Pending, 5),
            (4_400, DeviceRefused::TooFast, 10),
            (5_000, DeviceRefused::TooFast, 15),
            (15_000, DeviceRefused::Pending, 15),
        ] {
            fixed.now += Duration::from_millis(waited);
            let (refused, row) = asked(&fixed, television(), &device, &code);
            device.row = row.unwrap();
            assert_eq!((refused, device.row.interval), (why, interval), "after {waited} ms");
        }
        for _ in 0..20 {
            device.row = asked(&fixed, television(), &device, &code).1.unwrap();
        }
        assert_eq!(device.row.interval, 60);
    }

    #[test]
    fn only_its_own_client_and_in_time() {
        let mut fixed = Fixed::new();
        let (device, code) = device(&fixed);
        let other = Client { id: ClientId::parse("other").unwrap(), ..television() };
        assert!(matches!(asked(&fixed, other, &device, &code), (DeviceRefused::OtherClient, None)));
        let denied = StoredDevice {
            row: DeviceRow { state: DeviceState::Denied, ..device.row.clone() },
            ..device.clone()
        };
        assert!(matches!(asked(&fixed, television(), &denied, &code), (DeviceRefused::Denied, None)));
        fixed.now += minutes(10);
        assert!(matches!(asked(&fixed, television(), &device, &code), (DeviceRefused::Expired, None)));
        assert!(matches!(asked(&fixed, television(), &denied, &code), (DeviceRefused::Expired, None)));
    }
}
