//! What operators hand in: the configuration, the issuer, handles, an app's logo and colour, lists of breached passwords.

use crate::text;
use countersign_core::oauth::logo::{Logo, MOST_BYTES};
use countersign_core::organization::OrgHandle;
use countersign_keys::breached::List;
use countersign_keys::breached::compile::{Options, compile};
use countersign_keys::breached::range::Question;
use countersign_server::config::{Surroundings, load, load_declared};
use countersign_web::origin::Site;
use countersign_web::view::colour;
use std::path::Path;

/// A configuration file: refused with a place for every fault, or accepted.
pub fn config(data: &[u8]) {
    struct Given<'a>(&'a str);
    impl Surroundings for Given<'_> {
        fn variable(&self, name: &str) -> Option<String> {
            (name == "KEY").then(|| "q5Xq0s7lWm3T1vB8yNcR2uZ4eH6kJ9pA".to_owned())
        }
        fn overlay(&self) -> Vec<(String, String)> {
            Vec::new()
        }
        fn file(&self, path: &Path) -> std::io::Result<String> {
            match path.extension() {
                Some(end) if end == "toml" => Ok(self.0.to_owned()),
                _ => Err(std::io::ErrorKind::NotFound.into()),
            }
        }
    }
    let Some(written) = text(data) else { return };
    for problems in [
        load(Path::new("/x/c.toml"), &Given(written)).err(),
        load_declared(Path::new("/x/c.toml"), &Given(written)).err(),
    ]
    .into_iter()
    .flatten()
    {
        assert!(!problems.to_string().is_empty());
    }
}

/// An issuer: exactly as written, and every address of ours begins with it.
pub fn issuer(data: &[u8]) {
    let Some(written) = text(data) else { return };
    let Ok(site) = Site::new(written) else { return };
    assert_eq!(site.issuer(), written);
    assert!(site.url("/token").starts_with(site.origin()));
    assert!(!site.base().ends_with('/'));
}

/// An organization's handle: as written, and nothing that a command line or a log could take for something else.
pub fn org_handle(data: &[u8]) {
    let Some(written) = text(data) else { return };
    let Ok(handle) = written.parse::<OrgHandle>() else { return };
    assert_eq!(handle.as_str(), written);
    assert!(!written.starts_with('-') && written.len() <= 63);
    assert!(written.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-'));
}

/// A logo from somewhere: what is taken is small, of the kind that its name says, and the same when it is read back.
pub fn logo(data: &[u8]) {
    let Ok(logo) = Logo::sniff(data) else { return };
    assert!(data.len() <= MOST_BYTES && logo.bytes() == data);
    let ending =
        logo.name().rsplit_once('.').expect("an ending").1.replace("jpg", "jpeg").replace("svg", "svg+xml");
    assert_eq!(logo.content_type(), format!("image/{ending}"));
    if ending == "svg+xml" {
        assert!(!text(data).expect("text").to_ascii_lowercase().contains("<!doctype"));
    }
    let kept = serde_json::to_string(&logo).expect("it serializes");
    assert_eq!(serde_json::from_str::<Logo>(&kept).expect("our own"), logo);
}

/// An app's colour: whatever is written, what comes into the stylesheet is a colour, and text on it can be read.
pub fn colour(data: &[u8]) {
    let Some(written) = text(data) else { return };
    let accent = colour::accent(Some(written));
    if !colour::readable(written) {
        assert_eq!(accent.light, colour::accent(None).light);
    }
    let again = colour::accent(Some(&accent.light.fill));
    assert_eq!(again.light, accent.light);
    for pair in [&accent.light, &accent.dark] {
        for colour in [&pair.fill, &pair.ink] {
            assert!(colour.len() == 7 && colour.starts_with('#'));
            assert!(colour[1..].bytes().all(|b| b.is_ascii_hexdigit()));
        }
    }
}

/// A list of breached passwords: any bytes are a list that answers, or none; what is compiled from them is a list that knows
/// each of its lines; the answer of a source is searched whatever it holds.
pub fn breached_list(data: &[u8]) {
    if let Ok(list) = List::open(data) {
        for password in ["", "password", "flying teapot 77"] {
            let _ = list.has(password);
        }
    }
    let _ = Question::of("password").answered(data);
    let mut made = std::io::Cursor::new(Vec::new());
    if compile(|| Ok(data), &mut made, Options { bits: 8, at_least: 0 }, |_| {}).is_ok() {
        let list = made.into_inner();
        let list = List::open(list.as_slice()).expect("what was made opens");
        let mut lines = data.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let first = lines.clone().find(|line| !line.is_empty()).unwrap_or_default();
        if first.len() >= 40 && first.iter().take(40).all(u8::is_ascii_hexdigit) {
            return;
        }
        let known =
            |line: &[u8]| std::str::from_utf8(line).map_or(true, |it| list.has(it).expect("it is whole"));
        assert!(lines.all(|line| line.is_empty() || known(line)), "a line is not known");
    }
}
