//! Private keys and signing.

use std::fmt;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaEncoding,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::alg::Alg;
use crate::der;
use crate::error::{JwkError, KeyError};
use crate::jwk::{Jwk, Material};
use crate::public::PublicKey;

/// The kinds of token signed so often that their header is encoded beforehand.
const COMMON_TYPS: [Option<&str>; 4] = [None, Some("JWT"), Some("at+jwt"), Some("logout+jwt")];

/// A private key for one algorithm, parsed once.
pub struct SigningKey {
    alg: Alg,
    kid: String,
    pair: Pair,
    public: Jwk,
    /// `base64url(header).` for every entry of [`COMMON_TYPS`].
    prefixes: Vec<(Option<&'static str>, String)>,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
}

/// A signature where the library puts it: inline for the curves; RSA fills a buffer of the modulus's length.
enum Made {
    Inline(signature::Signature),
    Heap(Vec<u8>),
}

impl SigningKey {
    /// Makes a new key; RSA gets 2048 bits.
    pub fn generate(alg: Alg) -> Result<Self, KeyError> {
        let failed = |_| KeyError::Generate;
        let pair = match Scheme::of(alg) {
            Scheme::Ecdsa(scheme) => Pair::Ecdsa(EcdsaKeyPair::generate(scheme).map_err(failed)?),
            Scheme::Ed25519 => Pair::Ed25519(Ed25519KeyPair::generate().map_err(failed)?),
            Scheme::Rsa(encoding) => {
                Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?, encoding)
            }
        };
        Self::assemble(alg, pair)
    }

    /// Reads a PKCS#8 key (RFC 5958).
    pub fn from_pkcs8_der(alg: Alg, der: &[u8]) -> Result<Self, KeyError> {
        let malformed = |_| KeyError::Malformed(alg);
        let pair = match Scheme::of(alg) {
            Scheme::Ecdsa(scheme) => Pair::Ecdsa(EcdsaKeyPair::from_pkcs8(scheme, der).map_err(malformed)?),
            Scheme::Ed25519 => {
                // "Maybe unchecked" accepts keys without their public half, as other tools write them; it is derived then.
                Pair::Ed25519(Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(malformed)?)
            }
            Scheme::Rsa(encoding) => Pair::Rsa(RsaKeyPair::from_pkcs8(der).map_err(malformed)?, encoding),
        };
        Self::assemble(alg, pair)
    }

    /// The private key itself, for storage under encryption.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let failed = |_| KeyError::Malformed(self.alg);
        let der = match &self.pair {
            Pair::Ecdsa(pair) => pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.to_pkcs8().map_err(failed)?.as_ref().to_vec(),
            Pair::Rsa(pair, _) => pair.as_der().map_err(failed)?.as_ref().to_vec(),
        };
        Ok(Zeroizing::new(der))
    }

    /// The same key under another name than its thumbprint.
    pub fn with_kid(mut self, kid: &str) -> Result<Self, KeyError> {
        let visible = kid.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        if kid.is_empty() || kid.len() > 200 || !visible {
            return Err(KeyError::Kid);
        }
        self.public = Jwk::new(self.public.material().clone(), Some(kid.to_owned()), Some(self.alg))
            .map_err(|_| KeyError::Malformed(self.alg))?;
        self.prefixes = prefixes(self.alg, kid);
        self.kid = kid.to_owned();
        Ok(self)
    }

    /// The algorithm of this key, the only one it signs with.
    pub fn alg(&self) -> Alg {
        self.alg
    }

    /// The key's name; its RFC 7638 thumbprint unless [`SigningKey::with_kid`] said otherwise.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as published: with `kid`, `alg` and `use`.
    pub fn public_jwk(&self) -> &Jwk {
        &self.public
    }

    /// The public half, ready for [`crate::verify`].
    pub fn public_key(&self) -> Result<PublicKey, JwkError> {
        self.public.to_public_key()
    }

    /// Signs a payload into a compact token (RFC 7515 5.1).
    pub fn sign(&self, typ: Option<&str>, payload: &[u8]) -> Result<String, KeyError> {
        let mut token = self.signing_input(typ, payload);
        match self.signature(token.as_bytes())? {
            Made::Inline(signature) => append(&mut token, signature.as_ref()),
            Made::Heap(signature) => append(&mut token, &signature),
        }
        Ok(token)
    }

    /// RFC 7515 5.1: header and payload as they are signed, in a string that has room for the signature.
    pub fn signing_input(&self, typ: Option<&str>, payload: &[u8]) -> String {
        let fresh;
        let prefix = match self.prefixes.iter().find(|(common, _)| *common == typ) {
            Some((_, prefix)) => prefix.as_str(),
            None => {
                fresh = prefix(self.alg, &self.kid, typ);
                fresh.as_str()
            }
        };
        let length = prefix.len() + payload.len() * 4 / 3 + 3 + self.signature_chars();
        let mut token = String::with_capacity(length);
        token.push_str(prefix);
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        token
    }

    /// The bare signature of a message, in the form that RFC 7518 3 gives it.
    pub fn sign_raw(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(match self.signature(message)? {
            Made::Inline(signature) => signature.as_ref().to_vec(),
            Made::Heap(signature) => signature,
        })
    }

    fn signature(&self, message: &[u8]) -> Result<Made, KeyError> {
        match &self.pair {
            Pair::Ecdsa(pair) => {
                pair.sign(&SystemRandom::new(), message).map(Made::Inline).map_err(|_| KeyError::Sign)
            }
            Pair::Ed25519(pair) => pair.try_sign(message).map(Made::Inline).map_err(|_| KeyError::Sign),
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| KeyError::Sign)?;
                Ok(Made::Heap(signature))
            }
        }
    }

    fn signature_chars(&self) -> usize {
        let bytes = match &self.pair {
            Pair::Ecdsa(_) => 96,
            Pair::Ed25519(_) => 64,
            Pair::Rsa(pair, _) => pair.public_modulus_len(),
        };
        bytes * 4 / 3 + 3
    }

    fn assemble(alg: Alg, pair: Pair) -> Result<Self, KeyError> {
        let material = material(alg, &pair).ok_or(KeyError::Malformed(alg))?;
        let bare = Jwk::new(material.clone(), None, Some(alg)).map_err(|error| match error {
            JwkError::RsaTooShort | JwkError::RsaTooLong => KeyError::RsaSize,
            _ => KeyError::Malformed(alg),
        })?;
        let kid = bare.thumbprint();
        let public =
            Jwk::new(material, Some(kid.clone()), Some(alg)).map_err(|_| KeyError::Malformed(alg))?;
        Ok(Self { alg, prefixes: prefixes(alg, &kid), kid, pair, public })
    }
}

