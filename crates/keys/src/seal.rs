//! Encryption at rest: AES-256-GCM under a key per purpose, bound to the row it lies in.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::master::MasterRing;

/// Seals under the active master key's subkey for a purpose; opens under any key of the ring.
///
/// A sealed text is the key id (1 byte), a random nonce (12), the ciphertext and the tag (16). Random nonces bound the
/// texts of one purpose to some 2^32 for each master key.
#[derive(Clone)]
pub struct Sealer {
    ring: Arc<MasterRing>,
}

/// Why a sealed text does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too short, or not base64url.
    #[error("not a sealed text")]
    Malformed,
    /// Sealed under a master key that is not configured: the wrong master-key file, or a key removed too early.
    #[error("sealed under master key id {0}, which is not among the configured master keys")]
    UnknownMasterKey(u8),
    /// Changed, moved to another row, or sealed for another purpose.
    #[error("the sealed text was changed, or belongs to another row or purpose")]
    Tampered,
    /// The crypto library refused to encrypt.
    #[error("sealing failed")]
    Failed,
}

impl Sealer {
    /// A sealer over these master keys.
    pub fn new(ring: Arc<MasterRing>) -> Self {
        Self { ring }
    }

    /// Encrypts; `aad` names the row or cookie and must be the same when opening.
    pub fn seal(&self, purpose: &str, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let key = self.ring.active();
        encrypt(key.id(), &key.derive("seal", purpose), aad, plain).ok_or(SealError::Failed)
    }

    /// Opens what [`Sealer::seal`] made.
    pub fn open(&self, purpose: &str, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let id = *sealed.first().ok_or(SealError::Malformed)?;
        if sealed.len() < 1 + NONCE_LEN + AES_256_GCM.tag_len() {
            return Err(SealError::Malformed);
        }
        let key = self.ring.by_id(id).ok_or(SealError::UnknownMasterKey(id))?;
        decrypt(&key.derive("seal", purpose), aad, sealed).ok_or(SealError::Tampered)
    }

    /// The master keys underneath.
    pub fn master(&self) -> &MasterRing {
        &self.ring
    }

    /// The id of the master key that a text lies under.
    pub fn id_of(sealed: &[u8]) -> Option<u8> {
        sealed.first().copied()
    }

    /// Whether this text should be sealed anew because another master key is active now.
    pub fn is_outdated(&self, sealed: &[u8]) -> bool {
        sealed.first() != Some(&self.ring.active_id())
    }

    /// What is sealed here, under the active master key; `None` if it lies there already.
    pub fn resealed(&self, purpose: &str, aad: &[u8], sealed: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        if !self.is_outdated(sealed) {
            return Ok(None);
        }
        self.seal(purpose, aad, &self.open(purpose, aad, sealed)?).map(Some)
    }

    /// [`Sealer::seal`] as text for a page or a cookie.
    pub fn seal_text(&self, purpose: &str, aad: &[u8], plain: &[u8]) -> Result<String, SealError> {
        Ok(URL_SAFE_NO_PAD.encode(self.seal(purpose, aad, plain)?))
    }

    /// Opens what [`Sealer::seal_text`] made.
    pub fn open_text(&self, purpose: &str, aad: &[u8], text: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.open(purpose, aad, &URL_SAFE_NO_PAD.decode(text).map_err(|_| SealError::Malformed)?)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sealer").field(&self.ring).finish()
    }
}

/// One byte of name, nonce, ciphertext, tag. The name is authenticated too: it stands in front of the caller's data.
pub(crate) fn encrypt(name: u8, key: &[u8; 32], aad: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
    let mut text = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
    text.extend_from_slice(plain);
    let nonce = key.seal_in_place_append_tag(Aad::from([&[name], aad].concat()), &mut text).ok()?;
    let mut sealed = Vec::with_capacity(1 + NONCE_LEN + text.len());
    sealed.push(name);
    sealed.extend_from_slice(nonce.as_ref());
    sealed.append(&mut text);
    Some(sealed)
}

