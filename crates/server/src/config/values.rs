//! Values of one section, each with the place where it was written.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value as Json;

use super::problem::Place;

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) place: Place,
    pub(crate) value: T,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Number(u64),
    Flag(bool),
    Time(Duration),
    Texts(Vec<At<String>>),
    Json(Json),
}

/// One section as written, checked against the schema.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    pub(crate) place: Place,
    pub(super) entries: BTreeMap<&'static str, At<Value>>,
}

impl Values {
    /// Where a key stands; without it, where its section begins.
    pub(crate) fn place(&self, name: &str) -> &Place {
        self.entries.get(name).map_or(&self.place, |entry| &entry.place)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match &self.entries.get(name)?.value {
            Value::Text(text) => Some(text),
            Value::Number(_) | Value::Flag(_) | Value::Time(_) | Value::Texts(_) | Value::Json(_) => None,
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        match self.entries.get(name)?.value {
            Value::Number(number) => Some(number),
            Value::Text(_) | Value::Flag(_) | Value::Time(_) | Value::Texts(_) | Value::Json(_) => None,
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.entries.get(name)?.value {
            Value::Flag(flag) => Some(flag),
            Value::Text(_) | Value::Number(_) | Value::Time(_) | Value::Texts(_) | Value::Json(_) => None,
        }
    }

    pub(crate) fn time(&self, name: &str) -> Option<Duration> {
        match self.entries.get(name)?.value {
            Value::Time(time) => Some(time),
            Value::Text(_) | Value::Number(_) | Value::Flag(_) | Value::Texts(_) | Value::Json(_) => None,
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Option<&[At<String>]> {
        match &self.entries.get(name)?.value {
            Value::Texts(texts) => Some(texts),
            Value::Text(_) | Value::Number(_) | Value::Flag(_) | Value::Time(_) | Value::Json(_) => None,
        }
    }

    pub(crate) fn json(&self, name: &str) -> Option<&Json> {
        match &self.entries.get(name)?.value {
            Value::Json(json) => Some(json),
            Value::Text(_) | Value::Number(_) | Value::Flag(_) | Value::Time(_) | Value::Texts(_) => None,
        }
    }
}
