//! JSON from strangers: an object, no member named twice at any depth, bounded depth.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How deep objects and arrays may nest. Claims in the wild stay below 6.
const MAX_DEPTH: u8 = 16;

/// What is wrong with a piece of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadJson {
    /// RFC 7515 4, RFC 7519 4: two readers of a doubled name would see two different tokens.
    #[error("a member is named twice")]
    Duplicate,
    /// Nested too deep.
    #[error("nested too deep")]
    TooDeep,
    /// Valid JSON, but not an object.
    #[error("not an object")]
    NotAnObject,
    /// Not JSON, or not UTF-8.
    #[error("not JSON")]
    Syntax,
}

/// Reads an object strictly.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, BadJson> {
    let fault = Cell::new(BadJson::Syntax);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value =
        Strict { depth: MAX_DEPTH, fault: &fault }.deserialize(&mut reader).map_err(|_| fault.get())?;
    reader.end().map_err(|_| BadJson::Syntax)?;
    match value {
        Value::Object(map) => Ok(map),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(BadJson::NotAnObject)
        }
    }
}

#[derive(Clone, Copy)]
struct Strict<'f> {
    depth: u8,
    fault: &'f Cell<BadJson>,
}

impl Strict<'_> {
    fn fail<E: serde::de::Error>(&self, fault: BadJson) -> E {
        self.fault.set(fault);
        E::custom(fault)
    }

    fn deeper<E: serde::de::Error>(&self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, fault: self.fault }),
            None => Err(self.fail(BadJson::TooDeep)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut map = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            if map.contains_key(&name) {
                return Err(self.fail(BadJson::Duplicate));
            }
            let value = access.next_value_seed(deeper)?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(deeper)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom(BadJson::Syntax))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_members_are_refused_at_any_depth() {
        assert_eq!(object(br#"{"a":1,"a":1}"#), Err(BadJson::Duplicate));
        assert_eq!(object(br#"{"a":[{"b":1,"b":2}]}"#), Err(BadJson::Duplicate));
        // The same name in another spelling is still the same name.
        assert_eq!(object(br#"{"alg":1,"\u0061lg":2}"#), Err(BadJson::Duplicate));
        assert_eq!(object(br#"{"a":{"b":1},"b":2}"#).unwrap().len(), 2);
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |n: usize| format!("{}{}{}", "{\"a\":".repeat(n), "1", "}".repeat(n));
        assert!(object(nested(16).as_bytes()).is_ok());
        assert_eq!(object(nested(17).as_bytes()), Err(BadJson::TooDeep));
        assert_eq!(object(format!("{{\"a\":{}", "[".repeat(100_000)).as_bytes()), Err(BadJson::TooDeep));
    }

    #[test]
    fn only_whole_objects_pass() {
        assert_eq!(object(b"[]"), Err(BadJson::NotAnObject));
        assert_eq!(object(b"\"{}\""), Err(BadJson::NotAnObject));
        assert_eq!(object(b"{}x"), Err(BadJson::Syntax));
        assert_eq!(object(b""), Err(BadJson::Syntax));
        assert_eq!(object(b"{\"a\":\"\xff\"}"), Err(BadJson::Syntax));
        assert_eq!(object(br#"{"exp":1e400}"#), Err(BadJson::Syntax));
        assert_eq!(
            object(br#"{"exp":9007199254740993}"#).unwrap()["exp"].as_i64(),
            Some(9_007_199_254_740_993)
        );
    }
}
