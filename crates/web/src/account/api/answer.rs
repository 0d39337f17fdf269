//! How the account API refuses: the house's JSON, and the bearer challenge where a token is what is missing.

use crate::error::{Refusal, Row, row};
use crate::respond::json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use countersign_core::account::emails::EmailsRefused;
use countersign_core::account::leaving::LeaveRefused;
use countersign_core::account::page::{FRESH, PageRefused};
use countersign_core::account::profile::{BadClaim, ClaimField, ProfileRefused};
use countersign_core::login::phone::PhoneRefused;
use countersign_core::oauth::account_api::{AccountApiRefused, SCOPE};
use countersign_core::oauth::token::TokenDead;
use countersign_keys::HashError;
use countersign_store::DbError;
use serde_json::{Value, json as object};

/// Everything that this API refuses.
#[derive(Debug)]
pub(super) enum Failure {
    Nothing,
    Malformed,
    Dead(TokenDead),
    Refused(AccountApiRefused),
    NotJson,
    NoObject,
    Unknown(Vec<String>),
    Wrong(&'static str),
    NotFresh,
    NotFound,
    Conflict(&'static str),
    CodeWrong,
    Throttled(u32),
    /// Why the new password is refused, for the person.
    NewPassword(String),
    /// No hash to be had; so many seconds to wait.
    Busy(u32),
    Fields(Vec<(ClaimField, BadClaim)>),
    Db(DbError),
}

impl Refusal for Failure {
    fn row(&self) -> Row {
        let bad = |status, why: &'static str| row(status, "invalid_request", why);
        match self {
            Self::Nothing => row(StatusCode::UNAUTHORIZED, "invalid_token", "An access token is needed."),
            Self::Malformed => {
                bad(StatusCode::BAD_REQUEST, "The Authorization header must be Bearer and a token, once.")
            }
            Self::Dead(_)
            | Self::Refused(
                AccountApiRefused::Dead | AccountApiRefused::OtherAudience | AccountApiRefused::Exchanged,
            ) => row(
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "The access token is expired, revoked or not for this endpoint.",
            ),
            Self::Refused(AccountApiRefused::NoScope) => {
                row(StatusCode::FORBIDDEN, "insufficient_scope", "The access token has no scope account.")
            }
            Self::NotJson => bad(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body must be application/json."),
            Self::NoObject => bad(StatusCode::BAD_REQUEST, "The body must be one JSON object."),
            Self::Unknown(_) => bad(StatusCode::BAD_REQUEST, "The body has members that are not known."),
            Self::Wrong(why) => bad(StatusCode::UNPROCESSABLE_ENTITY, why),
            Self::Fields(_) | Self::NewPassword(_) => {
                bad(StatusCode::UNPROCESSABLE_ENTITY, "Some members cannot be kept as they are.")
            }
            Self::NotFresh => row(
                StatusCode::UNAUTHORIZED,
                "insufficient_user_authentication",
                "The person must have signed in a moment ago.",
            ),
            Self::NotFound => {
                row(StatusCode::NOT_FOUND, "not_found", "There is no such thing of this person.")
            }
            Self::Conflict(why) => row(StatusCode::CONFLICT, "conflict", *why),
            Self::CodeWrong => bad(StatusCode::UNPROCESSABLE_ENTITY, "The code does not fit, or no longer."),
            Self::Throttled(_) => row(
                StatusCode::TOO_MANY_REQUESTS,
                "temporarily_unavailable",
                "That was asked too often: try again later.",
            ),
            Self::Busy(_) => row(
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "There is too much to do at the moment: try again later.",
            ),
            Self::Db(it) => it.row(),
        }
    }
    fn check(&self) -> &'static str {
        match self {
            Self::Nothing | Self::Malformed => "bearer_token",
            Self::Dead(it) => it.check(),
            Self::Refused(_) => "account_api",
            Self::NotJson | Self::NoObject | Self::Unknown(_) | Self::Wrong(_) | Self::Fields(_) => {
                "account_body"
            }
            Self::NotFresh => "fresh_sign_in",
            Self::NotFound => "own_thing",
            Self::Conflict(_) => "account_rule",
            Self::CodeWrong => "sent_code",
            Self::NewPassword(_) => "new_password",
            Self::Busy(_) => "server_busy",
            Self::Throttled(_) => "too_often",
            Self::Db(it) => Refusal::check(it),
        }
    }
}

impl Failure {
    /// The answer. RFC 6750 3: a request without any token is told the scheme alone; RFC 9470 3 says how fresh a sign-in
    /// has to be.
    pub(super) fn answer(&self) -> Response {
        let row = self.row();
        tracing::info!(check = self.check(), status = row.status.as_u16(), code = row.code, "refused");
        let mut body = object!({ "error": row.code, "error_description": row.description });
        let fields: Vec<Value> = match self {
            Self::Unknown(names) => {
                names.iter().map(|it| object!({ "name": it, "reason": "not a known member" })).collect()
            }
            Self::Fields(wrong) => wrong
                .iter()
                .map(|(field, why)| {
                    let address = if field.is_of_address() { "address." } else { "" };
                    object!({ "name": format!("{address}{}", field.as_str()), "reason": why.to_string() })
                })
                .collect(),
            Self::NewPassword(why) => vec![object!({ "name": "new_password", "reason": why })],
            _ => Vec::new(),
        };
        if let (Value::Object(body), false) = (&mut body, fields.is_empty()) {
            body.insert("fields".to_owned(), fields.into());
        }
        let mut response = json(row.status, &body);
        let challenge = match self {
            Self::Nothing => Some("Bearer realm=\"countersign\"".to_owned()),
            Self::Refused(AccountApiRefused::NoScope) => {
                Some(format!("Bearer realm=\"countersign\", error=\"{}\", scope=\"{SCOPE}\"", row.code))
            }
            Self::NotFresh => Some(format!(
                "Bearer realm=\"countersign\", error=\"{}\", error_description=\"{}\", max_age=\"{}\"",
                row.code,
                row.description,
                FRESH.as_secs()
            )),
            Self::Dead(_) | Self::Refused(_) | Self::Malformed => Some(format!(
                "Bearer realm=\"countersign\", error=\"{}\", error_description=\"{}\"",
                row.code, row.description
            )),
            _ => None,
        };
        let headers = response.headers_mut();
        if let Some(value) = challenge.and_then(|it| HeaderValue::from_str(&it).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, value);
        }
        if let Self::Throttled(wait) | Self::Busy(wait) = self {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(*wait));
        }
        response
    }
}

