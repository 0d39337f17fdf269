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

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::DefaultBodyLimit;
    use axum::http::HeaderValue;

    use super::*;

    /// RFC 9112 7.1 and 8: a chunk that is none, or an end before the end, is the client's fault and no matter of size.
    #[tokio::test]
    async fn a_body_that_breaks_off_is_400_and_one_that_is_too_large_413() {
        let fault = std::io::Error::from(std::io::ErrorKind::InvalidData);
        let broken = futures_util::stream::iter([Ok("a=1&"), Err(fault)]);
        for (body, refused) in [
            (Body::from("a=1&b=2"), None),
            (Body::from("a=1&b=2&c=3"), Some(StatusCode::PAYLOAD_TOO_LARGE)),
            (Body::from_stream(broken), Some(StatusCode::BAD_REQUEST)),
        ] {
            let mut request = Request::new(body);
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers_mut().insert(header::CONTENT_TYPE, form);
            DefaultBodyLimit::max(8).apply(&mut request);
            let FormBody(read) = FormBody::from_request(request, &()).await.unwrap();
            assert_eq!(read.err().map(BadBody::status), refused);
        }
    }
}
