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
use crate::{ClientId, EventKind, Id, Outcome, Plain, Subject, Timestamp, Write};
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
        id: Id::from_bytes([7; 16]),
        subject: Subject::parse("u_anna").unwrap(),
        state: UserState::Active,
        epoch: 3,
        claims: StandardClaims { name: Some("Anna Muster".into()), ..StandardClaims::default() },
        updated_at: Timestamp::from_seconds(1_700_000_000),
        email: Some(("Anna@example.org".into(), true)),
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

mod exchange_rules {
    use super::*;

    #[test]
    fn a_code_buys_what_was_granted() {
        let fixed = Fixed::new();
        let outcome = exchange(&client(), &request(), Some(found(&fixed)), &fixed.ctx());
        assert!(spends(&outcome));
        assert_eq!(outcome.events.len(), 1);
        assert_eq!(outcome.events[0].kind, EventKind::GrantCreated);
        let granted = outcome.result.unwrap();
        let access = serde_json::to_value(&granted.access).unwrap();
        assert_eq!(access["sub"], "u_anna");
        assert_eq!(access["client_id"], "planner");
        assert_eq!(access["scope"], "openid plans:read profile");
        assert_eq!(access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap(), 600);
        assert_eq!(access["aud"], serde_json::json!(["https://api.planner.example", "https://id.example"]));
        assert_eq!(access["gid"], Id::<crate::id::Family>::from_bytes([2; 16]).to_string());
        let id = serde_json::to_value(granted.id_token.unwrap()).unwrap();
        let mut names: Vec<_> = id.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["amr", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sid", "sub"]);
        assert_eq!(
            (&id["nonce"], &id["aud"], &id["amr"][0]),
            (&"n-1".into(), &"planner".into(), &"pwd".into())
        );
        let text = granted.refresh_token.unwrap();
        let token = RefreshToken::parse(&text, &fixed.ctx()).unwrap();
        let family = outcome.writes.iter().find_map(|write| match write {
            Write::InsertFamily(family) => Some(family),
            _ => None,
        });
        let family = family.unwrap();
        assert_eq!(family.refresh.as_ref().unwrap().current, token.digest());
        assert_eq!(family.expires_at, fixed.now + days(90));
        assert!(!family.offline);
    }

    /// One wrong point each: what is refused, and that the code stays unspent and nothing ends.
    #[test]
    fn a_wrong_presentation_is_refused_spends_nothing_and_ends_nothing() {
        let fixed = Fixed::new();
        type Change = fn(&mut CodeRequest, &mut FoundCode, &mut AuthenticatedClient);
        let table: &[(CodeRefused, Change)] = &[
            (CodeRefused::OtherClient, |_, _, c| *c = other()),
            (CodeRefused::RedirectUri, |r, _, _| r.redirect_uri = Some(format!("{CALLBACK}/"))),
            (CodeRefused::RedirectUri, |r, _, _| r.redirect_uri = None),
            (CodeRefused::VerifierMissing, |r, _, _| r.verifier = None),
            (CodeRefused::VerifierWrong, |r, _, _| r.verifier = Some(Zeroizing::new("a".repeat(43)))),
            (CodeRefused::VerifierWrong, |r, f, _| {
                // RFC 7636 7.2, plain: the challenge itself is no verifier.
                r.verifier = f.code.challenge.as_ref().map(|c| Zeroizing::new(c.as_str().to_owned()));
            }),
            (CodeRefused::VerifierUnexpected, |_, f, _| f.code.challenge = None),
            (CodeRefused::Expired, |_, f, _| f.code.expires_at = f.code.issued_at),
            (CodeRefused::SignInOver, |_, f, _| f.session = None),
            (CodeRefused::SignInOver, |_, f, _| f.holder.epoch = 4),
            (CodeRefused::SignInOver, |_, f, _| f.holder.state = UserState::Disabled(f.code.issued_at)),
            (CodeRefused::SignInOver, |_, f, _| {
                f.session.as_mut().unwrap().ended = Some(EndReason::EndedByUser);
            }),
            (CodeRefused::Resource, |r, _, _| r.resources = vec!["https://files.example".into()]),
        ];
        for (why, change) in table {
            let (mut request, mut found, mut client) = (request(), found(&fixed), client());
            change(&mut request, &mut found, &mut client);
            let outcome = exchange(&client, &request, Some(found), &fixed.ctx());
            assert_eq!(outcome.result.as_ref().err(), Some(why));
            assert!(outcome.writes.is_empty() && outcome.events.is_empty(), "{why:?}");
            assert_eq!(outcome.trace.len(), 1, "{why:?} is told to the trace");
        }
        let unknown = exchange(&client(), &request(), None, &fixed.ctx());
        assert_eq!(unknown.result.err(), Some(CodeRefused::Unknown));
    }

    #[test]
    fn replayed_code_ends_the_family() {
        let fixed = Fixed::new();
        let mut found = found(&fixed);
        found.code.spent_at = Some(fixed.now);
        found.grant_lives = true;
        let outcome = exchange(&client(), &request(), Some(found.clone()), &fixed.ctx());
        assert_eq!(outcome.result.as_ref().err(), Some(&CodeRefused::Replayed));
        let ended = &outcome.writes[..];
        assert!(
            matches!(ended, [Write::EndFamily(id, EndReason::CodeReused, _)] if *id == found.code.family)
        );
        assert_eq!(outcome.events[0].kind, EventKind::CodeReused);
        // Told once, and long after the code itself would have expired.
        let mut late = Fixed::new();
        late.now += hours(1);
        assert!(ends(&exchange(&client(), &request(), Some(found.clone()), &late.ctx())));
        found.grant_lives = false;
        let again = exchange(&client(), &request(), Some(found), &fixed.ctx());
        assert!(again.writes.is_empty() && again.events.is_empty());
        assert_eq!(again.result.err(), Some(CodeRefused::Replayed));
    }

    #[test]
    fn what_the_operator_took_from_the_client_since_is_not_in_the_grant() {
        let fixed = Fixed::new();
        let mut found = found(&fixed);
        found.code.scope = Scope::parse("openid offline_access plans:read").unwrap();
        found.code.resources = vec!["https://files.example".into(), "https://api.planner.example".into()];
        let less = |scope: &str, resources: &[&str]| {
            let resources = resources.iter().map(|it| (*it).to_owned()).collect();
            of(Client { scope: Scope::parse(scope).unwrap(), resources, ..sample::public() })
        };
        let outcome = exchange(
            &less("openid", &["https://files.example"]),
            &request(),
            Some(found.clone()),
            &fixed.ctx(),
        );
        let Some(Write::InsertFamily(family)) = outcome.writes.last() else { panic!() };
        assert_eq!((family.scope.to_string().as_str(), family.offline), ("openid", false));
        assert_eq!(family.resources, ["https://files.example"]);
        let none = exchange(&less("openid", &[]), &request(), Some(found), &fixed.ctx());
        assert_eq!(none.result.err(), Some(CodeRefused::Resource));
    }

    /// A-012: the row that says "this flow has had its code" outlives the page that could ask again.
    #[test]
    fn a_spent_code_is_remembered_as_long_as_its_flow() {
        let fixed = Fixed::new();
        let client = of(Client { grant_types: vec![GrantType::AuthorizationCode], ..sample::public() });
        let outcome = exchange(&client, &request(), Some(found(&fixed)), &fixed.ctx());
        let kept = outcome.writes.iter().find_map(|write| match write {
            Write::SpendCode { keep_until, .. } => Some(*keep_until),
            _ => None,
        });
        assert!(kept.unwrap() >= fixed.now + hours(1));
    }

    #[test]
    fn a_replay_by_a_stranger_or_without_the_verifier_ends_nothing() {
        let fixed = Fixed::new();
        let mut found = found(&fixed);
        found.code.spent_at = Some(fixed.now);
        found.grant_lives = true;
        let wrong = [
            (other(), request()),
            (client(), CodeRequest { verifier: None, ..request() }),
            (client(), CodeRequest { verifier: Some(Zeroizing::new("b".repeat(64))), ..request() }),
            (client(), CodeRequest { redirect_uri: Some("https://evil.example/cb".into()), ..request() }),
        ];
        for (client, request) in wrong {
            let outcome = exchange(&client, &request, Some(found.clone()), &fixed.ctx());
            assert!(outcome.result.is_err() && outcome.writes.is_empty() && outcome.events.is_empty());
        }
    }

    #[test]
    fn a_verifier_has_43_to_128_unreserved_characters() {
        let fixed = Fixed::new();
        for (verifier, good) in [
            ("a".repeat(43), true),
            ("~._-".repeat(32), true),
            ("a".repeat(42), false),
            ("a".repeat(129), false),
            (format!("{}+", "a".repeat(43)), false),
            (format!("{}é", "a".repeat(43)), false),
        ] {
            let mut found = found(&fixed);
            found.code.challenge = CodeChallenge::parse(&base64url(&Sha256::digest(&verifier)));
            let request = CodeRequest { verifier: Some(Zeroizing::new(verifier.clone())), ..request() };
            let outcome = exchange(&client(), &request, Some(found), &fixed.ctx());
            assert_eq!(outcome.result.is_ok(), good, "{verifier}");
        }
    }

    #[test]
    fn without_pkce_where_the_profile_let_it_pass() {
        let fixed = Fixed::new();
        let mut found = found(&fixed);
        found.code.challenge = None;
        found.code.redirect_uri_sent = false;
        for redirect_uri in [None, Some(CALLBACK.to_owned())] {
            let request = CodeRequest { verifier: None, redirect_uri, ..request() };
            assert!(exchange(&client(), &request, Some(found.clone()), &fixed.ctx()).result.is_ok());
        }
        let request =
            CodeRequest { verifier: None, redirect_uri: Some("https://evil.example/".into()), ..request() };
        let outcome = exchange(&client(), &request, Some(found), &fixed.ctx());
        assert_eq!(outcome.result.err(), Some(CodeRefused::RedirectUri));
    }

    #[test]
    fn no_refresh_token_for_a_client_not_registered_for_it() {
        let fixed = Fixed::new();
        let once = of(Client { grant_types: vec![GrantType::AuthorizationCode], ..sample::public() });
        let outcome = exchange(&once, &request(), Some(found(&fixed)), &fixed.ctx());
        let Some(Write::InsertFamily(family)) = outcome.writes.last() else { panic!() };
        assert!(family.refresh.is_none());
        assert_eq!(family.expires_at, fixed.now + minutes(10));
        assert!(outcome.result.unwrap().refresh_token.is_none());
    }

    #[test]
    fn resources_narrow_and_claims_come_only_when_asked() {
        let fixed = Fixed::new();
        let mut found = found(&fixed);
        found.code.scope = Scope::parse("openid").unwrap();
        found.code.nonce = None;
        found.code.acr = Some("pwd".into());
        found.code.resources = vec!["https://api.planner.example".into(), "https://files.example".into()];
        let mut claims = ClaimsRequest::default();
        claims.id_token.insert("email".into(), None);
        found.code.claims = Some(claims);
        let request = CodeRequest { resources: vec!["https://files.example".into()], ..request() };
        let granted = exchange(&client(), &request, Some(found), &fixed.ctx()).result.unwrap();
        let aud: Vec<_> = granted.access.aud.iter().collect();
        assert_eq!(aud, ["https://files.example", "https://id.example"]);
        let id = serde_json::to_value(granted.id_token.unwrap()).unwrap();
        assert_eq!((&id["email"], &id["acr"]), (&"Anna@example.org".into(), &"pwd".into()));
        assert!(id.get("nonce").is_none() && id.get("name").is_none());
    }

    /// A consent page names scopes: `claims` brings a third party nothing beyond them, and nobody anything beyond
    /// what the client is registered for.
    #[test]
    fn claims_asked_by_name_stay_within_consent_and_registration() {
        let fixed = Fixed::new();
        let tells = |first_party: bool, registered: &str, granted: &str| {
            let mut found = found(&fixed);
            found.code.scope = Scope::parse(granted).unwrap();
            let asked = r#"{"id_token":{"email":null},"userinfo":{"email":null}}"#;
            found.code.claims = Some(ClaimsRequest::parse(asked).unwrap());
            let scope = Scope::parse(registered).unwrap();
            let client = Client { first_party, scope, ..sample::public() };
            let outcome = exchange(&of(client.clone()), &request(), Some(found.clone()), &fixed.ctx());
            let Some(Write::InsertFamily(family)) = outcome.writes.last() else { panic!() };
            let grant = Grant { family: (**family).clone(), session: found.session, holder: found.holder };
            let granted = outcome.result.unwrap();
            let token = AccessToken::signed(granted.access, &fixed.ctx()).unwrap();
            let info = crate::oauth::userinfo::userinfo(&token, Some(&client), Some(&grant), &fixed.ctx());
            let in_id_token = granted.id_token.unwrap().asked.contains_key("email");
            assert_eq!(info.unwrap().contains_key("email"), in_id_token);
            in_id_token
        };
        assert!(!tells(false, "openid email", "openid"), "nobody was asked about the address");
        assert!(tells(false, "openid email", "openid email"));
        assert!(tells(true, "openid email", "openid"), "an app of the operator's own");
        assert!(!tells(true, "openid", "openid"), "not registered for it");
    }

    #[test]
    fn without_openid_there_is_no_id_token() {
        let fixed = Fixed::new();
        let mut found = found(&fixed);
        found.code.scope = Scope::parse("plans:read").unwrap();
        let granted = exchange(&client(), &request(), Some(found), &fixed.ctx()).result.unwrap();
        assert!(granted.id_token.is_none());
        assert_eq!(granted.access.aud.iter().collect::<Vec<_>>(), ["https://api.planner.example"]);
    }
}

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

mod refresh_rules {
    use super::*;

