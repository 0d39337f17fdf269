//! Signing, wherever the private key is.
//!
//! Today private keys lie sealed in the database and sign in memory, without a future or an allocation of its own. A
//! PKCS#11 module or a KMS stands in by [`Signer`]: the ring says which key is active and builds what is to be signed,
//! the signer returns the signature.

use std::pin::Pin;
use std::time::Duration;

use countersign_core::Timestamp;
use countersign_jose::{Alg, KeyError};

/// How long a token waits for its signature.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// What is to be signed.
#[derive(Clone, Copy, Debug)]
pub struct SignRequest<'a> {
    /// With which algorithm.
    pub alg: Alg,
    /// RFC 7515 4.1.9: the kind of token.
    pub typ: Option<&'a str>,
    /// The claims as JSON.
    pub payload: &'a [u8],
    /// Which key is active.
    pub now: Timestamp,
}

/// Why a token could not be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// No key signs with this algorithm now.
    #[error("no active signing key for {0}")]
    NoActiveKey(Alg),
    /// The key refused.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Whoever holds the key did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// Why whoever holds the key did not sign. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// It has no such key.
    #[error("the signer has no key {0}")]
    UnknownKey(String),
    /// It refused, or cannot be reached.
    #[error("the signer failed: {0}")]
    Failed(String),
    /// It did not answer in time.
    #[error("the signer did not answer within {} s", PATIENCE.as_secs())]
    TooSlow,
}

/// The answer of a [`Signer`].
pub type SignFuture<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, SignerError>> + Send + 'a>>;

/// Whoever holds private keys outside this process.
pub trait Signer: Send + Sync {
    /// The signature of `input` in the form of RFC 7518 3, by the key of this name and for this algorithm.
    fn sign<'a>(&'a self, kid: &'a str, alg: Alg, input: &'a [u8]) -> SignFuture<'a>;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use countersign_jose::{SigningKey, TypRule, verify};

    use super::*;
    use crate::rotation::Schedule;
    use crate::{KeyRing, LiveRing, MasterRing, Sealer, StoredKey, SystemRng};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    /// Signs, refuses, sleeps or stays away.
    enum Double {
        Holds(SigningKey),
        Fails,
        Sleeps,
    }

    impl Signer for Double {
        fn sign<'a>(&'a self, kid: &'a str, _: Alg, input: &'a [u8]) -> SignFuture<'a> {
            Box::pin(async move {
                match self {
                    Self::Holds(key) if key.kid() == kid => {
                        key.sign_raw(input).map_err(|error| SignerError::Failed(error.to_string()))
                    }
                    Self::Holds(_) => Err(SignerError::UnknownKey(kid.to_owned())),
                    Self::Fails => Err(SignerError::Failed("no session".to_owned())),
                    Self::Sleeps => std::future::pending().await,
                }
            })
        }
    }

    fn ring() -> (LiveRing, SigningKey) {
        let master = MasterRing::parse(&MasterRing::generate(&SystemRng)).unwrap();
        let sealer = Sealer::new(Arc::new(master));
        let key = SigningKey::generate(Alg::Es256).unwrap();
        let twin = SigningKey::from_pkcs8_der(Alg::Es256, &key.to_pkcs8_der().unwrap()).unwrap();
        let schedule = Schedule { created_at: NOW, active_from: NOW, ending: None };
        let row = StoredKey::from_key(&key, schedule, &sealer).unwrap();
        (LiveRing::new(KeyRing::load(&[row], &sealer, NOW).unwrap()), twin)
    }

    const REQUEST: SignRequest<'static> =
        SignRequest { alg: Alg::Es256, typ: Some("at+jwt"), payload: b"{\"a\":1}", now: NOW };

    #[tokio::test]
    async fn a_signature_from_elsewhere_makes_the_same_token() {
        let (ring, key) = ring();
        let ours = ring.sign(REQUEST).await.unwrap();
        let ring = ring.signing_with(Arc::new(Double::Holds(key)));
        let theirs = ring.sign(REQUEST).await.unwrap();
        assert_eq!(ours.rsplit_once('.').unwrap().0, theirs.rsplit_once('.').unwrap().0);
        let keys = ring.current();
        for token in [ours, theirs] {
            assert!(
                verify(&token, keys.verification_keys(), &[Alg::Es256], TypRule::OneOf(&["at+jwt"])).is_ok()
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_signer_that_fails_or_sleeps_is_an_error_in_time() {
        let other = || SigningKey::generate(Alg::Es256).unwrap();
        for double in [Double::Fails, Double::Sleeps, Double::Holds(other())] {
            let ring = ring().0.signing_with(Arc::new(double));
            assert!(matches!(ring.sign(REQUEST).await, Err(SignError::Signer(_))));
            assert_eq!(
                ring.sign(SignRequest { alg: Alg::Rs256, ..REQUEST }).await,
                Err(SignError::NoActiveKey(Alg::Rs256))
            );
        }
    }
}
