//! One function per parser that meets bytes from outside. Each states what must hold for every input, beyond "it does not
//! panic": what is accepted round-trips, what is refused changes nothing, what is matched was registered.
//!
//! `scripts/fuzz` runs them under libFuzzer; `cargo test` runs them on stable over the committed corpus, cut and mutated.

use countersign_core::account::profile::{BadPatch, ClaimField, ProfileEdit, shown};
use countersign_core::account::{EmailAddress, PhoneNumber, Prefix, StandardClaims};
use countersign_core::ctx::fixed::Fixed;
use countersign_core::id::{ClientId, Id};
use countersign_core::login::Flow;
use countersign_core::login::flow::Presented;
use countersign_core::login::provider::answer::{Discovered, Facts, TokenAnswer};
use countersign_core::login::provider::{Provider, ProviderMetadata, Secret, TrustEmail};
use countersign_core::oauth::authorize::{MAX_NONCE, MAX_STATE, authorize as decide};
use countersign_core::oauth::device::UserCode;
use countersign_core::oauth::logo::{Logo, MOST_BYTES};
use countersign_core::oauth::params::Params;
use countersign_core::oauth::refusal::AuthorizeRefused;
use countersign_core::oauth::registration::ClientMetadata;
use countersign_core::oauth::token::GrantRequest;
use countersign_core::oauth::{ClaimsRequest, Client, Scope, redirect as redirects};
use countersign_core::organization::OrgHandle;
use countersign_core::session::RefreshToken;
use countersign_jose::{Alg, Jwk, JwkSet, SigningKey, TypRule, peek_claims, peek_header, verify};
use countersign_keys::breached::List;
use countersign_keys::breached::compile::{Options, compile};
use countersign_keys::breached::range::Question;
use countersign_outbound::address::Address;
use countersign_server::config::{Surroundings, load, load_declared};
use countersign_server::listen::framing::{Bad, Framing};
use countersign_web::cookies::{Cookie, Cookies};
use countersign_web::oauth::accept::wants;
use countersign_web::origin::Site;
use countersign_web::peer::{Network, client_ip};
use countersign_web::view::colour;
use http::{HeaderMap, HeaderValue, header};
use std::path::Path;
use std::sync::LazyLock;

/// Every target by name: the binaries, the corpus folders and the test below follow it.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("redirect", redirect),
    ("authorize", authorize),
    ("form_body", form_body),
    ("token_request", token_request),
    ("accept", accept),
    ("jws", jws),
    ("jwk", jwk),
    ("cookie", cookie),
    ("email", email),
    ("scope", scope),
    ("claims", claims),
    ("config", config),
    ("sealed_flow", sealed_flow),
    ("refresh_token", refresh_token),
    ("proxy_headers", proxy_headers),
    ("mail_address", mail_address),
    ("client_metadata", client_metadata),
    ("issuer", issuer),
    ("framing", framing),
    ("user_code", user_code),
    ("org_handle", org_handle),
    ("provider_answer", provider_answer),
    ("breached_list", breached_list),
    ("phone", phone),
    ("profile_patch", profile_patch),
    ("logo", logo),
    ("colour", colour),
];

fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
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

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Alg::Es256).expect("a key"));

/// A compact token that nobody signed is never verified, whatever its header says.
pub fn jws(data: &[u8]) {
    let Some(token) = text(data) else { return };
    let _ = peek_header(token);
    let _ = peek_claims(token);
    let keys = [KEY.public_key().expect("its public half")];
    let all = [Alg::Es256, Alg::Rs256, Alg::Ps256, Alg::EdDsa];
    assert!(verify(token, &keys, &all, TypRule::Any).is_err());
    // Our own signature over these bytes as claims is good, and nothing can be added or cut.
    let Ok(ours) = KEY.sign(Some("at+jwt"), data) else { return };
    let verified = verify(&ours, &keys, &[Alg::Es256], TypRule::OneOf(&["at+jwt"])).expect("our own");
    assert_eq!(verified.payload(), data);
    assert!(verify(&ours, &keys, &all, TypRule::OneOf(&["JWT"])).is_err());
    assert!(verify(&format!("{ours}A"), &keys, &all, TypRule::Any).is_err());
    assert!(verify(&ours[..ours.len() - 1], &keys, &all, TypRule::Any).is_err());
}

