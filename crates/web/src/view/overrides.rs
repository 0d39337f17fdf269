//! The operator's folder: texts, styles and templates laid over ours. All of it is looked at before anybody is served, so
//! that what is wrong with it stops the start and not a sign-in.

use super::locale::Locale;
use super::registry;
use super::words;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

/// What is wrong with a file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadOverride {
    /// The file.
    pub path: PathBuf,
    /// Where in it, from 1.
    pub line: usize,
    /// What it is, and what to write instead.
    pub what: String,
}

impl fmt::Display for BadOverride {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.what)
    }
}

/// What the folder holds, each file under the name of what it replaces or is laid over.
#[derive(Debug, Default)]
pub(super) struct Overrides {
    folder: PathBuf,
    pub(super) templates: BTreeMap<String, String>,
    pub(super) texts: BTreeMap<&'static str, String>,
    /// `app.css`, `app.js`, `app.svg` in place of ours, `own.css` after it.
    pub(super) assets: BTreeMap<String, String>,
}

/// The operator's own rules, after ours.
pub(super) const OWN_CSS: &str = "own.css";
const ASSETS: [&str; 4] = ["app.css", "app.js", "app.svg", OWN_CSS];

impl Overrides {
    /// Reads the folder, and says everything that is wrong with its files by themselves.
    pub(super) fn read(folder: &Path) -> Result<Overrides, Vec<BadOverride>> {
        let mut bad = Vec::new();
        let mut read = Overrides { folder: folder.to_path_buf(), ..Overrides::default() };
        for (name, source) in files(folder).map_err(|one| vec![one])? {
            let language =
                name.strip_suffix(".ftl").map(|tag| Locale::ALL.into_iter().find(|l| l.tag() == tag));
            let faults = match language {
                Some(Some(locale)) => {
                    let faults = text_faults(locale, &source);
                    read.texts.insert(locale.tag(), source);
                    faults
                }
                Some(None) => {
                    vec![(1, format!("we speak {}", Locale::ALL.map(Locale::tag).join(", ")))]
                }
                None if registry::template(&name).is_some() => {
                    let faults = policy_faults(&source);
                    read.templates.insert(name.clone(), source);
                    faults
                }
                None if ASSETS.contains(&name.as_str()) => {
                    let faults = if name.ends_with(".css") { style_faults(&source) } else { Vec::new() };
                    read.assets.insert(name.clone(), source);
                    faults
                }
                None => vec![(1, unknown(&name))],
            };
            let path = folder.join(&name);
            bad.extend(faults.into_iter().map(|(line, what)| BadOverride { path: path.clone(), line, what }));
        }
        if bad.is_empty() { Ok(read) } else { Err(bad) }
    }

    /// A fault of a file of the folder.
    pub(super) fn fault(&self, name: &str, line: usize, what: String) -> BadOverride {
        BadOverride { path: self.folder.join(name), line, what }
    }
}

fn unknown(name: &str) -> String {
    let near = registry::NAMES.iter().find(|known| known.replace('_', "-") == name.replace('_', "-"));
    match near {
        Some(known) => format!("there is no page of this name: did you mean {known}?"),
        None => "there is nothing of this name to replace: docs/pages.md lists what there is".to_owned(),
    }
}

/// Names (relative, with `/`) and contents of all files in the folder and the folders one level below.
pub(super) fn files(folder: &Path) -> Result<Vec<(String, String)>, BadOverride> {
    let at = |path: &Path, error: std::io::Error| BadOverride {
        path: path.to_path_buf(),
        line: 1,
        what: format!("cannot be read: {error}"),
    };
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_path_buf(), String::new())];
    while let Some((dir, prefix)) = folders.pop() {
        for entry in std::fs::read_dir(&dir).map_err(|e| at(&dir, e))? {
            let entry = entry.map_err(|e| at(&dir, e))?;
            let path = entry.path();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if path.is_dir() && prefix.is_empty() {
                folders.push((path, format!("{name}/")));
            } else if path.is_file() && !entry.file_name().to_string_lossy().starts_with('.') {
                let source = std::fs::read_to_string(&path).map_err(|e| at(&path, e))?;
                found.push((name, source));
            }
        }
    }
    found.sort();
    Ok(found)
}

type Faults = Vec<(usize, String)>;

