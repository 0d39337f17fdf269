//! The languages we speak, and how one is chosen.

use unic_langid::LanguageIdentifier;

/// A language with a complete set of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locale {
    /// English, the fallback.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
    /// Norwegian, Bokmål; readers of Nynorsk get it too.
    Nb,
    /// English from right to left, to look at: no person is ever answered in it, only the development pages and tests
    /// draw it.
    Mirrored,
}

impl Locale {
    /// All languages, for discovery's `ui_locales_supported`.
    pub const ALL: [Locale; 5] = [Locale::En, Locale::De, Locale::Fr, Locale::Es, Locale::Nb];
    /// With the one that is only looked at.
    pub const EVERY: [Locale; 6] =
        [Locale::En, Locale::De, Locale::Fr, Locale::Es, Locale::Nb, Locale::Mirrored];

    /// The BCP 47 tag, as `<html lang>` carries it.
    pub fn tag(self) -> &'static str {
        match self {
            Locale::En => "en",
            Locale::De => "de",
            Locale::Fr => "fr",
            Locale::Es => "es",
            Locale::Nb => "nb",
            Locale::Mirrored => "ar-XB",
        }
    }

    /// The writing direction, as `<html dir>` carries it.
    pub fn dir(self) -> &'static str {
        match self {
            Locale::En | Locale::De | Locale::Fr | Locale::Es | Locale::Nb => "ltr",
            Locale::Mirrored => "rtl",
        }
    }

    /// The language called by a BCP 47 tag (`de`, `de-AT`), if we speak it.
    pub fn from_tag(tag: &str) -> Option<Locale> {
        let wanted: LanguageIdentifier = tag.trim().parse().ok()?;
        match wanted.language.as_str() {
            // The macrolanguage, and the sister that has no words of its own here.
            "no" | "nn" => Some(Locale::Nb),
            language => Locale::ALL.into_iter().find(|l| l.tag() == language),
        }
    }

    /// The same, and the one that is only looked at.
    pub fn from_any_tag(tag: &str) -> Option<Locale> {
        Locale::EVERY.into_iter().find(|l| l.tag() == tag).or_else(|| Locale::from_tag(tag))
    }

    /// OpenID Connect Core 3.1.2.1: the first of `ui_locales` that we speak, else the best of Accept-Language
    /// (RFC 9110 12.5.4), else English. What cannot be read counts as not said.
    pub fn negotiate(ui_locales: Option<&str>, accept_language: Option<&str>) -> Locale {
        let asked = ui_locales.unwrap_or("").split_ascii_whitespace().take(20).find_map(Locale::from_tag);
        asked.unwrap_or_else(|| accepted(accept_language.unwrap_or("")).unwrap_or_default())
    }
}

fn accepted(header: &str) -> Option<Locale> {
    let mut best: Option<(u32, Locale)> = None;
    for item in header.split(',').take(30) {
        let (tag, params) = item.split_once(';').unwrap_or((item, "q=1"));
        let weight = params.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse::<f32>().ok());
        let weight = (weight.unwrap_or(0.0).clamp(0.0, 1.0) * 1000.0) as u32;
        let locale = if tag.trim() == "*" { Some(Locale::En) } else { Locale::from_tag(tag) };
        if let Some(locale) = locale
            && weight > best.map_or(0, |(w, _)| w)
        {
            best = Some((weight, locale));
        }
    }
    best.map(|(_, locale)| locale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ui_locales_go_before_the_browser() {
        assert_eq!(Locale::negotiate(Some("xx de-CH en"), Some("fr")), Locale::De);
        assert_eq!(Locale::negotiate(Some("xx"), Some("fr")), Locale::Fr);
    }

    #[test]
    fn the_heaviest_language_we_speak_wins() {
        assert_eq!(Locale::negotiate(None, Some("pt, en;q=0.3, es-MX;q=0.8, de;q=0.5")), Locale::Es);
        assert_eq!(Locale::negotiate(None, Some("de-DE,de;q=0.9,en;q=0.8")), Locale::De);
        assert_eq!(Locale::negotiate(None, Some("de;q=0, *;q=0.1")), Locale::En);
    }

    #[test]
    fn norwegian_goes_by_three_names() {
        for tag in ["nb", "nb-NO", "no", "nn-NO"] {
            assert_eq!(Locale::negotiate(None, Some(tag)), Locale::Nb, "{tag}");
        }
    }

    #[test]
    fn nobody_is_answered_in_the_language_that_is_only_looked_at() {
        assert_eq!(Locale::negotiate(Some("ar-XB"), Some("ar-XB, ar;q=0.9")), Locale::En);
        assert_eq!(Locale::from_any_tag("ar-XB").map(Locale::dir), Some("rtl"));
    }

    #[test]
    fn nonsense_is_english() {
        for junk in ["", ";;;", "q=1", "de;q=abc", "\u{0}", "日本語", &"a,".repeat(5000)] {
            assert_eq!(Locale::negotiate(Some(junk), Some(junk)), Locale::En, "{junk}");
        }
    }
}
