//! RFC 8693: what a service may make of a person's token, one test a rule.

use super::*;
use crate::oauth::Resource;
use crate::oauth::introspect::{Behind, introspect};
use crate::oauth::revoke::{by_itself, revoke_service_token};
use crate::oauth::sample::Known;
use crate::oauth::token::delegation::MOST_ACTORS;
use ExchangeRefused as R;

const API: &str = "https://api.planner.example";
const FILES: &str = "https://files.example";
const MAIL: &str = "https://mail.example";

/// A person's token for the planner's API, which the client `api` serves; `api` may go to files and mail.
struct House {
    fixed: Fixed,
    known: Known,
    grant: Grant,
    token: AccessToken,
}

fn service(id: &str, targets: &[&str]) -> Client {
    Client {
        id: ClientId::parse(id).unwrap(),
        grant_types: vec![GrantType::ClientCredentials, GrantType::TokenExchange],
        scope: Scope::parse("plans:read files:read files:write openid email").unwrap(),
        resources: vec![API.into()],
        exchange_resources: targets.iter().map(|it| (*it).to_owned()).collect(),
        ..sample::basic("secret")
    }
}
fn resource(identifier: &str, scope: &str, served_by: &str) -> Resource {
    Resource {
        identifier: identifier.into(),
        org: Id::from_bytes([0; 16]),
        name: identifier.into(),
        scope: Scope::parse(scope).unwrap(),
        scope_descriptions: Default::default(),
        introspection_clients: vec![ClientId::parse(served_by).unwrap()],
    }
}

impl House {
    fn build() -> Self {
        let (mut kept, text) = Kept::new("openid email plans:read plans:write");
        let mut access = kept.refresh(&text).result.unwrap().access;
        access.scope = Scope::parse("openid email plans:read files:read").unwrap();
        let token = AccessToken::signed(access, &kept.fixed.ctx()).unwrap();
        let clients = vec![
            sample::public(),
            service("api", &[FILES, MAIL]),
            service("files", &[MAIL, API]),
            service("mail", &[FILES]),
            service("mallory", &[FILES]),
        ];
        let resources = vec![
            resource(API, "plans:read", "api"),
            resource(FILES, "files:read files:write openid email", "files"),
            resource(MAIL, "", "mail"),
        ];
        Self { known: Known(clients, resources), grant: kept.grant, fixed: kept.fixed, token }
    }

    fn client(&self, id: &str) -> AuthenticatedClient {
        of(self.known.0.iter().find(|it| it.id.as_str() == id).unwrap().clone())
    }

    fn behind(&self, token: &AccessToken) -> Behind {
        let grant = Some(Box::new(self.grant.clone()));
        match (token.claims().gid, &token.claims().act) {
            (None, _) => Behind::Service { revoked: false },
            (Some(_), None) => Behind::Grant(grant),
            (Some(_), Some(_)) => Behind::Exchanged { grant, revoked: false },
        }
    }

    fn subject(&self) -> PresentedToken {
        PresentedToken { behind: self.behind(&self.token), token: self.token.clone() }
    }

    fn ask(&self, client: &str, change: impl Fn(&mut ExchangeRequest)) -> Result<Granted, R> {
        self.ask_with(client, &self.subject(), None, change)
    }

    fn ask_with(
        &self,
        client: &str,
        subject: &PresentedToken,
        actor: Option<&PresentedToken>,
        change: impl Fn(&mut ExchangeRequest),
    ) -> Result<Granted, R> {
        let mut request = ExchangeRequest {
            subject_token: Zeroizing::new(String::new()),
            actor_token: None,
            target: None,
            scope: None,
        };
        change(&mut request);
        let outcome =
            delegate(&self.client(client), &request, subject, actor, &self.known, &self.fixed.ctx());
        assert!(outcome.writes.is_empty() && outcome.events.is_empty(), "nothing is written");
        assert_eq!(outcome.trace.is_empty(), subject.behind.grant().is_none(), "and all of it is traced");
        outcome.result
    }

