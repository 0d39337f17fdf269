//! Time, chance and policy come in by the door.

use crate::{Timestamp, Vault, time};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// Randomness. The server passes the operating system's; a test passes a seed.
pub trait Rng: Send + Sync {
    /// Fills `bytes` with random bits.
    fn fill(&self, bytes: &mut [u8]);
}

/// What a decision may know besides its arguments.
#[derive(Clone, Copy)]
pub struct Ctx<'a> {
    /// The time of the request.
    pub now: Timestamp,
    /// Randomness.
    pub rng: &'a dyn Rng,
    /// Keyed digests, MACs and sealing; the keys stay outside.
    pub vault: &'a dyn Vault,
    /// What the operator decided.
    pub policy: &'a Policy,
}

/// An owned [`Ctx`]: what a unit of work carries into its transaction. One request has one time.
#[derive(Clone)]
pub struct Env {
    /// The time of the request.
    pub now: Timestamp,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Keyed operations.
    pub vault: Arc<dyn Vault>,
    /// What the operator decided, as it was when the request came.
    pub policy: Arc<Policy>,
}

impl Env {
    /// The context for a decision.
    pub fn ctx(&self) -> Ctx<'_> {
        Ctx { now: self.now, rng: self.rng.as_ref(), vault: self.vault.as_ref(), policy: &self.policy }
    }
}

/// What the operator decided, and the defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// RFC 8414 2: the issuer, byte for byte as configured, without a trailing slash.
    pub issuer: String,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// May people create their own account on the sign-up page?
    pub sign_up: bool,
    /// Must an e-mail address be confirmed before an app is reached?
    pub confirm_email: bool,
    /// What the sign-up page asks, where an app does not say.
    pub sign_up_claims: crate::account::asked::Asked,
    /// Of which new sessions is a person told by mail?
    pub notify: Notify,
    /// Do mails leave? Where none does, an address is no way into an account.
    pub mails: bool,
    /// Do text messages leave? Where none does, nobody is asked for a phone.
    pub texts: bool,
    /// What numbers begin with that text messages go to.
    pub countries: Vec<crate::account::Prefix>,
    /// Messages to the numbers of one of them, in an hour.
    pub country_per_hour: u32,
    /// Claims in which apps are told who somebody is at a provider.
    pub federated: Vec<crate::login::provider::settings::FederatedClaim>,
    /// NIST 800-63B 3.1.1.2: shortest password accepted, in characters.
    pub password_min: usize,
    /// Longest password accepted, in characters; at least 64.
    pub password_max: usize,
}

impl Policy {
    /// The defaults, for this issuer.
    pub fn new(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            lifetimes: Lifetimes::default(),
            sign_up: true,
            confirm_email: true,
            sign_up_claims: crate::account::asked::Asked::default(),
            notify: Notify::NewDevice,
            mails: true,
            texts: false,
            countries: Vec::new(),
            country_per_hour: 200,
            federated: Vec::new(),
            password_min: 10,
            password_max: 128,
        }
    }
}

/// Of which new sessions a person is told by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notify {
    /// Of none.
    Off,
    /// Of those in a browser where they did not sign in before.
    NewDevice,
    /// Of each.
    EverySession,
}

/// DESIGN 5: how long things live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the names say it; the configuration reference describes each
pub struct Lifetimes {
    pub session_idle: Duration,
    pub session_absolute: Duration,
    pub refresh_idle: Duration,
    pub refresh_absolute: Duration,
    pub refresh_grace: Duration,
    pub access_token: Duration,
    pub id_token: Duration,
    pub code: Duration,
    pub magic_link: Duration,
    pub reset_link: Duration,
    pub short_code: Duration,
    pub short_code_tries: u32,
    pub flow: Duration,
    pub par: Duration,
    pub device: Duration,
    /// So long after asking for it, a person may take back the deletion of their account.
    pub deletion_grace: Duration,
    /// Inbound `iat`/`nbf` this far ahead is accepted; `leeway_refuse` and more is refused.
    pub leeway: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            session_idle: time::days(7),
            session_absolute: time::days(30),
            refresh_idle: time::days(30),
            refresh_absolute: time::days(90),
            refresh_grace: Duration::from_secs(60),
            access_token: time::minutes(10),
            id_token: time::minutes(10),
            code: Duration::from_secs(60),
            magic_link: time::minutes(15),
            reset_link: time::minutes(30),
            short_code: time::minutes(10),
            short_code_tries: 5,
            flow: time::hours(1),
            par: Duration::from_secs(90),
            device: time::minutes(10),
            deletion_grace: time::days(14),
            leeway: Duration::from_secs(30),
        }
    }
}