/// A key or key set of somebody else: no private member is taken, what is taken has a thumbprint.
pub fn jwk(data: &[u8]) {
    if let Ok(key) = Jwk::parse(data) {
        assert_eq!(key.thumbprint().len(), 43);
        let _ = key.to_public_key();
        let members: serde_json::Map<_, _> = serde_json::from_slice(data).expect("it was parsed");
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(!members.contains_key(private), "a private member was taken");
        }
    }
    if let Ok(set) = JwkSet::parse(data) {
        let _ = set.to_public_keys();
    }
    if let Ok(set) = JwkSet::parse_fetched(data) {
        let _ = set.to_public_keys();
    }
}

/// A Cookie header: what is read stood there alone under our name.
pub fn cookie(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let cookies = Cookies::new(&Site::new("https://id.example").expect("an issuer"), None);
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, value);
    for which in [Cookie::Session, Cookie::Browser, Cookie::Known] {
        let Some(read) = cookies.read(&headers, which).map(str::to_owned) else { continue };
        assert!(!read.is_empty() && !read.contains(';'));
        let planted = HeaderValue::from_str(&format!("{}=planted", cookies.name(which))).expect("a header");
        headers.append(header::COOKIE, planted);
        assert_eq!(cookies.read(&headers, which), None, "two of one name count as none");
    }
}

/// An e-mail address as somebody typed it: one key per mailbox, stable, and no way into a mail header.
pub fn email(data: &[u8]) {
    let Some(typed) = text(data) else { return };
    let Ok(address) = EmailAddress::parse(typed) else { return };
    let key = address.key();
    assert!(key.len() <= 254 && key.matches('@').count() == 1);
    assert!(!key.chars().any(|c| c.is_control() || c.is_whitespace()));
    assert!(!key.chars().any(|c| c.is_ascii_uppercase()));
    assert_eq!(EmailAddress::parse(key).expect("a key is an address").key(), key);
    assert_eq!(EmailAddress::parse(address.typed()).expect("as typed").key(), key);
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

/// A configuration file: refused with a place for every fault, or accepted.
pub fn config(data: &[u8]) {
    struct Given<'a>(&'a str);
    impl Surroundings for Given<'_> {
        fn variable(&self, name: &str) -> Option<String> {
            (name == "KEY").then(|| "q5Xq0s7lWm3T1vB8yNcR2uZ4eH6kJ9pA".to_owned())
        }
        fn overlay(&self) -> Vec<(String, String)> {
            Vec::new()
        }
        fn file(&self, path: &Path) -> std::io::Result<String> {
            match path.extension() {
                Some(end) if end == "toml" => Ok(self.0.to_owned()),
                _ => Err(std::io::ErrorKind::NotFound.into()),
            }
        }
    }
    let Some(written) = text(data) else { return };
    for problems in [
        load(Path::new("/x/c.toml"), &Given(written)).err(),
        load_declared(Path::new("/x/c.toml"), &Given(written)).err(),
    ]
    .into_iter()
    .flatten()
    {
        assert!(!problems.to_string().is_empty());
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

/// What a provider answers: token answer, discovery document, person, list of addresses. Whoever is read out of it has a
/// subject that fits its column, an address that mail can be sent to, and no address is proved by anything but a true.
pub fn provider_answer(data: &[u8]) {
    static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
        let one = |members: serde_json::Value| {
            let metadata: ProviderMetadata = serde_json::from_value(members).expect("metadata");
            metadata.validate(Some(Secret::new("s"))).expect("a provider")
        };
        vec![
            one(serde_json::json!({ "name": "a", "kind": "github", "client_id": "us" })),
            one(
                serde_json::json!({ "name": "b", "kind": "microsoft", "tenant": "common", "client_id": "us" }),
            ),
            one(serde_json::json!({
                "name": "c", "kind": "oidc", "label": "C", "issuer": "https://idp.example", "client_id": "us",
                "trust_email": "flag",
            })),
            one(serde_json::json!({
                "name": "d", "kind": "oauth2", "label": "D", "client_id": "us", "trust_email": "flag",
                "authorization_endpoint": "https://o.example/a", "token_endpoint": "https://o.example/t",
                "userinfo_endpoint": "https://o.example/u",
                "claims": { "subject": "sub", "email": "email", "email_verified": "email_verified", "name": "a.b" },
            })),
        ]
    });
    if let Ok(answer) = TokenAnswer::parse(data) {
        assert!(!answer.access_token.is_empty() && answer.access_token.bytes().all(|b| b.is_ascii_graphic()));
        assert!(!format!("{answer:?}").contains("access_token"));
    }
    if let Some(found) = Discovered::parse(data) {
        for provider in PROVIDERS.iter() {
            if let Ok(endpoints) = provider.endpoints(Some(&found)) {
                assert_eq!(endpoints.authorize.scheme(), "https");
                assert_eq!(endpoints.token.scheme(), "https");
            }
        }
    }
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(data) else { return };
    let claims = value.as_object();
    for provider in PROVIDERS.iter() {
        let id_token = claims.filter(|_| provider.kind.is_openid());
        let emails = value.get("emails");
        let facts = Facts { issuer: "https://idp.example", id_token, person: Some(&value), emails };
        let Ok(claimed) = provider.person(&facts) else { continue };
        assert!(
            !claimed.subject.is_empty() && claimed.subject.len() <= 255 && !claimed.subject.contains('\0')
        );
        if let Some(email) = &claimed.email {
            assert!(EmailAddress::parse(email.address.typed()).is_ok());
            let text = value.to_string();
            assert!(!email.verified || text.contains("true"), "{text}");
            assert_ne!(provider.trust_email, TrustEmail::Always);
        }
    }
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

