//! One code per flow, none without a live session, and pushed requests used once.

use countersign_core::account::{User, UserState};
use countersign_core::ctx::fixed::Fixed;
use countersign_core::login::{Approved, Flow, Next, Target, next};
use countersign_core::oauth::client_auth::{Credentials, authenticate};
use countersign_core::oauth::registration::{AuthMethod, ClientMetadata};
use countersign_core::oauth::{AuthorizationRequest, Client, IssueRefused, Params, authorize, par};
use countersign_core::organization::OrgScope;
use countersign_core::secret::kind;
use countersign_core::session::live::FoundSession;
use countersign_core::session::{Authentication, Factor, Session, SessionState};
use countersign_core::{Id, Plain, Subject, time};
use countersign_store::oauth::codes::{self, IssueCode};
use countersign_store::oauth::par::{FindPushed, KeepPushed};
use countersign_store::{Db, Sql, code_columns, params, purge, unit};
use std::sync::Arc;

use crate::support::both;

const USER: Sql = Sql::new(
    "INSERT INTO users (id, subject, epoch, claims, created_at, updated_at) VALUES ($1, $2, 0, '{}', $3, $3)",
);
const SESSION: Sql = Sql::new(
    "INSERT INTO sessions (id, user_id, cookie, epoch, auth_time, factors, agent, network, created_at, seen_at, expires_at) \
     VALUES ($1, $2, $3, 0, $4, '[]', '', '', $4, $4, $5)",
);
const END: Sql = Sql::new("UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL");
const DISABLE: Sql = Sql::new("UPDATE users SET disabled_at = $1 WHERE disabled_at IS NULL");
const EPOCH: Sql = Sql::new("UPDATE users SET epoch = epoch + 1 WHERE created_at <= $1");
const READ: Sql = Sql::new(concat!("SELECT ", code_columns!(), " FROM codes WHERE flow_id = $1"));
const PARAMS: &[u8] =
    b"client_id=app&redirect_uri=https://app.example/cb&response_type=code&scope=openid&nonce=n\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbGM0q5QFsVU&code_challenge_method=S256";

struct House {
    fixed: Fixed,
    client: Client,
    found: FoundSession,
}

impl House {
    /// An app, and a person who is signed in.
    async fn build(db: &Db) -> Self {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let metadata = ClientMetadata {
            token_endpoint_auth_method: Some(AuthMethod::None),
            first_party: true,
            redirect_uris: vec!["https://app.example/cb".to_owned()],
            ..ClientMetadata::new("app")
        };
        let user = User {
            id: Id::new(&ctx),
            subject: Subject::new(&ctx),
            state: UserState::Active,
            epoch: 0,
            admin: false,
            claims: Default::default(),
            created_at: ctx.now,
            updated_at: ctx.now,
        };
        let session = Session {
            id: Id::new(&ctx),
            user: user.id,
            epoch: 0,
            authentication: Authentication { auth_time: ctx.now, factors: vec![Factor::Password] },
            created_at: ctx.now,
            seen_at: ctx.now,
            expires_at: ctx.now + time::days(30),
            state: SessionState::Live,
            agent: String::new(),
            network: String::new(),
        };
        let cookie = Plain::<kind::Session>::mint(&ctx).digest(&ctx);
        let (subject, row) = (user.subject.clone(), session.clone());
        db.run(unit(move |tx| {
            let (subject, row) = (subject.clone(), row.clone());
            Box::pin(async move {
                tx.exec(&USER, params![row.user, &subject, row.created_at]).await?;
                tx.exec(&SESSION, params![row.id, row.user, &cookie, row.created_at, row.expires_at]).await
            })
        }))
        .await
        .unwrap();
        let client = metadata.validate(OrgScope::installation().org()).unwrap();
        Self { client, found: FoundSession { session, user, email: None, phone: None }, fixed }
    }

    fn request(&self) -> AuthorizationRequest {
        authorize(&Params::parse(PARAMS).unwrap(), Some(&self.client), &|_| None).unwrap()
    }

    fn approve(&self, request: &AuthorizationRequest) -> Approved {
        let ctx = self.fixed.ctx();
        let browser = Plain::<kind::Browser>::presented("b").digest(&ctx);
        let flow = Flow::begin(&ctx, browser, Target::App(Box::new(request.clone())));
        let here = self.found.clone().live(&ctx).unwrap();
        match next(&flow, Some(&here), Some(&self.client), &Default::default(), ctx.policy, ctx.now) {
            Next::Done(approved) => approved,
            other => panic!("{other:?}"),
        }
    }

    fn unit(&self, request: AuthorizationRequest, approved: Approved) -> IssueCode {
        IssueCode {
            env: self.fixed.env(),
            request,
            approved,
            client: Some(Arc::new(self.client.clone())),
            owns_session: false,
        }
    }

    async fn refusal(&self, db: &Db) -> IssueRefused {
        let request = self.request();
        let approved = self.approve(&request);
        let (result, trace) = db.run(self.unit(request, approved)).await.unwrap();
        let refused = result.unwrap_err();
        assert!(format!("{trace:?}").contains(refused.check()));
        refused
    }
}

