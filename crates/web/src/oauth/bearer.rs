//! RFC 6750: an access token as it is presented, and whether it is one of ours.

use crate::App;
use axum::http::{HeaderMap, HeaderValue, header};
use countersign_core::Ctx;
use countersign_core::oauth::token::{AccessClaims, AccessToken, TokenDead};
use countersign_jose::{Alg, TypRule, verify};

/// Any access token of ours: opaque, or an `at+jwt` that one of our keys signed. An ID token is none.
pub fn access_token(app: &App, text: &str, ctx: &Ctx<'_>) -> Result<AccessToken, TokenDead> {
    if AccessToken::looks_opaque(text) {
        return AccessToken::open(text, ctx);
    }
    let ring = app.keys.current();
    let verified = verify(text, ring.verification_keys(), Alg::ALL, TypRule::OneOf(&["at+jwt"]));
    let verified = verified.map_err(|error| {
        tracing::debug!(%error, "an access token does not verify");
        TokenDead::Forged
    })?;
    AccessToken::signed(verified.claims_as::<AccessClaims>().map_err(|_| TokenDead::Forged)?, ctx)
}

/// What the `Authorization` header holds.
pub enum Presented<'h> {
    /// No header, or one of another scheme. RFC 6750 3.1: such a request is told the scheme, and no error.
    Nothing,
    /// A bearer token; RFC 9110 11.1: the scheme's case does not matter.
    Bearer(&'h str),
    /// Two headers, no text, or nothing after the scheme.
    Malformed,
}

/// Reads the header.
pub fn presented(headers: &HeaderMap) -> Presented<'_> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    match (all.next().map(HeaderValue::to_str), all.next()) {
        (None, _) => Presented::Nothing,
        (Some(Ok(value)), None) => {
            let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
            match (scheme.eq_ignore_ascii_case("bearer"), token.trim()) {
                (false, _) => Presented::Nothing,
                (true, "") => Presented::Malformed,
                (true, token) => Presented::Bearer(token),
            }
        }
        (Some(_), _) => Presented::Malformed,
    }
}
