//! RFC 6749 2.3: who is the client? One answer for every endpoint that asks.

use super::params::form_decode;
use super::token::ClientRefused;
use super::{Client, ClientAuth, Params};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

/// Proof that a client proved who it is, by the method it is registered for. A public client proves nothing;
/// for it this says only that it named itself, and [`Client::is_public`] tells.
#[derive(Debug, Clone)]
pub struct AuthenticatedClient(Arc<Client>);

impl AuthenticatedClient {
    /// The client.
    pub fn client(&self) -> &Client {
        &self.0
    }
    /// Only for who has just checked it.
    pub(super) fn proved(client: Arc<Client>) -> Self {
        Self(client)
    }
}

/// RFC 7521 4.2.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What the request brings, by exactly one method.
pub enum Credentials {
    /// Public: the name alone.
    None {
        /// As sent.
        client_id: String,
    },
    /// RFC 6749 2.3.1, in the header.
    Basic {
        /// Decoded.
        client_id: String,
        /// Decoded.
        secret: Zeroizing<String>,
    },
    /// RFC 6749 2.3.1, in the body.
    Post {
        /// As sent.
        client_id: String,
        /// As sent.
        secret: Zeroizing<String>,
    },
    /// RFC 7523 2.2.
    Assertion {
        /// As sent, if it was; must agree with the assertion then.
        client_id: Option<String>,
        /// The JWT, unverified.
        assertion: String,
    },
}

impl Credentials {
    /// Finds the one method in use. `authorization` is the raw header value.
    pub fn find(authorization: Option<&[u8]>, params: &Params<'_>) -> Result<Self, ClientRefused> {
        let client_id = params.one("client_id").map(str::to_owned);
        let secret = params.one("client_secret");
        let (assertion, kind) = (params.one("client_assertion"), params.one("client_assertion_type"));
        // RFC 6749 2.3: "The client MUST NOT use more than one authentication method in each request."
        let methods = [authorization.is_some(), secret.is_some(), assertion.is_some() || kind.is_some()];
        if methods.iter().filter(|used| **used).count() > 1 {
            return Err(ClientRefused::TwoMethods);
        }
        if let Some(header) = authorization {
            let (id, secret) = basic(header).ok_or(ClientRefused::MalformedHeader)?;
            if client_id.is_some_and(|named| named != id) {
                return Err(ClientRefused::TwoClients);
            }
            return Ok(Self::Basic { client_id: id, secret });
        }
        match (assertion, kind) {
            (None, None) => {}
            (Some(assertion), Some(JWT_BEARER)) => {
                return Ok(Self::Assertion { client_id, assertion: assertion.to_owned() });
            }
            (Some(_), Some(_) | None) | (None, Some(_)) => return Err(ClientRefused::AssertionIncomplete),
        }
        match (client_id, secret) {
            (Some(client_id), None) => Ok(Self::None { client_id }),
            (Some(client_id), Some(secret)) => {
                Ok(Self::Post { client_id, secret: Zeroizing::new(secret.to_owned()) })
            }
            (None, Some(_)) => Err(ClientRefused::SecretAlone),
            (None, None) => Err(ClientRefused::Missing),
        }
    }

    /// The client they name; an assertion without `client_id` names it inside.
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::None { client_id } | Self::Basic { client_id, .. } | Self::Post { client_id, .. } => {
                Some(client_id)
            }
            Self::Assertion { client_id, .. } => client_id.as_deref(),
        }
    }
}

