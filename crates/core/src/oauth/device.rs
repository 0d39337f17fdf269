//! RFC 8628 3.1 and 3.2: a device without a browser asks for a code, and what its row goes through until tokens come
//! of it.

use super::authorize::resources;
use super::token::{DeviceRefused, RequestRefused, TokenRefused};
use super::{AuthenticatedClient, GrantType, Params, Scope};
use crate::limits::{self, Counted};
use crate::secret::{SecretKind, base64url, from_base64url, kind};
use crate::write::NewSecret;
use crate::{ClientId, Ctx, Digest, Id, Outcome, Party, Plain, Timestamp, TraceStep, Write, id};
use serde::{Deserialize, Serialize};

/// Where people type the code, under the issuer.
pub const VERIFY: &str = "/device";
/// RFC 8628 3.2: seconds between two questions, to begin with.
pub const INTERVAL: u64 = 5;

/// RFC 8628 3.2: what the device is told. It shows code and address, and asks with the other.
#[derive(Serialize)]
#[allow(missing_docs)] // named by the standard
pub struct DeviceReply {
    pub device_code: String,
    pub user_code: String,
    pub verification_uri: String,
    pub verification_uri_complete: String,
    pub expires_in: u64,
    pub interval: u64,
}

/// Names nothing: both codes are secrets.
impl std::fmt::Debug for DeviceReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceReply(..)")
    }
}

/// From where a device asked, as far as people are told (RFC 8628 5.4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whence {
    /// The program, as it calls itself; cut, empty if it is not known.
    pub agent: String,
    /// Its network, cut to /24 or /48.
    pub network: String,
}

/// What the row of a device code holds besides client, flow and times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceRow {
    /// What it asked for, already cut to what the client may have.
    pub scope: Scope,
    /// RFC 8707.
    pub resources: Vec<String>,
    /// From where.
    pub whence: Whence,
    /// RFC 8628 3.5: seconds between two questions; kept here, so that every node keeps to it.
    pub interval: u64,
    /// When it asked last.
    pub polled_at: Option<Timestamp>,
    /// How far it has come.
    pub state: DeviceState,
}

/// The life of a device code. It is over when it expires, whatever stands here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// Nobody has typed its user code.
    Waiting,
    /// Somebody has, in this browser, and in this session if there was one: nobody else may go on with it.
    Entered {
        /// The browser.
        browser: Digest<kind::Browser>,
        /// The session, if somebody was signed in there.
        session: Option<Id<id::Session>>,
    },
    /// It was allowed. All that the token endpoint needs stands in the row of a code that nobody ever saw, so that
    /// whatever ends codes (withdrawn consent, an ended session, a new password) ends this too.
    Allowed {
        /// Finds that row.
        code: Digest<kind::Code>,
    },
    /// It was not.
    Denied,
}

/// A device code as found.
#[derive(Debug, Clone)]
pub struct StoredDevice {
    /// What the database knows of it.
    pub digest: Digest<kind::DeviceCode>,
    /// To whom it was given.
    pub client: ClientId,
    /// For the trace: the same from the device's question to its last token.
    pub flow: Id<id::Flow>,
    /// The rest.
    pub row: DeviceRow,
    /// Asked for then.
    pub created_at: Timestamp,
    /// Over from then on.
    pub expires_at: Timestamp,
}

impl StoredDevice {
    /// Reads a row; `None` if it is none of a device code.
    pub fn of(row: &NewSecret) -> Option<Self> {
        Some(Self {
            digest: Digest::from_bytes(&row.digest)?,
            client: row.client.clone()?,
            flow: row.flow?,
            row: serde_json::from_value(row.payload.clone()).ok()?,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }

    /// The write that brings it there from here, guarded by what stands here.
    pub fn change(&self, to: DeviceRow) -> Write {
        let mut digest = [0; 33];
        digest.copy_from_slice(self.digest.as_bytes());
        let json = |row: &DeviceRow| serde_json::to_value(row).unwrap_or_default();
        Write::ChangeSecret { kind: SecretKind::DeviceCode, digest, from: json(&self.row), to: json(&to) }
    }

    /// The same with another state.
    pub fn turned(&self, state: DeviceState) -> Write {
        self.change(DeviceRow { state, ..self.row.clone() })
    }
}

/// RFC 8628 6.1: what people type. Consonants that are read and typed without doubt; no word comes of them.
#[derive(Clone)]
pub struct UserCode(Plain<kind::UserCode>);

/// RFC 8628 6.1: 20 letters, 8 of them: 34 bits, guessed at 30 in a quarter of an hour.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

impl UserCode {
    fn mint(ctx: &Ctx<'_>) -> Self {
        let mut text = String::with_capacity(LENGTH);
        while text.len() < LENGTH {
            let mut random = [0u8; 16];
            ctx.rng.fill(&mut random);
            // 240 is the largest multiple of 20 below 256: beyond it the first letters would come more often.
            let letters =
                random.iter().filter(|it| **it < 240).filter_map(|it| LETTERS.get(usize::from(*it) % 20));
            text.extend(letters.take(LENGTH - text.len()).map(|it| char::from(*it)));
        }
        Self(Plain::presented(text))
    }

    /// RFC 8628 6.1: as typed, in whatever case and however it was spaced. `None`: it cannot be one.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > 64 {
            return None;
        }
        let kept = typed.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_uppercase());
        let text: String = kept.collect();
        let ours = text.len() == LENGTH && text.bytes().all(|it| LETTERS.contains(&it));
        ours.then(|| Self(Plain::presented(text)))
    }

    /// As shown: in two halves.
    pub fn shown(&self) -> String {
        let (first, second) = self.0.expose().split_at_checked(LENGTH / 2).unwrap_or_default();
        format!("{first}-{second}")
    }

    /// What its row is found by.
    pub fn digest(&self, ctx: &Ctx<'_>) -> Digest<kind::UserCode> {
        self.0.digest(ctx)
    }
}

