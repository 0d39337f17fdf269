//! The ways an authorization request is refused, each with its code, its text and the name of its check.

use super::ReturnTo;
use super::params::BadParams;
use crate::ClientId;
use crate::login::FailReason;

/// A refused request: before client and redirect_uri matched it is a page of ours, after it an answer to the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizeRefused {
    /// RFC 6749 4.1.2.1: nothing is known of an address that could be trusted with an answer.
    Page(PageRefusal),
    /// The app is told.
    App(ReturnTo, RequestRefusal),
}

impl AuthorizeRefused {
    /// RFC 6749 4.1.2.1 or RFC 9126 2.3: the code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Page(page) => page.code(),
            Self::App(_, refusal) => refusal.code(),
        }
    }
    /// For the developer of the app.
    pub fn description(&self) -> &'static str {
        match self {
            Self::Page(page) => page.description(),
            Self::App(_, refusal) => refusal.description(),
        }
    }
    /// The stable name of the check that refused.
    pub fn check(&self) -> &'static str {
        match self {
            Self::Page(page) => page.check(),
            Self::App(_, refusal) => refusal.check(),
        }
    }
}

/// A refusal that never leaves for the address the request named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageRefusal {
    /// The parameters cannot be read, or one came twice.
    Parameters(BadParams),
    /// RFC 6749 4.1.1: `client_id` is required.
    ClientMissing,
    /// RFC 6749 4.1.2.1: no such client, or it is switched off.
    ClientUnknown,
    /// The client signs nobody in: `authorization_code` is not among its grant types.
    ClientSignsNobodyIn(ClientId),
    /// OpenID Connect Core 3.1.2.1: required; RFC 6749 3.1.2.3: may be omitted if exactly one is registered.
    RedirectMissing(ClientId),
    /// RFC 9700 4.1: not one of the registered ones.
    RedirectNotRegistered(ClientId),
    /// The answer must carry `state` back, and an address has its limits.
    StateTooLong(ClientId),
    /// RFC 9126 4: no pushed request of that name, or it has been purged.
    PushedUnknown,
    /// RFC 9126 4: bound to another client.
    PushedForeign(ClientId),
    /// RFC 9126 4: older than `expires_in`.
    PushedExpired(ClientId),
    /// RFC 9126 7.3: it led to an answer before.
    PushedUsed(ClientId),
    /// RFC 9126 2.1: a `request_uri` inside a pushed request.
    RequestUriInPush,
    /// RFC 9126 2: the authenticated client pushes for itself.
    PushForOther(ClientId),
    /// A request that came by POST and was sealed: the seal is broken, or older than a flow may be.
    PostedStale,
}

impl PageRefusal {
    /// The standard's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ClientUnknown => "invalid_client",
            Self::ClientSignsNobodyIn(_) => "unauthorized_client",
            Self::PushedUnknown | Self::PushedForeign(_) | Self::PushedExpired(_) | Self::PushedUsed(_) => {
                "invalid_request_uri"
            }
            Self::Parameters(_)
            | Self::ClientMissing
            | Self::RedirectMissing(_)
            | Self::RedirectNotRegistered(_)
            | Self::StateTooLong(_)
            | Self::RequestUriInPush
            | Self::PushForOther(_)
            | Self::PostedStale => "invalid_request",
        }
    }
    /// For the developer of the app.
    pub const fn description(&self) -> &'static str {
        match self {
            Self::Parameters(BadParams::Twice(_)) => "A parameter came twice.",
            Self::Parameters(BadParams::TooMany) => "Too many parameters.",
            Self::Parameters(BadParams::Percent | BadParams::Utf8 | BadParams::Nul) => {
                "The parameters are not UTF-8 in form encoding."
            }
            Self::ClientMissing => "client_id is missing.",
            Self::ClientUnknown => "No client is registered under this client_id.",
            Self::ClientSignsNobodyIn(_) => {
                "This client is not registered for the grant type authorization_code."
            }
            Self::RedirectMissing(_) => "redirect_uri is missing.",
            Self::RedirectNotRegistered(_) => {
                "redirect_uri is not registered for this client. It is compared byte for byte."
            }
            Self::StateTooLong(_) => "state is longer than 4096 bytes.",
            Self::PushedUnknown => "No pushed request has this request_uri, or it has expired.",
            Self::PushedForeign(_) => "This request_uri was pushed by another client.",
            Self::PushedExpired(_) => "This request_uri has expired: push the request again.",
            Self::PushedUsed(_) => "This request_uri has been used: push the request again.",
            Self::RequestUriInPush => "request_uri must not be part of a pushed request (RFC 9126 2.1).",
            Self::PushForOther(_) => "client_id is not the client that authenticated.",
            Self::PostedStale => "The request is too old: start again at the app.",
        }
    }
    /// The stable name of the check.
    pub const fn check(&self) -> &'static str {
        match self {
            Self::Parameters(BadParams::Twice(_)) => "parameter_twice",
            Self::Parameters(BadParams::TooMany | BadParams::Percent | BadParams::Utf8 | BadParams::Nul) => {
                "parameters_unreadable"
            }
            Self::ClientMissing => "client_id_missing",
            Self::ClientUnknown => "client_unknown",
            Self::ClientSignsNobodyIn(_) => "client_without_authorization_code",
            Self::RedirectMissing(_) => "redirect_uri_missing",
            Self::RedirectNotRegistered(_) => "redirect_uri_not_registered",
            Self::StateTooLong(_) => "state_too_long",
            Self::PushedUnknown => "request_uri_unknown",
            Self::PushedForeign(_) => "request_uri_of_other_client",
            Self::PushedExpired(_) => "request_uri_expired",
            Self::PushedUsed(_) => "request_uri_used",
            Self::RequestUriInPush => "request_uri_in_push",
            Self::PushForOther(_) => "push_for_other_client",
            Self::PostedStale => "posted_request_stale",
        }
    }
    /// The client, where it is known.
    pub const fn client(&self) -> Option<&ClientId> {
        match self {
            Self::ClientSignsNobodyIn(id)
            | Self::RedirectMissing(id)
            | Self::RedirectNotRegistered(id)
            | Self::StateTooLong(id)
            | Self::PushedForeign(id)
            | Self::PushedExpired(id)
            | Self::PushedUsed(id)
            | Self::PushForOther(id) => Some(id),
            Self::Parameters(_)
            | Self::ClientMissing
            | Self::ClientUnknown
            | Self::PushedUnknown
            | Self::RequestUriInPush
            | Self::PostedStale => None,
        }
    }
}

