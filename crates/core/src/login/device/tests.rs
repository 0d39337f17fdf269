use super::*;
use crate::ctx::fixed::Fixed;
use crate::limits::{Counted, DEVICE_ACCOUNT, DEVICE_SOURCE};
use crate::login::consent;
use crate::login::flow::{Asked, Proof};
use crate::login::next::{AtApp, ConsentReason, LoginReason, Next, next};
use crate::oauth::device::tests::{ask, stored, television};
use crate::oauth::device::{DeviceReply, DeviceRow};
use crate::secret::kind;
use crate::session::FoundSession;
use crate::session::live::tests::found as session;
use crate::time::{days, minutes};
use crate::{Digest, Policy};

fn browser(ctx: &Ctx<'_>, name: &str) -> Digest<kind::Browser> {
    Plain::presented(name).digest(ctx)
}

fn page(ctx: &Ctx<'_>, name: &str) -> Flow {
    Flow::begin(ctx, browser(ctx, name), Target::Device(DeviceStep::Enter))
}

/// A device that waits, and the code it shows.
fn device(ctx: &Ctx<'_>) -> (StoredDevice, UserCode) {
    let outcome = ask(&television(), "scope=openid%20profile", ctx);
    let DeviceReply { user_code, .. } = outcome.result.as_ref().unwrap();
    (stored(&outcome), UserCode::parse(user_code).unwrap())
}

/// As it stands after these writes.
fn after(device: &StoredDevice, writes: &[Write]) -> StoredDevice {
    let row = writes.iter().find_map(|it| match it {
        Write::ChangeSecret { from, to, .. } => {
            assert_eq!(*from, serde_json::to_value(&device.row).unwrap(), "guarded by what stood there");
            Some(serde_json::from_value::<DeviceRow>(to.clone()).unwrap())
        }
        _ => None,
    });
    StoredDevice { row: row.expect("a change"), ..device.clone() }
}

fn typed(
    ctx: &Ctx<'_>,
    at: &str,
    here: Option<&SignedIn>,
    code: &UserCode,
    device: &StoredDevice,
) -> (Flow, StoredDevice) {
    let outcome = enter(ctx, &page(ctx, at), here, Some(code), Some(device), &[]);
    let flow = outcome.result.clone().unwrap();
    (flow, after(device, &outcome.writes))
}

fn go(fixed: &Fixed, flow: &Flow, here: Option<&SignedIn>) -> Next {
    next(flow, here, Some(&television()), &AtApp::default(), &fixed.policy, fixed.now)
}

fn live(row: &FoundSession, ctx: &Ctx<'_>) -> SignedIn {
    row.clone().live(ctx).unwrap()
}

fn prove(flow: &mut Flow, here: &SignedIn) {
    flow.proof = Some(Proof { user: here.user().id, epoch: here.user().epoch, session: here.session().id });
}

fn answered(flow: &Flow, here: &SignedIn, ctx: &Ctx<'_>) -> Flow {
    let asked = consent::begin(flow, here, &flow.to_allow().unwrap());
    consent::resume(ctx, &asked, here, &television(), None, true).result.unwrap()
}

#[test]
fn who_typed_the_code_is_asked_and_then_the_device_is_allowed() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let (device, code) = device(&ctx);
    let here = live(&session(&ctx), &ctx);
    assert_eq!(go(&fixed, &page(&ctx, "b"), Some(&here)), Next::EnterCode);
    let (flow, device) = typed(&ctx, "b", Some(&here), &code, &device);
    assert_eq!(flow.id, device.flow, "one flow from the device's question to its tokens");
    // RFC 8628 5.4: asked, though it is the operator's own app.
    assert_eq!(go(&fixed, &flow, Some(&here)), Next::Consent(ConsentReason::Device));
    let flow = answered(&flow, &here, &ctx);
    let Next::Done(approved) = go(&fixed, &flow, Some(&here)) else { panic!() };
    assert_eq!(approved.acr(), Some("1"));
    let outcome = allow(&ctx, &flow, &approved, Some(&television()), Some(&device));
    let code = outcome.result.as_ref().unwrap();
    assert_eq!((code.session, code.user), (here.session().id, here.user().id));
    assert_eq!(code.authentication, here.session().authentication);
    assert_eq!(code.expires_at, device.expires_at);
    let allowed = after(&device, &outcome.writes);
    assert_eq!(allowed.row.state, DeviceState::Allowed { code: code.digest });
    // Once.
    let again = allow(&ctx, &flow, &approved, Some(&television()), Some(&allowed));
    assert_eq!(again.result.unwrap_err(), ConnectRefused::Finished);
    assert_eq!(deny(&ctx, &flow, Some(&allowed)).result, Err(ConnectRefused::Finished));
}

