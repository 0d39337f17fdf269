//! What clients send: queries and bodies, scopes, metadata, the codes and tokens that they bring back.

use crate::text;
use countersign_core::ctx::fixed::Fixed;
use countersign_core::id::{ClientId, Id};
use countersign_core::login::Flow;
use countersign_core::login::flow::Presented;
use countersign_core::oauth::authorize::{MAX_NONCE, MAX_STATE, authorize as decide};
use countersign_core::oauth::device::UserCode;
use countersign_core::oauth::params::Params;
use countersign_core::oauth::refusal::AuthorizeRefused;
use countersign_core::oauth::registration::ClientMetadata;
use countersign_core::oauth::token::GrantRequest;
use countersign_core::oauth::{ClaimsRequest, Client, Scope, redirect as redirects};
use countersign_core::session::RefreshToken;
use std::sync::LazyLock;

/// A query at /authorize: what is answered by redirect goes to a registered address.
pub fn authorize(data: &[u8]) {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        let mut metadata = ClientMetadata::new("app");
        metadata.token_endpoint_auth_method = serde_json::from_str("\"none\"").ok();
        metadata.redirect_uris =
            vec!["https://app.example/callback".into(), "http://127.0.0.1/callback?x=1".into()];
        metadata.resources = vec!["https://api.example/".into()];
        metadata.validate(Id::from_bytes([1; 16])).expect("a sound client")
    });
    let Ok(params) = Params::parse(data) else { return };
    match decide(&params, Some(&CLIENT), &|_| None) {
        Ok(request) => {
            assert!(
                CLIENT
                    .redirect_uris
                    .iter()
                    .any(|uri| redirects::matches(uri, request.return_to.redirect_uri()))
            );
            assert!(request.challenge.is_some(), "oauth21 has no request without PKCE");
            assert!(request.scope.within(&CLIENT.scope));
            assert!(request.resources.iter().all(|it| CLIENT.resources.contains(it)));
            assert!(request.return_to.state().is_none_or(|it| it.len() <= MAX_STATE));
            assert!(request.nonce.as_ref().is_none_or(|it| it.len() <= MAX_NONCE));
        }
        Err(AuthorizeRefused::App(return_to, _)) => {
            assert!(CLIENT.redirect_uris.iter().any(|uri| redirects::matches(uri, return_to.redirect_uri())));
        }
        Err(AuthorizeRefused::Page(_)) => {}
    }
}

/// `registered LF sent`: whatever matches goes to the same scheme, host, path and query as what was registered.
pub fn redirect(data: &[u8]) {
    let Some((registered, sent)) = text(data).and_then(|it| it.split_once('\n')) else { return };
    let sound = redirects::check(registered, true).is_ok();
    if sound {
        assert!(redirects::matches(registered, registered));
    }
    if !redirects::matches(registered, sent) || !sound || registered == sent {
        return;
    }
    // Only a loopback port may differ, and a browser reads both alike.
    let (registered, sent) = (url::Url::parse(registered).unwrap(), url::Url::parse(sent).unwrap());
    assert_eq!(registered.scheme(), "http");
    assert!(["127.0.0.1", "[::1]"].contains(&registered.host_str().unwrap()));
    assert_eq!(registered.host_str(), sent.host_str());
    assert_eq!((registered.path(), registered.query()), (sent.path(), sent.query()));
    assert_eq!((sent.username(), sent.password(), sent.fragment()), ("", None, None));
}

/// A form body: no parameter twice, no U+0000, and the same as another decoder reads.
pub fn form_body(data: &[u8]) {
    let Ok(params) = Params::parse(data) else { return };
    let theirs: Vec<_> = url::form_urlencoded::parse(data).collect();
    let names: Vec<_> = params.names().collect();
    assert_eq!(names.len(), theirs.len());
    for (ours, (name, _)) in names.iter().zip(&theirs) {
        assert_eq!(*ours, name);
        assert!(!ours.contains('\0'));
    }
    for (name, value) in &theirs {
        if *name != "resource" && *name != "audience" {
            assert_eq!(names.iter().filter(|it| *it == name).count(), 1);
            assert_eq!(params.one(name), (!value.is_empty()).then_some(value.as_ref()));
        }
    }
    let _ = format!("{params:?}");
}

