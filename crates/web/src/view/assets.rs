//! Stylesheet and script, named by what is in them, so that a browser may keep them for ever.

use super::overrides::OWN_CSS;
use bytes::Bytes;
use std::collections::BTreeMap;

/// A file that pages link to.
#[derive(Clone)]
pub struct Asset {
    /// Where it lives below the issuer's path: `/assets/app.<hash>.css`.
    pub path: String,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The file.
    pub bytes: Bytes,
}

impl std::fmt::Debug for Asset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)
    }
}

#[derive(Debug)]
pub(super) struct Assets {
    pub(super) css: Asset,
    pub(super) js: Asset,
    pub(super) icon: Asset,
}

impl Assets {
    pub(super) fn embedded() -> Assets {
        Assets {
            css: asset("css", squeezed(include_str!("../../assets/app.css")).into()),
            js: asset("js", Bytes::from_static(include_bytes!("../../assets/app.js"))),
            icon: asset("svg", Bytes::from_static(include_bytes!("../../assets/app.svg"))),
        }
    }

    /// Ours, with an operator's files in their place, and their own rules after the stylesheet.
    pub(super) fn with(theirs: &BTreeMap<String, String>) -> Assets {
        let mut all = Assets::embedded();
        let bytes = |name: &str| theirs.get(name).map(|it| Bytes::from(it.clone()));
        if let Some(script) = bytes("app.js") {
            all.js = asset("js", script);
        }
        if let Some(icon) = bytes("app.svg") {
            all.icon = asset("svg", icon);
        }
        let base = bytes("app.css").unwrap_or_else(|| all.css.bytes.clone());
        all.css = match theirs.get(OWN_CSS) {
            Some(own) => asset("css", [&base, b"\n".as_slice(), own.as_bytes()].concat().into()),
            None => asset("css", base),
        };
        all
    }

    pub(super) fn find(&self, path: &str) -> Option<&Asset> {
        self.all().into_iter().find(|a| a.path == path)
    }

    pub(super) fn all(&self) -> [&Asset; 3] {
        [&self.css, &self.js, &self.icon]
    }
}

fn asset(ending: &'static str, bytes: Bytes) -> Asset {
    let content_type = match ending {
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    };
    Asset { path: format!("/assets/app.{:016x}.{ending}", fnv1a(&bytes)), content_type, bytes }
}

/// The same rules without the comments and spaces that only a reader of the file wants.
fn squeezed(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let mut css = out.lines().map(str::trim).collect::<String>();
    // `: ` is never part of a selector of ours, and a space beside a brace never means anything.
    for (from, to) in [
        (" {", "{"),
        ("{ ", "{"),
        ("; ", ";"),
        (" }", "}"),
        (": ", ":"),
        (", ", ","),
        (" > ", ">"),
        (";}", "}"),
    ] {
        css = css.replace(from, to);
    }
    css
}

/// FNV-1a: the name only has to change when the file does.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}
