//! Request parameters, `application/x-www-form-urlencoded`, from a query or a body: decoded once, strictly.

use std::borrow::Cow;

/// RFC 6749 3.1 and 3.2: every parameter at most once (RFC 8707 2 allows several `resource`, RFC 8693 2.1
/// several `audience`), one without a value counts as omitted, unknown ones are ignored.
#[derive(Default)]
pub struct Params<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// The text is not a list of parameters. RFC 6749 5.2: `invalid_request`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum BadParams {
    #[error("a percent sign without two hexadecimal digits")]
    Percent,
    #[error("not UTF-8")]
    Utf8,
    #[error("U+0000")]
    Nul,
    #[error("more than {MOST} parameters")]
    TooMany,
    #[error("the parameter {0} came twice")]
    Twice(String),
}

/// More than any request needs, and few enough that looking for doubles stays cheap.
const MOST: usize = 100;
const REPEATABLE: [&str; 2] = ["resource", "audience"];

impl<'a> Params<'a> {
    /// Reads a query string (without `?`) or a body.
    pub fn parse(encoded: &'a [u8]) -> Result<Self, BadParams> {
        let mut pairs: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::with_capacity(8);
        for pair in encoded.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            if pairs.len() >= MOST {
                return Err(BadParams::TooMany);
            }
            let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            let name = form_decode(name)?;
            let value = form_decode(value.get(1..).unwrap_or_default())?;
            if !REPEATABLE.contains(&&*name) && pairs.iter().any(|(other, _)| *other == name) {
                return Err(BadParams::Twice(name.chars().take(40).collect()));
            }
            pairs.push((name, value));
        }
        Ok(Self { pairs })
    }

    /// The parameter's value; `None` if it is missing or empty.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of a parameter that may come several times, without empty ones.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(n, v)| n == name && !v.is_empty()).map(|(_, v)| &**v)
    }

    /// The names, in the order they came, for a trace: never the values.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(name, _)| &**name)
    }
}

/// Shows names only: values may be secrets.
impl std::fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// One name or value of `application/x-www-form-urlencoded`; RFC 6749 2.3.1 uses it inside Basic too.
pub(crate) fn form_decode(text: &[u8]) -> Result<Cow<'_, str>, BadParams> {
    if text.contains(&0) {
        return Err(BadParams::Nul);
    }
    if !text.iter().any(|b| matches!(b, b'%' | b'+')) {
        return std::str::from_utf8(text).map(Cow::Borrowed).map_err(|_| BadParams::Utf8);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
                let (high, low) = (digit().ok_or(BadParams::Percent)?, digit().ok_or(BadParams::Percent)?);
                u8::try_from(high * 16 + low).map_err(|_| BadParams::Percent)?
            }
            other => other,
        });
    }
    if out.contains(&0) {
        return Err(BadParams::Nul);
    }
    String::from_utf8(out).map(Cow::Owned).map_err(|_| BadParams::Utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_empty_ones_omitted() {
        let p = Params::parse(b"a=1+2%2B3&b=&c&d=%C3%A9&resource=x&resource=y").unwrap();
        assert_eq!(p.one("a"), Some("1 2+3"));
        assert_eq!((p.one("b"), p.one("c"), p.one("z")), (None, None, None));
        assert_eq!(p.one("d"), Some("é"));
        assert_eq!(p.all("resource").collect::<Vec<_>>(), ["x", "y"]);
        assert!(!format!("{p:?}").contains('é'));
    }

    #[test]
    fn broken_parameters_are_refused() {
        for (bad, why) in [
            (&b"a=%2"[..], BadParams::Percent),
            (b"a=%zz", BadParams::Percent),
            (b"a=%ff", BadParams::Utf8),
            (b"a=\xff", BadParams::Utf8),
            (b"a=%00", BadParams::Nul),
            (b"a=\0", BadParams::Nul),
            (b"a=1&a=2", BadParams::Twice("a".into())),
            (b"a=1&%61=2", BadParams::Twice("a".into())),
            (b"a&a=", BadParams::Twice("a".into())),
        ] {
            assert_eq!(Params::parse(bad).unwrap_err(), why, "{bad:?}");
        }
        let many = (0..101).map(|i| format!("p{i}=1")).collect::<Vec<_>>().join("&");
        assert_eq!(Params::parse(many.as_bytes()).unwrap_err(), BadParams::TooMany);
    }
}
