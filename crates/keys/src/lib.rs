//! The server's keys: master keys and what is derived from them, encryption at rest, password hashing, and the ring of
//! signing keys with its rotation.
//!
//! - [`MasterRing`] reads the master-key file. Nothing encrypts under a master key itself: each purpose has its own key,
//!   derived by HKDF.
//! - [`RootKey`], sealed in the database, is what digests and MACs are made under.
//! - [`Sealer`] encrypts what lies in the database, bound to its row.
//! - [`ServerVault`] is [`countersign_core::Vault`] with real keys.
//! - [`HashPool`] hashes passwords on its own threads with a bounded queue.
//! - [`KeyRing`] holds the signing keys that are published now, [`rotation::plan`] says what to change about them, and
//!   [`LiveRing`] signs tokens; a [`Signer`] outside this process can stand in.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests measure how long an answer takes"))]

pub mod breached;
mod master;
mod password;
mod pool;
mod ring;
mod rng;
mod root;
pub mod rotation;
mod seal;
mod signer;
mod vault;

pub use master::{MasterError, MasterRing};
pub use password::{
    BadHash, CostOutOfBounds, HashCost, MAX_PASSWORD_BYTES, Password, PasswordTooLong, StoredHash,
};
pub use pool::{HashError, HashLoad, HashPool, HashPoolConfig, Verdict};
pub use ring::{KeyRing, LiveRing, RingError, StoredKey};
pub use rng::SystemRng;
pub use root::RootKey;
pub use seal::{SealError, Sealer};
pub use signer::{SignError, SignFuture, SignRequest, Signer, SignerError};
pub use vault::ServerVault;
