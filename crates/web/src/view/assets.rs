//! Stylesheet and script, named by what is in them, so that a browser may keep them for ever.

use bytes::Bytes;

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
            css: asset("css", Bytes::from_static(include_bytes!("../../assets/app.css"))),
            js: asset("js", Bytes::from_static(include_bytes!("../../assets/app.js"))),
            icon: asset("svg", Bytes::from_static(include_bytes!("../../assets/app.svg"))),
        }
    }

    /// Puts an operator's file in place of ours; false if there is none of that name.
    pub(super) fn replace(&mut self, name: &str, source: String) -> bool {
        match name {
            "app.css" => self.css = asset("css", source.into()),
            "app.js" => self.js = asset("js", source.into()),
            "app.svg" => self.icon = asset("svg", source.into()),
            _ => return false,
        }
        true
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

/// FNV-1a: the name only has to change when the file does.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}
