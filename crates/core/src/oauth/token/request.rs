//! RFC 6749 4.1.3, 6 and 4.4.2: what is asked of the token endpoint, parsed once into a closed enum.

use super::RequestRefused;
use super::delegation::ACCESS_TOKEN;
use crate::oauth::{GrantType, Params, Scope};
use crate::secret::kind;
use crate::session::RefreshToken;
use crate::{Ctx, Plain};
use zeroize::Zeroizing;

/// What is asked. A new grant type is a variant here, and the compiler lists what it must touch.
#[derive(Debug)]
pub enum GrantRequest {
    /// RFC 6749 4.1.3.
    AuthorizationCode(CodeRequest),
    /// RFC 6749 6.
    RefreshToken(RefreshRequest),
    /// RFC 6749 4.4.2.
    ClientCredentials(ServiceRequest),
    /// RFC 7523 2.1.
    JwtBearer(AssertionRequest),
    /// RFC 8693 2.1.
    TokenExchange(ExchangeRequest),
    /// RFC 8628 3.4.
    DeviceCode(DeviceCodeRequest),
}

/// RFC 6749 4.1.3 and RFC 7636 4.5.
pub struct CodeRequest {
    /// As presented.
    pub code: Plain<kind::Code>,
    /// As presented; checked against the challenge only.
    pub verifier: Option<Zeroizing<String>>,
    /// As presented; compared byte for byte.
    pub redirect_uri: Option<String>,
    /// RFC 8707 2.2.
    pub resources: Vec<String>,
}

/// RFC 6749 6.
#[derive(Debug)]
pub struct RefreshRequest {
    /// `None`: what was presented is not of our making.
    pub token: Option<RefreshToken>,
    /// Narrower than the grant, for this access token.
    pub scope: Option<Scope>,
    /// RFC 8707 2.2.
    pub resources: Vec<String>,
}

/// RFC 6749 4.4.2.
#[derive(Debug)]
pub struct ServiceRequest {
    /// `None`: all that the client may have.
    pub scope: Option<Scope>,
    /// RFC 8707 2.
    pub resources: Vec<String>,
}

/// RFC 7523 2.1.
pub struct AssertionRequest {
    /// The JWT, unverified.
    pub assertion: Zeroizing<String>,
    /// What the service asks for itself.
    pub service: ServiceRequest,
}

/// RFC 8693 2.1.
pub struct ExchangeRequest {
    /// The person's token, as it was sent to the service.
    pub subject_token: Zeroizing<String>,
    /// The service's own token, if it shows one.
    pub actor_token: Option<Zeroizing<String>>,
    /// `resource` or `audience`: here both name a resource, and one only.
    pub target: Option<String>,
    /// `None`: all that may be had.
    pub scope: Option<Scope>,
}

/// RFC 8628 3.4.
#[derive(Debug)]
pub struct DeviceCodeRequest {
    /// As presented.
    pub code: Plain<kind::DeviceCode>,
    /// RFC 8707 2.2.
    pub resources: Vec<String>,
}