    /// What came out, as it would be presented again.
    fn next(&self, granted: Granted) -> PresentedToken {
        let token = AccessToken::signed(granted.access, &self.fixed.ctx()).unwrap();
        PresentedToken { behind: self.behind(&token), token }
    }
}

#[test]
fn what_comes_out_says_who_acts_and_for_whom() {
    let house = House::build();
    let granted = house.ask("api", |_| {}).unwrap();
    assert!(granted.refresh_token.is_none() && granted.id_token.is_none());
    let (made, from) = (granted.access, house.token.claims());
    assert_eq!(made.aud.iter().collect::<Vec<_>>(), [FILES], "one resource, and not the issuer");
    assert_eq!((made.sub.as_str(), made.client_id.as_str()), ("u_anna", "api"));
    assert_eq!((made.gid, made.sid, made.auth_time), (from.gid, from.sid, from.auth_time));
    assert_eq!(
        made.scope.to_string(),
        "files:read",
        "what all three have in common, and nothing of a sign-in"
    );
    assert_ne!(made.jti, from.jti);
    assert_eq!(serde_json::to_value(made.act).unwrap(), serde_json::json!({ "sub": "api" }));
}

#[test]
fn it_lives_no_longer_than_the_subject_token() {
    let mut house = House::build();
    house.fixed.now += minutes(4);
    assert_eq!(house.ask("api", |_| {}).unwrap().access.exp, house.token.claims().exp);
    let mut long = house.token.claims().clone();
    long.exp += 3600;
    house.token = AccessToken::signed(long, &house.fixed.ctx()).unwrap();
    assert_eq!(house.ask("api", |_| {}).unwrap().access.exp, house.fixed.now.seconds() + 600);
}

#[test]
fn scope_only_narrows() {
    let house = House::build();
    let ask = |target: &str, scope: &str| {
        let granted = house.ask("api", |it| {
            it.target = Some(target.to_owned());
            it.scope = Some(Scope::parse(scope).unwrap());
        });
        granted.map(|it| it.access.scope.to_string())
    };
    assert_eq!(ask(FILES, "files:read").as_deref(), Ok("files:read"));
    for wider in ["files:write", "files:read files:write", "plans:read", "openid", "email", "offline_access"]
    {
        assert_eq!(ask(FILES, wider), Err(R::Scope), "{wider}");
    }
    assert_eq!(house.ask("api", |it| it.target = Some(MAIL.into())).unwrap().access.scope, Scope::default());
    let mut nothing = House::build();
    nothing.known.0[1].scope = Scope::parse("plans:read").unwrap();
    assert_eq!(nothing.ask("api", |_| {}).err(), Some(R::Scope), "nothing in common: it would open nothing");
}

#[test]
fn only_a_token_that_was_sent_to_the_service_is_exchanged() {
    let house = House::build();
    assert_eq!(house.ask("mallory", |_| {}).err(), Some(R::SubjectAudience));
    assert_eq!(
        house.ask("files", |_| {}).err(),
        Some(R::SubjectAudience),
        "it is for the API, not for files"
    );
    let mut public = House::build();
    public.known.0[1].auth = sample::public().auth;
    assert_eq!(public.ask("api", |_| {}).err(), Some(R::Public));
}

#[test]
fn it_goes_where_the_client_may_go_and_nowhere_else() {
    let mut house = House::build();
    let to = |house: &House, target: &str| house.ask("api", |it| it.target = Some(target.into())).err();
    assert_eq!(to(&house, FILES), None);
    assert_eq!(to(&house, API), Some(R::Target), "its own resource is no target");
    assert_eq!(to(&house, "https://files.example/"), Some(R::Target));
    assert_eq!(to(&house, "https://id.example"), Some(R::Target), "the issuer is none");
    house.known.1.retain(|it| it.identifier != FILES);
    assert_eq!(to(&house, FILES), Some(R::Target), "removed since");
    house.known.0[1].exchange_resources.clear();
    assert_eq!(house.ask("api", |_| {}).err(), Some(R::Target));
}