    #[test]
    fn a_refresh_rotates_and_keeps_the_sign_in() {
        let (mut kept, first) = Kept::new("openid plans:read");
        kept.fixed.now += minutes(20);
        let granted = kept.refresh(&first).result.unwrap();
        assert_ne!(granted.refresh_token.unwrap().as_str(), first);
        let id = serde_json::to_value(granted.id_token.unwrap()).unwrap();
        assert!(id.get("nonce").is_none() && id.get("azp").is_none());
        assert_eq!(id["iat"], kept.fixed.now.seconds());
        assert_eq!(id["auth_time"], kept.grant.family.authentication.auth_time.seconds());
        assert_eq!((&id["sub"], &id["aud"]), (&"u_anna".into(), &"planner".into()));
    }

    #[test]
    fn a_lost_answer_is_given_again_within_the_grace() {
        let (mut kept, first) = Kept::new("openid");
        let second = kept.refresh(&first).result.unwrap();
        for _ in 0..50 {
            kept.fixed.now += Duration::from_secs(1);
            let again = kept.refresh(&first);
            assert!(again.writes.is_empty(), "nothing is written");
            let again = again.result.unwrap();
            assert_eq!(again.refresh_token, second.refresh_token, "the same successor");
            assert_ne!(again.access.jti, second.access.jti, "with a new access token");
        }
    }

