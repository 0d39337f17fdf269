use super::*;
use crate::ClientId;
use crate::ctx::fixed::Fixed;
use crate::login::{Flow, Next, Target, next};
use crate::oauth::PushedAs;
use crate::oauth::authorize::tests::{query, spa};
use crate::oauth::{Params, authorize};
use crate::session::live::tests::found;
use std::time::Duration;

struct Case {
    fixed: Fixed,
    request: AuthorizationRequest,
    approved: Approved,
    client: Client,
}

fn case(changes: &[(&str, &str)]) -> Case {
    let fixed = Fixed::new();
    let client = Client { first_party: true, ..spa() };
    let query = query(changes);
    let request = authorize(&Params::parse(query.as_bytes()).unwrap(), Some(&client), &|_| None).unwrap();
    let ctx = fixed.ctx();
    let browser = Plain::<kind::Browser>::presented("b").digest(&ctx);
    let flow = Flow::begin(&ctx, browser, Target::App(Box::new(request.clone())));
    let here = found(&ctx).live(&ctx).unwrap();
    let Next::Done(approved) =
        next(&flow, Some(&here), Some(&client), &Default::default(), ctx.policy, ctx.now)
    else {
        panic!("approved")
    };
    Case { fixed, request, approved, client }
}

impl Case {
    fn issue(&self, pushed: PushedState) -> Outcome<Issued, IssueRefused> {
        issue_code(&self.request, &self.approved, Some(&self.client), pushed, &self.fixed.ctx())
    }
}

#[test]
fn a_code_remembers_what_was_asked_and_approved() {
    let case = case(&[("max_age", "60"), ("acr_values", "1")]);
    let outcome = case.issue(PushedState::NotPushed);
    assert!(outcome.writes.is_empty());
    let Issued { code, row } = outcome.result.unwrap();
    assert_eq!(row.digest, code.digest(&case.fixed.ctx()));
    assert_eq!(row.flow, case.approved.flow());
    assert_eq!(row.redirect_uri, "https://app.example/cb");
    assert!(row.redirect_uri_sent && row.auth_time_wanted && row.challenge.is_some());
    assert_eq!((row.nonce.as_deref(), row.acr.as_deref()), (Some("n-0S6"), Some("1")));
    assert_eq!(row.expires_at, case.fixed.now + Duration::from_secs(60));
    assert!(purge_at(&row, &case.fixed.ctx()) > row.expires_at);
    assert!(!format!("{:?}", outcome.trace).contains(code.expose()));
}

#[test]
fn auth_time_is_told_when_it_was_asked_for() {
    let told = |changes: &[(&str, &str)]| {
        let case = case(changes);
        case.issue(PushedState::NotPushed).result.unwrap().row.auth_time_wanted
    };
    assert!(!told(&[]));
    assert!(told(&[("claims", r#"{"id_token":{"auth_time":{"essential":true}}}"#)]));
    let mut case = case(&[]);
    case.client.require_auth_time = true;
    assert!(case.issue(PushedState::NotPushed).result.unwrap().row.auth_time_wanted);
}

#[test]
fn a_pushed_request_is_spent_with_its_code() {
    let mut case = case(&[]);
    let digest = Plain::<kind::Par>::presented("p").digest(&case.fixed.ctx());
    case.request.pushed = Some(PushedAs { digest, flow: Id::new(&case.fixed.ctx()) });
    let outcome = case.issue(PushedState::Open);
    assert!(outcome.result.is_ok());
    assert!(matches!(outcome.writes.as_slice(), [Write::SpendSecret(SecretKind::Par, _, _)]));
    for gone in [PushedState::Gone, PushedState::NotPushed] {
        let outcome = case.issue(gone);
        assert_eq!(outcome.result.unwrap_err(), IssueRefused::PushedUsed);
        assert!(outcome.writes.is_empty());
    }
}

#[test]
fn a_client_that_changed_meanwhile_gets_nothing() {
    let mut case = case(&[]);
    let good = case.client.clone();
    for changed in [
        Client { disabled: true, ..good.clone() },
        Client { redirect_uris: vec!["https://app.example/other".to_owned()], ..good.clone() },
        Client { id: ClientId::parse("other").unwrap(), ..good },
    ] {
        case.client = changed;
        assert_eq!(case.issue(PushedState::NotPushed).result.unwrap_err(), IssueRefused::ClientChanged);
    }
    let outcome = issue_code(&case.request, &case.approved, None, PushedState::NotPushed, &case.fixed.ctx());
    assert_eq!(outcome.result.unwrap_err(), IssueRefused::ClientChanged);
}
