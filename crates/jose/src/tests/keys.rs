//! Keys: read, refused, written again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::{Alg, Family, Jwk, JwkError, JwkSet, KeyError, MAX_KEYS, SigningKey, TypRule, verify};

fn parse(value: &Value) -> Result<Jwk, JwkError> {
    Jwk::parse(value.to_string().as_bytes())
}

fn published(alg: Alg) -> Value {
    serde_json::to_value(SigningKey::generate(alg).unwrap().public_jwk()).unwrap()
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key[name] = value;
    key
}

#[test]
fn a_key_survives_storage_and_publication() {
    for alg in [Alg::Es256, Alg::Es384, Alg::EdDsa, Alg::Rs256] {
        let key = SigningKey::generate(alg).unwrap();
        let stored = SigningKey::from_pkcs8_der(alg, &key.to_pkcs8_der().unwrap()).unwrap();
        assert_eq!(stored.kid(), key.kid());
        assert_eq!(stored.public_jwk(), key.public_jwk());
        let set = serde_json::to_vec(&JwkSet { keys: vec![key.public_jwk().clone()] }).unwrap();
        let read = JwkSet::parse(&set).unwrap();
        assert_eq!(&read.keys[0], key.public_jwk());
        assert_eq!(read.keys[0].thumbprint(), key.kid());
        let token = stored.sign(None, b"{}").unwrap();
        assert!(verify(&token, &read.to_public_keys().unwrap(), &[alg], TypRule::Any).is_ok());
    }
}

#[test]
fn published_keys_have_kid_alg_and_use_and_nothing_private() {
    let key = SigningKey::generate(Alg::Ps256).unwrap().with_kid("ps-1").unwrap();
    let json = serde_json::to_value(key.public_jwk()).unwrap();
    let names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!((&json["alg"], &json["kid"], &json["use"]), (&json!("PS256"), &json!("ps-1"), &json!("sig")));
}

#[test]
fn debug_shows_names_only() {
    for alg in [Alg::Es256, Alg::EdDsa, Alg::Rs256] {
        let key = SigningKey::generate(alg).unwrap();
        let shown = format!("{key:?}");
        assert_eq!(shown, format!("SigningKey {{ alg: {alg:?}, kid: {:?}, .. }}", key.kid()));
    }
}

#[test]
fn a_key_of_another_kind_is_no_pkcs8_for_this_algorithm() {
    let ec = SigningKey::generate(Alg::Es256).unwrap().to_pkcs8_der().unwrap();
    for alg in [Alg::Es384, Alg::Rs256, Alg::EdDsa] {
        assert_eq!(SigningKey::from_pkcs8_der(alg, &ec).unwrap_err(), KeyError::Malformed(alg));
    }
    assert_eq!(SigningKey::from_pkcs8_der(Alg::Es256, b"").unwrap_err(), KeyError::Malformed(Alg::Es256));
    for kid in ["", "a b", "a\"b", "ä", &"a".repeat(201)] {
        let key = SigningKey::generate(Alg::EdDsa).unwrap();
        assert_eq!(key.with_kid(kid).unwrap_err(), KeyError::Kid, "{kid}");
    }
}

#[test]
fn private_and_symmetric_keys_are_refused_alone_and_in_a_set() {
    let leaked = with(published(Alg::Es256), "d", json!("AAAA"));
    let leaked_rsa = with(published(Alg::Rs256), "p", json!("AAAA"));
    let odd = json!({"kty": "future", "d": "AAAA"});
    let secret = json!({"kty": "oct", "k": "AAAA"});
    let hidden = with(published(Alg::EdDsa), "k", json!("AAAA"));
    for (key, expected) in [
        (leaked, JwkError::PrivateKey),
        (leaked_rsa, JwkError::PrivateKey),
        (odd, JwkError::PrivateKey),
        (secret, JwkError::Symmetric),
        (hidden, JwkError::Symmetric),
    ] {
        assert_eq!(parse(&key), Err(expected.clone()));
        let set = json!({"keys": [published(Alg::EdDsa), key]}).to_string();
        assert_eq!(JwkSet::parse(set.as_bytes()), Err(expected));
        assert_eq!(JwkSet::parse_fetched(set.as_bytes()).unwrap().keys.len(), 1);
    }
}

