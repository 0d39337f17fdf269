//! Secrets that work once or for a while: the plain text leaves the process once, the database sees digests.

use crate::Ctx;
use std::{fmt, marker::PhantomData};
use zeroize::Zeroizing;

/// What a secret is for. A secret of one kind is unknown to every other consumer: the kind is part
/// of its digest and of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum SecretKind {
    /// RFC 6749 4.1: an authorization code.
    Code,
    /// The session cookie.
    Session,
    /// The cookie that binds flows to one browser.
    Browser,
    /// RFC 9126: a pushed authorization request.
    Par,
    /// A sign-in link sent by mail.
    MagicLink,
    /// The six digits that stand beside a sign-in link.
    MagicCode,
    /// A link that confirms an address.
    ConfirmLink,
    /// Six digits that confirm an address.
    ConfirmCode,
    /// Six digits that prove an address which somebody adds to their account.
    EmailCode,
    /// Six digits that prove a phone.
    PhoneCode,
    /// A link that lets a new password be set.
    ResetLink,
    /// The link in the mail of a new session: it was not me.
    NotMeLink,
    /// RFC 7523 3: the `jti` of a client assertion.
    AssertionJti,
    /// RFC 8628 3.2: what a device asks the token endpoint with.
    DeviceCode,
    /// RFC 8628 3.2: what a person types to connect a device.
    UserCode,
    /// The `jti` of an access token that was revoked before its time.
    RevokedToken,
    /// What an app that asks people itself holds between two steps.
    AuthSession,
    /// A flow too large to travel in the page.
    FlowState,
    /// The form token of a signed-in page.
    FormToken,
    /// RFC 6749 10.12: the handle of a question that a provider was asked.
    UpstreamState,
}

impl SecretKind {
    /// As stored in the column `kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Session => "session",
            Self::Browser => "browser",
            Self::Par => "par",
            Self::MagicLink => "magic_link",
            Self::MagicCode => "magic_code",
            Self::ConfirmLink => "confirm_link",
            Self::ConfirmCode => "confirm_code",
            Self::EmailCode => "email_code",
            Self::PhoneCode => "phone_code",
            Self::ResetLink => "reset_link",
            Self::NotMeLink => "not_me_link",
            Self::AssertionJti => "assertion_jti",
            Self::DeviceCode => "device_code",
            Self::UserCode => "user_code",
            Self::RevokedToken => "revoked_token",
            Self::AuthSession => "auth_session",
            Self::FlowState => "flow_state",
            Self::FormToken => "form_token",
            Self::UpstreamState => "upstream_state",
        }
    }
}

/// The keyed operations a decision needs, without the keys: they stay with whoever implements this.
pub trait Vault: Send + Sync {
    /// HMAC-SHA-256 of a secret under a per-kind server key; the first byte names the key, so a
    /// dump of the database yields neither short codes nor links.
    fn digest(&self, kind: SecretKind, plain: &[u8]) -> [u8; 33];
    /// A MAC under a server key for this purpose (refresh tokens, form tokens).
    fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32];
    /// Authenticated encryption under a server key for this purpose; `aad` binds the text to its row or cookie.
    fn seal(&self, purpose: &str, aad: &[u8], plain: &[u8]) -> Vec<u8>;
    /// Opens what [`Vault::seal`] made; `None` if anything differs.
    fn open(&self, purpose: &str, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>>;
    /// Authenticated encryption under a key derived from `secret`, which the database does not hold.
    fn seal_under(&self, secret: &[u8], plain: &[u8]) -> Vec<u8>;
    /// Opens what [`Vault::seal_under`] made with the same secret.
    fn open_under(&self, secret: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>>;
}

/// Ties a type to its [`SecretKind`].
pub trait Kind: 'static {
    /// The kind.
    const KIND: SecretKind;
}

macro_rules! kinds { ($($name:ident),+ $(,)?) => { $(
    #[doc = concat!("Marks secrets of the kind [`SecretKind::", stringify!($name), "`].")]
    #[derive(Debug, Clone, Copy)]
    pub enum $name {}
    impl Kind for $name { const KIND: SecretKind = SecretKind::$name; }
)+ } }

/// Marker types, one for each [`SecretKind`].
pub mod kind {
    use super::{Kind, SecretKind};
    kinds!(
        Code,
        Session,
        Browser,
        Par,
        MagicLink,
        MagicCode,
        ConfirmLink,
        ConfirmCode,
        EmailCode,
        PhoneCode,
        ResetLink,
        NotMeLink,
        AssertionJti,
        DeviceCode,
        UserCode,
        RevokedToken,
        AuthSession,
        FlowState,
        FormToken,
        UpstreamState,
    );
}

/// A secret in plain text: shown once to whom it is for, never stored, never logged.
pub struct Plain<K> {
    text: Zeroizing<String>,
    of: PhantomData<fn() -> K>,
}

