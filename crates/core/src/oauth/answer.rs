//! RFC 6749 4.1.2, RFC 9207, Form Post Response Mode: how an answer travels to the app.

use super::refusal::RequestRefusal;
use super::{ResponseMode, ReturnTo};
use crate::Plain;
use crate::secret::kind;
use std::fmt;

/// An answer on its way through the browser. Made from a [`ReturnTo`] only.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// `Location` of a 303.
    Redirect(String),
    /// A form that sends itself.
    FormPost {
        /// Where to.
        action: String,
        /// What.
        inputs: Vec<(String, String)>,
    },
}

/// RFC 6749 4.1.2: the code.
pub fn success(to: &ReturnTo, code: &Plain<kind::Code>, issuer: &str) -> Answer {
    answer(to, &[("code", code.expose())], issuer)
}

/// RFC 6749 4.1.2.1: the refusal.
pub fn refusal(to: &ReturnTo, refusal: RequestRefusal, issuer: &str) -> Answer {
    answer(to, &[("error", refusal.code()), ("error_description", refusal.description())], issuer)
}

/// RFC 9207 2: with `iss`, on success and error alike; `state` byte for byte.
fn answer(to: &ReturnTo, what: &[(&str, &str)], issuer: &str) -> Answer {
    let state = to.state().map(|state| ("state", state));
    let all = what.iter().copied().chain(state).chain([("iss", issuer)]);
    match to.response_mode() {
        ResponseMode::Query => Answer::Redirect(with_query(to.redirect_uri(), all)),
        ResponseMode::FormPost => Answer::FormPost {
            action: to.redirect_uri().to_owned(),
            inputs: all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        },
    }
}

/// RFC 6749 3.1.2: the address keeps its own query.
pub fn with_query<'a>(uri: &str, params: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = uri.to_owned();
    for (name, value) in params {
        let glue = match (out.contains('?'), out.ends_with(['?', '&'])) {
            (false, _) => "?",
            (true, true) => "",
            (true, false) => "&",
        };
        out.push_str(glue);
        out.push_str(name);
        out.push('=');
        percent_encode(value, &mut out);
    }
    out
}

/// All but RFC 3986 2.3 unreserved: read the same by form decoders and by `decodeURIComponent`.
fn percent_encode(text: &str, out: &mut String) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let hex = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or('0');
            out.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
}

/// Names the way only: an answer may hold a code.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redirect(_) => f.write_str("Redirect(..)"),
            Self::FormPost { .. } => f.write_str("FormPost(..)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClientId;
    use proptest::prelude::*;
    use url::Url;

    fn to(uri: &str, mode: ResponseMode, state: Option<&str>) -> ReturnTo {
        ReturnTo {
            client: ClientId::parse("planner").unwrap(),
            redirect_uri: uri.to_owned(),
            explicit: true,
            response_mode: mode,
            state: state.map(str::to_owned),
        }
    }
    fn redirect(to: &ReturnTo) -> String {
        match success(to, &Plain::presented("SplxlOBeZQ"), "https://id.example") {
            Answer::Redirect(location) => location,
            Answer::FormPost { .. } => panic!("a redirect"),
        }
    }

    #[test]
    fn the_code_arrives_with_state_and_issuer() {
        assert_eq!(
            redirect(&to("https://app.example/cb", ResponseMode::Query, Some("a b+c"))),
            "https://app.example/cb?code=SplxlOBeZQ&state=a%20b%2Bc&iss=https%3A%2F%2Fid.example"
        );
        for (uri, head) in [
            ("https://app.example/cb?x=1", "https://app.example/cb?x=1&code="),
            ("https://app.example/cb?", "https://app.example/cb?code="),
            ("com.example.app:/cb", "com.example.app:/cb?code="),
        ] {
            assert!(redirect(&to(uri, ResponseMode::Query, None)).starts_with(head));
        }
    }

    #[test]
    fn a_refusal_carries_nothing_but_what_the_standard_names() {
        let to = to("https://app.example/cb", ResponseMode::Query, Some("s"));
        let Answer::Redirect(location) = refusal(&to, RequestRefusal::LoginRequired, "https://id.example")
        else {
            panic!("a redirect")
        };
        let names: Vec<_> =
            Url::parse(&location).unwrap().query_pairs().map(|(n, _)| n.into_owned()).collect();
        assert_eq!(names, ["error", "error_description", "state", "iss"]);
    }

    #[test]
    fn a_form_post_leaves_the_address_alone() {
        let to = to("https://app.example/cb?x=1", ResponseMode::FormPost, Some("\"><script>"));
        let Answer::FormPost { action, inputs } = success(&to, &Plain::presented("c"), "https://id.example")
        else {
            panic!("a form")
        };
        assert_eq!(action, "https://app.example/cb?x=1");
        assert_eq!(inputs[1], ("state".to_owned(), "\"><script>".to_owned()));
    }

    #[test]
    fn debug_shows_no_code() {
        let to = to("https://app.example/cb", ResponseMode::Query, None);
        let answer = success(&to, &Plain::presented("SplxlOBeZQ"), "https://id.example");
        assert!(!format!("{answer:?}").contains("Splx"));
    }

    proptest! {
        /// whatever the state holds, one code arrives, and the state byte for byte.
        #[test]
        fn state_cannot_add_parameters(state in "\\PC{0,100}|[a-z&=?#%+;\r\n]{0,60}") {
            let location = redirect(&to("https://app.example/cb", ResponseMode::Query, Some(&state)));
            prop_assert!(location.bytes().all(|b| b.is_ascii_graphic()));
            let url = Url::parse(&location).unwrap();
            prop_assert!(url.fragment().is_none());
            let pairs: Vec<_> = url.query_pairs().collect();
            prop_assert_eq!(pairs.len(), 3);
            prop_assert_eq!(pairs[1].1.as_ref(), state.as_str());
        }
    }
}
