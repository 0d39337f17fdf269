//! Bodies of `application/x-www-form-urlencoded`: the only kind that the OAuth endpoints and our own forms take.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};

/// The body as it came, still encoded; `Err` for the handler to answer in its own way.
pub struct FormBody(pub Result<Bytes, BadBody>);

/// Not a form that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBody {
    /// RFC 6749 appendix B names one media type.
    #[error("the body is not application/x-www-form-urlencoded")]
    NotAForm,
    /// Over the limit.
    #[error("the body is too large")]
    TooLarge,
    /// Cut off, or its framing is wrong (RFC 9112 7.1).
    #[error("the body was cut off")]
    CutOff,
}

impl BadBody {
    /// What the answer says.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::NotAForm | Self::CutOff => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for FormBody {
    type Rejection = std::convert::Infallible;
    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if !is_form(request.headers()) {
            return Ok(Self(Err(BadBody::NotAForm)));
        }
        let bytes: Result<Bytes, BytesRejection> = Bytes::from_request(request, state).await;
        Ok(Self(bytes.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => BadBody::TooLarge,
            _ => BadBody::CutOff,
        })))
    }
}

/// RFC 6749 appendix B: the one media type. A `charset` other than UTF-8 is another type.
pub fn is_form(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(first), None) = (values.next(), values.next()) else { return false };
    let (kind, parameters) = match first.to_str() {
        Ok(text) => text.split_once(';').unwrap_or((text, "")),
        Err(_) => return false,
    };
    let utf8 = match parameters.trim() {
        "" => true,
        one => one.split_once('=').is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("charset") && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }),
    };
    kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") && utf8
}
