//! JSON Web Keys (RFC 7517), public ones only.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::alg::{Alg, Family};
use crate::der::strip_zeros;
use crate::error::JwkError;
use crate::json;
use crate::public::PublicKey;

/// How many keys a set may have.
pub const MAX_KEYS: usize = 64;
/// The longest set that is looked at.
pub const MAX_SET_BYTES: usize = 256 * 1024;
const MAX_KID_BYTES: usize = 512;

/// A public key as published: for signatures, of a supported kind, within bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    material: Material,
    kid: Option<String>,
    alg: Option<Alg>,
}

/// The numbers of a public key, in the length that RFC 7518 6 prescribes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Material {
    /// Modulus and exponent.
    Rsa {
        /// Modulus, no leading zeros.
        n: Vec<u8>,
        /// Exponent, no leading zeros.
        e: Vec<u8>,
    },
    /// A point of P-256.
    P256 {
        /// First coordinate.
        x: [u8; 32],
        /// Second coordinate.
        y: [u8; 32],
    },
    /// A point of P-384.
    P384 {
        /// First coordinate.
        x: [u8; 48],
        /// Second coordinate.
        y: [u8; 48],
    },
    /// An Ed25519 public key.
    Ed25519 {
        /// RFC 8032 encoding of the point.
        x: [u8; 32],
    },
}

impl Jwk {
    /// Reads one key from JSON text.
    pub fn parse(json: &[u8]) -> Result<Self, JwkError> {
        if json.len() > MAX_SET_BYTES {
            return Err(JwkError::TooLong);
        }
        Self::from_members(&json::object(json)?)
    }

    /// Reads one key from JSON that is already parsed.
    pub fn from_members(members: &Map<String, Value>) -> Result<Self, JwkError> {
        // Before anything else: a leaked secret must not pass as "some kty we ignore".
        let kty = required(members, "kty")?;
        if kty == "oct" || members.contains_key("k") {
            return Err(JwkError::Symmetric);
        }
        if ["d", "p", "q", "dp", "dq", "qi", "oth"].iter().any(|name| members.contains_key(*name)) {
            return Err(JwkError::PrivateKey);
        }
        if optional(members, "use")?.is_some_and(|purpose| purpose != "sig") {
            return Err(JwkError::NotForSignatures);
        }
        match members.get("key_ops") {
            None => {}
            Some(Value::Array(operations)) if operations.iter().any(|operation| operation == "verify") => {}
            Some(Value::Array(_)) => return Err(JwkError::NotForSignatures),
            Some(_) => return Err(JwkError::Member("key_ops")),
        }
        let material = match kty {
            "RSA" => Material::Rsa { n: number(members, "n")?, e: number(members, "e")? },
            "EC" => match required(members, "crv")? {
                "P-256" => Material::P256 { x: fixed(members, "x")?, y: fixed(members, "y")? },
                "P-384" => Material::P384 { x: fixed(members, "x")?, y: fixed(members, "y")? },
                _ => return Err(JwkError::UnknownCurve),
            },
            "OKP" => match required(members, "crv")? {
                "Ed25519" => Material::Ed25519 { x: fixed(members, "x")? },
                _ => return Err(JwkError::UnknownCurve),
            },
            _ => return Err(JwkError::UnknownKty),
        };
        let alg = match optional(members, "alg")? {
            None => None,
            Some(name) => Some(Alg::parse(name).map_err(|_| JwkError::UnsuitableAlg)?),
        };
        let kid = optional(members, "kid")?.map(str::to_owned);
        if kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID_BYTES) {
            return Err(JwkError::Member("kid"));
        }
        Self::new(material, kid, alg)
    }

    /// Puts a key together, checking its numbers.
    pub fn new(material: Material, kid: Option<String>, alg: Option<Alg>) -> Result<Self, JwkError> {
        if let Material::Rsa { n, e } = &material {
            check_rsa(n, e)?;
        }
        if alg.is_some_and(|alg| alg.family() != material.family()) {
            return Err(JwkError::UnsuitableAlg);
        }
        Ok(Self { material, kid, alg })
    }

    /// The key's numbers.
    pub fn material(&self) -> &Material {
        &self.material
    }

    /// RFC 7517 4.5.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// RFC 7517 4.4: the one algorithm this key is meant for, if it says so.
    pub fn alg(&self) -> Option<Alg> {
        self.alg
    }

    /// RFC 7638 3: SHA-256 over the required members in lexical order, base64url.
    pub fn thumbprint(&self) -> String {
        let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let canonical = match &self.material {
            Material::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, b64(e), b64(n)),
            Material::P256 { x, y } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, b64(x), b64(y))
            }
            Material::P384 { x, y } => {
                format!(r#"{{"crv":"P-384","kty":"EC","x":"{}","y":"{}"}}"#, b64(x), b64(y))
            }
            Material::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, b64(x)),
        };
        b64(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
    }

    /// Prepares the key for verifying.
    pub fn to_public_key(&self) -> Result<PublicKey, JwkError> {
        PublicKey::new(self)
    }
}

impl Material {
    /// The kind of key.
    pub const fn family(&self) -> Family {
        match self {
            Self::Rsa { .. } => Family::Rsa,
            Self::P256 { .. } => Family::P256,
            Self::P384 { .. } => Family::P384,
            Self::Ed25519 { .. } => Family::Ed25519,
        }
    }
}

