//! Every combination of prompt, session, max_age, hint, consent and freshness against the rules, each written
//! down on its own.

use super::*;
use crate::ClientId;
use crate::ctx::fixed::Fixed;
use crate::login::flow::tests::{flow, request};
use crate::login::flow::{AccountPath, Asked, Proof};
use crate::oauth::claims::{ClaimRequest, ClaimsRequest};
use crate::oauth::{AccessTokenFormat, ClientAuth, GrantType, Profile, SigningAlg};
use crate::session::live::tests::found;
use crate::time::minutes;
use std::time::Duration;

fn client(first_party: bool) -> Client {
    Client {
        id: ClientId::parse("planner").unwrap(),
        org: Id::from_bytes([0; 16]),
        name: "Planner".into(),
        profile: Profile::Oauth21,
        auth: ClientAuth::None,
        first_party,
        redirect_uris: vec!["https://planner.example/callback".into()],
        post_logout_redirect_uris: vec![],
        grant_types: vec![GrantType::AuthorizationCode],
        scope: Scope::parse("openid profile").unwrap(),
        resources: vec![],
        exchange_resources: vec![],
        introspection_signed_response_alg: SigningAlg::Rs256,
        id_token_signed_response_alg: SigningAlg::Rs256,
        access_token: AccessTokenFormat::Jwt,
        backchannel_logout_uri: None,
        refresh_idle: None,
        refresh_absolute: None,
        sign_up_claims: None,
        providers: None,
        confirm: None,
        default_max_age: None,
        require_auth_time: false,
        allowed_origins: vec![],
        initiate_login_uri: None,
        client_uri: None,
        logo_uri: None,
        policy_uri: None,
        tos_uri: None,
        colour: None,
        in_languages: Default::default(),
        authorization_challenge: false,
        logo: None,
        organization: None,
        disabled: false,
    }
}

fn at_app(consent: Option<&Scope>) -> AtApp {
    AtApp { consent: consent.cloned(), member: false }
}

fn prove(flow: &mut Flow, here: &SignedIn) {
    let (user, session) = (here.user(), here.session());
    flow.proof = Some(Proof { user: user.id, epoch: user.epoch, session: session.id });
}

/// 8 prompts x session x 4 ages x 3 hints x first party x 3 consents x freshness x allowed here x custom scheme.
#[test]
fn every_combination_follows_the_rules() {
    use Prompt::{Consent, Login, None as Silent, SelectAccount};
    let prompts: [&[Prompt]; 8] = [
        &[],
        &[Silent],
        &[Login],
        &[Consent],
        &[SelectAccount],
        &[Login, Consent],
        &[Consent, SelectAccount],
        &[Login, SelectAccount],
    ];
    let ages = [None, Some(Duration::ZERO), Some(minutes(5)), Some(minutes(15))];
    let mut fixed = Fixed::new();
    let row = found(&fixed.ctx());
    let subject = row.user.subject.as_str().to_owned();
    fixed.now += minutes(10);
    let ctx = fixed.ctx();
    let here = row.live(&ctx).unwrap();
    let hints = [None, Some(subject), Some("u_somebody_else".to_owned())];
    let full = Scope::parse("openid profile email").unwrap();
    let part = Scope::parse("openid").unwrap();
    let consents = [None, Some(&full), Some(&part)];
    let yes_no = [false, true];
    let mut seen = 0;
    for prompt in prompts {
        for max_age in ages {
            for hint in &hints {
                for consent in consents {
                    for bits in 0..32u32 {
                        let flag = |i: u32| yes_no[usize::from(bits >> i & 1 == 1)];
                        let (signed_in, first_party, fresh, allowed, custom) =
                            (flag(0), flag(1), flag(2), flag(3), flag(4));
                        let mut request = request();
                        request.prompt = prompt.to_vec();
                        request.max_age = max_age;
                        request.hint_subject.clone_from(hint);
                        if custom {
                            request.return_to.redirect_uri = "com.example.planner:/callback".into();
                        }
                        let mut flow = flow(&ctx, request.clone());
                        if fresh {
                            prove(&mut flow, &here);
                        }
                        if allowed {
                            let scope = request.scope.clone();
                            flow.asked = Some(Asked { user: here.user().id, scope, allowed: true });
                        }
                        let session = signed_in.then_some(&here);
                        let got = next(
                            &flow,
                            session,
                            Some(&client(first_party)),
                            &at_app(consent),
                            ctx.policy,
                            ctx.now,
                        );
                        let is = |p: Prompt| prompt.contains(&p);
                        let silent = is(Silent);
                        let other = hint.as_deref() == Some("u_somebody_else");
                        let old = max_age.is_some_and(|m| m < minutes(10));
                        let covered = consent == Some(&full);
                        let login = !signed_in || (other && !fresh) || ((is(Login) || old) && !fresh);
                        let select = signed_in && !fresh && is(SelectAccount) && !other;
                        let ask =
                            !allowed && (is(Consent) || (!first_party && !covered) || (custom && !fresh));
                        let want = if signed_in && other && fresh {
                            "login_required"
                        } else if select {
                            if silent { "account_selection_required" } else { "select" }
                        } else if login {
                            if silent { "login_required" } else { "login" }
                        } else if ask {
                            if silent { "consent_required" } else { "consent" }
                        } else {
                            "done"
                        };
                        let is = match &got {
                            Next::Login(_) => "login",
                            Next::Confirm(_) | Next::ConfirmPhone => "confirm",
                            Next::Consent(_) => "consent",
                            Next::SelectAccount => "select",
                            Next::Done(_) => "done",
                            Next::EnterCode | Next::Home | Next::Outsider | Next::Join | Next::About => {
                                "home"
                            }
                            Next::Fail(reason) => reason.code(),
                        };
                        assert_eq!(
                            is, want,
                            "{prompt:?} {max_age:?} {hint:?} {consent:?} {bits:05b} {got:?}"
                        );
                        if let Next::Done(approved) = got {
                            assert_eq!(approved.user(), here.user().id);
                            assert!(!other, "never another person's code");
                        }
                        seen += 1;
                    }
                }
            }
        }
    }
    assert_eq!(seen, 8 * 4 * 3 * 3 * 32);
}

