use super::*;
use crate::login::mailed;
use axum::http::StatusCode;
use countersign_core::account::merge::MergeRefused;
use countersign_store::account::merge::Merge;
use countersign_store::account::operator::Whom;

/// both sides have proved the address. Nobody is in until the account that is there is proved.
#[tokio::test]
async fn an_account_with_the_same_proved_address_is_linked_only_after_its_password() {
    let house = House::new().await;
    let (world, anna) = (&house.world, &house.world.anna);
    let mut browser = world.server.browser();
    let page = house.sign_in(&mut browser, Stub::Github, "anna").await;
    assert!(page.has("not-now") && page.body.contains(&anna.email), "{}", page.body);
    assert_eq!(house.subject(&mut browser).await, None);
    assert!(house.linked(anna).await.is_empty());
    let page = browser.press(&page, "continue", &[]).await;
    let wrong = browser.press(&page, "continue", &[("password", "guessed by somebody")]).await;
    assert!(house.linked(anna).await.is_empty());
    let end = browser.press(&wrong, "continue", &[("password", &anna.password)]).await;
    assert!(world.rp("planner").callback(&end).has("code"), "{}", end.body);
    assert_eq!(house.linked(anna).await, ["583231"]);
    let (links, _) = mailed(&world.server, &anna.email, "GitHub").await;
    assert!(links.iter().any(|it| it == "/account/linked"));
    let mut again = world.server.browser();
    house.sign_in(&mut again, Stub::Github, "anna").await;
    assert_eq!(house.subject(&mut again).await.as_deref(), Some(anna.subject.as_str()));
}

#[tokio::test]
async fn a_link_in_the_mail_proves_the_account_too_and_who_declines_links_nothing() {
    let house = House::new().await;
    let (world, anna) = (&house.world, &house.world.anna);
    let mut browser = world.server.browser();
    let page = house.sign_in(&mut browser, Stub::Google, "anna").await;
    let declined = browser.press(&page, "not-now", &[]).await;
    assert!(declined.has("identifier"), "{}", declined.body);
    // Signing in after that is signing in and nothing else.
    world.walk(&mut browser, declined, anna).await;
    assert!(house.subject(&mut browser).await.is_some() && house.linked(anna).await.is_empty());
    let mut browser = world.server.browser();
    let page = house.sign_in(&mut browser, Stub::Google, "anna").await;
    browser.press(&page, "send-link", &[]).await;
    let (links, _) = mailed(&world.server, &anna.email, "Sign in to").await;
    let link = links.iter().find(|it| it.starts_with("/login/link/open")).unwrap();
    // Elsewhere it signs in there, and links nothing: whoever asked may be somebody else.
    let page = browser.open(link).await;
    let end = browser.press(&page, "continue", &[]).await;
    assert!(world.rp("planner").callback(&end).has("code"), "{}", end.body);
    assert_eq!(house.linked(anna).await.len(), 1);
}

/// An account of their own, under another address, with what came from the provider linked to it.
#[tokio::test]
async fn who_wants_another_account_makes_one_with_another_address() {
    let house = House::new().await;
    let (world, anna) = (&house.world, &house.world.anna);
    let mut browser = world.server.browser();
    let page = house.sign_in(&mut browser, Stub::Github, "anna").await;
    let page = browser.press(&page, "another", &[]).await;
    let other = ("identifier", "anna.at.work@example.net");
    let page = browser.press(&page, "continue", &[other, ("new-password", "seven calm otters")]).await;
    assert!(page.has("code"), "{}", page.body);
    assert!(house.linked(anna).await.is_empty());
    let (_, codes) = mailed(&world.server, other.1, "").await;
    let end = browser.press(&page, "continue", &[("code", &codes[0])]).await;
    assert!(world.rp("planner").callback(&end).has("code"), "{}", end.body);
    let subject = house.subject(&mut browser).await.unwrap();
    assert_ne!(subject, anna.subject.as_str());
    let mut again = world.server.browser();
    house.sign_in(&mut again, Stub::Github, "anna").await;
    assert_eq!(house.subject(&mut again).await, Some(subject), "GitHub opens it from now on");
    assert!(house.linked(anna).await.is_empty());
}

/// What waits for a new account is not for whoever signs in next.
#[tokio::test]
async fn who_wants_another_account_and_signs_in_to_an_old_one_links_nothing() {
    let house = House::new().await;
    let (world, ben) = (&house.world, &house.world.ben);
    let mut browser = world.server.browser();
    let page = house.sign_in(&mut browser, Stub::Github, "anna").await;
    let page = browser.press(&page, "another", &[]).await;
    let page = browser.press(&page, "sign-in", &[]).await;
    let end = world.walk(&mut browser, page, ben).await;
    assert!(world.rp("planner").callback(&end).has("code"), "{}", end.body);
    assert!(house.linked(ben).await.is_empty() && house.linked(&world.anna).await.is_empty());
}

