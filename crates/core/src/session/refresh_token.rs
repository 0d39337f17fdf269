//! DESIGN 5: the refresh token, its parts and its text.

use crate::secret::{base64url, from_base64url};
use crate::{Ctx, Id, id};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Family id, generation, 256-bit secret, and a MAC under a server key: a forged or mutilated token is told
/// from a genuine old one without a row for either. Only [`RefreshToken::mint`] and a MAC that fits make one.
pub struct RefreshToken {
    bytes: Zeroizing<[u8; LENGTH]>,
    family: Id<id::Family>,
    generation: u32,
}

const PREFIX: &str = "cs_rt_";
const PURPOSE: &str = "refresh_token";
const LENGTH: usize = SIGNED + 16;
/// What the MAC covers: id 16, generation 4, secret 32.
const SIGNED: usize = 52;

impl RefreshToken {
    /// A new token of a family.
    pub fn mint(family: Id<id::Family>, generation: u32, ctx: &Ctx<'_>) -> Self {
        let mut secret = Zeroizing::new([0u8; 32]);
        ctx.rng.fill(secret.as_mut_slice());
        let mut bytes = Zeroizing::new([0u8; LENGTH]);
        let parts = family.to_bytes().into_iter().chain(generation.to_be_bytes()).chain(*secret);
        bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        let mac = mac(&bytes, ctx);
        bytes.iter_mut().skip(SIGNED).zip(mac).for_each(|(to, from)| *to = from);
        Self { bytes, family, generation }
    }

    /// Is it meant to be one? Says nothing about whether it is genuine.
    pub fn looks_like(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// What somebody presented; `None` unless this server made it.
    pub fn parse(text: &str, ctx: &Ctx<'_>) -> Option<Self> {
        let raw = Zeroizing::new(from_base64url(text.strip_prefix(PREFIX)?)?);
        Self::from_bytes(raw.as_slice().try_into().ok()?, ctx)
    }

    /// As sealed in the family row.
    pub(crate) fn from_bytes(bytes: [u8; LENGTH], ctx: &Ctx<'_>) -> Option<Self> {
        let bytes = Zeroizing::new(bytes);
        let genuine: bool = mac(&bytes, ctx).ct_eq(bytes.get(SIGNED..)?).into();
        let family = Id::from_bytes(bytes.get(..16)?.try_into().ok()?);
        let generation = u32::from_be_bytes(bytes.get(16..20)?.try_into().ok()?);
        genuine.then_some(Self { bytes, family, generation })
    }

    /// The family it belongs to.
    pub fn family(&self) -> Id<id::Family> {
        self.family
    }
    /// How many rotations came before it.
    pub fn generation(&self) -> u32 {
        self.generation
    }
    /// What the family row keeps of it. 256 random bits need no key here.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.bytes.as_slice()).into()
    }
    /// The bytes, to seal it or to derive a key from it.
    pub(crate) fn secret(&self) -> &[u8] {
        self.bytes.as_slice()
    }
    /// The text, for the one place it goes to.
    pub fn expose(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + LENGTH * 4 / 3 + 1));
        text.push_str(PREFIX);
        text.push_str(&Zeroizing::new(base64url(self.bytes.as_slice())));
        text
    }
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("RefreshToken");
        shown.field("family", &self.family).field("generation", &self.generation).finish_non_exhaustive()
    }
}

fn mac(bytes: &[u8; LENGTH], ctx: &Ctx<'_>) -> [u8; 16] {
    let full = ctx.vault.mac(PURPOSE, bytes.get(..SIGNED).unwrap_or_default());
    let mut cut = [0u8; 16];
    cut.iter_mut().zip(full).for_each(|(to, from)| *to = from);
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;

    #[test]
    fn a_token_survives_its_text_and_no_changed_character() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let token = RefreshToken::mint(Id::new(&ctx), 7, &ctx);
        let text = token.expose();
        let again = RefreshToken::parse(&text, &ctx).unwrap();
        assert_eq!((again.family(), again.generation()), (token.family(), 7));
        assert_eq!(again.digest(), token.digest());
        assert!(!format!("{token:?}").contains(&text[20..]));
        for i in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[i] = if bytes[i] == b'A' { b'B' } else { b'A' };
            assert!(RefreshToken::parse(std::str::from_utf8(&bytes).unwrap(), &ctx).is_none(), "{i}");
        }
        for bad in ["", "cs_rt_", &text[..text.len() - 1], &format!("{}A", &*text), &text[6..]] {
            assert!(RefreshToken::parse(bad, &ctx).is_none(), "{bad}");
        }
    }
}
