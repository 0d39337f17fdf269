//! draft-ietf-oauth-first-party-apps: a gateway that the operator trusts asks people itself, by JSON.

use crate::login::mailed;
use axum::http::StatusCode;
use countersign_testkit::relying_party::basic;
use countersign_testkit::world::{SCOPE, SECRET};
use countersign_testkit::{Answer, AuthRequest, Browser, Tokens, World};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;

/// A gateway before one person.
struct Gateway<'w> {
    world: &'w World,
    id: &'static str,
    ip: String,
    request: AuthRequest,
    session: String,
}

/// Two gateways, in a world.
async fn world() -> World {
    let world = World::new().await;
    for id in ["doorman", "other-doorman"] {
        let metadata = json!({
            "client_id": id, "token_endpoint_auth_method": "client_secret_basic", "first_party": true, "scope": SCOPE,
            "redirect_uris": [format!("https://{id}.example/callback")], "authorization_challenge": true,
            "grant_types": ["authorization_code", "refresh_token"],
        });
        world.register(metadata, Some(SECRET)).await;
    }
    world
}

impl<'w> Gateway<'w> {
    fn new(world: &'w World) -> Self {
        Self::of(world, "doorman", "198.51.100.7")
    }

    fn of(world: &'w World, id: &'static str, ip: &str) -> Self {
        let request =
            world.rp("planner").request().with("client_id", id).without("redirect_uri").without("state");
        Self { world, id, ip: ip.to_owned(), request, session: String::new() }
    }

    /// One call with these parameters, as they are.
    async fn call(&self, fields: &[(&str, &str)]) -> Answer {
        let authorization = basic(self.id, SECRET);
        let headers = [("authorization", authorization.as_str())];
        self.world.server.browser().form("/authorize-challenge", &headers, fields).await
    }

    /// The first call: what an authorization request says, and perhaps a step.
    async fn begin(&mut self, step: &[(&str, &str)]) -> Answer {
        let asked = self.request.clone();
        let names = [
            "response_type",
            "scope",
            "nonce",
            "code_challenge",
            "code_challenge_method",
            "prompt",
            "max_age",
        ];
        let mut fields: Vec<_> =
            names.iter().map(|it| (*it, asked.get(it))).filter(|(_, v)| !v.is_empty()).collect();
        let held = self.session.clone();
        if !held.is_empty() {
            fields.push(("auth_session", &held));
        }
        let ip = self.ip.clone();
        fields.push(("end_user_ip", &ip));
        fields.push((
            "end_user_agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        ));
        fields.extend_from_slice(step);
        let answer = self.call(&fields).await;
        self.keep(answer)
    }

    /// A further call.
    async fn step(&mut self, step: &[(&str, &str)]) -> Answer {
        let (ip, held) = (self.ip.clone(), self.session.clone());
        let mut fields = vec![("end_user_ip", ip.as_str()), ("auth_session", held.as_str())];
        fields.extend_from_slice(step);
        let answer = self.call(&fields).await;
        self.keep(answer)
    }

    fn keep(&mut self, answer: Answer) -> Answer {
        if let Some(session) = answer.json()["auth_session"].as_str() {
            assert_ne!(session, self.session, "each answer has another one");
            session.clone_into(&mut self.session);
        }
        answer
    }

    /// The code of this answer, at the token endpoint.
    async fn redeem(&self, answer: &Answer) -> Answer {
        let body = answer.json();
        let code = body["authorization_code"].as_str().unwrap_or_else(|| panic!("{}", answer.body));
        let authorization = basic(self.id, SECRET);
        let headers = [("authorization", authorization.as_str())];
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", self.request.verifier.as_str()),
        ];
        self.world.server.browser().form("/token", &headers, &fields).await
    }
}

fn told(answer: &Answer) -> (u16, String, Vec<String>, Vec<String>) {
    let body = answer.json();
    let texts = |value: &Value, name: &str| {
        let all = value.as_array().cloned().unwrap_or_default();
        all.iter()
            .map(|it| if name.is_empty() { it } else { &it[name] }.as_str().unwrap().to_owned())
            .collect()
    };
    let error = body["error"].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), error, texts(&body["next"], ""), texts(&body["problems"], "code"))
}

