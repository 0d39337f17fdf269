//! The rules of exchange, refresh and service tokens, one test a rule; then the refresh family against a model.

use super::*;
use crate::account::{StandardClaims, UserState};
use crate::ctx::fixed::Fixed;
use crate::login::mail::{MailRequest, MailTemplate};
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::{ClaimsRequest, Client, CodeChallenge, GrantType, Scope, StoredCode, sample};
use crate::secret::base64url;
use crate::session::{
    Authentication, EndReason, Factor, FamilyState, Grant, Holder, RefreshToken, SessionStanding,
};
use crate::time::{days, hours, minutes};
use crate::{
    ClientId, EventKind, Id, Outcome, Plain, Subject, Timestamp, TraceStep, Write, trace::TraceOutcome,
};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CALLBACK: &str = "https://planner.example/cb";

fn client() -> AuthenticatedClient {
    of(sample::public())
}
fn of(client: Client) -> AuthenticatedClient {
    AuthenticatedClient::proved(Arc::new(client))
}
fn other() -> AuthenticatedClient {
    of(Client { id: ClientId::parse("mallory").unwrap(), ..sample::public() })
}
fn holder() -> Holder {
    Holder {
        member: true,
        id: Id::from_bytes([7; 16]),
        subject: Subject::parse("u_anna").unwrap(),
        state: UserState::Active,
        epoch: 3,
        claims: StandardClaims { name: Some("Anna Muster".into()), ..StandardClaims::default() },
        updated_at: Timestamp::from_seconds(1_700_000_000),
        email: Some(("Anna@example.org".into(), true)),
        federated: vec![],
    }
}
fn session(fixed: &Fixed) -> SessionStanding {
    SessionStanding { epoch: 3, seen_at: fixed.now, expires_at: fixed.now + days(30), ended: None }
}
fn found(fixed: &Fixed) -> FoundCode {
    let ctx = fixed.ctx();
    let code = StoredCode {
        digest: Plain::presented("the code").digest(&ctx),
        flow: Id::from_bytes([1; 16]),
        family: Id::from_bytes([2; 16]),
        client: ClientId::parse("planner").unwrap(),
        user: Id::from_bytes([7; 16]),
        session: Id::from_bytes([3; 16]),
        redirect_uri: CALLBACK.into(),
        redirect_uri_sent: true,
        challenge: CodeChallenge::parse(&base64url(&Sha256::digest(VERIFIER))),
        scope: Scope::parse("openid profile plans:read").unwrap(),
        resources: vec![],
        nonce: Some("n-1".into()),
        authentication: Authentication { auth_time: fixed.now, factors: vec![Factor::Password] },
        acr: None,
        auth_time_wanted: false,
        claims: None,
        issued_at: fixed.now,
        expires_at: fixed.now + Duration::from_secs(60),
        spent_at: None,
    };
    FoundCode { code, grant_lives: false, session: Some(session(fixed)), holder: holder() }
}
fn request() -> CodeRequest {
    CodeRequest {
        code: Plain::presented("the code"),
        verifier: Some(Zeroizing::new(VERIFIER.into())),
        redirect_uri: Some(CALLBACK.into()),
        resources: vec![],
    }
}
fn spends<R, E>(outcome: &Outcome<R, E>) -> bool {
    outcome.writes.iter().any(|write| matches!(write, Write::SpendCode { .. }))
}
fn ends<R, E>(outcome: &Outcome<R, E>) -> bool {
    outcome.writes.iter().any(|write| matches!(write, Write::EndFamily(..)))
}

mod exchange_rules;

/// A family as the store would keep it.
struct Kept {
    fixed: Fixed,
    grant: Grant,
}

impl Kept {
    /// Just redeemed; and its first refresh token.
    fn new(scope: &str) -> (Self, String) {
        let fixed = Fixed::new();
        let mut found = found(&fixed);
        found.code.scope = Scope::parse(scope).unwrap();
        let outcome = exchange(&client(), &request(), Some(found.clone()), &fixed.ctx());
        let Some(Write::InsertFamily(family)) = outcome.writes.last() else { panic!() };
        let grant = Grant { family: (**family).clone(), session: found.session, holder: found.holder };
        let text = outcome.result.unwrap().refresh_token.unwrap();
        (Self { fixed, grant }, text.to_string())
    }