#[tokio::test]
async fn a_mailed_link_opened_in_another_browser_links_nothing() {
    let house = House::new().await;
    let (world, anna) = (&house.world, &house.world.anna);
    let mut asker = world.server.browser();
    let page = house.sign_in(&mut asker, Stub::Google, "anna").await;
    asker.press(&page, "send-link", &[]).await;
    let (links, _) = mailed(&world.server, &anna.email, "Sign in to").await;
    let link = links.iter().find(|it| it.starts_with("/login/link/open")).unwrap();
    let mut other = world.server.browser();
    let page = other.open(link).await;
    other.press(&page, "continue", &[]).await;
    assert_eq!(house.subject(&mut other).await.as_deref(), Some(anna.subject.as_str()));
    assert_eq!(house.subject(&mut asker).await, None);
    assert!(house.linked(anna).await.is_empty());
}

/// Somebody else signs in when the account was to be proved: theirs is not linked either.
#[tokio::test]
async fn proving_another_account_links_neither() {
    let house = House::new().await;
    let (world, anna, ben) = (&house.world, &house.world.anna, &house.world.ben);
    let mut browser = world.server.browser();
    let page = house.sign_in(&mut browser, Stub::Github, "anna").await;
    let page = browser.press(&page, "continue", &[]).await;
    let page = browser.press(&page, "change", &[]).await;
    world.walk(&mut browser, page, ben).await;
    assert_eq!(house.subject(&mut browser).await.as_deref(), Some(ben.subject.as_str()));
    assert!(house.linked(anna).await.is_empty() && house.linked(ben).await.is_empty());
}

#[tokio::test]
async fn another_address_at_the_provider_keeps_the_account() {
    let house = House::new().await;
    let world = &house.world;
    let mut browser = world.server.browser();
    house.sign_in(&mut browser, Stub::Github, "kim").await;
    let first = house.subject(&mut browser).await.unwrap();
    // The same number at GitHub, with anna's address now: still Kim.
    let moved = unit(move |tx| {
        Box::pin(async move {
            const MOVE: countersign_store::Sql = countersign_store::Sql::new(
                "UPDATE identities SET subject = '583231' WHERE subject = '1024025'",
            );
            tx.exec(&MOVE, &[]).await
        })
    });
    world.server.app.db.run(moved).await.unwrap();
    let mut again = world.server.browser();
    house.sign_in(&mut again, Stub::Github, "anna").await;
    assert_eq!(house.subject(&mut again).await.unwrap(), first);
}

/// exact bytes of provider, issuer and subject.
#[tokio::test]
async fn the_same_subject_of_another_provider_or_issuer_is_somebody_else() {
    let house = House::new().await;
    let world = &house.world;
    let mut browser = world.server.browser();
    house.sign_in(&mut browser, Stub::Github, "kim").await;
    let first = house.subject(&mut browser).await.unwrap();
    let elsewhere = unit(move |tx| {
        Box::pin(async move {
            const MOVE: countersign_store::Sql =
                countersign_store::Sql::new("UPDATE identities SET issuer = 'https://old.example'");
            tx.exec(&MOVE, &[]).await
        })
    });
    world.server.app.db.run(elsewhere).await.unwrap();
    let mut again = world.server.browser();
    let end = house.sign_in(&mut again, Stub::Github, "kim").await;
    assert!(end.has("not-now"), "nobody is let in; the address is asked about: {}", end.body);
    assert_eq!(house.subject(&mut again).await, None);
    assert!(!first.is_empty());
}

#[tokio::test]
async fn accounts_are_linked_and_unlinked_on_the_account_page() {
    let house = House::new().await;
    let (world, anna) = (&house.world, &house.world.anna);
    let mut browser = world.browser_of(anna).await;
    let page = browser.get("/account/linked").await;
    let question = follow(&mut browser, &page, "link-gitlab").await;
    let back = house.pick(&question, "kim").await;
    let page = browser.open(&back).await;
    assert!(
        page.body.contains("GitLab opens your account")
            && page.body.contains("Kim") | page.body.contains("kim")
    );
    assert_eq!(house.linked(anna).await, ["1024025"]);
    mailed(&world.server, &anna.email, "now opens your account").await;
    let mut by_it = world.server.browser();
    house.sign_in(&mut by_it, Stub::Gitlab, "kim").await;
    assert_eq!(house.subject(&mut by_it).await.as_deref(), Some(anna.subject.as_str()));
    // Ben cannot have it too.
    let mut ben = world.browser_of(&world.ben).await;
    let page = ben.get("/account/linked").await;
    let question = follow(&mut ben, &page, "link-gitlab").await;
    let back = house.pick(&question, "kim").await;
    let page = ben.open(&back).await;
    assert!(page.body.contains("linked to another account"), "{}", page.body);
    assert!(house.linked(&world.ben).await.is_empty());
    house.refused("link_taken").await;
    // And it goes again, told by mail.
    let page = browser.get("/account/linked").await;
    let form =
        html::forms(&page.body).into_iter().find(|it| it.fields.iter().any(|(n, _)| n == "id")).unwrap();
    let mut fields = form.fields.clone();
    fields.push(("do".to_owned(), "remove".to_owned()));
    let gone = browser.post_from_us("/account/linked", &fields).await;
    assert_eq!(gone.param("done").as_deref(), Some("unlinked"));
    assert!(house.linked(anna).await.is_empty());
    mailed(&world.server, &anna.email, "no longer opens your account").await;
    assert_eq!(browser.post_from_us("/account/linked", &fields).await.status, StatusCode::NOT_FOUND);
}

