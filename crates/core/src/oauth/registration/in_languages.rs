//! RFC 7591 2.2: what people read of a client, in further languages: `client_name#de`.

use super::Contradiction;
use super::check::{is_name, is_web_address};
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// The members that may carry a language.
pub const MEMBERS: [&str; 4] = ["client_name", "client_uri", "policy_uri", "tos_uri"];

/// Members with a language tag, as they were written. Whatever else is left over of the metadata is refused here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InLanguages {
    /// Member, language (lower case), value.
    all: BTreeMap<(String, String), String>,
}

impl InLanguages {
    /// Nothing in any other language.
    pub const fn none() -> Self {
        Self { all: BTreeMap::new() }
    }

    /// The member in this language, or in the language without its region.
    pub fn get(&self, member: &str, tag: &str) -> Option<&str> {
        let tag = tag.to_ascii_lowercase();
        let in_tag = |tag: &str| self.all.get(&(member.to_owned(), tag.to_owned())).map(String::as_str);
        in_tag(&tag).or_else(|| in_tag(tag.split_once('-')?.0))
    }

    /// Every value of this member.
    pub fn all_of(&self, member: &str) -> impl Iterator<Item = &str> {
        self.all.iter().filter(move |((it, _), _)| it == member).map(|(_, value)| value.as_str())
    }

    /// What is wrong with them; the rules are those of the members without a language.
    pub(super) fn check(&self, wrong: &mut Vec<Contradiction>) {
        for ((member, tag), value) in &self.all {
            let problem = match member.as_str() {
                "client_name" if is_name(value) => continue,
                "client_name" => "1 to 100 characters on one line, no space around it, nothing invisible",
                _ if is_web_address(value) => continue,
                _ => "an https address (http on localhost only), without user and fragment",
            };
            wrong.push(Contradiction::new(format!("{member}#{tag}"), problem));
        }
    }
}

/// BCP 47, as far as it takes to tell a tag from a slip of the pen.
fn is_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let alphanumeric =
        |it: &str| (1..=8).contains(&it.len()) && it.bytes().all(|b| b.is_ascii_alphanumeric());
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && tag.len() <= 35
        && parts.all(alphanumeric)
}

impl<'de> Deserialize<'de> for InLanguages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Leftovers)
    }
}

struct Leftovers;

impl<'de> Visitor<'de> for Leftovers {
    type Value = InLanguages;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("members with a language tag")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<InLanguages, A::Error> {
        let mut found = InLanguages::default();
        while let Some(name) = map.next_key::<String>()? {
            let known = name.split_once('#').filter(|(member, tag)| MEMBERS.contains(member) && is_tag(tag));
            let Some((member, tag)) = known else {
                return Err(A::Error::custom(format!("unknown field `{name}`")));
            };
            let value = map.next_value::<String>()?;
            let key = (member.to_owned(), tag.to_ascii_lowercase());
            if found.all.insert(key, value).is_some() {
                return Err(A::Error::custom(format!("`{name}` is there twice")));
            }
        }
        Ok(found)
    }
}

impl Serialize for InLanguages {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.all.len()))?;
        for ((member, tag), value) in &self.all {
            map.serialize_entry(&format!("{member}#{tag}"), value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::ClientMetadata;
    use crate::organization::OrgScope;

    fn metadata(more: &str) -> Result<ClientMetadata, serde_json::Error> {
        serde_json::from_str(&format!(
            r#"{{"client_id":"planner","token_endpoint_auth_method":"none","redirect_uris":["https://a.example/cb"],{more}}}"#
        ))
    }

    #[test]
    fn a_member_speaks_the_readers_language_and_else_none() {
        let read = metadata(r#""client_name#de-CH":"Planer","client_name#FR":"Agenda""#).unwrap();
        let client = read.validate(OrgScope::installation().org()).unwrap();
        assert_eq!(client.in_languages.get("client_name", "fr-CA"), Some("Agenda"));
        assert_eq!(client.in_languages.get("client_name", "de-ch"), Some("Planer"));
        assert_eq!(client.in_languages.get("client_name", "de"), None);
        assert_eq!(client.in_languages.get("policy_uri", "fr"), None);
        let text = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<ClientMetadata>(&text).unwrap(), read);
        let stored = serde_json::to_string(&client).unwrap();
        assert_eq!(serde_json::from_str::<crate::oauth::Client>(&stored).unwrap(), client);
    }

    #[test]
    fn other_members_odd_tags_and_doubles_are_unknown() {
        for bad in [
            r#""redirect_uris#de":["https://a.example/"]"#,
            r#""logo_uri#de":"https://a.example/l.png""#,
            r##""client_name#":"x""##,
            r#""client_name#d":"x""#,
            r#""client_name#de_AT":"x""#,
            r#""client_name#de":5"#,
            r#""client_name#de":"x","client_name#DE":"y""#,
            r##""#de":"x""##,
        ] {
            assert!(metadata(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_rules_of_the_member_hold_in_every_language() {
        for bad in [
            r#""client_name#de":"Pla\u202ener""#,
            r#""client_name#de":"""#,
            r#""policy_uri#de":"javascript:alert(1)""#,
            r#""tos_uri#de":"http://a.example/""#,
        ] {
            let wrong = metadata(bad).unwrap().validate(OrgScope::installation().org()).unwrap_err();
            assert!(wrong[0].member.ends_with("#de"), "{wrong:?}");
        }
    }
}
