//! What attackers send.

use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::{
    Alg, BadJson, Header, JwsError, PublicKey, Segment, SigningKey, TypRule, Verified, peek_claims,
    peek_header, verify,
};

const CLAIMS: &[u8] = br#"{"sub":"anna"}"#;

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn key(kid: &str) -> SigningKey {
    SigningKey::generate(Alg::Es256).unwrap().with_kid(kid).unwrap()
}

fn check(token: &str, key: &SigningKey) -> Result<Verified, JwsError> {
    let public = [key.public_key().unwrap()];
    verify(token, &public, &[Alg::Es256, Alg::EdDsa, Alg::Rs256], TypRule::Any)
}

/// A header of the attacker's choice, signed by the real key: what is refused is the header itself.
fn signed(key: &SigningKey, header: &str) -> String {
    let input = format!("{}.{}", b64(header), b64(CLAIMS));
    let signature = key.sign_raw(input.as_bytes()).unwrap();
    format!("{input}.{}", b64(signature))
}

#[test]
fn an_honest_token_passes_and_says_so() {
    for alg in [Alg::Es256, Alg::Es384, Alg::EdDsa, Alg::Rs256, Alg::Ps256] {
        let key = SigningKey::generate(alg).unwrap();
        for typ in [None, Some("JWT"), Some("at+jwt"), Some("logout+jwt"), Some("some\"thing")] {
            let token = key.sign(typ, CLAIMS).unwrap();
            let public = [key.public_key().unwrap()];
            let verified = verify(&token, &public, &[alg], TypRule::Any).unwrap();
            assert_eq!(verified.payload(), CLAIMS);
            assert_eq!(verified.thumbprint(), key.kid());
            let expected =
                Header { alg, kid: Some(key.kid().to_owned()), typ: typ.map(str::to_owned), cty: None };
            assert_eq!(verified.header(), &expected);
        }
    }
}

