//! An app's logo: a small picture, told by its bytes and never by what somebody says of it.

use crate::secret::{base64url, from_base64url};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

/// No logo is larger: a first page is to stay below 60 kB with everything on it.
pub const MOST_BYTES: usize = 32 * 1024;
/// No side of it is longer: a small file may unpack to a very large picture.
const MOST_PIXELS: u32 = 2_048;

/// A picture that may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    kind: LogoKind,
    bytes: Vec<u8>,
}

/// What the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LogoKind {
    Png,
    Jpeg,
    Gif,
    Webp,
    Svg,
}

/// Why a picture is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLogo {
    /// Longer than [`MOST_BYTES`].
    #[error("the logo is larger than 32 KiB: pages are to load fast; 96 pixels a side are enough")]
    TooLarge,
    /// None of the kinds we know.
    #[error("the logo is no PNG, JPEG, GIF, WebP or SVG, whatever its name says")]
    UnknownKind,
    /// More pixels than anybody needs.
    #[error("the logo is more than 2048 pixels wide or high")]
    TooManyPixels,
    /// XML with a document type may unpack without end.
    #[error("the logo is an SVG with a document type: remove the <!DOCTYPE> and its entities")]
    Doctype,
}

impl Logo {
    /// The picture that these bytes are.
    pub fn sniff(bytes: &[u8]) -> Result<Self, BadLogo> {
        if bytes.len() > MOST_BYTES {
            return Err(BadLogo::TooLarge);
        }
        let kind = kind(bytes)?;
        let (width, height) = match kind {
            LogoKind::Png => pair(bytes, 16, 20, be32),
            LogoKind::Gif => pair(bytes, 6, 8, le16),
            LogoKind::Jpeg => jpeg(bytes),
            LogoKind::Webp => webp(bytes),
            // Drawn at the size of its place.
            LogoKind::Svg => Some((1, 1)),
        }
        .ok_or(BadLogo::UnknownKind)?;
        if width == 0 || height == 0 {
            return Err(BadLogo::UnknownKind);
        }
        if width.max(height) > MOST_PIXELS {
            return Err(BadLogo::TooManyPixels);
        }
        Ok(Self { kind, bytes: bytes.to_vec() })
    }

    /// `Content-Type`.
    pub const fn content_type(&self) -> &'static str {
        match self.kind {
            LogoKind::Png => "image/png",
            LogoKind::Jpeg => "image/jpeg",
            LogoKind::Gif => "image/gif",
            LogoKind::Webp => "image/webp",
            LogoKind::Svg => "image/svg+xml",
        }
    }

    /// A file name that changes when the picture does.
    pub fn name(&self) -> String {
        let digest = Sha256::digest(&self.bytes);
        let start = digest.get(..12).unwrap_or_default();
        let ending = match self.kind {
            LogoKind::Png => "png",
            LogoKind::Jpeg => "jpg",
            LogoKind::Gif => "gif",
            LogoKind::Webp => "webp",
            LogoKind::Svg => "svg",
        };
        format!("{}.{ending}", base64url(start))
    }

    /// The picture.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// By signature, as the WHATWG MIME Sniffing standard (6.1) tells images apart.
fn kind(bytes: &[u8]) -> Result<LogoKind, BadLogo> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Ok(LogoKind::Png)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Ok(LogoKind::Jpeg)
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        Ok(LogoKind::Gif)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Ok(LogoKind::Webp)
    } else {
        svg(bytes).map(|()| LogoKind::Svg)
    }
}

/// An XML file whose first element is `svg`. What it holds is harmless where we serve it: browsers run nothing and
/// fetch nothing for a picture, and the address itself answers with a policy that forbids both.
fn svg(bytes: &[u8]) -> Result<(), BadLogo> {
    let text = std::str::from_utf8(bytes).map_err(|_| BadLogo::UnknownKind)?;
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    for (begin, end) in [("<?xml", "?>"), ("<!--", "-->"), ("<!--", "-->"), ("<!--", "-->")] {
        if rest.starts_with(begin) {
            let (_, after) = rest.split_once(end).ok_or(BadLogo::UnknownKind)?;
            rest = after.trim_start();
        }
    }
    let low = text.to_ascii_lowercase();
    let element = rest.strip_prefix("<svg").is_some_and(|it| it.starts_with([' ', '>', '\n', '\r', '\t']));
    if (element || rest.starts_with("<!")) && (low.contains("<!doctype") || low.contains("<!entity")) {
        return Err(BadLogo::Doctype);
    }
    if element && low.contains("http://www.w3.org/2000/svg") { Ok(()) } else { Err(BadLogo::UnknownKind) }
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}
fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}
fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    Some(le16(bytes, at)? | u32::from(*bytes.get(at + 2)?) << 16)
}
fn pair(
    bytes: &[u8],
    width: usize,
    height: usize,
    read: fn(&[u8], usize) -> Option<u32>,
) -> Option<(u32, u32)> {
    Some((read(bytes, width)?, read(bytes, height)?))
}