/// RFC 8252 8.6: what was allowed once is no answer to whoever listens there today.
#[test]
fn a_public_app_on_the_device_is_not_granted_again_unseen() {
    let mut fixed = Fixed::new();
    let row = found(&fixed.ctx());
    fixed.now += minutes(10);
    let ctx = fixed.ctx();
    let here = row.live(&ctx).unwrap();
    let allowed = Scope::parse("openid profile").unwrap();
    let ask = |uri: &str, public: bool, first_party: bool, prompt: Vec<Prompt>| {
        let mut wanted = AuthorizationRequest { prompt, ..request() };
        wanted.return_to.redirect_uri = uri.to_owned();
        let mut app = client(first_party);
        app.auth = match public {
            true => crate::oauth::ClientAuth::None,
            false => crate::oauth::sample::basic("secret").auth,
        };
        let flow = flow(&ctx, wanted);
        next(&flow, Some(&here), Some(&app), &at_app(Some(&allowed)), ctx.policy, ctx.now)
    };
    let asked = Next::Consent(ConsentReason::Impersonable);
    for uri in ["http://127.0.0.1:4000/cb", "http://[::1]:4000/cb", "http://localhost:4000/cb"] {
        assert_eq!(ask(uri, true, false, vec![]), asked, "{uri}");
        assert_eq!(
            ask(uri, true, false, vec![Prompt::None]),
            Next::Fail(FailReason::ConsentRequired),
            "{uri}: nor without a page"
        );
        // The operator's own, and one that proves itself with a secret.
        assert!(matches!(ask(uri, true, true, vec![]), Next::Done(_)), "{uri}");
        assert!(matches!(ask(uri, false, false, vec![]), Next::Done(_)), "{uri}");
    }
    for first_party in [true, false] {
        assert_eq!(ask("com.example.app:/cb", true, first_party, vec![]), asked);
    }
    assert!(matches!(ask("https://app.example/cb", true, false, vec![]), Next::Done(_)));
}

