use std::fmt;

use crate::alg::Alg;
use crate::json::BadJson;

/// Why a token was refused: one variant per misbehaviour, none of them carries the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Longer than [`crate::MAX_TOKEN_BYTES`].
    #[error("the token is longer than {} bytes", crate::MAX_TOKEN_BYTES)]
    TooLong,
    /// The protected header is longer than [`crate::MAX_HEADER_BYTES`].
    #[error("the token's header is longer than {} bytes", crate::MAX_HEADER_BYTES)]
    HeaderTooLong,
    /// RFC 7515 7.2: the JSON serialization, which no protocol here uses.
    #[error("the token is in JSON serialization, only the compact one is accepted")]
    JsonSerialization,
    /// RFC 7516 3.1: five segments are an encrypted token.
    #[error("the token is encrypted, only signed ones are accepted")]
    Encrypted,
    /// RFC 7515 3.1: exactly three segments.
    #[error("the token does not consist of three segments")]
    SegmentCount,
    /// RFC 7515 2: base64url without padding, white space, or bits left over.
    #[error("the token's {0} is not canonical base64url")]
    Base64(Segment),
    /// Not an object, a member named twice, nested too deep, or not JSON.
    #[error("the token's {0} is refused: {1}")]
    Json(Segment, BadJson),
    /// RFC 7515 4.1.1: `alg` must be present.
    #[error("the header has no alg")]
    AlgMissing,
    /// A header member has the wrong JSON type, or a text of unreasonable length.
    #[error("a header member is malformed")]
    MalformedMember,
    /// `none` in any spelling: the token claims to need no signature.
    #[error("the header asks for no signature")]
    AlgNone,
    /// A symmetric algorithm: the classic try with the public key as the secret.
    #[error("the header asks for a symmetric algorithm")]
    AlgSymmetric,
    /// An algorithm this crate does not know.
    #[error("the header names an unknown algorithm")]
    AlgUnknown,
    /// A known algorithm that the caller does not allow here.
    #[error("{0} is not allowed here")]
    AlgNotAllowed(Alg),
    /// RFC 7515 4.1.11: an extension must be understood, and none is.
    #[error("the header marks an extension as critical")]
    Critical,
    /// RFC 7797: the unencoded payload option.
    #[error("the header asks for an unencoded payload")]
    UnencodedPayload,
    /// `jwk`, `jku`, `x5u` or `x5c`: the token wants to bring its own key.
    #[error("the header brings its own key")]
    EmbeddedKey,
    /// Any other header member.
    #[error("the header has a member that is not accepted")]
    UnknownMember,
    /// RFC 8725 3.11: `typ` is not the one expected.
    #[error("the header's typ is not the expected one")]
    WrongTyp,
    /// No key of this `kid` at all.
    #[error("the kid is unknown")]
    UnknownKid,
    /// There are keys, but none of them may be used with the header's algorithm.
    #[error("no key for {0}")]
    NoKeyFor(Alg),
    /// Every candidate key says no.
    #[error("the signature does not verify")]
    BadSignature,
}

/// A part of a compact token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The first.
    Header,
    /// The second.
    Payload,
    /// The third.
    Signature,
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

/// Why a JWK or a set of them was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// Longer than [`crate::MAX_SET_BYTES`].
    #[error("the key set is longer than {} bytes", crate::MAX_SET_BYTES)]
    TooLong,
    /// More than [`crate::MAX_KEYS`].
    #[error("the key set has more than {} keys", crate::MAX_KEYS)]
    TooManyKeys,
    /// Not an object, a member named twice, nested too deep, or not JSON.
    #[error("not a JSON object of keys: {0}")]
    Json(#[from] BadJson),
    /// RFC 7517 5.1: `keys` must be an array of objects.
    #[error("the set has no array of keys")]
    NoKeys,
    /// RFC 7517 4: a required member is missing, or has the wrong type.
    #[error("member {0} is missing or malformed")]
    Member(&'static str),
    /// A private key where a public one belongs; it counts as leaked.
    #[error("the key contains private members")]
    PrivateKey,
    /// `kty` is `oct`: a shared secret is never published.
    #[error("the key is symmetric")]
    Symmetric,
    /// A `kty` that this crate does not know; ignored inside a set (RFC 7517 5).
    #[error("the key's kty is not supported")]
    UnknownKty,
    /// A `crv` that this crate does not know; ignored inside a set.
    #[error("the key's curve is not supported")]
    UnknownCurve,
    /// An `alg` that is unknown or belongs to another kind of key; ignored inside a set.
    #[error("the key's alg is not supported for its kty")]
    UnsuitableAlg,
    /// `use` or `key_ops` say that the key is not for signatures; ignored inside a set.
    #[error("the key is not for verifying signatures")]
    NotForSignatures,
    /// RFC 7518 3.3: at least 2048 bits.
    #[error("the RSA key is shorter than 2048 bits")]
    RsaTooShort,
    /// More than 8192 bits: verifying with it would cost too much.
    #[error("the RSA key is longer than 8192 bits")]
    RsaTooLong,
    /// An even modulus, or an exponent that is 1, even, or longer than 32 bits.
    #[error("the RSA key's numbers are out of range")]
    RsaNumbers,
    /// The coordinates are no point of the curve.
    #[error("the key is not a point of its curve")]
    NotOnCurve,
}

/// Why a private key could not be made, read or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are not a PKCS#8 key for this algorithm.
    #[error("not a PKCS#8 private key for {0}")]
    Malformed(Alg),
    /// The key is outside 2048 to 8192 bits.
    #[error("the RSA key must have 2048 to 8192 bits")]
    RsaSize,
    /// A `kid` must be 1 to 200 visible ASCII characters.
    #[error("the kid is not 1 to 200 visible ASCII characters")]
    Kid,
    /// The crypto library failed to generate a key.
    #[error("the key could not be generated")]
    Generate,
    /// The crypto library failed to sign.
    #[error("signing failed")]
    Sign,
}