    fn try_with(
        &mut self,
        client: &AuthenticatedClient,
        text: &str,
        change: impl Fn(&mut RefreshRequest),
    ) -> Outcome<Granted, RefreshRefused> {
        let ctx = self.fixed.ctx();
        let mut request =
            RefreshRequest { token: RefreshToken::parse(text, &ctx), scope: None, resources: vec![] };
        change(&mut request);
        let outcome = refresh(client, &request, Some(self.grant.clone()), &ctx);
        self.apply(&outcome.writes);
        outcome
    }

    fn refresh(&mut self, text: &str) -> Outcome<Granted, RefreshRefused> {
        self.try_with(&client(), text, |_| {})
    }

    fn next(&mut self, text: &str) -> String {
        self.refresh(text).result.unwrap().refresh_token.unwrap().to_string()
    }

    fn apply(&mut self, writes: &[Write]) {
        for write in writes {
            match write {
                Write::RotateFamily { from, to, at, .. } => {
                    assert_eq!(self.grant.family.refresh.as_ref().unwrap().generation, *from);
                    self.grant.family.refresh = Some(to.clone());
                    self.grant.family.used_at = *at;
                }
                Write::EndFamily(_, reason, at) => {
                    self.grant.family.state = FamilyState::Ended(*at, *reason);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn lives(&self) -> bool {
        self.grant.family.state == FamilyState::Live
    }
}

mod refresh_rules;

mod delegation_rules;

mod service_rules {
    use super::*;

    fn ask(scope: Option<&str>, resources: &[&str]) -> Result<Granted, ServiceRefused> {
        let fixed = Fixed::new();
        let request = ServiceRequest {
            scope: scope.map(|s| Scope::parse(s).unwrap()),
            resources: resources.iter().map(|r| (*r).to_owned()).collect(),
        };
        service_token(&of(sample::basic("secret")), &request, &fixed.ctx())
    }

    #[test]
    fn a_client_gets_what_is_its_own_and_nothing_of_a_person() {
        let granted = ask(None, &[]).unwrap();
        assert_eq!(granted.access.scope.to_string(), "plans:read plans:write");
        assert_eq!(granted.access.sub, "planner");
        assert_eq!(granted.access.aud.iter().collect::<Vec<_>>(), ["https://api.planner.example"]);
        assert!(granted.refresh_token.is_none() && granted.id_token.is_none());
        assert!(granted.access.gid.is_none() && granted.access.sid.is_none());
        let narrow = ask(Some("plans:read"), &["https://files.example"]).unwrap();
        assert_eq!(narrow.access.scope.to_string(), "plans:read");
        assert_eq!(narrow.access.aud.iter().collect::<Vec<_>>(), ["https://files.example"]);
        for scope in ["admin", "plans:read admin", "openid", "offline_access", "email"] {
            assert_eq!(ask(Some(scope), &[]).err(), Some(ServiceRefused::Scope), "{scope}");
        }
        let two = ask(None, &["https://files.example", "https://api.planner.example"]);
        assert_eq!(
            two.err(),
            Some(ServiceRefused::TwoTargets),
            "either could pose as the client at the other"
        );
        let same = ask(None, &["https://files.example", "https://files.example"]).unwrap();
        assert_eq!(same.access.aud.iter().collect::<Vec<_>>(), ["https://files.example"]);
        let target = ask(None, &["https://evil.example"]);
        assert_eq!(target.err(), Some(ServiceRefused::Resource));
    }

    #[test]
    fn a_public_client_has_no_grant_of_its_own() {
        let fixed = Fixed::new();
        let request = ServiceRequest { scope: None, resources: vec![] };
        let refused = service_token(&client(), &request, &fixed.ctx());
        assert_eq!(refused.err(), Some(ServiceRefused::Public));
    }
}

/// What a client and a thief may do, in any order.
#[derive(Debug, Clone)]
enum Act {
    /// Presents the n-th token from the newest that anybody ever saw.
    Present(usize),
    /// Presents the newest; the answer is lost on its way.
    Lost,
    /// Time goes by.
    Wait(u64),
    /// The grant is revoked.
    Revoke,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0usize..4).prop_map(Act::Present),
        2 => Just(Act::Lost),
        3 => prop_oneof![Just(1u64), Just(30), Just(61), Just(3_600)].prop_map(Act::Wait),
        1 => Just(Act::Revoke),
    ]
}

/// The rule in its shortest form: the tokens issued in order, when the newest replaced the one before, and
/// whether the family lives.
struct Model {
    issued: Vec<String>,
    rotated_at: Option<Timestamp>,
    lives: bool,
    over: Option<RefreshRefused>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_refresh_family_does_what_its_model_does(acts in proptest::collection::vec(act(), 1..40)) {
        let (mut kept, first) = Kept::new("openid offline_access");
        let mut model = Model { issued: vec![first], rotated_at: None, lives: true, over: None };
        for act in acts {
            let (back, lost) = match act {
                Act::Wait(seconds) => {
                    kept.fixed.now += Duration::from_secs(seconds);
                    continue;
                }
                Act::Revoke => {
                    kept.grant.family.state = FamilyState::Ended(kept.fixed.now, EndReason::Revoked);
                    (model.lives, model.over) = (false, Some(RefreshRefused::Revoked));
                    continue;
                }
                Act::Present(back) => (back.min(model.issued.len() - 1), false),
                Act::Lost => (0, true),
            };
            let text = model.issued[model.issued.len() - 1 - back].clone();
            let outcome = kept.refresh(&text);
            let in_grace = model.rotated_at.is_some_and(|at| kept.fixed.now.since(at) <= Duration::from_secs(60));
            match (model.lives, back) {
                (false, _) => prop_assert_eq!(outcome.result.err(), model.over),
                (true, 0) => {
                    let next = outcome.result.unwrap().refresh_token.unwrap().to_string();
                    prop_assert!(!model.issued.contains(&next));
                    model.issued.push(next);
                    model.rotated_at = Some(kept.fixed.now);
                    if lost {
                        // The client still holds the old one and asks at once: it hears what it missed.
                        let again = kept.next(&text);
                        prop_assert_eq!(model.issued.last(), Some(&again));
                    }
                }
                (true, 1) if in_grace => {
                    let same = outcome.result.unwrap().refresh_token.unwrap().to_string();
                    prop_assert_eq!(model.issued.last(), Some(&same));
                }
                (true, _) => {
                    prop_assert_eq!(outcome.result.err(), Some(RefreshRefused::Reused));
                    (model.lives, model.over) = (false, Some(RefreshRefused::Stolen));
                }
            }
            prop_assert_eq!(kept.lives(), model.lives);
        }
    }
}

mod worth_rules {
    use super::*;
    use crate::oauth::introspect::{Behind, introspect, introspect_refresh};
    use crate::oauth::revoke::{revoke_grant, revoke_service_token};
    use crate::oauth::sample::Known;
    use crate::oauth::userinfo::{UserinfoRefused, userinfo};
    use crate::oauth::{ClaimsRequest, Resource};

    const API: &str = "https://api.planner.example";

    /// A grant, and an access token of it.
    fn bought(scope: &str) -> (Kept, AccessToken) {
        let (mut kept, text) = Kept::new(scope);
        let access = kept.refresh(&text).result.unwrap().access;
        let token = AccessToken::signed(access, &kept.fixed.ctx()).unwrap();
        (kept, token)
    }
    fn resource(identifier: &str, asks: &[&str]) -> Resource {
        Resource {
            identifier: identifier.into(),
            org: Id::from_bytes([0; 16]),
            name: "API".into(),
            scope: Scope::default(),
            scope_descriptions: Default::default(),
            introspection_clients: asks.iter().map(|id| ClientId::parse(id).unwrap()).collect(),
        }
    }
    fn named(id: &str) -> AuthenticatedClient {
        of(Client { id: ClientId::parse(id).unwrap(), ..sample::basic("secret") })
    }

    #[test]
    fn an_address_is_told_to_a_resource_only_where_the_app_may_see_it() {
        for (scope, told) in [("openid plans:read", None), ("openid email", Some("Anna@example.org"))] {
            let (kept, token) = bought(scope);
            let grant = Behind::Grant(Some(Box::new(kept.grant.clone())));
            let known = Known(vec![sample::public()], vec![resource(API, &["api"])]);
            let answer = introspect(&named("api"), &token, &grant, &known, &kept.fixed.ctx());
            assert_eq!((answer.active, answer.username.as_deref()), (true, told), "{scope}");
        }
    }

    #[test]
    fn a_token_is_told_to_its_client_and_to_a_listed_client_of_its_audience() {
        let (kept, token) = bought("openid email");
        let ctx = kept.fixed.ctx();
        let grant = Behind::Grant(Some(Box::new(kept.grant.clone())));
        let planner = sample::public();
        for (caller, resources, active, named_person) in [
            ("planner", vec![], true, false),
            ("api", vec![resource(API, &["api"])], true, true),
            ("planner", vec![resource(API, &["planner"])], true, true),
            ("api", vec![resource(API, &["other"])], false, false),
            ("api", vec![resource("https://files.example", &["api"])], false, false),
            ("mallory", vec![resource(API, &["api"])], false, false),
        ] {
            let known = Known(vec![planner.clone()], resources);
            let told = introspect(&named(caller), &token, &grant, &known, &ctx);
            assert_eq!((told.active, told.username.is_some()), (active, named_person), "{caller}");
            if !active {
                assert_eq!(serde_json::to_string(&told).unwrap(), r#"{"active":false}"#);
            }
        }
    }

    #[test]
    fn a_token_that_hangs_on_nothing_good_is_inactive() {
        let (kept, token) = bought("openid");
        let ctx = kept.fixed.ctx();
        let planner = sample::public();
        let off = Client { disabled: true, ..sample::public() };
        let renamed = Client { id: ClientId::parse("other").unwrap(), ..sample::public() };
        let live = || Behind::Grant(Some(Box::new(kept.grant.clone())));
        let of_other_family = || {
            let mut grant = kept.grant.clone();
            grant.family.id = Id::from_bytes([9; 16]);
            Behind::Grant(Some(Box::new(grant)))
        };
        let of_other_person = || {
            let mut grant = kept.grant.clone();
            grant.holder.subject = Subject::parse("u_bert").unwrap();
            Behind::Grant(Some(Box::new(grant)))
        };
        let ended = || {
            let mut grant = kept.grant.clone();
            grant.family.state = FamilyState::Ended(ctx.now, EndReason::Revoked);
            Behind::Grant(Some(Box::new(grant)))
        };
        for (client, behind, active) in [
            (Some(&planner), live(), true),
            (Some(&off), live(), false),
            (Some(&renamed), live(), false),
            (None, live(), false),
            (Some(&planner), of_other_family(), false),
            (Some(&planner), of_other_person(), false),
            (Some(&planner), ended(), false),
            (Some(&planner), Behind::Grant(None), false),
            (Some(&planner), Behind::Service { revoked: false }, false),
        ] {
            let known = Known(client.into_iter().cloned().collect(), vec![]);
            let told = introspect(&named("planner"), &token, &behind, &known, &ctx);
            assert_eq!(told.active, active, "{behind:?}");
        }
    }

    #[test]
    fn a_service_token_counts_until_it_is_listed() {
        let fixed = Fixed::new();
        let request = ServiceRequest { scope: None, resources: vec![] };
        let granted = service_token(&named("planner"), &request, &fixed.ctx()).unwrap();
        let token = AccessToken::signed(granted.access, &fixed.ctx()).unwrap();
        let known = Known(vec![sample::basic("secret")], vec![]);
        for (revoked, active) in [(false, true), (true, false)] {
            let behind = Behind::Service { revoked };
            let told = introspect(&named("planner"), &token, &behind, &known, &fixed.ctx());
            assert_eq!(told.active, active);
        }
        let writes =
            |caller, listed| revoke_service_token(&named(caller), &token, listed, &fixed.ctx()).writes.len();
        assert_eq!((writes("planner", false), writes("planner", true), writes("mallory", false)), (1, 0, 0));
    }

    #[test]
    fn a_refresh_token_is_told_to_its_client_while_it_would_be_taken() {
        let (mut kept, first) = Kept::new("openid offline_access");
        let second = kept.next(&first);
        let active = |kept: &Kept, caller: &str, text: &str| {
            let ctx = kept.fixed.ctx();
            let token = RefreshToken::parse(text, &ctx).unwrap();
            introspect_refresh(&named(caller), &token, Some(&kept.grant), &ctx).active
        };
        assert!(active(&kept, "planner", &second) && active(&kept, "planner", &first), "in the grace");
        assert!(!active(&kept, "mallory", &second));
        kept.fixed.now += Duration::from_secs(61);
        assert!(!active(&kept, "planner", &first) && active(&kept, "planner", &second));
        kept.fixed.now += days(30);
        assert!(!active(&kept, "planner", &second));
    }

    #[test]
    fn userinfo_wants_openid_a_living_grant_and_our_audience() {
        let (kept, token) = bought("openid");
        let ctx = kept.fixed.ctx();
        let planner = sample::public();
        let off = Client { disabled: true, ..sample::public() };
        let ask = |token: &AccessToken, client: Option<&Client>, grant| {
            userinfo(token, &Known(client.into_iter().cloned().collect(), vec![]), grant, &ctx)
        };
        let reply = ask(&token, Some(&planner), Some(&kept.grant)).unwrap();
        assert_eq!(serde_json::to_string(&reply).unwrap(), r#"{"sub":"u_anna"}"#);
        assert_eq!(ask(&token, Some(&planner), None), Err(UserinfoRefused::Dead));
        assert_eq!(ask(&token, Some(&off), Some(&kept.grant)), Err(UserinfoRefused::Dead));
        assert_eq!(ask(&token, None, Some(&kept.grant)), Err(UserinfoRefused::Dead));
        let (plain, without) = bought("plans:read");
        assert_eq!(ask(&without, Some(&planner), Some(&plain.grant)), Err(UserinfoRefused::NoOpenid));
        let mut elsewhere = token.claims().clone();
        elsewhere.aud = serde_json::from_value(serde_json::json!(API)).unwrap();
        let elsewhere = AccessToken::signed(elsewhere, &ctx).unwrap();
        let refused = ask(&elsewhere, Some(&planner), Some(&kept.grant));
        assert_eq!(refused, Err(UserinfoRefused::OtherAudience));
    }

    /// OpenID Connect Core 5.5: one by one, beyond the scope.
    #[test]
    fn claims_asked_for_one_by_one_come_alone() {
        let (mut kept, token) = bought("openid");
        let mut claims = ClaimsRequest::default();
        claims.userinfo.insert("name".into(), None);
        claims.userinfo.insert("nickname".into(), None);
        kept.grant.family.claims = Some(claims);
        let reply =
            userinfo(&token, &Known(vec![sample::public()], vec![]), Some(&kept.grant), &kept.fixed.ctx());
        let reply = reply.unwrap();
        assert_eq!(serde_json::to_string(&reply).unwrap(), r#"{"name":"Anna Muster","sub":"u_anna"}"#);
    }

    #[test]
    fn a_grant_is_revoked_by_its_own_client_once() {
        let (mut kept, _) = Kept::new("openid");
        let revoke = |kept: &Kept, who: &AuthenticatedClient| {
            let outcome = revoke_grant(who, Some(&kept.grant.family), false, &kept.fixed.ctx());
            assert_eq!(outcome.writes.len(), outcome.events.len());
            outcome.writes
        };
        assert!(revoke(&kept, &other()).is_empty());
        let writes = revoke(&kept, &client());
        assert!(matches!(writes[..], [Write::EndFamily(_, EndReason::Revoked, _)]));
        let out = revoke_grant(&client(), Some(&kept.grant.family), true, &kept.fixed.ctx());
        let own = kept.grant.family.session;
        assert!(matches!(out.writes[1], Write::EndSession(session, EndReason::Revoked, _) if session == own));
        assert!(revoke_grant(&other(), Some(&kept.grant.family), true, &kept.fixed.ctx()).writes.is_empty());
        kept.apply(&writes);
        assert!(revoke(&kept, &client()).is_empty());
        assert!(revoke_grant(&client(), None, true, &kept.fixed.ctx()).writes.is_empty());
    }
}