/// Checks a name alone or a shared secret. An unknown client costs the same work as a known one and is refused
/// with the same words on the wire. An assertion is not for here: see [`super::assertion`].
pub fn authenticate(
    credentials: &Credentials,
    found: Option<Arc<Client>>,
) -> Result<AuthenticatedClient, ClientRefused> {
    let (presented, post) = match credentials {
        Credentials::None { .. } => {
            let client = found.ok_or(ClientRefused::Unknown)?;
            return match client.auth {
                ClientAuth::None if client.disabled => Err(ClientRefused::Disabled),
                ClientAuth::None => Ok(AuthenticatedClient(client)),
                ClientAuth::ClientSecretBasic { .. }
                | ClientAuth::ClientSecretPost { .. }
                | ClientAuth::PrivateKeyJwt { .. } => Err(ClientRefused::OtherMethod),
            };
        }
        Credentials::Basic { secret, .. } => (secret, false),
        Credentials::Post { secret, .. } => (secret, true),
        Credentials::Assertion { .. } => return Err(ClientRefused::OtherMethod),
    };
    let hash: [u8; 32] = Sha256::digest(presented.as_bytes()).into();
    let client = found;
    let secrets = match client.as_ref().map(|client| &client.auth) {
        Some(ClientAuth::ClientSecretBasic { secrets }) if !post => secrets.as_slice(),
        Some(ClientAuth::ClientSecretPost { secrets }) if post => secrets.as_slice(),
        Some(
            ClientAuth::ClientSecretBasic { .. }
            | ClientAuth::ClientSecretPost { .. }
            | ClientAuth::PrivateKeyJwt { .. }
            | ClientAuth::None,
        ) => return Err(ClientRefused::OtherMethod),
        None => &[],
    };
    // Every secret is compared, whichever fits: the time says nothing.
    let fits = secrets.iter().fold(Choice::from(0), |fits, secret| fits | secret.0.ct_eq(&hash));
    match client {
        Some(client) if bool::from(fits) && client.disabled => Err(ClientRefused::Disabled),
        Some(client) if bool::from(fits) => Ok(AuthenticatedClient(client)),
        Some(_) => Err(ClientRefused::WrongSecret),
        None => Err(ClientRefused::Unknown),
    }
}

/// RFC 6749 2.3.1: `Basic`, id and secret form-encoded before they are joined. The scheme is case-insensitive.
fn basic(header: &[u8]) -> Option<(String, Zeroizing<String>)> {
    let header = std::str::from_utf8(header).ok()?;
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = Zeroizing::new(from_base64(encoded.trim_matches(' '))?);
    let at = pair.iter().position(|b| *b == b':')?;
    let (id, secret) = pair.split_at(at);
    let id = form_decode(id).ok()?.into_owned();
    let secret = form_decode(secret.get(1..)?).ok()?.into_owned();
    (!id.is_empty()).then(|| (id, Zeroizing::new(secret)))
}