/// A browser left open gains nothing that lasts.
#[tokio::test]
async fn linking_and_unlinking_want_a_sign_in_of_this_moment() {
    let house = House::new().await;
    let world = &house.world;
    let mut browser = world.browser_of(&world.anna).await;
    world.server.advance(Duration::from_secs(11 * 60));
    let page = browser.get("/account/linked").await;
    let href = html::link(&page.body, "link-github").unwrap();
    let page = browser.open(&href).await;
    assert!(page.has("identifier"), "{}", page.body);
    house.refused("link_fresh").await;
    let end = world.walk(&mut browser, page, &world.anna).await;
    assert!(end.url.path() == "/account/linked" && end.has("link-github"), "{}", end.body);
    follow(&mut browser, &end, "link-github").await;
}

#[tokio::test]
async fn the_last_way_in_cannot_be_removed() {
    let policy = Policy { confirm_email: false, ..Policy::new(ISSUER) };
    let house = House::with(policy, |_| {}).await;
    let mut browser = house.world.server.browser();
    let end = house.sign_in(&mut browser, Stub::Github, "robin").await;
    assert!(house.world.rp("planner").callback(&end).has("code"), "{}", end.body);
    let page = browser.get("/account/linked").await;
    let form =
        html::forms(&page.body).into_iter().find(|it| it.fields.iter().any(|(n, _)| n == "id")).unwrap();
    let mut fields = form.fields.clone();
    fields.push(("do".to_owned(), "remove".to_owned()));
    let refused = browser.post_from_us("/account/linked", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Set a password first"), "{}", refused.body);
    let mut again = house.world.server.browser();
    let end = house.sign_in(&mut again, Stub::Github, "robin").await;
    assert!(house.world.rp("planner").callback(&end).has("code"));
}

#[tokio::test]
async fn an_operator_makes_one_account_of_two() {
    let house = House::new().await;
    let (world, anna) = (&house.world, &house.world.anna);
    let mut browser = world.server.browser();
    house.sign_in(&mut browser, Stub::Github, "kim").await;
    assert!(house.subject(&mut browser).await.is_some());
    let merge = |dry_run| Merge {
        env: world.server.app.env(),
        from: Whom::Address(address("kim@example.net")),
        into: Whom::User(anna.id),
        dry_run,
    };
    let plan = world.server.app.db.run(merge(true)).await.unwrap().result.unwrap();
    assert_eq!((plan.moves.emails, plan.moves.identities), (1, 1));
    assert!(house.linked(anna).await.is_empty(), "only said");
    assert!(house.subject(&mut browser).await.is_some());
    let done = world.server.app.db.run(merge(false)).await.unwrap().result.unwrap();
    assert_eq!(done, plan);
    assert_eq!(house.linked(anna).await, ["1024025"]);
    assert_eq!(
        house.subject(&mut browser).await,
        None,
        "what was signed in to the one that is gone has ended"
    );
    let mut again = world.server.browser();
    house.sign_in(&mut again, Stub::Github, "kim").await;
    assert_eq!(house.subject(&mut again).await.as_deref(), Some(anna.subject.as_str()));
    // Both addresses lead to it, and there is still one that apps are told.
    let mut by_mail = world.server.browser();
    let page = by_mail.open("/login").await;
    by_mail.press(&page, "send-link", &[("identifier", "kim@example.net")]).await;
    let (links, _) = mailed(&world.server, "kim@example.net", "Sign in to").await;
    let page = by_mail.open(&links[0]).await;
    by_mail.press(&page, "continue", &[]).await;
    assert_eq!(house.subject(&mut by_mail).await.as_deref(), Some(anna.subject.as_str()));
    let gone = world.server.app.db.run(merge(false)).await.unwrap().result;
    assert!(matches!(gone, Err(MergeRefused::Same)), "kim's address is anna's now");
}
