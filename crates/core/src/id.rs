//! Identifiers: time-ordered row ids, client ids and subjects, each a type of its own.

use crate::{Ctx, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, marker::PhantomData, str::FromStr, sync::Arc};

/// A row id: 48 bits of milliseconds and 80 random bits, so that new rows stand side by side in an
/// index. Never a secret. As text: 26 characters of lower-case Crockford base 32.
pub struct Id<T> {
    raw: u128,
    of: PhantomData<fn() -> T>,
}

macro_rules! markers { ($($(#[$doc:meta])* $name:ident),+ $(,)?) => { $($(#[$doc])* #[derive(Debug)] pub enum $name {})+ } }
markers! {
    /// Marks the id of an account.
    User,
    /// Marks the id of one sign-in in one browser; on the wire `sid`.
    Session,
    /// Marks the id of a grant: what one client was given in one session, its token family.
    Family,
    /// Marks the id of one authorization request on its way, from `/authorize` to its last token.
    Flow,
    /// Marks the id of an organization; row 1 is the installation.
    Organization,
    /// Marks the id of an e-mail address row.
    Email,
    /// Marks the id of a phone.
    Phone,
    /// Marks the id of a linked account.
    Identity,
    /// Marks the id of an event in the outbox.
    OutboxEvent,
    /// Marks the id of a row in `secrets`.
    Secret,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl<T> Id<T> {
    /// A new id, ordered by the context's time.
    pub fn new(ctx: &Ctx<'_>) -> Self {
        let mut random = [0u8; 16];
        ctx.rng.fill(&mut random);
        Self::from_parts(ctx.now, u128::from_be_bytes(random))
    }

    /// The id made of a time and random bits; [`Id::new`] is the way to make one.
    pub fn from_parts(at: Timestamp, random: u128) -> Self {
        let ms = u128::from(at.millis().unsigned_abs()) & ((1 << 48) - 1);
        Self { raw: (ms << 80) | (random & ((1 << 80) - 1)), of: PhantomData }
    }

    /// The sixteen bytes, big-endian.
    pub fn to_bytes(self) -> [u8; 16] {
        self.raw.to_be_bytes()
    }

    /// The id of sixteen bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self { raw: u128::from_be_bytes(bytes), of: PhantomData }
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.raw.cmp(&other.raw)
    }
}
impl<T> std::hash::Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for i in (0..26).rev() {
            let five = usize::try_from((self.raw >> (i * 5)) & 31).unwrap_or(0);
            f.write_str(ALPHABET.get(five).map(|b| char::from(*b)).unwrap_or('0').encode_utf8(&mut [0; 4]))?;
        }
        Ok(())
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct BadId;

impl<T> FromStr for Id<T> {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        if text.len() != 26 || text.as_bytes().first().is_none_or(|b| *b > b'7') {
            return Err(BadId);
        }
        let mut raw = 0u128;
        for byte in text.bytes() {
            let five = ALPHABET.iter().position(|b| *b == byte).ok_or(BadId)?;
            raw = (raw << 5) | u128::try_from(five).map_err(|_| BadId)?;
        }
        Ok(Self { raw, of: PhantomData })
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// RFC 6749 2.2: the client identifier, as registered. Not a secret; compared byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(Arc<str>);

impl ClientId {
    /// RFC 6749 appendix A.1: `*VSCHAR`; ours are 1 to 200 characters, without space.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let ok = (1..=200).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if ok { Ok(Self(text.into())) } else { Err(BadId) }
    }
    /// The identifier as registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl TryFrom<String> for ClientId {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(&text)
    }
}
impl From<ClientId> for String {
    fn from(id: ClientId) -> String {
        id.0.to_string()
    }
}

/// OpenID Connect Core 2: `sub`, never reused and at most 255 ASCII characters. Random, so that it
/// says nothing; kept on import. Its `u_` prefix keeps the space apart from client ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Subject(Arc<str>);

impl Subject {
    /// A new random subject.
    pub fn new(ctx: &Ctx<'_>) -> Self {
        let mut random = [0u8; 16];
        ctx.rng.fill(&mut random);
        Self(format!("u_{}", Id::<User>::from_bytes(random)).into())
    }
    /// A subject from the database or an import.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let ok = (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if ok { Ok(Self(text.into())) } else { Err(BadId) }
    }
    /// As it stands in `sub`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl TryFrom<String> for Subject {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(&text)
    }
}
impl From<Subject> for String {
    fn from(s: Subject) -> String {
        s.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_and_orders_by_time() {
        let early = Id::<User>::from_parts(Timestamp::from_millis(1_000), u128::MAX);
        let late = Id::<User>::from_parts(Timestamp::from_millis(1_001), 0);
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(early.to_string().parse::<Id<User>>().unwrap(), early);
        for bad in
            ["", "8zzzzzzzzzzzzzzzzzzzzzzzzz", "0000000000000000000000000u", "00000000000000000000000000a"]
        {
            assert!(bad.parse::<Id<User>>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_client_id_is_printable_ascii() {
        assert!(ClientId::parse("planner").is_ok());
        for bad in ["", "a b", "a\0", "é", &"x".repeat(201)] {
            assert!(ClientId::parse(bad).is_err());
        }
    }
}