#[test]
fn none_is_refused_in_every_spelling() {
    let key = key("a");
    for name in ["none", "None", "NONE", "nOnE", " none", "none\\n", "", "\\u006eone"] {
        let header = format!(r#"{{"alg":"{name}"}}"#);
        let bare = format!("{}.{}.", b64(&header), b64(CLAIMS));
        assert_eq!(check(&bare, &key), Err(JwsError::AlgNone), "{name}");
        assert_eq!(check(&signed(&key, &header), &key), Err(JwsError::AlgNone), "{name}");
    }
    // No signature under a header that names a real algorithm.
    let stripped = format!("{}.{}.", b64(r#"{"alg":"ES256"}"#), b64(CLAIMS));
    assert_eq!(check(&stripped, &key), Err(JwsError::BadSignature));
    assert_eq!(check(&signed(&key, "{}"), &key), Err(JwsError::AlgMissing));
    assert_eq!(check(&signed(&key, r#"{"alg":null}"#), &key), Err(JwsError::MalformedMember));
    assert_eq!(check(&signed(&key, r#"{"alg":["ES256"]}"#), &key), Err(JwsError::MalformedMember));
    assert_eq!(check(&signed(&key, r#"{"alg":"es256"}"#), &key), Err(JwsError::AlgUnknown));
}

#[test]
fn the_public_key_is_no_shared_secret() {
    let key = SigningKey::generate(Alg::Rs256).unwrap();
    let jwk = serde_json::to_vec(key.public_jwk()).unwrap();
    for name in ["HS256", "hs256", "HS384", "HS512"] {
        let input = format!("{}.{}", b64(format!(r#"{{"alg":"{name}"}}"#)), b64(CLAIMS));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &jwk), input.as_bytes());
        assert_eq!(check(&format!("{input}.{}", b64(tag)), &key), Err(JwsError::AlgSymmetric));
    }
}

#[test]
fn the_header_cannot_choose_an_algorithm_the_key_is_not_for() {
    // A key published for PS256 does not verify RS256, though the numbers would fit.
    let ps = SigningKey::generate(Alg::Ps256).unwrap();
    let rs = SigningKey::from_pkcs8_der(Alg::Rs256, &ps.to_pkcs8_der().unwrap()).unwrap();
    let token = rs.sign(None, CLAIMS).unwrap();
    let public = [ps.public_key().unwrap()];
    assert_eq!(
        verify(&token, &public, &[Alg::Rs256, Alg::Ps256], TypRule::Any),
        Err(JwsError::NoKeyFor(Alg::Rs256))
    );
    // Nor does a caller's key verify what the caller did not allow.
    let own = [rs.public_key().unwrap()];
    assert_eq!(verify(&token, &own, &[Alg::Es256], TypRule::Any), Err(JwsError::AlgNotAllowed(Alg::Rs256)));
}

#[test]
fn kid_is_an_exact_name_and_nothing_else() {
    let (ours, theirs) = (key("key-1"), key("key-2"));
    let header = |kid: &str| format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#);
    assert!(check(&signed(&ours, &header("key-1")), &ours).is_ok());
    assert!(check(&signed(&ours, r#"{"alg":"ES256"}"#), &ours).is_ok());
    for kid in
        ["key-2", "KEY-1", "key-1 ", "", "../../dev/null", "/etc/passwd", "key-1' OR '1'='1", "key-1\\u0000"]
    {
        assert_eq!(check(&signed(&ours, &header(kid)), &ours), Err(JwsError::UnknownKid), "{kid}");
    }
    assert_eq!(check(&signed(&theirs, &header("key-1")), &ours), Err(JwsError::BadSignature));
    assert_eq!(check(&signed(&theirs, r#"{"alg":"ES256"}"#), &ours), Err(JwsError::BadSignature));
    assert_eq!(check(&signed(&ours, r#"{"alg":"ES256","kid":1}"#), &ours), Err(JwsError::MalformedMember));
    // A key of ours, but not the one that the token names.
    let both = [ours.public_key().unwrap(), theirs.public_key().unwrap()];
    let misnamed = verify(&signed(&theirs, &header("key-1")), &both, &[Alg::Es256], TypRule::Any);
    assert_eq!(misnamed, Err(JwsError::BadSignature));
    // With two keys of one name, only the one that signed counts, wherever it stands.
    let twins = [key("key-1").public_key().unwrap(), ours.public_key().unwrap()];
    assert!(verify(&signed(&ours, &header("key-1")), &twins, &[Alg::Es256], TypRule::Any).is_ok());
}

#[test]
fn headers_that_bring_keys_or_extensions_are_refused() {
    let (ours, attacker) = (key("a"), key("a"));
    let jwk = serde_json::to_string(attacker.public_jwk()).unwrap();
    let cases = [
        (format!(r#""jwk":{jwk}"#), JwsError::EmbeddedKey),
        (r#""jku":"https://evil.example/jwks""#.to_owned(), JwsError::EmbeddedKey),
        (r#""x5u":"https://evil.example/cert""#.to_owned(), JwsError::EmbeddedKey),
        (r#""x5c":["MIIB"]"#.to_owned(), JwsError::EmbeddedKey),
        (r#""crit":["exp"],"exp":1"#.to_owned(), JwsError::Critical),
        (r#""crit":[]"#.to_owned(), JwsError::Critical),
        (r#""b64":false"#.to_owned(), JwsError::UnencodedPayload),
        (r#""zip":"DEF""#.to_owned(), JwsError::UnknownMember),
        (r#""p2c":1000000000"#.to_owned(), JwsError::UnknownMember),
    ];
    for (member, expected) in cases {
        let header = format!(r#"{{"alg":"ES256",{member}}}"#);
        for signer in [&ours, &attacker] {
            assert_eq!(check(&signed(signer, &header), &ours), Err(expected.clone()), "{member}");
        }
    }
    let doubled = signed(&ours, r#"{"alg":"ES256","alg":"none"}"#);
    assert_eq!(check(&doubled, &ours), Err(JwsError::Json(Segment::Header, BadJson::Duplicate)));
    assert!(check(&signed(&ours, r#"{"alg":"ES256","x5t":"abc","cty":"x"}"#), &ours).is_ok());
}

#[test]
fn other_serializations_are_refused() {
    let key = key("a");
    let token = signed(&key, r#"{"alg":"ES256"}"#);
    let parts: Vec<_> = token.split('.').collect();
    let json =
        format!(r#"{{"payload":"{}","protected":"{}","signature":"{}"}}"#, parts[1], parts[0], parts[2]);
    assert_eq!(check(&json, &key), Err(JwsError::JsonSerialization));
    assert_eq!(check(&format!(" \n{json}"), &key), Err(JwsError::JsonSerialization));
    assert_eq!(check("a.b.c.d.e", &key), Err(JwsError::Encrypted));
    for token in ["", "a", "a.b", "a.b.c.d", "a.b.c.d.e.f"] {
        assert_eq!(check(token, &key), Err(JwsError::SegmentCount), "{token}");
    }
}

#[test]
fn every_changed_character_is_noticed() {
    for key in
        [key("a"), SigningKey::generate(Alg::EdDsa).unwrap(), SigningKey::generate(Alg::Rs256).unwrap()]
    {
        let token = key.sign(Some("JWT"), CLAIMS).unwrap();
        assert!(check(&token, &key).is_ok());
        for at in 0..token.len() {
            // Every replacement at the ends of segments, where base64 has spare bits; one elsewhere.
            let near_end = token[at..].find('.').unwrap_or(token.len() - at) < 2;
            let with: &[u8] = if near_end {
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. "
            } else {
                b"A"
            };
            for byte in with {
                let mut bytes = token.clone().into_bytes();
                if bytes[at] == *byte {
                    continue;
                }
                bytes[at] = *byte;
                let forged = String::from_utf8(bytes).unwrap();
                assert!(check(&forged, &key).is_err(), "{} at {at}", char::from(*byte));
            }
        }
        for end in 0..token.len() {
            assert!(check(&token[..end], &key).is_err(), "cut to {end}");
        }
        for tail in ["=", "A", "AA", "AAAA", ".", " ", "\n", "\u{0}"] {
            assert!(check(&format!("{token}{tail}"), &key).is_err(), "{tail:?} behind");
            assert!(check(&format!("{tail}{token}"), &key).is_err(), "{tail:?} in front");
        }
    }
}

#[test]
fn ecdsa_signatures_in_der_or_all_zero_are_refused() {
    let key = key("a");
    let input = format!("{}.{}", b64(r#"{"alg":"ES256"}"#), b64(CLAIMS));
    // CVE-2022-21449: r = s = 0.
    for signature in [&[0_u8; 64][..], &[], &[0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01]] {
        assert_eq!(check(&format!("{input}.{}", b64(signature)), &key), Err(JwsError::BadSignature));
    }
}

#[test]
fn typ_keeps_kinds_of_token_apart() {
    let key = key("a");
    let public = [key.public_key().unwrap()];
    let judge = |typ: Option<&str>, rule: TypRule<'_>| {
        verify(&key.sign(typ, CLAIMS).unwrap(), &public, &[Alg::Es256], rule).map(|_| ())
    };
    let access = TypRule::OneOf(&["at+jwt"]);
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/at+JWT"] {
        assert_eq!(judge(Some(typ), access), Ok(()), "{typ}");
    }
    for typ in [None, Some("JWT"), Some("logout+jwt"), Some("at+jwt "), Some("application/x/at+jwt")] {
        assert_eq!(judge(typ, access), Err(JwsError::WrongTyp), "{typ:?}");
    }
    assert_eq!(judge(None, TypRule::AbsentOr(&["JWT"])), Ok(()));
    assert_eq!(judge(Some("jwt"), TypRule::AbsentOr(&["JWT"])), Ok(()));
    assert_eq!(judge(Some("at+jwt"), TypRule::AbsentOr(&["JWT"])), Err(JwsError::WrongTyp));
}

#[test]
fn claims_are_read_strictly() {
    let key = key("a");
    let public = [key.public_key().unwrap()];
    let read = |payload: &[u8]| {
        verify(&key.sign(None, payload).unwrap(), &public, &[Alg::Es256], TypRule::Any).unwrap().claims()
    };
    assert_eq!(read(CLAIMS).unwrap()["sub"], "anna");
    assert_eq!(
        read(br#"{"sub":"anna","sub":"root"}"#),
        Err(JwsError::Json(Segment::Payload, BadJson::Duplicate))
    );
    assert_eq!(read(b"\"anna\""), Err(JwsError::Json(Segment::Payload, BadJson::NotAnObject)));
    let peeked = peek_claims(&key.sign(None, br#"{"iss":"x","iss":"y"}"#).unwrap());
    assert_eq!(peeked, Err(JwsError::Json(Segment::Payload, BadJson::Duplicate)));
}

#[test]
fn huge_input_is_answered_at_once() {
    let key = key("a");
    let public: Vec<PublicKey> = vec![key.public_key().unwrap()];
    let long_header =
        format!("{}.{}.AAAA", b64(format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "a".repeat(3000))), b64("{}"));
    let cases = [
        (".".repeat(1_000_000), JwsError::TooLong),
        (".".repeat(10_000), JwsError::SegmentCount),
        (format!("{}.e30.AAAA", "A".repeat(100_000)), JwsError::TooLong),
        (long_header, JwsError::HeaderTooLong),
        (
            format!("{}.e30.AAAA", b64(format!("{{\"a\":{}", "[".repeat(1400)))),
            JwsError::Json(Segment::Header, BadJson::TooDeep),
        ),
    ];
    for (token, expected) in cases {
        // The shortest of a few: a busy machine may take the processor away in any of them.
        let took = (0..5).map(|_| {
            let start = Instant::now();
            assert_eq!(verify(&token, &public, &[Alg::Es256], TypRule::Any), Err(expected.clone()));
            assert_eq!(peek_header(&token), Err(expected.clone()));
            start.elapsed()
        });
        assert!(took.min() < Some(Duration::from_millis(50)));
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(token in "\\PC{0,200}", header in "\\PC{0,80}", payload in "\\PC{0,80}") {
        let _ = peek_header(&token);
        let _ = peek_claims(&token);
        let _ = peek_claims(&format!("{}.{}.AAAA", b64(header), b64(payload)));
    }
}
