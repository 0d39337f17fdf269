//! OpenID Connect Core 5.3 and RFC 6750 over HTTP.

use crate::grants::House;
use axum::http::Method;
use countersign_core::Write;
use countersign_core::account::UserState;
use countersign_core::session::EndReason;
use countersign_testkit::browser::Answer;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// oidcc-userinfo-get, -post-header, -post-body; oidcc-scope-all.
#[tokio::test]
async fn every_way_of_asking_gets_every_standard_claim() {
    let house = House::build().await;
    let tokens = house.tokens("planner", "openid profile email address phone").await;
    let header = format!("Bearer {}", tokens.access);
    let lower = format!("bEARER {}", tokens.access);
    let body = format!("access_token={}", tokens.access);
    let mut browser = house.server.browser();
    let asked = [
        browser.call(Method::GET, "/userinfo", &[("authorization", &header)], "").await,
        browser.call(Method::GET, "/userinfo", &[("authorization", &lower)], "").await,
        browser.call(Method::POST, "/userinfo", &[("authorization", &header)], "").await,
        browser.call(Method::POST, "/userinfo", &[("authorization", &header), FORM], "").await,
        browser.call(Method::POST, "/userinfo", &[FORM], &body).await,
    ];
    for answer in &asked {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.json(), asked[0].json());
    }
    let claims = asked[0].json();
    assert_eq!(claims["sub"], house.subject.as_str());
    for name in [
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "phone_number",
    ] {
        assert!(claims[name].is_string(), "{name}");
    }
    assert!(claims["updated_at"].is_i64() && claims["address"]["country"] == "CH");
    assert_eq!((&claims["email"], &claims["email_verified"]), (&"Anna@example.org".into(), &true.into()));
    assert_eq!(claims["phone_number_verified"], true);
}

#[tokio::test]
async fn a_scope_opens_its_own_claims_only() {
    let house = House::build().await;
    let names = |answer: Answer| {
        let mut names: Vec<_> = answer.json().as_object().unwrap().keys().cloned().collect();
        names.sort_unstable();
        names
    };
    for (scope, claims) in [
        ("openid", vec!["sub"]),
        ("openid email", vec!["email", "email_verified", "sub"]),
        ("openid phone", vec!["phone_number", "phone_number_verified", "sub"]),
        ("openid address", vec!["address", "sub"]),
    ] {
        let tokens = house.tokens("planner", scope).await;
        assert_eq!(names(house.userinfo(&tokens.access).await), claims);
    }
}

/// RFC 6750 3.
#[tokio::test]
async fn tokens_in_the_wrong_place_or_of_the_wrong_kind_are_refused() {
    let house = House::build().await;
    let tokens = house.tokens("planner", "openid").await;
    let header = format!("Bearer {}", tokens.access);
    let body = format!("access_token={}", tokens.access);
    let mut browser = house.server.browser();
    let none = browser.call(Method::GET, "/userinfo", &[], "").await;
    assert_eq!(
        (none.status.as_u16(), none.header("www-authenticate")),
        (401, "Bearer realm=\"countersign\"")
    );
    let in_query = browser.call(Method::GET, &format!("/userinfo?{body}"), &[], "").await;
    assert_eq!(in_query.status, 400);
    let both = browser.call(Method::POST, "/userinfo", &[("authorization", &header), FORM], &body).await;
    assert_eq!((both.status.as_u16(), both.json()["error"].clone()), (400, "invalid_request".into()));
    let twice = browser.call(Method::POST, "/userinfo", &[FORM], &format!("{body}&{body}")).await;
    assert_eq!(twice.status, 400);
    let headers = [("authorization", header.as_str()), ("authorization", header.as_str())];
    assert_eq!(browser.call(Method::GET, "/userinfo", &headers, "").await.status, 400);

    let service = house.token("planner", &[("grant_type", "client_credentials")]).await.json();
    let service = house.userinfo(service["access_token"].as_str().unwrap()).await;
    assert_eq!(
        (service.status.as_u16(), service.json()["error"].clone()),
        (403, "insufficient_scope".into())
    );
    assert!(service.header("www-authenticate").contains("scope=\"openid\""));
    let plain = house.tokens("planner", "plans:read").await;
    assert_eq!(house.userinfo(&plain.access).await.status, 403);

    let mut wrong =
        vec![tokens.id.clone(), tokens.refresh.clone(), "x".into(), "a.b.c".into(), "cs_at_x".into()];
    wrong.push(tokens.access[..tokens.access.len() - 1].to_owned());
    for at in (0..tokens.access.len()).step_by(7) {
        let mut bytes = tokens.access.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        wrong.push(String::from_utf8(bytes).unwrap());
    }
    for token in wrong {
        let answer = house.userinfo(&token).await;
        assert_eq!(answer.status, 401, "{token}");
        assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
    }
}

/// DESIGN 5: within a second, which here is at once.
#[tokio::test]
async fn what_ends_a_grant_ends_its_access_tokens() {
    let house = House::build().await;
    let at = house.server.now();
    let online = house.tokens("planner", "openid").await;
    let offline = house.tokens("spa", "openid offline_access").await;
    let status = async |token: &str| house.userinfo(token).await.status.as_u16();
    house.write(vec![Write::EndSession(house.session, EndReason::SignedOut, at)]).await;
    assert_eq!((status(&online.access).await, status(&offline.access).await), (401, 200));
    house.write(vec![Write::SetUserState(house.user, UserState::Disabled(at), at)]).await;
    assert_eq!(status(&offline.access).await, 401);
    house.write(vec![Write::SetUserState(house.user, UserState::Active, at)]).await;
    assert_eq!(status(&offline.access).await, 200);
    house.write(vec![Write::BumpEpoch(house.user)]).await;
    assert_eq!(status(&offline.access).await, 401);
}
