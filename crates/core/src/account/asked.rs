//! What the sign-up page asks besides address and password: standard claims, each demanded or free.

use super::StandardClaims;
use super::profile::{BadClaim, ClaimField, ProfileEdit, shown};
use crate::oauth::Client;
use crate::{Policy, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The claims that are asked, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Asked(Vec<(ClaimField, bool)>);

/// A word that asks for nothing we know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no standard claim that people say of themselves, or is named twice")]
pub struct BadAsked(pub String);

/// Why a field of the sign-up is to be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanting {
    /// It is demanded, and nothing was typed.
    Missing,
    /// It cannot be kept.
    Bad(BadClaim),
}

impl Asked {
    /// `given_name` is demanded, `given_name?` may be left out.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, BadAsked> {
        let mut asked: Vec<(ClaimField, bool)> = Vec::new();
        for word in words {
            let name = word.strip_suffix('?').unwrap_or(word);
            let field = ClaimField::parse(name).filter(|it| *it != ClaimField::Formatted);
            let new = field.filter(|it| asked.iter().all(|(other, _)| other != it));
            asked.push((new.ok_or_else(|| BadAsked(word.to_owned()))?, name == word));
        }
        Ok(Self(asked))
    }

    /// Each field, and whether it is demanded.
    pub fn fields(&self) -> impl Iterator<Item = (ClaimField, bool)> {
        self.0.iter().copied()
    }

    /// Is anything demanded that these do not say?
    pub fn lacks(&self, claims: &StandardClaims) -> bool {
        self.0.iter().any(|(field, demanded)| *demanded && shown(claims, *field).trim().is_empty())
    }

    /// What was typed, by the claims' names, as claims: everything asked and nothing else.
    pub fn judge(
        &self,
        typed: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<StandardClaims, Vec<(ClaimField, Wanting)>> {
        self.judge_over(&StandardClaims::default(), typed, now)
    }

    /// What was typed as a change: everything asked and nothing else.
    pub fn edit(&self, typed: &BTreeMap<String, String>) -> ProfileEdit {
        self.0.iter().fold(ProfileEdit::default(), |edit, (field, _)| edit.with(*field, text(typed, *field)))
    }

    /// The same for somebody of whom these are known; what is there already stays as it is, whoever wrote it.
    pub fn judge_over(
        &self,
        claims: &StandardClaims,
        typed: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<StandardClaims, Vec<(ClaimField, Wanting)>> {
        let edit = self.edit(typed);
        let bad = |wrong: Vec<(ClaimField, BadClaim)>| {
            wrong.into_iter().map(|(field, why)| (field, Wanting::Bad(why)))
        };
        let kept = edit.apply(claims, now);
        let mut wrong: Vec<_> = kept.as_ref().err().cloned().map(bad).into_iter().flatten().collect();
        let missing = self.0.iter().filter(|(field, demanded)| *demanded && text(typed, *field).is_empty());
        wrong.extend(missing.map(|(field, _)| (*field, Wanting::Missing)));
        match kept {
            Ok(claims) if wrong.is_empty() => Ok(claims),
            Ok(_) | Err(_) => Err(wrong),
        }
    }
}

/// What somebody new is asked at this app, or by the installation.
pub fn of_new<'a>(client: Option<&'a Client>, policy: &'a Policy) -> &'a Asked {
    client.and_then(|it| it.sign_up_claims.as_ref()).unwrap_or(&policy.sign_up_claims)
}

fn text(typed: &BTreeMap<String, String>, field: ClaimField) -> &str {
    typed.get(field.as_str()).map(|it| it.trim()).unwrap_or_default()
}

impl Default for Asked {
    /// The name, if somebody likes to say it.
    fn default() -> Self {
        Self(vec![(ClaimField::Name, false)])
    }
}

impl TryFrom<Vec<String>> for Asked {
    type Error = BadAsked;
    fn try_from(words: Vec<String>) -> Result<Self, BadAsked> {
        Self::parse(words.iter().map(String::as_str))
    }
}

impl From<Asked> for Vec<String> {
    fn from(asked: Asked) -> Self {
        let word = |(field, demanded): (ClaimField, bool)| {
            format!("{}{}", field.as_str(), if demanded { "" } else { "?" })
        };
        asked.fields().map(word).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn typed(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn what_is_asked_is_demanded_or_free_and_named_once() {
        let asked = Asked::parse(["given_name", "birthdate?", "locale?"]).unwrap();
        let again: Asked = serde_json::from_str(&serde_json::to_string(&asked).unwrap()).unwrap();
        assert_eq!(again, asked);
        for bad in
            ["sub", "email", "email_verified", "phone_number", "given_name", "", "?", "formatted", "admin"]
        {
            assert_eq!(Asked::parse(["given_name", bad]), Err(BadAsked(bad.to_owned())));
        }
    }

    #[test]
    fn what_is_demanded_is_there_what_is_typed_is_sound_and_what_is_not_asked_is_not_taken() {
        let asked = Asked::parse(["given_name", "birthdate?", "website?"]).unwrap();
        let claims = asked
            .judge(&typed(&[("given_name", " Cleo "), ("gender", "x"), ("birthdate", "")]), NOW)
            .unwrap();
        let expected = StandardClaims { given_name: Some("Cleo".into()), ..StandardClaims::default() };
        assert_eq!(claims, expected);
        let wrong = asked.judge(&typed(&[("given_name", " "), ("birthdate", "soon")]), NOW).unwrap_err();
        assert_eq!(
            wrong,
            [
                (ClaimField::Birthdate, Wanting::Bad(BadClaim::NoDate)),
                (ClaimField::GivenName, Wanting::Missing)
            ]
        );
    }
}
