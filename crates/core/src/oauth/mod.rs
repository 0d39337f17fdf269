//! The OAuth API: clients, authorization requests, codes, tokens, introspection, revocation, logout.

pub mod claims;
pub mod client;
pub mod code;
pub mod params;
pub mod redirect;
pub mod registration;
pub mod request;
pub mod resource;
pub mod scope;

pub use claims::ClaimsRequest;
pub use client::{AccessTokenFormat, Client, ClientAuth, GrantType, Profile, SigningAlg};
pub use code::StoredCode;
pub use params::{BadParams, Params};
pub use request::{AuthorizationRequest, CodeChallenge, Display, Prompt, ResponseMode, ReturnTo};
pub use resource::Resource;
pub use scope::{BadScope, Scope};