/// The first frame header among the segments.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        let frame = matches!(marker, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf);
        if frame {
            return Some((be16(bytes, at + 7)?, be16(bytes, at + 5)?));
        }
        at = match marker {
            0xff => at + 1,
            0x01 | 0xd0..=0xd8 => at + 2,
            _ => at + 2 + usize::try_from(be16(bytes, at + 2)?).ok()?.max(2),
        };
    }
}

/// Lossy, lossless or extended: each writes its size in its own way.
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8 " => pair(bytes, 26, 28, le16).map(|(w, h)| (w & 0x3fff, h & 0x3fff)),
        b"VP8L" => {
            let bits = u32::from_le_bytes(bytes.get(21..25)?.try_into().ok()?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => pair(bytes, 24, 27, le24).map(|(w, h)| (w + 1, h + 1)),
        _ => None,
    }
}

/// As stored: base64url, looked at again when it is read.
impl Serialize for Logo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64url(&self.bytes))
    }
}

impl<'de> Deserialize<'de> for Logo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = from_base64url(&text).ok_or_else(|| D::Error::custom("not base64url"))?;
        Self::sniff(&bytes).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes(), b"\x08"]
            .concat()
    }

    #[test]
    fn pictures_are_told_by_their_bytes() {
        let gif = b"GIF89a\x30\0\x30\0".as_slice();
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x0b\x08\0\x30\0\x40\x03".as_slice();
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x30\0\x30\0".as_slice();
        let lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x2f\xc0\x0b\0".as_slice();
        let extended = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x2f\0\0\x2f\0\0".as_slice();
        let svg =
            b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- ours --><svg xmlns=\"http://www.w3.org/2000/svg\"/>"
                .as_slice();
        for (bytes, content_type) in [
            (png(48, 48).as_slice(), "image/png"),
            (gif, "image/gif"),
            (jpeg, "image/jpeg"),
            (lossy, "image/webp"),
            (lossless, "image/webp"),
            (extended, "image/webp"),
            (svg, "image/svg+xml"),
        ] {
            assert_eq!(Logo::sniff(bytes).map(|it| it.content_type()), Ok(content_type));
        }
    }

    #[test]
    fn what_is_no_picture_or_too_much_of_one_is_refused() {
        let bomb = b"<?xml version=\"1.0\"?><!DOCTYPE svg [<!ENTITY a \"aa\">]><svg xmlns=\"http://www.w3.org/2000/svg\">&a;</svg>";
        for (bytes, why) in [
            (b"".as_slice(), BadLogo::UnknownKind),
            (b"<!doctype html><script>alert(1)</script>", BadLogo::Doctype),
            (b"<html><svg xmlns=\"http://www.w3.org/2000/svg\"></svg>", BadLogo::UnknownKind),
            (b"\x89PNG\r\n\x1a\n", BadLogo::UnknownKind),
            (b"\xff\xd8\xff", BadLogo::UnknownKind),
            (b"\xff\xd8\xff\xe0\0\0\xff\xe0\0\0", BadLogo::UnknownKind),
            (b"RIFF\0\0\0\0WEBP", BadLogo::UnknownKind),
            (b"%PDF-1.7", BadLogo::UnknownKind),
            (&png(0, 5), BadLogo::UnknownKind),
            (&png(2_049, 1), BadLogo::TooManyPixels),
            (&vec![b' '; MOST_BYTES + 1], BadLogo::TooLarge),
            (bomb, BadLogo::Doctype),
        ] {
            assert_eq!(Logo::sniff(bytes), Err(why), "{:?}", bytes.get(..20));
        }
    }

    #[test]
    fn a_logo_survives_being_stored_and_its_name_follows_its_bytes() {
        let logo = Logo::sniff(&png(48, 48)).unwrap();
        let stored = serde_json::to_string(&logo).unwrap();
        assert_eq!(serde_json::from_str::<Logo>(&stored).unwrap(), logo);
        assert!(serde_json::from_str::<Logo>("\"PGh0bWw-\"").is_err());
        assert_ne!(logo.name(), Logo::sniff(&png(48, 47)).unwrap().name());
        assert!(logo.name().ends_with(".png"));
    }
}
