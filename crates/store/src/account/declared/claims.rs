//! What was declared of a profile when it was last applied: only what has changed since is applied again.

use std::collections::BTreeMap;

use countersign_core::Ctx;
use countersign_core::account::StandardClaims;
use countersign_core::secret::base64url;
use serde_json::{Map, Value};

use crate::DbError;

/// A keyed digest of each declared claim: enough to see a change, and nothing to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Remembered(BTreeMap<String, String>);

impl Remembered {
    /// Of what is declared now.
    pub(super) fn of(ctx: &Ctx<'_>, declared: &StandardClaims) -> Self {
        let all = members(declared);
        Self(all.iter().map(|(name, value)| (name.clone(), digest(ctx, name, value))).collect())
    }

    pub(super) fn parse(text: &str) -> Result<Self, DbError> {
        serde_json::from_str(text).map(Self).map_err(|_| DbError::bad_row(2, "digests", "something else"))
    }

    pub(super) fn text(&self) -> Result<String, DbError> {
        serde_json::to_string(&self.0).map_err(|error| DbError::Bug(error.to_string()))
    }

    /// The profile with what has changed in the declaration. What its person wrote stays; what is declared no more
    /// goes, unless its person has written something else there.
    pub(super) fn onto(
        &self,
        ctx: &Ctx<'_>,
        present: &StandardClaims,
        declared: &StandardClaims,
    ) -> StandardClaims {
        let (mut all, declared) = (members(present), members(declared));
        for (name, before) in &self.0 {
            let is_as_declared = all.get(name).is_some_and(|value| digest(ctx, name, value) == *before);
            if !declared.contains_key(name) && is_as_declared {
                all.remove(name);
            }
        }
        for (name, value) in declared {
            if self.0.get(&name) != Some(&digest(ctx, &name, &value)) {
                all.insert(name, value);
            }
        }
        // Members of claims are claims.
        serde_json::from_value(Value::Object(all)).unwrap_or_else(|_| present.clone())
    }
}

fn members(claims: &StandardClaims) -> Map<String, Value> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(all)) => all,
        Ok(_) | Err(_) => Map::new(),
    }
}

fn digest(ctx: &Ctx<'_>, name: &str, value: &Value) -> String {
    base64url(&ctx.vault.mac("declared_claim", format!("{name}={value}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::ctx::fixed::Fixed;

    fn claims(json: Value) -> StandardClaims {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn only_what_changed_in_the_declaration_is_written_over_what_the_person_wrote() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let json = |json| claims(json);
        let first =
            json(serde_json::json!({ "name": "Anna", "nickname": "A", "gender": "f", "locale": "de" }));
        let before = Remembered::of(&ctx, &first);
        assert_eq!(Remembered::parse(&before.text().unwrap()).unwrap(), before);
        let mine = json(
            serde_json::json!({ "name": "Anna Berg", "nickname": "Anni", "gender": "f", "website": "https://a.test/" }),
        );
        assert_eq!(before.onto(&ctx, &mine, &first), mine, "even what the person took away stays away");
        let second =
            json(serde_json::json!({ "name": "Anna B.", "zoneinfo": "Europe/Berlin", "locale": "de" }));
        let expected = json(serde_json::json!({
            "name": "Anna B.", "nickname": "Anni", "website": "https://a.test/", "zoneinfo": "Europe/Berlin",
        }));
        assert_eq!(before.onto(&ctx, &mine, &second), expected);
        assert_eq!(Remembered::default().onto(&ctx, &mine, &first).name.as_deref(), Some("Anna"));
        assert!(!before.text().unwrap().contains("Anna"));
    }
}
