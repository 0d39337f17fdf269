//! What a person says of themselves: every standard claim that is theirs to say, each with its rule. The account page
//! and the account API hand in the same edit.

mod rule;

pub use rule::{BadClaim, LINE_MAX, URL_MAX};

use super::user::{Address, StandardClaims};
use crate::session::SignedIn;
use crate::{Ctx, Event, EventKind, Outcome, Timestamp, Write};
use rule::Rule;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

macro_rules! fields { ($($name:ident = $text:literal, $rule:ident, $($path:ident).+;)+) => {
    /// A standard claim that a person edits; the members of the address one by one.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[allow(missing_docs)] // named by the standard
    pub enum ClaimField { $($name),+ }

    impl ClaimField {
        /// Every one, in the order in which people are asked.
        pub const ALL: &'static [Self] = &[$(Self::$name),+];
        /// OpenID Connect Core 5.1 and 5.1.1: the claim's name; that of a member of the address without `address` in
        /// front.
        pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $text),+ } }
        /// The field of this name.
        pub fn parse(text: &str) -> Option<Self> { match text { $($text => Some(Self::$name),)+ _ => None } }
        const fn rule(self) -> Rule { match self { $(Self::$name => Rule::$rule),+ } }
        fn slot(self, claims: &mut Whole) -> &mut Option<String> { match self { $(Self::$name => &mut claims.$($path).+),+ } }
    }
} }
fields! {
    Name = "name", Line, claims.name;
    GivenName = "given_name", Line, claims.given_name;
    FamilyName = "family_name", Line, claims.family_name;
    MiddleName = "middle_name", Line, claims.middle_name;
    Nickname = "nickname", Line, claims.nickname;
    PreferredUsername = "preferred_username", Line, claims.preferred_username;
    Gender = "gender", Line, claims.gender;
    Birthdate = "birthdate", Date, claims.birthdate;
    Picture = "picture", Https, claims.picture;
    Profile = "profile", Https, claims.profile;
    Website = "website", Https, claims.website;
    Locale = "locale", Language, claims.locale;
    Zoneinfo = "zoneinfo", Zone, claims.zoneinfo;
    StreetAddress = "street_address", Lines, address.street_address;
    PostalCode = "postal_code", Line, address.postal_code;
    Locality = "locality", Line, address.locality;
    Region = "region", Line, address.region;
    Country = "country", Line, address.country;
    Formatted = "formatted", Lines, address.formatted;
}

/// The claims with their address beside them, so that each field has a place of its own.
struct Whole {
    claims: StandardClaims,
    address: Address,
}

/// The present profile as text, for a form. Line breaks of an address stand as commas: a form's line has none.
pub fn shown(claims: &StandardClaims, field: ClaimField) -> String {
    let mut whole = Whole::of(claims);
    let text = field.slot(&mut whole).take().unwrap_or_default();
    match field.rule() {
        Rule::Lines => {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
        }
        Rule::Line | Rule::Https | Rule::Date | Rule::Language | Rule::Zone => text,
    }
}

/// What is to change: fields that are not in it stay, and an empty text takes a claim away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileEdit(BTreeMap<ClaimField, String>);