impl GrantRequest {
    /// Reads the parameters. Nothing downstream looks at text again.
    pub fn parse(params: &Params<'_>, ctx: &Ctx<'_>) -> Result<Self, RequestRefused> {
        let resources = || params.all("resource").map(str::to_owned).collect();
        let scope = || params.one("scope").map(Scope::parse).transpose().map_err(|_| RequestRefused::Scope);
        match params.one("grant_type") {
            None => Err(RequestRefused::GrantTypeMissing),
            Some("authorization_code") => Ok(Self::AuthorizationCode(CodeRequest {
                code: Plain::presented(params.one("code").ok_or(RequestRefused::CodeMissing)?),
                verifier: params.one("code_verifier").map(|v| Zeroizing::new(v.to_owned())),
                redirect_uri: params.one("redirect_uri").map(str::to_owned),
                resources: resources(),
            })),
            Some("refresh_token") => Ok(Self::RefreshToken(RefreshRequest {
                token: RefreshToken::parse(
                    params.one("refresh_token").ok_or(RequestRefused::RefreshTokenMissing)?,
                    ctx,
                ),
                scope: scope()?,
                resources: resources(),
            })),
            Some("client_credentials") => {
                Ok(Self::ClientCredentials(ServiceRequest { scope: scope()?, resources: resources() }))
            }
            Some(JWT_BEARER) => Ok(Self::JwtBearer(AssertionRequest {
                assertion: Zeroizing::new(
                    params.one("assertion").ok_or(RequestRefused::AssertionMissing)?.to_owned(),
                ),
                service: ServiceRequest { scope: scope()?, resources: resources() },
            })),
            Some(TOKEN_EXCHANGE) => Ok(Self::TokenExchange(exchange(params, scope()?)?)),
            Some("urn:ietf:params:oauth:grant-type:device_code") => Ok(Self::DeviceCode(DeviceCodeRequest {
                code: Plain::presented(params.one("device_code").ok_or(RequestRefused::DeviceCodeMissing)?),
                resources: resources(),
            })),
            Some(_) => Err(RequestRefused::GrantTypeUnknown),
        }
    }

    /// What must be registered for the client.
    pub fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::RefreshToken(_) => GrantType::RefreshToken,
            Self::ClientCredentials(_) => GrantType::ClientCredentials,
            Self::JwtBearer(_) => GrantType::JwtBearer,
            Self::TokenExchange(_) => GrantType::TokenExchange,
            Self::DeviceCode(_) => GrantType::DeviceCode,
        }
    }

    /// RFC 7521 4.1: what may stand in for the client's authentication.
    pub fn assertion(&self) -> Option<&str> {
        match self {
            Self::JwtBearer(request) => Some(request.assertion.as_str()),
            Self::AuthorizationCode(_)
            | Self::RefreshToken(_)
            | Self::ClientCredentials(_)
            | Self::DeviceCode(_)
            | Self::TokenExchange(_) => None,
        }
    }
}

/// RFC 7523 2.1: the one grant whose request may do without the client's authentication.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// RFC 8693 2.1.
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// RFC 8693 2.1, for access tokens: an ID token tells an app who signed in and is nobody's key; a refresh token
/// belongs to the one client it was issued to.
fn exchange(params: &Params<'_>, scope: Option<Scope>) -> Result<ExchangeRequest, RequestRefused> {
    let secret = |text: &str| Zeroizing::new(text.to_owned());
    let subject_token = params.one("subject_token").ok_or(RequestRefused::SubjectTokenMissing)?;
    if params.one("subject_token_type") != Some(ACCESS_TOKEN) {
        return Err(RequestRefused::SubjectTokenType);
    }
    if params.one("requested_token_type").is_some_and(|wanted| wanted != ACCESS_TOKEN) {
        return Err(RequestRefused::RequestedTokenType);
    }
    let actor_token = match (params.one("actor_token"), params.one("actor_token_type")) {
        (None, None) => None,
        (Some(token), Some(ACCESS_TOKEN)) => Some(secret(token)),
        (Some(_), Some(_) | None) | (None, Some(_)) => return Err(RequestRefused::ActorToken),
    };
    let mut targets: Vec<&str> = params.all("resource").chain(params.all("audience")).collect();
    targets.dedup();
    let target = match targets.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        [..] => return Err(RequestRefused::TwoTargets),
    };
    Ok(ExchangeRequest { subject_token: secret(subject_token), actor_token, target, scope })
}

/// Shows no assertion.
impl std::fmt::Debug for AssertionRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AssertionRequest").field("service", &self.service).finish_non_exhaustive()
    }
}

/// Shows no token.
impl std::fmt::Debug for ExchangeRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("ExchangeRequest");
        shown.field("target", &self.target).field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// Shows no secret.
