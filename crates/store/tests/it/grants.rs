//! Codes become grants, grants refresh and end: races, sweeps, and what each costs.

use countersign_core::account::{EmailRow, StandardClaims, User, UserState};
use countersign_core::ctx::fixed::Fixed;
use countersign_core::oauth::client_auth::{AuthenticatedClient, Credentials, authenticate};
use countersign_core::oauth::registration::{AuthMethod, ClientMetadata};
use countersign_core::oauth::token::{CodeRefused, CodeRequest, Granted, RefreshRefused, RefreshRequest};
use countersign_core::oauth::{ClaimsRequest, CodeChallenge, GrantType, Scope, StoredCode};
use countersign_core::organization::OrgScope;
use countersign_core::secret::{base64url, kind};
use countersign_core::session::session::NewSession;
use countersign_core::session::{
    Authentication, EndReason, Factor, FamilyState, Grant, RefreshToken, Session, SessionState,
};
use countersign_core::time::days;
use countersign_core::{ClientId, Id, Plain, Subject, Write, id};
use countersign_store::oauth::{FindGrant, RedeemCode, Refresh, RevokeGrant, codes};
use countersign_store::{Db, DbError, Sql, apply, counted, params, unit};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;

use crate::support::both;

pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CALLBACK: &str = "https://planner.example/cb";
const EVENTS: Sql = Sql::new("SELECT kind FROM outbox ORDER BY id");

pub fn client(name: &str) -> AuthenticatedClient {
    let metadata = ClientMetadata {
        token_endpoint_auth_method: Some(AuthMethod::None),
        grant_types: Some(vec![GrantType::AuthorizationCode, GrantType::RefreshToken]),
        redirect_uris: vec![CALLBACK.to_owned()],
        scope: Some("openid offline_access".to_owned()),
        resources: vec!["https://api.example".to_owned()],
        ..ClientMetadata::new(name)
    };
    let client = metadata.validate(OrgScope::installation().org()).unwrap();
    authenticate(&Credentials::None { client_id: name.to_owned() }, Some(Arc::new(client))).unwrap()
}

/// A person who is signed in, and a code of theirs for the planner.
#[derive(Clone)]
pub struct House {
    pub fixed: Arc<Fixed>,
    pub user: Id<id::User>,
    pub session: Id<id::Session>,
    pub code: StoredCode,
    plain: String,
}

impl House {
    pub async fn build(db: &Db, scope: &str) -> Self {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let claims = StandardClaims { name: Some("Anna".into()), ..StandardClaims::default() };
        let user = User {
            id: Id::new(&ctx),
            subject: Subject::new(&ctx),
            state: UserState::Active,
            epoch: 0,
            admin: false,
            claims,
            created_at: ctx.now,
            updated_at: ctx.now,
        };
        let email = EmailRow {
            id: Id::new(&ctx),
            user: user.id,
            address: "Anna@example.org".into(),
            key: "anna@example.org".into(),
            verified_at: Some(ctx.now),
            primary: true,
        };
        let session = Session {
            id: Id::new(&ctx),
            user: user.id,
            epoch: 0,
            authentication: Authentication { auth_time: ctx.now, factors: vec![Factor::Password] },
            created_at: ctx.now,
            seen_at: ctx.now,
            expires_at: ctx.now + days(30),
            state: SessionState::Live,
            agent: "Firefox on Linux".into(),
            network: "192.0.2.0/24".into(),
        };
        let cookie = Plain::<kind::Session>::mint(&ctx).digest(&ctx);
        let plain = Plain::<kind::Code>::mint(&ctx);
        let mut asked = ClaimsRequest::default();
        asked.userinfo.insert("picture".into(), None);
        let code = StoredCode {
            digest: plain.digest(&ctx),
            flow: Id::new(&ctx),
            family: Id::new(&ctx),
            client: ClientId::parse("planner").unwrap(),
            user: user.id,
            session: session.id,
            redirect_uri: CALLBACK.into(),
            redirect_uri_sent: true,
            challenge: CodeChallenge::parse(&challenge()),
            scope: Scope::parse(scope).unwrap(),
            resources: vec!["https://api.example".into()],
            nonce: Some("n".into()),
            authentication: session.authentication.clone(),
            acr: None,
            auth_time_wanted: false,
            claims: Some(asked),
            issued_at: ctx.now,
            expires_at: ctx.now + Duration::from_secs(60),
            spent_at: None,
        };
        let house = Self {
            user: user.id,
            session: session.id,
            plain: plain.expose().to_owned(),
            code: code.clone(),
            fixed: Arc::new(fixed),
        };
        house
            .write(
                db,
                vec![
                    Write::InsertUser(Box::new(user)),
                    Write::InsertEmail(Box::new(email)),
                    Write::InsertSession(Box::new(NewSession { session, cookie })),
                ],
            )
            .await;
        let put = unit(move |tx| {
            let code = code.clone();
            Box::pin(async move { codes::insert(tx, &code, code.expires_at + days(1)).await })
        });
        assert!(db.run(put).await.unwrap());
        house
    }