#[test]
fn a_dead_or_a_services_own_token_is_not_exchanged() {
    let mut house = House::build();
    let own = service_token(
        &house.client("mallory"),
        &ServiceRequest { scope: None, resources: vec![] },
        &house.fixed.ctx(),
    );
    let own = house.next(own.unwrap());
    assert_eq!(house.ask_with("api", &own, None, |_| {}).err(), Some(R::SubjectNotPerson));
    let gone = PresentedToken { token: house.token.clone(), behind: Behind::Grant(None) };
    assert_eq!(house.ask_with("api", &gone, None, |_| {}).err(), Some(R::SubjectDead));
    house.known.0[0].disabled = true;
    assert_eq!(house.ask("api", |_| {}).err(), Some(R::SubjectDead), "the app is switched off");
    house.known.0[0].disabled = false;
    house.grant.family.state = FamilyState::Ended(house.fixed.now, EndReason::Revoked);
    assert_eq!(house.ask("api", |_| {}).err(), Some(R::SubjectDead));
}

#[test]
fn an_actor_token_is_the_callers_own_or_nothing() {
    let house = House::build();
    let of_service = |id: &str| {
        let request = ServiceRequest { scope: None, resources: vec![] };
        house.next(service_token(&house.client(id), &request, &house.fixed.ctx()).unwrap())
    };
    let with = |actor: &PresentedToken| house.ask_with("api", &house.subject(), Some(actor), |_| {}).err();
    assert_eq!(with(&of_service("api")), None);
    assert_eq!(with(&of_service("files")), Some(R::ActorOther), "none poses as another");
    assert_eq!(with(&house.subject()), Some(R::ActorOther), "a person does not act");
    let exchanged = house.next(house.ask("api", |_| {}).unwrap());
    assert_eq!(with(&exchanged), Some(R::ActorOther));
    let revoked = PresentedToken { behind: Behind::Service { revoked: true }, ..of_service("api") };
    assert_eq!(with(&revoked), Some(R::ActorDead));
}

#[test]
fn a_chain_names_everybody_and_has_an_end() {
    let mut house = House::build();
    house.known.1[2].scope = Scope::parse("files:read").unwrap();
    let first = house.next(house.ask("api", |_| {}).unwrap());
    assert_eq!(
        house.ask_with("api", &first, None, |_| {}).err(),
        Some(R::SubjectAudience),
        "it is for files now"
    );
    let second = house.ask_with("files", &first, None, |_| {}).unwrap();
    let chain = serde_json::json!({ "sub": "files", "act": { "sub": "api" } });
    assert_eq!(serde_json::to_value(&second.access.act).unwrap(), chain);
    assert_eq!(first.token.claims().via, [""; 0], "the person's own token ends with the grant");
    assert_eq!(second.access.via, [first.token.claims().jti.clone()]);
    let (mut last, mut hops) = (house.next(second), 2);
    let refused = loop {
        let (who, to) = if hops % 2 == 0 { ("mail", FILES) } else { ("files", MAIL) };
        match house.ask_with(who, &last, None, |it| it.target = Some(to.into())) {
            Ok(granted) => (last, hops) = (house.next(granted), hops + 1),
            Err(refused) => break refused,
        }
    };
    assert_eq!((refused, hops), (R::TooDeep, MOST_ACTORS));
    assert_eq!(last.token.claims().via.len(), MOST_ACTORS - 1, "each that was exchanged on the way");
}