/// It opens something for a while.
impl std::fmt::Debug for UserCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UserCode(..)")
    }
}

/// The device code that the row of a user code leads to.
pub fn device_of(row: &NewSecret) -> Option<Digest<kind::DeviceCode>> {
    Digest::from_bytes(&from_base64url(row.payload.as_str()?)?)
}

/// RFC 8628 3.1: what a device asks for, checked. Only [`DeviceAsk::parse`] makes one.
#[derive(Debug, Clone)]
pub struct DeviceAsk {
    client: ClientId,
    scope: Scope,
    resources: Vec<String>,
}

impl DeviceAsk {
    /// The checks, in order, for a client that has authenticated (a public one has named itself).
    pub fn parse(params: &Params<'_>, client: &AuthenticatedClient) -> Result<Self, TokenRefused> {
        let client = client.client();
        if !client.may(GrantType::DeviceCode) {
            return Err(RequestRefused::GrantNotRegistered.into());
        }
        let scope = match params.one("scope") {
            Some(text) => Scope::parse(text).map_err(|_| RequestRefused::Scope)?,
            None => client.scope.clone().without("offline_access").without(super::account_api::SCOPE),
        };
        // OpenID Connect Core 11: as at the authorization endpoint; here the person is always asked.
        let offline = client.may(GrantType::RefreshToken) && client.scope.has("offline_access");
        let scope = if offline { scope } else { scope.without("offline_access") };
        if scope.is_empty() || !scope.within(&client.scope) {
            return Err(DeviceRefused::Scope.into());
        }
        let resources = resources(params, client).map_err(|_| DeviceRefused::Target)?;
        Ok(Self { client: client.id.clone(), scope, resources })
    }
}