#[test]
fn foreign_keys_in_a_set_are_passed_over() {
    let set = json!({"keys": [
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"},
        {"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "X25519", "x": "AA"},
        with(published(Alg::Rs256), "use", json!("enc")),
        with(published(Alg::Es256), "key_ops", json!(["deriveKey"])),
        with(published(Alg::Rs256), "alg", json!("RSA-OAEP-256")),
        with(published(Alg::Es256), "key_ops", json!(["verify"])),
    ]});
    let read = JwkSet::parse(set.to_string().as_bytes()).unwrap();
    assert_eq!(read.keys.len(), 1);
    assert_eq!(read.keys[0].material().family(), Family::P256);
}

#[test]
fn a_key_without_alg_serves_its_kind_and_with_one_only_that() {
    let mut key = published(Alg::Rs256);
    let algs = |key: &Value| parse(key).unwrap().to_public_key().unwrap().algs().collect::<Vec<_>>();
    assert_eq!(algs(&key), [Alg::Rs256]);
    key.as_object_mut().unwrap().remove("alg");
    assert_eq!(algs(&key), Family::Rsa.algs());
    assert_eq!(parse(&with(key, "alg", json!("ES256"))), Err(JwkError::UnsuitableAlg));
}

#[test]
fn weak_and_oversized_rsa_numbers_are_refused() {
    let key = published(Alg::Rs256);
    let rsa = |n: &[u8], e: &[u8]| {
        let key = with(key.clone(), "n", json!(URL_SAFE_NO_PAD.encode(n)));
        parse(&with(key, "e", json!(URL_SAFE_NO_PAD.encode(e)))).map(|_| ())
    };
    let odd = |bytes: usize| [vec![0x80; bytes - 1], vec![0x81]].concat();
    let e = &[1, 0, 1];
    assert_eq!(rsa(&odd(256), e), Ok(()));
    assert_eq!(rsa(&[&[0, 0][..], &odd(256)].concat(), e), Ok(()));
    assert_eq!(rsa(&odd(1024), e), Ok(()));
    assert_eq!(rsa(&odd(1025), e), Err(JwkError::RsaTooLong));
    assert_eq!(rsa(&odd(255), e), Err(JwkError::RsaTooShort));
    assert_eq!(rsa(&[&[0x7f][..], &odd(255)].concat(), e), Err(JwkError::RsaTooShort));
    assert_eq!(rsa(&[&[0; 256][..], &odd(128)].concat(), e), Err(JwkError::RsaTooShort));
    assert_eq!(rsa(&[], e), Err(JwkError::RsaTooShort));
    assert_eq!(rsa(&[0x80; 256], e), Err(JwkError::RsaNumbers));
    for e in [&[][..], &[0], &[1], &[4], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
        assert_eq!(rsa(&odd(256), e), Err(JwkError::RsaNumbers), "{e:?}");
    }
}

#[test]
fn points_off_the_curve_and_cut_coordinates_are_refused() {
    let key = published(Alg::Es256);
    let zero = URL_SAFE_NO_PAD.encode([0; 32]);
    let off = with(key.clone(), "y", json!(zero));
    assert_eq!(parse(&off).unwrap().to_public_key().unwrap_err(), JwkError::NotOnCurve);
    let set = json!({"keys": [off]}).to_string();
    assert_eq!(JwkSet::parse(set.as_bytes()), Err(JwkError::NotOnCurve));
    let short = with(key.clone(), "x", json!(URL_SAFE_NO_PAD.encode([1; 31])));
    assert_eq!(parse(&short), Err(JwkError::Member("x")));
    let padded = format!("{}=", key["x"].as_str().unwrap());
    assert_eq!(parse(&with(key.clone(), "x", json!(padded))), Err(JwkError::Member("x")));
    assert_eq!(parse(&with(key, "x", json!(1))), Err(JwkError::Member("x")));
}

#[test]
fn a_set_is_bounded() {
    let key = published(Alg::EdDsa);
    let set = |count: usize| json!({"keys": vec![key.clone(); count]}).to_string();
    assert_eq!(JwkSet::parse(set(MAX_KEYS).as_bytes()).unwrap().keys.len(), MAX_KEYS);
    assert_eq!(JwkSet::parse(set(MAX_KEYS + 1).as_bytes()), Err(JwkError::TooManyKeys));
    assert_eq!(JwkSet::parse(set(5000).as_bytes()), Err(JwkError::TooLong));
    assert_eq!(JwkSet::parse(b"[]"), Err(JwkError::Json(crate::BadJson::NotAnObject)));
    assert_eq!(JwkSet::parse(b"{}"), Err(JwkError::NoKeys));
    assert_eq!(JwkSet::parse(br#"{"keys":[1]}"#), Err(JwkError::NoKeys));
    assert_eq!(JwkSet::parse(br#"{"keys":[]}"#).unwrap().keys.len(), 0);
}

#[test]
fn algorithms_are_named_as_in_the_rfc() {
    for alg in Alg::ALL {
        assert_eq!(Alg::parse(alg.as_str()), Ok(*alg));
        assert_eq!(serde_json::from_value::<Alg>(serde_json::to_value(alg).unwrap()).unwrap(), *alg);
        assert!(alg.family().algs().contains(alg));
    }
    for name in ["none", "HS256", "es256", "RS256 ", "", "ES256K"] {
        assert!(Alg::parse(name).is_err(), "{name}");
    }
}
