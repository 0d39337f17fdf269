//! Rows of the authorization challenge endpoint (draft-ietf-oauth-first-party-apps 5.2.2).

use super::{Refusal, Row, row};
use axum::http::StatusCode;
use countersign_core::oauth::challenge::ChallengeRefused;
use std::borrow::Cow;

impl Refusal for ChallengeRefused {
    fn row(&self) -> Row {
        match self {
            Self::NotAllowed => row(
                StatusCode::BAD_REQUEST,
                "unauthorized_client",
                "This client may not ask people itself: send them to the authorization endpoint.",
            ),
            Self::EndUser => row(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "end_user_ip is required: the address of the person, as the app sees it.",
            ),
            Self::Step => row(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "step is one of password, email, code, resend and sign_up, each with its parameters.",
            ),
            Self::Session => {
                row(StatusCode::BAD_REQUEST, "invalid_session", "Begin again without an auth_session.")
            }
            Self::Disabled => row(StatusCode::FORBIDDEN, "access_denied", "The account is switched off."),
            Self::Outsider => {
                row(StatusCode::FORBIDDEN, "access_denied", "The person is no member of who this app is for.")
            }
            Self::RedirectToWeb => row(
                StatusCode::FORBIDDEN,
                "redirect_to_web",
                "Send the person to the authorization endpoint: only a page can ask this.",
            ),
            Self::Finished => row(
                StatusCode::BAD_REQUEST,
                "invalid_session",
                "This request had its code before: begin another one.",
            ),
        }
    }
    fn check(&self) -> &'static str {
        ChallengeRefused::check(*self)
    }
    fn cause(&self) -> Cow<'static, str> {
        self.to_string().into()
    }
}
