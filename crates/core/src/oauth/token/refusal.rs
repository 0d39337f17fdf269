//! Every refusal of the token endpoint and its neighbours: the code for the wire, the check and its reason for
//! log and trace.

use crate::oauth::BadParams;
use crate::session::{EndReason, GrantDead};

/// RFC 6749 5.2, RFC 8707 2 and RFC 8628 3.5: what the wire says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // named by the standards
pub enum TokenErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
    InvalidTarget,
    UnsupportedTokenType,
    AuthorizationPending,
    SlowDown,
    AccessDenied,
    ExpiredToken,
}

impl TokenErrorCode {
    /// The value of `error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::AccessDenied => "access_denied",
            Self::ExpiredToken => "expired_token",
        }
    }
}

macro_rules! refusals { ($(#[$doc:meta])* $enum:ident {
    $($(#[$vdoc:meta])* $name:ident = $check:literal, $code:ident, $reason:literal;)+
}) => {
    $(#[$doc])*
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
    pub enum $enum { $($(#[$vdoc])* #[error($reason)] $name,)+ }
    impl $enum {
        /// Every refusal.
        pub const ALL: &'static [Self] = &[$(Self::$name),+];
        /// The stable name of the check, for trace and log.
        pub const fn check(self) -> &'static str { match self { $(Self::$name => $check),+ } }
        /// What the wire says.
        pub const fn code(self) -> TokenErrorCode { match self { $(Self::$name => TokenErrorCode::$code),+ } }
    }
} }

refusals! {
    /// The request could not be read. The reason is safe to say: it speaks of the request alone.
    RequestRefused {
        /// RFC 6749 3.2: form-encoded.
        ContentType = "content_type", InvalidRequest, "the body must be application/x-www-form-urlencoded, in UTF-8";
        /// RFC 6749 3.2: at most once.
        Parameters = "parameters", InvalidRequest, "a parameter is doubled, or not well encoded";
        /// RFC 6749 4.1.3.
        GrantTypeMissing = "grant_type", InvalidRequest, "grant_type is missing";
        /// RFC 6749 5.2.
        GrantTypeUnknown = "grant_type", UnsupportedGrantType, "grant_type is none of those in the metadata";
        /// RFC 6749 4.1.3.
        CodeMissing = "code", InvalidRequest, "code is missing";
        /// RFC 6749 6.
        RefreshTokenMissing = "refresh_token", InvalidRequest, "refresh_token is missing";
        /// RFC 8628 3.4.
        DeviceCodeMissing = "device_code", InvalidRequest, "device_code is missing";
        /// RFC 7009 2.1, RFC 7662 2.1.
        TokenMissing = "token", InvalidRequest, "token is missing";
        /// RFC 7523 2.1.
        AssertionMissing = "assertion", InvalidRequest, "assertion is missing";
        /// RFC 8693 2.1.
        SubjectTokenMissing = "subject_token", InvalidRequest, "subject_token is missing";
        /// RFC 8693 2.1.
        SubjectTokenType = "subject_token_type", InvalidRequest, "subject_token_type must be urn:ietf:params:oauth:token-type:access_token: no other token is exchanged";
        /// RFC 8693 2.1.
        RequestedTokenType = "requested_token_type", InvalidRequest, "requested_token_type must be urn:ietf:params:oauth:token-type:access_token: no other token is issued by exchange";
        /// RFC 8693 2.1.
        ActorToken = "actor_token", InvalidRequest, "actor_token and actor_token_type come together, and the type is urn:ietf:params:oauth:token-type:access_token";
        /// RFC 8693 2.1: for two targets, either could present the token at the other.
        TwoTargets = "one_target", InvalidTarget, "an exchanged token is for one resource: ask for each target by itself";
        /// RFC 7009 2.2.1.
        IdTokenRevoked = "revocable_token", UnsupportedTokenType, "an ID token cannot be revoked: send the refresh or access token, or end the session at end_session_endpoint";
        /// RFC 6749 3.3.
        Scope = "scope", InvalidScope, "scope is not a space-separated list of scope values";
        /// RFC 6749 5.2: the grant must be registered for the client.
        GrantNotRegistered = "grant_registered", UnauthorizedClient, "the client is not registered for this grant type";
    }
}

refusals! {
    /// RFC 6749 2.3: the client did not prove who it is.
    ClientRefused {
        /// No credentials of any kind.
        Missing = "client_credentials", InvalidClient, "the request names no client";
        /// RFC 6749 2.3: not more than one method.
        TwoMethods = "client_auth_once", InvalidRequest, "the request uses more than one way to authenticate the client";
        /// Body and header name two clients.
        TwoClients = "client_id_agrees", InvalidRequest, "client_id differs from the client that authenticates";
        /// RFC 6749 2.3.1, RFC 7617.
        MalformedHeader = "client_basic", InvalidClient, "the Authorization header is not Basic with an encoded id and secret";
        /// RFC 7521 4.2.
        AssertionIncomplete = "client_assertion_type", InvalidRequest, "client_assertion and client_assertion_type come together, and the type is jwt-bearer";
        /// RFC 6749 2.3.1: a secret belongs to a client_id.
        SecretAlone = "client_id", InvalidRequest, "client_secret came without client_id";
        /// Nobody by that name.
        Unknown = "client_known", InvalidClient, "the client is unknown";
        /// Switched off.
        Disabled = "client_enabled", InvalidClient, "the client is switched off";
        /// RFC 7591 2: `token_endpoint_auth_method`.
        OtherMethod = "client_auth_method", InvalidClient, "the client is registered for another authentication method";
        /// RFC 6749 2.3.1.
        WrongSecret = "client_secret", InvalidClient, "the client secret is wrong";
        /// RFC 7523 3: an assertion that cannot be read.
        AssertionMalformed = "assertion_form", InvalidClient, "the assertion is not a signed JWT that can be read";
        /// The keys could not be had.
        KeysUnavailable = "assertion_keys", InvalidClient, "the client's keys could not be fetched or hold none";
        /// RFC 7523 3: the signature.
        AssertionSignature = "assertion_signature", InvalidClient, "no key of the client verifies the assertion";
        /// RFC 7523 3: `iss` and `sub` are the client.
        AssertionSubject = "assertion_subject", InvalidClient, "iss and sub of the assertion must both be the client_id";
        /// RFC 7523 3: `aud`, by the client's profile.
        AssertionAudience = "assertion_aud", InvalidClient, "aud of the assertion is not what the client's profile demands";
        /// RFC 7523 3: `exp`.
        AssertionExpired = "assertion_exp", InvalidClient, "the assertion has no exp, is expired, or lives for more than a day";
        /// RFC 7523 3: `iat`, `nbf`.
        AssertionEarly = "assertion_nbf", InvalidClient, "iat or nbf of the assertion lies in the future";
        /// RFC 7523 3: `jti`.
        AssertionJti = "assertion_jti", InvalidClient, "the assertion has no usable jti";
        /// RFC 7523 3: `jti`, once.
        AssertionReplayed = "assertion_once", InvalidClient, "the assertion was used before";
    }
}

refusals! {
    /// RFC 6749 4.1.3: the code was not redeemed.
    CodeRefused {
        /// Never issued, cut, or long gone.
        Unknown = "code_known", InvalidGrant, "the code is unknown";
        /// RFC 6749 4.1.3: issued to this client.
        OtherClient = "code_client", InvalidGrant, "the code was issued to another client; it stays usable";
        /// RFC 6749 4.1.3: identical to the authorization request's.
        RedirectUri = "code_redirect_uri", InvalidGrant, "redirect_uri differs from the authorization request; the code stays usable";
        /// RFC 7636 4.6.
        VerifierMissing = "pkce_verifier", InvalidGrant, "code_verifier is missing, and the authorization request had a code_challenge";
        /// RFC 7636 4.6.
        VerifierWrong = "pkce_verifier", InvalidGrant, "code_verifier does not match code_challenge; the code stays usable";
        /// RFC 9700 2.1.1: against downgrade.
        VerifierUnexpected = "pkce_verifier", InvalidGrant, "code_verifier came, but the authorization request had no code_challenge";
        /// RFC 6749 4.1.2: once.
        Replayed = "code_spent", InvalidGrant, "the code was used before: the grant made of it has ended";
        /// RFC 6749 4.1.2: short-lived.
        Expired = "code_expired", InvalidGrant, "the code has expired";
        /// The sign-in behind it is over.
        SignInOver = "grant_alive", InvalidGrant, "the session, the account or the membership behind the code is no longer good";
        /// RFC 8707 2.2.
        Resource = "resource_granted", InvalidTarget, "a resource is asked for that the authorization does not cover";
    }
}

refusals! {
    /// RFC 6749 6: the refresh token bought nothing.
    RefreshRefused {
        /// Not of our making, cut or changed.
        Forged = "refresh_mac", InvalidGrant, "the refresh token was not made by this server, or was changed; nothing ends";
        /// Purged, or from a database that was set back.
        Unknown = "refresh_known", InvalidGrant, "the grant of the refresh token is unknown";
        /// RFC 6749 6: issued to this client.
        OtherClient = "refresh_client", InvalidGrant, "the refresh token was issued to another client; nothing ends";
        /// RFC 7009: the app gave it back.
        Revoked = "grant_revoked", InvalidGrant, "the app has revoked the grant";
        /// RFC 9700 4.14.2: it was used twice before.
        Stolen = "grant_reused", InvalidGrant, "the grant has ended before: its code or an old refresh token came a second time";
        /// DESIGN 5: signed out, and no offline_access.
        SignedOut = "session_signed_out", InvalidGrant, "the person has signed out, and the grant has no offline_access";
        /// DESIGN 5: "end this device".
        EndedByUser = "session_ended", InvalidGrant, "the person has ended the session";
        /// "It was not me".
        Disowned = "session_disowned", InvalidGrant, "the person says that the sign-in was not theirs";
        /// DESIGN 5.
        EndedByOperator = "session_ended_by_operator", InvalidGrant, "an operator has ended the session";
        /// DESIGN 5: idle or absolute end of the session, and no offline_access.
        SessionOver = "session_life", InvalidGrant, "the session was idle for too long or is over its absolute end, and the grant has no offline_access";
        /// DESIGN 5: password reset or change.
        PasswordChanged = "password_changed", InvalidGrant, "the password was changed since the sign-in";
        /// Every sign-in was ended.
        EpochMoved = "user_epoch", InvalidGrant, "all sign-ins of the account were ended since";
        /// The person took the app's access away.
        ConsentWithdrawn = "consent_withdrawn", InvalidGrant, "the person has withdrawn consent";
        /// The app is for an organization's members.
        NotMember = "membership", InvalidGrant, "the person is no member any more of the organization that the app is for";
        /// An operator switched the account off.
        UserDisabled = "user_enabled", InvalidGrant, "the account is disabled";
        /// There is nobody any more.
        UserDeleted = "user_exists", InvalidGrant, "the account was deleted";
        /// DESIGN 5: absolute end.
        Expired = "refresh_absolute", InvalidGrant, "the refresh token is past the absolute end of its grant";
        /// DESIGN 5: idle end.
        Idle = "refresh_idle", InvalidGrant, "the refresh token was not used for too long";
        /// RFC 9700 4.14.2: a genuine old token.
        Reused = "refresh_reused", InvalidGrant, "an old refresh token came back: the grant has ended";
        /// A request that its app had given up, and that arrived before the last rotation.
        Overtaken = "refresh_overtaken", InvalidGrant, "the app has gone on with a newer refresh token while this request was under way; nothing ends";
        /// Genuine, but newer than the row: the database was restored from a backup.
        FromTheFuture = "refresh_generation", InvalidGrant, "the refresh token is newer than the database; nothing ends";
        /// RFC 6749 6: never more than was granted.
        Scope = "refresh_scope", InvalidScope, "scope exceeds what was granted";
        /// RFC 8707 2.2.
        Resource = "resource_granted", InvalidTarget, "a resource is asked for that the grant does not cover";
    }
}

refusals! {
    /// RFC 6749 4.4: no token for the client itself.
    ServiceRefused {
        /// RFC 6749 4.4: only confidential clients.
        Public = "client_confidential", UnauthorizedClient, "a public client has no grant of its own";
        /// RFC 6749 3.3.
        Scope = "service_scope", InvalidScope, "scope exceeds the client's, or needs a person";
        /// RFC 8707 3: two could pose as the client at each other.
        TwoTargets = "one_target", InvalidTarget, "a service's token is for one resource: ask for each by itself";
        /// RFC 8707 2.
        Resource = "resource_registered", InvalidTarget, "a resource is asked for that the client is not registered for";
    }
}

refusals! {
    /// RFC 8693 2.2.2: the token was not exchanged.
    ExchangeRefused {
        /// Whoever acts must be known.
        Public = "client_confidential", UnauthorizedClient, "a public client acts for nobody";
        /// RFC 8693 2.2.2.
        SubjectInvalid = "subject_token", InvalidRequest, "the subject token is no access token of this server, was changed, or has expired";
        /// RFC 8693 5: a service exchanges what was sent to it.
        SubjectAudience = "subject_audience", InvalidRequest, "the subject token is not meant for a resource that this client serves";
        /// On behalf of a person.
        SubjectNotPerson = "subject_person", InvalidRequest, "the subject token is a service's own: nobody is acted for";
        /// RFC 8693 2.2.2.
        SubjectDead = "subject_alive", InvalidRequest, "the subject token was revoked, or its grant, session, account or one of its clients is no longer good";
        /// RFC 8693 2.2.2.
        ActorInvalid = "actor_token", InvalidRequest, "the actor token is no access token of this server, was changed, or has expired";
        /// None poses as another.
        ActorOther = "actor_client", InvalidRequest, "the actor token is not this client's own";
        /// RFC 8693 2.2.2.
        ActorDead = "actor_alive", InvalidRequest, "the actor token was revoked";
        /// RFC 8693 4.1: the chain has an end.
        TooDeep = "act_depth", InvalidRequest, "too many services have handed the token on";
        /// RFC 8693 2.2.2: `invalid_target`.
        Target = "exchange_target", InvalidTarget, "the target is not a resource that this client may reach for a person";
        /// RFC 6749 5.2: narrower only.
        Scope = "exchange_scope", InvalidScope, "scope exceeds what the subject token, the client and the target have in common, or is about signing in";
    }
}

refusals! {
    /// RFC 8628 3.1 and 3.5: no device code, or nothing for one.
    DeviceRefused {
        /// RFC 6749 3.3.
        Scope = "device_scope", InvalidScope, "scope exceeds the client's, or is empty";
        /// RFC 8707 2.
        Target = "resource_registered", InvalidTarget, "a resource is asked for that the client is not registered for";
        /// Never issued, cut, or long gone.
        Unknown = "device_code_known", InvalidGrant, "the device code is unknown";
        /// RFC 8628 3.4: issued to this client.
        OtherClient = "device_code_client", InvalidGrant, "the device code was issued to another client; it stays usable";
        /// RFC 8628 3.5.
        Pending = "device_allowed", AuthorizationPending, "nobody has allowed it yet: ask again after the interval";
        /// RFC 8628 3.5.
        TooFast = "device_interval", SlowDown, "asked again too soon: the interval is 5 seconds longer from now on";
        /// RFC 8628 3.5.
        Denied = "device_denied", AccessDenied, "the person did not allow it";
        /// RFC 8628 3.5.
        Expired = "device_code_expired", ExpiredToken, "the device code has expired: begin again";
        /// It bought its tokens before.
        Used = "device_code_spent", InvalidGrant, "the device code was used before";
        /// The sign-in that allowed it is over.
        SignInOver = "grant_alive", InvalidGrant, "the session, the account or the membership that allowed the device is no longer good";
        /// RFC 8707 2.2.
        Resource = "resource_granted", InvalidTarget, "a resource is asked for that was not allowed";
    }
}

/// RFC 7521 4.1.1: an assertion that was to be the grant. What is wrong with it is what would be wrong with one that
/// authenticates a client; the code is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("as a grant: {0}")]
pub struct AssertionRefused(pub ClientRefused);

impl AssertionRefused {
    /// The stable name of the check, for trace and log.
    pub const fn check(self) -> &'static str {
        self.0.check()
    }
    /// What the wire says.
    pub const fn code(self) -> TokenErrorCode {
        TokenErrorCode::InvalidGrant
    }
}

/// Any of them, on its way to the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
#[allow(missing_docs)]
pub enum TokenRefused {
    Request(#[from] RequestRefused),
    Client(#[from] ClientRefused),
    Code(#[from] CodeRefused),
    Refresh(#[from] RefreshRefused),
    Service(#[from] ServiceRefused),
    Assertion(#[from] AssertionRefused),
    Exchange(#[from] ExchangeRefused),
    Device(#[from] DeviceRefused),
}

impl TokenRefused {
    /// The stable name of the check, for trace and log.
    pub const fn check(self) -> &'static str {
        match self {
            Self::Request(it) => it.check(),
            Self::Client(it) => it.check(),
            Self::Code(it) => it.check(),
            Self::Refresh(it) => it.check(),
            Self::Service(it) => it.check(),
            Self::Assertion(it) => it.check(),
            Self::Exchange(it) => it.check(),
            Self::Device(it) => it.check(),
        }
    }
    /// What the wire says.
    pub const fn code(self) -> TokenErrorCode {
        match self {
            Self::Request(it) => it.code(),
            Self::Client(it) => it.code(),
            Self::Code(it) => it.code(),
            Self::Refresh(it) => it.code(),
            Self::Service(it) => it.code(),
            Self::Assertion(it) => it.code(),
            Self::Exchange(it) => it.code(),
            Self::Device(it) => it.code(),
        }
    }
    /// `error_description`. Where the cause would help a thief (whose code, which secret), all causes read alike.
    pub fn description(self) -> String {
        match self.code() {
            // RFC 8693 2.2.2 wants this code where other grants have invalid_grant.
            TokenErrorCode::InvalidRequest if matches!(self, Self::Exchange(_)) => {
                "the subject or actor token is invalid, expired, revoked, or was not meant for this client"
                    .to_owned()
            }
            TokenErrorCode::InvalidClient => "client authentication failed".to_owned(),
            TokenErrorCode::InvalidGrant => {
                "the code, refresh token or assertion is invalid, expired, revoked, or was issued to another client or address"
                    .to_owned()
            }
            TokenErrorCode::InvalidRequest
            | TokenErrorCode::UnauthorizedClient
            | TokenErrorCode::UnsupportedGrantType
            | TokenErrorCode::InvalidScope
            | TokenErrorCode::InvalidTarget
            | TokenErrorCode::UnsupportedTokenType
            | TokenErrorCode::AuthorizationPending
            | TokenErrorCode::SlowDown
            | TokenErrorCode::AccessDenied
            | TokenErrorCode::ExpiredToken => self.to_string(),
        }
    }
}

impl From<GrantDead> for RefreshRefused {
    fn from(why: GrantDead) -> Self {
        match why {
            GrantDead::UserDisabled => Self::UserDisabled,
            GrantDead::UserDeleted => Self::UserDeleted,
            GrantDead::NotMember => Self::NotMember,
            GrantDead::EpochMoved => Self::EpochMoved,
            GrantDead::SessionOver => Self::SessionOver,
            GrantDead::Ended(reason) | GrantDead::SessionEnded(reason) => match reason {
                EndReason::Revoked => Self::Revoked,
                EndReason::SignedOut => Self::SignedOut,
                EndReason::Expired => Self::SessionOver,
                EndReason::EndedByUser => Self::EndedByUser,
                EndReason::EndedByOperator => Self::EndedByOperator,
                EndReason::CodeReused | EndReason::RefreshReused => Self::Stolen,
                EndReason::PasswordChanged => Self::PasswordChanged,
                EndReason::Disabled => Self::UserDisabled,
                EndReason::Deleted => Self::UserDeleted,
                EndReason::ConsentWithdrawn => Self::ConsentWithdrawn,
                EndReason::MembershipLost => Self::NotMember,
                EndReason::Disowned => Self::Disowned,
            },
        }
    }
}

impl From<BadParams> for TokenRefused {
    fn from(_: BadParams) -> Self {
        Self::Request(RequestRefused::Parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_does_not_tell_grant_or_client_failures_apart() {
        let texts = |all: Vec<TokenRefused>, code| {
            all.into_iter()
                .filter(|it| it.code() == code)
                .map(TokenRefused::description)
                .collect::<std::collections::BTreeSet<_>>()
                .len()
        };
        let clients = ClientRefused::ALL.iter().copied().map(TokenRefused::from).collect();
        let grants = CodeRefused::ALL.iter().copied().map(TokenRefused::from);
        let grants = grants.chain(RefreshRefused::ALL.iter().copied().map(TokenRefused::from));
        let grants = grants.chain(DeviceRefused::ALL.iter().copied().map(TokenRefused::from));
        let assertions = ClientRefused::ALL.iter().copied().map(|why| AssertionRefused(why).into());
        let grants = grants.chain(assertions).collect();
        assert_eq!(texts(clients, TokenErrorCode::InvalidClient), 1);
        assert_eq!(texts(grants, TokenErrorCode::InvalidGrant), 1);
        let exchanges = ExchangeRefused::ALL.iter().copied().map(TokenRefused::from).collect();
        assert_eq!(texts(exchanges, TokenErrorCode::InvalidRequest), 1);
    }

    #[test]
    fn descriptions_hold_only_what_rfc_6749_allows() {
        let all = (RequestRefused::ALL.iter().copied().map(TokenRefused::from))
            .chain(ClientRefused::ALL.iter().copied().map(TokenRefused::from))
            .chain(CodeRefused::ALL.iter().copied().map(TokenRefused::from))
            .chain(RefreshRefused::ALL.iter().copied().map(TokenRefused::from))
            .chain(ServiceRefused::ALL.iter().copied().map(TokenRefused::from))
            .chain(ExchangeRefused::ALL.iter().copied().map(TokenRefused::from))
            .chain(DeviceRefused::ALL.iter().copied().map(TokenRefused::from));
        for refusal in all {
            let ok = |b: u8| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            assert!(refusal.description().bytes().all(ok), "{refusal}");
        }
    }
}