/// An `Accept` header: only who names a media type wants it.
pub fn accept(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let mut headers = HeaderMap::new();
    headers.append(header::ACCEPT, value);
    let wanted = "application/token-introspection+jwt";
    let named = text(data).is_some_and(|it| it.to_ascii_lowercase().contains(wanted));
    assert!(named || !wants(&headers, wanted));
    headers.append(header::ACCEPT, HeaderValue::from_static("application/token-introspection+jwt"));
    let other = text(data).is_some_and(|it| it.to_ascii_lowercase().contains("application/json"));
    let visible = headers.iter().all(|(_, value)| value.to_str().is_ok());
    assert!(wants(&headers, wanted) || other || !visible, "the whole weight beats everything but itself");
}

/// Forwarded headers: from a stranger they change nothing.
pub fn proxy_headers(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let mut headers = HeaderMap::new();
    for name in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        headers.append(name, value.clone());
    }
    let (stranger, proxy) =
        ("203.0.113.9".parse().expect("an address"), "10.0.0.1".parse().expect("an address"));
    let listed: [Network; 1] = ["10.0.0.0/8".parse().expect("a network")];
    assert_eq!(client_ip(stranger, &headers, &listed).0, stranger);
    assert_eq!(client_ip(proxy, &headers, &[]).0, proxy);
    let _ = client_ip(proxy, &headers, &listed).network();
    if let Some(written) = text(data) {
        let _ = written.parse::<Network>();
    }
}

