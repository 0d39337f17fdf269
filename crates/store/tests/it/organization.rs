//! Members of an organization, and what its apps were given.

use countersign_core::account::EmailAddress;
use countersign_core::oauth::Client;
use countersign_core::oauth::token::{CodeRefused, Granted, RefreshRefused, RefreshRequest};
use countersign_core::organization::{MemberOrder, MemberRefused, OrgHandle};
use countersign_core::session::{EndReason, FamilyState, GrantDead, RefreshToken};
use countersign_store::account::operator::Whom;
use countersign_store::login::sessions::FindAtApp;
use countersign_store::oauth::{FindGrant, Refresh};
use countersign_store::organization::{ChangeMember, Create, Members, Show};
use countersign_store::{Db, Decided};

use crate::grants::{House, VERIFIER, client};
use crate::notices::{OUT, due, put};
use crate::support::both;

fn acme() -> OrgHandle {
    "acme".parse().unwrap()
}

async fn create(db: &Db, house: &House, handle: &str) -> Option<MemberRefused> {
    let (env, handle) = (house.fixed.env(), handle.parse().unwrap());
    db.run(Create { env, handle, name: "Acme Ltd".into() }).await.unwrap().result.err()
}

async fn order(db: &Db, house: &House, order: MemberOrder) -> Option<MemberRefused> {
    let (env, whom) = (house.fixed.env(), address("anna@example.org"));
    let Decided { result, .. } = db.run(ChangeMember { env, handle: acme(), whom, order }).await.unwrap();
    assert!(result.is_err() || result == Ok(house.user));
    result.err()
}

fn address(text: &str) -> Whom {
    Whom::Address(EmailAddress::parse(text).unwrap())
}

async fn refresh(house: &House, db: &Db, who: &str, text: &str) -> Result<Granted, RefreshRefused> {
    let env = house.fixed.env();
    let token = RefreshToken::parse(text, &env.ctx());
    let request = RefreshRequest { token, scope: None, resources: vec![] };
    db.run(Refresh { env, client: client(who), request }).await.unwrap().result
}

/// The planner is for Acme; the notes are for everybody.
async fn apps(db: &Db, house: &House) {
    let out = |of: &Client| Client { backchannel_logout_uri: Some(OUT.into()), ..of.clone() };
    let planner = client("planner");
    put(db, Client { organization: Some(acme()), ..out(planner.client()) }, house.fixed.now).await;
    put(db, out(client("notes").client()), house.fixed.now).await;
}

both! {
    async fn handles_are_taken_once_and_members_join_and_leave_once(db: Db) {
        let house = House::build(&db, "openid").await;
        assert_eq!(order(&db, &house, MemberOrder::Add).await, Some(MemberRefused::NoOrganization));
        assert_eq!(db.read(Members(acme())).await.unwrap(), None);
        assert_eq!(create(&db, &house, "acme").await, None);
        assert_eq!(create(&db, &house, "acme").await, Some(MemberRefused::Taken));
        assert_eq!(create(&db, &house, "beta").await, None);
        let nobody = address("nobody@example.org");
        let work = ChangeMember { env: house.fixed.env(), handle: acme(), whom: nobody, order: MemberOrder::Add };
        assert_eq!(db.run(work).await.unwrap().result, Err(MemberRefused::NoAccount));
        for (what, why) in [
            (MemberOrder::Remove, Some(MemberRefused::NotMember)),
            (MemberOrder::Add, None),
            (MemberOrder::Add, Some(MemberRefused::Already)),
        ] {
            assert_eq!(order(&db, &house, what).await, why);
        }
        apps(&db, &house).await;
        let shown = db.read(Show(None)).await.unwrap();
        let shown: Vec<_> = shown.iter().map(|it| (it.organization.handle.as_str(), it.clients.len(), it.members)).collect();
        assert_eq!(shown, [("acme", 1, 1), ("beta", 0, 0)], "the installation is none of them");
        assert_eq!(db.read(Show(Some(acme()))).await.unwrap().len(), 1);
        let members = db.read(Members(acme())).await.unwrap().unwrap();
        assert_eq!((members.len(), members[0].user, members[0].email.as_deref()), (1, house.user, Some("Anna@example.org")));
        let at = async |organization: &str| {
            let organization = Some(organization.parse().unwrap());
            db.read(FindAtApp { user: house.user, consent: None, organization }).await.unwrap().member
        };
        assert_eq!((at("acme").await, at("beta").await, at("gamma").await), (true, false, false));
        house.write(&db, vec![countersign_core::Write::DeleteUser(house.user, house.fixed.now)]).await;
        assert_eq!(db.read(Members(acme())).await.unwrap(), Some(vec![]), "nothing of the deleted stays");
    }

    /// Issue: refresh is refused for a lost membership; what the organization's apps were given ends in the same commit,
    /// and nothing else.
    async fn who_leaves_loses_the_grants_of_the_organizations_apps_and_of_no_other(db: Db) {
        let house = House::build(&db, "openid offline_access").await;
        create(&db, &house, "acme").await;
        order(&db, &house, MemberOrder::Add).await;
        apps(&db, &house).await;
        let granted = db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
        let granted = refresh(&house, &db, "planner", &granted.refresh_token.unwrap()).await.unwrap();
        let mut other = house.clone();
        other.again(&db, "notes").await;
        let notes = db.run(other.redeem(client("notes"), VERIFIER)).await.unwrap().result.unwrap();
        other.again(&db, "planner").await;
        assert_eq!(order(&db, &house, MemberOrder::Remove).await, None);
        assert_eq!(due(&db, &house).await, ["logout:planner"], "the app hears of it, and only it");
        let found = db.read(FindGrant(house.code.family)).await.unwrap().unwrap();
        assert_eq!(found.family.state, FamilyState::Ended(house.fixed.now, EndReason::MembershipLost));
        let refused = refresh(&house, &db, "planner", &granted.refresh_token.unwrap()).await;
        assert_eq!(refused.err(), Some(RefreshRefused::NotMember));
        let code = db.run(other.redeem(client("planner"), VERIFIER)).await.unwrap().result;
        assert_eq!(code.err(), Some(CodeRefused::Replayed), "a code on its way is void");
        assert!(refresh(&house, &db, "notes", &notes.refresh_token.unwrap()).await.is_ok());
    }

    /// An app that becomes an organization's is its members' at once, whatever it gave before.
    async fn a_grant_is_good_for_members_only_as_soon_as_the_app_is(db: Db) {
        let house = House::build(&db, "openid offline_access").await;
        let mut other = house.clone();
        let granted = db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
        other.again(&db, "planner").await;
        apps(&db, &house).await;
        let token = granted.refresh_token.unwrap();
        assert_eq!(refresh(&house, &db, "planner", &token).await.err(), Some(RefreshRefused::NotMember), "of nothing");
        create(&db, &house, "acme").await;
        assert_eq!(refresh(&house, &db, "planner", &token).await.err(), Some(RefreshRefused::NotMember));
        let ctx = house.fixed.ctx();
        let found = db.read(FindGrant(house.code.family)).await.unwrap().unwrap();
        assert_eq!(found.alive(&ctx).err(), Some(GrantDead::NotMember));
        let code = db.run(other.redeem(client("planner"), VERIFIER)).await.unwrap().result;
        assert_eq!(code.err(), Some(CodeRefused::SignInOver));
        order(&db, &house, MemberOrder::Add).await;
        assert!(refresh(&house, &db, "planner", &token).await.is_ok());
        assert!(db.run(other.redeem(client("planner"), VERIFIER)).await.unwrap().result.is_ok());
    }
}