both! {
    async fn a_code_comes_back_as_it_went_in(db: Db) {
        let house = House::build(&db).await;
        let request = house.request();
        let approved = house.approve(&request);
        let flow = approved.flow();
        let before = db.counters();
        let (code, _) = db.run(house.unit(request.clone(), approved)).await.unwrap();
        let code = code.unwrap();
        // The budget of a code flow: one statement and one commit here.
        let cost = db.counters() - before;
        assert_eq!((cost.statements, cost.commits), (1, 1));
        let row = db
            .read(unit(move |tx| Box::pin(async move { codes::read(&tx.one(&READ, params![flow]).await?.unwrap()) })))
            .await
            .unwrap();
        assert_eq!(row.digest, code.digest(&house.fixed.ctx()));
        assert_eq!((row.user, row.session), (house.found.user.id, house.found.session.id));
        assert_eq!((row.nonce.as_deref(), &row.scope), (Some("n"), &request.scope));
        assert_eq!((row.challenge, row.spent_at), (request.challenge, None));
        assert!(row.redirect_uri_sent);
    }

    /// the back button, and fifty tabs at once.
    async fn a_flow_has_one_code(db: Db) {
        let house = House::build(&db).await;
        let request = house.request();
        let approved = house.approve(&request);
        let barrier = Arc::new(tokio::sync::Barrier::new(50));
        let calls: Vec<_> = (0..50)
            .map(|_| {
                let (db, barrier) = (db.clone(), barrier.clone());
                let unit = house.unit(request.clone(), approved.clone());
                tokio::spawn(async move {
                    barrier.wait().await;
                    db.run(unit).await.unwrap().0
                })
            })
            .collect();
        let mut given = 0;
        for call in calls {
            match call.await.unwrap() {
                Ok(_) => given += 1,
                Err(refused) => assert_eq!(refused, IssueRefused::Finished),
            }
        }
        assert_eq!(given, 1);
    }

    /// A-012, an hour later: the page of a finished flow is still open, and purging has come by.
    async fn a_finished_flow_is_remembered_as_long_as_its_page_opens(db: Db) {
        let mut house = House::build(&db).await;
        let request = house.request();
        let approved = house.approve(&request);
        assert!(db.run(house.unit(request.clone(), approved.clone())).await.unwrap().0.is_ok());
        house.fixed.now += house.fixed.policy.lifetimes.flow - time::minutes(1);
        purge::purge(&db, house.fixed.now).await.unwrap();
        let again = db.run(house.unit(request, approved)).await.unwrap().0;
        assert_eq!(again.unwrap_err(), IssueRefused::Finished);
    }

    /// what happened while the page was open counts.
    async fn an_ended_session_gets_no_code(db: Db) {
        let house = House::build(&db).await;
        let now = house.fixed.now;
        db.run(unit(move |tx| Box::pin(async move { tx.exec(&END, params![now]).await }))).await.unwrap();
        assert_eq!(house.refusal(&db).await, IssueRefused::SessionOver);
    }

    async fn a_disabled_person_gets_no_code(db: Db) {
        let house = House::build(&db).await;
        let now = house.fixed.now;
        db.run(unit(move |tx| Box::pin(async move { tx.exec(&DISABLE, params![now]).await }))).await.unwrap();
        assert_eq!(house.refusal(&db).await, IssueRefused::SessionOver);
    }

    async fn a_password_change_voids_the_session_for_codes(db: Db) {
        let house = House::build(&db).await;
        let now = house.fixed.now;
        db.run(unit(move |tx| Box::pin(async move { tx.exec(&EPOCH, params![now]).await }))).await.unwrap();
        assert_eq!(house.refusal(&db).await, IssueRefused::SessionOver);
    }

    /// opened as often as one likes, completed once.
    async fn a_pushed_request_is_completed_once(db: Db) {
        let house = House::build(&db).await;
        let ctx = house.fixed.ctx();
        let params = Params::parse(PARAMS).unwrap();
        let named = Credentials::find(None, &params).unwrap();
        let client = authenticate(&named, Some(Arc::new(house.client.clone()))).unwrap();
        let pushed = par::push(&params, &client, &|_| None, Id::new(&ctx), &ctx);
        let uri = pushed.result.unwrap().request_uri;
        db.run(KeepPushed::new(pushed.writes)).await.unwrap();
        let digest = par::digest(&uri, &ctx).unwrap();
        let open = async || {
            let found = db.read(FindPushed(digest)).await.unwrap();
            par::open(found, Some(&house.client), &ctx)
        };
        let (first, second) = (open().await.unwrap(), open().await.unwrap());
        let approved = house.approve(&first);
        assert!(db.run(house.unit(first, approved)).await.unwrap().0.is_ok());
        let approved = house.approve(&second);
        assert_eq!(db.run(house.unit(second, approved)).await.unwrap().0.unwrap_err(), IssueRefused::PushedUsed);
        assert!(open().await.is_err());
    }
}