#[test]
fn each_reason_is_named() {
    let mut fixed = Fixed::new();
    let row = found(&fixed.ctx());
    fixed.now += minutes(10);
    let ctx = fixed.ctx();
    let here = row.live(&ctx).unwrap();
    let ask = |change: &dyn Fn(&mut AuthorizationRequest, &mut Flow)| {
        let mut flow = flow(&ctx, request());
        let mut wanted = request();
        change(&mut wanted, &mut flow);
        flow.target = Target::App(Box::new(wanted));
        next(&flow, Some(&here), Some(&client(true)), &at_app(None), ctx.policy, ctx.now)
    };
    assert_eq!(ask(&|r, _| r.prompt = vec![Prompt::Login]), Next::Login(LoginReason::PromptLogin));
    assert_eq!(ask(&|r, _| r.max_age = Some(minutes(9))), Next::Login(LoginReason::MaxAge));
    assert_eq!(ask(&|r, _| r.hint_subject = Some("u_x".into())), Next::Login(LoginReason::OtherHinted));
    assert_eq!(ask(&|_, f| f.chosen = Some(Chosen::Another)), Next::Login(LoginReason::OtherChosen));
    assert_eq!(ask(&|r, _| r.prompt = vec![Prompt::Consent]), Next::Consent(ConsentReason::PromptConsent));
    assert_eq!(
        ask(&|r, _| r.return_to.redirect_uri = "com.example.app:/x".into()),
        Next::Consent(ConsentReason::Impersonable)
    );
    let this = here.user().id;
    let chosen = ask(&|r, f| {
        r.prompt = vec![Prompt::SelectAccount];
        f.chosen = Some(Chosen::This(this));
    });
    assert!(matches!(chosen, Next::Done(_)));
    assert_eq!(ask(&|_, f| f.chosen = Some(Chosen::This(Id::new(&ctx)))), Next::SelectAccount);
    // Consent shown to another person, or for less, or refused, is no consent.
    for (user, scope, allowed) in
        [(Id::new(&ctx), "openid profile", true), (this, "openid", true), (this, "openid profile", false)]
    {
        let got = ask(&|r, f| {
            r.prompt = vec![Prompt::Consent];
            f.asked = Some(Asked { user, scope: Scope::parse(scope).unwrap(), allowed });
        });
        assert_eq!(got, Next::Consent(ConsentReason::PromptConsent));
    }
}

/// OpenID Connect Core 5.5: a claim asked for by name is told without its scope, so the person is asked about it.
#[test]
fn a_claim_asked_for_by_name_is_asked_about() {
    let mut fixed = Fixed::new();
    let row = found(&fixed.ctx());
    fixed.now += minutes(10);
    let ctx = fixed.ctx();
    let here = row.live(&ctx).unwrap();
    let mut wanted = request();
    wanted.scope = Scope::parse("openid").unwrap();
    for claims in [r#"{"userinfo":{"email":null}}"#, r#"{"id_token":{"email":{"essential":true}}}"#] {
        wanted.claims = Some(ClaimsRequest::parse(claims).unwrap());
        let ask = |allowed: &str, first_party: bool| {
            let consent = Scope::parse(allowed).unwrap();
            let flow = flow(&ctx, wanted.clone());
            next(&flow, Some(&here), Some(&client(first_party)), &at_app(Some(&consent)), ctx.policy, ctx.now)
        };
        assert_eq!(ask("openid profile", false), Next::Consent(ConsentReason::NotCovered), "{claims}");
        let Next::Done(approved) = ask("openid email", false) else { panic!("{claims}") };
        assert_eq!(approved.scope, wanted.scope, "allowed is not asked for");
        assert!(matches!(ask("openid", true), Next::Done(_)));
    }
}

#[test]
fn an_unproved_address_comes_first_and_silently_it_is_an_interaction() {
    let mut fixed = Fixed::new();
    let mut row = found(&fixed.ctx());
    row.email.as_mut().unwrap().verified_at = None;
    let here = row.live(&fixed.ctx()).unwrap();
    let mut wanted = request();
    let run = |fixed: &Fixed, wanted: &AuthorizationRequest| {
        let ctx = fixed.ctx();
        next(
            &flow(&ctx, wanted.clone()),
            Some(&here),
            Some(&client(true)),
            &at_app(None),
            ctx.policy,
            ctx.now,
        )
    };
    assert!(matches!(run(&fixed, &wanted), Next::Confirm(email) if email.address == "anna@example.com"));
    wanted.prompt = vec![Prompt::None];
    assert_eq!(run(&fixed, &wanted), Next::Fail(FailReason::InteractionRequired));
    fixed.policy.confirm_email = false;
    assert!(matches!(run(&fixed, &wanted), Next::Done(_)));
}

