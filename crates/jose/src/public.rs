//! Keys parsed for verifying.

use std::fmt;

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters};

use crate::alg::{Alg, Family};
use crate::error::JwkError;
use crate::jwk::{Jwk, Material};

/// A public key, parsed once, and the algorithms it may be used with.
pub struct PublicKey {
    kid: Option<String>,
    thumbprint: String,
    family: Family,
    /// One parsed key per algorithm: a key without `alg` may serve several, a key with `alg` exactly that one.
    ready: Vec<(Alg, ParsedPublicKey)>,
}

impl PublicKey {
    pub(crate) fn new(jwk: &Jwk) -> Result<Self, JwkError> {
        let family = jwk.material().family();
        let algs = jwk.alg().as_ref().map_or(family.algs(), std::slice::from_ref).to_vec();
        let ready = algs
            .into_iter()
            .map(|alg| Ok((alg, parse(jwk.material(), alg)?)))
            .collect::<Result<_, JwkError>>()?;
        Ok(Self { kid: jwk.kid().map(str::to_owned), thumbprint: jwk.thumbprint(), family, ready })
    }

    /// The name under which a token asks for this key.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// RFC 7638 thumbprint.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The kind of key.
    pub fn family(&self) -> Family {
        self.family
    }

    /// The algorithms this key may be used with.
    pub fn algs(&self) -> impl Iterator<Item = Alg> {
        self.ready.iter().map(|(alg, _)| *alg)
    }

    /// Whether `signature` is this key's signature of `message`; `None` if the key is not for `alg`.
    pub fn verify_raw(&self, alg: Alg, message: &[u8], signature: &[u8]) -> Option<bool> {
        let (_, key) = self.ready.iter().find(|(own, _)| *own == alg)?;
        Some(key.verify_sig(message, signature).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algs: Vec<_> = self.algs().collect();
        f.debug_struct("PublicKey").field("kid", &self.kid).field("algs", &algs).finish_non_exhaustive()
    }
}

fn parse(material: &Material, alg: Alg) -> Result<ParsedPublicKey, JwkError> {
    match material {
        Material::Rsa { n, e } => {
            let parameters = rsa_parameters(alg).ok_or(JwkError::UnsuitableAlg)?;
            PublicKeyComponents { n, e }.to_parsed_public_key(parameters).map_err(|_| JwkError::RsaNumbers)
        }
        Material::P256 { x, y } => {
            ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, [&[4], &x[..], &y[..]].concat())
                .map_err(|_| JwkError::NotOnCurve)
        }
        Material::P384 { x, y } => {
            ParsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, [&[4], &x[..], &y[..]].concat())
                .map_err(|_| JwkError::NotOnCurve)
        }
        Material::Ed25519 { x } => {
            ParsedPublicKey::new(&signature::ED25519, x).map_err(|_| JwkError::NotOnCurve)
        }
    }
}

fn rsa_parameters(alg: Alg) -> Option<&'static RsaParameters> {
    match alg {
        Alg::Rs256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        Alg::Rs384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        Alg::Rs512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        Alg::Ps256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
        Alg::Ps384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
        Alg::Ps512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
        Alg::Es256 | Alg::Es384 | Alg::EdDsa => None,
    }
}