    #[test]
    fn an_old_token_outside_the_grace_ends_the_family() {
        let (mut kept, first) = Kept::new("openid");
        let second = kept.next(&first);
        kept.fixed.now += Duration::from_secs(61);
        let outcome = kept.refresh(&first);
        assert_eq!(outcome.result.err(), Some(RefreshRefused::Reused));
        assert_eq!(outcome.events[0].kind, EventKind::RefreshReused);
        let mail = MailRequest::of_event(&kept.fixed, &outcome.events[1]).unwrap();
        assert_eq!((mail.template, mail.to.typed()), (MailTemplate::AccessEnded, "Anna@example.org"));
        assert!(!kept.lives());
        assert_eq!(kept.refresh(&second).result.err(), Some(RefreshRefused::Dead));
    }

    #[test]
    fn an_old_token_whose_successor_was_used_ends_the_family_even_within_the_grace() {
        let (mut kept, first) = Kept::new("openid");
        let second = kept.next(&first);
        kept.next(&second);
        assert_eq!(kept.refresh(&first).result.err(), Some(RefreshRefused::Reused));
        assert!(!kept.lives());
    }

    #[test]
    fn forged_foreign_and_future_tokens_end_nothing() {
        let (mut kept, first) = Kept::new("openid");
        let mut changed = first.clone();
        changed.replace_range(20..21, if &first[20..21] == "A" { "B" } else { "A" });
        assert_eq!(kept.refresh(&changed).result.err(), Some(RefreshRefused::Forged));
        let foreign = kept.try_with(&other(), &first, |_| {});
        assert_eq!(foreign.result.err(), Some(RefreshRefused::OtherClient));
        let future = RefreshToken::mint(kept.grant.family.id, 5, &kept.fixed.ctx()).expose();
        assert_eq!(kept.refresh(&future).result.err(), Some(RefreshRefused::FromTheFuture));
        assert!(kept.lives());
        kept.next(&first);
    }

