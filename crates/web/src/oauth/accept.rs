//! RFC 9110 12.5.1: which of two answers is wanted.

use axum::http::{HeaderMap, HeaderValue, header};

/// Does the caller want this media type rather than JSON? It must name it: a range such as `*/*` means whatever is
/// usual. Named with the same weight as JSON, it is wanted: nobody names it by accident.
pub fn wants(headers: &HeaderMap, media_type: &str) -> bool {
    let all = || headers.get_all(header::ACCEPT).iter().filter_map(|value| HeaderValue::to_str(value).ok());
    let weight = |names: &[&str]| {
        let entries = all().flat_map(|value| value.split(','));
        let parsed = entries
            .filter_map(entry)
            .filter(|(name, _)| names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted)));
        parsed.map(|(_, weight)| weight).max()
    };
    match (weight(&[media_type]), weight(&["application/json"])) {
        (None | Some(0), _) => false,
        (Some(_), None) => true,
        (Some(wanted), Some(json)) => wanted >= json,
    }
}

/// A media type, and its weight in thousandths. A weight that cannot be read makes the entry none.
fn entry(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next()?;
    let mut weights = parts
        .filter_map(|part| part.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("q")));
    match weights.next() {
        None => Some((name, 1000)),
        Some((_, weight)) => Some((name, thousandths(weight.trim())?)),
    }
}

/// RFC 9110 12.4.2: 0 to 1, with up to three digits behind the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !rest.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    match (whole, format!("{rest:0<3}").parse::<u16>().ok()?) {
        ("1", 0) => Some(1000),
        ("0", part) => Some(part),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JWT: &str = "application/token-introspection+jwt";

    #[test]
    fn the_signed_answer_is_for_who_names_it() {
        for (accept, signed) in [
            (vec![JWT], true),
            (vec!["Application/Token-Introspection+JWT"], true),
            (vec!["application/token-introspection+jwt, application/json"], true),
            (vec!["application/json", JWT], true),
            (vec!["application/json;q=0.5, application/token-introspection+jwt;q=0.6"], true),
            (vec!["application/json;q=0.9, application/token-introspection+jwt;q=0.8"], false),
            (vec!["application/token-introspection+jwt;q=0"], false),
            (vec!["application/token-introspection+jwt; Q=0.001"], true),
            (vec!["application/token-introspection+jwt;q=2"], false),
            (vec!["application/token-introspection+jwt;q=0.0001"], false),
            (vec!["application/token-introspection+jwt;q=x"], false),
            (vec!["application/token-introspection+jwt;q=1.5"], false),
            (vec!["*/*"], false),
            (vec!["application/*"], false),
            (vec!["text/html, */*;q=0.1"], false),
            (vec![""], false),
            (vec![";;q=,,="], false),
            (vec![], false),
        ] {
            let mut headers = HeaderMap::new();
            for one in &accept {
                headers.append(header::ACCEPT, HeaderValue::from_str(one).unwrap());
            }
            assert_eq!(wants(&headers, JWT), signed, "{accept:?}");
        }
    }
}
