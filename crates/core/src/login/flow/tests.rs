use super::sealed::MOST_IN_PAGE;
use super::*;
use crate::ctx::fixed::Fixed;
use crate::oauth::{Display, ResponseMode, ReturnTo};
use crate::secret::from_base64url;
use crate::time::hours;
use crate::{ClientId, Plain};
use proptest::prelude::*;

/// A plain request of the client `planner`.
pub(crate) fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        return_to: ReturnTo {
            client: ClientId::parse("planner").unwrap(),
            redirect_uri: "https://planner.example/callback".into(),
            explicit: true,
            response_mode: ResponseMode::Query,
            state: Some("s".into()),
        },
        scope: Scope::parse("openid profile").unwrap(),
        resources: vec![],
        challenge: None,
        nonce: None,
        prompt: vec![],
        max_age: None,
        login_hint: None,
        hint_subject: None,
        ui_locales: vec![],
        acr_values: vec![],
        claims: None,
        display: Display::Page,
        pushed: None,
    }
}

pub(crate) fn flow(ctx: &Ctx<'_>, request: AuthorizationRequest) -> Flow {
    let browser = Plain::<kind::Browser>::presented("b").digest(ctx);
    Flow::begin(ctx, browser, Target::App(Box::new(request)))
}

fn bytes(ctx: &Ctx<'_>, text: &str) -> Vec<u8> {
    match Flow::presented(ctx, text) {
        Some(Presented::Page(bytes)) => bytes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_flow_opens_in_its_own_browser_for_an_hour() {
    let mut fixed = Fixed::new();
    let flow = flow(&fixed.ctx(), request());
    let sealed = bytes(&fixed.ctx(), flow.seal(&fixed.ctx()).text());
    let other = Plain::<kind::Browser>::presented("c").digest(&fixed.ctx());
    let own = *flow.browser();
    assert_eq!(Flow::open(&fixed.ctx(), Some(&own), &sealed), Ok(flow.clone()));
    let elsewhere = FlowRefused::OtherBrowser(Box::new(flow.clone()));
    assert_eq!(Flow::open(&fixed.ctx(), Some(&other), &sealed), Err(elsewhere.clone()));
    assert_eq!(Flow::open(&fixed.ctx(), None, &sealed), Err(elsewhere));
    fixed.now += hours(1);
    let expired = Err(FlowRefused::Expired(Box::new(flow)));
    assert_eq!(Flow::open(&fixed.ctx(), Some(&own), &sealed), expired);
}

#[test]
fn a_large_flow_leaves_a_handle_in_the_page_and_its_text_in_a_row() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let mut large = request();
    large.return_to.state = Some("x".repeat(4_000));
    let flow = flow(&ctx, large);
    let Sealed::Row(text, row) = flow.seal(&ctx) else { panic!("should not fit") };
    assert!(text.len() < 64);
    let Some(Presented::Row(digest)) = Flow::presented(&ctx, &text) else { panic!() };
    assert_eq!(digest.as_bytes(), row.digest);
    let held = from_base64url(row.payload.as_str().unwrap()).unwrap();
    assert_eq!(Flow::open(&ctx, Some(flow.browser()), &held), Ok(flow));
}

#[test]
fn a_proof_counts_for_its_session_person_and_epoch() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let here = crate::session::live::tests::found(&ctx).live(&ctx).unwrap();
    let mut flow = flow(&ctx, request());
    let proof = Proof { user: here.user().id, epoch: here.user().epoch, session: here.session().id };
    assert!(!flow.fresh(&here));
    flow.proof = Some(proof);
    assert!(flow.fresh(&here));
    let wrong = [
        Proof { user: Id::new(&ctx), ..proof },
        Proof { epoch: proof.epoch - 1, ..proof },
        Proof { session: Id::new(&ctx), ..proof },
    ];
    for other in wrong {
        flow.proof = Some(other);
        assert!(!flow.fresh(&here), "{other:?}");
    }
}

proptest! {
    #[test]
    fn any_flipped_bit_makes_it_unreadable(at in 0usize..10_000, bit in 0u8..8) {
        let fixed = Fixed::new();
        let flow = flow(&fixed.ctx(), request());
        let mut sealed = bytes(&fixed.ctx(), flow.seal(&fixed.ctx()).text());
        let at = at % sealed.len();
        sealed[at] ^= 1 << bit;
        let opened = Flow::open(&fixed.ctx(), Some(flow.browser()), &sealed);
        prop_assert_eq!(opened, Err(FlowRefused::Unreadable));
    }
    #[test]
    fn whatever_is_presented_nothing_panics(text in "\\PC{0,100}", state in "\\PC{0,2000}") {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        if let Some(Presented::Page(bytes)) = Flow::presented(&ctx, &text) {
            prop_assert_eq!(Flow::open(&ctx, None, &bytes), Err(FlowRefused::Unreadable));
        }
        let mut with_state = request();
        with_state.return_to.state = Some(state);
        let flow = flow(&ctx, with_state);
        prop_assert!(flow.seal(&ctx).text().len() <= MOST_IN_PAGE);
    }
}
