//! Checking a compact token.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::alg::Alg;
use crate::compact::{Header, Parts};
use crate::error::{JwsError, Segment};
use crate::json;
use crate::public::PublicKey;

/// RFC 8725 3.11: which `typ` a token must have, so that one kind of token is not taken for another. Compared without
/// regard to case, an `application/` in front does not count (RFC 7515 4.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypRule<'a> {
    /// One of these must stand there.
    OneOf(&'a [&'a str]),
    /// If a `typ` stands there, it must be one of these.
    AbsentOr(&'a [&'a str]),
    /// Anything goes: for formats that never had a `typ`.
    Any,
}

/// A token whose signature one of the caller's keys has made. Only [`verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    header: Header,
    payload: Vec<u8>,
    thumbprint: String,
}

impl Verified {
    /// The header, covered by the signature.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The payload as it was signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// RFC 7638 thumbprint of the key that verified.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The payload as a JSON object without doubled members.
    pub fn claims(&self) -> Result<Map<String, Value>, JwsError> {
        json::object(&self.payload).map_err(|fault| JwsError::Json(Segment::Payload, fault))
    }

    /// The payload as the caller's own type, under the same rules as [`Verified::claims`].
    pub fn claims_as<T: DeserializeOwned>(&self) -> Result<T, JwsError> {
        let members = Value::Object(self.claims()?);
        T::deserialize(members).map_err(|_| JwsError::Json(Segment::Payload, json::BadJson::Syntax))
    }
}

/// Checks a compact token against the caller's keys.
///
/// The header's `alg` must be in `allowed` and the key must be one for it: a key with an `alg` of its own is used with no
/// other, a key without one only within its kind. With a `kid` only keys of exactly that name are tried, without one
/// every key that fits.
pub fn verify(
    token: &str,
    keys: &[PublicKey],
    allowed: &[Alg],
    typ: TypRule<'_>,
) -> Result<Verified, JwsError> {
    // 1. Form.
    let parts = Parts::split(token)?;
    let alg = parts.header.alg;
    // 2. What the caller accepts at all.
    if !allowed.contains(&alg) {
        return Err(JwsError::AlgNotAllowed(alg));
    }
    if !typ.permits(parts.header.typ.as_deref()) {
        return Err(JwsError::WrongTyp);
    }
    // 3. Which keys come into question.
    let named = |key: &&PublicKey| parts.header.kid.is_none() || key.kid() == parts.header.kid.as_deref();
    if parts.header.kid.is_some() && !keys.iter().any(|key| named(&key)) {
        return Err(JwsError::UnknownKid);
    }
    // 4. The signature.
    let signature = parts.signature()?;
    let mut tried = false;
    for key in keys.iter().filter(named) {
        match key.verify_raw(alg, parts.signing_input.as_bytes(), &signature) {
            None => {}
            Some(false) => tried = true,
            Some(true) => {
                let payload = parts.payload()?;
                return Ok(Verified {
                    header: parts.header,
                    payload,
                    thumbprint: key.thumbprint().to_owned(),
                });
            }
        }
    }
    Err(if tried { JwsError::BadSignature } else { JwsError::NoKeyFor(alg) })
}

impl TypRule<'_> {
    fn permits(self, typ: Option<&str>) -> bool {
        let is = |expected: &&str| typ.is_some_and(|typ| short(typ).eq_ignore_ascii_case(short(expected)));
        match self {
            Self::OneOf(expected) => expected.iter().any(is),
            Self::AbsentOr(expected) => typ.is_none() || expected.iter().any(is),
            Self::Any => true,
        }
    }
}

/// RFC 7515 4.1.9: the short form of a media type.
fn short(typ: &str) -> &str {
    match typ.split_at_checked("application/".len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") && !rest.contains('/') => rest,
        Some(_) | None => typ,
    }
}