impl From<PageRefused> for Failure {
    fn from(refused: PageRefused) -> Self {
        match refused {
            PageRefused::SignedOut => Self::Refused(AccountApiRefused::Dead),
            PageRefused::NotFound => Self::NotFound,
            PageRefused::CurrentPasswordWrong => Self::Wrong("The present password is another one."),
            PageRefused::Throttled(wait) => Self::Throttled(wait),
            PageRefused::NotFresh => Self::NotFresh,
            PageRefused::LastWayIn => Self::Conflict("It is the last way into the account."),
            PageRefused::SamePassword => Self::Wrong("The new password is the present one."),
        }
    }
}

impl From<ProfileRefused> for Failure {
    fn from(refused: ProfileRefused) -> Self {
        match refused {
            ProfileRefused::SignedOut => Self::Refused(AccountApiRefused::Dead),
            ProfileRefused::Fields(wrong) => Self::Fields(wrong),
        }
    }
}

impl From<EmailsRefused> for Failure {
    fn from(refused: EmailsRefused) -> Self {
        match refused {
            EmailsRefused::SignedOut => Self::Refused(AccountApiRefused::Dead),
            EmailsRefused::NotFresh => Self::NotFresh,
            EmailsRefused::NotFound => Self::NotFound,
            EmailsRefused::Throttled(wait) => Self::Throttled(wait),
            EmailsRefused::Yours => Self::Conflict("The address is the person's already."),
            EmailsRefused::TooMany => Self::Conflict("The person has as many addresses as one may have."),
            EmailsRefused::NothingWaits | EmailsRefused::CodeWrong(_) | EmailsRefused::CodeExhausted => {
                Self::CodeWrong
            }
            EmailsRefused::Taken => Self::Conflict("The address belongs to another account."),
            EmailsRefused::NotProved => Self::Conflict("The address is not proved."),
            EmailsRefused::InFront => Self::Conflict("Another address has to be the primary one first."),
            EmailsRefused::LastProved => Self::Conflict("It is the last proved address."),
        }
    }
}

impl From<PhoneRefused> for Failure {
    fn from(refused: PhoneRefused) -> Self {
        match refused {
            PhoneRefused::SignedOut => Self::Refused(AccountApiRefused::Dead),
            PhoneRefused::NotFresh => Self::NotFresh,
            PhoneRefused::NotFound => Self::NotFound,
            PhoneRefused::Throttled(wait) => Self::Throttled(wait),
            PhoneRefused::There => Self::Conflict("The number is the person's already."),
            PhoneRefused::Full => Self::Conflict("The person has as many numbers as one may have."),
            PhoneRefused::Elsewhere => Self::Wrong("No text message goes to that country."),
            PhoneRefused::CodeWrong(_) | PhoneRefused::CodeExhausted | PhoneRefused::Secret(_) => {
                Self::CodeWrong
            }
        }
    }
}

impl From<HashError> for Failure {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded { retry_after } => {
                Self::Busy(u32::try_from(retry_after.as_secs()).unwrap_or(1).max(1))
            }
            HashError::Failed | HashError::Stopped => Self::Busy(5),
        }
    }
}

impl From<LeaveRefused> for Failure {
    fn from(refused: LeaveRefused) -> Self {
        match refused {
            LeaveRefused::SignedOut => Self::Refused(AccountApiRefused::Dead),
            LeaveRefused::NotFresh => Self::NotFresh,
            LeaveRefused::NotSure => Self::Wrong("The member confirm must be the person's primary address."),
        }
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}
