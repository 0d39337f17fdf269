//! Redirect URIs: what may be registered, and when a sent one is a registered one.

use url::{Host, Url};

/// Longest redirect URI that is taken.
pub const MAX_REDIRECT_URI: usize = 2_000;

/// RFC 9700 4.1.3, RFC 8252 7.3: byte for byte; the one exception is the port of a URI registered as
/// `http://127.0.0.1` or `http://[::1]`, where a native app listens on whichever port is free.
/// `localhost` has no exception (RFC 8252 8.3: its name resolution is not ours to trust).
pub fn matches(registered: &str, sent: &str) -> bool {
    if registered == sent {
        return true;
    }
    match (Loopback::split(registered), Loopback::split(sent)) {
        (Some(registered), Some(sent)) => registered == sent,
        (None, _) | (_, None) => false,
    }
}

/// May this redirect URI be registered? `private_schemes`: the client is a public native app, so
/// RFC 8252 7.1 schemes such as `com.example.app:/callback` are allowed.
pub fn check(uri: &str, private_schemes: bool) -> Result<(), BadRedirect> {
    if uri.is_empty() || uri.len() > MAX_REDIRECT_URI {
        return Err(BadRedirect::Length);
    }
    if !uri.bytes().all(|b| b.is_ascii_graphic()) || uri.contains('\\') {
        return Err(BadRedirect::Character);
    }
    if uri.contains('*') {
        return Err(BadRedirect::Wildcard);
    }
    // RFC 6749 3.1.2: no fragment, not even an empty one.
    if uri.contains('#') {
        return Err(BadRedirect::Fragment);
    }
    let url = Url::parse(uri).map_err(|_| BadRedirect::NotAbsolute)?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(BadRedirect::PlainHttp),
        // RFC 8252 7.1: a reversed domain name; the dot also keeps javascript:, data: and their kin out.
        scheme if scheme.contains('.') && private_schemes => {}
        scheme if scheme.contains('.') => return Err(BadRedirect::PrivateSchemeOfWebClient),
        _other => return Err(BadRedirect::Scheme),
    }
    if !url.username().is_empty() || url.password().is_some() || authority(uri).contains('@') {
        return Err(BadRedirect::Userinfo);
    }
    // One spelling only: what a browser would rewrite (case, default port, dot segments) never compares equal.
    if url.as_str() != uri && url.as_str() != format!("{uri}/") {
        return Err(BadRedirect::NotCanonical(url.to_string()));
    }
    let answers = ["code", "state", "iss", "error", "error_description", "error_uri", "response"];
    if url.query_pairs().any(|(name, _)| answers.contains(&name.as_ref())) {
        return Err(BadRedirect::AnswerParameter);
    }
    Ok(())
}

/// Is the host this very machine: `localhost`, `127.0.0.1` or `[::1]`?
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// RFC 8252 7.3: does it lead to a port of the person's own computer, where any program may listen?
pub fn to_this_device(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| is_loopback(&url))
}

/// Why a redirect URI cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRedirect {
    /// Empty, or beyond [`MAX_REDIRECT_URI`].
    #[error("it is empty or longer than 2000 characters")]
    Length,
    /// A space, a control character, a backslash or something beyond ASCII.
    #[error("it holds a space, a backslash or a character beyond ASCII: percent-encode it")]
    Character,
    /// RFC 9700 2.1: exact matching leaves no room for patterns.
    #[error("patterns are not supported: register each address as it is")]
    Wildcard,
    /// RFC 6749 3.1.2.
    #[error("it has a fragment: remove the # and what follows")]
    Fragment,
    /// RFC 6749 3.1.2.
    #[error("it is not an absolute URI such as https://app.example/callback")]
    NotAbsolute,
    /// RFC 9700 2.6.
    #[error("http is accepted on localhost, 127.0.0.1 and [::1] only: use https")]
    PlainHttp,
    /// RFC 8252 7.1.
    #[error(
        "a private-use scheme is for public native apps: set application_type = \"native\" and \
             token_endpoint_auth_method = \"none\", or use https"
    )]
    PrivateSchemeOfWebClient,
    /// RFC 8252 7.1: no dot in it.
    #[error("its scheme is neither https nor a private-use scheme with a dot, such as com.example.app")]
    Scheme,
    /// RFC 9700 4.1: `https://app.example@evil.example/`.
    #[error("it names a user before the host: remove everything up to the @")]
    Userinfo,
    /// A browser would write it differently.
    #[error("browsers write it differently: register {0}")]
    NotCanonical(String),
    /// Its query would be mixed up with our answer.
    #[error("its query names a parameter of the answer (code, state, iss, error): choose another name")]
    AnswerParameter,
}