    #[test]
    fn another_branch_of_the_same_generation_ends_the_family() {
        let (mut kept, first) = Kept::new("openid");
        kept.next(&first);
        let twin = RefreshToken::mint(kept.grant.family.id, 1, &kept.fixed.ctx()).expose();
        assert_eq!(kept.refresh(&twin).result.err(), Some(RefreshRefused::Reused));
    }

    #[test]
    fn scope_and_resource_narrow_and_never_grow() {
        let (mut kept, first) = Kept::new("openid plans:read");
        for (scope, why) in [
            ("openid plans:read plans:write", RefreshRefused::Scope),
            ("offline_access", RefreshRefused::Scope),
        ] {
            let wide = kept.try_with(&client(), &first, |r| r.scope = Some(Scope::parse(scope).unwrap()));
            assert_eq!(wide.result.err(), Some(why));
        }
        let wide = kept.try_with(&client(), &first, |r| r.resources = vec!["https://files.example".into()]);
        assert_eq!(wide.result.err(), Some(RefreshRefused::Resource));
        let narrow =
            kept.try_with(&client(), &first, |r| r.scope = Some(Scope::parse("plans:read").unwrap()));
        let narrow = narrow.result.unwrap();
        assert!(narrow.id_token.is_none());
        assert_eq!(narrow.access.scope.to_string(), "plans:read");
        let full = kept.refresh(&narrow.refresh_token.unwrap()).result.unwrap();
        assert_eq!(full.access.scope.to_string(), "openid plans:read", "the grant is what it was");
    }