    /// Another code of the same sign-in, for this app.
    pub async fn again(&mut self, db: &Db, client: &str) {
        let ctx = self.fixed.ctx();
        let plain = Plain::<kind::Code>::mint(&ctx);
        self.plain = plain.expose().to_owned();
        self.code.digest = plain.digest(&ctx);
        (self.code.flow, self.code.family) = (Id::new(&ctx), Id::new(&ctx));
        self.code.client = ClientId::parse(client).unwrap();
        (self.code.issued_at, self.code.expires_at) = (ctx.now, ctx.now + Duration::from_secs(60));
        let code = self.code.clone();
        let put = unit(move |tx| {
            let code = code.clone();
            Box::pin(async move { codes::insert(tx, &code, code.expires_at + days(1)).await })
        });
        assert!(db.run(put).await.unwrap());
    }

    pub async fn write(&self, db: &Db, writes: Vec<Write>) {
        db.run(unit(move |tx| {
            let writes = writes.clone();
            Box::pin(async move { apply(tx, &writes).await })
        }))
        .await
        .unwrap();
    }

    pub fn redeem(&self, client: AuthenticatedClient, verifier: &str) -> RedeemCode {
        let request = CodeRequest {
            code: Plain::presented(self.plain.clone()),
            verifier: Some(verifier.to_owned().into()),
            redirect_uri: Some(CALLBACK.into()),
            resources: vec![],
        };
        RedeemCode { env: self.fixed.env(), client, request }
    }

    fn refresh(&self, text: &str) -> Refresh {
        let env = self.fixed.env();
        let token = RefreshToken::parse(text, &env.ctx());
        let request = RefreshRequest { token, scope: None, resources: vec![] };
        Refresh { env, client: client("planner"), request }
    }

    async fn first_token(&self, db: &Db) -> String {
        refresh_token(db.run(self.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap())
    }

    pub async fn grant(&self, db: &Db) -> Option<Grant> {
        db.read(FindGrant(self.code.family)).await.unwrap()
    }
}

/// RFC 7636 appendix B.
fn challenge() -> String {
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned()
}

fn refresh_token(granted: Granted) -> String {
    granted.refresh_token.unwrap().to_string()
}

async fn events(db: &Db) -> Vec<String> {
    db.read(unit(|tx| {
        Box::pin(async move {
            let rows = tx.rows(&EVENTS, params![]).await?;
            rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
        })
    }))
    .await
    .unwrap()
}

/// Releases all at once and gathers what they were told.
async fn race<T: Send + 'static>(all: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let barrier = Arc::new(Barrier::new(all.len()));
    let tasks: Vec<_> = all
        .into_iter()
        .map(|one| {
            let barrier = barrier.clone();
            tokio::spawn(async move {
                barrier.wait().await;
                one.await
            })
        })
        .collect();
    let mut told = Vec::new();
    for task in tasks {
        told.push(task.await.unwrap());
    }
    told
}

