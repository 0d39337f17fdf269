//! The issuer.

use countersign_web::origin::{BadIssuer, Site};
use url::Url;

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
    let (what, mend) = match (Site::new(text), Url::parse(text)) {
        (Ok(_), Ok(url)) => return Some((text.to_owned(), url)),
        (Err(BadIssuer::NotPlain(plain)), _) => (
            "`issuer` is not in its plain form: no query, fragment, user name or slash at the end",
            format!("write {plain}"),
        ),
        (Err(BadIssuer::NotHttps), _) => (
            "`issuer` is not https",
            "write it like https://id.example.com; http only on localhost".to_owned(),
        ),
        (Err(BadIssuer::NotAUrl), _) | (Ok(_), Err(_)) => {
            ("`issuer` is not a URL", "write it like https://id.example.com".to_owned())
        }
    };
    problems.add(place, what, "apps compare the issuer byte for byte, and reach the server at it", mend);
    None
}