/// Names only: never a private number.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("alg", &self.alg).field("kid", &self.kid).finish_non_exhaustive()
    }
}

enum Scheme {
    Ecdsa(&'static EcdsaSigningAlgorithm),
    Ed25519,
    Rsa(&'static dyn RsaEncoding),
}

impl Scheme {
    fn of(alg: Alg) -> Self {
        match alg {
            Alg::Es256 => Self::Ecdsa(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            Alg::Es384 => Self::Ecdsa(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            Alg::EdDsa => Self::Ed25519,
            Alg::Rs256 => Self::Rsa(&signature::RSA_PKCS1_SHA256),
            Alg::Rs384 => Self::Rsa(&signature::RSA_PKCS1_SHA384),
            Alg::Rs512 => Self::Rsa(&signature::RSA_PKCS1_SHA512),
            Alg::Ps256 => Self::Rsa(&signature::RSA_PSS_SHA256),
            Alg::Ps384 => Self::Rsa(&signature::RSA_PSS_SHA384),
            Alg::Ps512 => Self::Rsa(&signature::RSA_PSS_SHA512),
        }
    }
}

fn material(alg: Alg, pair: &Pair) -> Option<Material> {
    match pair {
        Pair::Rsa(pair, _) => {
            let (n, e) = der::rsa_public_key(pair.public_key().as_ref())?;
            Some(Material::Rsa { n: n.to_vec(), e: e.to_vec() })
        }
        Pair::Ed25519(pair) => Some(Material::Ed25519 { x: pair.public_key().as_ref().try_into().ok()? }),
        Pair::Ecdsa(pair) => {
            // SEC 1 2.3.3: 0x04, then both coordinates.
            let point = pair.public_key().as_ref().strip_prefix(&[4])?;
            let (x, y) = point.split_at_checked(point.len() / 2)?;
            if alg == Alg::Es256 {
                Some(Material::P256 { x: x.try_into().ok()?, y: y.try_into().ok()? })
            } else {
                Some(Material::P384 { x: x.try_into().ok()?, y: y.try_into().ok()? })
            }
        }
    }
}

fn append(token: &mut String, signature: &[u8]) {
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, token);
}

fn prefixes(alg: Alg, kid: &str) -> Vec<(Option<&'static str>, String)> {
    COMMON_TYPS.iter().map(|typ| (*typ, prefix(alg, kid, *typ))).collect()
}

fn prefix(alg: Alg, kid: &str, typ: Option<&str>) -> String {
    let header = match typ {
        Some(typ) => serde_json::json!({ "alg": alg, "kid": kid, "typ": typ }),
        None => serde_json::json!({ "alg": alg, "kid": kid }),
    };
    URL_SAFE_NO_PAD.encode(header.to_string()) + "."
}