/// Opens what [`encrypt`] made.
pub(crate) fn decrypt(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (name, rest) = sealed.split_first()?;
    let (nonce, text) = rest.split_at_checked(NONCE_LEN)?;
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = Zeroizing::new(text.to_vec());
    let length = key.open_in_place(nonce, Aad::from([&[*name], aad].concat()), &mut text).ok()?.len();
    text.truncate(length);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRng;

    fn sealer(text: &str) -> Sealer {
        Sealer::new(Arc::new(MasterRing::parse(text).unwrap()))
    }

    /// Keys with different ids, so that no test depends on luck.
    fn keys<const N: usize>() -> [String; N] {
        loop {
            let keys: [String; N] = std::array::from_fn(|_| MasterRing::generate(&SystemRng).to_string());
            if MasterRing::parse(&keys.join("\n")).is_ok() {
                return keys;
            }
        }
    }

    #[test]
    fn what_was_sealed_opens_and_never_looks_the_same_twice() {
        let [key] = keys();
        let sealer = sealer(&key);
        for plain in [&b""[..], b"x", &[7; 5000]] {
            let sealed = sealer.seal("flow", b"row 1", plain).unwrap();
            assert_eq!(*sealer.open("flow", b"row 1", &sealed).unwrap(), plain);
            assert_ne!(sealed, sealer.seal("flow", b"row 1", plain).unwrap());
            let text = sealer.seal_text("flow", b"c", plain).unwrap();
            assert_eq!(*sealer.open_text("flow", b"c", &text).unwrap(), plain);
        }
    }

    #[test]
    fn another_row_purpose_or_any_changed_bit_is_refused() {
        let [key] = keys();
        let sealer = sealer(&key);
        let sealed = sealer.seal("totp", b"user 1", b"seed").unwrap();
        assert_eq!(sealer.open("totp", b"user 2", &sealed), Err(SealError::Tampered));
        assert_eq!(sealer.open("totp", b"", &sealed), Err(SealError::Tampered));
        assert_eq!(sealer.open("key", b"user 1", &sealed), Err(SealError::Tampered));
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                assert!(sealer.open("totp", b"user 1", &changed).is_err());
            }
            assert!(sealer.open("totp", b"user 1", &sealed[..at]).is_err());
        }
        assert_eq!(sealer.open_text("totp", b"", "not base64!"), Err(SealError::Malformed));
    }

    #[test]
    fn a_wrong_master_key_is_named_as_the_cause() {
        let [ours, theirs] = keys();
        let sealed = sealer(&ours).seal("key", b"row", b"secret").unwrap();
        let id = sealer(&ours).ring.active_id();
        assert_eq!(sealer(&theirs).open("key", b"row", &sealed), Err(SealError::UnknownMasterKey(id)));
    }

    #[test]
    fn a_new_master_key_seals_while_the_old_one_still_opens() {
        let [new, old] = keys();
        let sealed = sealer(&old).seal("key", b"row", b"secret").unwrap();
        let both = sealer(&format!("{new}\n{old}"));
        assert_eq!(**both.open("key", b"row", &sealed).unwrap(), *b"secret");
        assert!(both.is_outdated(&sealed));
        let fresh = both.seal("key", b"row", b"secret").unwrap();
        assert!(!both.is_outdated(&fresh));
        assert!(sealer(&new).open("key", b"row", &fresh).is_ok());
        assert!(sealer(&old).open("key", b"row", &fresh).is_err());
    }

    #[test]
    fn a_key_that_not_every_node_has_does_not_seal_yet() {
        let [new, old] = keys();
        let both = sealer(&format!("{new}\n{old}"));
        let id = |key: &str| sealer(key).ring.active_id();
        assert!(both.ring.seal_under(id(&old)));
        let sealed = both.seal("key", b"row", b"secret").unwrap();
        assert!(sealer(&old).open("key", b"row", &sealed).is_ok());
        assert_eq!((both.ring.active_id(), both.ring.wanted_id()), (id(&old), id(&new)));
        assert!(both.ring.seal_under(id(&new)));
        assert!(sealer(&old).open("key", b"row", &both.seal("key", b"row", b"s").unwrap()).is_err());
        let stranger = (0..=255).find(|it| both.ring.by_id(*it).is_none()).unwrap();
        assert!(!both.ring.seal_under(stranger));
        assert_eq!(both.ring.active_id(), id(&new));
    }

    #[test]
    fn debug_shows_no_key() {
        let [key] = keys();
        let sealer = sealer(&key);
        assert_eq!(format!("{sealer:?}"), format!("Sealer({:?})", sealer.ring));
    }
}