impl ProfileEdit {
    /// With this field as typed.
    pub fn with(mut self, field: ClaimField, text: impl Into<String>) -> Self {
        self.0.insert(field, text.into());
        self
    }
    /// RFC 7396, a merge patch: a member that is null goes, one that is absent stays; `address` likewise, member by member.
    pub fn of_patch(patch: &Map<String, Value>) -> Result<Self, BadPatch> {
        let (mut edit, mut unknown) = (Self::default(), Vec::new());
        for (name, value) in patch {
            match (ClaimField::parse(name).filter(|it| !it.is_of_address()), name.as_str(), value) {
                (Some(field), _, value) => edit = edit.with(field, patched(value)?),
                (None, "address", Value::Null) => {
                    let members = ClaimField::ALL.iter().filter(|it| it.is_of_address());
                    edit = members.fold(edit, |edit, field| edit.with(*field, ""));
                }
                (None, "address", Value::Object(address)) => {
                    for (member, value) in address {
                        match ClaimField::parse(member).filter(|it| it.is_of_address()) {
                            Some(field) => edit = edit.with(field, patched(value)?),
                            None => unknown.push(format!("address.{member}")),
                        }
                    }
                }
                (None, "address", _) => return Err(BadPatch::AddressNotObject),
                (None, ..) => unknown.push(name.clone()),
            }
        }
        if unknown.is_empty() { Ok(edit) } else { Err(BadPatch::Unknown(unknown)) }
    }
    /// As typed, if the field is part of the edit.
    pub fn typed(&self, field: ClaimField) -> Option<&str> {
        self.0.get(&field).map(String::as_str)
    }
    /// Is there nothing in it?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The claims with the edit in them, or everything that cannot be kept.
    pub fn apply(
        &self,
        to: &StandardClaims,
        now: Timestamp,
    ) -> Result<StandardClaims, Vec<(ClaimField, BadClaim)>> {
        let (mut whole, mut wrong, mut lines_changed) = (Whole::of(to), Vec::new(), false);
        for (field, typed) in &self.0 {
            // What is there already stays as it is, whoever wrote it.
            if typed.trim() == shown(to, *field) {
                continue;
            }
            match field.rule().check(typed, now) {
                Ok(kept) => {
                    lines_changed |= field.is_of_address() && *field != ClaimField::Formatted;
                    *field.slot(&mut whole) = kept;
                }
                Err(why) => wrong.push((*field, why)),
            }
        }
        if lines_changed && !self.0.contains_key(&ClaimField::Formatted) {
            whole.address.formatted = formatted(&whole.address);
        }
        if wrong.is_empty() { Ok(whole.join()) } else { Err(wrong) }
    }
}

fn patched(value: &Value) -> Result<String, BadPatch> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Err(BadPatch::NotText),
    }
}

/// Why a merge patch is no edit of the profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPatch {
    /// These members are none that a person edits.
    #[error("members that are not known: {0:?}")]
    Unknown(Vec<String>),
    /// A claim is text.
    #[error("a member is neither text nor null")]
    NotText,
    /// OpenID Connect Core 5.1.1.
    #[error("the member address is no object")]
    AddressNotObject,
}

/// Why the profile stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileRefused {
    /// Nobody is signed in here any more.
    #[error("nobody is signed in here")]
    SignedOut,
    /// All that cannot be kept.
    #[error("fields cannot be kept: {0:?}")]
    Fields(Vec<(ClaimField, BadClaim)>),
}

/// Changes the profile. Flags, roles and addresses for mail are no fields of it.
pub fn update(ctx: &Ctx<'_>, here: &SignedIn, edit: &ProfileEdit) -> Outcome<(), ProfileRefused> {
    let before = &here.user().claims;
    let claims = match edit.apply(before, ctx.now) {
        Ok(claims) => claims,
        Err(wrong) => return Outcome::refuse(ProfileRefused::Fields(wrong)),
    };
    if claims == *before {
        return Outcome::reply(());
    }
    let user = here.user().id;
    let told = Event::new(EventKind::UserUpdated, ctx.now).user(user).session(here.session().id);
    Outcome::reply(()).write(Write::SetClaims(user, Box::new(claims), ctx.now)).event(told)
}

impl ClaimField {
    /// Is it a member of `address` (OpenID Connect Core 5.1.1)?
    pub const fn is_of_address(self) -> bool {
        match self {
            Self::StreetAddress
            | Self::PostalCode
            | Self::Locality
            | Self::Region
            | Self::Country
            | Self::Formatted => true,
            Self::Name
            | Self::GivenName
            | Self::FamilyName
            | Self::MiddleName
            | Self::Nickname
            | Self::PreferredUsername
            | Self::Gender
            | Self::Birthdate
            | Self::Picture
            | Self::Profile
            | Self::Website
            | Self::Locale
            | Self::Zoneinfo => false,
        }
    }
}

impl Whole {
    fn of(claims: &StandardClaims) -> Self {
        let address = claims.address.clone().unwrap_or_default();
        Self { claims: claims.clone(), address }
    }
    fn join(mut self) -> StandardClaims {
        self.claims.address = (self.address != Address::default()).then_some(self.address);
        self.claims
    }
}

/// OpenID Connect Core 5.1.1: the whole address as it stands on a letter.
fn formatted(address: &Address) -> Option<String> {
    let pair = |a: &Option<String>, b: &Option<String>| {
        let both: Vec<&str> = [a, b].into_iter().filter_map(|it| it.as_deref()).collect();
        both.join(" ")
    };
    let lines = [
        address.street_address.clone().unwrap_or_default(),
        pair(&address.postal_code, &address.locality),
        address.region.clone().unwrap_or_default(),
        address.country.clone().unwrap_or_default(),
    ];
    let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests;
