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
    /// Keys with a language: `client_name#de`.
    pub(super) in_languages: BTreeMap<String, At<Value>>,
}

impl Values {
    /// Where a key stands; without it, where its section begins.
    pub(crate) fn place(&self, name: &str) -> &Place {
        let entry = self.entries.get(name).or_else(|| self.in_languages.get(name));
        entry.map_or(&self.place, |entry| &entry.place)
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

    /// The keys that are written, except some, as JSON with the types that RFC 7591 gives them.
    pub(crate) fn to_json(&self, except: &[&str]) -> serde_json::Map<String, Json> {
        let kept = self.entries.iter().filter(|(name, _)| !except.contains(name));
        let kept = kept.map(|(name, entry)| ((*name).to_owned(), entry));
        let in_languages = self.in_languages.iter().map(|(name, entry)| (name.clone(), entry));
        kept.chain(in_languages).map(|(name, entry)| (name, entry.value.to_json())).collect()
    }

    /// Where a member like `redirect_uris[1]` stands.
    pub(crate) fn member_place(&self, member: &str) -> &Place {
        let (name, nth) = member.split_once('[').unwrap_or((member, ""));
        let nth = nth.split(']').next().and_then(|nth| nth.parse::<usize>().ok());
        let item = nth.and_then(|nth| self.texts(name)?.get(nth));
        item.map_or_else(|| self.place(name), |item| &item.place)
    }
}

impl Value {
    fn to_json(&self) -> Json {
        match self {
            Value::Text(text) => Json::from(text.as_str()),
            Value::Number(number) => Json::from(*number),
            Value::Flag(flag) => Json::from(*flag),
            Value::Time(time) => Json::from(time.as_secs()),
            Value::Texts(texts) => texts.iter().map(|item| Json::from(item.value.as_str())).collect(),
            Value::Json(json) => json.clone(),
        }
    }
}