#[test]
fn only_an_essential_context_beyond_reach_fails() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let here = found(&ctx).live(&ctx).unwrap();
    let run = |essential: bool, values: &[&str], acr_values: &[&str]| {
        let mut wanted = request();
        let claim = ClaimRequest {
            essential,
            value: None,
            values: Some(values.iter().map(|v| (*v).into()).collect()),
        };
        if !values.is_empty() {
            let id_token = [("acr".to_owned(), Some(claim))].into();
            wanted.claims = Some(ClaimsRequest { id_token, ..Default::default() });
        }
        wanted.acr_values = acr_values.iter().map(|v| (*v).to_owned()).collect();
        next(&flow(&ctx, wanted), Some(&here), Some(&client(true)), &at_app(None), ctx.policy, ctx.now)
    };
    let acr = |next: Next| match next {
        Next::Done(approved) => approved.acr().map(str::to_owned),
        other => panic!("{other:?}"),
    };
    assert_eq!(run(true, &["phr"], &[]), Next::Fail(FailReason::UnmetAuthentication));
    assert_eq!(acr(run(true, &["phr", "1"], &[])).as_deref(), Some("1"));
    assert_eq!(acr(run(false, &["phr"], &[])).as_deref(), Some("1"));
    assert_eq!(acr(run(false, &[], &["phr"])).as_deref(), Some("1"));
    assert_eq!(acr(run(false, &[], &[])), None);
}

#[test]
fn our_own_pages_want_a_session_and_nothing_else() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let here = found(&ctx).live(&ctx).unwrap();
    let browser = *flow(&ctx, request()).browser();
    let mut home = Flow::begin(&ctx, browser, Target::Account(AccountPath::Profile));
    let run = |flow: &Flow, s: Option<&SignedIn>| next(flow, s, None, &at_app(None), ctx.policy, ctx.now);
    assert_eq!(run(&home, None), Next::Login(LoginReason::NoSession));
    assert_eq!(run(&home, Some(&here)), Next::Home);
    home.chosen = Some(Chosen::Another);
    assert_eq!(run(&home, Some(&here)), Next::Login(LoginReason::OtherChosen));
    prove(&mut home, &here);
    assert_eq!(run(&home, Some(&here)), Next::Home);
}

/// An app for members: nobody else is asked anything, and none hears of it without a page.
#[test]
fn an_outsider_goes_no_further_than_who_they_are() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let mut row = found(&ctx);
    row.email.as_mut().unwrap().verified_at = None;
    let here = row.live(&ctx).unwrap();
    let acme = Client { organization: Some("acme".parse().unwrap()), ..client(false) };
    let ask = |app: &Client, prompt: Vec<Prompt>, session: Option<&SignedIn>, member: bool| {
        let flow = flow(&ctx, AuthorizationRequest { prompt, ..request() });
        let known = AtApp { consent: None, member };
        next(&flow, session, Some(app), &known, ctx.policy, ctx.now)
    };
    assert_eq!(ask(&acme, vec![], Some(&here), false), Next::Outsider);
    assert!(matches!(ask(&acme, vec![], Some(&here), true), Next::Confirm(_)));
    assert!(matches!(ask(&client(false), vec![], Some(&here), false), Next::Confirm(_)), "for everybody");
    assert_eq!(ask(&acme, vec![], None, false), Next::Login(LoginReason::NoSession));
    assert_eq!(ask(&acme, vec![Prompt::Login], Some(&here), false), Next::Login(LoginReason::PromptLogin));
    let silent = ask(&acme, vec![Prompt::None], Some(&here), false);
    assert_eq!(silent, Next::Fail(FailReason::InteractionRequired));
}

