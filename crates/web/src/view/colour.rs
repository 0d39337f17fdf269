//! A client's colour, made safe to read: WCAG 2.2 contrast, computed here and not hoped for.

use serde::Serialize;

/// The accent of one appearance: what fills a button, and what is written on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// `#rrggbb`, for buttons and links.
    pub fill: String,
    /// `#rrggbb`, for text on the fill.
    pub ink: String,
}

/// The accent in light and dark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accent {
    /// On the light card.
    pub light: Pair,
    /// On the dark card.
    pub dark: Pair,
}

type Rgb = [u8; 3];

/// The page colours that an accent must stand out from; they repeat `app.css` and a test compares them.
pub(super) const LIGHT_CARD: Rgb = [0xff, 0xff, 0xff];
pub(super) const LIGHT_PAGE: Rgb = [0xf4, 0xf5, 0xf8];
pub(super) const DARK_CARD: Rgb = [0x1a, 0x1d, 0x24];
const DARK_INK: Rgb = [0x0c, 0x0f, 0x16];
const WHITE: Rgb = [0xff; 3];

/// What our own accent is: a deep ink blue, and its lighter sister in the dark.
pub(super) const INK_BLUE: Rgb = [0x23, 0x3a, 0x8c];
pub(super) const INK_BLUE_DARK: Rgb = [0x9d, 0xb2, 0xff];

/// WCAG 2.2 1.4.3: text needs 4.5:1.
const TEXT: f64 = 4.5;

/// The accent for a client's `#rgb` or `#rrggbb`. A colour too pale for white text and for links on white is not bent
/// into another one: the deep ink blue stands in. In the dark, the colour is lightened until it can be read.
pub fn accent(colour: Option<&str>) -> Accent {
    let chosen = colour.and_then(parse).filter(|c| {
        contrast(*c, LIGHT_CARD) >= TEXT && contrast(*c, LIGHT_PAGE) >= TEXT && contrast(*c, WHITE) >= TEXT
    });
    match chosen {
        Some(colour) => Accent { light: pair(colour, WHITE), dark: pair(lighten(colour), DARK_INK) },
        None => Accent { light: pair(INK_BLUE, WHITE), dark: pair(INK_BLUE_DARK, DARK_INK) },
    }
}

/// Whether the colour is used, or ours stands in for it.
pub fn readable(colour: &str) -> bool {
    accent(Some(colour)).light != accent(None).light || parse(colour) == Some(INK_BLUE)
}

/// Contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio").
pub(super) fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn lighten(colour: Rgb) -> Rgb {
    let mut share = 0.0;
    let mut lit = colour;
    // A little more than the rule asks: bright text on dark looks thinner than it is.
    while contrast(lit, DARK_CARD) < TEXT + 1.5 && share < 1.0 {
        share += 0.05;
        lit = colour.map(|c| (f64::from(c) + (255.0 - f64::from(c)) * share).round() as u8);
    }
    lit
}

fn luminance([r, g, b]: Rgb) -> f64 {
    let linear = |c: u8| {
        let c = f64::from(c) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

fn parse(text: &str) -> Option<Rgb> {
    let hex = text.trim().strip_prefix('#')?;
    if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(hex, 16).ok()?;
    let byte = |shift: u32| ((number >> shift) & 0xff) as u8;
    let nibble = |shift: u32| (((number >> shift) & 0xf) * 17) as u8;
    match hex.len() {
        6 => Some([byte(16), byte(8), byte(0)]),
        3 => Some([nibble(8), nibble(4), nibble(0)]),
        _ => None,
    }
}

fn pair(fill: Rgb, ink: Rgb) -> Pair {
    let hex = |[r, g, b]: Rgb| format!("#{r:02x}{g:02x}{b:02x}");
    Pair { fill: hex(fill), ink: hex(ink) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((contrast([0; 3], WHITE) - 21.0).abs() < 0.01);
        assert!((contrast([0x77; 3], WHITE) - 4.48).abs() < 0.01);
        assert!((contrast(WHITE, WHITE) - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_readable_colour_is_kept() {
        assert_eq!(accent(Some("#0b6e4f")).light, Pair { fill: "#0b6e4f".into(), ink: "#ffffff".into() });
        assert_eq!(accent(Some("#a00")).light.fill, "#aa0000");
    }

    #[test]
    fn a_pale_or_odd_colour_falls_back_to_ink_blue() {
        for odd in ["#ffd400", "#fff", "red", "#12", "#12345g", "#0b6e4f;}", "", "rgb(0,0,0)", "#+12345"] {
            assert_eq!(accent(Some(odd)), accent(None), "{odd}");
        }
    }

    #[test]
    fn every_accent_can_be_read_in_light_and_dark() {
        for n in (0u32..0x00ff_ffff).step_by(4_099) {
            let chosen = accent(Some(&format!("#{n:06x}")));
            let (light, dark) = (parse(&chosen.light.fill).unwrap(), parse(&chosen.dark.fill).unwrap());
            assert!(contrast(light, LIGHT_PAGE) >= TEXT && contrast(light, WHITE) >= TEXT, "{chosen:?}");
            assert!(contrast(dark, DARK_CARD) >= TEXT && contrast(dark, DARK_INK) >= TEXT, "{chosen:?}");
        }
    }

    #[test]
    fn the_stylesheet_has_the_colours_that_are_checked_here() {
        let css = include_str!("../../assets/app.css");
        for [r, g, b] in [LIGHT_CARD, LIGHT_PAGE, DARK_CARD, DARK_INK, INK_BLUE, INK_BLUE_DARK] {
            let long = format!("#{r:02x}{g:02x}{b:02x}");
            assert!(css.contains(&long), "{long}");
        }
    }
}
