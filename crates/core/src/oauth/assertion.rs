//! RFC 7523 3: a client authenticates by a JWT it signed.

use super::client_auth::AuthenticatedClient;
use super::token::ClientRefused;
use super::{Client, ClientAuth, ClientKeys, Profile};
use crate::secret::SecretKind;
use crate::write::NewSecret;
use crate::{Ctx, Timestamp};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// An assertion that lives longer is refused: its `jti` would have to be remembered as long.
const LONGEST: Duration = crate::time::hours(24);

/// Whose keys verify an assertion that nobody has verified yet: the client it names, if that client uses keys.
pub fn keys_of(found: Option<&Arc<Client>>) -> Result<(&Arc<Client>, &ClientKeys), ClientRefused> {
    let client = found.filter(|client| !client.disabled).ok_or(ClientRefused::Unknown)?;
    match &client.auth {
        ClientAuth::PrivateKeyJwt { keys } => Ok((client, keys)),
        ClientAuth::None | ClientAuth::ClientSecretBasic { .. } | ClientAuth::ClientSecretPost { .. } => {
            Err(ClientRefused::OtherMethod)
        }
    }
}

/// The client that an unverified assertion claims to be, to find out whose keys to try, for nothing else.
pub fn claimed_client(claims: &Map<String, Value>) -> Option<&str> {
    claims.get("sub").or_else(|| claims.get("iss")).and_then(Value::as_str)
}

/// An assertion that is right in every point but one: whether it was used before.
#[derive(Debug)]
pub struct UnclaimedAssertion {
    client: Arc<Client>,
    /// The row whose insertion decides.
    pub claim: NewSecret,
}

impl UnclaimedAssertion {
    /// `first`: the row did not exist and was inserted.
    pub fn claimed(self, first: bool) -> Result<AuthenticatedClient, ClientRefused> {
        if first {
            Ok(AuthenticatedClient::proved(self.client))
        } else {
            Err(ClientRefused::AssertionReplayed)
        }
    }
}

/// Checks the claims of an assertion that one of the client's own keys has signed. `endpoint` is the address
/// that was called, as published.
pub fn check(
    client: &Arc<Client>,
    named: Option<&str>,
    claims: &Map<String, Value>,
    endpoint: &str,
    ctx: &Ctx<'_>,
) -> Result<UnclaimedAssertion, ClientRefused> {
    let id = client.id.as_str();
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(id) || text("sub") != Some(id) {
        return Err(ClientRefused::AssertionSubject);
    }
    if named.is_some_and(|named| named != id) {
        return Err(ClientRefused::TwoClients);
    }
    if !audience(client.profile, claims.get("aud"), endpoint, ctx) {
        return Err(ClientRefused::AssertionAudience);
    }
    let exp = time(claims.get("exp")).flatten().ok_or(ClientRefused::AssertionExpired)?;
    if ctx.now >= exp || exp > ctx.now + LONGEST {
        return Err(ClientRefused::AssertionExpired);
    }
    for name in ["iat", "nbf"] {
        match time(claims.get(name)) {
            None => {}
            Some(Some(at)) if at <= ctx.now + ctx.policy.lifetimes.leeway => {}
            Some(_) => return Err(ClientRefused::AssertionEarly),
        }
    }
    let jti = text("jti").filter(|jti| (1..=512).contains(&jti.len())).ok_or(ClientRefused::AssertionJti)?;
    // The client is part of what is claimed: nobody burns another's jti. An id holds no line feed.
    let digest = ctx.vault.digest(SecretKind::AssertionJti, format!("{id}\n{jti}").as_bytes());
    let claim = NewSecret {
        kind: SecretKind::AssertionJti,
        digest,
        client: Some(client.id.clone()),
        user: None,
        flow: None,
        payload: Value::Null,
        created_at: ctx.now,
        expires_at: exp,
    };
    Ok(UnclaimedAssertion { client: client.clone(), claim })
}

/// DESIGN 5: `oauth21` takes our issuer as the sole audience, so that an assertion made for somebody else's
/// endpoint is never good here; `oidc-compat` also the endpoint, alone or in an array.
fn audience(profile: Profile, aud: Option<&Value>, endpoint: &str, ctx: &Ctx<'_>) -> bool {
    let issuer = ctx.policy.issuer.as_str();
    match profile {
        Profile::Oauth21 => aud.and_then(Value::as_str) == Some(issuer),
        Profile::OidcCompat => {
            let token_endpoint = format!("{issuer}/token");
            let ours = |one: &Value| {
                one.as_str().is_some_and(|one| one == issuer || one == endpoint || one == token_endpoint)
            };
            match aud {
                Some(Value::Array(many)) => many.iter().any(ours),
                Some(one) => ours(one),
                None => false,
            }
        }
    }
}

