//! What access tokens hang on, and how those without a grant of their own are revoked.

use countersign_core::oauth::introspect::Behind;
use countersign_core::oauth::token::{AccessToken, Actor};
use countersign_core::{ClientId, Id};
use countersign_store::oauth::{FindBehind, RevokeGrant, RevokeServiceToken};
use countersign_store::{Db, counted};

use crate::grants::{House, VERIFIER, client};
use crate::support::both;

/// The person's token that the planner got, and one that `api` has exchanged it for.
async fn tokens(house: &House, db: &Db) -> (AccessToken, AccessToken) {
    let granted = db.run(house.redeem(client("planner"), VERIFIER)).await.unwrap().result.unwrap();
    let api = ClientId::parse("api").unwrap();
    let mut claims = granted.access.clone();
    claims.client_id = api.clone();
    claims.jti = "another".into();
    claims.act = Some(Actor { sub: api, act: None });
    let ctx = house.fixed.ctx();
    let signed = |claims| AccessToken::signed(claims, &ctx).unwrap();
    (signed(granted.access), signed(claims))
}

fn revoke(house: &House, token: &AccessToken, who: &str) -> RevokeServiceToken {
    RevokeServiceToken { env: house.fixed.env(), client: client(who), token: token.clone() }
}

both! {
    async fn an_exchanged_token_hangs_on_the_grant_and_on_its_own_revocation(db: Db) {
        let house = House::build(&db, "openid").await;
        let (first, made) = tokens(&house, &db).await;
        let ctx = house.fixed.ctx();
        let find = async |token: &AccessToken| db.read(FindBehind::of(token, &ctx)).await.unwrap();
        assert!(matches!(find(&first).await, Behind::Grant(Some(grant)) if grant.family.id == house.code.family));
        let (behind, cost) = counted(find(&made)).await;
        assert!(matches!(behind, Behind::Exchanged { grant: Some(_), revoked: false }));
        assert_eq!((cost.statements, cost.commits), (2, 0));
        db.run(revoke(&house, &made, "planner")).await.unwrap();
        assert!(matches!(find(&made).await, Behind::Exchanged { revoked: false, .. }), "not its to revoke");
        db.run(revoke(&house, &first, "planner")).await.unwrap();
        db.run(revoke(&house, &made, "api")).await.unwrap();
        assert!(matches!(find(&made).await, Behind::Exchanged { grant: Some(_), revoked: true }));
        assert!(matches!(find(&first).await, Behind::Grant(Some(_))), "the person's grant goes on");
        let mut gone = made.claims().clone();
        gone.gid = Some(Id::from_bytes([9; 16]));
        let gone = AccessToken::signed(gone, &ctx).unwrap();
        assert!(matches!(find(&gone).await, Behind::Exchanged { grant: None, .. }));
        db.run(RevokeGrant { env: house.fixed.env(), client: client("planner"), family: house.code.family }).await.unwrap();
        let Behind::Exchanged { grant: Some(grant), .. } = find(&made).await else { panic!() };
        assert!(grant.alive(&ctx).is_err());
    }

    /// Whichever token of a chain is revoked, all behind it end, and none before it.
    async fn what_was_exchanged_from_a_revoked_token_is_revoked_with_it(db: Db) {
        let house = House::build(&db, "openid").await;
        let (_, made) = tokens(&house, &db).await;
        let ctx = house.fixed.ctx();
        let mut chain = vec![made];
        for (at, who) in ["files", "mail", "api"].into_iter().enumerate() {
            let mut claims = chain[at].claims().clone();
            claims.via.push(claims.jti);
            claims.jti = format!("hop {at}");
            claims.client_id = ClientId::parse(who).unwrap();
            claims.act = Some(Actor { sub: claims.client_id.clone(), act: claims.act.map(Box::new) });
            chain.push(AccessToken::signed(claims, &ctx).unwrap());
        }
        for (last, who) in [(2, "mail"), (0, "api")] {
            db.run(revoke(&house, &chain[last], who)).await.unwrap();
            for (at, token) in chain.iter().enumerate() {
                let (behind, cost) = counted(db.read(FindBehind::of(token, &ctx))).await;
                let Behind::Exchanged { grant: Some(_), revoked } = behind.unwrap() else { panic!() };
                assert_eq!((revoked, cost.statements), (at >= last, 2), "{at} behind {last}");
            }
        }
    }

    async fn fifty_revocations_of_one_token_all_succeed(db: Db) {
        let house = House::build(&db, "openid").await;
        let (_, made) = tokens(&house, &db).await;
        let all = (0..50).map(|_| {
            let (db, work) = (db.clone(), revoke(&house, &made, "api"));
            tokio::spawn(async move { db.run(work).await.is_ok() })
        });
        for one in all.collect::<Vec<_>>() {
            assert!(one.await.unwrap());
        }
        let behind = db.read(FindBehind::of(&made, &house.fixed.ctx())).await.unwrap();
        assert!(matches!(behind, Behind::Exchanged { revoked: true, .. }));
    }
}