fn wants(answer: &Answer, next: &[&str], problems: &[&str]) {
    let (status, error, wanted, told) = told(answer);
    assert_eq!((status, error.as_str()), (403, "insufficient_authorization"), "{}", answer.body);
    assert_eq!(
        (wanted, told),
        (next.iter().map(|s| (*s).to_owned()).collect(), problems.iter().map(|s| (*s).to_owned()).collect())
    );
    assert_eq!(answer.header("cache-control"), "no-store");
}

const FIRST: [&str; 3] = ["password", "email", "sign_up"];

#[tokio::test]
async fn a_password_ends_in_a_code_that_buys_tokens_with_pkce() {
    let world = world().await;
    let mut gateway = Gateway::new(&world);
    wants(&gateway.begin(&[]).await, &FIRST, &[]);
    let anna =
        [("step", "password"), ("username", "anna@example.com"), ("password", "correct horse battery")];
    let wrong = [anna[0], anna[1], ("password", "wrong wrong wrong")];
    wants(&gateway.step(&wrong).await, &FIRST, &["password_wrong"]);
    let done = gateway.step(&anna).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert!(done.headers.get("set-cookie").is_none(), "what a browser would keep is in the auth session");
    let tokens = Tokens::of(&gateway.redeem(&done).await);
    let info = world.rp("planner").userinfo(&tokens.access).await;
    assert_eq!(info.json()["sub"], json!(world.anna.subject));
    // Where and with what the person signed in is theirs, not the gateway's.
    let mut browser = world.browser_of(&world.anna).await;
    let sessions = browser.open("/account/sessions").await;
    assert!(
        sessions.body.contains("Firefox on Linux") && sessions.body.contains("198.51.100.0/24"),
        "{}",
        sessions.body
    );
}

/// DESIGN 5: what was begun without a browser ends with what the app gives back; a browser's session does not.
#[tokio::test]
async fn a_session_that_the_app_began_ends_with_its_tokens() {
    let world = world().await;
    let anna =
        [("step", "password"), ("username", "anna@example.com"), ("password", "correct horse battery")];
    let mut gateway = Gateway::new(&world);
    let done = gateway.begin(&anna).await;
    let (kept, answer) = (Tokens::of(&gateway.redeem(&done).await), gateway.begin(&[]).await);
    let second = Tokens::of(&gateway.redeem(&answer).await);
    let mut browser = world.browser_of(&world.anna).await;
    let shown = async |browser: &mut Browser| {
        browser.open("/account/sessions").await.body.contains("198.51.100.0/24")
    };
    assert!(shown(&mut browser).await);
    let authorization = basic(gateway.id, SECRET);
    let headers = [("authorization", authorization.as_str())];
    let revoked = browser.form("/revoke", &headers, &[("token", &kept.access)]).await;
    assert_eq!(revoked.status, StatusCode::OK);
    let rp = world.rp("planner");
    assert_eq!(rp.userinfo(&kept.access).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        rp.userinfo(&second.access).await.status,
        StatusCode::UNAUTHORIZED,
        "the session's other grant"
    );
    wants(&gateway.begin(&[]).await, &FIRST, &[]);
    assert!(!shown(&mut browser).await);
    // The same in a browser: the grant alone ends.
    let tokens = world.sign_in(&mut browser, &rp, &rp.request(), &world.anna).await;
    rp.post("/revoke", &[("token", &tokens.access)], world.now()).await;
    assert_eq!(browser.open("/account/sessions").await.status, StatusCode::OK);
    assert!(rp.callback(&browser.open(&rp.request().with("prompt", "none").path()).await).has("code"));
}