#[test]
fn nobody_else_goes_on_with_a_code_that_was_typed() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let (device, code) = device(&ctx);
    let (anna, ben) = (live(&session(&ctx), &ctx), live(&session(&ctx), &ctx));
    let (flow, entered) = typed(&ctx, "annas", Some(&anna), &code, &device);
    // another browser is refused, whoever sits there, and nothing changes.
    for (at, here) in [("bens", Some(&ben)), ("bens", Some(&anna)), ("bens", None)] {
        let outcome = enter(&ctx, &page(&ctx, at), here, Some(&code), Some(&entered), &[]);
        assert_eq!(outcome.result, Err(EnterRefused::OtherBrowser));
        assert!(outcome.writes.is_empty());
    }
    // Another session in the same browser types it again before it goes on.
    assert_eq!(go(&fixed, &flow, Some(&ben)), Next::EnterCode);
    assert_eq!(go(&fixed, &flow, None), Next::EnterCode);
    let asked = consent::begin(&flow, &ben, &flow.to_allow().unwrap());
    let answer = consent::resume(&ctx, &asked, &ben, &television(), None, true);
    assert_eq!(answer.result, Err(consent::ConsentRefused::NotAsked));
    // Even an approval of the right person counts for nothing once the code was typed by the other.
    let flow = answered(&flow, &anna, &ctx);
    let Next::Done(approved) = go(&fixed, &flow, Some(&anna)) else { panic!() };
    let (_, taken) = typed(&ctx, "annas", Some(&ben), &code, &entered);
    let late = allow(&ctx, &flow, &approved, Some(&television()), Some(&taken));
    assert_eq!(late.result.unwrap_err(), ConnectRefused::NotEntered);
    let waiting = allow(&ctx, &flow, &approved, Some(&television()), Some(&device));
    assert_eq!(waiting.result.unwrap_err(), ConnectRefused::NotEntered);
}

#[test]
fn typed_by_nobody_known_it_belongs_to_the_sign_in_that_follows_here() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let (device, code) = device(&ctx);
    let (mut flow, _) = typed(&ctx, "b", None, &code, &device);
    let here = live(&session(&ctx), &ctx);
    assert_eq!(go(&fixed, &flow, None), Next::Login(LoginReason::NoSession));
    assert_eq!(go(&fixed, &flow, Some(&here)), Next::EnterCode, "signed in elsewhere, in another tab");
    prove(&mut flow, &here);
    assert_eq!(go(&fixed, &flow, Some(&here)), Next::Consent(ConsentReason::Device));
    flow.asked = Some(Asked { user: Id::new(&ctx), scope: flow.to_allow().unwrap(), allowed: true });
    assert_eq!(go(&fixed, &flow, Some(&here)), Next::Consent(ConsentReason::Device), "another was asked");
}

#[test]
fn an_old_sign_in_is_proved_anew_and_an_unproved_address_first() {
    let mut fixed = Fixed::new();
    let mut row = session(&fixed.ctx());
    fixed.now += days(1);
    let ctx = fixed.ctx();
    let (device, code) = device(&ctx);
    let here = live(&row, &ctx);
    let (flow, _) = typed(&ctx, "b", Some(&here), &code, &device);
    let strict = Client { default_max_age: Some(minutes(5)), ..television() };
    let step = next(&flow, Some(&here), Some(&strict), &AtApp::default(), &fixed.policy, fixed.now);
    assert_eq!(step, Next::Login(LoginReason::MaxAge));
    if let Some(email) = &mut row.email {
        email.verified_at = None;
    }
    let here = live(&row, &ctx);
    assert!(matches!(go(&fixed, &flow, Some(&here)), Next::Confirm(_)));
    let easy = Policy { confirm_email: false, ..fixed.policy.clone() };
    let step = next(&flow, Some(&here), Some(&television()), &AtApp::default(), &easy, fixed.now);
    assert_eq!(step, Next::Consent(ConsentReason::Device));
}

