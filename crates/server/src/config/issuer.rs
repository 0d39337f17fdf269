//! The issuer.

use url::{Host, Url};

use super::problem::Problems;
use super::values::Values;

/// RFC 8414 2: https, no query, no fragment; kept byte for byte, because clients compare it so.
pub(super) fn issuer(top: &Values, problems: &mut Problems) -> Option<(String, Url)> {
    let place = top.place("issuer");
    let Some(text) = top.text("issuer") else {
        problems.add(
            place,
            "`issuer` is missing",
            "apps know this server by it, and every token carries it",
            "write `issuer = \"https://id.example.com\"`",
        );
        return None;
    };
    let mut refuse = |what: &str, mend: String| {
        problems.add(place, what, "apps compare the issuer byte for byte, and reach the server at it", mend);
        None
    };
    let Ok(url) = Url::parse(text) else {
        return refuse("`issuer` is not a URL", "write it like https://id.example.com".to_owned());
    };
    let local = is_local(&url);
    match url.scheme() {
        "https" => {}
        "http" if local => {}
        "http" => {
            return refuse(
                "`issuer` is http",
                format!("write https://{}", text.trim_start_matches("http://")),
            );
        }
        _ => return refuse("`issuer` is not https", "write it like https://id.example.com".to_owned()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("`issuer` has a user name or password", "remove it".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("`issuer` has a query or fragment", "remove everything from the ? or # on".to_owned());
    }
    if text.ends_with('/') {
        return refuse("`issuer` ends with a slash", format!("write {}", text.trim_end_matches('/')));
    }
    let normal = url.as_str();
    let normal = if url.path() == "/" { normal.trim_end_matches('/') } else { normal };
    if normal != text || url.path().contains("//") || url.path().contains('%') {
        return refuse(
            "`issuer` is not in its plain form",
            format!("write {}", normal.replace("//", "/").replacen(":/", "://", 1)),
        );
    }
    Some((text.to_owned(), url))
}

/// Whether a URL leads to this machine.
pub(crate) fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
