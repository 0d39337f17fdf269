//! What contradicts what in a client, each with its line.

use countersign_core::oauth::{Client, GrantType};
use url::{Host, Url};

use super::Reader;
use crate::config::issuer::is_local;
use crate::config::values::{At, Values};

impl Reader<'_> {
    /// What can be said of a client without its place in the file being lost.
    pub(super) fn contradictions(&mut self, values: &Values, client: &Client) {
        let code = client.may(GrantType::AuthorizationCode);
        if client.is_public() && client.may(GrantType::ClientCredentials) {
            self.problems.add(
                values.place("grant_types"),
                "client_credentials for a client that cannot prove who it is",
                "RFC 6749 4.4: anybody could fetch tokens in its name",
                "give it a secret or keys, or remove the grant",
            );
        }
        if client.may(GrantType::RefreshToken) && !code {
            self.problems.add(
                values.place("grant_types"),
                "refresh_token without authorization_code",
                "client_credentials gets no refresh token (RFC 6749 4.4.3), so there is nothing to refresh",
                "add authorization_code, or remove refresh_token",
            );
        }
        if code && client.redirect_uris.is_empty() {
            self.problems.add(
                values.place("redirect_uris"),
                "authorization_code without `redirect_uris`",
                "nobody could ever come back to this client",
                "write where people return to, or remove the grant",
            );
        }
        if !code && !client.redirect_uris.is_empty() {
            self.problems.add(
                values.place("redirect_uris"),
                "`redirect_uris` without authorization_code",
                "nobody is ever sent there",
                "remove them, or add the grant",
            );
        }
        for key in ["redirect_uris", "post_logout_redirect_uris"] {
            for item in values.texts(key).unwrap_or_default() {
                self.return_uri(key, item, client);
            }
        }
        for item in values.texts("allowed_origins").unwrap_or_default() {
            let exact = Url::parse(&item.value)
                .is_ok_and(|url| url.origin().is_tuple() && url.origin().ascii_serialization() == item.value);
            if !exact {
                self.problems.add(
                    &item.place,
                    "`allowed_origins` holds something that is not an origin",
                    "browsers send scheme, host and port, and it is compared exactly",
                    "write it like \"https://app.example.com\"",
                );
            }
        }
        for key in ["jwks_uri", "initiate_login_uri", "client_uri", "logo_uri", "policy_uri", "tos_uri"] {
            let Some(text) = values.text(key) else { continue };
            let fits = Url::parse(text)
                .is_ok_and(|url| url.scheme() == "https" || url.scheme() == "http" && is_local(&url));
            if !fits {
                self.problems.add(
                    values.place(key),
                    format!("`{key}` is not an https address"),
                    "people or this server go there",
                    "write it like \"https://app.example.com/...\"",
                );
            }
        }
        if let Some(colour) = &client.colour
            && !colour
                .strip_prefix('#')
                .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            self.problems.add(
                values.place("colour"),
                "`colour` is not #rrggbb",
                "it is put into a style sheet",
                "write it like \"#2b5d8c\"",
            );
        }
    }

    /// RFC 6749 3.1.2, RFC 8252 7, RFC 9700 4.1: absolute, no fragment, https, loopback http, or an own scheme.
    fn return_uri(&mut self, key: &str, item: &At<String>, client: &Client) {
        let text = item.value.as_str();
        let (what, why, mend) = match Url::parse(text) {
            Err(_) => (
                "is not an absolute URI",
                "it is compared exactly",
                "write it like \"https://app.example.com/callback\"",
            ),
            Ok(_) if text.contains('#') => ("has a fragment", "RFC 6749 3.1.2 forbids it", "remove it"),
            Ok(_) if text.contains('*') => (
                "has a wildcard",
                "return addresses are compared exactly: a pattern lets strangers in",
                "write each address",
            ),
            Ok(url) => match url.scheme() {
                "https" if url.host().is_some() => return,
                "http" if loopback(&url) => return,
                "http" => {
                    ("is http", "codes could be read on the way", "use https; http only on this machine")
                }
                "javascript" | "data" | "vbscript" | "file" | "blob" | "about" | "ws" | "wss" | "ftp" => {
                    ("has a scheme that no app returns by", "a browser would run or show it", "use https")
                }
                scheme if !client.is_public() => {
                    let _ = scheme;
                    (
                        "has a scheme of its own, for a client with a secret",
                        "RFC 8252 8.5: an app on people's devices cannot keep one",
                        "use https, or make the client public",
                    )
                }
                scheme if scheme.contains('.') => return,
                _ => (
                    "has a scheme without a dot",
                    "RFC 8252 7.1: a reversed domain name keeps other apps from claiming it",
                    "use one like \"com.example.app:/callback\"",
                ),
            },
        };
        self.problems.add(&item.place, format!("`{key}`: the address {what}"), why, mend);
    }
}

/// RFC 8252 7.3: loopback addresses; `localhost` too, because developers write it.
fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
