//! JSON Web Signatures and Keys over aws-lc-rs: thin, strict, and nothing that is not needed.
//!
//! - [`SigningKey`] is parsed once and signs compact tokens.
//! - [`Jwk`] and [`JwkSet`] read public keys, and refuse private and symmetric ones.
//! - [`verify`] checks a compact token. The algorithm comes from the key and from the caller's list; the header only has
//!   to agree. `none` and the `HS` family have no name in [`Alg`], so they cannot be asked for.
//! - [`peek_header`] and [`peek_claims`] read a token that nobody has checked yet.
//!
//! What a hostile token can do wrong has one variant each in [`JwsError`].
//!
//! ```
//! use countersign_jose::{Alg, SigningKey, TypRule, verify};
//!
//! let key = SigningKey::generate(Alg::Es256)?;
//! let token = key.sign(Some("at+jwt"), br#"{"sub":"anna"}"#)?;
//! let public = [key.public_key()?];
//! let verified = verify(&token, &public, &[Alg::Es256], TypRule::OneOf(&["at+jwt"]))?;
//! assert_eq!(verified.claims()?["sub"], "anna");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::disallowed_methods,
        clippy::disallowed_types
    )
)]

mod alg;
mod compact;
mod der;
mod error;
mod json;
mod jwk;
mod public;
#[allow(clippy::disallowed_methods, reason = "ECDSA nonces and RSA blinding come from the operating system")]
mod signing;
mod verify;

pub use alg::{Alg, Family, UnknownAlg};
pub use compact::{Header, MAX_HEADER_BYTES, MAX_TOKEN_BYTES, peek_claims, peek_header};
pub use error::{JwkError, JwsError, KeyError, Segment};
pub use json::BadJson;
pub use jwk::{Jwk, JwkSet, MAX_KEYS, MAX_SET_BYTES, Material};
pub use public::PublicKey;
pub use signing::SigningKey;
pub use verify::{TypRule, Verified, verify};

#[cfg(test)]
mod tests;