impl<K: Kind> Plain<K> {
    /// A new secret of 256 random bits, base64url.
    pub fn mint(ctx: &Ctx<'_>) -> Self {
        let mut random = Zeroizing::new([0u8; 32]);
        ctx.rng.fill(random.as_mut_slice());
        Self::presented(base64url(random.as_slice()))
    }
    /// Six random digits, each value equally likely.
    pub fn mint_digits(ctx: &Ctx<'_>) -> Self {
        loop {
            let mut random = [0u8; 4];
            ctx.rng.fill(&mut random);
            let n = u32::from_be_bytes(random);
            // 4294 * 10^6 is the largest multiple below 2^32: beyond it small numbers would come more often.
            if n < 4_294_000_000 {
                return Self::presented(format!("{:06}", n % 1_000_000));
            }
        }
    }
    /// What somebody presented.
    pub fn presented(text: impl Into<String>) -> Self {
        Self { text: Zeroizing::new(text.into()), of: PhantomData }
    }
    /// The text, for the one place it goes to.
    pub fn expose(&self) -> &str {
        &self.text
    }
    /// What `store` takes.
    pub fn digest(&self, ctx: &Ctx<'_>) -> Digest<K> {
        Digest { bytes: ctx.vault.digest(K::KIND, self.text.as_bytes()), of: PhantomData }
    }
    /// The digest of a short code together with the handle it belongs to, so that equal digits of
    /// two people have different digests.
    pub fn digest_with(&self, ctx: &Ctx<'_>, handle: &str) -> Digest<K> {
        let joined = Zeroizing::new(format!("{}\0{}", handle, self.text.as_str()));
        Digest { bytes: ctx.vault.digest(K::KIND, joined.as_bytes()), of: PhantomData }
    }
}
impl<K> Clone for Plain<K> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), of: PhantomData }
    }
}
impl<K> fmt::Debug for Plain<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain(..)")
    }
}

/// The keyed digest of a secret: what the database knows.
pub struct Digest<K> {
    bytes: [u8; 33],
    of: PhantomData<fn() -> K>,
}
impl<K: Kind> Digest<K> {
    /// The kind, as the column says it.
    pub const KIND: SecretKind = K::KIND;
    /// From the database.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self { bytes: bytes.try_into().ok()?, of: PhantomData })
    }
    /// For the database.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// Equal, in time that does not depend on where they differ.
    pub fn same(&self, other: &Self) -> bool {
        use subtle::ConstantTimeEq;
        self.bytes.ct_eq(&other.bytes).into()
    }
}
impl<K> Clone for Digest<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Digest<K> {}
impl<K: Kind> PartialEq for Digest<K> {
    fn eq(&self, other: &Self) -> bool {
        self.same(other)
    }
}
impl<K: Kind> Eq for Digest<K> {}
impl<K> fmt::Debug for Digest<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}
impl<K> serde::Serialize for Digest<K> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&base64url(&self.bytes))
    }
}
impl<'de, K> serde::Deserialize<'de> for Digest<K> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        let bytes = from_base64url(&text).and_then(|b| b.try_into().ok());
        bytes
            .map(|bytes| Self { bytes, of: PhantomData })
            .ok_or_else(|| serde::de::Error::custom("not a digest"))
    }
}

const B64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// SHA-256, for values that are long and random already.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).into()
}

/// RFC 4648 5, without padding.
pub fn base64url(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0u32, |n, b| (n << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            let six = usize::try_from((n >> (18 - 6 * i)) & 63).unwrap_or(0);
            out.push(B64.get(six).map(|b| char::from(*b)).unwrap_or('A'));
        }
    }
    out
}

/// RFC 4648 5, without padding and with no stray trailing bits: one text for each value.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    for chunk in text.as_bytes().chunks(4) {
        let mut n = 0u32;
        for byte in chunk {
            n = (n << 6) | u32::from(SIX_BITS.get(usize::from(*byte)).copied().filter(|six| *six < 64)?);
        }
        let bits = 6 * chunk.len();
        if bits == 6 || n & ((1 << (bits % 8)) - 1) != 0 {
            return None;
        }
        n >>= bits % 8;
        let count = bits / 8;
        (0..count).rev().for_each(|i| out.push(u8::try_from((n >> (8 * i)) & 255).unwrap_or(0)));
    }
    Some(out)
}

/// The value of each base64url character; 255 for every other byte.
#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "runs at compile time")]
const SIX_BITS: [u8; 256] = {
    let mut table = [255u8; 256];
    let mut i = 0;
    while i < 64 {
        table[B64[i] as usize] = i as u8;
        i += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;

    #[test]
    fn base64url_has_one_text_for_each_value() {
        for n in 0..70usize {
            let bytes: Vec<u8> = (0..n).map(|i| u8::try_from(i * 37 % 256).unwrap()).collect();
            assert_eq!(from_base64url(&base64url(&bytes)).unwrap(), bytes);
        }
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
        for bad in ["A", "AB==", "AB", "A/8", "AAAA=", "-_9"] {
            assert!(from_base64url(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let fixed = Fixed::new();
        let plain = Plain::<kind::Code>::mint(&fixed.ctx());
        assert!(!format!("{plain:?}{:?}", plain.digest(&fixed.ctx())).contains(plain.expose()));
    }

    #[test]
    fn equal_texts_of_two_kinds_have_different_digests() {
        let fixed = Fixed::new();
        let a = Plain::<kind::Code>::presented("x").digest(&fixed.ctx());
        let b = Plain::<kind::Par>::presented("x").digest(&fixed.ctx());
        assert_ne!(a.as_bytes(), b.as_bytes());
    }

    #[test]
    fn digits_are_six() {
        let fixed = Fixed::new();
        for _ in 0..100 {
            let code = Plain::<kind::ConfirmCode>::mint_digits(&fixed.ctx());
            assert!(code.expose().len() == 6 && code.expose().bytes().all(|b| b.is_ascii_digit()));
        }
    }
}
