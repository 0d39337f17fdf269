//! OpenID Connect Core 3.1.2.1 and RP-Initiated Logout 2: an ID token of ours, shown to us again.

use crate::{ClientId, Id, Subject, id};
use serde_json::{Map, Value};

/// What an ID token of ours says. The edge verifies signature and `typ`; expiry does not matter for a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdTokenHint {
    subject: Subject,
    audience: Vec<String>,
    session: Option<Id<id::Session>>,
}

impl IdTokenHint {
    /// Reads claims whose signature was verified with our own keys. `None` if another issuer stands there
    /// or it is not an ID token.
    pub fn from_verified(claims: &Map<String, Value>, issuer: &str) -> Option<Self> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(issuer) {
            return None;
        }
        let audience = match claims.get("aud")? {
            Value::String(one) => vec![one.clone()],
            Value::Array(many) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
        };
        // RFC 9068 2.2: access tokens have client_id; ID tokens of ours have not.
        if claims.contains_key("client_id") {
            return None;
        }
        let session = text("sid").and_then(|sid| sid.parse().ok());
        Some(Self { subject: Subject::parse(text("sub")?).ok()?, audience, session })
    }

    /// Whom it is about.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }
    /// The session it came from.
    pub fn session(&self) -> Option<Id<id::Session>> {
        self.session
    }
    /// Was it issued to this client?
    pub fn is_for(&self, client: &ClientId) -> bool {
        self.audience.iter().any(|aud| aud == client.as_str())
    }
    /// The client it was issued to; ours have one audience.
    pub fn client(&self) -> Option<ClientId> {
        match self.audience.as_slice() {
            [one] => ClientId::parse(one).ok(),
            [] | [_, ..] => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_our_own_id_tokens_are_hints() {
        let read =
            |claims: Value| IdTokenHint::from_verified(claims.as_object().unwrap(), "https://id.example");
        let hint = read(json!({"iss": "https://id.example", "aud": "planner", "sub": "u_1"})).unwrap();
        assert_eq!(hint.client(), ClientId::parse("planner").ok());
        for bad in [
            json!({"iss": "https://evil.example", "aud": "planner", "sub": "u_1"}),
            json!({"aud": "planner", "sub": "u_1"}),
            json!({"iss": "https://id.example", "sub": "u_1"}),
            json!({"iss": "https://id.example", "aud": 1, "sub": "u_1"}),
            json!({"iss": "https://id.example", "aud": "planner"}),
            json!({"iss": "https://id.example", "aud": "https://api", "sub": "u_1", "client_id": "planner"}),
        ] {
            assert_eq!(read(bad.clone()), None, "{bad}");
        }
    }
}
