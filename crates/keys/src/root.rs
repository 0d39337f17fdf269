//! The key under which digests and MACs are made.

use std::fmt;
use std::sync::Arc;

use countersign_core::Rng;
use zeroize::Zeroizing;

use crate::master::MasterKey;
use crate::seal::{SealError, Sealer};

const PURPOSE: &str = "root_key";
const SALT: &[u8] = b"countersign root key v1";

/// The root of all digests and MACs: random, made once, and stored sealed under a master key. So a master key can be
/// replaced, and no session, link or refresh token notices.
#[derive(Clone)]
pub struct RootKey(Arc<MasterKey>);

impl RootKey {
    /// A new one, sealed for its row.
    pub fn create(rng: &dyn Rng, sealer: &Sealer) -> Result<Vec<u8>, SealError> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        rng.fill(bytes.as_mut_slice());
        sealer.seal(PURPOSE, b"", bytes.as_slice())
    }

    /// From its row.
    pub fn open(sealed: &[u8], sealer: &Sealer) -> Result<Self, SealError> {
        let bytes = sealer.open(PURPOSE, b"", sealed)?;
        if bytes.len() != 32 {
            return Err(SealError::Malformed);
        }
        Ok(Self(Arc::new(MasterKey::from_bytes(&bytes, SALT))))
    }

    /// What is sealed in its row, under the active master key if it lies under another one.
    pub fn resealed(sealed: &[u8], sealer: &Sealer) -> Result<Option<Vec<u8>>, SealError> {
        sealer.resealed(PURPOSE, b"", sealed)
    }

    /// Its id; safe to show.
    pub fn id(&self) -> u8 {
        self.0.id()
    }

    pub(crate) fn key(&self) -> &MasterKey {
        &self.0
    }
}

/// Its id only.
impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RootKey").field(&self.0.id()).finish()
    }
}