macro_rules! refusals { ($($(#[$doc:meta])* $name:ident = $code:literal, $check:literal, $text:literal;)+) => {
    /// A refusal that the app is told.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum RequestRefusal { $($(#[$doc])* $name),+ }
    impl RequestRefusal {
        /// Every one.
        pub const ALL: &'static [Self] = &[$(Self::$name),+];
        /// The standard's code.
        pub const fn code(self) -> &'static str { match self { $(Self::$name => $code),+ } }
        /// For the developer of the app: RFC 6749 4.1.2.1, ASCII without quote and backslash; nothing reflected.
        pub const fn description(self) -> &'static str { match self { $(Self::$name => $text),+ } }
        /// The stable name of the check.
        pub const fn check(self) -> &'static str { match self { $(Self::$name => $check),+ } }
    }
} }

refusals! {
    /// OAuth 2.0 Multiple Response Types 2.1.
    UnknownResponseMode = "invalid_request", "response_mode_unknown",
        "response_mode must be query or form_post.";
    /// RFC 6749 4.1.1.
    ResponseTypeMissing = "invalid_request", "response_type_missing",
        "response_type is missing: it must be code.";
    /// RFC 6749 4.1.2.1.
    ResponseTypeUnsupported = "unsupported_response_type", "response_type_unsupported",
        "response_type must be code.";
    /// OpenID Connect Core 6.1.
    RequestObject = "request_not_supported", "request_object",
        "Request objects are not supported: send the parameters themselves, or push them (RFC 9126).";
    /// OpenID Connect Core 6.2.
    RequestUri = "request_uri_not_supported", "request_uri_foreign",
        "Only a request_uri from the pushed authorization request endpoint is supported.";
    /// OpenID Connect Core 7.2.1.
    Registration = "registration_not_supported", "registration_parameter",
        "The registration parameter is not supported.";
    /// RFC 7636 4.4.1, RFC 9700 2.1.1.
    ChallengeMissing = "invalid_request", "code_challenge_missing",
        "code_challenge is missing: PKCE with S256 is required for this client.";
    /// RFC 7636 4.4.1: `plain`, which is also what leaving the method out means.
    ChallengeMethod = "invalid_request", "code_challenge_method",
        "code_challenge_method must be S256.";
    /// RFC 7636 4.2.
    ChallengeMalformed = "invalid_request", "code_challenge_malformed",
        "code_challenge must be the base64url of a SHA-256: 43 characters.";
    /// OpenID Connect Core 3.1.2.1.
    PromptUnknown = "invalid_request", "prompt_unknown",
        "prompt must be none, or some of login, consent and select_account.";
    /// OpenID Connect Core 3.1.2.1.
    PromptNoneWithOthers = "invalid_request", "prompt_none_with_others",
        "prompt=none cannot be combined with other values.";
    /// OpenID Connect Core 3.1.2.1.
    MaxAge = "invalid_request", "max_age",
        "max_age must be a number of seconds, such as 3600.";
    /// Ours.
    NonceTooLong = "invalid_request", "nonce_too_long",
        "nonce is longer than 1024 bytes.";
    /// Ours.
    HintTooLong = "invalid_request", "hint_too_long",
        "login_hint, ui_locales or acr_values is too long.";
    /// OpenID Connect Core 5.5.
    Claims = "invalid_request", "claims_malformed",
        "claims is not a JSON object with the members userinfo and id_token, or is too large.";
    /// OpenID Connect Core 3.1.2.1.
    IdTokenHint = "invalid_request", "id_token_hint",
        "id_token_hint is not an ID token that was issued here to this client.";
    /// OpenID Connect Core 5.5.1: `sub` asked for in claims, and another one in the hint.
    TwoSubjects = "invalid_request", "two_subjects",
        "id_token_hint and the sub asked for in claims name two people.";
    /// RFC 6749 3.3.
    ScopeMalformed = "invalid_scope", "scope_malformed",
        "scope must be values separated by spaces (RFC 6749 3.3).";
    /// RFC 6749 4.1.2.1.
    ScopeBeyondClient = "invalid_scope", "scope_beyond_client",
        "scope holds a value that this client is not registered for.";
    /// RFC 6749 3.3: nothing asked for and nothing registered.
    ScopeEmpty = "invalid_scope", "scope_empty",
        "scope is missing and this client has no default.";
    /// RFC 8707 2.
    Target = "invalid_target", "resource_beyond_client",
        "resource must be an absolute URI that this client is registered for.";
    /// OpenID Connect Core 5.5.1.1, Unmet Authentication Requirements 1.0.
    AcrUnmet = "unmet_authentication_requirements", "acr_unmet",
        "The essential acr asked for in claims cannot be reached here.";
    /// OpenID Connect Core 3.1.2.6: nobody is signed in, and `prompt=none`.
    LoginRequired = "login_required", "login_required",
        "Nobody is signed in, or not recently enough, and prompt=none allows no page.";
    /// OpenID Connect Core 3.1.2.6.
    InteractionRequired = "interaction_required", "interaction_required",
        "A page must be shown, and prompt=none allows none.";
    /// OpenID Connect Core 3.1.2.6.
    AccountSelectionRequired = "account_selection_required", "account_selection_required",
        "An account must be chosen, and prompt=none allows no page.";
    /// OpenID Connect Core 3.1.2.6.
    ConsentRequired = "consent_required", "consent_required",
        "Consent is needed, and prompt=none allows no page.";
    /// RFC 6749 4.1.2.1.
    AccessDenied = "access_denied", "access_denied",
        "The person declined.";
    /// RFC 6749 4.1.2.1.
    ServerError = "server_error", "server_error",
        "Something went wrong on our side.";
    /// RFC 6749 4.1.2.1.
    TemporarilyUnavailable = "temporarily_unavailable", "temporarily_unavailable",
        "The server is busy: try again in a moment.";
}

impl From<FailReason> for RequestRefusal {
    fn from(reason: FailReason) -> Self {
        match reason {
            FailReason::LoginRequired => Self::LoginRequired,
            FailReason::ConsentRequired => Self::ConsentRequired,
            FailReason::InteractionRequired => Self::InteractionRequired,
            FailReason::AccountSelectionRequired => Self::AccountSelectionRequired,
            FailReason::UnmetAuthentication => Self::AcrUnmet,
            FailReason::AccessDenied => Self::AccessDenied,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_what_rfc_6749_allows() {
        for refusal in RequestRefusal::ALL {
            let ok = |b: u8| matches!(b, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            assert!(refusal.description().bytes().all(ok), "{refusal:?}");
            assert!(!refusal.code().is_empty() && !refusal.check().is_empty());
        }
    }

    #[test]
    fn the_dispatchers_reasons_keep_their_codes() {
        for reason in [
            FailReason::LoginRequired,
            FailReason::ConsentRequired,
            FailReason::InteractionRequired,
            FailReason::AccountSelectionRequired,
            FailReason::UnmetAuthentication,
            FailReason::AccessDenied,
        ] {
            assert_eq!(RequestRefusal::from(reason).code(), reason.code());
        }
    }

    #[test]
    fn checks_have_names_of_their_own() {
        let mut names: Vec<_> = RequestRefusal::ALL.iter().map(|r| r.check()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RequestRefusal::ALL.len());
    }
}
