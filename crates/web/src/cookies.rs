//! Cookies: their names, their attributes, and reading them.
//!
//! On https: `__Host-`, Secure, HttpOnly, Lax. On http loopback neither prefix nor Secure, and another name,
//! so that the two never meet. The issuer's path is hashed into the name: two issuers on one host do not share.

use crate::origin::Site;
use axum::http::{HeaderMap, HeaderValue, header};
use std::time::Duration;

/// The cookies we set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The session: 256 random bits.
    Session,
    /// Binds flows to this browser; lives as long as the browser is open.
    Browser,
    /// What this browser remembers of earlier sign-ins (sealed); never proof of anything but "seen before".
    Known,
}

/// The names in force for this installation.
#[derive(Debug, Clone)]
pub struct Cookies {
    prefix: String,
    secure: bool,
}

impl Cookies {
    /// The names for this issuer; `name` replaces the stem `countersign`.
    pub fn new(site: &Site, name: Option<&str>) -> Self {
        let stem = name.unwrap_or("countersign");
        let tag = if site.base().is_empty() { String::new() } else { format!("-{:08x}", fnv(site.base())) };
        let prefix = if site.https() { format!("__Host-{stem}{tag}") } else { format!("{stem}-local{tag}") };
        Self { prefix, secure: site.https() }
    }

    /// The name of a cookie.
    pub fn name(&self, cookie: Cookie) -> String {
        let suffix = match cookie {
            Cookie::Session => "session",
            Cookie::Browser => "browser",
            Cookie::Known => "known",
        };
        format!("{}-{suffix}", self.prefix)
    }

    /// The value that the browser sent, if it sent exactly one.
    pub fn read<'h>(&self, headers: &'h HeaderMap, cookie: Cookie) -> Option<&'h str> {
        read_named(headers, &self.name(cookie))
    }

    /// The handles of questions that providers were asked, the oldest first, and how long each cookie is.
    pub fn questions<'h>(&self, headers: &'h HeaderMap) -> Vec<(&'h str, usize)> {
        let stem = self.question("");
        let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
        let pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs
            .filter_map(|(name, value)| Some((name.strip_prefix(&stem)?, name.len() + value.len())))
            .collect()
    }

    /// The flow that waits under this handle.
    pub fn waiting<'h>(&self, headers: &'h HeaderMap, handle: &str) -> Option<&'h str> {
        read_named(headers, &self.question(handle))
    }

    /// A flow waits under this handle.
    pub fn wait(&self, handle: &str, value: &str, lives: Duration) -> Option<HeaderValue> {
        self.line(&self.question(handle), value, Some(lives))
    }

    /// It waits no longer.
    pub fn waited(&self, handle: &str) -> Option<HeaderValue> {
        self.line(&self.question(handle), "", Some(Duration::ZERO))
    }

    fn question(&self, handle: &str) -> String {
        format!("{}-asked-{handle}", self.prefix)
    }

    /// A `Set-Cookie` line. `None` keeps it until the browser closes.
    pub fn set(&self, cookie: Cookie, value: &str, lives: Option<Duration>) -> Option<HeaderValue> {
        self.line(&self.name(cookie), value, lives)
    }

    fn line(&self, name: &str, value: &str, lives: Option<Duration>) -> Option<HeaderValue> {
        let age = lives.map(|d| format!("; Max-Age={}", d.as_secs())).unwrap_or_default();
        let secure = if self.secure { "; Secure" } else { "" };
        let mut line =
            HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}"))
                .ok()?;
        line.set_sensitive(true);
        Some(line)
    }

    /// The `Set-Cookie` line that removes it.
    pub fn clear(&self, cookie: Cookie) -> Option<HeaderValue> {
        self.set(cookie, "", Some(Duration::ZERO))
    }
}

fn read_named<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut found = all
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(n, v)| *n == name && !v.is_empty() && v.len() <= 4_096)
        .map(|(_, v)| v);
    let first = found.next()?;
    // Two of one name: somebody planted one (a sibling host can, without the prefix). Neither counts.
    found.next().is_none().then_some(first)
}

/// The names of all cookies that came, whoever set them.
pub fn names(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|line| line.split(';')).filter_map(|pair| Some(pair.trim().split_once('=')?.0))
}

/// FNV-1a: a short stable tag, not a secret.
fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(issuer: &str) -> Cookies {
        Cookies::new(&Site::new(issuer).unwrap(), None)
    }

    #[test]
    fn https_cookies_have_the_host_prefix_and_every_guard() {
        let line = cookies("https://id.example").set(Cookie::Session, "v", None).unwrap();
        assert_eq!(
            line.to_str().unwrap(),
            "__Host-countersign-session=v; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn an_operator_may_name_them() {
        let site = Site::new("https://id.example").unwrap();
        assert_eq!(Cookies::new(&site, Some("acme")).name(Cookie::Session), "__Host-acme-session");
    }

    #[test]
    fn loopback_and_paths_have_names_of_their_own() {
        assert_eq!(cookies("http://localhost:1").name(Cookie::Session), "countersign-local-session");
        assert_ne!(
            cookies("https://h.example/a").name(Cookie::Session),
            cookies("https://h.example/b").name(Cookie::Session)
        );
    }

    #[test]
    fn a_planted_second_cookie_makes_both_void() {
        let c = cookies("https://id.example");
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "a=b; __Host-countersign-session=one".parse().unwrap());
        assert_eq!(c.read(&headers, Cookie::Session), Some("one"));
        headers.append(header::COOKIE, "__Host-countersign-session=two".parse().unwrap());
        assert_eq!(c.read(&headers, Cookie::Session), None);
    }
}
