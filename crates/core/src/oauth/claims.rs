//! OpenID Connect Core 5.5: the `claims` parameter.

use super::{Scope, userinfo};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Claims asked for one by one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    /// For the userinfo response.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: BTreeMap<String, Option<ClaimRequest>>,
    /// For the ID token.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: BTreeMap<String, Option<ClaimRequest>>,
}

/// OpenID Connect Core 5.5.1: how much one claim matters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimRequest {
    /// The app cannot do without it.
    pub essential: bool,
    /// The one value wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The values wanted, best first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Value>>,
}

/// Longest `claims` parameter.
const MAX_TEXT: usize = 8_192;
/// Deepest nesting; the standard's own shape needs four.
const MAX_DEPTH: u32 = 8;
/// Most claims asked for at one place.
const MAX_CLAIMS: usize = 100;

/// OpenID Connect Core 5.5: not a claims request, too large, or nested too deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a claims request")]
pub struct BadClaims;

impl ClaimsRequest {
    /// Parses the parameter. Claims that nobody knows are kept and never answered; members beside
    /// `userinfo` and `id_token`, and beside `essential`, `value` and `values`, are ignored (5.5, 5.5.1).
    pub fn parse(text: &str) -> Result<Self, BadClaims> {
        // The depth is bounded before a recursive reader sees the text.
        if text.len() > MAX_TEXT || depth(text) > MAX_DEPTH {
            return Err(BadClaims);
        }
        let value: Value = serde_json::from_str(text).map_err(|_| BadClaims)?;
        // Serde would read a list as well as an object.
        let asked = |name: &str| match value.get(name) {
            None => true,
            Some(claims) => claims
                .as_object()
                .is_some_and(|claims| claims.values().all(|claim| claim.is_object() || claim.is_null())),
        };
        if !value.is_object() || !asked("userinfo") || !asked("id_token") {
            return Err(BadClaims);
        }
        let claims: Self = serde_json::from_value(value).map_err(|_| BadClaims)?;
        let few = claims.userinfo.len() <= MAX_CLAIMS && claims.id_token.len() <= MAX_CLAIMS;
        if few { Ok(claims) } else { Err(BadClaims) }
    }

    /// Without the claims whose scope (5.4) the client is not registered for: nobody is asked about them.
    pub fn within(mut self, registered: &Scope) -> Self {
        for claims in [&mut self.userinfo, &mut self.id_token] {
            claims.retain(|name, _| userinfo::opened_by(name).is_none_or(|scope| registered.has(scope)));
        }
        self
    }

    /// The scopes that open these claims (5.4), in which words the person is asked about them.
    pub fn scopes(&self) -> Scope {
        let names = self.userinfo.keys().chain(self.id_token.keys());
        names.filter_map(|name| userinfo::opened_by(name)).collect()
    }

    /// Is this claim asked for in the ID token?
    pub fn in_id_token(&self, name: &str) -> bool {
        self.id_token.contains_key(name)
    }

    /// OpenID Connect Core 5.5.1: the one subject that the app expects.
    pub fn subject(&self) -> Option<&str> {
        let asked = self.id_token.get("sub")?.as_ref()?;
        asked.value.as_ref()?.as_str()
    }
}

/// How deep objects and arrays nest, strings left out.
fn depth(json: &str) -> u32 {
    let (mut deepest, mut now, mut text, mut escaped) = (0u32, 0u32, false, false);
    for byte in json.bytes() {
        match (text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => text = !text,
            (false, b'{' | b'[') => now = now.saturating_add(1),
            (false, b'}' | b']') => now = now.saturating_sub(1),
            (_, _) => {}
        }
        deepest = deepest.max(now);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_standard_is_understood() {
        let text = r#"{"userinfo":{"given_name":{"essential":true},"nickname":null,"picture":null,
            "http://example.info/claims/groups":null},"id_token":{"auth_time":{"essential":true},
            "acr":{"values":["urn:mace:incommon:iap:silver"]}}}"#;
        let claims = ClaimsRequest::parse(text).unwrap();
        assert_eq!(claims.userinfo.len(), 4);
        assert!(claims.in_id_token("auth_time") && !claims.in_id_token("name"));
    }

    #[test]
    fn strangers_and_extras_do_not_break_it() {
        let text = r#"{"userinfo":{"x":{"essential":true,"purpose":"why"}},"other":{"y":null}}"#;
        assert_eq!(ClaimsRequest::parse(text).unwrap().userinfo.len(), 1);
        let sub = ClaimsRequest::parse(r#"{"id_token":{"sub":{"value":"u_1"}}}"#).unwrap();
        assert_eq!(sub.subject(), Some("u_1"));
    }

    #[test]
    fn what_is_not_a_claims_request_is_refused() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let nested = format!(r#"{{"userinfo":{{"x":{{"value":{}1{}}}}}}}"#, "[".repeat(6), "]".repeat(6));
        let many: Vec<_> = (0..101).map(|i| format!(r#""c{i}":null"#)).collect();
        let many = format!(r#"{{"userinfo":{{{}}}}}"#, many.join(","));
        let long = format!(r#"{{"x":"{}"}}"#, "y".repeat(MAX_TEXT));
        for bad in [
            "",
            "x",
            "[]",
            "1",
            "null",
            r#"{"userinfo":[]}"#,
            r#"{"userinfo":{"x":1}}"#,
            "{} {}",
            &deep,
            &nested,
            &many,
            &long,
        ] {
            assert_eq!(
                ClaimsRequest::parse(bad),
                Err(BadClaims),
                "{}",
                bad.chars().take(60).collect::<String>()
            );
        }
    }

    #[test]
    fn brackets_in_text_have_no_depth() {
        assert_eq!(depth(r#"{"a":"[[[\"[[","b":[1]}"#), 2);
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_answered(text in "[\\[\\]{}\",:\\\\a-z0-9 ]{0,200}") {
            let _ = ClaimsRequest::parse(&text);
        }
    }
}
