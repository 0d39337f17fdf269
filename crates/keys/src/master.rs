//! Master keys: read from text, never stored, never used but to derive other keys.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use countersign_core::Rng;
use zeroize::Zeroizing;

/// RFC 5869 2.2: the salt need not be secret; it separates this product's keys from any other use of the same bytes.
const SALT: &[u8] = b"countersign master key v1";

/// The master keys of an installation. The first one seals; the others still open what was sealed under them.
///
/// While a node that is up does not have the first one yet, [`MasterRing::seal_under`] names another, so that every node
/// opens what any node seals.
pub struct MasterRing {
    first: MasterKey,
    others: Vec<MasterKey>,
    sealing: AtomicU8,
}

/// Why a text is no ring of master keys. The text itself is never repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MasterError {
    /// No key in the text.
    #[error("there is no master key")]
    Missing,
    /// Neither 64 hexadecimal digits nor 32 bytes in base64.
    #[error("master key {0} is neither 64 hexadecimal digits nor 32 bytes in base64")]
    Malformed(usize),
    /// Typed by a person, or copied from an example.
    #[error("master key {0} is a placeholder or was not made at random; `countersign init` makes one")]
    Placeholder(usize),
    /// Two keys with the same one-byte name (one pair in 256 happens to be so), or the same key twice.
    #[error("master keys {0} and {1} share their key id; generate another one")]
    SameId(usize, usize),
}

impl MasterRing {
    /// Reads keys separated by white space or commas; `#` starts a comment that goes to the end of the line.
    pub fn parse(text: &str) -> Result<Self, MasterError> {
        let words = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default())
            .flat_map(|line| line.split([' ', '\t', ',', '\r']))
            .filter(|word| !word.is_empty());
        let mut keys: Vec<MasterKey> = Vec::new();
        for (at, word) in words.enumerate() {
            let key = MasterKey::parse(word, at + 1)?;
            if let Some(other) = keys.iter().position(|other| other.id == key.id) {
                return Err(MasterError::SameId(other + 1, at + 1));
            }
            keys.push(key);
        }
        if keys.is_empty() {
            return Err(MasterError::Missing);
        }
        let first = keys.remove(0);
        Ok(Self { sealing: AtomicU8::new(first.id), first, others: keys })
    }

    /// A new key as text, for the master-key file.
    pub fn generate(rng: &dyn Rng) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        rng.fill(bytes.as_mut_slice());
        Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
    }

    /// The id of the key that seals; safe to show.
    pub fn active_id(&self) -> u8 {
        self.active().id
    }

    /// The id of the key that the operator wants to seal under: the first.
    pub fn wanted_id(&self) -> u8 {
        self.first.id
    }

    /// From now on seals under this one; `false` if it is not among ours, and nothing changes.
    pub fn seal_under(&self, id: u8) -> bool {
        let known = self.by_id(id).is_some();
        if known {
            self.sealing.store(id, Ordering::Relaxed);
        }
        known
    }

    /// The ids of all keys, the active one first; safe to show.
    pub fn ids(&self) -> impl Iterator<Item = u8> {
        self.all().map(|key| key.id)
    }

    /// The same keys in the same order? A reload asks, to say that a new ring waits for the next start.
    pub fn is_same(&self, other: &MasterRing) -> bool {
        let prints = |ring: &MasterRing| {
            let keys = std::iter::once(&ring.first).chain(&ring.others);
            keys.map(|key| key.derive("compare", "")).collect::<Vec<_>>()
        };
        prints(self) == prints(other)
    }

    pub(crate) fn active(&self) -> &MasterKey {
        self.by_id(self.sealing.load(Ordering::Relaxed)).unwrap_or(&self.first)
    }

    pub(crate) fn by_id(&self, id: u8) -> Option<&MasterKey> {
        self.all().find(|key| key.id == id)
    }

    fn all(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl fmt::Debug for MasterRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.ids().collect();
        f.debug_struct("MasterRing").field("ids", &ids).finish_non_exhaustive()
    }
}

/// One master key, kept only as the pseudo-random key that HKDF extracts from it.
pub(crate) struct MasterKey {
    id: u8,
    extracted: hmac::Key,
}

impl MasterKey {
    /// A key from random bytes that nobody typed.
    pub(crate) fn from_bytes(bytes: &[u8], salt: &[u8]) -> Self {
        let extracted = extract(salt, bytes);
        let [id, ..] = *expand(&extracted, &[b"id"]);
        Self { id, extracted }
    }

    fn parse(word: &str, at: usize) -> Result<Self, MasterError> {
        if looks_like_a_placeholder(word) {
            return Err(MasterError::Placeholder(at));
        }
        let bytes = decode(word).ok_or(MasterError::Malformed(at))?;
        if !looks_random(&bytes) {
            return Err(MasterError::Placeholder(at));
        }
        Ok(Self::from_bytes(&bytes, SALT))
    }

    /// The name of this key in sealed texts and digests: derived from it, so nobody has to number keys.
    pub(crate) fn id(&self) -> u8 {
        self.id
    }

    /// A key for one use (`label`) and one purpose.
    pub(crate) fn derive(&self, label: &str, purpose: &str) -> Zeroizing<[u8; 32]> {
        expand(&self.extracted, &[label.as_bytes(), &[0], purpose.as_bytes()])
    }
}

