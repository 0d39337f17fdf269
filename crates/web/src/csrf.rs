//! Cross-site request forgery: which posts may act with this browser's cookies.

use crate::origin::Site;
use axum::http::{HeaderMap, header};

/// DESIGN 7: what the browser itself says of where a form came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// The browser vouches: our own page sent it.
    SameOrigin,
    /// The browser says nothing usable (old browser, stripped header): the form token must decide.
    Unknown,
    /// Another site sent it.
    Foreign,
}

/// `Sec-Fetch-Site: same-origin` decides before `Origin`; a null or missing `Origin` without it
/// leaves the decision to the form token.
pub fn provenance(headers: &HeaderMap, site: &Site) -> Provenance {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    match text("sec-fetch-site") {
        Some("same-origin") => return Provenance::SameOrigin,
        Some("cross-site" | "same-site") => return Provenance::Foreign,
        Some(_) | None => {}
    }
    match text(header::ORIGIN.as_str()) {
        None | Some("null") => Provenance::Unknown,
        Some(origin) if origin == site.origin() => Provenance::SameOrigin,
        Some(_) => Provenance::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&'static str, &str)]) -> Provenance {
        let mut headers = HeaderMap::new();
        pairs.iter().for_each(|(n, v)| {
            headers.insert(*n, v.parse().unwrap());
        });
        provenance(&headers, &Site::new("https://id.example/x").unwrap())
    }

    #[test]
    fn fetch_metadata_decides_before_origin() {
        use Provenance::*;
        assert_eq!(of(&[("sec-fetch-site", "same-origin"), ("origin", "null")]), SameOrigin);
        assert_eq!(of(&[("sec-fetch-site", "cross-site"), ("origin", "https://id.example")]), Foreign);
        assert_eq!(of(&[("sec-fetch-site", "same-site")]), Foreign);
        assert_eq!(of(&[("origin", "https://id.example")]), SameOrigin);
        assert_eq!(of(&[("origin", "https://evil.example")]), Foreign);
        assert_eq!(of(&[("origin", "null")]), Unknown);
        assert_eq!(of(&[]), Unknown);
        assert_eq!(of(&[("sec-fetch-site", "none")]), Unknown);
    }
}
