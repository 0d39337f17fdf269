//! The OAuth API: clients, authorization requests, codes, tokens, introspection, revocation, logout.

pub mod account_api;
pub mod answer;
pub mod assertion;
pub mod authorize;
pub mod backchannel_logout;
pub mod challenge;
pub mod claims;
pub mod client;
pub mod client_auth;
pub mod code;
pub mod device;
pub mod id_token_hint;
pub mod introspect;
pub mod issue_code;
pub mod logo;
pub mod logout;
pub mod metadata;
pub mod par;
pub mod params;
pub mod redirect;
pub mod refusal;
pub mod registration;
pub mod request;
pub mod resource;
pub mod revoke;
#[cfg(test)]
pub(crate) mod sample;
pub mod scope;
pub mod token;
pub mod userinfo;

pub use answer::Answer;
pub use authorize::authorize;
pub use claims::ClaimsRequest;
pub use client::{
    AccessTokenFormat, Client, ClientAuth, ClientKeys, GrantType, Profile, Registry, SigningAlg,
};
pub use client_auth::AuthenticatedClient;
pub use code::StoredCode;
pub use id_token_hint::IdTokenHint;
pub use issue_code::{IssueRefused, Issued, PushedState, issue_code};
pub use logo::Logo;
pub use params::{BadParams, Params};
pub use refusal::{AuthorizeRefused, PageRefusal, RequestRefusal};
pub use request::{AuthorizationRequest, CodeChallenge, Display, Prompt, PushedAs, ResponseMode, ReturnTo};
pub use resource::{Resource, Words};
pub use scope::{BadScope, Scope};
