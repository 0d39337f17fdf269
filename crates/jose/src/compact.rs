//! The compact serialization (RFC 7515 7.1), read strictly.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::alg::Alg;
use crate::error::{JwsError, Segment};
use crate::json;

/// The longest token that is looked at.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// The longest encoded header that is looked at.
pub const MAX_HEADER_BYTES: usize = 2 * 1024;
const MAX_MEMBER_BYTES: usize = 512;

/// What a token's header says. Nothing in it is proved before the signature is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The algorithm that the token claims.
    pub alg: Alg,
    /// Which key it claims.
    pub kid: Option<String>,
    /// What kind of token it claims to be.
    pub typ: Option<String>,
    /// What its payload claims to be.
    pub cty: Option<String>,
}

/// Reads the header of a token **that nobody has verified**: to find out which keys to fetch, for nothing else.
pub fn peek_header(token: &str) -> Result<Header, JwsError> {
    Ok(Parts::split(token)?.header)
}

/// Reads the claims of a token **that nobody has verified**: to find out whose keys to fetch (`iss`, `client_id`), for
/// nothing else.
pub fn peek_claims(token: &str) -> Result<Map<String, Value>, JwsError> {
    let payload = Parts::split(token)?.payload()?;
    json::object(&payload).map_err(|fault| JwsError::Json(Segment::Payload, fault))
}

/// A token taken apart, header read, nothing verified.
pub(crate) struct Parts<'t> {
    pub(crate) header: Header,
    /// RFC 7515 5.2 step 8: header and payload as they were sent.
    pub(crate) signing_input: &'t str,
    payload: &'t str,
    signature: &'t str,
}

impl<'t> Parts<'t> {
    /// The order keeps hostile input cheap: length, then segments, then the header.
    pub(crate) fn split(token: &'t str) -> Result<Self, JwsError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(JwsError::TooLong);
        }
        if token.trim_ascii_start().starts_with('{') {
            return Err(JwsError::JsonSerialization);
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(JwsError::SegmentCount)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwsError::SegmentCount)?;
        match payload.bytes().filter(|byte| *byte == b'.').count() {
            0 => {}
            2 => return Err(JwsError::Encrypted),
            _ => return Err(JwsError::SegmentCount),
        }
        if header.len() > MAX_HEADER_BYTES {
            return Err(JwsError::HeaderTooLong);
        }
        let header = Header::read(&decode(header, Segment::Header)?)?;
        Ok(Self { header, signing_input, payload, signature })
    }

    pub(crate) fn payload(&self) -> Result<Vec<u8>, JwsError> {
        decode(self.payload, Segment::Payload)
    }

    pub(crate) fn signature(&self) -> Result<Vec<u8>, JwsError> {
        decode(self.signature, Segment::Signature)
    }
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, JwsError> {
        let members = json::object(bytes).map_err(|fault| JwsError::Json(Segment::Header, fault))?;
        let (mut alg, mut kid, mut typ, mut cty) = (None, None, None, None);
        for (name, value) in members {
            match name.as_str() {
                "alg" => alg = Some(read_alg(&text(value)?)?),
                "kid" => kid = Some(text(value)?),
                "typ" => typ = Some(text(value)?),
                "cty" => cty = Some(text(value)?),
                // A certificate's thumbprint chooses nothing here, and one large provider always sends it.
                "x5t" | "x5t#S256" => drop(text(value)?),
                "crit" => return Err(JwsError::Critical),
                "b64" => return Err(JwsError::UnencodedPayload),
                "jwk" | "jku" | "x5u" | "x5c" => return Err(JwsError::EmbeddedKey),
                _ => return Err(JwsError::UnknownMember),
            }
        }
        Ok(Self { alg: alg.ok_or(JwsError::AlgMissing)?, kid, typ, cty })
    }
}

/// The three tries that deserve a name of their own in the log.
fn read_alg(name: &str) -> Result<Alg, JwsError> {
    Alg::parse(name).map_err(|_| match name.trim().to_ascii_lowercase().as_str() {
        "none" | "" => JwsError::AlgNone,
        "hs256" | "hs384" | "hs512" => JwsError::AlgSymmetric,
        _ => JwsError::AlgUnknown,
    })
}

fn text(value: Value) -> Result<String, JwsError> {
    match value {
        Value::String(text) if text.len() <= MAX_MEMBER_BYTES => Ok(text),
        Value::String(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_) => Err(JwsError::MalformedMember),
    }
}

/// This engine refuses padding, white space, and a last character with bits left over.
fn decode(text: &str, segment: Segment) -> Result<Vec<u8>, JwsError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JwsError::Base64(segment))
}