#[test]
fn wrong_codes_are_counted_and_right_ones_are_not() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let (device, code) = device(&ctx);
    let at = |count| {
        let keys =
            [DEVICE_SOURCE.source(&ctx, [203, 0, 113, 9].into()), DEVICE_ACCOUNT.whom(&ctx, "u", None)];
        keys.map(|key| Counted { key, count, until: fixed.now + minutes(9) })
    };
    let wrong = enter(&ctx, &page(&ctx, "b"), None, Some(&code), None, &at(3));
    assert_eq!(wrong.result, Err(EnterRefused::Unknown));
    assert!(wrong.writes.is_empty());
    let right = enter(&ctx, &page(&ctx, "b"), None, Some(&code), Some(&device), &at(3));
    assert_eq!(right.writes.iter().filter(|it| matches!(it, Write::Uncount(_))).count(), 2);
    let guessed = enter(&ctx, &page(&ctx, "b"), None, Some(&code), Some(&device), &at(11));
    assert_eq!(guessed.result, Err(EnterRefused::Throttled(540)));
    assert!(guessed.writes.is_empty(), "even the right one");
}

#[test]
fn late_denied_and_switched_off_come_to_nothing() {
    let mut fixed = Fixed::new();
    let (device, code) = device(&fixed.ctx());
    let here = live(&session(&fixed.ctx()), &fixed.ctx());
    let (flow, entered) = typed(&fixed.ctx(), "b", Some(&here), &code, &device);
    let flow = answered(&flow, &here, &fixed.ctx());
    let Next::Done(approved) = go(&fixed, &flow, Some(&here)) else { panic!() };
    let with = |client: &Client, fixed: &Fixed| {
        allow(&fixed.ctx(), &flow, &approved, Some(client), Some(&entered)).result.unwrap_err()
    };
    assert_eq!(with(&Client { disabled: true, ..television() }, &fixed), ConnectRefused::ClientChanged);
    assert_eq!(with(&Client { grant_types: vec![], ..television() }, &fixed), ConnectRefused::ClientChanged);
    let denied = deny(&fixed.ctx(), &flow, Some(&entered));
    assert_eq!(after(&entered, &denied.writes).row.state, DeviceState::Denied);
    fixed.now += minutes(10);
    assert_eq!(with(&television(), &fixed), ConnectRefused::Expired);
    let late = enter(&fixed.ctx(), &page(&fixed.ctx(), "b"), None, Some(&code), Some(&device), &[]);
    assert_eq!(late.result, Err(EnterRefused::Unknown));
    for over in
        [DeviceState::Denied, DeviceState::Allowed { code: Plain::presented("x").digest(&fixed.ctx()) }]
    {
        let over = StoredDevice { row: DeviceRow { state: over, ..device.row.clone() }, ..device.clone() };
        let over = StoredDevice { expires_at: fixed.now + minutes(1), ..over };
        let again = enter(&fixed.ctx(), &page(&fixed.ctx(), "b"), None, Some(&code), Some(&over), &[]);
        assert_eq!(again.result, Err(EnterRefused::Unknown));
    }
}

/// "Use another account": whoever signs in then has another session, and types the code themselves.
#[test]
fn another_account_signs_in_and_types_the_code_again() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let (device, code) = device(&ctx);
    let (anna, bert) = (live(&session(&ctx), &ctx), live(&session(&ctx), &ctx));
    let (mut flow, _) = typed(&ctx, "at home", Some(&anna), &code, &device);
    assert_eq!(go(&fixed, &flow, Some(&anna)), Next::Consent(ConsentReason::Device));
    flow.chosen = Some(crate::login::flow::Chosen::Another);
    assert_eq!(go(&fixed, &flow, Some(&anna)), Next::Login(LoginReason::OtherChosen));
    prove(&mut flow, &bert);
    assert_eq!(go(&fixed, &flow, Some(&bert)), Next::EnterCode);
    prove(&mut flow, &anna);
    assert_eq!(
        go(&fixed, &flow, Some(&anna)),
        Next::Consent(ConsentReason::Device),
        "the same one after all"
    );
}

/// A device whose app is for an organization is connected by its members.
#[test]
fn an_outsider_connects_no_device_of_an_organizations_app() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let (device, code) = device(&ctx);
    let here = live(&session(&ctx), &ctx);
    let (flow, _) = typed(&ctx, "at home", Some(&here), &code, &device);
    let app = Client { organization: Some("acme".parse().unwrap()), ..television() };
    let go = |member| {
        let known = AtApp { consent: None, member };
        next(&flow, Some(&here), Some(&app), &known, &fixed.policy, fixed.now)
    };
    assert_eq!((go(false), go(true)), (Next::Outsider, Next::Consent(ConsentReason::Device)));
}