/// RFC 8628 3.2: two codes, one for the device and one for people. `counted` already contains this request; too many,
/// and the refusal is the seconds to wait.
pub fn begin(
    ask: &DeviceAsk,
    whence: &Whence,
    counted: &[Counted],
    ctx: &Ctx<'_>,
) -> Outcome<DeviceReply, u32> {
    if let Some(wait) = limits::wait(counted, ctx.now) {
        return Outcome::refuse(wait);
    }
    let flow = Id::new(ctx);
    let (code, user_code) = (Plain::<kind::DeviceCode>::mint(ctx), UserCode::mint(ctx));
    let life = ctx.policy.lifetimes.device;
    let digest = code.digest(ctx);
    let row = DeviceRow {
        scope: ask.scope.clone(),
        resources: ask.resources.clone(),
        whence: whence.clone(),
        interval: INTERVAL,
        polled_at: None,
        state: DeviceState::Waiting,
    };
    let bound = |row: NewSecret| Box::new(row.client(Some(ask.client.clone())).flow(flow));
    let of_device =
        bound(NewSecret::of(&digest, ctx.now, life).payload(serde_json::to_value(row).unwrap_or_default()));
    let of_person =
        bound(NewSecret::of(&user_code.digest(ctx), ctx.now, life).payload(base64url(digest.as_bytes())));
    let verification_uri = format!("{}{VERIFY}", ctx.policy.issuer);
    let reply = DeviceReply {
        device_code: code.expose().to_owned(),
        user_code: user_code.shown(),
        verification_uri_complete: format!("{verification_uri}?user_code={}", user_code.shown()),
        verification_uri,
        expires_in: life.as_secs(),
        interval: INTERVAL,
    };
    let step = |from, to, label: &str| TraceStep::new(flow, ctx.now, from, to, label).client(&ask.client);
    Outcome::reply(reply)
        .write(Write::InsertSecret(of_device))
        // Two devices with one code in the same ten minutes: claimed, so that the second gets another one.
        .write(Write::ClaimSecret(of_person))
        .trace(
            step(Party::App, Party::Countersign, "POST /device_authorization")
                .detail(format!("scope {}", ask.scope)),
        )
        .trace(
            step(Party::Countersign, Party::App, "device code, user code, address")
                .detail(format!("good for {} s; ask every {INTERVAL} s", life.as_secs())),
        )
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;
    use crate::oauth::{Client, sample};
    use proptest::prelude::*;
    use std::sync::Arc;

    pub(crate) fn television() -> Client {
        Client {
            id: ClientId::parse("television").unwrap(),
            name: "Television".into(),
            redirect_uris: vec![],
            grant_types: vec![GrantType::RefreshToken, GrantType::DeviceCode],
            ..sample::public()
        }
    }

    pub(crate) fn parse(client: &Client, body: &str) -> Result<DeviceAsk, TokenRefused> {
        let client = AuthenticatedClient::proved(Arc::new(client.clone()));
        DeviceAsk::parse(&Params::parse(body.as_bytes()).unwrap(), &client)
    }

    pub(crate) fn ask(client: &Client, body: &str, ctx: &Ctx<'_>) -> Outcome<DeviceReply, u32> {
        let whence = Whence { agent: "curl".into(), network: "203.0.113.0/24".into() };
        begin(&parse(client, body).unwrap(), &whence, &[], ctx)
    }

    pub(crate) fn stored(outcome: &Outcome<DeviceReply, u32>) -> StoredDevice {
        let Write::InsertSecret(row) = &outcome.writes[0] else { panic!("{:?}", outcome.writes) };
        StoredDevice::of(row).unwrap()
    }

    #[test]
    fn a_device_gets_two_codes_whose_rows_hold_neither() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let outcome = ask(&television(), "scope=openid%20offline_access", &ctx);
        let reply = outcome.result.as_ref().unwrap();
        assert_eq!((reply.expires_in, reply.interval), (600, 5));
        assert_eq!(reply.verification_uri, "https://id.example/device");
        assert!(reply.verification_uri_complete.ends_with(&format!("?user_code={}", reply.user_code)));
        assert!(reply.device_code.len() >= 43);
        let shown = format!("{:?} {:?}", outcome.writes, outcome.trace);
        assert!(!shown.contains(&reply.device_code) && !shown.contains(&reply.user_code));
        assert!(!format!("{reply:?}").contains(&reply.user_code));
        let stored = stored(&outcome);
        assert_eq!(stored.row.scope.to_string(), "offline_access openid");
        assert_eq!(stored.row.state, DeviceState::Waiting);
        let Write::ClaimSecret(row) = &outcome.writes[1] else { panic!() };
        assert_eq!(device_of(row), Some(stored.digest));
        let typed = UserCode::parse(&reply.user_code).unwrap();
        assert_eq!(typed.digest(&ctx).as_bytes(), row.digest);
    }

    #[test]
    fn more_than_the_client_may_have_is_refused() {
        let fixed = Fixed::new();
        let code = |client: &Client, body: &str| parse(client, body).unwrap_err().code().as_str();
        assert_eq!(code(&sample::public(), ""), "unauthorized_client");
        assert_eq!(code(&television(), "scope=admin"), "invalid_scope");
        assert_eq!(code(&television(), "scope=a%22b"), "invalid_scope");
        assert_eq!(code(&television(), "resource=https://evil.example"), "invalid_target");
        let no_refresh = Client { grant_types: vec![GrantType::DeviceCode], ..television() };
        assert_eq!(code(&no_refresh, "scope=offline_access"), "invalid_scope");
        let all = stored(&ask(&television(), "", &fixed.ctx())).row.scope;
        assert!(all.has("openid") && !all.has("offline_access"), "must be asked for: {all}");
    }

    #[test]
    fn a_code_is_typed_as_people_type() {
        let fixed = Fixed::new();
        let code = UserCode::mint(&fixed.ctx());
        let shown = code.shown();
        assert_eq!(shown.len(), 9);
        let spaced: String = shown.chars().flat_map(|c| [c, ' ']).collect();
        for typed in [shown.to_lowercase(), shown.replace('-', ""), shown.replace('-', "\u{2011}"), spaced] {
            assert_eq!(UserCode::parse(&typed).unwrap().shown(), shown, "{typed}");
        }
        for bad in ["", "BCDF-GHJ", "BCDF-GHJKL", "ABCD-EFGH", "BCDF-GHJ1", "ßBCDFGHJ", &"B".repeat(65)] {
            assert!(UserCode::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn every_letter_comes_and_nothing_spells_a_word() {
        let fixed = Fixed::new();
        let all: String = (0..400).map(|_| UserCode::mint(&fixed.ctx()).shown().replace('-', "")).collect();
        assert!(LETTERS.iter().all(|it| all.contains(char::from(*it))));
        assert!(all.bytes().all(|it| LETTERS.contains(&it)));
        assert!(!LETTERS.iter().any(|it| b"AEIOUY0125".contains(it)));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_answered(typed in "\\PC{0,80}") {
            if let Some(code) = UserCode::parse(&typed) {
                prop_assert!(UserCode::parse(&code.shown()).is_some());
            }
        }
    }
}