/// `http://127.0.0.1` or `http://[::1]` without its port. Compared by bytes, so that no URL parser's
/// opinion of the rest matters.
#[derive(PartialEq, Eq)]
struct Loopback<'u> {
    host: &'static str,
    rest: &'u str,
}

impl<'u> Loopback<'u> {
    fn split(uri: &'u str) -> Option<Self> {
        let (host, after) = ["http://127.0.0.1", "http://[::1]"]
            .into_iter()
            .find_map(|host| uri.strip_prefix(host).map(|after| (host, after)))?;
        let rest = match after.strip_prefix(':') {
            Some(after) => {
                let digits = after.bytes().take_while(u8::is_ascii_digit).count();
                let (port, rest) = after.split_at_checked(digits)?;
                // One spelling of each port.
                if port.starts_with('0') || port.parse::<u16>().is_err() {
                    return None;
                }
                rest
            }
            None => after,
        };
        // The host ended there: `http://127.0.0.1.evil.example` and `http://127.0.0.1:80@evil.example` did not.
        matches!(rest.bytes().next(), None | Some(b'/' | b'?')).then_some(Self { host, rest })
    }
}

/// What stands between `//` and the path.
fn authority(uri: &str) -> &str {
    let after = uri.split_once("//").map_or("", |(_, after)| after);
    after.split(['/', '?']).next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REGISTERED: &str = "https://app.example/callback?next=home";

    /// RFC 9700 4.1: forty ways to be nearly the registered address. None is.
    #[test]
    fn forty_mutations_of_a_registered_uri_are_refused() {
        let mutations = [
            "https://app.example/callback",
            "https://app.example/callback?next=home&x=1",
            "https://app.example/callback?x=1&next=home",
            "https://app.example/callback?next=home2",
            "https://app.example/callback?next=hom",
            "https://app.example/callback?next=home#",
            "https://app.example/callback?next=home#x",
            "https://app.example/callback?Next=home",
            "https://app.example/callback?next=HOME",
            "https://app.example/callback?next=%68ome",
            "https://app.example/callback/?next=home",
            "https://app.example/callback/../callback?next=home",
            "https://app.example/./callback?next=home",
            "https://app.example//callback?next=home",
            "https://app.example/Callback?next=home",
            "https://app.example/%63allback?next=home",
            "https://app.example/callback%2f?next=home",
            "https://app.example/callback%00?next=home",
            "https://app.example/callback;a?next=home",
            "https://app.example/callback\\?next=home",
            "https://app.example\\callback?next=home",
            "https:\\\\app.example\\callback?next=home",
            "https://APP.example/callback?next=home",
            "HTTPS://app.example/callback?next=home",
            "http://app.example/callback?next=home",
            "https:/app.example/callback?next=home",
            "https:///app.example/callback?next=home",
            "//app.example/callback?next=home",
            "/callback?next=home",
            "https://app.example:443/callback?next=home",
            "https://app.example:8443/callback?next=home",
            "https://app.example./callback?next=home",
            "https://app.example.evil.test/callback?next=home",
            "https://evil.test/app.example/callback?next=home",
            "https://xapp.example/callback?next=home",
            "https://sub.app.example/callback?next=home",
            "https://user@app.example/callback?next=home",
            "https://app.example@evil.test/callback?next=home",
            "https://app.example@app.example@evil.test/callback?next=home",
            "https://evil.test#@app.example/callback?next=home",
            "https://evil.test?https://app.example/callback?next=home",
            " https://app.example/callback?next=home",
            "https://app.example/callback?next=home ",
            "https://app.example/callback?next=home\n",
            "https://app.example/callback?next=home\0",
            "javascript:alert(1)//https://app.example/callback?next=home",
            "data:text/html,https://app.example/callback?next=home",
            "https://аpp.example/callback?next=home",
            "https://app。example/callback?next=home",
            "",
        ];
        assert!(mutations.len() >= 40);
        for sent in mutations {
            assert!(!matches(REGISTERED, sent), "{sent}");
        }
        assert!(matches(REGISTERED, REGISTERED));
    }

    #[test]
    fn only_the_port_of_a_loopback_address_is_free() {
        for (registered, sent, ok) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", true),
            ("http://127.0.0.1:8080/cb", "http://127.0.0.1/cb", true),
            ("http://127.0.0.1:8080/cb?a=b", "http://127.0.0.1:1/cb?a=b", true),
            ("http://[::1]/cb", "http://[::1]:51004/cb", true),
            ("http://127.0.0.1", "http://127.0.0.1:80", true),
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/other", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?x", false),
            ("http://127.0.0.1/cb", "http://127.0.0.2:51004/cb", false),
            ("http://127.0.0.1/cb", "http://[::1]:51004/cb", false),
            ("http://127.0.0.1/cb", "http://localhost:51004/cb", false),
            ("http://localhost/cb", "http://localhost:51004/cb", false),
            ("http://localhost:1/cb", "http://127.0.0.1:1/cb", false),
            ("https://127.0.0.1/cb", "https://127.0.0.1:51004/cb", false),
            ("http://127.0.0.1/cb", "https://127.0.0.1:51004/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:080/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:80@evil.test/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1@evil.test/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1.evil.test/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:80\\@evil.test/cb", false),
            ("http://127.0.0.1/cb", "http://127.1:80/cb", false),
            ("http://127.0.0.1/cb", "http://2130706433:80/cb", false),
            ("http://127.0.0.1/cb", "HTTP://127.0.0.1:80/cb", false),
            ("http://[::1]/cb", "http://[0:0:0:0:0:0:0:1]:80/cb", false),
        ] {
            assert_eq!(matches(registered, sent), ok, "{registered} and {sent}");
        }
    }

    #[test]
    fn dangerous_uris_cannot_be_registered() {
        for (uri, fault) in [
            ("javascript:alert(1)", BadRedirect::Scheme),
            ("data:text/html,x", BadRedirect::Scheme),
            ("file:///etc/passwd", BadRedirect::Scheme),
            ("blob:https://app.example/x", BadRedirect::Scheme),
            ("myapp:/cb", BadRedirect::Scheme),
            ("https://app.example/cb#x", BadRedirect::Fragment),
            ("https://app.example/cb#", BadRedirect::Fragment),
            ("https://*.app.example/cb", BadRedirect::Wildcard),
            ("https://app.example/*", BadRedirect::Wildcard),
            ("https://user@app.example/cb", BadRedirect::Userinfo),
            ("https://user:pass@app.example/cb", BadRedirect::Userinfo),
            ("https://@app.example/cb", BadRedirect::Userinfo),
            ("http://app.example/cb", BadRedirect::PlainHttp),
            ("http://127.0.0.1.evil.test/cb", BadRedirect::PlainHttp),
            ("http://192.168.1.1/cb", BadRedirect::PlainHttp),
            ("/cb", BadRedirect::NotAbsolute),
            ("app.example/cb", BadRedirect::NotAbsolute),
            ("", BadRedirect::Length),
            ("https://app.example/c b", BadRedirect::Character),
            ("https://app.example\\cb", BadRedirect::Character),
            ("https://äpp.example/cb", BadRedirect::Character),
            ("https://app.example/cb?code=1", BadRedirect::AnswerParameter),
        ] {
            let found = check(uri, true).unwrap_err();
            assert_eq!(found, fault, "{uri}");
        }
        for uri in ["https://APP.example/cb", "https://app.example:443/cb", "https://app.example/a/../cb"] {
            assert!(matches!(check(uri, true), Err(BadRedirect::NotCanonical(_))), "{uri}");
        }
    }

    #[test]
    fn ordinary_uris_can_be_registered() {
        for uri in [
            "https://app.example",
            "https://app.example/",
            "https://app.example/cb?tenant=1",
            "https://app.example:8443/cb",
            "http://localhost:3000/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:9/cb",
        ] {
            assert_eq!(check(uri, false), Ok(()), "{uri}");
        }
        assert_eq!(check("com.example.app:/cb", true), Ok(()));
        assert_eq!(check("com.example.app:/cb", false), Err(BadRedirect::PrivateSchemeOfWebClient));
    }

    proptest! {
        #[test]
        fn a_changed_byte_never_matches_outside_loopback(at in 0usize..REGISTERED.len(), byte in 0x20u8..0x7f) {
            let mut sent = REGISTERED.as_bytes().to_vec();
            prop_assume!(sent[at] != byte);
            sent[at] = byte;
            prop_assert!(!matches(REGISTERED, std::str::from_utf8(&sent).unwrap()));
        }

        #[test]
        fn a_match_goes_to_the_registered_host(sent in "http://127\\.0\\.0\\.1[:/@.?#a-z0-9\\\\\\[\\]]{0,24}") {
            if matches("http://127.0.0.1/cb", &sent) {
                let url = Url::parse(&sent).unwrap();
                prop_assert_eq!(url.host_str(), Some("127.0.0.1"));
                prop_assert_eq!(url.path(), "/cb");
                prop_assert!(url.query().is_none() && url.fragment().is_none() && url.username().is_empty());
            }
        }

        #[test]
        fn whatever_is_sent_is_answered(registered in ".{0,60}", sent in ".{0,60}") {
            let _ = (matches(&registered, &sent), check(&sent, true), check(&sent, false));
        }
    }
}