/// RFC 7519 2, NumericDate: absent, or a number; `Some(None)` is something else. Fractions are cut.
fn time(value: Option<&Value>) -> Option<Option<Timestamp>> {
    let value = value?;
    let seconds = value.as_i64().or_else(|| {
        let cut = value.as_f64()?.trunc();
        #[allow(clippy::cast_possible_truncation, reason = "the range is checked on this line")]
        (cut.abs() < 1e15).then_some(cut as i64)
    });
    Some(seconds.map(Timestamp::from_seconds))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::ctx::fixed::Fixed;
    use serde_json::json;

    const ENDPOINT: &str = "https://id.example/token";

    fn try_one(
        fixed: &Fixed,
        profile: Profile,
        change: impl Fn(&mut Map<String, Value>),
    ) -> Option<ClientRefused> {
        let mut client = sample::public();
        client.profile = profile;
        let now = fixed.now.seconds();
        let good = json!({ "iss": "planner", "sub": "planner", "aud": "https://id.example", "exp": now + 60, "iat": now, "jti": "1" });
        let mut claims = good.as_object().unwrap().clone();
        change(&mut claims);
        check(&Arc::new(client), None, &claims, ENDPOINT, &fixed.ctx()).err()
    }

    #[test]
    fn every_claim_is_checked() {
        let fixed = Fixed::new();
        let now = fixed.now.seconds();
        let far = now + 24 * 3600 + 1;
        use ClientRefused as R;
        for (name, value, why) in [
            ("iss", json!("other"), Some(R::AssertionSubject)),
            ("iss", Value::Null, Some(R::AssertionSubject)),
            ("sub", json!("other"), Some(R::AssertionSubject)),
            ("sub", json!(["planner"]), Some(R::AssertionSubject)),
            ("exp", json!(now), Some(R::AssertionExpired)),
            ("exp", json!(now - 1), Some(R::AssertionExpired)),
            ("exp", json!(far), Some(R::AssertionExpired)),
            ("exp", json!("soon"), Some(R::AssertionExpired)),
            ("exp", json!(1e300), Some(R::AssertionExpired)),
            ("exp", Value::Null, Some(R::AssertionExpired)),
            ("exp", json!((now + 1) as f64 + 0.5), None),
            ("iat", json!(now + 10), None),
            ("iat", json!(now + 61), Some(R::AssertionEarly)),
            ("iat", json!("now"), Some(R::AssertionEarly)),
            ("nbf", json!(now + 10), None),
            ("nbf", json!(now + 61), Some(R::AssertionEarly)),
            ("jti", Value::Null, Some(R::AssertionJti)),
            ("jti", json!(""), Some(R::AssertionJti)),
            ("jti", json!(7), Some(R::AssertionJti)),
            ("jti", json!("x".repeat(513)), Some(R::AssertionJti)),
        ] {
            let got = try_one(&fixed, Profile::Oauth21, |claims| {
                claims.insert(name.into(), value.clone());
            });
            assert_eq!(got, why, "{name} {value}");
        }
        for name in ["iss", "sub", "aud", "exp", "jti"] {
            let got = try_one(&fixed, Profile::Oauth21, |claims| drop(claims.remove(name)));
            assert!(got.is_some(), "without {name}");
        }
        assert_eq!(try_one(&fixed, Profile::Oauth21, |claims| drop(claims.remove("iat"))), None);
    }

    #[test]
    fn the_audience_depends_on_the_profile() {
        let fixed = Fixed::new();
        for (aud, strict, compat) in [
            (json!("https://id.example"), true, true),
            (json!(["https://id.example"]), false, true),
            (json!(ENDPOINT), false, true),
            (json!([ENDPOINT, "https://other.example"]), false, true),
            (json!("https://id.example/"), false, false),
            (json!("https://other.example"), false, false),
            (json!([]), false, false),
            (json!(7), false, false),
        ] {
            for (profile, good) in [(Profile::Oauth21, strict), (Profile::OidcCompat, compat)] {
                let got = try_one(&fixed, profile, |claims| drop(claims.insert("aud".into(), aud.clone())));
                assert_eq!(got, (!good).then_some(ClientRefused::AssertionAudience), "{profile:?} {aud}");
            }
        }
    }

    #[test]
    fn a_jti_is_claimed_for_one_client_until_the_assertion_expires() {
        let fixed = Fixed::new();
        let now = fixed.now.seconds();
        let claim = |id: &str| {
            let mut client = sample::public();
            client.id = crate::ClientId::parse(id).unwrap();
            let claims =
                json!({ "iss": id, "sub": id, "aud": "https://id.example", "exp": now + 60, "jti": "1" });
            check(&Arc::new(client), Some(id), claims.as_object().unwrap(), ENDPOINT, &fixed.ctx()).unwrap()
        };
        assert_eq!(claim("a").claim.digest, claim("a").claim.digest);
        assert_ne!(claim("a").claim.digest, claim("b").claim.digest);
        assert_eq!(claim("a").claim.expires_at.seconds(), now + 60);
        assert!(claim("a").claimed(true).is_ok());
        assert_eq!(claim("a").claimed(false).err(), Some(ClientRefused::AssertionReplayed));
    }

    #[test]
    fn client_id_and_assertion_agree() {
        let fixed = Fixed::new();
        let claims = json!({ "iss": "planner", "sub": "planner" });
        let got = check(
            &Arc::new(sample::public()),
            Some("other"),
            claims.as_object().unwrap(),
            ENDPOINT,
            &fixed.ctx(),
        );
        assert_eq!(got.err(), Some(ClientRefused::TwoClients));
    }
}