/// RFC 5869 2.2: HKDF-Extract with SHA-256.
pub(crate) fn extract(salt: &[u8], secret: &[u8]) -> hmac::Key {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), secret);
    hmac::Key::new(hmac::HMAC_SHA256, tag.as_ref())
}

/// RFC 5869 2.3: HKDF-Expand with SHA-256 for one block, which cannot fail, unlike the library's general form.
pub(crate) fn expand(extracted: &hmac::Key, info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut context = hmac::Context::with_key(extracted);
    info.iter().for_each(|part| context.update(part));
    context.update(&[1]);
    let tag = context.sign();
    let mut key = Zeroizing::new([0; 32]);
    key.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
    key
}

fn decode(word: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = if word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        word.as_bytes().chunks(2).map(hex_pair).collect::<Option<Vec<u8>>>()?
    } else {
        let bare = word.trim_end_matches('=');
        URL_SAFE_NO_PAD.decode(bare).or_else(|_| STANDARD_NO_PAD.decode(bare)).ok()?
    };
    let bytes = Zeroizing::new(bytes);
    (bytes.len() == 32).then_some(bytes)
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
}

/// Words that people write where a secret belongs.
fn looks_like_a_placeholder(word: &str) -> bool {
    let word: String =
        word.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    [
        "changeme",
        "changethis",
        "replaceme",
        "replacethis",
        "placeholder",
        "secretkey",
        "masterkey",
        "deadbeefdeadbeef",
    ]
    .iter()
    .any(|sign| word.contains(sign))
}

/// Refuses what no generator makes: few different bytes, a short pattern repeated, counting up or down, readable text.
/// A random key fails this about once in 10^15.
fn looks_random(bytes: &[u8]) -> bool {
    let mut seen = [false; 256];
    bytes.iter().for_each(|byte| {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    });
    let different = seen.iter().filter(|slot| **slot).count();
    let repeats = |period: usize| bytes.iter().zip(bytes.iter().skip(period)).all(|(a, b)| a == b);
    let steps: Vec<u8> = bytes.iter().zip(bytes.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a)).collect();
    let counts = steps.iter().zip(steps.iter().skip(1)).all(|(a, b)| a == b);
    let readable = bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    different >= 16 && !(1..=16).any(repeats) && !counts && !readable
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRng;

    #[test]
    fn a_generated_key_is_read_in_every_spelling() {
        let text = MasterRing::generate(&SystemRng);
        let id = MasterRing::parse(&text).unwrap().active_id();
        let bytes = URL_SAFE_NO_PAD.decode(text.as_bytes()).unwrap();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let standard = base64::engine::general_purpose::STANDARD.encode(&bytes);
        for spelling in [hex.to_ascii_uppercase(), hex, standard, format!("  {}\r\n# a comment\n", *text)] {
            assert_eq!(MasterRing::parse(&spelling).unwrap().active_id(), id);
        }
    }

    #[test]
    fn placeholders_are_refused() {
        let base64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let counting: Vec<u8> = (0..32).collect();
        for bad in [
            "0".repeat(64),
            "ab".repeat(32),
            "deadbeef".repeat(8),
            "0123456789abcdef".repeat(4),
            "A".repeat(43),
            "changemechangemechangemechangemechangemechA".to_owned(),
            base64(&counting),
            base64(b"change-me-change-me-change-me-ok"),
            base64(b"This is my very own secret key!!"),
        ] {
            assert_eq!(MasterRing::parse(&bad).unwrap_err(), MasterError::Placeholder(1), "{bad}");
        }
        // Half random, and still somebody's to-do note.
        let random = MasterRing::generate(&SystemRng);
        let noted = format!("change_me{}", &random[9..]);
        assert_eq!(MasterRing::parse(&noted).unwrap_err(), MasterError::Placeholder(1));
        assert_eq!(MasterRing::parse(" \n# nothing").unwrap_err(), MasterError::Missing);
        for bad in ["changed", "abc", &"f".repeat(63), &"A".repeat(44)] {
            assert_eq!(MasterRing::parse(bad).unwrap_err(), MasterError::Malformed(1), "{bad}");
        }
    }

    #[test]
    fn generated_keys_are_never_taken_for_placeholders() {
        for _ in 0..2000 {
            assert!(MasterRing::parse(&MasterRing::generate(&SystemRng)).is_ok());
        }
    }

    #[test]
    fn the_second_of_two_equal_keys_is_refused() {
        let key = MasterRing::generate(&SystemRng);
        assert_eq!(MasterRing::parse(&format!("{0}\n{0}", *key)).unwrap_err(), MasterError::SameId(1, 2));
    }

    #[test]
    fn debug_shows_ids_only() {
        let text = MasterRing::generate(&SystemRng);
        let ring = MasterRing::parse(&text).unwrap();
        assert_eq!(format!("{ring:?}"), format!("MasterRing {{ ids: [{}], .. }}", ring.active_id()));
    }

    /// RFC 5869 A.1, its first 32 bytes.
    #[test]
    fn expand_is_hkdf() {
        let extracted = extract(&(0..=0x0c).collect::<Vec<u8>>(), &[0x0b; 22]);
        let okm = expand(&extracted, &[&(0xf0..=0xf9).collect::<Vec<u8>>()]);
        let hex: String = okm.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    }
}