/// A body at /token: what is read shows no secret, and names its grant as the wire does.
pub fn token_request(data: &[u8]) {
    let Ok(params) = Params::parse(data) else { return };
    let fixed = Fixed::new();
    let Ok(request) = GrantRequest::parse(&params, &fixed.ctx()) else { return };
    let named = serde_json::to_value(request.grant_type()).expect("a name");
    assert_eq!(named.as_str(), params.one("grant_type"));
    let shown = format!("{request:?}");
    for secret in ["code", "code_verifier", "assertion", "subject_token", "actor_token"] {
        let value = params.one(secret).unwrap_or_default();
        // A short one may stand in a name or an address by chance.
        let elsewhere = ["scope", "resource", "audience", "redirect_uri"]
            .iter()
            .any(|name| params.all(name).any(|other| other.contains(value)));
        assert!(value.len() < 24 || elsewhere || !shown.contains(value), "{secret}");
    }
    if let GrantRequest::TokenExchange(request) = &request {
        let mut named = params.all("resource").chain(params.all("audience"));
        assert_eq!(named.next(), request.target.as_deref());
        assert!(named.all(|other| Some(other) == request.target.as_deref()), "one target");
    }
}

/// A scope: a set that reads back as itself.
pub fn scope(data: &[u8]) {
    let Some(written) = text(data) else { return };
    let Ok(scope) = Scope::parse(written) else { return };
    assert_eq!(Scope::parse(&scope.to_string()).as_ref(), Ok(&scope));
    assert!(scope.within(&scope) && scope.iter().all(|it| scope.has(it)));
    assert!(scope.iter().all(|it| it.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')));
}

/// The claims parameter.
pub fn claims(data: &[u8]) {
    let Some(written) = text(data) else { return };
    let Ok(asked) = ClaimsRequest::parse(written) else { return };
    let _ = (asked.subject(), asked.in_id_token("sub"), asked.scopes());
    let again = serde_json::to_string(&asked).expect("it serializes");
    assert!(ClaimsRequest::parse(&again).is_ok(), "what was taken is taken again");
}

/// Client metadata as JSON (RFC 7591).
pub fn client_metadata(data: &[u8]) {
    let Ok(metadata) = serde_json::from_slice::<ClientMetadata>(data) else { return };
    match metadata.validate(Id::from_bytes([1; 16])) {
        Ok(client) => {
            assert!(ClientId::parse(client.id.as_str()).is_ok());
            for uri in &client.redirect_uris {
                assert!(redirects::check(uri, true).is_ok() && !uri.starts_with("javascript:"));
            }
        }
        Err(wrong) => assert!(!wrong.is_empty()),
    }
}

/// The sealed flow that a page brings back: what we did not seal is never opened.
pub fn sealed_flow(data: &[u8]) {
    let Some(presented) = text(data) else { return };
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    match Flow::presented(&ctx, presented) {
        Some(Presented::Page(sealed)) => assert!(Flow::open(&ctx, None, &sealed).is_err()),
        Some(Presented::Row(_)) | None => {}
    }
}

/// A refresh token: what we did not make has no family.
pub fn refresh_token(data: &[u8]) {
    let Some(presented) = text(data) else { return };
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let _ = RefreshToken::looks_like(presented);
    assert!(RefreshToken::parse(presented, &ctx).is_none());
    let mut family = [0; 16];
    family.iter_mut().zip(data).for_each(|(to, from)| *to = *from);
    let ours = RefreshToken::mint(Id::from_bytes(family), data.len() as u32, &ctx);
    let read = RefreshToken::parse(&ours.expose(), &ctx).expect("our own");
    assert_eq!(
        (read.family(), read.generation(), read.digest()),
        (ours.family(), ours.generation(), ours.digest())
    );
    assert!(RefreshToken::parse(&format!("{}A", &*ours.expose()), &ctx).is_none());
}

/// RFC 8628 6.1: a code as somebody typed it. However it is spaced and in whatever case, it is one code, and nothing but
/// its letters reaches the page.
pub fn user_code(data: &[u8]) {
    let Some(typed) = text(data) else { return };
    let Some(code) = UserCode::parse(typed) else { return };
    let fixed = Fixed::new();
    let (ctx, shown) = (fixed.ctx(), code.shown());
    assert!(shown.len() == 9 && shown.bytes().all(|it| it == b'-' || it.is_ascii_uppercase()));
    let kept = |text: &str| {
        text.chars().filter(|it| it.is_ascii_alphabetic()).collect::<String>().to_ascii_uppercase()
    };
    assert_eq!(kept(&shown), kept(typed), "no letter is guessed or dropped");
    for again in [shown.clone(), shown.to_ascii_lowercase(), shown.replace('-', " "), shown.replace('-', "")]
    {
        let again = UserCode::parse(&again).expect("as shown");
        assert!(again.digest(&ctx).same(&code.digest(&ctx)));
    }
    assert!(!format!("{code:?}").contains(&shown));
}
