//! What each claim may hold.

use crate::{Timestamp, time};
use url::{Host, Url};

/// No name or line of an address is longer.
pub const LINE_MAX: usize = 200;
/// No address of a page is longer.
pub const URL_MAX: usize = 2_000;

/// Why a claim cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadClaim {
    /// More characters than are kept.
    #[error("longer than {0} characters")]
    TooLong(usize),
    /// A line break or another control character, or nothing that anybody would see.
    #[error("holds a control character, or nothing that can be seen")]
    Control,
    /// OpenID Connect Core 5.1 wants an address of a page; ours are https.
    #[error("not an https URL")]
    NotHttps,
    /// OpenID Connect Core 5.1: `YYYY-MM-DD`, or the year alone.
    #[error("not a date of the form YYYY-MM-DD, and not a year")]
    NoDate,
    /// Nobody was born later than today.
    #[error("a date in the future")]
    Future,
    /// RFC 5646.
    #[error("not a BCP 47 language tag")]
    NoLanguage,
    /// The IANA time zone database.
    #[error("not a time zone of the IANA database")]
    NoZone,
}

/// What a claim may hold.
pub(super) enum Rule {
    Line,
    Lines,
    Https,
    Date,
    Language,
    Zone,
}

impl Rule {
    /// What is kept of a text; `None` for an empty one.
    pub(super) fn check(&self, typed: &str, now: Timestamp) -> Result<Option<String>, BadClaim> {
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
        if text.chars().all(|c| c.is_whitespace() || unseen(c)) {
            return Err(BadClaim::Control);
        }
        match self {
            Self::Line | Self::Lines => Ok(Some(text.to_owned())),
            Self::Https => https(text).map(Some),
            Self::Date if !is_date(text) => Err(BadClaim::NoDate),
            Self::Date if is_future(text, now) => Err(BadClaim::Future),
            Self::Date => Ok(Some(text.to_owned())),
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

/// Later than today, wherever on earth it is latest (UTC+14). Of two dates so written the later one is the greater text.
fn is_future(date: &str, now: Timestamp) -> bool {
    let today = (now + time::hours(14)).rfc3339();
    today.get(..date.len()).is_none_or(|today| date > today)
}

/// Unicode's Default_Ignorable_Code_Point and its other format characters, which show nothing alone: a name made of them
/// is an empty space on every page. Within a name some have their use.
fn unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
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
    include_str!("../zones.txt").lines().any(|name| name == text)
}
