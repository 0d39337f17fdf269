//! The keyed operations that decisions may use, with real keys.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use countersign_core::{SecretKind, Vault};
use zeroize::Zeroizing;

use crate::master::{expand, extract};
use crate::root::RootKey;
use crate::seal::{Sealer, decrypt, encrypt};

/// The name in front of texts that are sealed under a derived secret instead of a master key.
const UNDER_SECRET: u8 = 0;

/// [`Vault`] over the root key and the master keys.
#[derive(Clone)]
pub struct ServerVault {
    root: RootKey,
    sealer: Sealer,
}

impl ServerVault {
    /// Digests and MACs under this root, sealing under the sealer's master keys.
    pub fn new(root: RootKey, sealer: Sealer) -> Self {
        Self { root, sealer }
    }

    /// The sealing half, with errors that say what is wrong.
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// Whether `tag` is [`Vault::mac`] of this purpose and data; takes the same time wherever they differ.
    pub fn verify_mac(&self, purpose: &str, data: &[u8], tag: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(&self.mac(purpose, data), tag).is_ok()
    }

    fn keyed(&self, label: &str, purpose: &str, data: &[u8]) -> hmac::Tag {
        let key = self.root.key().derive(label, purpose);
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()), data)
    }
}

impl Vault for ServerVault {
    fn digest(&self, kind: SecretKind, plain: &[u8]) -> [u8; 33] {
        let tag = self.keyed("digest", kind.as_str(), plain);
        let mut digest = [self.root.key().id(); 33];
        digest.iter_mut().skip(1).zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        digest
    }

    fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        let tag = self.keyed("mac", purpose, data);
        let mut mac = [0; 32];
        mac.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        mac
    }

    /// Should the crypto library ever fail here, the text is empty, which opens as nothing.
    fn seal(&self, purpose: &str, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        self.sealer.seal(purpose, aad, plain).unwrap_or_default()
    }

    fn open(&self, purpose: &str, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.sealer.open(purpose, aad, sealed).ok()
    }

    fn seal_under(&self, secret: &[u8], plain: &[u8]) -> Vec<u8> {
        encrypt(UNDER_SECRET, &self.under(secret), &[], plain).unwrap_or_default()
    }

    fn open_under(&self, secret: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        decrypt(&self.under(secret), &[], sealed)
    }
}

impl ServerVault {
    /// RFC 5869: a key from the secret, salted by the server, so that neither a leaked token nor a stolen database opens
    /// the text alone.
    fn under(&self, secret: &[u8]) -> Zeroizing<[u8; 32]> {
        let salt = self.root.key().derive("seal_under", "");
        expand(&extract(salt.as_slice(), secret), &[b"seal_under"])
    }
}

impl fmt::Debug for ServerVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerVault").field("root", &self.root).field("sealer", &self.sealer).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{MasterRing, SystemRng};

    fn sealer(text: &str) -> Sealer {
        Sealer::new(Arc::new(MasterRing::parse(text).unwrap()))
    }

    fn vault(sealer: &Sealer) -> ServerVault {
        let row = RootKey::create(&SystemRng, sealer).unwrap();
        ServerVault::new(RootKey::open(&row, sealer).unwrap(), sealer.clone())
    }

    fn fresh() -> ServerVault {
        vault(&sealer(&MasterRing::generate(&SystemRng)))
    }

    #[test]
    fn digests_differ_by_kind_text_and_server_and_name_their_key() {
        let vault = fresh();
        let digest = vault.digest(SecretKind::Code, b"x");
        assert_eq!(digest, vault.digest(SecretKind::Code, b"x"));
        assert_eq!(digest[0], vault.root.key().id());
        assert_ne!(digest, vault.digest(SecretKind::Par, b"x"));
        assert_ne!(digest, vault.digest(SecretKind::Code, b"y"));
        assert_ne!(digest[1..], fresh().digest(SecretKind::Code, b"x")[1..]);
        // A MAC for a purpose that has a kind's name is still another thing.
        assert_ne!(digest[1..], vault.mac("code", b"x"));
    }

    #[test]
    fn a_mac_is_bound_to_purpose_and_data() {
        let vault = fresh();
        let mac = vault.mac("refresh", b"data");
        assert!(vault.verify_mac("refresh", b"data", &mac));
        assert!(!vault.verify_mac("form", b"data", &mac));
        assert!(!vault.verify_mac("refresh", b"Data", &mac));
        assert!(!vault.verify_mac("refresh", b"data", &mac[..31]));
        assert!(!vault.verify_mac("refresh", b"data", &[]));
        assert!(!fresh().verify_mac("refresh", b"data", &mac));
    }

    #[test]
    fn a_successor_opens_with_its_predecessor_only() {
        let vault = fresh();
        let sealed = vault.seal_under(b"old token", b"new token");
        assert_eq!(**vault.open_under(b"old token", &sealed).unwrap(), *b"new token");
        assert!(vault.open_under(b"other token", &sealed).is_none());
        assert!(fresh().open_under(b"old token", &sealed).is_none());
        assert!(vault.open_under(b"old token", &[]).is_none());
        assert!(!sealed.windows(9).any(|window| window == b"new token"));
    }

    #[test]
    fn sealing_is_bound_to_purpose_and_row() {
        let vault = fresh();
        let sealed = vault.seal("flow", b"cookie", b"state");
        assert_eq!(**vault.open("flow", b"cookie", &sealed).unwrap(), *b"state");
        assert!(vault.open("flow", b"other", &sealed).is_none());
        assert!(vault.open("code", b"cookie", &sealed).is_none());
    }

    #[test]
    fn a_master_key_is_replaced_and_digests_and_macs_stay() {
        let (old, both, new) = loop {
            let (new, old) = (MasterRing::generate(&SystemRng), MasterRing::generate(&SystemRng));
            if MasterRing::parse(&format!("{} {}", *new, *old)).is_ok() {
                break (sealer(&old), sealer(&format!("{} {}", *new, *old)), sealer(&new));
            }
        };
        let row = RootKey::create(&SystemRng, &old).unwrap();
        let moved = RootKey::resealed(&row, &both).unwrap().unwrap();
        assert_eq!(RootKey::resealed(&moved, &both), Ok(None));
        assert!(RootKey::open(&row, &new).is_err(), "the control");
        let before = ServerVault::new(RootKey::open(&row, &old).unwrap(), old);
        let after = ServerVault::new(RootKey::open(&moved, &new).unwrap(), new);
        assert_eq!(before.digest(SecretKind::Session, b"s"), after.digest(SecretKind::Session, b"s"));
        assert_eq!(before.mac("refresh", b"d"), after.mac("refresh", b"d"));
        assert!(after.open_under(b"t", &before.seal_under(b"t", b"u")).is_some());
        let sealed = before.seal("p", b"", b"x");
        assert!(both.open("p", b"", &sealed).is_ok());
    }

    #[test]
    fn debug_shows_no_key() {
        let vault = fresh();
        let text = format!("{vault:?}");
        assert_eq!(text, format!("ServerVault {{ root: {:?}, sealer: {:?} }}", vault.root, vault.sealer));
        assert!(text.len() < 120, "{text}");
    }
}