both! {
    /// one of 50 gets tokens; the others have shown that the code is in two hands.
    async fn of_fifty_redeemers_one_gets_tokens_and_the_grant_ends(db: Db) {
        let house = House::build(&db, "openid").await;
        let racers = (0..50).map(|_| {
            let (db, work) = (db.clone(), house.redeem(client("planner"), VERIFIER));
            async move { db.run(work).await.unwrap().result }
        });
        let told = race(racers.collect()).await;
        assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 1);
        let replays = told.iter().filter(|it| matches!(it, Err(CodeRefused::Replayed))).count();
        assert_eq!(replays, 49);
        let grant = house.grant(&db).await.unwrap();
        assert!(matches!(grant.family.state, FamilyState::Ended(_, EndReason::CodeReused)));
        assert_eq!(events(&db).await, ["grant.created", "code.reused", "mail.requested"], "told once");
        let winner = told.into_iter().find_map(Result::ok).map(refresh_token).unwrap();
        let dead = db.run(house.refresh(&winner)).await.unwrap().result;
        assert_eq!(dead.err(), Some(RefreshRefused::Stolen));
    }

    /// Each end is in the record; the person has one mail a day for each app, whatever came twice.
    async fn a_person_is_told_once_a_day_for_each_app_that_codes_came_twice(db: Db) {
        let mut house = House::build(&db, "openid").await;
        let replay = async |house: &mut House, who: &str| {
            house.again(&db, who).await;
            db.run(house.redeem(client(who), VERIFIER)).await.unwrap().result.unwrap();
            db.run(house.redeem(client(who), VERIFIER)).await.unwrap().result.err().unwrap();
            let all = events(&db).await;
            let count = |kind: &str| all.iter().filter(|it| *it == kind).count();
            (count("code.reused"), count("mail.requested"))
        };
        assert_eq!(replay(&mut house, "planner").await, (1, 1));
        assert_eq!(replay(&mut house, "planner").await, (2, 1));
        assert_eq!(replay(&mut house, "notes").await, (3, 2), "another app");
        Arc::get_mut(&mut house.fixed).unwrap().now += days(1);
        assert_eq!(replay(&mut house, "planner").await, (4, 3), "another day");
    }

    /// DESIGN 2: who only saw the code go by can neither use nor burn it.
    async fn strangers_neither_spend_a_code_nor_end_its_grant(db: Db) {
        let house = House::build(&db, "openid").await;
        let wrong = "a".repeat(43);
        for (who, verifier) in [("mallory", VERIFIER), ("planner", wrong.as_str())] {
            assert!(db.run(house.redeem(client(who), verifier)).await.unwrap().result.is_err());
        }
        let first = house.first_token(&db).await;
        for (who, verifier) in [("mallory", VERIFIER), ("planner", wrong.as_str())] {
            assert!(db.run(house.redeem(client(who), verifier)).await.unwrap().result.is_err());
        }
        assert!(db.run(house.refresh(&first)).await.unwrap().result.is_ok());
    }

    /// 50 tabs refresh at once, and all of them hold the same successor.
    async fn fifty_parallel_refreshes_make_one_child(db: Db) {
        let house = House::build(&db, "openid").await;
        let first = house.first_token(&db).await;
        let racers = (0..50).map(|_| {
            let (db, work) = (db.clone(), house.refresh(&first));
            async move { db.run(work).await.unwrap().result.map(refresh_token) }
        });
        let mut told: Vec<_> = race(racers.collect()).await.into_iter().map(Result::unwrap).collect();
        told.sort();
        told.dedup();
        assert_eq!(told.len(), 1);
        let family = house.grant(&db).await.unwrap().family;
        assert_eq!(family.refresh.unwrap().generation, 1);
        assert_eq!(family.state, FamilyState::Live);
    }

    /// whoever comes first, no token lives afterwards.
    async fn a_revocation_that_races_rotations_leaves_no_token_alive(db: Db) {
        let house = House::build(&db, "openid").await;
        let mut text = house.first_token(&db).await;
        for _ in 0..3 {
            text = refresh_token(db.run(house.refresh(&text)).await.unwrap().result.unwrap());
        }
        let racers = (0..20).map(|i| {
            let (db, rotate, family) = (db.clone(), house.refresh(&text), house.code.family);
            let revoke = RevokeGrant { env: house.fixed.env(), client: client("planner"), family };
            async move {
                if i == 7 {
                    db.run(revoke).await.unwrap();
                    return None;
                }
                db.run(rotate).await.unwrap().result.map(refresh_token).ok()
            }
        });
        let mut seen: Vec<_> = race(racers.collect()).await.into_iter().flatten().collect();
        seen.push(text);
        for text in seen {
            assert_eq!(db.run(house.refresh(&text)).await.unwrap().result.err(), Some(RefreshRefused::Revoked));
        }
        let state = house.grant(&db).await.unwrap().family.state;
        assert!(matches!(state, FamilyState::Ended(_, EndReason::Revoked)));
    }

    /// RFC 7009 2.1: another client's token changes nothing.
    async fn only_its_own_client_revokes_a_grant(db: Db) {
        let house = House::build(&db, "openid").await;
        let first = house.first_token(&db).await;
        let revoke = |who| RevokeGrant { env: house.fixed.env(), client: client(who), family: house.code.family };
        db.run(revoke("mallory")).await.unwrap();
        let second = refresh_token(db.run(house.refresh(&first)).await.unwrap().result.unwrap());
        db.run(revoke("planner")).await.unwrap();
        db.run(revoke("planner")).await.unwrap();
        assert_eq!(db.run(house.refresh(&second)).await.unwrap().result.err(), Some(RefreshRefused::Revoked));
        assert_eq!(events(&db).await, ["grant.created", "grant.ended"]);
    }

    async fn an_old_refresh_token_ends_the_grant_and_says_so(db: Db) {
        let house = House::build(&db, "openid").await;
        let first = house.first_token(&db).await;
        let second = refresh_token(db.run(house.refresh(&first)).await.unwrap().result.unwrap());
        let third = refresh_token(db.run(house.refresh(&second)).await.unwrap().result.unwrap());
        let old = db.run(house.refresh(&first)).await.unwrap().result;
        assert_eq!(old.err(), Some(RefreshRefused::Reused));
        assert_eq!(db.run(house.refresh(&third)).await.unwrap().result.err(), Some(RefreshRefused::Stolen));
        assert_eq!(events(&db).await, ["grant.created", "refresh.reused", "mail.requested"]);
    }

    /// What is read is what was decided.
    async fn a_grant_survives_its_row(db: Db) {
        let house = House::build(&db, "openid offline_access").await;
        assert!(house.grant(&db).await.is_none());
        let first = house.first_token(&db).await;
        let Grant { family, session, holder } = house.grant(&db).await.unwrap();
        assert!(family.offline && family.claims == house.code.claims);
        assert_eq!((family.scope, family.resources), (house.code.scope.clone(), house.code.resources.clone()));
        assert_eq!((family.user, family.session, family.flow), (house.user, house.session, house.code.flow));
        assert_eq!(family.authentication, house.code.authentication);
        let state = family.refresh.unwrap();
        let token = RefreshToken::parse(&first, &house.fixed.ctx()).unwrap();
        assert_eq!((state.generation, state.current), (0, token.digest()));
        assert!(state.previous.is_none());
        assert_eq!(session.unwrap().ended, None);
        assert_eq!(holder.email, Some(("Anna@example.org".into(), true)));
        assert_eq!(holder.claims.name.as_deref(), Some("Anna"));
    }

    /// DESIGN 5: what ends which grants.
    async fn each_end_reaches_the_grants_it_names(db: Db) {
        let at = Fixed::new().now;
        let planner = ClientId::parse("planner").unwrap();
        for (scope, offline, ended) in [("openid", false, true), ("openid offline_access", false, false), ("openid offline_access", true, true)] {
            let house = House::build(&db, scope).await;
            house.first_token(&db).await;
            let sweep = Write::EndFamiliesOfSession { session: house.session, offline, reason: EndReason::SignedOut, at };
            house.write(&db, vec![sweep]).await;
            let lives = house.grant(&db).await.unwrap().family.state == FamilyState::Live;
            assert_eq!(lives, !ended, "{scope}, {offline}");
            // The next house stands alone: one verified address each.
            clear(&db).await;
        }
        for of_session in [false, true] {
            let house = House::build(&db, "openid").await;
            house.first_token(&db).await;
            let except = of_session.then_some(house.session);
            house.write(&db, vec![Write::EndFamiliesOfUser(house.user, except, EndReason::PasswordChanged, at)]).await;
            let lives = house.grant(&db).await.unwrap().family.state == FamilyState::Live;
            assert_eq!(lives, of_session);
            house.write(&db, vec![Write::EndFamiliesOfClient(house.user, planner.clone(), EndReason::ConsentWithdrawn, at)]).await;
            let first = if of_session { EndReason::ConsentWithdrawn } else { EndReason::PasswordChanged };
            let state = house.grant(&db).await.unwrap().family.state;
            assert_eq!(state, FamilyState::Ended(at, first), "the first reason stays");
            clear(&db).await;
        }
    }

    /// a decision made from rows that moved meanwhile writes nothing.
    async fn a_stale_decision_misses_its_guard(db: Db) {
        let house = House::build(&db, "openid").await;
        let first = house.first_token(&db).await;
        let (at, family) = (house.fixed.now, house.code.family);
        let seen = house.grant(&db).await.unwrap().family.refresh.unwrap();
        db.run(house.refresh(&first)).await.unwrap().result.unwrap();
        let now = house.grant(&db).await.unwrap().family.refresh.unwrap();
        let rotate = |from: i64| Write::RotateFamily { id: family, from, to: now.clone(), at };
        let end = Write::EndFamily(family, EndReason::Revoked, at);
        let spend = Write::SpendCode { digest: house.code.digest, at, keep_until: at };
        let missed = async |write: Write| {
            let work = unit(move |tx| {
                let write = write.clone();
                Box::pin(async move { apply(tx, &[write]).await })
            });
            matches!(db.run(work).await, Err(DbError::Missed(_)))
        };
        assert!(missed(spend).await, "spent before");
        assert!(missed(rotate(seen.generation)).await, "rotated meanwhile");
        assert!(!missed(rotate(now.generation)).await);
        assert!(!missed(end.clone()).await);
        assert!(missed(end).await, "ended meanwhile, and told");
        assert!(missed(rotate(now.generation)).await, "ended meanwhile");
    }

    /// P6, P8: what a flow costs, in statements and durable commits.
    async fn tokens_cost_what_the_budget_says(db: Db) {
        let house = House::build(&db, "openid").await;
        let cost = |counters: countersign_store::Counters| (counters.statements, counters.commits);
        let (decided, redeem) = counted(db.run(house.redeem(client("planner"), VERIFIER))).await;
        assert_eq!(cost(redeem), (4, 1), "code with session and person, spend, grant, event");
        let first = refresh_token(decided.unwrap().result.unwrap());
        let (_, rotate) = counted(db.run(house.refresh(&first))).await;
        assert_eq!(cost(rotate), (2, 1), "grant with session and person, rotation");
        let (again, grace) = counted(db.run(house.refresh(&first))).await;
        assert!(again.unwrap().result.is_ok());
        assert_eq!(cost(grace), (1, 0), "the same successor is read");
        let (forged, none) = counted(db.run(house.refresh("cs_rt_forged"))).await;
        assert_eq!(forged.unwrap().result.err(), Some(RefreshRefused::Forged));
        assert_eq!(cost(none), (0, 0), "a forged token asks nothing");
        let (_, read) = counted(db.read(FindGrant(house.code.family))).await;
        assert_eq!(cost(read), (1, 0), "userinfo and introspection");
    }
}

pub async fn clear(db: &Db) {
    const ALL: [Sql; 6] = [
        Sql::new("DELETE FROM families"),
        Sql::new("DELETE FROM codes"),
        Sql::new("DELETE FROM sessions"),
        Sql::new("DELETE FROM emails"),
        Sql::new("DELETE FROM outbox"),
        Sql::new("DELETE FROM users"),
    ];
    db.run(unit(|tx| {
        Box::pin(async move {
            for sql in &ALL {
                tx.exec(sql, params![]).await?;
            }
            Ok::<_, DbError>(())
        })
    }))
    .await
    .unwrap();
}

#[test]
fn the_challenge_is_the_one_of_rfc_7636() {
    use sha2::Digest as _;
    assert_eq!(base64url(&sha2::Sha256::digest(VERIFIER)), challenge());
}