    #[test]
    fn a_refresh_reaches_no_further_than_the_client_is_registered_now() {
        let (mut kept, first) = Kept::new("openid plans:read");
        let scope = |text: &str| Scope::parse(text).unwrap();
        let less = |text: &str| of(Client { scope: scope(text), ..sample::public() });
        let narrow = kept.try_with(&less("openid"), &first, |_| {}).result.unwrap();
        assert_eq!(narrow.access.scope.to_string(), "openid");
        let text = narrow.refresh_token.unwrap();
        let asked = kept.try_with(&less("openid"), &text, |r| r.scope = Some(scope("plans:read")));
        assert_eq!(asked.result.err(), Some(RefreshRefused::Scope));
        let nothing = kept.try_with(&less("email"), &text, |_| {});
        assert_eq!(nothing.result.err(), Some(RefreshRefused::Scope));
        let elsewhere = of(Client { resources: vec!["https://files.example".into()], ..sample::public() });
        assert_eq!(kept.try_with(&elsewhere, &text, |_| {}).result.err(), Some(RefreshRefused::Resource));
        assert!(kept.refresh(&text).result.is_ok(), "refusals end nothing");
    }

    #[test]
    fn the_idle_end_moves_with_use_and_the_absolute_end_never() {
        let (mut kept, mut text) = Kept::new("openid offline_access");
        let until = kept.grant.family.expires_at;
        for _ in 0..3 {
            kept.fixed.now += days(29);
            text = kept.next(&text);
            assert_eq!(kept.grant.family.expires_at, until);
        }
        kept.fixed.now += days(3);
        assert_eq!(kept.refresh(&text).result.err(), Some(RefreshRefused::Expired));
        let (mut kept, text) = Kept::new("openid offline_access");
        kept.fixed.now += days(30);
        assert_eq!(kept.refresh(&text).result.err(), Some(RefreshRefused::Idle));
        assert!(kept.lives(), "an expired token is no theft");
    }