/// RFC 4648 4. Some clients leave the padding off; the value is the same.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let bare = text.trim_end_matches('=');
    if text.len() - bare.len() > 2 || bare.contains(['-', '_']) {
        return None;
    }
    crate::secret::from_base64url(&Zeroizing::new(bare.replace('+', "-").replace('/', "_")))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn find(header: Option<&str>, body: &str) -> Result<Credentials, ClientRefused> {
        Credentials::find(header.map(str::as_bytes), &Params::parse(body.as_bytes()).unwrap())
    }

    /// `a:b`, `a%3Ab:s%2B1` and so on, made with any base64 tool.
    #[test]
    fn basic_is_decoded_twice() {
        for (header, id, secret) in [
            ("Basic YTpi", "a", "b"),
            ("bAsIc YTpi", "a", "b"),
            ("Basic YSUzQWI6cyUyQjE=", "a:b", "s+1"),
            ("Basic YSUzQWI6cyUyQjE", "a:b", "s+1"),
            ("Basic YTo=", "a", ""),
            ("Basic YTpiOmM=", "a", "b:c"),
        ] {
            match find(Some(header), "").unwrap_or_else(|e| panic!("{header}: {e}")) {
                Credentials::Basic { client_id, secret: s } => assert_eq!((&*client_id, &**s), (id, secret)),
                Credentials::None { .. } | Credentials::Post { .. } | Credentials::Assertion { .. } => {
                    panic!()
                }
            }
        }
        for bad in [
            "Basic",
            "Basic ",
            "Basic YQ==",
            "Basic OmI=",
            "Bearer YTpi",
            "Basic YT%pi",
            "Basic YTol/w==",
            "Basic Y=Tpi",
        ] {
            assert!(matches!(find(Some(bad), ""), Err(ClientRefused::MalformedHeader)), "{bad}");
        }
    }

    #[test]
    fn one_method_only() {
        let jwt = format!("client_assertion=x&client_assertion_type={JWT_BEARER}");
        for (header, body, why) in [
            (None, "", ClientRefused::Missing),
            (None, "client_secret=b", ClientRefused::SecretAlone),
            (Some("Basic YTpi"), "client_secret=b", ClientRefused::TwoMethods),
            (Some("Basic YTpi"), "client_id=a&client_secret=b", ClientRefused::TwoMethods),
            (Some("Basic YTpi"), jwt.as_str(), ClientRefused::TwoMethods),
            (None, &format!("client_id=a&client_secret=b&{jwt}"), ClientRefused::TwoMethods),
            (Some("Basic YTpi"), "client_id=c", ClientRefused::TwoClients),
            (None, "client_id=a&client_assertion=x", ClientRefused::AssertionIncomplete),
            (None, "client_id=a&client_assertion_type=x", ClientRefused::AssertionIncomplete),
            (None, "client_assertion=x&client_assertion_type=saml", ClientRefused::AssertionIncomplete),
        ] {
            assert_eq!(find(header, body).err(), Some(why), "{header:?} {body}");
        }
        assert!(matches!(find(Some("Basic YTpi"), "client_id=a"), Ok(Credentials::Basic { .. })));
        assert!(matches!(find(None, "client_id=a"), Ok(Credentials::None { .. })));
        assert!(matches!(find(None, &jwt), Ok(Credentials::Assertion { client_id: None, .. })));
    }

    #[test]
    fn a_client_authenticates_by_its_registered_method_only() {
        let secret = || Zeroizing::new("correct horse".to_owned());
        let id = || "planner".to_owned();
        let ways = || {
            [
                Credentials::None { client_id: id() },
                Credentials::Basic { client_id: id(), secret: secret() },
                Credentials::Post { client_id: id(), secret: secret() },
                Credentials::Assertion { client_id: None, assertion: "x".into() },
            ]
        };
        let registered = [sample::public(), sample::basic("correct horse"), sample::post("correct horse")];
        for (i, client) in registered.iter().enumerate() {
            for (j, way) in ways().iter().enumerate() {
                let got = authenticate(way, Some(Arc::new(client.clone())));
                if i == j {
                    assert_eq!(got.unwrap().client().id, client.id);
                } else {
                    assert_eq!(got.err(), Some(ClientRefused::OtherMethod), "{i} {j}");
                }
            }
        }
    }

    #[test]
    fn wrong_empty_and_foreign_secrets_are_refused_and_two_valid_ones_accepted() {
        let with = |secret: &str| Credentials::Basic {
            client_id: "planner".into(),
            secret: Zeroizing::new(secret.into()),
        };
        let mut client = sample::basic("old secret");
        if let ClientAuth::ClientSecretBasic { secrets } = &mut client.auth {
            secrets.push(sample::hash("new secret"));
        }
        let client = Arc::new(client);
        for good in ["old secret", "new secret"] {
            assert!(authenticate(&with(good), Some(client.clone())).is_ok());
        }
        for bad in ["", "old", "old secret ", "Old secret"] {
            assert_eq!(
                authenticate(&with(bad), Some(client.clone())).err(),
                Some(ClientRefused::WrongSecret)
            );
        }
        assert_eq!(authenticate(&with("old secret"), None).err(), Some(ClientRefused::Unknown));
        let mut off = (*client).clone();
        off.disabled = true;
        assert_eq!(
            authenticate(&with("old secret"), Some(Arc::new(off))).err(),
            Some(ClientRefused::Disabled)
        );
        let mut off = sample::public();
        off.disabled = true;
        let named = Credentials::None { client_id: "planner".into() };
        assert_eq!(authenticate(&named, Some(Arc::new(off))).err(), Some(ClientRefused::Disabled));
    }
}
