//! Core's own types as parameters and cells, so that a query never handles an id as a bare string.

use std::borrow::Cow;

use countersign_core::secret::Kind;
use countersign_core::{ClientId, Digest, EventKind, Id, SecretKind, Subject, Timestamp};

use crate::{FromCell, Value};

impl<T> From<Id<T>> for Value<'_> {
    fn from(it: Id<T>) -> Self {
        Self::Text(Cow::Owned(it.to_string()))
    }
}

impl<T> From<&Id<T>> for Value<'_> {
    fn from(it: &Id<T>) -> Self {
        Self::from(*it)
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(it: Timestamp) -> Self {
        Self::I64(it.micros())
    }
}

impl<'a> From<&'a ClientId> for Value<'a> {
    fn from(it: &'a ClientId) -> Self {
        Self::from(it.as_str())
    }
}

impl<'a> From<&'a Subject> for Value<'a> {
    fn from(it: &'a Subject) -> Self {
        Self::from(it.as_str())
    }
}

impl<'a, K: Kind> From<&'a Digest<K>> for Value<'a> {
    fn from(it: &'a Digest<K>) -> Self {
        Self::from(it.as_bytes())
    }
}

impl<K: Kind> From<Digest<K>> for Value<'_> {
    fn from(it: Digest<K>) -> Self {
        Self::from(it.as_bytes().to_vec())
    }
}

impl From<SecretKind> for Value<'_> {
    fn from(it: SecretKind) -> Self {
        Self::from(it.as_str())
    }
}

impl From<EventKind> for Value<'_> {
    fn from(it: EventKind) -> Self {
        Self::from(it.as_str())
    }
}

/// JSON stands in a text column, the same bytes on both databases.
impl From<&serde_json::Value> for Value<'_> {
    fn from(it: &serde_json::Value) -> Self {
        Self::from(it.to_string())
    }
}

fn text<'r>(cell: &'r Value<'static>) -> Option<&'r str> {
    <&'r str>::from_cell(cell)
}

macro_rules! from_text_cell {
    ($($to:ty, $expected:literal, |$it:ident| $parse:expr;)*) => {$(
        impl<'r> FromCell<'r> for $to {
            const EXPECTED: &'static str = $expected;
            fn from_cell(cell: &'r Value<'static>) -> Option<Self> {
                text(cell).and_then(|$it| $parse)
            }
        }
    )*};
}

from_text_cell! {
    ClientId, "a client id", |it| Self::parse(it).ok();
    Subject, "a subject", |it| Self::parse(it).ok();
    EventKind, "a kind of event", |it| Self::parse(it);
    serde_json::Value, "JSON", |it| serde_json::from_str(it).ok();
    serde_json::Map<String, serde_json::Value>, "a JSON object", |it| serde_json::from_str(it).ok();
}

impl<'r, T> FromCell<'r> for Id<T> {
    const EXPECTED: &'static str = "an id";
    fn from_cell(cell: &'r Value<'static>) -> Option<Self> {
        text(cell).and_then(|it| it.parse().ok())
    }
}

impl<'r> FromCell<'r> for Timestamp {
    const EXPECTED: &'static str = "a time";
    fn from_cell(cell: &'r Value<'static>) -> Option<Self> {
        i64::from_cell(cell).map(Self::from_micros)
    }
}

impl<'r, K: Kind> FromCell<'r> for Digest<K> {
    const EXPECTED: &'static str = "a digest";
    fn from_cell(cell: &'r Value<'static>) -> Option<Self> {
        <&[u8]>::from_cell(cell).and_then(Self::from_bytes)
    }
}