impl std::fmt::Debug for CodeRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("CodeRequest");
        shown
            .field("redirect_uri", &self.redirect_uri)
            .field("resources", &self.resources)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;

    #[test]
    fn each_grant_names_what_it_lacks() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        for (body, why) in [
            ("code=x", RequestRefused::GrantTypeMissing),
            ("grant_type=&code=x", RequestRefused::GrantTypeMissing),
            ("grant_type=password&username=a&password=b", RequestRefused::GrantTypeUnknown),
            ("grant_type=Authorization_Code&code=x", RequestRefused::GrantTypeUnknown),
            ("grant_type=authorization_code", RequestRefused::CodeMissing),
            ("grant_type=refresh_token", RequestRefused::RefreshTokenMissing),
            ("grant_type=client_credentials&scope=a%22b", RequestRefused::Scope),
            ("grant_type=urn:ietf:params:oauth:grant-type:device_code", RequestRefused::DeviceCodeMissing),
            ("grant_type=device_code&device_code=x", RequestRefused::GrantTypeUnknown),
            (&format!("grant_type={JWT_BEARER}"), RequestRefused::AssertionMissing),
            (&format!("grant_type={JWT_BEARER}&assertion=x&scope=a%22b"), RequestRefused::Scope),
        ] {
            let params = Params::parse(body.as_bytes()).unwrap();
            assert_eq!(GrantRequest::parse(&params, &ctx).unwrap_err(), why, "{body}");
        }
        for (rest, why) in [
            ("subject_token_type=@access_token", Some(RequestRefused::SubjectTokenMissing)),
            ("subject_token=s3cret", Some(RequestRefused::SubjectTokenType)),
            ("subject_token=s3cret&subject_token_type=access_token", Some(RequestRefused::SubjectTokenType)),
            ("subject_token=s3cret&subject_token_type=@id_token", Some(RequestRefused::SubjectTokenType)),
            (
                "subject_token=s3cret&subject_token_type=@refresh_token",
                Some(RequestRefused::SubjectTokenType),
            ),
            ("subject_token=s3cret&subject_token_type=@jwt", Some(RequestRefused::SubjectTokenType)),
            ("!&requested_token_type=@refresh_token", Some(RequestRefused::RequestedTokenType)),
            ("!&requested_token_type=@id_token", Some(RequestRefused::RequestedTokenType)),
            ("!&requested_token_type=@access_token", None),
            ("!&actor_token=s3cret", Some(RequestRefused::ActorToken)),
            ("!&actor_token_type=@access_token", Some(RequestRefused::ActorToken)),
            ("!&actor_token=s3cret&actor_token_type=@id_token", Some(RequestRefused::ActorToken)),
            ("!&actor_token=s3cret&actor_token_type=@access_token", None),
            ("!&scope=a%22b", Some(RequestRefused::Scope)),
            ("!&resource=https://a.example&resource=https://b.example", Some(RequestRefused::TwoTargets)),
            ("!&resource=https://a.example&audience=https://b.example", Some(RequestRefused::TwoTargets)),
            ("!&resource=https://a.example&audience=https://a.example", None),
        ] {
            let good = "subject_token=s3cret&subject_token_type=@access_token";
            let rest = rest.replace('!', good).replace('@', "urn:ietf:params:oauth:token-type:");
            let body = format!("grant_type=urn:ietf:params:oauth:grant-type:token-exchange&{rest}");
            let got = GrantRequest::parse(&Params::parse(body.as_bytes()).unwrap(), &ctx);
            assert_eq!(got.as_ref().err().copied(), why, "{body}");
            assert!(!format!("{got:?}").contains("s3cret"));
        }
        let params =
            Params::parse(b"grant_type=authorization_code&code=s3cret&code_verifier=v3rifier").unwrap();
        let request = GrantRequest::parse(&params, &ctx).unwrap();
        assert_eq!(request.grant_type(), GrantType::AuthorizationCode);
        let shown = format!("{request:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("v3rifier"), "{shown}");
        let body = format!("grant_type={JWT_BEARER}&assertion=s3cret");
        let request = GrantRequest::parse(&Params::parse(body.as_bytes()).unwrap(), &ctx).unwrap();
        assert_eq!((request.grant_type(), request.assertion()), (GrantType::JwtBearer, Some("s3cret")));
        assert!(!format!("{request:?}").contains("s3cret"));
    }
}
