//! What a person says of themselves: every standard claim that is theirs to say, each with its rule. The account page
//! and the account API hand in the same edit.

use super::user::{Address, StandardClaims};
use crate::session::SignedIn;
use crate::{Ctx, Event, EventKind, Outcome, Write};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use url::{Host, Url};

/// No name or line of an address is longer.
pub const LINE_MAX: usize = 200;
/// No address of a page is longer.
pub const URL_MAX: usize = 2_000;

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

enum Rule {
    Line,
    Lines,
    Https,
    Date,
    Language,
    Zone,
}

/// Why a claim cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadClaim {
    /// More characters than are kept.
    #[error("longer than {0} characters")]
    TooLong(usize),
    /// A line break or another control character.
    #[error("holds a control character")]
    Control,
    /// OpenID Connect Core 5.1 wants an address of a page; ours are https.
    #[error("not an https URL")]
    NotHttps,
    /// OpenID Connect Core 5.1: `YYYY-MM-DD`, or the year alone.
    #[error("not a date of the form YYYY-MM-DD, and not a year")]
    NoDate,
    /// RFC 5646.
    #[error("not a BCP 47 language tag")]
    NoLanguage,
    /// The IANA time zone database.
    #[error("not a time zone of the IANA database")]
    NoZone,
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
    pub fn apply(&self, to: &StandardClaims) -> Result<StandardClaims, Vec<(ClaimField, BadClaim)>> {
        let (mut whole, mut wrong, mut lines_changed) = (Whole::of(to), Vec::new(), false);
        for (field, typed) in &self.0 {
            // What is there already stays as it is, whoever wrote it.
            if typed.trim() == shown(to, *field) {
                continue;
            }
            match field.rule().check(typed) {
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
    let claims = match edit.apply(before) {
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

impl Rule {
    /// What is kept of a text; `None` for an empty one.
    fn check(&self, typed: &str) -> Result<Option<String>, BadClaim> {
        let text = typed.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let most = if matches!(self, Self::Https) { URL_MAX } else { LINE_MAX };
        if text.chars().count() > most {
            return Err(BadClaim::TooLong(most));
        }
        let breaks = matches!(self, Self::Lines);
        if text.chars().any(|c| c.is_control() && !(breaks && c == '\n')) {
            return Err(BadClaim::Control);
        }
        match self {
            Self::Line | Self::Lines => Ok(Some(text.to_owned())),
            Self::Https => https(text).map(Some),
            Self::Date if is_date(text) => Ok(Some(text.to_owned())),
            Self::Date => Err(BadClaim::NoDate),
            Self::Language => language(text).map(Some).ok_or(BadClaim::NoLanguage),
            Self::Zone if is_zone(text) => Ok(Some(text.to_owned())),
            Self::Zone => Err(BadClaim::NoZone),
        }
    }
}

/// An address that a browser opens without running anything of it, and that names no password.
fn https(text: &str) -> Result<String, BadClaim> {
    let url = Url::parse(text).map_err(|_| BadClaim::NotHttps)?;
    let named = matches!(url.host(), Some(Host::Domain(domain)) if domain.contains('.'));
    let plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    // What the parser had to mend (spaces, backslashes, a missing slash) is told, not guessed at.
    let written = text.get(..8).is_some_and(|it| it.eq_ignore_ascii_case("https://"));
    let clean = !text.contains([' ', '\\', '"', '<', '>']);
    if !(named && plain && written && clean) {
        return Err(BadClaim::NotHttps);
    }
    let kept = String::from(url);
    // Percent-encoded it is longer than it was typed.
    if kept.len() > URL_MAX { Err(BadClaim::TooLong(URL_MAX)) } else { Ok(kept) }
}

/// OpenID Connect Core 5.1: ISO 8601-1 `YYYY-MM-DD`, the year `0000` if it is left out, or the year alone.
fn is_date(text: &str) -> bool {
    let number = |part: Option<&str>, digits: usize| -> Option<u16> {
        let part = part.filter(|it| it.len() == digits && it.bytes().all(|b| b.is_ascii_digit()))?;
        part.parse().ok()
    };
    let mut parts = text.split('-');
    let Some(year) = number(parts.next(), 4) else { return false };
    let Some(month) = parts.next() else { return year > 0 };
    let (Some(month), Some(day), None) = (number(Some(month), 2), number(parts.next(), 2), parts.next())
    else {
        return false;
    };
    // The year 0000 stands for any year, so that the 29th of February may be told.
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// RFC 5646 2.1: language, then perhaps script, region, variants, extensions and private use, in that order. An
/// underscore, which some programs write, becomes a hyphen.
fn language(text: &str) -> Option<String> {
    let text = text.replace('_', "-");
    let alpha = |it: &str| it.bytes().all(|b| b.is_ascii_alphabetic());
    let digit = |it: &str| it.bytes().all(|b| b.is_ascii_digit());
    let alnum = |it: &str| it.bytes().all(|b| b.is_ascii_alphanumeric());
    let mut parts = text.split('-').peekable();
    let first = parts.next()?;
    if !(alpha(first) && (2..=8).contains(&first.len())) {
        return None;
    }
    for _ in 0..3 {
        // Extended languages follow a short one only.
        if first.len() > 3 || parts.next_if(|it| it.len() == 3 && alpha(it)).is_none() {
            break;
        }
    }
    parts.next_if(|it| it.len() == 4 && alpha(it));
    parts.next_if(|it| (it.len() == 2 && alpha(it)) || (it.len() == 3 && digit(it)));
    let variant = |it: &&str| {
        alnum(it)
            && ((5..=8).contains(&it.len())
                || (it.len() == 4 && it.bytes().next().is_some_and(|b| b.is_ascii_digit())))
    };
    while parts.next_if(variant).is_some() {}
    while let Some(single) = parts.next() {
        let private = single.eq_ignore_ascii_case("x");
        let least = if private { 1 } else { 2 };
        if single.len() != 1 || !alnum(single) {
            return None;
        }
        let mut any = false;
        while parts.next_if(|it| alnum(it) && (least..=8).contains(&it.len())).is_some() {
            any = true;
        }
        if !any || (private && parts.peek().is_some()) {
            return None;
        }
    }
    Some(text)
}

/// The names of the IANA time zone database, old ones too.
fn is_zone(text: &str) -> bool {
    include_str!("zones.txt").lines().any(|name| name == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;
    use crate::session::live::tests::found;
    use ClaimField as F;

    fn one(field: F, text: &str) -> Result<Option<String>, BadClaim> {
        let edit = ProfileEdit::default().with(field, text);
        match edit.apply(&StandardClaims::default()) {
            Ok(claims) => Ok(Some(shown(&claims, field)).filter(|it| !it.is_empty())),
            Err(wrong) => Err(wrong[0].1),
        }
    }

    #[test]
    fn each_claim_has_its_rule() {
        for (field, good) in [
            (F::Name, "Åse Nordmann"),
            (F::Website, "https://anna.example/me?x=1"),
            (F::Picture, "https://anna.example/a.png"),
            (F::Birthdate, "1990-04-01"),
            (F::Birthdate, "1990"),
            (F::Birthdate, "0000-02-29"),
            (F::Birthdate, "2000-02-29"),
            (F::Zoneinfo, "Europe/Oslo"),
            (F::Zoneinfo, "America/Argentina/Buenos_Aires"),
            (F::Zoneinfo, "Asia/Calcutta"),
            (F::Locale, "de"),
            (F::Locale, "nb-NO"),
            (F::Locale, "zh-Hant-TW"),
            (F::Locale, "sl-rozaj-biske-1994"),
            (F::Locale, "en-u-ca-gregory-x-mine"),
            (F::Locale, "es-419"),
            (F::Country, "Norge"),
        ] {
            assert_eq!(one(field, good), Ok(Some(good.to_owned())), "{field:?}");
        }
        for (field, bad, why) in [
            (F::Website, "http://anna.example/", BadClaim::NotHttps),
            (F::Website, "javascript:alert(1)", BadClaim::NotHttps),
            (F::Website, "https:/anna.example", BadClaim::NotHttps),
            (F::Website, "https://anna:pw@anna.example/", BadClaim::NotHttps),
            (F::Website, "https://localhost/", BadClaim::NotHttps),
            (F::Website, "https://127.0.0.1/", BadClaim::NotHttps),
            (F::Picture, "//anna.example/a.png", BadClaim::NotHttps),
            (F::Profile, "https://a.example/\"><script>", BadClaim::NotHttps),
            (F::Birthdate, "1990-13-01", BadClaim::NoDate),
            (F::Birthdate, "1990-02-29", BadClaim::NoDate),
            (F::Birthdate, "1900-02-29", BadClaim::NoDate),
            (F::Birthdate, "1990-04", BadClaim::NoDate),
            (F::Birthdate, "01.04.1990", BadClaim::NoDate),
            (F::Birthdate, "0000", BadClaim::NoDate),
            (F::Birthdate, "1990-04-01-01", BadClaim::NoDate),
            (F::Zoneinfo, "Europe/Atlantis", BadClaim::NoZone),
            (F::Zoneinfo, "../etc/passwd", BadClaim::NoZone),
            (F::Zoneinfo, "europe/oslo", BadClaim::NoZone),
            (F::Locale, "d", BadClaim::NoLanguage),
            (F::Locale, "de-", BadClaim::NoLanguage),
            (F::Locale, "deutsch-Österreich", BadClaim::NoLanguage),
            (F::Locale, "en-x", BadClaim::NoLanguage),
            (F::Locale, "<script>", BadClaim::NoLanguage),
            (F::Name, "a\r\nb", BadClaim::Control),
            (F::Nickname, "\u{7}", BadClaim::Control),
        ] {
            assert_eq!(one(field, bad), Err(why), "{field:?} {bad}");
        }
        assert_eq!(one(F::Name, &"x".repeat(201)), Err(BadClaim::TooLong(LINE_MAX)));
        assert_eq!(one(F::Name, &"å".repeat(200)), Ok(Some("å".repeat(200))));
        let grows = format!("https://anna.example/{}", "å".repeat(1_000));
        assert_eq!(one(F::Website, &grows), Err(BadClaim::TooLong(URL_MAX)));
        assert_eq!(one(F::Locale, "de_CH"), Ok(Some("de-CH".to_owned())));
        assert_eq!(one(F::Gender, "  "), Ok(None));
    }

    #[test]
    fn what_is_not_in_the_edit_stays_and_everything_wrong_is_told_at_once() {
        let before = StandardClaims {
            name: Some("Anna".into()),
            website: Some("http://written.by.the.operator/".into()),
            phone_number: Some("+49301234567".into()),
            ..Default::default()
        };
        let edit = ProfileEdit::default()
            .with(F::Nickname, " Anni ")
            .with(F::Website, "http://written.by.the.operator/");
        let after = edit.apply(&before).unwrap();
        assert_eq!(after, StandardClaims { nickname: Some("Anni".into()), ..before.clone() });
        let gone = ProfileEdit::default().with(F::Name, "").apply(&before).unwrap();
        assert_eq!(gone.name, None);
        let two = ProfileEdit::default().with(F::Zoneinfo, "x").with(F::Birthdate, "y").with(F::Name, "fine");
        let wrong = two.apply(&before).unwrap_err();
        assert_eq!(wrong, [(F::Birthdate, BadClaim::NoDate), (F::Zoneinfo, BadClaim::NoZone)]);
    }

    #[test]
    fn an_address_is_kept_member_by_member_and_written_out() {
        let edit = ProfileEdit::default()
            .with(F::StreetAddress, "Storgata 1")
            .with(F::PostalCode, "0155")
            .with(F::Locality, "Oslo")
            .with(F::Country, "NO");
        let claims = edit.apply(&StandardClaims::default()).unwrap();
        let address = claims.address.clone().unwrap();
        assert_eq!(address.formatted.as_deref(), Some("Storgata 1\n0155 Oslo\nNO"));
        let own = ProfileEdit::default().with(F::Locality, "Bergen").with(F::Formatted, "PB 1\nBergen");
        let address = own.apply(&claims).unwrap().address.unwrap();
        assert_eq!(address.formatted.as_deref(), Some("PB 1\nBergen"));
        let two_lines = StandardClaims {
            address: Some(Address { street_address: Some("Storgata 1\n3. etg.".into()), ..address.clone() }),
            ..claims.clone()
        };
        let shown = shown(&two_lines, F::StreetAddress);
        assert_eq!(shown, "Storgata 1, 3. etg.");
        let same = ProfileEdit::default().with(F::StreetAddress, shown).apply(&two_lines).unwrap();
        assert_eq!(same, two_lines, "a form that only showed it changes nothing");
        let none = F::ALL.iter().filter(|it| it.is_of_address());
        let none = none.fold(ProfileEdit::default(), |edit, field| edit.with(*field, ""));
        assert_eq!(none.apply(&two_lines).unwrap().address, None);
    }

    #[test]
    fn a_profile_keeps_its_roles_and_is_written_only_if_it_changed() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let here = found(&ctx).live(&ctx).unwrap();
        let out = update(&ctx, &here, &ProfileEdit::default().with(F::Name, " Anna "));
        let [Write::SetClaims(user, claims, _)] = &out.writes[..] else { panic!() };
        assert_eq!((claims.name.as_deref(), *user), (Some("Anna"), here.user().id));
        assert_eq!(out.events.len(), 1);
        let same = update(&ctx, &here, &ProfileEdit::default().with(F::Name, ""));
        assert!(same.writes.is_empty() && same.events.is_empty());
        let bad = update(&ctx, &here, &ProfileEdit::default().with(F::Zoneinfo, "<script>"));
        assert!(bad.writes.is_empty());
        assert_eq!(bad.result.unwrap_err(), ProfileRefused::Fields(vec![(F::Zoneinfo, BadClaim::NoZone)]));
    }

    #[test]
    fn the_list_of_zones_is_whole() {
        let zones: Vec<&str> = include_str!("zones.txt").lines().collect();
        assert!(zones.len() > 550 && zones.is_sorted() && zones.contains(&"UTC"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_rule_panic(text in "\\PC{0,60}", at in 0..F::ALL.len()) {
            let _ = one(F::ALL[at], &text);
        }
    }
}