#[tokio::test]
async fn who_signs_up_confirms_the_address_with_the_digits_of_the_mail() {
    let world = world().await;
    let mut gateway = Gateway::new(&world);
    let cleo = [("step", "sign_up"), ("username", "cleo@example.com"), ("password", "seven green bicycles")];
    let short = [cleo[0], cleo[1], ("password", "short"), ("end_user_languages", "de")];
    let weak = gateway.begin(&short).await;
    wants(&weak, &FIRST, &["password_short"]);
    assert!(weak.body.contains("mindestens 10 Zeichen"), "in the person's language: {}", weak.body);
    let sent = gateway.step(&cleo).await;
    wants(&sent, &["code", "resend"], &[]);
    assert_eq!(sent.json()["sent_to"], "cleo@example.com");
    let (_, codes) = mailed(&world.server, "cleo@example.com", "confirm").await;
    let wrong = if codes[0] == "000000" { "000001" } else { "000000" };
    wants(&gateway.step(&[("step", "code"), ("code", wrong)]).await, &["code", "resend"], &["code_wrong"]);
    let soon = gateway.step(&[("step", "resend")]).await;
    assert_eq!(
        (soon.status, soon.json()["error"].as_str()),
        (StatusCode::TOO_MANY_REQUESTS, Some("slow_down"))
    );
    assert!(!soon.header("retry-after").is_empty());
    let done = gateway.step(&[("step", "code"), ("code", &codes[0])]).await;
    assert_eq!(gateway.redeem(&done).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_mailed_link_shows_the_digits_for_the_app_that_asked() {
    let world = world().await;
    let mut gateway = Gateway::new(&world);
    let sent = gateway.begin(&[("step", "email"), ("username", "anna@example.com")]).await;
    wants(&sent, &["code", "resend", "password"], &[]);
    let (links, _) = mailed(&world.server, "anna@example.com", "link").await;
    let page = world.server.browser().open(&links[0]).await;
    let (_, rest) = page.body.split_once("id=\"link-code\">").unwrap_or_else(|| panic!("{}", page.body));
    let code = rest.split('<').next().unwrap().to_owned();
    let done = gateway.step(&[("step", "code"), ("code", &code)]).await;
    assert_eq!(gateway.redeem(&done).await.status, StatusCode::OK, "{}", done.body);
}

#[tokio::test]
async fn an_auth_session_is_good_once_for_its_own_client_and_for_an_hour() {
    let world = world().await;
    let mut gateway = Gateway::new(&world);
    gateway.begin(&[]).await;
    let first = gateway.session.clone();
    let invalid = |answer: Answer| {
        assert_eq!(
            (answer.status, answer.json()["error"].as_str()),
            (StatusCode::BAD_REQUEST, Some("invalid_session"))
        );
    };
    // Somebody else's, and it stays good for its owner.
    let mut other = Gateway::of(&world, "other-doorman", "198.51.100.7");
    other.session.clone_from(&first);
    invalid(other.step(&[]).await);
    wants(&gateway.step(&[]).await, &FIRST, &[]);
    // Used before; made up.
    let mut old = Gateway::new(&world);
    for session in [first.as_str(), "x", &"A".repeat(43), &"A".repeat(5_000)] {
        session.clone_into(&mut old.session);
        invalid(old.step(&[]).await);
    }
    // Of many at once, one goes on.
    let together = Arc::new(Barrier::new(20));
    let all = (0..20).map(|_| {
        let (together, session) = (together.clone(), gateway.session.clone());
        let caller = Gateway { session, ..Gateway::new(&world) };
        async move {
            together.wait().await;
            let mut caller = caller;
            caller.step(&[]).await.status
        }
    });
    let all = futures_util::future::join_all(all).await;
    assert_eq!(all.iter().filter(|it| **it == StatusCode::FORBIDDEN).count(), 1, "{all:?}");
    // An hour later there is nothing to go on with.
    let mut late = Gateway::new(&world);
    late.begin(&[]).await;
    world.server.advance(Duration::from_secs(3_700));
    invalid(late.step(&[]).await);
}

#[tokio::test]
async fn it_is_off_unless_the_operator_switched_it_on_for_this_client() {
    let world = world().await;
    for id in ["planner", "stranger"] {
        let mut gateway = Gateway::of(&world, id, "198.51.100.7");
        let anna =
            [("step", "password"), ("username", "anna@example.com"), ("password", "correct horse battery")];
        let refused = gateway.begin(&anna).await;
        assert_eq!(refused.json()["error"], "unauthorized_client", "{id}: {}", refused.body);
    }
    // Nor without the secret.
    let fields = [("client_id", "doorman"), ("response_type", "code"), ("end_user_ip", "198.51.100.7")];
    let nobody = world.server.browser().form("/authorize-challenge", &[], &fields).await;
    assert_eq!(
        (nobody.status, nobody.json()["error"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("invalid_client"))
    );
    let metadata = world.server.browser().get("/.well-known/openid-configuration").await;
    assert_eq!(metadata.json()["authorization_challenge_endpoint"], "https://id.example/authorize-challenge");
}

/// not by status, not by what is said, not by what is wanted next.
#[tokio::test]
async fn whether_an_address_has_an_account_shows_in_no_answer() {
    let world = world().await;
    for step in [
        vec![("step", "password"), ("password", "wrong wrong wrong")],
        vec![("step", "email")],
        vec![("step", "sign_up"), ("password", "seven green bicycles")],
    ] {
        let mut answers = vec![];
        for address in ["anna@example.com", "nobody@example.com"] {
            let mut gateway = Gateway::new(&world);
            let mut fields = step.clone();
            fields.push(("username", address));
            let first = gateway.begin(&fields).await;
            let second = gateway.step(&[("step", "code"), ("code", "123456")]).await;
            let seen = |answer: &Answer| {
                let mut body = answer.json();
                body["auth_session"] = json!("");
                let body = body.to_string().replace(address, "ADDRESS");
                (answer.status, body, answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>())
            };
            answers.push((seen(&first), seen(&second)));
        }
        assert_eq!(answers[0], answers[1], "{step:?}");
    }
}

/// Tries are counted where the person is, as the gateway says: it does not lock out everybody behind it. A-104: throttled,
/// right and wrong are answered alike; and the owner's own device gets in.
#[tokio::test]
async fn guesses_are_throttled_by_the_persons_address_and_by_account() {
    let world = world().await;
    let anna =
        [("step", "password"), ("username", "anna@example.com"), ("password", "correct horse battery")];
    let wrong = [anna[0], anna[1], ("password", "wrong wrong wrong")];
    let mut own = Gateway::of(&world, "doorman", "203.0.113.5");
    assert_eq!(own.begin(&anna).await.status, StatusCode::OK);

    let mut guesser = Gateway::of(&world, "doorman", "198.51.100.66");
    let mut last = guesser.begin(&wrong).await;
    for _ in 0..40 {
        if last.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        last = guesser.step(&wrong).await;
    }
    assert_eq!(
        told(&last),
        (429, "slow_down".to_owned(), FIRST.map(str::to_owned).to_vec(), vec!["tries_minutes".to_owned()])
    );
    let right = guesser.step(&anna).await;
    let without = |answer: &Answer| {
        let mut body = answer.json();
        body["auth_session"] = json!("");
        body["problems"][0]["text"] = json!("");
        (answer.status, body)
    };
    assert_eq!(without(&right), without(&last), "right and wrong alike");
    // The device that was seen before, and another person at another address.
    own.request = own.request.clone().with("prompt", "login");
    own.begin(&[]).await;
    assert_eq!(own.step(&anna).await.status, StatusCode::OK);
    let mut ben = Gateway::of(&world, "doorman", "192.0.2.9");
    let ben_is =
        [("step", "password"), ("username", "ben@example.com"), ("password", "staple paper lantern")];
    assert_eq!(ben.begin(&ben_is).await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_is_signed_in_gets_a_code_at_once_unless_the_app_wants_a_fresh_proof() {
    let world = world().await;
    let anna =
        [("step", "password"), ("username", "anna@example.com"), ("password", "correct horse battery")];
    let mut gateway = Gateway::new(&world);
    assert_eq!(gateway.begin(&anna).await.status, StatusCode::OK);
    let again = gateway.begin(&[]).await;
    assert_eq!(gateway.redeem(&again).await.status, StatusCode::OK, "{}", again.body);
    gateway.request = gateway.request.clone().with("prompt", "login");
    wants(&gateway.begin(&[]).await, &FIRST, &[]);
    assert_eq!(gateway.step(&anna).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_only_a_page_can_ask_is_sent_to_the_web_and_silence_is_an_error() {
    let world = world().await;
    let anna =
        [("step", "password"), ("username", "anna@example.com"), ("password", "correct horse battery")];
    for prompt in ["consent", "select_account"] {
        let mut gateway = Gateway::new(&world);
        gateway.request = gateway.request.clone().with("prompt", prompt);
        let mut answer = gateway.begin(&anna).await;
        if answer.status == StatusCode::OK {
            // The first proof of a flow is itself the choice; the next request has somebody to choose from.
            answer = gateway.begin(&[]).await;
        }
        assert_eq!(
            (answer.status, answer.json()["error"].as_str()),
            (StatusCode::FORBIDDEN, Some("redirect_to_web")),
            "{prompt}"
        );
    }
    let mut silent = Gateway::new(&world);
    silent.request = silent.request.clone().with("prompt", "none");
    let answer = silent.begin(&[]).await;
    assert_eq!(
        (answer.status, answer.json()["error"].as_str()),
        (StatusCode::BAD_REQUEST, Some("login_required"))
    );
}

#[tokio::test]
async fn bad_input_is_refused_as_the_standards_say() {
    let world = world().await;
    let gateway = Gateway::new(&world);
    let good = [
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("end_user_ip", "198.51.100.7"),
    ];
    let with = |name: &'static str, value: &'static str| {
        let mut fields: Vec<_> = good.iter().copied().filter(|(it, _)| *it != name).collect();
        fields.push((name, value));
        fields
    };
    let mut twice = good.to_vec();
    twice.push(("scope", "email"));
    let without = |name: &str| good.iter().copied().filter(|(it, _)| *it != name).collect::<Vec<_>>();
    for (fields, error) in [
        (twice, "invalid_request"),
        (without("end_user_ip"), "invalid_request"),
        (with("end_user_ip", "localhost"), "invalid_request"),
        (without("response_type"), "invalid_request"),
        (with("response_type", "token"), "unsupported_response_type"),
        (without("code_challenge"), "invalid_request"),
        (with("code_challenge_method", "plain"), "invalid_request"),
        (with("scope", "openid nobody:knows"), "invalid_scope"),
        (with("resource", "https://nobody.example/"), "invalid_target"),
        (with("redirect_uri", "https://evil.example/"), "invalid_request"),
        (with("step", "fly"), "invalid_request"),
        (with("step", "password"), "invalid_request"),
        (with("client_id", "other-doorman"), "invalid_request"),
        (with("auth_session", "x"), "invalid_session"),
        (with("request_uri", "urn:x"), "request_uri_not_supported"),
    ] {
        let answer = gateway.call(&fields).await;
        let status = answer.status.as_u16();
        let found = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(status == 400 || (status == 401 && found == "invalid_client"), "{fields:?}: {}", answer.body);
        assert!(found == error || found == "invalid_client", "{fields:?}: {}", answer.body);
    }
    let wrong_email =
        with("step", "email").into_iter().chain([("username", "not an address")]).collect::<Vec<_>>();
    wants(&gateway.call(&wrong_email).await, &FIRST, &["email_malformed"]);
    let get = world.server.browser().get("/authorize-challenge").await;
    assert_eq!(get.status, StatusCode::METHOD_NOT_ALLOWED);
}