    #[test]
    fn what_ends_a_session_ends_its_grants_and_offline_ones_by_choice() {
        use EndReason as R;
        let dead = Some(RefreshRefused::Dead);
        type Change = fn(&mut Kept);
        let table: &[(&str, Change, bool, bool)] = &[
            ("signed out", |k| k.grant.session.as_mut().unwrap().ended = Some(R::SignedOut), false, true),
            (
                "ended by the person",
                |k| k.grant.session.as_mut().unwrap().ended = Some(R::EndedByUser),
                false,
                false,
            ),
            (
                "password changed",
                |k| k.grant.session.as_mut().unwrap().ended = Some(R::PasswordChanged),
                false,
                false,
            ),
            ("idle", |k| k.fixed.now += days(7), false, true),
            ("over", |k| k.grant.session.as_mut().unwrap().expires_at = k.fixed.now, false, true),
            ("purged", |k| k.grant.session = None, false, true),
            ("epoch", |k| k.grant.holder.epoch += 1, false, false),
            ("disabled", |k| k.grant.holder.state = UserState::Disabled(k.fixed.now), false, false),
            (
                "withdrawn",
                |k| k.grant.family.state = FamilyState::Ended(k.fixed.now, R::ConsentWithdrawn),
                false,
                false,
            ),
            ("nothing", |_| {}, true, true),
        ];
        for (name, change, online, offline) in table {
            for (scope, good) in [("openid", *online), ("openid offline_access", *offline)] {
                let (mut kept, text) = Kept::new(scope);
                change(&mut kept);
                let outcome = kept.refresh(&text);
                assert_eq!(outcome.result.err(), if good { None } else { dead }, "{name}, {scope}");
            }
        }
    }
}

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
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_refresh_family_does_what_its_model_does(acts in proptest::collection::vec(act(), 1..40)) {
        let (mut kept, first) = Kept::new("openid offline_access");
        let mut model = Model { issued: vec![first], rotated_at: None, lives: true };
        for act in acts {
            let (back, lost) = match act {
                Act::Wait(seconds) => {
                    kept.fixed.now += Duration::from_secs(seconds);
                    continue;
                }
                Act::Revoke => {
                    kept.grant.family.state = FamilyState::Ended(kept.fixed.now, EndReason::Revoked);
                    model.lives = false;
                    continue;
                }
                Act::Present(back) => (back.min(model.issued.len() - 1), false),
                Act::Lost => (0, true),
            };
            let text = model.issued[model.issued.len() - 1 - back].clone();
            let outcome = kept.refresh(&text);
            let in_grace = model.rotated_at.is_some_and(|at| kept.fixed.now.since(at) <= Duration::from_secs(60));
            match (model.lives, back) {
                (false, _) => prop_assert_eq!(outcome.result.err(), Some(RefreshRefused::Dead)),
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
                    model.lives = false;
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
            introspection_clients: asks.iter().map(|id| ClientId::parse(id).unwrap()).collect(),
        }
    }
    fn named(id: &str) -> AuthenticatedClient {
        of(Client { id: ClientId::parse(id).unwrap(), ..sample::basic("secret") })
    }

    #[test]
    fn a_token_is_told_to_its_client_and_to_a_listed_client_of_its_audience() {
        let (kept, token) = bought("openid plans:read");
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
            let told = introspect(&named(caller), &token, Some(&planner), &grant, &resources, &ctx);
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
            let told = introspect(&named("planner"), &token, client, &behind, [], &ctx);
            assert_eq!(told.active, active, "{behind:?}");
        }
    }

    #[test]
    fn a_service_token_counts_until_it_is_listed() {
        let fixed = Fixed::new();
        let request = ServiceRequest { scope: None, resources: vec![] };
        let granted = service_token(&named("planner"), &request, &fixed.ctx()).unwrap();
        let token = AccessToken::signed(granted.access, &fixed.ctx()).unwrap();
        let planner = sample::basic("secret");
        for (revoked, active) in [(false, true), (true, false)] {
            let behind = Behind::Service { revoked };
            let told = introspect(&named("planner"), &token, Some(&planner), &behind, [], &fixed.ctx());
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
        let ask = |token: &AccessToken, client, grant| userinfo(token, client, grant, &ctx);
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
        let reply = userinfo(&token, Some(&sample::public()), Some(&kept.grant), &kept.fixed.ctx()).unwrap();
        assert_eq!(serde_json::to_string(&reply).unwrap(), r#"{"name":"Anna Muster","sub":"u_anna"}"#);
    }

    #[test]
    fn a_grant_is_revoked_by_its_own_client_once() {
        let (mut kept, _) = Kept::new("openid");
        let revoke = |kept: &Kept, who: &AuthenticatedClient| {
            let outcome = revoke_grant(who, Some(&kept.grant.family), &kept.fixed.ctx());
            assert_eq!(outcome.writes.len(), outcome.events.len());
            outcome.writes
        };
        assert!(revoke(&kept, &other()).is_empty());
        let writes = revoke(&kept, &client());
        assert!(matches!(writes[..], [Write::EndFamily(_, EndReason::Revoked, _)]));
        kept.apply(&writes);
        assert!(revoke(&kept, &client()).is_empty());
        assert!(revoke_grant(&client(), None, &kept.fixed.ctx()).writes.is_empty());
    }
}