/// A text replaces one of ours, with the values that ours has.
fn text_faults(locale: Locale, source: &str) -> Faults {
    let mut faults = Faults::new();
    if let Err((_, errors)) = fluent_bundle::FluentResource::try_new(source.to_owned()) {
        for error in errors {
            let before = source.get(..error.pos.start).unwrap_or_default();
            faults.push((before.matches('\n').count() + 1, format!("cannot be read: {error}")));
        }
        return faults;
    }
    let ours: BTreeMap<_, _> =
        messages(words::source(locale)).into_iter().map(|m| (m.id, m.values)).collect();
    let mut seen = BTreeSet::new();
    for message in messages(source) {
        let id = &message.id;
        if id.starts_with('-') {
            continue;
        }
        if !seen.insert(id.clone()) {
            faults.push((message.line, format!("`{id}` is there twice")));
        }
        match ours.get(id) {
            None => faults.push((message.line, format!("no page says `{id}`"))),
            Some(values) => {
                for value in message.values.difference(values) {
                    let known: Vec<_> = values.iter().map(|it| format!("${it}")).collect();
                    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                    faults.push((message.line, format!("`{id}` has no value ${value}; it has {known}")));
                }
            }
        }
    }
    faults
}

/// A message of a locale file: its first line, its id, and the values that it names.
pub(super) struct Message {
    pub(super) line: usize,
    pub(super) id: String,
    pub(super) values: BTreeSet<String>,
}

pub(super) fn messages(source: &str) -> Vec<Message> {
    let mut found: Vec<Message> = Vec::new();
    for (nth, line) in source.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        if !line.starts_with([' ', '}', '\t'])
            && let Some((id, _)) = line.split_once('=')
        {
            found.push(Message { line: nth + 1, id: id.trim().to_owned(), values: BTreeSet::new() });
        }
        for value in line.split('$').skip(1) {
            let name: String =
                value.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
            if let Some(message) = found.last_mut() {
                message.values.insert(name);
            }
        }
    }
    found
}

/// What the pages' policy (CSP) would block in front of people: told here, with the line.
fn policy_faults(source: &str) -> Faults {
    let mut faults = Faults::new();
    for (nth, line) in source.lines().enumerate() {
        let low = line.to_ascii_lowercase();
        let mut fault = |what: &str| faults.push((nth + 1, what.to_owned()));
        let by_nonce = low.contains("nonce=\"{{ nonce }}\"");
        if attributes(&low).any(|name| name == "style") {
            fault("a style attribute: the pages' policy blocks it; put the rule into own.css");
        }
        if attributes(&low).any(|name| name.starts_with("on") && name.len() > 3) {
            fault(
                "a script in an attribute: the pages' policy blocks it, and everything works without scripts",
            );
        }
        if (low.contains("<script") || low.contains("<style")) && !by_nonce {
            fault("a script or style without nonce=\"{{ nonce }}\": the pages' policy blocks it");
        }
        if low.contains("javascript:") {
            fault("an address that is a script: the pages' policy blocks it");
        }
        let foreign = ["src=\"http", "src='http", "src=\"//", "src='//", "srcset="];
        if foreign.iter().any(|it| low.contains(it)) {
            fault(
                "loaded from elsewhere: the pages' policy blocks it, and whoever is there would learn who signs in",
            );
        }
        if ["<iframe", "<object", "<embed", "<base", "<frame"].iter().any(|it| low.contains(it)) {
            fault("a frame, plug-in or base address: the pages' policy blocks it");
        }
        if low.contains("rel=\"stylesheet\"") && low.contains("href=\"http") {
            fault("a stylesheet from elsewhere: the pages' policy blocks it; put the rules into own.css");
        }
    }
    faults
}

/// Names of attributes: a word after a space, before `=` and a quote.
fn attributes(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("=\"").chain(line.match_indices("='")).filter_map(|(at, _)| {
        let before = line.get(..at)?;
        let (_, name) = before.rsplit_once([' ', '\t']).unwrap_or(("", before));
        name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-').then_some(name)
    })
}

fn style_faults(source: &str) -> Faults {
    let mut faults = Faults::new();
    for (nth, line) in source.lines().enumerate() {
        let low = line.to_ascii_lowercase();
        if low.contains("@import") || low.contains("url(") && !low.contains("url(#") {
            let what = "loads something: the pages' policy blocks it; what a page shows is in this folder";
            faults.push((nth + 1, what.to_owned()));
        }
    }
    if source.matches('{').count() != source.matches('}').count() {
        faults.push((source.lines().count().max(1), "as many { as }: a rule does not end".to_owned()));
    }
    faults
}

/// Names of fields and values of buttons on a page: what its handler waits for.
pub(super) fn controls(html: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for tag in html.split('<').skip(1).filter(|it| {
        ["input", "button", "select", "form"]
            .iter()
            .any(|name| it.strip_prefix(name).is_some_and(|r| r.starts_with(' ')))
    }) {
        let tag = tag.split('>').next().unwrap_or_default();
        let attribute = |name: &str| {
            let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
            rest.split('"').next()
        };
        if let Some(action) = attribute("action") {
            found.insert(format!("the form that posts to {action}"));
        }
        match (attribute("name"), attribute("value")) {
            (Some("do"), Some(value)) => drop(found.insert(format!("the button {value}"))),
            (Some(name), _) => drop(found.insert(format!("the field {name}"))),
            (None, _) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests;
