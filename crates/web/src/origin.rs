//! Where we live: the issuer, split into what the edge needs. It comes from the configuration, never from a request.

use url::Url;

/// The configured issuer and what follows from it.
#[derive(Debug, Clone)]
pub struct Site {
    issuer: String,
    origin: String,
    base: String,
    https: bool,
}

/// The issuer cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadIssuer {
    /// Not a URL.
    #[error("the issuer is not a URL")]
    NotAUrl,
    /// RFC 8414 2: https, except on this machine.
    #[error("the issuer must begin with https:// (http:// is for localhost only)")]
    NotHttps,
    /// RFC 8414 2: no query, no fragment; and no user, no trailing slash, written as browsers write it.
    #[error("the issuer must have no query, fragment, user name or trailing slash: write it as {0}")]
    NotPlain(String),
}

impl Site {
    /// Parses the configured issuer; it is used byte for byte from then on.
    pub fn new(issuer: &str) -> Result<Self, BadIssuer> {
        let url = Url::parse(issuer).map_err(|_| BadIssuer::NotAUrl)?;
        let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if !(url.scheme() == "https" || url.scheme() == "http" && loopback) {
            return Err(BadIssuer::NotHttps);
        }
        let origin = url.origin().ascii_serialization();
        let base = url.path().trim_end_matches('/').to_owned();
        let plain = format!("{origin}{base}");
        let plain_path =
            base.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/".contains(&b)) && !base.contains("//");
        if plain != issuer || !plain_path {
            return Err(BadIssuer::NotPlain(plain));
        }
        Ok(Self { issuer: plain, origin, base, https: url.scheme() == "https" })
    }

    /// RFC 8414 2, byte for byte.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
    /// Scheme, host and port: what browsers send as `Origin`.
    pub fn origin(&self) -> &str {
        &self.origin
    }
    /// The issuer's path, such as `/identity-backend`; empty at the root.
    pub fn base(&self) -> &str {
        &self.base
    }
    /// Is the issuer https?
    pub fn https(&self) -> bool {
        self.https
    }
    /// One of our paths (`/token`) as an absolute URL.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
    /// One of our paths as browsers ask for it, with the issuer's path in front.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_plain_and_https_or_local() {
        for good in [
            "https://id.example",
            "https://h.example/identity-backend",
            "http://localhost:8080",
            "http://127.0.0.1:1",
        ] {
            assert_eq!(Site::new(good).unwrap().issuer(), good);
        }
        for bad in [
            "id.example",
            "http://id.example",
            "https://id.example/",
            "https://id.example?x",
            "https://id.example#x",
            "https://u@id.example",
            "https://ID.example",
            "https://id.example:443",
            "https://id.example/a//b",
            "https://id.example/a%20b",
        ] {
            assert!(Site::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_stand_under_the_issuer() {
        let site = Site::new("https://h.example/id").unwrap();
        assert_eq!(
            (site.url("/token").as_str(), site.path("/token").as_str()),
            ("https://h.example/id/token", "/id/token")
        );
        assert_eq!(site.origin(), "https://h.example");
    }
}