/// A fixed clock, a seeded generator and a vault with a known key, for tests of decisions in any crate.
pub mod fixed {
    use super::{Policy, Rng};
    use crate::{Ctx, SecretKind, Timestamp, Vault};
    use sha2::{Digest as _, Sha256};
    use std::sync::atomic::{AtomicU64, Ordering};
    use zeroize::Zeroizing;

    /// What a test's [`Ctx`] borrows from.
    pub struct Fixed {
        /// The time; a test moves it.
        pub now: Timestamp,
        /// The policy; a test changes it.
        pub policy: Policy,
        seed: AtomicU64,
    }
    impl Fixed {
        /// 2026-11-21 00:00 UTC, seed 1, the issuer `https://id.example`.
        pub fn new() -> Self {
            Self {
                now: Timestamp::from_seconds(1_795_219_200),
                policy: Policy::new("https://id.example"),
                seed: AtomicU64::new(1),
            }
        }
        /// An owned context at this time, with randomness of its own.
        pub fn env(&self) -> super::Env {
            let twin = std::sync::Arc::new(Self {
                now: self.now,
                policy: self.policy.clone(),
                seed: AtomicU64::new(self.seed.fetch_add(1 << 32, Ordering::Relaxed)),
            });
            super::Env {
                now: self.now,
                rng: twin.clone(),
                vault: twin,
                policy: std::sync::Arc::new(self.policy.clone()),
            }
        }
        /// A context that borrows from this.
        pub fn ctx(&self) -> Ctx<'_> {
            Ctx { now: self.now, rng: self, vault: self, policy: &self.policy }
        }
    }
    impl Default for Fixed {
        fn default() -> Self {
            Self::new()
        }
    }
    impl Rng for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            for chunk in bytes.chunks_mut(32) {
                let n = self.seed.fetch_add(1, Ordering::Relaxed);
                let block = Sha256::digest(n.to_be_bytes());
                chunk.iter_mut().zip(block.iter()).for_each(|(to, from)| *to = *from);
            }
        }
    }
    impl Fixed {
        /// XOR with a key stream and a tag: enough to tell right from wrong in a test, and nothing else.
        fn crypt(key: &[u8], text: &[u8]) -> Vec<u8> {
            let block = |i: usize| Sha256::new().chain_update(key).chain_update(i.to_be_bytes()).finalize();
            text.chunks(32)
                .enumerate()
                .flat_map(|(i, c)| c.iter().zip(block(i)).map(|(a, b)| a ^ b).collect::<Vec<_>>())
                .collect()
        }
        fn tag(key: &[u8], text: &[u8]) -> Vec<u8> {
            Sha256::new().chain_update(b"tag").chain_update(key).chain_update(text).finalize().to_vec()
        }
        fn key(purpose: &str, aad: &[u8]) -> Vec<u8> {
            Sha256::new().chain_update(purpose).chain_update([0]).chain_update(aad).finalize().to_vec()
        }
    }
    impl Vault for Fixed {
        fn digest(&self, kind: SecretKind, plain: &[u8]) -> [u8; 33] {
            let mut out = [0u8; 33];
            let hash =
                Sha256::new().chain_update(kind.as_str()).chain_update([0]).chain_update(plain).finalize();
            out.iter_mut().zip(std::iter::once(&1u8).chain(hash.iter())).for_each(|(to, from)| *to = *from);
            out
        }
        fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
            Sha256::new()
                .chain_update(b"mac")
                .chain_update(purpose)
                .chain_update([0])
                .chain_update(data)
                .finalize()
                .into()
        }
        fn seal(&self, purpose: &str, aad: &[u8], plain: &[u8]) -> Vec<u8> {
            self.seal_under(&Self::key(purpose, aad), plain)
        }
        fn open(&self, purpose: &str, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
            self.open_under(&Self::key(purpose, aad), sealed)
        }
        fn seal_under(&self, secret: &[u8], plain: &[u8]) -> Vec<u8> {
            [Self::tag(secret, plain), Self::crypt(secret, plain)].concat()
        }
        fn open_under(&self, secret: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
            let (tag, text) = sealed.split_at_checked(32)?;
            let plain = Self::crypt(secret, text);
            (Self::tag(secret, &plain) == tag).then(|| Zeroizing::new(plain))
        }
    }
}