/// Whether address and phone are proved, against each wish of an app and of the installation.
#[test]
fn an_app_is_reached_with_what_it_wants_proved() {
    use crate::oauth::client::Channel::{Email, Phone};
    let mut fixed = Fixed::new();
    let wishes = [None, Some(vec![]), Some(vec![Email]), Some(vec![Phone]), Some(vec![Email, Phone])];
    for wish in wishes {
        for house in [true, false] {
            fixed.policy.confirm_email = house;
            let ctx = fixed.ctx();
            let client = Client { confirm: wish.clone(), ..client(true) };
            for (proved, phone) in [(true, true), (true, false), (false, true), (false, false)] {
                let mut row = found(&ctx);
                let email = row.email.as_mut().unwrap();
                email.verified_at = email.verified_at.filter(|_| proved);
                let number = crate::account::PhoneNumber::parse("+4915112345678").unwrap();
                row.phone = phone.then_some(number);
                let here = row.live(&ctx).unwrap();
                let flow = flow(&ctx, request());
                let next = next(&flow, Some(&here), Some(&client), &at_app(None), ctx.policy, ctx.now);
                let wants_email = wish.as_ref().map_or(house, |it| it.contains(&Email));
                let wants_phone = wish.as_ref().is_some_and(|it| it.contains(&Phone));
                let said = format!("{wish:?} {house} {proved} {phone}: {next:?}");
                match next {
                    Next::Confirm(_) => assert!(wants_email && !proved, "{said}"),
                    Next::ConfirmPhone => {
                        assert!(wants_phone && !phone && (proved || !wants_email), "{said}")
                    }
                    Next::Done(_) => {
                        assert!((proved || !wants_email) && (phone || !wants_phone), "{said}")
                    }
                    _ => panic!("{said}"),
                }
            }
        }
    }
    // Without a page, the app hears that there would be one.
    let ctx = fixed.ctx();
    let here = found(&ctx).live(&ctx).unwrap();
    let client = Client { confirm: Some(vec![Phone]), ..client(true) };
    let mut silent = request();
    silent.prompt = vec![Prompt::None];
    let next = next(&flow(&ctx, silent), Some(&here), Some(&client), &at_app(None), ctx.policy, ctx.now);
    assert_eq!(next, Next::Fail(FailReason::InteractionRequired));
}

/// Of everybody else nothing is asked: who has an account has it, and who signed up was asked by that page.
#[test]
fn who_is_new_by_a_provider_is_asked_what_is_demanded_and_not_known() {
    use crate::account::asked::Asked;
    let mut fixed = Fixed::new();
    let asks = |words: &[&str]| Asked::parse(words.iter().copied()).unwrap();
    let own = [None, Some(&["name"][..]), Some(&["gender"]), Some(&["gender?"]), Some(&["name", "gender"])];
    for house in [&["name?"][..], &["gender"]] {
        fixed.policy.sign_up_claims = asks(house);
        for words in own {
            for (new, has_gender, proved, home, silent) in (0..32).map(|bits: u32| {
                let flag = |i: u32| bits >> i & 1 == 1;
                (flag(0), flag(1), flag(2), flag(3), flag(4))
            }) {
                let ctx = fixed.ctx();
                let client = Client {
                    sign_up_claims: words.map(asks),
                    confirm: Some(vec![Channel::Email]),
                    ..client(true)
                };
                let mut row = found(&ctx);
                row.user.claims.name = Some("Anna".into());
                row.user.claims.gender = has_gender.then(|| "female".into());
                let email = row.email.as_mut().unwrap();
                email.verified_at = email.verified_at.filter(|_| proved);
                let here = row.live(&ctx).unwrap();
                let mut request = request();
                request.prompt.extend(silent.then_some(Prompt::None));
                let mut flow = flow(&ctx, request);
                if home {
                    flow.target = Target::Account(AccountPath::Profile);
                }
                flow.newcomer = Some(if new { here.user().id } else { Id::from_bytes([9; 16]) });
                let got = next(&flow, Some(&here), Some(&client), &at_app(None), ctx.policy, ctx.now);
                let demanded = words.filter(|_| !home).unwrap_or(house);
                let asked = new && !has_gender && demanded.contains(&"gender");
                let said =
                    format!("{house:?} {words:?} {new} {has_gender} {proved} {home} {silent}: {got:?}");
                if asked && silent && !home {
                    assert_eq!(got, Next::Fail(FailReason::InteractionRequired), "{said}");
                } else {
                    assert_eq!(got == Next::About, asked, "{said}");
                }
            }
        }
    }
}
