//! What a sign-in costs the database.

use axum::http::StatusCode;
use countersign_store::counted;
use countersign_testkit::world::World;

/// At most 8 statements and 2 durable commits, the outbox included, for a person who is signed in already: in an
/// app of the operator, and in one that needed consent before.
#[tokio::test]
async fn a_code_flow_with_a_session_costs_eight_statements_and_two_commits() {
    let world = World::new().await;
    for client in ["planner", "stranger"] {
        let rp = world.rp(client);
        let mut browser = world.browser_of(&world.anna).await;
        let first = rp.request();
        // Consent is given once, outside the count.
        world.ask(&mut browser, &rp, &first, &world.anna).await;
        let request = rp.request();
        let (answers, cost) = counted(async {
            let answer = browser.get(&request.path()).await;
            let callback = rp.callback(&answer);
            rp.redeem(callback.code(), &request, world.now()).await
        })
        .await;
        assert_eq!(answers.status, StatusCode::OK, "{}", answers.body);
        assert!(cost.statements <= 8 && cost.commits <= 2, "{client}: {cost:?}");
    }
}