/// An address that goes into an SMTP envelope.
pub fn mail_address(data: &[u8]) {
    let Some(written) = text(data) else { return };
    let Ok(address) = Address::parse(written) else { return };
    for part in [address.local(), address.domain()] {
        assert!(!part.is_empty() && !part.chars().any(|c| c.is_control() || "<> ,;".contains(c)));
    }
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

/// An issuer: exactly as written, and every address of ours begins with it.
pub fn issuer(data: &[u8]) {
    let Some(written) = text(data) else { return };
    let Ok(site) = Site::new(written) else { return };
    assert_eq!(site.issuer(), written);
    assert!(site.url("/token").starts_with(site.origin()));
    assert!(!site.base().ends_with('/'));
}

/// A connection's bytes, the first of them the size of a read: the same judgement as of the whole, nothing after a refusal.
pub fn framing(data: &[u8]) {
    let Some((size, bytes)) = data.split_first() else { return };
    let mut whole = Framing::new();
    let judged = whole.take(bytes).map(|()| whole.heads());
    let mut parts = Framing::new();
    let mut passed = 0;
    let in_parts = bytes.chunks(usize::from(*size).max(1)).try_for_each(|part| {
        let taken = parts.take(part).map_err(|bad| Bad { at: passed + bad.at, ..bad });
        passed += part.len();
        taken
    });
    assert_eq!(judged, in_parts.map(|()| parts.heads()));
    let Err(bad) = judged else { return };
    assert!(bad.at < bytes.len());
    assert_eq!(whole.take(b"GET / HTTP/1.1\r\n\r\n"), Err(Bad { at: 0, ..bad }));
    // What comes before the fault is good.
    let mut before = Framing::new();
    assert_eq!(before.take(&bytes[..bad.at]), Ok(()));
    assert_eq!(before.heads(), whole.heads());
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

/// An organization's handle: as written, and nothing that a command line or a log could take for something else.
pub fn org_handle(data: &[u8]) {
    let Some(written) = text(data) else { return };
    let Ok(handle) = written.parse::<OrgHandle>() else { return };
    assert_eq!(handle.as_str(), written);
    assert!(!written.starts_with('-') && written.len() <= 63);
    assert!(written.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-'));
}

/// A list of breached passwords: any bytes are a list that answers, or none; what is compiled from them is a list that knows
/// each of its lines; the answer of a source is searched whatever it holds.
pub fn breached_list(data: &[u8]) {
    if let Ok(list) = List::open(data) {
        for password in ["", "password", "flying teapot 77"] {
            let _ = list.has(password);
        }
    }
    let _ = Question::of("password").answered(data);
    let mut made = std::io::Cursor::new(Vec::new());
    if compile(|| Ok(data), &mut made, Options { bits: 8, at_least: 0 }, |_| {}).is_ok() {
        let list = made.into_inner();
        let list = List::open(list.as_slice()).expect("what was made opens");
        let mut lines = data.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let first = lines.clone().find(|line| !line.is_empty()).unwrap_or_default();
        if first.len() >= 40 && first.iter().take(40).all(u8::is_ascii_hexdigit) {
            return;
        }
        let known =
            |line: &[u8]| std::str::from_utf8(line).map_or(true, |it| list.has(it).expect("it is whole"));
        assert!(lines.all(|line| line.is_empty() || known(line)), "a line is not known");
    }
}

/// A phone number as somebody typed it: what is taken is dialled as it stands, belongs to one country at most, and does not
/// show itself; and what numbers of a country begin with.
pub fn phone(data: &[u8]) {
    let Some(typed) = text(data) else { return };
    let countries = ["+1", "+49", "+1868"].map(|it| Prefix::parse(it).expect("a prefix"));
    if let Ok(prefix) = Prefix::parse(typed) {
        assert_eq!(prefix.as_str(), typed);
        assert!((2..=8).contains(&typed.len()) && typed[1..].bytes().all(|b| b.is_ascii_digit()));
    }
    let Ok(number) = PhoneNumber::parse(typed) else { return };
    let dialled = number.as_str();
    assert!((8..=16).contains(&dialled.len()) && dialled.starts_with('+') && !dialled.starts_with("+0"));
    assert!(dialled[1..].bytes().all(|b| b.is_ascii_digit()));
    let digits = typed.chars().filter(char::is_ascii_digit);
    assert!(dialled[1..].chars().eq(digits), "no digit is dropped or made up");
    assert_eq!(PhoneNumber::parse(dialled).as_ref(), Ok(&number));
    assert!(dialled.starts_with(number.block()) && number.block().len() + 3 == dialled.len());
    assert!(Prefix::of(&countries, &number).is_none_or(|it| dialled.starts_with(it.as_str())));
    assert!(!format!("{number:?}").contains(&dialled[1..]) && !number.hint().contains(dialled));
}

/// A merge patch of the profile (RFC 7396): only what it names changes, to what its rule lets pass, and what is kept can be
/// handed in again.
pub fn profile_patch(data: &[u8]) {
    let Ok(serde_json::Value::Object(patch)) = serde_json::from_slice(data) else { return };
    let before: StandardClaims = serde_json::from_value(serde_json::json!({
        "name": "Anna", "nickname": "Anni", "website": "http://declared.example/", "phone_number": "+49301234567",
        "address": { "locality": "Oslo", "country": "Norway" },
    }))
    .expect("claims");
    let edit = match ProfileEdit::of_patch(&patch) {
        Ok(edit) => edit,
        Err(BadPatch::Unknown(names)) => return assert!(!names.is_empty()),
        Err(BadPatch::NotText | BadPatch::AddressNotObject) => return,
    };
    let Ok(after) = edit.apply(&before) else { return };
    assert_eq!(after.phone_number, before.phone_number, "phones are no field of it");
    for field in ClaimField::ALL {
        let now = shown(&after, *field);
        match edit.typed(*field) {
            Some(typed) => assert_eq!(typed.trim().is_empty(), now.is_empty(), "{field:?}"),
            None if *field == ClaimField::Formatted => {}
            None => assert_eq!(now, shown(&before, *field)),
        }
        let again = ProfileEdit::default().with(*field, now.clone());
        assert_eq!(again.apply(&after).expect("it was kept"), after);
        let fits = ProfileEdit::default().with(*field, now).apply(&StandardClaims::default());
        let as_declared = *field == ClaimField::Website || field.is_of_address();
        assert!(fits.is_ok() || edit.typed(*field).is_none() || as_declared, "{field:?}");
    }
}

/// A logo from somewhere: what is taken is small, of the kind that its name says, and the same when it is read back.
pub fn logo(data: &[u8]) {
    let Ok(logo) = Logo::sniff(data) else { return };
    assert!(data.len() <= MOST_BYTES && logo.bytes() == data);
    let ending =
        logo.name().rsplit_once('.').expect("an ending").1.replace("jpg", "jpeg").replace("svg", "svg+xml");
    assert_eq!(logo.content_type(), format!("image/{ending}"));
    if ending == "svg+xml" {
        assert!(!text(data).expect("text").to_ascii_lowercase().contains("<!doctype"));
    }
    let kept = serde_json::to_string(&logo).expect("it serializes");
    assert_eq!(serde_json::from_str::<Logo>(&kept).expect("our own"), logo);
}

/// An app's colour: whatever is written, what comes into the stylesheet is a colour, and text on it can be read.
pub fn colour(data: &[u8]) {
    let Some(written) = text(data) else { return };
    let accent = colour::accent(Some(written));
    if !colour::readable(written) {
        assert_eq!(accent.light, colour::accent(None).light);
    }
    let again = colour::accent(Some(&accent.light.fill));
    assert_eq!(again.light, accent.light);
    for pair in [&accent.light, &accent.dark] {
        for colour in [&pair.fill, &pair.ink] {
            assert!(colour.len() == 7 && colour.starts_with('#'));
            assert!(colour[1..].bytes().all(|b| b.is_ascii_hexdigit()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator with a fixed seed: the run is the same everywhere.
    struct Dice(u64);
    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 11) as usize % sides.max(1)
        }
    }

    const ODD: &[u8] = b"\0\n\r/\\%&=;@#\"{}[].:~\xff\xc3";

    /// The seed as it is, every prefix, and some thousand mutants: a byte changed, cut out, doubled, two seeds spliced.
    fn exercise(name: &str) {
        let (_, body) = TARGETS.iter().find(|(it, _)| *it == name).expect("a target");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let seeds: Vec<Vec<u8>> = std::fs::read_dir(&folder)
            .expect("a corpus folder")
            .map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a seed"))
            .collect();
        assert!(!seeds.is_empty(), "{name} has no seeds");
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        for seed in &seeds {
            body(seed);
            (0..seed.len().min(200)).for_each(|end| body(&seed[..end]));
        }
        for _ in 0..5_000 {
            let mut mutant = seeds[dice.roll(seeds.len())].clone();
            for _ in 0..=dice.roll(4) {
                let at = dice.roll(mutant.len());
                match dice.roll(5) {
                    0 if !mutant.is_empty() => mutant[at] = dice.roll(256) as u8,
                    1 if !mutant.is_empty() => {
                        drop(mutant.drain(at..(at + 1 + dice.roll(8)).min(mutant.len())))
                    }
                    2 => mutant.insert(at, ODD[dice.roll(ODD.len())]),
                    3 => {
                        let other = &seeds[dice.roll(seeds.len())];
                        mutant.truncate(at);
                        mutant.extend_from_slice(&other[dice.roll(other.len() + 1)..]);
                    }
                    _ => mutant.extend_from_within(..mutant.len().min(dice.roll(64))),
                }
            }
            body(&mutant);
        }
    }

    macro_rules! bodies {
        ($($name:ident)*) => { $(#[test] fn $name() { exercise(stringify!($name)); })*
            #[test]
            fn every_target_is_exercised() {
                assert_eq!(TARGETS.len(), [$(stringify!($name)),*].len());
            }
        };
    }
    bodies! {
        redirect authorize form_body token_request accept jws jwk cookie email scope claims config sealed_flow refresh_token proxy_headers
        mail_address client_metadata issuer framing user_code org_handle provider_answer breached_list phone profile_patch logo colour
    }
}