/// RFC 7517 4: members in the order of the registry; `use` is always said.
impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut map = serializer.serialize_map(None)?;
        let (kty, crv) = match self.material.family() {
            Family::Rsa => ("RSA", None),
            Family::P256 => ("EC", Some("P-256")),
            Family::P384 => ("EC", Some("P-384")),
            Family::Ed25519 => ("OKP", Some("Ed25519")),
        };
        map.serialize_entry("kty", kty)?;
        map.serialize_entry("use", "sig")?;
        if let Some(alg) = self.alg {
            map.serialize_entry("alg", &alg)?;
        }
        if let Some(kid) = &self.kid {
            map.serialize_entry("kid", kid)?;
        }
        if let Some(crv) = crv {
            map.serialize_entry("crv", crv)?;
        }
        match &self.material {
            Material::Rsa { n, e } => {
                map.serialize_entry("n", &b64(n))?;
                map.serialize_entry("e", &b64(e))?;
            }
            Material::P256 { x, y } => {
                map.serialize_entry("x", &b64(x))?;
                map.serialize_entry("y", &b64(y))?;
            }
            Material::P384 { x, y } => {
                map.serialize_entry("x", &b64(x))?;
                map.serialize_entry("y", &b64(y))?;
            }
            Material::Ed25519 { x } => map.serialize_entry("x", &b64(x))?,
        }
        map.end()
    }
}

/// A set of public keys (RFC 7517 5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    /// The usable keys.
    pub keys: Vec<Jwk>,
}

impl JwkSet {
    /// Reads a set that its owner hands in, such as a client's registration: keys of other kinds and uses are ignored,
    /// a weak, broken, private or symmetric one refuses the set, so that the owner learns of it.
    pub fn parse(json: &[u8]) -> Result<Self, JwkError> {
        Self::read(json, |error| match error {
            JwkError::UnknownKty
            | JwkError::UnknownCurve
            | JwkError::UnsuitableAlg
            | JwkError::NotForSignatures => Ok(()),
            JwkError::TooLong
            | JwkError::TooManyKeys
            | JwkError::Json(_)
            | JwkError::NoKeys
            | JwkError::Member(_)
            | JwkError::PrivateKey
            | JwkError::Symmetric
            | JwkError::RsaTooShort
            | JwkError::RsaTooLong
            | JwkError::RsaNumbers
            | JwkError::NotOnCurve => Err(error),
        })
    }

    /// Reads a set that was fetched: every key that cannot be used is left out (RFC 7517 5), so that one odd key does not
    /// end all sign-ins.
    pub fn parse_fetched(json: &[u8]) -> Result<Self, JwkError> {
        Self::read(json, |_| Ok(()))
    }

    /// Prepares every key for verifying.
    pub fn to_public_keys(&self) -> Result<Vec<PublicKey>, JwkError> {
        self.keys.iter().map(Jwk::to_public_key).collect()
    }

    fn read(json: &[u8], judge: impl Fn(JwkError) -> Result<(), JwkError>) -> Result<Self, JwkError> {
        if json.len() > MAX_SET_BYTES {
            return Err(JwkError::TooLong);
        }
        let members = json::object(json)?;
        let Some(Value::Array(found)) = members.get("keys") else {
            return Err(JwkError::NoKeys);
        };
        if found.len() > MAX_KEYS {
            return Err(JwkError::TooManyKeys);
        }
        let mut keys = Vec::with_capacity(found.len());
        for entry in found {
            let Value::Object(entry) = entry else { return Err(JwkError::NoKeys) };
            // Parsed for verifying as well: only that shows whether a point lies on its curve.
            match Jwk::from_members(entry).and_then(|jwk| jwk.to_public_key().map(|_| jwk)) {
                Ok(jwk) => keys.push(jwk),
                Err(error) => judge(error)?,
            }
        }
        Ok(Self { keys })
    }
}

/// RFC 7518 3.3 and 6.3.1; the upper bounds keep one verification below a millisecond.
fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), JwkError> {
    let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let exponent = e.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    match bits {
        0..2048 => Err(JwkError::RsaTooShort),
        8193.. => Err(JwkError::RsaTooLong),
        _ if e.len() > 4 || exponent < 3 || exponent % 2 == 0 => Err(JwkError::RsaNumbers),
        _ if n.last().is_none_or(|byte| byte % 2 == 0) => Err(JwkError::RsaNumbers),
        _ => Ok(()),
    }
}

fn optional<'m>(members: &'m Map<String, Value>, name: &'static str) -> Result<Option<&'m str>, JwkError> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JwkError::Member(name)),
    }
}

fn required<'m>(members: &'m Map<String, Value>, name: &'static str) -> Result<&'m str, JwkError> {
    optional(members, name)?.ok_or(JwkError::Member(name))
}

fn bytes(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, JwkError> {
    URL_SAFE_NO_PAD.decode(required(members, name)?).map_err(|_| JwkError::Member(name))
}

/// Some libraries put a zero in front (RFC 7518 6.3.1.1 warns of it); the number is the same, so it is taken off.
fn number(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, JwkError> {
    Ok(strip_zeros(&bytes(members, name)?).to_vec())
}

/// RFC 7518 6.2.1.2: the full size of a coordinate, leading zeros included.
fn fixed<const N: usize>(members: &Map<String, Value>, name: &'static str) -> Result<[u8; N], JwkError> {
    bytes(members, name)?.try_into().map_err(|_| JwkError::Member(name))
}