/// DESIGN 5: introspection tells both ends, and all of them hang on what the person gave.
#[test]
fn an_exchanged_token_dies_with_its_grant_its_actors_and_its_revocation() {
    let mut house = House::build();
    let mut made = house.next(house.ask("api", |_| {}).unwrap());
    let told = |house: &House, made: &PresentedToken, caller: &str| {
        let behind = match &made.behind {
            Behind::Exchanged { revoked, .. } => {
                Behind::Exchanged { grant: Some(Box::new(house.grant.clone())), revoked: *revoked }
            }
            Behind::Grant(_) | Behind::Service { .. } => panic!(),
        };
        introspect(&house.client(caller), &made.token, &behind, &house.known, &house.fixed.ctx())
    };
    let to_files = told(&house, &made, "files");
    assert_eq!((to_files.active, to_files.sub.is_some()), (true, true));
    assert_eq!(to_files.act.unwrap().sub.as_str(), "api");
    assert!(told(&house, &made, "api").active, "it was issued to it");
    assert!(!told(&house, &made, "planner").active && !told(&house, &made, "mail").active);
    let as_if_plain = Behind::Grant(Some(Box::new(house.grant.clone())));
    let ctx = house.fixed.ctx();
    assert!(!introspect(&house.client("files"), &made.token, &as_if_plain, &house.known, &ctx).active);
    for at in [0, 1] {
        house.known.0[at].disabled = true;
        assert!(!told(&house, &made, "files").active, "client {at} is switched off");
        house.known.0[at].disabled = false;
    }
    let family = house.grant.family.clone();
    house.grant.family.state = FamilyState::Ended(house.fixed.now, EndReason::EndedByUser);
    assert!(!told(&house, &made, "files").active);
    house.grant.family = family;
    made.behind = Behind::Exchanged { grant: None, revoked: true };
    assert!(!told(&house, &made, "files").active);
    // RFC 7009: the service gives back its own, and does not end what the person gave the app.
    assert!(by_itself(&made.token) && !by_itself(&house.token));
    let listed =
        |who| revoke_service_token(&house.client(who), &made.token, false, &house.fixed.ctx()).writes.len();
    assert_eq!((listed("api"), listed("planner"), listed("files")), (1, 0, 0));
}

/// RFC 9701 5, RFC 7662 2.2: each resource hears of itself; the token's own client knows what it has.
#[test]
fn a_resource_is_told_its_own_scopes_and_its_own_name_alone() {
    let mut house = House::build();
    let mut claims = house.token.claims().clone();
    let all = [API, FILES, MAIL, "https://id.example"].map(str::to_owned).to_vec();
    claims.aud = serde_json::from_value(serde_json::json!(all)).unwrap();
    claims.scope = Scope::parse("openid email plans:read files:read mail:send").unwrap();
    house.token = AccessToken::signed(claims, &house.fixed.ctx()).unwrap();
    house.known.1[1].scope = Scope::parse("files:read files:write").unwrap();
    let told = |house: &House, who: &str| {
        let (token, ctx) = (&house.token, house.fixed.ctx());
        let told = introspect(&house.client(who), token, &house.behind(token), &house.known, &ctx);
        assert!(told.active);
        let json = serde_json::to_value(&told).unwrap();
        (json["scope"].clone(), json["aud"].clone(), json.get("username").is_some())
    };
    assert_eq!(told(&house, "api"), ("plans:read".into(), API.into(), true));
    assert_eq!(told(&house, "files"), ("files:read".into(), FILES.into(), true));
    assert_eq!(told(&house, "mail"), (serde_json::Value::Null, MAIL.into(), true), "it knows no scopes");
    let whole = "openid email plans:read files:read mail:send";
    let own = told(&house, "planner");
    assert_eq!(
        (own.0.as_str().map(|it| it.split(' ').count()), own.2),
        (Some(whole.split(' ').count()), false)
    );
    assert_eq!(own.1, serde_json::json!(all));
    house.known.1[0].introspection_clients.push(ClientId::parse("files").unwrap());
    let both = told(&house, "files");
    assert_eq!(
        (both.0, both.1),
        ("files:read plans:read".into(), serde_json::json!([API, FILES])),
        "a gateway"
    );
}

/// Somebody who could forge `client_id` alone would be found out by `act`.
#[test]
fn the_client_of_an_exchanged_token_is_who_acts() {
    let house = House::build();
    let mut claims = house.ask("api", |_| {}).unwrap().access;
    claims.client_id = ClientId::parse("planner").unwrap();
    let token = AccessToken::signed(claims, &house.fixed.ctx()).unwrap();
    assert!(!house.behind(&token).stands(&token, &house.known, &house.fixed.ctx()));
}
